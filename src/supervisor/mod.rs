//! Apps that run on this computer itself: one supervising process each, which outlives the command that starts it.
//!
//! One method is one verb, as it is for the engine; nothing here decides what ought to happen. An app is alive as long as its
//! supervisor holds the lock beside its record, which no kill and no other process with the same number can fake.

mod attached;
mod output;
mod policy;
mod problems;
mod process;
mod record;

use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

pub use attached::run_attached;
pub use process::{NOT_FOUND, attend, supervise};

use crate::engine::{Condition, LogLine, LogOptions};
use crate::host::{self, End, Listener};
use crate::model::{Fingerprint, Kind, Unit};
use crate::names::{EnvironmentId, Name, Port};
use crate::plan::observed::{FoundState, FoundUnit, Role};
use crate::problem::Problem;
use crate::state::Folders;
use record::{MARK, Order, Place, Record, RunState};

/// The hidden command that is a supervisor.
pub const COMMAND: &str = "supervise";
/// Its option for a step that ends with whoever ordered it.
pub const ATTACHED: &str = "--attached";

/// What the ids of host apps begin with; the engine has none of this form.
const PREFIX: &str = "host:";
/// A supervisor has started its app within this, or it never will.
const START_LIMIT: Duration = Duration::from_secs(15);
/// What a supervisor needs beyond its app's own grace.
const STOP_EXTRA: Duration = Duration::from_secs(8);
/// A supervisor says who it is within this after it has begun.
const HOLDER_LIMIT: Duration = Duration::from_secs(2);
/// What was orphaned has this long to end by itself.
const ORPHAN_GRACE: Duration = Duration::from_secs(2);

/// What was mended of an app since it was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crashes {
    pub times: u32,
    /// How the last run ended that did.
    pub code: i64,
    /// RFC 3339.
    pub last_at: String,
}

/// The host apps of one environment.
#[derive(Debug, Clone)]
pub struct Supervisor {
    folder: PathBuf,
}

impl Supervisor {
    pub fn of(folders: &Folders, id: &EnvironmentId) -> Self {
        Self { folder: folders.environment(id).join("host") }
    }

    /// The id of a host app, in the place of the engine's.
    pub fn id(name: &Name) -> String {
        format!("{PREFIX}{name}")
    }

    /// Whether an id is one of these.
    pub fn has(id: &str) -> bool {
        id.starts_with(PREFIX)
    }

    fn place(&self, id: &str) -> Place {
        Place { folder: self.folder.join(id.strip_prefix(PREFIX).unwrap_or(id)) }
    }

    /// Every host app that was ever made and not removed, in the order of their names.
    pub fn observe(&self) -> Vec<FoundUnit> {
        let found = host::list_folder(&self.folder).into_iter().filter_map(|folder| {
            let name = Name::parse(folder.file_name()?.to_str()?).ok()?;
            let place = Place { folder };
            let record = place.record()?;
            let state = found_state(&record, place.is_alive());
            let (fingerprint, made_from) = (Fingerprint(record.fingerprint), record.made_from);
            Some(FoundUnit { id: Self::id(&name), name, role: Role::Main, fingerprint, made_from, state })
        });
        found.collect()
    }

    /// How an app is doing; `None` = there is none of this id.
    pub fn condition(&self, id: &str) -> Option<Condition> {
        let place = self.place(id);
        let record = place.record()?;
        let state = found_state(&record, place.is_alive());
        let running = state == FoundState::Running;
        Some(Condition {
            running,
            exit_code: if let FoundState::Ended(code) = state { code } else { record.code },
            out_of_memory: false,
            started_at: record.started_at,
            ended_before: if running { record.ended_at } else { String::new() },
            error: String::new(),
        })
    }

    /// Makes a place for an app without starting it; answers its id.
    ///
    /// # Errors
    /// One of this name runs, whose record would be lost, or the state folder can't be written to.
    pub fn create(&self, unit: &Unit) -> Result<String, Problem> {
        let id = Self::id(&unit.name);
        if self.place(&id).is_alive() {
            return Err(problems::runs_already(&unit.name));
        }
        let (fingerprint, made_from) = (unit.fingerprint.0.clone(), unit.made_from.clone());
        let record = Record { fingerprint, made_from, ..Record::default() };
        self.place(&id).write(&record).map_err(unwritable)?;
        Ok(id)
    }

