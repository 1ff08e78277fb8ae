//! What each setup step last ran with, so that it runs again only when something changed.
//!
//! `setup.json` holds one line's worth for each step and is read by every command; the contents that a step ran with lie in a
//! file for each step beside it, which is read only when they differ, to say which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host::{self, ContentHash, Contents, FolderMark, Known};
use crate::names::{EnvironmentId, Name};

/// More than a hundred thousand inputs take.
const MOST_BYTES: u64 = 256 << 20;

/// All steps of an environment, by app, then by the step's key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetupMemory {
    /// Which folder the steps ran in: another one at the same path has none of what they made.
    pub checkout: Option<FolderMark>,
    apps: BTreeMap<String, BTreeMap<String, StepRun>>,
    /// What was installed last in the repo, by the lock file that says what.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    installed: BTreeMap<PathBuf, Installation>,
}

/// Packages that a step has installed in a folder of the repo, which apps may share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// The app whose step it was.
    pub by: Name,
    /// One number for what was run and all that it read.
    pub digest: String,
    /// Folders that were there after it.
    pub made: Vec<PathBuf>,
}

/// One run of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRun {
    pub outcome: Outcome,
    /// One number for the content of all its inputs.
    pub digest: String,
    /// What it ran in.
    pub runtime: String,
    /// Folders that were there after it, relative to the app's.
    pub made: Vec<String>,
    /// Files that it reads and that were not there before it ran: its own work, which nobody else need have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrote: Vec<String>,
    /// The services whose data it may have worked on: what begins empty has nothing of it.
    #[serde(default)]
    pub on: Vec<Name>,
    /// Since when the manifest has it no longer, for example on another branch, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_since: Option<u64>,
    /// A hash of each variable that it may use; `None` = it uses none, or nobody has taken them down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<BTreeMap<String, String>>,
    /// A hash of the name of the database that it may have worked on, for each service that has such.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub databases: BTreeMap<Name, String>,
}

#[cfg(test)]
impl StepRun {
    /// One that went well, on inputs of this digest.
    pub fn succeeded(digest: &str) -> Self {
        let (runtime, made, wrote, on, unused_since, variables, databases) = Default::default();
        Self {
            outcome: Outcome::Succeeded,
            digest: digest.to_owned(),
            runtime,
            made,
            wrote,
            on,
            unused_since,
            variables,
            databases,
        }
    }
}

/// For how long a step that the manifest has no longer is remembered, in seconds: whoever comes back from another branch finds
/// everything as it was.
const KEPT_UNUSED_S: u64 = 30 * 24 * 3600;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Succeeded,
    Failed,
    /// It began, and nobody saw it end.
    Begun,
    /// It ended well, but has to run again for this reason: `after npm ci`.
    Due(String),
}

impl SetupMemory {
    pub fn read(folders: &Folders, id: &EnvironmentId) -> Self {
        read_json(&folders.environment(id).join("setup.json"))
    }

    pub fn last(&self, app: &Name, key: &str) -> Option<&StepRun> {
        self.apps.get(app.as_str())?.get(key)
    }

    /// Every step that may have worked on the data of a service, also those that the manifest has no longer.
    pub fn on<'a>(&'a self, service: &'a Name) -> impl Iterator<Item = (Name, String)> + 'a {
        self.apps.iter().flat_map(move |(app, steps)| {
            let of_it = steps.iter().filter(|(_, run)| run.on.contains(service));
            of_it.filter_map(|(key, _)| Some((Name::parse(app).ok()?, key.clone())))
        })
    }

    /// Takes down that steps run in this checkout from now on. In another one than before, nothing of what ran there counts.
    pub fn enter(&mut self, checkout: Option<FolderMark>) {
        if self.ran_elsewhere(checkout.as_ref()) {
            let runs = self.apps.values_mut().flat_map(BTreeMap::values_mut);
            for run in runs.filter(|run| run.outcome == Outcome::Succeeded) {
                run.outcome = Outcome::Due("this is a new checkout".to_owned());
            }
            self.installed.clear();
        }
        self.checkout = checkout;
    }

    /// Whether this is not the folder that the steps ran in.
    pub fn ran_elsewhere(&self, checkout: Option<&FolderMark>) -> bool {
        self.checkout.as_ref().zip(checkout).is_some_and(|(before, now)| !before.is_of_same_folder(now))
    }

    /// Takes down how a step stands, to be written with what else there is to write.
    pub fn note(&mut self, app: &Name, key: &str, run: StepRun) {
        self.apps.entry(app.to_string()).or_default().insert(key.to_owned(), run);
    }

    /// What was installed last by a lock file, where nothing of it is gone since.
    pub fn installed(&self, lock: &Path) -> Option<&Installation> {
        self.installed.get(lock).filter(|done| done.made.iter().all(|folder| host::is_folder(folder)))
    }

