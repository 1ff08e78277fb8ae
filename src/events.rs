//! What can happen while a plan is carried out: the only language between doing and showing.
//!
//! The serialised form is a public contract (`--json`, one event a line, documented in the README): fields are added, never
//! renamed or removed. It can be read as well: whoever starts a command of ours goes on with what it tells.

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::Kind;
use crate::names::{Name, Port};
use crate::problem::{Place, Problem, ProblemKind, kinds};

/// One thing that happened, with the time since the command began.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timed {
    #[serde(flatten)]
    pub event: Event,
    /// Milliseconds since the command began.
    pub t_ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// What is going to be done; `steps` is 0 when everything is as wanted.
    Plan {
        project: Name,
        steps: usize,
    },
    /// A service or app has come to another state.
    State {
        name: Name,
        kind: Kind,
        state: State,
        /// Why it has to be done: `new`, `env changed`. Empty where it goes without saying.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        because: String,
    },
    /// Bytes of a download so far; `total` grows while more becomes known, and is 0 until then.
    Download {
        name: Name,
        what: String,
        done: u64,
        total: u64,
    },
    /// Another port than the wanted one had to be leased.
    Port {
        name: Name,
        wanted: Port,
        leased: Port,
        because: String,
    },
    /// A setup step of an app begins, ends, or is left out.
    Setup {
        name: Name,
        step: String,
        state: StepState,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        because: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        elapsed_ms: Option<u64>,
    },
    /// A check of the smoke test begins or ends.
    Check {
        /// Its place in the manifest, from 1.
        number: usize,
        /// As it is written: `http ${api.url}/healthz`.
        check: String,
        state: StepState,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        because: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        elapsed_ms: Option<u64>,
        /// The end of what it printed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        output: Vec<String>,
    },
    /// A time was held against the budget.
    Budget {
        /// Its key: `cold`, `warm`, `noop`, `apps.api`.
        budget: String,
        elapsed_ms: u64,
        /// What the budget allows; more is too much.
        most_ms: u64,
    },
    /// A line of output of a service, an app or a step.
    Log {
        name: Name,
        stream: Stream,
        line: String,
    },
    /// Something worth knowing that stops nothing.
    Note {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        text: String,
    },
    Problem(ProblemReport),
    /// Files were saved while somebody watches; what is done about it follows.
    Watch {
        /// Relative to the repo's root, with `/`; at most ten.
        files: Vec<String>,
        /// The services and apps that are started again; none where it is not known yet.
        names: Vec<Name>,
    },
    /// The last event of every command that brings something up or down.
    Done {
        ok: bool,
        elapsed_ms: u64,
        project: Name,
        services: Vec<ServiceReport>,
    },
}

impl Event {
    /// With `redact` applied to every text that may repeat what a program said.
    pub fn redacted(mut self, redact: impl Fn(&str) -> String) -> Self {
        match &mut self {
            Self::Log { line: text, .. } | Self::Note { text, .. } | Self::State { because: text, .. } => {
                *text = redact(text);
            }
            Self::Setup { step, because, .. } => {
                *step = redact(step);
                *because = redact(because);
            }
            Self::Check { check, because, output, .. } => {
                [check, because].into_iter().chain(output).for_each(|text| *text = redact(text));
            }
            Self::Problem(report) => {
                let single = [&mut report.what, &mut report.why].into_iter();
                let all = single.chain(&mut report.fixes).chain(&mut report.output).chain(&mut report.details);
                all.for_each(|text| *text = redact(text));
            }
            Self::Plan { .. }
            | Self::Budget { .. }
            | Self::Download { .. }
            | Self::Port { .. }
            | Self::Watch { .. }
            | Self::Done { .. } => {}
        }
        self
    }
}

/// Why something was not even started: what it needs has failed.
pub fn because_of(need: &Name) -> String {
    format!("needs `{need}`, which failed")
}

/// What a unit was not started for the lack of.
pub fn failed_need(because: &str) -> Option<&str> {
    because.strip_prefix("needs `")?.strip_suffix("`, which failed")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Waiting,
    Downloading,
    Building,
    Creating,
    Starting,
    /// Running, not yet ready.
    Running,
    Ready,
    Stopping,
    Stopped,
    Removed,
    Failed,
    /// A job that ended with success.
    Completed,
}

impl State {
    /// Nothing more comes of its own accord.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Ready | Self::Stopped | Self::Removed | Self::Failed | Self::Completed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    Running,
    Done,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// A service or app in the `services` array of `done` and of `devenv status --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceReport {
    pub name: Name,
    pub kind: Kind,
    pub state: State,
    pub ready: bool,
    /// Where a person on this computer reaches it; never holds a password.
    pub url: Option<String>,
    pub host: Option<String>,
    pub port: Option<Port>,
    pub version: Option<String>,
    /// It starts only when it is named or needed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemReport {
    #[serde(rename = "id", deserialize_with = "known_kind")]
    pub kind: &'static ProblemKind,
    pub what: String,
    pub why: String,
    pub fixes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
    /// Raw words of the engine or the system: for `--verbose` on a terminal, not part of the contract.
    #[serde(skip)]
    pub details: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceReport {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// A kind by its id, as one that this version knows.
fn known_kind<'de, D: Deserializer<'de>>(from: D) -> Result<&'static ProblemKind, D::Error> {
    let id = String::deserialize(from)?;
    kinds::all()
        .find(|kind| kind.id == id)
        .ok_or_else(|| serde::de::Error::custom(format!("no problem is called {id}")))
}

impl From<&Place> for PlaceReport {
    fn from(place: &Place) -> Self {
        Self { file: place.file.clone(), line: place.line, column: place.column }
    }
}

impl From<&Problem> for ProblemReport {
    fn from(problem: &Problem) -> Self {
        Self {
            kind: problem.kind,
            what: problem.what.clone(),
            why: problem.why.clone(),
            fixes: problem.fixes.clone(),
            place: problem.place.as_ref().map(PlaceReport::from),
            output: problem.output.clone(),
            details: problem.details.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_can_be_read_again() {
        let name = Name::parse("db").unwrap();
        let problem = Problem::new(&kinds::PORT_TAKEN, "`db` cannot use port 5432").why("node").fix("stop it");
        let service = ServiceReport {
            name: name.clone(),
            kind: Kind::Service,
            state: State::Ready,
            ready: true,
            url: None,
            host: Some("127.0.0.1".into()),
            port: Port::new(5432),
            version: None,
            optional: false,
        };
        let (kind, because) = (Kind::Service, String::new());
        let events = [
            Event::State { name: name.clone(), kind, state: State::Starting, because },
            Event::Download { name: name.clone(), what: "postgres 17".into(), done: 1, total: 2 },
            Event::Log { name: name.clone(), stream: Stream::Stderr, line: "x".into() },
            Event::Problem(ProblemReport::from(&problem)),
            Event::Done { ok: true, elapsed_ms: 7, project: name, services: vec![service] },
        ];
        for event in events {
            let told = serde_json::to_string(&Timed { event, t_ms: 3 }).unwrap();
            let read: Timed = serde_json::from_str(&told).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), told);
        }
        assert!(serde_json::from_str::<Timed>(r#"{"event":"problem","id":"no-such","t_ms":1}"#).is_err());
    }
}
