//! A file that a seed is made of: found inside of the repo, and used only while it is what was found.

use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::missing;
use crate::host::{self, Hashed, Unopened};
use crate::problem::{Problem, kinds};

/// The largest file that is read, in bytes: 32 GiB.
pub(super) const LARGEST: u64 = 32 << 30;
/// How much of it is read at a time, in bytes.
const PIECE: usize = 256 << 10;

/// A file, and what its content was when it was found.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// As a person calls it.
    pub shown: String,
    /// Links may lead wherever they like below this.
    root: PathBuf,
    path: PathBuf,
    /// In hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Whether it begins as scripts do that can be run.
    pub is_script: bool,
}

impl Source {
    /// Looks at a file below `root`, and reads all of it.
    ///
    /// # Errors
    /// It is not there, leads elsewhere, is no file, can't be read or is larger than any seed.
    pub fn find(shown: &str, root: &Path, path: PathBuf) -> Result<Self, Problem> {
        let found = Self {
            shown: shown.to_owned(),
            root: root.to_owned(),
            path,
            sha256: String::new(),
            size: 0,
            is_script: false,
        };
        let mut file = found.open()?;
        let mut look = || {
            let mut start = Vec::new();
            file.clone().take(2).read_to_end(&mut start)?;
            let sha256 = file.digest(LARGEST)?;
            Ok::<_, std::io::Error>(Self { sha256, size: file.size(), is_script: start == b"#!", ..found.clone() })
        };
        look().map_err(|error| missing(shown, &error.to_string()))
    }

    /// Opens it once more.
    ///
    /// # Errors
    /// It is gone, or is no such file any more.
    pub fn open(&self) -> Result<Hashed, Problem> {
        match host::open_inside(&self.root, &self.path) {
            Ok(file) => Ok(Hashed::new(file)),
            Err(Unopened::System(error)) => Err(missing(&self.shown, &error.to_string())),
            Err(Unopened::Outside(real)) => {
                let what = format!("`{}`, which a new database is filled with, leads out of the repo", self.shown);
                Err(Problem::new(&kinds::FILE_OUTSIDE, what)
                    .why(format!("it is a link to {}", real.display()))
                    .fix("put the file itself into the repo"))
            }
        }
    }

    /// Its content, opened when it is read; at its end there is an error where it is not what was found.
    pub fn later(&self) -> Later {
        Later { source: self.clone(), file: None }
    }

    /// Whether what was read is what was found; else it was changed since, and what came of it is worth nothing.
    ///
    /// # Errors
    /// It is not.
    pub async fn check(&self, mut read: Hashed) -> Result<(), Problem> {
        let digest = tokio::task::spawn_blocking(move || read.digest(LARGEST)).await;
        if digest.is_ok_and(|digest| digest.is_ok_and(|digest| digest == self.sha256)) {
            return Ok(());
        }
        Err(Problem::new(
            &kinds::SEED_FAILED,
            format!("`{}` was changed while a database was filled with it", self.shown),
        )
        .why("a part of it was as before, and a part as after the change")
        .fix("devenv up        # begins with it again"))
    }
}

/// A file that is not open yet: there may be more of them than can be open at once.
pub(super) struct Later {
    source: Source,
    file: Option<Hashed>,
}

impl Read for Later {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let changed = || std::io::Error::new(ErrorKind::InvalidData, "a file was changed while it was read");
        let file = match &mut self.file {
            Some(file) => file,
            unopened => unopened.insert(self.source.open().map_err(|_| changed())?),
        };
        let read = file.read(buffer)?;
        // Whoever reads it counts, and does not ask again at its end.
        if file.size() >= self.source.size && file.digest(self.source.size).ok().as_ref() != Some(&self.source.sha256) {
            return Err(changed());
        }
        Ok(read)
    }
}

/// All of a file, in large pieces.
pub(super) fn reader(file: &Hashed) -> Box<dyn Read + Send> {
    Box::new(BufReader::with_capacity(PIECE, file.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &Source, read: Hashed) -> Result<(), Problem> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(source.check(read))
    }

    #[test]
    fn what_leads_out_of_the_repo_is_told_and_not_read() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("repo");
        host::write_file(&root.join("a.sql"), b"select 1").unwrap();
        host::write_file(&place.path().join("other.sql"), b"select 2").unwrap();
        for (link, to) in [("other.sql", "../other.sql"), ("endless.sql", "/dev/zero")] {
            std::os::unix::fs::symlink(to, root.join(link)).unwrap();
            let refused = Source::find(link, &root, root.join(link)).unwrap_err();
            assert_eq!(refused.kind, &kinds::FILE_OUTSIDE, "{refused:?}");
        }
        assert!(Source::find("a.sql", &root, root.join("a.sql")).is_ok());
    }

    #[test]
    fn what_is_changed_after_it_was_found_does_not_count() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.sql");
        host::write_file(&path, b"select 1").unwrap();
        let source = Source::find("a.sql", place.path(), path.clone()).unwrap();
        // Of what is right, a server may well read only a part.
        check(&source, source.open().unwrap()).unwrap();
        let later = |mut later: Later| std::io::copy(&mut later, &mut std::io::sink());
        assert_eq!(later(source.later()).unwrap(), source.size);
        host::write_file(&path, b"select 2").unwrap();
        assert!(later(source.later()).is_err());
        let read = source.open().unwrap();
        std::io::copy(&mut reader(&read), &mut std::io::sink()).unwrap();
        assert_eq!(check(&source, read).unwrap_err().kind, &kinds::SEED_FAILED);
    }
}
