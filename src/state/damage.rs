//! Files of ours that can't be understood, and whose loss is no harm: what is in them is found out or made again.

use std::path::{Path, PathBuf};

use super::Folders;
use crate::host;
use crate::names::EnvironmentId;

/// Those of all environments, and those of one. Passwords, stored secrets and what is known of data are not among them.
pub fn damaged(folders: &Folders, id: Option<&EnvironmentId>) -> Vec<PathBuf> {
    let shared = ["checkouts.json", "ports.json", "downloads.json", "sizes.json"].map(|name| folders.state.join(name));
    let own = id.map(|id| ["setup.json", "unready.json"].map(|name| folders.environment(id).join(name)));
    shared.into_iter().chain(own.into_iter().flatten()).filter(|path| is_damaged(path)).collect()
}

fn is_damaged(path: &Path) -> bool {
    host::read_small(path).is_ok_and(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).is_err())
}

/// Gives a damaged file another name, so that a new one is begun; answers that name. One that somebody else has written anew
/// meanwhile stays: `None`.
///
/// # Errors
/// The state folder can't be written to.
pub fn set_aside(path: &Path) -> std::io::Result<Option<PathBuf>> {
    let _guard = super::guard(path)?;
    if !is_damaged(path) {
        return Ok(None);
    }
    renamed(path).map(Some)
}

/// As [`set_aside`], for who knows that it is damaged and keeps others from writing it.
///
/// # Errors
/// As there.
pub(super) fn renamed(path: &Path) -> std::io::Result<PathBuf> {
    let aside = path.with_extension(format!("damaged-{}.json", host::now()));
    host::rename(path, &aside);
    match host::is_file(&aside) {
        true => Ok(aside),
        false => Err(std::io::Error::other(format!("{} can't be renamed", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_cut_off_is_found_and_kept_aside() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("state"), cache: folder("cache"), config: folder("config") };
        assert!(damaged(&folders, None).is_empty(), "nothing is there");
        let ports = folders.state.join("ports.json");
        host::write_file(&ports, br#"{"leases":{"5432":{"envi"#).unwrap();
        host::write_file(&folders.state.join("sizes.json"), b"{}").unwrap();
        assert_eq!(damaged(&folders, None), std::slice::from_ref(&ports));
        let aside = set_aside(&ports).unwrap().unwrap();
        assert!(damaged(&folders, None).is_empty() && host::is_file(&aside));
        // Somebody else was first.
        host::write_file(&ports, b"{}").unwrap();
        assert_eq!(set_aside(&ports).unwrap(), None);
        assert!(host::is_file(&ports));
    }
}
