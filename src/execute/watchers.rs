//! What programs print that restart an app when its files change, once the app has crashed: the app is running for everybody else, and
//! nothing will happen until somebody changes a file.
//!
//! The table and what a line means are pure; following the lines is the executor's.

use std::time::Duration;

use futures_util::StreamExt;

use super::Executor;
use crate::engine::{Follow, LogOptions};
use crate::events::Event;
use crate::model::{Kind, Probe, Unit};
use crate::problem::{Problem, kinds};
use crate::ui::text;

/// Most apps are ready by then, and nobody has to look.
const FIRST_LOOK: Duration = Duration::from_millis(1000);
/// A second program of the same command may be about to make what was missing; by then the first has started anew.
const BELIEVED_AFTER: Duration = Duration::from_millis(2500);

/// A program, and what a line of it begins with and has in it, once the app has ended.
struct Watcher {
    name: &'static str,
    begins: &'static str,
    contains: &'static str,
}

const WATCHERS: &[Watcher] = &[
    Watcher { name: "node --watch", begins: "Failed running '", contains: "" },
    Watcher { name: "nodemon", begins: "[nodemon] app crashed", contains: "" },
    Watcher { name: "nodemon", begins: "[nodemon] clean exit - waiting", contains: "" },
    Watcher { name: "ts-node-dev", begins: "[ERROR]", contains: "\u{2a2f} Unable to compile TypeScript" },
    Watcher { name: "deno --watch", begins: "Watcher Process failed.", contains: "" },
    Watcher { name: "cargo watch", begins: "[Finished running. Exit status:", contains: "" },
    Watcher { name: "watchexec", begins: "[Command exited with ", contains: "" },
    Watcher { name: "uvicorn --reload", begins: "Process SpawnProcess-", contains: "" },
    Watcher { name: "Django's development server", begins: "Exception in thread django-main-thread", contains: "" },
    Watcher { name: "air", begins: "failed to build, error:", contains: "" },
    Watcher { name: "air", begins: "Process Exit with Code", contains: "" },
    Watcher { name: "dotnet watch", begins: "dotnet watch", contains: "Waiting for a file to change" },
];

/// Words of a line that says that the app is started anew.
const ANEW: &[&str] =
    &["restarting", "reloading", "starting `", "[running ", "detected change", "building...", "has changed"];

