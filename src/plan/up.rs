//! Project x Observed -> the plan of `devenv up`. Pure.
//!
//! What happens to a service or app, by what was found of it:
//!
//! | found          | as wanted | state        | decision                                   |
//! |----------------|-----------|--------------|--------------------------------------------|
//! | nothing        |           |              | create                                     |
//! | something      | no        | any          | replace                                    |
//! | something      | yes       | unusable     | replace                                    |
//! | something      | yes       | running      | keep; restart when a setup step is due, it |
//! |                |           |              | follows a need that is not kept, or it was |
//! |                |           |              | not ready the last time and is not now     |
//! | something      | yes       | created      | start                                      |
//! | something      | yes       | ended        | start; a job that succeeded is kept        |

use std::collections::{BTreeMap, BTreeSet};

use super::observed::{FoundState, FoundUnit, LastRun, Observed, Role, StepRecord};
use super::{Action, Plan, Step};
use crate::catalog::Upgrade;
use crate::model::{ImageRef, Kind, Project, Source, Unit};
use crate::names::Name;
use crate::problem::Problem;

/// Why a unit is started although it was kept.
const RESTARTED_WITH_NEEDS: &str = "what it needs was replaced";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Decision {
    Create {
        because: &'static str,
    },
    Replace {
        old: FoundUnit,
        because: &'static str,
    },
    Keep {
        id: String,
    },
    Restart {
        id: String,
        because: String,
    },
    Start {
        id: String,
        because: &'static str,
    },
    /// A job that has succeeded.
    Completed,
}

