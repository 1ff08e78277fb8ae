//! Which data of a service belongs to which git branch. The data that is current is that of the branch that was checked out when
//! it became so; the others wait until theirs is again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::data::{Aside, Because, DataMemory, Done, Found, Generation};
use crate::model::DataFolder;
use crate::names::Name;

/// The branches of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BranchData {
    /// That of the current data; `None` = nobody has asked for data by branch yet.
    pub here: Option<String>,
    /// How the current one came to be.
    pub born: Option<Born>,
    pub others: BTreeMap<String, OtherBranch>,
    /// The others, those that were left last in front.
    pub order: Vec<String>,
}

/// Data of a branch that is not checked out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OtherBranch {
    pub generation: u32,
    pub born: Option<Born>,
    /// Nobody has worked on it since it was forked.
    pub untouched: bool,
}

/// Where a branch's data comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Born {
    /// The branch.
    pub from: String,
    /// The commit that the new branch was at.
    pub at: String,
}

/// New generations of a service that were filled with what another one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forked {
    /// That of the new branch.
    pub new: u32,
    /// That with which the origin goes on, where its old one is frozen from now on.
    pub origin: Option<u32>,
}

impl DataMemory {
    /// The branch that the current data of a service belongs to.
    pub fn branch_of(&self, service: &Name) -> Option<&str> {
        self.services.get(service)?.branches.here.as_deref()
    }

    /// The branches beside the current one that have data, those that were left last in front.
    pub fn other_branches(&self, service: &Name) -> Vec<&str> {
        let Some(data) = self.services.get(service) else { return Vec::new() };
        let has = |branch: &&String| data.branches.others.contains_key(*branch);
        data.branches.order.iter().filter(has).map(String::as_str).collect()
    }

    /// The generation of a branch, the current one or another.
    pub fn generation_of_branch(&self, service: &Name, branch: &str) -> Option<u32> {
        let data = self.services.get(service)?;
        if data.branches.here.as_deref() == Some(branch) {
            return Some(data.current);
        }
        data.branches.others.get(branch).map(|other| other.generation)
    }

    /// Whether nobody has worked on a branch's data since it was forked.
    pub fn is_untouched(&self, service: &Name, branch: &str) -> bool {
        let other = self.services.get(service).and_then(|data| data.branches.others.get(branch));
        other.is_some_and(|other| other.untouched)
    }

    /// The current data of a service is that of this branch.
    pub fn name_branch(&mut self, service: &Name, branch: &str) {
        self.now(service);
        if let Some(data) = self.services.get_mut(service) {
            data.branches.here = Some(branch.to_owned());
        }
    }

    /// Goes on with the data of another branch, and with what setup had done to it.
    pub fn return_to(&mut self, service: &Name, branch: &str, done: &Done) {
        let other = self.services.get_mut(service).and_then(|data| data.branches.others.remove(branch));
        let Some(other) = other else { return };
        self.leave(service, done);
        self.owe(service, other.generation, done);
        self.enter(service, branch, other.generation, other.born);
    }

