//! The content of the files that decide whether a setup step has to run again.

#![expect(clippy::disallowed_methods, reason = "reads what a manifest names as inputs")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The hash of each input, by its path relative to the app's folder with `/` between parts.
pub type InputHashes = BTreeMap<String, FileHash>;

/// A file's content as a hash, with what tells cheaply that it has not changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHash {
    pub sha256: String,
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified: u64,
}

/// Hashes all files below `folder` that one of the globs names; ignored files count only when named without a wildcard.
///
/// A file whose size and time are those of `before` is taken to have its content, too.
///
/// # Errors
/// A glob that can't be read, or the system's.
pub fn hash_inputs(folder: &Path, globs: &[String], before: &InputHashes) -> anyhow::Result<InputHashes> {
    let mut found = InputHashes::new();
    let (plain, wild): (Vec<&String>, Vec<&String>) =
        globs.iter().partition(|glob| !glob.contains(['*', '?', '[', '{']));
    for path in plain {
        let full = folder.join(path.trim_start_matches("./"));
        if full.is_file() {
            add(&mut found, folder, &full, before)?;
        } else if full.is_dir() {
            walk(&mut found, folder, &[format!("{}/**", path.trim_matches('/'))], before)?;
        }
    }
    let wild: Vec<String> = wild.into_iter().cloned().collect();
    if !wild.is_empty() {
        walk(&mut found, folder, &wild, before)?;
    }
    Ok(found)
}

/// The inputs whose content differs between two looks, or that only one of them has; shortest path first.
pub fn changed_inputs(before: &InputHashes, now: &InputHashes) -> Vec<String> {
    let sha = |hashes: &InputHashes, name: &str| hashes.get(name).map(|hash| hash.sha256.clone());
    let names: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let mut changed: Vec<String> =
        names.into_iter().filter(|name| sha(before, name) != sha(now, name)).cloned().collect();
    changed.sort_by_key(|name| (name.len(), name.clone()));
    changed
}

fn walk(found: &mut InputHashes, folder: &Path, globs: &[String], before: &InputHashes) -> anyhow::Result<()> {
    let mut overrides = OverrideBuilder::new(folder);
    for glob in globs {
        overrides.add(&format!("/{}", glob.trim_start_matches("./").trim_start_matches('/')))?;
    }
    let only = overrides.build()?;
    // The matcher is applied to what the walk yields: given to the walk itself it would overrule the ignore files.
    for entry in WalkBuilder::new(folder).hidden(false).require_git(false).build().flatten() {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if is_file && only.matched(entry.path(), false).is_whitelist() {
            add(found, folder, entry.path(), before)?;
        }
    }
    Ok(())
}

fn add(found: &mut InputHashes, folder: &Path, path: &Path, before: &InputHashes) -> anyhow::Result<()> {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let name: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let name = name.join("/");
    let meta = std::fs::metadata(path)?;
    let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let modified = u64::try_from(modified.as_nanos()).unwrap_or_default();
    let unchanged = before.get(&name).filter(|known| known.size == meta.len() && known.modified == modified);
    let hash = match unchanged {
        Some(known) => known.clone(),
        None => FileHash { sha256: hash_file(path)?, size: meta.len(), modified },
    };
    found.insert(name, hash);
    Ok(())
}

fn hash_file(path: &Path) -> anyhow::Result<String> {
    let mut hasher = Sha256::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok(crate::words::hex(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            crate::host::write_file(&folder.path().join(path), text.as_bytes()).unwrap();
        }
        folder
    }

    fn names(folder: &Path, globs: &[&str]) -> Vec<String> {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        hash_inputs(folder, &globs, &InputHashes::new()).unwrap().into_keys().collect()
    }

    #[test]
    fn globs_reach_down_and_ignored_files_stay_out() {
        let folder = folder_with(&[
            (".gitignore", "node_modules\n"),
            ("package.json", "{}"),
            ("migrations/1.sql", "a"),
            ("migrations/deep/2.sql", "b"),
            ("node_modules/x/package.json", "{}"),
        ]);
        assert_eq!(names(folder.path(), &["migrations/**"]), ["migrations/1.sql", "migrations/deep/2.sql"]);
        assert_eq!(names(folder.path(), &["**/package.json"]), ["package.json"]);
        assert_eq!(names(folder.path(), &["package.json", "missing.json"]), ["package.json"]);
        assert_eq!(names(folder.path(), &["migrations"]), ["migrations/1.sql", "migrations/deep/2.sql"]);
    }

    #[test]
    fn content_decides_not_the_time() {
        let folder = folder_with(&[("a", "1")]);
        let globs = ["a".to_owned()];
        let before = hash_inputs(folder.path(), &globs, &InputHashes::new()).unwrap();
        crate::host::write_file(&folder.path().join("a"), b"1").unwrap();
        let same = hash_inputs(folder.path(), &globs, &before).unwrap();
        assert_eq!(before["a"].sha256, same["a"].sha256);
        crate::host::write_file(&folder.path().join("a"), b"2").unwrap();
        let other = hash_inputs(folder.path(), &globs, &before).unwrap();
        assert_ne!(before["a"].sha256, other["a"].sha256);
    }
}
