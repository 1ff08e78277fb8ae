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
