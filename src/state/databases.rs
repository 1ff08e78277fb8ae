//! What is remembered of the databases of an environment: which were made on purpose and until when, what was set aside and can
//! come back, and what a command is in the middle of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host;
use crate::names::EnvironmentId;

/// For how long what was set aside is kept, in seconds.
pub const ASIDE_S: u64 = 7 * 24 * 3600;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseMemory {
    /// By service, then by name.
    pub made: BTreeMap<String, BTreeMap<String, Made>>,
    /// The oldest first.
    pub aside: Vec<Aside>,
    /// Databases at the server that belong to a command: of one that was killed they are removed.
    pub unfinished: Vec<Unfinished>,
    /// Counts what was set aside.
    next: u64,
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
    /// A command is making it, or was ended before it was whole: nobody knows whether what the server has is its work.
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

impl DatabaseMemory {
    pub fn read(folders: &Folders, id: &EnvironmentId) -> Self {
        read_json(&path(folders, id))
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
        let answer = change(&mut memory);
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

    /// Notes what was set aside; its id is filled in.
    pub fn add_aside(&mut self, aside: Aside) -> u64 {
        self.next += 1;
        self.aside.push(Aside { id: self.next, ..aside });
        self.next
    }

    pub fn take_aside(&mut self, id: u64) -> Option<Aside> {
        let index = self.aside.iter().position(|one| one.id == id)?;
        Some(self.aside.remove(index))
    }

    /// What was set aside so long ago that it may go: never the newest of a database.
    pub fn stale(&self, now: u64) -> Vec<Aside> {
        let is_newest = |one: &Aside| {
            let of_same = |other: &&Aside| other.service == one.service && other.database == one.database;
            self.aside.iter().filter(of_same).all(|other| other.id <= one.id)
        };
        self.aside.iter().filter(|one| one.at + ASIDE_S <= now && !is_newest(one)).cloned().collect()
    }

    /// Those whose time is over: service and name. What was only begun has none: it may be somebody else's by that name.
    pub fn expired(&self, now: u64) -> Vec<(String, String)> {
        let all = self.made.iter().flat_map(|(service, made)| made.iter().map(move |(name, one)| (service, name, one)));
        all.filter(|(_, _, one)| !one.begun && one.until.is_some_and(|until| until <= now))
            .map(|(service, name, _)| (service.clone(), name.clone()))
            .collect()
    }

    /// Forgets what the server of a service does not have any more, for example after a reset.
    pub fn keep_only(&mut self, service: &str, is_there: impl Fn(&str) -> bool) {
        if let Some(made) = self.made.get_mut(service) {
            made.retain(|name, one| one.number.is_some() || is_there(name));
        }
        self.made.retain(|_, made| !made.is_empty());
        self.aside.retain(|one| one.service != service || one.number.is_some() || is_there(&one.name));
        self.unfinished.retain(|one| one.service != service || one.number.is_some() || is_there(&one.name));
    }

    /// Numbers that are spoken for, where a server knows databases by number.
    pub fn numbers(&self, service: &str) -> Vec<u32> {
        let made = self.made.get(service).into_iter().flat_map(BTreeMap::values).filter_map(|one| one.number);
        let aside = self.aside.iter().filter(|one| one.service == service).filter_map(|one| one.number);
        let unfinished = self.unfinished.iter().filter(|one| one.service == service).filter_map(|one| one.number);
        made.chain(aside).chain(unfinished).collect()
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
    fn the_newest_that_was_set_aside_stays_whatever_its_age() {
        let mut memory = DatabaseMemory::default();
        for one in [aside("app", 1), aside("app", 2), aside("old", 1)] {
            memory.add_aside(one);
        }
        let stale: Vec<String> = memory.stale(ASIDE_S + 10).into_iter().map(|one| one.name).collect();
        assert_eq!(stale, ["app-1"]);
        assert!(memory.stale(5).is_empty());
        assert_eq!(memory.take_aside(2).unwrap().name, "app-2");
        assert_eq!(memory.add_aside(aside("app", 3)), 4);
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
        memory.keep_only("db", |_| false);
        memory.keep_only("cache", |_| false);
        assert!(memory.made("db", "scratch").is_none());
        assert_eq!(memory.numbers("cache"), [2]);
    }
}
