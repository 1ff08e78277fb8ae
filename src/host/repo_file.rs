//! Files that a repo names: opened only where they are files, and inside of it; known by their content, also while they are used.

#![expect(clippy::disallowed_methods, reason = "a large file is read piece by piece")]

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};

/// Why a file that a repo names is not opened.
#[derive(Debug)]
pub enum Unopened {
    /// It leads out of the repo, to this.
    Outside(PathBuf),
    System(io::Error),
}

/// Opens a file below `root`, wherever in there its links lead.
///
/// # Errors
/// It leads elsewhere, is no file, or the system's.
pub fn open_inside(root: &Path, path: &Path) -> Result<File, Unopened> {
    let real = |path: &Path| std::fs::canonicalize(path).map_err(Unopened::System);
    let (root, path) = (real(root)?, real(path)?);
    if !path.starts_with(root) {
        return Err(Unopened::Outside(path));
    }
    open_plain(&path).map_err(Unopened::System)
}

/// Opens a plain file for reading, and no link: a pipe or a device would keep its reader waiting, or never end.
///
/// # Errors
/// The system's; or it is no plain file.
pub fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"))
    }
}

/// A file on its way to somebody, whose content is made sure of when it has been read; clones read the same one on.
#[derive(Clone)]
pub struct Hashed(Arc<Mutex<Reading>>);

struct Reading {
    file: File,
    hash: Sha256,
    size: u64,
}

impl Hashed {
    pub fn new(file: File) -> Self {
        Self(Arc::new(Mutex::new(Reading { file, hash: Sha256::new(), size: 0 })))
    }

    /// The SHA-256 of all of it, in small hexadecimal digits; what nobody has read yet is read now, up to `limit` bytes of the whole.
    ///
    /// # Errors
    /// It is larger (`FileTooLarge`), or the system's.
    pub fn digest(&mut self, limit: u64) -> io::Result<String> {
        let rest = limit.saturating_sub(self.size()).saturating_add(1);
        io::copy(&mut self.by_ref().take(rest), &mut io::sink())?;
        if self.size() > limit {
            let why = format!("it is larger than {}", crate::words::bytes(limit));
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
        }
        Ok(crate::words::hex(&self.reading().hash.clone().finalize()))
    }

    /// How much of it was read so far, in bytes.
    pub fn size(&self) -> u64 {
        self.reading().size
    }

    fn reading(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut reading = self.reading();
        let read = reading.file.read(buffer)?;
        reading.hash.update(&buffer[..read]);
        reading.size += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "bc51e9e65d79e1c90ba544ab2eae1044ccdf8c1af7a559ba375cba4276f7d99e";

    #[test]
    fn only_what_is_a_file_and_inside_is_opened() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("repo");
        let at = |name: &str| root.join(name);
        std::fs::create_dir_all(at("folder")).unwrap();
        std::fs::write(at("folder/rows"), "rows").unwrap();
        std::fs::write(place.path().join("other"), "other").unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), Mode::RWXU).unwrap();
        for (link, to) in [("within", "folder/rows"), ("other", "../other"), ("endless", "/dev/zero")] {
            std::os::unix::fs::symlink(to, at(link)).unwrap();
        }
        for name in ["folder/rows", "within", "../repo/within"] {
            let mut text = String::new();
            open_inside(&root, &at(name)).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "rows", "{name}");
        }
        for name in ["other", "endless", "../other"] {
            assert!(matches!(open_inside(&root, &at(name)), Err(Unopened::Outside(_))), "{name}");
        }
        for name in ["pipe", "folder", "nothing"] {
            assert!(matches!(open_inside(&root, &at(name)), Err(Unopened::System(_))), "{name}");
        }
    }

    #[test]
    fn all_of_a_file_is_hashed_however_much_of_it_somebody_reads() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("rows");
        std::fs::write(&path, "rows").unwrap();
        let opened = || Hashed::new(open_inside(place.path(), &path).unwrap());
        // Of `printf rows | sha256sum`.
        assert_eq!(opened().digest(4).unwrap(), ROWS);
        let mut one = opened();
        one.clone().read_exact(&mut [0; 2]).unwrap();
        assert_eq!(one.digest(4).unwrap(), ROWS);
        assert_eq!(opened().digest(3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let mut changed = opened();
        std::fs::write(&path, "ROWS").unwrap();
        assert_ne!(changed.digest(4).unwrap(), ROWS);
    }
}
