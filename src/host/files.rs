//! Reading and writing files: bounded reads, whole writes.

#![expect(clippy::disallowed_methods, reason = "the one place that touches files")]

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Enough for every settings file; more is refused.
const SMALL: u64 = 4 << 20;

/// Reads a file of at most 4 MiB.
///
/// # Errors
/// The system's, or `InvalidData` for a larger one.
pub fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = read_limited(path, SMALL + 1)?;
    if bytes.len() as u64 > SMALL {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "larger than 4 MiB"));
    }
    Ok(bytes)
}

/// Reads at most the first `limit` bytes of a file.
///
/// # Errors
/// The system's.
pub fn read_limited(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file whole or not at all, with the folders it needs.
///
/// # Errors
/// The system's.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole(path, bytes, 0o644)
}

/// Like [`write_file`], for the user's eyes only.
///
/// # Errors
/// The system's.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole(path, bytes, 0o600)
}

fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // A name that nobody can have put a link at, into a folder that may be a stranger's repo.
    name.push(format!(".{}.new", crate::words::hex(&super::random::<8>().map_err(io::Error::other)?)));
    let beside = folder.join(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_data()
    });
    let moved = written.and_then(|()| std::fs::rename(&beside, path));
    if moved.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    moved
}

/// Makes a folder and those above it; an existing one is success.
///
/// # Errors
/// The system's.
pub fn create_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Makes a folder that only the user may look into, with those above it; one that others may look into is closed to them.
///
/// # Errors
/// The system's.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let mut permissions = std::fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o700);
        // Another user's, or on a disk without rights: as private as it can be.
        let _ = std::fs::set_permissions(path, permissions);
    }
    Ok(())
}

/// Opens a file that is only there to be locked, which nobody else may do.
///
/// # Errors
/// The system's.
pub fn open_lock(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes a file of ours; one that is not there is as good.
pub fn remove_file(path: &Path) {
    let _ = std::fs::remove_file(path);
}

/// Opens a file for reading.
///
/// # Errors
/// The system's.
pub fn open_file(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}

/// Opens a file to write at its end, for the user's eyes only.
///
/// # Errors
/// The system's.
pub fn append_to(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file for the user's eyes only where there is none, whole or not at all.
///
/// # Errors
/// The system's, `AlreadyExists` where there is one.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension(crate::words::hex(&super::random::<8>().map_err(io::Error::other)?));
    write_private(&beside, bytes)?;
    // Unlike a new name, a second one is refused where there is one already.
    let linked = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    linked
}

/// How large a file is, in bytes; 0 where it is not there.
pub fn file_size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// Whether two open files are one and the same.
pub fn is_same_file(one: &std::fs::File, other: &std::fs::File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |file: &std::fs::File| file.metadata().ok().map(|it| (it.dev(), it.ino()));
    identity(one) == identity(other)
}

/// Gives a file another name, in place of what has that name; one that does not exist is no matter.
pub fn rename(from: &Path, to: &Path) {
    let _ = std::fs::rename(from, to);
}

/// Removes a folder with everything in it; one that does not exist is success.
///
/// # Errors
/// The system's.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// What is in a folder, sorted; nothing where it can't be read.
pub fn list_folder(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(path)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

/// Whether it is a link, wherever that leads.
pub fn is_link(path: &Path) -> bool {
    path.is_symlink()
}

pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// The path without links in it.
///
/// # Errors
/// The system's, for example when it does not exist.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    std::fs::canonicalize(path)
}
