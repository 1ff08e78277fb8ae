//! `devenv`: one command from a fresh clone to a running development environment.
//!
//! `src/README.md` is the map.

pub mod catalog;
pub mod checks;
mod commands;
pub mod compose;
pub mod db;
pub mod detect;
pub mod doctor;
pub mod draft;
pub mod engine;
pub mod events;
pub mod execute;
pub mod figures;
pub mod host;
pub mod lockfile;
pub mod manifest;
pub mod model;
pub mod names;
pub mod page;
pub mod plan;
pub mod problem;
pub mod repair;
pub mod repo;
pub mod report;
pub mod secrets;
pub mod share;
pub mod sieve;
pub mod state;
pub mod supervisor;
pub mod template;
pub mod ui;
pub mod watch;
pub mod words;

pub use commands::run;
