//! What is remembered of databases goes with the data that they are in: with another branch, a reset or an undo a service goes on
//! with another generation of its data, which has other databases.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::DataMemory;
use super::databases::{Aside, DatabaseMemory, Made, Unfinished};
use super::handover::Handover;
use crate::names::Name;

/// What is remembered of the databases in one generation of a service's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OfGeneration {
    made: BTreeMap<String, Made>,
    aside: Vec<Aside>,
    unfinished: Vec<Unfinished>,
    handovers: Vec<Handover>,
}

impl DatabaseMemory {
    /// Goes on with what is remembered of the data that each service goes on with. A copy of data has what its original had.
    pub(super) fn follow(&mut self, data: &DataMemory) {
        let current = data.current();
        for service in self.services() {
            let Some((name, current)) = Name::parse(&service).ok().and_then(|name| current.get_key_value(&name)) else {
                // Nothing is known of its data: it has only ever had one.
                continue;
            };
            let before = *self.of.entry(service.clone()).or_insert(*current);
            if before != *current {
                let left = self.take_out(&service);
                let elsewhere = self.elsewhere.entry(service.clone()).or_default();
                elsewhere.insert(before, left);
                let found = elsewhere.remove(current).or_else(|| original(elsewhere, data, name, *current));
                self.put_in(&service, found.unwrap_or_default());
                self.of.insert(service.clone(), *current);
            }
            let Some(elsewhere) = self.elsewhere.get_mut(&service) else { continue };
            // What was copied is the copy's own from now on, whatever becomes of the original.
            for generation in data.generations_of(name).filter(|generation| generation != current) {
                if !elsewhere.contains_key(&generation)
                    && let Some(found) = original(elsewhere, data, name, generation)
                {
                    elsewhere.insert(generation, found);
                }
            }
            elsewhere.retain(|generation, _| data.get(name, *generation).is_some());
        }
        self.elsewhere.retain(|_, of_service| !of_service.is_empty());
    }

    fn services(&self) -> BTreeSet<String> {
        let made = self.made.keys();
        let aside = self.restorable().map(|one| &one.service);
        let unfinished = self.unfinished.iter().map(|one| &one.service);
        made.chain(aside).chain(unfinished).chain(self.of.keys()).cloned().collect()
    }

    fn take_out(&mut self, service: &str) -> OfGeneration {
        OfGeneration {
            made: self.made.remove(service).unwrap_or_default(),
            aside: self.aside.extract_if(.., |one| one.service == service).collect(),
            unfinished: self.unfinished.extract_if(.., |one| one.service == service).collect(),
            handovers: self.handovers.extract_if(.., |one| one.aside.service == service).collect(),
        }
    }

    fn put_in(&mut self, service: &str, found: OfGeneration) {
        if !found.made.is_empty() {
            self.made.insert(service.to_owned(), found.made);
        }
        self.aside.extend(found.aside);
        self.aside.sort_by_key(|one| (one.at, one.id));
        self.unfinished.extend(found.unfinished);
        self.handovers.extend(found.handovers);
    }
}

/// What is known of the data that a generation was made from.
fn original(
    elsewhere: &BTreeMap<u32, OfGeneration>,
    data: &DataMemory,
    service: &Name,
    generation: u32,
) -> Option<OfGeneration> {
    let from = data.get(service, generation)?.copy_of?;
    elsewhere.get(&from).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::EnvironmentId;
    use crate::state::{Because, Born, Done, Forked, Found};

    struct Place {
        data: DataMemory,
        memory: DatabaseMemory,
        id: EnvironmentId,
        db: Name,
    }

    impl Place {
        fn new() -> Self {
            let db = Name::parse("db").unwrap();
            let mut data = DataMemory::default();
            data.name_branch(&db, "main");
            let id = EnvironmentId::of_checkout("/x".as_ref());
            Self { data, memory: DatabaseMemory::default(), id, db }
        }

        fn make(&mut self, name: &str) {
            self.memory.add_made("db", name, Made::default());
            self.memory.follow(&self.data);
        }

        fn drop(&mut self, name: &str) {
            let (service, database) = ("db".to_owned(), name.to_owned());
            let aside = Aside { service, database, ..Aside::default() };
            let id = self.memory.begin_handover(Handover { aside, ..Handover::default() });
            self.memory.finish_handover(id, 1);
            self.memory.follow(&self.data);
        }

        fn branch_off(&mut self, branch: &str, forked: &Forked) {
            let found = Found { id: &self.id, folders: &[] };
            let born = Born { from: "main".to_owned(), at: String::new() };
            self.data.branch_off(&self.db, (branch, born), Some(forked), (&Done::default(), &found));
            self.memory.follow(&self.data);
        }

        fn return_to(&mut self, branch: &str) {
            self.data.return_to(&self.db, branch, &Done::default());
            self.memory.follow(&self.data);
        }

        /// What was made, and what can be brought back.
        fn known(&self) -> (Vec<&str>, Vec<&str>) {
            let made = self.memory.made.get("db").into_iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
            (made, self.memory.aside.iter().map(|one| one.database.as_str()).collect())
        }
    }

    #[test]
    fn each_branch_remembers_its_own_databases() {
        let mut place = Place::new();
        place.make("trial");
        place.make("other");
        place.branch_off("feature", &Forked { new: 2, origin: None });
        assert_eq!(place.known().0, ["other", "trial"], "a copy has what the original had");
        place.drop("trial");
        place.return_to("main");
        assert_eq!(place.known(), (vec!["other", "trial"], vec![]));
        place.drop("other");
        place.return_to("feature");
        assert_eq!(place.known(), (vec!["other"], vec!["trial"]));
    }

    #[test]
    fn an_original_that_was_frozen_leaves_what_it_had_to_both() {
        let mut place = Place::new();
        place.make("trial");
        place.branch_off("feature", &Forked { new: 3, origin: Some(2) });
        place.drop("trial");
        // Nothing is built on it any more.
        place.data.forget_folder(&place.id, &crate::model::DataFolder::name_of(&place.id, &place.db, 1));
        place.memory.follow(&place.data);
        place.return_to("main");
        assert_eq!(place.known(), (vec!["trial"], vec![]));
    }

    #[test]
    fn a_reset_begins_without_any_and_its_undo_has_them_again() {
        let mut place = Place::new();
        place.make("trial");
        place.make("gone");
        place.drop("gone");
        let found = Found { id: &place.id, folders: &[] };
        let services = std::slice::from_ref(&place.db);
        place.data.begin_new(services, Because::Reset, 5, (&Done::default(), &found));
        place.memory.follow(&place.data);
        assert_eq!(place.known(), (vec![], vec![]));
        let reset = place.data.events().remove(0);
        place.data.bring_back(&reset, 6, &Done::default());
        place.memory.follow(&place.data);
        assert_eq!(place.known(), (vec!["trial"], vec!["gone"]));
    }
}
