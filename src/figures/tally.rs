//! Takes lines of journals in, of any number of people and in any order, and keeps of them what the figures need.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::calendar::{Day, week_of};
use super::first_times::{FirstDeploy, FirstDeploys, note_deploy};
use super::line::{Line, Read, What, read};
use super::seen::Seen;
use super::series::ByWeek;
use super::step_name::told;

/// Before this no line was ever written, in milliseconds since 1970: a clock that was not set.
const FIRST_POSSIBLE: u64 = 1_577_836_800_000;
/// How far a clock may be ahead of ours, in milliseconds.
const MOST_AHEAD: u64 = 2 * 86_400_000;

/// Which lines count: those that began in it, by the clock on the wall of who wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub from: i64,
    /// Not in it any more.
    pub to: i64,
    /// The present time in UTC; what lies after it was written by a clock that was wrong.
    pub now: u64,
}

/// How many lines were read, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Lines {
    pub read: u64,
    /// Torn, or not of ours.
    pub damaged: u64,
    /// Of a later version of devenv.
    pub newer: u64,
    /// From a clock that was not set.
    pub untimely: u64,
    /// Met before, in another copy of the same journal.
    pub repeated: u64,
}

/// Looked into several times for each line; the names in it are anybody's, so it is seeded by chance.
pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
pub(super) type Set<T> = HashSet<T, foldhash::fast::RandomState>;

/// Names as small numbers.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: Map<String, u32>,
    /// As they can be shown.
    names: Vec<String>,
    /// The name that was asked for before: most lines are of the same person and repo as the one above.
    last: (String, u32),
}

/// An attempt to bring an environment up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pub by: u32,
    pub repo: u32,
    /// When it began, in milliseconds since 1970 in UTC: what orders attempts.
    pub at: u64,
    /// The same by the clock on the wall.
    pub local: i64,
    /// How long it took: until everything was ready, or until its end.
    pub took_ms: u64,
    pub outcome: Outcome,
    /// The first problem that it told.
    pub problem: Option<u32>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ready,
    /// Ended with a problem that keeps from working.
    Failed,
    /// Interrupted, or a typing error.
    Neither,
}

/// Times of one service or step.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub values: Vec<f64>,
    pub failed: usize,
}

/// What people did in one repo.
#[derive(Debug, Default)]
pub(super) struct InRepo {
    pub people: Set<u32>,
    pub commands: usize,
    pub first: Day,
    pub last: Day,
}

/// How often a problem was told, and to whom.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub count: usize,
    pub people: Set<u32>,
    pub repos: Set<u32>,
}

/// Everything that was taken in.
#[derive(Debug)]
pub struct Tally {
    pub(super) range: Range,
    pub(super) lines: Lines,
    pub(super) people: Names,
    pub(super) repos: Names,
    pub(super) repo_names: Map<u32, String>,
    pub(super) problem_ids: Names,
    pub(super) attempts: Vec<Attempt>,
    pub(super) cold: ByWeek,
    pub(super) warm: ByWeek,
    pub(super) noop: ByWeek,
    pub(super) first_ready: ByWeek,
    pub(super) unit_names: Names,
    pub(super) units: Map<(u32, u32), Times>,
    pub(super) steps: Map<(u32, u32), Times>,
    pub(super) problems: Map<u32, Told>,
    pub(super) in_repo: Map<u32, InRepo>,
    pub(super) people_by_week: Map<Day, Set<u32>>,
    pub(super) commands: usize,
    pub(super) ci_runs: usize,
    pub(super) feedback: ByWeek,
    pub(super) features: ByWeek,
    pub(super) deploys: ByWeek,
    /// Of all times, as are arrivals: what is first does not depend on the period.
    pub(super) first_deploys: FirstDeploys,
    /// When each person was first seen in each repo, in milliseconds since 1970; of a fresh clone, when it was cloned.
    pub(super) arrivals: Map<(u32, u32), u64>,
    /// Runs that began and whose end was not read yet.
    pub(super) open_runs: Set<u64>,
    /// Runs that have ended and whose beginning was not read yet.
    pub(super) ended_runs: Set<u64>,
    seen: Arc<Seen>,
    /// The name of a step while it is looked up.
    step_name: String,
}