/// Plans what brings the selected units, and everything they need, to ready.
///
/// # Errors
/// Data that the wanted version of a service would refuse.
pub fn plan_up(project: &Project, found: &Observed, selected: &BTreeSet<Name>) -> Result<Plan, Vec<Problem>> {
    let problems: Vec<Problem> = chosen(project, selected).filter_map(|unit| refused_data(unit, found)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let decisions = decide_all(project, found, selected);
    let mut planner = Planner {
        project,
        found,
        decisions: &decisions,
        plan: Plan::default(),
        ends: BTreeMap::new(),
        images: BTreeMap::new(),
        network: None,
    };
    planner.add_leftovers();
    planner.add_network();
    for unit in in_start_order(project, selected) {
        planner.add_unit(unit);
    }
    Ok(planner.plan)
}

/// The images that something new would be made from, given what was found.
pub fn images_needed(project: &Project, found: &Observed, selected: &BTreeSet<Name>) -> BTreeSet<ImageRef> {
    let decisions = decide_all(project, found, selected);
    chosen(project, selected)
        .filter(|unit| {
            let decision = decisions.get(&unit.name);
            matches!(decision, Some(Decision::Create { .. } | Decision::Replace { .. })) || is_setup_due(unit, found)
        })
        .map(|unit| image_of(unit).clone())
        .collect()
}

/// The selected units and everything they need, by name; nothing selected means everything.
pub fn with_needs(project: &Project, names: &[Name]) -> BTreeSet<Name> {
    if names.is_empty() {
        return project.units.iter().map(|unit| unit.name.clone()).collect();
    }
    let mut selected = BTreeSet::new();
    let mut open: Vec<Name> = names.to_vec();
    while let Some(name) = open.pop() {
        if let Some(unit) = project.unit(&name).filter(|unit| selected.insert(unit.name.clone())) {
            open.extend(unit.needs.iter().map(|need| need.name.clone()));
        }
    }
    selected
}

fn chosen<'a>(project: &'a Project, selected: &'a BTreeSet<Name>) -> impl Iterator<Item = &'a Unit> {
    project.units.iter().filter(|unit| selected.contains(&unit.name))
}

/// Every unit after what it needs; among those that could go at once, the slowest to boot first, since the engine starts
/// one after the other.
fn in_start_order<'a>(project: &'a Project, selected: &'a BTreeSet<Name>) -> Vec<&'a Unit> {
    let mut waiting: Vec<&Unit> = chosen(project, selected).collect();
    waiting.sort_by_key(|unit| std::cmp::Reverse(unit.boot));
    let mut ordered: Vec<&Unit> = Vec::new();
    while !waiting.is_empty() {
        let is_free = |unit: &&Unit| {
            unit.needs
                .iter()
                .all(|need| !waiting.iter().any(|other| other.name == need.name && other.name != unit.name))
        };
        // A cycle cannot come from a checked manifest; taking the first one keeps this total.
        let next = waiting.iter().position(is_free).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

fn image_of(unit: &Unit) -> &ImageRef {
    match &unit.source {
        Source::Image(image) => image,
        Source::Build(build) => &build.image,
    }
}

/// A service whose data was written by a major version that the wanted one does not read.
fn refused_data(unit: &Unit, found: &Observed) -> Option<Problem> {
    let data = unit.data.as_ref()?;
    let (id, wanted) = data.written_by.as_ref()?;
    let entry = crate::catalog::service(id).filter(|entry| entry.upgrade == Upgrade::DumpAndLoad)?;
    let written = found.data.get(&data.name)?.as_ref()?;
    let (by, had) = written.split_once('@')?;
    if by == id && had == wanted {
        return None;
    }
    let old = crate::catalog::service(by).map_or(by, |entry| entry.title);
    Some(
        Problem::new("data-other-version", format!("the data of `{}` was written by {old} {had}", unit.name))
            .why(format!("{} {wanted} does not read it; nothing was started or changed", entry.title))
            .fix(format!("{}: {by}@{had}       # in dev.yaml, goes on with the data as it is", unit.name))
            .fix(format!(
                "give the service another name in dev.yaml to begin with empty data; `{}` is kept",
                unit.name
            )),
    )
}

fn decide_all(project: &Project, found: &Observed, selected: &BTreeSet<Name>) -> BTreeMap<Name, Decision> {
    let mut decisions = BTreeMap::new();
    for unit in in_start_order(project, selected) {
        let mut decision = decide(unit, found);
        let follows = unit.restarts_with_needs && unit.needs.iter().any(|need| is_moving(decisions.get(&need.name)));
        if let (Decision::Keep { id }, true) = (&decision, follows) {
            decision = Decision::Restart { id: id.clone(), because: RESTARTED_WITH_NEEDS.to_owned() };
        }
        decisions.insert(unit.name.clone(), decision);
    }
    decisions
}

fn is_moving(decision: Option<&Decision>) -> bool {
    !matches!(decision, None | Some(Decision::Keep { .. } | Decision::Completed))
}

fn decide(unit: &Unit, found: &Observed) -> Decision {
    let Some(old) = best_found(unit, found) else { return Decision::Create { because: "new" } };
    let due = is_setup_due(unit, found);
    if old.fingerprint != unit.fingerprint {
        return Decision::Replace { old: old.clone(), because: "changed in dev.yaml" };
    }
    if !found.network {
        return Decision::Replace { old: old.clone(), because: "its addresses were given back" };
    }
    let id = old.id.clone();
    match old.state {
        FoundState::Unusable => Decision::Replace { old: old.clone(), because: "left broken by an earlier run" },
        FoundState::Running if due => Decision::Restart { id, because: "its setup changed".to_owned() },
        FoundState::Running if found.unready.contains(&unit.name) => {
            Decision::Restart { id, because: "it was not ready the last time".to_owned() }
        }
        FoundState::Running => Decision::Keep { id },
        FoundState::Created => Decision::Start { id, because: "an earlier run did not finish" },
        FoundState::Ended(0) if unit.kind == Kind::Job && !due => Decision::Completed,
        FoundState::Ended(_) => Decision::Start { id, because: "stopped" },
    }
}

/// What was found of a unit: the one as wanted if there is one, a running one before others.
fn best_found<'a>(unit: &Unit, found: &'a Observed) -> Option<&'a FoundUnit> {
    let of_unit = found.units.iter().filter(|one| one.name == unit.name && one.role == Role::Main);
    of_unit.max_by_key(|one| (one.fingerprint == unit.fingerprint, one.state == FoundState::Running))
}

fn due_steps<'a>(unit: &'a Unit, found: &'a Observed) -> impl Iterator<Item = (usize, String)> + 'a {
    let records = found.setup.get(&unit.name).map(Vec::as_slice).unwrap_or_default();
    unit.setup.steps.iter().enumerate().filter_map(|(index, _)| {
        let because = why_due(records.get(index).unwrap_or(&StepRecord::default()))?;
        Some((index, because))
    })
}

fn is_setup_due(unit: &Unit, found: &Observed) -> bool {
    due_steps(unit, found).next().is_some()
}

fn why_due(record: &StepRecord) -> Option<String> {
    match (record.last, record.changed.as_slice()) {
        (None, _) => Some("first time".to_owned()),
        (Some(LastRun::Failed), _) => Some("it failed the last time".to_owned()),
        (Some(LastRun::Succeeded), []) => None,
        (Some(LastRun::Succeeded), [first, rest @ ..]) => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            Some(format!("{first}{more} changed"))
        }
    }
}

