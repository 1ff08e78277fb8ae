//! Commands inside a running service or app: with a terminal, or with plain pipes.

use std::pin::Pin;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, ResizeExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::InspectContainerOptions;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::io::AsyncWrite;

use super::output::Splitter;
use super::{Engine, Fault, FaultKind, LogLine};
use crate::events::Stream as Source;

/// What to run, and how.
#[derive(Debug, Clone, Default)]
pub struct CommandSpec {
    pub command: Vec<String>,
    /// uid:gid or a name; `None` = that of the service or app.
    pub user: Option<String>,
    pub workdir: Option<String>,
    pub env: Vec<String>,
    /// Rows and columns of a terminal; `None` = pipes.
    pub terminal: Option<(u16, u16)>,
    pub input: Input,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Input {
    #[default]
    Closed,
    Open,
}

/// Bytes as they come, standard output and standard error apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piped {
    pub stream: Source,
    pub bytes: Bytes,
}

/// A command that runs.
pub struct RunningCommand {
    pub id: String,
    pub output: Pin<Box<dyn Stream<Item = Result<Piped, Fault>> + Send>>,
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
}

impl Engine {
    /// Starts a command inside.
    ///
    /// # Errors
    /// [`FaultKind::NotRunning`] among others.
    pub async fn start_command(&self, id: &str, spec: &CommandSpec) -> Result<RunningCommand, Fault> {
        let options = CreateExecOptions {
            attach_stdin: Some(spec.input == Input::Open),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(spec.terminal.is_some()),
            env: Some(spec.env.clone()),
            cmd: Some(spec.command.clone()),
            user: spec.user.clone(),
            working_dir: spec.workdir.clone(),
            ..Default::default()
        };
        let made = self.client.create_exec(id, options).await.map_err(|error| Fault::from_client(&error))?;
        let options = StartExecOptions { tty: spec.terminal.is_some(), ..Default::default() };
        let started =
            self.client.start_exec(&made.id, Some(options)).await.map_err(|error| Fault::from_client(&error))?;
        let StartExecResults::Attached { output, input } = started else {
            return Err(Fault { kind: FaultKind::Other, message: "the command ran detached".into() });
        };
        if let Some((rows, columns)) = spec.terminal {
            self.resize_command(&made.id, rows, columns).await;
        }
        Ok(RunningCommand { id: made.id, output: Box::pin(output.map(piece)), input })
    }

    /// Tells a command of a new size of its terminal. One that has ended already does not mind.
    pub async fn resize_command(&self, id: &str, rows: u16, columns: u16) {
        let _ = self.client.resize_exec(id, ResizeExecOptions { height: rows, width: columns }).await;
    }

    /// The exit code of a command whose output has ended; waits for one that goes on without output.
    ///
    /// # Errors
    /// [`FaultKind::Lost`] when the engine went away in the middle: the end of output alone proves nothing.
    pub async fn command_result(&self, id: &str) -> Result<i64, Fault> {
        const LONGEST_PAUSE: Duration = Duration::from_millis(200);
        let mut pause = Duration::from_millis(2);
        loop {
            let found = self.client.inspect_exec(id).await.map_err(|error| Fault::from_client(&error))?;
            match found.exit_code {
                Some(code) => return Ok(code),
                // The engine notes the end a moment after the output has ended.
                None if found.running == Some(true) => tokio::time::sleep(pause).await,
                None => return Err(Fault { kind: FaultKind::Lost, message: String::new() }),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether a command runs, and not only is about to.
    ///
    /// # Errors
    /// The engine's.
    pub async fn has_process(&self, id: &str) -> Result<bool, Fault> {
        let found = self.client.inspect_exec(id).await.map_err(|error| Fault::from_client(&error))?;
        Ok(found.running == Some(true) && found.pid.is_some_and(|process| process > 0))
    }

    /// Waits until no command inside runs any more that has this among its words, whoever started it.
    ///
    /// # Errors
    /// The engine's.
    pub async fn until_ended(&self, id: &str, word: &str) -> Result<(), Fault> {
        const PAUSE: Duration = Duration::from_millis(50);
        let look = || self.client.inspect_container(id, None::<InspectContainerOptions>);
        for command in look().await.map_err(|error| Fault::from_client(&error))?.exec_ids.unwrap_or_default() {
            loop {
                let found = match self.client.inspect_exec(&command).await.map_err(|error| Fault::from_client(&error)) {
                    Ok(found) => found,
                    // What the engine does not know any more has ended.
                    Err(fault) if fault.kind == FaultKind::NotFound => break,
                    Err(fault) => return Err(fault),
                };
                let words = found.process_config.and_then(|process| process.arguments).unwrap_or_default();
                if found.running != Some(true) || !words.iter().any(|one| one == word) {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Runs a command to its end without input, telling each line of its output; answers its exit code.
    ///
    /// # Errors
    /// The engine's; a command that fails is an exit code, not an error.
    pub async fn run_command(&self, id: &str, spec: &CommandSpec, mut line: impl FnMut(LogLine)) -> Result<i64, Fault> {
        let mut running = self.start_command(id, spec).await?;
        let mut splitter = Splitter::default();
        while let Some(piece) = running.output.next().await {
            splitter.push(piece?).into_iter().for_each(&mut line);
        }
        splitter.finish().into_iter().for_each(&mut line);
        self.command_result(&running.id).await
    }
}

/// What the client crate calls a piece of output, in our words.
pub(super) fn piece(output: Result<LogOutput, bollard::errors::Error>) -> Result<Piped, Fault> {
    let output = output.map_err(|error| Fault::from_client(&error))?;
    let stream = if matches!(output, LogOutput::StdErr { .. }) { Source::Stderr } else { Source::Stdout };
    Ok(Piped { stream, bytes: output.into_bytes() })
}
