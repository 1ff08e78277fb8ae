//! What is watched while somebody develops, and what follows from a change. Pure: `host` tells what changes.

mod echo;
mod settle;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use echo::{Came, Echo};
pub use settle::{Change, Settle};

use crate::manifest::{App, Manifest};
use crate::model::Project;
use crate::names::Name;

/// Files that say what the environment is made of, from the repo's root.
const MANIFEST_FILES: &[&str] = &["dev.yaml", "dev.local.yaml", "dev.lock", ".env"];

/// Why files are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// They say what the environment is made of.
    Manifest,
    /// A setup step of this app reads them.
    Setup(Name),
    /// This app is to be restarted when they change.
    Restart(Name),
}

/// Globs relative to a folder, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    pub folder: PathBuf,
    pub globs: Vec<String>,
    pub reason: Reason,
}

/// What a change of files calls for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consequence {
    /// The whole manifest has to be read again.
    pub manifest: bool,
    /// Apps whose setup may be due.
    pub setup: BTreeSet<Name>,
    /// Apps to restart.
    pub restart: BTreeSet<Name>,
}

/// The files that say what the environment is made of.
pub fn interest_in_manifest(root: &Path) -> Interest {
    let globs = MANIFEST_FILES.iter().map(|file| (*file).to_owned()).collect();
    Interest { folder: root.to_owned(), globs, reason: Reason::Manifest }
}

/// Everything that is watched for these apps; one that has crashed is restarted by a change of anything in its folder.
pub fn interests(manifest: &Manifest, project: &Project, crashed: &BTreeSet<Name>) -> Vec<Interest> {
    let mut interests = vec![interest_in_manifest(&project.root)];
    for app in &manifest.apps {
        let name = &app.name.value;
        let folder = folder_of(app, &project.root);
        let steps = project.unit(name).map(|unit| unit.setup.steps.as_slice()).unwrap_or_default();
        let inputs: Vec<String> = steps.iter().flat_map(|step| step.inputs.iter().cloned()).collect();
        let mut add = |globs: Vec<String>, reason| {
            if !globs.is_empty() {
                interests.push(Interest { folder: folder.clone(), globs, reason });
            }
        };
        add(inputs, Reason::Setup(name.clone()));
        add(app.restart_on.iter().map(|glob| glob.value.clone()).collect(), Reason::Restart(name.clone()));
        if crashed.contains(name) {
            add(vec!["**".to_owned()], Reason::Restart(name.clone()));
        }
    }
    interests
}

fn folder_of(app: &App, root: &Path) -> PathBuf {
    app.path.as_ref().map_or_else(|| root.to_owned(), |path| root.join(&path.value))
}

impl Consequence {
    /// Adds what follows from a change of files that are watched for this reason.
    pub fn add(&mut self, reason: &Reason) {
        match reason {
            Reason::Manifest => self.manifest = true,
            Reason::Setup(name) => {
                self.setup.insert(name.clone());
            }
            Reason::Restart(name) => {
                self.restart.insert(name.clone());
            }
        }
    }

    /// Adds what another change calls for.
    pub fn extend(&mut self, other: Self) {
        self.manifest |= other.manifest;
        self.setup.extend(other.setup);
        self.restart.extend(other.restart);
    }

    pub fn is_nothing(&self) -> bool {
        !self.manifest && self.setup.is_empty() && self.restart.is_empty()
    }

    /// The apps that it is about; none where it is about everything.
    pub fn names(&self) -> Vec<Name> {
        if self.manifest { Vec::new() } else { self.setup.union(&self.restart).cloned().collect() }
    }
}

/// Whether a file is an editor's own: a lock, a backup, or the trial that precedes a save.
pub fn is_editors_own(name: &str) -> bool {
    let is_swap = name.starts_with('.') && (name.ends_with(".swp") || name.ends_with(".swx") || name.ends_with(".swo"));
    let is_lock = name.starts_with(".#") || (name.starts_with('#') && name.ends_with('#'));
    is_swap || is_lock || name.ends_with('~') || name == "4913" || name.contains("___jb_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_files_are_no_changes() {
        for own in [".app.py.swp", "app.py~", ".#app.py", "#app.py#", "4913", "app.py___jb_tmp___"] {
            assert!(is_editors_own(own), "{own}");
        }
        for file in ["app.py", ".env", "#readme", "swp"] {
            assert!(!is_editors_own(file), "{file}");
        }
    }

    #[test]
    fn a_change_of_the_manifest_is_about_everything() {
        let api = Name::parse("api").unwrap();
        let mut consequence = Consequence::default();
        assert!(consequence.is_nothing());
        consequence.add(&Reason::Restart(api.clone()));
        assert_eq!(consequence.names(), [api]);
        consequence.add(&Reason::Manifest);
        assert_eq!(consequence.names(), []);
    }
}
