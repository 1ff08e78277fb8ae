//! What is to become of each service and app, by what was found of it. Pure.
//!
//! What happens to a service or app, by what was found of it:
//!
//! | found          | as wanted | state        | decision                                   |
//! |----------------|-----------|--------------|--------------------------------------------|
//! | nothing        |           |              | create                                     |
//! | something      | no        | any          | replace                                    |
//! | something      | yes       | unusable     | replace                                    |
//! | something      | yes       | running      | keep; restart when a setup step is due, it |
//! |                |           |              | follows a need that is not kept, or it     |
//! |                |           |              | failed the last time and does not answer   |
//! | something      | yes       | created      | start                                      |
//! | something      | yes       | ended        | start; a job that succeeded is kept        |
//!
//! Setup steps that are due run first; only when they have ended well is stopped what runs.
//!
//! Data that is gone takes with it what was done to it: setup steps and jobs that need it are due again.

use std::collections::{BTreeMap, BTreeSet};

use super::observed::{FoundState, FoundUnit, Observed, Role, StepRecord};
use super::up::STOPPED;
use super::{data, difference};
use crate::model::{Kind, Need, Place, Project, Unit};
use crate::names::Name;

/// Begins the reason for starting what has ended without having been asked to.
pub(super) const ENDED_BADLY: &str = "it ended with";
/// Why a unit is started although it was kept.
const RESTARTED_WITH_NEEDS: &str = "what it needs was replaced";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    Create {
        because: String,
    },
    Replace {
        old: FoundUnit,
        because: String,
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
        because: String,
    },
    /// A job that has succeeded.
    Completed,
}

/// Wanted and found side by side, as far as one run of the command is about them.
pub(super) struct Look<'a> {
    pub project: &'a Project,
    pub found: &'a Observed,
    pub selected: BTreeSet<Name>,
}

impl<'a> Look<'a> {
    pub fn new(project: &'a Project, found: &'a Observed, selected: &BTreeSet<Name>) -> Self {
        let mut look = Self { project, found, selected: selected.clone() };
        let decisions = look.decide_all();
        // What runs beside the selection, but would go on asking at an address that is about to change.
        let followers = project.units.iter().filter(|unit| {
            let runs = || best_found(unit, found).is_some_and(|one| one.state == FoundState::Running);
            !selected.contains(&unit.name) && follows(unit, &decisions) && runs()
        });
        let followers: Vec<Name> = followers.map(|unit| unit.name.clone()).collect();
        look.selected.extend(followers);
        look
    }

    pub fn decide_all(&self) -> BTreeMap<Name, Decision> {
        let mut decisions = BTreeMap::new();
        for unit in in_start_order(self.project, &self.selected) {
            let mut decision = self.decide(unit);
            if let (Decision::Keep { id }, true) = (&decision, follows(unit, &decisions)) {
                decision = Decision::Restart { id: id.clone(), because: RESTARTED_WITH_NEEDS.to_owned() };
            }
            decisions.insert(unit.name.clone(), decision);
        }
        decisions
    }

    fn decide(&self, unit: &Unit) -> Decision {
        let Some(old) = self.usable_found(unit) else {
            let because = self.begins_empty(unit).filter(|_| best_found(unit, self.found).is_some());
            return Decision::Create { because: because.unwrap_or_else(|| "new".to_owned()) };
        };
        let due = self.is_setup_due(unit);
        let id = old.id.clone();
        match old.state {
            _ if old.fingerprint != unit.fingerprint => {
                replace(old, &difference::in_words(&old.made_from, &unit.made_from))
            }
            FoundState::Ended(0) if unit.kind == Kind::Job && !due => Decision::Completed,
            _ if self.found.network.is_none() && unit.place() == Place::Inside => {
                replace(old, "its addresses were given back")
            }
            FoundState::Unusable => replace(old, "left broken by an earlier run"),
            FoundState::Running if due => Decision::Restart { id, because: "its setup is due".to_owned() },
            FoundState::Running if self.found.unready.contains(&unit.name) => {
                Decision::Restart { id, because: "it does not answer".to_owned() }
            }
            FoundState::Running => Decision::Keep { id },
            FoundState::Created => Decision::Start { id, because: "an earlier run did not finish".to_owned() },
            FoundState::Ended(code) => Decision::Start { id, because: ended(code) },
        }
    }

    /// What was found of a unit and still means something: a job that has served data which is gone does not.
    pub fn usable_found(&self, unit: &Unit) -> Option<&'a FoundUnit> {
        best_found(unit, self.found).filter(|_| unit.kind != Kind::Job || self.begins_empty(unit).is_none())
    }

    /// Why everything done to the data of what it needs has to be done again; `None` = that data is there.
    pub fn begins_empty(&self, unit: &Unit) -> Option<String> {
        let needed = unit.needs.iter().filter(|need| self.selected.contains(&need.name));
        let mut units = needed.filter_map(|need| self.project.unit(&need.name));
        let empty = units.find(|needed| data::is_missing(needed, self.found))?;
        Some(format!("`{}` begins empty", empty.name))
    }

    pub fn due_steps(&self, unit: &Unit) -> Vec<(usize, String)> {
        let records = self.found.setup.get(&unit.name).map(Vec::as_slice).unwrap_or_default();
        let never = StepRecord::default();
        let mut due: Vec<(usize, String)> = Vec::new();
        for (index, step) in unit.setup.steps.iter().enumerate() {
            let record = records.get(index).unwrap_or(&never);
            let empty = || self.begins_empty(unit).filter(|_| !step.needs_nothing);
            let steps = &unit.setup.steps;
            let before = || due.iter().rev().map(|(before, _)| &steps[*before]).find(|before| step.follows(before));
            let follows = || before().map(|before| format!("after {}", before.title));
            let because = record.why_due().or_else(empty).or_else(follows);
            due.extend(because.map(|because| (index, because)));
        }
        due
    }

    pub fn is_setup_due(&self, unit: &Unit) -> bool {
        !self.due_steps(unit).is_empty()
    }
}

/// Why something that has ended is started.
fn ended(code: i64) -> String {
    if STOPPED.contains(&code) { "stopped".to_owned() } else { format!("{ENDED_BADLY} {code}") }
}

fn replace(old: &FoundUnit, because: &str) -> Decision {
    Decision::Replace { old: old.clone(), because: because.to_owned() }
}

/// Whether it has to ask anew where something is that it needs.
fn follows(unit: &Unit, decisions: &BTreeMap<Name, Decision>) -> bool {
    let is_moving = |need: &Need| {
        let decision = decisions.get(&need.name);
        !matches!(decision, None | Some(Decision::Keep { .. } | Decision::Completed))
    };
    unit.restarts_with_needs && unit.needs.iter().any(is_moving)
}

/// What was found of a unit: the one as wanted if there is one, a running one before others.
fn best_found<'a>(unit: &Unit, found: &'a Observed) -> Option<&'a FoundUnit> {
    let of_unit = found.units.iter().filter(|one| one.name == unit.name && one.role == Role::Main);
    of_unit.max_by_key(|one| (one.fingerprint == unit.fingerprint, one.state == FoundState::Running))
}

pub(super) fn chosen<'a>(project: &'a Project, selected: &'a BTreeSet<Name>) -> impl Iterator<Item = &'a Unit> {
    project.units.iter().filter(|unit| selected.contains(&unit.name))
}

/// Every unit after what it needs; among those that could go at once, the slowest to boot first, since the engine starts
/// one after the other.
pub(super) fn in_start_order<'a>(project: &'a Project, selected: &'a BTreeSet<Name>) -> Vec<&'a Unit> {
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
