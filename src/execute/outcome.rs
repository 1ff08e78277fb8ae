//! What came of carrying a plan out.

use std::collections::{BTreeMap, BTreeSet};

use crate::events::{Event, State};
use crate::names::{Name, Port};
use crate::problem::Problem;
use crate::state::Unready;

/// What came of a plan.
#[derive(Debug, Default)]
pub struct Outcome {
    pub problems: Vec<Problem>,
    /// Something that is wanted never had its turn, because of a problem of something else.
    pub unmet: bool,
    /// Problems of what everything else can do without.
    pub tolerated: Vec<Problem>,
    /// The last state of each unit that the plan was about.
    pub states: BTreeMap<Name, State>,
    /// Ports that turned out to be taken by somebody else at the moment of starting.
    pub taken: BTreeSet<Port>,
    /// Services that were given a new, empty database in data that was there: setup that was not due has become so.
    pub renewed: BTreeSet<Name>,
    /// Apps that ran before and have fallen since, which another round starts again.
    pub fallen: Vec<Fallen>,
    /// Why each unit failed that did.
    pub reasons: BTreeMap<Name, Unready>,
    /// What is to be told only where there is no other round.
    pub withheld: Vec<Event>,
}

/// An app that ran before and has fallen since. Its problem is not told yet.
#[derive(Debug)]
pub struct Fallen {
    pub name: Name,
    pub problem: Problem,
    /// Everything else can do without it.
    pub is_optional: bool,
}

impl Outcome {
    /// What has fallen is a problem as any other: nothing starts it again.
    pub fn give_up_fallen(&mut self) {
        for Fallen { problem, is_optional, .. } in std::mem::take(&mut self.fallen) {
            let list = if is_optional { &mut self.tolerated } else { &mut self.problems };
            list.push(problem);
        }
    }

    /// All went well, and meanwhile setup has become due that was not when it was planned.
    pub fn has_new_setup_due(&self) -> bool {
        self.problems.is_empty() && !self.renewed.is_empty()
    }
}

/// Failures that may be over in another round: nobody is told of them before that is decided.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// The steps that failed so, and those that were left out because of them.
    pub steps: BTreeSet<usize>,
    pub withheld: Vec<Event>,
}
