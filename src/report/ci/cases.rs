//! The events of one run folded into cases: each setup step, each service and app, each check, and what else went wrong.

use std::time::Duration;

use serde::Serialize;

use crate::events::{Event, ProblemReport, State, StepState, Timed, failed_need};
use crate::names::Name;
use crate::problem::{Exit, kinds};
use crate::words;

/// Of what a case printed, so many last lines are kept.
const MOST_LINES: usize = 200;

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// A setup step.
    Setup,
    /// A service or app that has to become ready.
    Ready,
    Check,
    /// What has been measured against the budget.
    Budget,
    /// The run itself: what belongs to no other case.
    Run,
}

impl Part {
    pub const ALL: [Self; 5] = [Self::Setup, Self::Ready, Self::Check, Self::Budget, Self::Run];

    /// As suites of reports are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Ready => "ready",
            Self::Check => "checks",
            Self::Budget => "budget",
            Self::Run => "run",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    pub part: Part,
    pub name: String,
    /// The service or app that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Name>,
    /// When it began, in milliseconds of the run.
    pub began_ms: u64,
    pub took_ms: u64,
    pub outcome: Outcome,
    #[serde(skip)]
    pub output: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "result")]
pub enum Outcome {
    Passed,
    Failed {
        /// The id of the problem.
        id: String,
        what: String,
        /// Why, where that is known.
        #[serde(skip_serializing_if = "String::is_empty")]
        why: String,
        /// All of it, for people.
        text: String,
    },
    Skipped {
        because: String,
    },
}

impl Case {
    pub fn took(&self) -> Duration {
        Duration::from_millis(self.took_ms)
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }

    /// `api: npm ci`; where its name says it all, that alone.
    pub fn title(&self) -> String {
        match &self.unit {
            Some(unit) if unit.as_str() != self.name => format!("{unit}: {}", self.name),
            _ => self.name.clone(),
        }
    }
}

/// What one run came to: never without a failure where it ended otherwise than well. `checks` are all there are, as they are called.
pub fn fold(events: &[Timed], checks: &[String], exit: Exit) -> Vec<Case> {
    let mut fold = Fold::default();
    for timed in events {
        fold.take(timed);
    }
    let reached = fold.cases.iter().filter(|case| case.part == Part::Check).count();
    for check in checks.iter().skip(reached) {
        fold.add(Part::Check, check, None, fold.ends_ms);
    }
    fold.finish(exit)
}

#[derive(Default)]
struct Fold {
    cases: Vec<Case>,
    problems: Vec<ProblemReport>,
    ends_ms: u64,
}

impl Fold {
    fn take(&mut self, timed: &Timed) {
        self.ends_ms = timed.t_ms;
        match &timed.event {
            Event::State { name, state, because, .. } => self.state(name, *state, because, timed.t_ms),
            Event::Setup { name, step, state, because, elapsed_ms } => {
                let case = self.case(Part::Setup, step, Some(name), timed.t_ms);
                end(case, *state, because, *elapsed_ms);
            }
            Event::Check { number, check, state, because, elapsed_ms, output } => {
                // Two may be written alike.
                let alike = self.cases.iter().filter(|case| case.part == Part::Check).count();
                if *state == StepState::Running || alike < *number {
                    self.add(Part::Check, check, None, timed.t_ms);
                }
                if let Some(case) = self.cases.iter_mut().rfind(|case| case.part == Part::Check) {
                    case.output.clone_from(output);
                    end(case, *state, because, *elapsed_ms);
                }
            }
            Event::Log { name, line, .. } => {
                let of = |case: &&mut Case| case.unit.as_ref() == Some(name);
                if let Some(case) = self.cases.iter_mut().filter(of).rfind(|case| is_open(case)) {
                    keep(&mut case.output, line);
                }
            }
            Event::Budget { budget, elapsed_ms, most_ms } => {
                let index = self.add(Part::Budget, budget, None, timed.t_ms);
                let case = &mut self.cases[index];
                case.took_ms = *elapsed_ms;
                case.outcome = if elapsed_ms <= most_ms { Outcome::Passed } else { unexplained("") };
            }
            Event::Problem(report) => self.problem(report),
            _ => {}
        }
    }

