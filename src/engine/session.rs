//! A command inside that somebody talks to: it tells its process first, so that signals can follow it and nothing of it goes
//! on when nobody is there any more.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::terminal::{CommandSpec, Input, Piped, RunningCommand};
use super::{Engine, Fault, FaultKind};

type Output = Pin<Box<dyn Stream<Item = Result<Piped, Fault>> + Send>>;

/// A command that runs for somebody.
pub struct Session {
    /// The engine's id of the command.
    pub id: String,
    pub output: Output,
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
    /// Its process as seen inside; `None` where no shell is there to tell.
    pub process: Option<u32>,
}

/// What came of opening a session.
pub enum Opened {
    Session(Session),
    /// There is no such program inside.
    NoSuchCommand,
}

/// Passes words on to a small command beside a session, which sends them as signals. Whatever becomes of this process: when
/// the line breaks, the session's command is ended.
pub struct Lifeline {
    input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// How long a command without a greeting may say nothing until it is looked at.
const QUIET: Duration = Duration::from_millis(200);

impl Engine {
    /// Starts a command inside, behind a greeting of its own that never reaches anybody. `prepare` goes before it in the shell.
    ///
    /// # Errors
    /// [`FaultKind::NotRunning`] among others.
    pub async fn open_session(
        &self,
        id: &str,
        spec: &CommandSpec,
        (prepare, mark): (&str, &str),
    ) -> Result<Opened, Fault> {
        let greeting = CommandSpec { command: behind_greeting(spec, prepare, mark), ..spec.clone() };
        let RunningCommand { id: command, mut output, input } = self.start_command(id, &greeting).await?;
        let mut listener = Listener::new(mark);
        while let Some(piece) = output.next().await {
            match listener.hear(&piece?) {
                Heard::More => {}
                Heard::Missing => return Ok(Opened::NoSuchCommand),
                Heard::Process { process, rest } => {
                    let rest = futures_util::stream::iter(rest.into_iter().map(Ok));
                    let output = Box::pin(rest.chain(output));
                    return Ok(Opened::Session(Session { id: command, output, input, process: Some(process) }));
                }
            }
        }
        let said = listener.into_text();
        if said.is_empty() {
            // Neither a greeting nor a reason: it was ended, or the engine was.
            self.command_result(&command).await?;
            return Err(Fault { kind: FaultKind::NotRunning, message: String::new() });
        }
        if is_missing(&said) { self.open_without_shell(id, spec).await } else { Err(Fault::from_text(said)) }
    }

    /// For what has no shell in it: nothing can follow the command there.
    async fn open_without_shell(&self, id: &str, spec: &CommandSpec) -> Result<Opened, Fault> {
        let RunningCommand { id: command, mut output, input } = self.start_command(id, spec).await?;
        // A command may say nothing for long: it runs as soon as it has a process, and there is no reason of the engine's to come.
        let first = loop {
            match tokio::time::timeout(QUIET, output.next()).await {
                Ok(first) => break first.transpose()?,
                Err(_) if self.has_process(&command).await? => break None,
                Err(_) => {}
            }
        };
        let said = first.as_ref().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).unwrap_or_default();
        if said.starts_with(RUNTIME) && self.command_result(&command).await? != 0 {
            return if is_missing(&said) { Ok(Opened::NoSuchCommand) } else { Err(Fault::from_text(said)) };
        }
        let output = Box::pin(futures_util::stream::iter(first.map(Ok)).chain(output));
        Ok(Opened::Session(Session { id: command, output, input, process: None }))
    }

    /// Starts what signals to a session's command go through.
    ///
    /// # Errors
    /// The engine's.
    pub async fn follow_session(&self, id: &str, spec: &CommandSpec, process: u32) -> Result<Lifeline, Fault> {
        // As the last word: the end of this process, or its wish that nothing goes on.
        let script = format!(
            "while read -r word; do [ \"$word\" = done ] && exit; kill -\"$word\" -{process} || kill -\"$word\" {process}; done\n\
             for word in HUP TERM KILL; do kill -$word -{process} || exit; sleep 2; done"
        );
        let spec = CommandSpec {
            command: ["sh", "-c", &script].map(str::to_owned).to_vec(),
            user: spec.user.clone(),
            input: Input::Open,
            ..Default::default()
        };
        let RunningCommand { input, .. } = self.start_command(id, &spec).await?;
        Ok(Lifeline { input })
    }
}

impl Lifeline {
    /// Sends a signal, by its name without `SIG`.
    pub async fn signal(&mut self, name: &str) {
        self.say(name).await;
    }

