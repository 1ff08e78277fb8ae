//! Processes of this computer: starting them in a group of their own, and ending them with everything they started.
//!
//! What a process started is found through its parents, which works on Linux; elsewhere its process group has to do.

#![expect(clippy::disallowed_methods, reason = "the one place that starts programs")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions};

use super::files::{list_folder, open_lock, read_limited};

/// How a process is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Asked to, with time to clean up.
    Politely,
    AtOnce,
}

/// What to run on this computer: a program with its arguments, variables beside those of this process, and its folder.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    pub command: &'a [String],
    pub env: &'a [(String, String)],
    pub folder: &'a Path,
}

/// What becomes of the output of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    Piped,
    /// It goes where that of this process goes.
    Shared,
}

/// Starts a program without input, in a process group of its own.
///
/// # Errors
/// It does not exist, or its folder does not.
pub fn spawn_group(program: &Program, output: Output) -> io::Result<Child> {
    let pipe = || if output == Output::Piped { Stdio::piped() } else { Stdio::inherit() };
    prepare(program)?.stdin(Stdio::null()).stdout(pipe()).stderr(pipe()).process_group(0).spawn()
}

/// Starts this very program again, with pipes to it.
///
/// # Errors
/// It is no longer where it was.
pub fn spawn_self(arguments: &[&std::ffi::OsStr], errors: Stdio) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
    // A folder that somebody wants to remove is not held.
    command.current_dir("/").spawn()
}

/// Runs a program with the terminal of this process; answers its exit code, 128 more than the signal that ended it.
///
/// # Errors
/// It does not exist, or its folder does not.
pub fn run_here(program: &Program) -> io::Result<i64> {
    let status = prepare(program)?.status()?;
    Ok(status.code().map_or_else(|| 128 + i64::from(status.signal().unwrap_or(0)), i64::from))
}

/// Leaves Ctrl-C and its kin to the program that has the terminal; only within a runtime, and for the rest of this process.
pub fn leave_interrupts_to_others() {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::quit()] {
        // Hearing it once is enough: the system's own answer, which is to end, is never given again.
        let _ = signal(kind);
    }
}

fn prepare(program: &Program) -> io::Result<Command> {
    let (first, rest) = program.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(first);
    command.args(rest).envs(program.env.iter().map(|(key, value)| (key, value))).current_dir(program.folder);
    Ok(command)
}

/// Leaves the terminal and whoever started this process, so that it outlives both; on Linux, what its children leave behind
/// becomes its own, so that nothing gets away.
pub fn begin_session() {
    // Fails only for the leader of a process group, which is on its own already.
    let _ = rustix::process::setsid();
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// The children of this process that have ended since the last call, each with its exit code (128 more than the signal that
/// ended it).
pub fn reap() -> Vec<(u32, i64)> {
    let mut ended = Vec::new();
    while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
        let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
        ended.extend(code.map(|code| (pid.as_raw_nonzero().get().cast_unsigned(), i64::from(code))));
    }
    ended
}

/// Signals a process group and everything that this process has started, directly or not.
pub fn end_children(group: u32, how: End) {
    let signal = signal(how);
    if let Some(group) = pid(group) {
        let _ = rustix::process::kill_process_group(group, signal);
    }
    for child in descendants(std::process::id()) {
        signal_one(child, signal);
    }
}

/// Whether anything of a process group, or started by this process, is left.
pub fn has_children(group: u32) -> bool {
    let in_group = pid(group).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok());
    in_group || !descendants(std::process::id()).is_empty()
}

/// Ends one process, nothing else.
pub fn end(process: u32, how: End) {
    signal_one(process, signal(how));
}

