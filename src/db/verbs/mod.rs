//! What a person can ask of a database, one verb a file.
//!
//! Whoever carries out a verb has the lock of the environment's databases: what is unfinished then belongs to nobody.

mod aside;
mod create;
mod handover;
mod snapshot;

use std::cell::RefCell;

use super::name::DatabaseName;
use super::{ASIDE, Found, Row, SIDE, Server, Target};
use crate::names::EnvironmentId;
use crate::problem::{Problem, kinds};
use crate::state::{DatabaseMemory, Folders, Made, UndoLimits, Unfinished};
use crate::words;

pub use aside::Undone;
pub use create::From;
pub use snapshot::Emptiness;

/// Where a verb is carried out.
pub struct Desk<'a> {
    pub folders: &'a Folders,
    pub environment: &'a EnvironmentId,
    pub project: &'a str,
    pub server: &'a Server,
    /// Seconds since 1970.
    pub now: u64,
    /// What of dropped and replaced databases is kept.
    pub undo: UndoLimits,
    /// Told of how far something is, as a sentence.
    pub tell: &'a dyn Fn(String),
    /// What the server said it has, once it was asked.
    found: RefCell<Option<Vec<Found>>>,
}

impl<'a> Desk<'a> {
    pub fn new(
        (folders, environment, project): (&'a Folders, &'a EnvironmentId, &'a str),
        server: &'a Server,
        (now, undo, tell): (u64, UndoLimits, &'a dyn Fn(String)),
    ) -> Self {
        Self { folders, environment, project, server, now, undo, tell, found: RefCell::new(None) }
    }

    fn service(&self) -> &str {
        self.server.service.as_str()
    }

    pub fn memory(&self) -> DatabaseMemory {
        DatabaseMemory::read(self.folders, self.environment)
    }

    /// # Errors
    /// The state folder can't be written to.
    pub fn remember<T>(&self, change: impl FnOnce(&mut DatabaseMemory) -> T) -> Result<T, Problem> {
        DatabaseMemory::change(self.folders, self.environment, change)
            .map_err(|error| Problem::unwritable("what was made of databases can't be remembered", error))
    }

    /// What the server has, asked once.
    ///
    /// # Errors
    /// The server's.
    pub async fn found(&self) -> Result<Vec<Found>, Problem> {
        if let Some(found) = self.found.borrow().as_ref() {
            return Ok(found.clone());
        }
        let found = self.named(self.server.list().await?);
        self.found.replace(Some(found.clone()));
        Ok(found)
    }

    /// Where a server knows numbers only, what they stand for; what was made and is empty is there as well.
    fn named(&self, mut found: Vec<Found>) -> Vec<Found> {
        if self.server.provider.numbers().is_none() {
            return found;
        }
        let (memory, service) = (self.memory(), self.service());
        let made = memory.made.get(service).into_iter().flatten().map(|(name, one)| (name.clone(), one.number));
        let aside = memory.aside.iter().filter(|one| one.service == service).map(|one| (one.name.clone(), one.number));
        let unfinished = memory.unfinished.iter().filter(|one| one.service == service);
        let unfinished = unfinished.map(|one| (one.name.clone(), one.number));
        for (name, number) in made.chain(aside).chain(unfinished) {
            let Some(number) = number.map(|number| number.to_string()) else { continue };
            match found.iter_mut().find(|one| one.name == number) {
                Some(one) => one.name = name,
                None => found.push(Found { name, keys: Some(0), ..Found::default() }),
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }

    /// A number that nothing is kept under, where a server knows numbers only.
    ///
    /// # Errors
    /// All are taken.
    async fn free_number(&self) -> Result<Option<u32>, Problem> {
        let Some(limit) = self.server.provider.numbers() else { return Ok(None) };
        let taken = self.memory().numbers(self.service());
        let found = self.found().await?;
        let is_free = |number: &u32| !taken.contains(number) && found.iter().all(|one| one.name != number.to_string());
        // From the end, because apps count from the beginning: what is empty at the moment may well be theirs.
        let free = (1..limit).rev().find(is_free);
        free.map(Some).ok_or_else(|| {
            let what = format!("`{}` has no room for another database", self.server.service);
            Problem::new(&kinds::DATABASES_FULL, what)
                .why(format!("it keeps {limit}, and all of them are taken, some by what was dropped and can still be brought back"))
                .fix(format!("{}        # removes what was dropped, for good", self.server.command("db clean")))
                .fix(self.server.command("db drop NAME"))
        })
    }

    /// What the server says of one database.
    ///
    /// # Errors
    /// There is none of that name, or the server's.
    pub async fn one(&self, name: &str) -> Result<Found, Problem> {
        let found = self.found().await?;
        let one = found.iter().find(|one| one.name == name && !one.is_hidden()).cloned();
        one.ok_or_else(|| self.unknown(name, &found))
    }

    /// Every database that a person would want to see.
    ///
    /// # Errors
    /// The server's.
    pub async fn rows(&self) -> Result<Vec<Row>, Problem> {
        let found = self.found().await?;
        let memory = self.memory();
        let row = |one: &Found| {
            let made = memory.made(self.service(), &one.name);
            Row {
                service: self.service().to_owned(),
                name: one.name.clone(),
                engine: self.server.title.clone(),
                own: one.name == self.server.account.database,
                size: one.size,
                keys: one.keys,
                sessions: one.sessions,
                created_at: made.map(|made| made.at),
                expires_at: made.filter(|made| !made.begun).and_then(|made| made.until),
                from: made.and_then(|made| made.from.clone()),
            }
        };
        Ok(found.iter().filter(|one| !one.is_hidden()).map(row).collect())
    }

    /// What has to happen before anything else: what a killed command left goes, what is gone is forgotten, what has expired is
    /// set aside, and what was set aside long ago goes for good. Answers what has expired.
    ///
    /// # Errors
    /// The server's.
    pub async fn tidy(&self) -> Result<Vec<String>, Problem> {
        self.remove_unfinished().await?;
        let memory = self.memory();
        let service = self.service();
        // Which databases are there counts for what is stale only.
        let may_be_stale = !memory.stale(service, (self.now, &self.undo), |_| false).is_empty();
        let found = if may_be_stale { self.found().await? } else { Vec::new() };
        for one in &memory.stale(service, (self.now, &self.undo), |name| found.iter().any(|one| one.name == name)) {
            let target = Target { name: one.name.clone(), number: one.number };
            self.server.ask(&self.server.provider.remove(&self.server.account, &target)).await?;
            self.remember(|memory| memory.take_aside(one.id))?;
        }
        let mut gone = Vec::new();
        for (_, name) in memory.expired(self.now).into_iter().filter(|(of, _)| of == service) {
            let found = self.found().await?;
            match found.iter().find(|one| one.name == name) {
                // Somebody works with it.
                Some(one) if one.sessions > 0 => {}
                Some(_) => {
                    self.set_aside(&name, "expired").await?;
                    gone.push(name);
                }
                None => self.remember(|memory| memory.take_made(service, &name)).map(|_| ())?,
            }
        }
        Ok(gone)
    }

    /// Removes what a killed command has left under names of its own, once it is known what of it is wanted.
    ///
    /// # Errors
    /// The server's.
    pub async fn remove_unfinished(&self) -> Result<(), Problem> {
        for one in self.memory().handovers.iter().filter(|one| one.aside.service == self.service()) {
            self.settle(one).await?;
        }
        let memory = self.memory();
        for one in memory.unfinished.iter().filter(|one| one.service == self.service()) {
            if !memory.is_claimed(&one.service, &one.name, one.number) {
                self.server.end_calls(&one.name).await?;
                self.server.ask(&self.server.provider.remove(&self.server.account, &target_of(one))).await?;
            }
            self.remember(|memory| memory.unfinished.retain(|other| other != one))?;
        }
        for (name, made) in memory.begun(self.service()) {
            self.give_up_begun(&Target { name, number: made.number }).await?;
        }
        Ok(())
    }

    /// A name of the command's own, remembered so that what comes of it never stays behind.
    async fn begin_side(&self) -> Result<Target, Problem> {
        let target = Target { name: fresh(SIDE)?, number: self.free_number().await? };
        let unfinished =
            Unfinished { service: self.service().to_owned(), name: target.name.clone(), number: target.number };
        self.remember(|memory| memory.unfinished.push(unfinished))?;
        Ok(target)
    }

    /// What was made under that name is gone, or is called otherwise.
    fn end_side(&self, side: &Target) -> Result<(), Problem> {
        self.remember(|memory| memory.unfinished.retain(|one| one.name != side.name))
    }

    /// Removes what was made of a side that came to nothing; what can't be removed now is removed by the next command.
    async fn give_up_side(&self, side: &Target) {
        if self.memory().is_claimed(self.service(), &side.name, side.number) {
            return;
        }
        let removed = self.server.ask(&self.server.provider.remove(&self.server.account, side)).await;
        if removed.is_ok() {
            let _ = self.end_side(side);
        }
    }

    /// A database as the server knows it.
    pub fn target(&self, name: &str) -> Target {
        let number = self.server.provider.numbers().and_then(|_| {
            let known = self.memory().made(self.service(), name).and_then(|made| made.number);
            known.or_else(|| name.parse().ok())
        });
        Target { name: name.to_owned(), number }
    }

    fn unknown(&self, name: &str, found: &[Found]) -> Problem {
        let names: Vec<&str> = found.iter().filter(|one| !one.is_hidden()).map(|one| one.name.as_str()).collect();
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let problem =
            Problem::new(&kinds::UNKNOWN_DATABASE, format!("`{}` has no database `{name}`", self.server.service))
                .why(format!("it has {}", if quoted.is_empty() { "none".to_owned() } else { words::list(&quoted) }));
        // The service's name stands for its own database.
        match words::nearest(name, names.iter().copied().chain([self.service()])) {
            Some(near) => problem.fix(format!("did you mean `{near}`?")),
            None if DatabaseName::parse(name).is_err() => problem.fix(self.server.command("db list")),
            None => problem.fix(self.server.command(&format!("db create {}/{name}", self.service()))),
        }
    }

    fn exists(&self, name: &str) -> Problem {
        Problem::new(&kinds::DATABASE_EXISTS, format!("`{}` has a database `{name}` already", self.server.service))
            .why("nothing was changed")
            .fix(format!(
                "{}        # where it answers",
                self.server.command(&format!("db url {}/{name}", self.service()))
            ))
            .fix("choose another name, or drop it first: `devenv db undo` brings it back")
    }
}

fn target_of(one: &Unfinished) -> Target {
    Target { name: one.name.clone(), number: one.number }
}

fn fresh(prefix: &str) -> Result<String, Problem> {
    let random = crate::host::random::<5>().map_err(|error| Problem::unwritable("no name could be made", error))?;
    Ok(format!("{prefix}{}", words::hex(&random)))
}

/// What is remembered of a database that is made now.
fn made(now: u64, lifetime: Option<u64>, from: Option<String>) -> Made {
    Made { at: now, until: lifetime.map(|seconds| now + seconds), from, ..Made::default() }
}

fn aside_name() -> Result<String, Problem> {
    fresh(ASIDE)
}
