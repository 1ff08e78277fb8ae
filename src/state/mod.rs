//! What we remember between runs, in the user's own folders; nothing of it is in the repo.
//!
//! ```text
//! state/  checkouts.json                which environment belongs to which checkout
//!         ports.json                    who leases which port of this computer
//!         downloads.json                what was downloaded for an environment
//!         engine.json                   which engine was used the last time
//!         blanks.json                   empty data made ahead, and its passwords (readable by the user only)
//!         sizes.json                    how large the data of each service was
//!         secrets.json                  stored secrets of each repo that no keyring took (readable by the user only)
//!         environments/<id>/            one for each checkout
//!             environment.json          its salt, its passwords (readable by the user only)
//!             setup.json                how each setup step last ended
//!             inputs/                   what each of them ran with, and what is known of the files of the checkout
//!             setup-output/             what each of them printed in its newest run (readable by the user only)
//!             data.json                 which generation of its data each service goes on with (readable by the user only)
//!             databases.json            which databases were made, until when, and what was set aside, by generation of the
//!                                       data (readable by the user only)
//!             told/                     what the person need not be told again
//!             ci.json                       it is of one run of `devenv ci` only, and goes with it
//!             unready.json              what did not become ready the last time, and why
//!             agreements.json               what the person has agreed to
//!             host/<app>/                   an app that runs on this computer: its record, its output
//!             page.json, page.lock          where the page is open (readable by the user only), held by who shows it
//!             lock                      held by the command that changes the environment
//!             homes/<app>/              the home folder of each app
//!         journal/                      what every command did and how long it took, and who writes it (docs/figures.md)
//!         explained/                    for which problems `devenv explain` was offered
//!         saved/<id>.tar.gz, <id>.json  data folders saved before they were removed
//!         snapshots/<id>.dump, <id>.json  single databases as they were at a moment (readable by the user only)
//!         trust/ca.pem                  the certificate authorities that apps get
//! cache/  packages/                     package caches, shared by all environments
//!         seeds/                        what new databases are filled with, fetched from elsewhere
//! config/ settings.yaml                 the user's settings
//! ```

mod agreements;
mod at_work;
mod blanks;
mod branches;
mod checkouts;
mod ci_runs;
mod damage;
mod data;
mod databases;
mod downloads;
mod dumps;
mod elsewhere;
mod engine;
mod fetched;
mod handover;
pub mod journal;
mod leases;
mod lock;
mod memory;
mod packed;
mod page;
mod paths;
mod secret_store;
mod seeds;
mod settings;
mod setup;
mod setup_output;
mod sizes;
mod snapshots;
mod told;
mod unready;

use std::path::{Path, PathBuf};

pub use agreements::{Item, Standing, agree, agreed};
pub use at_work::{AtWork, Doing, WorkLog, at_work};
pub use blanks::{BlankHold, KeptBlank, blanks, forget_blank, forks_at, keep_blank, note_blank_used, remember_forks};
pub use branches::{Born, Forked};
pub use checkouts::{
    Belongs, Checkout, Checkouts, Evidence, Here, Presence, decide_gone, forget, note_use, secrets_of,
};
pub use ci_runs::{CiRun, ci_run, ci_runs, expect_late, forget_late, late, mark_ci_run};
pub use damage::{damaged, set_aside};
pub use data::{Aside, AsideEvent, Because, DataMemory, Done, Found, Generation};
pub use databases::{Aside as AsideDatabase, DatabaseMemory, Made, Unfinished};
pub use downloads::{downloads, forget_download, note_download};
pub use dumps::{
    Snapshot, SnapshotFile, forget_half_taken, forget_snapshot, is_id as is_snapshot_id, open_snapshot, snapshot_id,
    snapshots,
};
pub use engine::{LastEngine, RepairTurn, last_engine, remember_engine};
pub use fetched::Fetched;
pub use handover::Handover;
pub use leases::{LeaseRequest, Leased, give_back, lease_ports, leased_before, leased_to, ports_of};
pub use lock::{Attempt, EnvironmentLock, Holder, PendingLock};
pub use memory::{Memory, forgotten, generate, generated_before, is_damaged, recall, remembered};
pub use packed::{PackedFile, Packing};
pub use page::{PageSeat, Seat};
pub use secret_store::{Looked, Place, SecretStore};
pub use seeds::SeedState;
pub use settings::{EmptyData, HttpSink, PrometheusSink, SecretPlace, Settings, Share, Switch, UndoLimits};
pub use setup::{Installation, Outcome, SetupMemory, StepRun, read_contents, read_known, write_contents, write_known};
pub use setup_output::{SetupLine, SetupOutput, keep_setup_output, setup_output};
pub use sizes::{last_sizes, remember_sizes};
pub use snapshots::{
    KEPT_S, SavedData, Saving, expired_data, forget_half_saved, forget_saved, note_restored, open_saved, saved_data,
};
pub use told::{remember_offered, remember_told, was_offered, was_told};
pub use unready::{Unready, forget_unready, remember_unready, unready_before};

