//! Project x Observed -> the plans of `devenv down` and `devenv restart`. Pure.
//!
//! Everything stops at once, each by its own clean way; data stays, and so does what was stopped, so that the next `up` only
//! has to start it.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::in_start_order;
use super::observed::{FoundState, FoundUnit, Observed, Role};
use super::{Action, Plan, Step};
use crate::model::{Place, Project};
use crate::names::Name;

/// Plans to stop the named units, or everything of the environment when no name is given.
pub fn plan_down(found: &Observed, names: &BTreeSet<Name>) -> Plan {
    let mut plan = Plan::default();
    for one in &found.units {
        let id = one.id.clone();
        match one.role {
            Role::Setup => push(&mut plan, &one.name, Action::Remove { found: id }, vec![], ""),
            Role::Main if !names.is_empty() && !names.contains(&one.name) => continue,
            Role::Main if one.state == FoundState::Running => {
                push(&mut plan, &one.name, Action::Stop { found: id }, vec![], "")
            }
            Role::Main => continue,
        };
    }
    plan
}

/// Plans to stop the named units and start them again as they are, data and all: each after those of them that it needs, and
/// with it what would go on asking at its old address.
///
/// # Errors
/// The first name of which nothing was found.
pub fn plan_restart(project: &Project, found: &Observed, restarted: &[Name]) -> Result<Plan, Name> {
    let mut chosen: BTreeMap<&Name, &FoundUnit> = BTreeMap::new();
    for name in restarted {
        chosen.insert(name, best_found(project, found, name).ok_or_else(|| name.clone())?);
    }
    for unit in project.units.iter().filter(|unit| unit.restarts_with_needs) {
        let follows = unit.needs.iter().any(|need| restarted.contains(&need.name));
        let runs = best_found(project, found, &unit.name).filter(|one| one.state == FoundState::Running);
        if let (true, Some(one)) = (follows, runs) {
            chosen.insert(&unit.name, one);
        }
    }
    let mut plan = Plan::default();
    let mut ready = BTreeMap::new();
    let names = chosen.keys().map(|name| (*name).clone()).collect();
    for unit in in_start_order(project, &names) {
        let Some(one) = chosen.get(&unit.name) else { continue };
        let because = if restarted.contains(&unit.name) { "" } else { "what it needs was restarted" };
        let mut after: Vec<usize> = unit.needs.iter().filter_map(|need| ready.get(&need.name).copied()).collect();
        if one.state == FoundState::Running {
            after.push(push(&mut plan, &unit.name, Action::Stop { found: one.id.clone() }, vec![], because));
        }
        let start = push(&mut plan, &unit.name, Action::Start { found: Some(one.id.clone()) }, after, "");
        ready.insert(&unit.name, push(&mut plan, &unit.name, Action::Ready, vec![start], ""));
    }
    Ok(plan)
}

/// What was found of a unit and can be started: without the environment's network nothing can.
fn best_found<'a>(project: &Project, found: &'a Observed, name: &Name) -> Option<&'a FoundUnit> {
    let on_host = project.unit(name).is_some_and(|unit| unit.place() == Place::Host);
    let of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
    of_unit.max_by_key(|one| one.state == FoundState::Running).filter(|_| on_host || found.network.is_some())
}

fn push(plan: &mut Plan, unit: &Name, action: Action, after: Vec<usize>, because: &str) -> usize {
    let because = because.to_owned();
    plan.steps.push(Step { unit: Some(unit.clone()), action, after, after_any: vec![], because });
    plan.steps.len() - 1
}
