//! The same story told to a terminal, to a pipe and to a program.

use std::time::Duration;

use expect_test::expect;
use indicatif::{InMemoryTerm, ProgressDrawTarget};

use super::frame::{Frame, Size};
use super::json::Json;
use super::lines::Lines;
use super::live::Live;
use super::progress::Progress;
use super::*;
use crate::events::{Event, ProblemReport, ServiceReport, State, StepState, Stream, because_of};
use crate::model::Kind;
use crate::names::{Name, Port};
use crate::problem::{Problem, kinds};
use crate::ui::UiOptions;
use crate::ui::captured;
use crate::ui::paint::Paint;
use crate::ui::surroundings::Surroundings;

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(super) fn at(t_ms: u64, event: Event) -> Timed {
    Timed { event, t_ms }
}

pub(super) fn state(unit: &str, kind: Kind, state: State, because: &str) -> Event {
    Event::State { name: name(unit), kind, state, because: because.to_owned() }
}

/// Of postgres 17, in megabytes.
pub(super) fn download(unit: &str, done: u64, total: u64) -> Event {
    let what = "postgres 17".to_owned();
    Event::Download { name: name(unit), what, done: done * 1_000_000, total: total * 1_000_000 }
}

pub(super) fn setup(unit: &str, step: &str, state: StepState, because: &str, elapsed_ms: Option<u64>) -> Event {
    Event::Setup { name: name(unit), step: step.to_owned(), state, because: because.to_owned(), elapsed_ms }
}

pub(super) fn service(unit: &str, kind: Kind, state: State, port: u16) -> ServiceReport {
    let port = Port::new(port);
    let url = port.filter(|_| kind == Kind::App).map(|port| format!("http://localhost:{port}"));
    let (host, version) = (port.map(|_| "localhost".to_owned()), Some("17".to_owned()));
    ServiceReport {
        name: name(unit),
        kind,
        state,
        ready: state == State::Ready,
        url,
        host,
        port,
        version,
        optional: false,
    }
}

fn plan(steps: usize) -> Event {
    Event::Plan { project: name("shop"), steps }
}

fn done(ok: bool, elapsed_ms: u64, services: Vec<ServiceReport>) -> Event {
    Event::Done { ok, elapsed_ms, project: name("shop"), services }
}

fn log(unit: &str, line: &str) -> Event {
    Event::Log { name: name(unit), stream: Stream::Stdout, line: line.to_owned() }
}

/// A first `up` of a database and an app.
fn first_up() -> Vec<Timed> {
    use State::{Creating, Downloading, Ready, Running, Starting, Waiting};
    vec![
        at(1, plan(9)),
        at(2, state("db", Kind::Service, Downloading, "new")),
        at(2, state("api", Kind::App, Waiting, "for db")),
        at(3, download("db", 0, 120)),
        at(200, download("db", 20, 120)),
        at(900, download("db", 60, 120)),
        at(1000, download("db", 61, 120)),
        at(7000, download("db", 70, 120)),
        at(7500, download("db", 120, 120)),
        at(7510, state("db", Kind::Service, Creating, "new")),
        at(7520, state("db", Kind::Service, Starting, "")),
        at(7800, state("db", Kind::Service, Running, "")),
        at(
            7801,
            Event::Port {
                name: name("api"),
                wanted: Port::new(3000).unwrap(),
                leased: Port::new(3001).unwrap(),
                because: "node (pid 4121) is listening on 3000".into(),
            },
        ),
        at(8200, state("db", Kind::Service, Ready, "")),
        at(8201, setup("api", "npm ci", StepState::Running, "package-lock.json changed", None)),
        at(8300, log("api", "added \u{1b}[32m120\u{1b}[0m packages")),
        at(9201, setup("api", "npm ci", StepState::Done, "", Some(1000))),
        at(9202, setup("api", "npm run migrate", StepState::Done, "", None)),
        at(9203, state("api", Kind::App, Starting, "")),
        at(9400, state("api", Kind::App, Running, "")),
        at(9700, state("api", Kind::App, Ready, "")),
        at(
            9701,
            done(
                true,
                9701,
                vec![service("db", Kind::Service, State::Ready, 5432), service("api", Kind::App, State::Ready, 3001)],
            ),
        ),
    ]
}

