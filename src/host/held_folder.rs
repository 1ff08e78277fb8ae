//! A folder that stays the same one whatever becomes of its path: opened without following a link, and written to by its
//! descriptor.
//!
//! For folders of ours in somebody's repo, where links may lie and programs of the repo are at work.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{self, AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

/// Enough for every file that is read from one.
const MOST_READ: u64 = 4 << 20;

/// A folder that is held open.
#[derive(Debug)]
pub struct HeldFolder {
    folder: OwnedFd,
    path: PathBuf,
}

impl HeldFolder {
    /// Opens a folder, made with those above it where it is not there. Links are followed outside of `within`, which is the path
    /// of a real folder, and refused inside of it.
    ///
    /// # Errors
    /// The system's; and a link, which is named.
    pub fn make(path: &Path, within: &Path) -> io::Result<Self> {
        let path = without_outer_links(path, within)?;
        let (base, rest) = match path.strip_prefix(within) {
            Ok(rest) => (within, rest),
            Err(_) => (path.as_path(), Path::new("")),
        };
        super::create_folder(base)?;
        let folder = fs::open(base, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let base = Self { folder, path: base.to_owned() };
        rest.components().try_fold(base, |held, name| held.below(Path::new(name.as_os_str())))
    }

    /// Where it was when it was opened, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder in this one, made where it is not there.
    ///
    /// # Errors
    /// The system's; and a link, which is named.
    pub fn subfolder(&self, name: &str) -> io::Result<Self> {
        self.below(plain(name)?)
    }

    fn below(&self, name: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || fs::openat(&self.folder, name, flags, Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) => match fs::mkdirat(&self.folder, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => open(),
                Err(error) => Err(error),
            },
            opened => opened,
        };
        let folder = opened.map_err(|error| match fs::readlinkat(&self.folder, name, Vec::new()) {
            Ok(_) => io::Error::other(format!("`{}` is a link, which is not followed here", name.display())),
            Err(_) => error.into(),
        })?;
        Ok(Self { folder, path: self.path.join(name) })
    }

