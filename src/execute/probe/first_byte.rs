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

#[cfg(test)]
mod tests {
    use super::super::scripted::{answer, hear, say};
    use super::super::{Answer, Question};

    #[tokio::test]
    async fn a_greeting_or_an_answer_is_a_first_byte() {
        assert_eq!(answer(Question::FirstByte, vec![say("220 mail\r\n")]).await, Answer::Ready);
        assert_eq!(answer(Question::FirstByte, vec![hear("\r\n\r\n"), say("?")]).await, Answer::Ready);
    }
}