/// Processes of this user that were started with a variable of this value: those whose supervisor was killed, found although
/// their parents are gone. Nothing where the system does not tell.
pub fn started_with(key: &str, value: &str) -> Vec<u32> {
    const MOST: u64 = 1 << 20;
    let wanted = format!("{key}={value}").into_bytes();
    let processes = list_folder("/proc".as_ref()).into_iter().filter_map(|path| {
        let pid: u32 = path.file_name()?.to_str()?.parse().ok()?;
        let variables = read_limited(&path.join("environ"), MOST).ok()?;
        variables.split(|byte| *byte == 0).any(|one| one == wanted).then_some(pid)
    });
    processes.filter(|pid| *pid != std::process::id()).collect()
}

/// What a process was started with; empty where the system does not tell.
pub fn command_of(process: u32) -> Vec<String> {
    const MOST: u64 = 64 << 10;
    let line = read_limited(Path::new(&format!("/proc/{process}/cmdline")), MOST).unwrap_or_default();
    let words = line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let mut words: Vec<String> = words.collect();
    // It ends with a zero as well.
    words.pop();
    words
}

/// Every process that one has started, directly or through others.
pub fn descendants(of: u32) -> BTreeSet<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for path in list_folder("/proc".as_ref()) {
        let Some(pid) = path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()) else { continue };
        let Ok(stat) = read_limited(&path.join("stat"), 4096) else { continue };
        if let Some(parent) = parent(&String::from_utf8_lossy(&stat)) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = BTreeSet::new();
    let mut open = vec![of];
    while let Some(next) = open.pop() {
        open.extend(children.get(&next).into_iter().flatten().copied().filter(|child| found.insert(*child)));
    }
    found
}

/// The parent in a line of the form of `/proc/PID/stat` (see proc(5)); the program's name in it may hold anything.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn signal(how: End) -> Signal {
    match how {
        End::Politely => Signal::TERM,
        End::AtOnce => Signal::KILL,
    }
}

fn signal_one(process: u32, signal: Signal) {
    if let Some(pid) = pid(process) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn pid(number: u32) -> Option<Pid> {
    // 0 and 1 mean everybody, or the system itself.
    Pid::from_raw(i32::try_from(number).ok()?).filter(|_| number > 1)
}

/// Locks a file for the rest of this process's life, waiting for whoever holds it: the system takes the lock back however the
/// process ends, and not before. The file says who this is.
///
/// # Errors
/// The folder can't be written to.
pub fn hold(path: &Path) -> io::Result<()> {
    let mut file = open_lock(path)?;
    file.lock()?;
    file.set_len(0)?;
    write!(file, "{}", std::process::id())?;
    std::mem::forget(file);
    Ok(())
}

/// Takes out who held a file last, before another process is started that is going to hold it.
pub fn clear_holder(path: &Path) {
    if let Ok(file) = open_lock(path)
        && file.try_lock().is_ok()
    {
        // What can't be written to can't be held either, which is told then.
        let _ = file.set_len(0);
    }
}

/// The process that holds a file; `None` = nobody does, or it has not said yet who it is.
pub fn held_by(path: &Path) -> Option<u32> {
    let said = || String::from_utf8(super::read_small(path).ok()?).ok()?.parse().ok();
    if is_held(path) { said() } else { None }
}

/// Whether somebody holds a file locked.
pub fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Comes back when nobody holds the file any more. Nothing is asked again and again: the system wakes us.
pub async fn released(path: &Path) {
    let Ok(file) = File::open(path) else { return };
    let waited = tokio::task::spawn_blocking(move || file.lock_shared());
    if !matches!(waited.await, Ok(Ok(()))) {
        // A system that can't wait for locks.
        while is_held(path) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_found_whatever_the_program_is_called() {
        assert_eq!(parent("42 (a) b) (c) S 7 42 42 0 -1"), Some(7));
        assert_eq!(parent(""), None);
    }

    #[test]
    fn nobody_is_signalled_by_a_number_that_means_everybody() {
        assert_eq!([0, 1, 2, u32::MAX].map(|number| pid(number).is_some()), [false, false, true, false]);
    }
}
