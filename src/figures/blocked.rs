//! Blocked time: from an `up` that failed to the next one that came to ready, counted in working hours.

use super::calendar::{Day, WorkingHours, week_of};
use super::tally::{Attempt, Outcome};

/// One stretch in which a person could not work in a repo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub by: u32,
    pub repo: u32,
    pub week: Day,
    /// Working time, in milliseconds.
    pub ms: u64,
    /// The first problem of the first attempt that failed.
    pub problem: Option<u32>,
    /// Nothing came to ready afterwards, so that it ends with the last attempt.
    pub is_open: bool,
}

/// Every stretch of all people and repos. One lasts a working day at most: who comes back later did something else meanwhile.
pub(super) fn stretches(attempts: &mut [Attempt], hours: WorkingHours) -> Vec<Stretch> {
    // Stable: of two with the same time the one that was written first comes first.
    attempts.sort_by_key(|one| (one.by, one.repo, one.at));
    let mut found = Vec::new();
    for of_one in attempts.chunk_by(|one, next| (one.by, one.repo) == (next.by, next.repo)) {
        let mut since: Option<(&Attempt, i64)> = None;
        for attempt in of_one {
            let end = attempt.local.saturating_add_unsigned(attempt.took_ms);
            since = match (since, attempt.outcome) {
                (Some((first, _)), Outcome::Ready) => {
                    found.push(stretch(first, end, hours, false));
                    None
                }
                (Some((first, _)), Outcome::Failed) => Some((first, end)),
                (None, Outcome::Failed) => Some((attempt, end)),
                (since, _) => since,
            };
        }
        found.extend(since.map(|(first, end)| stretch(first, end, hours, true)));
    }
    found
}

fn stretch(first: &Attempt, end: i64, hours: WorkingHours, is_open: bool) -> Stretch {
    let ms = hours.between(first.local, end).min(hours.a_day());
    Stretch { by: first.by, repo: first.repo, week: week_of(first.local), ms, problem: first.problem, is_open }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::calendar::{begin_of, parse_date};

    const MINUTE: u64 = 60_000;

    /// On Monday the 16th and later, at hours by the clock on the wall.
    fn attempt(day: i64, hour: i64, minutes: u64, ready: bool) -> Attempt {
        let local = begin_of(parse_date("2026-11-16").unwrap() + day) + hour * 3_600_000;
        let outcome = if ready { Outcome::Ready } else { Outcome::Failed };
        let (at, took_ms) = (local.unsigned_abs(), minutes * MINUTE);
        Attempt { by: 1, repo: 1, at, local, took_ms, outcome, problem: Some(3) }
    }

    fn minutes(mut attempts: Vec<Attempt>) -> Vec<(u64, bool)> {
        let found = stretches(&mut attempts, WorkingHours::default());
        found.iter().map(|one| (one.ms / MINUTE, one.is_open)).collect()
    }

    #[test]
    fn it_lasts_from_the_first_failure_to_the_next_success() {
        let attempts = vec![
            attempt(0, 10, 5, true),
            attempt(0, 11, 5, false),
            attempt(0, 12, 5, false),
            attempt(0, 13, 10, true),
            attempt(0, 14, 10, true),
        ];
        assert_eq!(minutes(attempts), [(130, false)]);
    }

    #[test]
    fn nights_do_not_count_and_more_than_a_day_is_no_longer_the_same_matter() {
        assert_eq!(minutes(vec![attempt(0, 17, 5, false), attempt(1, 9, 6, true)]), [(66, false)]);
        assert_eq!(minutes(vec![attempt(0, 9, 5, false), attempt(21, 9, 6, true)]), [(9 * 60, false)]);
    }

    #[test]
    fn what_never_came_to_ready_ends_with_the_last_attempt() {
        assert_eq!(minutes(vec![attempt(0, 10, 5, false), attempt(0, 11, 5, false)]), [(65, true)]);
        let interrupted = Attempt { outcome: Outcome::Neither, ..attempt(0, 12, 5, false) };
        assert_eq!(minutes(vec![attempt(0, 10, 5, false), interrupted]), [(5, true)]);
        assert_eq!(minutes(vec![interrupted]), []);
    }

    #[test]
    fn a_clock_that_goes_backwards_blocks_nobody_for_less_than_nothing() {
        let mut later = attempt(0, 12, 5, true);
        later.local = attempt(0, 8, 0, true).local;
        assert_eq!(minutes(vec![attempt(0, 11, 5, false), later]), [(0, false)]);
    }

    #[test]
    fn others_and_other_repos_are_other_matters() {
        let elsewhere = Attempt { repo: 2, ..attempt(0, 12, 1, true) };
        let somebody = Attempt { by: 2, ..attempt(0, 12, 1, true) };
        assert_eq!(
            minutes(vec![attempt(0, 10, 5, false), elsewhere, somebody, attempt(0, 15, 0, true)]),
            [(300, false)]
        );
    }
}
