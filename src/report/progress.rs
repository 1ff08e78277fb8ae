//! Events folded into how far each service and app is. Pure: the time comes with the events.

use std::time::Duration;

use crate::events::{Event, State, StepState, Timed};
use crate::model::Kind;
use crate::names::Name;
use crate::ui::text::{cut, one_line, width};
use crate::words;

/// A command of the manifest longer than this says no more.
const LONGEST_STEP: usize = 60;

/// How far everything is, each service and app at the place where it was first heard of.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// How much there is to do; 0 = everything is as wanted.
    pub steps: usize,
    pub units: Vec<UnitProgress>,
}

/// How far one service or app is.
#[derive(Debug, Clone)]
pub struct UnitProgress {
    pub name: Name,
    pub kind: Option<Kind>,
    pub state: State,
    /// Why it has to be done.
    pub because: String,
    pub download: Option<Download>,
    pub setup: Option<Setup>,
    /// The last line of output of the running setup step.
    pub tail: String,
    /// When it left what it was before; `None` = it has only waited so far.
    began_ms: Option<u64>,
    now_ms: u64,
}

/// A download that goes on.
#[derive(Debug, Clone, Default)]
pub struct Download {
    pub what: String,
    pub done: u64,
    /// 0 = unknown.
    pub total: u64,
    /// Of `total`; never falls. `None` while the total still grows.
    pub percent: Option<u8>,
}

/// The setup step that runs or ran last.
#[derive(Debug, Clone)]
pub struct Setup {
    pub step: String,
    pub state: StepState,
    pub because: String,
    pub elapsed_ms: Option<u64>,
}

impl Progress {
    /// Takes one event in; tells which unit it was about.
    pub fn apply(&mut self, timed: &Timed) -> Option<usize> {
        let t_ms = timed.t_ms;
        match &timed.event {
            Event::Plan { steps, .. } => {
                self.steps = *steps;
                None
            }
            Event::State { name, kind, state, because } => {
                let index = self.index(name);
                self.units[index].come_to(*state, because, t_ms);
                self.units[index].kind = Some(*kind);
                Some(index)
            }
            Event::Download { name, what, done, total } => {
                let index = self.index(name);
                self.units[index].downloaded(what, *done, *total, t_ms);
                Some(index)
            }
            Event::Setup { name, step, state, because, elapsed_ms } => {
                let index = self.index(name);
                self.units[index].set_up(Setup {
                    step: cut(&one_line(step), LONGEST_STEP).into_owned(),
                    state: *state,
                    because: one_line(because),
                    elapsed_ms: *elapsed_ms,
                });
                self.units[index].tick(t_ms);
                Some(index)
            }
            Event::Log { name, line, .. } => {
                let index = self.units.iter().position(|unit| unit.name == *name)?;
                self.units[index].tail = one_line(line);
                Some(index)
            }
            Event::Port { .. }
            | Event::Budget { .. }
            | Event::Check { .. }
            | Event::Note { .. }
            | Event::Watch { .. }
            | Event::Problem(_)
            | Event::Done { .. } => None,
        }
    }

    /// Columns that the longest name takes.
    pub fn longest_name(&self) -> usize {
        self.units.iter().map(|unit| width(unit.name.as_str())).max().unwrap_or(0)
    }

    fn index(&mut self, name: &Name) -> usize {
        if let Some(index) = self.units.iter().position(|unit| unit.name == *name) {
            return index;
        }
        self.units.push(UnitProgress {
            name: name.clone(),
            kind: None,
            state: State::Waiting,
            because: String::new(),
            download: None,
            setup: None,
            tail: String::new(),
            began_ms: None,
            now_ms: 0,
        });
        self.units.len() - 1
    }
}

impl UnitProgress {
    fn come_to(&mut self, state: State, because: &str, t_ms: u64) {
        // What is replaced stops in between, and its time goes on.
        let over = matches!(self.state, State::Ready | State::Completed | State::Failed) && state != self.state;
        if over || state == State::Waiting {
            self.began_ms = None;
            self.because.clear();
        }
        if self.because.starts_with("for ") || state == State::Failed {
            self.because.clear();
        }
        if !because.is_empty() {
            self.because = one_line(because);
        }
        self.state = state;
        self.download = None;
        self.setup = None;
        self.tail.clear();
        if state == State::Waiting {
            self.now_ms = t_ms;
        } else {
            self.tick(t_ms);
        }
    }

