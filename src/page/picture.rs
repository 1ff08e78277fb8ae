//! What the page shows of the environment, as plain data: every change sends all of it, so that no reader can be behind. Pure.

use serde::Serialize;

use super::snippets::Language;
use crate::events::{ProblemReport, ServiceReport};

/// The environment at a glance.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Picture {
    pub project: String,
    /// Where the repo is, as a person writes it.
    pub folder: String,
    /// It has been looked at.
    pub is_known: bool,
    pub rows: Vec<Row>,
    /// What is being done.
    pub doings: Vec<Doing>,
    /// What went wrong in what was done here, the newest first.
    pub problems: Vec<Mishap>,
    /// Why the environment can't be looked at, or not as dev.yaml says.
    pub troubles: Vec<ProblemReport>,
    /// Those that the repo is written in, for examples.
    pub languages: Vec<Language>,
}

/// A service or app.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    #[serde(flatten)]
    pub report: ServiceReport,
    /// The state as a person says it.
    pub word: String,
    /// When it came to its state, in milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// Why it is not as wanted.
    pub why: Option<String>,
    /// What is being done with it right now.
    pub doing: Option<Step>,
}

/// How far something is that is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub words: String,
    /// Of a download, as far as that is known.
    pub percent: Option<u8>,
}

/// A command that was asked for here and goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doing {
    pub id: u64,
    /// `up`, `down` or `restart`.
    pub verb: &'static str,
    /// Empty = everything.
    pub names: Vec<String>,
    /// What it said last of all, for example for whom it waits.
    pub note: String,
}

/// A problem that something ran into.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mishap {
    /// Counts from 1, so that one can be put aside.
    pub number: u64,
    #[serde(flatten)]
    pub problem: ProblemReport,
}
