//! Setup steps that fetch packages into the same folder, as those of the apps of a workspace do: one after another, and what one has
//! just done is not done again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::setup::unwritable;
use super::{Executor, stale};
use crate::catalog::setup_inputs;
use crate::host::{self, ContentHash, Contents, Seen};
use crate::model::{Sensitive, SetupStep, Unit};
use crate::names::Name;
use crate::problem::Problem;
use crate::state::{Installation, Outcome};

/// What fetches packages by one lock file, and what of that was done last in this run.
pub(super) type Turn = Rc<Mutex<Option<Fetched>>>;

/// Packages that a step has fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    /// The app whose step it was.
    pub by: Name,
    /// The lock file that says what.
    lock: PathBuf,
    same: Same,
}

/// What two steps have in common that do the very same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Same {
    command: String,
    runtime: String,
    /// What package managers heed of the app's variables.
    variables: Vec<(String, Sensitive)>,
    reads: BTreeSet<PathBuf>,
    makes: BTreeSet<PathBuf>,
}

impl Fetched {
    /// `None` where the packages go to the app alone: then every app needs its own.
    pub fn of(unit: &Unit, step: &SetupStep, seen: &Seen) -> Option<Self> {
        let lock = lock_of(unit, seen)?;
        let places = |paths: &mut dyn Iterator<Item = &String>| -> BTreeSet<PathBuf> {
            paths.map(|path| below(&unit.setup.folder, path)).collect()
        };
        let makes = places(&mut step.makes.iter());
        let same = Same {
            command: without_folder(&step.run),
            runtime: stale::runtime_of(unit),
            variables: unit.env.iter().filter(|(key, _)| is_heeded(key)).cloned().collect(),
            reads: places(&mut seen.contents.keys()),
            makes,
        };
        (!same.makes.is_empty()).then(|| Self { by: unit.name.clone(), lock, same })
    }

    /// Whether another step would only do this again.
    pub fn is_done_by(&self, other: &Self) -> bool {
        self.same == other.same
    }

    /// One number for all that it comes of; `contents` are those of its inputs.
    fn digest(&self, folder: &Path, contents: &Contents) -> String {
        let Same { command, runtime, variables, reads: _, makes } = &self.same;
        let mut hasher = Sha256::new();
        let mut add = |text: &[u8]| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        };
        add(command.as_bytes());
        add(runtime.as_bytes());
        for (key, value) in variables {
            add(key.as_bytes());
            add(value.reveal().as_bytes());
        }
        makes.iter().for_each(|path| add(path.as_os_str().as_encoded_bytes()));
        let read: BTreeMap<PathBuf, &ContentHash> =
            contents.iter().map(|(path, hash)| (below(folder, path), hash)).collect();
        for (path, hash) in read {
            add(path.as_os_str().as_encoded_bytes());
            add(&hash.0);
        }
        crate::words::hex(&hasher.finalize()[..16])
    }
}

/// The file that says which packages a step fetches.
fn lock_of(unit: &Unit, seen: &Seen) -> Option<PathBuf> {
    let file = seen.contents.keys().find(|path| setup_inputs::is_of_packages(path))?;
    Some(below(&unit.setup.folder, file))
}

impl Executor<'_> {
    /// The turn of who fetches packages by the same lock file; `None` for a step that fetches none.
    pub(super) fn packages_of(&self, unit: &Unit, step: &SetupStep) -> Result<Option<Turn>, Problem> {
        if !step.needs_nothing {
            return Ok(None);
        }
        let seen = self.see_inputs(unit, step)?;
        let Some(place) = lock_of(unit, &seen) else { return Ok(None) };
        Ok(Some(Rc::clone(self.packages.borrow_mut().entry(place).or_default())))
    }
}

