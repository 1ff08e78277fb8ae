//! What did not become ready the last time, so that the next `up` does not wait for the very same thing again.

use std::collections::BTreeSet;

use super::{Folders, read_json};
use crate::names::{EnvironmentId, Name};

/// Names of services and apps that failed in the last `up`.
pub fn unready_before(folders: &Folders, id: &EnvironmentId) -> BTreeSet<String> {
    read_json(&folders.environment(id).join("unready.json"))
}

/// Remembers which failed now; the disk is touched only when that is news.
///
/// # Errors
/// The state folder can't be written to.
pub fn remember_unready<'a>(
    folders: &Folders,
    id: &EnvironmentId,
    failed: impl Iterator<Item = &'a Name>,
) -> anyhow::Result<()> {
    let failed: BTreeSet<String> = failed.map(Name::to_string).collect();
    if failed != unready_before(folders, id) {
        crate::host::write_file(&folders.environment(id).join("unready.json"), &serde_json::to_vec(&failed)?)?;
    }
    Ok(())
}
