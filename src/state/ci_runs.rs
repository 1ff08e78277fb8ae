//! Environments that belong to one run of `devenv ci` only: whoever finds one that no living run holds may remove it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Folders, environments};
use crate::names::EnvironmentId;

/// The mark's file, in the environment's folder.
const CI_RUN: &str = "ci.json";

/// What is remembered of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CiRun {
    /// Everything of it runs on this computer itself: nothing is at any engine.
    pub is_all_on_host: bool,
    /// The address of the engine that it asked.
    pub engine: String,
}

impl CiRun {
    /// Whether this engine can't tell what there is of it.
    pub fn is_elsewhere(&self, engine: &str) -> bool {
        !self.is_all_on_host && !self.engine.is_empty() && self.engine != engine
    }
}

/// The file of runs that were removed while an engine may still have been about to make something for them.
const LATE: &str = "ci-late.json";
/// An engine makes what it was asked for within so many seconds, or never.
const LATEST: u64 = 3600;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Late {
    engine: String,
    since: u64,
}

/// Remembers that an engine may yet make something for a run that is removed `now`, in seconds since 1970.
///
/// # Errors
/// The state folder can't be written to.
pub fn expect_late(folders: &Folders, id: &EnvironmentId, engine: &str, now: u64) -> anyhow::Result<()> {
    change_late(folders, |late| {
        late.insert(id.to_string(), Late { engine: engine.to_owned(), since: now });
    })
}

/// The runs that this engine may yet make something for, or has made something for meanwhile.
pub fn late(folders: &Folders, engine: &str) -> Vec<EnvironmentId> {
    let late: BTreeMap<String, Late> = super::read_json(&folders.state.join(LATE));
    let here = late.iter().filter(|(_, late)| late.engine == engine);
    here.filter_map(|(id, _)| EnvironmentId::parse(id)).collect()
}

/// Forgets the runs that an engine does not make anything for any more, `now` that nothing is left of them there.
///
/// # Errors
/// The state folder can't be written to.
pub fn forget_late(folders: &Folders, engine: &str, now: u64) -> anyhow::Result<()> {
    change_late(folders, |late| late.retain(|_, one| one.engine != engine || now.abs_diff(one.since) < LATEST))
}

fn change_late(folders: &Folders, change: impl FnOnce(&mut BTreeMap<String, Late>)) -> anyhow::Result<()> {
    let path = folders.state.join(LATE);
    let _guard = super::guard(&path)?;
    let mut late = super::read_json(&path);
    change(&mut late);
    Ok(crate::host::write_file(&path, &serde_json::to_vec(&late)?)?)
}

/// Marks an environment as a run's own, for who holds its lock.
///
/// # Errors
/// The state folder can't be written to.
pub fn mark_ci_run(folders: &Folders, id: &EnvironmentId, run: &CiRun) -> anyhow::Result<()> {
    Ok(crate::host::write_file(&folders.environment(id).join(CI_RUN), &serde_json::to_vec(run)?)?)
}

/// What is remembered of a run; the usual where nothing is.
pub fn ci_run(folders: &Folders, id: &EnvironmentId) -> CiRun {
    super::read_json(&folders.environment(id).join(CI_RUN))
}

/// All of this user's runs, those that are under way included.
pub fn ci_runs(folders: &Folders) -> impl Iterator<Item = EnvironmentId> + use<'_> {
    environments(folders).filter(|id| crate::host::is_file(&folders.environment(id).join(CI_RUN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(home: &tempfile::TempDir) -> Folders {
        let folder = |name: &str| home.path().join(name);
        Folders { state: folder("s"), cache: folder("c"), config: folder("k") }
    }

    #[test]
    fn only_what_is_marked_is_a_run() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let (own, run) = (EnvironmentId::of_checkout("/x".as_ref()), EnvironmentId::of_run([1, 2, 3, 4, 5, 6]));
        for id in [&own, &run] {
            crate::host::create_folder(&folders.environment(id)).unwrap();
        }
        mark_ci_run(&folders, &run, &CiRun { is_all_on_host: true, ..CiRun::default() }).unwrap();
        assert!(ci_run(&folders, &run).is_all_on_host && !ci_run(&folders, &own).is_all_on_host);
        assert_eq!(ci_runs(&folders).collect::<Vec<_>>(), [run]);
    }

    #[test]
    fn a_run_is_known_to_its_own_engine_alone() {
        let at = |engine: &str| CiRun { engine: engine.to_owned(), is_all_on_host: false };
        assert!(at("unix:///a").is_elsewhere("unix:///b"));
        assert!(!at("unix:///a").is_elsewhere("unix:///a"));
        assert!(!at("").is_elsewhere("unix:///a"), "written down by an older one");
        assert!(!CiRun { is_all_on_host: true, ..at("unix:///a") }.is_elsewhere("unix:///b"));
    }

    #[test]
    fn what_may_come_late_is_expected_for_an_hour_at_its_own_engine() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let (one, two) = (EnvironmentId::of_run([1; 6]), EnvironmentId::of_run([2; 6]));
        expect_late(&folders, &one, "unix:///a", 1000).unwrap();
        expect_late(&folders, &two, "unix:///b", 1000).unwrap();
        assert_eq!(late(&folders, "unix:///a"), std::slice::from_ref(&one));
        forget_late(&folders, "unix:///a", 1000 + LATEST - 1).unwrap();
        assert_eq!(late(&folders, "unix:///a"), [one]);
        forget_late(&folders, "unix:///a", 1000 + LATEST).unwrap();
        assert_eq!(late(&folders, "unix:///a"), []);
        assert_eq!(late(&folders, "unix:///b"), [two]);
    }
}
