//! Data by git branch: what is checked out decides which data the services that want it so go on with.
//!
//! On a new branch the data of the branch that it comes from goes on as two: both are forks of what there was, which is frozen from
//! then on, or, where the engine can't do that, one is a copy. Nothing counts before all of it is there; killed before that, the
//! next command removes what there is of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Failure;
use super::bring_up::BringUp;
use super::context::Teller;
use super::data::DataLook;
use super::facts::unwritable;
use crate::engine::{DataLabels, Doing, Ground, MOST_BELOW, Owner, layer_of};
use crate::events::Event;
use crate::execute::can_fork;
use crate::host::{self, Branches};
use crate::model::{DataFolder, Unit};
use crate::names::{EnvironmentId, Name};
use crate::plan::up::with_needs;
use crate::state::{Born, DataMemory, DatabaseMemory, Forked, Found};

/// Services that only ever write to files, and make and rename no folders that are there: what a fork does well.
const FORK_WELL: [&str; 6] = ["postgres", "mysql", "mariadb", "mongodb", "redis", "valkey"];

/// What a service goes on with on the branch that is checked out now.
enum Way {
    /// What that branch had.
    Return,
    /// A new generation, begun as that of this branch.
    BranchOff { born: Born, forking: Option<Forking> },
}

/// Data on its way to become that of two branches.
struct Forking {
    forked: Forked,
    from: String,
    /// What both are built on; empty = one is a copy.
    below: Vec<String>,
}

impl Forking {
    /// The generations that are made.
    fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        [Some(self.forked.new), self.forked.origin].into_iter().flatten()
    }
}

