//! The folder that a build sees, packed, without what `.dockerignore` leaves out.

#![expect(clippy::disallowed_methods, reason = "reads the folder that a manifest names for a build")]

use std::path::Path;

use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

/// A packed folder and what it consists of.
#[derive(Debug, Clone)]
pub struct BuildContext {
    /// A tar archive, the same bytes for the same content.
    pub packed: Vec<u8>,
    /// SHA-256 of the archive, in hexadecimal digits.
    pub hash: String,
}

/// Packs a folder for a build: names, content and permission bits, no times, so that equal content gives equal bytes.
///
/// # Errors
/// The system's.
pub fn pack(folder: &Path) -> std::io::Result<BuildContext> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false).hidden(false).add_custom_ignore_filename(".dockerignore").sort_by_file_path(Path::cmp);
    walk.filter_entry(|entry| entry.file_name() != ".git");
    for entry in walk.build().flatten() {
        let Ok(relative) = entry.path().strip_prefix(folder) else { continue };
        let Some(kind) = entry.file_type() else { continue };
        if relative.as_os_str().is_empty() {
            continue;
        }
        let mut header = header(entry.path())?;
        if kind.is_symlink() {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            archive.append_link(&mut header, relative, std::fs::read_link(entry.path())?)?;
        } else if kind.is_dir() {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_size(0);
            archive.append_data(&mut header, relative, std::io::empty())?;
        } else if kind.is_file() {
            let content = std::fs::read(entry.path())?;
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, relative, content.as_slice())?;
        }
    }
    let packed = archive.into_inner()?;
    let hash = crate::words::hex(&Sha256::digest(&packed));
    Ok(BuildContext { packed, hash })
}

/// Packs files that are nowhere on the disk.
///
/// # Errors
/// A name that no archive can hold.
pub fn pack_files(files: &[(&str, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mtime(0);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, name, content.as_slice())?;
    }
    archive.into_inner()
}

fn header(path: &Path) -> std::io::Result<tar::Header> {
    let mut header = tar::Header::new_gnu();
    header.set_mtime(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        header.set_mode(std::fs::symlink_metadata(path)?.permissions().mode() & 0o777);
    }
    #[cfg(not(unix))]
    header.set_mode(0o755);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_content_gives_an_equal_hash_and_ignored_files_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            crate::host::write_file(&folder.path().join(name), text.as_bytes()).unwrap();
        };
        write("Dockerfile", "FROM scratch");
        write(".dockerignore", "out\n*.log\n");
        let first = pack(folder.path()).unwrap();
        write("out/big", "x");
        write("a.log", "x");
        write(".git/HEAD", "x");
        assert_eq!(pack(folder.path()).unwrap().hash, first.hash);
        write("main.c", "x");
        assert_ne!(pack(folder.path()).unwrap().hash, first.hash);
    }
}
