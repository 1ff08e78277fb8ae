//! MySQL and MariaDB, protocol 4.1: handshake, authentication as the app's user on the app's database, `SELECT 1`.
//!
//! Rules: "Client/Server Protocol" in MySQL's source documentation.

use bytes::{Buf, Bytes};

use super::wire::{Unready, Wire, said, take_bytes, take_text};
use super::{Reason, mysql_password};
use crate::model::Login;

const LONG_PASSWORD: u32 = 1;
const CONNECT_WITH_DATABASE: u32 = 1 << 3;
const PROTOCOL_41: u32 = 1 << 9;
const SECURE_CONNECTION: u32 = 1 << 15;
const PLUGIN_AUTH: u32 = 1 << 19;
/// utf8mb4_general_ci.
const CHARSET: u8 = 45;
const NONCE: usize = 20;

const OK: u8 = 0;
const MORE: u8 = 1;
const SWITCH: u8 = 0xfe;
const ERROR: u8 = 0xff;
const COMMAND_QUIT: u8 = 1;
const COMMAND_QUERY: u8 = 3;
/// How the key is asked for, in `caching_sha2_password` and in the older `sha256_password`.
const WANT_PUBLIC_KEY: u8 = 2;
const WANT_PUBLIC_KEY_OLD: u8 = 1;
const QUICK_WAY_DONE: u8 = 3;
const FULL_WAY_WANTED: u8 = 4;

pub async fn ask(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    let mut connection = Connection::enter(wire, login).await?;
    connection.send(&[&[COMMAND_QUERY], &b"SELECT 1"[..]].concat()).await?;
    // The number of columns, the column, an end mark, the row, an end mark.
    let mut row = false;
    for _ in 0..5 {
        row |= *connection.receive().await? == *b"\x011";
    }
    if !row {
        return Err(Unready::not_yet("answers, but not to `SELECT 1`"));
    }
    connection.wire.leave(&[1, 0, 0, 0, COMMAND_QUIT]).await;
    Ok(())
}

/// Carries statements out that answer with no rows, one after the other, as far as the server agrees.
pub async fn tell(wire: &mut Wire, login: &Login, statements: &[String]) -> Result<(), Unready> {
    let mut connection = Connection::enter(wire, login).await?;
    for statement in statements {
        connection.sequence = 0;
        connection.send(&[&[COMMAND_QUERY], statement.as_bytes()].concat()).await?;
        if connection.receive().await?.first() != Some(&OK) {
            return Err(connection.wire.strange());
        }
    }
    connection.wire.leave(&[1, 0, 0, 0, COMMAND_QUIT]).await;
    Ok(())
}

struct Connection<'a> {
    wire: &'a mut Wire,
    /// Of the next packet that is sent.
    sequence: u8,
}

impl<'a> Connection<'a> {
    async fn enter(wire: &'a mut Wire, login: &Login) -> Result<Self, Unready> {
        let mut connection = Self { wire, sequence: 0 };
        let greeting = connection.receive().await?;
        let challenge = Challenge::greeting(&greeting).ok_or_else(|| connection.wire.strange())?;
        let answer = first_answer(login, &challenge)?;
        connection.send(&answer).await?;
        authenticate(&mut connection, login, challenge).await?;
        connection.sequence = 0;
        Ok(connection)
    }

    /// The next packet, never empty; an error that the server sends is an error here.
    async fn receive(&mut self) -> Result<Bytes, Unready> {
        let mut header = self.wire.take(4).await?;
        let length = usize::try_from(header.get_uint_le(3)).unwrap_or(usize::MAX);
        if length == 0 {
            return Err(self.wire.strange());
        }
        self.sequence = header.get_u8().wrapping_add(1);
        let packet = self.wire.take(length).await?;
        if let [ERROR, error @ ..] = &packet[..] { Err(judge(error)) } else { Ok(packet) }
    }

