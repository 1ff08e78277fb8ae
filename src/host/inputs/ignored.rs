//! What git leaves out, told from a path alone: it answers for what is gone already, and without a walk.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::host::git::git_folder;

/// The rules of each folder, read when they are first needed.
#[derive(Debug)]
pub(super) struct Ignored {
    /// The rules of folders above it do not count: the repo's own folder, or the root where there is none.
    top: PathBuf,
    folders: RefCell<BTreeMap<PathBuf, Rules>>,
}

#[derive(Debug)]
struct Rules {
    own: Gitignore,
    /// `info/exclude`; only where a repo begins.
    exclude: Option<Gitignore>,
    begins_repo: bool,
}

impl Ignored {
    pub fn new(root: &Path) -> Self {
        let top = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
        Self { top: top.to_owned(), folders: RefCell::default() }
    }

    /// Whether this path, or a folder above it, is left out. What is gone may have been a folder.
    pub fn holds(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.top) else { return false };
        let last = below.components().count().saturating_sub(1);
        let mut place = self.top.clone();
        below.components().enumerate().any(|(index, part)| {
            place.push(part);
            let kinds: &[bool] = match (index < last).then_some(true).or_else(|| is_folder(path)) {
                Some(true) => &[true],
                Some(false) => &[false],
                None => &[true, false],
            };
            kinds.iter().any(|is_folder| self.is_left_out(&place, *is_folder))
        })
    }

    /// Forgets the rules of a folder and of what is below it: they have changed.
    pub fn forget(&self, folder: &Path) {
        let mut folders = self.folders.borrow_mut();
        let below = folders.range(folder.to_owned()..).map(|(path, _)| path.clone());
        let below: Vec<PathBuf> = below.take_while(|path| path.starts_with(folder)).collect();
        below.iter().for_each(|path| drop(folders.remove(path)));
    }

    /// By the rules of the nearest folder that says anything about it; a repo inside another one obeys its own.
    fn is_left_out(&self, path: &Path, is_folder: bool) -> bool {
        let mut folders = self.folders.borrow_mut();
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.top)) {
            if !folders.contains_key(folder) {
                folders.insert(folder.to_owned(), Rules::read(folder));
            }
            let Some(rules) = folders.get(folder) else { continue };
            for rules in [Some(&rules.own), rules.exclude.as_ref()].into_iter().flatten() {
                let matched = rules.matched(path, is_folder);
                if !matched.is_none() {
                    return matched.is_ignore();
                }
            }
            if rules.begins_repo {
                break;
            }
        }
        false
    }
}

impl Rules {
    /// What can't be read rules nothing, as for git.
    fn read(folder: &Path) -> Self {
        let read = |file: &Path| {
            let mut rules = GitignoreBuilder::new(folder);
            let _ = rules.add(file);
            rules.build().unwrap_or_else(|_| Gitignore::empty())
        };
        let begins_repo = folder.join(".git").exists();
        let exclude = begins_repo.then(|| git_folder(folder)).flatten().map(|git| read(&git.join("info/exclude")));
        Self { own: read(&folder.join(".gitignore")), exclude, begins_repo }
    }
}

/// `None` = it is gone.
fn is_folder(path: &Path) -> Option<bool> {
    std::fs::symlink_metadata(path).ok().map(|meta| meta.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::write_file;

    #[test]
    fn what_is_gone_or_deep_is_judged_as_git_would() {
        let home = tempfile::tempdir().unwrap();
        let root = crate::host::real_path(home.path()).unwrap().join("repo");
        for (path, text) in [
            (".git/info/exclude", "mine.txt\n"),
            (".gitignore", "out/\n*.log\n!keep.log\nfile\n"),
            ("api/.gitignore", "!debug.log\nlocal\n"),
            ("other/.git/HEAD", ""),
        ] {
            write_file(&root.join(path), text.as_bytes()).unwrap();
        }
        write_file(&home.path().join(".gitignore"), b"*\n").unwrap();
        let ignored = Ignored::new(&root.join("api"));
        for path in ["out", "out/deep/x.py", "api/out/x", "a.log", "api/local/deep", "file", "file/x", "mine.txt"] {
            assert!(ignored.holds(&root.join(path)), "{path}");
        }
        for path in ["src/x.py", "keep.log", "api/debug.log", "local", "other/a.log", "outer"] {
            assert!(!ignored.holds(&root.join(path)), "{path}");
        }
        // Nobody is asked twice, unless told to.
        write_file(&root.join(".gitignore"), b"src\n").unwrap();
        assert!(!ignored.holds(&root.join("src/x.py")));
        ignored.forget(&root);
        assert!(ignored.holds(&root.join("src/x.py")) && !ignored.holds(&root.join("out/x.py")));
    }
}
