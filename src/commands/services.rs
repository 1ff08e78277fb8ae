//! The rows of `done` and `status`: what a person or a program is told of each service and app.

use std::collections::BTreeMap;

use crate::events::{ServiceReport, State};
use crate::model::{Kind, Project, Unit};
use crate::names::{Name, Port};
use crate::plan::observed::{FoundState, FoundUnit, Observed, Role};

/// One row for each service and app; `states` wins over what was found before.
pub fn rows(project: &Project, found: &Observed, states: &BTreeMap<Name, State>) -> Vec<ServiceReport> {
    let state = |unit: &Unit| states.get(&unit.name).copied().unwrap_or_else(|| found_state(unit, found));
    project.units.iter().map(|unit| row(unit, state(unit))).collect()
}

pub fn row(unit: &Unit, state: State) -> ServiceReport {
    ServiceReport {
        name: unit.name.clone(),
        kind: unit.kind,
        state,
        ready: matches!(state, State::Ready | State::Completed),
        url: unit.url.clone(),
        host: unit.port.map(|_| "127.0.0.1".to_owned()),
        port: unit.port.map(|lease| lease.outside),
        version: unit.version.clone(),
        optional: unit.optional,
    }
}

/// The row of something of which only is known what was found.
pub fn row_as_found(one: &FoundUnit, port: Option<Port>) -> ServiceReport {
    ServiceReport {
        name: one.name.clone(),
        kind: Kind::Service,
        state: state_of(Some(one.state), Kind::Service),
        ready: false,
        url: None,
        host: port.map(|_| "127.0.0.1".to_owned()),
        port,
        version: None,
        optional: false,
    }
}

/// What was found of a unit, as a state; whether a running one is ready has to be asked.
pub fn found_state(unit: &Unit, found: &Observed) -> State {
    let of_unit = found.units.iter().filter(|one| one.name == unit.name && one.role == Role::Main);
    let best = of_unit.max_by_key(|one| (one.state == FoundState::Running, one.fingerprint == unit.fingerprint));
    state_of(best.map(|one| one.state), unit.kind)
}

fn state_of(found: Option<FoundState>, kind: Kind) -> State {
    match found {
        Some(FoundState::Running) => State::Running,
        Some(FoundState::Ended(0)) if kind == Kind::Job => State::Completed,
        // 143 and 137 are what a stop leaves behind, 130 an interruption.
        Some(FoundState::Ended(code)) if !matches!(code, 0 | 130 | 137 | 143) => State::Failed,
        Some(FoundState::Ended(_) | FoundState::Created | FoundState::Unusable) | None => State::Stopped,
    }
}