    /// The command has ended: there is nothing to look after.
    pub async fn done(mut self) {
        self.say("done").await;
        let _ = self.input.shutdown().await;
    }

    async fn say(&mut self, word: &str) {
        let _ = self.input.write_all(format!("{word}\n").as_bytes()).await;
        let _ = self.input.flush().await;
    }
}

/// How the engine's runtime begins when it can't start a command; it comes as if the command had printed it.
const RUNTIME: &str = "OCI runtime exec failed";

fn is_missing(said: &str) -> bool {
    let lower = said.to_lowercase();
    said.starts_with(RUNTIME) && (lower.contains("executable file not found") || lower.contains("no such file"))
}

/// A shell that tells its process, then becomes the command.
fn behind_greeting(spec: &CommandSpec, prepare: &str, mark: &str) -> Vec<String> {
    // Engines before 25 know the size only after the start, when the command may have asked for it already.
    let size = spec
        .terminal
        .map_or_else(String::new, |(rows, columns)| format!("stty rows {rows} cols {columns} 2>/dev/null; "));
    let script = format!(
        "{prepare}if command -v -- \"$1\" >/dev/null 2>&1; then {size}printf %s '{mark}'\"$$;\" >&2; exec \"$@\"; fi\n\
         printf %s '{mark};' >&2; exit 127"
    );
    ["sh", "-c", &script, "sh"].into_iter().map(str::to_owned).chain(spec.command.iter().cloned()).collect()
}

/// Takes the greeting out of what a command prints. Pure.
struct Listener<'a> {
    mark: &'a str,
    heard: BytesMut,
    /// On the other stream, before the greeting.
    aside: Vec<Piped>,
}

#[derive(Debug, PartialEq, Eq)]
enum Heard {
    More,
    /// What came along with the greeting belongs to the command.
    Process {
        process: u32,
        rest: Vec<Piped>,
    },
    Missing,
}

impl<'a> Listener<'a> {
    fn new(mark: &'a str) -> Self {
        Self { mark, heard: BytesMut::new(), aside: Vec::new() }
    }

    fn hear(&mut self, piece: &Piped) -> Heard {
        // With a terminal there is one stream, which counts as standard output.
        let fits = |heard: &[u8]| self.mark.as_bytes().iter().zip(heard).all(|(mark, byte)| mark == byte);
        if self.heard.is_empty() && !fits(&piece.bytes) || !fits(&self.heard) {
            self.aside.push(piece.clone());
            return Heard::More;
        }
        self.heard.extend_from_slice(&piece.bytes);
        let Some(end) = self.heard.iter().position(|byte| *byte == b';').filter(|end| *end >= self.mark.len()) else {
            return Heard::More;
        };
        let Ok(process) = String::from_utf8_lossy(&self.heard[self.mark.len()..end]).parse() else {
            return Heard::Missing;
        };
        self.heard.advance(end + 1);
        let rest = Piped { stream: piece.stream, bytes: Bytes::from(std::mem::take(&mut self.heard)) };
        let rest = self.aside.drain(..).chain([rest]).filter(|piece| !piece.bytes.is_empty()).collect();
        Heard::Process { process, rest }
    }

    /// What was said instead of a greeting.
    fn into_text(self) -> String {
        self.aside.iter().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Stream as Source;

    fn piece(stream: Source, text: &'static str) -> Piped {
        Piped { stream, bytes: Bytes::from_static(text.as_bytes()) }
    }

    #[test]
    fn the_greeting_is_taken_out_and_all_else_is_the_commands() {
        let mut listener = Listener::new("m4rk+");
        assert_eq!(listener.hear(&piece(Source::Stdout, "early")), Heard::More);
        assert_eq!(listener.hear(&piece(Source::Stderr, "m4r")), Heard::More);
        let heard = listener.hear(&piece(Source::Stderr, "k+17;oops"));
        let rest = vec![piece(Source::Stdout, "early"), piece(Source::Stderr, "oops")];
        assert_eq!(heard, Heard::Process { process: 17, rest });
    }

    #[test]
    fn a_missing_command_and_a_refusal_are_told_apart() {
        assert_eq!(Listener::new("m+").hear(&piece(Source::Stdout, "m+;")), Heard::Missing);
        let mut listener = Listener::new("m+");
        assert_eq!(listener.hear(&piece(Source::Stdout, "OCI runtime exec failed: ")), Heard::More);
        assert_eq!(listener.hear(&piece(Source::Stdout, "exec: \"sh\": executable file not found")), Heard::More);
        assert!(is_missing(&listener.into_text()));
    }
}
