//! Whether something that has ended is started again. Pure.
//!
//! | it ended                                   | then                                             |
//! |--------------------------------------------|--------------------------------------------------|
//! | before it was ever ready                   | stays ended: `up` waits for it and tells at once |
//! | with success                               | stays ended                                      |
//! | a job, however                             | stays ended                                      |
//! | with a failure, the sixth within a minute  | stays ended                                      |
//! | with a failure                             | starts again after 1, 2, 4, 8, 16, then 30 s     |

use std::time::Duration;

/// Crashes further back than this no longer count.
const WINDOW: Duration = Duration::from_secs(60);
const MOST_IN_WINDOW: usize = 5;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Whether it may be started again at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restarts {
    Never,
    OnFailure,
}

/// How one run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub code: i64,
    /// It had been ready.
    pub settled: bool,
    /// How long it ran.
    pub lasted: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Over,
    AgainAfter(Duration),
}

/// The crashes so far.
#[derive(Debug, Clone)]
pub struct Policy {
    restarts: Restarts,
    crashes: Vec<Duration>,
    /// Crashes in a row, none of which was preceded by a minute without one.
    in_a_row: u32,
}

impl Policy {
    pub fn new(restarts: Restarts) -> Self {
        Self { restarts, crashes: Vec::new(), in_a_row: 0 }
    }

    /// `now` counts from any zero point that the caller keeps to.
    pub fn ended(&mut self, run: Run, now: Duration) -> Verdict {
        if self.restarts == Restarts::Never || run.code == 0 || !run.settled {
            return Verdict::Over;
        }
        self.crashes.retain(|crash| now.saturating_sub(*crash) < WINDOW);
        if self.crashes.len() >= MOST_IN_WINDOW {
            return Verdict::Over;
        }
        self.crashes.push(now);
        self.in_a_row = if run.lasted >= WINDOW { 0 } else { self.in_a_row };
        let pause = Duration::from_secs(1 << self.in_a_row.min(5)).min(LONGEST_PAUSE);
        self.in_a_row += 1;
        Verdict::AgainAfter(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: i64, settled: bool, lasted: u64) -> Run {
        Run { code, settled, lasted: Duration::from_secs(lasted) }
    }

    fn pauses(policy: &mut Policy, times: &[u64]) -> Vec<Option<u64>> {
        let verdict = |time: &u64| match policy.ended(run(1, true, 1), Duration::from_secs(*time)) {
            Verdict::AgainAfter(pause) => Some(pause.as_secs()),
            Verdict::Over => None,
        };
        times.iter().map(verdict).collect()
    }

    #[test]
    fn only_a_failure_of_what_was_ready_is_mended() {
        let mut policy = Policy::new(Restarts::OnFailure);
        assert_eq!(policy.ended(run(1, false, 9), Duration::ZERO), Verdict::Over);
        assert_eq!(policy.ended(run(0, true, 9), Duration::ZERO), Verdict::Over);
        assert_eq!(Policy::new(Restarts::Never).ended(run(1, true, 9), Duration::ZERO), Verdict::Over);
        assert_eq!(policy.ended(run(137, true, 9), Duration::ZERO), Verdict::AgainAfter(Duration::from_secs(1)));
    }

    #[test]
    fn the_pauses_grow_and_it_gives_up_after_five_in_a_minute() {
        let mut policy = Policy::new(Restarts::OnFailure);
        assert_eq!(pauses(&mut policy, &[0, 2, 5, 10, 19, 36]), [Some(1), Some(2), Some(4), Some(8), Some(16), None]);
        let mut policy = Policy::new(Restarts::OnFailure);
        assert_eq!(pauses(&mut policy, &[0, 20, 40, 60, 80, 100, 120])[5..], [Some(30), Some(30)]);
        // A minute without a crash, and it begins anew.
        assert_eq!(
            policy.ended(run(1, true, 60), Duration::from_secs(400)),
            Verdict::AgainAfter(Duration::from_secs(1))
        );
    }
}
