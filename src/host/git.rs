//! What git would make of a file, without running git.

use std::ffi::OsStr;
use std::path::Path;

use ignore::WalkBuilder;

/// Whether git would take a file of this folder into a commit when told to take everything: it is there, the folder belongs to
/// a repository, and no `.gitignore`, exclude file or setting of the user names it.
pub fn would_track(folder: &Path, file: &str) -> bool {
    if !folder.ancestors().any(|folder| folder.join(".git").exists()) {
        return false;
    }
    let mut walk = WalkBuilder::new(folder);
    // Only git's own rules count, and only this one file is of interest.
    walk.standard_filters(false).parents(true).git_ignore(true).git_global(true).git_exclude(true);
    let wanted = file.to_owned();
    walk.max_depth(Some(1)).filter_entry(move |entry| entry.depth() == 0 || entry.file_name() == OsStr::new(&wanted));
    walk.build().flatten().any(|entry| entry.depth() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{create_folder, write_file};

    #[test]
    fn rules_of_every_folder_above_count() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("services/api");
        create_folder(&folder).unwrap();
        write_file(&folder.join("own.yaml"), b"a: b").unwrap();
        assert!(!would_track(&folder, "own.yaml"), "no repository");
        create_folder(&home.path().join(".git")).unwrap();
        assert!(would_track(&folder, "own.yaml"));
        assert!(!would_track(&folder, "other.yaml"), "it is not there");
        write_file(&home.path().join(".gitignore"), b"own.yaml\n").unwrap();
        assert!(!would_track(&folder, "own.yaml"));
        write_file(&folder.join(".gitignore"), b"!own.yaml\n").unwrap();
        assert!(would_track(&folder, "own.yaml"));
        write_file(&folder.join(".gitignore"), b"# nothing\n").unwrap();
        write_file(&home.path().join(".gitignore"), b"").unwrap();
        create_folder(&home.path().join(".git/info")).unwrap();
        write_file(&home.path().join(".git/info/exclude"), b"/services/api/own.yaml\n").unwrap();
        assert!(!would_track(&folder, "own.yaml"));
    }
}
