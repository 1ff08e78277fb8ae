//! One line of the journal: its schema, which `docs/figures.md` documents, and how a line of any origin is read.
//!
//! Fields are added within a version, never renamed or given another meaning; whatever breaks that raises [`VERSION`].

use serde::{Deserialize, Serialize};

/// The version of the schema that is written.
pub const VERSION: u32 = 1;

/// Commands that change an environment, so that it shows when they are killed.
const BEGINNING: [&str; 7] = ["up", "dev", "down", "restart", "reset", "ci", "db"];

/// What a line tells of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A command that changes an environment has begun; its end follows unless it was killed.
    Began,
    /// A command has ended.
    #[default]
    Command,
    /// `devenv mark`.
    Mark,
    /// An answer to the question of `devenv feedback`.
    Feedback,
    /// Something that a later version tells of.
    #[serde(other)]
    Other,
}

/// One line. Texts are words of ours, pseudonyms, or names that stand in `dev.yaml`; none of them ever needs an escape in JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Line<'a> {
    /// The version of the schema.
    pub v: u32,
    #[serde(default)]
    pub what: What,
    /// Milliseconds since 1970 when it began.
    pub at: u64,
    /// Minutes by which this computer's clock was ahead of UTC.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zone: i32,
    /// Whose it is: a number drawn once for each user of a computer.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub by: &'a str,
    /// Which repo: made from its origin, so that it is the same for everybody, or drawn for one without. Empty outside of any.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub repo: &'a str,
    /// What the repo is called, by the `name` in `dev.yaml` or its origin; empty where neither says it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub name: &'a str,
    /// Ties `began` and `command` of one run together; with the person it tells this line from all others of its kind.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub run: &'a str,
    /// `up`, `db`, `status`…; of a mark: `deploy` or `feature`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub command: &'a str,
    /// How long it took, in milliseconds by a clock that never goes backwards.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ms: u64,
    /// The exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// After how many milliseconds everything was ready; missing where it never was, or nothing was to become ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_ms: Option<u64>,
    /// `cold`, `warm` or `noop`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub how: &'a str,
    /// Ids of the problems that were told, each once.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<&'a str>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitLine<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepLine<'a>>,
    /// Seconds since the checkout was cloned; only of the first run of a checkout that came to ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_clone_s: Option<u64>,
    /// From 1 (badly) to 5 (very well).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// It ran in CI.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ci: bool,
    /// The version of devenv.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub devenv: &'a str,
}

/// A service or app in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLine<'a> {
    pub name: &'a str,
    #[serde(default)]
    pub kind: &'a str,
    /// Other units that it could not go on without; missing where an earlier version wrote the line.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<&'a str>>,
    /// The states it came to, each with the milliseconds since the command began.
    #[serde(borrow, default)]
    pub states: Vec<(&'a str, u64)>,
}

/// A setup step in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine<'a> {
    /// Of which app.
    pub of: &'a str,
    /// Which one of its app, the first being 1.
    pub number: u32,
    /// The words of the command that are known to everybody: `npm ci`; else `command`.
    pub name: &'a str,
    /// Milliseconds since the command began.
    pub from: u64,
    pub to: u64,
    pub ok: bool,
}

/// What a line turned out to be.
#[expect(clippy::large_enum_variant, reason = "made a million times and taken apart at once: a box would cost more")]
#[derive(Debug, PartialEq)]
pub enum Read<'a> {
    Line(Line<'a>),
    /// Of a later version than this program understands.
    Newer,
    /// Torn by a crash or a full disk, or not ours.
    Damaged,
    Empty,
}

/// Reads one line, whatever stands in it.
pub fn read(text: &[u8]) -> Read<'_> {
    if text.iter().all(u8::is_ascii_whitespace) {
        return Read::Empty;
    }
    // Looked at once as a whole, texts need not be one by one.
    let Ok(text) = std::str::from_utf8(text) else { return Read::Damaged };
    match serde_json::from_str::<Line<'_>>(text) {
        Ok(line) if line.v > VERSION => Read::Newer,
        Ok(line) => Read::Line(line),
        Err(_) => match serde_json::from_str::<Versioned>(text) {
            Ok(other) if other.v > VERSION => Read::Newer,
            _ => Read::Damaged,
        },
    }
}

#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

