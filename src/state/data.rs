//! Which generation of its data each service of an environment goes on with, and what is known of the others.
//!
//! A reset or a move to another version begins a new generation and leaves the one before as it is; to bring it back is to
//! name it again. One small file, written whole: whoever is killed leaves the old choice or the new one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::branches::BranchData;
use super::seeds::SeedState;
use super::{Folders, SetupMemory, StepRun, read_json};
use crate::host;
use crate::model::DataFolder;
use crate::names::{EnvironmentId, Name};
use crate::plan::observed::{FoundState, Observed, Role};

/// All data of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataMemory {
    pub(super) services: BTreeMap<Name, ServiceData>,
    /// The number of the last event; each sets data aside.
    pub(super) events: u32,
    /// Setup steps whose runs have to be put back, so that they are those of the data that is current now.
    pub(super) owed: Vec<(Name, String, Option<StepRun>)>,
    /// Generations that are being filled; whoever is killed meanwhile leaves them to be removed.
    half_made: Vec<(Name, u32)>,
}

/// How many generations of a service that were set aside are kept, however old they are.
const KEPT_GENERATIONS: usize = 3;
/// For how long every one of them is kept, in seconds.
const KEPT_ASIDE_S: u64 = 7 * 24 * 3600;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ServiceData {
    /// Counts from 1.
    pub current: u32,
    #[serde(default)]
    pub generations: BTreeMap<u32, Generation>,
    #[serde(default)]
    pub branches: BranchData,
}

impl Default for ServiceData {
    fn default() -> Self {
        Self { current: 1, generations: BTreeMap::new(), branches: BranchData::default() }
    }
}

/// What is known of one generation of a service's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Generation {
    /// What has written it last, for example `postgres@17`; wins over what the engine was told when it was made.
    pub written_by: Option<String>,
    /// The variables with its login that the service was last ready with: the data knows no others.
    pub login: BTreeMap<String, String>,
    /// It was made empty, and its service has not been ready with it yet: whoever filled it may have been ended halfway.
    pub begun: bool,
    /// It has to be filled before anybody is told that its service is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<SeedState>,
    /// It was made while its service had no seed, and nobody has been told that one came later.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_without_seed: bool,
    /// Set aside, and how; `None` = it is current, that of another branch, or nobody knows.
    pub aside: Option<Aside>,
    /// Of the same service, which it was filled from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<u32>,
    /// Other data is built on it: nobody writes to it any more.
    pub frozen: bool,
    /// The setup steps that had been done to it when its branch was left: app, key, run.
    pub left: Vec<(Name, String, Option<StepRun>)>,
}

/// How a generation was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// What was set aside at once has the same number; the later, the higher.
    pub event: u32,
    pub because: Because,
    /// Seconds since 1970.
    pub at: u64,
    /// The git branch that it was the data of; `None` = of none, or nobody knows.
    #[serde(default)]
    pub branch: Option<String>,
    /// The setup steps that had been done to it: app, key, run.
    #[serde(default)]
    pub(super) setup: Vec<(Name, String, Option<StepRun>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    Reset,
    /// It was brought over to another version.
    Moved,
    Undo,
    /// It came back from a file.
    Loaded,
    /// Its service ended before it was ready for the first time.
    Unfinished,
    /// Its branch was merged, or is gone.
    BranchGone,
}

/// What one event has set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideEvent {
    pub event: u32,
    pub because: Because,
    pub at: u64,
    /// The git branch whose data it was.
    pub branch: Option<String>,
    /// Each service with the generation that was set aside.
    pub services: Vec<(Name, u32)>,
}

/// What has been done to the current data, and by which setup steps.
#[derive(Debug, Default)]
pub struct Done {
    /// Of each service, the setup steps that work on it: app and key.
    pub steps: BTreeMap<Name, Vec<(Name, String)>>,
    pub runs: SetupMemory,
}

impl Done {
    pub(super) fn all<'a>(&'a self, services: &'a [Name]) -> impl Iterator<Item = &'a (Name, String)> {
        services.iter().filter_map(|service| self.steps.get(service)).flatten()
    }

    pub(super) fn of(&self, service: &Name) -> Vec<(Name, String, Option<StepRun>)> {
        let steps = self.steps.get(service).map(Vec::as_slice).unwrap_or_default();
        let run = |(app, key): &(Name, String)| (app.clone(), key.clone(), self.runs.last(app, key).cloned());
        steps.iter().map(run).collect()
    }
}

