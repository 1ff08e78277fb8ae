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

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, answer, hear, nobody, not_yet, say};
    use super::super::{Answer, Question};
    use crate::catalog::Probe;

    fn framed(body: &[u8]) -> Vec<u8> {
        let length = i32::try_from(body.len()).unwrap();
        [&length.to_be_bytes()[..], body].concat()
    }

    const VERSIONS_REQUEST: &[u8] = b"\0\0\0\x10\0\x12\0\0\0\0\0\x12\0\x06devenv";
    const METADATA_REQUEST: &[u8] = b"\0\0\0\x14\0\x03\0\x01\0\0\0\x03\0\x06devenv\0\0\0\0";
    /// Error 0, two rows: `Metadata` from 0 to 13, `ApiVersions` from 0 to 4.
    const VERSIONS: &[u8] = b"\0\0\0\x12\0\0\0\0\0\x02\0\x03\0\0\0\x0d\0\x12\0\0\0\x04";
    const ONE_BROKER: &[u8] = b"\0\0\0\x03\0\0\0\x01\0\0\0\x01\0\x09localhost\0\0\x23\x84\xff\xff";
    const NO_BROKER: &[u8] = b"\0\0\0\x03\0\0\0\0\xff\xff\xff\xff\0\0\0\0";

    async fn ask(script: Vec<Act>) -> Answer {
        let login = nobody();
        answer(Question::Protocol { protocol: Probe::Kafka, login: &login }, script).await
    }

    #[tokio::test]
    async fn a_broker_that_serves_is_ready() {
        let script =
            vec![hear(VERSIONS_REQUEST), say(framed(VERSIONS)), hear(METADATA_REQUEST), say(framed(ONE_BROKER))];
        assert_eq!(ask(script).await, Answer::Ready);
        let script =
            vec![hear(VERSIONS_REQUEST), say(framed(VERSIONS)), hear(METADATA_REQUEST), say(framed(NO_BROKER))];
        assert_eq!(ask(script).await, not_yet("answers, but has no broker that serves yet"));
    }

    #[tokio::test]
    async fn another_answer_is_not_ready() {
        let error = framed(b"\0\0\0\x12\0\x2c\0\0\0\0");
        assert_eq!(ask(vec![say(error)]).await, not_yet("answers with error 44"));
        let other_id = framed(b"\0\0\0\x13\0\0\0\0\0\0");
        assert!(matches!(ask(vec![say(other_id)]).await, Answer::Refused(_)));
        let lying = framed(b"\0\0\0\x12\0\0\x7f\xff\xff\xff\0\x03");
        assert!(matches!(ask(vec![say(lying)]).await, Answer::Refused(_)));
        let half = &framed(VERSIONS)[..12];
        assert_eq!(ask(vec![say(half)]).await, not_yet("began to answer, then hung up"));
    }
}
