//! Checked newtypes for the names and numbers that travel through every layer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest name: it becomes a host name label inside the environment (RFC 1035 allows 63) and part of longer names.
pub const LONGEST_NAME: usize = 40;

/// A name of a service, an app, a task or a project: `[a-z][a-z0-9-]*`, at most 40 characters, no `-` at its end.
///
/// Services and apps find each other by it, so it is a valid host name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Name(String);

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl Name {
    /// # Errors
    /// What is wrong with `text`, as a clause that follows its quotation: "is empty".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut chars = text.chars();
        match chars.next() {
            None => return Err("is empty"),
            Some(first) if !first.is_ascii_lowercase() => return Err("must begin with a lower-case letter (a-z)"),
            Some(_) => {}
        }
        if !chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Err("may hold lower-case letters, digits and `-` only");
        }
        if text.ends_with('-') {
            return Err("must not end with `-`");
        }
        if text.len() > LONGEST_NAME {
            return Err("is longer than 40 characters");
        }
        Ok(Self(text.to_owned()))
    }

    /// Makes a name of any text, such as a folder's: what a name can't hold becomes `-`.
    pub fn from_any(text: &str) -> Self {
        let mut name = String::new();
        for c in text.to_lowercase().chars() {
            if c.is_ascii_lowercase() || (c.is_ascii_digit() && !name.is_empty()) {
                name.push(c);
            } else if !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
        }
        name.truncate(LONGEST_NAME);
        let name = name.trim_end_matches('-');
        Self(if name.is_empty() { "project".to_owned() } else { name.to_owned() })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A TCP port, 1 to 65,535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u16", try_from = "u16")]
pub struct Port(u16);

impl From<Port> for u16 {
    fn from(port: Port) -> Self {
        port.0
    }
}

impl TryFrom<u16> for Port {
    type Error = &'static str;

    fn try_from(number: u16) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("is no port")
    }
}

impl Port {
    pub const fn new(number: u16) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    pub const fn number(self) -> u16 {
        self.0
    }

    /// Itself; for one below 1024, which not everybody may use, 8000 more.
    pub const fn usable_by_all(self) -> Self {
        if self.0 < 1024 { Self(self.0 + 8000) } else { self }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Identifies one environment: one checkout of one repo on this computer.
///
/// The first 12 hexadecimal digits of the SHA-256 of the real path that the checkout had first; part of the names of everything made for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EnvironmentId(String);

impl EnvironmentId {
    pub fn of_checkout(real_path: &std::path::Path) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(real_path.as_os_str().as_encoded_bytes());
        Self(crate::words::hex(&digest[..6]))
    }

    /// For a checkout at a path whose own id went elsewhere with the checkout that was there before; `number` counts from 1.
    pub fn of_another_checkout(real_path: &std::path::Path, number: u32) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new().chain_update(real_path.as_os_str().as_encoded_bytes());
        let digest = digest.chain_update([0]).chain_update(number.to_be_bytes()).finalize();
        Self(crate::words::hex(&digest[..6]))
    }

    /// For a run that has an environment of its own, whatever the checkout: these bytes are of chance.
    pub fn of_run(chance: [u8; 6]) -> Self {
        Self(crate::words::hex(&chance))
    }

    /// Reads an id that was written down; `None` = it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (text.len() == 12 && text.chars().all(is_hex)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value that must not be shown: passwords and everything that may contain one.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(String);

impl Sensitive {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the engine, a probe, or a person who asked for it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_name_becomes_a_host_name() {
        assert_eq!(Name::from_any("My Shop (2)").as_str(), "my-shop-2");
        assert_eq!(Name::from_any("2024_report").as_str(), "report");
        assert_eq!(Name::from_any("日本").as_str(), "project");
        assert_eq!(Name::from_any(&"x".repeat(99)).as_str().len(), LONGEST_NAME);
    }

    #[test]
    fn a_name_is_refused_with_the_reason() {
        assert!(Name::parse("api-2").is_ok());
        for wrong in ["", "Api", "2api", "a_b", "api-", "a.b", &"x".repeat(41)] {
            assert!(Name::parse(wrong).is_err(), "{wrong}");
        }
    }
}
