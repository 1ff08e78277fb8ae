//! `devenv db` alone: at a terminal it asks, and what is answered becomes the command that is then carried out, in sight of whoever
//! wants to type it next time. It looks at what is remembered only, so that the first question comes at once.

use clap::{Args, FromArgMatches};

use super::Arguments;
use super::reach::Where;
use crate::catalog;
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::db::name::DatabaseName;
use crate::db::provider;
use crate::state::{self, DatabaseMemory};
use crate::words;

/// What can be done, as it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Create,
    Clone,
    Url,
    Shell,
    Snapshot,
    Restore,
    Drop,
    Undo,
}

const WISHES: &[(Wish, &str)] = &[
    (Wish::Create, "Make a new database"),
    (Wish::Clone, "Copy a database"),
    (Wish::Url, "Show the URL of a database"),
    (Wish::Shell, "Talk to a database with its own client"),
    (Wish::Snapshot, "Save a database as it is now"),
    (Wish::Restore, "Bring a snapshot back"),
    (Wish::Drop, "Drop a database"),
    (Wish::Undo, "Bring back what was dropped or replaced"),
];

const TIMES: &[(&str, Option<&str>)] =
    &[("4 hours", Some("4h")), ("a day", Some("1d")), ("a week", Some("1w")), ("until it is dropped", None)];

/// What to type where nobody can be asked.
pub(super) const TO_TYPE: &str = "\
devenv db create NAME --for 4h   # makes a database and prints its URL
devenv db clone DB               # copies one; DB is a service of dev.yaml, or a database in it
devenv db list                   # what there is
devenv db snapshot DB            # saves one; `devenv db restore` brings it back
devenv db drop DB                # `devenv db undo` brings it back
devenv db --help                 # everything else";

/// A snapshot, as it is offered.
struct Saved {
    id: String,
    what: String,
    /// The id in the catalog of what wrote it.
    engine: String,
    /// It was taken in this environment, where it has its place.
    here: bool,
}

/// What there is to choose from.
struct There {
    /// Services that keep databases, with their id in the catalog.
    services: Vec<(String, String)>,
    /// Those that commands made, as `service/name`.
    made: Vec<String>,
    snapshots: Vec<Saved>,
    undoable: Vec<(u64, String)>,
    /// In services of one's own: there any kind can be had.
    any_kind: bool,
}

/// Asks until a command is complete; `None` = whoever was asked does not want any.
pub(super) fn ask(context: &Context, scratch: bool) -> Result<Option<Arguments>, Failure> {
    let there = look(context, &Where::find(context, scratch, None)?);
    let Some(mut words) = command(context, &there) else { return Ok(None) };
    if scratch {
        words.push("--scratch".to_owned());
    }
    context.ui.status(&format!("devenv db {}", words.join(" ")));
    let reader = Arguments::augment_args(clap::Command::new("db").no_binary_name(true));
    let read = reader.try_get_matches_from(&words).and_then(|matches| Arguments::from_arg_matches(&matches));
    Ok(Some(read.map_err(|error| anyhow::anyhow!("what was answered makes no command: {error}"))?))
}

fn look(context: &Context, at: &Where) -> There {
    let memory = DatabaseMemory::read(&context.folders, &at.identity.id);
    let snapshot = |one: state::Snapshot| {
        let ago = ago(one.taken_at);
        let what = format!("{}/{} of {}, {ago}", one.service, one.database, one.project);
        Saved { here: one.environment == at.identity.id.as_str(), id: one.id, what, engine: one.engine }
    };
    let made = |(service, made): (&String, &std::collections::BTreeMap<String, state::Made>)| {
        made.keys().map(|name| format!("{service}/{name}")).collect::<Vec<_>>()
    };
    There {
        services: at.services().map(|(name, id)| (name.to_string(), id.to_owned())).collect(),
        made: memory.made.iter().flat_map(made).collect(),
        snapshots: state::snapshots(&context.folders).into_iter().map(snapshot).collect(),
        undoable: memory.aside.iter().rev().map(undoable).collect(),
        any_kind: at.scratch,
    }
}

