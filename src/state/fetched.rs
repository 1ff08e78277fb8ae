//! Seeds that were fetched from elsewhere, each called by its checksum. A file that is on its way is locked by whoever fetches it, which
//! tells it from what a killed command has left.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::packed::{self, PackedFile, Packing};
use crate::host;

/// What nobody has used for so long can go, in seconds: 30 days.
const KEPT_S: u64 = 30 * 86_400;

/// The folder with all of them.
pub struct Fetched {
    folder: PathBuf,
}

impl Fetched {
    pub fn below(cache: &Path) -> Self {
        Self { folder: cache.join("seeds") }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the seed with a checksum is once it is whole.
    pub fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256)
    }

    /// Only `devenv gc` asks.
    pub fn note_use(&self, sha256: &str) {
        let now = UNIX_EPOCH + Duration::from_secs(host::now());
        let _ = host::open_file(&self.path(sha256)).and_then(|file| file.set_modified(now));
    }

    /// Begins to write one down, once what killed commands have left is gone; `None` = another command did so, and has ended by now.
    ///
    /// # Errors
    /// The system's.
    pub fn begin(&self, sha256: &str) -> io::Result<Option<PackedFile>> {
        host::create_folder(&self.folder)?;
        for path in self.left_behind() {
            packed::remove(&path)?;
        }
        let path = self.path(sha256);
        match PackedFile::begin(path.clone(), Packing::AsItIs) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match host::open_file(&packed::unfinished(&path)).and_then(|file| file.lock_shared()) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(None),
                }
            }
            begun => begun.map(Some),
        }
    }

    /// Removes what turned out not to be what was meant.
    pub fn forget(&self, sha256: &str) {
        host::remove_file(&self.path(sha256));
    }

    /// What can go, and how large it is in bytes: what nobody uses any more at `now`, in seconds since 1970, or `all` that nobody is
    /// just fetching.
    pub fn removable(&self, all: bool, now: u64) -> Vec<(PathBuf, u64)> {
        let is_old = |path: &Path| {
            let modified = host::open_file(path).and_then(|file| file.metadata()).and_then(|found| found.modified());
            modified.is_ok_and(|at| now.saturating_sub(seconds(at)) >= KEPT_S)
        };
        let whole = host::list_folder(&self.folder).into_iter().filter(|path| !is_unfinished(path));
        let unused = whole.filter(|path| all || is_old(path));
        unused.chain(self.left_behind()).map(|path| (path.clone(), host::file_size(&path))).collect()
    }

    /// Removes what can go. Whoever has one open goes on with it, and whoever needs one later fetches it again.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(&self, all: bool, now: u64) -> io::Result<()> {
        self.removable(all, now).iter().try_for_each(|(path, _)| packed::remove(path))
    }

    fn left_behind(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let unfinished = host::list_folder(&self.folder).into_iter().filter(|path| is_unfinished(path));
        unfinished.filter(|path| packed::is_left_behind(path))
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn is_unfinished(path: &Path) -> bool {
    path.extension() == Some("new".as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &[(PathBuf, u64)]) -> Vec<(&str, u64)> {
        found.iter().map(|(path, size)| (path.file_name().unwrap().to_str().unwrap(), *size)).collect()
    }

    #[test]
    fn what_a_killed_command_has_left_goes_and_what_is_on_its_way_stays() {
        let home = tempfile::tempdir().unwrap();
        let kept = Fetched::below(home.path());
        host::write_file(&kept.folder().join("0b00.new"), b"half").unwrap();
        assert_eq!(names(&kept.removable(false, host::now())), [("0b00.new", 4)]);
        let mut one = kept.begin("one").unwrap().unwrap();
        assert!(!kept.folder().join("0b00.new").exists());
        one.write(b"rows").unwrap();
        kept.remove(true, host::now()).unwrap();
        assert!(packed::unfinished(&kept.path("one")).exists());
        let other = std::thread::spawn({
            let kept = Fetched::below(home.path());
            move || kept.begin("one").unwrap().is_none() || kept.path("one").exists()
        });
        one.finish().unwrap();
        assert!(other.join().unwrap());
        assert_eq!(host::read_small(&kept.path("one")).unwrap(), b"rows");
    }

    #[test]
    fn what_nobody_has_used_for_long_can_go() {
        let home = tempfile::tempdir().unwrap();
        let kept = Fetched::below(home.path());
        host::write_file(&kept.path("one"), b"rows").unwrap();
        let now = host::now();
        assert!(kept.removable(false, now + KEPT_S - 60).is_empty());
        assert_eq!(names(&kept.removable(false, now + KEPT_S)), [("one", 4)]);
        assert_eq!(names(&kept.removable(true, now)), [("one", 4)]);
        kept.remove(false, now).unwrap();
        assert!(kept.path("one").exists());
        kept.remove(true, now).unwrap();
        assert!(!kept.path("one").exists());
    }
}
