//! What a supervisor is told, and what it writes down of the app it looks after.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::policy::Restarts;
use crate::host;
use crate::model::Parts;

/// The variable by which everything that belongs to one start of an app is found again, whatever became of its parents.
pub const MARK: &str = "DEVENV_RUN_ID";

/// What to run. It reaches the supervisor through a pipe, since it holds secrets, and is written down nowhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct Order {
    pub command: Vec<String>,
    pub env: Vec<(String, String)>,
    pub folder: PathBuf,
    /// Milliseconds that it has to end by itself.
    pub grace_ms: u64,
    /// Random; the value of [`MARK`].
    pub run_id: String,
    pub fingerprint: String,
    #[serde(default)]
    pub made_from: Parts,
    pub may_restart: bool,
}

impl Order {
    pub fn restarts(&self) -> Restarts {
        if self.may_restart { Restarts::OnFailure } else { Restarts::Never }
    }
}

/// How an app is doing; readable by the user only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    pub fingerprint: String,
    pub made_from: Parts,
    pub state: RunState,
    /// Of the present start; see [`MARK`].
    pub run_id: String,
    /// Its supervisor, while that holds the lock.
    pub supervisor: u32,
    /// How its last run ended.
    pub code: i64,
    /// RFC 3339; empty = never.
    pub started_at: String,
    /// When the run before this one ended, or this one where it has; RFC 3339, empty = none has.
    pub ended_at: String,
    /// How often it was started again by itself.
    pub restarts: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    #[default]
    Created,
    Running,
    /// It crashed and is about to be started again.
    Pausing,
    Ended,
}

/// The files of one app.
#[derive(Debug, Clone)]
pub struct Place {
    pub folder: PathBuf,
}

impl Place {
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// `None` = there is none, or it can't be understood.
    pub fn record(&self) -> Option<Record> {
        serde_json::from_slice(&host::read_small(&self.path()).ok()?).ok()
    }

    /// # Errors
    /// The folder can't be written to.
    pub fn write(&self, record: &Record) -> std::io::Result<()> {
        host::write_private(&self.path(), &serde_json::to_vec(record)?)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("record.json")
    }

    /// Says that this start of the app has become ready: from now on a crash is mended.
    pub fn settle(&self, run_id: &str) {
        // Without it a crash stays one, which the next `up` mends.
        let _ = host::write_private(&self.settled(), run_id.as_bytes());
    }

    pub fn is_settled(&self, run_id: &str) -> bool {
        host::read_small(&self.settled()).is_ok_and(|text| text == run_id.as_bytes())
    }

    fn settled(&self) -> PathBuf {
        self.folder.join("settled")
    }

    pub fn is_alive(&self) -> bool {
        host::is_held(&self.lock())
    }
}

impl From<&Path> for Place {
    fn from(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}
