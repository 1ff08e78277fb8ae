//! The files of a template on disk, and those that are made from it: read without following a link, written without replacing
//! anything.

#![expect(clippy::disallowed_methods, reason = "reads a template's folder, and makes the folder of a new service")]

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::files::read_small;
use crate::template::{File, Side};

/// More is no template.
const MOST_FILES: usize = 5_000;
const MOST_BYTES: usize = 64 << 20;

/// Which files of a folder belong to the template in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// A fresh copy of a repository has nothing else.
    Everything,
    /// Somebody's own folder also holds what was built or fetched there, which its `.gitignore` names.
    WhatGitSees,
}

/// The files of a template's folder, but for git's own.
///
/// # Errors
/// What of it can't be taken, as a sentence: a link, something that is no plain file, too much.
pub fn read_template(folder: &Path, belongs: Belongs) -> Result<Vec<File>, String> {
    let mut walk = WalkBuilder::new(folder);
    let respects = belongs == Belongs::WhatGitSees;
    walk.standard_filters(false).git_ignore(respects).require_git(false).follow_links(false);
    walk.filter_entry(|entry| !(entry.depth() == 1 && entry.file_name() == ".git"));
    let (mut files, mut bytes) = (Vec::new(), 0);
    for entry in walk.build() {
        let entry = entry.map_err(|error| error.to_string())?;
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let shown = path.display();
        match entry.file_type() {
            Some(kind) if kind.is_dir() => continue,
            Some(kind) if kind.is_file() => {}
            Some(kind) if kind.is_symlink() => {
                return Err(format!("`{shown}` is a link, which a template may not hold"));
            }
            _ => return Err(format!("`{shown}` is no plain file")),
        }
        let file = read_one(entry.path(), path).map_err(|why| format!("`{shown}`: {why}"))?;
        bytes += file.bytes.len();
        files.push(file);
        if files.len() > MOST_FILES || bytes > MOST_BYTES {
            return Err(format!("it has more than {MOST_FILES} files or 64 MiB"));
        }
    }
    Ok(files)
}

fn read_one(place: &Path, path: &Path) -> Result<File, String> {
    let path = path.to_str().ok_or("the name is not text in UTF-8")?.replace('\\', "/");
    let bytes = read_small(place).map_err(|error| error.to_string())?;
    Ok(File { path, bytes, executable: is_executable(place) })
}

fn is_executable(place: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(place).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
}

/// What is where a new folder is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    Free,
    EmptyFolder,
    Taken,
}

pub fn spot(target: &Path) -> Spot {
    match fs::symlink_metadata(target) {
        // Where not even that can be told, writing fails, and says why.
        Err(_) => Spot::Free,
        Ok(_) if fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none()) => Spot::EmptyFolder,
        _ => Spot::Taken,
    }
}

/// Writes files into a folder that is empty or not there yet: all of them, or none.
///
/// # Errors
/// The system's; what was written is removed again.
pub fn lay_down(target: &Path, files: &[File]) -> io::Result<()> {
    if spot(target) == Spot::EmptyFolder {
        let written = write_all(target, files);
        if written.is_err() {
            empty(target);
        }
        return written;
    }
    let parent = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.{}.new", std::process::id()));
    fs::create_dir(&beside)?;
    // Renaming onto a folder that somebody has filled meanwhile fails.
    let written = write_all(&beside, files).and_then(|()| fs::rename(&beside, target));
    if written.is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    written
}

fn write_all(folder: &Path, files: &[File]) -> io::Result<()> {
    for file in files {
        let place = folder.join(&file.path);
        fs::create_dir_all(place.parent().unwrap_or(folder))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode(file));
        options.open(&place)?.write_all(&file.bytes)?;
    }
    Ok(())
}

/// Others may do what the person's own settings allow.
fn mode(file: &File) -> u32 {
    if file.executable { 0o777 } else { 0o666 }
}

fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let place = entry.path();
        let _ = if place.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) };
    }
}

/// What is at a path of a repo; nothing on the way to it may be a link.
pub fn side(root: &Path, path: &str) -> Side {
    let mut place = PathBuf::from(root);
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        place.push(part);
        let is_last = parts.peek().is_none();
        match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Side::Nothing,
            Ok(meta) if is_last && meta.is_file() => return read_small(&place).map_or(Side::Other, Side::Content),
            Ok(meta) if !is_last && meta.is_dir() => {}
            _ => return Side::Other,
        }
    }
    Side::Other
}

