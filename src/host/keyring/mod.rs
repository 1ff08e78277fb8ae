//! The keyring of this computer, where there is one: the Secret Service of a desktop, the keychain of macOS.
//!
//! Whatever it does, it is waited for no longer than [`LIMIT`], and it is never made to ask the person for a password.

#[cfg(target_os = "macos")]
#[path = "keychain.rs"]
mod backend;
#[cfg(not(target_os = "macos"))]
#[path = "secret_service.rs"]
mod backend;

use std::fmt;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::World;
use crate::names::Sensitive;

/// What all our entries are found under, beside their account.
const SERVICE: &str = "devenv";
/// How long a question may take. One that runs is started by the first question, which takes a fraction of this.
const LIMIT: Duration = Duration::from_millis(1500);

/// The keyring. After the first trouble it is not asked again.
#[derive(Debug, Clone)]
pub struct Keyring {
    at: String,
    trouble: Arc<Mutex<Option<Trouble>>>,
}

/// Why the keyring gives and takes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// There is none after all.
    Absent,
    Locked,
    /// It does not answer in time.
    Silent,
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("this computer has no keyring"),
            Self::Locked => f.write_str("the keyring of this computer is locked"),
            Self::Silent => {
                write!(f, "the keyring of this computer did not answer within {}", crate::words::duration(LIMIT))
            }
            Self::Other(why) => write!(f, "the keyring of this computer can't be used: {why}"),
        }
    }
}

impl Keyring {
    /// `None` = there can be none, as nothing is there to reach it by. It is not asked yet.
    pub fn of(world: &World) -> Option<Self> {
        Some(Self { at: backend::address(world)?, trouble: Arc::default() })
    }

    /// The values of these accounts, in their order.
    ///
    /// # Errors
    /// It does not give them; one that is locked and has none of them is no trouble.
    pub fn get(&self, accounts: Vec<String>) -> Result<Vec<Option<Sensitive>>, Trouble> {
        self.ask(move |at| backend::get(at, &accounts))
    }

    /// Keeps a value, in place of the one it had.
    ///
    /// # Errors
    /// It does not take it.
    pub fn set(&self, account: String, value: Sensitive) -> Result<(), Trouble> {
        self.ask(move |at| backend::set(at, &account, &value))
    }

    /// Answers whether there was one.
    ///
    /// # Errors
    /// It does not say, or does not let it go.
    pub fn remove(&self, account: String) -> Result<bool, Trouble> {
        self.ask(move |at| backend::remove(at, &account))
    }

    /// A thread asks, which ends with the process if the answer never comes.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&str) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trouble) = &*trouble {
            return Err(trouble.clone());
        }
        let (tell, hear) = channel();
        let at = self.at.clone();
        std::thread::spawn(move || tell.send(question(&at)));
        let answer = hear.recv_timeout(LIMIT).unwrap_or(Err(Trouble::Silent));
        *trouble = answer.as_ref().err().cloned();
        answer
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn world(variable: &str, value: &str) -> World {
        World { variables: [(variable.to_owned(), value.to_owned())].into(), ..World::default() }
    }

    #[test]
    fn without_a_way_to_reach_it_there_is_none() {
        assert!(Keyring::of(&World::default()).is_none());
        assert!(Keyring::of(&world("XDG_RUNTIME_DIR", "/nonexistent")).is_none());
    }

    #[test]
    fn a_bus_that_is_gone_is_none_and_one_that_never_answers_is_asked_once() {
        let home = tempfile::tempdir().unwrap();
        let socket = home.path().join("bus");
        let gone = Keyring::of(&world("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")).unwrap();
        assert_eq!(gone.get(vec!["a".to_owned()]), Err(Trouble::Absent));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let silent = Keyring::of(&world("XDG_RUNTIME_DIR", home.path().to_str().unwrap())).unwrap();
        let began = std::time::Instant::now();
        assert_eq!(silent.set("a".to_owned(), Sensitive::new("x")), Err(Trouble::Silent));
        assert_eq!(silent.get(vec!["a".to_owned()]), Err(Trouble::Silent));
        assert!(began.elapsed() < LIMIT * 2);
    }
}
