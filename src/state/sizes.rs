//! How large the data of each service was when it was last counted: counting takes longer than a person wants to wait.

use std::collections::BTreeMap;

use super::{Folders, read_json};

/// Bytes by the name of the data folder.
pub fn last_sizes(folders: &Folders) -> BTreeMap<String, u64> {
    read_json(&folders.state.join("sizes.json"))
}

/// # Errors
/// The state folder can't be written to.
pub fn remember_sizes(folders: &Folders, sizes: &BTreeMap<String, u64>) -> anyhow::Result<()> {
    if *sizes != last_sizes(folders) {
        crate::host::write_file(&folders.state.join("sizes.json"), &serde_json::to_vec(sizes)?)?;
    }
    Ok(())
}
