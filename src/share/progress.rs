//! How far the journal was sent to each place, in the state folder.

use std::collections::BTreeMap;
use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::state::{Folders, journal};

const NAME: &str = "sent.json";

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
    /// Where what is on its way to a place ends: nobody knows whether it has arrived, so it goes again exactly as it was.
    under_way: BTreeMap<String, Place>,
    /// Why a place took nothing the last time.
    pub problems: Vec<(String, String)>,
}

/// One way to one of the places that somebody agreed to: the mark of the agreement, and `folder`, `http` or `otlp`.
pub fn key(mark: &str, name: &str) -> String {
    format!("{mark} {name}")
}

impl Progress {
    pub fn read(folders: &Folders) -> Self {
        read(folders, NAME)
    }

    /// Changes it from how it is now, whoever else does so.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn change(folders: &Folders, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        change_kept(folders, NAME, change)
    }

    /// `None` = nobody has ever begun to send there, or that is lost: what is in the journal is not meant for it.
    pub fn at(&self, name: &str) -> Option<Place> {
        self.sent.get(name).copied()
    }

    pub fn under_way(&self, name: &str) -> Option<Place> {
        self.under_way.get(name).copied()
    }

    /// From here on, whatever was on its way.
    pub fn begin(&mut self, name: &str, at: Place) {
        self.under_way.remove(name);
        self.sent.insert(name.to_owned(), at);
    }

    /// What ends there is about to be sent.
    pub fn note_under_way(&mut self, name: &str, to: Place) {
        self.under_way.insert(name.to_owned(), to);
    }

    /// It has arrived; unless somebody has begun anew meanwhile.
    pub fn advance(&mut self, name: &str, (from, to): (Place, Place)) {
        if self.at(name) == Some(from) {
            self.begin(name, to);
        }
    }
}

/// One of the small files beside the journal; a damaged one is as good as none.
pub fn read<T: DeserializeOwned + Default>(folders: &Folders, name: &str) -> T {
    let text = crate::host::read_small(&journal::folder(folders).join(name)).ok();
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Changes one of them from how it is now, while nobody else does.
///
/// # Errors
/// The state folder can't be written to.
pub fn change_kept<T: Serialize + DeserializeOwned + Default, R>(
    folders: &Folders,
    name: &str,
    change: impl FnOnce(&mut T) -> R,
) -> io::Result<R> {
    let _turn = journal::turn(folders, name)?;
    let mut kept: T = read(folders, name);
    let result = change(&mut kept);
    crate::host::write_private(&journal::folder(folders).join(name), &serde_json::to_vec(&kept)?)?;
    Ok(result)
}
