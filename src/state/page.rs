//! Where the page of an environment is open: one process has it at a time, and a second one leads there.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::names::EnvironmentId;

/// The place of the one process that shows the page of an environment; given back when it is dropped, or the process killed.
#[derive(Debug)]
pub struct PageSeat {
    path: PathBuf,
    _lock: File,
}

/// What came of asking for it.
#[derive(Debug)]
pub enum Seat {
    Taken(PageSeat),
    /// Another process shows the page at this address, once it has got that far.
    Elsewhere(Option<String>),
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    /// With the key in it.
    url: String,
    port: u16,
}

impl PageSeat {
    /// # Errors
    /// The state folder can't be written to.
    pub fn attempt(folders: &Folders, id: &EnvironmentId) -> std::io::Result<Seat> {
        folders.keep_private()?;
        let folder = folders.environment(id);
        crate::host::create_folder(&folder)?;
        let (path, lock) = (folder.join("page.json"), crate::host::open_lock(&folder.join("page.lock"))?);
        match lock.try_lock() {
            Ok(()) => Ok(Seat::Taken(Self { path, _lock: lock })),
            Err(TryLockError::WouldBlock) => {
                let Record { url, .. } = read_json(&path);
                Ok(Seat::Elsewhere(Some(url).filter(|url| !url.is_empty())))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The port that the page had last, so that it can be found where it was.
    pub fn last_port(&self) -> Option<u16> {
        Some(read_json::<Record>(&self.path).port).filter(|port| *port > 0)
    }

    /// Tells others where the page is, for this user's eyes only.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn announce(&self, url: &str, port: u16) -> anyhow::Result<()> {
        let record = serde_json::to_vec(&Record { url: url.to_owned(), port })?;
        Ok(crate::host::write_private(&self.path, &record)?)
    }
}

impl Drop for PageSeat {
    /// The key is of no use any more; where the page was stays known.
    fn drop(&mut self) {
        if let Some(port) = self.last_port() {
            let _ = self.announce("", port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_led_to_the_first_and_the_next_takes_the_same_port() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let attempt = || PageSeat::attempt(&folders, &id).unwrap();
        let Seat::Taken(first) = attempt() else { panic!("nobody has it") };
        assert!(matches!(attempt(), Seat::Elsewhere(None)), "it is not known yet where");
        first.announce("http://127.0.0.1:4711/open?key=k", 4711).unwrap();
        assert!(matches!(attempt(), Seat::Elsewhere(Some(url)) if url.ends_with("key=k")));
        drop(first);
        let Seat::Taken(next) = attempt() else { panic!("nobody has it any more") };
        assert_eq!(next.last_port(), Some(4711));
    }
}
