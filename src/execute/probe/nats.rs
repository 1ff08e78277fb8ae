//! NATS: its `INFO`, then `CONNECT` and `PING` answered with `PONG`.

use super::Reason;
use super::wire::{Unready, Wire, said};
use crate::model::Login;

pub async fn ask(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    wire.expect_start(b"I").await?;
    let greeting = wire.take_until(b"\r\n").await?;
    if !greeting.starts_with(b"INFO ") {
        return Err(wire.strange());
    }
    let mut options = serde_json::json!({ "verbose": false, "pedantic": false, "name": "devenv", "lang": "rust" });
    if let Some(password) = &login.password {
        if login.user.is_empty() {
            options["auth_token"] = password.reveal().into();
        } else {
            options["user"] = login.user.as_str().into();
            options["pass"] = password.reveal().into();
        }
    }
    wire.send(format!("CONNECT {options}\r\nPING\r\n").as_bytes()).await?;
    loop {
        let line = wire.take_until(b"\r\n").await?;
        if *line == *b"PONG" {
            return Ok(());
        }
        if let Some(error) = line.strip_prefix(b"-ERR ") {
            let text = said(error);
            let about_login = text.to_lowercase().contains("auth");
            return Err(if about_login { Unready::refused(Reason::Login, text) } else { Unready::NotYet(text) });
        }
        // It may greet again, or ask whether we are there.
        if !(*line == *b"PING" || *line == *b"+OK" || line.starts_with(b"INFO ")) {
            return Err(wire.strange());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, login, nobody, refused, say};
    use super::super::{Answer, Question, Reason};
    use crate::catalog::Probe;
    use crate::model::Login;

    const INFO: &str = "INFO {\"server_id\":\"x\",\"version\":\"2.10\"} \r\n";

    async fn ask(login: &Login, script: Vec<Act>) -> Answer {
        answer(Question::Protocol { protocol: Probe::Nats, login }, script).await
    }

    #[tokio::test]
    async fn a_pong_is_ready() {
        assert_eq!(ask(&nobody(), vec![say(INFO), hear("PING\r\n"), say("PONG\r\n")]).await, Answer::Ready);
        let talkative = format!("PING\r\n{INFO}+OK\r\nPONG\r\n");
        assert_eq!(ask(&nobody(), vec![say(INFO), hear("PING\r\n"), say(talkative)]).await, Answer::Ready);
    }

    #[tokio::test]
    async fn the_login_is_sent_and_may_be_refused() {
        let script = vec![say(INFO), hear("\"pass\":\"s3cret\""), hear("\"user\":\"app\""), say("PONG\r\n")];
        assert_eq!(ask(&login(), script).await, Answer::Ready);
        let script = vec![say(INFO), hear("PING"), say("-ERR 'Authorization Violation'\r\n")];
        assert_eq!(ask(&nobody(), script).await, refused(Reason::Login, "'Authorization Violation'"));
    }

    #[tokio::test]
    async fn a_pong_without_a_greeting_is_not_ready() {
        assert!(matches!(ask(&nobody(), vec![say("PONG\r\n")]).await, Answer::Refused(_)));
    }
}
