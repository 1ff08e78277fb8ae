//! What the page needs of databases, as plain data and one trait: whatever stands behind it, the page stays the same.

use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::snippets::Snippet;
use crate::events::ProblemReport;

/// Answers what the page asks about databases.
pub trait Databases {
    /// # Errors
    /// In our words, as a command would tell it.
    fn answer(&self, ask: Ask) -> Answering<'_>;
}

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, ProblemReport>> + 'a>>;

/// A database, by where it is and what it is called there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The [`Place::id`] of where it is.
    pub place: String,
    pub name: String,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// Everything there is; sizes and sessions are those of this moment.
    List,
    /// Answered with [`Answer::Address`].
    Create {
        place: String,
        from: From,
        /// `None` = any that is free.
        #[serde(default)]
        name: Option<String>,
        /// Seconds until it expires; `None` = it is kept.
        #[serde(default)]
        seconds: Option<u64>,
    },
    /// Copies it, sessions on it or not. Answered with [`Answer::Address`].
    Clone {
        database: Key,
        #[serde(default)]
        name: Option<String>,
    },
    Address {
        database: Key,
    },
    Snapshot {
        database: Key,
    },
    /// Its present state is kept, so that this can be undone. Answered with [`Answer::Undoable`].
    Restore {
        database: Key,
        snapshot: String,
    },
    /// As restoring. Answered with [`Answer::Undoable`].
    Drop {
        database: Key,
    },
    Undo {
        id: String,
    },
    /// Sets when it expires, from now on; `None` = never.
    Extend {
        database: Key,
        seconds: Option<u64>,
    },
}

/// What a new database begins with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum From {
    Empty,
    /// What `seed` in dev.yaml says.
    Seed,
    Database {
        name: String,
    },
    Snapshot {
        id: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    Overview(Overview),
    Address(Address),
    Undoable(Undoable),
    Done,
}

/// Everything there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Where databases can be; none = there is nothing to show at all.
    pub places: Vec<Place>,
    pub databases: Vec<Database>,
    /// The newest first.
    pub snapshots: Vec<Snapshot>,
    /// What can be undone, the newest first.
    pub undoable: Vec<Undoable>,
}

/// Where a database can be: a service of this repo, or one of this user's own for databases without a repo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The service's name, or the engine with its version: `postgres@16`.
    pub id: String,
    /// `PostgreSQL 16`.
    pub label: String,
    /// The catalog's name of the engine: `postgres`.
    pub engine: String,
    /// It is a service of this repo.
    pub is_service: bool,
    pub is_running: bool,
    /// It has a `seed`.
    pub has_seed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Database {
    #[serde(flatten)]
    pub key: Key,
    /// The one that the repo's apps use: it is not dropped here.
    pub is_main: bool,
    /// Bytes; `None` = unknown while its service does not run.
    pub size: Option<u64>,
    /// Who is connected; `None` as for the size.
    pub sessions: Option<u32>,
    /// Milliseconds since 1970.
    pub made_ms: Option<u64>,
    /// When it disappears, unless somebody is connected, in milliseconds since 1970.
    pub expires_ms: Option<u64>,
    /// What it was made from, in words: `empty`, `copy of shop`.
    pub origin: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    pub id: String,
    #[serde(flatten)]
    pub of: Key,
    /// Bytes on disk.
    pub size: u64,
    pub made_ms: u64,
    /// Why it was taken, in words: `asked for`, `before it was dropped`.
    pub because: String,
}

/// How to reach a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    pub database: Key,
    /// With user and password: whoever asks for it wants to connect.
    pub url: String,
    pub snippets: Vec<Snippet>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undoable {
    pub id: String,
    /// What was done, in words: `shop-test was dropped`.
    pub what: String,
    pub at_ms: u64,
}

/// What stands here while there are none to offer.
pub struct NoDatabases;

impl Databases for NoDatabases {
    fn answer(&self, _: Ask) -> Answering<'_> {
        Box::pin(std::future::ready(Ok(Answer::Overview(Overview::default()))))
    }
}
