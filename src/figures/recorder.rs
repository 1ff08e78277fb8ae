//! Folds the events of one command into what its line of the journal holds.

use std::collections::BTreeMap;

use super::line::{Line, StepLine, UnitLine, VERSION, What};
use super::step_name::step_name;
use crate::events::{Event, State, StepState, Timed};
use crate::model::{self, Kind};
use crate::problem::ProblemKind;

/// More than these are not told: a line stays a line.
const MOST_UNITS: usize = 100;
const MOST_STATES: usize = 16;
const MOST_STEPS: usize = 100;
const MOST_PROBLEMS: usize = 20;

/// What a command has told so far.
#[derive(Debug, Default)]
pub struct Recorder {
    steps_planned: Option<usize>,
    has_fetched: bool,
    ready_ms: Option<u64>,
    /// The first `done` was told: later rounds of a command that stays are another matter.
    is_over: bool,
    units: Vec<Unit>,
    needs: BTreeMap<String, Vec<String>>,
    steps: Vec<Step>,
    problems: Vec<&'static str>,
}

#[derive(Debug)]
struct Unit {
    name: String,
    kind: &'static str,
    states: Vec<(&'static str, u64)>,
}

#[derive(Debug)]
struct Step {
    of: String,
    /// As it was told, to know it again; never written.
    told: String,
    number: u32,
    name: String,
    from: u64,
    to: Option<u64>,
    ok: bool,
}

impl Recorder {
    /// Takes one event in.
    pub fn take(&mut self, timed: &Timed) {
        if let Event::Problem(report) = &timed.event {
            self.note_problem(report.kind);
        }
        if self.is_over {
            return;
        }
        match &timed.event {
            Event::Plan { steps, .. } => self.steps_planned = Some(self.steps_planned.unwrap_or(0).max(*steps)),
            Event::State { name, kind, state, .. } => self.come_to(name.as_str(), *kind, *state, timed.t_ms),
            Event::Download { .. } => self.has_fetched = true,
            Event::Setup { name, step, state, .. } => self.set_up(name.as_str(), step, *state, timed.t_ms),
            Event::Done { ok, services, .. } => {
                self.is_over = true;
                let is_up = services.iter().any(|service| service.ready || service.state == State::Completed);
                self.ready_ms = (*ok && is_up).then_some(timed.t_ms);
            }
            Event::Port { .. }
            | Event::Log { .. }
            | Event::Note { .. }
            | Event::Budget { .. }
            | Event::Check { .. }
            | Event::Problem(_)
            | Event::Watch { .. } => {}
        }
    }

    /// A problem that was told otherwise than by an event.
    pub fn note_problem(&mut self, kind: &'static ProblemKind) {
        if self.problems.len() < MOST_PROBLEMS && !self.problems.contains(&kind.id) {
            self.problems.push(kind.id);
        }
    }

    /// Bringing up has come to its end, where no event tells it: with everything ready at this time, in milliseconds, or without. What
    /// follows is another matter.
    pub fn note_up(&mut self, ready_ms: Option<u64>) {
        if !self.is_over {
            self.is_over = true;
            self.ready_ms = ready_ms;
        }
    }

    /// What each unit can't go on without, which no event tells.
    pub fn note_needs<'a>(&mut self, units: impl Iterator<Item = &'a model::Unit>) {
        if self.is_over {
            return;
        }
        let needs = |unit: &model::Unit| unit.needs.iter().take(MOST_UNITS).map(|need| need.name.to_string()).collect();
        self.needs = units.take(MOST_UNITS).map(|unit| (unit.name.to_string(), needs(unit))).collect();
    }

    /// Whether everything came to ready.
    pub fn came_to_ready(&self) -> bool {
        self.ready_ms.is_some()
    }

