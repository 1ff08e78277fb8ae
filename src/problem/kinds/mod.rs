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
mod databases;
mod doctor;
mod download;
mod engine;
mod host;
mod lock;
mod manifest_files;
mod manifest_names;
mod manifest_text;
mod manifest_values;
mod secrets;
mod service;
mod setup;
mod smoke;
mod templates;

pub use command::*;
pub use data::*;
pub use databases::*;
pub use doctor::*;
pub use download::*;
pub use engine::*;
pub use host::*;
pub use lock::*;
pub use manifest_files::*;
pub use manifest_names::*;
pub use manifest_text::*;
pub use manifest_values::*;
pub use secrets::*;
pub use service::*;
pub use setup::*;
pub use smoke::*;
pub use templates::*;

/// Every kind there is.
pub fn all() -> impl Iterator<Item = &'static ProblemKind> {
    subjects().into_iter().flat_map(|(_, kinds)| kinds.iter().copied())
}

/// Every kind there is, by subject.
pub fn subjects() -> Vec<(&'static str, &'static [&'static ProblemKind])> {
    vec![
        ("Docker itself", engine::ALL),
        ("Downloads and builds", download::ALL),
        ("Services and apps", service::ALL),
        ("Setup", setup::ALL),
        ("Smoke tests", smoke::ALL),
        ("Apps on this computer", host::ALL),
        ("Data", data::ALL),
        ("Databases", databases::ALL),
        ("Secrets and consent", secrets::ALL),
        ("What `devenv doctor` finds", doctor::ALL),
        ("Commands", command::ALL),
        ("New services", templates::ALL),
        ("dev.lock", lock::ALL),
        ("The repo and dev.yaml", manifest_files::ALL),
        ("dev.yaml as text", manifest_text::ALL),
        ("Names in dev.yaml", manifest_names::ALL),
        ("Values in dev.yaml", manifest_values::ALL),
    ]
}
