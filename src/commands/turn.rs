//! One command at a time changes an environment: waits for its turn, says for whom, and can be told not to.

use std::time::{Duration, SystemTime};

use super::context::Context;
use super::{Failure, walk};
use crate::engine::Engine;
use crate::events::Event;
use crate::manifest::Manifest;
use crate::model::resolve::Identity;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{Attempt, EnvironmentLock, Holder};
use crate::words;

/// Whether a command waits for another one that changes the same environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    Unlimited,
    /// `--no-wait`.
    None,
}

impl Context {
    /// Waits until no other command changes this environment.
    ///
    /// # Errors
    /// Interrupted, or told not to wait; or the state folder can't be written to.
    pub async fn lock(&self, identity: &Identity, command: &str) -> Result<EnvironmentLock, Failure> {
        self.lock_within(identity, command, None).await
    }

    /// Like [`Context::lock`], for at most this time; `None` = as long as it takes.
    ///
    /// # Errors
    /// As there, and when the time is over.
    pub async fn lock_within(
        &self,
        identity: &Identity,
        command: &str,
        limit: Option<Duration>,
    ) -> Result<EnvironmentLock, Failure> {
        self.take(EnvironmentLock::attempt(&self.folders, &identity.id, command), limit).await
    }

    /// Waits until no other command works on the databases inside of this environment's services.
    ///
    /// # Errors
    /// As of [`Context::lock`].
    pub async fn lock_databases(&self, identity: &Identity, command: &str) -> Result<EnvironmentLock, Failure> {
        self.take(EnvironmentLock::attempt_on_databases(&self.folders, &identity.id, command), None).await
    }

    async fn take(
        &self,
        attempt: std::io::Result<Attempt>,
        limit: Option<Duration>,
    ) -> Result<EnvironmentLock, Failure> {
        let (holder, pending) = match attempt.map_err(|error| self.no_lock(&error))? {
            Attempt::Taken(lock) => {
                self.remember_engine();
                return Ok(lock);
            }
            Attempt::Held(holder, pending) => (holder, pending),
        };
        if self.patience == Patience::None {
            return Err(busy(&holder).into());
        }
        let limit = limit.unwrap_or(Duration::MAX);
        let taken = async {
            self.tell_waiting(&holder);
            pending.wait().await
        };
        tokio::select! {
            // From the moment that anybody can know of the wait it can be interrupted.
            biased;
            () = walk::interrupted() => Err(Failure::Shown(Exit::Interrupted)),
            taken = taken => {
                self.remember_engine();
                taken.map_err(|error| self.no_lock(&error).into())
            }
            () = tokio::time::sleep(limit) => Err(busy_too_long(&holder, limit).into()),
        }
    }

    /// Like [`Context::lock_within`], for a command that has read the manifest: had it to wait, both are read again, since the
    /// command before may have ended because of a change, and the checkout may belong to another environment by now.
    ///
    /// # Errors
    /// As there, and what is wrong with the manifest by now.
    pub async fn turn(
        &self,
        read: (Identity, Manifest),
        command: &str,
        limit: Option<Duration>,
    ) -> Result<(EnvironmentLock, Identity, Manifest), Failure> {
        let again = || {
            let now = self.identity()?;
            let manifest = self.manifest(&now)?;
            Ok((now, manifest))
        };
        self.turn_reading(read, (command, limit), again).await
    }

    /// The same for a command that reads something else, or in another way.
    ///
    /// # Errors
    /// Those of the lock and of reading.
    pub async fn turn_reading<T>(
        &self,
        (mut identity, mut read): (Identity, T),
        (command, limit): (&str, Option<Duration>),
        again: impl Fn() -> Result<(Identity, T), Failure>,
    ) -> Result<(EnvironmentLock, Identity, T), Failure> {
        loop {
            let lock = self.lock_within(&identity, command, limit).await?;
            if !lock.has_waited() {
                return Ok((lock, identity, read));
            }
            let now;
            (now, read) = again()?;
            if std::mem::replace(&mut identity, now).id == identity.id {
                return Ok((lock, identity, read));
            }
        }
    }

    /// Lets what the command before has asked of the engine come to its end, if that command did not: a stop that is still under
    /// way would end what is started now.
    ///
    /// # Errors
    /// Interrupted.
    pub async fn let_settle(
        &self,
        engine: &Engine,
        identity: &Identity,
        lock: &EnvironmentLock,
    ) -> Result<(), Failure> {
        let since = lock.abandoned().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        self.abandoned.set(since.map(|time| time.as_secs().saturating_sub(1)));
        self.settle_once_more(engine, identity).await
    }

    /// The same again, for what came later than it should.
    ///
    /// # Errors
    /// Interrupted.
    pub async fn settle_once_more(&self, engine: &Engine, identity: &Identity) -> Result<(), Failure> {
        let Some(since) = self.abandoned.get() else { return Ok(()) };
        tokio::select! {
            () = engine.settle(&identity.id, since) => Ok(()),
            () = walk::interrupted() => Err(Failure::Shown(Exit::Interrupted)),
        }
    }

    fn tell_waiting(&self, holder: &Holder) {
        let text = format!("waiting for `{}` to finish{}", holder.command, begun(holder));
        if self.ui.is_json() {
            self.teller().tell(Event::Note { name: None, text });
        } else {
            self.ui.status(&text);
        }
    }

    fn no_lock(&self, error: &std::io::Error) -> Problem {
        Problem::unwritable(format!("{} cannot be written to", self.folders.state.display()), error)
    }
}

/// `, which began 12 s ago`; nothing where it has only just begun.
pub(super) fn begun(holder: &Holder) -> String {
    match holder.since {
        Some(since) if since >= Duration::from_secs(1) => format!(", which began {} ago", words::duration(since)),
        _ => String::new(),
    }
}

fn busy(holder: &Holder) -> Problem {
    Problem::new(&kinds::BUSY, "another command is changing this environment")
        .why(format!("`{}` is at work{}", holder.command, begun(holder)))
        .fix("wait for it to end; without --no-wait this command does so by itself")
}

fn busy_too_long(holder: &Holder, limit: Duration) -> Problem {
    Problem::new(
        &kinds::BUSY,
        format!("another command has been changing this environment for {}", words::duration(limit)),
    )
    .exit(Exit::Deadline)
    .why(format!("`{}` is still at work{}", holder.command, begun(holder)))
    .fix("wait for it to end, or end it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_it_would_have_waited_for_is_named() {
        let holder = Holder { command: "devenv up (pid 4121)".to_owned(), since: Some(Duration::from_secs(12)) };
        let problem = busy(&holder);
        assert_eq!(problem.exit, Exit::Environment);
        assert!(
            format!("{problem:?}").contains("`devenv up (pid 4121)` is at work, which began 12 s ago"),
            "{problem:?}"
        );
        let fresh = Holder { since: Some(Duration::from_millis(3)), ..holder };
        assert_eq!(begun(&fresh), "");
    }
}
