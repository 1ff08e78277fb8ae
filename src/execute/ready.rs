//! When to ask, when to stop asking: readiness as a state machine fed with (event, time). It asks nobody itself.
//!
//! Time is a duration since any zero point that the caller keeps to. The whole loop around it:
//!
//! ```text
//! let mut next = readiness.on(Event::Started, now());
//! loop {
//!     next = match next {
//!         Next::Ask { limit } => readiness.on(Event::Answered(ask(…, limit).await), now()),
//!         Next::WaitUntil(time) => { sleep_until(time).await; readiness.on(Event::Tick, now()) }
//!         Next::Ready => return Ok(()),
//!         Next::Failed(failure) => return Err(failure.problem(name)),
//!     }
//! }
//! ```
//!
//! with whatever sees it end feeding `Event::Ended` in between.

use std::time::Duration;

use super::probe::{Answer, Reason, Refusal};
use crate::names::Name;
use crate::problem::{Problem, kinds};
use crate::words;

/// No pause is shorter.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// A pause is this part of the time since the start, so that noticing late never costs more than a few per cent.
const PART_OF_TIME: u32 = 20;
/// How long a refusal has to stay the same until it is believed: a first start creates the user and the database only after
/// the service has begun to answer.
const BELIEVED_AFTER: Duration = Duration::from_secs(5);
/// How long the answer has to be that the server itself has failed (500) until it is believed: an app may wait for others before it
/// answers well. Who gives it more time to be ready gives it more for this, too. Other statuses are waited for until the deadline.
const FAILING_AFTER: Duration = Duration::from_secs(20);
const PART_OF_DEADLINE: u32 = 6;
const SERVER_ERROR: u16 = 500;

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The call that starts it has returned; asking any earlier makes some engines answer a second late.
    Started,
    /// The question that [`Next::Ask`] called for has been answered.
    Answered(Answer),
    /// It has ended although it should run.
    Ended(Ending),
    /// Time has passed.
    Tick,
}

/// How a process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// As the engine tells it: 128 + the signal's number when a signal ended it.
    pub code: i64,
    pub cause: Cause,
}

/// Why a process has ended, as far as the engine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Unknown,
    OutOfMemory,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask once, for `limit` at the most, then tell the answer.
    Ask {
        limit: Duration,
    },
    /// Nothing before this time, unless something else happens.
    WaitUntil(Duration),
    Ready,
    Failed(Failure),
}

/// Why it will not become ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Ended(Ending),
    Refused {
        refusal: Refusal,
        asked: String,
    },
    Deadline {
        /// What it was given.
        deadline: Duration,
        asked: String,
        /// `None` = it was asked, and nothing came back in time.
        answered: Option<String>,
    },
    /// It answers, but always with this status, for so long.
    Status {
        status: u16,
        lasted: Duration,
        asked: String,
    },
}

/// One service or app on its way from started to ready.
#[derive(Debug, Clone)]
pub struct Readiness {
    asked: String,
    deadline: Duration,
    state: State,
    last: Option<String>,
    /// The refusal that every answer since this time has been.
    refused: Option<(Reason, Duration)>,
    /// The status that every answer since this time has had.
    status: Option<(u16, Duration)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nothing is asked before it is started.
    New,
    Asking {
        started: Duration,
    },
    Pausing {
        started: Duration,
        until: Duration,
    },
    Over(Box<Next>),
}

impl Readiness {
    /// `asked` says in words what is asked, for example "a PING"; `deadline` counts from its start.
    pub fn new(asked: impl Into<String>, deadline: Duration) -> Self {
        Self { asked: asked.into(), deadline, state: State::New, last: None, refused: None, status: None }
    }

    /// Takes in what happened at `now` and tells what to do. Once it is ready or has failed it stays so.
    ///
    /// | state \ event | Started | Answered: ready | not yet, refused | Ended | Tick |
    /// |---|---|---|---|---|---|
    /// | new | ask | – | – | failed | wait |
    /// | asking | – | ready | pause, or failed | failed | wait, or failed |
    /// | pausing | – | ready | – | failed | wait, ask, or failed |
    pub fn on(&mut self, event: Event, now: Duration) -> Next {
        if let State::Over(end) = &self.state {
            return (**end).clone();
        }
        match (event, self.started()) {
            (Event::Ended(ending), _) => self.over(Next::Failed(Failure::Ended(ending))),
            (Event::Started, None) => self.ask(now, now),
            (_, None) => Next::WaitUntil(now.saturating_add(LONGEST_PAUSE)),
            (Event::Answered(answer), Some(started)) => self.answered(answer, started, now),
            (Event::Started | Event::Tick, Some(started)) => self.tick(started, now),
        }
    }

