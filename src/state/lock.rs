//! One command at a time changes an environment; the next one waits and says for whom.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
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
    waited: bool,
}

/// For so long nobody needs to share the lock who only looks at it.
const GLANCE: Duration = Duration::from_millis(3);
/// How often a lock that seems held is looked at again.
const LOOKS: u32 = 3;

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
    path: PathBuf,
    file: File,
    command: String,
}

impl EnvironmentLock {
    /// Takes the lock if nobody holds it.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn attempt(folders: &Folders, id: &EnvironmentId, command: &str) -> std::io::Result<Attempt> {
        Self::attempt_at(folders, folders.environment(id).join("lock"), command)
    }

    /// The same for commands that work on the databases inside of services, which go on beside all others.
    ///
    /// # Errors
    /// As there.
    pub fn attempt_on_databases(folders: &Folders, id: &EnvironmentId, command: &str) -> std::io::Result<Attempt> {
        Self::attempt_at(folders, folders.environment(id).join("databases.turn"), command)
    }

    fn attempt_at(folders: &Folders, path: PathBuf, command: &str) -> std::io::Result<Attempt> {
        folders.keep_private()?;
        Self::attempt_while(path, command, || std::thread::sleep(GLANCE))
    }

    /// Looks again a few times, after a `pause`: who only asks whether it is held shares it for a moment, see [`holder`].
    fn attempt_while(path: PathBuf, command: &str, mut pause: impl FnMut()) -> std::io::Result<Attempt> {
        let mut looks = 0;
        loop {
            let file = open(&path)?;
            match file.try_lock() {
                Ok(()) if is_current(&file, &path) => return Self::signed(file, command).map(Attempt::Taken),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if looks < LOOKS => {
                    looks += 1;
                    pause();
                }
                Err(TryLockError::WouldBlock) => return Ok(Self::held(path, file, command)),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    fn held(path: PathBuf, file: File, command: &str) -> Attempt {
        let holder = Holder::of(&file);
        Attempt::Held(holder, PendingLock { path, file, command: command.to_owned() })
    }

    /// Writes into the file who holds it.
    fn signed(mut file: File, command: &str) -> std::io::Result<Self> {
        let before = file.metadata()?;
        let abandoned = if before.len() > 0 { before.modified().ok() } else { None };
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "devenv {command} (pid {})", std::process::id())?;
        Ok(Self { file, abandoned, waited: false })
    }

    /// When the command before took it, if that did not come to its end.
    pub fn abandoned(&self) -> Option<SystemTime> {
        self.abandoned
    }

    /// Whether another command had it when it was asked for: what was read before may have changed since.
    pub fn has_waited(&self) -> bool {
        self.waited
    }

    /// From now on whatever is held by this process counts as abandoned.
    pub fn interrupt() {
        INTERRUPTED.store(true, Ordering::Relaxed);
    }
}

impl Holder {
    /// What stands in a lock file that is held.
    fn of(file: &File) -> Self {
        let mut holder = String::new();
        let _ = file.take(200).read_to_string(&mut holder);
        let since = file.metadata().and_then(|it| it.modified()).ok().and_then(|time| time.elapsed().ok());
        // It may just have taken it, and not have signed yet.
        let command = if holder.trim().is_empty() { "devenv" } else { holder.trim() };
        Self { command: command.to_owned(), since }
    }
}

/// Who holds the lock of an environment; `None` = nobody. Nothing is made for that, and the lock is shared for some microseconds, which
/// whoever wants it waits out.
pub fn holder(folders: &Folders, id: &EnvironmentId) -> Option<Holder> {
    let path = folders.environment(id).join("lock");
    crate::host::is_held(&path).then(|| crate::host::open_file(&path).ok()).flatten().map(|file| Holder::of(&file))
}

/// Opens the lock file, made where there is none.
fn open(path: &Path) -> std::io::Result<File> {
    const ATTEMPTS: u32 = 100;
    let mut attempt = 0;
    loop {
        crate::host::create_folder(path.parent().unwrap_or(path))?;
        match crate::host::open_lock(path) {
            // The folder was removed in between.
            Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
            opened => return opened,
        }
    }
}

/// Whether the file that was opened is the one that others would open now. An environment that is forgotten loses its lock file
/// while somebody waits for it, and the lock of a file that is gone keeps nobody out.
fn is_current(file: &File, path: &Path) -> bool {
    crate::host::open_file(path).is_ok_and(|now| crate::host::is_same_file(file, &now))
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
            // Nobody waits any more: the lock is given back with it.
            let _ = tell.send(self.locked());
        })?;
        answer.await.unwrap_or_else(|_| Err(std::io::Error::other("the thread that waited for the lock is gone")))
    }

    fn locked(mut self) -> std::io::Result<EnvironmentLock> {
        loop {
            self.file.lock()?;
            if is_current(&self.file, &self.path) {
                let mut lock = EnvironmentLock::signed(self.file, &self.command)?;
                lock.waited = true;
                return Ok(lock);
            }
            self.file = open(&self.path)?;
        }
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
        assert!(second.has_waited());
        assert_eq!(second.abandoned(), None);
        drop(second);
        let Attempt::Taken(third) = attempt("up") else { panic!("nobody holds it") };
        assert!(!third.has_waited());
        assert_eq!(third.abandoned(), None);
    }

    #[test]
    fn who_only_looks_at_it_keeps_nobody_out() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        let looks = open(&path).unwrap();
        looks.lock_shared().unwrap();
        let taken = EnvironmentLock::attempt_while(path.clone(), "up", || looks.unlock().unwrap()).unwrap();
        let Attempt::Taken(_lock) = taken else { panic!("nobody holds it") };
        let mut pauses = 0;
        let held = EnvironmentLock::attempt_while(path, "down", || pauses += 1).unwrap();
        assert!(matches!(held, Attempt::Held(..)) && pauses == LOOKS);
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
    async fn the_lock_of_a_forgotten_environment_keeps_others_out_all_the_same() {
        let home = tempfile::tempdir().unwrap();
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let attempt = |command: &str| EnvironmentLock::attempt(&folders(&home), &id, command).unwrap();
        let Attempt::Taken(first) = attempt("gc") else { panic!("nobody holds it") };
        let Attempt::Held(_, pending) = attempt("up") else { panic!("it is held") };
        crate::host::remove_folder(&folders(&home).environment(&id)).unwrap();
        drop(first);
        let _second = pending.wait().await.unwrap();
        assert!(matches!(attempt("down"), Attempt::Held(..)), "two commands at once");
    }

    #[test]
    fn nobody_else_can_look_into_the_state_folder_or_hold_a_lock() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        // As an earlier version made it.
        std::fs::create_dir(&folders.state).unwrap();
        std::fs::set_permissions(&folders.state, std::fs::Permissions::from_mode(0o755)).unwrap();
        let Attempt::Taken(_lock) = EnvironmentLock::attempt(&folders, &id, "up").unwrap() else { panic!("nobody") };
        let _guard = super::super::guard(&folders.state.join("ports.json")).unwrap();
        assert_eq!(mode(&folders.state), 0o700);
        assert_eq!(mode(&folders.environment(&id).join("lock")), 0o600);
        assert_eq!(mode(&folders.state.join("ports.lock")), 0o600);
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
