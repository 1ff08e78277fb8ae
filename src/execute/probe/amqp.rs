//! AMQP 0-9-1: the protocol header, then, where there is a password, the login as far as the open connection.
//!
//! A broker that is left in the middle complains in its log; one that is said goodbye to does not.

use bytes::{Buf, Bytes};

use super::Reason;
use super::wire::{Unready, Wire, said, take_bytes};
use crate::model::Login;

const HEADER: &[u8] = b"AMQP\x00\x00\x09\x01";
const METHOD_FRAME: u8 = 1;
const HEARTBEAT_FRAME: u8 = 8;
const FRAME_END: u8 = 0xce;

/// Methods of the class `connection`.
const CONNECTION: u16 = 10;
const START: u16 = 10;
const START_OK: u16 = 11;
const TUNE: u16 = 30;
const TUNE_OK: u16 = 31;
const OPEN: u16 = 40;
const OPEN_OK: u16 = 41;
const CLOSE: u16 = 50;

/// Asks to be told of a wrong password, in place of the connection being dropped: a table in a table, each with its length.
const PROPERTIES: &[u8] = b"\x00\x00\x00\x31\x0ccapabilitiesF\x00\x00\x00\x1f\x1cauthentication_failure_closet\x01";

pub async fn ask(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    wire.send(HEADER).await?;
    receive(wire, START).await?;
    let Some(password) = &login.password else { return Ok(()) };
    let proof = ["", &login.user, password.reveal()].join("\0");
    let proof_length = u32::try_from(proof.len()).unwrap_or_default().to_be_bytes();
    let start = [PROPERTIES, b"\x05PLAIN", &proof_length, proof.as_bytes(), b"\x05en_US"].concat();
    wire.send(&method(START_OK, &start)).await?;
    let tune = receive(wire, TUNE).await?;
    // The broker's own numbers are fine, but for the heartbeat at their end: none.
    let limits = tune.get(..6).ok_or_else(|| wire.strange())?;
    let host = if login.database.is_empty() { "/" } else { &login.database };
    let host_length =
        u8::try_from(host.len()).map_err(|_| Unready::refused(Reason::Database, "the name is too long"))?;
    wire.send(&method(TUNE_OK, &[limits, &[0, 0]].concat())).await?;
    wire.send(&method(OPEN, &[&[host_length], host.as_bytes(), &[0, 0]].concat())).await?;
    receive(wire, OPEN_OK).await?;
    wire.send(&method(CLOSE, b"\x00\xc8\x05ready\x00\x00\x00\x00")).await?;
    // What it answers to that changes nothing.
    let _ = frame(wire).await;
    Ok(())
}

fn method(number: u16, arguments: &[u8]) -> Vec<u8> {
    let length = u32::try_from(arguments.len() + 4).unwrap_or_default().to_be_bytes();
    let (class, number) = (CONNECTION.to_be_bytes(), number.to_be_bytes());
    [&[METHOD_FRAME, 0, 0], &length[..], &class, &number, arguments, &[FRAME_END]].concat()
}

/// The arguments of the next method, which has to be this one.
async fn receive(wire: &mut Wire, wanted: u16) -> Result<Bytes, Unready> {
    let mut payload = loop {
        match frame(wire).await? {
            (METHOD_FRAME, payload) => break payload,
            (HEARTBEAT_FRAME, _) => {}
            _ => return Err(wire.strange()),
        }
    };
    let (class, number) = (payload.try_get_u16(), payload.try_get_u16());
    match (class, number) {
        (Ok(CONNECTION), Ok(number)) if number == wanted => Ok(payload),
        (Ok(CONNECTION), Ok(CLOSE)) => Err(judge(&payload)),
        _ => Err(wire.strange()),
    }
}

