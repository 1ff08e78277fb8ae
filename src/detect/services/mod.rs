//! The services that a repo's apps need, from what its manifests, settings, examples and pipelines say; compose files are read
//! elsewhere.
//!
//! Each way of looking adds clues, [`decide`] says which are enough, [`describe`] makes services of them.

pub mod address;
mod ci;
mod clients;
mod clue;
pub mod code;
mod configuration;
mod connects;
mod decide;
mod defaults;
mod describe;
pub mod dotenv;
mod examples;
mod extensions;
pub mod kinds;
mod libraries;
mod login;
mod places;
mod platforms;
#[cfg(test)]
mod tests;
mod twins;

use std::collections::{BTreeMap, BTreeSet};

use super::{App, Evidence, Note, Service};
use crate::repo::Repo;
use clue::{Clues, Source};
pub use connects::{Given, LeftToLibpq};
pub use places::{near, projects, without_comments};

/// What apps need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needed {
    pub services: Vec<Service>,
    pub uses: Uses,
    pub notes: Vec<Note>,
}

/// Where the repo uses its services.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// By the ids of kinds that are needed: the folders of projects that something says it of.
    pub folders: BTreeMap<String, BTreeSet<String>>,
    /// Addresses that settings and code have written down.
    pub addresses: Vec<Written>,
    /// Variables that clients are given as addresses.
    pub given: Vec<Given>,
    /// Clients of PostgreSQL that are given none.
    pub libpq: Vec<LeftToLibpq>,
}

/// An address that stands in a file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The id of a kind.
    pub kind: String,
    pub project: String,
    /// The name of a service; `None` = this computer.
    pub host: Option<String>,
    pub evidence: Evidence,
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
    twins::look(&mut clues);
    let needs = decide::decide(&clues);
    let mut uses = Uses { given: clues.given.clone(), libpq: clues.libpq.clone(), ..Uses::default() };
    for need in &needs {
        for clue in &need.clues {
            uses.folders.entry(need.kind.id.to_owned()).or_default().insert(clue.project.clone());
            if clue.source == Source::Address {
                uses.addresses.push(Written {
                    kind: need.kind.id.to_owned(),
                    project: clue.project.clone(),
                    host: clue.host.clone(),
                    evidence: clue.evidence.clone(),
                });
            }
        }
    }
    let undecided = twins::note(repo, &needs);
    let mut needed = describe::all(repo, needs, apps);
    needed.notes.extend(undecided);
    needed.uses = uses;
    needed
}

/// An app of which only the name matters.
#[cfg(test)]
pub fn tests_app() -> App {
    use super::{Fact, Toolchain};
    App {
        name: "app".to_owned(),
        path: String::new(),
        language: Fact::new("python", Evidence::file("x")),
        toolchain: Toolchain::of_catalog("python", None),
        version: None,
        package_manager: None,
        frameworks: Vec::new(),
        setup: Vec::new(),
        run: None,
        port: None,
        published: None,
        env: Vec::new(),
        built: Vec::new(),
        keys: Vec::new(),
        lacking: Vec::new(),
        needs: Vec::new(),
        ready: None,
        once: false,
        optional: false,
        files: Vec::new(),
        restart_on: Vec::new(),
        engine: super::Engine::default(),
    }
}