    /// Takes down what is installed by a lock file, to be written with what else there is to write; `None` = somebody is about to.
    pub fn note_installed(&mut self, lock: &Path, done: Option<Installation>) {
        match done {
            Some(done) => self.installed.insert(lock.to_owned(), done),
            None => self.installed.remove(lock),
        };
    }

    /// What steps of an app ran in is called otherwise by now; answers whether there are such steps.
    pub fn rename_runtime(&mut self, app: &Name, before: &str, now: &str) -> bool {
        let runs = self.apps.get_mut(app.as_str()).into_iter().flat_map(BTreeMap::values_mut);
        let renamed = runs.filter(|run| run.runtime == before && before != now);
        renamed.map(|run| run.runtime = now.to_owned()).count() > 0
    }

    /// Makes a step that ended well due again; one that did not is due as it is.
    pub fn make_due(&mut self, app: &Name, key: &str, because: &str) {
        let run = self.apps.get_mut(app.as_str()).and_then(|steps| steps.get_mut(key));
        if let Some(run) = run.filter(|run| run.outcome == Outcome::Succeeded) {
            run.outcome = Outcome::Due(because.to_owned());
        }
    }

    /// Puts back what is known of a step from elsewhere; `None` = it never ran.
    pub fn put(&mut self, app: &Name, key: &str, run: Option<StepRun>) {
        let steps = self.apps.entry(app.to_string()).or_default();
        match run {
            Some(run) => steps.insert(key.to_owned(), run),
            None => steps.remove(key),
        };
    }

    /// Forgets runs of steps, so that they are due again; writes everything down at once.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn forget(
        &mut self,
        folders: &Folders,
        id: &EnvironmentId,
        runs: impl IntoIterator<Item = (Name, String)>,
    ) -> anyhow::Result<()> {
        let mut changed = false;
        for (app, key) in runs {
            changed |= self.apps.get_mut(app.as_str()).is_some_and(|steps| steps.remove(&key).is_some());
        }
        if changed { self.write(folders, id) } else { Ok(()) }
    }

    /// Forgets what ran in places whose homes are about to go: those steps made what lies there.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn forget_but(&mut self, folders: &Folders, id: &EnvironmentId, runtime: &str) -> anyhow::Result<()> {
        for runs in self.apps.values_mut() {
            runs.retain(|_, run| run.runtime == runtime);
        }
        self.installed.clear();
        self.write(folders, id)
    }

    /// Notes which steps there are at `now`, in seconds since 1970, and forgets what has not been among them for a month; writes
    /// only where that is news.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn retire_others(
        &mut self,
        (folders, id): (&Folders, &EnvironmentId),
        steps: &BTreeSet<(Name, String)>,
        now: u64,
    ) -> anyhow::Result<()> {
        let (mut dropped, mut news) = (Vec::new(), false);
        for (app, runs) in &mut self.apps {
            runs.retain(|key, run| {
                let is_used = steps.iter().any(|(name, known)| name.as_str() == app && known == key);
                let since = (!is_used).then(|| run.unused_since.unwrap_or(now));
                news |= since != run.unused_since;
                run.unused_since = since;
                let kept = since.is_none_or(|since| now.saturating_sub(since) < KEPT_UNUSED_S);
                if !kept {
                    dropped.push((app.clone(), key.clone()));
                }
                kept
            });
        }
        self.apps.retain(|_, runs| !runs.is_empty());
        if dropped.is_empty() && !news {
            return Ok(());
        }
        for (app, key) in dropped {
            host::remove_file(&contents_file(folders, id, &app, &key));
        }
        self.write(folders, id)
    }

    /// Writes everything down at once, so that a killed command loses nothing.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn write(&self, folders: &Folders, id: &EnvironmentId) -> anyhow::Result<()> {
        host::write_file(&folders.environment(id).join("setup.json"), &serde_json::to_vec(self)?)?;
        Ok(())
    }
}

/// Keeps the contents that a step ran with, to tell later which of them changed.
///
/// # Errors
/// The state folder can't be written to.
pub fn write_contents(
    folders: &Folders,
    id: &EnvironmentId,
    (app, key): (&Name, &str),
    contents: &Contents,
) -> anyhow::Result<()> {
    let lines: String = contents.iter().map(|(path, hash)| format!("{hash} {}\n", path.replace('\n', " "))).collect();
    host::write_file(&contents_file(folders, id, app.as_str(), key), lines.as_bytes())?;
    Ok(())
}

