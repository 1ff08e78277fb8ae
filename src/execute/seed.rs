//! A new database is filled with its seed before anybody is told that its service is ready.
//!
//! All of it goes into a database of its own first, which then takes the place of the empty one: whoever is killed meanwhile
//! leaves an empty database, and the next `up` begins with the seed again.

use super::{Executor, setup};
use crate::db::Server;
use crate::db::seed::Found;
use crate::db::verbs::{Desk, Emptiness};
use crate::events::Event;
use crate::host;
use crate::model::Unit;
use crate::problem::Problem;
use crate::state::{Attempt, EnvironmentLock, Folders, SeedState, UndoLimits};

/// The seed of a service with everything that it needs; `None` = it has none.
///
/// # Errors
/// Something of it can't be had.
pub async fn seed_of(folders: &Folders, unit: &Unit) -> Result<Option<Found>, Problem> {
    match &unit.seed {
        Some(seed) => Found::look_beside(seed, &folders.cache).await.map(Some),
        None => Ok(None),
    }
}

impl Executor<'_> {
    pub(super) async fn seed_of(&self, unit: &Unit) -> Result<Option<Found>, Problem> {
        seed_of(self.folders, unit).await
    }

    /// Does so where it is due.
    pub(super) async fn fill_with_seed(&self, unit: &Unit, id: &str) -> Result<(), Problem> {
        if unit.seed.is_none() || !self.is_seed_due(unit) {
            return Ok(());
        }
        let Some(seed) = self.seed_of(unit).await? else { return Ok(()) };
        let Some(server) = Server::of(self.engine, id, unit) else { return Ok(()) };
        let _turn = self.turn_on_databases().await?;
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
        desk.begin_with(&seed, emptiness).await
    }

    fn is_seed_due(&self, unit: &Unit) -> bool {
        self.data_memory().is_seed_due(&unit.name)
    }

    /// Who makes databases has the lock of those of the environment.
    async fn turn_on_databases(&self) -> Result<EnvironmentLock, Problem> {
        let unlockable =
            |error: std::io::Error| Problem::unwritable("its databases can't be kept for this command", error);
        let attempt = EnvironmentLock::attempt_on_databases(self.folders, &self.project.id, "up");
        match attempt.map_err(unlockable)? {
            Attempt::Taken(lock) => Ok(lock),
            Attempt::Held(_, pending) => pending.wait().await.map_err(unlockable),
        }
    }
}