use crate::host::World;
use crate::names::EnvironmentId;

/// The user's folders of this program.
#[derive(Debug, Clone)]
pub struct Folders {
    pub state: PathBuf,
    pub cache: PathBuf,
    pub config: PathBuf,
}

impl Folders {
    /// The platform's usual ones; `DEVENV_HOME` puts all of them below one folder.
    ///
    /// # Errors
    /// The user has no home folder.
    pub fn of(world: &World) -> anyhow::Result<Self> {
        if let Some(home) = world.variable("DEVENV_HOME") {
            let home = world.folder.join(home);
            return Ok(Self { state: home.join("state"), cache: home.join("cache"), config: home.join("config") });
        }
        let usual = directories::ProjectDirs::from("", "", "devenv")
            .ok_or_else(|| anyhow::anyhow!("this user has no home folder; set DEVENV_HOME to a folder to use"))?;
        Ok(Self {
            state: usual.state_dir().unwrap_or_else(|| usual.data_local_dir()).to_owned(),
            cache: usual.cache_dir().to_owned(),
            config: usual.config_dir().to_owned(),
        })
    }

    /// Makes the state folder, which nobody else may look into: files in it that apps have to read as another user are none the
    /// less reached, since they are given to them one by one.
    ///
    /// # Errors
    /// It can't be written to.
    pub fn keep_private(&self) -> std::io::Result<()> {
        crate::host::create_private_folder(&self.state)
    }

    pub fn environment(&self, id: &EnvironmentId) -> PathBuf {
        self.state.join("environments").join(id.as_str())
    }

    pub fn homes(&self, id: &EnvironmentId) -> PathBuf {
        self.environment(id).join("homes")
    }

    /// Where data folders are saved as files.
    pub fn saved(&self) -> PathBuf {
        self.state.join("saved")
    }

    pub fn packages(&self) -> PathBuf {
        self.cache.join("packages")
    }

    pub fn trust(&self) -> PathBuf {
        self.state.join("trust")
    }
}

/// Every environment that something is remembered of.
pub fn environments(folders: &Folders) -> impl Iterator<Item = EnvironmentId> + use<> {
    let all = crate::host::list_folder(&folders.state.join("environments"));
    all.into_iter().filter_map(|path| EnvironmentId::parse(path.file_name()?.to_str()?))
}

/// Keeps other processes from changing a file of ours until it is dropped.
fn guard(path: &Path) -> std::io::Result<std::fs::File> {
    crate::host::create_private_folder(path.parent().unwrap_or(path))?;
    let guard = crate::host::open_lock(&path.with_extension("lock"))?;
    guard.lock()?;
    Ok(guard)
}

/// Reads a JSON file of ours. One that is missing is the default; one that is damaged as well: who would remove something on the
/// strength of that, or write over what can't be made again, looks whether it is damaged first.
fn read_json<T: serde::de::DeserializeOwned + Default>(path: &Path) -> T {
    crate::host::read_small(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}
