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
        _ => Err(Unready::NotYet(format!("answers with status {answered}"))),
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
    let [_, b' ', code @ ..] = rest else { return None };
    let code = std::str::from_utf8(code.get(..3)?).ok()?;
    code.parse().ok().filter(|code| (100..=599).contains(code))
}
