//! SQL Server: the `PRELOGIN` of its protocol (MS-TDS, section 2.2.6.5), answered once logins are taken.

use super::wire::{Unready, Wire};

/// A packet of eight bytes of header, then where the two options are, then our version and that we can't encrypt.
const PRELOGIN: &[u8] = b"\x12\x01\0\x1a\0\0\0\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\0\0\0\0\0\0\x02";

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    wire.send(PRELOGIN).await?;
    let answer = wire.take(9).await?;
    // The header of a response, and the option that says which version answers.
    match *answer {
        [0x04, 0x01, _, _, _, _, _, _, 0] => Ok(()),
        _ => Err(wire.strange()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, nobody, say};
    use super::super::{Answer, Question};
    use crate::catalog::Probe;

    async fn ask(script: Vec<Act>) -> Answer {
        answer(Question::Protocol { protocol: Probe::Mssql, login: &nobody() }, script).await
    }

    #[tokio::test]
    async fn a_response_with_a_version_is_ready() {
        let response = b"\x04\x01\0\x1a\0\0\x01\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x10\0\x04\x9c\0\0\x02";
        assert_eq!(ask(vec![hear(super::PRELOGIN), say(response)]).await, Answer::Ready);
    }

    #[tokio::test]
    async fn anything_else_is_not() {
        assert_ne!(ask(vec![hear(super::PRELOGIN), say(b"HTTP/1.1 400 Bad Request\r\n\r\n")]).await, Answer::Ready);
    }
}
