//! What tells a checkout from every other one, so that it is recognised after it was moved. Reads, never writes.

#![expect(clippy::disallowed_methods, reason = "asks the system for the folder itself")]

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files::read_limited;
use super::git::origin;

/// What the file system knows a folder by: kept when it is moved within the file system, new for every copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FolderMark {
    pub inode: u64,
    pub device: u64,
    /// Nanoseconds since 1970; an inode is used again when its folder is gone, its time of birth is not. 0 = not known here.
    pub born: u64,
}

impl FolderMark {
    /// Whether both are of the same folder. A device's number may change when the computer starts again, so it counts only
    /// where no time of birth is known.
    pub fn is_of_same_folder(&self, other: &Self) -> bool {
        let known = self.born != 0 && other.born != 0;
        self.inode == other.inode && if known { self.born == other.born } else { self.device == other.device }
    }
}

/// The mark of a folder; `None` where there is none, or the system has no such marks.
pub fn folder_mark(path: &Path) -> Option<FolderMark> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let found = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_dir)?;
        let born = found.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let born = born.and_then(|time| u64::try_from(time.as_nanos()).ok()).unwrap_or_default();
        Some(FolderMark { inode: found.ino(), device: found.dev(), born })
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// What is at a path where a folder was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    Folder(FolderMark),
    /// Nothing; what is there of the way to it ends on this device.
    Nothing {
        device: u64,
    },
    /// It can't be told: no right to look, a link to nowhere, a file in the way, or a system without such marks.
    Unknown,
}

/// Looks at what is at a path, which is absolute and without links when it was there.
pub fn look_at(path: &Path) -> At {
    #[cfg(unix)]
    for above in path.ancestors() {
        use std::os::unix::fs::MetadataExt;
        match std::fs::symlink_metadata(above) {
            Ok(found) if found.is_dir() && above == path => return folder_mark(path).map_or(At::Unknown, At::Folder),
            Ok(found) if found.is_dir() => return At::Nothing { device: found.dev() },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            _ => return At::Unknown,
        }
    }
    let _ = path;
    At::Unknown
}

/// What git knows a working copy by, as hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloneMark {
    /// Of the moment it was cloned or made; kept wherever it is moved to, another one for every clone.
    pub clone: Option<String>,
    /// Of where it was cloned from; the same for every clone. Worktrees that belong to another clone have none.
    pub origin: Option<String>,
}

/// The mark of the working copy that a folder lies in.
pub fn clone_mark(folder: &Path) -> CloneMark {
    let Some(top) = folder.ancestors().find(|above| above.join(".git").exists()) else { return CloneMark::default() };
    // Two folders of one working copy are two checkouts.
    let inside = folder.strip_prefix(top).unwrap_or(Path::new("")).to_string_lossy().into_owned();
    let hash = |text: &str| crate::words::hex(&Sha256::digest(format!("{text}\n{inside}"))[..12]);
    let (own, linked) = git_folder(&top.join(".git"));
    let first = text(&own.join("logs/HEAD")).and_then(|log| log.lines().next().map(str::to_owned));
    // Several worktrees can be made within one second; git itself names each.
    let named = if linked { own.file_name().unwrap_or_default().to_string_lossy() } else { "".into() };
    let first = first.map(|line| hash(&format!("{line}{named}")));
    let origin = if linked { None } else { text(&own.join("config")).and_then(|it| origin(&it)).map(|it| hash(&it)) };
    CloneMark { clone: first, origin }
}

/// When the working copy that a folder belongs to was made, in seconds since 1970; `None` = git has not written it down.
pub fn cloned_at(folder: &Path) -> Option<u64> {
    let top = folder.ancestors().find(|above| above.join(".git").exists())?;
    let (own, _) = git_folder(&top.join(".git"));
    let log = text(&own.join("logs/HEAD"))?;
    // Two ids, who it was, the seconds and the zone, and behind a tab what was done.
    let (before, _) = log.lines().next()?.split_once('\t')?;
    before.rsplit(' ').nth(1)?.parse().ok()
}

/// The folder that git keeps a working copy's own things in, and whether it belongs to another clone.
fn git_folder(dot_git: &Path) -> (PathBuf, bool) {
    let named = text(dot_git).and_then(|it| it.strip_prefix("gitdir:").map(|path| path.trim().to_owned()));
    match named {
        Some(path) => (dot_git.parent().unwrap_or(dot_git).join(path), true),
        None => (dot_git.to_owned(), false),
    }
}

fn text(path: &Path) -> Option<String> {
    const ENOUGH: u64 = 64 << 10;
    read_limited(path, ENOUGH).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_nowhere_has_the_device_of_what_is_left_of_its_path_and_a_link_tells_nothing() {
        let place = tempfile::tempdir().unwrap();
        let here = folder_mark(place.path()).unwrap();
        assert_eq!(look_at(place.path()), At::Folder(here.clone()));
        assert_eq!(look_at(&place.path().join("no/such")), At::Nothing { device: here.device });
        std::os::unix::fs::symlink("nowhere", place.path().join("link")).unwrap();
        assert_eq!(look_at(&place.path().join("link/shop")), At::Unknown);
        std::fs::write(place.path().join("file"), "").unwrap();
        assert_eq!(look_at(&place.path().join("file/shop")), At::Unknown);
    }

    #[cfg(unix)]
    #[test]
    fn a_moved_folder_keeps_its_mark_and_a_copy_has_another() {
        let place = tempfile::tempdir().unwrap();
        let (old, new) = (place.path().join("old"), place.path().join("new"));
        std::fs::create_dir(&old).unwrap();
        let before = folder_mark(&old).unwrap();
        std::fs::rename(&old, &new).unwrap();
        std::fs::create_dir(&old).unwrap();
        assert!(before.is_of_same_folder(&folder_mark(&new).unwrap()));
        assert!(!before.is_of_same_folder(&folder_mark(&old).unwrap()));
    }

    #[test]
    fn a_clone_is_known_by_its_beginning_and_a_worktree_has_no_origin_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = place.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("one/.git/logs/HEAD", "0000 1111 someone 1700000000 +0000\tclone\nmore\n");
        write("one/.git/config", "[remote \"origin\"]\n\turl = here\n");
        write("two/.git/logs/HEAD", "0000 1111 someone 1700000009 +0000\tclone\n");
        write("two/.git/config", "[remote \"origin\"]\n\turl = here\n");
        write("tree/.git", "gitdir: ../one/.git/worktrees/tree\n");
        write("one/.git/worktrees/tree/logs/HEAD", "0000 1111 someone 1700000005 +0000\t\n");
        write("twin/.git", "gitdir: ../one/.git/worktrees/twin\n");
        write("one/.git/worktrees/twin/logs/HEAD", "0000 1111 someone 1700000005 +0000\t\n");
        let mark = |path: &str| clone_mark(&place.path().join(path));
        assert_eq!(mark("one").origin, mark("two").origin);
        assert_ne!(mark("one").clone, mark("two").clone);
        assert_eq!(cloned_at(&place.path().join("two/sub")), Some(1_700_000_009));
        assert_eq!(cloned_at(place.path()), None);
        assert_ne!(mark("one").origin, mark("one/sub").origin);
        assert_eq!(mark("tree").origin, None);
        assert!(mark("tree").clone.is_some());
        assert_ne!(mark("tree").clone, mark("twin").clone, "made in the same second");
        assert_eq!(clone_mark(place.path()), CloneMark::default());
    }
}
