//! The container engine, in our words.
//!
//! Only this folder knows the engine's client crate: its types never leave it, and every one of its errors becomes a
//! [`Fault`] here, which `explain` turns into a problem for people. One method is one verb of the engine; nothing here
//! decides what ought to happen.

mod address;
mod archive;
mod blank;
mod build;
mod change;
mod client_error;
mod connect;
mod data;
mod download;
mod download_fault;
mod exact;
mod examine;
pub mod explain;
mod fork;
mod inside;
mod inventory;
mod login;
mod meanings;
mod network;
mod observe;
mod output;
mod places;
mod pulse;
mod put;
mod secluded;
mod session;
mod terminal;
mod translate;
mod unattended;
mod watch;

use std::path::PathBuf;

use bollard::Docker;

pub use address::{Address, SaidBy};
pub use connect::{Listener, Silent, Unfound};
pub use data::DataLabels;
pub use download::{DownloadNews, DownloadProgress};
pub use exact::Offered;
pub use examine::{Examined, PortInUse};
pub use explain::{Doing, Fault, FaultKind, answered};
pub use fork::{Fork, Ground, MOST_BELOW, is_below, layer_of};
pub use inside::{LOOK, Questions, Vantage};
pub use network::new_network_name;
pub use output::{Follow, LogLine, LogOptions};
pub use places::Flavour;
pub use put::FileStream;
pub use session::{Lifeline, Opened, Session};
pub use terminal::{CommandSpec, Input, Piped, RunningCommand};
pub use watch::{Crash, Turn, TurnKind};

use crate::names::EnvironmentId;

/// The way to the engine; each request makes its own connection or takes one that is free.
#[derive(Debug, Clone)]
pub struct Engine {
    client: Docker,
    /// Organisation mirrors, tried in order before the origin.
    mirrors: Vec<String>,
    address: Address,
}

/// What the labels of everything that is made say of the environment it belongs to.
#[derive(Debug, Clone)]
pub struct Owner {
    pub id: EnvironmentId,
    pub project: String,
    pub checkout: PathBuf,
    /// The name of the environment's private network.
    pub network: String,
}

/// What the engine knows of something running or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub running: bool,
    pub exit_code: i64,
    pub out_of_memory: bool,
    /// RFC 3339, as the engine prints it; empty = never started. What runs may print a moment before: the engine takes the
    /// time when it has seen it run.
    pub started_at: String,
    /// When the run before the present one ended; empty = there was none, or it does not run now.
    pub ended_before: String,
    /// The engine's own words on a failed start; empty = none.
    pub error: String,
}

impl Engine {
    pub fn mirrors(&self) -> &[String] {
        &self.mirrors
    }
}