    async fn send(&mut self, packet: &[u8]) -> Result<(), Unready> {
        let length = u32::try_from(packet.len()).unwrap_or_default().to_le_bytes();
        let whole = [&length[..3], &[self.sequence], packet].concat();
        self.sequence = self.sequence.wrapping_add(1);
        self.wire.send(&whole).await
    }
}

/// How the server wants the password proven.
struct Challenge {
    way: String,
    nonce: Vec<u8>,
}

impl Challenge {
    /// Of the first packet, version 10 of the handshake; `None` if it is not one.
    fn greeting(mut packet: &[u8]) -> Option<Self> {
        if packet.try_get_u8().ok()? != 10 {
            return None;
        }
        let _version = take_text(&mut packet)?;
        let _thread = take_bytes(&mut packet, 4)?;
        let mut nonce = take_bytes(&mut packet, 8)?.to_vec();
        // Zero byte, capabilities, character set, status, more capabilities, length of the nonce, reserved.
        take_bytes(&mut packet, 1 + 2 + 1 + 2 + 2 + 1 + 10)?;
        nonce.extend(take_bytes(&mut packet, NONCE - 8)?);
        take_bytes(&mut packet, 1)?;
        let way = take_text(&mut packet).unwrap_or(b"mysql_native_password");
        Some(Self { way: said(way), nonce })
    }

    /// Of a packet that asks for another way; `None` if it is not one.
    fn switch(mut packet: &[u8]) -> Option<Self> {
        let way = take_text(&mut packet)?;
        let nonce = packet.strip_suffix(&[0]).unwrap_or(packet);
        Some(Self { way: said(way), nonce: nonce.to_vec() })
    }

    /// `None` for a way that is not known here.
    fn proof(&self, password: &str) -> Option<Vec<u8>> {
        match self.way.as_str() {
            "mysql_native_password" => Some(mysql_password::native(password, &self.nonce)),
            "caching_sha2_password" => Some(mysql_password::caching_sha2(password, &self.nonce)),
            // A server also names this one for a user that it does not know.
            "sha256_password" if password.is_empty() => Some(vec![0]),
            "sha256_password" => Some(vec![WANT_PUBLIC_KEY_OLD]),
            _ => None,
        }
    }
}

fn first_answer(login: &Login, challenge: &Challenge) -> Result<Vec<u8>, Unready> {
    let mut abilities = LONG_PASSWORD | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH;
    if !login.database.is_empty() {
        abilities |= CONNECT_WITH_DATABASE;
    }
    // The server's own favourite may be unknown here while the user's is not: then it asks for that one.
    let (way, proof) = match challenge.proof(password(login)) {
        Some(proof) => (challenge.way.as_str(), proof),
        None => ("mysql_native_password", mysql_password::native(password(login), &challenge.nonce)),
    };
    if login.user.contains('\0') || login.database.contains('\0') {
        return Err(Unready::refused(Reason::Login, "the user or the database can't be sent"));
    }
    let mut packet = Vec::new();
    packet.extend(abilities.to_le_bytes());
    packet.extend((1u32 << 24).to_le_bytes());
    packet.push(CHARSET);
    packet.extend([0; 23]);
    packet.extend(login.user.bytes().chain([0]));
    packet.push(u8::try_from(proof.len()).unwrap_or_default());
    packet.extend(proof);
    if !login.database.is_empty() {
        packet.extend(login.database.bytes().chain([0]));
    }
    packet.extend(way.bytes().chain([0]));
    Ok(packet)
}

fn password(login: &Login) -> &str {
    login.password.as_ref().map_or("", |password| password.reveal())
}