    /// The line, but for who, where and when.
    pub fn line(&self) -> Line<'_> {
        let how = match (self.ready_ms, self.steps_planned) {
            (Some(_), Some(0)) => "noop",
            (Some(_), Some(_)) if self.has_fetched => "cold",
            (Some(_), Some(_)) => "warm",
            _ => "",
        };
        Line {
            v: VERSION,
            what: What::Command,
            ready_ms: self.ready_ms,
            how,
            problems: self.problems.clone(),
            units: self.units.iter().map(|unit| unit.line(self.needs.get(&unit.name))).collect(),
            steps: self.steps.iter().filter_map(Step::line).collect(),
            ..Line::default()
        }
    }

    fn come_to(&mut self, name: &str, kind: Kind, state: State, t_ms: u64) {
        self.has_fetched |= matches!(state, State::Downloading | State::Building);
        let index = match self.units.iter().position(|unit| unit.name == name) {
            Some(index) => index,
            None if self.units.len() < MOST_UNITS => {
                self.units.push(Unit { name: name.to_owned(), kind: word_of_kind(kind), states: Vec::new() });
                self.units.len() - 1
            }
            None => return,
        };
        let unit = &mut self.units[index];
        let state = word_of_state(state);
        if unit.states.last().is_some_and(|(last, _)| *last == state) {
            return;
        }
        // How it ended counts more than how often it began.
        unit.states.truncate(MOST_STATES - 1);
        unit.states.push((state, t_ms));
    }

    fn set_up(&mut self, of: &str, told: &str, state: StepState, t_ms: u64) {
        let is_this = |step: &&mut Step| step.of == of && step.told == told && step.to.is_none();
        if let Some(running) = self.steps.iter_mut().rev().find(is_this) {
            if state != StepState::Running {
                running.to = Some(t_ms);
                running.ok = state == StepState::Done;
            }
            return;
        }
        if state != StepState::Running || self.steps.len() >= MOST_STEPS {
            return;
        }
        let number = 1 + self.steps.iter().filter(|step| step.of == of).count();
        self.steps.push(Step {
            of: of.to_owned(),
            told: told.to_owned(),
            number: u32::try_from(number).unwrap_or(u32::MAX),
            name: step_name(told),
            from: t_ms,
            to: None,
            ok: false,
        });
    }
}

impl Unit {
    fn line<'a>(&'a self, needs: Option<&'a Vec<String>>) -> UnitLine<'a> {
        let needs = needs.map(|needs| needs.iter().map(String::as_str).collect());
        UnitLine { name: &self.name, kind: self.kind, needs, states: self.states.clone() }
    }
}

impl Step {
    fn line(&self) -> Option<StepLine<'_>> {
        let to = self.to?;
        Some(StepLine { of: &self.of, number: self.number, name: &self.name, from: self.from, to, ok: self.ok })
    }
}

fn word_of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "service",
        Kind::App => "app",
        Kind::Worker => "worker",
        Kind::Job => "job",
    }
}

