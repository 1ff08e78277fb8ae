//! `drop`, `undo`, `extend` and `prune`: nothing goes for good at once.

use super::Desk;
use super::handover::Instead;
use crate::db::Target;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{AsideDatabase, Made};

/// What an undo has brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    pub database: String,
    /// The verb that was undone.
    pub because: String,
    /// What was there in between is kept, too.
    pub replaced: bool,
}

impl Desk<'_> {
    /// Drops a database: it is set aside, and [`Desk::undo`] brings it back.
    ///
    /// # Errors
    /// It is the service's own, there is none of that name, or the server's.
    pub async fn drop(&self, name: &str) -> Result<(), Problem> {
        if name == self.server.account.database {
            let service = &self.server.service;
            return Err(Problem::new(
                &kinds::OWN_DATABASE,
                format!("`{name}` is the database that `{service}` is for"),
            )
            .why("apps find it under this name, and nothing would make it again")
            .fix(format!(
                "{}        # begins with empty data; devenv undo brings it back",
                self.server.command(&format!("reset {service}"))
            )));
        }
        self.one(name).await?;
        self.set_aside(name, "drop").await
    }

    pub(super) async fn set_aside(&self, name: &str, because: &str) -> Result<(), Problem> {
        self.hand_over(name, because, Instead::Nothing).await
    }

    /// Removes for good what was set aside last of a database, because nothing was in it.
    pub(super) async fn remove_newest_aside(&self, name: &str) -> Result<(), Problem> {
        let memory = self.memory();
        let newest = memory.aside.iter().rev().find(|one| one.service == self.service() && one.database == name);
        let Some(one) = newest else { return Ok(()) };
        let target = Target { name: one.name.clone(), number: one.number };
        self.server.ask(&self.server.provider.remove(&self.server.account, &target)).await?;
        self.remember(|memory| memory.take_aside(one.id)).map(|_| ())
    }

    /// Brings back what the last verb replaced or dropped, or what `id` names; what is there now is set aside in its turn.
    ///
    /// # Errors
    /// There is nothing to bring back, or the server's.
    pub async fn undo(&self, id: Option<u64>) -> Result<Undone, Problem> {
        let found = self.found().await?;
        let service = self.service().to_owned();
        let has = |name: &str| found.iter().any(|one| one.name == name);
        self.remember(|memory| memory.keep_only(&service, (self.now, &self.undo), has))?;
        let memory = self.memory();
        let mut of_service = memory.aside.iter().rev().filter(|one| one.service == service && has(&one.name));
        let chosen = of_service.find(|one| id.is_none_or(|id| one.id == id)).cloned().ok_or_else(|| nothing(id))?;
        let is_there = found.iter().any(|one| one.name == chosen.database);
        if is_there {
            self.hand_over(&chosen.database, "undo", Instead::Back(&chosen)).await?;
        } else {
            self.bring_back(&chosen).await?;
        }
        Ok(Undone { database: chosen.database, because: chosen.because, replaced: is_there })
    }

    /// Where nothing of that name is there any more.
    async fn bring_back(&self, chosen: &AsideDatabase) -> Result<(), Problem> {
        let side = Target { name: chosen.name.clone(), number: chosen.number };
        self.rename(&side, &self.target(&chosen.database)).await?;
        self.remember(|memory| {
            memory.take_aside(chosen.id);
            // It was brought back by a person: it does not vanish at the next moment.
            if let Some(made) = chosen.made.clone() {
                let (until, number) = (made.until.filter(|until| *until > self.now), side.number);
                memory.add_made(&chosen.service, &chosen.database, Made { until, number, ..made });
            }
        })
    }

    /// Gives a database that was made another time; `None` = it stays.
    ///
    /// # Errors
    /// No command made it, or there is none of that name.
    pub async fn extend(&self, name: &str, lifetime: Option<u64>) -> Result<(), Problem> {
        self.one(name).await?;
        let (service, until) = (self.service().to_owned(), lifetime.map(|seconds| self.now + seconds));
        let known = self.remember(|memory| {
            let made = memory.take_made(&service, name)?;
            memory.add_made(&service, name, Made { until, ..made });
            Some(())
        })?;
        known.ok_or_else(|| {
            Problem::new(&kinds::OWN_DATABASE, format!("`{name}` was not made by `devenv db`, so it has no time"))
                .why("nothing was changed, and it stays")
                .fix(self.server.command("db list"))
        })
    }

    /// Removes for good what was set aside; answers how many.
    ///
    /// # Errors
    /// The server's.
    pub async fn prune(&self) -> Result<usize, Problem> {
        let (memory, found) = (self.memory(), self.found().await?);
        let mut removed = 0;
        let is_there = |one: &&AsideDatabase| found.iter().any(|found| found.name == one.name);
        for one in memory.aside.iter().filter(|one| one.service == self.service()).filter(is_there) {
            let target = Target { name: one.name.clone(), number: one.number };
            self.server.ask(&self.server.provider.remove(&self.server.account, &target)).await?;
            self.remember(|memory| memory.take_aside(one.id))?;
            removed += 1;
        }
        Ok(removed)
    }
}

fn nothing(id: Option<u64>) -> Problem {
    match id {
        Some(id) => {
            Problem::new(&kinds::NOTHING_TO_UNDO, format!("there is no `{id}` to bring back")).exit(Exit::Usage)
        }
        None => Problem::new(&kinds::NOTHING_TO_UNDO, "there is nothing to bring back")
            .why("no database was dropped or replaced here, or it was so long ago that it is gone"),
    }
    .fix("devenv db undo --list")
}
