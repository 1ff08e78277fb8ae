//! The services that a repo's apps need, from what its manifests, settings, examples and pipelines say; compose files are read
//! elsewhere.
//!
//! Each way of looking adds clues, [`decide`] says which are enough, [`describe`] makes services of them.

pub mod address;
mod ci;
mod clue;
mod code;
mod configuration;
mod decide;
mod describe;
pub mod dotenv;
mod examples;
pub mod kinds;
mod libraries;
mod places;
mod platforms;
#[cfg(test)]
mod tests;

use super::{App, Note, Service};
use crate::repo::Repo;
use clue::Clues;

/// What apps need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needed {
    pub services: Vec<Service>,
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
    describe::all(decide::decide(&clues), apps)
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
