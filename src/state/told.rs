//! What a person was told already and need not hear again.

use super::Folders;
use crate::host;
use crate::names::EnvironmentId;

pub fn was_told(folders: &Folders, id: &EnvironmentId, what: &str) -> bool {
    host::is_file(&folders.environment(id).join("told").join(what))
}

/// Whether the person was told, whatever the checkout, that this problem can be explained.
pub fn was_offered(folders: &Folders, problem: &str) -> bool {
    host::is_file(&offered(folders, problem))
}

/// # Errors
/// The state folder can't be written to.
pub fn remember_offered(folders: &Folders, problem: &str) -> std::io::Result<()> {
    folders.keep_private()?;
    host::write_file(&offered(folders, problem), b"")
}

fn offered(folders: &Folders, problem: &str) -> std::path::PathBuf {
    folders.state.join("explained").join(problem)
}

/// # Errors
/// The state folder can't be written to.
pub fn remember_told(folders: &Folders, id: &EnvironmentId, what: &str) -> std::io::Result<()> {
    host::write_file(&folders.environment(id).join("told").join(what), b"")
}
