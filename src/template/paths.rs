//! Where the files of a template may lie: in the service's own folder, and nowhere that something would run them unasked.

use std::collections::BTreeSet;

use super::File;
use super::record::LOCK;

/// More is a mistake, or meant to fill a disk.
pub const MOST_FILES: usize = 5_000;

/// Files of these names at the root belong to the person or to devenv.
const OURS: &[&str] = &[LOCK, "dev.local.yaml"];

/// # Errors
/// The first path that can't be: as a sentence.
pub fn check(files: &[File]) -> Result<(), String> {
    if files.len() > MOST_FILES {
        return Err(format!("it has more than {MOST_FILES} files"));
    }
    let mut seen = BTreeSet::new();
    for file in files {
        check_one(&file.path).map_err(|why| format!("`{}` {why}", file.path))?;
        // Some file systems see no difference between small and capital letters.
        if !seen.insert(file.path.to_lowercase()) {
            return Err(format!("there are two files `{}`", file.path));
        }
    }
    let is_folder =
        |path: &str| seen.range(format!("{path}/")..).next().is_some_and(|it| it.starts_with(&format!("{path}/")));
    match seen.iter().find(|path| is_folder(path)) {
        Some(path) => Err(format!("`{path}` is a file and a folder")),
        None => Ok(()),
    }
}

/// # Errors
/// Why a path can't be, as a clause that follows it.
pub fn check_one(path: &str) -> Result<(), &'static str> {
    if path.contains(|c: char| c.is_control() || c == '\\') {
        return Err("has characters in its name that no file should have");
    }
    for part in path.split('/') {
        if part.is_empty() || part == "." || part == ".." {
            return Err("does not lie in the template's folder");
        }
        // Git would run hooks and settings from there; Windows drops dots and blanks at the end, and knows short names.
        let plain = part.trim_end_matches(['.', ' ']).to_lowercase();
        if plain == ".git" || plain.starts_with("git~") || plain.starts_with(".git:") {
            return Err("belongs to git itself, which no template may write");
        }
    }
    if OURS.contains(&path.to_lowercase().as_str()) {
        Err("is written by devenv or by a person, never by a template")
    } else {
        Ok(())
    }
}