/// The contents that a step ran with; nothing where they are not known any more.
pub fn read_contents(folders: &Folders, id: &EnvironmentId, (app, key): (&Name, &str)) -> Contents {
    let bytes = host::read_limited(&contents_file(folders, id, app.as_str(), key), MOST_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let line = |line: &str| {
        let (hash, path) = line.split_once(' ')?;
        Some((path.to_owned(), ContentHash::parse(hash)?))
    };
    text.lines().filter_map(line).collect()
}

fn contents_file(folders: &Folders, id: &EnvironmentId, app: &str, key: &str) -> PathBuf {
    folders.environment(id).join("inputs").join(format!("{app}-{key}"))
}

/// What earlier commands found out about the files of this checkout.
pub fn read_known(folders: &Folders, id: &EnvironmentId) -> Known {
    let bytes = host::read_limited(&folders.environment(id).join("inputs").join("known"), MOST_BYTES);
    Known::parse(&bytes.unwrap_or_default())
}

/// Keeps what was found out, if it is new. It only saves time, so that it matters to nobody when it can't be written.
pub fn write_known(folders: &Folders, id: &EnvironmentId, known: &Known) {
    if known.is_new() {
        let _ = host::write_file(&folders.environment(id).join("inputs").join("known"), &known.to_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(outcome: Outcome) -> StepRun {
        StepRun { outcome, runtime: "node".into(), ..StepRun::succeeded("d") }
    }

    fn names() -> (Name, Name) {
        (Name::parse("api").unwrap(), Name::parse("web").unwrap())
    }

    #[test]
    fn in_another_checkout_nothing_that_ran_counts() {
        let (api, _) = names();
        let mark = |inode| Some(FolderMark { inode, device: 1, born: 7 });
        let mut memory = SetupMemory::default();
        memory.enter(mark(1));
        memory.note(&api, "fine", run(Outcome::Succeeded));
        memory.note(&api, "failed", run(Outcome::Failed));
        memory.enter(mark(1));
        assert_eq!(memory.last(&api, "fine"), Some(&run(Outcome::Succeeded)));
        memory.enter(mark(2));
        assert!(matches!(memory.last(&api, "fine").unwrap().outcome, Outcome::Due(_)));
        assert_eq!(memory.last(&api, "failed"), Some(&run(Outcome::Failed)));
        assert!(!memory.ran_elsewhere(mark(2).as_ref()));
    }

    #[test]
    fn what_steps_ran_in_may_get_another_name() {
        let (api, web) = names();
        let mut memory = SetupMemory::default();
        memory.note(&api, "a", run(Outcome::Succeeded));
        memory.note(&web, "a", run(Outcome::Succeeded));
        assert!(!memory.rename_runtime(&api, "other", "node:exact"));
        assert!(memory.rename_runtime(&api, "node", "node:exact"));
        assert_eq!(memory.last(&api, "a").unwrap().runtime, "node:exact");
        assert_eq!(memory.last(&web, "a").unwrap().runtime, "node");
        assert!(!memory.rename_runtime(&api, "node", "node:exact"), "that is no news");
    }

    #[test]
    fn steps_that_are_no_longer_there_are_forgotten_after_a_month_with_what_they_ran_with() {
        let place = tempfile::tempdir().unwrap();
        let folders =
            Folders { state: place.path().join("s"), cache: place.path().join("c"), config: place.path().join("x") };
        let id = EnvironmentId::of_checkout(place.path());
        let (api, web) = names();
        let contents: Contents = [("a file".to_owned(), ContentHash([3; 16]))].into();
        let mut memory = SetupMemory::default();
        for (app, key) in [(&api, "old"), (&api, "new"), (&web, "old")] {
            memory.note(app, key, run(Outcome::Succeeded));
            write_contents(&folders, &id, (app, key), &contents).unwrap();
        }
        let (new, all) = ((api.clone(), "new".to_owned()), [(api.clone(), "old".to_owned())]);
        let retire = |steps: &BTreeSet<(Name, String)>, now: u64| {
            SetupMemory::read(&folders, &id).retire_others((&folders, &id), steps, now).unwrap();
        };
        memory.write(&folders, &id).unwrap();
        retire(&[new.clone()].into(), 1000);
        retire(&[new.clone()].into(), 1000 + KEPT_UNUSED_S - 1);
        assert_eq!(SetupMemory::read(&folders, &id).last(&web, "old").unwrap().unused_since, Some(1000));
        // Back on the branch that has it, and away again.
        retire(&[new.clone(), all[0].clone()].into(), 1000 + KEPT_UNUSED_S - 1);
        retire(&[new.clone()].into(), 1000 + KEPT_UNUSED_S);
        let memory = SetupMemory::read(&folders, &id);
        assert!(memory.last(&api, "old").is_some() && memory.last(&web, "old").is_none());
        retire(&[new].into(), 1000 + 2 * KEPT_UNUSED_S);
        let memory = SetupMemory::read(&folders, &id);
        assert!(memory.last(&api, "new").is_some() && memory.last(&api, "old").is_none());
        assert!(memory.last(&web, "old").is_none());
        assert_eq!(read_contents(&folders, &id, (&api, "new")), contents);
        assert!(read_contents(&folders, &id, (&web, "old")).is_empty());
    }
}
