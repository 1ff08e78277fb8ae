//! AMQP 0-9-1: the protocol header, answered with the method `connection.start`.
//!
//! It goes no further: a broker opens its port only when its users and queues are there.

use super::Reason;
use super::wire::{Unready, Wire};

const HEADER: &[u8] = b"AMQP\x00\x00\x09\x01";
const METHOD_FRAME: u8 = 1;

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    wire.send(HEADER).await?;
    // A frame: type, channel, length of what follows; then class 10 and method 10.
    let frame = wire.take(8).await?;
    if frame.starts_with(b"AMQP") {
        return Err(Unready::refused(Reason::OtherProtocol, "it speaks another version of AMQP"));
    }
    if frame.first() != Some(&METHOD_FRAME) {
        return Err(wire.strange());
    }
    let rest = wire.take(3).await?;
    let method: Vec<u8> = frame.iter().skip(7).chain(rest.iter()).copied().collect();
    if method == [0, 10, 0, 10] { Ok(()) } else { Err(wire.strange()) }
}
