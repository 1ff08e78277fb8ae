//! Project x Observed -> the plan of `devenv down`. Pure.
//!
//! Everything stops at once, each by its own clean way; data stays, and so does what was stopped, so that the next `up` only
//! has to start it.

use std::collections::BTreeSet;

use super::observed::{FoundState, Observed, Role};
use super::{Action, Plan, Step};
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

/// Plans to stop the named units and start them again as they are, data and all.
///
/// # Errors
/// The first name of which nothing was found.
pub fn plan_restart(found: &Observed, names: &[Name]) -> Result<Plan, Name> {
    let mut plan = Plan::default();
    for name in names {
        let of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
        let best = of_unit.max_by_key(|one| one.state == FoundState::Running).ok_or_else(|| name.clone())?;
        let mut push = |action, after| {
            plan.steps.push(Step {
                unit: Some(name.clone()),
                action,
                after,
                after_any: vec![],
                because: String::new(),
            });
            vec![plan.steps.len() - 1]
        };
        let mut after = vec![];
        if best.state == FoundState::Running {
            after = push(Action::Stop { found: best.id.clone() }, after);
        }
        after = push(Action::Start { found: Some(best.id.clone()) }, after);
        push(Action::Ready, after);
    }
    Ok(plan)
}