impl Executor<'_> {
    /// The app for which an earlier command has installed the very same, which is still there. What was asked for again or did not
    /// come to its end is run again.
    pub(super) fn installed_for(
        &self,
        (unit, step): (&Unit, &SetupStep),
        wanted: &Fetched,
        seen: &Seen,
    ) -> Option<Name> {
        let setup = self.setup.borrow();
        if setup.ran_elsewhere(host::folder_mark(&self.project.root).as_ref()) {
            return None;
        }
        let last = setup.last(&unit.name, &stale::step_key(step));
        if last.is_some_and(|last| last.outcome != Outcome::Succeeded) {
            return None;
        }
        let done = setup.installed(&wanted.lock).filter(|done| done.by != unit.name)?;
        (done.digest == wanted.digest(&unit.setup.folder, &seen.contents)).then(|| done.by.clone())
    }

    /// Takes down, before it runs, that what was installed last is about to be another; written with what is written then.
    pub(super) fn begin_installing(&self, wanted: &Fetched) {
        self.setup.borrow_mut().note_installed(&wanted.lock, None);
    }

    /// Takes down what has been installed, with the `contents` of its inputs.
    pub(super) fn note_installed(&self, unit: &Unit, done: &Fetched, contents: &Contents) -> Result<(), Problem> {
        let made: Vec<_> = done.same.makes.iter().filter(|made| host::is_folder(made)).cloned().collect();
        // Without a folder nobody could tell later that it is gone.
        if made.is_empty() {
            return Ok(());
        }
        let digest = done.digest(&unit.setup.folder, contents);
        let mut setup = self.setup.borrow_mut();
        setup.note_installed(&done.lock, Some(Installation { by: unit.name.clone(), digest, made }));
        setup.write(self.folders, &self.project.id).map_err(unwritable)
    }
}

/// Whether a variable changes what is installed.
fn is_heeded(key: &str) -> bool {
    const BEGINS: &[&str] =
        &["NODE_", "NPM_", "YARN_", "PNPM_", "BUN_", "UV_", "PIP_", "COMPOSER_", "BUNDLE_", "COREPACK_"];
    let key = key.to_ascii_uppercase();
    key == "CI" || BEGINS.iter().any(|begin| key.starts_with(begin)) || key.contains("SKIP_DOWNLOAD")
}

fn below(folder: &Path, path: &str) -> PathBuf {
    let mut place = folder.to_owned();
    for part in path.split('/') {
        match part {
            ".." => drop(place.pop()),
            part => place.push(part),
        }
    }
    place
}

/// The command, wherever it is told to work: what it reads and makes says that.
fn without_folder(command: &str) -> String {
    let mut words = command.split_whitespace();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "--prefix" | "-C" | "--dir" | "--cwd" => drop(words.next()),
            word if word.starts_with("--prefix=") => {}
            word => kept.push(word),
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_from_wherever_it_is_seen() {
        let lock = below(Path::new("/repo/apps/web"), "../../package-lock.json");
        assert_eq!(lock, below(Path::new("/repo"), "package-lock.json"));
        assert_eq!(below(Path::new("/repo/apps/web"), "../../node_modules"), Path::new("/repo/node_modules"));
    }

    #[test]
    fn what_package_managers_heed_makes_another_installation() {
        let heeded = ["NODE_ENV", "npm_config_registry", "CI", "PUPPETEER_SKIP_DOWNLOAD"];
        assert!(heeded.into_iter().all(is_heeded));
        assert!(!["DATABASE_URL", "PORT", "API_URL", "CITY"].into_iter().any(is_heeded));
    }

    #[test]
    fn a_command_is_the_same_in_whatever_folder_it_is_told_to_work() {
        for (one, other, are_same) in [
            ("npm ci --prefix ../..", "npm ci", true),
            ("npm --prefix=.. ci", "npm ci --prefix ../..", true),
            ("npm ci --omit=dev", "npm ci", false),
            ("pnpm install --dir ..", "pnpm install", true),
        ] {
            assert_eq!(without_folder(one) == without_folder(other), are_same, "{one} | {other}");
        }
    }
}
