//! Environments that belong to one run of `devenv ci` only: whoever finds one that no living run holds may remove it.

use serde::{Deserialize, Serialize};

use super::{Folders, environments};
use crate::names::EnvironmentId;

/// The mark's file, in the environment's folder.
const CI_RUN: &str = "ci.json";

/// What is remembered of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CiRun {
    /// Everything of it runs on this computer itself: nothing is at any engine.
    pub is_all_on_host: bool,
}

/// Marks an environment as a run's own, for who holds its lock.
///
/// # Errors
/// The state folder can't be written to.
pub fn mark_ci_run(folders: &Folders, id: &EnvironmentId, run: CiRun) -> anyhow::Result<()> {
    Ok(crate::host::write_file(&folders.environment(id).join(CI_RUN), &serde_json::to_vec(&run)?)?)
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

    #[test]
    fn only_what_is_marked_is_a_run() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let (own, run) = (EnvironmentId::of_checkout("/x".as_ref()), EnvironmentId::of_run([1, 2, 3, 4, 5, 6]));
        for id in [&own, &run] {
            crate::host::create_folder(&folders.environment(id)).unwrap();
        }
        mark_ci_run(&folders, &run, CiRun { is_all_on_host: true }).unwrap();
        assert!(ci_run(&folders, &run).is_all_on_host && !ci_run(&folders, &own).is_all_on_host);
        assert_eq!(ci_runs(&folders).collect::<Vec<_>>(), [run]);
    }
}
