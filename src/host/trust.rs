//! The certificate authorities that this computer trusts, for apps behind a network that inspects TLS.

use std::path::{Path, PathBuf};

use super::World;
use super::files::{is_file, read_limited};

/// Where systems keep them as one file; the first that exists is used.
const USUAL_PLACES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Bundles are 200 to 400 kB; much more is no bundle.
const LARGEST: u64 = 8 << 20;

/// All of them as one PEM text; `None` where none are found.
pub fn certificate_authorities(world: &World) -> Option<Vec<u8>> {
    let named = world.variable("SSL_CERT_FILE").map(PathBuf::from).filter(|path| is_file(path));
    let usual = || USUAL_PLACES.iter().map(Path::new).find(|path| is_file(path)).map(Path::to_owned);
    let bytes = read_limited(&named.or_else(usual)?, LARGEST).ok()?;
    let looks_right = bytes.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----");
    looks_right.then_some(bytes)
}
