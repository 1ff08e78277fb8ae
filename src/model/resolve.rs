//! Manifest + catalog + this computer's facts -> Project. Pure: facts come in as arguments.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Project, Sensitive};
use crate::manifest::Manifest;
use crate::names::{EnvironmentId, Name, Port};
use crate::problem::Problem;

/// What this computer and earlier runs contribute.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The developer's uid and gid; `None` where the engine maps files by itself.
    pub user: Option<(u32, u32)>,
    /// Holds one lasting home folder for each app of this environment, by the app's name.
    pub homes: PathBuf,
    /// Package caches, shared by all environments.
    pub caches: PathBuf,
    /// A folder with this computer's certificate authorities as `ca.pem`; `None` where there are none to pass on.
    pub trust: Option<PathBuf>,
    /// `HTTP_PROXY` and its kin, under the names and with the values that apps get.
    pub proxy: Vec<(String, String)>,
    /// The scripts of each app's `package.json`.
    pub scripts: BTreeMap<Name, BTreeMap<String, String>>,
    /// The content of each single file named in `files`, by its path as written; folders are absent.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The generated password of each service that has credentials.
    pub passwords: BTreeMap<Name, Sensitive>,
    /// The leased port of this computer for each port wanted, by service or app and the port's name (`""` = the main one).
    pub leases: BTreeMap<(Name, String), Port>,
    /// The values of declared secrets that could be found.
    pub secrets: BTreeMap<String, Sensitive>,
    /// For each app that is built: the hash of everything its build sees.
    pub build_inputs: BTreeMap<Name, String>,
    /// Random bytes of this environment, so that a fingerprint gives no secret away.
    pub salt: Vec<u8>,
}

/// Who the project is.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: EnvironmentId,
    /// The checkout's real path.
    pub root: PathBuf,
}

/// # Errors
/// Every problem found, for example a secret without a value.
pub fn resolve(manifest: &Manifest, identity: &Identity, facts: &Facts) -> Result<Project, Vec<Problem>> {
    let _ = (manifest, identity, facts);
    Err(Vec::new())
}
