//! The catalogue: every kind of problem that can reach a person, in one place.
//!
//! A new kind is one entry in the file of its subject.

use super::ProblemKind;

/// Declares kinds and lists them, so that none can be forgotten.
macro_rules! kinds {
    ($($name:ident = $value:expr;)*) => {
        $(pub static $name: ProblemKind = $value;)*
        /// All of this file.
        pub(super) static ALL: &[&ProblemKind] = &[$(&$name),*];
    };
}
use kinds;

mod command;
mod data;
mod download;
mod engine;
mod host;
mod manifest;
mod secrets;
mod service;
mod setup;

pub use command::*;
pub use data::*;
pub use download::*;
pub use engine::*;
pub use host::*;
pub use manifest::*;
pub use secrets::*;
pub use service::*;
pub use setup::*;

/// Every kind there is.
pub fn all() -> impl Iterator<Item = &'static ProblemKind> {
    [
        command::ALL,
        data::ALL,
        download::ALL,
        engine::ALL,
        host::ALL,
        manifest::ALL,
        secrets::ALL,
        service::ALL,
        setup::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