struct Planner<'a> {
    project: &'a Project,
    found: &'a Observed,
    decisions: &'a BTreeMap<Name, Decision>,
    plan: Plan,
    /// The step whose success means that a unit is ready; none for a completed job.
    ends: BTreeMap<Name, usize>,
    /// The step that brings an image.
    images: BTreeMap<ImageRef, usize>,
    network: Option<usize>,
}

impl Planner<'_> {
    fn push(&mut self, unit: Option<&Name>, action: Action, after: Vec<usize>, because: &str) -> usize {
        let step = Step { unit: unit.cloned(), action, after, after_any: Vec::new(), because: because.to_owned() };
        self.plan.steps.push(step);
        self.plan.steps.len() - 1
    }

    /// What belongs to this environment but to nothing in the manifest any more, or was left by a killed run.
    fn add_leftovers(&mut self) {
        for one in &self.found.units {
            let wanted = self.project.unit(&one.name);
            let because = match (one.role, wanted) {
                (Role::Setup, _) => "left by an earlier run",
                (Role::Main, None) => "no longer in dev.yaml",
                (Role::Main, Some(unit)) if best_found(unit, self.found).is_some_and(|best| best.id != one.id) => {
                    "left by an earlier run"
                }
                _ => continue,
            };
            self.add_removal(one, because);
        }
    }

    /// Stops what runs and removes it; answers the step after which its ports and data are free.
    fn add_removal(&mut self, old: &FoundUnit, because: &str) -> Option<usize> {
        let found = old.id.clone();
        let stop = (old.state == FoundState::Running)
            .then(|| self.push(Some(&old.name), Action::Stop { found: found.clone() }, vec![], because));
        let because = if stop.is_some() { "" } else { because };
        let remove = self.push(Some(&old.name), Action::Remove { found }, stop.into_iter().collect(), because);
        // What runs must have stopped; what does not run may still hold the name of its successor.
        Some(stop.unwrap_or(remove))
    }

    fn add_network(&mut self) {
        let needed = self
            .decisions
            .values()
            .any(|decision| matches!(decision, Decision::Create { .. } | Decision::Replace { .. }));
        if needed && !self.found.network {
            self.network = Some(self.push(None, Action::CreateNetwork, vec![], ""));
        }
    }

    fn add_unit(&mut self, unit: &Unit) {
        let Some(decision) = self.decisions.get(&unit.name) else { return };
        match decision.clone() {
            Decision::Completed => {}
            Decision::Keep { id } => {
                let verify = self.push(Some(&unit.name), Action::Verify { found: id }, vec![], "");
                self.ends.insert(unit.name.clone(), verify);
            }
            Decision::Start { id, because } => self.add_start(unit, Some(id), vec![], because),
            Decision::Restart { id, because } => {
                let stop = self.push(Some(&unit.name), Action::Stop { found: id.clone() }, vec![], &because);
                self.add_start(unit, Some(id), vec![stop], "");
            }
            Decision::Create { because } => self.add_creation(unit, vec![], because),
            Decision::Replace { old, because } => {
                let freed = self.add_removal(&old, because);
                self.add_creation(unit, freed.into_iter().collect(), because);
            }
        }
    }

    fn add_creation(&mut self, unit: &Unit, freed: Vec<usize>, because: &str) {
        let mut before: Vec<usize> = self.add_image(unit).into_iter().collect();
        if let Some(data) = unit.data.as_ref().filter(|data| !self.found.data.contains_key(&data.name)) {
            let action = Action::CreateData { data: data.name.clone() };
            before.push(self.push(Some(&unit.name), action, vec![], ""));
        }
        let create = self.push(Some(&unit.name), Action::Create, before, because);
        let after = freed.into_iter().chain([create]).collect();
        self.add_start(unit, None, after, "");
    }

    /// The step that brings the unit's image here, if it is not.
    fn add_image(&mut self, unit: &Unit) -> Option<usize> {
        let image = image_of(unit);
        if self.found.images.contains(image) {
            return None;
        }
        if let Some(step) = self.images.get(image) {
            return Some(*step);
        }
        let action = match unit.source {
            Source::Image(_) => Action::Download { image: image.clone() },
            Source::Build(_) => Action::Build { image: image.clone() },
        };
        let step = self.push(Some(&unit.name), action, vec![], "not on this computer yet");
        self.images.insert(image.clone(), step);
        Some(step)
    }

    fn add_start(&mut self, unit: &Unit, found: Option<String>, mut after: Vec<usize>, because: &str) {
        after.extend(self.network);
        let (needs, optional) = self.needs(unit);
        let last_setup = self.add_setup(unit, &after, (&needs, &optional));
        after.extend(last_setup);
        after.extend(needs);
        let start = self.push(Some(&unit.name), Action::Start { found }, after, because);
        self.plan.steps[start].after_any = optional;
        let ready = self.push(Some(&unit.name), Action::Ready, vec![start], "");
        self.ends.insert(unit.name.clone(), ready);
    }

    /// The steps that mean ready for what a unit needs: those that have to succeed, and those that only have to end.
    fn needs(&self, unit: &Unit) -> (Vec<usize>, Vec<usize>) {
        let mut needs = (Vec::new(), Vec::new());
        for need in &unit.needs {
            let Some(end) = self.ends.get(&need.name).copied() else { continue };
            if need.optional { needs.1.push(end) } else { needs.0.push(end) }
        }
        needs
    }

    /// The setup steps that are due, one after the other; answers the last.
    ///
    /// Steps that only fetch packages go ahead without what the app needs.
    fn add_setup(&mut self, unit: &Unit, after: &[usize], needs: (&[usize], &[usize])) -> Option<usize> {
        let due: Vec<(usize, String)> = due_steps(unit, self.found).collect();
        if due.is_empty() {
            return None;
        }
        let is_first =
            |step: &usize| matches!(self.plan.steps[*step].action, Action::Stop { .. } | Action::CreateNetwork);
        let mut before: Vec<usize> = after.iter().copied().filter(is_first).collect();
        before.extend(self.add_image(unit));
        if !unit.setup.prepare.is_empty() {
            before = vec![self.push(Some(&unit.name), Action::Setup { index: None }, before, "")];
        }
        for (index, because) in due {
            let waits = !unit.setup.steps[index].needs_nothing;
            if waits {
                before.extend(needs.0);
            }
            let step = self.push(Some(&unit.name), Action::Setup { index: Some(index) }, before, &because);
            if waits {
                self.plan.steps[step].after_any = needs.1.to_vec();
            }
            before = vec![step];
        }
        before.first().copied()
    }
}