impl BringUp<'_> {
    /// Goes on with the data of the branch that is checked out; what another one had is kept for it. For a command that has the
    /// environment's lock.
    ///
    /// # Errors
    /// What works on the data can't be stopped, or the data can't be had; it is then as it was.
    pub(super) async fn follow_branch(&self, teller: &Teller<'_>) -> Result<(), Failure> {
        let wanted = self.manifest.services.iter().filter(|it| it.per_branch.as_ref().is_some_and(|it| it.value));
        let wanted: Vec<Name> = wanted.map(|service| service.name.value.clone()).collect();
        let Some(branch) = host::current_branch(&self.identity.root).filter(|_| !wanted.is_empty()) else {
            return Ok(());
        };
        let memory = DataMemory::read(&self.context.folders, &self.identity.id);
        if wanted.iter().all(|service| memory.branch_of(service) == Some(branch.as_str())) {
            return self.end_branches(teller);
        }
        let mut look = DataLook::new(self).await?;
        let selected = with_needs(&look.project, &look.found, &self.wishes.names);
        let mut moving = Vec::new();
        for service in wanted.into_iter().filter(|service| selected.contains(service)) {
            match look.memory.branch_of(&service) {
                None => look.memory.name_branch(&service, &branch),
                Some(here) if here == branch => {}
                Some(_) => moving.push(service),
            }
        }
        look.memory.write(&self.context.folders, &self.identity.id).map_err(unwritable)?;
        if moving.is_empty() { Ok(()) } else { self.move_to_branch(look, &branch, &moving, teller).await }
    }

    /// What belongs to branches that were merged or are gone is set aside; `devenv gc` removes it.
    fn end_branches(&self, teller: &Teller<'_>) -> Result<(), Failure> {
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let mut memory = DataMemory::read(folders, id);
        let ended = ended(&memory, &self.identity.root);
        if ended.is_empty() {
            return Ok(());
        }
        for (service, branch) in &ended {
            memory.end_branch(service, branch, host::now());
        }
        memory.write(folders, id).map_err(unwritable)?;
        for (service, branch) in ended {
            let text = format!("the branch `{branch}` was merged or deleted: `devenv gc` removes its data");
            teller.tell(Event::Note { name: Some(service), text });
        }
        Ok(())
    }

    async fn move_to_branch(
        &self,
        mut look: DataLook,
        branch: &str,
        services: &[Name],
        teller: &Teller<'_>,
    ) -> Result<(), Failure> {
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let is_new = |service: &Name| look.memory.generation_of_branch(service, branch).is_none();
        let branches = services.iter().any(is_new).then(|| Branches::of(&self.identity.root)).flatten();
        let mut ways = Vec::new();
        for service in services {
            ways.push((service, self.way(&mut look, (service, branch), branches.as_ref()).await?));
        }
        look.memory.write(folders, id).map_err(unwritable)?;
        let stop = self.stop_for(&look, services, teller);
        let forks = futures_util::future::join_all(ways.iter().map(|(service, way)| self.fork(&look, service, way)));
        // A fork is only told what it is built on; that is looked into when something starts with it.
        let (stopped, forks) = futures_util::join!(stop, forks);
        stopped?;
        for ((service, way), is_there) in ways.iter_mut().zip(forks) {
            if !is_there {
                self.copy_instead(&mut look, service, way).await?;
            }
        }
        if let Err(failure) = self.copy(&look, &ways).await {
            let _ = self.context.clear_half_made(&self.engine, id).await;
            return Err(failure);
        }
        let done = look.done(folders);
        let there: Vec<String> = look.found.data.keys().cloned().collect();
        for (service, way) in ways {
            let text = told(&way, branch);
            match way {
                Way::Return => look.memory.return_to(service, branch, &done),
                Way::BranchOff { born, forking } => {
                    let forked = forking.map(|forking| forking.forked);
                    let found = Found { id, folders: &there };
                    look.memory.branch_off(service, (branch, born), forked.as_ref(), (&done, &found));
                }
            }
            teller.tell(Event::Note { name: Some(service.clone()), text });
        }
        look.memory.write(folders, id).map_err(unwritable)?;
        // What is remembered of databases is divided at the moment of the fork.
        DatabaseMemory::change(folders, id, |_| ()).map_err(unwritable)?;
        DataMemory::settle(folders, id).map_err(unwritable)
    }

    /// Stops the services, and what of those that work on their data is brought up again.
    async fn stop_for(&self, look: &DataLook, services: &[Name], teller: &Teller<'_>) -> Result<(), Failure> {
        let selected = with_needs(&look.project, &look.found, &self.wishes.names);
        let running = look.running();
        let names: BTreeSet<Name> =
            look.touched(services).intersection(&running).filter(|name| selected.contains(name)).cloned().collect();
        look.stop_telling(self, &names, teller).await
    }

    async fn way(
        &self,
        look: &mut DataLook,
        (service, branch): (&Name, &str),
        branches: Option<&Branches>,
    ) -> Result<Way, Failure> {
        if look.memory.generation_of_branch(service, branch).is_some() {
            return Ok(Way::Return);
        }
        let here = look.memory.branch_of(service).unwrap_or_default().to_owned();
        let candidates: Vec<&str> = [here.as_str()].into_iter().chain(look.memory.other_branches(service)).collect();
        let written = host::begun_from(&self.identity.root, branch).filter(|from| candidates.contains(&from.as_str()));
        let nearest =
            || branches.and_then(|branches| branches.nearest(branch, &candidates)).unwrap_or(&here).to_owned();
        let nearest = written.unwrap_or_else(nearest);
        let at = branches.and_then(|branches| branches.commit(branch)).unwrap_or_default().to_owned();
        let forking = self.forking(look, service, &nearest).await?;
        Ok(Way::BranchOff { born: Born { from: nearest, at }, forking })
    }

    /// `None` = the origin has no data that one could begin with.
    async fn forking(&self, look: &mut DataLook, service: &Name, origin: &str) -> Result<Option<Forking>, Failure> {
        let id = &self.identity.id;
        let Some(generation) = look.memory.generation_of_branch(service, origin) else { return Ok(None) };
        let from = DataFolder::name_of(id, service, generation);
        let is_begun = look.memory.get(service, generation).is_some_and(|known| known.begun);
        if is_begun || !look.found.data.contains_key(&from) {
            return Ok(None);
        }
        let shares = look.memory.is_untouched(service, origin);
        let below = self.base(look, (service, &from), shares).await?;
        let mut there: Vec<String> = look.found.data.keys().cloned().collect();
        let mut begin = |look: &mut DataLook| {
            let number = look.memory.begin_filling(service, &Found { id, folders: &there });
            there.push(DataFolder::name_of(id, service, number));
            number
        };
        let new = begin(look);
        let origin = (!below.is_empty() && !shares).then(|| begin(look));
        Ok(Some(Forking { forked: Forked { new, origin }, from, below }))
    }

    /// What forks of some data are built on; empty = there can be none.
    async fn base(
        &self,
        look: &DataLook,
        (service, from): (&Name, &str),
        shares: bool,
    ) -> Result<Vec<String>, Failure> {
        let forks_well = look.project.unit(service).and_then(|unit| unit.catalog_id);
        if !forks_well.is_some_and(|id| FORK_WELL.contains(&id)) || !can_fork(&self.engine, &self.context.folders).await
        {
            return Ok(Vec::new());
        }
        let below = self.engine.below(from).await.map_err(|fault| fault.problem(&Doing::Look))?;
        let base = match below.is_empty() {
            true => vec![from.to_owned()],
            false if shares => below,
            false => std::iter::once(layer_of(from)).chain(below).collect(),
        };
        Ok(if base.len() <= MOST_BELOW { base } else { Vec::new() })
    }

    /// Answers whether what can be forked is.
    async fn fork(&self, look: &DataLook, service: &Name, way: &Way) -> bool {
        let Way::BranchOff { forking: Some(forking), .. } = way else { return true };
        let Some(unit) = look.project.unit(service).filter(|_| !forking.below.is_empty()) else { return true };
        let wanted: Vec<DataFolder> = forking.numbers().filter_map(|number| self.data_of(unit, number)).collect();
        let image = unit.image().map(ToString::to_string);
        let ground = Ground { image: image.as_deref(), root: None };
        self.engine.create_forks(&self.owner(look), service, &wanted, (&forking.below, ground)).await.is_ok()
    }

    /// An engine that could make forks and can't any more: one is copied, as where it never could.
    async fn copy_instead(&self, look: &mut DataLook, service: &Name, way: &mut Way) -> Result<(), Failure> {
        let Way::BranchOff { forking: Some(forking), .. } = way else { return Ok(()) };
        for number in forking.numbers() {
            let folder = DataFolder::name_of(&self.identity.id, service, number);
            let removed = self.engine.remove_data(&folder).await;
            removed.map_err(|fault| fault.problem(&Doing::Create { unit: service.to_string() }))?;
        }
        if let Some(origin) = forking.forked.origin.take() {
            look.memory.forget_half_made(service, origin);
        }
        forking.below.clear();
        Ok(())
    }

    /// What can't be forked is copied, now that nobody writes to it.
    async fn copy(&self, look: &DataLook, ways: &[(&Name, Way)]) -> Result<(), Failure> {
        for (service, way) in ways {
            let Way::BranchOff { forking: Some(forking), .. } = way else { continue };
            let Some(unit) = look.project.unit(service).filter(|_| forking.below.is_empty()) else { continue };
            let Some(data) = self.data_of(unit, forking.forked.new) else { continue };
            let labels = DataLabels {
                environment: self.identity.id.to_string(),
                project: look.project.name.to_string(),
                checkout: self.identity.root.display().to_string(),
                unit: service.to_string(),
                written_by: data.written_by.map(|(id, version)| format!("{id}@{version}")),
                generation: forking.forked.new,
            };
            let copied = self.engine.copy_data(&forking.from, &data.name, &labels).await;
            copied.map_err(|fault| fault.problem(&Doing::Create { unit: service.to_string() }))?;
        }
        Ok(())
    }

    fn data_of(&self, unit: &Unit, generation: u32) -> Option<DataFolder> {
        let name = DataFolder::name_of(&self.identity.id, &unit.name, generation);
        unit.data.clone().map(|data| DataFolder { name, ..data })
    }

    fn owner(&self, look: &DataLook) -> Owner {
        Owner {
            id: self.identity.id.clone(),
            project: look.project.name.to_string(),
            checkout: self.identity.root.clone(),
            network: String::new(),
        }
    }
}

