//! Scripts of a repo with Windows line endings: finds them, and writes them anew.

#![expect(clippy::disallowed_methods, reason = "keeps the rights of a file that it writes anew")]

use std::io;
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
    if bytes.contains(&0) || !bytes.windows(2).any(|pair| pair == b"\r\n") {
        return false;
    }
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_shell = first.starts_with(b"#!") && first.windows(2).any(|pair| pair == b"sh")
        || path.extension().is_some_and(|end| ["sh", "bash"].iter().any(|shell| end == *shell));
    let runs_itself = first.starts_with(b"#!") && first.ends_with(b"\r") && is_executable(path);
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

/// Writes a text file anew with LF line endings; its rights stay.
///
/// # Errors
/// The system's.
pub fn write_unix_line_ends(path: &Path) -> io::Result<()> {
    let path = &super::real_path(path)?;
    let bytes = std::fs::read(path)?;
    let rights = std::fs::metadata(path)?.permissions();
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\r\n") {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
    }
    text.extend_from_slice(rest);
    write_file(path, &text)?;
    std::fs::set_permissions(path, rights)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
        write_unix_line_ends(&shell).unwrap();
        assert_eq!(std::fs::read(&shell).unwrap(), b"#!/bin/sh\necho a\n");
        assert_eq!(shell.metadata().unwrap().permissions().mode() & 0o777, 0o755);
        assert!(!by(&shell, Named::ByManifest));
    }
}
