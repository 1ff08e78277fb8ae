//! Which engine was used the last time, so that it is asked first and its name is said only when it changes.

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