/// Follows the server until it accepts; it takes four rounds at the most.
async fn authenticate(connection: &mut Connection<'_>, login: &Login, mut challenge: Challenge) -> Result<(), Unready> {
    for _ in 0..5 {
        let packet = connection.receive().await?;
        match &packet[..] {
            [OK, ..] => return Ok(()),
            [SWITCH, rest @ ..] => {
                challenge = Challenge::switch(rest).ok_or_else(|| unknown_way("a very old one"))?;
                let proof = challenge.proof(password(login)).ok_or_else(|| unknown_way(&challenge.way))?;
                connection.send(&proof).await?;
            }
            [MORE, QUICK_WAY_DONE] => {}
            [MORE, FULL_WAY_WANTED] => connection.send(&[WANT_PUBLIC_KEY]).await?,
            [MORE, key @ ..] => {
                let proof = mysql_password::encrypted(password(login), &challenge.nonce, key);
                let proof = proof.ok_or_else(|| unknown_way("one with a key that is none"))?;
                connection.send(&proof).await?;
            }
            _ => return Err(connection.wire.strange()),
        }
    }
    Err(connection.wire.strange())
}

fn unknown_way(way: &str) -> Unready {
    Unready::refused(Reason::Login, format!("it wants another way of login: `{way}`"))
}

