//! What was downloaded for an environment, so that `devenv gc` can tell it from what others have brought to this computer.

use std::collections::BTreeMap;

use super::{Folders, read_json};
use crate::host;

/// Names of what was downloaded, and when: seconds since 1970.
pub fn downloads(folders: &Folders) -> BTreeMap<String, u64> {
    read_json(&folders.state.join("downloads.json"))
}

/// Remembers a download.
///
/// # Errors
/// The state folder can't be written to.
pub fn note_download(folders: &Folders, name: &str) -> anyhow::Result<()> {
    change(folders, |downloads| {
        downloads.insert(name.to_owned(), host::now());
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

fn change(folders: &Folders, decide: impl FnOnce(&mut BTreeMap<String, u64>)) -> anyhow::Result<()> {
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
        note_download(&folders, "a:1").unwrap();
        note_download(&folders, "b:1").unwrap();
        forget_download(&folders, "a:1").unwrap();
        assert_eq!(downloads(&folders).keys().collect::<Vec<_>>(), ["b:1"]);
    }
}