fn command(context: &Context, there: &There) -> Option<Vec<String>> {
    let wishes: Vec<_> = WISHES.iter().filter(|(wish, _)| there.allows(*wish)).collect();
    let asked: Vec<String> = wishes.iter().map(|(_, words)| (*words).to_owned()).collect();
    let wish = wishes.get(context.ui.choose("What do you want to do?", &asked, 0)?)?.0;
    let which = |verb: &str, from: &[String]| Some(vec![verb.to_owned(), one_of(context, "Which one?", from)?]);
    match wish {
        Wish::Create => create(context, there),
        Wish::Clone => which("clone", &there.databases(None)),
        Wish::Url => which("url", &there.databases(None)),
        Wish::Shell => which("shell", &there.databases(None)),
        Wish::Snapshot => which("snapshot", &there.databases(None)),
        Wish::Drop => which("drop", &there.made),
        Wish::Restore => {
            let asked: Vec<String> = there.snapshots.iter().map(|one| format!("{} ({})", one.id, one.what)).collect();
            let chosen = there.snapshots.get(context.ui.choose("Which one?", &asked, 0)?)?;
            let restore = ["restore", &chosen.id].map(str::to_owned);
            let places = if chosen.here { Vec::new() } else { there.of_engine(&chosen.engine) };
            if places.is_empty() {
                return Some(restore.to_vec());
            }
            let into = one_of(context, "In place of which database?", &places)?;
            Some(restore.into_iter().chain(["--into".to_owned(), into]).collect())
        }
        Wish::Undo => {
            let asked: Vec<String> = there.undoable.iter().map(|(_, what)| what.clone()).collect();
            let chosen = there.undoable.get(context.ui.choose("What?", &asked, 0)?)?;
            Some(vec!["undo".to_owned(), chosen.0.to_string()])
        }
    }
}

fn create(context: &Context, there: &There) -> Option<Vec<String>> {
    let (service, engine) = if there.any_kind {
        let kinds: Vec<&str> = provider::ALL.to_vec();
        let titles: Vec<String> = kinds.iter().filter_map(|id| Some(catalog::service(id)?.title.to_owned())).collect();
        (None, (*kinds.get(context.ui.choose("What kind of database?", &titles, 0)?)?).to_owned())
    } else {
        let asked: Vec<String> = there.services.iter().map(|(name, id)| format!("{name} ({id})")).collect();
        let index = if asked.len() == 1 { 0 } else { context.ui.choose("In which service?", &asked, 0)? };
        let (service, id) = there.services.get(index)?;
        (Some(service.as_str()), id.clone())
    };
    let from = from(context, there, (service, &engine))?;
    let free = there.free_name();
    let name = context.ui.ask_text("What is it called?", Some(&free), |typed| {
        DatabaseName::parse(typed).map(|_| ()).map_err(str::to_owned)
    })?;
    let times: Vec<String> = TIMES.iter().map(|(words, _)| (*words).to_owned()).collect();
    let time = TIMES.get(context.ui.choose("How long is it kept?", &times, 0)?)?.1;
    let is_clear = there.any_kind || there.services.len() == 1;
    let place = service.filter(|_| !is_clear).map_or(name.clone(), |service| format!("{service}/{name}"));
    let mut words = vec!["create".to_owned(), place];
    let mut add = |key: &str, value: &str| words.extend([key.to_owned(), value.to_owned()]);
    if there.any_kind {
        add("--engine", &engine);
    }
    if let Some(time) = time {
        add("--for", time);
    }
    words.extend(from);
    Some(words)
}