    fn started(&self) -> Option<Duration> {
        match self.state {
            State::Asking { started } | State::Pausing { started, .. } => Some(started),
            State::New | State::Over(_) => None,
        }
    }

    fn answered(&mut self, answer: Answer, started: Duration, now: Duration) -> Next {
        let before = self.status.take();
        let said = match answer {
            Answer::Ready => return self.over(Next::Ready),
            Answer::Status(status) => {
                self.refused = None;
                let since = before.filter(|(before, _)| *before == status).map_or(now, |(_, since)| since);
                self.status = Some((status, since));
                if status == SERVER_ERROR
                    && now.saturating_sub(since) >= FAILING_AFTER.max(self.deadline / PART_OF_DEADLINE)
                {
                    return self.over(Next::Failed(self.failing(status, since, now)));
                }
                format!("status {status}")
            }
            Answer::NotYet(said) => {
                self.refused = None;
                said
            }
            Answer::Refused(refusal) => {
                let since = match self.refused {
                    Some((reason, since)) if reason == refusal.reason => since,
                    _ => now,
                };
                self.refused = Some((refusal.reason, since));
                if now.saturating_sub(since) >= BELIEVED_AFTER {
                    let asked = self.asked.clone();
                    return self.over(Next::Failed(Failure::Refused { refusal, asked }));
                }
                refusal.said
            }
        };
        self.last = Some(said);
        if matches!(self.state, State::Asking { .. }) {
            let pause = (now.saturating_sub(started) / PART_OF_TIME).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            self.state = State::Pausing { started, until: now.saturating_add(pause) };
        }
        self.tick(started, now)
    }

    fn tick(&mut self, started: Duration, now: Duration) -> Next {
        let end = started.saturating_add(self.deadline);
        if let (true, Some((status, since))) = (now >= end, self.status) {
            return self.over(Next::Failed(self.failing(status, since, now)));
        }
        if now >= end {
            let (asked, answered) = (self.asked.clone(), self.last.clone());
            return self.over(Next::Failed(Failure::Deadline { deadline: self.deadline, asked, answered }));
        }
        match self.state {
            State::Pausing { until, .. } if now >= until => self.ask(started, now),
            State::Pausing { until, .. } => Next::WaitUntil(until.min(end)),
            _ => Next::WaitUntil(end),
        }
    }

    fn failing(&self, status: u16, since: Duration, now: Duration) -> Failure {
        Failure::Status { status, lasted: now.saturating_sub(since), asked: self.asked.clone() }
    }

    fn ask(&mut self, started: Duration, now: Duration) -> Next {
        self.state = State::Asking { started };
        Next::Ask { limit: started.saturating_add(self.deadline).saturating_sub(now) }
    }

    fn over(&mut self, end: Next) -> Next {
        self.state = State::Over(Box::new(end.clone()));
        end
    }
}

impl Failure {
    /// The problem for a person; the last lines of output are for the caller to add.
    pub fn problem(&self, name: &Name) -> Problem {
        let logs = format!("devenv logs {name}");
        match self {
            Self::Ended(ending) => ended(*ending, name).fix(format!("{logs}        # everything that it said")),
            Self::Refused { refusal, asked } => {
                let (id, what) = match refusal.reason {
                    Reason::Login => (&kinds::LOGIN_REFUSED, format!("`{name}` runs, but refuses the login")),
                    Reason::Database => {
                        (&kinds::DATABASE_MISSING, format!("`{name}` runs, but its database cannot be used"))
                    }
                    Reason::OtherProtocol => {
                        (&kinds::WRONG_PROTOCOL, format!("`{name}` runs, but speaks something else"))
                    }
                    Reason::Barred => (&kinds::ACCESS_REFUSED, format!("`{name}` runs, but lets nobody in")),
                };
                let problem = Problem::new(id, what).why(format!("asked: {asked}\nanswer: {}", refusal.said));
                refused_fixes(problem, refusal.reason, name).fix(format!("{logs}        # what it says itself"))
            }
            Self::Status { status, lasted, asked } => {
                let lasted = words::duration(*lasted);
                let what = format!("`{name}` answers, but with {}", spoken(*status));
                let problem = Problem::new(&kinds::ANSWERS_WITH_ERROR, what)
                    .why(format!("asked: {asked}\nthat was the answer for {lasted}; it is left running"));
                status_fixes(problem, *status, name)
            }
            Self::Deadline { deadline, asked, answered } => {
                let answer = answered.as_deref().unwrap_or("none");
                Problem::new(&kinds::NOT_READY, format!("`{name}` was not ready within {}", words::duration(*deadline)))
                    .why(format!("asked: {asked}\nlast answer: {answer}"))
                    .fix(format!("{logs}        # what it says itself"))
                    .fix(format!(
                        "devenv up --timeout {}        # if it only needs longer",
                        deadline.as_secs().max(1) * 2
                    ))
            }
        }
    }
}

