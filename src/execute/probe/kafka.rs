//! Kafka: `ApiVersions`, then `Metadata` that knows at least one broker, which a broker is only once it may serve.

use bytes::{Buf, Bytes};

use super::wire::{Unready, Wire, take_bytes};

const METADATA: i16 = 3;
const API_VERSIONS: i16 = 18;
/// The version of `Metadata` that is spoken: the first in which an empty list means "no topics".
const METADATA_VERSION: i16 = 1;

pub async fn ask(wire: &mut Wire) -> Result<(), Unready> {
    let answer = call(wire, API_VERSIONS, 0, &[]).await?;
    let (error, metadata) = read_versions(&answer).ok_or_else(|| wire.strange())?;
    if error != 0 {
        return Err(Unready::NotYet(format!("answers with error {error}")));
    }
    if !metadata {
        return Ok(());
    }
    let answer = call(wire, METADATA, METADATA_VERSION, &0i32.to_be_bytes()).await?;
    match (&answer[..]).try_get_i32() {
        Ok(1..) => Ok(()),
        Ok(0) => Err(Unready::not_yet("answers, but has no broker that serves yet")),
        _ => Err(wire.strange()),
    }
}

/// Sends a request with the version's number as its id, and returns what follows the id in the answer.
async fn call(wire: &mut Wire, key: i16, version: i16, body: &[u8]) -> Result<Bytes, Unready> {
    const CLIENT: &[u8] = b"\x00\x06devenv";
    let id = i32::from(key);
    let mut request = Vec::new();
    request.extend(key.to_be_bytes());
    request.extend(version.to_be_bytes());
    request.extend(id.to_be_bytes());
    request.extend(CLIENT);
    request.extend(body);
    let length = i32::try_from(request.len()).unwrap_or_default();
    request.splice(0..0, length.to_be_bytes());
    wire.send(&request).await?;
    let length = wire.take(4).await?.get_i32();
    let length = usize::try_from(length).ok().filter(|length| *length >= 4);
    let Some(length) = length else { return Err(wire.strange()) };
    let mut answer = wire.take(length).await?;
    if answer.get_i32() == id { Ok(answer) } else { Err(wire.strange()) }
}

/// The error code, and whether `Metadata` is spoken in the version that is wanted.
fn read_versions(mut answer: &[u8]) -> Option<(i16, bool)> {
    let error = answer.try_get_i16().ok()?;
    let count = usize::try_from(answer.try_get_i32().ok()?).ok()?;
    let mut metadata = false;
    for _ in 0..count {
        let mut row = take_bytes(&mut answer, 6)?;
        let (key, lowest, highest) = (row.get_i16(), row.get_i16(), row.get_i16());
        metadata |= key == METADATA && (lowest..=highest).contains(&METADATA_VERSION);
    }
    Some((error, metadata))
}
