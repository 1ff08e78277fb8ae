//! What each setup step last ran with, so that it runs again only when something changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host::InputHashes;
use crate::names::{EnvironmentId, Name};

/// All steps of an environment, by app, then by the step's key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetupMemory {
    apps: BTreeMap<String, BTreeMap<String, StepRun>>,
}

/// One run of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRun {
    pub succeeded: bool,
    pub inputs: InputHashes,
}

impl SetupMemory {
    pub fn read(folders: &Folders, id: &EnvironmentId) -> Self {
        read_json(&folders.environment(id).join("setup.json"))
    }

    pub fn last(&self, app: &Name, key: &str) -> Option<&StepRun> {
        self.apps.get(app.as_str())?.get(key)
    }

    /// Forgets runs of steps, so that they are due again; writes everything down at once.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn forget(
        &mut self,
        folders: &Folders,
        id: &EnvironmentId,
        runs: impl IntoIterator<Item = (Name, String)>,
    ) -> anyhow::Result<()> {
        let mut changed = false;
        for (app, key) in runs {
            changed |= self.apps.get_mut(app.as_str()).is_some_and(|steps| steps.remove(&key).is_some());
        }
        if changed { self.write(folders, id) } else { Ok(()) }
    }

    /// Remembers a run and writes everything down at once, so that a killed command loses nothing.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn remember(
        &mut self,
        folders: &Folders,
        id: &EnvironmentId,
        app: &Name,
        (key, run): (String, StepRun),
    ) -> anyhow::Result<()> {
        self.apps.entry(app.to_string()).or_default().insert(key, run);
        self.write(folders, id)
    }

    fn write(&self, folders: &Folders, id: &EnvironmentId) -> anyhow::Result<()> {
        crate::host::write_file(&folders.environment(id).join("setup.json"), &serde_json::to_vec(self)?)?;
        Ok(())
    }
}
