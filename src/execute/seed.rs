//! A new database is filled with its seed before anybody is told that its service is ready.
//!
//! All of it goes into a database of its own first, which then takes the place of the empty one: whoever is killed meanwhile
//! leaves an empty database, and the next `up` begins with the seed again.

use std::time::Duration;

use super::{Executor, setup};
use crate::db::Server;
use crate::db::seed::{self, Found};
use crate::db::verbs::{Desk, Emptiness};
use crate::events::Event;
use crate::host;
use crate::model::Unit;
use crate::problem::Problem;
use crate::state::{Attempt, DataMemory, EnvironmentLock, Folders, SeedState, UndoLimits};

/// How long it may take to have a seed, and to fill a database with it, where the person has not said otherwise: as a setup step.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// The seed of a service with everything that it needs; `None` = it has none.
///
/// # Errors
/// Something of it can't be had, or not in time.
pub async fn seed_of(folders: &Folders, unit: &Unit) -> Result<Option<Found>, Problem> {
    seed_within(folders, unit, LIMIT).await
}

async fn seed_within(folders: &Folders, unit: &Unit, limit: Duration) -> Result<Option<Found>, Problem> {
    let Some(seed) = &unit.seed else { return Ok(None) };
    let looked = tokio::time::timeout(limit, Found::look_beside(seed, &folders.cache)).await;
    let found = looked.unwrap_or_else(|_| Err(seed::out_of_time(&unit.name, "its seed", limit)));
    found.map(|found| Some(found.within(limit)))
}

impl Executor<'_> {
    pub(super) async fn seed_of(&self, unit: &Unit) -> Result<Option<Found>, Problem> {
        seed_within(self.folders, unit, self.time_left(LIMIT)).await
    }

    /// Does so where it is due.
    pub(super) async fn fill_with_seed(&self, unit: &Unit, id: &str) -> Result<(), Problem> {
        if unit.seed.is_none() {
            return Ok(());
        }
        if !self.is_seed_due(unit) {
            return self.tell_older_data(unit);
        }
        let until = self.now() + self.time_left(LIMIT);
        let Some(seed) = self.seed_of(unit).await? else { return Ok(()) };
        let Some(server) = Server::of(self.engine, id, unit) else { return Ok(()) };
        let _turn = self.turn_on_databases(unit, until).await?;
        let mut state = None;
        let tried = self.change_data_memory(|memory| {
            state = memory.try_seed(&unit.name);
            state.is_some()
        });
        tried.map_err(setup::unwritable)?;
        let emptiness = if state == Some(SeedState::Due) { Emptiness::Sure } else { Emptiness::Unsure };
        let tell = |text: String| (self.tell)(Event::Note { name: Some(unit.name.clone()), text });
        let of = (self.folders, &self.project.id, self.project.name.as_str());
        let desk = Desk::new(of, &server, (host::now(), UndoLimits::default(), &tell));
        desk.remove_unfinished().await?;
        desk.begin_with(&seed.within(until.saturating_sub(self.now())), emptiness).await
    }

    /// Says once that a seed which was added later changes nothing about data that is there.
    fn tell_older_data(&self, unit: &Unit) -> Result<(), Problem> {
        if !self.data_memory().is_older_than_seed(&unit.name) {
            return Ok(());
        }
        let text = format!(
            "its data is older than its seed, which only fills new data; devenv reset {} begins anew with it, and devenv undo takes that back",
            unit.name
        );
        (self.tell)(Event::Note { name: Some(unit.name.clone()), text });
        let told = |memory: &mut DataMemory| {
            memory.begun_without_seed(&unit.name, false);
            true
        };
        self.change_data_memory(told).map_err(setup::unwritable)
    }

    fn is_seed_due(&self, unit: &Unit) -> bool {
        self.data_memory().is_seed_due(&unit.name)
    }

    /// Who makes databases has the lock of those of the environment.
    async fn turn_on_databases(&self, unit: &Unit, until: Duration) -> Result<EnvironmentLock, Problem> {
        let unlockable =
            |error: std::io::Error| Problem::unwritable("its databases can't be kept for this command", error);
        let attempt = EnvironmentLock::attempt_on_databases(self.folders, &self.project.id, "up");
        match attempt.map_err(unlockable)? {
            Attempt::Taken(lock) => Ok(lock),
            Attempt::Held(holder, pending) => {
                let left = until.saturating_sub(self.now());
                let waited = tokio::time::timeout(left, pending.wait()).await;
                let held = |_| {
                    seed::out_of_time(
                        &unit.name,
                        &format!("its seed, since `{}` is at work there,", holder.command),
                        left,
                    )
                };
                waited.map_err(held)?.map_err(unlockable)
            }
        }
    }
}