async fn frame(wire: &mut Wire) -> Result<(u8, Bytes), Unready> {
    wire.expect_start(&[METHOD_FRAME, HEARTBEAT_FRAME, b'A']).await?;
    let mut header = wire.take(7).await?;
    if header.starts_with(b"AMQP") {
        return Err(Unready::refused(Reason::OtherProtocol, "it speaks another version of AMQP"));
    }
    let (kind, _channel, length) = (header.get_u8(), header.get_u16(), header.get_u32());
    let payload = wire.take(usize::try_from(length).unwrap_or(usize::MAX)).await?;
    if *wire.take(1).await? == [FRAME_END] { Ok((kind, payload)) } else { Err(wire.strange()) }
}

/// What `connection.close` means for the wait: 403 = login, 530 = virtual host, everything else = not yet.
fn judge(mut arguments: &[u8]) -> Unready {
    let code = arguments.try_get_u16().unwrap_or_default();
    let length = arguments.try_get_u8().unwrap_or_default();
    let text = said(take_bytes(&mut arguments, usize::from(length)).unwrap_or_default());
    match code {
        403 => Unready::refused(Reason::Login, text),
        530 => Unready::refused(Reason::Database, text),
        _ => Unready::NotYet(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, login, nobody, not_yet, refused, say};
    use super::super::{Answer, Question, Reason};
    use super::{HEADER, method};
    use crate::catalog::Probe;
    use crate::model::Login;

    async fn ask(login: &Login, script: Vec<Act>) -> Answer {
        answer(Question::Protocol { protocol: Probe::Amqp, login }, script).await
    }

    fn start() -> Act {
        say(method(10, b"\x00\x09\0\0\0\0\0\0\0\x05PLAIN\0\0\0\x05en_US"))
    }

    fn close(code: u16, text: &str) -> Act {
        let length = u8::try_from(text.len()).unwrap();
        say(method(50, &[&code.to_be_bytes()[..], &[length], text.as_bytes(), &[0; 4]].concat()))
    }

    #[tokio::test]
    async fn without_a_login_the_first_frame_is_ready() {
        assert_eq!(ask(&nobody(), vec![hear(HEADER), start()]).await, Answer::Ready);
        let half = ask(&nobody(), vec![hear(HEADER), say([1, 0, 0, 0, 0, 0])]).await;
        assert_eq!(half, not_yet("began to answer, then hung up"));
    }

    #[tokio::test]
    async fn with_a_login_an_open_connection_is_ready_and_is_closed() {
        let script = vec![
            start(),
            hear(b"\x05PLAIN\0\0\0\x0b\0app\0s3cret\x05en_US\xce"),
            say(method(30, &[7, 255, 0, 2, 0, 0, 0, 60])),
            hear([0, 10, 0, 31, 7, 255, 0, 2, 0, 0, 0, 0, 0xce]),
            hear(b"\0\x0a\0\x28\x04shop\0\0\xce"),
            say([8, 0, 0, 0, 0, 0, 0, 0xce]),
            say(method(41, &[0])),
            hear([0, 10, 0, 50]),
            say(method(51, &[])),
        ];
        assert_eq!(ask(&login(), script).await, Answer::Ready);
    }

    #[tokio::test]
    async fn a_wrong_password_or_a_missing_virtual_host_is_refused() {
        let answer = ask(&login(), vec![start(), close(403, "ACCESS_REFUSED - no")]).await;
        assert_eq!(answer, refused(Reason::Login, "ACCESS_REFUSED - no"));
        let answer = ask(&login(), vec![start(), close(530, "NOT_ALLOWED - vhost shop not found")]).await;
        assert_eq!(answer, refused(Reason::Database, "NOT_ALLOWED - vhost shop not found"));
        assert_eq!(ask(&login(), vec![start(), close(541, "INTERNAL_ERROR")]).await, not_yet("INTERNAL_ERROR"));
    }

    #[tokio::test]
    async fn another_version_is_another_protocol() {
        let answer = ask(&nobody(), vec![hear(HEADER), say(b"AMQP\x03\x01\0\0")]).await;
        assert_eq!(answer, refused(Reason::OtherProtocol, "it speaks another version of AMQP"));
    }
}
