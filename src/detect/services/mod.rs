//! The services that a repo's apps need, from what its manifests, settings, examples and pipelines say; compose files are read
//! elsewhere.
//!
//! Each way of looking adds clues, [`decide`] says which are enough, [`describe`] makes services of them.

pub mod address;
mod ci;
mod clue;
pub mod code;
mod configuration;
mod decide;
mod describe;
pub mod dotenv;
mod examples;
mod extensions;
pub mod kinds;
mod libraries;
mod places;
mod platforms;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::{App, Note, Service};
use crate::repo::Repo;
use clue::Clues;
pub use places::{line_at, near, projects, without_comments};

/// What apps need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needed {
    pub services: Vec<Service>,
    /// By the ids of kinds: the folders of projects that something says it of.
    pub users: BTreeMap<String, BTreeSet<String>>,
    pub notes: Vec<Note>,
}

/// The services that the repo needs; names of `apps` are left to them.
pub fn services(repo: &Repo, apps: &[App]) -> Needed {
    let mut clues = Clues::new(repo);
    libraries::look(&mut clues);
    configuration::look(&mut clues);
    examples::look(&mut clues);
    ci::look(&mut clues);
    platforms::look(&mut clues);
    code::look(&mut clues);
    let mut needed = describe::all(repo, decide::decide(&clues), apps);
    for clue in &clues.all {
        if let Some(kind) = clue.of.kind() {
            needed.users.entry(kind.id.to_owned()).or_default().insert(clue.project.clone());
        }
    }
    needed
}

/// An app of which only the name matters.
#[cfg(test)]
pub fn tests_app() -> App {
    use super::{Evidence, Fact, Toolchain};
    App {
        name: "app".to_owned(),
        path: String::new(),
        language: Fact::new("python", Evidence::file("x")),
        toolchain: Toolchain::Catalog { id: "python".to_owned(), version: None },
        version: None,
        package_manager: None,
        frameworks: Vec::new(),
        setup: Vec::new(),
        run: None,
        port: None,
        env: Vec::new(),
        needs: Vec::new(),
        ready: None,
        once: false,
        optional: false,
    }
}
