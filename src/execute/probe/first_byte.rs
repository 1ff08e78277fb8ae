//! Any byte at all, for a service whose protocol is not known.

use std::time::Duration;

use tokio::time::timeout;

use super::wire::{Unready, Wire};

/// How long it may greet by itself, before it gets something to answer.
const GREETING: Duration = Duration::from_millis(300);

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    if let Ok(greeting) = timeout(GREETING, wire.take(1)).await {
        return greeting.map(|_| ());
    }
    // Two empty lines: most protocols of text answer them, if only with an error.
    wire.send(b"\r\n\r\n").await?;
    wire.take(1).await.map(|_| ())
}