/// What a line says about an app that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It has ended, and this program waits for a change.
    Waits(&'static str),
    /// The same, from one of several programs that print into one output: another one may be what answers.
    OneOfSeveralWaits(&'static str),
    StartsAnew,
    Nothing,
}

/// What the app itself has printed since it was started last, without the words of what watches it.
pub(super) fn of_last_start(lines: &[String]) -> Vec<String> {
    let anew = lines.iter().rposition(|line| said(line) == Said::StartsAnew);
    let since = &lines[anew.map_or(0, |at| at + 1)..];
    since.iter().filter(|line| said(line) == Said::Nothing).cloned().collect()
}

fn said(line: &str) -> Said {
    let line = text::one_line(line);
    let line = line.trim_start();
    let waits = |line: &str| {
        let of = WATCHERS.iter().find(|it| line.starts_with(it.begins) && line.contains(it.contains));
        of.map(|watcher| watcher.name)
    };
    if let Some(name) = waits(line) {
        return Said::Waits(name);
    }
    // `[0] `, `web | `: who runs several puts a word before each line.
    let behind = line.split_once("] ").or_else(|| line.split_once("| "));
    if let Some(name) = behind.and_then(|(_, rest)| waits(rest.trim_start())) {
        return Said::OneOfSeveralWaits(name);
    }
    let lower = line.to_lowercase();
    if ANEW.iter().any(|word| lower.contains(word)) { Said::StartsAnew } else { Said::Nothing }
}

/// What the lines of an app that is watched come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Now {
    Waits(&'static str),
    StartsAnew,
    Unknown,
}

/// Where an app is that printed these lines since it was started, oldest first.
pub(super) fn now(lines: &[String]) -> Now {
    let mut said = lines.iter().rev().map(|line| said(line));
    match said.find(|said| matches!(said, Said::Waits(_) | Said::StartsAnew)) {
        Some(Said::Waits(name)) => Now::Waits(name),
        Some(Said::StartsAnew) => Now::StartsAnew,
        _ => Now::Unknown,
    }
}

impl Executor<'_> {
    /// Comes back only when the app has crashed and what watches its files waits for a change.
    pub(super) async fn crashed_while_watched(&self, unit: &Unit, id: &str) -> Problem {
        if unit.kind != Kind::App || matches!(unit.ready.probe, Probe::Log(_)) {
            return std::future::pending().await;
        }
        tokio::time::sleep(FIRST_LOOK).await;
        let Ok(condition) = self.runner().condition(id).await else { return std::future::pending().await };
        let mut lines = self.runner().logs(id, LogOptions { follow: Follow::Yes, ..Default::default() });
        let mut waiting: Option<(&'static str, tokio::time::Instant)> = None;
        let mut is_told = false;
        loop {
            let believed = waiting.map(|(_, since)| since + BELIEVED_AFTER);
            let line = match believed {
                Some(time) => match tokio::time::timeout_at(time, lines.next()).await {
                    Ok(line) => line,
                    Err(_) => break,
                },
                None => lines.next().await,
            };
            // Its end is told by others.
            let Some(Ok(line)) = line else { return std::future::pending().await };
            if !line.is_of_last_run(&condition) {
                continue;
            }
            match said(&line.text) {
                Said::Waits(name) => waiting = Some((name, tokio::time::Instant::now())),
                Said::StartsAnew => waiting = None,
                Said::OneOfSeveralWaits(name) if !std::mem::replace(&mut is_told, true) => {
                    let text = format!("a part of it has crashed, and {name} waits for a change of its files");
                    (self.tell)(Event::Note { name: Some(unit.name.clone()), text });
                }
                Said::OneOfSeveralWaits(_) | Said::Nothing => {}
            }
        }
        let watcher = waiting.map_or("what watches its files", |(name, _)| name);
        self.with_output(crashed(unit, watcher), id).await
    }
}

pub(super) fn crashed(unit: &Unit, watcher: &str) -> Problem {
    let name = &unit.name;
    Problem::new(&kinds::CRASHED_WHILE_WATCHED, format!("`{name}` has crashed before it was ready"))
        .why(format!("its program ended, and {watcher} waits for a change of its files before it starts it again"))
        .fix("mend what the last lines say; it starts again by itself, and devenv up waits for it again")
        .fix(format!("devenv logs {name}        # everything that it said"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_change_is_known_by_its_line() {
        for (line, name) in [
            ("Failed running 'server.js'. Waiting for file changes before restarting...", "node --watch"),
            ("\u{1b}[31m[nodemon] app crashed - waiting for file changes before starting...\u{1b}[39m", "nodemon"),
            ("[Finished running. Exit status: 101]", "cargo watch"),
            ("Process SpawnProcess-1:", "uvicorn --reload"),
            ("Exception in thread django-main-thread:", "Django's development server"),
            ("dotnet watch \u{23f3} Waiting for a file to change before restarting dotnet...", "dotnet watch"),
        ] {
            assert_eq!(said(line), Said::Waits(name), "{line}");
        }
        assert_eq!(said("[1] [nodemon] app crashed - waiting"), Said::OneOfSeveralWaits("nodemon"));
        assert_eq!(said("web | Failed running 'a.js'"), Said::OneOfSeveralWaits("node --watch"));
        for line in ["Restarting 'server.js'", "[nodemon] starting `node server.js`", "[Running 'cargo run']"] {
            assert_eq!(said(line), Said::StartsAnew, "{line}");
        }
        for line in ["", "listening", "the job said: Failed running 'x'", "[Finished running]"] {
            assert_eq!(said(line), Said::Nothing, "{line}");
        }
    }

    #[test]
    fn the_last_word_of_what_watches_an_app_counts() {
        let now = |lines: &[&str]| now(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
        let crashed = "[nodemon] app crashed - waiting for file changes before starting...";
        assert_eq!(now(&["listening", "Error: terminated", crashed]), Now::Waits("nodemon"));
        assert_eq!(now(&[crashed, "[nodemon] restarting due to changes...", "listening"]), Now::StartsAnew);
        assert_eq!(now(&["[nodemon] starting `node .`", crashed, "a parting word"]), Now::Waits("nodemon"));
        assert_eq!(now(&["listening"]), Now::Unknown);
    }
}
