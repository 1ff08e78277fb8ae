//! The tar archives that files travel in. Pure.

use std::io::{self, Read};

use crate::model::FileCopy;

/// Packs files for unpacking at `/`; their folders come into being with them.
pub(super) fn of_files(files: &[FileCopy]) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(file.mode);
        header.set_mtime(0);
        archive.append_data(&mut header, file.target.trim_start_matches('/'), file.content.as_slice())?;
    }
    archive.into_inner()
}

/// Who owns a folder, and its permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owned {
    pub user: u64,
    pub group: u64,
    pub mode: u32,
}

/// Packs empty folders for unpacking at `/`.
pub(super) fn of_folders(folders: &[(String, Owned)]) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, owned) in folders {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_uid(owned.user);
        header.set_gid(owned.group);
        header.set_mode(owned.mode);
        header.set_size(0);
        header.set_mtime(0);
        archive.append_data(&mut header, path, io::empty())?;
    }
    archive.into_inner()
}

/// What the beginning of an archive says of the first thing in it.
pub(super) fn first_in(packed: &[u8]) -> io::Result<Owned> {
    let mut archive = tar::Archive::new(packed);
    let first = archive.entries()?.next().ok_or(io::ErrorKind::UnexpectedEof)??;
    let header = first.header();
    Ok(Owned { user: header.uid()?, group: header.gid()?, mode: header.mode()? })
}

/// The content of the one file in an archive, at most 1 MiB of it.
pub(super) fn only_file(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut archive = tar::Archive::new(packed);
    let mut content = Vec::new();
    if let Some(entry) = archive.entries()?.next() {
        entry?.take(1 << 20).read_to_end(&mut content)?;
    }
    Ok(content)
}

/// A user list with a line for the developer; `None` when the uid is in it already.
pub(super) fn passwd_with(text: &str, uid: u32, gid: u32, home: &str) -> Option<String> {
    let known = text.lines().any(|line| line.split(':').nth(2) == Some(uid.to_string().as_str()));
    if known {
        return None;
    }
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Some(format!("{text}{end}dev:x:{uid}:{gid}:developer:{home}:/bin/sh\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_can_be_read_again() {
        let file = FileCopy { target: "/etc/a/b.conf".into(), content: b"hello".to_vec(), mode: 0o644 };
        assert_eq!(only_file(&of_files(&[file]).unwrap()).unwrap(), b"hello");
    }

    #[test]
    fn a_folder_keeps_its_owner_and_rights() {
        let owned = Owned { user: 999, group: 998, mode: 0o1700 };
        let packed = of_folders(&[("data/upper".to_owned(), owned)]).unwrap();
        assert_eq!(first_in(&packed).unwrap(), owned);
        assert!(first_in(&packed[..100]).is_err() && first_in(&[]).is_err());
    }

    #[test]
    fn the_developer_is_added_once() {
        let with = passwd_with("root:x:0:0:root:/root:/bin/sh", 1234, 1234, "/h").unwrap();
        assert_eq!(with, "root:x:0:0:root:/root:/bin/sh\ndev:x:1234:1234:developer:/h:/bin/sh\n");
        assert_eq!(passwd_with(&with, 1234, 1234, "/h"), None);
    }
}
