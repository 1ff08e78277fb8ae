//! A job that is cancelled ends soon, and what it has made is removed all the same.

use std::time::Duration;

use crate::commands::{Failure, walk};
use crate::problem::Exit;

/// How long work that hears of the cancellation itself may take to put things in order. CI services kill after some ten seconds.
const REST: Duration = Duration::from_secs(3);

/// Does the work until the person or the CI service cancels it. From the first moment on this process is not ended by a signal any
/// more, so that whoever calls this can tidy up.
///
/// # Errors
/// Those of the work, and the cancellation.
pub async fn until_cancelled<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        () = walk::interrupted() => {
            let _ = tokio::time::timeout(REST, work).await;
            Err(Failure::Shown(Exit::Interrupted))
        }
        result = &mut work => result,
    }
}
