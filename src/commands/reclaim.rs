//! Finds what `devenv gc` may remove, and removes it: piece by piece, each environment under its lock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::Failure;
use super::context::{Context, MANIFEST};
use super::everything::place_of;
use crate::engine::{Doing, Engine, Fault};
use crate::host;
use crate::model::resolve::Identity;
use crate::names::EnvironmentId;
use crate::plan::gc::{Beside, Item, Kind, Known, Made, plan_gc};
use crate::plan::inventory::{Inventory, InventoryData};
use crate::problem::Problem;
use crate::state::{self, Attempt, Checkouts, EnvironmentLock, Presence, SavedData, Saving};
use crate::supervisor::Supervisor;

pub struct Reclaim<'a> {
    pub context: &'a Context,
    pub engine: Engine,
}

/// What can go, and how much each data folder takes.
pub struct Found {
    pub items: Vec<Item>,
    pub sizes: BTreeMap<String, u64>,
}

impl Reclaim<'_> {
    /// # Errors
    /// The engine cannot be used.
    pub async fn find(&self, older_than: Option<u64>, with_caches: bool) -> Result<Found, Failure> {
        const LIMIT: Duration = Duration::from_secs(20);
        let (inventory, sizes) = futures_util::join!(
            self.context.inventory(&self.engine),
            tokio::time::timeout(LIMIT, self.engine.data_sizes())
        );
        let inventory = inventory?;
        let sizes = sizes.ok().and_then(Result::ok).unwrap_or_else(|| state::last_sizes(&self.context.folders));
        let known = self.known(&inventory)?;
        let looking = |fault: Fault| fault.problem(&Doing::Look);
        let beside = self.beside(&known, with_caches).await.map_err(looking)?;
        let others = self.engine.used_by_others().await.map_err(looking)?;
        Ok(Found { items: plan_gc(&inventory, &known, beside, &others, older_than), sizes })
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
        Some(Known { id, name, checkout: path, is_deleted, unused_for, wanted, homes })
    }

    async fn beside(&self, known: &[Known], with_caches: bool) -> Result<Beside, Fault> {
        /// Somebody may just be making something from it.
        const FRESH: u64 = 3600;
        let folders = &self.context.folders;
        let ids: Vec<EnvironmentId> = known.iter().map(|one| one.id.clone()).collect();
        let mut downloads: Vec<Made> = Vec::new();
        let settled = state::downloads(folders).into_iter().filter(|(_, at)| host::now().abs_diff(*at) >= FRESH);
        for (name, _) in settled {
            downloads.extend(self.engine.made_named(&name).await?);
        }
        Ok(Beside {
            downloads,
            built: self.engine.built_for(&ids).await?,
            expired: state::expired_data(folders, host::now())
                .into_iter()
                .map(|saved| {
                    (format!("data of {} in {}", saved.service, saved.checkout.display()), saved.id, saved.packed_size)
                })
                .collect(),
            caches: with_caches.then(|| host::folder_size(&folders.packages())).filter(|size| *size > 0),
        })
    }

    /// Removes one thing, its data saved first.
    ///
    /// # Errors
    /// Why it stays, for a person.
    pub async fn remove(&self, item: &Item) -> Result<(), String> {
        let folders = &self.context.folders;
        match &item.kind {
            Kind::Environment { id, is_deleted } => {
                let _lock = self.lock(id)?;
                self.remove_environment(id, &item.data).await?;
                if *is_deleted { self.forget(id) } else { Ok(()) }
            }
            Kind::Data { id } => {
                let _lock = self.lock(id)?;
                self.save(&item.data).await?;
                self.remove_data(&item.data).await
            }
            Kind::Leftover { id, units, networks } => {
                let _lock = self.lock(id)?;
                for unit in units {
                    self.engine.remove(unit).await.map_err(said)?;
                }
                for network in networks {
                    self.engine.remove_network(network).await.map_err(said)?;
                }
                Ok(())
            }
            Kind::Download { name } => {
                self.engine.remove_made(name).await.map_err(said)?;
                state::forget_download(folders, name).map_err(|error| format!("{error:#}"))
            }
            Kind::Built { name } => self.engine.remove_made(name).await.map_err(said),
            Kind::Saved { id } => match state::saved_data(folders).iter().find(|saved| saved.id == *id) {
                Some(saved) => state::forget_saved(folders, saved).map_err(|error| error.to_string()),
                None => Ok(()),
            },
            Kind::Caches => host::remove_folder(&folders.packages()).map_err(|error| error.to_string()),
        }
    }

    /// Gives the environment up to no other command; what another one is changing stays.
    fn lock(&self, id: &EnvironmentId) -> Result<EnvironmentLock, String> {
        match EnvironmentLock::attempt(&self.context.folders, id, "gc") {
            Ok(Attempt::Taken(lock)) => Ok(lock),
            Ok(Attempt::Held(holder, _)) => Err(format!("`{}` is at work there", holder.command)),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn remove_environment(&self, id: &EnvironmentId, data: &[InventoryData]) -> Result<(), String> {
        // Looked at anew: it may have been used since it was shown.
        let inventory = self.context.inventory(&self.engine).await.map_err(|problem| problem.what)?;
        let stopped = self.context.stop_all(&self.engine, &inventory, id).await;
        stopped.map_err(|problem| problem.what)?;
        self.save(data).await?;
        Supervisor::of(&self.context.folders, id).remove_all().await.map_err(|problem| problem.what)?;
        for unit in inventory.units.iter().filter(|unit| unit.of.id == *id && !Supervisor::has(&unit.id)) {
            self.engine.remove(&unit.id).await.map_err(said)?;
        }
        self.remove_data(data).await?;
        for network in inventory.networks.iter().filter(|network| network.of.id == *id) {
            self.engine.remove_network(&network.name).await.map_err(said)?;
        }
        host::remove_folder(&self.context.folders.homes(id)).map_err(|error| error.to_string())
    }

    /// Removes data after it was saved. Nothing is removed before all of it is saved.
    async fn remove_data(&self, data: &[InventoryData]) -> Result<(), String> {
        for one in data {
            self.engine.remove_data(&one.name).await.map_err(said)?;
        }
        Ok(())
    }

    /// Saves data as files that `devenv undo --gc` brings back.
    async fn save(&self, data: &[InventoryData]) -> Result<(), String> {
        for one in data {
            let labels = self.engine.data_labels(&one.name).await.map_err(said)?;
            let not_saved = |error: anyhow::Error| format!("the data of {} could not be saved: {error:#}", one.unit);
            let about = SavedData {
                folder: one.name.clone(),
                environment: one.of.id.to_string(),
                project: one.of.project.clone(),
                checkout: one.of.checkout.clone(),
                service: one.unit.clone(),
                written_by: labels.written_by.clone(),
                generation: labels.generation,
                ..SavedData::default()
            };
            let mut saving = Saving::begin(&self.context.folders, about, host::now()).map_err(not_saved)?;
            self.engine.save_data(&one.name, &labels, |bytes| saving.write(bytes)).await.map_err(said)?;
            saving.finish().map_err(not_saved)?;
        }
        Ok(())
    }

    /// Forgets what is remembered of an environment whose checkout is gone; what its saved data needs, such as its logins, stays
    /// with that.
    fn forget(&self, id: &EnvironmentId) -> Result<(), String> {
        let folders = &self.context.folders;
        let is_saved = state::saved_data(folders).iter().any(|saved| saved.environment == id.as_str());
        let forgotten = state::give_back(folders, id)
            .and_then(|()| state::forget(folders, std::slice::from_ref(id)))
            .and_then(|_| if is_saved { Ok(()) } else { Ok(host::remove_folder(&folders.environment(id))?) });
        forgotten.map_err(|error| format!("{error:#}"))
    }
}

/// Nobody can tell then which checkouts there are.
fn damaged(path: &Path) -> Problem {
    Problem::new("checkouts-unreadable", "what devenv knows of the checkouts on this computer cannot be read")
        .why(format!("{} is damaged; nothing is cleaned up on the strength of it", path.display()))
        .fix("devenv up        # in a checkout: keeps the damaged file aside and begins a new one")
}

fn said(fault: Fault) -> String {
    let problem = fault.problem(&Doing::Look);
    if problem.why.is_empty() { problem.what } else { problem.why }
}
