//! Attends a command inside until it ends: bytes, signals and the size of the terminal go through, and nothing of ours is
//! added to its output.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::engine::{CommandSpec, Engine, Fault, Opened, Session};
use crate::events::Stream;
use crate::host::{self, RawTerminal};

/// How an attended command came to its end.
pub enum Ended {
    /// With this code.
    Code(i64),
    NoSuchCommand,
    /// This signal came, which nothing inside can pass on: it runs on.
    GoesOn(&'static str),
    /// Its output could not be written to where it belongs, for another reason than that nobody reads it.
    OutputLost(std::io::Error),
}

/// A command that ends sooner need not be looked after; a longer one is ended when this process is.
const LOOKED_AFTER: Duration = Duration::from_millis(400);
/// Who has been asked to end and goes on this long is ended.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same, where nobody reads its output any more.
const UNREAD_PATIENCE: Duration = Duration::from_secs(1);

/// Runs a command and passes everything through. `prepare` goes before it in the shell.
///
/// # Errors
/// It could not be started, its output could not be written, or the engine went away.
pub async fn attend(engine: &Engine, unit: &str, spec: &CommandSpec, prepare: &str) -> anyhow::Result<Ended> {
    let mark = format!("devenv-{}:", crate::words::hex(&host::random::<8>()?));
    // From now on: a signal that comes while the command is being started must reach it as well.
    let mut signals = host::end_signals();
    let mut resized = host::resizes();
    let opened = engine.open_session(unit, spec, (prepare, &mark)).await.map_err(Refused)?;
    let Opened::Session(Session { id, output, input, process }) = opened else { return Ok(Ended::NoSuchCommand) };
    // Given back when it goes out of scope, whatever happens.
    let _raw = spec.terminal.map(|_| RawTerminal::enter());
    let (tell, told) = unbounded_channel();
    let mut output = std::pin::pin!(pass_output(output, tell.clone()));
    let mut input = std::pin::pin!(pass_input(input));
    let mut look_after = std::pin::pin!(look_after(engine, (unit, spec), process, told));
    let (mut open, mut looking) = (true, true);
    let lost;
    loop {
        tokio::select! {
            result = &mut output => {
                lost = result.map_err(Refused)?;
                break;
            }
            () = &mut input, if open => open = false,
            () = &mut look_after, if looking => looking = false,
            name = signals.next() => {
                if process.is_none() {
                    return Ok(Ended::GoesOn(name));
                }
                let _ = tell.send(Word::Signal(name));
            }
            () = resized.next(), if spec.terminal.is_some() => {
                if let Some((rows, columns)) = host::terminal_size() {
                    engine.resize_command(&id, rows, columns).await;
                }
            }
        }
    }
    let code = engine.command_result(&id).await.map_err(Refused)?;
    let _ = tell.send(Word::Done);
    if looking {
        look_after.await;
    }
    Ok(lost.map_or(Ended::Code(code), Ended::OutputLost))
}

/// The engine's fault as an error, for those who know what was being done.
#[derive(Debug)]
pub struct Refused(pub Fault);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Refused {}

/// What is said to who looks after the command.
enum Word {
    Signal(&'static str),
    /// Nobody reads its output any more.
    Unread,
    Done,
}

/// Standard input, until it ends or the command takes no more.
async fn pass_input(mut to: impl AsyncWrite + Unpin) {
    let mut stdin = tokio::io::stdin();
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(number @ 1..) = stdin.read(&mut buffer).await {
        if to.write_all(&buffer[..number]).await.is_err() {
            return;
        }
        let _ = to.flush().await;
    }
    let _ = to.shutdown().await;
}

/// Bytes as they are, to where they belong; comes back when there are no more, with why some of them were lost.
async fn pass_output(
    mut from: impl futures_util::Stream<Item = Result<crate::engine::Piped, Fault>> + Unpin,
    tell: UnboundedSender<Word>,
) -> Result<Option<std::io::Error>, Fault> {
    let (mut stdout, mut stderr) = (tokio::io::stdout(), tokio::io::stderr());
    let (mut is_read, mut lost) = (true, None);
    while let Some(piece) = from.next().await {
        let piece = piece?;
        let written = match piece.stream {
            Stream::Stdout if is_read => write(&mut stdout, &piece.bytes).await,
            Stream::Stdout => Ok(()),
            // Who closes this wants to hear no complaints.
            Stream::Stderr => write(&mut stderr, &piece.bytes).await.or(Ok(())),
        };
        if let Err(error) = written {
            is_read = false;
            lost = Some(error).filter(|error| error.kind() != std::io::ErrorKind::BrokenPipe);
            let _ = tell.send(Word::Unread);
        }
    }
    Ok(lost)
}

async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<()> {
    to.write_all(bytes).await?;
    to.flush().await
}

/// Sends signals on, and sees to it that nothing goes on inside when this process is killed or nobody reads any more.
async fn look_after(
    engine: &Engine,
    (unit, spec): (&str, &CommandSpec),
    process: Option<u32>,
    mut told: UnboundedReceiver<Word>,
) {
    let Some(process) = process else { return };
    let mut first = match tokio::time::timeout(LOOKED_AFTER, told.recv()).await {
        Ok(Some(Word::Done) | None) => return,
        Ok(word) => word,
        Err(_) => None,
    };
    let Ok(mut lifeline) = engine.follow_session(unit, spec, process).await else { return };
    let mut patience: Option<Instant> = None;
    loop {
        let word = match (first.take(), patience) {
            (Some(word), _) => Some(word),
            (None, None) => told.recv().await,
            // Dropped, it ends the command by itself.
            (None, Some(until)) => match tokio::time::timeout_at(until, told.recv()).await {
                Ok(word) => word,
                Err(_) => return,
            },
        };
        match word {
            Some(Word::Signal(name)) => {
                lifeline.signal(name).await;
                if name != "INT" {
                    patience.get_or_insert(Instant::now() + PATIENCE);
                }
            }
            Some(Word::Unread) => {
                lifeline.signal("PIPE").await;
                patience = Some(Instant::now() + UNREAD_PATIENCE);
            }
            Some(Word::Done) | None => return lifeline.done().await,
        }
    }
}
