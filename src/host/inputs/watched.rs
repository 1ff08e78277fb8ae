//! Which folders have to be watched so that no change of a named file is missed, and which wish a changed file belongs to.
//!
//! The same rules as for the content: only folders that can hold something named, and nothing that `.gitignore` leaves out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ignore::WalkBuilder;

use super::ignored::Ignored;
use super::{Target, Wish, parts};

/// What a number of wishes name below one root.
#[derive(Debug)]
pub struct Watched {
    root: PathBuf,
    targets: std::sync::Arc<Vec<Target>>,
    ignored: Ignored,
}

impl Watched {
    /// # Errors
    /// A glob that can't be read.
    pub fn new(root: &Path, wishes: &[Wish]) -> Result<Self, String> {
        let targets: Result<Vec<Target>, String> = wishes.iter().map(|wish| Target::new(root, wish)).collect();
        Ok(Self { root: root.to_owned(), targets: std::sync::Arc::new(targets?), ignored: Ignored::new(root) })
    }

    /// Every folder to watch, those below `from` where it is not the root.
    pub fn folders(&self, from: &Path) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::new();
        for entry in self.walk(from) {
            if entry.file_type().is_some_and(|kind| kind.is_dir()) {
                folders.insert(entry.into_path());
            }
        }
        // What is named without a wildcard counts in any case, ignored or not.
        for path in self.targets.iter().flat_map(|target| target.plain_paths(&self.root)) {
            if !path.starts_with(from) && !from.starts_with(&path) {
                continue;
            }
            // A link is none: where it leads is a path of its own, if it stays in the repo.
            if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
                let all = WalkBuilder::new(&path).standard_filters(false).build().flatten();
                let below = all.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()));
                folders.extend(below.map(ignore::DirEntry::into_path));
            }
            folders.extend(path.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned));
        }
        folders
    }

    /// The files that are named, below a folder that is new: they came before anybody watched it.
    pub fn files(&self, below: &Path) -> Vec<PathBuf> {
        self.named_files(below, |_| true)
    }

    /// The files that are named and have changed since a time.
    pub fn changed_since(&self, time: SystemTime) -> Vec<PathBuf> {
        self.named_files(&self.root, |entry| entry.metadata().is_ok_and(|meta| changed_at(&meta) >= time))
    }

    fn named_files(&self, below: &Path, is_wanted: impl Fn(&ignore::DirEntry) -> bool) -> Vec<PathBuf> {
        let files = self.walk(below).filter(|entry| entry.file_type().is_some_and(|kind| !kind.is_dir()));
        let files = files.filter(is_wanted).map(ignore::DirEntry::into_path);
        files.filter(|path| !self.meaning(path).is_empty()).collect()
    }

    /// Forgets what `.gitignore` says in a folder and below it: something about it has changed.
    pub fn forget_rules(&self, folder: &Path) {
        self.ignored.forget(folder);
    }

    /// The wishes, as indices, that name this file. A wildcard does not mean what `.gitignore` leaves out.
    pub fn meaning(&self, path: &Path) -> Vec<usize> {
        let name = path.strip_prefix(&self.root).map(parts).unwrap_or_default();
        let is_meant = |target: &Target, by: fn(&Target, &str) -> bool| {
            target.name_of(&name.join("/")).is_some_and(|inside| !inside.is_empty() && by(target, inside))
        };
        // A walk would come to it: through folders of which each can hold what this one means, and that are not left out.
        let reached = |target: &Target| {
            let parts: Vec<&str> = name.iter().map(String::as_str).collect();
            (1..parts.len()).all(|depth| target.reaches(&parts[..depth]))
        };
        let mut is_ignored = None;
        let mut meant = Vec::new();
        for (index, target) in self.targets.iter().enumerate() {
            let plainly = is_meant(target, |target, name| target.globs.names_plainly(name));
            let by_glob =
                || is_meant(target, |target, name| !target.globs.matching(name).is_empty()) && reached(target);
            if plainly || (by_glob() && !*is_ignored.get_or_insert_with(|| self.ignored.holds(path))) {
                meant.push(index);
            }
        }
        meant
    }

    /// A walk through every folder at and below one that can hold something named; through none where that one can't.
    fn walk(&self, from: &Path) -> impl Iterator<Item = ignore::DirEntry> + use<> {
        let name = from.strip_prefix(&self.root).map(parts).unwrap_or_default();
        let parts: Vec<&str> = name.iter().map(String::as_str).collect();
        let is_reached = (1..=parts.len()).all(|depth| self.is_reached(&parts[..depth]));
        let is_walked = is_reached && !from.is_symlink() && !self.ignored.holds(from);
        let walk = is_walked.then(|| self.walker(from).build());
        walk.into_iter().flatten().flatten()
    }

    fn is_reached(&self, folder: &[&str]) -> bool {
        folder.is_empty() || self.targets.iter().any(|target| target.reaches(folder))
    }

    fn walker(&self, from: &Path) -> WalkBuilder {
        let (root, targets) = (self.root.clone(), std::sync::Arc::clone(&self.targets));
        let is_in_git = self.root.ancestors().any(|folder| folder.join(".git").exists());
        let mut walker = WalkBuilder::new(from);
        walker
            .standard_filters(false)
            .git_ignore(true)
            .git_exclude(true)
            .parents(is_in_git || from != self.root)
            .require_git(is_in_git)
            .filter_entry(move |entry| {
                let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                let parts = parts(entry.path().strip_prefix(&root).unwrap_or(Path::new("")));
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                !is_folder || parts.is_empty() || targets.iter().any(|target| target.reaches(&parts))
            });
        walker
    }
}

