//! The databases of the page: those in this repo's services, and those in services of one's own.
//!
//! What is asked is what `devenv db` does, here and now, so that an answer takes no longer than the server does. Only what has to be
//! brought up for it is brought up by that command, whose words tell what was in the way.

use std::slice::from_ref;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use super::acting::{Action, Told, What, not_started, unexplained};
use super::look::{languages, reports};
use super::overview::{Homes, Side, what_was};
use crate::commands::context::Context;
use crate::commands::db::create::{checked, made_up};
use crate::commands::db::reach::{Reached, Turn, Where};
use crate::commands::db::saved::{snapshot_named, unknown};
use crate::commands::db::scratch::{self, Wanted};
use crate::commands::{Failure, inside};
use crate::db::address::Meant;
use crate::db::verbs;
use crate::events::{Event, ProblemReport};
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::page::databases::{Address, Answer, Answering, Ask, Databases, From as Begins, Key, Overview, Undoable};
use crate::page::{Board, snippets};
use crate::problem::{Exit, Problem, kinds};

/// How soon the page tells of what others did with databases.
const LOOK: Duration = Duration::from_secs(2);
/// What has expired and is still there is looked after so often: somebody is connected to it.
const AGAIN: Duration = Duration::from_secs(20);

/// Answers from what there is.
pub struct RealDatabases<'a> {
    context: &'a Context,
    /// `None` = the page is about databases of one's own alone.
    repo: Option<Identity>,
}

/// Whether a service of one's own is made where there is none of that kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsMade,
    IsWrong,
}

/// Why something was not done, as the page tells it.
struct Wrong(ProblemReport);

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        // What was told to nobody.
        let first = reports(failure).into_iter().next();
        Self(first.unwrap_or_else(|| ProblemReport::from(&unexplained())))
    }
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Self {
        Self(ProblemReport::from(&problem))
    }
}

impl Databases for RealDatabases<'_> {
    fn answer(&self, ask: Ask) -> Answering<'_> {
        Box::pin(async move { self.act(ask).await.map_err(|Wrong(problem)| problem) })
    }
}

impl<'a> RealDatabases<'a> {
    pub fn new(context: &'a Context, repo: Option<Identity>) -> Self {
        Self { context, repo }
    }

    /// Tells the page whenever somebody else did something with databases, and sees to what has expired; for ever.
    pub async fn watch(&self, board: &Board) {
        let (mut before, mut looked_after) = (self.homes().memories(self.context), None::<Instant>);
        loop {
            tokio::time::sleep(LOOK).await;
            let mut now = self.homes().memories(self.context);
            let due = now.iter().any(|memory| !memory.expired(crate::host::now()).is_empty());
            if due && looked_after.is_none_or(|then| then.elapsed() >= AGAIN) {
                looked_after = Some(Instant::now());
                // Looking does what is due. What keeps it from that is told to whoever looks at the page.
                let _ = self.homes().overview(self.context).await;
                now = self.homes().memories(self.context);
            }
            if now != before {
                before = now;
                board.draw(|picture| picture.databases += 1);
            }
        }
    }

    fn homes(&self) -> Homes {
        Homes::find(self.context, self.repo.as_ref())
    }

    async fn act(&self, ask: Ask) -> Result<Answer, Wrong> {
        match ask {
            Ask::List => Ok(Answer::Overview(self.overview().await)),
            Ask::Create { place, from, name, seconds } => self.create(place, from, (name, seconds)).await,
            Ask::Clone { database, name } => {
                let from = Begins::Database { name: database.name };
                self.create(database.place, from, (name, None)).await
            }
            Ask::Address { database } => {
                let reached = self.reach(&database, Turn::Beside).await?;
                reached.desk(self.context, &silent).one(&database.name).await?;
                Ok(self.address(&reached, database))
            }
            Ask::Snapshot { database } => {
                let reached = self.reach(&database, Turn::Take("db snapshot")).await?;
                reached.desk(self.context, &silent).snapshot(&database.name, None).await?;
                Ok(Answer::Done)
            }
            Ask::Restore { database, snapshot } => {
                let snapshot =
                    snapshot_named(self.context, &snapshot).ok_or_else(|| unknown(self.context, &snapshot))?;
                let reached = self.reach(&database, Turn::Take("db restore")).await?;
                reached.desk(self.context, &silent).restore(&snapshot, &database.name).await?;
                Ok(self.undoable(&reached, &database.name))
            }
            Ask::Drop { database } => {
                let reached = self.reach(&database, Turn::Take("db drop")).await?;
                reached.desk(self.context, &silent).drop(&database.name).await?;
                Ok(self.undoable(&reached, &database.name))
            }
            Ask::Undo { id } => self.undo(&id).await,
            Ask::Extend { database, seconds } => {
                let reached = self.reach(&database, Turn::Take("db extend")).await?;
                reached.desk(self.context, &silent).extend(&database.name, seconds).await?;
                Ok(Answer::Done)
            }
        }
    }

    /// That nothing can be told, for example without an engine, is an answer too.
    async fn overview(&self) -> Overview {
        let overview = self.homes().overview(self.context).await.map_err(Wrong::from);
        overview.unwrap_or_else(|Wrong(problem)| Overview { trouble: Some(problem), ..Overview::default() })
    }

