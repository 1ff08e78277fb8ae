//! Any byte at all, for a service whose protocol is not known.

use std::time::Duration;

use tokio::time::timeout;

use super::wire::{Unready, Wire};

/// How long it may greet by itself, before it gets something to answer.
const GREETING: Duration = Duration::from_millis(100);

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    if let Ok(greeting) = timeout(GREETING, wire.take(1)).await {
        return greeting.map(|_| ());
    }
    // What speaks HTTP answers this, and most protocols of text do as well, if only with an error.
    wire.send(b"GET / HTTP/1.0\r\n\r\n").await?;
    wire.take(1).await.map(|_| ())
}
