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
