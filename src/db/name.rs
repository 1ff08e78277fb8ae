//! Names of databases that are made here. Pure.

use std::fmt;

use super::{ASIDE, SIDE};

/// The longest name: PostgreSQL keeps 63 bytes, and test suites like to append something.
pub const LONGEST: usize = 48;

/// A name for a new database: `[a-zA-Z][a-zA-Z0-9_-]*`, at most 48 characters. It stands in a URL as it is, and means nothing
/// else to a shell or in SQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatabaseName(String);

impl DatabaseName {
    /// # Errors
    /// What is wrong with `text`, as a clause that follows its quotation: "is empty".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text.chars().next() {
            None => return Err("is empty"),
            Some(first) if !first.is_ascii_alphabetic() => return Err("must begin with a letter (a-z)"),
            Some(_) => {}
        }
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Err("may hold letters, digits, `_` and `-` only");
        }
        if text.len() > LONGEST {
            return Err("is longer than 48 characters");
        }
        if text.starts_with(SIDE) || text.starts_with(ASIDE) || RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
            return Err("is a name that the server keeps for itself");
        }
        Ok(Self(text.to_owned()))
    }

    /// Makes a name of any text, such as a branch's: what a name can't hold becomes `_`.
    pub fn from_any(text: &str) -> Option<Self> {
        let plain: String =
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(LONGEST).collect();
        Self::parse(plain.trim_matches('_')).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Databases that servers bring along.
const RESERVED: &[&str] = &[
    "postgres",
    "template0",
    "template1",
    "mysql",
    "information_schema",
    "performance_schema",
    "sys",
    "admin",
    "config",
    "local",
    "default",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_nothing_else_anywhere() {
        for right in ["scratch", "pr-42", "Shop_2", "a"] {
            assert!(DatabaseName::parse(right).is_ok(), "{right}");
        }
        let long = "x".repeat(49);
        for wrong in [
            "",
            "2fast",
            "a b",
            "a\"b",
            "a'; drop",
            "a/b",
            "名前",
            "a=b",
            "-x",
            "postgres",
            "SYS",
            "devenv_side_1",
            &long,
        ] {
            assert!(DatabaseName::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn any_text_gives_a_name() {
        assert_eq!(DatabaseName::from_any("feature/Add login").unwrap().as_str(), "feature_Add_login");
        assert_eq!(DatabaseName::from_any("名前"), None);
    }
}
