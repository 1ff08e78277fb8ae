//! Any byte at all, for a service whose protocol is not known.

use std::time::Duration;

use tokio::time::timeout;

use super::wire::{Unready, Wire};

/// How long it may greet by itself, before it gets something to answer.
const GREETING: Duration = Duration::from_millis(100);

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    if let Ok(greeting) = timeout(GREETING, wire.take(1)).await {
        return greeting.map(|_| ());
    }
    // What speaks HTTP answers this, and most protocols of text do as well, if only with an error.
    wire.send(b"GET / HTTP/1.0\r\n\r\n").await?;
    wire.take(1).await.map(|_| ())
}

/// How long a connection has to be kept open by a service that says nothing.
const HELD: Duration = Duration::from_millis(300);

/// A greeting, or a connection that is kept open: the most that can be known of a service that speaks only when spoken to in a
/// language that is not known. Where nobody listens inside, the engine's own listener hangs up at once.
pub async fn ask_held(wire: &mut Wire) -> Result<(), Unready> {
    match timeout(HELD, wire.take(1)).await {
        Ok(greeting) => greeting.map(|_| ()),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, say};
    use super::super::{Answer, Question};

    #[tokio::test]
    async fn a_greeting_or_an_answer_is_a_first_byte() {
        assert_eq!(answer(Question::FirstByte, vec![say("220 mail\r\n")]).await, Answer::Ready);
        assert_eq!(answer(Question::FirstByte, vec![hear("\r\n\r\n"), say("?")]).await, Answer::Ready);
    }

    #[tokio::test]
    async fn a_line_that_is_kept_open_is_held_and_one_that_is_hung_up_is_not() {
        assert_eq!(answer(Question::Held, vec![Act::Hang]).await, Answer::Ready);
        assert_eq!(answer(Question::Held, vec![say("hello")]).await, Answer::Ready);
        assert!(matches!(answer(Question::Held, vec![]).await, Answer::NotYet(_)));
    }
}
