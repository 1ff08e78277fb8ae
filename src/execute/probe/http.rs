//! HTTP/1.1: a GET and the status of its answer.

use super::Reason;
use super::wire::{Unready, Wire};
use crate::model::Login;

/// `status` = exactly this one; `None` = any below 400.
pub async fn ask(wire: &mut Wire, path: &str, status: Option<u16>, login: Option<&Login>) -> Result<(), Unready> {
    let mut answered = get(wire, path, None).await?;
    // Only when it is asked for: some servers refuse a request for the credentials that it carries.
    let credentials = login.and_then(|login| Some((login.user.as_str(), login.password.as_ref()?.reveal())));
    if let (401, None, Some(credentials)) = (answered, status, credentials) {
        wire.connect().await?;
        answered = get(wire, path, Some(credentials)).await?;
        if answered == 401 {
            return Err(Unready::refused(Reason::Login, format!("answers {answered} to the user and the password")));
        }
    }
    match status {
        Some(status) if status == answered => Ok(()),
        None if answered < 400 => Ok(()),
        _ => Err(Unready::Status(answered)),
    }
}

/// Any first byte will do.
pub async fn ask_any(wire: &mut Wire) -> Result<(), Unready> {
    let request = request(wire, "/", None);
    wire.send(request.as_bytes()).await?;
    wire.take(1).await.map(|_| ())
}

async fn get(wire: &mut Wire, path: &str, credentials: Option<(&str, &str)>) -> Result<u16, Unready> {
    let request = request(wire, path, credentials);
    wire.send(request.as_bytes()).await?;
    loop {
        wire.expect_start(b"H").await?;
        let line = wire.take_until(b"\n").await?;
        let status = parse_status(&line).ok_or_else(|| wire.strange())?;
        // 1xx only announces the answer.
        if status >= 200 {
            return Ok(status);
        }
        while !matches!(*wire.take_until(b"\n").await?, [] | [b'\r']) {}
    }
}

fn request(wire: &Wire, path: &str, credentials: Option<(&str, &str)>) -> String {
    // Whatever could end the line early is written as a server reads it back.
    let path: String = path
        .bytes()
        .map(|byte| if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let slash = if path.starts_with('/') { "" } else { "/" };
    let authorization = credentials.map_or_else(String::new, |(user, password)| {
        use base64::Engine;
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        format!("Authorization: Basic {encoded}\r\n")
    });
    let port = wire.address().port();
    format!(
        "GET {slash}{path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: devenv\r\nAccept: */*\r\n{authorization}Connection: close\r\n\r\n"
    )
}

/// `HTTP/1.1 200 OK` -> 200.
fn parse_status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let [_, b' ', hundreds @ b'1'..=b'5', tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = rest else {
        return None;
    };
    let digit = |byte: &u8| u16::from(byte - b'0');
    let status = digit(hundreds) * 100 + digit(tens) * 10 + digit(ones);
    matches!(rest, [] | [b' ' | b'\r', ..]).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, login, nobody, not_yet, refused, say};
    use super::super::{Answer, Question, Reason};
    use crate::catalog::Probe;

    async fn get(path: &str, status: Option<u16>, script: Vec<Act>) -> Answer {
        answer(Question::Http { path, status }, script).await
    }

    fn status(code: u16) -> Act {
        say(format!("HTTP/1.1 {code} Whatever\r\nContent-Length: 0\r\n\r\n"))
    }

    #[tokio::test]
    async fn a_status_below_400_is_ready() {
        assert_eq!(get("/healthz", None, vec![hear("GET /healthz HTTP/1.1\r\n"), status(200)]).await, Answer::Ready);
        assert_eq!(get("/", None, vec![status(302)]).await, Answer::Ready);
        assert_eq!(get("/", None, vec![status(404)]).await, Answer::Status(404));
        assert_eq!(get("/", None, vec![status(503)]).await, Answer::Status(503));
    }

    #[tokio::test]
    async fn a_wanted_status_is_the_only_one() {
        assert_eq!(get("/", Some(401), vec![status(401)]).await, Answer::Ready);
        assert_eq!(get("/", Some(401), vec![status(200)]).await, Answer::Status(200));
    }

    #[tokio::test]
    async fn an_announcement_is_not_the_answer() {
        let hints = say("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
        assert_eq!(get("/", None, vec![hints, status(500)]).await, Answer::Status(500));
    }

    #[tokio::test]
    async fn a_path_can_not_end_the_line() {
        let script = vec![hear("GET /a%20b%0D%0AX:%20y%C3%A9 HTTP/1.1\r\n"), status(200)];
        assert_eq!(get("a b\r\nX: yé", None, script).await, Answer::Ready);
    }

    #[tokio::test]
    async fn no_status_is_not_ready() {
        for line in ["HTTP/1.1 2000 x\r\n", "HTTP/1.1 2\r\n", "HTTP/1.1  200\r\n", "HTTP/2 200\r\n", "HTTP/1.1 +20\r\n"]
        {
            assert_ne!(get("/", None, vec![say(line)]).await, Answer::Ready, "{line}");
        }
        assert_eq!(get("/", None, vec![say("HTTP/1.1 200 OK")]).await, not_yet("began to answer, then hung up"));
    }

    #[tokio::test]
    async fn credentials_are_sent_only_when_they_are_asked_for() {
        let login = login();
        let question = Question::Protocol { protocol: Probe::Http("/"), login: &login };
        let refusing = answer(question, vec![status(401)]).await;
        assert_eq!(refusing, refused(Reason::Login, "answers 401 to the user and the password"));
        let nobody = nobody();
        let question = Question::Protocol { protocol: Probe::Http("/"), login: &nobody };
        assert_eq!(answer(question, vec![status(401)]).await, Answer::Status(401));
    }

    #[tokio::test]
    async fn any_answer_is_any_answer() {
        assert_eq!(answer(Question::AnyAnswer, vec![hear("\r\n\r\n"), status(500)]).await, Answer::Ready);
        assert_eq!(answer(Question::AnyAnswer, vec![hear("\r\n\r\n"), say("?")]).await, Answer::Ready);
    }

    #[tokio::test]
    async fn an_encrypted_server_is_recognised() {
        let answer = get("/", None, vec![hear("\r\n\r\n"), say([0x15, 3, 3, 0, 2, 2, 80])]).await;
        assert_eq!(answer, refused(Reason::OtherProtocol, "it wants an encrypted connection"));
    }
}
