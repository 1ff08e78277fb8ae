//! MQTT 3.1.1 (OASIS standard of 2014): `CONNECT` accepted by `CONNACK`, then `DISCONNECT`.

use super::Reason;
use super::wire::{Unready, Wire};
use crate::model::Login;

const CLEAN_SESSION: u8 = 0x02;
const WITH_PASSWORD: u8 = 0x40;
const WITH_USER: u8 = 0x80;

pub async fn ask(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    let connect =
        connect(login).ok_or_else(|| Unready::refused(Reason::Login, "the user or the password is too long"))?;
    wire.send(&connect).await?;
    let answer = wire.take(4).await?;
    match *answer {
        [0x20, 2, _, 0] => {}
        [0x20, 2, _, 1] => return Err(Unready::refused(Reason::OtherProtocol, "it does not speak version 3.1.1")),
        [0x20, 2, _, 3] => return Err(Unready::not_yet("says that it is not available")),
        [0x20, 2, _, 4] => return Err(Unready::refused(Reason::Login, "wrong user or password")),
        [0x20, 2, _, 5] => return Err(Unready::refused(Reason::Login, "not authorised")),
        [0x20, 2, _, code] => return Err(Unready::refused(Reason::Barred, format!("refused with code {code}"))),
        _ => return Err(wire.strange()),
    }
    wire.leave(&[0xe0, 0]).await;
    Ok(())
}

/// The whole packet; `None` if a field is longer than the protocol has room for.
fn connect(login: &Login) -> Option<Vec<u8>> {
    let mut flags = CLEAN_SESSION;
    let mut fields = Vec::new();
    put(&mut fields, "devenv-ready")?;
    if let Some(password) = &login.password {
        flags |= WITH_USER | WITH_PASSWORD;
        put(&mut fields, &login.user)?;
        put(&mut fields, password.reveal())?;
    }
    let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', 4, flags, 0, 10];
    body.append(&mut fields);
    let mut packet = vec![0x10];
    let mut length = body.len();
    // Seven bits a byte, lowest first; the eighth says that more follow.
    loop {
        let low = u8::try_from(length % 128).ok()?;
        length /= 128;
        packet.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.append(&mut body);
    Some(packet)
}

fn put(fields: &mut Vec<u8>, text: &str) -> Option<()> {
    fields.extend(u16::try_from(text.len()).ok()?.to_be_bytes());
    fields.extend(text.bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, login, nobody, not_yet, refused, say};
    use super::super::{Answer, Question, Reason};
    use super::connect;
    use crate::catalog::Probe;
    use crate::model::{Login, Sensitive};

    async fn ask(login: &Login, script: Vec<Act>) -> Answer {
        answer(Question::Protocol { protocol: Probe::Mqtt, login }, script).await
    }

    #[tokio::test]
    async fn an_accepted_connect_is_ready() {
        let packet = b"\x10\x18\0\x04MQTT\x04\x02\0\x0a\0\x0cdevenv-ready";
        assert_eq!(ask(&nobody(), vec![hear(packet), say([0x20, 2, 0, 0]), hear([0xe0, 0])]).await, Answer::Ready);
        let script = vec![hear(b"\x04\xc2\0\x0a\0\x0cdevenv-ready\0\x03app\0\x06s3cret"), say([0x20, 2, 0, 0])];
        assert_eq!(ask(&login(), script).await, Answer::Ready);
    }

    #[tokio::test]
    async fn its_codes_are_told_apart() {
        let code = async |code: u8| ask(&nobody(), vec![say([0x20, 2, 0, code])]).await;
        assert_eq!(code(3).await, not_yet("says that it is not available"));
        assert_eq!(code(4).await, refused(Reason::Login, "wrong user or password"));
        assert_eq!(code(5).await, refused(Reason::Login, "not authorised"));
        assert_eq!(code(77).await, refused(Reason::Barred, "refused with code 77"));
    }

    #[test]
    fn a_long_packet_has_a_long_length_and_a_too_long_one_is_not_sent() {
        let long = Login { password: Some(Sensitive::new("x".repeat(300))), ..login() };
        let packet = connect(&long).unwrap();
        assert_eq!(packet[..3], [0x10, 0xcb, 0x02]);
        assert_eq!(packet.len(), 3 + 0x4b + 2 * 128);
        assert_eq!(connect(&Login { password: Some(Sensitive::new("x".repeat(70_000))), ..login() }), None);
    }
}