    /// Goes on with new data on a new branch: filled with what its origin has, or, with `None`, empty.
    pub fn branch_off(
        &mut self,
        service: &Name,
        (branch, born): (&str, Born),
        forked: Option<&Forked>,
        (done, found): (&Done, &Found<'_>),
    ) {
        let before = self.generation_of_branch(service, &born.from);
        let is_here = self.branch_of(service) == Some(born.from.as_str());
        let Some((forked, before)) = forked.zip(before) else {
            let new = self.next(service, found);
            self.leave(service, done);
            return self.enter(service, branch, new, Some(born));
        };
        let known = self.get(service, before).cloned().unwrap_or_default();
        self.leave(service, done);
        if !is_here {
            self.owe(service, before, done);
        }
        let data = self.services.entry(service.clone()).or_default();
        let left = data.generations.get(&before).map(|known| known.left.clone()).unwrap_or_default();
        let known = Generation { copy_of: Some(before), aside: None, ..known };
        data.generations.insert(forked.new, Generation { left: Vec::new(), ..known.clone() });
        if let Some(origin) = forked.origin {
            data.generations.insert(origin, Generation { left, ..known });
            data.generations.entry(before).or_default().frozen = true;
            if let Some(other) = data.branches.others.get_mut(&born.from) {
                (other.generation, other.untouched) = (origin, true);
            }
            self.forget_half_made(service, origin);
        }
        self.forget_half_made(service, forked.new);
        self.enter(service, branch, forked.new, Some(born));
    }

    /// The data of a branch that is merged or gone is set aside.
    pub fn end_branch(&mut self, service: &Name, branch: &str, at: u64) {
        self.events += 1;
        let event = self.events;
        let Some(data) = self.services.get_mut(service) else { return };
        let Some(other) = data.branches.others.remove(branch) else { return };
        let known = data.generations.entry(other.generation).or_default();
        let setup = std::mem::take(&mut known.left);
        let branch = Some(branch.to_owned());
        known.aside = Some(Aside { event, because: Because::BranchGone, at, branch, setup });
    }

    /// Where the data of each branch beside the current one comes from.
    pub fn births(&self, service: &Name) -> Vec<(&str, &Born)> {
        let others = self.services.get(service).into_iter().flat_map(|data| &data.branches.others);
        others.filter_map(|(branch, other)| Some((branch.as_str(), other.born.as_ref()?))).collect()
    }

    /// The folders of branches that ended, and of data that is frozen: they go as soon as nothing is built on them.
    pub fn of_ended_branches(&self, id: &crate::names::EnvironmentId) -> Vec<String> {
        let of_service = self.services.iter().flat_map(|(service, data)| {
            let known = data.generations.iter().filter(|(generation, known)| {
                let is_gone = known.aside.as_ref().is_some_and(|aside| aside.because == Because::BranchGone);
                **generation != data.current && (known.frozen || is_gone)
            });
            known.map(|(generation, _)| DataFolder::name_of(id, service, *generation))
        });
        of_service.collect()
    }

    fn leave(&mut self, service: &Name, done: &Done) {
        let left = done.of(service);
        self.now(service).left = left;
        let Some(data) = self.services.get_mut(service) else { return };
        let Some(branch) = data.branches.here.take() else { return };
        let (generation, born) = (data.current, data.branches.born.take());
        data.branches.order.retain(|one| *one != branch);
        data.branches.order.insert(0, branch.clone());
        data.branches.others.insert(branch, OtherBranch { generation, born, untouched: false });
    }

    fn enter(&mut self, service: &Name, branch: &str, generation: u32, born: Option<Born>) {
        let data = self.services.entry(service.clone()).or_default();
        (data.current, data.branches.here, data.branches.born) = (generation, Some(branch.to_owned()), born);
        data.branches.order.retain(|one| one != branch);
        data.generations.entry(generation).or_default();
    }

    /// What setup had done to a generation when it was left is what has been done from now on.
    fn owe(&mut self, service: &Name, generation: u32, done: &Done) {
        let left = self.get(service, generation).map(|known| known.left.clone()).unwrap_or_default();
        let owed = done.all(std::slice::from_ref(service)).map(|(app, key)| {
            let run = left.iter().find(|(of, known, _)| of == app && known == key);
            (app.clone(), key.clone(), run.and_then(|(_, _, run)| run.clone()))
        });
        let owed: Vec<_> = owed.collect();
        let known: Vec<_> = owed.iter().map(|(app, key, _)| (app.clone(), key.clone())).collect();
        let unknown = left.into_iter().filter(|(app, key, _)| !known.contains(&(app.clone(), key.clone())));
        self.owed.extend(owed);
        self.owed.extend(unknown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::EnvironmentId;
    use crate::state::{Folders, SetupMemory, StepRun};

    struct Checkout {
        _home: tempfile::TempDir,
        folders: Folders,
        id: EnvironmentId,
        db: Name,
        api: Name,
    }

    impl Checkout {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let folder = |name: &str| home.path().join(name);
            let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
            let name = |text: &str| Name::parse(text).unwrap();
            let id = EnvironmentId::of_checkout(home.path());
            Self { _home: home, folders, id, db: name("db"), api: name("api") }
        }

        fn done(&self) -> Done {
            let steps = BTreeMap::from([(self.db.clone(), vec![(self.api.clone(), "migrate".to_owned())])]);
            Done { steps, runs: SetupMemory::read(&self.folders, &self.id) }
        }

        fn migrate(&self, digest: &str) {
            let run = StepRun::succeeded(digest);
            let mut setup = SetupMemory::read(&self.folders, &self.id);
            setup.put(&self.api, "migrate", Some(run));
            setup.write(&self.folders, &self.id).unwrap();
        }

        fn migrated(&self) -> Option<String> {
            DataMemory::settle(&self.folders, &self.id).unwrap();
            SetupMemory::read(&self.folders, &self.id).last(&self.api, "migrate").map(|run| run.digest.clone())
        }

        fn change(&self, change: impl FnOnce(&mut DataMemory)) -> DataMemory {
            let mut memory = DataMemory::read(&self.folders, &self.id);
            change(&mut memory);
            memory.write(&self.folders, &self.id).unwrap();
            memory
        }
    }

    fn born(from: &str) -> Born {
        Born { from: from.to_owned(), at: "c0".to_owned() }
    }

    #[test]
    fn what_setup_has_done_goes_with_the_data_of_each_branch() {
        let it = Checkout::new();
        let found = Found { id: &it.id, folders: &[] };
        it.migrate("main");
        it.change(|memory| memory.name_branch(&it.db, "main"));
        let forked = Forked { new: 3, origin: Some(2) };
        it.change(|memory| memory.branch_off(&it.db, ("feature", born("main")), Some(&forked), (&it.done(), &found)));
        assert_eq!(it.migrated().as_deref(), Some("main"), "the data is a copy");
        it.migrate("feature");
        let memory = it.change(|memory| memory.return_to(&it.db, "main", &it.done()));
        assert_eq!((memory.current()[&it.db], it.migrated().as_deref()), (2, Some("main")));
        let memory = it.change(|memory| memory.return_to(&it.db, "feature", &it.done()));
        assert_eq!((memory.current()[&it.db], it.migrated().as_deref()), (3, Some("feature")));
        // A third branch, from one that is not checked out.
        let forked = Forked { new: 5, origin: Some(4) };
        let other = |memory: &mut DataMemory| {
            memory.branch_off(&it.db, ("other", born("main")), Some(&forked), (&it.done(), &found));
        };
        let memory = it.change(other);
        assert_eq!((memory.current()[&it.db], it.migrated().as_deref()), (5, Some("main")));
        assert!(memory.is_untouched(&it.db, "main") && !memory.is_untouched(&it.db, "feature"));
        let memory = it.change(|memory| memory.return_to(&it.db, "main", &it.done()));
        assert_eq!((memory.current()[&it.db], it.migrated().as_deref()), (4, Some("main")));
        assert_eq!(memory.other_branches(&it.db), ["other", "feature"]);
    }

    #[test]
    fn the_data_of_an_ended_branch_is_set_aside_and_what_was_frozen_may_go() {
        let it = Checkout::new();
        let found = Found { id: &it.id, folders: &[] };
        it.change(|memory| memory.name_branch(&it.db, "main"));
        let forked = Forked { new: 3, origin: Some(2) };
        it.change(|memory| {
            memory.branch_off(&it.db, ("feature", born("main")), Some(&forked), (&it.done(), &found));
            memory.return_to(&it.db, "main", &it.done());
        });
        let memory = it.change(|memory| memory.end_branch(&it.db, "feature", 100));
        assert_eq!(memory.events()[0].services, [(it.db.clone(), 3)]);
        let folder = |generation| DataFolder::name_of(&it.id, &it.db, generation);
        assert_eq!(memory.of_ended_branches(&it.id), [folder(1), folder(3)]);
        assert_eq!(memory.current()[&it.db], 2);
        assert!(memory.births(&it.db).is_empty());
    }

    #[test]
    fn a_reset_is_of_the_branch_that_is_checked_out() {
        let it = Checkout::new();
        let found = Found { id: &it.id, folders: &[] };
        it.change(|memory| memory.name_branch(&it.db, "main"));
        let forked = Forked { new: 2, origin: None };
        it.change(|memory| {
            memory.branch_off(&it.db, ("feature", born("main")), Some(&forked), (&it.done(), &found));
            memory.begin_new(std::slice::from_ref(&it.db), Because::Reset, 5, (&it.done(), &found));
        });
        assert_eq!(DataMemory::read(&it.folders, &it.id).events()[0].branch.as_deref(), Some("feature"));
        let memory = it.change(|memory| memory.return_to(&it.db, "main", &it.done()));
        assert_eq!((memory.current()[&it.db], memory.generation_of_branch(&it.db, "feature")), (1, Some(3)));
    }
}
