//! Memcached's text protocol: `version`.

use super::wire::{Unready, Wire};

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    wire.send(b"version\r\n").await?;
    wire.expect_start(b"V").await?;
    let line = wire.take_until(b"\r\n").await?;
    if line.starts_with(b"VERSION ") { Ok(()) } else { Err(wire.strange()) }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{answer, hear, nobody, not_yet, say};
    use super::super::{Answer, Question};
    use crate::catalog::Probe;

    #[tokio::test]
    async fn a_version_is_ready_and_half_of_one_is_not() {
        let login = nobody();
        let question = Question::Protocol { protocol: Probe::Memcached, login: &login };
        assert_eq!(answer(question, vec![hear("version\r\n"), say("VERSION 1.6.38\r\n")]).await, Answer::Ready);
        let half = answer(question, vec![hear("version\r\n"), say("VERSION 1.6")]).await;
        assert_eq!(half, not_yet("began to answer, then hung up"));
        assert!(matches!(answer(question, vec![say("ERROR\r\n")]).await, Answer::Refused(_)));
    }
}