    fn tick(&mut self, t_ms: u64) {
        self.began_ms.get_or_insert(t_ms);
        self.now_ms = t_ms;
    }

    fn downloaded(&mut self, what: &str, done: u64, total: u64, t_ms: u64) {
        self.state = State::Downloading;
        self.tick(t_ms);
        let what = one_line(what);
        let before = self.download.take().filter(|download| download.what == what).unwrap_or_default();
        let known = total > 0 && (total == before.total || done >= total);
        let percent = if known {
            let now = u8::try_from(u128::from(done.min(total)) * 100 / u128::from(total)).unwrap_or(100);
            Some(before.percent.map_or(now, |before| before.max(now)))
        } else {
            before.percent
        };
        self.download = Some(Download { what, done: done.max(before.done), total: total.max(before.total), percent });
    }

    fn set_up(&mut self, setup: Setup) {
        self.tail.clear();
        self.setup = Some(setup);
    }

    /// Whether something is going on for it right now.
    pub fn is_active(&self) -> bool {
        !self.is_settled() && (self.state != State::Waiting || self.setup.is_some())
    }

    pub fn is_settled(&self) -> bool {
        is_settled(self.state)
    }

    /// What it does, in words: `downloading postgres 17, 42 % of 120 MB`.
    pub fn words(&self) -> String {
        if let Some(setup) = self.setup.as_ref().filter(|_| !self.is_settled()) {
            return setup.words();
        }
        let took = Duration::from_millis(self.now_ms.saturating_sub(self.began_ms.unwrap_or(self.now_ms)));
        match self.state {
            State::Waiting if self.because.starts_with("for ") => format!("waiting {}", self.because),
            State::Waiting => self.with_because("waiting"),
            State::Downloading => self.download.as_ref().map_or_else(|| "downloading".to_owned(), Download::words),
            State::Building => self.with_because("building"),
            State::Creating => self.with_because("creating"),
            State::Starting => self.with_because("starting"),
            State::Running if matches!(self.kind, Some(Kind::Job | Kind::Worker)) => "running".to_owned(),
            State::Running => "waiting until ready".to_owned(),
            State::Stopping => self.with_because("stopping"),
            State::Removed => "removed".to_owned(),
            State::Ready => in_time("ready", took),
            State::Stopped => in_time("stopped", took),
            State::Completed => in_time("done", took),
            State::Failed if self.because.is_empty() => "failed".to_owned(),
            State::Failed => format!("failed: {}", self.because),
        }
    }

    fn with_because(&self, word: &str) -> String {
        with_because(word, &self.because)
    }
}

impl Download {
    fn words(&self) -> String {
        let mut text = "downloading".to_owned();
        if !self.what.is_empty() {
            text = format!("{text} {}", self.what);
        }
        match self.percent {
            Some(percent) => format!("{text}, {percent} % of {}", words::bytes(self.total)),
            None if self.done > 0 => format!("{text}, {}", words::bytes(self.done)),
            None => text,
        }
    }
}

impl Setup {
    pub fn words(&self) -> String {
        let step = format!("set up: {}", self.step);
        let elapsed = self.elapsed_ms.map(Duration::from_millis).map(words::duration);
        match (self.state, elapsed) {
            (StepState::Running, _) => with_because(&step, &self.because),
            (StepState::Done, Some(elapsed)) => format!("{step}, done in {elapsed}"),
            (StepState::Done, None) => with_because(&format!("{step}, done"), &self.because),
            (StepState::Failed, Some(elapsed)) => format!("{step}, failed after {elapsed}"),
            (StepState::Failed, None) => format!("{step}, failed"),
        }
    }
}

fn is_settled(state: State) -> bool {
    matches!(state, State::Ready | State::Stopped | State::Removed | State::Completed | State::Failed)
}

/// That something is new goes without saying.
fn with_because(word: &str, because: &str) -> String {
    if because.is_empty() || because == "new" { word.to_owned() } else { format!("{word} ({because})") }
}