    /// Starts an app in place of what may run of it.
    ///
    /// # Errors
    /// It could not be started at all; what ends right after has been started.
    pub async fn start(&self, unit: &Unit) -> Result<(), Problem> {
        let id = Self::id(&unit.name);
        self.stop(&id).await?;
        let place = self.place(&id);
        let order = order(unit)?;
        let not_started = |why: String| problems::not_started(&unit.name, why);
        let text = serde_json::to_string(&order).map_err(|error| not_started(error.to_string()))?;
        let arguments = [OsStr::new(COMMAND), place.folder.as_os_str()];
        host::clear_holder(&place.lock());
        let mut child = host::spawn_self(&arguments, Stdio::null()).map_err(|error| not_started(error.to_string()))?;
        let input = child.stdin.take().map(|mut input| writeln!(input, "{text}"));
        let said = match child.stdout.take().map(OwnedFd::from).map(process::receiver) {
            Some(Ok(pipe)) => {
                let mut line = String::new();
                let read = timeout(START_LIMIT, BufReader::new(pipe).read_line(&mut line)).await;
                if matches!(read, Ok(Ok(_))) { line } else { String::new() }
            }
            _ => String::new(),
        };
        match (input, said.trim()) {
            (Some(Ok(())), "started") => Ok(()),
            (_, "") => Err(not_started("its supervisor ended before it had begun".to_owned())),
            (_, why) => Err(not_started(why.trim_start_matches("failed: ").to_owned())),
        }
    }

    /// Says that an app has become ready: from now on a crash is mended.
    pub fn settle(&self, id: &str) {
        let place = self.place(id);
        if let Some(record) = place.record().filter(|record| !place.is_settled(&record.run_id)) {
            place.settle(&record.run_id);
        }
    }

    /// How often an app that is looked after was started again by itself; `None` = never.
    pub fn crashes(&self, id: &str) -> Option<Crashes> {
        let place = self.place(id);
        let record = place.record().filter(|record| record.restarts > 0 && place.is_alive())?;
        Some(Crashes { times: record.restarts, code: record.code, last_at: record.ended_at })
    }

    /// Whether an app has a supervisor, which it keeps while it is about to be started again.
    pub fn is_attended(&self, id: &str) -> bool {
        self.place(id).is_alive()
    }

    /// Who answers on a port where an app should.
    pub fn listener(&self, id: &str, port: Port) -> Listener {
        let own = host::held_by(&self.place(id).lock()).map(host::descendants).unwrap_or_default();
        host::listener(port, &own)
    }

    /// Comes back when an app and its supervisor have ended.
    pub async fn ended(&self, id: &str) {
        host::released(&self.place(id).lock()).await;
    }

    /// Stops an app with everything it started. What is stopped or gone is success.
    ///
    /// # Errors
    /// It does not end, whatever is tried.
    pub async fn stop(&self, id: &str) -> Result<(), Problem> {
        let place = self.place(id);
        if let Some(supervisor) = holder(&place).await {
            host::end(supervisor, End::Politely);
            let limit = Duration::from_secs(10) + STOP_EXTRA;
            if timeout(limit, self.ended(id)).await.is_err() {
                host::end(supervisor, End::AtOnce);
                if timeout(STOP_EXTRA, self.ended(id)).await.is_err() {
                    return Err(problems::stuck(supervisor));
                }
            }
        }
        self.end_orphans(id).await;
        Ok(())
    }