fn word_of_state(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Downloading => "downloading",
        State::Building => "building",
        State::Creating => "creating",
        State::Starting => "starting",
        State::Running => "running",
        State::Ready => "ready",
        State::Stopping => "stopping",
        State::Stopped => "stopped",
        State::Removed => "removed",
        State::Failed => "failed",
        State::Completed => "completed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{ProblemReport, ServiceReport};
    use crate::names::Name;
    use crate::problem::{Problem, kinds};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn state(of: &str, state: State, t_ms: u64) -> Timed {
        let because = "env API_TOKEN changed".to_owned();
        Timed { event: Event::State { name: name(of), kind: Kind::App, state, because }, t_ms }
    }

    fn done(ok: bool, t_ms: u64) -> Timed {
        let service = ServiceReport {
            name: name("api"),
            kind: Kind::App,
            state: State::Ready,
            ready: ok,
            url: Some("http://build-host:3000".into()),
            host: Some("build-host".into()),
            port: None,
            version: None,
            optional: false,
        };
        let event = Event::Done { ok, elapsed_ms: t_ms, project: name("shop"), services: vec![service] };
        Timed { event, t_ms }
    }

    fn told(recorder: &mut Recorder, events: &[Timed]) -> String {
        events.iter().for_each(|event| recorder.take(event));
        recorder.line().written()
    }

    #[test]
    fn an_up_becomes_spans_without_anything_that_was_written() {
        let step = |state, t_ms| {
            let (step, because) = ("./deploy --token s3cret".to_owned(), "config/prod.key changed".to_owned());
            Timed { event: Event::Setup { name: name("api"), step, state, because, elapsed_ms: None }, t_ms }
        };
        let problem = Problem::new(&kinds::PORT_TAKEN, "`api` cannot use 3000").why("node in /home/sam");
        let events = [
            Timed { event: Event::Plan { project: name("shop"), steps: 3 }, t_ms: 1 },
            state("api", State::Waiting, 2),
            state("api", State::Waiting, 3),
            step(StepState::Running, 10),
            step(StepState::Done, 30),
            state("api", State::Starting, 40),
            Timed { event: Event::Problem(ProblemReport::from(&problem)), t_ms: 41 },
            state("api", State::Ready, 50),
            done(true, 55),
        ];
        let text = told(&mut Recorder::default(), &events);
        for hidden in ["s3cret", "deploy", "prod", "TOKEN", "build-host", "sam", "3000"] {
            assert!(!text.contains(hidden), "{hidden} is in {text}");
        }
        let crate::figures::Read::Line(line) = crate::figures::read(text.trim().as_bytes()) else { panic!("{text}") };
        assert_eq!((line.ready_ms, line.how, line.problems), (Some(55), "warm", vec!["port-taken"]));
        assert_eq!(line.units[0].states, [("waiting", 2), ("starting", 40), ("ready", 50)]);
        assert_eq!(line.steps, [StepLine { of: "api", number: 1, name: "command", from: 10, to: 30, ok: true }]);
    }

    #[test]
    fn a_download_makes_it_cold_nothing_to_do_a_noop_and_a_failure_neither() {
        let plan = |steps| Timed { event: Event::Plan { project: name("shop"), steps }, t_ms: 1 };
        let how = |events: &[Timed]| {
            let mut recorder = Recorder::default();
            events.iter().for_each(|event| recorder.take(event));
            (recorder.line().how.to_owned(), recorder.came_to_ready())
        };
        assert_eq!(how(&[plan(2), state("api", State::Downloading, 2), done(true, 9)]), ("cold".to_owned(), true));
        assert_eq!(how(&[plan(0), done(true, 9)]), ("noop".to_owned(), true));
        assert_eq!(how(&[plan(2), done(false, 9)]), (String::new(), false));
    }

    #[test]
    fn later_rounds_of_a_command_that_stays_change_nothing_but_its_problems() {
        let mut recorder = Recorder::default();
        let first = told(&mut recorder, &[state("api", State::Ready, 5), done(true, 9)]);
        assert_eq!(told(&mut recorder, &[state("api", State::Failed, 5000), done(false, 9000)]), first);
    }

    #[test]
    fn what_ci_does_when_everything_is_up_is_no_part_of_bringing_up() {
        let mut recorder = Recorder::default();
        recorder.take(&state("api", State::Starting, 5));
        recorder.take(&state("api", State::Ready, 9));
        recorder.note_up(Some(10));
        recorder.take(&state("api", State::Removed, 90));
        recorder.note_up(None);
        let line = recorder.line();
        assert_eq!((line.ready_ms, line.units[0].states.len()), (Some(10), 2));
        let line = Line { command: "ci", ..line };
        assert!(line.has_timeline() && !line.brings_up(), "what CI waits for is no person's waiting");
    }

    #[test]
    fn a_line_stays_a_line_however_much_is_told() {
        let mut recorder = Recorder::default();
        for number in 0..5000 {
            recorder.take(&state(&format!("app-{number}"), State::Starting, number));
            recorder.take(&state("app-0", if number % 2 == 0 { State::Starting } else { State::Stopped }, number));
        }
        assert!(recorder.line().written().len() < 16 << 10);
    }
}
