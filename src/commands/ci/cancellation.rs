//! A job that is cancelled ends soon, and what it has made is removed all the same.

use std::time::Duration;

use tokio::sync::watch;

use crate::commands::Failure;
use crate::host;
use crate::problem::Exit;
use crate::state::EnvironmentLock;

/// How long work that hears of the cancellation itself may take to put things in order. CI services kill after some ten seconds.
const REST: Duration = Duration::from_secs(3);

/// Listens for as long as the command is at work, also while nothing that could be broken off is under way.
pub struct Cancellation {
    heard: watch::Receiver<bool>,
}

impl Cancellation {
    /// From now on this process is not ended by a signal any more, so that whoever calls this can tidy up.
    pub fn listen() -> Self {
        let mut signals = host::end_signals();
        Self::by(async move {
            signals.next().await;
            // What was asked of the engine goes on without us, and the next command has to know.
            EnvironmentLock::interrupt();
        })
    }

    fn by(order: impl Future<Output = ()> + Send + 'static) -> Self {
        let (tell, heard) = watch::channel(false);
        tokio::spawn(async move {
            order.await;
            tell.send_replace(true);
        });
        Self { heard }
    }

    /// Whether the person or the CI service has cancelled it.
    pub async fn is_heard(&self) -> bool {
        // What has arrived already is first passed on by the runtime, and then by the listener.
        for _ in 0..2 {
            tokio::task::yield_now().await;
        }
        *self.heard.borrow()
    }

    /// Does the work until it is cancelled; where it is already, none of it.
    ///
    /// # Errors
    /// Those of the work, and the cancellation.
    pub async fn until<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        if self.is_heard().await {
            return Err(Failure::Shown(Exit::Interrupted));
        }
        let mut heard = self.heard.clone();
        let cancelled = async {
            let _ = heard.wait_for(|is_heard| *is_heard).await;
        };
        let mut work = std::pin::pin!(work);
        tokio::select! {
            biased;
            () = cancelled => {
                let _ = tokio::time::timeout(REST, work).await;
                Err(Failure::Shown(Exit::Interrupted))
            }
            result = &mut work => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn cancellation() -> (Cancellation, impl FnOnce()) {
        let (cancel, told) = oneshot::channel();
        let cancellation = Cancellation::by(async move {
            let _ = told.await;
        });
        (cancellation, || cancel.send(()).unwrap())
    }

    fn is_interrupted<T>(result: &Result<T, Failure>) -> bool {
        matches!(result, Err(Failure::Shown(Exit::Interrupted)))
    }

    #[tokio::test]
    async fn what_comes_between_two_pieces_of_work_keeps_the_second_from_being_begun() {
        let (cancellation, cancel) = cancellation();
        assert!(cancellation.until(async { Ok(()) }).await.is_ok());
        cancel();
        let mut is_begun = false;
        let second = async {
            is_begun = true;
            Ok(())
        };
        assert!(is_interrupted(&cancellation.until(second).await));
        assert!(!is_begun && cancellation.is_heard().await);
    }

    #[tokio::test]
    async fn work_that_goes_on_has_a_moment_to_put_things_in_order() {
        let (cancellation, cancel) = cancellation();
        let mut is_in_order = false;
        let work = async {
            cancel();
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            is_in_order = true;
            Ok(())
        };
        assert!(is_interrupted(&cancellation.until(work).await));
        assert!(is_in_order);
    }
}
