//! How far the journal was sent to each place, in the state folder.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::state::{Folders, journal};

/// A place in the journal: a file by its number, and the bytes of it that are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub file: u64,
    pub offset: u64,
}

/// For all places together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    sent: BTreeMap<String, Place>,
    /// When the person agreed to each set of places, in milliseconds since 1970.
    agreed_at: BTreeMap<String, u64>,
    /// Why a place took nothing the last time.
    pub problems: Vec<(String, String)>,
}

/// One way to one of the places that somebody agreed to: the mark of the agreement, and `folder`, `http` or `otlp`.
pub fn key(mark: &str, name: &str) -> String {
    format!("{mark} {name}")
}

impl Progress {
    pub fn read(folders: &Folders) -> Self {
        let text = crate::host::read_small(&journal::folder(folders).join("sent.json")).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// # Errors
    /// The state folder can't be written to.
    pub fn keep(&self, folders: &Folders) -> io::Result<()> {
        crate::host::write_private(&journal::folder(folders).join("sent.json"), &serde_json::to_vec(self)?)
    }

    pub fn at(&self, name: &str) -> Place {
        self.sent.get(name).copied().unwrap_or_default()
    }

    pub fn agreed_at(&self, mark: &str) -> u64 {
        self.agreed_at.get(mark).copied().unwrap_or(u64::MAX)
    }

    pub fn agree(&mut self, mark: &str, now: u64) {
        self.agreed_at.insert(mark.to_owned(), now);
    }

    pub fn set(&mut self, name: &str, place: Place) {
        self.sent.insert(name.to_owned(), place);
    }
}
