//! What has been shown already, so that nothing is said twice.

use super::{Ui, lock};
use crate::problem::{Problem, ProblemKind, kinds};

/// In the place of an id for what is no problem yet.
pub(super) const WARNING: &str = "warning";

impl Ui {
    /// The kind of the first problem that was shown.
    pub fn first_problem(&self) -> Option<&'static ProblemKind> {
        let shown = lock(&self.shared.shown);
        shown.iter().find_map(|(id, _)| kinds::all().find(|kind| kind.id == *id))
    }

    /// Every kind of problem that was told so far.
    pub fn shown_problems(&self) -> Vec<&'static ProblemKind> {
        let shown = lock(&self.shared.shown);
        shown.iter().filter_map(|(id, _)| kinds::all().find(|kind| kind.id == *id)).collect()
    }

    /// From now on a problem that was shown before is shown again.
    pub fn forget_problems(&self) {
        lock(&self.shared.shown).clear();
    }

    /// From now on a problem that was shown before is shown again, and still counts as shown: another run of the same has begun.
    pub fn tell_problems_anew(&self) {
        let mut shown = lock(&self.shared.shown);
        shown.iter_mut().filter(|(id, _)| *id != WARNING).for_each(|(_, what)| what.clear());
    }

    pub(super) fn is_new(&self, problem: &Problem) -> bool {
        let mut shown = lock(&self.shared.shown);
        // Two places in a manifest can have the same problem.
        let new =
            problem.place.is_some() || !shown.iter().any(|(id, what)| *id == problem.kind.id && *what == problem.what);
        if new {
            shown.push((problem.kind.id, problem.what.clone()));
        }
        new
    }
}
