//! Scripts of a repo with Windows line endings: finds them, and writes them anew.

#![expect(clippy::disallowed_methods, reason = "keeps the rights of a file that it writes anew")]

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ignore::WalkBuilder;

use super::files::{read_limited, write_file};

/// Of a file; what is longer is no script that a person wrote.
const LARGEST: u64 = 1 << 20;

/// How a script was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Something runs it.
    ByManifest,
    /// It only lies there.
    ByNobody,
}

/// Whether a file is a script that programs for Linux stumble over because of its line endings: a shell's anywhere in it, any
/// other's in its first line, where it is run by itself.
pub fn has_windows_line_ends(path: &Path, named: Named) -> bool {
    if !path.is_file() {
        return false;
    }
    let Ok(bytes) = read_limited(path, LARGEST) else { return false };
    // One that begins like any other and has such lines further down means them: a request in a here-document, for example.
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return false };
    let first = &bytes[..end];
    if bytes.contains(&0) || !first.ends_with(b"\r") {
        return false;
    }
    let is_shell = first.starts_with(b"#!") && first.windows(2).any(|pair| pair == b"sh")
        || path.extension().is_some_and(|end| ["sh", "bash"].iter().any(|shell| end == *shell));
    let runs_itself = first.starts_with(b"#!") && is_executable(path);
    match named {
        Named::ByManifest => is_shell || runs_itself,
        Named::ByNobody => runs_itself || is_shell && first.starts_with(b"#!"),
    }
}

fn is_executable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Every such script below a folder that git would track, as far as can be seen in the time given.
pub fn scripts_with_windows_line_ends(root: &Path, limit: Duration) -> Vec<PathBuf> {
    const MOST_ENTRIES: usize = 20_000;
    let began = Instant::now();
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false).require_git(false).filter_entry(|entry| entry.file_name() != ".git");
    let mut found = Vec::new();
    for entry in walk.build().flatten().take(MOST_ENTRIES) {
        if began.elapsed() >= limit {
            break;
        }
        let path = entry.path();
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        let may_be = path.extension().is_none_or(|end| end == "sh" || end == "bash") || is_executable(path);
        if is_file && may_be && has_windows_line_ends(path, Named::ByNobody) {
            found.push(path.to_owned());
        }
    }
    found.sort();
    found
}

/// Whether a file is a script that could be run by itself, if it only had the right to be.
pub fn lacks_right_to_run(path: &Path) -> bool {
    path.is_file() && !is_executable(path) && read_limited(path, LARGEST).is_ok_and(|bytes| bytes.starts_with(b"#!"))
}

/// Gives a file of the repo the right to be executed, for everybody who may read it.
///
/// # Errors
/// The system's, or that it is a link out of the repo.
pub fn make_executable(root: &Path, relative: &Path) -> io::Result<()> {
    let path = within(root, relative)?;
    let mut rights = std::fs::metadata(&path)?.permissions();
    rights.set_mode(rights.mode() | (rights.mode() & 0o444) >> 2);
    std::fs::set_permissions(path, rights)
}

/// Where a file of the repo really is.
fn within(root: &Path, relative: &Path) -> io::Result<PathBuf> {
    let path = super::real_path(&root.join(relative))?;
    if path.starts_with(super::real_path(root)?) {
        return Ok(path);
    }
    Err(io::Error::other(format!("{} leads out of the repo", relative.display())))
}

/// Writes a text file of the repo anew with LF line endings; its rights and its owner stay.
///
/// # Errors
/// The system's, or that it is a link out of the repo.
pub fn write_unix_line_ends(root: &Path, relative: &Path) -> io::Result<()> {
    let path = &within(root, relative)?;
    let bytes = std::fs::read(path)?;
    let before = std::fs::metadata(path)?;
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\r\n") {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
    }
    text.extend_from_slice(rest);
    write_file(path, &text)?;
    let file = std::fs::File::open(path)?;
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        std::os::unix::fs::fchown(&file, Some(before.uid()), Some(before.gid()))?;
    }
    // Another owner may take rights away, so that they come last.
    file.set_permissions(before.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_that_stumble_are_found_and_keep_their_rights() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str, mode: u32| {
            let path = place.path().join(name);
            write_file(&path, text.as_bytes()).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let shell = write("bin/start", "#!/bin/sh\r\necho a\r\n", 0o755);
        let python = write("serve.py", "#!/usr/bin/env python\r\nprint(1)\r\n", 0o755);
        let module = write("module.py", "import os\r\n", 0o644);
        let fine = write("fine.sh", "#!/bin/sh\necho a\n", 0o755);
        let plain = write("plain.sh", "echo a\r\n", 0o644);
        write("notes.txt", "a\r\nb\r\n", 0o644);
        let by = |path: &Path, named| has_windows_line_ends(path, named);
        assert!(by(&shell, Named::ByNobody) && by(&python, Named::ByNobody) && by(&plain, Named::ByManifest));
        assert!(!by(&module, Named::ByManifest) && !by(&fine, Named::ByManifest) && !by(&plain, Named::ByNobody));
        assert_eq!(scripts_with_windows_line_ends(place.path(), Duration::from_secs(5)), [shell.clone(), python]);
        write_unix_line_ends(place.path(), Path::new("bin/start")).unwrap();
        assert_eq!(std::fs::read(&shell).unwrap(), b"#!/bin/sh\necho a\n");
        assert_eq!(shell.metadata().unwrap().permissions().mode() & 0o777, 0o755);
        assert!(!by(&shell, Named::ByManifest));
    }

    #[test]
    fn lines_that_a_script_means_to_end_so_are_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("ask.sh");
        write_file(&path, b"#!/bin/sh\nnc localhost 80 <<END\nGET / HTTP/1.0\r\n\r\nEND\n").unwrap();
        assert!(!has_windows_line_ends(&path, Named::ByManifest));
    }

    #[test]
    fn a_link_out_of_the_repo_is_not_followed_and_the_owner_stays() {
        let (place, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let other = elsewhere.path().join("start");
        write_file(&other, b"#!/bin/sh\r\n").unwrap();
        std::os::unix::fs::symlink(&other, place.path().join("start")).unwrap();
        assert!(write_unix_line_ends(place.path(), Path::new("start")).is_err());
        assert_eq!(std::fs::read(&other).unwrap(), b"#!/bin/sh\r\n");
        let own = place.path().join("own");
        write_file(&own, b"#!/bin/sh\r\n").unwrap();
        // Only root may give files away.
        let is_root = std::os::unix::fs::chown(&own, Some(4321), Some(4321)).is_ok();
        let before = own.metadata().unwrap();
        assert!(!is_root || before.uid() == 4321);
        write_unix_line_ends(place.path(), Path::new("own")).unwrap();
        let after = own.metadata().unwrap();
        assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));
    }
}
