//! Does what a visitor wants with the environment: by the very command that a person would type, whose events are passed on.
//!
//! A process of its own keeps the page quick whatever the command does, and a command that fails in any way takes nothing with it.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::mpsc::UnboundedSender;

use crate::events::Timed;
use crate::host::{self, End};
use crate::names::Name;

/// A command on its way.
pub struct Action {
    process: u32,
}

/// What a command tells, by its number.
pub struct Told {
    pub id: u64,
    pub what: What,
}

pub enum What {
    Event(Box<Timed>),
    /// It has ended, with this code; `None` = by a signal.
    Ended(Option<i32>),
}

impl Action {
    /// Starts a command on these services and apps of a repo.
    ///
    /// # Errors
    /// This program is no longer where it was.
    pub fn start(
        (verb, names): (&str, &[Name]),
        root: &Path,
        id: u64,
        tell: UnboundedSender<Told>,
    ) -> std::io::Result<Self> {
        let head = [OsStr::new("-C"), root.as_os_str(), OsStr::new("--json"), OsStr::new(verb)];
        let arguments: Vec<&OsStr> =
            head.into_iter().chain(names.iter().map(|name| OsStr::new(name.as_str()))).collect();
        let mut child = host::spawn_self(&arguments, Stdio::null())?;
        // It is asked nothing, and asks nothing.
        drop(child.stdin.take());
        let output = child.stdout.take().map(OwnedFd::from).ok_or(std::io::ErrorKind::BrokenPipe)?;
        let mut lines = BufReader::new(pipe::Receiver::from_owned_fd(output)?).lines();
        let process = child.id();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(event) = serde_json::from_str(&line) {
                    let _ = tell.send(Told { id, what: What::Event(Box::new(event)) });
                }
            }
            // Its output has ended, so it has too, or is about to.
            let status = tokio::task::spawn_blocking(move || child.wait()).await;
            let code = status.ok().and_then(Result::ok).and_then(|status| status.code());
            let _ = tell.send(Told { id, what: What::Ended(code) });
        });
        Ok(Self { process })
    }

    /// Asks it to end; what it has begun stays as it is.
    pub fn cancel(&self) {
        host::end(self.process, End::Politely);
    }
}
