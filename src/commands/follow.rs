//! Follows what services and apps print, also when they are started again or replaced, and tells when one ends.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::SelectAll;
use futures_util::{Stream, StreamExt};

use crate::engine::{Engine, Fault, Follow, LogLine, LogOptions, Turn, TurnKind};
use crate::execute::Runner;
use crate::host;
use crate::names::{EnvironmentId, Name};
use crate::supervisor::Supervisor;

/// What happened to what is followed.
pub enum Followed {
    Line(Name, LogLine),
    Began(Name),
    Ended {
        name: Name,
        /// The engine's id.
        id: String,
    },
    /// The engine tells no more.
    Lost,
}

/// From where on lines are told.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// After the line with this time; empty = from the first.
    After(&'a str),
    /// Since 1970.
    At { seconds: u64 },
}

/// The engine notes a start a moment after what was started may have printed something.
const LATE_MS: i64 = 500;

/// How often a host app without a supervisor is looked at: nothing tells of a new one.
const LOOK: Duration = Duration::from_millis(250);

type Pieces = Pin<Box<dyn Stream<Item = Piece>>>;

enum Piece {
    Line(String, LogLine),
    End(String),
}

/// One stream of everything.
pub struct Follower {
    engine: Engine,
    supervisor: Supervisor,
    /// The engine tells no more.
    is_deaf: bool,
    /// `None` = everything.
    names: Option<BTreeSet<Name>>,
    pieces: SelectAll<Pieces>,
    turns: Pin<Box<dyn Stream<Item = Result<Turn, Fault>>>>,
    /// The same for host apps.
    host_turns: SelectAll<Pin<Box<dyn Stream<Item = Turn>>>>,
    units: BTreeMap<String, Unit>,
}

/// What is known of one that is followed, by the engine's id.
struct Unit {
    name: Name,
    /// The time of its last line that was told.
    seen: String,
    is_read: bool,
    /// Milliseconds since 1970; what was printed before is nobody's concern.
    not_before: Option<i64>,
    /// It began again while its lines were still being read.
    again: bool,
}

impl Follower {
    /// Follows these, or everything, of an environment; what begins after `since`, in seconds from 1970, is told from its
    /// beginning.
    pub fn new(
        (engine, supervisor): (&Engine, &Supervisor),
        id: &EnvironmentId,
        (names, since): (Option<BTreeSet<Name>>, u64),
    ) -> Self {
        let turns = Box::pin(engine.watch_turns(id, i64::try_from(since).unwrap_or_default()));
        Self {
            engine: engine.clone(),
            supervisor: supervisor.clone(),
            is_deaf: false,
            names,
            pieces: SelectAll::new(),
            turns,
            host_turns: SelectAll::new(),
            units: BTreeMap::new(),
        }
    }

    /// Follows something that is there already, under the engine's id.
    pub fn add(&mut self, (name, id): (&Name, &str), start: Start) {
        let (seen, not_before) = match start {
            Start::After(time) => (time.to_owned(), None),
            Start::At { seconds } => (String::new(), i64::try_from(seconds * 1000).ok()),
        };
        self.units.insert(id.to_owned(), Unit { name: name.clone(), seen, not_before, is_read: true, again: false });
        self.read(id);
        if Supervisor::has(id) {
            self.host_turns.push(Box::pin(host_turns(self.supervisor.clone(), name.clone())));
        }
    }

    /// Follows host apps, whether they run or not, each once; what they printed before `since`, in seconds from 1970, is left out.
    pub fn add_host_apps(&mut self, names: &[Name], since: u64) {
        for name in names {
            let id = Supervisor::id(name);
            if self.is_followed(name) && !self.units.contains_key(&id) {
                self.add((name, &id), Start::At { seconds: since });
            }
        }
    }

