//! Gathers what this computer and earlier runs contribute to a project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Failure;
use super::context::{Context, MANIFEST, app_folder, shown};
use super::secrets::Effort;
use crate::catalog;
use crate::host;
use crate::manifest::{App, AppSource, Manifest, ServiceSource};
use crate::model::resolve::{Facts, Identity, build_place};
use crate::model::{Sensitive, ports};
use crate::names::{Name, Port};
use crate::problem::{Exit, Problem, ProblemKind, kinds};
use crate::state::{self, DataMemory, LeaseRequest, Leased, Memory};

/// What the facts are for.
pub enum Purpose<'a> {
    /// To bring up: leases the ports that are wanted, knowing what may hold them itself and what turned out to be taken.
    /// Only the secrets of what is brought up are given.
    BringUp {
        holders: &'a BTreeSet<Name>,
        avoid: &'a BTreeSet<Port>,
        recovered: &'a BTreeMap<Name, Sensitive>,
        secrets: &'a BTreeMap<String, Sensitive>,
        data: &'a DataMemory,
    },
    /// To tell what bringing up would do: nothing is leased or made.
    Foresee { recovered: &'a BTreeMap<Name, Sensitive>, secrets: &'a BTreeMap<String, Sensitive>, data: &'a DataMemory },
    /// To show values: the ports leased before, else those that would be asked for.
    ShowValues { secrets: &'a BTreeMap<String, Sensitive> },
    /// To look at or stop what is there: as for showing values, and a secret without a value is no matter.
    Look,
    /// As [`Self::Look`], for a command that shows no output of programs: values need not be known to be hidden.
    Glance,
}

impl Context {
    /// # Errors
    /// Every file or folder that the manifest names and that is not there, among others.
    pub fn facts(
        &self,
        manifest: &Manifest,
        identity: &Identity,
        purpose: &Purpose,
    ) -> Result<(Facts, Vec<Leased>), Failure> {
        let memory = self.memory(manifest, identity, purpose)?;
        self.ui.hide(&memory.passwords.values().cloned().collect::<Vec<_>>());
        let leased = self.leases(manifest, identity, purpose)?;
        let mut problems = Vec::new();
        let files = read_files(manifest, &identity.root, &mut problems);
        // Packing is work, and only what is brought up depends on it.
        let build_inputs = match purpose {
            Purpose::BringUp { .. } | Purpose::Foresee { .. } => hash_builds(manifest, &identity.root, &mut problems),
            Purpose::ShowValues { .. } | Purpose::Look | Purpose::Glance => BTreeMap::new(),
        };
        check_folders(manifest, &identity.root, &mut problems);
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let facts = Facts {
            user: host::user(),
            homes: self.folders.homes(&identity.id),
            caches: self.packages.clone(),
            trust: self.trust(manifest, purpose)?,
            proxy: self.world.proxy(),
            scripts: manifest.apps.iter().map(|app| (app.name.value.clone(), scripts(&identity.root, app))).collect(),
            files,
            passwords: memory.passwords,
            generations: match purpose {
                Purpose::BringUp { data, .. } | Purpose::Foresee { data, .. } => data.current(),
                _ => DataMemory::read(&self.folders, &identity.id).current(),
            },
            leases: leased.iter().map(|one| ((one.wanted.owner.clone(), one.wanted.name.clone()), one.port)).collect(),
            secrets: self.secrets(manifest, identity, purpose),
            exact: self.exact(&identity.root, purpose)?,
            build_inputs,
            salt: memory.salt,
        };
        Ok((facts, leased))
    }

    /// What is remembered of the environment; only looking makes nothing new.
    fn memory(&self, manifest: &Manifest, identity: &Identity, purpose: &Purpose) -> Result<Memory, Failure> {
        let names = with_credentials(manifest);
        let nothing = BTreeMap::new();
        let recovered = match purpose {
            Purpose::Look | Purpose::Glance => return Ok(state::remembered(&self.folders, &identity.id, &names)),
            Purpose::Foresee { recovered, .. } => {
                let mut memory = state::remembered(&self.folders, &identity.id, &names);
                memory.passwords.extend(recovered.iter().map(|(name, password)| (name.clone(), password.clone())));
                return Ok(memory);
            }
            Purpose::ShowValues { .. } if state::is_damaged(&self.folders, &identity.id) => {
                return Err(damaged().into());
            }
            Purpose::ShowValues { .. } => &nothing,
            Purpose::BringUp { recovered, .. } => recovered,
        };
        let checkout = (&identity.id, identity.root.as_path());
        let memory = state::recall(&self.folders, checkout, &names, recovered).map_err(unwritable)?;
        if let Some(aside) = &memory.damaged {
            self.ui.warning(&format!(
                "what devenv remembered of this environment was damaged: passwords were taken over from what was found, and the damaged file is kept as {}",
                aside.display()
            ));
        }
        Ok(memory)
    }

    fn leases(&self, manifest: &Manifest, identity: &Identity, purpose: &Purpose) -> Result<Vec<Leased>, Failure> {
        let wishes = ports::wanted(manifest);
        match purpose {
            Purpose::BringUp { holders, avoid, .. } => {
                let request = LeaseRequest { id: &identity.id, wishes: &wishes, holders, avoid };
                state::lease_ports(&self.folders, &request).map_err(unwritable)
            }
            Purpose::Foresee { .. } | Purpose::ShowValues { .. } | Purpose::Look | Purpose::Glance => {
                let before = state::leased_before(&self.folders, &identity.id, &wishes);
                let leased = |wanted: ports::WantedPort| {
                    let found = before.iter().find(|one| one.wanted == wanted).cloned();
                    found.unwrap_or(Leased { port: wanted.preferred, wanted, moved: None })
                };
                Ok(wishes.into_iter().map(leased).collect())
            }
        }
    }

    /// Whether every port has been leased, which only bringing up does.
    pub fn has_been_up(&self, manifest: &Manifest, identity: &Identity) -> bool {
        let wishes = ports::wanted(manifest);
        state::leased_before(&self.folders, &identity.id, &wishes).len() == wishes.len()
    }

    /// The values of secrets; what nobody needs now is empty, and no matter.
    fn secrets(&self, manifest: &Manifest, identity: &Identity, purpose: &Purpose) -> BTreeMap<String, Sensitive> {
        let all = || manifest.secrets.iter().map(|secret| secret.name.value.clone());
        let given = match purpose {
            Purpose::ShowValues { secrets } => return (*secrets).clone(),
            Purpose::BringUp { secrets, .. } | Purpose::Foresee { secrets, .. } => (*secrets).clone(),
            Purpose::Glance => BTreeMap::new(),
            // What can be had without any trouble, so that it is hidden in what is shown.
            Purpose::Look => self
                .find_secrets((identity, manifest), &all().collect(), Effort::Look)
                .map(|found| found.values)
                .unwrap_or_default(),
        };
        all().map(|name| (name, Sensitive::new(""))).chain(given).collect()
    }

    /// Lays this computer's certificate authorities where apps can see them, when they are about to start.
    fn trust(&self, manifest: &Manifest, purpose: &Purpose) -> Result<Option<std::path::PathBuf>, Failure> {
        if manifest.apps.is_empty() {
            return Ok(None);
        }
        let Some(bundle) = host::certificate_authorities(&self.world) else { return Ok(None) };
        let folder = self.folders.trust();
        let path = folder.join("ca.pem");
        let starts = matches!(purpose, Purpose::BringUp { .. });
        if starts && host::read_limited(&path, bundle.len() as u64 + 1).ok().as_ref() != Some(&bundle) {
            host::write_file(&path, &bundle).map_err(|error| unwritable(error.into()))?;
        }
        Ok(Some(folder))
    }
}

fn damaged() -> Problem {
    Problem::new(&kinds::STATE_DAMAGED, "what devenv remembers of this environment is damaged, its passwords among it")
        .why("environment.json can't be read; other passwords would not open the data")
        .fix("devenv up        # takes the passwords over from what is there, and keeps the damaged file aside")
}

pub(super) fn unwritable(error: anyhow::Error) -> Failure {
    if !error.chain().any(|cause| cause.is::<std::io::Error>()) {
        return error.into();
    }
    Problem::unwritable("devenv cannot write down what it needs to remember", error).into()
}

pub(super) fn with_credentials(manifest: &Manifest) -> Vec<Name> {
    let has = |source: &ServiceSource| match source {
        ServiceSource::Catalog { id, .. } => catalog::service(id).is_some_and(|entry| entry.credentials.is_some()),
        ServiceSource::Image(_) => false,
    };
    let services = manifest.services.iter().filter(|service| has(&service.source.value));
    services.map(|service| service.name.value.clone()).collect()
}

/// The content of files that services and apps are given; folders are seen by them as they are.
fn read_files(manifest: &Manifest, root: &Path, problems: &mut Vec<Problem>) -> BTreeMap<String, Vec<u8>> {
    let mut contents = BTreeMap::new();
    let services = manifest.services.iter().map(|service| (&service.name.value, &service.files));
    let apps = manifest.apps.iter().map(|app| (&app.name.value, &app.files));
    for (name, file) in services.chain(apps).flat_map(|(name, files)| files.iter().map(move |file| (name, file))) {
        let (source, path) = (&file.source.value, root.join(&file.source.value));
        let what = || format!("`{source}`, which `{name}` is to be given,");
        match host::real_path(&path) {
            Err(_) => problems.push(missing(&kinds::FILE_MISSING, &what(), "files")),
            Ok(real) if !real.starts_with(root) => problems.push(
                Problem::new(&kinds::FILE_OUTSIDE, format!("{} leads out of the repo", what()))
                    .why(format!("it is a link to {}", real.display()))
                    .fix("put the file itself into the repo"),
            ),
            Ok(real) if host::is_folder(&real) => {}
            Ok(real) => match host::read_small(&real) {
                Ok(content) => {
                    contents.insert(source.clone(), content);
                }
                Err(error) => problems.push(missing(&kinds::FILE_MISSING, &what(), "files").why(error.to_string())),
            },
        }
    }
    contents
}

fn hash_builds(manifest: &Manifest, root: &Path, problems: &mut Vec<Problem>) -> BTreeMap<Name, String> {
    let mut hashes = BTreeMap::new();
    // Several apps of one build are looked at once.
    let mut known: BTreeMap<(PathBuf, String), String> = BTreeMap::new();
    for app in &manifest.apps {
        if let AppSource::Build(build) = &app.source.value {
            let place = build_place(&app_folder(root, app), &build.file);
            let folder = place.0.clone();
            let hash = known.get(&place).cloned().map_or_else(|| hash_of_build(root, &place), Ok);
            match hash {
                Ok(hash) => {
                    hashes.insert(app.name.value.clone(), hash.clone());
                    known.insert(place, hash);
                }
                Err(error) => problems.push(
                    Problem::new(
                        &kinds::BUILD_UNREADABLE,
                        format!("what `{}` is built from cannot be read", app.name.value),
                    )
                    .exit(Exit::Manifest)
                    .why(error.to_string())
                    .fix(format!("look at the rights of {}", shown(root, &folder))),
                ),
            }
        }
    }
    hashes
}

/// What a build's files are known by.
fn hash_of_build(root: &Path, (folder, dockerfile): &(PathBuf, String)) -> std::io::Result<String> {
    if !host::real_path(folder)?.starts_with(root) {
        return Err(std::io::Error::other("its folder leads out of the repo"));
    }
    Ok(host::pack(folder, dockerfile)?.hash)
}

fn check_folders(manifest: &Manifest, root: &Path, problems: &mut Vec<Problem>) {
    for app in &manifest.apps {
        let folder = app_folder(root, app);
        match host::real_path(&folder) {
            Ok(real) if !real.starts_with(root) => problems.push(
                Problem::new(&kinds::PATH_OUTSIDE, format!("the folder of `{}` leads out of the repo", app.name.value))
                    .why(format!("it is a link to {}", real.display()))
                    .fix("put the folder itself into the repo"),
            ),
            Ok(real) if host::is_folder(&real) => {}
            _ => {
                let what = format!("the folder `{}` of `{}`", shown(root, &folder), app.name.value);
                problems.push(missing(&kinds::PATH_MISSING, &what, "path"));
            }
        }
    }
}

fn missing(kind: &'static ProblemKind, what: &str, key: &str) -> Problem {
    Problem::new(kind, format!("{what} does not exist"))
        .fix(format!("correct `{key}` in {MANIFEST}, or bring it into the repo"))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Package {
    scripts: BTreeMap<String, String>,
}

/// The scripts of the app's `package.json`; none when there is no such file or it can't be understood.
fn scripts(root: &Path, app: &App) -> BTreeMap<String, String> {
    let bytes = host::read_small(&app_folder(root, app).join("package.json")).unwrap_or_default();
    serde_json::from_slice::<Package>(&bytes).unwrap_or_default().scripts
}
