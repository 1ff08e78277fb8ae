//! What a person was told already and need not hear again.

use super::Folders;
use crate::host;
use crate::names::EnvironmentId;

pub fn was_told(folders: &Folders, id: &EnvironmentId, what: &str) -> bool {
    host::is_file(&folders.environment(id).join("told").join(what))
}

/// # Errors
/// The state folder can't be written to.
pub fn remember_told(folders: &Folders, id: &EnvironmentId, what: &str) -> std::io::Result<()> {
    host::write_file(&folders.environment(id).join("told").join(what), b"")
}
