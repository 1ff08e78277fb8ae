//! The supervisor itself: a process that outlives the terminal, looks after one app or step, and takes everything with it that
//! this started.
//!
//! ```text
//! devenv up ──order through a pipe──▶ supervisor ──starts──▶ sh -c RUN   (a process group of its own)
//!           ◀──"started"─────────────     │ holds the lock, writes the record and the output
//! devenv down ──SIGTERM──────────────▶    │ ends the group and whatever else is left of it, then itself
//! ```

use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

use super::output::{LogFiles, Piece, Splitter};
use super::policy::{Policy, Run, Verdict};
use super::record::{MARK, Order, Place, Record, RunState};
use crate::events::Stream;
use crate::host::{self, End, Output, Program};

/// Between two looks at whether everything has ended, where no signal tells.
const LOOK: Duration = Duration::from_millis(50);
/// What is told to end at once does so within this, or never.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// The rest of the output of what has ended arrives within this, or somebody else holds its end.
const LAST_OUTPUT: Duration = Duration::from_secs(2);
/// As shells say it: what to run was not found.
pub const NOT_FOUND: i64 = 127;

/// What wakes the supervisor.
struct Signals {
    end: Signal,
    child: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        // Heard and ignored: it outlives the terminal, and whoever reads what it says.
        for kind in [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::quit(), SignalKind::pipe()] {
            let mut ignored = signal(kind)?;
            tokio::spawn(async move { while ignored.recv().await.is_some() {} });
        }
        Ok(Self { end: signal(SignalKind::terminate())?, child: signal(SignalKind::child())? })
    }
}

/// How one run of the app ended.
enum Ending {
    /// By itself, with this code.
    Own(i64),
    /// It was told to.
    Told,
}

/// Looks after an app until it has ended for good; `folder` is where its record is.
///
/// # Errors
/// Nothing could be started; it was told through standard output already.
pub async fn supervise(folder: &Path) -> anyhow::Result<i64> {
    host::begin_session();
    let mut signals = Signals::listen()?;
    let place = Place::from(folder);
    let order = read_order(&mut standard_input()?).await?;
    host::create_folder(folder)?;
    host::hold(&place.lock())?;
    let before = place.record().unwrap_or_default();
    let record = Record {
        fingerprint: order.fingerprint.clone(),
        made_from: order.made_from.clone(),
        run_id: order.run_id.clone(),
        supervisor: std::process::id(),
        ended_at: before.ended_at,
        ..Record::default()
    };
    let files = Arc::new(Mutex::new(LogFiles::open(folder)?));
    let mut keeper = Keeper { place, order, record, files };
    let code = keeper.keep(&mut signals).await?;
    Ok(code)
}

struct Keeper {
    place: Place,
    order: Order,
    record: Record,
    files: Arc<Mutex<LogFiles>>,
}

impl Keeper {
    async fn keep(&mut self, signals: &mut Signals) -> anyhow::Result<i64> {
        let mut policy = Policy::new(self.order.restarts());
        let began = Instant::now();
        loop {
            let run_began = Instant::now();
            let mut child = match start(&self.order, Output::Piped) {
                Ok(child) => child,
                Err(error) => return self.not_started(&error),
            };
            self.note(RunState::Running)?;
            if self.record.restarts == 0 {
                tell("started");
            }
            let readers = self.read_output(&mut child);
            let ending = wait(&child, signals).await;
            finish(child.id(), self.grace(), signals).await;
            drain(readers).await;
            let (code, told) = match ending {
                Ending::Own(code) => (code, false),
                Ending::Told => (143, true),
            };
            self.record.code = code;
            let settled = self.place.is_settled(&self.order.run_id);
            let run = Run { code, settled, lasted: run_began.elapsed() };
            let Verdict::AgainAfter(pause) = policy.ended(run, began.elapsed()) else { return self.over(code) };
            if told {
                return self.over(code);
            }
            self.note(RunState::Pausing)?;
            let text = format!("devenv: ended with {code}, starts again in {} s", pause.as_secs());
            self.write(&text);
            tokio::select! {
                () = sleep(pause) => self.record.restarts += 1,
                _ = signals.end.recv() => return self.over(code),
            }
        }
    }

    fn not_started(&mut self, error: &std::io::Error) -> anyhow::Result<i64> {
        self.record.code = NOT_FOUND;
        self.write(&format!("devenv: {error}"));
        tell(&format!("failed: {error}"));
        self.over(NOT_FOUND)
    }

    fn over(&mut self, code: i64) -> anyhow::Result<i64> {
        self.note(RunState::Ended)?;
        Ok(code)
    }

