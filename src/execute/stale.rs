//! What is known of each setup step before it runs: how it last ended, and whether what it read and made is as it was then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::catalog::setup_inputs;
use crate::host::{self, Contents, Known, MOST_BYTES, MOST_FILES, Reason, Seen, Unusable, Wish};
use crate::model::{Project, Reads, SetupStep, Source, Unit};
use crate::names::Name;
use crate::plan::observed::{Change, InputChange, LastRun, Stale, StepRecord};
use crate::problem::{Exit, Problem, kinds};
use crate::state::{self, Folders, Outcome, SetupMemory, StepRun};
use crate::words;

/// What a step is remembered under: its command as it is written, and which of the same ones it is.
pub fn step_key(step: &SetupStep) -> String {
    let key = words::hex(&Sha256::digest(step.title.as_bytes())[..8]);
    if step.repeats == 0 { key } else { format!("{key}-{}", step.repeats) }
}

/// What a step is remembered under whose result is this one's as well: what `npm install` wrote into a new lock file is what `npm ci`
/// would fetch by it.
fn key_of_same_result(step: &SetupStep) -> Option<String> {
    let title = setup_inputs::with_same_result(&step.title)?;
    Some(step_key(&SetupStep { title, ..step.clone() }))
}

/// What a step runs in: other steps of it may be needed when that is another one. A build is the same one whatever it was
/// built from, so that a change of its sources runs nothing.
/// What a step of an app with `runtime: host` ran in.
pub const ON_HOST: &str = "this computer";

pub(super) fn runtime_of(unit: &Unit) -> String {
    match &unit.source {
        Source::Image(image) => image.to_string(),
        Source::Build(build) => build.image.repository.clone(),
        Source::Equipped(equipped) => equipped.image.to_string(),
        Source::Host => ON_HOST.to_owned(),
    }
}

/// What is remembered, with what steps ran in under the name that it has by now; and whether that is news. `renamed` = the names that
/// the same had before.
fn memory_of(folders: &Folders, project: &Project, renamed: &BTreeMap<Name, String>) -> (SetupMemory, bool) {
    let mut memory = SetupMemory::read(folders, &project.id);
    let units = project.units.iter().filter_map(|unit| Some((unit, renamed.get(&unit.name)?)));
    let changed = units.map(|(unit, before)| memory.rename_runtime(&unit.name, before, &runtime_of(unit)));
    let is_news = changed.fold(false, |any, one| any | one);
    (memory, is_news)
}

/// Writes down that what steps ran in has another name by now, though it is the same. Where that can't be written, it is found out anew.
pub fn keep_renamed(folders: &Folders, project: &Project, renamed: &BTreeMap<Name, String>) {
    if let (memory, true) = memory_of(folders, project, renamed) {
        let _ = memory.write(folders, &project.id);
    }
}

/// The record of every setup step of the project, from one look at all their inputs; and what was found out about the files, for
/// who may write that down. `renamed` = the names that what steps ran in had before, where it is the same.
///
/// # Errors
/// Inputs that can't be told.
pub fn look_at_setup(
    folders: &Folders,
    project: &Project,
    renamed: &BTreeMap<Name, String>,
) -> Result<(BTreeMap<Name, Vec<StepRecord>>, Known), Problem> {
    let steps: Vec<(&Unit, &SetupStep)> =
        project.units.iter().flat_map(|unit| unit.setup.steps.iter().map(move |step| (unit, step))).collect();
    let mut records: BTreeMap<Name, Vec<StepRecord>> = BTreeMap::new();
    if steps.is_empty() {
        return Ok((records, Known::default()));
    }
    let (memory, _) = memory_of(folders, project, renamed);
    let mut known = state::read_known(folders, &project.id);
    let seen = see(project, &steps, &mut known)?;
    known.forget_others();
    let is_other = memory.ran_elsewhere(host::folder_mark(&project.root).as_ref());
    for ((unit, step), seen) in steps.into_iter().zip(seen) {
        let mut record = record(folders, project, (unit, step), (&memory, &seen));
        if is_other && record.last == Some(LastRun::Succeeded) {
            record.stale = Some(Stale::OtherCheckout);
        }
        records.entry(unit.name.clone()).or_default().push(record);
    }
    Ok((records, known))
}

