//! Memcached's text protocol: `version`.

use super::wire::{Unready, Wire};

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    wire.send(b"version\r\n").await?;
    wire.expect_start(b"V").await?;
    let line = wire.take_until(b"\r\n").await?;
    if line.starts_with(b"VERSION ") { Ok(()) } else { Err(wire.strange()) }
}
