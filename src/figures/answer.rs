//! The figures: everything that `devenv stats` tells, computed from a tally. Plain data; the JSON of `stats` is this.

use std::collections::BTreeMap;

use serde::Serialize;

use super::blocked::{Stretch, stretches};
use super::calendar::{Day, WorkingHours, date, weeks_between};
use super::first_times::to_first_deploy;
use super::series::{ByWeek, all_weeks};
use super::spread::Spread;
use super::tally::{Lines, Map, Names, Outcome, Set, Tally, Times, precise, seconds};

/// How many rows a list of the slowest or most frequent has at most.
const MOST_ROWS: usize = 20;
const HOUR_S: f64 = 3600.0;

/// Everything that is told. Times are seconds unless their name says otherwise; weeks are told by their Monday.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// The version of this document.
    pub v: u32,
    pub lines: Lines,
    pub people: usize,
    pub commands: usize,
    /// Commands that ran in CI, which count for failures only.
    pub ci_runs: usize,
    /// Commands that began and never ended: killed, or the computer went down.
    pub cut_off: usize,
    pub weeks: Vec<Week>,
    /// From the clone of a checkout to the first time that everything was ready.
    pub first_ready: Option<Spread>,
    pub cold: Option<Spread>,
    pub warm: Option<Spread>,
    pub noop: Option<Spread>,
    /// The share of all attempts to bring an environment up that came to ready, from 0 to 1.
    pub came_to_ready: Option<f64>,
    pub services: Vec<Slow>,
    pub steps: Vec<Slow>,
    pub problems: Vec<Failure>,
    pub blocked: Blocked,
    pub repos: Vec<RepoUse>,
    pub feedback: Feedback,
    /// Hours from arriving in a repo to the first deploy there.
    pub first_deploy_hours: Option<Spread>,
    pub people_who_deployed: usize,
    pub deploys: usize,
    pub features: usize,
}

/// One week.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Week {
    /// `2026-11-16`
    pub monday: String,
    #[serde(skip)]
    pub day: Day,
    pub people: usize,
    #[serde(flatten)]
    pub ups: UpsOfWeek,
    pub first_ready: Option<Spread>,
    pub failed: usize,
    pub blocked_hours: f64,
    pub feedback: Option<f64>,
    pub deploys: usize,
    pub features: usize,
}

/// How long it took to bring environments up in a week.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct UpsOfWeek {
    pub cold: Option<Spread>,
    pub warm: Option<Spread>,
    pub noop: Option<Spread>,
}

/// A repo by its pseudonym, and its name where it has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    pub repo: String,
    pub name: String,
}

/// A service or setup step that people wait for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slow {
    #[serde(flatten)]
    pub of: Named,
    /// Of a service its name, of a step its app, number and well-known words: `api: npm ci (step 1)`.
    pub what: String,
    #[serde(flatten)]
    pub spread: Spread,
    /// All of it together.
    pub total: f64,
    pub failed: usize,
}

/// A kind of problem.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    pub id: String,
    pub count: usize,
    pub people: usize,
    pub repos: usize,
    /// Hours for which it blocked somebody.
    pub blocked_hours: f64,
}

/// Time in which people could not work.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Blocked {
    pub hours: f64,
    pub stretches: usize,
    /// Of those, how many never came to ready.
    pub open: usize,
    /// Hours of one stretch.
    pub each: Option<Spread>,
    /// Hours for each person and week in which the person worked.
    pub hours_per_person_and_week: Option<f64>,
}

/// Who uses it in a repo, and how that goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RepoUse {
    #[serde(flatten)]
    pub of: Named,
    pub people: usize,
    pub commands: usize,
    pub attempts: usize,
    pub failed: usize,
    pub blocked_hours: f64,
    pub first: String,
    pub last: String,
}

/// Answers to the question of `devenv feedback`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Feedback {
    pub count: usize,
    pub mean: Option<f64>,
    /// How many gave 1, 2, 3, 4 and 5.
    pub scores: [usize; 5],
}

impl Tally {
    /// The figures of everything that was taken in.
    pub fn figures(mut self, hours: WorkingHours) -> Figures {
        let blocked = stretches(&mut self.attempts, hours);
        let (first_deploy, people_who_deployed) = to_first_deploy(&self.first_deploys, &self.arrivals);
        let of = |outcome| self.attempts.iter().filter(|one| one.outcome == outcome).count();
        let (ready, failed) = (of(Outcome::Ready), of(Outcome::Failed));
        Figures {
            v: 1,
            lines: self.lines,
            people: self.people_by_week.values().flatten().collect::<Set<_>>().len(),
            commands: self.commands,
            ci_runs: self.ci_runs,
            cut_off: self.open_runs.len(),
            weeks: self.weeks(&blocked),
            first_ready: self.first_ready.overall(),
            cold: self.cold.overall(),
            warm: self.warm.overall(),
            noop: self.noop.overall(),
            came_to_ready: share(ready, ready + failed),
            services: self.slowest(&self.units),
            steps: self.slowest(&self.steps),
            problems: self.failures(&blocked),
            blocked: self.blocked(&blocked),
            repos: self.repos_by_use(&blocked),
            feedback: feedback(&self.feedback),
            first_deploy_hours: first_deploy.overall(),
            people_who_deployed,
            deploys: self.deploys.total(),
            features: self.features.total(),
        }
    }

