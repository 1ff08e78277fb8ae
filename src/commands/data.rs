//! What `up` knows and remembers of the data of services.

use std::collections::BTreeSet;

use super::bring_up::BringUp;
use super::context::Teller;
use super::facts::{Purpose, unwritable};
use super::{Failure, walk};
use crate::execute::{Limit, Tools, step_key};
use crate::host;
use crate::model::resolve::resolve;
use crate::model::{Project, Unit};
use crate::names::Name;
use crate::plan::down::plan_down;
use crate::plan::observed::{FoundState, Observed, Role};
use crate::state::{Because, DataMemory, Done, Folders, Found, SetupMemory};

impl BringUp<'_> {
    /// Takes over what was found of data that nothing is remembered of, and corrects what was found by what is remembered.
    pub(super) fn recall_data(&self, found: &mut Observed, recall: Recall) -> Result<DataMemory, Failure> {
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let mut memory = DataMemory::read(folders, id);
        let services: Vec<Name> = self.manifest.services.iter().map(|service| service.name.value.clone()).collect();
        if memory.adopt(id, &services, found) && recall != Recall::Only {
            memory.write(folders, id).map_err(unwritable)?;
        }
        if recall == Recall::AndBegin {
            self.begin_again(&mut memory, found)?;
        }
        memory.correct(id, found);
        Ok(memory)
    }

    /// A service that was ended while it made its data for the first time can do nothing with what there is of it.
    fn begin_again(&self, memory: &mut DataMemory, found: &Observed) -> Result<(), Failure> {
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let services = memory.unfinished(id, found);
        if services.is_empty() {
            return Ok(());
        }
        let there: Vec<String> = found.data.keys().cloned().collect();
        let there = Found { id, folders: &there };
        // No setup step has worked on it: they wait until it is ready.
        memory.begin_new(&services, Because::Unfinished, host::now(), (&Done::default(), &there));
        memory.write(folders, id).map_err(unwritable)?;
        for service in services {
            self.context.ui.warning(&format!(
                "`{service}` was ended while it made its data for the first time; it begins again (devenv undo brings back what there is)"
            ));
        }
        Ok(())
    }
}

/// What a look may change, for who has the environment's lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recall {
    /// What is taken over is written down, and data that was never finished begins again.
    AndBegin,
    /// What is taken over is written down.
    AndWrite,
    /// Nothing; also for who has no lock.
    Only,
}

/// A look at what there is of an environment, for commands that switch data.
pub(super) struct DataLook {
    pub project: Project,
    pub found: Observed,
    pub memory: DataMemory,
}

impl DataLook {
    /// # Errors
    /// The engine, the manifest or our own folders are not as they have to be.
    pub async fn new(up: &BringUp<'_>) -> Result<Self, Failure> {
        let (folders, id) = (&up.context.folders, &up.identity.id);
        DataMemory::settle(folders, id).map_err(unwritable)?;
        let mut found = up.context.observe(&up.engine, &up.identity, Some(&up.manifest)).await?;
        let memory = up.recall_data(&mut found, Recall::AndWrite)?;
        let (facts, _) = up.context.facts(&up.manifest, &up.identity, &Purpose::Look)?;
        let project = resolve(&up.manifest, &up.identity, &facts)?;
        Ok(Self { project, found, memory })
    }

    /// Services whose current data is there.
    pub fn with_data(&self) -> impl Iterator<Item = &Unit> {
        let is_there = |unit: &&Unit| unit.data.as_ref().is_some_and(|data| self.found.data.contains_key(&data.name));
        self.project.units.iter().filter(is_there)
    }

    /// What runs now, by name.
    pub fn running(&self) -> BTreeSet<Name> {
        let running = self.found.units.iter().filter(|one| one.state == FoundState::Running && one.role == Role::Main);
        running.map(|one| one.name.clone()).filter(|name| self.project.unit(name).is_some()).collect()
    }

    /// These services, and everything that works on their data.
    pub fn touched(&self, services: &[Name]) -> BTreeSet<Name> {
        let uses =
            |unit: &&Unit| services.contains(&unit.name) || unit.needs.iter().any(|need| services.contains(&need.name));
        self.project.units.iter().filter(uses).map(|unit| unit.name.clone()).collect()
    }

    /// What setup steps have done to the data of each service.
    pub fn done(&self, folders: &Folders) -> Done {
        let mut done = Done { runs: SetupMemory::read(folders, &self.project.id), ..Done::default() };
        for unit in &self.project.units {
            for step in unit.setup.steps.iter().filter(|step| !step.needs_nothing) {
                for need in &unit.needs {
                    done.steps.entry(need.name.clone()).or_default().push((unit.name.clone(), step_key(step)));
                }
            }
        }
        // Those of another branch have worked on it as well.
        for service in self.project.units.iter().map(|unit| &unit.name) {
            for step in done.runs.on(service).collect::<Vec<_>>() {
                let steps = done.steps.entry(service.clone()).or_default();
                if !steps.contains(&step) {
                    steps.push(step);
                }
            }
        }
        done
    }

    /// Stops what of these runs, each by its own clean way.
    ///
    /// # Errors
    /// Something could not be stopped, or the person interrupted it.
    pub async fn stop(&self, up: &BringUp<'_>, names: &BTreeSet<Name>) -> Result<(), Failure> {
        let teller = up.context.teller();
        let stopped = self.stop_telling(up, names, &teller).await;
        teller.finish();
        stopped
    }

    /// The same, told to this teller.
    ///
    /// # Errors
    /// As there.
    pub async fn stop_telling(
        &self,
        up: &BringUp<'_>,
        names: &BTreeSet<Name>,
        teller: &Teller<'_>,
    ) -> Result<(), Failure> {
        let plan = plan_down(&self.found, names);
        if names.is_empty() || plan.steps.is_empty() {
            return Ok(());
        }
        let tell = |event| teller.tell(event);
        let (folders, network) = (&up.context.folders, self.found.network.clone());
        let tools =
            Tools { engine: &up.engine, folders, network, limit: Limit::Usual, tell: &tell, hide: &str::to_owned };
        match walk::carry_out(&tools, &self.project, &plan).await?.problems {
            problems if problems.is_empty() => Ok(()),
            // Told when it happened.
            problems => Err(Failure::Shown(problems[0].exit)),
        }
    }
}