/// A second `up` that finds everything as wanted.
fn second_up() -> Vec<Timed> {
    let services =
        vec![service("db", Kind::Service, State::Ready, 5432), service("api", Kind::App, State::Ready, 3001)];
    vec![
        at(5, plan(0)),
        at(7, state("db", Kind::Service, State::Ready, "")),
        at(7, state("api", Kind::App, State::Ready, "")),
        at(8, done(true, 8, services)),
    ]
}

/// An `up` whose app does not start.
fn failed_up() -> Vec<Timed> {
    let problem = Problem::new(&kinds::CRASHED, "`api` ended before it was ready")
        .why("it ended with code 1 after 0.3 s")
        .output(vec!["Error: Cannot find module 'express'".into()])
        .fix("devenv logs api");
    let services = vec![
        service("db", Kind::Service, State::Ready, 5432),
        service("api", Kind::App, State::Failed, 3000),
        service("web", Kind::App, State::Failed, 8080),
        service("mail", Kind::App, State::Failed, 8025),
    ];
    vec![
        at(1, plan(4)),
        at(2, state("web", Kind::App, State::Waiting, "for api")),
        at(2, state("mail", Kind::App, State::Waiting, "for web")),
        at(3, state("api", Kind::App, State::Starting, "env changed")),
        at(300, state("api", Kind::App, State::Failed, "it ended with code 1")),
        at(300, Event::Problem(ProblemReport::from(&problem))),
        at(300, state("web", Kind::App, State::Failed, &because_of(&Name::from_any("api")))),
        at(300, state("mail", Kind::App, State::Failed, &because_of(&Name::from_any("web")))),
        at(301, done(false, 301, services)),
    ]
}

fn down() -> Vec<Timed> {
    vec![
        at(1, plan(2)),
        at(2, state("db", Kind::Service, State::Stopping, "")),
        at(400, state("db", Kind::Service, State::Stopped, "")),
        at(401, done(true, 401, vec![service("db", Kind::Service, State::Stopped, 5432)])),
    ]
}

/// stdout and stderr of plain lines, one after the other.
fn lines(events: &[Timed], options: UiOptions) -> String {
    let (ui, out, err) = captured(options, Surroundings::default());
    let mut reporter = Lines::new(ui);
    events.iter().for_each(|event| reporter.event(event));
    reporter.finish();
    format!("{}stdout:\n{}", err.text(), out.text())
}