/// Forgets what is remembered of steps that the project has not had for long. It only takes up room, so that it matters to nobody
/// when it can't be forgotten.
pub fn retire_other_steps(folders: &Folders, project: &Project) {
    let keys = |unit: &Unit| -> Vec<_> {
        let steps = unit.setup.steps.iter();
        let keys = steps.flat_map(|step| [Some(step_key(step)), key_of_same_result(step)].into_iter().flatten());
        keys.map(|key| (unit.name.clone(), key)).collect()
    };
    let steps = project.units.iter().flat_map(keys).collect();
    let mut memory = SetupMemory::read(folders, &project.id);
    let _ = memory.retire_others((folders, &project.id), &steps, host::now());
}

/// What `inputs` of `dev.yaml` name and the repo does not have, as sentences.
///
/// # Errors
/// Inputs that can't be told.
pub fn missing_inputs(folders: &Folders, project: &Project) -> Result<Vec<(Name, String)>, Problem> {
    let steps: Vec<(&Unit, &SetupStep)> = project
        .units
        .iter()
        .flat_map(|unit| unit.setup.steps.iter().map(move |step| (unit, step)))
        .filter(|(_, step)| step.reads == Reads::Written)
        .collect();
    let seen = see(project, &steps, &mut state::read_known(folders, &project.id))?;
    let sentences = steps.iter().zip(&seen).flat_map(|((unit, step), seen)| {
        missing_of(step, seen).map(|text| (unit.name.clone(), text)).collect::<Vec<_>>()
    });
    Ok(sentences.collect())
}

/// A sentence for each input that the manifest names and that finds nothing.
pub(super) fn missing_of<'a>(step: &'a SetupStep, seen: &'a Seen) -> impl Iterator<Item = String> + 'a {
    let written = seen.missing.iter().filter(|_| step.reads == Reads::Written);
    written.map(|missing| format!("`{missing}`, an input of `{}`, finds nothing", step.title))
}

/// The inputs of some steps, as they are now.
pub(super) fn see(project: &Project, steps: &[(&Unit, &SetupStep)], known: &mut Known) -> Result<Vec<Seen>, Problem> {
    let wishes: Vec<Wish> =
        steps.iter().map(|(unit, step)| Wish { folder: &unit.setup.folder, globs: &step.inputs }).collect();
    host::look_at_inputs(&project.root, &wishes, known).map_err(|unusable| unusable_problem(project, steps, unusable))
}

fn record(
    folders: &Folders,
    project: &Project,
    (unit, step): (&Unit, &SetupStep),
    (memory, seen): (&SetupMemory, &Seen),
) -> StepRecord {
    let key = step_key(step);
    let contents_of = |key: &str, run: &StepRun| {
        let before = state::read_contents(folders, &project.id, (&unit.name, key));
        let now = with_own_work(&seen.contents, &before, &own_of(&project.root, run, &seen.contents));
        (before, now)
    };
    let is_as_then = |key: &str, run: &StepRun| {
        run.digest == host::digest_of(&seen.contents) || run.digest == host::digest_of(&contents_of(key, run).1)
    };
    let same = || {
        let other = key_of_same_result(step)?;
        let run = memory.last(&unit.name, &other)?;
        (run.outcome == Outcome::Succeeded && is_as_then(&other, run)).then_some((other, run))
    };
    let Some((key, run)) = memory.last(&unit.name, &key).map(|run| (key, run)).or_else(same) else {
        return StepRecord::default();
    };
    let (last, due) = match &run.outcome {
        Outcome::Succeeded => (LastRun::Succeeded, None),
        Outcome::Failed => (LastRun::Failed, None),
        Outcome::Begun => (LastRun::Unfinished, None),
        Outcome::Due(because) => (LastRun::Succeeded, Some(Stale::Due(because.clone()))),
    };
    let is_gone = |made: &&String| !host::is_folder(&unit.setup.folder.join(made));
    let gone = || run.made.iter().find(is_gone).map(|made| Stale::Gone(made.clone()));
    let other_runtime = || (run.runtime != runtime_of(unit)).then_some(Stale::OtherRuntime);
    let inputs = || {
        (!is_as_then(&key, run)).then(|| {
            let (before, now) = contents_of(&key, run);
            Stale::Inputs(changes(&before, &now))
        })
    };
    let variables = || {
        let before = run.variables.as_ref().filter(|_| !step.needs_nothing)?;
        let now = &unit.setup.variables;
        let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        let changed = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
        Some(changed.cloned().collect::<Vec<_>>()).filter(|names| !names.is_empty()).map(Stale::Variables)
    };
    let database = || {
        let is_other =
            |(service, before): &(&Name, &String)| unit.setup.databases.get(*service).is_some_and(|now| now != *before);
        run.databases.iter().find(is_other).map(|(service, _)| Stale::OtherDatabase(service.clone()))
    };
    let stale = due.or_else(inputs).or_else(database).or_else(gone).or_else(other_runtime).or_else(variables);
    StepRecord { last: Some(last), stale }
}

