//! The signature under what is sent, by which a receiver knows that it comes from somebody who has the organisation's key.

use hmac::{Hmac, KeyInit, Mac};
use sha2_of_hmac::Sha256;

/// The signature of a batch sent at a time, in seconds since 1970: HMAC-SHA-256 of `TIME.ID.BODY`, so that none of them can be
/// changed: an old one can't be sent again much later, nor under an id that is not known yet. Neither time nor id has a dot.
pub fn signature(key: &[u8], time: u64, (id, body): (&str, &[u8])) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{time}.{id}.").as_bytes());
    mac.update(body);
    Some(format!("t={time},v1={}", crate::words::hex(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_depends_on_key_time_id_and_body() {
        // As `printf '7.id.body' | openssl dgst -sha256 -hmac key` has it.
        let known = "t=7,v1=3c4785ea7e410c117561e825c404bf7c0ffa64621475459fd87a7dfead80d060";
        let sign =
            |key: &str, time, id: &str, body: &str| signature(key.as_bytes(), time, (id, body.as_bytes())).unwrap();
        assert_eq!(sign("key", 7, "id", "body"), known);
        for other in [
            sign("kex", 7, "id", "body"),
            sign("key", 8, "id", "body"),
            sign("key", 7, "ie", "body"),
            sign("key", 7, "id", "bodx"),
        ] {
            assert_ne!(other, known);
        }
    }
}
