//! Asks an address with encryption on behalf of a check, trusting whom this computer trusts.

use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};

use super::http::MOST_BYTES;
use super::judge::Answer;

/// As [`super::get_within`]; returns when there is an answer, or the time is over.
///
/// # Errors
/// As there.
pub(super) fn get(url: &str, most: Duration) -> Result<Answer, String> {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Config::builder().http_status_as_error(false).max_redirects(0).user_agent("devenv").tls_config(tls);
    let config = config.timeout_global(Some(most));
    let began = Instant::now();
    let asked = Agent::new_with_config(config.build()).get(url).call();
    let mut answer = asked.map_err(|error| {
        let why = error.to_string();
        format!("can't be reached: {}", why.strip_prefix("io: ").unwrap_or(&why))
    })?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(MOST_BYTES as u64).read_to_vec();
    let body = body.map_err(|error| format!("did not answer to the end: {error}"))?;
    Ok(Answer { status, body, took: began.elapsed() })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "starts a server")]
mod tests {
    use std::io::Read;
    use std::process::{Child, Command, Stdio};

    use super::*;

    struct Server(Child);

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn nobody_is_believed_whom_this_computer_does_not_trust() {
        let place = tempfile::tempdir().unwrap();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "certificate"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let server = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert", "certificate", "-key", "key", "-www"])
            .current_dir(place.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Server(server);
        // It says where it listens: `ACCEPT 127.0.0.1:40123`.
        let mut said = Vec::new();
        let mut output = server.0.stdout.take().unwrap();
        while said.last() != Some(&b'\n') || !said.windows(6).any(|part| part == b"ACCEPT") {
            let mut byte = [0];
            assert_eq!(output.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
            said.extend(byte);
        }
        let said = String::from_utf8(said).unwrap();
        let port = said.trim_end().rsplit(':').next().unwrap();
        let why = get(&format!("https://localhost:{port}/"), Duration::from_secs(30)).unwrap_err();
        assert!(why.starts_with("can't be reached") && why.contains("certificate"), "{why}");
    }
}
