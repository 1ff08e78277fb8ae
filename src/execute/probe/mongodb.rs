//! MongoDB: the command `hello` as `OP_MSG`, answered with `ok: 1` by a server that may be written to.

use bytes::Buf;

use super::wire::{Unready, Wire, said, take_bytes, take_text};

const OP_MSG: i32 = 2013;
/// Length, request id, id of the request that is answered, kind of message.
const HEADER: usize = 16;

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    wire.send(&hello()).await?;
    let header = wire.take(HEADER).await?;
    let mut fields = &header[..];
    let (length, _, _, kind) = (fields.get_i32_le(), fields.get_i32_le(), fields.get_i32_le(), fields.get_i32_le());
    let length = usize::try_from(length).ok().filter(|_| kind == OP_MSG).and_then(|length| length.checked_sub(HEADER));
    let Some(length) = length else { return Err(wire.strange()) };
    let body = wire.take(length).await?;
    // Four bytes of flags, and 0 for "one document follows".
    let reply = match &body[..] {
        [_, _, _, _, 0, document @ ..] => read(document),
        _ => None,
    };
    let Some(reply) = reply else { return Err(wire.strange()) };
    match reply {
        Reply { ok: true, writable: true, .. } => Ok(()),
        Reply { ok: true, writable: false, .. } => Err(Unready::not_yet("answers, but can't be written to yet")),
        Reply { message, .. } => Err(Unready::NotYet(message)),
    }
}

fn hello() -> Vec<u8> {
    let mut document = b"\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0".to_vec();
    let length = i32::try_from(document.len() + 4).unwrap_or_default();
    document.splice(0..0, length.to_le_bytes());
    let total = i32::try_from(HEADER + 5 + document.len()).unwrap_or_default();
    let mut message = Vec::new();
    for field in [total, 1, 0, OP_MSG] {
        message.extend(field.to_le_bytes());
    }
    message.extend([0, 0, 0, 0, 0]);
    message.append(&mut document);
    message
}

struct Reply {
    ok: bool,
    writable: bool,
    message: String,
}

/// Reads the few fields that matter of a BSON document, version 1.1; `None` if it is not one.
fn read(mut document: &[u8]) -> Option<Reply> {
    let mut reply = Reply { ok: false, writable: true, message: "answers, but not with ok".to_owned() };
    let _length = document.try_get_i32_le().ok()?;
    loop {
        let kind = document.try_get_u8().ok()?;
        if kind == 0 {
            return Some(reply);
        }
        let name = take_text(&mut document)?;
        let value = take_value(kind, &mut document)?;
        match (name, kind) {
            (b"ok", 0x01) => reply.ok = value == 1f64.to_le_bytes(),
            (b"ok", 0x08 | 0x10 | 0x12) => reply.ok = value.first() == Some(&1),
            (b"isWritablePrimary", 0x08) => reply.writable = value == [1],
            (b"errmsg", 0x02) => reply.message = said(value.get(4..)?),
            _ => {}
        }
    }
}

/// Splits off a value of the given kind, with its own length where it has one.
fn take_value<'a>(kind: u8, document: &mut &'a [u8]) -> Option<&'a [u8]> {
    let ahead: &[u8] = document;
    let length = || usize::try_from((&mut &*ahead).try_get_i32_le().ok()?).ok();
    let size = match kind {
        0x06 | 0x0a | 0x7f | 0xff => 0,
        0x08 => 1,
        0x10 => 4,
        0x01 | 0x09 | 0x11 | 0x12 => 8,
        0x07 => 12,
        0x13 => 16,
        // Text counts what follows its length; a document counts the length as well; binary has a kind of its own.
        0x02 | 0x0d | 0x0e => length()?.checked_add(4)?,
        0x03 | 0x04 => length()?.max(4),
        0x05 => length()?.checked_add(5)?,
        _ => return None,
    };
    take_bytes(document, size)
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{answer, hear, nobody, not_yet, say};
    use super::super::{Answer, Question};
    use super::{OP_MSG, hello};
    use crate::catalog::Probe;

    /// A reply with these fields, each already in its form.
    fn reply(fields: &[&[u8]]) -> Vec<u8> {
        let fields = fields.concat();
        let length = i32::try_from(fields.len() + 5).unwrap();
        let document = [&length.to_le_bytes()[..], &fields, &[0]].concat();
        let total = i32::try_from(document.len() + 21).unwrap();
        let header: Vec<u8> = [total, 7, 1, OP_MSG].iter().flat_map(|field| field.to_le_bytes()).collect();
        [&header[..], &[0; 5], &document].concat()
    }

    const OK: &[u8] = b"\x01ok\0\0\0\0\0\0\0\xf0\x3f";
    const WRITABLE: &[u8] = b"\x08isWritablePrimary\0\x01";
    const READ_ONLY: &[u8] = b"\x08isWritablePrimary\0\x00";
    /// A document, an array, a date, a long number, an object id and binary data, as a real server sends them.
    const MORE: &[u8] = b"\x03topology\0\x0c\0\0\0\x10n\0\x01\0\0\0\0\x04hosts\0\x05\0\0\0\0\x09now\0\0\0\0\0\0\0\0\0\x12t\0\0\0\0\0\0\0\0\0\x07id\0aaaaaaaaaaaa\x05b\0\x02\0\0\0\0ab";

    async fn ask(reply: &[u8]) -> Answer {
        let login = nobody();
        answer(Question::Protocol { protocol: Probe::Mongodb, login: &login }, vec![hear(hello()), say(reply)]).await
    }

    #[tokio::test]
    async fn ok_of_a_server_that_can_be_written_to_is_ready() {
        assert_eq!(ask(&reply(&[WRITABLE, MORE, OK])).await, Answer::Ready);
        assert_eq!(ask(&reply(&[MORE, OK])).await, Answer::Ready);
        assert_eq!(ask(&reply(&[READ_ONLY, OK])).await, not_yet("answers, but can't be written to yet"));
    }

    #[tokio::test]
    async fn an_error_is_told() {
        let error = b"\x02errmsg\0\x0a\0\0\0not ready\0\x01ok\0\0\0\0\0\0\0\0\0";
        assert_eq!(ask(&reply(&[error])).await, not_yet("not ready"));
    }

    #[tokio::test]
    async fn half_a_reply_is_not_ready() {
        let whole = reply(&[WRITABLE, MORE, OK]);
        for end in 0..whole.len() {
            assert!(matches!(ask(&whole[..end]).await, Answer::NotYet(_)), "{end}");
        }
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            // It may still be a reply, or not: it must not do harm.
            let _ = super::read(&broken[21..]);
        }
    }
}
