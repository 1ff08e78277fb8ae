//! Whether the engine answers at all. Asked beside everything else: a request says nothing while it is at work, and one to an
//! engine that hangs says nothing either.

use std::time::Duration;

use super::{Engine, Fault, FaultKind};

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(1);
/// An answer takes a fraction of a millisecond; on a computer that is short of everything, a second.
const LONGEST_ANSWER: Duration = Duration::from_secs(4);

impl Engine {
    /// Asks whether it is there.
    ///
    /// # Errors
    /// Why not; [`FaultKind::Hung`] when it says nothing within this time.
    pub async fn answers_within(&self, limit: Duration) -> Result<(), Fault> {
        match tokio::time::timeout(limit, self.client.ping()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Fault::from_client(&error)),
            Err(_) => Err(Fault { kind: FaultKind::Hung, message: String::new() }),
        }
    }

    /// Asks whether it is there still.
    ///
    /// # Errors
    /// [`FaultKind::Hung`], or [`FaultKind::Lost`] whatever the reason is.
    pub async fn still_there(&self) -> Result<(), Fault> {
        self.answers_within(LONGEST_ANSWER).await.map_err(|fault| match fault.kind {
            FaultKind::Hung => fault,
            _ => Fault { kind: FaultKind::Lost, ..fault },
        })
    }

    /// Comes back when it takes questions but answers none, with that as a fault. One that is gone altogether is noticed by
    /// whoever has asked it for something.
    pub async fn until_silent(&self) -> Fault {
        loop {
            tokio::time::sleep(PAUSE).await;
            match self.answers_within(LONGEST_ANSWER).await {
                Err(fault) if fault.kind == FaultKind::Hung => return fault,
                Ok(()) | Err(_) => {}
            }
        }
    }

    /// Comes back when it answers. Nobody tells when that is so, so it is asked again and again.
    pub async fn until_back(&self) {
        const PAUSE: Duration = Duration::from_millis(200);
        while self.answers_within(LONGEST_ANSWER).await.is_err() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}
