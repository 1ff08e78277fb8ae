//! How long a command beside a server is waited for: as long as it runs and its server answers, and not a moment longer.

use std::time::Duration;

use futures_util::{Stream, StreamExt};

use crate::engine::{Fault, FaultKind, Piped};

/// A question that takes longer is given up.
pub(super) const QUESTION_LIMIT: Duration = Duration::from_secs(120);

/// What to do about silence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// After so much of it, the engine is asked whether the command still runs.
    pub look_after: Duration,
    /// After so much of it, the server has to answer another question.
    pub ask_after: Duration,
}

/// To restore a large database is mostly silence: its indexes are built.
pub(super) const PATIENCE: Patience =
    Patience { look_after: Duration::from_secs(10), ask_after: Duration::from_secs(300) };

impl Patience {
    /// The next of what a command says; `None` = it has ended.
    ///
    /// # Errors
    /// The engine's, or the server's where it is stuck.
    pub async fn next(
        self,
        output: &mut (impl Stream<Item = Result<Piped, Fault>> + Unpin),
        runs: impl AsyncFn() -> Result<bool, Fault>,
        answers: impl AsyncFn() -> Result<(), Fault>,
    ) -> Result<Option<Piped>, Fault> {
        let mut silent = Duration::ZERO;
        loop {
            match tokio::time::timeout(self.look_after, output.next()).await {
                Ok(next) => return next.transpose(),
                Err(_) if !runs().await? => return Ok(None),
                Err(_) => silent += self.look_after,
            }
            if silent >= self.ask_after {
                silent = Duration::ZERO;
                answers().await?;
            }
        }
    }
}

/// Gives a question up that takes too long.
pub(super) async fn within<T>(limit: Duration, answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(stuck()))
}

fn stuck() -> Fault {
    Fault { kind: FaultKind::Hung, message: String::new() }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SHORT: Patience = Patience { look_after: Duration::from_millis(1), ask_after: Duration::from_millis(3) };

    /// What is said after a silence of any length, as the command and its server behave.
    async fn heard(looks: usize, runs: bool, answers: bool) -> (Result<Option<Piped>, Fault>, usize) {
        let mut output = futures_util::stream::pending();
        let (looked, asked) = (Cell::new(0), Cell::new(0));
        let still_runs = async || {
            looked.set(looked.get() + 1);
            Ok(runs && looked.get() < looks)
        };
        let still_answers = async || {
            asked.set(asked.get() + 1);
            if answers { Ok(()) } else { Err(stuck()) }
        };
        (SHORT.next(&mut output, still_runs, still_answers).await, asked.get())
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn silence_is_no_failure_while_the_command_runs_and_its_server_answers() {
        let (heard, asked) = block_on(heard(31, true, true));
        assert!(heard.unwrap().is_none());
        assert_eq!(asked, 10);
    }

    #[test]
    fn a_command_that_has_ended_without_a_word_is_not_waited_for() {
        assert!(block_on(heard(1000, false, true)).0.unwrap().is_none());
    }

    #[test]
    fn a_server_that_does_not_answer_any_more_is_stuck() {
        let (heard, asked) = block_on(heard(1000, true, false));
        assert_eq!((heard.unwrap_err().kind, asked), (FaultKind::Hung, 1));
    }

    #[test]
    fn a_question_is_given_up() {
        let answer = std::future::pending::<Result<(), Fault>>();
        let given_up = block_on(within(Duration::from_millis(1), answer));
        assert_eq!(given_up.unwrap_err().kind, FaultKind::Hung);
    }
}
