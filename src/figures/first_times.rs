//! First times: from a clone to ready, and from a person's arrival in a repo to the first deploy.

use super::calendar::Day;
use super::series::ByWeek;
use super::tally::{Map, precise};

/// A clone that came to ready later than this was not cloned to be brought up: a fortnight, in seconds.
pub(super) const LONGEST_S: u64 = 14 * 86_400;

/// The first deploy of somebody in a repo, over everything that was read: a later one is never the first, whatever period is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FirstDeploy {
    /// In milliseconds since 1970.
    pub at: u64,
    pub week: Day,
    /// It lies in the period that is asked for.
    pub counts: bool,
}

pub(super) type FirstDeploys = Map<(u32, u32), FirstDeploy>;

/// Hours from the arrival of each person in each repo to their first deploy there, by the week of that deploy; and how many first
/// deploys there were.
pub(super) fn to_first_deploy(firsts: &FirstDeploys, arrivals: &Map<(u32, u32), u64>) -> (ByWeek, usize) {
    let mut hours = ByWeek::default();
    let mut number = 0;
    for (who, first) in firsts.iter().filter(|(_, first)| first.counts) {
        number += 1;
        // A pipeline's own identity has never arrived.
        if let Some(arrived) = arrivals.get(who) {
            hours.add(first.week, precise(first.at.saturating_sub(*arrived)) / 3_600_000.0);
        }
    }
    (hours, number)
}

/// Notes a deploy; an earlier one is the first.
pub(super) fn note_deploy(firsts: &mut FirstDeploys, who: (u32, u32), deploy: FirstDeploy) {
    let first = firsts.entry(who).or_insert(deploy);
    *first = deploy.min(*first);
}

#[cfg(test)]
mod tests {
    use crate::figures::{Line, Range, Tally, What, WorkingHours};

    const BEGIN: u64 = 1_795_377_600_000;
    const DAY: u64 = 86_400_000;

    #[test]
    fn what_is_first_does_not_depend_on_the_period() {
        let at = |day: u64| BEGIN + day * DAY;
        let deploy =
            |day| Line { what: What::Mark, command: "deploy", by: "a", repo: "r", at: at(day), ..Line::default() };
        let lines = [
            Line { command: "up", by: "a", repo: "r", at: at(0), exit: Some(0), ..Line::default() },
            deploy(2),
            deploy(30),
        ];
        let of = |from: u64, to: u64| {
            let (from, to) = (at(from).cast_signed(), at(to).cast_signed());
            let mut tally = Tally::new(Range { from, to, now: at(99) });
            lines.iter().for_each(|line| tally.take_line(line));
            let figures = tally.figures(WorkingHours::default());
            (figures.first_deploy_hours.map(|hours| hours.p50), figures.people_who_deployed, figures.deploys)
        };
        assert_eq!(of(0, 99), (Some(48.0), 1, 2));
        // The person arrived before the period.
        assert_eq!(of(1, 10), (Some(48.0), 1, 1));
        // A later deploy is not the first because the first is not asked for.
        assert_eq!(of(20, 99), (None, 0, 1));
        assert_eq!(of(0, 1), (None, 0, 0));
    }
}
