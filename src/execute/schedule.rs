//! Which step of a plan may go when. Pure: it is told what ended and answers what begins.

use crate::plan::Plan;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Well,
    Badly,
}

/// The steps of one plan, each waiting, running or ended.
#[derive(Debug)]
pub struct Schedule {
    steps: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    state: State,
    after: Vec<usize>,
    after_any: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Ended(Ended),
    /// Something it waited for went wrong.
    Skipped,
}

/// What follows from something that ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Next {
    pub begin: Vec<usize>,
    /// Steps that will never run, because this step of theirs went wrong or was skipped itself.
    pub skipped: Vec<(usize, usize)>,
}

impl Schedule {
    pub fn new(plan: &Plan) -> Self {
        let waiting = |step: &crate::plan::Step| Waiting {
            state: State::Waiting,
            after: step.after.clone(),
            after_any: step.after_any.clone(),
        };
        Self { steps: plan.steps.iter().map(waiting).collect() }
    }

    /// What may begin now.
    pub fn next(&mut self) -> Next {
        let mut next = Next::default();
        // Skipping one step may skip others, and let those begin that wait for it either way.
        while let Some(index) = self.first_skippable() {
            self.steps[index.0].state = State::Skipped;
            next.skipped.push(index);
        }
        for index in 0..self.steps.len() {
            if self.may_begin(index) {
                self.steps[index].state = State::Running;
                next.begin.push(index);
            }
        }
        next
    }

    pub fn ended(&mut self, step: usize, how: Ended) -> Next {
        self.steps[step].state = State::Ended(how);
        self.next()
    }

    pub fn is_running(&self, step: usize) -> bool {
        self.steps[step].state == State::Running
    }

    /// The steps that one which has not begun still waits for; `None` = it waits no more.
    pub fn waits_for(&self, step: usize) -> Option<impl Iterator<Item = usize>> {
        let waiting = &self.steps[step];
        let is_open = |before: &usize| matches!(self.steps[*before].state, State::Waiting | State::Running);
        (waiting.state == State::Waiting)
            .then(|| waiting.after.iter().chain(&waiting.after_any).copied().filter(move |before| is_open(before)))
    }

    fn first_skippable(&self) -> Option<(usize, usize)> {
        self.steps.iter().enumerate().filter(|(_, step)| step.state == State::Waiting).find_map(|(index, step)| {
            let broken = step
                .after
                .iter()
                .find(|before| matches!(self.steps[**before].state, State::Skipped | State::Ended(Ended::Badly)))?;
            Some((index, *broken))
        })
    }

    fn may_begin(&self, index: usize) -> bool {
        let step = &self.steps[index];
        let is_over = |before: &usize| matches!(self.steps[*before].state, State::Skipped | State::Ended(_));
        step.state == State::Waiting
            && step.after.iter().all(|before| self.steps[*before].state == State::Ended(Ended::Well))
            && step.after_any.iter().all(is_over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Step};

    fn plan(steps: &[(&[usize], &[usize])]) -> Plan {
        let step = |(after, after_any): &(&[usize], &[usize])| Step {
            unit: None,
            action: Action::Create,
            after: after.to_vec(),
            after_any: after_any.to_vec(),
            because: String::new(),
        };
        Plan { steps: steps.iter().map(step).collect() }
    }

    #[test]
    fn a_step_begins_when_the_last_it_waits_for_has_ended_well() {
        let mut schedule = Schedule::new(&plan(&[(&[], &[]), (&[], &[]), (&[0, 1], &[])]));
        assert_eq!(schedule.next().begin, [0, 1]);
        assert!(schedule.ended(0, Ended::Well).begin.is_empty());
        assert_eq!(schedule.waits_for(2).unwrap().collect::<Vec<_>>(), [1]);
        assert_eq!(schedule.ended(1, Ended::Well).begin, [2]);
        assert!(schedule.waits_for(2).is_none() && schedule.is_running(2) && !schedule.is_running(1));
    }

    #[test]
    fn a_failure_skips_what_needs_it_but_not_what_only_follows_it() {
        let mut schedule = Schedule::new(&plan(&[(&[], &[]), (&[0], &[]), (&[1], &[]), (&[], &[2])]));
        assert_eq!(schedule.next().begin, [0]);
        let next = schedule.ended(0, Ended::Badly);
        assert_eq!(next.skipped, [(1, 0), (2, 1)]);
        assert_eq!(next.begin, [3]);
    }
}