impl Line<'_> {
    /// As it is written: one line with its end.
    pub fn written(&self) -> String {
        // Plain data with texts for keys: there is nothing that could fail.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// When it began, by the clock on the wall of who wrote it.
    pub fn local(&self) -> i64 {
        i64::try_from(self.at).unwrap_or(i64::MAX / 2) + i64::from(self.zone.clamp(-24 * 60, 24 * 60)) * 60_000
    }

    /// Whether everything that was asked for came to ready.
    pub fn came_to_ready(&self) -> bool {
        self.ready_ms.is_some()
    }

    /// Whether it brings an environment up, so that people wait for it.
    pub fn brings_up(&self) -> bool {
        self.what == What::Command && ["up", "dev", "restart", "reset"].contains(&self.command)
    }

    /// Whether it tells what each service and app did when, of which there is a timeline.
    pub fn has_timeline(&self) -> bool {
        let is_of_ci = self.what == What::Command && self.command == "ci";
        (self.brings_up() || is_of_ci) && !self.units.is_empty()
    }

    /// Whether the beginning of a command is written down as well, in a line of its own.
    pub fn begins(command: &str) -> bool {
        BEGINNING.contains(&command)
    }

    /// Whether it ended with a problem that keeps a person from working: neither a typing error nor an interruption.
    pub fn kept_from_working(&self) -> bool {
        !self.came_to_ready() && self.exit.is_some_and(|exit| ![0, 2, 130].contains(&exit))
    }
}

impl UnitLine<'_> {
    /// When it left waiting for good and when it had come to what it should be, in milliseconds since the command began.
    pub fn span(&self) -> Option<(u64, u64)> {
        let last = self.states.iter().rposition(|(state, _)| ["ready", "completed", "failed"].contains(state))?;
        let waited = self.states[..last].iter().rposition(|(state, _)| *state == "waiting");
        let (began, ended) = (self.states[waited.map_or(0, |at| at + 1)].1, self.states[last].1);
        Some((began, ended.max(began)))
    }

    /// Whether it came to ready or, a job, to its end.
    pub fn came_to_ready(&self) -> bool {
        self.states.last().is_some_and(|(state, _)| ["ready", "completed"].contains(state))
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let unit = UnitLine {
            name: "db",
            kind: "service",
            needs: Some(Vec::new()),
            states: vec![("waiting", 0), ("starting", 5), ("ready", 90)],
        };
        let line = Line {
            v: VERSION,
            at: 1_795_377_600_000,
            zone: -90,
            by: "a1",
            repo: "0f",
            command: "up",
            ms: 100,
            exit: Some(0),
            ready_ms: Some(99),
            how: "warm",
            problems: vec!["port-taken"],
            units: vec![unit],
            steps: vec![StepLine { of: "api", number: 1, name: "npm ci", from: 1, to: 4, ok: true }],
            ..Line::default()
        };
        let text = line.written();
        assert!(text.ends_with("}\n") && text.matches('\n').count() == 1);
        assert_eq!(read(text.trim_end().as_bytes()), Read::Line(line.clone()));
        assert_eq!(line.units[0].span(), Some((5, 90)));
        // It was made early, and then waited for another one.
        let states = vec![("waiting", 0), ("creating", 5), ("waiting", 9), ("starting", 60), ("ready", 90)];
        assert_eq!(UnitLine { states, ..UnitLine::default() }.span(), Some((60, 90)));
        assert_eq!(UnitLine { states: vec![("failed", 3)], ..UnitLine::default() }.span(), Some((3, 3)));
    }

    #[test]
    fn what_is_torn_newer_or_foreign_is_told_apart() {
        let whole = Line { v: 1, at: 7, command: "up", ..Line::default() }.written();
        assert_eq!(read(&whole.as_bytes()[..whole.len() / 2]), Read::Damaged);
        assert_eq!(read(br#"{"v":2,"at":"monday","what":["x"]}"#), Read::Newer);
        assert_eq!(read(br#"{"v":2,"at":3}"#), Read::Newer);
        assert_eq!(read(b"  "), Read::Empty);
        assert_eq!(read(b"\xff\xfe"), Read::Damaged);
        assert_eq!(read(b"[]"), Read::Damaged);
        let other = read(br#"{"v":1,"at":3,"what":"something-later","added":{"x":1}}"#);
        assert!(matches!(other, Read::Line(Line { what: What::Other, at: 3, .. })), "{other:?}");
    }
}
