//! What the command is doing that changes an environment, for whoever looks meanwhile: `devenv status` in another terminal.
//!
//! It counts only while that very command holds the environment's lock, so that a killed one leaves nothing that is believed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::lock::{Holder, holder};
use super::{Folders, read_json};
use crate::events::{Event, State, StepState};
use crate::host;
use crate::names::{EnvironmentId, Name};

/// What is being done with a service or an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    pub state: State,
    /// The setup step that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// What has not come to its end yet, by name.
pub type Doings = BTreeMap<Name, Doing>;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Written {
    pid: u32,
    doings: Doings,
}

/// Who changes an environment at the moment, and what is done with which part of it.
#[derive(Debug)]
pub struct AtWork {
    pub holder: Holder,
    pub doings: Doings,
}

/// Who is at work on an environment; `None` = nobody.
pub fn at_work(folders: &Folders, id: &EnvironmentId) -> Option<AtWork> {
    let holder = holder(folders, id)?;
    let Written { pid, doings } = read_json(&path(folders, id));
    let is_of_it = holder.command.ends_with(&format!("(pid {pid})"));
    Some(AtWork { holder, doings: if is_of_it { doings } else { Doings::new() } })
}

/// Writes down what a command is doing, as long as it lives.
#[derive(Debug)]
pub struct WorkLog {
    path: PathBuf,
    doings: RefCell<Doings>,
}

impl WorkLog {
    /// Begins with nothing: what a killed command left would be believed again of another one with the same process id.
    pub fn new(folders: &Folders, id: &EnvironmentId) -> Self {
        let path = path(folders, id);
        host::remove_file(&path);
        Self { path, doings: RefCell::default() }
    }

    /// Takes in what is told and passes it on; `hide` leaves secrets out of what is written. The disk is touched only when that is
    /// news; who can't write still does the work.
    pub fn heard(&self, event: Event, hide: impl Fn(&str) -> String) -> Event {
        let mut doings = self.doings.borrow_mut();
        if take_in(&mut doings, &event, hide) {
            let written = Written { pid: std::process::id(), doings: doings.clone() };
            let _ = serde_json::to_vec(&written).map(|text| host::write_file(&self.path, &text));
        }
        event
    }
}

impl Drop for WorkLog {
    fn drop(&mut self) {
        host::remove_file(&self.path);
    }
}

/// Answers whether that changed anything.
fn take_in(doings: &mut Doings, event: &Event, hide: impl Fn(&str) -> String) -> bool {
    let (name, now) = match event {
        // What is as wanted is asked once more, and never was at work.
        Event::State { name, state, .. } if state.is_end() => return doings.remove(name).is_some(),
        Event::State { name, state, .. } => (name, Doing { state: *state, step: None }),
        Event::Setup { name, step, state, .. } => {
            let before = doings.get(name).map_or(State::Waiting, |doing| doing.state);
            (name, Doing { state: before, step: (*state == StepState::Running).then(|| hide(step)) })
        }
        _ => return false,
    };
    doings.insert(name.clone(), now.clone()) != Some(now)
}

fn path(folders: &Folders, id: &EnvironmentId) -> PathBuf {
    folders.environment(id).join("at_work.json")
}

#[cfg(test)]
mod tests {
    use super::super::lock::{Attempt, EnvironmentLock};
    use super::*;
    use crate::model::Kind;

    #[test]
    fn who_looks_meanwhile_knows_what_is_done_until_it_is_over() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| place.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("x") };
        let id = EnvironmentId::of_checkout(place.path());
        let name = Name::parse("api").unwrap();
        let state = |state| Event::State { name: name.clone(), kind: Kind::App, state, because: String::new() };
        let step = |state| Event::Setup {
            name: name.clone(),
            step: "npm ci".into(),
            state,
            because: String::new(),
            elapsed_ms: None,
        };
        assert!(at_work(&folders, &id).is_none());
        let Attempt::Taken(lock) = EnvironmentLock::attempt(&folders, &id, "up").unwrap() else { panic!("held") };
        let log = WorkLog::new(&folders, &id);
        let now = |event: Event| {
            log.heard(event, str::to_owned);
            at_work(&folders, &id).unwrap().doings.get(&name).cloned()
        };
        let doing = |state, step: Option<&str>| Some(Doing { state, step: step.map(str::to_owned) });
        assert_eq!(now(state(State::Ready)), None);
        assert_eq!(now(state(State::Downloading)), doing(State::Downloading, None));
        assert_eq!(now(step(StepState::Running)), doing(State::Downloading, Some("npm ci")));
        assert_eq!(now(step(StepState::Done)), doing(State::Downloading, None));
        assert_eq!(now(state(State::Ready)), None);
        now(state(State::Starting));
        let next = WorkLog::new(&folders, &id);
        assert!(at_work(&folders, &id).unwrap().doings.is_empty(), "of a killed one that had the same process id");
        drop(next);
        now(state(State::Stopping));
        assert_eq!(at_work(&folders, &id).unwrap().doings.len(), 1);
        drop(lock);
        assert!(at_work(&folders, &id).is_none(), "what a killed command has left counts no more");
        let Attempt::Taken(_lock) = EnvironmentLock::attempt(&folders, &id, "down").unwrap() else { panic!("held") };
        drop(log);
        assert!(at_work(&folders, &id).unwrap().doings.is_empty());
    }
}
