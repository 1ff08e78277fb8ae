//! One command at a time changes an environment; the next one waits and says for whom.

#![expect(clippy::disallowed_methods, reason = "a lock needs the open file itself")]

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::Folders;
use crate::names::EnvironmentId;

/// Held as long as it lives; a killed process loses it at once.
#[derive(Debug)]
pub struct EnvironmentLock {
    file: File,
    /// When the command before took it, if that was killed or interrupted: what it asked of the engine may still be under way.
    abandoned: Option<SystemTime>,
}

/// Whether this process was interrupted, so that what it holds is left as a killed one leaves it.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whom a second command waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its command line and process id, as it wrote them: `devenv up (pid 4121)`.
    pub command: String,
    /// How long it has held the lock already; `None` = the clock was changed since.
    pub since: Option<Duration>,
}

/// What came of asking for the lock.
#[derive(Debug)]
pub enum Attempt {
    Taken(EnvironmentLock),
    Held(Holder, PendingLock),
}

/// The lock of an environment that another command holds.
#[derive(Debug)]
pub struct PendingLock {
    file: File,
    command: String,
}

impl EnvironmentLock {
    /// Takes the lock if nobody holds it.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn attempt(folders: &Folders, id: &EnvironmentId, command: &str) -> std::io::Result<Attempt> {
        let path = folders.environment(id).join("lock");
        crate::host::create_folder(&folders.environment(id))?;
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Self::signed(file, command).map(Attempt::Taken),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = (&file).take(200).read_to_string(&mut holder);
                let since = file.metadata().and_then(|it| it.modified()).ok().and_then(|time| time.elapsed().ok());
                let pending = PendingLock { file, command: command.to_owned() };
                // It may just have taken it, and not have signed yet.
                let command = if holder.trim().is_empty() { "devenv" } else { holder.trim() };
                Ok(Attempt::Held(Holder { command: command.to_owned(), since }, pending))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Writes into the file who holds it.
    fn signed(mut file: File, command: &str) -> std::io::Result<Self> {
        let before = file.metadata()?;
        let abandoned = if before.len() > 0 { before.modified().ok() } else { None };
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "devenv {command} (pid {})", std::process::id())?;
        Ok(Self { file, abandoned })
    }

    /// When the command before took it, if that did not come to its end.
    pub fn abandoned(&self) -> Option<SystemTime> {
        self.abandoned
    }

    /// From now on whatever is held by this process counts as abandoned.
    pub fn interrupt() {
        INTERRUPTED.store(true, Ordering::Relaxed);
    }
}

impl Drop for EnvironmentLock {
    fn drop(&mut self) {
        if !INTERRUPTED.load(Ordering::Relaxed) {
            // Should it fail, the next command looks around once more than it had to.
            let _ = self.file.set_len(0);
        }
    }
}

impl PendingLock {
    /// Waits as long as needed. Whoever stops waiting for the answer leaves a thread behind, which ends with the process.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub async fn wait(self) -> std::io::Result<EnvironmentLock> {
        let (tell, answer) = tokio::sync::oneshot::channel();
        // The system offers no way to wait for a lock and for something else at once, so a thread does the waiting.
        std::thread::Builder::new().name("lock".to_owned()).spawn(move || {
            let locked = self.file.lock().and_then(|()| EnvironmentLock::signed(self.file, &self.command));
            // Nobody waits any more: the lock is given back with it.
            let _ = tell.send(locked);
        })?;
        answer.await.unwrap_or_else(|_| Err(std::io::Error::other("the thread that waited for the lock is gone")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(home: &tempfile::TempDir) -> Folders {
        let folder = |name: &str| home.path().join(name);
        Folders { state: folder("s"), cache: folder("c"), config: folder("k") }
    }

    #[tokio::test]
    async fn the_second_waits_and_knows_for_whom() {
        let home = tempfile::tempdir().unwrap();
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let attempt = |command: &str| EnvironmentLock::attempt(&folders(&home), &id, command).unwrap();
        let Attempt::Taken(first) = attempt("up") else { panic!("nobody holds it") };
        let Attempt::Held(holder, pending) = attempt("down") else { panic!("it is held") };
        assert_eq!(holder.command, format!("devenv up (pid {})", std::process::id()));
        assert!(holder.since.unwrap() < Duration::from_secs(60));
        let waiting = tokio::spawn(pending.wait());
        drop(first);
        let second = waiting.await.unwrap().unwrap();
        let Attempt::Held(holder, _) = attempt("up") else { panic!("the second holds it") };
        assert_eq!(holder.command, format!("devenv down (pid {})", std::process::id()));
        assert_eq!(second.abandoned(), None);
        drop(second);
        let Attempt::Taken(third) = attempt("up") else { panic!("nobody holds it") };
        assert_eq!(third.abandoned(), None);
    }

    #[test]
    fn what_a_killed_command_left_is_known_to_the_next() {
        let home = tempfile::tempdir().unwrap();
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let folder = folders(&home).environment(&id);
        crate::host::write_file(&folder.join("lock"), b"devenv up (pid 4121)").unwrap();
        let taken = EnvironmentLock::attempt(&folders(&home), &id, "up").unwrap();
        let Attempt::Taken(lock) = taken else { panic!("nobody holds it") };
        assert!(lock.abandoned().is_some());
    }

    #[tokio::test]
    async fn who_stops_waiting_keeps_nobody_from_it() {
        let home = tempfile::tempdir().unwrap();
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let attempt = |command: &str| EnvironmentLock::attempt(&folders(&home), &id, command).unwrap();
        let Attempt::Taken(first) = attempt("up") else { panic!("nobody holds it") };
        let Attempt::Held(_, pending) = attempt("down") else { panic!("it is held") };
        let gave_up = tokio::time::timeout(Duration::from_millis(1), pending.wait()).await;
        assert!(gave_up.is_err());
        let Attempt::Held(_, third) = attempt("up") else { panic!("it is held") };
        drop(first);
        third.wait().await.unwrap();
    }
}
