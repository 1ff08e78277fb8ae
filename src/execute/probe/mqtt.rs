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