/// When a file got its content, its name or its place: moving one here keeps the time of its content.
fn changed_at(meta: &std::fs::Metadata) -> SystemTime {
    use std::os::unix::fs::MetadataExt;
    let time = Duration::new(meta.ctime().try_into().unwrap_or(0), meta.ctime_nsec().try_into().unwrap_or(0));
    SystemTime::UNIX_EPOCH + time
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = crate::host::real_path(folder.path()).unwrap();
        for path in files {
            crate::host::write_file(&root.join(path), b"node_modules\n*.log\nout\n").unwrap();
        }
        (folder, root)
    }

    fn watched(root: &Path, wishes: &[(&str, &[&str])]) -> Watched {
        let globs: Vec<Vec<String>> =
            wishes.iter().map(|(_, globs)| globs.iter().map(|glob| (*glob).to_owned()).collect()).collect();
        let folders: Vec<PathBuf> = wishes.iter().map(|(folder, _)| root.join(folder)).collect();
        let wishes: Vec<Wish> = folders.iter().zip(&globs).map(|(folder, globs)| Wish { folder, globs }).collect();
        Watched::new(root, &wishes).unwrap()
    }

    #[test]
    fn only_folders_that_can_hold_something_named_are_watched() {
        let (_guard, root) = folder_with(&[
            ".gitignore",
            "dev.yaml",
            "api/src/deep/a.py",
            "api/node_modules/x/y.py",
            "api/docs/z.md",
            "web/out/deep/page.js",
            "web/config/one.json",
        ]);
        let watched =
            watched(&root, &[("", &["dev.yaml"]), ("api", &["src/**/*.py"]), ("web", &["out", "config/*.json"])]);
        let folders: Vec<String> =
            watched.folders(&root).iter().map(|path| parts(path.strip_prefix(&root).unwrap()).join("/")).collect();
        assert_eq!(folders, ["", "api", "api/src", "api/src/deep", "web", "web/config", "web/out", "web/out/deep"]);
    }

    #[test]
    fn a_changed_file_belongs_to_who_named_it() {
        let (_guard, root) = folder_with(&[".gitignore", "dev.yaml", "api/src/a.py", "api/src/a.log", "api/out/b.py"]);
        let watched = watched(&root, &[("", &["dev.yaml"]), ("api", &["src/**"]), ("api", &["**/*.py", "out"])]);
        let meaning = |path: &str| watched.meaning(&root.join(path));
        assert_eq!(meaning("dev.yaml"), [0]);
        assert_eq!(meaning("api/src/a.py"), [1, 2]);
        assert!(meaning("api/src/a.log").is_empty() && meaning("README.md").is_empty());
        // Ignored, but named without a wildcard; and one that is gone.
        assert_eq!(meaning("api/out/b.py"), [2]);
        assert_eq!(meaning("api/src/gone.py"), [1, 2]);
        assert_eq!(watched.files(&root.join("api/src")), [root.join("api/src/a.py")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_watched_where_it_leads_if_that_is_in_the_repo() {
        let (_guard, root) = folder_with(&["repo/api/a.py", "repo/shared/deep/b.py", "outside/deep/c.py"]);
        let repo = root.join("repo");
        std::os::unix::fs::symlink("../shared", repo.join("api/data")).unwrap();
        std::os::unix::fs::symlink("../../outside", repo.join("api/away")).unwrap();
        let watched = watched(
            &repo,
            &[("api", &["data"]), ("api", &["away", "away/deep/c.py", "away/new/x"]), ("api", &["../shared/**/*.py"])],
        );
        let folders: Vec<String> =
            watched.folders(&repo).iter().map(|path| parts(path.strip_prefix(&repo).unwrap()).join("/")).collect();
        assert_eq!(folders, ["", "api", "shared", "shared/deep"]);
        let meaning = |path: &str| watched.meaning(&repo.join(path));
        assert_eq!(meaning("shared/deep/b.py"), [0, 2]);
        assert_eq!(meaning("shared/deep/b.txt"), [0]);
        assert_eq!((meaning("api/data"), meaning("api/away")), (vec![0], vec![1]));
    }
}