impl Names {
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if self.last.0 == name && !self.names.is_empty() {
            return self.last.1;
        }
        let number = self.numbers.get(name).copied().unwrap_or_else(|| {
            let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            self.names.push(harmless(name));
            self.numbers.insert(name.to_owned(), number);
            number
        });
        self.last.0.clear();
        self.last.0.push_str(name);
        self.last.1 = number;
        number
    }

    /// As they were written, by their numbers.
    pub(super) fn in_order(&self) -> Vec<&str> {
        let mut names = vec![""; self.names.len()];
        self.numbers.iter().for_each(|(name, number)| names[*number as usize] = name);
        names
    }

    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", String::as_str)
    }
}

impl Tally {
    pub fn new(range: Range) -> Self {
        Self::beside(range, Arc::default())
    }

    /// Counts side by side with others that have seen the same.
    pub fn beside(range: Range, seen: Arc<Seen>) -> Self {
        Self {
            range,
            seen,
            lines: Lines::default(),
            people: Names::default(),
            repos: Names::default(),
            repo_names: Map::default(),
            problem_ids: Names::default(),
            attempts: Vec::new(),
            cold: ByWeek::default(),
            warm: ByWeek::default(),
            noop: ByWeek::default(),
            first_ready: ByWeek::default(),
            unit_names: Names::default(),
            units: Map::default(),
            steps: Map::default(),
            problems: Map::default(),
            in_repo: Map::default(),
            people_by_week: Map::default(),
            commands: 0,
            ci_runs: 0,
            feedback: ByWeek::default(),
            features: ByWeek::default(),
            deploys: ByWeek::default(),
            first_deploys: FirstDeploys::default(),
            arrivals: Map::default(),
            open_runs: Set::default(),
            ended_runs: Set::default(),
            step_name: String::new(),
        }
    }

    /// Takes one line of a journal in, whatever stands in it.
    pub fn take(&mut self, text: &[u8]) {
        match read(text) {
            Read::Line(line) => self.take_line(&line),
            Read::Newer => self.lines.newer += 1,
            Read::Damaged => self.lines.damaged += 1,
            Read::Empty => {}
        }
    }

    pub fn take_line(&mut self, line: &Line<'_>) {
        if line.at < FIRST_POSSIBLE || line.at > self.range.now.saturating_add(MOST_AHEAD) {
            self.lines.untimely += 1;
            return;
        }
        if !self.seen.is_new(line) {
            self.lines.repeated += 1;
            return;
        }
        let (local, counts) = (line.local(), (self.range.from..self.range.to).contains(&line.local()));
        if counts {
            self.lines.read += 1;
        } else if !is_about_first_times(line) {
            return;
        }
        let (by, repo, week) = (self.people.number(line.by), self.repos.number(line.repo), week_of(local));
        self.note_first_times(line, (by, repo), FirstDeploy { at: line.at, week, counts });
        if !counts {
            return;
        }
        if !line.name.is_empty() && !self.repo_names.contains_key(&repo) {
            self.repo_names.insert(repo, harmless(line.name));
        }
        match line.what {
            What::Began => self.begin_run(line),
            What::Command => self.take_command(line, (by, repo, week), local),
            What::Mark if line.command == "deploy" => self.deploys.add(week, 1.0),
            What::Mark if line.command == "feature" => self.features.add(week, 1.0),
            What::Feedback => {
                if let Some(score) = line.score.filter(|score| (1..=5).contains(score)) {
                    self.feedback.add(week, f64::from(score));
                }
            }
            What::Mark | What::Other => {}
        }
    }

    /// Notes when somebody was first seen in a repo, and deployed first there.
    fn note_first_times(&mut self, line: &Line<'_>, who: (u32, u32), deploy: FirstDeploy) {
        if is_deploy(line) {
            note_deploy(&mut self.first_deploys, who, deploy);
        } else if is_arrival(line) {
            let ended = line.at.saturating_add(line.ready_ms.unwrap_or(line.ms));
            let arrived =
                line.since_clone_s.map_or(line.at, |seconds| ended.saturating_sub(seconds.saturating_mul(1000)));
            let known = self.arrivals.entry(who).or_insert(arrived);
            *known = arrived.min(*known);
        }
    }