/// Writes one file of an update in place of what was there.
///
/// # Errors
/// The system's.
pub fn put(root: &Path, file: &File) -> io::Result<()> {
    let place = root.join(&file.path);
    super::files::write_file(&place, &file.bytes)?;
    if file.executable {
        use std::os::unix::fs::PermissionsExt;
        let mut permissions = fs::metadata(&place)?.permissions();
        permissions.set_mode(permissions.mode() | 0o111);
        fs::set_permissions(&place, permissions)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), bytes: text.as_bytes().to_vec(), executable: text.starts_with("#!") }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let place = tempfile::tempdir().unwrap();
        let files = vec![file(".gitignore", "built\n"), file("a/b/run.sh", "#!/bin/sh\n"), file("a/c", "c")];
        let target = place.path().join("deep/shop");
        lay_down(&target, &files).unwrap();
        fs::create_dir(target.join("built")).unwrap();
        fs::write(target.join("built/out"), "x").unwrap();
        let mut read = read_template(&target, Belongs::WhatGitSees).unwrap();
        read.sort_by(|one, other| one.path.cmp(&other.path));
        assert_eq!(read, files);
        assert_eq!(read_template(&target, Belongs::Everything).unwrap().len(), 4);
    }

    #[test]
    fn a_folder_with_something_in_it_is_never_written_to() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("shop");
        fs::create_dir(&target).unwrap();
        assert_eq!((spot(&target), spot(&place.path().join("no"))), (Spot::EmptyFolder, Spot::Free));
        fs::write(target.join("mine"), "mine").unwrap();
        assert_eq!(spot(&target), Spot::Taken);
        lay_down(&target, &[file("mine", "theirs"), file("other", "x")]).unwrap_err();
        assert_eq!(fs::read_to_string(target.join("mine")).unwrap(), "mine");
        let left: Vec<_> = fs::read_dir(place.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left, ["shop"], "nothing half-written is left");
        std::os::unix::fs::symlink("nowhere", place.path().join("link")).unwrap();
        assert_eq!(spot(&place.path().join("link")), Spot::Taken);
    }

    #[test]
    fn what_fails_in_the_middle_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        // The second can't be made: the first is no folder.
        let files = [file("a", "x"), file("a/b", "x")];
        lay_down(&place.path().join("new"), &files).unwrap_err();
        assert_eq!(spot(place.path()), Spot::EmptyFolder);
        lay_down(place.path(), &files).unwrap_err();
        assert_eq!(spot(place.path()), Spot::EmptyFolder);
    }

    #[test]
    fn links_and_pipes_are_refused_and_git_is_left_out() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join(".git")).unwrap();
        fs::write(place.path().join(".git/config"), "x").unwrap();
        fs::write(place.path().join("file"), "x").unwrap();
        let names = || read_template(place.path(), Belongs::Everything).map(|files| files.len());
        assert_eq!(names(), Ok(1));
        std::os::unix::fs::symlink("/etc/passwd", place.path().join("out")).unwrap();
        assert_eq!(names(), Err("`out` is a link, which a template may not hold".to_owned()));
        fs::remove_file(place.path().join("out")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, place.path().join("pipe"), rustix::fs::Mode::RWXU).unwrap();
        assert_eq!(names(), Err("`pipe` is no plain file".to_owned()));
    }

    #[test]
    fn what_lies_behind_a_link_is_not_the_repos() {
        let place = tempfile::tempdir().unwrap();
        let (root, other) = (place.path().join("shop"), place.path().join("other"));
        lay_down(&root, &[file("a/b", "x")]).unwrap();
        lay_down(&other, &[file("b", "secret")]).unwrap();
        std::os::unix::fs::symlink(&other, root.join("link")).unwrap();
        let sides = ["a/b", "a/c", "no/c", "a", "link/b", "link", "a/b/c"].map(|path| side(&root, path));
        let content = Side::Content(b"x".to_vec());
        let expected = [content, Side::Nothing, Side::Nothing, Side::Other, Side::Other, Side::Other, Side::Other];
        assert_eq!(sides, expected);
    }
}
