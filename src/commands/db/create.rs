//! `devenv db create` and `devenv db clone`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::reach::{Reached, Turn, Where, telling};
use super::saved::snapshot_named;
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::db::dump::{self, Dump};
use crate::db::name::DatabaseName;
use crate::db::seed::Found;
use crate::db::verbs::{Desk, From};
use crate::db::{address::Meant, lifetime};
use crate::host;
use crate::model::Seed;
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::words;

/// Make a database and print its URL.
#[derive(Debug, Args)]
pub struct Create {
    /// What it is called; `SERVICE/NAME` where several services keep databases. Made up when left out.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Its kind, for example postgres or postgres@16.
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,
    /// What it begins with: another database, a snapshot, a dump, or `seed`: what dev.yaml fills new ones with.
    #[arg(long, value_name = "DB|SNAPSHOT|FILE|seed")]
    from: Option<String>,
    /// Drop it after this time: 30m, 4h, 2d, 1w. Not while somebody is connected to it.
    #[arg(long = "for", value_name = "TIME")]
    lifetime: Option<String>,
}

/// Copy a database, as it is now.
#[derive(Debug, Args)]
pub struct Clone {
    /// Which: `scratch`, `db` (the service's own) or `db/scratch`.
    #[arg(value_name = "DB")]
    from: String,
    /// What the copy is called; made up when left out.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Drop the copy after this time: 30m, 4h, 2d, 1w.
    #[arg(long = "for", value_name = "TIME")]
    lifetime: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    service: &'a str,
    name: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

pub(super) async fn create(context: &Context, verb: &Create, scratch: bool) -> Result<Exit, Failure> {
    let lifetime = lifetime_of(verb.lifetime.as_deref())?;
    let (service, name) = match verb.name.as_deref().map(|name| name.split_once('/').unwrap_or(("", name))) {
        None => (None, None),
        Some((service, name)) => (Some(service).filter(|service| !service.is_empty()), Some(checked(name)?)),
    };
    let engine = verb.engine.as_deref();
    let at = Where::find(context, scratch, engine)?;
    // What it is made from tells where it is made.
    let source = match &verb.from {
        Some(from) => Some(source(context, &at, (service, from), engine)?),
        None => None,
    };
    let meant = match &source {
        Some((meant, _)) => meant.clone(),
        None => at.home(context, service, engine)?,
    };
    let reached = at.enter(context, Meant { database: String::new(), ..meant }, Turn::Take("db create")).await?;
    let from = match source {
        None => From::Empty,
        Some((_, From::Database(name))) if name.is_empty() => From::Database(reached.server.account.database.clone()),
        Some((_, from)) => from,
    };
    make(context, &reached, (name, &from, lifetime)).await
}

pub(super) async fn clone(context: &Context, verb: &Clone, scratch: bool) -> Result<Exit, Failure> {
    let lifetime = lifetime_of(verb.lifetime.as_deref())?;
    let at = Where::find(context, scratch, None)?;
    let meant = at.meant(context, Some(&verb.from), None)?;
    let name = verb.name.as_deref().map(|name| beside(&meant, (&verb.from, name))).transpose()?;
    let reached = at.enter(context, meant, Turn::Take("db clone")).await?;
    let from = From::Database(reached.database.clone());
    make(context, &reached, (name, &from, lifetime)).await
}

/// The name of a copy, with the service or without: it is in the same one.
fn beside(meant: &Meant, (from, name): (&str, &str)) -> Result<DatabaseName, Problem> {
    let (service, plain) = name.split_once('/').unwrap_or((meant.service.as_str(), name));
    if service != meant.service.as_str() {
        let what = format!("a copy of `{from}` can't be in `{service}`");
        return Err(Problem::new(&kinds::DATABASE_NAME, what)
            .why(format!("the server makes it beside the original, which is in `{}`", meant.service))
            .fix(format!("devenv db clone {} {}", words::shell_word(from), words::shell_word(plain))));
    }
    named(plain, &format!("devenv db clone {}", words::shell_word(from)))
}

/// The first that fits:
///
/// | typed | means |
/// |---|---|
/// | `empty` | nothing |
/// | the name of a snapshot | that |
/// | a service, or a database that was made | that |
/// | `seed` | what the manifest fills new databases of the service with |
/// | a path that is a file, or is called as dumps are | the dump in it |
/// | anything else | a database |
fn source(
    context: &Context,
    at: &Where,
    (service, from): (Option<&str>, &str),
    engine: Option<&str>,
) -> Result<(Meant, From), Failure> {
    if let Some(snapshot) = snapshot_named(context, from) {
        let of_kind = at.services().find(|(name, id)| {
            service.map_or(name.as_str() == snapshot.service, |service| name.as_str() == service)
                && *id == snapshot.engine
        });
        let any = || at.services().find(|(_, id)| service.is_none() && *id == snapshot.engine);
        let meant = match of_kind.or_else(any) {
            Some((name, _)) => Meant { service: name.clone(), database: String::new() },
            None => at.home(context, service, engine)?,
        };
        return Ok((meant, From::Snapshot(snapshot)));
    }
    let is_known = at
        .candidates(context)
        .iter()
        .any(|one| one.service.as_str() == from || one.made.iter().any(|made| made == from));
    if from == "empty" && !is_known {
        return Ok((at.home(context, service, engine)?, From::Empty));
    }
    if from == "seed" && !is_known {
        let meant = at.home(context, service, engine)?;
        let seed = at.seed_of(context, &meant.service)?;
        return Ok((meant, From::Seed(seed)));
    }
    let path = context.world.folder.join(from);
    if !is_known && (host::is_file(&path) || is_called_as_a_dump(from)) {
        // What is wrong with it is told before anything starts.
        let content = Dump::open(&path)?.content;
        let meant = match (service, engine) {
            (None, None) => at.meant_new(context, None, |id| dump::is_read_by(content, id))?,
            _ => at.home(context, service, engine)?,
        };
        return Ok((meant, From::File(path)));
    }
    let meant = at.meant(context, Some(from), engine)?;
    Ok((meant.clone(), From::Database(meant.database)))
}

fn is_called_as_a_dump(from: &str) -> bool {
    const ENDS: &[&str] = &[".sql", ".dump", ".gz", ".zst", ".zip", ".rdb"];
    ENDS.iter().any(|end| from.ends_with(end))
}

impl Where {
    /// Where a new database is made; the service has to be one of those that there are.
    fn home(&self, context: &Context, service: Option<&str>, engine: Option<&str>) -> Result<Meant, Failure> {
        match (service, engine) {
            (None, None) => self.meant_new(context, None, |_| true),
            (Some(service), _) => self.meant(context, Some(&format!("{service}/")), engine),
            (None, _) => self.meant(context, None, engine),
        }
    }