    fn take_command(&mut self, line: &Line<'_>, (by, repo, week): (u32, u32, Day), local: i64) {
        self.commands += 1;
        self.end_run(line);
        self.note_problems(line, by, repo);
        if line.ci {
            self.ci_runs += 1;
            return;
        }
        self.people_by_week.entry(week).or_default().insert(by);
        if !line.repo.is_empty() {
            let day = super::calendar::day_of(local);
            let fresh = InRepo { first: day, last: day, ..InRepo::default() };
            let here = self.in_repo.entry(repo).or_insert(fresh);
            here.people.insert(by);
            here.commands += 1;
            (here.first, here.last) = (here.first.min(day), here.last.max(day));
        }
        if line.brings_up() {
            self.take_attempt(line, (by, repo, week), local);
        }
    }

    fn take_attempt(&mut self, line: &Line<'_>, (by, repo, week): (u32, u32, Day), local: i64) {
        let problem = line.problems.first().map(|id| self.problem_ids.number(id));
        let outcome = match line.ready_ms {
            Some(_) => Outcome::Ready,
            None if line.kept_from_working() => Outcome::Failed,
            None => Outcome::Neither,
        };
        let (at, took_ms) = (line.at, line.ready_ms.unwrap_or(line.ms));
        self.attempts.push(Attempt { by, repo, at, local, took_ms, outcome, problem });
        if let Some(ready_ms) = line.ready_ms {
            let series = match line.how {
                "cold" => Some(&mut self.cold),
                "warm" => Some(&mut self.warm),
                "noop" => Some(&mut self.noop),
                _ => None,
            };
            if let Some(series) = series {
                series.add(week, seconds(ready_ms));
            }
        }
        if let Some(since) = line.since_clone_s.filter(|since| *since <= super::first_times::LONGEST_S) {
            self.first_ready.add(week, precise(since));
        }
        for unit in &line.units {
            let Some((from, to)) = unit.span() else { continue };
            let times = self.units.entry((repo, self.unit_names.number(unit.name))).or_default();
            match unit.came_to_ready() {
                true => times.values.push(seconds(to - from)),
                false => times.failed += 1,
            }
        }
        for step in &line.steps {
            self.step_name.clear();
            self.step_name.push_str(&told(step.of, step.number, step.name));
            let times = self.steps.entry((repo, self.unit_names.number(&self.step_name))).or_default();
            match step.ok {
                true => times.values.push(seconds(step.to.saturating_sub(step.from))),
                false => times.failed += 1,
            }
        }
    }

    fn begin_run(&mut self, line: &Line<'_>) {
        if let Some(run) = run_number(line.run).filter(|run| !self.ended_runs.remove(run)) {
            self.open_runs.insert(run);
        }
    }

    /// Only of what also tells of its beginning.
    fn end_run(&mut self, line: &Line<'_>) {
        if let Some(run) = run_number(line.run).filter(|run| Line::begins(line.command) && !self.open_runs.remove(run))
        {
            self.ended_runs.insert(run);
        }
    }

    fn note_problems(&mut self, line: &Line<'_>, by: u32, repo: u32) {
        for id in &line.problems {
            let told = self.problems.entry(self.problem_ids.number(id)).or_default();
            told.count += 1;
            told.people.insert(by);
            told.repos.insert(repo);
        }
    }
}

fn is_deploy(line: &Line<'_>) -> bool {
    line.what == What::Mark && line.command == "deploy"
}

/// What somebody did in a repo; a job in CI has not arrived there.
fn is_arrival(line: &Line<'_>) -> bool {
    line.what == What::Command && !line.ci && !line.repo.is_empty()
}

fn is_about_first_times(line: &Line<'_>) -> bool {
    is_deploy(line) || is_arrival(line)
}

/// A name out of a journal that anybody may have written, as it can be shown anywhere.
fn harmless(name: &str) -> String {
    const LONGEST: usize = 80;
    name.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
}

/// Runs are sixteen hexadecimal digits.
fn run_number(run: &str) -> Option<u64> {
    u64::from_str_radix(run, 16).ok()
}

pub(super) fn seconds(milliseconds: u64) -> f64 {
    precise(milliseconds) / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a time below 2^52 milliseconds is exact, and no other occurs")]
pub(super) fn precise(number: u64) -> f64 {
    number as f64
}
