//! Steps in which databases change places: what is said to be done is what the server has done, also where its answer was lost or
//! the command that asked was killed.

use super::{Desk, aside_name};
use crate::db::Target;
use crate::db::provider::Call;
use crate::problem::Problem;
use crate::state::{AsideDatabase, Handover};

/// What takes the place of a database that is set aside.
pub(super) enum Instead<'a> {
    Nothing,
    /// What was filled on the side.
    Side(&'a Target),
    /// What was set aside before.
    Back(&'a AsideDatabase),
}

impl Desk<'_> {
    /// Sets a database aside, and puts another one in its place where there is one.
    pub(super) async fn hand_over(&self, name: &str, because: &str, instead: Instead<'_>) -> Result<(), Problem> {
        let (provider, account, current) = (self.server.provider, &self.server.account, self.target(name));
        // Where servers know numbers, what was there goes where the other one was.
        let number = match instead {
            Instead::Nothing => current.number,
            Instead::Side(side) => side.number,
            Instead::Back(aside) => aside.number,
        };
        let place = Target { name: aside_name()?, number };
        let call = match instead {
            Instead::Nothing => provider.rename(account, &current, &place),
            Instead::Side(side) => provider.swap(account, &current, side, &place),
            Instead::Back(aside) => provider.swap(account, &current, &place_of(aside), &place),
        };
        let handover = self.handover((name, because), &place, &instead);
        let id = self.remember(|memory| memory.begin_handover(handover.clone()))?;
        let done = self.server.ask_to_move(call.marked(&place.name)).await;
        self.found.replace(None);
        let Err(problem) = done else {
            return self.remember(|memory| memory.finish_handover(id, self.now));
        };
        match self.settle(&Handover { aside: AsideDatabase { id, ..handover.aside.clone() }, ..handover }).await {
            Ok(true) => Ok(()),
            // Nobody can say: it stays written down, and the next command asks.
            Ok(false) | Err(_) => Err(problem),
        }
    }

    fn handover(&self, (name, because): (&str, &str), place: &Target, instead: &Instead<'_>) -> Handover {
        // As the server said before, where it was asked.
        let found = self.found.borrow();
        let size = found.iter().flatten().find(|one| one.name == name).map_or(0, |one| one.size);
        let aside = AsideDatabase {
            service: self.service().to_owned(),
            database: name.to_owned(),
            because: because.to_owned(),
            at: self.now,
            name: place.name.clone(),
            size,
            number: place.number,
            ..AsideDatabase::default()
        };
        let (side, back) = match instead {
            Instead::Nothing => (None, None),
            Instead::Side(side) => (Some(side.name.clone()), None),
            Instead::Back(aside) => (None, Some(aside.id)),
        };
        Handover { aside, side, back }
    }

    /// Asks the server whether a step was done, after whatever still works on it; answers that, and remembers it.
    pub(super) async fn settle(&self, handover: &Handover) -> Result<bool, Problem> {
        let (place, id) = (place_of(&handover.aside), handover.aside.id);
        self.server.until_ended(&place.name).await?;
        let memory = self.memory();
        let back = memory.aside.iter().find(|one| Some(one.id) == handover.back).map(|one| one.name.clone());
        // What is not called so any more once it is done.
        let source = handover.side.clone().or(back).unwrap_or_else(|| handover.aside.database.clone());
        let done = match self.server.provider.has_moved(&self.server.account, &Target::named(source), &place) {
            Some(call) => self.server.ask(&call).await?.trim() == "1",
            None => self.server.list().await?.iter().any(|one| one.name == place.name),
        };
        self.found.replace(None);
        self.remember(|memory| match done {
            true => memory.finish_handover(id, self.now),
            false => drop(memory.take_handover(id)),
        })?;
        Ok(done)
    }

    /// Calls a database otherwise that belongs to a command.
    pub(super) async fn rename(&self, from: &Target, to: &Target) -> Result<(), Problem> {
        let call: Call = self.server.provider.rename(&self.server.account, from, to);
        let renamed = self.server.ask_to_move(call.marked(&from.name)).await;
        self.found.replace(None);
        let Err(problem) = renamed else { return Ok(()) };
        match self.is_called(from, to).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(problem),
        }
    }

    async fn is_called(&self, from: &Target, to: &Target) -> Result<bool, Problem> {
        if self.server.provider.numbers().is_some() {
            // What it is called is remembered here.
            return Ok(false);
        }
        self.server.until_ended(&from.name).await?;
        let found = self.server.list().await?;
        let has = |target: &Target| found.iter().any(|one| one.name == target.name);
        Ok(has(to) && !has(from))
    }
}

fn place_of(aside: &AsideDatabase) -> Target {
    Target { name: aside.name.clone(), number: aside.number }
}
