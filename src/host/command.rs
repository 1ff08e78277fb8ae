//! Runs a command of the person's own on this computer: only after the person agreed to it.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::processes::{End, end, started_with};

/// What came of a command.
#[derive(Clone, Default)]
pub struct Ended {
    /// `None` = it was ended by a signal, or by us because it took too long.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub took_too_long: bool,
}

/// The variable by which everything is found that a command has started.
const MARK: &str = "DEVENV_ASKED";

/// How long reading what has been written already may take.
const LAST_READ: Duration = Duration::from_millis(250);

/// More is no secret.
const MOST: u64 = 1 << 20;

/// Runs a command line in a shell, without input; after `limit` it is ended with everything that it started. It stays in the group
/// of this process, so that it may ask at the terminal. It has ended when the shell has and nothing writes to its output any more; what it
/// leaves behind may keep the place for its errors open.
///
/// # Errors
/// There is no shell.
#[expect(clippy::disallowed_methods, reason = "the person agreed to this command")]
pub fn run_shell(line: &str, folder: &Path, limit: Duration) -> io::Result<Ended> {
    let mark = crate::words::hex(&super::random::<12>().map_err(io::Error::other)?);
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder).env(MARK, &mark);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let began = Instant::now();
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    let rest = || limit.saturating_sub(began.elapsed());
    let is_open = stdout.closed.recv_timeout(rest()).is_err();
    let code = wait(&mut child, rest())?;
    // All that the shell wrote is there by now, and only to be read.
    let _ = stderr.closed.recv_timeout(rest().min(LAST_READ));
    let took_too_long = is_open || code.is_none();
    if took_too_long {
        started_with(MARK, &mark).into_iter().for_each(|left| end(left, End::AtOnce));
    }
    Ok(Ended { code: code.flatten(), stdout: stdout.take(), stderr: stderr.take(), took_too_long })
}

/// Runs a command as it was shown; what stands before a command of the administrator may ask for a password at the terminal.
///
/// # Errors
/// There is no such program, or it failed.
#[expect(clippy::disallowed_methods, reason = "the person agreed to this command")]
pub fn run_words(words: &[String]) -> io::Result<()> {
    let (program, rest) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    succeeded(Command::new(program).args(rest))
}

/// Runs a program as the administrator, by `sudo` where this user is not: it may ask for a password at the terminal.
///
/// # Errors
/// There is no `sudo`, or the program failed.
#[expect(clippy::disallowed_methods, reason = "the person agreed to this command")]
pub fn run_as_root(command: &[&str]) -> io::Result<()> {
    let mut words = command.iter();
    let mut run = if rustix::process::geteuid().is_root() {
        Command::new(words.next().ok_or(io::ErrorKind::InvalidInput)?)
    } else {
        Command::new("sudo")
    };
    succeeded(run.args(words))
}

fn succeeded(command: &mut Command) -> io::Result<()> {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("it ended with {status}"))) }
}

/// The code, once it has ended; `None` = it had to be ended.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<Option<i32>>> {
    const PAUSE: Duration = Duration::from_millis(5);
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.code()));
        }
        if began.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

/// What a thread reads.
struct Reading {
    so_far: Arc<Mutex<Vec<u8>>>,
    /// Told when nobody writes any more.
    closed: Receiver<()>,
}

impl Reading {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.so_far.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A thread reads, so that neither output can hold up the other, and one that stays open holds up nobody.
fn read(from: Option<impl Read + Send + 'static>) -> Reading {
    let (tell, closed) = channel();
    let so_far = Arc::<Mutex<Vec<u8>>>::default();
    let shared = so_far.clone();
    std::thread::spawn(move || {
        let mut piece = [0; 8192];
        let mut from = from.map(|from| from.take(MOST));
        while let Some(from) = &mut from {
            match from.read(&mut piece) {
                Ok(0) => break,
                Ok(number) => shared.lock().unwrap_or_else(PoisonError::into_inner).extend(&piece[..number]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = tell.send(());
    });
    Reading { so_far, closed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outputs_and_the_code_come_back() {
        let ended = run_shell("echo a; echo b >&2; exit 3", "/".as_ref(), Duration::from_secs(10)).unwrap();
        assert_eq!((ended.code, ended.stdout.as_slice(), ended.stderr.as_slice()), (Some(3), &b"a\n"[..], &b"b\n"[..]));
        assert!(!ended.took_too_long);
    }

    #[test]
    fn what_is_left_behind_with_its_errors_open_holds_up_nobody() {
        let began = Instant::now();
        let line = "sleep 41 >/dev/null & echo $! >&2; echo hi";
        let ended = run_shell(line, "/".as_ref(), Duration::from_secs(30)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        assert_eq!((ended.code, ended.stdout.as_slice(), ended.took_too_long), (Some(0), &b"hi\n"[..], false));
        let left: i32 = String::from_utf8(ended.stderr).unwrap().trim().parse().unwrap();
        let left = rustix::process::Pid::from_raw(left).unwrap();
        rustix::process::kill_process(left, rustix::process::Signal::KILL).unwrap();
    }

    #[test]
    fn one_that_does_not_end_is_ended_with_what_it_started() {
        let place = tempfile::tempdir().unwrap();
        let ended = run_shell("sleep 60 & echo $! > child; wait", place.path(), Duration::from_secs(1)).unwrap();
        assert!(ended.took_too_long);
        let child = String::from_utf8(crate::host::read_small(&place.path().join("child")).unwrap()).unwrap();
        let line = Path::new("/proc").join(child.trim()).join("cmdline");
        let began = Instant::now();
        // What has ended and was not looked after yet has no arguments any more.
        while crate::host::read_limited(&line, 4096).is_ok_and(|line| !line.is_empty()) {
            assert!(began.elapsed() < Duration::from_secs(10), "it goes on");
            std::thread::yield_now();
        }
    }

    #[test]
    fn one_that_does_not_end_is_ended() {
        let began = Instant::now();
        assert!(run_shell("sleep 60", "/".as_ref(), Duration::from_millis(50)).unwrap().took_too_long);
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