/// What it begins with, as words of the command: none = it is empty.
fn from(context: &Context, there: &There, (service, engine): (Option<&str>, &str)) -> Option<Vec<String>> {
    let word = |from: &str| vec!["--from".to_owned(), from.to_owned()];
    let mut ways: Vec<(String, Vec<String>)> = vec![("nothing".to_owned(), Vec::new())];
    let fitting = there.services.iter().filter(|(name, id)| service.map_or(id == engine, |service| name == service));
    for database in fitting.flat_map(|(name, _)| there.databases(Some(name))) {
        ways.push((format!("a copy of {database}"), word(&database)));
    }
    for Saved { id, what, .. } in there.snapshots.iter().filter(|one| one.engine == engine) {
        ways.push((format!("the snapshot {id} ({what})"), word(id)));
    }
    if ways.len() == 1 {
        return Some(Vec::new());
    }
    let asked: Vec<String> = ways.iter().map(|(words, _)| words.clone()).collect();
    let chosen = context.ui.choose("What does it begin with?", &asked, 0)?;
    ways.into_iter().nth(chosen).map(|(_, from)| from)
}

fn one_of(context: &Context, question: &str, choices: &[String]) -> Option<String> {
    match choices {
        [only] => Some(only.clone()),
        several => several.get(context.ui.choose(question, several, 0)?).cloned(),
    }
}

fn ago(at: u64) -> String {
    let seconds = crate::host::now().saturating_sub(at).max(1);
    format!("{} ago", words::duration(std::time::Duration::from_secs(seconds)))
}

fn undoable(one: &state::AsideDatabase) -> (u64, String) {
    (one.id, format!("{}/{} as it was before {}, {}", one.service, one.database, one.because, ago(one.at)))
}

impl There {
    fn allows(&self, wish: Wish) -> bool {
        match wish {
            Wish::Create => true,
            Wish::Clone | Wish::Url | Wish::Shell | Wish::Snapshot => !self.services.is_empty(),
            Wish::Restore => !self.snapshots.is_empty() && !self.services.is_empty(),
            Wish::Drop => !self.made.is_empty(),
            Wish::Undo => !self.undoable.is_empty(),
        }
    }

    /// By how they are named on a command line: a service's own by the service.
    fn databases(&self, of: Option<&str>) -> Vec<String> {
        let is_of = |address: &str| of.is_none_or(|service| address.split('/').next() == Some(service));
        let own = self.services.iter().map(|(name, _)| name.clone());
        own.chain(self.made.iter().cloned()).filter(|address| is_of(address)).collect()
    }

    /// The same of all services of a kind.
    fn of_engine(&self, engine: &str) -> Vec<String> {
        let services = self.services.iter().filter(|(_, id)| id == engine);
        services.flat_map(|(name, _)| self.databases(Some(name))).collect()
    }

    fn free_name(&self) -> String {
        let is_taken = |name: &str| self.made.iter().any(|one| one.split('/').nth(1) == Some(name));
        let numbered = (2..).map(|number| format!("scratch_{number}"));
        std::iter::once("scratch".to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> There {
        let services = [("db", "postgres"), ("old", "mariadb")];
        There {
            services: services.map(|(name, id)| (name.to_owned(), id.to_owned())).into(),
            made: vec!["db/scratch".to_owned(), "old/trial".to_owned()],
            snapshots: Vec::new(),
            undoable: Vec::new(),
            any_kind: false,
        }
    }

    #[test]
    fn only_what_can_be_done_is_offered() {
        let offered = |there: &There| WISHES.iter().filter(|(wish, _)| there.allows(*wish)).count();
        assert_eq!(offered(&there()), WISHES.len() - 2, "there is no snapshot, and nothing to bring back");
        let nothing = There { services: Vec::new(), made: Vec::new(), ..there() };
        assert_eq!(offered(&nothing), 1);
    }

    #[test]
    fn databases_are_named_as_on_the_command_line_and_a_free_name_is_offered() {
        assert_eq!(there().databases(None), ["db", "old", "db/scratch", "old/trial"]);
        assert_eq!(there().databases(Some("old")), ["old", "old/trial"]);
        assert_eq!(there().of_engine("mariadb"), ["old", "old/trial"]);
        assert_eq!(there().free_name(), "scratch_2");
    }
}
