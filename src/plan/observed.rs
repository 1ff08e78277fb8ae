//! The environment as found: one snapshot of the engine and of what earlier runs remember.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Fingerprint, ImageRef, Parts};
use crate::names::Name;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The name of the environment's own private network; `None` = there is none.
    pub network: Option<String>,
    /// Further ones, left over from killed runs.
    pub spare_networks: Vec<String>,
    pub units: Vec<FoundUnit>,
    /// The data folders that exist, and what each was written by: `postgres@16`.
    pub data: BTreeMap<String, Option<String>>,
    /// The data folder that what was found of a service works on; what runs counts more than what is stopped.
    pub data_in_use: BTreeMap<Name, String>,
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
    /// Empty = not known.
    pub made_from: Parts,
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

/// A setup step: how its last run ended, and what of it does not hold any more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepRecord {
    /// The run before: `None` = it never ran here.
    pub last: Option<LastRun>,
    /// Why a run that ended well no longer counts; `None` = it does.
    pub stale: Option<Stale>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastRun {
    Succeeded,
    Failed,
    /// It began, and nobody saw it end.
    Unfinished,
}

/// Why a step that succeeded has to run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    /// A person wants it, or it has to follow one that ran: `asked for`, `after npm ci`.
    Due(String),
    /// Another checkout lies where the one was that it ran in.
    OtherCheckout,
    /// It ran in another version, or in something else altogether.
    OtherRuntime,
    /// What it made, such as `node_modules`, is not there any more.
    Gone(String),
    /// At least one.
    Inputs(Vec<InputChange>),
    /// The names of those that were given, changed or taken away; at least one.
    Variables(Vec<String>),
    /// It worked on another database of this service.
    OtherDatabase(Name),
}

/// An input that is not as it was, relative to the app's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputChange {
    pub path: String,
    pub how: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    New,
    Gone,
    Content,
}

impl StepRecord {
    /// Why it has to run, as a clause; `None` = it need not.
    pub fn why_due(&self) -> Option<String> {
        match (self.last, &self.stale) {
            (None, _) => Some("first time".to_owned()),
            (Some(LastRun::Failed), _) => Some("it failed the last time".to_owned()),
            (Some(LastRun::Unfinished), _) => Some("it did not finish the last time".to_owned()),
            (Some(LastRun::Succeeded), stale) => stale.as_ref().map(Stale::words),
        }
    }
}

impl Stale {
    fn words(&self) -> String {
        match self {
            Self::Due(because) => because.clone(),
            Self::OtherCheckout => "this is a new checkout".to_owned(),
            Self::OtherRuntime => "what it runs in changed".to_owned(),
            Self::Gone(made) => format!("{made} is gone"),
            Self::Inputs(changes) => changes_in_words(changes),
            Self::OtherDatabase(service) => format!("`{service}` has another database"),
            Self::Variables(names) => match names.as_slice() {
                [first, rest @ ..] if rest.len() > 2 => format!("environment changed: {first} and {} more", rest.len()),
                names => format!("environment changed: {}", names.join(", ")),
            },
        }
    }
}

/// | changes                    | words                              |
/// |----------------------------|------------------------------------|
/// | one                        | a changed · a is new · a is gone   |
/// | several, all new           | a and 2 more are new               |
/// | several, all gone          | a and 2 more are gone              |
/// | several                    | a and 2 more changed               |
fn changes_in_words(changes: &[InputChange]) -> String {
    let Some((first, rest)) = changes.split_first() else { return "its inputs changed".to_owned() };
    let alike = rest.iter().all(|change| change.how == first.how);
    let path = &first.path;
    match (rest.len(), first.how) {
        (0, Change::Content) => format!("{path} changed"),
        (0, Change::New) => format!("{path} is new"),
        (0, Change::Gone) => format!("{path} is gone"),
        (more, Change::New) if alike => format!("{path} and {more} more are new"),
        (more, Change::Gone) if alike => format!("{path} and {more} more are gone"),
        (more, _) => format!("{path} and {more} more changed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_in_few_words() {
        let change = |path: &str, how| InputChange { path: path.to_owned(), how };
        for (changes, words) in [
            (vec![change("package-lock.json", Change::Content)], "package-lock.json changed"),
            (vec![change("migrations/3.sql", Change::New)], "migrations/3.sql is new"),
            (vec![change("migrations/3.sql", Change::Gone)], "migrations/3.sql is gone"),
            (vec![change("a", Change::New), change("b", Change::New)], "a and 1 more are new"),
            (vec![change("a", Change::New), change("b", Change::Gone)], "a and 1 more changed"),
            (vec![], "its inputs changed"),
        ] {
            let record = StepRecord { last: Some(LastRun::Succeeded), stale: Some(Stale::Inputs(changes)) };
            assert_eq!(record.why_due().as_deref(), Some(words));
        }
    }
}