    /// Ends what a killed supervisor has left behind.
    pub async fn end_orphans(&self, id: &str) {
        let place = self.place(id);
        let lost = |record: &Record| matches!(record.state, RunState::Running | RunState::Pausing);
        let Some(mut record) = place.record().filter(lost) else { return };
        if place.is_alive() {
            return;
        }
        let began = tokio::time::Instant::now();
        loop {
            let orphans = host::started_with(MARK, &record.run_id);
            if orphans.is_empty() || began.elapsed() > ORPHAN_GRACE * 3 {
                break;
            }
            let how = if began.elapsed() < ORPHAN_GRACE { End::Politely } else { End::AtOnce };
            orphans.into_iter().for_each(|orphan| host::end(orphan, how));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        record.state = RunState::Ended;
        record.code = 137;
        // Not written down, it is only looked for again.
        let _ = place.write(&record);
    }

    /// The same for every app of the environment.
    pub async fn end_all_orphans(&self) {
        for unit in self.observe() {
            self.end_orphans(&unit.id).await;
        }
    }

    /// Stops an app and forgets it, its output included.
    ///
    /// # Errors
    /// It does not end, or the state folder can't be written to.
    pub async fn remove(&self, id: &str) -> Result<(), Problem> {
        self.stop(id).await?;
        host::remove_folder(&self.place(id).folder).map_err(unwritable)
    }

    /// Stops everything of the environment that runs on this computer itself; what was made stays to be started again.
    ///
    /// # Errors
    /// The first that does not end.
    pub async fn stop_all(&self) -> Result<(), Problem> {
        for unit in self.observe() {
            self.stop(&unit.id).await?;
        }
        Ok(())
    }

    /// Stops and forgets everything of the environment that runs on this computer itself.
    ///
    /// # Errors
    /// The first that does not end.
    pub async fn remove_all(&self) -> Result<(), Problem> {
        for unit in self.observe() {
            self.remove(&unit.id).await?;
        }
        Ok(())
    }

    /// The lines that an app has printed, each with its time, in order.
    pub fn logs(&self, id: &str, options: LogOptions) -> impl Stream<Item = LogLine> + use<> {
        output::lines(&self.place(id).folder, options)
    }

    /// The last lines that an app printed since its last start, oldest first.
    pub async fn last_lines(&self, id: &str, number: u32) -> Vec<String> {
        let Some(condition) = self.condition(id) else { return Vec::new() };
        let options = LogOptions { tail: Some(number), ..LogOptions::default() };
        let lines = self.logs(id, options).filter(|line| std::future::ready(line.is_of_last_run(&condition)));
        lines.map(|line| line.text).collect().await
    }
}

/// Who looks after an app now. The record may still tell of another one, whose number somebody else may have by now.
async fn holder(place: &Place) -> Option<u32> {
    let began = tokio::time::Instant::now();
    while place.is_alive() {
        if let Some(pid) = host::held_by(&place.lock()) {
            return Some(pid);
        }
        if began.elapsed() > HOLDER_LIMIT {
            return place.record().map(|record| record.supervisor);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    None
}

fn found_state(record: &Record, alive: bool) -> FoundState {
    match record.state {
        RunState::Created => FoundState::Created,
        RunState::Running if alive => FoundState::Running,
        // Its supervisor was killed.
        RunState::Running => FoundState::Ended(137),
        RunState::Pausing | RunState::Ended => FoundState::Ended(record.code),
    }
}

fn order(unit: &Unit) -> Result<Order, Problem> {
    Ok(Order {
        command: unit.command.clone().unwrap_or_default(),
        env: unit.env.iter().map(|(key, value)| (key.clone(), value.reveal().to_owned())).collect(),
        folder: unit.workdir.clone().unwrap_or_default(),
        grace_ms: u64::try_from(unit.stop.grace.as_millis()).unwrap_or(u64::MAX),
        run_id: run_id()?,
        fingerprint: unit.fingerprint.0.clone(),
        made_from: unit.made_from.clone(),
        may_restart: unit.kind != Kind::Job,
    })
}

fn run_id() -> Result<String, Problem> {
    let bytes = host::random::<12>().map_err(|error| unwritable(std::io::Error::other(error)))?;
    Ok(crate::words::hex(&bytes))
}

fn unwritable(error: std::io::Error) -> Problem {
    Problem::unwritable("devenv cannot write down what it needs to remember", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a process to be ended, and one to be left alone")]
    fn sleeper() -> std::process::Child {
        std::process::Command::new("sleep").arg("600").spawn().unwrap()
    }

    #[tokio::test]
    async fn who_is_stopped_is_who_holds_the_lock_and_not_who_the_record_tells_of() {
        let home = tempfile::tempdir().unwrap();
        let supervisor = Supervisor { folder: home.path().to_owned() };
        let id = Supervisor::id(&Name::parse("api").unwrap());
        let place = supervisor.place(&id);
        let (mut holds, mut innocent) = (sleeper(), sleeper());
        let record = Record { supervisor: innocent.id(), state: RunState::Ended, ..Record::default() };
        place.write(&record).unwrap();
        let lock = host::open_lock(&place.lock()).unwrap();
        lock.lock().unwrap();
        std::io::Write::write_all(&mut &lock, holds.id().to_string().as_bytes()).unwrap();
        let ends = std::thread::spawn(move || {
            holds.wait().unwrap();
            drop(lock);
        });
        supervisor.stop(&id).await.unwrap();
        ends.join().unwrap();
        assert!(innocent.try_wait().unwrap().is_none(), "somebody else was ended");
        innocent.kill().unwrap();
        innocent.wait().unwrap();
    }
}
