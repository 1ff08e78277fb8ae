//! What did not become ready the last time, so that the next `up` does not wait for the very same thing again, and `status` says why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::names::{EnvironmentId, Name};
use crate::problem::Problem;

/// Why something was not ready at the end of the last `up`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unready {
    /// The id of its problem; empty = what it needs had one, or it has to be asked again.
    pub id: String,
    /// In one sentence or clause; empty = not known.
    pub what: String,
}

impl Unready {
    pub fn of(problem: &Problem) -> Self {
        Self { id: problem.kind.id.to_owned(), what: problem.what.clone() }
    }
}

/// By the names of services and apps that failed in the last `up`.
pub fn unready_before(folders: &Folders, id: &EnvironmentId) -> BTreeMap<String, Unready> {
    read_json(&folders.environment(id).join("unready.json"))
}

/// Remembers which failed now; the disk is touched only when that is news.
///
/// # Errors
/// The state folder can't be written to.
pub fn remember_unready(
    folders: &Folders,
    id: &EnvironmentId,
    failed: impl Iterator<Item = (Name, Unready)>,
) -> anyhow::Result<()> {
    let failed: BTreeMap<String, Unready> = failed.map(|(name, why)| (name.to_string(), why)).collect();
    if failed != unready_before(folders, id) {
        crate::host::write_file(&folders.environment(id).join("unready.json"), &serde_json::to_vec(&failed)?)?;
    }
    Ok(())
}

/// Forgets the failure of what a person has stopped since.
///
/// # Errors
/// The state folder can't be written to.
pub fn forget_unready(folders: &Folders, id: &EnvironmentId, is_stopped: impl Fn(&Name) -> bool) -> anyhow::Result<()> {
    let before = unready_before(folders, id).into_iter();
    let named = before.filter_map(|(name, why)| Some((Name::parse(&name).ok()?, why)));
    remember_unready(folders, id, named.filter(|(name, _)| !is_stopped(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_remembered_until_it_is_over_or_what_failed_was_stopped() {
        let place = tempfile::tempdir().unwrap();
        let folders =
            Folders { state: place.path().join("s"), cache: place.path().join("c"), config: place.path().join("x") };
        let id = EnvironmentId::of_checkout(place.path());
        let [api, web] = ["api", "web"].map(|name| Name::parse(name).unwrap());
        let why = Unready { id: "crashed".into(), what: "`api` failed with exit code 1".into() };
        remember_unready(&folders, &id, [(api.clone(), why.clone()), (web, Unready::default())].into_iter()).unwrap();
        assert_eq!(unready_before(&folders, &id)["api"], why);
        forget_unready(&folders, &id, |name| *name == api).unwrap();
        assert_eq!(unready_before(&folders, &id).into_keys().collect::<Vec<_>>(), ["web"]);
        remember_unready(&folders, &id, std::iter::empty()).unwrap();
        assert!(unready_before(&folders, &id).is_empty());
    }
}