/// The first step of each app whose last run did not end well, with how it ended.
pub fn unfinished_setup(folders: &Folders, project: &Project) -> BTreeMap<Name, String> {
    let memory = SetupMemory::read(folders, &project.id);
    let wrong = |unit: &Unit| {
        unit.setup.steps.iter().find_map(|step| {
            let ended = match memory.last(&unit.name, &step_key(step))?.outcome {
                Outcome::Failed => "failed the last time",
                Outcome::Begun => "did not finish the last time",
                Outcome::Succeeded | Outcome::Due(_) => return None,
            };
            Some((unit.name.clone(), format!("its setup step `{}` {ended}", step.title)))
        })
    };
    project.units.iter().filter_map(wrong).collect()
}

/// What a run of a step wrote and is missing now, as far as that is its own; git is asked only where something is.
fn own_of(root: &Path, run: &StepRun, now: &Contents) -> Vec<String> {
    let tracked = std::cell::OnceCell::new();
    still_own(&run.wrote, now, |path| {
        let tracked = tracked.get_or_init(|| host::tracked(root, setup_inputs::is_written_by_steps));
        tracked.as_ref().is_some_and(|tracked| tracked.has(path))
    })
}

/// Of what a step wrote, what is missing now and matters to nobody else: a file that git knows by now is everybody's.
fn still_own(wrote: &[String], now: &Contents, is_tracked: impl Fn(&str) -> bool) -> Vec<String> {
    wrote.iter().filter(|path| !now.contains_key(*path) && !is_tracked(path)).cloned().collect()
}

/// The inputs as they would be if nobody had removed what the step itself `wrote`: a lock file that was not there before makes
/// nothing run again when it is gone.
fn with_own_work(now: &Contents, before: &Contents, wrote: &[String]) -> Contents {
    let own = wrote.iter().filter_map(|path| Some((path.clone(), *before.get(path)?)));
    own.chain(now.iter().map(|(path, hash)| (path.clone(), *hash))).collect()
}

/// The inputs that differ between two looks, the shortest path first.
fn changes(before: &Contents, now: &Contents) -> Vec<InputChange> {
    let mut changes: Vec<InputChange> = Vec::new();
    for (path, hash) in now {
        let how = match before.get(path) {
            None => Change::New,
            Some(other) if other != hash => Change::Content,
            Some(_) => continue,
        };
        changes.push(InputChange { path: path.clone(), how });
    }
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    changes.extend(gone.map(|path| InputChange { path: path.clone(), how: Change::Gone }));
    changes.sort_by(|one, other| (one.path.len(), &one.path).cmp(&(other.path.len(), &other.path)));
    changes
}

