//! The user's own settings, in `settings.yaml` in the configuration folder.

use serde::Deserialize;

use super::Folders;
use crate::problem::{Problem, kinds};

/// All keys are optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Mirrors of an organisation, tried in order before the origin: `mirror.example` or `mirror.example/prefix`.
    pub mirror: OneOrMany,
    /// Where stored secrets go.
    pub secrets: SecretPlace,
    /// When the empty data of a new environment's databases is made.
    pub empty_data: EmptyData,
    /// How long, and how much of it, databases that were dropped or replaced can be brought back.
    pub undo: UndoLimits,
}

/// What of dropped and replaced databases is kept; the newest of each always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UndoLimits {
    /// For so many days.
    pub days: u64,
    /// As long as all of a service takes no more than so much, in 1,000,000 bytes; the oldest go first.
    pub megabytes: u64,
}

impl Default for UndoLimits {
    fn default() -> Self {
        Self { days: 7, megabytes: 10_000 }
    }
}

impl UndoLimits {
    pub fn seconds(&self) -> u64 {
        self.days.saturating_mul(24 * 3600)
    }

    pub fn bytes(&self) -> u64 {
        self.megabytes.saturating_mul(1_000_000)
    }
}

/// When empty data is made that a new environment begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmptyData {
    /// Once, beside the first environment that has such a database; each later one begins with a fork of it.
    #[default]
    Ahead,
    /// By each environment for itself.
    WhenNeeded,
}

/// Where a person wants stored secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPlace {
    /// In the keyring of this computer; where there is none, in a private file.
    #[default]
    Keyring,
    /// In a private file, and the keyring is left alone.
    File,
}

/// One text, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    pub fn to_list(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Many(many) => many.clone(),
        }
    }
}

impl Settings {
    /// # Errors
    /// The file is there but can't be understood.
    pub fn read(folders: &Folders) -> Result<Self, Problem> {
        let path = folders.config.join("settings.yaml");
        let Ok(bytes) = crate::host::read_small(&path) else { return Ok(Self::default()) };
        serde_yaml::from_slice(&bytes).map_err(|error| {
            Problem::new(&kinds::SETTINGS, format!("{} cannot be read", path.display()))
                .why(error.to_string())
                .fix("correct it; for example: mirror: mirror.example")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_may_be_one_or_several() {
        let read = |text: &str| serde_yaml::from_str::<Settings>(text).unwrap().mirror.to_list();
        assert_eq!(read("mirror: a"), ["a"]);
        assert_eq!(read("mirror: [a, b]"), ["a", "b"]);
        assert!(read("{}").is_empty());
        assert!(serde_yaml::from_str::<Settings>("miror: a").is_err());
    }

    #[test]
    fn how_long_something_can_be_brought_back_is_a_choice() {
        let read = |text: &str| serde_yaml::from_str::<Settings>(text).map(|settings| settings.undo);
        assert_eq!(read("undo: { days: 30 }").unwrap(), UndoLimits { days: 30, ..UndoLimits::default() });
        assert_eq!(read("undo: { megabytes: 5 }").unwrap().bytes(), 5_000_000);
        assert!(read("undo: { days: -1 }").is_err() && read("undo: { weeks: 1 }").is_err());
        assert_eq!(read(&format!("undo: {{ days: {} }}", u64::MAX)).unwrap().seconds(), u64::MAX);
    }

    #[test]
    fn the_keyring_is_left_alone_where_that_is_said() {
        let read = |text: &str| serde_yaml::from_str::<Settings>(text).map(|settings| settings.secrets);
        assert_eq!((read("{}").unwrap(), read("secrets: file").unwrap()), (SecretPlace::Keyring, SecretPlace::File));
        assert!(read("secrets: nowhere").is_err());
    }
}