    /// What the manifest wants new databases of a service filled with.
    pub(in crate::commands) fn seed_of(&self, context: &Context, service: &Name) -> Result<Found, Problem> {
        let of_service = self.manifest.services.iter().find(|one| one.name.value == *service);
        let Some(seed) = of_service.and_then(|one| one.seed.as_ref()) else {
            return Err(Problem::new(&kinds::SEED_MISSING, format!("`{service}` has no seed"))
                .why("dev.yaml does not say what new databases of it are filled with")
                .fix(format!("{service}: {{ use: …, seed: db/seed.sql }}        # in dev.yaml")));
        };
        let seed = Seed { root: self.identity.root.clone(), what: seed.value.clone() };
        Found::look(&seed, &context.folders.cache)
    }
}

async fn make(
    context: &Context,
    reached: &Reached,
    (name, from, lifetime): (Option<DatabaseName>, &From, Option<u64>),
) -> Result<Exit, Failure> {
    let tell = telling(context);
    let desk = reached.desk(context, &tell);
    let name = match name {
        Some(name) => name,
        None => made_up(from)?,
    };
    desk.create(&name, from, lifetime).await?;
    let url = reached.server.url(&desk.target(name.as_str()));
    let service = reached.server.service.as_str();
    if context.ui.is_json() {
        let expires_at = lifetime.map(|seconds| desk.now + seconds);
        context.ui.json(&Document { service, name: name.as_str(), url: url.reveal(), expires_at });
    } else {
        let time = lifetime
            .map_or_else(String::new, |seconds| format!(" for {}", words::duration(Duration::from_secs(seconds))));
        context.ui.status(&format!("`{name}` is ready{time}, in `{service}` ({})", reached.server.title));
        context.ui.answer(url.reveal());
    }
    Ok(Exit::Done)
}

pub(super) fn lifetime_of(text: Option<&str>) -> Result<Option<u64>, Failure> {
    let read = |text: &str| {
        lifetime::parse(text).map_err(|why| {
            Problem::new(&kinds::LIFETIME, format!("`{text}` {why}"))
                .fix("--for 4h        # m, h, d and w are understood")
        })
    };
    Ok(text.map(read).transpose()?)
}

/// Holds the name of a database that is filled to what new ones may be called; one that is there may be called otherwise.
pub(super) async fn check_if_new(desk: &Desk<'_>, name: &str) -> Result<(), Problem> {
    let is_there = desk.found().await?.iter().any(|one| one.name == name);
    if is_there { Ok(()) } else { checked(name).map(|_| ()) }
}

pub(in crate::commands) fn checked(name: &str) -> Result<DatabaseName, Problem> {
    named(name, "devenv db create")
}

/// The same, with the command line that a right name would stand at the end of.
fn named(name: &str, command: &str) -> Result<DatabaseName, Problem> {
    DatabaseName::parse(name).map_err(|why| {
        let problem = Problem::new(&kinds::DATABASE_NAME, format!("no database can be called `{name}`"))
            .why(format!("the name {why}"));
        match DatabaseName::from_any(name) {
            Some(near) => problem.fix(format!("{command} {near}")),
            None => problem.fix("choose a name such as `trial_2`"),
        }
    })
}

pub(in crate::commands) fn made_up(from: &From) -> Result<DatabaseName, Failure> {
    let word = match from {
        From::Empty => "scratch",
        From::Database(name) => name.as_str(),
        From::Snapshot(snapshot) => snapshot.database.as_str(),
        From::Seed(_) => "seeded",
        From::File(path) => path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("scratch"),
    };
    let random = crate::words::hex(&crate::host::random::<2>()?);
    let stem = DatabaseName::from_any(&word.chars().take(30).collect::<String>());
    Ok(checked(&format!("{}_{random}", stem.as_ref().map_or("scratch", DatabaseName::as_str)))?)
}
