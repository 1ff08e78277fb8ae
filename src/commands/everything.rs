//! Everything of ours on this computer: what the engine has, and what runs on the computer itself.

use std::path::PathBuf;

use super::context::Context;
use crate::engine::{Doing, Engine};
use crate::names::EnvironmentId;
use crate::plan::inventory::{Belonging, Inventory, InventoryUnit};
use crate::plan::observed::{FoundState, Role};
use crate::problem::Problem;
use crate::state::{self, Checkouts};
use crate::supervisor::Supervisor;

/// What an environment is called and where it is: as it was used last, else as the engine was told when it was made. The latter
/// is good enough to be shown, never to remove something.
pub(super) fn place_of(checkouts: &Checkouts, inventory: &Inventory, id: &EnvironmentId) -> Option<(String, PathBuf)> {
    let from_label = || inventory.belonging(id).map(|of| (of.project.clone(), of.checkout.clone()));
    checkouts.get(id).map(|it| (it.name.clone(), it.path.clone())).or_else(from_label)
}

impl Context {
    /// # Errors
    /// The engine cannot be used.
    pub async fn inventory(&self, engine: &Engine) -> Result<Inventory, Problem> {
        let mut inventory = engine.inventory().await?;
        let checkouts = Checkouts::read(&self.folders);
        for id in state::environments(&self.folders) {
            let of = || match checkouts.get(&id) {
                Some(it) => Belonging { id: id.clone(), project: it.name.clone(), checkout: it.path.clone() },
                None => Belonging { id: id.clone(), project: String::new(), checkout: PathBuf::new() },
            };
            inventory.units.extend(Supervisor::of(&self.folders, &id).observe().into_iter().map(|unit| {
                InventoryUnit {
                    of: of(),
                    id: unit.id,
                    name: unit.name.to_string(),
                    role: unit.role,
                    running: unit.state == FoundState::Running,
                    image: String::new(),
                }
            }));
        }
        Ok(inventory)
    }

    /// Stops everything of an environment that runs, side by side, and removes places of setup; answers the names.
    ///
    /// # Errors
    /// One of them can't be stopped.
    pub async fn stop_all(
        &self,
        engine: &Engine,
        inventory: &Inventory,
        id: &EnvironmentId,
    ) -> Result<Vec<String>, Problem> {
        let supervisor = &Supervisor::of(&self.folders, id);
        supervisor.end_all_orphans().await;
        let units = inventory.units.iter().filter(|unit| unit.of.id == *id);
        let stopped = units.filter(|unit| unit.running || unit.role == Role::Setup).map(|unit| async move {
            if Supervisor::has(&unit.id) {
                supervisor.stop(&unit.id).await?;
                return Ok(Some(unit.name.clone()));
            }
            let stopped = match unit.role {
                Role::Main => engine.stop(&unit.id).await,
                // Left by a killed run.
                Role::Setup => engine.remove(&unit.id).await,
            };
            stopped.map_err(|fault| fault.problem(&Doing::Stop { unit: unit.name.clone() }))?;
            Ok::<_, Problem>((unit.role == Role::Main).then(|| unit.name.clone()))
        });
        // All of them come to their end, also where one fails.
        let (stopped, failed): (Vec<_>, Vec<_>) =
            futures_util::future::join_all(stopped).await.into_iter().partition(Result::is_ok);
        if let Some(problem) = failed.into_iter().filter_map(Result::err).reduce(both) {
            return Err(problem);
        }
        let mut names: Vec<String> = stopped.into_iter().filter_map(Result::ok).flatten().collect();
        names.sort();
        Ok(names)
    }
}

/// Two problems at once, told as one.
fn both(one: Problem, other: Problem) -> Problem {
    let why: Vec<&str> =
        [&one.why, &other.what, &other.why].into_iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
    let why = why.join("; ");
    one.why(why)
}
