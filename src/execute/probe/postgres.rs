//! PostgreSQL, protocol 3.0: startup, authentication and `SELECT 1` as the app's user on the app's database.

use bytes::{Buf, Bytes, BytesMut};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::frontend;

use super::Reason;
use super::wire::{Unready, Wire, said, take_bytes, take_text};
use crate::model::Login;

pub async fn ask(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    enter(wire, login).await?;
    send(wire, |buffer| frontend::query("SELECT 1", buffer)).await?;
    if !until_idle(wire).await? {
        return Err(Unready::not_yet("answers, but not to `SELECT 1`"));
    }
    leave(wire).await;
    Ok(())
}

/// Carries statements out, one after the other, as far as the server agrees.
pub async fn tell(wire: &mut Wire, login: &Login, statements: &[String]) -> Result<(), Unready> {
    enter(wire, login).await?;
    for statement in statements {
        send(wire, |buffer| frontend::query(statement, buffer)).await?;
        until_idle(wire).await?;
    }
    leave(wire).await;
    Ok(())
}

async fn leave(wire: &mut Wire) {
    let mut goodbye = BytesMut::new();
    frontend::terminate(&mut goodbye);
    wire.leave(&goodbye).await;
}

async fn enter(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    let mut parameters = vec![("user", login.user.as_str()), ("application_name", "devenv")];
    if !login.database.is_empty() {
        parameters.push(("database", &login.database));
    }
    send(wire, |buffer| frontend::startup_message(parameters, buffer)).await?;
    authenticate(wire, login).await?;
    until_idle(wire).await.map(|_| ())
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

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, login, not_yet, refused, say};
    use super::super::{Answer, Question, Reason};
    use crate::catalog::Probe;

    async fn ask(script: Vec<Act>) -> Answer {
        let login = login();
        answer(Question::Protocol { protocol: Probe::Postgres, login: &login }, script).await
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = i32::try_from(body.len() + 4).unwrap();
        [&[kind], &length.to_be_bytes()[..], body].concat()
    }

    fn error(code: &str, text: &str) -> Act {
        say(message(b'E', format!("SFATAL\0VFATAL\0C{code}\0M{text}\0Fpostmaster.c\0\0").as_bytes()))
    }

    /// What a server sends once it believes who asks, and the end of the conversation.
    fn accepted() -> Vec<Act> {
        let idle = message(b'Z', b"I");
        let welcome =
            [message(b'R', &[0; 4]), message(b'S', b"server_version\x0017.2\0"), message(b'K', &[0; 8]), idle.clone()];
        let row = [
            message(b'T', b"\0\x01?column?\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0"),
            message(b'D', b"\0\x01\0\0\0\x011"),
            message(b'C', b"SELECT 1\0"),
            idle,
        ];
        vec![say(welcome.concat()), hear(b"Q\0\0\0\x0dSELECT 1\0"), say(row.concat()), hear(b"X\0\0\0\x04")]
    }

    #[tokio::test]
    async fn a_row_is_ready_as_the_user_on_the_database() {
        let startup = b"\0\x03\0\0user\0app\0application_name\0devenv\0database\0shop\0\0";
        assert_eq!(ask([vec![hear(startup)], accepted()].concat()).await, Answer::Ready);
    }

    #[tokio::test]
    async fn a_password_is_given_as_it_is_asked_for() {
        let clear = vec![say(message(b'R', &[0, 0, 0, 3])), hear(b"p\0\0\0\x0bs3cret\0")];
        assert_eq!(ask([clear, accepted()].concat()).await, Answer::Ready);
        // md5(md5(password + user) + salt), computed with another program.
        let md5 =
            vec![say(message(b'R', b"\0\0\0\x05salt")), hear(b"p\0\0\0\x28md5f69b5c3c139fffc980484809e0e6fb64\0")];
        assert_eq!(ask([md5, accepted()].concat()).await, Answer::Ready);
        let scram = vec![
            say(message(b'R', b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")),
            hear(b"SCRAM-SHA-256\0\0\0\0"),
            hear("n,,n=,r="),
        ];
        assert_eq!(ask(scram).await, not_yet("began to answer, then hung up"));
        let other = ask(vec![say(message(b'R', &[0, 0, 0, 7]))]).await;
        assert_eq!(other, refused(Reason::Login, "it wants another way of login than a password"));
    }

    #[tokio::test]
    async fn a_server_that_does_not_know_the_password_is_not_believed() {
        let offer = say(message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0"));
        let wrong_nonce = say(message(b'R', b"\0\0\0\x0br=x,s=c2FsdA==,i=4096"));
        let no_proof = say(message(b'R', b"\0\0\0\x0cv=AAAA"));
        let unproven = refused(Reason::Login, "it does not know the password itself");
        assert_eq!(ask(vec![offer.clone(), wrong_nonce]).await, unproven);
        assert_eq!(ask(vec![no_proof.clone()]).await, unproven);
        assert_eq!(ask(vec![offer.clone(), no_proof]).await, unproven);
        let again = ask(vec![offer.clone(), offer.clone(), offer.clone(), offer.clone(), offer]).await;
        assert!(matches!(again, Answer::Refused(_)), "{again:?}");
    }

    #[tokio::test]
    async fn errors_are_told_apart() {
        assert_eq!(
            ask(vec![error("57P03", "the database system is starting up")]).await,
            not_yet("the database system is starting up")
        );
        assert_eq!(
            ask(vec![error("53300", "sorry, too many clients already")]).await,
            not_yet("sorry, too many clients already")
        );
        let wrong = "password authentication failed for user \"app\"";
        assert_eq!(ask(vec![error("28P01", wrong)]).await, refused(Reason::Login, wrong));
        let missing = "database \"shop\" does not exist";
        assert_eq!(
            ask(vec![say(message(b'R', &[0; 4])), error("3D000", missing)]).await,
            refused(Reason::Database, missing)
        );
        assert_eq!(ask(vec![say(message(b'E', b"C57P03"))]).await, not_yet("answers with an error"));
    }

    #[tokio::test]
    async fn half_a_conversation_is_not_ready() {
        let mut acts = accepted();
        acts.truncate(2);
        assert_eq!(ask(acts.clone()).await, not_yet("began to answer, then hung up"));
        acts.push(say([message(b'C', b"SELECT 0\0"), message(b'Z', b"I")].concat()));
        assert_eq!(ask(acts).await, not_yet("answers, but not to `SELECT 1`"));
    }
}
