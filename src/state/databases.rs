//! What is remembered of the databases of an environment: which were made on purpose and until when, what was set aside and can
//! come back, and what a command is in the middle of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::elsewhere::OfGeneration;
use super::{DataMemory, Folders, Handover, UndoLimits, read_json};
use crate::host;
use crate::names::EnvironmentId;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseMemory {
    /// By service, then by name.
    pub made: BTreeMap<String, BTreeMap<String, Made>>,
    /// The oldest first.
    pub aside: Vec<Aside>,
    /// Databases at the server that belong to a command: of one that was killed they are removed.
    pub unfinished: Vec<Unfinished>,
    /// Steps of which it is not known yet whether the server has done them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<Handover>,
    /// Counts what was set aside.
    next: u64,
    /// All of the above is of these generations of the services' data.
    pub(super) of: BTreeMap<String, u32>,
    /// The same of their other generations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) elsewhere: BTreeMap<String, BTreeMap<u32, OfGeneration>>,
}

/// A database that was made by a command, beside the service's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Made {
    /// Seconds since 1970.
    pub at: u64,
    /// Seconds since 1970; `None` = it stays until it is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// What it was made from, as the person said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where the server knows databases by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// It is not whole yet, and whether anything of it is there is not known: what is there may be somebody else's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub begun: bool,
}

/// A database as it was before a command replaced or dropped it; it is still at the server, under another name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Aside {
    /// What a person names it by; counts from 1.
    pub id: u64,
    pub service: String,
    pub database: String,
    /// The verb: `drop`, `restore`, `import`, `undo`, or `expired`.
    pub because: String,
    /// Seconds since 1970.
    pub at: u64,
    /// What it is called at the server now.
    pub name: String,
    /// Bytes on its server's disk, as far as they were known.
    pub size: u64,
    /// Where the server knows databases by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// What was remembered of it; `None` = it was not made by a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
}

/// A database that is filled by a command under a name of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unfinished {
    pub service: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

impl Aside {
    /// Whether it is kept whatever else is so.
    pub fn is_young(&self, now: u64, limits: &UndoLimits) -> bool {
        self.at.saturating_add(limits.seconds()) > now
    }
}

impl DatabaseMemory {
    pub fn read(folders: &Folders, id: &EnvironmentId) -> Self {
        let mut memory: Self = read_json(&path(folders, id));
        memory.follow(&DataMemory::read(folders, id));
        memory
    }

