//! Redis and what speaks its protocol: `AUTH` where there is a password, then `PING`.

use super::Reason;
use super::wire::{Unready, Wire, said};
use crate::model::Login;

pub async fn ask(wire: &mut Wire, login: &Login) -> Result<(), Unready> {
    let password = login.password.as_ref().map(|password| password.reveal()).filter(|password| !password.is_empty());
    let mut request = Vec::new();
    if let Some(password) = password {
        let words = ["AUTH", &login.user, password];
        // Before version 6 there was but one user, and no word for it.
        if login.user.is_empty() { put(&mut request, &["AUTH", password]) } else { put(&mut request, &words) }
    }
    put(&mut request, &["PING"]);
    wire.send(&request).await?;
    if password.is_some() {
        expect(wire, b"+OK").await?;
    }
    expect(wire, b"+PONG").await
}

/// Appends a command in the form that may hold any byte.
fn put(request: &mut Vec<u8>, words: &[&str]) {
    request.extend(format!("*{}\r\n", words.len()).bytes());
    for word in words {
        request.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
    }
}

async fn expect(wire: &mut Wire, wanted: &[u8]) -> Result<(), Unready> {
    wire.expect_start(b"+-").await?;
    let line = wire.take_until(b"\r\n").await?;
    if *line == *wanted {
        return Ok(());
    }
    let Some(error) = line.strip_prefix(b"-") else { return Err(wire.strange()) };
    let text = said(error);
    let about_login = ["NOAUTH", "WRONGPASS", "NOPERM", "ERR invalid password", "ERR AUTH", "ERR Client sent AUTH"];
    Err(if about_login.iter().any(|start| text.starts_with(start)) {
        Unready::refused(Reason::Login, text)
    } else if text.starts_with("DENIED") {
        Unready::refused(Reason::Barred, text)
    } else {
        Unready::NotYet(text)
    })
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, login, nobody, not_yet, refused, say};
    use super::super::{Answer, Question, Reason};
    use crate::catalog::Probe;
    use crate::model::Login;

    const PING: &str = "*1\r\n$4\r\nPING\r\n";

    async fn ask(login: &Login, script: Vec<Act>) -> Answer {
        answer(Question::Protocol { protocol: Probe::Redis, login }, script).await
    }

    #[tokio::test]
    async fn a_pong_is_ready() {
        assert_eq!(ask(&nobody(), vec![hear(PING), say("+PONG\r\n")]).await, Answer::Ready);
        assert_eq!(ask(&nobody(), vec![hear(PING), say("+PO"), say("NG\r\n")]).await, Answer::Ready);
    }

    #[tokio::test]
    async fn the_login_comes_first() {
        let with_user = "*3\r\n$4\r\nAUTH\r\n$3\r\napp\r\n$6\r\ns3cret\r\n*1\r\n$4\r\nPING\r\n";
        assert_eq!(ask(&login(), vec![hear(with_user), say("+OK\r\n+PONG\r\n")]).await, Answer::Ready);
        let old = Login { user: String::new(), ..login() };
        let without = "*2\r\n$4\r\nAUTH\r\n$6\r\ns3cret\r\n";
        assert_eq!(ask(&old, vec![hear(without), say("+OK\r\n"), hear(PING), say("+PONG\r\n")]).await, Answer::Ready);
    }

    #[tokio::test]
    async fn loading_is_not_yet_and_a_wrong_password_is_refused() {
        let loading = "LOADING Redis is loading the dataset in memory";
        let answer = ask(&nobody(), vec![hear(PING), say(format!("-{loading}\r\n"))]).await;
        assert_eq!(answer, not_yet(loading));
        let wrong = "WRONGPASS invalid username-password pair or user is disabled.";
        let answer = ask(&login(), vec![hear(PING), say(format!("-{wrong}\r\n-NOAUTH x\r\n"))]).await;
        assert_eq!(answer, refused(Reason::Login, wrong));
        let answer = ask(&nobody(), vec![hear(PING), say("-NOAUTH Authentication required.\r\n")]).await;
        assert_eq!(answer, refused(Reason::Login, "NOAUTH Authentication required."));
        let answer = ask(&nobody(), vec![say("-DENIED Redis is running in protected mode\r\n")]).await;
        assert_eq!(answer, refused(Reason::Barred, "DENIED Redis is running in protected mode"));
    }
}
