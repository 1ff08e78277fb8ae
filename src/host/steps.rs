//! Runs the commands of a repair, which the person has agreed to, and goes on as somebody with one more right.

#![expect(clippy::disallowed_methods, reason = "the person was shown these commands and agreed")]

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How a command ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stepped {
    /// `None` = it was ended by a signal.
    pub code: Option<i32>,
    /// The person pressed Ctrl-C.
    pub interrupted: bool,
    /// The last lines that it printed.
    pub tail: Vec<String>,
}

/// Enough to see why something failed.
const MOST_LINES: usize = 15;

/// Runs a command without input, telling each line of its output; what it leaves running in the background is not waited for.
///
/// # Errors
/// There is no such program.
pub fn run_telling(command: &[String], mut tell: impl FnMut(&str)) -> io::Result<Stepped> {
    /// How often it is looked whether it has ended while its output is held open by another one.
    const PAUSE: Duration = Duration::from_millis(50);
    /// What a program that has ended has left in its pipes is read within this time.
    const REST: Duration = Duration::from_millis(500);
    let mut child = prepare(command)?.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (send, lines) = channel();
    read_lines(child.stdout.take(), send.clone());
    read_lines(child.stderr.take(), send);
    let mut tail = VecDeque::new();
    let mut ended: Option<(std::process::ExitStatus, Instant)> = None;
    loop {
        match lines.recv_timeout(PAUSE) {
            Ok(line) => {
                tell(&line);
                if tail.len() == MOST_LINES {
                    tail.pop_front();
                }
                tail.push_back(line);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                ended = Some((child.wait()?, Instant::now()));
                break;
            }
        }
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (status, Instant::now()));
        }
        // One in the background may go on printing.
        if ended.is_some_and(|(_, at)| at.elapsed() > REST) {
            break;
        }
    }
    let status = ended.map(|(status, _)| status);
    let interrupt = rustix::process::Signal::INT.as_raw();
    let code = status.and_then(|status| status.code());
    let interrupted = status.and_then(|status| status.signal()) == Some(interrupt) || code == Some(128 + interrupt);
    Ok(Stepped { code, interrupted, tail: tail.into() })
}

/// Whether a command that asks nothing and prints nothing ends with success.
pub fn succeeds(command: &[String]) -> bool {
    let run = || prepare(command)?.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run().is_ok_and(|status| status.success())
}

/// Becomes a command, in place of this process; comes back only where that fails.
pub fn become_command(command: &[String], env: &[(&str, &str)]) -> io::Error {
    match prepare(command) {
        Ok(mut command) => command.envs(env.iter().copied()).exec(),
        Err(error) => error,
    }
}

/// This program with its arguments, as it was started; `None` = not in characters.
pub fn own_command() -> Option<Vec<String>> {
    let program = std::env::current_exe().ok()?.into_os_string();
    std::iter::once(program).chain(std::env::args_os().skip(1)).map(|word| word.into_string().ok()).collect()
}

fn prepare(command: &[String]) -> io::Result<Command> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// A thread reads, so that neither output can hold up the other.
fn read_lines(from: Option<impl Read + Send + 'static>, tell: Sender<String>) {
    let Some(from) = from else { return };
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while let Ok(1..) = from.read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if tell.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Stepped {
        run_telling(&["sh", "-c", line].map(str::to_owned), |_| {}).unwrap()
    }

    #[test]
    fn the_last_lines_and_the_code_come_back() {
        let stepped = run("seq 100; exit 3");
        assert_eq!((stepped.code, stepped.tail.len()), (Some(3), MOST_LINES));
        assert_eq!(stepped.tail.last().unwrap(), "100");
        assert_eq!(run("echo no >&2").tail, ["no"]);
    }

    #[test]
    fn what_stays_in_the_background_is_not_waited_for() {
        let began = Instant::now();
        assert_eq!(run("sleep 20 & echo begun").tail, ["begun"]);
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