    /// What is over its budget is told right after it was measured; for everything else the case is found at the end.
    fn problem(&mut self, report: &ProblemReport) {
        let measured =
            self.cases.last_mut().filter(|case| case.part == Part::Budget && case.outcome == unexplained(""));
        match measured.filter(|_| report.kind.id == kinds::BUDGET_EXCEEDED.id) {
            Some(case) => {
                case.outcome = failed(report);
                case.output.clone_from(&report.output);
            }
            None => self.problems.push(report.clone()),
        }
    }

    fn state(&mut self, name: &Name, state: State, because: &str, t_ms: u64) {
        let case = self.case(Part::Ready, name.as_str(), Some(name), t_ms);
        if state == State::Waiting {
            if matches!(case.outcome, Outcome::Skipped { .. }) {
                (case.outcome, case.took_ms) = (not_reached(), 0);
            }
            return;
        }
        // Its time begins when something is done about it, with nothing more to wait for.
        if case.outcome == not_reached() {
            case.began_ms = t_ms;
        }
        case.took_ms = t_ms.saturating_sub(case.began_ms);
        case.outcome = match state {
            State::Ready | State::Completed | State::Stopped | State::Removed => Outcome::Passed,
            State::Failed if failed_need(because).is_some() => Outcome::Skipped { because: because.to_owned() },
            State::Failed => unexplained(because),
            _ => cut_off(),
        };
    }

    /// The case of this name, made where there is none.
    fn case(&mut self, part: Part, name: &str, unit: Option<&Name>, t_ms: u64) -> &mut Case {
        let known = |case: &Case| case.part == part && case.name == name && case.unit.as_ref() == unit;
        let index = match self.cases.iter().position(known) {
            Some(index) => index,
            None => self.add(part, name, unit, t_ms),
        };
        &mut self.cases[index]
    }

    fn add(&mut self, part: Part, name: &str, unit: Option<&Name>, t_ms: u64) -> usize {
        let (name, unit) = (name.to_owned(), unit.cloned());
        let output = Vec::new();
        self.cases.push(Case { part, name, unit, began_ms: t_ms, took_ms: 0, outcome: not_reached(), output });
        self.cases.len() - 1
    }

    fn finish(mut self, exit: Exit) -> Vec<Case> {
        let mut problems: Vec<Option<ProblemReport>> = self.problems.drain(..).map(Some).collect();
        for part in [Part::Setup, Part::Check, Part::Ready] {
            for index in 0..self.cases.len() {
                if self.cases[index].part == part && self.cases[index].has_failed() {
                    self.explain(index, &mut problems, exit);
                }
            }
        }
        if exit != Exit::Done {
            for problem in problems.into_iter().flatten() {
                let index = self.add(Part::Run, &problem.what, None, self.ends_ms);
                self.cases[index].outcome = failed(&problem);
                self.cases[index].output = problem.output;
            }
            if !self.cases.iter().any(Case::has_failed) {
                let index = self.add(Part::Run, "the whole run", None, self.ends_ms);
                let what = format!("{}{}", ended(exit), self.under_way(exit));
                let (id, why, text) = ("ended".to_owned(), String::new(), what.clone());
                self.cases[index].outcome = Outcome::Failed { id, what, why, text };
            }
        }
        self.cases.sort_by_key(|case| case.part);
        self.cases
    }

    /// What an interruption has cut off.
    fn under_way(&self, exit: Exit) -> String {
        let is_running = |case: &&Case| exit == Exit::Interrupted && case.outcome == cut_off();
        let last = self.cases.iter().rfind(|case| is_running(case) && case.part != Part::Run);
        last.map(|case| format!(" while `{}` was under way", case.title())).unwrap_or_default()
    }