fn told(way: &Way, branch: &str) -> String {
    match way {
        Way::Return => format!("goes on with the data of the branch `{branch}`"),
        Way::BranchOff { born, forking: Some(_) } => {
            format!("the branch `{branch}` has data of its own from now on, begun as that of `{}`", born.from)
        }
        Way::BranchOff { forking: None, .. } => format!("the branch `{branch}` has data of its own from now on"),
    }
}

/// Branches with data that were merged into where they came from, or that are gone, by service.
fn ended(memory: &DataMemory, root: &Path) -> Vec<(Name, String)> {
    let services = memory.current().into_keys();
    let births: Vec<(Name, String, Born)> = services
        .flat_map(|service| {
            let births = memory.births(&service).into_iter();
            births.map(|(branch, born)| (service.clone(), branch.to_owned(), born.clone())).collect::<Vec<_>>()
        })
        .collect();
    if births.is_empty() {
        return Vec::new();
    }
    let Some(branches) = Branches::of(root) else { return Vec::new() };
    let origins: BTreeSet<&str> = births.iter().map(|(_, _, born)| born.from.as_str()).collect();
    let within: BTreeMap<String, BTreeSet<String>> =
        origins.into_iter().map(|origin| (origin.to_owned(), branches.within(origin))).collect();
    let lasting = branches.lasting();
    let has_ended = |(_, branch, born): &(Name, String, Born)| match branches.commit(branch) {
        None => true,
        // Where git itself doesn't know what it comes from, the origin was a guess: the trunk may stand there as a branch of a feature.
        Some(_) if lasting.contains(branch) || host::begun_from(root, branch).as_ref() != Some(&born.from) => false,
        // A branch that has not gone on since it began is in its origin from the first moment.
        Some(commit) => commit != born.at && within.get(&born.from).is_some_and(|within| within.contains(branch)),
    };
    births.into_iter().filter(has_ended).map(|(service, branch, _)| (service, branch)).collect()
}

/// The data folders of branches that have ended, those included that nobody has noticed yet; `root` where the checkout is.
pub(super) fn ended_folders(memory: &DataMemory, id: &EnvironmentId, root: Option<&PathBuf>) -> Vec<String> {
    let unnoticed = root.map(|root| ended(memory, root)).unwrap_or_default();
    let folder = |(service, branch): (Name, String)| {
        memory.generation_of_branch(&service, &branch).map(|number| DataFolder::name_of(id, &service, number))
    };
    memory.of_ended_branches(id).into_iter().chain(unnoticed.into_iter().filter_map(folder)).collect()
}