    async fn create(
        &self,
        place: String,
        from: Begins,
        (name, seconds): (Option<String>, Option<u64>),
    ) -> Result<Answer, Wrong> {
        let name = name.as_deref().map(checked).transpose()?;
        let from = match from {
            Begins::Empty => verbs::From::Empty,
            Begins::Database { name } => verbs::From::Database(name),
            Begins::Snapshot { id } => {
                verbs::From::Snapshot(snapshot_named(self.context, &id).ok_or_else(|| unknown(self.context, &id))?)
            }
            Begins::Seed => return Err(no_seed(&place).into()),
        };
        let name = name.map_or_else(|| made_up(&from), Ok)?;
        let (at, service) = self.find(&place, Missing::IsMade)?;
        let reached = self.enter((at, service), "", Turn::Take("db create")).await?;
        reached.desk(self.context, &silent).create(&name, &from, seconds).await?;
        Ok(self.address(&reached, Key { place, name: name.to_string() }))
    }

    async fn undo(&self, id: &str) -> Result<Answer, Wrong> {
        let gone = || {
            Problem::new(&kinds::NOTHING_TO_UNDO, "that can't be brought back any more").fix("devenv db undo --list")
        };
        let (side, number) = Side::of_undo(id).ok_or_else(gone)?;
        let at = self.homes().take(side).ok_or_else(gone)?;
        let memory = crate::state::DatabaseMemory::read(&self.context.folders, &at.identity.id);
        let aside = memory.aside.iter().find(|one| one.id == number).ok_or_else(gone)?;
        let service = at.services().find(|(name, _)| name.as_str() == aside.service).map(|(name, _)| name.clone());
        let service = service.ok_or_else(gone)?;
        let reached = self.enter((at, service), "", Turn::Take("db undo")).await?;
        reached.desk(self.context, &silent).undo(Some(number)).await?;
        Ok(Answer::Done)
    }

    /// Where the page says that something is; hostile words find nothing.
    fn find(&self, place: &str, missing: Missing) -> Result<(Where, Name), Wrong> {
        if !place.contains('@') {
            let at = self.homes().take(Side::Repo).ok_or_else(|| no_place(place))?;
            let service = at.services().find(|(name, _)| name.as_str() == place).map(|(name, _)| name.clone());
            return Ok((at, service.ok_or_else(|| no_place(place))?));
        }
        let wanted = Wanted::parse(place)?;
        let (identity, manifest) = match missing {
            Missing::IsMade => scratch::place(self.context, Some(&wanted))?,
            Missing::IsWrong => scratch::existing(self.context).ok_or_else(|| no_place(place))?,
        };
        let service = wanted.service_of(&manifest).ok_or_else(|| no_place(place))?;
        Ok((Where { identity, manifest, scratch: true }, service))
    }

    async fn reach(&self, database: &Key, turn: Turn<'_>) -> Result<Reached, Wrong> {
        let found = self.find(&database.place, Missing::IsWrong)?;
        self.enter(found, &database.name, turn).await
    }

    async fn enter(&self, (at, service): (Where, Name), name: &str, turn: Turn<'_>) -> Result<Reached, Wrong> {
        self.bring_up(&at, &service).await?;
        Ok(at.enter(self.context, Meant { service, database: name.to_owned() }, turn).await?)
    }

    /// Brings a service up that does not run, by the command that does so.
    async fn bring_up(&self, at: &Where, service: &Name) -> Result<(), Wrong> {
        let engine = self.context.engine_for(Some(&at.manifest)).await?;
        let found = self.context.observe(&engine, &at.identity, Some(&at.manifest)).await?;
        if inside::running(&found, service).is_some() {
            return Ok(());
        }
        let (tell, mut told) = unbounded_channel();
        Action::start(("up", from_ref(service)), &at.identity.root, 0, tell)
            .map_err(|error| not_started("up", &error))?;
        let mut problem = None;
        while let Some(Told { what, .. }) = told.recv().await {
            match what {
                What::Event(timed) => {
                    if let Event::Problem(told) = timed.event {
                        problem.get_or_insert(told);
                    }
                }
                What::Ended(code) if code == Some(i32::from(Exit::Done.code())) => return Ok(()),
                What::Ended(_) => break,
            }
        }
        Err(problem.map_or_else(|| unexplained().into(), Wrong))
    }

    /// With examples in the languages of this repo, wherever the database is.
    fn address(&self, reached: &Reached, database: Key) -> Answer {
        let of_repo = |identity| Some(languages(identity, &self.context.manifest(identity).ok()?.apps));
        let languages = self.repo.as_ref().and_then(of_repo).unwrap_or_default();
        let target = reached.desk(self.context, &silent).target(&database.name);
        let url = reached.server.url(&target).reveal().to_owned();
        let snippets = snippets(&url, &languages);
        Answer::Address(Address { database, url, snippets })
    }

    /// What was done last with a database, and how it is undone.
    fn undoable(&self, reached: &Reached, name: &str) -> Answer {
        let side = if reached.at.scratch { Side::Own } else { Side::Repo };
        let memory = reached.desk(self.context, &silent).memory();
        let is_it =
            |one: &&crate::state::AsideDatabase| one.service == reached.server.service.as_str() && one.database == name;
        let last = memory.aside.iter().rev().find(is_it);
        last.map_or(Answer::Done, |one| {
            Answer::Undoable(Undoable { id: side.undo_id(one.id), what: what_was(one), at_ms: one.at * 1000 })
        })
    }
}

/// How far something is can't be told while an answer is awaited.
fn silent(_: String) {}

fn no_place(place: &str) -> Problem {
    Problem::new(&kinds::UNKNOWN_DATABASE, format!("there is no service `{place}` that keeps databases here"))
        .why("it may have gone since the page showed it")
        .fix("devenv db list")
}

fn no_seed(place: &str) -> Problem {
    Problem::new(&kinds::UNKNOWN_DATABASE, format!("`{place}` has no seed"))
        .why("dev.yaml does not say what a new database is filled with")
        .fix("choose something else that it begins with")
}
