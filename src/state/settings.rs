//! The user's own settings, in `settings.yaml` in the configuration folder.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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
    /// Whether devenv asks now and then how well it works.
    pub feedback: Switch,
    /// When people work, for blocked time: `9-18`.
    pub working_hours: Option<String>,
    /// With whom figures are shared, once the person has agreed.
    pub share: Share,
    /// How long, and how much of it, databases that were dropped or replaced can be brought back.
    pub undo: UndoLimits,
}

/// On or off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    #[default]
    On,
    Off,
}

/// Where an organisation wants figures to go. Everything of it belongs to the organisation; nothing goes anywhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Share {
    /// A folder that the team shares; each person's lines go into a file of their own.
    pub folder: Option<PathBuf>,
    /// An address that takes lines of JSON.
    pub http: Option<HttpSink>,
    /// A receiver of the OpenTelemetry protocol over HTTP: `http://collector.example:4318`.
    pub otlp: Option<String>,
    pub prometheus: PrometheusSink,
    /// Only what is recorded in this repo goes there, since the repo itself says so; else everything.
    #[serde(skip)]
    pub only_of: Option<String>,
}

/// An address that signed lines are sent to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSink {
    pub url: String,
    /// What requests are signed with.
    #[serde(default)]
    pub key: Option<String>,
    /// The variable that holds the key.
    #[serde(default)]
    pub key_variable: Option<String>,
}

/// Where a Prometheus server finds figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrometheusSink {
    /// A file that the textfile collector of a node exporter reads; its name ends in `.prom`.
    pub file: Option<PathBuf>,
    /// A push gateway: `http://gateway.example:9091`.
    pub push: Option<String>,
}

impl Share {
    /// Each place, as a person reads it.
    pub fn places(&self) -> Vec<String> {
        let mut places = Vec::new();
        places.extend(self.folder.as_ref().map(|folder| format!("the folder {}", folder.display())));
        places.extend(self.http.as_ref().map(|http| http.url.clone()));
        places.extend(self.otlp.as_ref().map(|url| format!("{url} (OpenTelemetry)")));
        places.extend(self.prometheus.file.as_ref().map(|file| format!("the file {} (Prometheus)", file.display())));
        places.extend(self.prometheus.push.as_ref().map(|url| format!("{url} (Prometheus)")));
        places
    }

    /// What a person agrees to: another place is another agreement.
    pub fn mark(&self) -> String {
        let mut text = self.places().join("\n");
        text.extend(self.only_of.iter().map(|repo| format!("\nof {repo}")));
        crate::words::hex(&Sha256::digest(text.as_bytes())[..8])
    }
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
    fn places_to_share_with_are_told_and_another_one_is_another_agreement() {
        let read = |text: &str| serde_yaml::from_str::<Settings>(text).unwrap();
        let all = read(
            "feedback: off\nworking_hours: 8-16\nshare:\n  folder: /mnt/team\n  http: { url: 'https://a.example', key: k }\n  \
             otlp: 'http://b.example:4318'\n  prometheus: { file: /var/x.prom, push: 'http://c.example' }\n",
        );
        assert_eq!(all.feedback, Switch::Off);
        assert_eq!(all.share.places().len(), 5);
        let key = Share { http: all.share.http.clone().map(|it| HttpSink { key: None, ..it }), ..all.share.clone() };
        assert_eq!(key.mark(), all.share.mark());
        assert_ne!(Share { folder: None, ..all.share.clone() }.mark(), all.share.mark());
        let of_a_repo = Share { only_of: Some("0f".to_owned()), ..all.share.clone() };
        assert_ne!(of_a_repo.mark(), all.share.mark(), "a repo may not use what somebody agreed to elsewhere");
        assert!(read("{}").share.places().is_empty());
        assert!(serde_yaml::from_str::<Settings>("share: { htpp: x }").is_err());
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