    /// Finds the problem that a failure is about.
    fn explain(&mut self, index: usize, problems: &mut [Option<ProblemReport>], exit: Exit) {
        let case = &self.cases[index];
        let (name, unit) = (format!("`{}`", case.name), case.unit.as_ref().map(|unit| format!("`{unit}`")));
        let is_about = |problem: &ProblemReport| {
            let says = |name: &String| problem.what.contains(name.as_str());
            says(&name) || unit.as_ref().is_some_and(says)
        };
        let its_setup = |other: &Case| other.part == Part::Setup && other.unit == case.unit && other.has_failed();
        let outcome = match problems.iter_mut().find(|problem| problem.as_ref().is_some_and(is_about)) {
            Some(problem) => problem.take().map(|problem| (failed(&problem), problem.output)),
            None if case.part == Part::Ready && self.cases.iter().any(its_setup) => {
                Some((Outcome::Skipped { because: "its setup failed".to_owned() }, Vec::new()))
            }
            // Nothing that counts: everything else does without it.
            None if exit == Exit::Done => Some((Outcome::Skipped { because: "it is optional".to_owned() }, Vec::new())),
            None => None,
        };
        let case = &mut self.cases[index];
        match outcome {
            Some((Outcome::Failed { .. }, _)) if exit == Exit::Done => {
                case.outcome =
                    Outcome::Skipped { because: "it failed, and everything else does without it".to_owned() };
            }
            Some((outcome, output)) => {
                case.outcome = outcome;
                if case.output.is_empty() {
                    case.output = output;
                }
            }
            None => {}
        }
    }
}

fn not_reached() -> Outcome {
    Outcome::Skipped { because: "it was not reached".to_owned() }
}

fn cut_off() -> Outcome {
    Outcome::Skipped { because: "it was still on its way".to_owned() }
}

fn is_open(case: &Case) -> bool {
    matches!(case.outcome, Outcome::Skipped { .. })
}

fn end(case: &mut Case, state: StepState, because: &str, elapsed_ms: Option<u64>) {
    case.took_ms = elapsed_ms.unwrap_or(0);
    case.outcome = match state {
        StepState::Running => cut_off(),
        // A step that ends without having taken time was left out.
        StepState::Done if elapsed_ms.is_none() => Outcome::Skipped { because: because.to_owned() },
        StepState::Done => Outcome::Passed,
        StepState::Failed => unexplained(because),
    };
}

fn keep(output: &mut Vec<String>, line: &str) {
    if output.len() == MOST_LINES {
        output.remove(0);
    }
    output.push(line.to_owned());
}

fn failed(problem: &ProblemReport) -> Outcome {
    let said = words::said(&problem.what, &problem.why, &problem.fixes);
    let text = match &problem.place {
        Some(place) => format!("{}:{}:{}: {said}", place.file, place.line, place.column),
        None => said,
    };
    let (what, why) = (problem.what.clone(), problem.why.clone());
    Outcome::Failed { id: problem.kind.id.to_owned(), what, why, text }
}

/// A failure whose problem is not known yet.
fn unexplained(because: &str) -> Outcome {
    Outcome::Failed { id: String::new(), what: because.to_owned(), why: String::new(), text: String::new() }
}