/// A status with what it means, where that is the same for everybody.
fn spoken(status: u16) -> String {
    let meaning = match status {
        401 | 403 => "it wants a login",
        404 => "there is no such path",
        500 => "an error of its own",
        502 | 504 => "what it needs does not answer it",
        503 => "it is not ready to serve",
        _ => return format!("status {status}"),
    };
    format!("status {status}: {meaning}")
}

fn status_fixes(problem: Problem, status: u16, name: &Name) -> Problem {
    let logs = format!("devenv logs {name}        # everything that it said");
    match status {
        502..=504 => problem
            .fix("wait until what it hands requests on to is there, then: devenv up")
            .fix("devenv up --timeout 10m        # if it only needs longer")
            .fix(logs),
        500.. => problem
            .fix("mend what the last lines say, often a missing table, variable or migration, then: devenv up")
            .fix(logs),
        401 | 403 => problem.fix(format!("let `ready` of `{name}` in dev.yaml name a path that needs no login")).fix(logs),
        404 => problem.fix(format!("let `ready` of `{name}` in dev.yaml name a path that it has")).fix(logs),
        _ => problem
            .fix(format!("let `ready` of `{name}` name this status, or a path with another:  ready: {{ http: /, status: {status} }}"))
            .fix(logs),
    }
}

fn refused_fixes(problem: Problem, reason: Reason, name: &Name) -> Problem {
    match reason {
        Reason::Login => problem.fix(format!(
            "if its password was changed by hand or its data comes from elsewhere, set the password of `{name}` back"
        )),
        Reason::Database => {
            problem.fix(format!("if its database was dropped or renamed by hand, create it again in `{name}`"))
        }
        Reason::OtherProtocol => problem.fix(format!("check the port and `ready` of `{name}` in dev.yaml")),
        Reason::Barred => problem,
    }
}

