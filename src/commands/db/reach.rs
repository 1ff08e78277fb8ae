//! From what a person typed to a server that runs, in turn with other commands that work on databases.

use super::{idle, scratch};
use crate::commands::bring_back::{self, Ran};
use crate::commands::context::Context;
use crate::commands::{Failure, inside};
use crate::db::address::{self, Candidate, Meant, Unclear};
use crate::db::verbs::Desk;
use crate::db::{Server, provider};
use crate::events::Event;
use crate::host;
use crate::manifest::{Manifest, ServiceSource};
use crate::model::resolve::{Identity, project_name};
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{DatabaseMemory, EnvironmentLock};
use crate::words;

/// Where databases are looked for.
pub(in crate::commands) struct Where {
    pub identity: Identity,
    pub manifest: Manifest,
    /// In the service of one's own, outside of any repo.
    pub scratch: bool,
}

/// A server that runs, and which database of it is meant.
pub(in crate::commands) struct Reached {
    pub at: Where,
    pub server: Server,
    pub database: String,
    pub project: String,
    lock: Option<EnvironmentLock>,
}

impl Where {
    /// The repo's, or that of one's own; `engine` = databases of this kind are wanted.
    pub fn find(context: &Context, wants_scratch: bool, engine: Option<&str>) -> Result<Self, Failure> {
        let wanted = engine.map(scratch::Wanted::parse).transpose()?;
        if !wants_scratch {
            match context.identity().and_then(|identity| Ok((context.manifest(&identity)?, identity))) {
                Ok((manifest, identity)) => {
                    let fits = wanted.as_ref().is_none_or(|wanted| wanted.service_of(&manifest).is_some());
                    if fits {
                        return Ok(Self { identity, manifest, scratch: false });
                    }
                }
                Err(failure) if !failure.is_of(&kinds::NO_MANIFEST) => return Err(failure),
                Err(_) => {}
            }
        }
        let (identity, manifest) = scratch::place(context, wanted.as_ref())?;
        Ok(Self { identity, manifest, scratch: true })
    }

    /// Services in which databases can be made, with those that were.
    pub fn candidates(&self, context: &Context) -> Vec<Candidate> {
        let memory = DatabaseMemory::read(&context.folders, &self.identity.id);
        let made = |name: &Name| memory.made.get(name.as_str()).map(|made| made.keys().cloned().collect());
        let of =
            |name: &Name| Candidate { service: name.clone(), own: String::new(), made: made(name).unwrap_or_default() };
        self.services().map(|(name, _)| of(name)).collect()
    }

    /// Services in which databases can be made, with their id in the catalog.
    pub fn services(&self) -> impl Iterator<Item = (&Name, &'static str)> {
        self.manifest.services.iter().filter_map(|service| {
            let ServiceSource::Catalog { id, .. } = &service.source.value else { return None };
            let entry = crate::catalog::service(id)?;
            provider::of(entry.id)?;
            Some((&service.name.value, entry.id))
        })
    }

    /// What the typed words mean; a kind of database that is wanted leaves only services of that kind.
    pub fn meant(&self, context: &Context, typed: Option<&str>, engine: Option<&str>) -> Result<Meant, Failure> {
        let mut candidates = self.candidates(context);
        if let Some(wanted) = engine.map(scratch::Wanted::parse).transpose()? {
            let fitting = wanted.service_of(&self.manifest);
            candidates.retain(|one| Some(&one.service) == fitting.as_ref());
        }
        address::choose(&candidates, typed).map_err(|unclear| self.unclear(context, unclear).into())
    }