    /// Whether there is anything of this name.
    pub fn has(&self, name: &str) -> bool {
        !matches!(fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW), Err(Errno::NOENT))
    }

    /// Reads a plain file of at most 4 MiB.
    ///
    /// # Errors
    /// The system's; it is no plain file, or too large.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(fs::openat(&self.folder, plain(name)?, flags, Mode::empty())?);
        let found = file.metadata()?;
        if !found.is_file() || found.len() > MOST_READ {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no plain file of at most 4 MiB"));
        }
        let mut bytes = Vec::new();
        file.take(MOST_READ).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes a file whole or not at all, in place of what has that name; a link is replaced and not followed.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let name = plain(name)?;
        // A name that nobody can have put a link at.
        let chance = crate::words::hex(&super::random::<8>().map_err(io::Error::other)?);
        let beside = format!("{}.{chance}.new", name.display());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&self.folder, &beside, flags, Mode::from_raw_mode(0o644))?);
        let written = file.write_all(bytes).and_then(|()| file.sync_data());
        let moved = written.and_then(|()| Ok(fs::renameat(&self.folder, &beside, &self.folder, name)?));
        if moved.is_err() {
            self.remove(&beside);
        }
        moved
    }

    /// Writes at the end of a plain file, made where it is not there.
    ///
    /// # Errors
    /// The system's; it is no plain file.
    pub fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.open_to_append(name, 0o644)?.write_all(bytes)
    }

    /// Opens a plain file to write at its end, which can be looked at; a new one gets these rights.
    ///
    /// # Errors
    /// The system's; it is no plain file.
    pub fn open_to_append(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = fs::openat(&self.folder, plain(name)?, flags, Mode::from_raw_mode(mode));
        let file = File::from(opened.map_err(|error| match error {
            Errno::LOOP => io::Error::other(format!("`{name}` is a link, which is not followed here")),
            error => error.into(),
        })?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{name}` is no plain file")));
        }
        Ok(file)
    }

    /// Keeps others that ask the same from it for as long as it is held open. Answers no where somebody else does that; where the file
    /// system knows nothing of it, nobody is kept away.
    pub fn is_taken_alone(&self) -> bool {
        fs::flock(&self.folder, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK)
    }

    /// The names of everything in it, in any order; what is no Unicode is left out.
    ///
    /// # Errors
    /// The system's.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let entries = fs::Dir::read_from(&self.folder)?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned));
        Ok(names.collect())
    }

    /// How large a file is, in bytes; 0 where it is not there.
    pub fn size(&self, name: &str) -> u64 {
        let found = fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW);
        found.map_or(0, |found| u64::try_from(found.st_size).unwrap_or(0))
    }

    /// Removes a file, or a link and not what it leads to; one that is not there is as good.
    pub fn remove(&self, name: &str) {
        if let Ok(name) = plain(name) {
            let _ = fs::unlinkat(&self.folder, name, AtFlags::empty());
        }
    }
}

/// A name that can lead nowhere else.
fn plain(name: &str) -> io::Result<&Path> {
    let path = Path::new(name);
    match path.components().collect::<Vec<_>>().as_slice() {
        [Component::Normal(one)] if *one == name => Ok(path),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no name of a file"))),
    }
}

/// The path with every link resolved that does not lie within a folder.
fn without_outer_links(path: &Path, within: &Path) -> io::Result<PathBuf> {
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::CurDir => {}
            part if real.starts_with(within) => real.push(part),
            part => {
                let next = real.join(part);
                real = match super::real_path(&next) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => next,
                    resolved => resolved?,
                };
            }
        }
    }
    Ok(real)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "lays traps")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    struct Place {
        all: tempfile::TempDir,
        repo: PathBuf,
        home: PathBuf,
    }

    fn place() -> Place {
        let all = tempfile::tempdir().unwrap();
        let real = super::super::real_path(all.path()).unwrap();
        let (repo, home) = (real.join("repo"), real.join("home"));
        std::fs::create_dir(&repo).unwrap();
        std::fs::create_dir(&home).unwrap();
        std::fs::write(home.join("key"), "secret").unwrap();
        Place { all, repo, home }
    }

    #[test]
    fn a_link_of_the_repo_is_not_followed_wherever_it_stands() {
        let Place { all: _all, repo, home } = place();
        symlink(&home, repo.join("link")).unwrap();
        for path in ["link", "link/reports", "./link/../link"] {
            let refused = HeldFolder::make(&repo.join(path), &repo).unwrap_err();
            assert!(refused.to_string().starts_with("`link` is a link"), "{path}: {refused}");
        }
        let held = HeldFolder::make(&repo.join("a/b"), &repo).unwrap();
        symlink(&home, repo.join("a/b/logs")).unwrap();
        assert!(held.subfolder("logs").is_err());
        assert_eq!(std::fs::read_dir(&home).unwrap().count(), 1);
    }

    #[test]
    fn a_persons_own_link_leads_to_where_it_leads() {
        let Place { all, repo, home } = place();
        symlink(&home, all.path().join("link")).unwrap();
        symlink(&repo, all.path().join("checkout")).unwrap();
        let held = HeldFolder::make(&all.path().join("link/reports"), &repo).unwrap();
        held.write("file", b"text").unwrap();
        assert_eq!(std::fs::read(home.join("reports/file")).unwrap(), b"text");
        // The repo by another name is the repo.
        symlink(&home, repo.join("link")).unwrap();
        assert!(HeldFolder::make(&all.path().join("checkout/link"), &repo).is_err());
    }

    #[test]
    fn a_folder_that_is_swapped_is_not_left() {
        let Place { all: _all, repo, home } = place();
        let held = HeldFolder::make(&repo.join("reports"), &repo).unwrap();
        std::fs::rename(repo.join("reports"), repo.join("moved")).unwrap();
        symlink(&home, repo.join("reports")).unwrap();
        held.write("key", b"report").unwrap();
        held.remove("key");
        held.write("junit.xml", b"report").unwrap();
        assert_eq!(std::fs::read(home.join("key")).unwrap(), b"secret");
        assert_eq!(held.read("junit.xml").unwrap(), b"report");
    }

    #[test]
    fn no_name_leads_elsewhere() {
        let Place { all: _all, repo, home } = place();
        let held = HeldFolder::make(&repo, &repo).unwrap();
        for name in ["", ".", "..", "../home/key", "/etc/passwd", "a/b", "a/"] {
            assert!(held.write(name, b"").is_err() && held.read(name).is_err(), "{name}");
            held.remove(name);
        }
        symlink(home.join("key"), repo.join("link")).unwrap();
        assert!(held.has("link") && held.read("link").is_err() && held.append("link", b"x").is_err());
        held.write("link", b"mine").unwrap();
        assert_eq!(std::fs::read(home.join("key")).unwrap(), b"secret");
        held.append("link", b" too").unwrap();
        assert_eq!(held.read("link").unwrap(), b"mine too");
    }
}
