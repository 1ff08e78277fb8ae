//! What was counted already: journals that are copied, shared and merged hold the same line several times.

use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use super::line::{Line, What};
use super::tally::Set;

/// So many counters at once rarely want the same part.
const PARTS: usize = 32;

/// The lines that were met so far, by anybody who counts at the same time. A line is known by its person, its run and what it tells.
#[derive(Debug, Default)]
pub struct Seen {
    seed: foldhash::fast::RandomState,
    parts: [Part; PARTS],
}

#[derive(Debug, Default)]
struct Part(Mutex<Set<u64>>);

impl Seen {
    /// Whether a line is met for the first time. One without a run is always another one: nothing tells them apart.
    pub(super) fn is_new(&self, line: &Line<'_>) -> bool {
        if line.run.is_empty() {
            return true;
        }
        let key = self.seed.hash_one((line.by, line.run, line.what == What::Began));
        let part = usize::try_from(key % PARTS as u64).unwrap_or(0);
        self.parts[part].0.lock().unwrap_or_else(PoisonError::into_inner).insert(key)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::figures::{Range, Tally, WorkingHours};

    #[test]
    fn a_line_counts_once_however_many_copies_of_it_are_merged() {
        let line = |by, run, what| Line { v: 1, at: 1_795_377_600_000, by, run, what, ..Line::default() };
        let lines = [
            line("a", "01", What::Began),
            line("a", "01", What::Command),
            line("b", "01", What::Command),
            line("a", "02", What::Mark),
            line("a", "02", What::Mark),
        ];
        let range = Range { from: 0, to: i64::MAX, now: 1_795_377_600_000 };
        // Also where several count at the same time.
        let seen = Arc::<Seen>::default();
        let mut all = Tally::beside(range, Arc::clone(&seen));
        for _ in 0..3 {
            let mut one = Tally::beside(range, Arc::clone(&seen));
            lines.iter().for_each(|line| one.take_line(line));
            all.merge(one);
        }
        let figures = all.figures(WorkingHours::default());
        assert_eq!((figures.commands, figures.lines.read, figures.lines.repeated), (2, 4, 11));
        // What was written without a run can't be known again.
        let mut old = Tally::new(range);
        (0..2).for_each(|_| old.take_line(&line("a", "", What::Command)));
        assert_eq!(old.figures(WorkingHours::default()).commands, 2);
    }
}
