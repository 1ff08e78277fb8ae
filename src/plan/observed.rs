//! The environment as found: one snapshot of the engine and of what earlier runs remember.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Fingerprint, ImageRef};
use crate::names::Name;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The name of the environment's own private network; `None` = there is none.
    pub network: Option<String>,
    /// Further ones, left over from killed runs.
    pub spare_networks: Vec<String>,
    pub units: Vec<FoundUnit>,
    /// The data folders that exist, and what each was first written by: `postgres@16`.
    pub data: BTreeMap<String, Option<String>>,
    /// Of the images that something new would be made from, those that are here already.
    pub images: BTreeSet<ImageRef>,
    /// What failed in the last `up`, runs still, and does not answer now either.
    pub unready: BTreeSet<Name>,
    /// What is known of each app's setup steps, in the order of the steps.
    pub setup: BTreeMap<Name, Vec<StepRecord>>,
}

/// Something of this environment that the engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundUnit {
    /// The engine's id.
    pub id: String,
    pub name: Name,
    pub role: Role,
    pub fingerprint: Fingerprint,
    pub state: FoundState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The service or app itself.
    Main,
    /// Where setup steps ran; only a killed run leaves one behind.
    Setup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundState {
    /// Made but never started, or its start failed.
    Created,
    Running,
    /// Ended with this code.
    Ended(i64),
    /// Being removed, or otherwise of no use any more.
    Unusable,
}

/// The inputs of one setup step as they are now, against those of its last run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepRecord {
    /// The run before: `None` = it never ran here.
    pub last: Option<LastRun>,
    /// Inputs whose content differs from the last successful run, shortest path first; at most three are kept.
    pub changed: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastRun {
    Succeeded,
    Failed,
}