/// How a run ended that no problem tells of.
fn ended(exit: Exit) -> &'static str {
    match exit {
        Exit::Interrupted => "it was interrupted",
        Exit::Deadline => "a deadline passed",
        _ => "it ended with a failure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::problem::Problem;
    use crate::report::tests::{at, setup, state};

    fn told(cases: &[Case]) -> Vec<String> {
        let outcome = |case: &Case| match &case.outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed { id, .. } => format!("failed {id}"),
            Outcome::Skipped { because } => format!("skipped: {because}"),
        };
        cases
            .iter()
            .map(|case| format!("{} {} {} ms {}", case.part.name(), case.title(), case.took_ms, outcome(case)))
            .collect()
    }

    fn check(number: usize, state: StepState, elapsed_ms: Option<u64>) -> Event {
        let check = "http x".to_owned();
        Event::Check { number, check, state, because: String::new(), elapsed_ms, output: vec!["<html>".to_owned()] }
    }

    fn problem(kind: &'static crate::problem::ProblemKind, what: &str) -> Event {
        Event::Problem(ProblemReport::from(&Problem::new(kind, what).why("because").fix("mend it")))
    }

    #[test]
    fn a_green_run_is_all_passed() {
        let cases = fold(
            &[
                at(0, state("db", Kind::Service, State::Waiting, "")),
                at(100, state("db", Kind::Service, State::Creating, "new")),
                at(900, state("db", Kind::Service, State::Ready, "")),
                at(900, setup("api", "npm ci", StepState::Running, "new", None)),
                at(1900, setup("api", "npm ci", StepState::Done, "", Some(1000))),
                at(1950, state("api", Kind::App, State::Starting, "")),
                at(2000, state("api", Kind::App, State::Ready, "")),
                at(2000, check(1, StepState::Running, None)),
                at(2010, check(1, StepState::Done, Some(10))),
                at(2010, check(2, StepState::Running, None)),
                at(2030, check(2, StepState::Done, Some(20))),
            ],
            &["http x".to_owned(), "http x".to_owned()],
            Exit::Done,
        );
        assert_eq!(
            told(&cases),
            [
                "setup api: npm ci 1000 ms passed",
                "ready db 800 ms passed",
                "ready api 50 ms passed",
                "checks http x 10 ms passed",
                "checks http x 20 ms passed",
            ]
        );
    }

    #[test]
    fn a_failure_has_the_problem_that_is_about_it_and_nothing_is_counted_twice() {
        let cases = fold(
            &[
                at(0, state("api", Kind::App, State::Starting, "")),
                at(5, setup("api", "npm ci", StepState::Running, "new", None)),
                at(9, setup("api", "npm ci", StepState::Failed, "", Some(4))),
                at(9, problem(&kinds::SETUP_FAILED, "the step `npm ci` of `api` failed")),
                at(9, state("api", Kind::App, State::Failed, "")),
                at(9, state("web", Kind::App, State::Failed, "needs `api`, which failed")),
                at(9, problem(&kinds::DISK_FULL, "the disk is full")),
            ],
            &["http x".to_owned()],
            Exit::Environment,
        );
        assert_eq!(
            told(&cases),
            [
                "setup api: npm ci 4 ms failed setup-failed",
                "ready api 9 ms skipped: its setup failed",
                "ready web 0 ms skipped: needs `api`, which failed",
                "checks http x 0 ms skipped: it was not reached",
                "run the disk is full 0 ms failed disk-full",
            ]
        );
        let Outcome::Failed { text, .. } = &cases[0].outcome else { panic!("it failed") };
        assert_eq!(text, "the step `npm ci` of `api` failed\nwhy: because\nfix: mend it");
    }

    #[test]
    fn a_budget_is_a_case_of_its_own_whose_name_stays() {
        let budget = |name: &str, elapsed_ms| Event::Budget { budget: name.to_owned(), elapsed_ms, most_ms: 30_000 };
        let cases = fold(
            &[
                at(41_000, budget("cold", 41_000)),
                at(41_000, problem(&kinds::BUDGET_EXCEEDED, "it took 41 s, and 30 s is the budget")),
                at(41_000, budget("apps.api", 9000)),
            ],
            &[],
            Exit::Check,
        );
        assert_eq!(told(&cases), ["budget cold 41000 ms failed budget-exceeded", "budget apps.api 9000 ms passed"]);
    }

    #[test]
    fn no_bad_end_is_without_a_failure_and_no_good_one_has_one() {
        let lost = fold(&[at(3, state("api", Kind::App, State::Starting, ""))], &[], Exit::Interrupted);
        assert_eq!(
            told(&lost),
            ["ready api 0 ms skipped: it was still on its way", "run the whole run 0 ms failed ended"]
        );
        let Outcome::Failed { what, .. } = &lost[1].outcome else { panic!("it failed") };
        assert_eq!(what, "it was interrupted while `api` was under way");
        let events =
            [at(3, state("mail", Kind::Service, State::Failed, "")), at(3, problem(&kinds::DISK_FULL, "`mail`"))];
        let good = fold(&events, &[], Exit::Done);
        assert!(good.iter().all(|case| !case.has_failed()), "{good:?}");
    }

    #[test]
    fn what_a_step_prints_is_its_own() {
        let line = |text: &str| {
            let name = Name::parse("api").unwrap();
            Event::Log { name, stream: crate::events::Stream::Stdout, line: text.to_owned() }
        };
        let mut events = vec![at(5, setup("api", "npm ci", StepState::Running, "new", None))];
        events.extend((0..MOST_LINES + 7).map(|number| at(6, line(&number.to_string()))));
        events.push(at(9, setup("api", "npm ci", StepState::Done, "", Some(4))));
        events.push(at(9, line("of nobody")));
        let cases = fold(&events, &[], Exit::Done);
        assert_eq!((cases[0].output.len(), cases[0].output[0].as_str()), (MOST_LINES, "7"));
        assert_eq!(cases[0].output.last().map(String::as_str), Some("206"));
    }
}
