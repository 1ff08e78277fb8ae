//! Everything there is of databases, as the page shows it: of this repo, and of one's own.

use futures_util::future::try_join_all;

use crate::catalog;
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::commands::db::list::{Gathered, gather};
use crate::commands::db::reach::Where;
use crate::commands::db::scratch;
use crate::db::{Row, own_database, provider};
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::page::databases::{Database, Key, Overview, Place, Snapshot, Undoable};
use crate::state::{self, AsideDatabase, DatabaseMemory};

/// Whose databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Repo,
    Own,
}

/// Where databases are; either may be missing.
pub struct Homes {
    repo: Option<Where>,
    own: Option<Where>,
}

impl Side {
    const WORDS: [(Self, &'static str); 2] = [(Self::Repo, "repo"), (Self::Own, "own")];

    /// What can be undone is counted on each side.
    pub fn undo_id(self, number: u64) -> String {
        let word = Self::WORDS.iter().find(|(side, _)| *side == self).map_or("", |(_, word)| word);
        format!("{word}-{number}")
    }

    /// The other way round.
    pub fn of_undo(id: &str) -> Option<(Self, u64)> {
        let (word, number) = id.split_once('-')?;
        let (side, _) = Self::WORDS.iter().find(|(_, known)| *known == word)?;
        Some((*side, number.parse().ok()?))
    }
}

impl Homes {
    /// A repo whose manifest can't be read at the moment has none to show.
    pub fn find(context: &Context, repo: Option<&Identity>) -> Self {
        let of_repo = |identity: &Identity| {
            let manifest = context.manifest(identity).ok()?;
            Some(Where { identity: identity.clone(), manifest, scratch: false })
        };
        let own = scratch::existing(context).map(|(identity, manifest)| Where { identity, manifest, scratch: true });
        Self { repo: repo.and_then(of_repo), own }
    }

    pub fn take(self, side: Side) -> Option<Where> {
        match side {
            Side::Repo => self.repo,
            Side::Own => self.own,
        }
    }

    /// What is remembered of both.
    pub fn memories(&self, context: &Context) -> Vec<DatabaseMemory> {
        self.all().map(|(_, at)| DatabaseMemory::read(&context.folders, &at.identity.id)).collect()
    }

    fn all(&self) -> impl Iterator<Item = (Side, &Where)> {
        let repo = self.repo.iter().map(|at| (Side::Repo, at));
        repo.chain(self.own.iter().map(|at| (Side::Own, at)))
    }

    /// Asks every server that runs.
    ///
    /// # Errors
    /// The engine's, or a server's.
    pub async fn overview(&self, context: &Context) -> Result<Overview, Failure> {
        let gathering = self.all().map(|(side, at)| async move {
            let has_any = at.services().next().is_some();
            Ok::<_, Failure>((side, at, if has_any { Some(gather(context, at).await?) } else { None }))
        });
        let mut all = Overview::default();
        for (side, at, gathered) in try_join_all(gathering).await? {
            let memory = DatabaseMemory::read(&context.folders, &at.identity.id);
            if let Some(gathered) = gathered {
                add_services(&mut all, at, &gathered, &memory);
            }
            all.undoable.extend(memory.aside.iter().map(|one| Undoable {
                id: side.undo_id(one.id),
                what: what_was(one),
                at_ms: one.at * 1000,
            }));
        }
        all.undoable.sort_by_key(|one| std::cmp::Reverse(one.at_ms));
        offer_others(&mut all.places);
        all.snapshots = state::snapshots(&context.folders).iter().map(|one| self.snapshot(one)).collect();
        Ok(all)
    }

    fn snapshot(&self, one: &state::Snapshot) -> Snapshot {
        let here = self.all().find(|(_, at)| at.identity.id.as_str() == one.environment);
        let service =
            here.and_then(|(_, at)| Some((at, at.services().find(|(name, _)| name.as_str() == one.service)?.0)));
        // Of another repo: no place here is called so.
        let elsewhere = || format!("{}/{}", one.project, one.service);
        Snapshot {
            id: one.id.clone(),
            of: Key {
                place: service.map_or_else(elsewhere, |(at, name)| place_id(at, name)),
                name: one.database.clone(),
            },
            engine: one.engine.clone(),
            size: one.packed_size,
            made_ms: one.taken_at * 1000,
        }
    }
}

/// How the page knows a service: by its name in a repo, by its kind among one's own.
fn place_id(at: &Where, service: &Name) -> String {
    let declared = at.manifest.services.iter().find(|one| one.name.value == *service);
    let kind = declared.filter(|_| at.scratch).and_then(scratch::kind_of);
    kind.unwrap_or_else(|| service.to_string())
}

fn add_services(all: &mut Overview, at: &Where, gathered: &Gathered, memory: &DatabaseMemory) {
    for (service, engine) in at.services() {
        let Some(unit) = gathered.project.unit(service) else { continue };
        let (id, is_running) = (place_id(at, service), !gathered.stopped.contains(service));
        let declared = at.manifest.services.iter().find(|one| one.name.value == *service);
        all.places.push(Place {
            id: id.clone(),
            label: unit.title.clone(),
            engine: engine.to_owned(),
            is_service: !at.scratch,
            is_running,
            has_seed: declared.is_some_and(|one| one.seed.is_some()),
        });
        if is_running {
            let of_service = gathered.rows.iter().filter(|row| row.service == service.as_str());
            all.databases.extend(of_service.map(|row| database(&id, row)));
            continue;
        }
        let own = own_database(unit).filter(|_| !at.scratch);
        let made = memory.made.get(service.as_str()).into_iter().flatten();
        all.databases.extend(own.map(|name| unasked(&id, (name, None))));
        all.databases.extend(made.map(|(name, made)| unasked(&id, (name, Some(made)))));
    }
}

/// Kinds of which there is none yet: the first database makes the service.
fn offer_others(places: &mut Vec<Place>) {
    let missing = provider::ALL.iter().filter_map(|id| catalog::service(id));
    for entry in missing {
        if places.iter().all(|place| place.engine != entry.id) {
            let version = entry.versions.default;
            places.push(Place {
                id: format!("{}@{version}", entry.id),
                label: format!("{} {version}", entry.title),
                engine: entry.id.to_owned(),
                is_service: false,
                is_running: false,
                has_seed: false,
            });
        }
    }
}

fn database(place: &str, row: &Row) -> Database {
    Database {
        key: Key { place: place.to_owned(), name: row.name.clone() },
        is_main: row.own,
        size: row.keys.is_none().then_some(row.size),
        keys: row.keys,
        sessions: Some(row.sessions),
        made_ms: row.created_at.map(|at| at * 1000),
        expires_ms: row.expires_at.map(|at| at * 1000),
        origin: row.created_at.map_or_else(String::new, |_| origin(row.from.as_deref())),
    }
}

/// One whose service does not run; what was not made by a command is the service's own.
fn unasked(place: &str, (name, made): (&str, Option<&state::Made>)) -> Database {
    Database {
        key: Key { place: place.to_owned(), name: name.to_owned() },
        is_main: made.is_none(),
        size: None,
        keys: None,
        sessions: None,
        made_ms: made.map(|made| made.at * 1000),
        expires_ms: made.and_then(|made| made.until).map(|at| at * 1000),
        origin: made.map_or_else(String::new, |made| origin(made.from.as_deref())),
    }
}

fn origin(from: Option<&str>) -> String {
    match from {
        None => "empty".to_owned(),
        Some("restore") => "a snapshot".to_owned(),
        Some("import") => "a file".to_owned(),
        Some("seed") => "the seed".to_owned(),
        Some(snapshot) if snapshot.starts_with("snapshot ") => snapshot.to_owned(),
        Some(name) => format!("copy of {name}"),
    }
}

/// What was done with a database that can be undone, as a sentence.
pub fn what_was(one: &AsideDatabase) -> String {
    let name = &one.database;
    match one.because.as_str() {
        "drop" => format!("{name} was dropped"),
        "expired" => format!("{name} has expired"),
        "restore" => format!("{name} was restored from a snapshot"),
        "import" => format!("{name} was replaced by a file"),
        "undo" => format!("{name} was put back"),
        other => format!("{name} was changed by {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_what_can_be_undone_is_understood_again_and_nothing_else_is() {
        for side in [Side::Repo, Side::Own] {
            assert_eq!(Side::of_undo(&side.undo_id(7)), Some((side, 7)));
        }
        for wrong in ["", "7", "repo", "repo-", "own--1", "repo-x", "other-1", "own-99999999999999999999"] {
            assert_eq!(Side::of_undo(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_kind_can_be_chosen_once() {
        let mut places = Vec::new();
        offer_others(&mut places);
        let mut again = places.clone();
        offer_others(&mut again);
        assert_eq!(again, places);
        let engines: Vec<&str> = places.iter().map(|place| place.engine.as_str()).collect();
        assert_eq!(engines, provider::ALL);
        let postgres = &places[0];
        assert_eq!(postgres.id, format!("postgres@{}", postgres.label.trim_start_matches("PostgreSQL ")));
    }
}