fn ended(ending: Ending, name: &Name) -> Problem {
    if ending.cause == Cause::OutOfMemory {
        return Problem::new(&kinds::OUT_OF_MEMORY, format!("`{name}` ran out of memory and was ended"))
            .fix("give Docker more memory, or close other programs, then: devenv up");
    }
    if ending.code == 0 {
        return Problem::new(&kinds::ENDED_BY_ITSELF, format!("`{name}` ended by itself before it was ready"))
            .why("its command came to its end with success, and what it is for needs it to go on running")
            .fix(format!("let `run` of `{name}` stay in the foreground; where it is to end, write `once: true`"));
    }
    match ending.code {
        126 => {
            return Problem::new(
                &kinds::NOT_PERMITTED,
                format!("`{name}` could not start: its command may not be run"),
            )
            .fix("if it is a script of the repo: chmod +x SCRIPT, then: devenv up");
        }
        127 => {
            return Problem::new(
                &kinds::COMMAND_MISSING,
                format!("`{name}` could not start: its command was not found"),
            )
            .fix("correct `run` in dev.yaml, or add the setup step that installs it");
        }
        _ => {}
    }
    let what = match ending.code {
        130 | 137 | 143 => format!("`{name}` was ended from outside before it was ready"),
        134 | 135 | 136 | 139 => format!("`{name}` crashed before it was ready"),
        code => format!("`{name}` failed with exit code {code} before it was ready"),
    };
    Problem::new(&kinds::CRASHED, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Exit;

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    fn not_yet() -> Event {
        Event::Answered(Answer::NotYet("the database system is starting up".to_owned()))
    }

    fn refused(reason: Reason) -> Event {
        Event::Answered(Answer::Refused(Refusal { reason, said: "password authentication failed".to_owned() }))
    }

    fn minute() -> Readiness {
        Readiness::new("`SELECT 1`", Duration::from_secs(60))
    }

    #[test]
    fn nothing_is_asked_before_the_start() {
        let mut readiness = minute();
        assert!(matches!(readiness.on(Event::Tick, ms(0)), Next::WaitUntil(_)));
        assert!(matches!(readiness.on(Event::Answered(Answer::Ready), ms(1)), Next::WaitUntil(_)));
        assert_eq!(readiness.on(Event::Started, ms(500)), Next::Ask { limit: Duration::from_secs(60) });
    }

    #[test]
    fn pauses_grow_from_10_to_100_ms_and_count_from_the_end_of_the_last_question() {
        let mut readiness = minute();
        let mut now = ms(0);
        assert!(matches!(readiness.on(Event::Started, now), Next::Ask { .. }));
        let mut pauses = Vec::new();
        for answered_at in [7, 200, 400, 1000, 2000, 9000] {
            now = ms(answered_at);
            let Next::WaitUntil(until) = readiness.on(not_yet(), now) else { panic!("not waiting") };
            pauses.push((until - now).as_millis());
            assert_eq!(readiness.on(Event::Tick, until - ms(1)), Next::WaitUntil(until));
            now = until;
            assert!(matches!(readiness.on(Event::Tick, now), Next::Ask { .. }));
        }
        assert_eq!(pauses, [10, 10, 20, 50, 100, 100]);
        assert_eq!(readiness.on(Event::Answered(Answer::Ready), now), Next::Ready);
        assert_eq!(readiness.on(Event::Ended(Ending { code: 1, cause: Cause::Unknown }), now), Next::Ready);
    }

    #[test]
    fn the_deadline_tells_what_was_asked_and_answered_last() {
        let mut readiness = Readiness::new("`SELECT 1`", Duration::from_secs(2));
        readiness.on(Event::Started, ms(1000));
        readiness.on(not_yet(), ms(2000));
        let Next::Ask { limit } = readiness.on(Event::Tick, ms(2050)) else { panic!("does not ask") };
        assert_eq!(limit, ms(950));
        assert_eq!(readiness.on(Event::Tick, ms(2999)), Next::WaitUntil(ms(3000)));
        let Next::Failed(failure) = readiness.on(Event::Tick, ms(3000)) else { panic!("goes on") };
        let problem = failure.problem(&Name::from_any("db"));
        assert_eq!(problem.exit, Exit::Deadline);
        assert_eq!(problem.what, "`db` was not ready within 2.0 s");
        assert_eq!(problem.why, "asked: `SELECT 1`\nlast answer: the database system is starting up");
    }

    #[test]
    fn the_last_wait_ends_with_the_deadline() {
        let mut readiness = Readiness::new("a PING", ms(100));
        readiness.on(Event::Started, ms(0));
        assert_eq!(readiness.on(not_yet(), ms(95)), Next::WaitUntil(ms(100)));
        assert!(matches!(readiness.on(Event::Tick, ms(100)), Next::Failed(Failure::Deadline { .. })));
    }

    #[test]
    fn ready_in_the_last_moment_is_ready() {
        let mut readiness = Readiness::new("a PING", ms(100));
        readiness.on(Event::Started, ms(0));
        assert_eq!(readiness.on(Event::Answered(Answer::Ready), ms(101)), Next::Ready);
    }

    #[test]
    fn a_refusal_is_believed_when_it_stays_the_same_for_5_s() {
        let mut readiness = minute();
        readiness.on(Event::Started, ms(0));
        for now in (100..=5000).step_by(100) {
            assert!(matches!(readiness.on(refused(Reason::Login), ms(now)), Next::WaitUntil(_)), "at {now} ms");
            readiness.on(Event::Tick, ms(now + 100));
        }
        let Next::Failed(failure) = readiness.on(refused(Reason::Login), ms(5100)) else { panic!("goes on") };
        let problem = failure.problem(&Name::from_any("db"));
        assert_eq!(problem.kind, &kinds::LOGIN_REFUSED);
        assert_eq!(problem.why, "asked: `SELECT 1`\nanswer: password authentication failed");
    }

    #[test]
    fn a_database_that_stays_away_is_told() {
        let mut readiness = minute();
        readiness.on(Event::Started, ms(0));
        readiness.on(refused(Reason::Database), ms(0));
        readiness.on(Event::Tick, ms(100));
        let Next::Failed(failure) = readiness.on(refused(Reason::Database), ms(5100)) else { panic!("goes on") };
        assert_eq!(failure.problem(&Name::from_any("db")).kind, &kinds::DATABASE_MISSING);
    }

    #[test]
    fn an_error_of_its_own_is_believed_when_it_stays_for_20_s() {
        let status = |status| Event::Answered(Answer::Status(status));
        let mut readiness = minute();
        readiness.on(Event::Started, ms(0));
        for now in (100..20_000).step_by(100) {
            let said = if now == 5000 { 503 } else { 500 };
            assert!(matches!(readiness.on(status(said), ms(now)), Next::WaitUntil(_)), "at {now} ms");
            readiness.on(Event::Tick, ms(now + 100));
        }
        let Next::Failed(failure) = readiness.on(status(500), ms(25_100)) else { panic!("goes on") };
        let problem = failure.problem(&Name::from_any("api"));
        assert_eq!(problem.kind, &kinds::ANSWERS_WITH_ERROR);
        assert_eq!(problem.what, "`api` answers, but with status 500: an error of its own");
        assert!(problem.fixes.iter().all(|fix| !fix.contains("--timeout")), "{:?}", problem.fixes);
    }

    #[test]
    fn another_status_is_waited_for_until_the_deadline_and_then_told() {
        let mut readiness = minute();
        readiness.on(Event::Started, ms(0));
        let missing = || Event::Answered(Answer::Status(404));
        assert!(matches!(readiness.on(missing(), ms(100)), Next::WaitUntil(_)));
        readiness.on(Event::Tick, ms(200));
        assert!(matches!(readiness.on(missing(), ms(59_000)), Next::WaitUntil(_)));
        let Next::Failed(failure) = readiness.on(Event::Tick, ms(60_000)) else { panic!("goes on") };
        let problem = failure.problem(&Name::from_any("api"));
        assert_eq!(problem.what, "`api` answers, but with status 404: there is no such path");
        assert!(problem.fixes[0].contains("`ready`"), "{:?}", problem.fixes);
    }

    #[test]
    fn another_answer_in_between_starts_the_5_s_again() {
        let mut readiness = minute();
        readiness.on(Event::Started, ms(0));
        readiness.on(refused(Reason::Login), ms(0));
        readiness.on(Event::Tick, ms(100));
        readiness.on(refused(Reason::Database), ms(3000));
        readiness.on(Event::Tick, ms(3100));
        assert!(matches!(readiness.on(refused(Reason::Database), ms(7000)), Next::WaitUntil(_)));
        readiness.on(Event::Tick, ms(7100));
        readiness.on(not_yet(), ms(7200));
        readiness.on(Event::Tick, ms(7300));
        assert!(matches!(readiness.on(refused(Reason::Database), ms(8100)), Next::WaitUntil(_)));
    }

    #[test]
    fn a_crash_ends_the_wait_at_once_and_says_how() {
        let problem = |code, cause| {
            let mut readiness = minute();
            readiness.on(Event::Started, ms(0));
            match readiness.on(Event::Ended(Ending { code, cause }), ms(5)) {
                Next::Failed(failure) => failure.problem(&Name::from_any("db")).what,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(problem(3, Cause::Unknown), "`db` failed with exit code 3 before it was ready");
        assert_eq!(problem(0, Cause::Unknown), "`db` ended by itself before it was ready");
        assert_eq!(problem(137, Cause::OutOfMemory), "`db` ran out of memory and was ended");
        assert_eq!(problem(137, Cause::Unknown), "`db` was ended from outside before it was ready");
    }

    #[test]
    fn absurd_times_do_no_harm() {
        let mut readiness = Readiness::new("a PING", Duration::MAX);
        assert_eq!(readiness.on(Event::Started, ms(7)), Next::Ask { limit: Duration::MAX - ms(7) });
        readiness.on(not_yet(), Duration::MAX);
        readiness.on(not_yet(), ms(0));
        readiness.on(Event::Tick, Duration::MAX);
    }
}
