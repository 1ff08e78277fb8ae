//! The program's command line without an engine: arguments, exit codes, what is said and where. And what holds the sources
//! together: the layers, and the repos in `tests/samples`.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "reads files and runs the program; a failure fails the test"
)]

#[path = "../support/page.rs"]
#[expect(dead_code, reason = "what only tests with a browser use")]
mod page_support;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
#[expect(dead_code, reason = "what only tests with an engine use")]
mod terminal;
#[path = "../support/witnesses.rs"]
mod witnesses;

mod catalogue;
mod ci;
mod computer;
mod databases;
mod doctor;
mod engine;
mod env;
mod faults;
mod figures;
mod help;
mod host;
mod init;
mod keyring;
mod languages;
mod layers;
mod lock;
mod manifest;
mod names;
mod new;
mod open;
mod output;
mod page;
mod samples;
mod secrets;
mod turn;
mod witnesses_read;