    /// Changes what is remembered; whoever does so has the lock of the environment's databases.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn change<T>(folders: &Folders, id: &EnvironmentId, change: impl FnOnce(&mut Self) -> T) -> anyhow::Result<T> {
        let path = path(folders, id);
        let _guard = super::guard(&path)?;
        let mut memory: Self = read_json(&path);
        let before = memory.clone();
        let data = DataMemory::read(folders, id);
        memory.follow(&data);
        let answer = change(&mut memory);
        memory.follow(&data);
        if memory != before {
            host::write_private(&path, &serde_json::to_vec_pretty(&memory)?)?;
        }
        Ok(answer)
    }

    pub fn made(&self, service: &str, name: &str) -> Option<&Made> {
        self.made.get(service)?.get(name)
    }

    pub fn add_made(&mut self, service: &str, name: &str, made: Made) {
        self.made.entry(service.to_owned()).or_default().insert(name.to_owned(), made);
    }

    pub fn take_made(&mut self, service: &str, name: &str) -> Option<Made> {
        let of_service = self.made.get_mut(service)?;
        let made = of_service.remove(name);
        if of_service.is_empty() {
            self.made.remove(service);
        }
        made
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    #[cfg(test)]
    pub(super) fn add_aside(&mut self, aside: Aside) -> u64 {
        let id = self.next_id();
        self.aside.push(Aside { id, ..aside });
        id
    }

    /// What can be brought back, the oldest first; also what nobody has heard of yet whether it was set aside.
    pub fn restorable(&self) -> impl DoubleEndedIterator<Item = &Aside> {
        self.aside.iter().chain(self.handovers.iter().map(|one| &one.aside))
    }

    pub fn take_aside(&mut self, id: u64) -> Option<Aside> {
        let index = self.aside.iter().position(|one| one.id == id)?;
        Some(self.aside.remove(index))
    }

    /// What was set aside of a service and may go, because it is too old or too much, the oldest first.
    ///
    /// Never the newest of a database that `is_there`, which is what that was before it was replaced; what was dropped or has
    /// expired is nobody's past. What the last command has set aside can be brought back however much it is.
    pub fn stale(
        &self,
        service: &str,
        (now, limits): (u64, &UndoLimits),
        is_there: impl Fn(&str) -> bool,
    ) -> Vec<Aside> {
        let of_service: Vec<&Aside> = self.aside.iter().filter(|one| one.service == service).collect();
        let is_newest = |one: &Aside| {
            of_service.iter().filter(|other| other.database == one.database).all(|other| other.id <= one.id)
        };
        let last = of_service.iter().map(|one| one.id).max();
        let mut total = of_service.iter().fold(0_u64, |total, one| total.saturating_add(one.size));
        let mut stale = Vec::new();
        for one in of_service.iter().filter(|one| !(is_there(&one.database) && is_newest(one))) {
            let is_too_much = total > limits.bytes() && Some(one.id) != last;
            if is_too_much || !one.is_young(now, limits) {
                total = total.saturating_sub(one.size);
                stale.push((*one).clone());
            }
        }
        stale
    }

    /// What expires until `then`, in seconds since 1970, or has expired already: service, name and when, the soonest first.
    pub fn expiring(&self, then: u64) -> Vec<(String, String, u64)> {
        let all = self.made.iter().flat_map(|(service, made)| made.iter().map(move |(name, one)| (service, name, one)));
        let whole = all.filter(|(_, _, one)| !one.begun);
        let soon = whole.filter_map(|(service, name, one)| Some((service.clone(), name.clone(), one.until?)));
        let mut soon: Vec<_> = soon.filter(|(_, _, until)| *until <= then).collect();
        soon.sort_by_key(|(_, _, until)| *until);
        soon
    }

    /// Those whose time is over: service and name. What was only begun has none: it may be somebody else's by that name.
    pub fn expired(&self, now: u64) -> Vec<(String, String)> {
        let all = self.made.iter().flat_map(|(service, made)| made.iter().map(move |(name, one)| (service, name, one)));
        all.filter(|(_, _, one)| !one.begun && one.until.is_some_and(|until| until <= now))
            .map(|(service, name, _)| (service.clone(), name.clone()))
            .collect()
    }

    /// Those of a service that a command began to make, and that is no more.
    pub fn begun(&self, service: &str) -> Vec<(String, Made)> {
        let of_service = self.made.get(service).into_iter().flatten().filter(|(_, one)| one.begun);
        of_service.map(|(name, one)| (name.clone(), one.clone())).collect()
    }

    /// Forgets what the server of a service does not have any more; what was set aside only when nobody can miss it.
    pub fn keep_only(&mut self, service: &str, (now, limits): (u64, &UndoLimits), is_there: impl Fn(&str) -> bool) {
        if let Some(made) = self.made.get_mut(service) {
            made.retain(|name, one| one.number.is_some() || is_there(name));
        }
        self.made.retain(|_, made| !made.is_empty());
        self.aside.retain(|one| {
            one.service != service || one.number.is_some() || one.is_young(now, limits) || is_there(&one.name)
        });
        self.unfinished.retain(|one| one.service != service || one.number.is_some() || is_there(&one.name));
    }

    /// Numbers that are spoken for, where a server knows databases by number.
    pub fn numbers(&self, service: &str) -> Vec<u32> {
        let made = self.made.get(service).into_iter().flat_map(BTreeMap::values).filter_map(|one| one.number);
        let aside = self.aside.iter().filter(|one| one.service == service).filter_map(|one| one.number);
        let unfinished = self.unfinished.iter().filter(|one| one.service == service).filter_map(|one| one.number);
        let handovers = self.handovers.iter().map(|one| &one.aside).filter(|one| one.service == service);
        made.chain(aside).chain(unfinished).chain(handovers.filter_map(|one| one.number)).collect()
    }
}