#[test]
fn a_first_up_in_plain_lines() {
    expect![[r#"
        db       downloading postgres 17
        db       downloading postgres 17, 50 % of 120 MB
        db       downloading postgres 17, 58 % of 120 MB
        db       starting
        note: api answers on port 3001 instead of 3000: node (pid 4121) is listening on 3000
        db       ready in 8.2 s
        api      set up: npm ci (package-lock.json changed)
        api      set up: npm ci, done in 1.0 s
        api      starting
        api      ready in 1.5 s
        ready in 9.7 s
        db   localhost:5432
        stdout:
        api  http://localhost:3001
    "#]]
    .assert_eq(&lines(&first_up(), UiOptions::default()));
}

#[test]
fn verbose_lines_leave_nothing_out() {
    let text = lines(&first_up(), UiOptions { verbose: true, ..UiOptions::default() });
    for line in ["api      waiting for db", "api      | added 120 packages", "api      set up: npm run migrate, done"] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[test]
fn a_second_up_says_so_at_once() {
    expect![[r#"
        everything is ready (8 ms)
        db   localhost:5432
        stdout:
        api  http://localhost:3001
    "#]]
    .assert_eq(&lines(&second_up(), UiOptions::default()));
}

#[test]
fn what_is_down_although_all_went_well_was_not_asked_for() {
    let services = vec![
        service("db", Kind::Service, State::Ready, 5432),
        service("api", Kind::App, State::Stopped, 3000),
        service("seed", Kind::Job, State::Completed, 0),
    ];
    let text = lines(&[at(1, plan(2)), at(900, done(true, 900, services))], UiOptions::default());
    assert_eq!(text, "ready in 900 ms\ndb    localhost:5432\nstdout:\n");
}

#[test]
fn quiet_leaves_the_urls() {
    let quiet = UiOptions { quiet: true, ..UiOptions::default() };
    assert_eq!(lines(&first_up(), quiet), "stdout:\napi  http://localhost:3001\n");
}

#[test]
fn a_failed_up_says_what_is_not_ready_and_why() {
    expect![[r#"
        api      starting (env changed)
        api      failed: it ended with code 1
        error[crashed]: `api` ended before it was ready
          why: it ended with code 1 after 0.3 s
          | Error: Cannot find module 'express'
          fix: devenv logs api
        not everything went well (301 ms)
        api   failed: it ended with code 1
        not started: web, mail (need api)
        db    localhost:5432
        stdout:
    "#]]
    .assert_eq(&lines(&failed_up(), UiOptions::default()));
}

#[test]
fn down_says_that_data_is_kept() {
    expect![[r#"
        db       stopped in 398 ms
        stopped in 401 ms, all data is kept
        stdout:
    "#]]
    .assert_eq(&lines(&down(), UiOptions::default()));
    let nothing = [at(1, plan(0)), at(4, done(true, 4, vec![service("db", Kind::Service, State::Stopped, 0)]))];
    assert_eq!(lines(&nothing, UiOptions::default()), "nothing is running (4 ms)\nstdout:\n");
}

#[test]
fn no_reporter_uses_words_of_the_engine() {
    for events in [first_up(), second_up(), failed_up(), down()] {
        let text = lines(&events, UiOptions::default());
        assert_eq!(crate::words::jargon(&text), [""; 0], "{text}");
    }
}

#[test]
fn json_is_one_event_a_line() {
    let (ui, out, err) = captured(UiOptions::default(), Surroundings::default());
    let mut reporter = Json::new(ui);
    failed_up().iter().for_each(|event| reporter.event(event));
    expect![[r#"
        {"event":"plan","project":"shop","steps":4,"t_ms":1}
        {"event":"state","name":"web","kind":"app","state":"waiting","because":"for api","t_ms":2}
        {"event":"state","name":"mail","kind":"app","state":"waiting","because":"for web","t_ms":2}
        {"event":"state","name":"api","kind":"app","state":"starting","because":"env changed","t_ms":3}
        {"event":"state","name":"api","kind":"app","state":"failed","because":"it ended with code 1","t_ms":300}
        {"event":"problem","id":"crashed","what":"`api` ended before it was ready","why":"it ended with code 1 after 0.3 s","fixes":["devenv logs api"],"output":["Error: Cannot find module 'express'"],"t_ms":300}
        {"event":"state","name":"web","kind":"app","state":"failed","because":"needs `api`, which failed","t_ms":300}
        {"event":"state","name":"mail","kind":"app","state":"failed","because":"needs `web`, which failed","t_ms":300}
        {"event":"done","ok":false,"elapsed_ms":301,"project":"shop","services":[{"name":"db","kind":"service","state":"ready","ready":true,"url":null,"host":"localhost","port":5432,"version":"17"},{"name":"api","kind":"app","state":"failed","ready":false,"url":"http://localhost:3000","host":"localhost","port":3000,"version":"17"},{"name":"web","kind":"app","state":"failed","ready":false,"url":"http://localhost:8080","host":"localhost","port":8080,"version":"17"},{"name":"mail","kind":"app","state":"failed","ready":false,"url":"http://localhost:8025","host":"localhost","port":8025,"version":"17"}],"t_ms":301}
    "#]]
    .assert_eq(&out.text());
    assert_eq!(err.text(), "");
}

/// The live display after each event, and what is left when it has ended.
struct Screen {
    term: InMemoryTerm,
    live: Live,
    out: crate::ui::Captured,
    err: crate::ui::Captured,
}

impl Screen {
    fn new() -> Self {
        let surroundings = Surroundings { stderr_is_terminal: true, no_color: true, ..Surroundings::default() };
        let (ui, out, err) = captured(UiOptions::default(), surroundings);
        let term = InMemoryTerm::new(10, 60);
        // So often that no frame of a test is left out.
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
        let live = Live::on(ui, target, || Size { rows: 10, columns: 60 });
        Self { term, live, out, err }
    }

    fn contents(&self) -> String {
        std::thread::sleep(Duration::from_millis(20));
        self.live.redraw();
        // The spinner turns with the real time.
        self.term.contents().replace(|c: char| ('\u{2800}'..='\u{28ff}').contains(&c), "⠋")
    }
}

#[test]
fn the_live_display_has_a_line_for_each_and_leaves_them() {
    let mut screen = Screen::new();
    let events = first_up();
    events[..6].iter().for_each(|event| screen.live.event(event));
    expect![[r#"
        ⠋ db   downloading postgres 17, 50 % of 120 MB
        · api  waiting for db"#]]
    .assert_eq(&screen.contents());
    events[6..16].iter().for_each(|event| screen.live.event(event));
    expect![[r#"
        note: api answers on port 3001 instead of 3000: node (pid 41
        21) is listening on 3000
        ✓ db   ready in 8.2 s
        ⠋ api  set up: npm ci (package-lock.json changed) · added …"#]]
    .assert_eq(&screen.contents());
    events[16..].iter().for_each(|event| screen.live.event(event));
    screen.live.finish();
    assert!(!screen.term.contents().contains("db "), "the drawn lines are gone");
    expect![[r#"
        ✓ db   ready in 8.2 s
        ✓ api  ready in 1.5 s
        ready in 9.7 s
        db   localhost:5432
    "#]]
    .assert_eq(&screen.err.text());
    assert_eq!(screen.out.text(), "api  http://localhost:3001\n");
}

#[test]
fn the_live_display_draws_nothing_when_nothing_is_to_do() {
    let mut screen = Screen::new();
    second_up().iter().for_each(|event| screen.live.event(event));
    drop(screen.live);
    assert_eq!(screen.term.contents(), "");
    assert_eq!(screen.err.text(), "everything is ready (8 ms)\ndb   localhost:5432\n");
}

#[test]
fn a_frame_fits_into_any_terminal() {
    let mut progress = Progress::default();
    progress.apply(&at(0, plan(99)));
    for index in 0..12 {
        let unit = format!("a-service-with-a-name-{index}");
        let reached = if index < 9 { State::Ready } else { State::Starting };
        progress.apply(&at(index, state(&unit, Kind::Service, reached, "")));
    }
    let mut frame = Frame::default();
    frame.update(&progress, Duration::ZERO, Paint::Plain);
    expect![[r#"
        ⠋ a-service-with-a-name-9   s…
        ⠋ a-service-with-a-name-10  s…
        ⠋ a-service-with-a-name-11  s…
        ✓ a-service-with-a-name-0   r…
          … and 8 more"#]]
    .assert_eq(&frame.render(Duration::from_secs(5), Size { rows: 6, columns: 31 }));
    let wide = frame.render(Duration::from_secs(65), Size { rows: 24, columns: 80 });
    assert!(wide.ends_with("a-service-with-a-name-11  starting, 1 min 5 s"), "{wide}");
    for size in [Size { rows: 1, columns: 1 }, Size { rows: 0, columns: 0 }, Size { rows: 2, columns: 3 }] {
        let text = frame.render(Duration::ZERO, size);
        assert!(text.lines().count() <= 1.max(size.rows), "{size:?}: {text:?}");
    }
}

#[test]
fn the_reporter_fits_where_the_output_goes() {
    let terminal = Surroundings { stderr_is_terminal: true, ..Surroundings::default() };
    let ci = Surroundings { ci: true, ..terminal };
    let human = UiOptions::default();
    let json = UiOptions { mode: Mode::Json, ..human };
    let quiet = UiOptions { quiet: true, ..human };
    for (surroundings, options, fits) in [
        (terminal, human, Fit::Live),
        (terminal, json, Fit::Json),
        (terminal, quiet, Fit::Lines),
        (ci, human, Fit::Lines),
        (Surroundings::default(), human, Fit::Lines),
    ] {
        assert_eq!(Fit::choose(options, surroundings), fits);
    }
}
