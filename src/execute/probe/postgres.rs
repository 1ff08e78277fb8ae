//! PostgreSQL, protocol 3.0: startup, authentication and `SELECT 1` as the app's user on the app's database.

use bytes::{Buf, Bytes, BytesMut};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::frontend;

use super::Reason;
use super::wire::{Unready, Wire, said, take_bytes, take_text};
use crate::model::Login;

pub async fn ask(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    let mut parameters = vec![("user", login.user.as_str()), ("application_name", "devenv")];
    if !login.database.is_empty() {
        parameters.push(("database", &login.database));
    }
    send(wire, |buffer| frontend::startup_message(parameters, buffer)).await?;
    authenticate(wire, login).await?;
    until_idle(wire).await?;
    send(wire, |buffer| frontend::query("SELECT 1", buffer)).await?;
    if !until_idle(wire).await? {
        return Err(Unready::not_yet("answers, but not to `SELECT 1`"));
    }
    let mut goodbye = BytesMut::new();
    frontend::terminate(&mut goodbye);
    wire.leave(&goodbye).await;
    Ok(())
}

/// Ways to prove who asks, by the number that the server sends:
///
/// | 0 | 3 | 5 | 10 | 11, 12 |
/// |---|---|---|---|---|
/// | accepted | the password itself | its MD5 with salt | begin SCRAM-SHA-256 | go on with it |
async fn authenticate(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    let password = login.password.as_ref().map_or("", |password| password.reveal()).as_bytes();
    let mut scram = Some(ScramSha256::new(password, ChannelBinding::unsupported()));
    // SCRAM takes three rounds, every other way one.
    for _ in 0..4 {
        let (kind, body) = message(wire).await?;
        let mut body = &body[..];
        let way = if kind == b'R' { body.try_get_i32().ok() } else { None };
        match way {
            Some(0) => return Ok(()),
            Some(3) => send(wire, |buffer| frontend::password_message(password, buffer)).await?,
            Some(5) => {
                let salt =
                    take_bytes(&mut body, 4).and_then(|salt| salt.try_into().ok()).ok_or_else(|| wire.strange())?;
                let proof = md5_hash(login.user.as_bytes(), password, salt);
                send(wire, |buffer| frontend::password_message(proof.as_bytes(), buffer)).await?;
            }
            Some(10) => {
                if !offers(body, SCRAM_SHA_256) {
                    return Err(unknown_way());
                }
                let Some(scram) = &scram else { return Err(wire.strange()) };
                send(wire, |buffer| frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), buffer)).await?;
            }
            Some(11) => {
                let Some(scram) = &mut scram else { return Err(wire.strange()) };
                scram.update(body).map_err(|_| unproven())?;
                send(wire, |buffer| frontend::sasl_response(scram.message(), buffer)).await?;
            }
            // Taken, because a message of a finished exchange must not be asked for.
            Some(12) => scram
                .take()
                .map_or_else(|| Err(wire.strange()), |mut scram| scram.finish(body).map_err(|_| unproven()))?,
            Some(_) => return Err(unknown_way()),
            None => return Err(wire.strange()),
        }
    }
    Err(wire.strange())
}

fn offers(mut list: &[u8], wanted: &str) -> bool {
    while let Some(way) = take_text(&mut list) {
        if way == wanted.as_bytes() {
            return true;
        }
    }
    false
}

fn unknown_way() -> Unready {
    Unready::refused(Reason::Login, "it wants another way of login than a password")
}

fn unproven() -> Unready {
    Unready::refused(Reason::Login, "it does not know the password itself")
}

/// Reads until the server waits for the next command; whether a row with a 1 was among it.
async fn until_idle(wire: &mut Wire) -> Result<bool, Unready> {
    let mut one = false;
    loop {
        let (kind, body) = message(wire).await?;
        match kind {
            b'Z' => return Ok(one),
            // One field, one byte long.
            b'D' => one = *body == *b"\x00\x01\x00\x00\x00\x011",
            b'S' | b'K' | b'N' | b'T' | b'C' | b'v' => {}
            _ => return Err(wire.strange()),
        }
    }
}

async fn send(wire: &mut Wire, write: impl FnOnce(&mut BytesMut) -> std::io::Result<()>) -> Result<(), Unready> {
    let mut buffer = BytesMut::new();
    write(&mut buffer).map_err(|_| Unready::refused(Reason::Login, "the user or the password can't be sent"))?;
    wire.send(&buffer).await
}

/// The next message; an error that the server sends is an error here.
async fn message(wire: &mut Wire) -> Result<(u8, Bytes), Unready> {
    let kind = wire.take(1).await?.get_u8();
    if !b"RSKZTDCEINv".contains(&kind) {
        return Err(wire.strange());
    }
    let length = wire.take(4).await?.get_i32();
    let length = usize::try_from(length).ok().and_then(|length| length.checked_sub(4));
    let Some(length) = length else { return Err(wire.strange()) };
    let body = wire.take(length).await?;
    if kind == b'E' { Err(judge(&body)) } else { Ok((kind, body)) }
}

/// What an error means for the wait, by its code ("PostgreSQL Error Codes", appendix A of its manual):
///
/// | 28xxx | 3D000, 42501 | everything else, for example 57P03 (starting up), 53300 (too many) |
/// |---|---|---|
/// | login | database | not yet |
fn judge(mut fields: &[u8]) -> Unready {
    let (mut code, mut text) = (&b""[..], String::new());
    while let Ok(kind @ 1..) = fields.try_get_u8() {
        let Some(value) = take_text(&mut fields) else { break };
        match kind {
            b'C' => code = value,
            b'M' => text = said(value),
            _ => {}
        }
    }
    match code {
        [b'2', b'8', ..] => Unready::refused(Reason::Login, text),
        b"3D000" | b"42501" => Unready::refused(Reason::Database, text),
        _ if text.is_empty() => Unready::not_yet("answers with an error"),
        _ => Unready::NotYet(text),
    }
}
