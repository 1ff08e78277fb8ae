//! Whether an app that was up has fallen since: its program has ended, or whatever watches its files goes on without it, so that it is
//! running for everybody else and nobody listens.
//!
//! Somebody at a breakpoint, and a server that answers with errors, keep connections: those are left alone.

use std::time::Duration;

use super::probe::{self, Answer, Question};
use super::wait::address;
use super::watchers::{self, Now};
use super::{Executor, Runner, excerpt};
use crate::host;
use crate::model::{Kind, Probe, Unit};
use crate::names::Name;
use crate::plan::observed::{FoundState, Observed, Role};
use crate::problem::{Problem, ProblemKind, kinds};
use crate::ui::text;

/// Most apps have answered by then, and nobody has to look.
const FIRST_LOOK: Duration = Duration::from_millis(300);
const PAUSE: Duration = Duration::from_millis(100);
/// How long one has to print nothing, with nobody listening, where no known watcher says that it waits.
const QUIET: Duration = Duration::from_secs(3);
/// One that was started later may still be on its way.
const GROWN_UP: Duration = Duration::from_secs(30);
/// Where nobody listens, that is known at once.
const ONE_QUESTION: Duration = Duration::from_millis(500);
/// How many of the last lines are read.
const LINES: u32 = 100;
/// Of one of them, so many columns are told.
const MOST_OF_WORD: usize = 160;
/// What is said of an app begins with it that has crashed while what watches its files goes on.
pub const HAS_CRASHED: &str = "it has crashed";

/// What an app ends with by itself, not what a deadline or a stranger does to it.
const ENDS: [&ProblemKind; 3] = [&kinds::CRASHED, &kinds::ENDED_BY_ITSELF, &kinds::CRASHED_WHILE_WATCHED];

impl Executor<'_> {
    /// Waits for an app that ran before this plan. One that has fallen is noted: it needs a start, not patience.
    pub(super) async fn wait_until_ready_or_fallen(&self, unit: &Unit) -> Result<(), Problem> {
        let Some(id) = self.ids.borrow().get(&unit.name).cloned() else { return Ok(()) };
        let waited = tokio::select! {
            biased;
            waited = self.wait_until_ready(unit) => waited,
            () = self.until_fallen(unit, &id) => Err(watchers::crashed(unit, "what watches its files")),
        };
        if unit.kind == Kind::App && waited.as_ref().is_err_and(|problem| ENDS.contains(&problem.kind)) {
            self.fallen.borrow_mut().insert(unit.name.clone());
        }
        waited
    }

    async fn until_fallen(&self, unit: &Unit, id: &str) {
        tokio::time::sleep(FIRST_LOOK).await;
        if !has_fallen(self.runner(), unit, id).await {
            std::future::pending().await
        }
    }
}

/// Which of these apps have fallen; `id` is what was found of each.
pub async fn fallen(runner: Runner<'_>, apps: &[(&Unit, &str)]) -> Vec<Name> {
    let asked = apps.iter().map(|(unit, id)| async move { (unit.name.clone(), has_fallen(runner, unit, id).await) });
    let answers = futures_util::future::join_all(asked).await;
    answers.into_iter().filter(|(_, fallen)| *fallen).map(|(name, _)| name).collect()
}

/// Why an app does not answer that runs, in one clause: what it printed last, and whether it has crashed under what watches its
/// files. `None` = it has said nothing.
pub async fn silence(runner: Runner<'_>, unit: &Unit, id: &str) -> Option<String> {
    if unit.kind != Kind::App {
        return None;
    }
    silence_of(&runner.last_lines(id, LINES).await)
}

fn silence_of(lines: &[String]) -> Option<String> {
    let now = watchers::now(lines);
    let said = watchers::of_last_start(lines);
    let word = excerpt::last_word(&said).map(|word| text::cut(&text::one_line(word), MOST_OF_WORD).into_owned());
    match (now, word) {
        (Now::Waits(watcher), Some(word)) => {
            Some(format!("{HAS_CRASHED} ({word}); {watcher} waits for a change of its files"))
        }
        (Now::Waits(watcher), None) => Some(format!("{HAS_CRASHED}; {watcher} waits for a change of its files")),
        (_, word) => word.map(|word| format!("does not answer yet; it said last: {word}")),
    }
}

/// The running one of what was found of a unit.
pub fn running_id<'a>(found: &'a Observed, name: &Name) -> Option<&'a str> {
    let mut of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
    of_unit.find(|one| one.state == FoundState::Running).map(|one| one.id.as_str())
}

async fn has_fallen(runner: Runner<'_>, unit: &Unit, id: &str) -> bool {
    if unit.kind != Kind::App {
        return false;
    }
    let began = tokio::time::Instant::now();
    let mut before: Option<Vec<String>> = None;
    loop {
        let Ok(condition) = runner.condition(id).await else { return false };
        if !condition.running {
            return true;
        }
        if is_listening(unit).await {
            return false;
        }
        let lines = runner.last_lines(id, LINES).await;
        match watchers::now(&lines) {
            Now::Waits(_) => return true,
            Now::StartsAnew => return false,
            Now::Unknown if address(unit).is_none() => return false,
            Now::Unknown => {}
        }
        let started = host::unix_millis(&condition.started_at).and_then(|time| u64::try_from(time).ok());
        let age = started.map(|time| Duration::from_millis((host::now() * 1000).saturating_sub(time)));
        if age.is_none_or(|age| age < GROWN_UP) || before.as_ref().is_some_and(|before| *before != lines) {
            return false;
        }
        before = Some(lines);
        if began.elapsed() >= QUIET {
            return true;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether anybody takes a connection and keeps it. Who can't be asked counts as listening where that is all there is to know.
async fn is_listening(unit: &Unit) -> bool {
    let is_asked = Question::of(&unit.ready.probe).is_some() || matches!(unit.ready.probe, Probe::Log(_));
    match address(unit).filter(|_| is_asked) {
        Some(address) => !matches!(probe::ask(Question::Held, address, ONE_QUESTION).await, Answer::NotYet(_)),
        None => address(unit).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_that_does_not_answer_is_told_with_what_it_said() {
        let silence = |text: &str| silence_of(&text.lines().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
        let node = "server.js:1\nthrow new Error('x')\n^\n\nError: no such table: orders\n    at Object.<anonymous> (server.js:1)\n\nNode.js v22\nFailed running 'server.js'. Waiting for file changes before restarting...";
        assert_eq!(
            silence(node),
            "it has crashed (Error: no such table: orders); node --watch waits for a change of its files"
        );
        let again = format!("{node}\nRestarting 'server.js'\nbuilding the index");
        assert_eq!(silence(&again), "does not answer yet; it said last: building the index");
        assert_eq!(silence("compiling\n"), "does not answer yet; it said last: compiling");
        assert_eq!(
            silence("[nodemon] app crashed - waiting for file changes before starting..."),
            "it has crashed; nodemon waits for a change of its files"
        );
        assert_eq!(silence(&format!("{node}\nRestarting 'server.js'")), "");
    }
}
