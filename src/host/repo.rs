//! One walk through a checkout, for whoever wants to understand what is in it.

#![expect(clippy::disallowed_methods, reason = "looks at the folder that it is asked for")]

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::files::{read_limited, real_path};
use super::git_index::{Tracked, tracked};
use crate::catalog::setup_inputs::is_of_packages;
use crate::repo::{Repo, Source};

/// Folders that hold what was fetched or built, whatever `.gitignore` says of them.
const FETCHED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "bower_components",
    "Pods",
    ".venv",
    "venv",
    "__pycache__",
    ".tox",
    ".next",
    ".nuxt",
    ".svelte-kit",
    ".gradle",
    ".terraform",
];
/// Folders that do only where a tool's manifest lies beside.
const FETCHED_BY: &[(&str, &[&str])] = &[
    ("vendor", &["composer.json", "go.mod", "Gemfile", "Cargo.toml"]),
    ("deps", &["mix.exs", "rebar.config"]),
    ("_build", &["mix.exs", "rebar.config", "dune-project"]),
];
/// No repo has more; a folder that holds everything of a person may.
const MOST_NAMES: usize = 400_000;

/// Names of the files below `root`, without what is ignored, fetched or built; links to folders are not followed.
///
/// # Errors
/// The folder itself can't be read.
pub fn read_repo(root: &Path) -> std::io::Result<Repo> {
    let root = real_path(root)?;
    std::fs::read_dir(&root)?;
    let (found, closed) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let is_in_git = root.ancestors().any(|folder| folder.join(".git").exists());
    let walker = WalkBuilder::new(&root)
        .standard_filters(false)
        .git_ignore(true)
        .git_exclude(true)
        // What is ignored is a person's own, wherever that is said.
        .git_global(true)
        .parents(is_in_git)
        .require_git(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_fetched(entry))
        .build_parallel();
    walker.run(|| {
        Box::new(|entry| {
            if let Err(error) = &entry {
                let mut closed = closed.lock().unwrap_or_else(PoisonError::into_inner);
                closed.extend(unreadable(&root, error));
            }
            let name = entry.ok().filter(is_file).and_then(|entry| name_of(&root, entry.path()));
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.extend(name);
            if found.len() < MOST_NAMES { WalkState::Continue } else { WalkState::Quit }
        })
    });
    let paths = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let closed = closed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let repo = Repo::new(paths, Box::new(Checkout { root, tracked: OnceCell::new() }));
    closed.iter().take(MOST_CLOSED).for_each(|(path, why)| repo.is_closed(path, why));
    Ok(repo)
}

/// More folders that can't be looked into are not told one by one.
const MOST_CLOSED: usize = 5;

/// A folder that the walk could not look into, and why.
fn unreadable(root: &Path, error: &ignore::Error) -> Option<(String, String)> {
    match error {
        ignore::Error::WithDepth { err, .. } => unreadable(root, err),
        ignore::Error::WithPath { path, err } => {
            let why = err.io_error().map(plainly)?;
            Some((name_of(root, path)?, why))
        }
        _ => None,
    }
}

fn is_fetched(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    let Some(name) = entry.file_name().to_str() else { return false };
    let beside = |files: &[&str]| {
        let folder = entry.path().parent().unwrap_or(Path::new(""));
        files.iter().any(|file| folder.join(file).is_file())
    };
    let by_tool = FETCHED_BY.iter().find(|(own, _)| *own == name).is_some_and(|(_, files)| beside(files));
    by_tool || FETCHED.contains(&name)
}

/// Links are: what they lead to is looked at when they are read.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink())
}

/// `None` for a name that no tool would write: not in UTF-8, or with a line break in it.
fn name_of(root: &Path, path: &Path) -> Option<String> {
    let name = path.strip_prefix(root).ok()?.to_str()?;
    (!name.is_empty() && !name.contains(char::is_control)).then(|| name.replace('\\', "/"))
}

/// A real folder, as its canonical path.
struct Checkout {
    root: PathBuf,
    /// The lock files that git knows, once somebody asks.
    tracked: OnceCell<Option<Tracked>>,
}

impl Source for Checkout {
    fn read(&self, path: &str, limit: usize) -> Result<Vec<u8>, String> {
        let real = real_path(&self.root.join(path)).map_err(|error| plainly(&error))?;
        if !real.starts_with(&self.root) {
            return Err("it leads out of the repo".into());
        }
        // Reading anything else might never end.
        if !real.is_file() {
            return Err("it is not a file".into());
        }
        read_limited(&real, limit as u64).map_err(|error| plainly(&error))
    }

    fn is_committed(&self, path: &str) -> bool {
        let tracked = self.tracked.get_or_init(|| tracked(&self.root, is_of_packages));
        tracked.as_ref().is_none_or(|tracked| tracked.has(path))
    }
}

/// Without the system's own number for it.
fn plainly(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "builds the folders that it walks through")]

    use super::*;

    #[test]
    fn only_what_belongs_to_the_repo_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join("repo").join(path);
        for path in ["a/b", "node_modules/x", ".github", "built", "vendor/y"] {
            std::fs::create_dir_all(at(path)).unwrap();
        }
        let files =
            ["a/b/c.txt", "node_modules/x/p.json", ".github/ci.yml", "built/out", "vendor/y/z", ".env", "new\nline"];
        for path in files {
            std::fs::write(at(path), path).unwrap();
        }
        std::fs::write(at(".gitignore"), "built\n.env\n").unwrap();
        std::fs::create_dir_all(at("a/vendor")).unwrap();
        std::fs::write(at("a/vendor/own"), "").unwrap();
        std::fs::write(at("go.mod"), "").unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), at("out")).unwrap();
        std::os::unix::fs::symlink(".", at("a/loop")).unwrap();
        std::os::unix::fs::symlink("a/b/c.txt", at("link")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RWXU).unwrap();
        let repo = read_repo(&at("")).unwrap();
        let paths: Vec<&str> = repo.paths().collect();
        assert_eq!(
            paths,
            [".github/ci.yml", ".gitignore", "a/b/c.txt", "a/loop", "a/vendor/own", "go.mod", "link", "out"]
        );
        assert_eq!(repo.text("link").as_deref(), Some("a/b/c.txt"));
        assert_eq!(repo.text(".env").as_deref(), Some(".env"), "ignored, but it can be asked for");
        assert!(repo.text("out").is_none() && repo.text("a/loop").is_none() && repo.text("pipe").is_none());
        assert!(repo.text("../secret").is_none());
        let flaws: Vec<String> = repo.flaws().into_iter().map(|flaw| format!("{}: {}", flaw.path, flaw.why)).collect();
        assert_eq!(flaws, ["a/loop: it is not a file", "out: it leads out of the repo"]);
    }
}
