//! The terminal as purposes: an answer, a status, a hint, a warning, a problem. Nothing else prints.
//!
//! stdout carries the answer, stderr the story. With `--json` stdout carries one JSON document a line and nothing else.
//! A reader that has gone away (`devenv status | head`) is no error.

pub mod ask;
mod markup;
pub mod paint;
pub mod problem;
mod shown;
mod sink;
pub mod surroundings;
pub mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde::Serialize;

use crate::events::{Event, ProblemReport, Timed};
use crate::names::Sensitive;
use crate::problem::{Problem, Problems, kinds};
use crate::secrets::redact::Redactor;
use paint::Paint;
use problem::Look;
pub use sink::Captured;
use sink::{Sink, SinkState};
use surroundings::Surroundings;

/// Whom the output is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Human,
    /// One JSON document a line on stdout.
    Json,
}

/// What the person asked for on the command line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UiOptions {
    pub mode: Mode,
    /// Only problems and the answer.
    pub quiet: bool,
    /// The engine's own words under "details", and output of what runs.
    pub verbose: bool,
    /// Every question is answered with yes.
    pub yes: bool,
}

/// The terminal, or what stands in its place. Clones speak to the same one.
#[derive(Clone)]
pub struct Ui {
    shared: Arc<Shared>,
}

struct Shared {
    options: UiOptions,
    surroundings: Surroundings,
    started: Instant,
    out: Mutex<Sink>,
    err: Mutex<Sink>,
    /// Progress lines that are on the screen now; other lines go above them.
    progress: Mutex<Option<ProgressBar>>,
    /// What has been said need not be said again: a problem may arrive as an event and once more as a command's end.
    shown: Mutex<Vec<(&'static str, String)>>,
    redactor: Mutex<Redactor>,
    /// What is brought up was read from the repo, and where, by names: the manifest that texts speak of is written nowhere.
    unwritten: Mutex<Option<BTreeMap<String, problem::ReadFrom>>>,
}

impl Ui {
    /// Speaks on the process's own stdout and stderr.
    pub fn new(options: UiOptions, surroundings: Surroundings) -> Self {
        Self::with_writers(options, surroundings, Box::new(io::stdout()), Box::new(io::stderr()))
    }

    /// Speaks on stderr alone, since stdout belongs to a command that is run for the person; with `--quiet` only problems.
    pub fn beside_a_command(options: UiOptions, surroundings: Surroundings) -> Self {
        let answer: Box<dyn Write + Send> = match options.mode {
            Mode::Human if options.quiet => Box::new(io::sink()),
            Mode::Human | Mode::Json => Box::new(io::stderr()),
        };
        let surroundings = Surroundings { stdout_is_terminal: surroundings.stderr_is_terminal, ..surroundings };
        Self::with_writers(options, surroundings, answer, Box::new(io::stderr()))
    }

