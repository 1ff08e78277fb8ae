//! Which engine was used the last time, so that it is asked first and its name is said only when it changes; and who repairs it.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};

/// The engine of the last command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastEngine {
    /// Empty = none was used yet.
    pub url: String,
    /// As a person calls it.
    pub name: String,
}

pub fn last_engine(folders: &Folders) -> LastEngine {
    read_json(&folders.state.join("engine.json"))
}

/// # Errors
/// The state folder can't be written to.
pub fn remember_engine(folders: &Folders, engine: &LastEngine) -> anyhow::Result<()> {
    folders.keep_private()?;
    Ok(crate::host::write_file(&folders.state.join("engine.json"), &serde_json::to_vec(engine)?)?)
}

/// Held by the one process that repairs the engine; a killed one loses it at once.
#[derive(Debug)]
pub struct RepairTurn {
    _file: File,
}

impl RepairTurn {
    /// `None` = another process has it.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn attempt(folders: &Folders) -> std::io::Result<Option<Self>> {
        folders.keep_private()?;
        let file = crate::host::open_lock(&place(folders))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Comes back when nobody has it any more.
    pub async fn released(folders: &Folders) {
        crate::host::released(&place(folders)).await;
    }
}

fn place(folders: &Folders) -> PathBuf {
    folders.state.join("engine.lock")
}
