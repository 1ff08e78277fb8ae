//! Each errand once, however often it is asked for: browsers break off requests whenever a network interface comes or goes, which
//! is just what starting a service brings about. Whoever asks again with the same mark gets the answer of the first time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use http::StatusCode;
use tokio::sync::watch;

/// What came of an errand, as it is answered.
pub type Outcome = (StatusCode, Bytes);

/// Of errands that are remembered; whoever asks again does so within seconds.
const MOST: usize = 64;
/// Of a mark, in bytes.
const LONGEST_MARK: usize = 64;

/// The latest errands, the oldest first.
#[derive(Default)]
pub struct Errands {
    known: Mutex<VecDeque<(String, watch::Receiver<Option<Outcome>>)>>,
}

impl Errands {
    /// Does something, unless it is being done or was done under this mark. It goes on when nobody waits for it any more.
    pub async fn once(&self, mark: Option<&str>, work: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
        let mut outcome = self.begin(mark.filter(|mark| mark.len() <= LONGEST_MARK), work);
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(lost),
            Err(_) => lost(),
        }
    }

    fn begin(
        &self,
        mark: Option<&str>,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) -> watch::Receiver<Option<Outcome>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, outcome)) = known.iter().find(|(done, _)| Some(done.as_str()) == mark) {
            return outcome.clone();
        }
        let (tell, outcome) = watch::channel(None);
        tokio::spawn(async move {
            let done = work.await;
            tell.send_replace(Some(done));
        });
        if let Some(mark) = mark {
            if known.len() >= MOST {
                known.pop_front();
            }
            known.push_back((mark.to_owned(), outcome.clone()));
        }
        outcome
    }
}

/// It ended in the middle.
fn lost() -> Outcome {
    (StatusCode::SERVICE_UNAVAILABLE, Bytes::new())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn an_errand_is_done_once_also_when_the_first_to_ask_has_gone() {
        let (errands, done) = (Errands::default(), Arc::<AtomicUsize>::default());
        let (open, gate) = watch::channel(false);
        let work = || {
            let (done, mut gate) = (done.clone(), gate.clone());
            async move {
                gate.wait_for(|open| *open).await.unwrap();
                let number = done.fetch_add(1, Ordering::SeqCst);
                (StatusCode::OK, Bytes::from(number.to_string()))
            }
        };
        // Asked, and broken off.
        let first = errands.begin(Some("a"), work());
        drop(first);
        open.send_replace(true);
        assert_eq!(errands.once(Some("a"), work()).await.1, "0");
        assert_eq!(errands.once(Some("a"), work()).await.1, "0");
        assert_eq!(errands.once(Some("b"), work()).await.1, "1");
        assert_eq!(errands.once(None, work()).await.1, "2");
        assert_eq!(errands.once(None, work()).await.1, "3");
    }
}