    /// Speaks to anything that can be written to.
    pub fn with_writers(
        options: UiOptions,
        surroundings: Surroundings,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
    ) -> Self {
        let shared = Shared {
            options,
            surroundings,
            started: Instant::now(),
            out: Mutex::new(Sink::new(out)),
            err: Mutex::new(Sink::new(err)),
            progress: Mutex::new(None),
            shown: Mutex::new(Vec::new()),
            redactor: Mutex::default(),
            unwritten: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// From now on problems that speak of dev.yaml say how to get it: there is none. `places` is where what is brought up was read.
    pub fn manifest_is_unwritten(&self, places: BTreeMap<String, problem::ReadFrom>) {
        *lock(&self.shared.unwritten) = Some(places);
    }

    /// Never shows these values from now on, but in an answer that was asked for.
    pub fn hide(&self, values: &[Sensitive]) {
        lock(&self.shared.redactor).hide(values);
    }

    /// The text as it may be shown.
    pub fn redacted(&self, text: &str) -> String {
        lock(&self.shared.redactor).redact(text)
    }

    pub fn options(&self) -> UiOptions {
        self.shared.options
    }

    pub fn surroundings(&self) -> Surroundings {
        self.shared.surroundings
    }

    pub fn is_json(&self) -> bool {
        self.shared.options.mode == Mode::Json
    }

    /// Time since the command began, as `t_ms` of events counts it.
    pub fn elapsed(&self) -> Duration {
        self.shared.started.elapsed()
    }

    /// How the answer may be painted.
    pub fn answer_paint(&self) -> Paint {
        self.shared.surroundings.stdout_paint()
    }

    /// How the story may be painted.
    pub fn story_paint(&self) -> Paint {
        self.shared.surroundings.stderr_paint()
    }

    /// What was asked for, on stdout, exactly as given and with a line end. Text from outside has to be harmless already.
    pub fn answer(&self, text: &str) {
        let mut bytes = text.as_bytes().to_vec();
        if !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        let write = || lock(&self.shared.out).write(&bytes);
        match &*lock(&self.shared.progress) {
            Some(bar) if self.shared.surroundings.stdout_is_terminal => bar.suspend(write),
            _ => write(),
        }
    }

    /// One JSON document as one line on stdout.
    pub fn json(&self, document: &impl Serialize) {
        match serde_json::to_string(document) {
            Ok(line) if self.shared.surroundings.obeys_commands => {
                self.answer(&text::json_without_workflow_commands(&line));
            }
            Ok(line) => self.answer(&line),
            Err(error) => self.bug(&error.into()),
        }
    }

    /// What is going on.
    pub fn status(&self, text: &str) {
        if self.tells_story() {
            self.say(text);
        }
    }

    /// What could be done next.
    pub fn hint(&self, text: &str) {
        if self.tells_story() {
            self.say(&format!("{} {}", self.story_paint().label("hint:"), text::one_line(text)));
        }
    }

    /// What is worth knowing and stops nothing.
    pub fn note(&self, text: &str) {
        if self.tells_story() {
            self.say(&format!("{} {}", self.story_paint().label("note:"), text::one_line(text)));
        }
    }

    /// What will become a problem if nothing is done; on stderr with `--json` too.
    pub fn warning(&self, text: &str) {
        if !self.shared.options.quiet {
            self.say(&format!("{} {}", self.story_paint().warning("warning:"), text::one_line(text)));
        }
    }

    /// As [`Self::warning`], but the same text only once.
    pub fn warning_once(&self, text: &str) {
        let said = (shown::WARNING, text.to_owned());
        let mut shown = self.shared.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if !shown.contains(&said) {
            shown.push(said);
            drop(shown);
            self.warning(text);
        }
    }

    pub fn problem(&self, problem: &Problem) {
        self.show_problems(&[problem]);
    }

    pub fn problems(&self, problems: &Problems) {
        self.show_problems(&problems.iter().collect::<Vec<_>>());
    }

    /// A problem that came as an event.
    pub fn problem_report(&self, report: &ProblemReport) {
        self.problem(&problem::from_report(report));
    }

    /// An error that no person can act on: a bug of this program.
    pub fn bug(&self, error: &anyhow::Error) {
        let problem = Problem::new(&kinds::BUG, "devenv has met a bug of its own")
            .why(format!("{error:#}"))
            .detail(format!("{error:?}"))
            .fix("run it again with `--verbose`, and report what it says");
        self.problem(&problem);
    }

    /// Whether nobody reads stdout any more, so that an endless answer can end.
    pub fn answer_is_unread(&self) -> bool {
        matches!(lock(&self.shared.out).state, SinkState::Closed)
    }

    /// The answer could not be written, for example because the disk is full; a reader that has gone away is no problem.
    pub fn answer_lost(&self) -> Option<Problem> {
        match &lock(&self.shared.out).state {
            SinkState::Failed(reason) => {
                Some(Problem::new(&kinds::OUTPUT_LOST, "the output could not be written").why(reason.clone()))
            }
            SinkState::Open | SinkState::Closed => None,
        }
    }

    /// From now on other lines go above these progress lines; `None` = they are gone.
    pub fn set_progress(&self, bar: Option<ProgressBar>) {
        *lock(&self.shared.progress) = bar;
    }

    fn tells_story(&self) -> bool {
        !self.shared.options.quiet && !self.is_json()
    }

    fn show_problems(&self, problems: &[&Problem]) {
        let problems: Vec<Problem> = problems.iter().map(|problem| self.completed(problem)).collect();
        let new: Vec<&Problem> = problems.iter().filter(|problem| self.is_new(problem)).collect();
        if new.is_empty() {
            return;
        }
        if self.is_json() {
            let t_ms = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
            for problem in new {
                self.json(&Timed { event: Event::Problem(ProblemReport::from(problem)), t_ms });
            }
            return;
        }
        let look = Look {
            paint: self.story_paint(),
            width: self.shared.surroundings.width,
            verbose: self.shared.options.verbose,
        };
        self.tell_story(&problem::render_all(&new, look));
    }

    /// The problem as it may be shown.
    pub fn redacted_problem(&self, problem: &Problem) -> Problem {
        problem::redacted(problem, |text| self.redacted(text))
    }

    /// The problem as it may be shown, with the way to the file that it speaks of.
    fn completed(&self, problem: &Problem) -> Problem {
        let problem = self.redacted_problem(problem);
        match &*lock(&self.shared.unwritten) {
            Some(places) => problem::with_way_to_manifest(problem, places),
            None => problem,
        }
    }

    fn say(&self, text: &str) {
        let text = self.redacted(text);
        let lines: Vec<_> = text.lines().map(|line| text::output_line(line, self.story_paint())).collect();
        self.tell_story(&format!("{}\n", lines.join("\n")));
    }

    fn write_story(&self, text: &str) {
        match &*lock(&self.shared.progress) {
            Some(bar) if !bar.is_hidden() => bar.println(text.trim_end_matches('\n')),
            _ => lock(&self.shared.err).write(text.as_bytes()),
        }
    }
}

/// A panic elsewhere is no reason to fall silent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) use tests::captured;

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// A terminal for tests, and what arrives on its stdout and stderr.
    pub(crate) fn captured(options: UiOptions, surroundings: Surroundings) -> (Ui, Captured, Captured) {
        let (out, err) = (Captured::default(), Captured::default());
        let ui = Ui::with_writers(options, surroundings, Box::new(out.clone()), Box::new(err.clone()));
        (ui, out, err)
    }

    fn speak(options: UiOptions) -> (String, String) {
        let (ui, out, err) = captured(options, Surroundings::default());
        ui.answer("http://localhost:3000");
        ui.status("starting");
        ui.hint("devenv logs api");
        ui.note("port 3001 is used");
        ui.warning("the lock file\u{1b}[2J is old");
        ui.problem(&Problem::new(&kinds::DISK_FULL, "the disk is full").fix("devenv gc"));
        (out.text(), err.text())
    }

    #[test]
    fn stdout_carries_the_answer_and_stderr_the_story() {
        let (out, err) = speak(UiOptions::default());
        assert_eq!(out, "http://localhost:3000\n");
        expect![[r#"
            starting
            hint: devenv logs api
            note: port 3001 is used
            warning: the lock file is old
            error[disk-full]: the disk is full
              fix: devenv gc
        "#]]
        .assert_eq(&err);
    }

    #[test]
    fn quiet_leaves_problems_and_the_answer() {
        let (out, err) = speak(UiOptions { quiet: true, ..UiOptions::default() });
        assert_eq!(out, "http://localhost:3000\n");
        assert_eq!(err, "error[disk-full]: the disk is full\n  fix: devenv gc\n");
    }

    #[test]
    fn a_problem_in_json_is_one_line() {
        let (ui, out, err) = captured(UiOptions { mode: Mode::Json, ..UiOptions::default() }, Surroundings::default());
        ui.status("starting");
        ui.problem(&Problem::new(&kinds::PORT_TAKEN, "`api` cannot\nuse port 3000").why("node").fix("stop it"));
        assert_eq!(out.text().lines().count(), 1);
        let mut line: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
        assert!(line["t_ms"].take().is_u64());
        expect![[
            r#"{"event":"problem","fixes":["stop it"],"id":"port-taken","t_ms":null,"what":"`api` cannot\nuse port 3000","why":"node"}"#
        ]]
        .assert_eq(&line.to_string());
        assert_eq!(err.text(), "");
    }

    #[test]
    fn nothing_is_said_twice() {
        let (ui, _, err) = captured(UiOptions::default(), Surroundings::default());
        let problem = Problem::new(&kinds::DISK_FULL, "the disk is full");
        ui.problem_report(&ProblemReport::from(&problem));
        ui.problems(&Problems::from(problem));
        assert_eq!(err.text(), "error[disk-full]: the disk is full\n");
    }

    #[test]
    fn another_run_tells_its_problems_anew_and_none_is_forgotten() {
        let (ui, _, err) = captured(UiOptions::default(), Surroundings::default());
        let problem = Problem::new(&kinds::DISK_FULL, "the disk is full");
        ui.problem(&problem);
        ui.tell_problems_anew();
        assert_eq!(ui.shown_problems().len(), 1);
        ui.problem(&problem);
        ui.problem(&problem);
        assert_eq!(err.text().matches("error[disk-full]").count(), 2);
    }

    #[test]
    fn a_bug_is_shown_as_one() {
        let (ui, _, err) = captured(UiOptions::default(), Surroundings::default());
        ui.bug(&anyhow::anyhow!("no such key").context("reading the state"));
        expect![[r#"
            error[bug]: devenv has met a bug of its own
              why: reading the state: no such key
              fix: run it again with `--verbose`, and report what it says
        "#]]
        .assert_eq(&err.text());
    }

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_problem_and_a_full_disk_is() {
        for (kind, unread, lost) in
            [(io::ErrorKind::BrokenPipe, true, false), (io::ErrorKind::StorageFull, false, true)]
        {
            let broken = || Box::new(Broken(kind));
            let ui = Ui::with_writers(UiOptions::default(), Surroundings::default(), broken(), broken());
            ui.answer("text");
            ui.status("text");
            assert_eq!((ui.answer_is_unread(), ui.answer_lost().is_some()), (unread, lost));
        }
    }
}