    /// The same where what is meant may be new: what is not clear is in the only service of these kinds (by their id in the catalog),
    /// and among those of one's own in PostgreSQL.
    pub fn meant_new(
        &self,
        context: &Context,
        typed: Option<&str>,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Meant, Failure> {
        let fitting: Vec<(&Name, &str)> = self.services().filter(|(_, id)| fits(id)).collect();
        let usual = match fitting.as_slice() {
            [(only, _)] => Some(*only),
            several if self.scratch => usual(several),
            _ => None,
        };
        let chosen = address::choose_new(&self.candidates(context), typed, usual);
        chosen.map_err(|unclear| self.unclear(context, unclear).into())
    }

    /// Brings the service up where it has to, and waits until no other command works on its databases.
    pub async fn enter(self, context: &Context, meant: Meant, turn: Turn<'_>) -> Result<Reached, Failure> {
        if self.scratch {
            idle::note_used(context);
        }
        let own = (self.identity.clone(), self.manifest.clone());
        let place = inside::enter(context, own, &meant.service, Vec::new()).await?;
        let lock = match turn {
            Turn::Beside => None,
            Turn::Take(command) => Some(context.lock_databases(&self.identity, command).await?),
        };
        let project = project_name(&self.manifest, &self.identity).to_string();
        let unknown = || self.unclear(context, Unclear::Unknown(meant.service.to_string()));
        let mut server = place.server().ok_or_else(unknown)?;
        server.elsewhere = self.scratch.then(|| self.identity.root.clone());
        let database = if meant.database.is_empty() { server.account.database.clone() } else { meant.database };
        let reached = Reached { at: self, server, database, project, lock };
        if matches!(turn, Turn::Take(_)) {
            reached.tidy(context).await?;
        }
        Ok(reached)
    }

    fn unclear(&self, context: &Context, unclear: Unclear) -> Problem {
        let quoted = |names: &[Name]| words::list(&names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>());
        match unclear {
            Unclear::NoService => Problem::new(
                &kinds::NO_DATABASE_SERVICE,
                "no service of dev.yaml keeps databases that could be made here",
            )
            .why(format!("that works with {}", words::list(provider::ALL)))
            .fix("devenv db create NAME --scratch        # in a database service of your own")
            .fix("add one to dev.yaml:  services: { db: postgres }"),
            Unclear::Which(names) => {
                let first = names.first().map_or("db", Name::as_str).to_owned();
                Problem::new(&kinds::WHICH_DATABASE, "it is not clear which database is meant")
                    .why(format!("there are {}", quoted(&names)))
                    .fix(format!("say which: `{first}`, or `{first}/NAME`"))
            }
            Unclear::Unknown(word) => {
                let services: Vec<Name> = self.services().map(|(name, _)| name.clone()).collect();
                let problem = Problem::new(&kinds::UNKNOWN_DATABASE, format!("there is no database `{word}`"));
                let problem = match services.is_empty() {
                    true => problem.why("no service keeps databases here"),
                    false => problem.why(format!("databases are kept by {}", quoted(&services))),
                };
                let candidates = self.candidates(context);
                let made = candidates.iter().flat_map(|one| one.made.iter().map(String::as_str));
                match words::nearest(&word, services.iter().map(Name::as_str).chain(made)) {
                    Some(near) => problem.fix(format!("did you mean `{near}`?")),
                    None => problem.fix("devenv db list"),
                }
            }
            Unclear::InSeveral(word, names) => {
                let first = names.first().map_or("db", Name::as_str).to_owned();
                Problem::new(&kinds::WHICH_DATABASE, format!("there is more than one database `{word}`"))
                    .why(format!("in {}", quoted(&names)))
                    .fix(format!("say which: `{first}/{word}`"))
            }
        }
    }
}

/// Which of several services of one's own is meant by nothing.
fn usual<'a>(services: &[(&'a Name, &str)]) -> Option<&'a Name> {
    const USUAL: &str = "postgres";
    let named = services.iter().find(|(name, _)| name.as_str() == USUAL);
    named.or_else(|| services.iter().find(|(_, id)| *id == USUAL)).map(|(name, _)| *name)
}

/// Whether a verb changes something.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) enum Turn<'a> {
    /// It does, under this name.
    Take(&'a str),
    Beside,
}

impl Reached {
    pub fn desk<'a>(&'a self, context: &'a Context, tell: &'a dyn Fn(String)) -> Desk<'a> {
        let of = (&context.folders, &self.at.identity.id, self.project.as_str());
        Desk::new(of, &self.server, (host::now(), context.settings.undo, tell))
    }

    /// What runs of the environment now, before something is done to the server's data.
    pub async fn ran(&self, context: &Context) -> Ran {
        let manifest = Some(&self.at.manifest).filter(|manifest| !manifest.apps.is_empty());
        let Some(manifest) = manifest else { return Ran::default() };
        let found = context.observe(self.server.engine(), &self.at.identity, Some(manifest)).await;
        found.as_ref().map(Ran::of).unwrap_or_default()
    }

    /// Starts again the apps that ran before and did not survive what was done to the server's data. It ends the turn at its
    /// databases, since a restart has another one.
    pub async fn bring_back(&mut self, context: &Context, ran: &Ran) -> Result<Exit, Failure> {
        self.lock = None;
        if self.at.manifest.apps.is_empty() {
            return Ok(Exit::Done);
        }
        let at = (self.server.engine(), &self.at.identity, &self.at.manifest);
        bring_back::after_change(context, at, &self.server.service, ran).await
    }

    async fn tidy(&self, context: &Context) -> Result<(), Failure> {
        let tell = |_| {};
        tell_expired(context, &self.desk(context, &tell).tidy().await?);
        Ok(())
    }

    /// How the database is named on the command line.
    pub fn address(&self, name: &str) -> String {
        let service = &self.server.service;
        if name == self.server.account.database { service.to_string() } else { format!("{service}/{name}") }
    }

    /// What has to be added to a command line so that it means the same place.
    pub fn flag(&self) -> &'static str {
        if self.at.scratch { " --scratch" } else { "" }
    }
}

/// What has gone because its time was over.
pub(super) fn tell_expired(context: &Context, names: &[String]) {
    for name in names {
        context.ui.status(&format!("`{name}` has reached its time and was dropped; `devenv db undo` brings it back"));
    }
}

/// All at once, for most verbs.
pub(super) async fn reach(
    context: &Context,
    (typed, engine, wants_scratch): (Option<&str>, Option<&str>, bool),
    turn: Turn<'_>,
) -> Result<Reached, Failure> {
    let at = Where::find(context, wants_scratch, engine)?;
    let meant = at.meant(context, typed, engine)?;
    at.enter(context, meant, turn).await
}

/// Shows how far something is, above the answer.
pub(super) fn telling<'a>(context: &'a Context) -> impl Fn(String) + 'a {
    let teller = context.teller();
    move |text| teller.tell(Event::Note { name: None, text })
}
