//! `devenv exec`.

use std::io::{IsTerminal, Write};

use clap::Args;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::context::Context;
use super::facts::Purpose;
use super::{Failure, name};
use crate::engine::{CommandSpec, Doing, Engine, Fault, Input, Piped, RunningCommand};
use crate::events::Stream;
use crate::host::RawTerminal;
use crate::model::Unit;
use crate::model::resolve::{path_prefix, resolve};
use crate::plan::observed::{FoundState, Role};
use crate::problem::{Exit, Problem};

/// Run a command inside a service or an app.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv exec api -- npm test\n  devenv exec db -- psql -U app app")]
pub struct Arguments {
    /// The service or app to run it in.
    #[arg(value_name = "NAME")]
    name: String,
    /// The command and its arguments.
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let names = name::known(std::slice::from_ref(&arguments.name), &manifest)?;
    let engine = context.engine()?;
    let found = engine.observe(&identity.id).await?;
    let running = found
        .units
        .iter()
        .find(|one| names.contains(&one.name) && one.role == Role::Main && one.state == FoundState::Running);
    let running = running.ok_or_else(|| {
        Problem::new("not-running", format!("`{}` is not running", arguments.name))
            .fix(format!("devenv up {}", arguments.name))
    })?;
    let (facts, _) = context.facts(&manifest, &identity, &Purpose::Look)?;
    let project = resolve(&manifest, &identity, &facts)?;
    let spec = spec(project.unit(&running.name), &arguments.command);
    let code = attend(&engine, &running.id, &spec).await.map_err(|fault| {
        fault.problem(&Doing::Run { unit: arguments.name.clone(), command: arguments.command.join(" ") })
    })?;
    Ok(exit_with(code))
}

/// The command as the unit's own user, in its folder, with its toolchain's programs in reach.
fn spec(unit: Option<&Unit>, command: &[String]) -> CommandSpec {
    let prefix = unit.map(path_prefix).unwrap_or_default();
    let command = if prefix.is_empty() {
        command.to_vec()
    } else {
        let script = format!("{prefix}exec \"$@\"");
        ["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()].into_iter().chain(command.iter().cloned()).collect()
    };
    let both = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    CommandSpec {
        command,
        user: unit.and_then(|unit| unit.user).map(|(uid, gid)| format!("{uid}:{gid}")),
        workdir: unit.and_then(|unit| unit.workdir.as_ref()).map(|path| path.display().to_string()),
        env: Vec::new(),
        terminal: if both { crate::host::terminal_size() } else { None },
        input: Input::Open,
    }
}

/// Passes everything through until the command ends; answers its exit code.
async fn attend(engine: &Engine, id: &str, spec: &CommandSpec) -> Result<i64, Fault> {
    let RunningCommand { id: command, mut output, mut input } = engine.start_command(id, spec).await?;
    // Given back when it goes out of scope, whatever happens.
    let _raw = spec.terminal.map(|_| RawTerminal::enter());
    let mut stdin = tokio::io::stdin();
    let mut buffer = vec![0; 16 * 1024];
    let mut open = true;
    let mut resized = crate::host::resizes();
    loop {
        tokio::select! {
            piece = output.next() => match piece {
                Some(piece) => write(&piece?),
                None => return engine.command_result(&command).await,
            },
            read = stdin.read(&mut buffer), if open => match read {
                Ok(number) if number > 0 => open = input.write_all(&buffer[..number]).await.is_ok(),
                _ => {
                    open = false;
                    let _ = input.shutdown().await;
                }
            },
            () = resized.next(), if spec.terminal.is_some() => {
                if let Some((rows, columns)) = crate::host::terminal_size() {
                    engine.resize_command(&command, rows, columns).await;
                }
            }
        }
    }
}

/// Bytes as they are: this is the command's output, not ours.
fn write(piece: &Piped) {
    // A reader that has gone away is no error; the command itself notices through its closed pipe.
    let _ = match piece.stream {
        Stream::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(&piece.bytes).and_then(|()| out.flush())
        }
        Stream::Stderr => std::io::stderr().lock().write_all(&piece.bytes),
    };
}

/// The command's own exit code becomes ours.
fn exit_with(code: i64) -> Exit {
    Exit::Passed(u8::try_from(code).unwrap_or(1))
}
