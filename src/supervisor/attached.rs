//! Commands on this computer that end with the command that ordered them: setup steps, questions whether something is ready.

use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use super::output::Piece;
use super::process::{copy, receiver};
use super::record::Order;
use super::{ATTACHED, COMMAND, run_id};
use crate::engine::LogLine;
use crate::events::Stream;
use crate::host;
use crate::model::{Parts, Unit};
use crate::problem::{Problem, kinds};

/// What a step is given to end by itself when its time is over.
const GRACE: Duration = Duration::from_secs(2);

/// Runs a command as the app would, in its folder with its variables; answers its exit code. Whatever it started ends with it,
/// and it ends itself when this future is dropped or this process is gone.
///
/// # Errors
/// It could not be started.
pub async fn run_attached(unit: &Unit, run: &str, mut each: impl FnMut(LogLine)) -> Result<i64, Problem> {
    let failed = |why: String| {
        Problem::new(
            &kinds::HOST_COMMAND_FAILED,
            format!("a command of `{}` could not be run on this computer", unit.name),
        )
        .why(why)
        .fix("look at `path` of it in dev.yaml")
    };
    if let Some(folder) = unit.workdir.as_ref().filter(|folder| !host::is_folder(folder)) {
        return Err(failed(format!("its folder {} is not there any more", folder.display())));
    }
    let order = Order {
        command: ["sh", "-c", run].map(str::to_owned).to_vec(),
        env: unit.env.iter().map(|(key, value)| (key.clone(), value.reveal().to_owned())).collect(),
        folder: unit.workdir.clone().unwrap_or_default(),
        grace_ms: u64::try_from(GRACE.as_millis()).unwrap_or(0),
        run_id: run_id()?,
        fingerprint: String::new(),
        made_from: Parts::default(),
        may_restart: false,
    };
    let text = serde_json::to_string(&order).map_err(|error| failed(error.to_string()))?;
    let arguments = [OsStr::new(COMMAND), OsStr::new(ATTACHED)];
    let mut child = host::spawn_self(&arguments, Stdio::piped()).map_err(|error| failed(error.to_string()))?;
    // Open until we are done with it: its end is what tells the other side that nobody waits any more.
    let mut input = child.stdin.take();
    if let Some(input) = &mut input {
        writeln!(input, "{text}").map_err(|error| failed(error.to_string()))?;
    }
    let out = child.stdout.take().map(OwnedFd::from).map(receiver).transpose();
    let err = child.stderr.take().map(OwnedFd::from).map(receiver).transpose();
    let (out, err) = out.and_then(|out| Ok((out, err?))).map_err(|error| failed(error.to_string()))?;
    let each = std::cell::RefCell::new(&mut each);
    let tell = |stream: Stream| {
        let each = &each;
        move |lines: &[Piece]| {
            let mut each = each.borrow_mut();
            lines.iter().for_each(|line| {
                each(LogLine { stream, text: line.text.clone(), time: None, goes_on: line.goes_on });
            });
        }
    };
    let read = |pipe, stream| async move {
        if let Some(pipe) = pipe {
            copy(pipe, tell(stream)).await;
        }
    };
    futures_util::join!(read(out, Stream::Stdout), read(err, Stream::Stderr));
    // Both outputs have ended, so this comes at once.
    let status = tokio::task::spawn_blocking(move || child.wait()).await;
    drop(input);
    match status {
        Ok(Ok(status)) => Ok(status.code().map_or(137, i64::from)),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
