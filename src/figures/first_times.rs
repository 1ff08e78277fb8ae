//! First times: from a clone to ready, and from a person's arrival in a repo to the first deploy.

use super::calendar::Day;
use super::series::ByWeek;
use super::tally::{Map, precise};

/// A clone that came to ready later than this was not cloned to be brought up: a fortnight, in seconds.
pub(super) const LONGEST_S: u64 = 14 * 86_400;

/// Hours from the arrival of each person in each repo to their first deploy there, by the week of that deploy.
pub(super) fn to_first_deploy(deploys: &[(u32, u32, u64, Day)], arrivals: &Map<(u32, u32), u64>) -> (ByWeek, usize) {
    let mut firsts: Map<(u32, u32), (u64, Day)> = Map::default();
    for (by, repo, at, week) in deploys {
        let first = firsts.entry((*by, *repo)).or_insert((*at, *week));
        *first = (*first).min((*at, *week));
    }
    let mut hours = ByWeek::default();
    for (who, (at, week)) in &firsts {
        // A pipeline's own identity has never arrived.
        if let Some(arrived) = arrivals.get(who) {
            hours.add(*week, precise(at.saturating_sub(*arrived)) / 3_600_000.0);
        }
    }
    (hours, firsts.len())
}
