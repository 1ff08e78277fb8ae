//! Databases as a self-service: made, copied, saved, brought back and dropped inside a service that runs.
//!
//! `provider/` knows, as values, how each kind of server is asked for something; `server.rs` asks it; `verbs/` is what a person
//! can ask for. Whatever a verb replaces or drops is set aside under another name at the server, so that it can be undone at
//! once; what a killed command leaves under a name of its own is removed by the next one.

pub mod address;
mod calls;
pub mod dump;
pub mod dump_format;
pub mod lifetime;
pub mod name;
mod patience;
pub mod provider;
pub mod seed;
mod server;
pub mod verbs;

use serde::Serialize;

pub use calls::ending;
pub use server::{Server, own_database};

/// A database at a server: by its name, and by its number where the server knows no names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub number: Option<u32>,
}

/// What a server says of one of its databases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Found {
    pub name: String,
    /// Bytes on its disk.
    pub size: u64,
    /// How many keys, where that is what a server counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
    /// Connections to it, ours not counted.
    pub sessions: u32,
    /// Those of them that are in the middle of something.
    pub busy: u32,
}

/// One row of `devenv db list`, for programs and for the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub service: String,
    pub name: String,
    /// For example `PostgreSQL 17`.
    pub engine: String,
    /// The service's own, which was there from the beginning.
    pub own: bool,
    /// Bytes.
    pub size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
    pub sessions: u32,
    /// Seconds since 1970; absent for what no command made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<u64>,
    /// Seconds since 1970; absent = it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// How databases are called that belong to a command, or that it has set aside: they are never shown.
pub const SIDE: &str = "devenv_side_";
pub const ASIDE: &str = "devenv_aside_";

impl Target {
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), number: None }
    }
}

impl Found {
    /// Whether it is ours alone, and nothing to show.
    pub fn is_hidden(&self) -> bool {
        self.name.starts_with(SIDE) || self.name.starts_with(ASIDE)
    }
}