/// The data folders that are there, of this environment and of others.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub id: &'a EnvironmentId,
    pub folders: &'a [String],
}

impl DataMemory {
    pub fn read(folders: &Folders, id: &EnvironmentId) -> Self {
        read_json(&folders.environment(id).join("data.json"))
    }

    /// Writes everything down at once.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn write(&self, folders: &Folders, id: &EnvironmentId) -> anyhow::Result<()> {
        host::write_private(&folders.environment(id).join("data.json"), &serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    /// The generation that each service goes on with; one that is not in it goes on with the first.
    pub fn current(&self) -> BTreeMap<Name, u32> {
        self.services.iter().map(|(service, data)| (service.clone(), data.current)).collect()
    }

    /// Takes over what was found of services that nothing is remembered of: the generation in use, else the latest.
    ///
    /// Answers whether that is news.
    pub fn adopt(&mut self, id: &EnvironmentId, services: &[Name], found: &Observed) -> bool {
        let before = self.services.len();
        for service in services {
            if self.services.contains_key(service) {
                continue;
            }
            let of = |name: &str| DataFolder::generation_of(id, service, name);
            let in_use = found.data_in_use.get(service).and_then(|name| of(name));
            let whole = |number: &u32| !self.half_made.contains(&(service.clone(), *number));
            let latest = found.data.keys().filter_map(|name| of(name)).filter(whole).max();
            if let Some(current) = in_use.or(latest).filter(|current| *current > 1) {
                self.services.insert(service.clone(), ServiceData { current, ..Default::default() });
            }
        }
        self.services.len() != before
    }

    /// Corrects what was found by what is remembered: the version that wrote the data last, and that what is half loaded is no
    /// data.
    pub fn correct(&self, id: &EnvironmentId, found: &mut Observed) {
        let half = |(service, generation): &(Name, u32)| DataFolder::name_of(id, service, *generation);
        let half: Vec<String> = self.half_made.iter().map(half).collect();
        found.data.retain(|name, _| !half.contains(name));
        let has_run = |service: &Name| {
            let mut of_it = found.units.iter().filter(|one| one.role == Role::Main && one.name == *service);
            of_it.any(|one| matches!(one.state, FoundState::Running | FoundState::Ended(_)))
        };
        let unwritten: Vec<&Name> = self.services.keys().filter(|service| !has_run(service)).collect();
        for (service, data) in &self.services {
            for (generation, known) in &data.generations {
                let Some(written) = found.data.get_mut(&DataFolder::name_of(id, service, *generation)) else {
                    continue;
                };
                // Made for a version that then never came to write to it.
                if known.begun && *generation == data.current && unwritten.contains(&service) {
                    *written = None;
                }
                if let Some(by) = &known.written_by {
                    *written = Some(by.clone());
                }
            }
        }
    }

    /// Remembers that a service has become ready on its data. Answers whether that is news.
    pub fn served(&mut self, service: &Name, written_by: &str, login: BTreeMap<String, String>) -> bool {
        let generation = self.now(service);
        let news =
            generation.written_by.as_deref() != Some(written_by) || generation.login != login || generation.begun;
        (generation.begun, generation.seed) = (false, None);
        generation.written_by = Some(written_by.to_owned());
        generation.login = login;
        news
    }

    /// Services whose current data has never been whole, and where nobody is at work on that any more: they have ended.
    pub fn unfinished(&self, id: &EnvironmentId, found: &Observed) -> Vec<Name> {
        let has_ended = |service: &Name| {
            let mut of_it = found.units.iter().filter(|one| one.role == Role::Main && one.name == *service).peekable();
            of_it.peek().is_some() && of_it.all(|one| matches!(one.state, FoundState::Ended(code) if code != 0))
        };
        let is_there =
            |service: &Name, generation| found.data.contains_key(&DataFolder::name_of(id, service, generation));
        let begun = self.services.iter().filter(|(service, data)| {
            data.generations.get(&data.current).is_some_and(|known| known.begun)
                && is_there(service, data.current)
                && has_ended(service)
        });
        begun.map(|(service, _)| service.clone()).collect()
    }

    /// Begins a new generation for each of these services and sets the current one aside. Whoever makes
    /// an empty folder forgets what setup steps did to the one before.
    pub fn begin_new(&mut self, services: &[Name], because: Because, at: u64, (done, found): (&Done, &Found<'_>)) {
        let choices: Vec<(Name, u32)> =
            services.iter().map(|service| (service.clone(), self.next(service, found))).collect();
        self.switch(&choices, because, at, done);
    }

    /// Notes that a new generation of a service is going to be filled; answers its number.
    pub fn begin_filling(&mut self, service: &Name, found: &Found<'_>) -> u32 {
        let generation = self.next(service, found);
        self.half_made.push((service.clone(), generation));
        generation
    }

    /// Generations that somebody began to fill and that are not whole.
    pub fn half_made(&self) -> &[(Name, u32)] {
        &self.half_made
    }

    /// A generation that was being filled is removed.
    pub fn forget_half_made(&mut self, service: &Name, generation: u32) {
        self.half_made.retain(|half| *half != (service.clone(), generation));
    }

    /// Goes on with a generation that has been filled with everything of the current one, which is set aside.
    pub fn move_to(&mut self, (service, generation): (&Name, u32), written_by: String, at: u64, done: &Done) {
        let login = self.now(service).login.clone();
        let before = self.services.get(service).map(|data| data.current);
        self.switch(&[(service.clone(), generation)], Because::Moved, at, done);
        let filled = self.now(service);
        filled.written_by = Some(written_by);
        filled.login = login;
        filled.copy_of = before;
        self.forget_half_made(service, generation);
    }

    /// Makes what an event has set aside current again; what is current is set aside in turn, so that this can be undone as well.
    pub fn bring_back(&mut self, event: &AsideEvent, at: u64, done: &Done) {
        let restored = event.services.iter().filter_map(|(service, generation)| self.get(service, *generation));
        let restored: Vec<Aside> = restored.filter_map(|known| known.aside.clone()).collect();
        let runs = || restored.iter().flat_map(|aside| &aside.setup);
        let services: Vec<Name> = event.services.iter().map(|(service, _)| service.clone()).collect();
        let owed = done.all(&services).map(|(app, key)| {
            let run = runs().find(|(of, known, _)| of == app && known == key);
            (app.clone(), key.clone(), run.and_then(|(_, _, run)| run.clone()))
        });
        self.owed = owed.collect();
        self.switch(&event.services, Because::Undo, at, done);
    }

    /// Goes on with a generation that came from elsewhere, where there was no data.
    pub fn take_in(&mut self, service: &Name, generation: u32, known: Generation) {
        let data = self.services.entry(service.clone()).or_default();
        data.current = generation;
        data.generations.insert(generation, Generation { aside: None, copy_of: None, ..known });
        self.forget_half_made(service, generation);
    }

    /// Takes in a generation that is not current.
    pub fn add_aside(&mut self, service: &Name, generation: u32, known: Generation, at: u64) {
        self.events += 1;
        let aside = Aside { event: self.events, because: Because::Loaded, at, branch: None, setup: Vec::new() };
        let data = self.services.entry(service.clone()).or_default();
        data.generations.insert(generation, Generation { aside: Some(aside), copy_of: None, ..known });
        self.forget_half_made(service, generation);
    }

    fn switch(&mut self, choices: &[(Name, u32)], because: Because, at: u64, done: &Done) {
        self.events += 1;
        for (service, generation) in choices {
            let setup = done.of(service);
            let branch = self.branch_of(service).map(str::to_owned);
            self.now(service).aside = Some(Aside { event: self.events, because, at, branch, setup });
            let data = self.services.entry(service.clone()).or_default();
            data.current = *generation;
            let current = data.generations.entry(*generation).or_default();
            // What a person brings back is what they want, finished or not.
            (current.aside, current.begun, current.seed) = (None, false, None);
        }
    }

    /// The first generation of a service that nothing is known of.
    pub fn next(&self, service: &Name, found: &Found<'_>) -> u32 {
        let known = self.services.get(service);
        let highest = known.and_then(|data| data.generations.keys().max().copied().max(Some(data.current)));
        let of = |name: &String| DataFolder::generation_of(found.id, service, name);
        let there = found.folders.iter().filter_map(of).max();
        highest.unwrap_or(1).max(there.unwrap_or(1)) + 1
    }

    /// What is known of a generation; nothing of one that has not served yet.
    pub fn get(&self, service: &Name, generation: u32) -> Option<&Generation> {
        self.services.get(service)?.generations.get(&generation)
    }

    /// The generations of a service that something is known of.
    pub fn generations_of(&self, service: &Name) -> impl Iterator<Item = u32> {
        self.services.get(service).into_iter().flat_map(|data| data.generations.keys().copied())
    }

    /// Everything that can be brought back, the latest first.
    pub fn events(&self) -> Vec<AsideEvent> {
        let mut events: BTreeMap<u32, AsideEvent> = BTreeMap::new();
        for (service, generation, aside) in self.all_aside() {
            let event = events.entry(aside.event).or_insert_with(|| AsideEvent {
                event: aside.event,
                because: aside.because,
                at: aside.at,
                branch: None,
                services: Vec::new(),
            });
            event.branch = event.branch.take().or_else(|| aside.branch.clone());
            event.services.push((service.clone(), generation));
        }
        events.into_values().rev().collect()
    }

    pub(super) fn all_aside(&self) -> impl Iterator<Item = (&Name, u32, &Aside)> {
        self.services.iter().flat_map(|(service, data)| {
            let known = data.generations.iter().filter(|(generation, _)| **generation != data.current);
            known.filter_map(move |(generation, known)| Some((service, *generation, known.aside.as_ref()?)))
        })
    }

    /// The folders of generations that are no longer kept at `now`, in seconds since 1970: older than a week, and not among the
    /// latest three of their service.
    pub fn removable(&self, id: &EnvironmentId, now: u64) -> Vec<String> {
        let mut by_service: BTreeMap<&Name, Vec<(u64, u32)>> = BTreeMap::new();
        let kept = self.all_aside().filter(|(_, _, aside)| aside.because != Because::BranchGone);
        for (service, generation, aside) in kept {
            by_service.entry(service).or_default().push((aside.at, generation));
        }
        let mut removable = Vec::new();
        for (service, mut generations) in by_service {
            generations.sort_unstable_by(|one, other| other.cmp(one));
            let old = generations.into_iter().skip(KEPT_GENERATIONS);
            let old = old.filter(|(at, _)| at.saturating_add(KEPT_ASIDE_S) <= now);
            removable.extend(old.map(|(_, generation)| DataFolder::name_of(id, service, generation)));
        }
        removable
    }

    /// Forgets a generation whose folder was removed; the current one is never forgotten.
    pub fn forget_folder(&mut self, id: &EnvironmentId, folder: &str) {
        for (service, data) in &mut self.services {
            let current = data.current;
            data.branches.others.retain(|_, known| DataFolder::name_of(id, service, known.generation) != folder);
            data.generations.retain(|generation, _| {
                *generation == current || DataFolder::name_of(id, service, *generation) != folder
            });
        }
        self.half_made.retain(|(service, generation)| DataFolder::name_of(id, service, *generation) != folder);
    }

    /// Puts the setup records right that a switch of data owes, also where the command that switched was killed.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn settle(folders: &Folders, id: &EnvironmentId) -> anyhow::Result<()> {
        let mut memory = Self::read(folders, id);
        if memory.owed.is_empty() {
            return Ok(());
        }
        let mut setup = SetupMemory::read(folders, id);
        for (app, key, run) in std::mem::take(&mut memory.owed) {
            setup.put(&app, &key, run);
        }
        setup.write(folders, id)?;
        memory.write(folders, id)
    }

    pub(super) fn now(&mut self, service: &Name) -> &mut Generation {
        let data = self.services.entry(service.clone()).or_default();
        data.generations.entry(data.current).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn a_lost_memory_goes_on_with_what_is_in_use_else_with_the_latest() {
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let (db, more) = (name("db"), name("db-2"));
        let mut found = Observed::default();
        for (service, generation) in [(&db, 1), (&db, 2), (&db, 3), (&more, 1)] {
            found.data.insert(DataFolder::name_of(&id, service, generation), None);
        }
        let mut latest = DataMemory::default();
        assert!(latest.adopt(&id, &[db.clone(), more.clone()], &found));
        assert_eq!(latest.current(), BTreeMap::from([(db.clone(), 3)]));
        found.data_in_use.insert(db.clone(), DataFolder::name_of(&id, &db, 2));
        let mut in_use = DataMemory::default();
        in_use.adopt(&id, &[db.clone(), more], &found);
        assert_eq!(in_use.current(), BTreeMap::from([(db.clone(), 2)]));
        assert!(!in_use.adopt(&id, &[db], &found), "what is remembered is not asked for");
    }

    #[test]
    fn what_is_reset_comes_back_with_what_setup_had_done_to_it_and_can_be_taken_back_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let (db, api) = (name("db"), name("api"));
        let done = || {
            let steps = BTreeMap::from([(db.clone(), vec![(api.clone(), "migrate".to_owned())])]);
            Done { steps, runs: SetupMemory::read(&folders, &id) }
        };
        let note = |digest: &str| {
            let mut setup = SetupMemory::read(&folders, &id);
            setup.put(&api, "migrate", Some(StepRun::succeeded(digest)));
            setup.write(&folders, &id).unwrap();
        };
        let migrated = || SetupMemory::read(&folders, &id).last(&api, "migrate").map(|run| run.digest.clone());
        note("old");
        let mut memory = DataMemory::default();
        let found = [DataFolder::name_of(&id, &db, 1)];
        memory.begin_new(std::slice::from_ref(&db), Because::Reset, 10, (&done(), &Found { id: &id, folders: &found }));
        assert_eq!(memory.current()[&db], 2);
        note("new");
        let reset = memory.events().remove(0);
        assert_eq!((reset.because, reset.services.as_slice()), (Because::Reset, &[(db.clone(), 1)][..]));
        memory.bring_back(&reset, 20, &done());
        memory.write(&folders, &id).unwrap();
        // As the next command does, also after this one was killed right here.
        DataMemory::settle(&folders, &id).unwrap();
        assert_eq!((memory.current()[&db], migrated().as_deref()), (1, Some("old")));
        let mut memory = DataMemory::read(&folders, &id);
        let undone = memory.events().remove(0);
        assert_eq!(
            (memory.events().len(), undone.because, undone.services.as_slice()),
            (1, Because::Undo, &[(db.clone(), 2)][..])
        );
        memory.bring_back(&undone, 30, &done());
        memory.write(&folders, &id).unwrap();
        DataMemory::settle(&folders, &id).unwrap();
        assert_eq!((memory.current()[&db], migrated().as_deref()), (2, Some("new")));
    }

    #[test]
    fn what_is_half_loaded_is_no_data_until_it_is_whole() {
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let db = name("db");
        let half = DataFolder::name_of(&id, &db, 2);
        let there = || Observed { data: [(half.clone(), None)].into(), ..Observed::default() };
        let mut memory = DataMemory::default();
        assert_eq!(memory.begin_filling(&db, &Found { id: &id, folders: &[] }), 2);
        let mut found = there();
        assert!(!memory.adopt(&id, std::slice::from_ref(&db), &found));
        memory.correct(&id, &mut found);
        assert!(found.data.is_empty());
        memory.take_in(&db, 2, Generation { written_by: Some("redis@8".to_owned()), ..Generation::default() });
        let mut found = there();
        memory.correct(&id, &mut found);
        assert_eq!(found.data[&half].as_deref(), Some("redis@8"));
        assert_eq!((memory.current()[&db], memory.events().len()), (2, 0));
    }

    #[test]
    fn the_latest_three_and_those_of_a_week_are_kept() {
        const DAY: u64 = 24 * 3600;
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let db = name("db");
        let mut memory = DataMemory::default();
        for day in 0..6 {
            let found = Found { id: &id, folders: &[] };
            memory.begin_new(std::slice::from_ref(&db), Because::Reset, day * DAY, (&Done::default(), &found));
        }
        assert_eq!(memory.current()[&db], 7);
        assert!(memory.removable(&id, 6 * DAY).is_empty());
        let first: Vec<String> = [2, 1].map(|generation| DataFolder::name_of(&id, &db, generation)).into();
        assert_eq!(memory.removable(&id, 8 * DAY), first);
        assert_eq!(memory.removable(&id, 1_000 * DAY).len(), 3);
        memory.forget_folder(&id, &first[1]);
        assert_eq!(memory.events().len(), 5);
    }

    #[test]
    fn the_version_that_wrote_last_counts_and_not_the_first() {
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let cache = name("cache");
        let mut memory = DataMemory::default();
        assert!(memory.served(&cache, "redis@8", BTreeMap::new()));
        assert!(!memory.served(&cache, "redis@8", BTreeMap::new()));
        let folder = DataFolder::name_of(&id, &cache, 1);
        let mut found = Observed { data: [(folder.clone(), Some("redis@7".to_owned()))].into(), ..Default::default() };
        memory.correct(&id, &mut found);
        assert_eq!(found.data[&folder].as_deref(), Some("redis@8"));
    }
}
