//! How a password is proven to MySQL and MariaDB without sending it in the clear.
//!
//! Rules: "Authentication Methods" in MySQL's source documentation; RFC 8017 (RSA-OAEP), RFC 5280 (the key's form).

use base64::Engine;
use num_bigint::BigUint;
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Sizes of a key that are worked with, in bytes: beyond them it is no server's key but an attempt to keep us busy.
const KEY_SIZES: std::ops::RangeInclusive<usize> = 64..=1024;
const LONGEST_EXPONENT: usize = 8;

/// `mysql_native_password`: SHA1(password) xor SHA1(nonce + SHA1(SHA1(password))). Empty for an empty password.
pub fn native(password: &str, nonce: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let once = Sha1::digest(password);
    let mask = Sha1::new().chain_update(nonce).chain_update(Sha1::digest(once)).finalize();
    xor(&once, &mask)
}

/// `caching_sha2_password`, the quick way: SHA256(password) xor SHA256(SHA256(SHA256(password)) + nonce).
pub fn caching_sha2(password: &str, nonce: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let once = Sha256::digest(password);
    let mask = Sha256::new().chain_update(Sha256::digest(once)).chain_update(nonce).finalize();
    xor(&once, &mask)
}

/// `caching_sha2_password`, the full way: the password with its zero byte, masked with the nonce, for the server's key only.
///
/// `None` if the key is not one.
pub fn encrypted(password: &str, nonce: &[u8], pem: &[u8]) -> Option<Vec<u8>> {
    let key = PublicKey::parse(pem)?;
    let mut seed = [0; SHA1_SIZE];
    getrandom::fill(&mut seed).ok()?;
    let mask: Vec<u8> = nonce.iter().copied().cycle().take(password.len() + 1).collect();
    let mut message = password.as_bytes().to_vec();
    message.push(0);
    key.encrypt(&xor(&message, &mask), &seed)
}

const SHA1_SIZE: usize = 20;

