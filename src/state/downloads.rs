//! What was downloaded for an environment, so that `devenv gc` can tell it from what others have brought to this computer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host;

/// What was downloaded under a name. By now somebody may have made something else of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// The engine's id of what came.
    pub id: String,
    /// When it came: seconds since 1970.
    pub at: u64,
}

/// Everything that was downloaded, by its name.
pub fn downloads(folders: &Folders) -> BTreeMap<String, Download> {
    read_json(&folders.state.join("downloads.json"))
}

/// Remembers a download.
///
/// # Errors
/// The state folder can't be written to.
pub fn note_download(folders: &Folders, name: &str, id: &str) -> anyhow::Result<()> {
    change(folders, |downloads| {
        downloads.insert(name.to_owned(), Download { id: id.to_owned(), at: host::now() });
    })
}

/// Forgets one that was removed.
///
/// # Errors
/// The state folder can't be written to.
pub fn forget_download(folders: &Folders, name: &str) -> anyhow::Result<()> {
    change(folders, |downloads| {
        downloads.remove(name);
    })
}

fn change(folders: &Folders, decide: impl FnOnce(&mut BTreeMap<String, Download>)) -> anyhow::Result<()> {
    let path = folders.state.join("downloads.json");
    let _guard = super::guard(&path)?;
    let mut all = downloads(folders);
    decide(&mut all);
    host::write_file(&path, &serde_json::to_vec_pretty(&all)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_downloaded_is_known_until_it_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        note_download(&folders, "a:1", "sha256:a").unwrap();
        note_download(&folders, "b:1", "sha256:b").unwrap();
        forget_download(&folders, "a:1").unwrap();
        let left: Vec<_> = downloads(&folders).into_iter().map(|(name, it)| (name, it.id)).collect();
        assert_eq!(left, [("b:1".to_owned(), "sha256:b".to_owned())]);
    }
}