    /// Reads what comes after what was seen.
    fn read(&mut self, id: &str) {
        let Some(unit) = self.units.get(id) else { return };
        let (seen, not_before) = (unit.seen.clone(), unit.not_before);
        let seconds = host::unix_seconds(&seen).max(not_before.map(|at| at.div_euclid(1000)));
        let runner = Runner { engine: &self.engine, supervisor: &self.supervisor };
        let lines = runner.logs(id, LogOptions { follow: Follow::Yes, tail: None, since: seconds });
        let own = id.to_owned();
        let fresh = lines.filter_map(move |line| {
            // The engine takes whole seconds; a stream that breaks off ends.
            let is_fresh = |line: &LogLine| {
                let Some(time) = &line.time else { return true };
                *time > seen && not_before.is_none_or(|at| host::unix_millis(time).is_none_or(|time| time >= at))
            };
            std::future::ready(line.ok().filter(is_fresh).map(|line| Piece::Line(own.clone(), line)))
        });
        let end = futures_util::stream::iter([Piece::End(id.to_owned())]);
        self.pieces.push(Box::pin(fresh.chain(end)));
    }

    /// What happens next.
    pub async fn next(&mut self) -> Followed {
        loop {
            tokio::select! {
                biased;
                Some(piece) = self.pieces.next() => match piece {
                    Piece::Line(id, line) => {
                        let Some(unit) = self.units.get_mut(&id) else { continue };
                        unit.seen = line.time.clone().unwrap_or_default();
                        return Followed::Line(unit.name.clone(), line);
                    }
                    Piece::End(id) => self.end_of_lines(&id),
                },
                turn = self.turns.next(), if !self.is_deaf => match turn {
                    Some(Ok(turn)) if self.is_followed(&turn.name) => return self.on(turn),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => {
                        self.is_deaf = true;
                        return Followed::Lost;
                    }
                },
                Some(turn) = self.host_turns.next() => return self.on(turn),
                else => return std::future::pending().await,
            }
        }
    }

    fn is_followed(&self, name: &Name) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(name))
    }

    fn on(&mut self, turn: Turn) -> Followed {
        let Turn { name, id, kind, at_ms } = turn;
        if kind == TurnKind::Ended {
            return Followed::Ended { name, id };
        }
        match self.units.get_mut(&id) {
            // Its output is read on and on, whatever becomes of it.
            Some(_) if Supervisor::has(&id) => {}
            Some(unit) if unit.is_read => unit.again = true,
            Some(unit) => {
                unit.is_read = true;
                self.read(&id);
            }
            None => {
                let unit = Unit {
                    name: name.clone(),
                    seen: String::new(),
                    not_before: Some(at_ms - LATE_MS),
                    is_read: true,
                    again: false,
                };
                self.units.insert(id.clone(), unit);
                self.read(&id);
            }
        }
        Followed::Began(name)
    }

    fn end_of_lines(&mut self, id: &str) {
        let Some(unit) = self.units.get_mut(id) else { return };
        unit.is_read = std::mem::take(&mut unit.again);
        if unit.is_read {
            self.read(id);
        }
    }
}

/// Every time that a host app gets a supervisor, and that the supervisor ends: while it lives, a crash is mended by it.
fn host_turns(supervisor: Supervisor, name: Name) -> impl Stream<Item = Turn> {
    let id = Supervisor::id(&name);
    let attended = supervisor.is_attended(&id);
    futures_util::stream::unfold(attended, move |attended| {
        let (supervisor, name, id) = (supervisor.clone(), name.clone(), id.clone());
        async move {
            if attended {
                supervisor.ended(&id).await;
            }
            while !attended && !supervisor.is_attended(&id) {
                tokio::time::sleep(LOOK).await;
            }
            let kind = if attended { TurnKind::Ended } else { TurnKind::Began };
            let at_ms = i64::try_from(host::now_millis()).unwrap_or_default();
            Some((Turn { name, id, kind, at_ms }, !attended))
        }
    })
}
