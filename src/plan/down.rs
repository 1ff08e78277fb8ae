//! Project x Observed -> the plans of `devenv down` and `devenv restart`. Pure.
//!
//! Everything stops at once, each by its own clean way; data stays, and so does what was stopped, so that the next `up` only
//! has to start it.

use std::collections::{BTreeMap, BTreeSet};

use super::observed::{FoundState, FoundUnit, Observed, Role};
use super::{Action, Plan, Step};
use crate::model::Project;
use crate::names::Name;

/// Plans to stop the named units, or everything of the environment when no name is given.
pub fn plan_down(found: &Observed, names: &BTreeSet<Name>) -> Plan {
    let mut plan = Plan::default();
    for one in &found.units {
        let step = |action| Step {
            unit: Some(one.name.clone()),
            action,
            after: vec![],
            after_any: vec![],
            because: String::new(),
        };
        let id = one.id.clone();
        match one.role {
            Role::Setup => plan.steps.push(step(Action::Remove { found: id })),
            Role::Main if !names.is_empty() && !names.contains(&one.name) => {}
            Role::Main if one.state == FoundState::Running => plan.steps.push(step(Action::Stop { found: id })),
            Role::Main => {}
        }
    }
    plan
}

/// Plans to stop the named units and start them again as they are, data and all; with them whatever looks up only once, at its
/// start, where they are.
///
/// # Errors
/// The first name of which nothing was found.
pub fn plan_restart(project: &Project, found: &Observed, names: &[Name]) -> Result<Plan, Name> {
    let mut plan = Plan::default();
    let mut ready: BTreeMap<Name, usize> = BTreeMap::new();
    for name in names {
        let old = best(found, name).ok_or_else(|| name.clone())?;
        ready.insert(name.clone(), push_restart(&mut plan, old, vec![], ""));
    }
    for unit in project.units.iter().filter(|unit| unit.restarts_with_needs && !names.contains(&unit.name)) {
        let after: Vec<usize> = unit.needs.iter().filter_map(|need| ready.get(&need.name).copied()).collect();
        let running = best(found, &unit.name).filter(|old| old.state == FoundState::Running);
        if let (Some(old), false) = (running, after.is_empty()) {
            push_restart(&mut plan, old, after, "what it needs was restarted");
        }
    }
    Ok(plan)
}

fn best<'a>(found: &'a Observed, name: &Name) -> Option<&'a FoundUnit> {
    let of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
    of_unit.max_by_key(|one| one.state == FoundState::Running)
}

/// Stops, starts, waits; answers the step that means ready. The start comes after the given steps.
fn push_restart(plan: &mut Plan, old: &FoundUnit, mut after: Vec<usize>, because: &str) -> usize {
    let mut push = |action, after, because: &str| {
        plan.steps.push(Step {
            unit: Some(old.name.clone()),
            action,
            after,
            after_any: vec![],
            because: because.to_owned(),
        });
        plan.steps.len() - 1
    };
    if old.state == FoundState::Running {
        after.push(push(Action::Stop { found: old.id.clone() }, vec![], because));
    }
    let start = push(Action::Start { found: Some(old.id.clone()) }, after, "");
    push(Action::Ready, vec![start], "")
}
