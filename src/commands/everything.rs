//! Everything of ours on this computer: what the engine has, and what runs on the computer itself.

use super::context::Context;
use crate::engine::{Doing, Engine};
use crate::names::EnvironmentId;
use crate::plan::inventory::{Belonging, Inventory, InventoryUnit};
use crate::plan::observed::{FoundState, Role};
use crate::problem::Problem;
use crate::state::{self, Checkouts};
use crate::supervisor::Supervisor;

impl Context {
    /// # Errors
    /// The engine cannot be used.
    pub async fn inventory(&self, engine: &Engine) -> Result<Inventory, Problem> {
        let mut inventory = engine.inventory().await?;
        let checkouts = Checkouts::read(&self.folders);
        for id in state::environments(&self.folders) {
            let of = || match checkouts.get(&id) {
                Some(it) => Belonging { id: id.clone(), project: it.name.clone(), checkout: it.path.clone().into() },
                None => Belonging { id: id.clone(), project: String::new(), checkout: std::path::PathBuf::new() },
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
        let mut names: Vec<String> = futures_util::future::try_join_all(stopped).await?.into_iter().flatten().collect();
        names.sort();
        Ok(names)
    }
}