fn in_time(word: &str, took: Duration) -> String {
    if took.is_zero() { word.to_owned() } else { format!("{word} in {}", words::duration(took)) }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::tests::{at, download, setup, state};
    use super::*;

    /// How each event makes its unit read.
    fn story(events: &[Timed]) -> String {
        let mut progress = Progress::default();
        let lines = events.iter().filter_map(|event| {
            let unit = &progress.apply(event).map(|index| progress.units[index].clone())?;
            Some(format!("{:<5} {} {}\n", event.t_ms, unit.name, unit.words()))
        });
        lines.collect()
    }

    #[test]
    fn a_service_from_nothing_to_ready() {
        expect![[r#"
            0     db waiting
            100   db downloading
            200   db downloading postgres 17, 10 MB
            300   db downloading postgres 17, 20 MB
            400   db downloading postgres 17, 25 % of 120 MB
            500   db downloading postgres 17, 100 % of 120 MB
            600   db creating
            700   db starting
            900   db waiting until ready
            1300  db ready in 1.2 s
        "#]]
        .assert_eq(&story(&[
            at(0, state("db", Kind::Service, State::Waiting, "")),
            at(100, state("db", Kind::Service, State::Downloading, "new")),
            at(200, download("db", 10, 40)),
            at(300, download("db", 20, 120)),
            at(400, download("db", 30, 120)),
            at(500, download("db", 120, 120)),
            at(600, state("db", Kind::Service, State::Creating, "new")),
            at(700, state("db", Kind::Service, State::Starting, "")),
            at(900, state("db", Kind::Service, State::Running, "")),
            at(1300, state("db", Kind::Service, State::Ready, "")),
        ]));
    }

    #[test]
    fn a_percentage_never_falls() {
        let mut progress = Progress::default();
        let mut highest = 0;
        for (done, total) in [(0, 0), (5, 10), (9, 10), (9, 400), (10, 400), (3, 400), (399, 400), (500, 400), (0, 0)] {
            progress.apply(&at(0, download("db", done, total)));
            let percent = progress.units[0].download.as_ref().and_then(|download| download.percent).unwrap_or(0);
            assert!((highest..=100).contains(&percent), "{done} of {total}: {percent}");
            highest = percent;
        }
        assert_eq!(highest, 100);
    }

    #[test]
    fn an_app_waits_is_set_up_and_is_ready() {
        expect![[r#"
            0     api waiting for db
            5000  api set up: npm ci (package-lock.json changed)
            7000  api set up: npm ci, done in 2.0 s
            7100  api starting (package-lock.json changed)
            7200  api waiting until ready
            7500  api ready in 2.5 s
        "#]]
        .assert_eq(&story(&[
            at(0, state("api", Kind::App, State::Waiting, "for db")),
            at(5000, setup("api", "npm ci", StepState::Running, "package-lock.json changed", None)),
            at(7000, setup("api", "npm ci", StepState::Done, "", Some(2000))),
            at(7100, state("api", Kind::App, State::Starting, "package-lock.json changed")),
            at(7200, state("api", Kind::App, State::Running, "")),
            at(7500, state("api", Kind::App, State::Ready, "")),
        ]));
    }

    #[test]
    fn what_is_replaced_says_why_and_what_failed_too() {
        expect![[r#"
            0     api waiting (env changed)
            10    api stopping (env changed)
            500   api stopped in 490 ms
            510   api creating (env changed)
            550   api waiting until ready
            560   api failed
            600   api failed: ended with code 1
            20    mail set up: make all, failed after 3.0 s
        "#]]
        .assert_eq(&story(&[
            at(0, state("api", Kind::App, State::Waiting, "env changed")),
            at(10, state("api", Kind::App, State::Stopping, "")),
            at(500, state("api", Kind::App, State::Stopped, "")),
            at(510, state("api", Kind::App, State::Creating, "")),
            at(550, state("api", Kind::App, State::Running, "")),
            at(560, state("api", Kind::App, State::Failed, "")),
            at(600, state("api", Kind::App, State::Failed, "ended with code 1")),
            at(20, setup("mail", "make\n\u{1b}[31mall", StepState::Failed, "", Some(3000))),
        ]));
    }

    #[test]
    fn what_runs_already_took_no_time() {
        assert_eq!(story(&[at(8, state("db", Kind::Service, State::Ready, ""))]), "8     db ready\n");
        assert_eq!(story(&[at(8, state("seed", Kind::Job, State::Completed, ""))]), "8     seed done\n");
    }
}
