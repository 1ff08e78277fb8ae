//! One command at a time changes an environment; the next one waits and says for whom.

#![expect(clippy::disallowed_methods, reason = "a lock needs the open file itself")]

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};

use super::Folders;
use crate::names::EnvironmentId;

/// Held as long as it lives; a killed process loses it at once.
#[derive(Debug)]
pub struct EnvironmentLock {
    _file: File,
}

/// Whom a second command waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its command line and process id, as it wrote them.
    pub holder: String,
}

impl EnvironmentLock {
    /// Takes the lock, waiting as long as needed; `waiting` is told once if it has to.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn take(
        folders: &Folders,
        id: &EnvironmentId,
        command: &str,
        waiting: impl FnOnce(Waiting),
    ) -> std::io::Result<Self> {
        let path = folders.environment(id).join("lock");
        crate::host::create_folder(&folders.environment(id))?;
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = (&file).take(200).read_to_string(&mut holder);
                waiting(Waiting { holder: holder.trim().to_owned() });
                file.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "devenv {command} (pid {})", std::process::id())?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_and_says_for_whom() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let first = EnvironmentLock::take(&folders, &id, "up", |_| unreachable!("nobody holds it")).unwrap();
        let (told, heard) = std::sync::mpsc::channel();
        let second = std::thread::spawn({
            let (folders, id) = (folders.clone(), id.clone());
            move || {
                let tell = |waiting: Waiting| told.send(waiting.holder).unwrap();
                EnvironmentLock::take(&folders, &id, "down", tell).map(|_| ()).unwrap();
            }
        });
        assert_eq!(heard.recv().unwrap(), format!("devenv up (pid {})", std::process::id()));
        drop(first);
        second.join().unwrap();
    }
}