    fn note(&mut self, state: RunState) -> std::io::Result<()> {
        self.record.state = state;
        match state {
            RunState::Running => self.record.started_at = host::now_as_text(),
            RunState::Pausing | RunState::Ended => self.record.ended_at = host::now_as_text(),
            RunState::Created => {}
        }
        self.place.write(&self.record)
    }

    fn write(&self, line: &str) {
        if let Ok(mut files) = self.files.lock() {
            files.write(Stream::Stderr, &[Piece::line(line)]);
        }
    }

    fn grace(&self) -> Duration {
        Duration::from_millis(self.order.grace_ms)
    }

    fn read_output(&self, child: &mut Child) -> Vec<JoinHandle<()>> {
        let out = child.stdout.take().map(|it| (Stream::Stdout, OwnedFd::from(it)));
        let err = child.stderr.take().map(|it| (Stream::Stderr, OwnedFd::from(it)));
        let open = out.into_iter().chain(err).filter_map(|(stream, pipe)| Some((stream, receiver(pipe).ok()?)));
        open.map(|(stream, pipe)| {
            let files = self.files.clone();
            tokio::spawn(copy(pipe, move |lines| {
                if let Ok(mut files) = files.lock() {
                    files.write(stream, lines);
                }
            }))
        })
        .collect()
    }
}

/// Looks after a setup step for as long as whoever ordered it lives: its output goes where that of this process goes, and the
/// end of the input ends it.
///
/// # Errors
/// There is no order, or nothing could be started.
pub async fn attend() -> anyhow::Result<i64> {
    host::begin_session();
    let mut signals = Signals::listen()?;
    let mut input = standard_input()?;
    let order = read_order(&mut input).await?;
    let child = start(&order, Output::Shared)?;
    let grace = Duration::from_millis(order.grace_ms);
    let mut rest = Vec::new();
    let ending = tokio::select! {
        ending = wait(&child, &mut signals) => ending,
        _ = input.read_to_end(&mut rest) => Ending::Told,
    };
    finish(child.id(), grace, &mut signals).await;
    Ok(match ending {
        Ending::Own(code) => code,
        Ending::Told => 143,
    })
}

fn start(order: &Order, output: Output) -> std::io::Result<Child> {
    let mut env = order.env.clone();
    env.push((MARK.to_owned(), order.run_id.clone()));
    host::spawn_group(&Program { command: &order.command, env: &env, folder: &order.folder }, output)
}

/// Until the child has ended, or everything is told to.
async fn wait(child: &Child, signals: &mut Signals) -> Ending {
    loop {
        if let Some((_, code)) = host::reap().into_iter().find(|(pid, _)| *pid == child.id()) {
            return Ending::Own(code);
        }
        tokio::select! {
            _ = signals.child.recv() => {}
            _ = signals.end.recv() => return Ending::Told,
        }
    }
}

/// Ends whatever is left: politely, with this much time, then at once.
async fn finish(group: u32, grace: Duration, signals: &mut Signals) {
    for (how, limit) in [(End::Politely, grace), (End::AtOnce, LAST_LOOK)] {
        let over = Instant::now() + limit;
        host::reap();
        while host::has_children(group) {
            host::end_children(group, how);
            if how == End::Politely {
                wait_for_all(group, over, signals).await;
            } else {
                let _ = timeout_at(Instant::now() + LOOK, signals.child.recv()).await;
                host::reap();
            }
            if Instant::now() >= over {
                break;
            }
        }
    }
}

/// Told once is enough: a program that hears it twice may take it for impatience.
async fn wait_for_all(group: u32, over: Instant, signals: &mut Signals) {
    while Instant::now() < over {
        let _ = timeout_at(over.min(Instant::now() + LOOK), signals.child.recv()).await;
        host::reap();
        if !host::has_children(group) {
            return;
        }
    }
}

async fn drain(readers: Vec<JoinHandle<()>>) {
    let over = Instant::now() + LAST_OUTPUT;
    for reader in readers {
        let abort = reader.abort_handle();
        if timeout_at(over, reader).await.is_err() {
            abort.abort();
        }
    }
}

/// Reads a pipe to its end, as lines.
pub(super) async fn copy(mut pipe: Receiver, mut each: impl FnMut(&[Piece])) {
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(number @ 1..) = pipe.read(&mut buffer).await {
        each(&splitter.push(&buffer[..number]));
    }
    each(&splitter.finish());
}

pub(super) fn receiver(pipe: OwnedFd) -> std::io::Result<Receiver> {
    Receiver::from_owned_fd(pipe)
}

fn standard_input() -> std::io::Result<BufReader<Receiver>> {
    let pipe = std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned()?;
    Ok(BufReader::new(receiver(pipe)?))
}

async fn read_order(input: &mut BufReader<Receiver>) -> anyhow::Result<Order> {
    let mut line = String::new();
    input.read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}

/// Says one line to whoever started this process, who may have gone away.
fn tell(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
