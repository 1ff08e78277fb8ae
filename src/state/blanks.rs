//! Which empty data folders were made ahead, and the password that each was made with. The file is readable by the user only.
//!
//! A folder counts only when it is written down here, which is done last.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};

use serde::{Deserialize, Serialize};

use super::{Folders, guard, read_json};
use crate::names::EnvironmentId;

/// One empty data folder that nobody writes to any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptBlank {
    /// The engine's name of it.
    pub folder: String,
    /// What made it, such as `postgres@17`.
    pub of: String,
    /// What it is good for; see [`crate::model::blank`].
    pub key: String,
    /// The variables with the login that it knows.
    pub login: BTreeMap<String, String>,
    /// User, group and permission bits of the folder.
    pub root: Option<(u64, u64, u32)>,
    /// Seconds since 1970.
    pub used_at: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    blanks: Vec<KeptBlank>,
    /// Whether an engine can make forks, by its address: the answer, and when it was had, in seconds since 1970.
    forks: BTreeMap<String, (bool, u64)>,
}

/// How long an engine that could not make forks is not asked again, in seconds: it may have been changed since.
const ASKED_AGAIN_S: u64 = 7 * 24 * 3600;

impl Folders {
    /// What everything that is made at an engine for all environments alike is known by.
    pub fn home_id(&self) -> EnvironmentId {
        EnvironmentId::of_checkout(&self.state)
    }

    fn blanks_file(&self) -> std::path::PathBuf {
        self.state.join("blanks.json")
    }
}

pub fn blanks(folders: &Folders) -> Vec<KeptBlank> {
    read_json::<Kept>(&folders.blanks_file()).blanks
}

/// Writes one down, or takes its place.
///
/// # Errors
/// The state folder can't be written to.
pub fn keep_blank(folders: &Folders, blank: &KeptBlank) -> anyhow::Result<()> {
    change(folders, |kept| {
        kept.blanks.retain(|one| one.folder != blank.folder);
        kept.blanks.push(blank.clone());
    })
}

/// Notes that an environment begins with it now.
///
/// # Errors
/// The state folder can't be written to.
pub fn note_blank_used(folders: &Folders, folder: &str, now: u64) -> anyhow::Result<()> {
    change(folders, |kept| {
        kept.blanks.iter_mut().filter(|one| one.folder == folder).for_each(|one| one.used_at = now);
    })
}

/// # Errors
/// The state folder can't be written to.
pub fn forget_blank(folders: &Folders, folder: &str) -> anyhow::Result<()> {
    change(folders, |kept| kept.blanks.retain(|one| one.folder != folder))
}

/// Whether an engine can make forks, as far as that was tried; `now` in seconds since 1970.
pub fn forks_at(folders: &Folders, engine: &str, now: u64) -> Option<bool> {
    let (can, at) = *read_json::<Kept>(&folders.blanks_file()).forks.get(engine)?;
    (can || now.saturating_sub(at) < ASKED_AGAIN_S).then_some(can)
}

/// # Errors
/// The state folder can't be written to.
pub fn remember_forks(folders: &Folders, engine: &str, can: bool, now: u64) -> anyhow::Result<()> {
    change(folders, |kept| {
        kept.forks.insert(engine.to_owned(), (can, now));
    })
}

fn change(folders: &Folders, change: impl FnOnce(&mut Kept)) -> anyhow::Result<()> {
    let path = folders.blanks_file();
    let _guard = guard(&path)?;
    let mut kept: Kept = read_json(&path);
    change(&mut kept);
    Ok(crate::host::write_private(&path, &serde_json::to_vec_pretty(&kept)?)?)
}

/// Held while an environment begins with an empty data folder, by as many as like to; or by the one who removes some.
#[derive(Debug)]
pub struct BlankHold {
    _file: File,
}

impl BlankHold {
    /// `None` = somebody removes some just now.
    pub fn to_use(folders: &Folders) -> Option<Self> {
        Self::take(folders, "blanks.use", File::try_lock_shared)
    }

    /// `None` = somebody uses one just now.
    pub fn to_remove(folders: &Folders) -> Option<Self> {
        Self::take(folders, "blanks.use", File::try_lock)
    }

    /// `None` = somebody makes one just now.
    pub fn to_make(folders: &Folders) -> Option<Self> {
        Self::take(folders, "blanks.making", File::try_lock)
    }

    fn take(folders: &Folders, name: &str, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Option<Self> {
        folders.keep_private().ok()?;
        let file = crate::host::open_lock(&folders.state.join(name)).ok()?;
        lock(&file).ok()?;
        Some(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(home: &tempfile::TempDir) -> Folders {
        let folder = |name: &str| home.path().join(name);
        Folders { state: folder("s"), cache: folder("c"), config: folder("k") }
    }

    #[test]
    fn what_was_made_is_kept_with_its_password_for_the_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let blank = KeptBlank { folder: "b".into(), of: "postgres@17".into(), used_at: 5, ..KeptBlank::default() };
        keep_blank(&folders, &blank).unwrap();
        note_blank_used(&folders, "b", 9).unwrap();
        assert_eq!(blanks(&folders), [KeptBlank { used_at: 9, ..blank }]);
        let mode = folders.blanks_file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        forget_blank(&folders, "b").unwrap();
        assert!(blanks(&folders).is_empty());
    }

    #[test]
    fn an_engine_that_could_not_is_asked_again_after_a_while() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        assert_eq!(forks_at(&folders, "unix:///a", 0), None);
        remember_forks(&folders, "unix:///a", false, 100).unwrap();
        remember_forks(&folders, "unix:///b", true, 100).unwrap();
        assert_eq!(forks_at(&folders, "unix:///a", 100 + ASKED_AGAIN_S - 1), Some(false));
        assert_eq!(forks_at(&folders, "unix:///a", 100 + ASKED_AGAIN_S), None);
        assert_eq!(forks_at(&folders, "unix:///b", 100 + 9 * ASKED_AGAIN_S), Some(true));
    }

    #[test]
    fn many_use_what_only_one_removes() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let one = BlankHold::to_use(&folders).unwrap();
        let other = BlankHold::to_use(&folders).unwrap();
        assert!(BlankHold::to_remove(&folders).is_none());
        drop((one, other));
        let _remover = BlankHold::to_remove(&folders).unwrap();
        assert!(BlankHold::to_use(&folders).is_none());
        assert!(BlankHold::to_make(&folders).is_some());
    }
}
