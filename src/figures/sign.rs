//! The signature under what is sent, by which a receiver knows that it comes from somebody who has the organisation's key.

use hmac::{Hmac, KeyInit, Mac};
use sha2_of_hmac::Sha256;

/// The signature of a body sent at a time, in seconds since 1970: HMAC-SHA-256 of `TIME.BODY`, so that neither can be changed nor an
/// old one be sent again much later.
pub fn signature(key: &[u8], time: u64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(time.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(format!("t={time},v1={}", crate::words::hex(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_depends_on_key_time_and_body() {
        // As `printf '7.body' | openssl dgst -sha256 -hmac key` has it.
        let known = "t=7,v1=64089aa581edb495748bb7a47e979f6a761baedb9e06713d14122ec6b656948e";
        let sign = |key: &str, time, body: &str| signature(key.as_bytes(), time, body.as_bytes()).unwrap();
        assert_eq!(sign("key", 7, "body"), known);
        for other in [sign("kex", 7, "body"), sign("key", 8, "body"), sign("key", 7, "bodx")] {
            assert_ne!(other, known);
        }
    }
}
