//! Finds what `devenv gc` may remove, and removes it: piece by piece, each environment under its lock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Failure;
use super::branches::ended_folders;
use super::context::{Context, MANIFEST};
use super::everything::place_of;
use crate::engine::{Doing, Engine, Fault};
use crate::execute::ON_HOST;
use crate::host;
use crate::model::EQUIPPED;
use crate::model::resolve::Identity;
use crate::names::{EnvironmentId, Name};
use crate::plan::gc::{Beside, Item, Kind, Known, Made, Seeds, plan_gc, still};
use crate::plan::inventory::{Inventory, InventoryData};
use crate::problem::{Problem, kinds};
use crate::state::{
    self, Attempt, Checkouts, DataMemory, EnvironmentLock, Fetched, Folders, Presence, SavedData, Saving, SetupMemory,
};
use crate::supervisor::Supervisor;

pub struct Reclaim<'a> {
    pub context: &'a Context,
    pub engine: Engine,
    /// Only what was not used for so many seconds.
    pub older_than: Option<u64>,
}

/// How much each data folder takes, in bytes.
pub type Sizes = BTreeMap<String, u64>;

/// What can go, and how much each data folder takes.
pub struct Found {
    pub items: Vec<Item>,
    pub sizes: Sizes,
}

impl Reclaim<'_> {
    /// # Errors
    /// The engine cannot be used.
    pub async fn find(&self, with_caches: bool) -> Result<Found, Failure> {
        const LIMIT: Duration = Duration::from_secs(20);
        /// Who waits longer wants to know for what.
        const AT_ONCE: Duration = Duration::from_millis(1500);
        let counting = async {
            let mut counted = std::pin::pin!(tokio::time::timeout(LIMIT, self.engine.data_sizes()));
            tokio::select! {
                counted = &mut counted => return counted,
                () = tokio::time::sleep(AT_ONCE) => self.context.ui.status("counting how much room data takes"),
            }
            counted.await
        };
        let (inventory, sizes) = futures_util::join!(self.context.inventory(&self.engine), counting);
        let inventory = inventory?;
        let sizes = match sizes {
            Ok(Ok(sizes)) => {
                // They are only shown; the next count writes them again.
                let _ = state::remember_sizes(&self.context.folders, &sizes);
                sizes
            }
            _ => state::last_sizes(&self.context.folders),
        };
        let known = self.known(&inventory)?;
        let looking = |fault: Fault| fault.problem(&Doing::Look);
        let beside = self.beside(&known, with_caches).await.map_err(looking)?;
        let others = self.engine.used_by_others().await.map_err(looking)?;
        Ok(Found { items: plan_gc(&inventory, &known, beside, &others, self.older_than), sizes })
    }

    /// Environments of this user on this computer.
    fn known(&self, inventory: &Inventory) -> Result<Vec<Known>, Problem> {
        let checkouts = Checkouts::read_sure(&self.context.folders).map_err(|path| damaged(&path))?;
        let registered = checkouts.iter().map(|(id, _)| id);
        let all: BTreeSet<EnvironmentId> = registered.chain(state::environments(&self.context.folders)).collect();
        Ok(all.into_iter().filter_map(|id| self.known_one(inventory, &checkouts, id)).collect())
    }

    fn known_one(&self, inventory: &Inventory, checkouts: &Checkouts, id: EnvironmentId) -> Option<Known> {
        let (name, path) = place_of(checkouts, inventory, &id)?;
        let checkout = checkouts.get(&id);
        let is_deleted = checkouts.presence(&id) == Presence::Gone;
        let identity = Identity { id: id.clone(), root: path.clone() };
        let has_manifest = checkout.is_some() && host::is_file(&path.join(MANIFEST));
        let wanted = has_manifest.then(|| self.context.manifest(&identity).ok()).flatten();
        let wanted = wanted.map(|manifest| {
            let services = manifest.services.iter().map(|service| service.name.value.to_string());
            services.chain(manifest.apps.iter().map(|app| app.name.value.to_string())).collect()
        });
        let unused_for = checkout.map(|checkout| host::now().saturating_sub(checkout.last_used));
        let homes = host::folder_size(&self.context.folders.homes(&id));
        let is_saved = self.is_saved(&id);
        let memory = DataMemory::read(&self.context.folders, &id);
        let aside = memory.removable(&id, host::now()).into_iter().collect();
        let ended = ended_folders(&memory, &id, (!is_deleted).then_some(&path)).into_iter().collect();
        Some(Known { id, name, checkout: path, is_deleted, unused_for, wanted, homes, is_saved, aside, ended })
    }

    async fn beside(&self, known: &[Known], with_caches: bool) -> Result<Beside, Fault> {
        /// Somebody may just be making something from it.
        const FRESH: u64 = 3600;
        let folders = &self.context.folders;
        let home = std::iter::once(folders.home_id());
        let ids: Vec<EnvironmentId> = known.iter().map(|one| one.id.clone()).chain(home).collect();
        let mut built = self.engine.built_for(&ids).await?;
        let mut downloads: Vec<Made> = Vec::new();
        let settled = state::downloads(folders).into_iter().filter(|(_, one)| host::now().abs_diff(one.at) >= FRESH);
        for (name, download) in settled {
            // What somebody has built under this name since is theirs.
            let made = self.engine.made_named(&name).await?.filter(|made| made.id == download.id);
            if name.starts_with(EQUIPPED) { &mut built } else { &mut downloads }.extend(made);
        }
        Ok(Beside {
            downloads,
            built,
            blanks: self.unused_blanks().await?,
            expired: state::expired_data(folders, host::now())
                .into_iter()
                .map(|saved| {
                    (format!("data of {} in {}", saved.service, saved.checkout.display()), saved.id, saved.packed_size)
                })
                .collect(),
            seeds: unused_seeds(folders, if with_caches { Seeds::All } else { Seeds::Unused }),
            caches: with_caches.then(|| host::folder_size(&folders.packages())).filter(|size| *size > 0),
        })
    }

    /// Removes one thing, its data saved first; `sizes` are those of data folders as they were found.
    ///
    /// # Errors
    /// Why it stays, for a person.
    pub async fn remove(&self, item: &Item, sizes: &Sizes) -> Result<(), String> {
        let folders = &self.context.folders;
        match &item.kind {
            Kind::Environment { id, .. } | Kind::Data { id } | Kind::Generation { id } | Kind::Leftover { id, .. } => {
                let _lock = self.lock(id)?;
                let (item, inventory) = self.look_again(item, id).await?;
                self.remove_of(id, &item, (&inventory, sizes)).await
            }
            Kind::Download { name } => {
                self.engine.remove_made(name).await.map_err(said)?;
                state::forget_download(folders, name).map_err(|error| format!("{error:#}"))
            }
            Kind::Blank { folder } => self.remove_blank(folder).await,
            Kind::Built { name } => {
                self.engine.remove_made(name).await.map_err(said)?;
                state::forget_download(folders, name).map_err(|error| format!("{error:#}"))
            }
            Kind::Saved { id } => match state::saved_data(folders).iter().find(|saved| saved.id == *id) {
                Some(saved) => state::forget_saved(folders, saved).map_err(|error| error.to_string()),
                None => Ok(()),
            },
            Kind::Seeds(which) => {
                let removed = Fetched::below(&folders.cache).remove(*which == Seeds::All, host::now());
                removed.map_err(|error| error.to_string())
            }
            Kind::Caches => self.remove_caches(),
        }
    }

    /// Decides once more whether it can go, now that nobody else changes the environment.
    async fn look_again(&self, item: &Item, id: &EnvironmentId) -> Result<(Item, Inventory), String> {
        let swept = self.context.clear_half_made(&self.engine, id).await;
        swept.map_err(|_| "what a killed command has left half made can't be removed".to_owned())?;
        let inventory = self.context.inventory(&self.engine).await.map_err(|problem| problem.what)?;
        let checkouts = Checkouts::read_sure(&self.context.folders).map_err(|path| damaged(&path).what)?;
        let known = self.known_one(&inventory, &checkouts, id.clone());
        let now = plan_gc(&inventory, known.as_slice(), Beside::default(), &BTreeSet::new(), self.older_than);
        still(item, now).map(|item| (item, inventory)).ok_or_else(|| "it was used meanwhile".to_owned())
    }

    async fn remove_of(&self, id: &EnvironmentId, item: &Item, found: (&Inventory, &Sizes)) -> Result<(), String> {
        self.remove_parts(id, item, found).await?;
        let ours = format!("devenv-{id}-");
        self.engine.remove_spare_layers(|fork| fork.starts_with(&ours)).await.map_err(said)
    }

    async fn remove_parts(&self, id: &EnvironmentId, item: &Item, found: (&Inventory, &Sizes)) -> Result<(), String> {
        match &item.kind {
            Kind::Environment { is_deleted, .. } => {
                self.remove_environment(id, &item.data, found).await?;
                if *is_deleted { self.forget(id) } else { Ok(()) }
            }
            Kind::Leftover { units, networks, .. } => {
                for unit in units {
                    self.engine.remove(unit).await.map_err(said)?;
                }
                for network in networks {
                    self.engine.remove_network(network).await.map_err(said)?;
                }
                Ok(())
            }
            _ => {
                let saved = self.save(&item.data, found.1).await?;
                self.remove_data(id, &item.data, &saved).await
            }
        }
    }

    /// The caches belong to every environment, so that none may be at work.
    fn remove_caches(&self) -> Result<(), String> {
        let folders = &self.context.folders;
        let all: Result<Vec<_>, String> = state::environments(folders).map(|id| self.lock(&id)).collect();
        let _locks = all?;
        let aside = folders.cache.join("packages.removed");
        let removed = host::remove_folder(&aside).and_then(|()| {
            // Killed halfway, nobody finds half of a package.
            host::rename(&folders.packages(), &aside);
            host::remove_folder(&aside)
        });
        removed.map_err(|error| error.to_string())
    }

    fn is_saved(&self, id: &EnvironmentId) -> bool {
        state::saved_data(&self.context.folders).iter().any(|saved| saved.environment == id.as_str())
    }

    /// Gives the environment up to no other command; what another one is changing stays.
    fn lock(&self, id: &EnvironmentId) -> Result<EnvironmentLock, String> {
        match EnvironmentLock::attempt(&self.context.folders, id, "gc") {
            Ok(Attempt::Taken(lock)) => Ok(lock),
            Ok(Attempt::Held(holder, _)) => Err(format!("`{}` is at work there", holder.command)),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn remove_environment(
        &self,
        id: &EnvironmentId,
        data: &[InventoryData],
        (inventory, sizes): (&Inventory, &Sizes),
    ) -> Result<(), String> {
        let stopped = self.context.stop_all(&self.engine, inventory, id).await;
        stopped.map_err(|problem| problem.what)?;
        let saved = self.save(data, sizes).await?;
        Supervisor::of(&self.context.folders, id).remove_all().await.map_err(|problem| problem.what)?;
        for unit in inventory.units.iter().filter(|unit| unit.of.id == *id && !Supervisor::has(&unit.id)) {
            self.engine.remove(&unit.id).await.map_err(said)?;
        }
        self.remove_data(id, data, &saved).await?;
        // Nothing is built on it any more.
        for frozen in inventory.frozen.iter().filter(|frozen| frozen.of.id == *id) {
            self.engine.remove_data(&frozen.name).await.map_err(said)?;
        }
        for network in inventory.networks.iter().filter(|network| network.of.id == *id) {
            self.engine.remove_network(&network.name).await.map_err(said)?;
        }
        // What steps have put into the homes has to be made again; killed in between, it is made once more than needed.
        let folders = &self.context.folders;
        let forgotten = SetupMemory::read(folders, id).forget_but(folders, id, ON_HOST);
        forgotten.map_err(|error| format!("{error:#}"))?;
        host::remove_folder(&folders.homes(id)).map_err(|error| error.to_string())
    }

    /// Removes data after all of it was saved; a file of what stays is not needed.
    async fn remove_data(&self, id: &EnvironmentId, data: &[InventoryData], saved: &[SavedData]) -> Result<(), String> {
        let folders = &self.context.folders;
        let mut memory = DataMemory::read(folders, id);
        for (index, one) in data.iter().enumerate() {
            if let Err(fault) = self.engine.remove_data(&one.name).await {
                self.forget_saved(saved.get(index..).unwrap_or_default());
                return Err(said(fault));
            }
            memory.forget_folder(id, &one.name);
        }
        memory.write(folders, id).map_err(|error| format!("{error:#}"))
    }

    fn forget_saved(&self, saved: &[SavedData]) {
        for one in saved {
            // One that stays goes when its time is over.
            let _ = state::forget_saved(&self.context.folders, one);
        }
    }

    /// Saves data as files that `devenv undo --gc` brings back; all of it, or nothing is left behind.
    async fn save(&self, data: &[InventoryData], sizes: &Sizes) -> Result<Vec<SavedData>, String> {
        let mut saved = Vec::new();
        for one in data {
            let result = self.save_one(one).await;
            saved.extend(result.iter().cloned());
            let why = match result {
                Ok(file) if self.is_whole(one, &file, sizes).await => continue,
                Ok(_) => format!("the data of {} was not saved as a whole", one.unit),
                Err(why) => why,
            };
            self.forget_saved(&saved);
            return Err(why);
        }
        Ok(saved)
    }

    /// Whether a file holds all of some data: its archive takes more room than that. What was written since it was counted, or put in
    /// order when its service was stopped, is counted once more; where the engine can't count, there is nothing to compare with.
    async fn is_whole(&self, data: &InventoryData, file: &SavedData, sizes: &Sizes) -> bool {
        const LIMIT: Duration = Duration::from_secs(20);
        let fits = |sizes: &Sizes| sizes.get(&data.name).is_none_or(|size| file.size >= *size);
        if sizes.contains_key(&data.name) && fits(sizes) {
            return true;
        }
        let counted = tokio::time::timeout(LIMIT, self.engine.data_sizes()).await;
        fits(&counted.ok().and_then(Result::ok).unwrap_or_default())
    }

    async fn save_one(&self, one: &InventoryData) -> Result<SavedData, String> {
        let folders = &self.context.folders;
        let labels = self.engine.data_labels(&one.name).await.map_err(said)?;
        let not_saved = |error: anyhow::Error| format!("the data of {} could not be saved: {error:#}", one.unit);
        let memory = DataMemory::read(folders, &one.of.id);
        let known = Name::parse(&one.unit).ok().and_then(|name| memory.get(&name, labels.generation).cloned());
        let about = SavedData {
            folder: one.name.clone(),
            environment: one.of.id.to_string(),
            project: one.of.project.clone(),
            checkout: self.last_path(one),
            service: one.unit.clone(),
            written_by: known.and_then(|known| known.written_by).or_else(|| labels.written_by.clone()),
            generation: labels.generation,
            ..SavedData::default()
        };
        let mut saving = Saving::begin(folders, about, host::now()).map_err(not_saved)?;
        self.engine.save_data(&one.name, &labels, |bytes| saving.write(bytes)).await.map_err(said)?;
        saving.finish().map_err(not_saved)
    }

    /// Where the checkout was last; its data knows only where it was made.
    fn last_path(&self, one: &InventoryData) -> PathBuf {
        let checkouts = Checkouts::read(&self.context.folders);
        checkouts.get(&one.of.id).map_or_else(|| one.of.checkout.clone(), |checkout| checkout.path.clone())
    }

    /// Forgets what is remembered of an environment whose checkout is gone; what its saved data needs, such as its logins, stays
    /// with that.
    fn forget(&self, id: &EnvironmentId) -> Result<(), String> {
        let folders = &self.context.folders;
        let given_back = state::give_back(folders, id);
        if self.is_saved(id) {
            return given_back.map_err(|error| format!("{error:#}"));
        }
        // What says that there is something to forget goes last, so that a killed command leaves nothing for ever.
        let forgotten = given_back
            .and_then(|()| Ok(host::remove_folder(&folders.environment(id))?))
            .and_then(|()| state::forget(folders, std::slice::from_ref(id)).map(|_| ()));
        forgotten.map_err(|error| format!("{error:#}"))
    }
}

fn unused_seeds(folders: &Folders, which: Seeds) -> Option<(Seeds, u64)> {
    let found = Fetched::below(&folders.cache).removable(which == Seeds::All, host::now());
    (!found.is_empty()).then(|| (which, found.iter().map(|(_, size)| size).sum()))
}

/// Nobody can tell then which checkouts there are.
fn damaged(path: &Path) -> Problem {
    Problem::new(&kinds::CHECKOUTS_UNREADABLE, "what devenv knows of the checkouts on this computer cannot be read")
        .why(format!("{} is damaged; nothing is cleaned up on the strength of it", path.display()))
        .fix("devenv up        # in a checkout: keeps the damaged file aside and begins a new one")
}

fn said(fault: Fault) -> String {
    let problem = fault.problem(&Doing::Look);
    if problem.why.is_empty() { problem.what } else { problem.why }
}