    fn weeks(&self, blocked: &[Stretch]) -> Vec<Week> {
        let (mut blocked_by_week, mut failed) = (ByWeek::default(), ByWeek::default());
        blocked.iter().for_each(|one| blocked_by_week.add(one.week, seconds(one.ms) / HOUR_S));
        for attempt in self.attempts.iter().filter(|one| one.outcome == Outcome::Failed) {
            failed.add(super::calendar::week_of(attempt.local), 1.0);
        }
        let series = [&self.cold, &self.warm, &self.noop, &self.first_ready, &failed, &self.feedback, &self.features];
        let weeks = all_weeks(&[&series[..], &[&self.deploys]].concat());
        let others = self.people_by_week.keys().copied();
        let first = weeks.first().copied().into_iter().chain(others.clone()).min();
        let last = weeks.last().copied().into_iter().chain(others).max();
        let Some((first, last)) = first.zip(last) else { return Vec::new() };
        let week = |day: Day| Week {
            monday: date(day),
            day,
            people: self.people_by_week.get(&day).map_or(0, Set::len),
            ups: UpsOfWeek { cold: self.cold.spread(day), warm: self.warm.spread(day), noop: self.noop.spread(day) },
            first_ready: self.first_ready.spread(day),
            failed: failed.count(day),
            blocked_hours: blocked_by_week.sum(day),
            feedback: mean(self.feedback.sum(day), self.feedback.count(day)),
            deploys: self.deploys.count(day),
            features: self.features.count(day),
        };
        weeks_between(first, last).into_iter().map(week).collect()
    }

    /// Those that people have waited for longest, all together.
    fn slowest(&self, times: &Map<(u32, u32), Times>) -> Vec<Slow> {
        let slow = times.iter().filter_map(|((repo, name), times)| {
            Some(Slow {
                of: self.named(*repo),
                what: self.unit_names.name(*name).to_owned(),
                spread: Spread::of(times.values.clone())?,
                total: times.values.iter().sum(),
                failed: times.failed,
            })
        });
        let mut slow: Vec<Slow> = slow.collect();
        slow.sort_by(|one, other| {
            other
                .total
                .total_cmp(&one.total)
                .then_with(|| (&one.of.repo, &one.what).cmp(&(&other.of.repo, &other.what)))
        });
        slow.truncate(MOST_ROWS);
        slow
    }

    fn failures(&self, blocked: &[Stretch]) -> Vec<Failure> {
        let mut hours: Map<u32, f64> = Map::default();
        for one in blocked {
            if let Some(problem) = one.problem {
                *hours.entry(problem).or_default() += seconds(one.ms) / HOUR_S;
            }
        }
        let failure = |(id, told): (&u32, &super::tally::Told)| Failure {
            id: self.problem_ids.name(*id).to_owned(),
            count: told.count,
            people: told.people.len(),
            repos: told.repos.len(),
            blocked_hours: hours.get(id).copied().unwrap_or_default(),
        };
        let mut failures: Vec<Failure> = self.problems.iter().map(failure).collect();
        failures.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.id.cmp(&other.id)));
        failures.truncate(MOST_ROWS);
        failures
    }

    fn blocked(&self, stretches: &[Stretch]) -> Blocked {
        let each: Vec<f64> = stretches.iter().map(|one| seconds(one.ms) / HOUR_S).collect();
        // The sum of nothing is below nothing.
        let hours = each.iter().sum::<f64>() + 0.0;
        let person_weeks: usize = self.people_by_week.values().map(Set::len).sum();
        Blocked {
            hours,
            stretches: each.len(),
            open: stretches.iter().filter(|one| one.is_open).count(),
            each: Spread::of(each),
            hours_per_person_and_week: mean(hours, person_weeks),
        }
    }

    /// Those that hurt most first.
    fn repos_by_use(&self, blocked: &[Stretch]) -> Vec<RepoUse> {
        let mut repos: BTreeMap<u32, RepoUse> = BTreeMap::new();
        for (repo, here) in &self.in_repo {
            let (people, commands) = (here.people.len(), here.commands);
            let (first, last) = (date(here.first), date(here.last));
            repos.insert(*repo, RepoUse { of: self.named(*repo), people, commands, first, last, ..RepoUse::default() });
        }
        for attempt in &self.attempts {
            if let Some(repo) = repos.get_mut(&attempt.repo) {
                repo.attempts += usize::from(attempt.outcome != Outcome::Neither);
                repo.failed += usize::from(attempt.outcome == Outcome::Failed);
            }
        }
        for one in blocked {
            if let Some(repo) = repos.get_mut(&one.repo) {
                repo.blocked_hours += seconds(one.ms) / HOUR_S;
            }
        }
        let mut repos: Vec<RepoUse> = repos.into_values().collect();
        repos.sort_by(|one, other| {
            let by_hours = other.blocked_hours.total_cmp(&one.blocked_hours);
            by_hours.then(other.commands.cmp(&one.commands)).then_with(|| one.of.repo.cmp(&other.of.repo))
        });
        repos
    }

    fn named(&self, repo: u32) -> Named {
        let name = self.repo_names.get(&repo).cloned().unwrap_or_default();
        Named { repo: Names::name(&self.repos, repo).to_owned(), name }
    }
}

impl Named {
    /// The name, else the pseudonym.
    pub fn shown(&self) -> &str {
        match (self.name.is_empty(), self.repo.is_empty()) {
            (false, _) => &self.name,
            (true, false) => &self.repo,
            (true, true) => "outside of a repo",
        }
    }
}

fn feedback(scores: &ByWeek) -> Feedback {
    let Some(all) = scores.overall() else { return Feedback::default() };
    let mut counts = [0; 5];
    let mut sum = 0.0;
    for score in scores.values() {
        sum += score;
        for (index, count) in counts.iter_mut().enumerate() {
            *count += usize::from((precise(index as u64 + 1) - score).abs() < 0.5);
        }
    }
    Feedback { count: all.count, mean: mean(sum, all.count), scores: counts }
}

fn mean(sum: f64, count: usize) -> Option<f64> {
    (count > 0).then(|| sum / precise(count as u64))
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| precise(part as u64) / precise(whole as u64))
}