/// What an error means for the wait, by its number ("Server Error Message Reference" of MySQL's manual):
///
/// | 1045, 1251, 1698, 1820, 1862 | 1044, 1049 | 1129, 1130 | everything else |
/// |---|---|---|---|
/// | login | database | from here, nobody | not yet |
fn judge(mut error: &[u8]) -> Unready {
    let Ok(number) = error.try_get_u16_le() else { return Unready::not_yet("answers with an error") };
    // `#` and five characters of the standard's own code; absent before the handshake.
    let text = said(match error {
        [b'#', _, _, _, _, _, text @ ..] => text,
        text => text,
    });
    match number {
        1045 | 1251 | 1698 | 1820 | 1862 => Unready::refused(Reason::Login, text),
        1044 | 1049 => Unready::refused(Reason::Database, text),
        1129 | 1130 => Unready::refused(Reason::Barred, text),
        _ if text.is_empty() => Unready::NotYet(format!("answers with error {number}")),
        _ => Unready::NotYet(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::mysql_password::tests::{NONCE, PEM};
    use super::super::mysql_password::{caching_sha2, native};
    use super::super::scripted::{Act, answer, hear, login, not_yet, refused, say};
    use super::super::{Answer, Question, Reason};
    use crate::catalog::Probe;

    async fn ask(script: Vec<Act>) -> Answer {
        let login = login();
        answer(Question::Protocol { protocol: Probe::Mysql, login: &login }, script).await
    }

    fn packet(sequence: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        [&length[..3], &[sequence], body].concat()
    }

    fn greeting(way: &str) -> Act {
        let (first, second) = NONCE.split_at(8);
        let fields =
            [&b"\x0a9.7.4\0\x08\0\0\0"[..], first, b"\0\xff\xf7\xff\x02\0\xff\xdf\x15", &[0; 10], second, b"\0"];
        say(packet(0, &[&fields.concat(), way.as_bytes(), b"\0"].concat()))
    }

    fn error(number: u16, text: &str) -> Act {
        say(packet(2, &[&[0xff], &number.to_le_bytes()[..], b"#28000", text.as_bytes()].concat()))
    }

    fn rest(sequence: u8) -> Vec<Act> {
        let row = [
            packet(1, &[1]),
            packet(2, b"\x03def\0\0\0\x011\0\x0c\x3f\0\x01\0\0\0\x08\x81\0\0\0\0"),
            packet(3, b"\xfe\0\0\x02\0"),
            packet(4, b"\x011"),
            packet(5, b"\xfe\0\0\x02\0"),
        ];
        vec![
            say(packet(sequence, b"\0\0\0\x02\0\0\0")),
            hear(b"\x09\0\0\0\x03SELECT 1"),
            say(row.concat()),
            hear(b"\x01\0\0\0\x01"),
        ]
    }

    fn proof_on_shop(proof: &[u8], way: &str) -> Act {
        let length = u8::try_from(proof.len()).unwrap();
        hear([b"app\0", &[length][..], proof, b"shop\0", way.as_bytes(), b"\0"].concat())
    }

    #[tokio::test]
    async fn a_row_is_ready_after_either_quick_login() {
        let begin =
            vec![greeting("mysql_native_password"), proof_on_shop(&native("s3cret", NONCE), "mysql_native_password")];
        assert_eq!(ask([begin, rest(2)].concat()).await, Answer::Ready);
        let begin = vec![
            greeting("caching_sha2_password"),
            proof_on_shop(&caching_sha2("s3cret", NONCE), "caching_sha2_password"),
            say(packet(2, &[1, 3])),
        ];
        assert_eq!(ask([begin, rest(3)].concat()).await, Answer::Ready);
    }

    #[tokio::test]
    async fn the_full_login_encrypts_the_password_for_the_servers_key() {
        let begin = vec![
            greeting("caching_sha2_password"),
            hear("caching_sha2_password\0"),
            say(packet(2, &[1, 4])),
            hear([1, 0, 0, 3, 2]),
            say(packet(4, &[&[1], PEM.as_bytes()].concat())),
            hear([128, 0, 0, 5]),
        ];
        assert_eq!(ask([begin, rest(6)].concat()).await, Answer::Ready);
        let bad_key = vec![greeting("caching_sha2_password"), say(packet(2, b"\x01-----BEGIN"))];
        assert!(matches!(ask(bad_key).await, Answer::Refused(_)));
    }

    #[tokio::test]
    async fn another_way_of_login_is_taken_if_it_is_known() {
        let switch = |way: &str| say(packet(2, &[b"\xfe", way.as_bytes(), b"\0", NONCE, b"\0"].concat()));
        let begin = vec![
            greeting("unknown_way"),
            hear("mysql_native_password\0"),
            switch("caching_sha2_password"),
            hear([&[32, 0, 0, 3], &caching_sha2("s3cret", NONCE)[..]].concat()),
            say(packet(4, &[1, 3])),
        ];
        assert_eq!(ask([begin, rest(5)].concat()).await, Answer::Ready);
        let answer = ask(vec![greeting("mysql_native_password"), switch("client_ed25519")]).await;
        assert_eq!(answer, refused(Reason::Login, "it wants another way of login: `client_ed25519`"));
    }

    #[tokio::test]
    async fn errors_are_told_apart() {
        let begin = greeting("mysql_native_password");
        let denied = "Access denied for user 'app'@'172.17.0.1' (using password: YES)";
        assert_eq!(ask(vec![begin.clone(), error(1045, denied)]).await, refused(Reason::Login, denied));
        let unknown = "Unknown database 'shop'";
        assert_eq!(ask(vec![begin, error(1049, unknown)]).await, refused(Reason::Database, unknown));
        let barred = "Host '172.17.0.1' is not allowed to connect to this server";
        let early = [&b"\xff\x6a\x04"[..], barred.as_bytes()].concat();
        assert_eq!(ask(vec![say(packet(0, &early))]).await, refused(Reason::Barred, barred));
        assert_eq!(
            ask(vec![say(packet(0, b"\xff\x10\x04Too many connections"))]).await,
            not_yet("Too many connections")
        );
        assert_eq!(ask(vec![say(packet(0, b"\xff"))]).await, not_yet("answers with an error"));
    }

    #[tokio::test]
    async fn half_a_conversation_is_not_ready() {
        let mut acts = [vec![greeting("mysql_native_password"), hear("mysql_native_password\0")], rest(2)].concat();
        acts.truncate(4);
        assert_eq!(ask(acts.clone()).await, not_yet("began to answer, then hung up"));
        let no_row = packet(1, &[1]).repeat(5);
        acts.push(say(no_row));
        assert_eq!(ask(acts).await, not_yet("answers, but not to `SELECT 1`"));
        let round = say(packet(2, &[1, 3]));
        let endless = [vec![greeting("mysql_native_password")], vec![round; 9]].concat();
        assert!(matches!(ask(endless).await, Answer::Refused(_)));
    }
}
