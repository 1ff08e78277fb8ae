//! Patterns of a step's inputs, held against the files of a repo.

use crate::repo::{Repo, join};

/// Whether a pattern means a file; both relative to the same folder.
pub fn covers(glob: &str, file: &str) -> bool {
    let glob = globset::GlobBuilder::new(glob).literal_separator(true).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(file))
}

/// Whether a pattern relative to a folder means any file at all.
pub fn finds(repo: &Repo, folder: &str, glob: &str) -> bool {
    if !glob.contains(['*', '?', '[', '{']) {
        return join(folder, glob).is_some_and(|path| repo.has(&path));
    }
    let built = globset::GlobBuilder::new(glob).literal_separator(true).build();
    built.is_ok_and(|built| {
        let matcher = built.compile_matcher();
        repo.below(folder).any(|path| below(path, folder).is_some_and(|file| matcher.is_match(file)))
    })
}

/// Relative to a folder.
pub fn below<'t>(path: &'t str, folder: &str) -> Option<&'t str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}