struct PublicKey {
    modulus: BigUint,
    exponent: BigUint,
    /// Of the modulus, in bytes.
    size: usize,
}

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----` in base64, then SEQUENCE { SEQUENCE { … }, BIT STRING { 0, SEQUENCE { n, e } } }.
    fn parse(pem: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(pem).ok()?;
        let (_, body) = text.split_once("-----BEGIN PUBLIC KEY-----")?;
        let (body, _) = body.split_once("-----END")?;
        let packed: String = body.split_ascii_whitespace().collect();
        let der = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
        let mut outer = take_der(&mut &der[..], 0x30)?;
        take_der(&mut outer, 0x30)?;
        let mut bits = take_der(&mut outer, 0x03)?.strip_prefix(&[0])?;
        let mut numbers = take_der(&mut bits, 0x30)?;
        let modulus = without_zeros(take_der(&mut numbers, 0x02)?);
        let exponent = without_zeros(take_der(&mut numbers, 0x02)?);
        if !KEY_SIZES.contains(&modulus.len()) || !(1..=LONGEST_EXPONENT).contains(&exponent.len()) {
            return None;
        }
        let size = modulus.len();
        Some(Self { modulus: BigUint::from_bytes_be(modulus), exponent: BigUint::from_bytes_be(exponent), size })
    }

    /// RSAES-OAEP with SHA-1 and no label; `None` if the message is too long for the key.
    fn encrypt(&self, message: &[u8], seed: &[u8; SHA1_SIZE]) -> Option<Vec<u8>> {
        let padding = self.size.checked_sub(message.len() + 2 * SHA1_SIZE + 2)?;
        let mut block = Sha1::digest([]).to_vec();
        block.resize(block.len() + padding, 0);
        block.push(1);
        block.extend(message);
        let block = xor(&block, &mask(seed, block.len()));
        let seed = xor(seed, &mask(&block, SHA1_SIZE));
        let number = BigUint::from_bytes_be(&[seed, block].concat());
        let digits = number.modpow(&self.exponent, &self.modulus).to_bytes_be();
        let mut whole = vec![0; self.size.checked_sub(digits.len())?];
        whole.extend(digits);
        Some(whole)
    }
}

/// MGF1 with SHA-1: so many bytes made of a seed.
fn mask(seed: &[u8], length: usize) -> Vec<u8> {
    let blocks = (0u32..).map(|number| Sha1::new().chain_update(seed).chain_update(number.to_be_bytes()).finalize());
    blocks.flatten().take(length).collect()
}

/// Splits off the content of the next value, which has to be of this kind.
fn take_der<'a>(bytes: &mut &'a [u8], kind: u8) -> Option<&'a [u8]> {
    let (length, rest) = match **bytes {
        [found, short @ 0..=0x7f, ref rest @ ..] if found == kind => (usize::from(short), rest),
        [found, 0x81, length, ref rest @ ..] if found == kind => (usize::from(length), rest),
        [found, 0x82, high, low, ref rest @ ..] if found == kind => {
            (usize::from(u16::from_be_bytes([high, low])), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(content)
}

fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

fn xor(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter().zip(right).map(|(left, right)| left ^ right).collect()
}

#[cfg(test)]
pub mod tests {
    use num_bigint::BigUint;

    use super::{PublicKey, SHA1_SIZE, caching_sha2, encrypted, mask, native, xor};
    use crate::words::hex;

    pub const NONCE: &[u8; 20] = b"12345678901234567890";

    /// A key made for this test, with its other half below.
    pub const PEM: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDXoT9imh0gLsCmtH4QGD7MxJPC
c7WmQaGlUbURIEKds/B+vRKwv4jyKHPvAdyRSxipsBAGD2JT1A52Y1kjkvP0EMdC
ZL1j26iU50EE9sN0o+GNc/dpE4Y5tfDIvfqrt8Cd/QL3npWkYjyH/BUzHMIMrXUh
HSLO3K8T6D7+GU5IYwIDAQAB
-----END PUBLIC KEY-----
";
    const OTHER_HALF: &[u8] = b"0251d0bdbdccac68f45796bf786ada5a178f435b3d4c018ebc99896a1abfbcb48fd4bd31f346cc3156b01095238b4894\
8656c785592b049dd65dfda99ad15ce0712fd3171cb9aaed0e476aae1a6ef1adce87fd93c585a4b44cb9604843ff47f8f31fa374c9825d89977bd017\
fda85ee4c078f11a8e4ab9a70a536f76475fa461";

    /// What the server reads out of an encrypted proof: the message after the label's hash, the zeros and the one.
    fn decrypt(proof: &[u8]) -> Vec<u8> {
        let key = PublicKey::parse(PEM.as_bytes()).unwrap();
        let secret = BigUint::parse_bytes(OTHER_HALF, 16).unwrap();
        let number = BigUint::from_bytes_be(proof).modpow(&secret, &key.modulus).to_bytes_be();
        // A number has no leading zeros, and one in 256 begins with one.
        let digits = [vec![0; key.size - 1 - number.len()], number].concat();
        let (seed, block) = digits.split_at(SHA1_SIZE);
        let seed = xor(seed, &mask(block, SHA1_SIZE));
        let block = xor(block, &mask(&seed, block.len()));
        assert_eq!(hex(&block[..SHA1_SIZE]), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        let end_of_padding = block[SHA1_SIZE..].iter().position(|byte| *byte != 0).unwrap() + SHA1_SIZE;
        assert_eq!(block[end_of_padding], 1);
        block[end_of_padding + 1..].to_vec()
    }

    /// Expected values computed with another program.
    #[test]
    fn proofs_are_those_of_the_documentation() {
        assert_eq!(hex(&native("s3cret", NONCE)), "39da0107b1931d45c763ae12266343a3c0fc0249");
        let quick = "7ea6f049e315076f8dbd33511094515061c747286e8770e9cb6310100241cbd0";
        assert_eq!(hex(&caching_sha2("s3cret", NONCE)), quick);
        assert!(native("", NONCE).is_empty() && caching_sha2("", NONCE).is_empty());
    }

    #[test]
    fn the_server_can_read_the_full_proof_and_each_one_is_another() {
        let proof = encrypted("s3cret", NONCE, PEM.as_bytes()).unwrap();
        assert_eq!(proof.len(), 128);
        assert_eq!(xor(&decrypt(&proof), NONCE), b"s3cret\0");
        assert_ne!(encrypted("s3cret", NONCE, PEM.as_bytes()).unwrap(), proof);
        let long = "x".repeat(60);
        assert_eq!(decrypt(&encrypted(&long, NONCE, PEM.as_bytes()).unwrap()).len(), 61);
    }

    #[test]
    fn what_is_no_key_or_too_small_a_key_is_not_used() {
        assert_eq!(encrypted(&"x".repeat(200), NONCE, PEM.as_bytes()), None);
        for pem in ["", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\nMIGf\n-----END PUBLIC KEY-----"] {
            assert_eq!(encrypted("s3cret", NONCE, pem.as_bytes()), None);
        }
        for at in 0..PEM.len() {
            let mut broken = PEM.as_bytes().to_vec();
            broken[at] = b'A';
            // Either another key or none: it must not do harm.
            let _ = encrypted("s3cret", NONCE, &broken);
            let _ = encrypted("s3cret", NONCE, &PEM.as_bytes()[..at]);
        }
    }
}