fn path(folders: &Folders, id: &EnvironmentId) -> PathBuf {
    folders.environment(id).join("databases.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aside(database: &str, at: u64) -> Aside {
        Aside {
            service: "db".into(),
            database: database.into(),
            at,
            name: format!("{database}-{at}"),
            ..Aside::default()
        }
    }

    #[test]
    fn the_newest_of_what_is_still_there_stays_whatever_its_age_and_what_was_dropped_goes() {
        let mut memory = DatabaseMemory::default();
        for one in [aside("app", 1), aside("app", 2), aside("old", 1)] {
            memory.add_aside(one);
        }
        let limits = UndoLimits::default();
        let stale = |now| -> Vec<String> {
            memory.stale("db", (now, &limits), |name| name == "app").into_iter().map(|one| one.name).collect()
        };
        assert_eq!(stale(limits.seconds() + 10), ["app-1", "old-1"]);
        assert!(stale(5).is_empty());
        assert!(memory.stale("other", (u64::MAX, &limits), |_| false).is_empty());
        assert_eq!(memory.take_aside(2).unwrap().name, "app-2");
        assert_eq!(memory.add_aside(aside("app", 3)), 4);
    }

    #[test]
    fn what_was_only_begun_never_expires() {
        let mut memory = DatabaseMemory::default();
        memory.add_made("db", "half", Made { until: Some(10), begun: true, ..Made::default() });
        memory.add_made("db", "whole", Made { until: Some(10), ..Made::default() });
        assert_eq!(memory.expired(10), [("db".to_owned(), "whole".to_owned())]);
        assert_eq!(memory.begun("db").into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["half"]);
    }

    #[test]
    fn what_is_too_much_goes_the_oldest_first_and_never_the_newest() {
        let mut memory = DatabaseMemory::default();
        for at in 1..=4 {
            memory.add_aside(Aside { size: 3_000_000, ..aside("app", at) });
        }
        let stale = |megabytes, there| -> Vec<u64> {
            let limits = UndoLimits { days: 7, megabytes };
            memory.stale("db", (10, &limits), |_| there).into_iter().map(|one| one.id).collect()
        };
        for there in [true, false] {
            assert_eq!((stale(12, there), stale(11, there), stale(6, there)), (vec![], vec![1], vec![1, 2]));
            assert_eq!(stale(0, there), [1, 2, 3], "the newest stays, however much it is");
        }
    }

    #[test]
    fn what_expires_is_told_the_soonest_first() {
        let mut memory = DatabaseMemory::default();
        for (name, until) in [("late", Some(90)), ("soon", Some(20)), ("over", Some(5)), ("stays", None)] {
            memory.add_made("db", name, Made { until, ..Made::default() });
        }
        let told: Vec<String> = memory.expiring(50).into_iter().map(|(_, name, _)| name).collect();
        assert_eq!(told, ["over", "soon"]);
    }

    #[test]
    fn what_is_gone_at_the_server_is_forgotten() {
        let mut memory = DatabaseMemory::default();
        memory.add_made("db", "scratch", Made { until: Some(10), ..Made::default() });
        memory.add_made("cache", "two", Made { number: Some(2), ..Made::default() });
        assert_eq!(memory.expired(10), [("db".to_owned(), "scratch".to_owned())]);
        assert!(memory.expired(9).is_empty());
        memory.add_made("db", "half", Made { until: Some(10), begun: true, ..Made::default() });
        assert_eq!(memory.expired(10), [("db".to_owned(), "scratch".to_owned())], "it may be somebody else's");
        memory.add_aside(aside("app", 5));
        let limits = UndoLimits::default();
        memory.keep_only("db", (10, &limits), |_| false);
        memory.keep_only("cache", (10, &limits), |_| false);
        assert_eq!(memory.aside.len(), 1, "it may be looked for where it is not, and is young");
        memory.keep_only("db", (limits.seconds() + 10, &limits), |_| false);
        assert!(memory.aside.is_empty());
        assert!(memory.made("db", "scratch").is_none());
        assert_eq!(memory.numbers("cache"), [2]);
    }
}
