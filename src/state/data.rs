//! Which generation of its data each service of an environment goes on with, and what is known of the others.
//!
//! A reset or a move to another version begins a new generation and leaves the one before as it is; to bring it back is to
//! name it again. One small file, written whole: whoever is killed leaves the old choice or the new one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host;
use crate::model::DataFolder;
use crate::names::{EnvironmentId, Name};
use crate::plan::observed::Observed;

/// All data of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataMemory {
    services: BTreeMap<Name, ServiceData>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ServiceData {
    /// Counts from 1.
    current: u32,
    #[serde(default)]
    generations: BTreeMap<u32, Generation>,
}

impl Default for ServiceData {
    fn default() -> Self {
        Self { current: 1, generations: BTreeMap::new() }
    }
}

/// What is known of one generation of a service's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Generation {
    /// What has written it last, for example `postgres@17`; wins over what the engine was told when it was made.
    pub written_by: Option<String>,
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
            let latest = found.data.keys().filter_map(|name| of(name)).max();
            if let Some(current) = in_use.or(latest).filter(|current| *current > 1) {
                self.services.insert(service.clone(), ServiceData { current, ..Default::default() });
            }
        }
        self.services.len() != before
    }

    /// Corrects what was found by what is remembered: the version that wrote the data last.
    pub fn correct(&self, id: &EnvironmentId, found: &mut Observed) {
        for (service, data) in &self.services {
            for (generation, known) in &data.generations {
                let name = DataFolder::name_of(id, service, *generation);
                if let (Some(written), Some(by)) = (found.data.get_mut(&name), &known.written_by) {
                    *written = Some(by.clone());
                }
            }
        }
    }

    /// Remembers that a service has become ready on its data. Answers whether that is news.
    pub fn served(&mut self, service: &Name, written_by: &str) -> bool {
        let generation = self.now(service);
        let news = generation.written_by.as_deref() != Some(written_by);
        generation.written_by = Some(written_by.to_owned());
        news
    }

    fn now(&mut self, service: &Name) -> &mut Generation {
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
    fn the_version_that_wrote_last_counts_and_not_the_first() {
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let cache = name("cache");
        let mut memory = DataMemory::default();
        assert!(memory.served(&cache, "redis@8"));
        assert!(!memory.served(&cache, "redis@8"));
        let folder = DataFolder::name_of(&id, &cache, 1);
        let mut found = Observed { data: [(folder.clone(), Some("redis@7".to_owned()))].into(), ..Default::default() };
        memory.correct(&id, &mut found);
        assert_eq!(found.data[&folder].as_deref(), Some("redis@8"));
    }
}