fn unusable_problem(project: &Project, steps: &[(&Unit, &SetupStep)], unusable: Unusable) -> Problem {
    let (name, title) =
        steps.get(unusable.wish).map_or(("", ""), |(unit, step)| (unit.name.as_str(), step.title.as_str()));
    let too_much = |glob: &str, limit: String| {
        Problem::new(&kinds::INPUTS_TOO_MANY, format!("the inputs of `{title}` of `{name}` are too many to watch"))
            .why(format!("`{glob}` finds more than {limit}, all of which every `up` would have to look at"))
            .fix("name only the files that the step reads, for example `migrations/*.sql` for `**`")
            .fix("leave a folder out with `!folder`, or in .gitignore if it is made by programs")
    };
    match unusable.reason {
        Reason::TooMany { glob } => too_much(&glob, format!("{},000 files", MOST_FILES / 1000)),
        Reason::TooLarge { glob } => too_much(&glob, words::bytes(MOST_BYTES)),
        Reason::Unreadable { path, error } => {
            let shown = path.strip_prefix(&project.root).unwrap_or(&path).display().to_string();
            Problem::new(
                &kinds::INPUTS_UNREADABLE,
                format!("`{shown}`, an input of `{title}` of `{name}`, cannot be read"),
            )
            .why(error.to_string())
            .fix(format!("make it readable for your user: chmod u+r {shown}"))
            .fix("or leave it out of `inputs` in dev.yaml")
        }
        Reason::BadGlob { error } => {
            Problem::new(&kinds::INPUTS_UNREADABLE, format!("the inputs of `{title}` of `{name}` cannot be told"))
                .exit(Exit::Manifest)
                .why(error)
                .fix("correct `inputs` in dev.yaml")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ContentHash;

    #[test]
    fn inputs_that_can_not_be_watched_are_told() {
        let project = crate::model::Project {
            name: crate::names::Name::from_any("shop"),
            id: crate::names::EnvironmentId::of_checkout(std::path::Path::new("/shop")),
            root: "/shop".into(),
            units: Vec::new(),
        };
        let kind = |reason| unusable_problem(&project, &[], Unusable { wish: 0, reason }).kind;
        assert_eq!(kind(Reason::TooMany { glob: "**".into() }), &kinds::INPUTS_TOO_MANY);
        assert_eq!(kind(Reason::TooLarge { glob: "**".into() }), &kinds::INPUTS_TOO_MANY);
        assert_eq!(kind(Reason::BadGlob { error: "[".into() }), &kinds::INPUTS_UNREADABLE);
    }

    #[test]
    fn what_a_step_wrote_itself_is_not_missed_but_heeded_where_it_differs() {
        let contents = |files: &[(&str, u8)]| -> Contents {
            files.iter().map(|(path, byte)| ((*path).to_owned(), ContentHash([*byte; 16]))).collect()
        };
        let before = contents(&[("package.json", 1), ("package-lock.json", 2)]);
        let wrote = ["package-lock.json".to_owned()];
        let own = |is_tracked: bool| still_own(&wrote, &contents(&[("package.json", 1)]), |_| is_tracked);
        assert_eq!((own(false), own(true)), (wrote.to_vec(), vec![]), "what is committed by now is missed");
        assert_eq!(with_own_work(&contents(&[("package.json", 1)]), &before, &wrote), before);
        assert_eq!(with_own_work(&contents(&[("package.json", 1)]), &before, &[]), contents(&[("package.json", 1)]));
        let pulled = contents(&[("package.json", 1), ("package-lock.json", 9)]);
        assert_eq!(with_own_work(&pulled, &before, &wrote), pulled, "another one came with a pull");
    }

    #[test]
    fn changes_tell_new_gone_and_changed_apart() {
        let contents = |files: &[(&str, u8)]| -> Contents {
            files.iter().map(|(path, byte)| ((*path).to_owned(), ContentHash([*byte; 16]))).collect()
        };
        let before = contents(&[("same", 1), ("longer/changed", 2), ("gone", 3)]);
        let now = contents(&[("same", 1), ("longer/changed", 9), ("a/new", 4)]);
        let shown: Vec<(String, Change)> =
            changes(&before, &now).into_iter().map(|change| (change.path, change.how)).collect();
        let expected = [("gone", Change::Gone), ("a/new", Change::New), ("longer/changed", Change::Content)];
        assert_eq!(shown, expected.map(|(path, how)| (path.to_owned(), how)));
    }
}
