//! Manifest + catalog + this computer's facts -> Project. Pure: facts come in as arguments.

mod apps;
mod host;
mod published;
mod services;
mod toolchain;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::env::{self, Values};
use super::{Fingerprint, ImageRef, Probe, Project, Sensitive, Unit, fingerprint};
use crate::manifest::{Manifest, ReadyBy, Template};
use crate::names::{EnvironmentId, Name, Port};
use crate::problem::{Problem, kinds};

pub use apps::{build_place, path_prefix};
pub use published::{Published, published};

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
    /// Which generation of its data a service goes on with; the first where nothing is said.
    pub generations: BTreeMap<Name, u32>,
    /// The leased port of this computer for each port wanted, by service or app and the port's name (`""` = the main one).
    pub leases: BTreeMap<(Name, String), Port>,
    /// The values of declared secrets that could be found.
    pub secrets: BTreeMap<String, Sensitive>,
    /// The digest of what is to be taken in the place of a published name, as `dev.lock` has it.
    pub exact: BTreeMap<ImageRef, String>,
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

/// Where an app's lasting home folder is inside.
pub const HOME: &str = "/devenv/home";
/// Where the shared package caches are inside.
pub const CACHE: &str = "/devenv/cache";
/// Where this computer's certificate authorities are inside.
pub const TRUST: &str = "/devenv/trust";

/// # Errors
/// Every problem found, for example a secret without a value.
pub fn resolve(manifest: &Manifest, identity: &Identity, facts: &Facts) -> Result<Project, Vec<Problem>> {
    let mut resolver =
        Resolver { manifest, identity, facts, values: Values::new(manifest, facts), problems: Vec::new() };
    let mut units: Vec<Unit> = manifest.services.iter().filter_map(|service| resolver.service(service)).collect();
    units.extend(manifest.apps.iter().filter_map(|app| resolver.app(app)));
    if !resolver.problems.is_empty() {
        return Err(env::without_doubles(resolver.problems));
    }
    for unit in &mut units {
        unit.made_from = fingerprint::parts(unit, &facts.salt);
        unit.fingerprint = unit.made_from.fingerprint();
    }
    Ok(Project { name: project_name(manifest, identity), id: identity.id.clone(), root: identity.root.clone(), units })
}

/// The project's name: the manifest's, else its folder's.
pub fn project_name(manifest: &Manifest, identity: &Identity) -> Name {
    let folder = || identity.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    manifest.name.as_ref().map_or_else(|| Name::from_any(&folder()), |name| name.value.clone())
}

/// What every unit is made from, and the problems met so far. A unit made in spite of a problem is never used.
struct Resolver<'a> {
    manifest: &'a Manifest,
    identity: &'a Identity,
    facts: &'a Facts,
    values: Values<'a>,
    problems: Vec<Problem>,
}

impl Resolver<'_> {
    fn fill(&mut self, template: &Template, reader: &Name) -> String {
        self.values.fill(template, reader, self.values.view_of(reader)).unwrap_or_else(|problem| {
            self.problems.push(problem);
            String::new()
        })
    }

    fn fill_for_shell(&mut self, template: &Template, reader: &Name, env: &mut Variables) -> String {
        self.values.fill_for_shell(template, reader, &mut env.0).unwrap_or_else(|problem| {
            self.problems.push(problem);
            String::new()
        })
    }

    fn image(&mut self, owner: &Name, text: &str) -> Option<ImageRef> {
        let parsed = ImageRef::parse(text).map_err(|wrong| {
            Problem::new(&kinds::DOWNLOAD_NAME, format!("`{owner}` cannot be made from `{text}`"))
                .why(format!("`{text}` {wrong}"))
                .fix("write it as in  nginx:1.27  or  ghcr.io/owner/name:1.2")
        });
        parsed.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// Exactly what `dev.lock` says, where it says something.
    fn exact(&self, image: ImageRef) -> ImageRef {
        let digest = self.facts.exact.get(&image);
        digest.and_then(|digest| image.exactly(digest)).unwrap_or(image)
    }

    fn unknown(&mut self, owner: &Name, word: &str) {
        let problem = Problem::new(
            &kinds::MANIFEST_UNKNOWN_SERVICE,
            format!("`{owner}` asks for `{word}`, which is not in the catalog"),
        );
        self.problems.push(problem.fix("devenv check"));
    }
}

/// Variables on their way into a unit: a later one replaces an earlier one of the same name.
#[derive(Default)]
struct Variables(BTreeMap<String, Sensitive>);

impl Variables {
    fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.insert(key.into(), Sensitive::new(value));
    }

    /// Those of some names that are set.
    fn of(&self, keys: &[&str]) -> Vec<(String, Sensitive)> {
        let set = |key: &&str| Some(((*key).to_owned(), self.0.get(*key)?.clone()));
        keys.iter().filter_map(set).collect()
    }

    fn into_sorted(self) -> Vec<(String, Sensitive)> {
        self.0.into_iter().collect()
    }
}

fn probe_as_written(by: &ReadyBy) -> Probe {
    match by {
        ReadyBy::Http { path, status } => Probe::Http { path: path.clone(), status: *status },
        ReadyBy::Log(text) => Probe::Log(text.clone()),
        ReadyBy::Command(command) => Probe::Command(command.clone()),
        ReadyBy::Port(port) => Probe::FirstByte(*port),
    }
}

const NOT_YET: Fingerprint = Fingerprint(String::new());

#[cfg(test)]
mod tests;
