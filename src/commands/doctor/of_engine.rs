//! What the engine has to say, and what of ours it has that nobody needs.

use std::collections::BTreeSet;

use super::super::context::Context;
use super::super::everything::place_of;
use super::gather::Late;
use crate::doctor::facts::{AboutEngine, Addresses, LeftBecause, Leftover};
use crate::engine::{Engine, LOOK, PortInUse};
use crate::host;
use crate::names::EnvironmentId;
use crate::plan::inventory::{Inventory, InventoryUnit};
use crate::plan::observed::Role;
use crate::problem::{Problem, kinds};
use crate::state::{self, Checkouts, DataMemory, Presence};
use crate::supervisor::Supervisor;
use std::time::Duration;

/// One that hangs is told from one that is slow.
const LIMIT: Duration = Duration::from_secs(3);

#[derive(Default)]
pub struct OfEngine {
    pub about: Option<AboutEngine>,
    pub failure: Option<Problem>,
    /// Seconds that its clock is before that of this computer.
    pub ahead_s: Option<i64>,
    pub addresses: Option<Addresses>,
    pub ports: Vec<PortInUse>,
    pub leftovers: Vec<Leftover>,
    /// What runs of ours in the engine.
    pub running: Vec<InventoryUnit>,
}

pub async fn look(late: &Late, context: &Context, engine: &Result<Engine, Problem>) -> OfEngine {
    let engine = match engine {
        Ok(engine) => engine,
        Err(problem) => return OfEngine { failure: Some(problem.clone()), ..OfEngine::default() },
    };
    let examined = match late.within(LIMIT, "Docker", engine.examine()).await {
        Some(Ok(examined)) => examined,
        Some(Err(problem)) => return OfEngine { failure: Some(problem), ..OfEngine::default() },
        None => return OfEngine { failure: Some(hung()), ..OfEngine::default() },
    };
    let inventory = late.within(LIMIT, "what is left over", context.inventory(engine)).await.and_then(Result::ok);
    OfEngine {
        ahead_s: examined.time.map(|time| time - i64::try_from(host::now()).unwrap_or(i64::MAX)),
        about: Some(examined.about),
        failure: None,
        addresses: examined.addresses,
        ports: examined.ports,
        leftovers: inventory.as_ref().map(|inventory| leftovers(context, inventory)).unwrap_or_default(),
        running: inventory.map(running).unwrap_or_default(),
    }
}

fn running(inventory: Inventory) -> Vec<InventoryUnit> {
    let runs = |unit: &InventoryUnit| unit.running && unit.role == Role::Main && !Supervisor::has(&unit.id);
    inventory.units.into_iter().filter(runs).collect()
}

fn hung() -> Problem {
    Problem::new(&kinds::ENGINE_HUNG, "Docker does not answer")
        .why(format!("it took the question, but was silent for {} s", LIMIT.as_secs()))
        .fix("restart Docker, then: devenv doctor")
}

/// Of environments of this user on this computer.
fn leftovers(context: &Context, inventory: &Inventory) -> Vec<Leftover> {
    let folders = &context.folders;
    let checkouts = Checkouts::read(folders);
    let all: BTreeSet<EnvironmentId> = checkouts.iter().map(|(id, _)| id).chain(state::environments(folders)).collect();
    let moved = context.moved_to_here();
    let left = all.iter().filter(|id| moved.as_ref() != Some(*id)).filter_map(|id| {
        let (project, checkout) = place_of(&checkouts, inventory, id)?;
        let of_it = || inventory.units.iter().filter(|unit| unit.of.id == *id);
        let data = inventory.data.iter().filter(|data| data.of.id == *id).count();
        let networks = inventory.networks.iter().filter(|network| network.of.id == *id).count();
        let (because, pieces) = if checkouts.presence(id) == Presence::Gone {
            (LeftBecause::FolderDeleted, of_it().count() + data + networks)
        } else if host::is_held(&folders.environment(id).join("lock")) {
            // Somebody is at work there.
            return None;
        } else {
            let half_made = DataMemory::read(folders, id).half_made().len();
            let places = of_it().filter(|unit| unit.role == Role::Setup && unit.name != LOOK).count();
            (LeftBecause::Interrupted, places.max(half_made))
        };
        (pieces > 0).then_some(Leftover { project, checkout, because, pieces })
    });
    left.collect()
}
