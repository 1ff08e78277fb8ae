//! Requests to places that the organisation owns: bounded in time, tried again where that may help.

use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};

/// What one request may take.
const LIMIT: Duration = Duration::from_secs(15);
/// How long is waited before it is tried again.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// Posts lines of JSON, signed where there is a key. The id tells a receiver what it has got already.
///
/// # Errors
/// Why it was not taken, in words.
pub fn post_lines(url: &str, key: Option<&str>, id: &str, body: &str) -> Result<(), String> {
    let signature = key
        .and_then(|key| crate::figures::sign::signature(key.as_bytes(), crate::host::now(), (id, body.as_bytes())))
        .map(|signature| ("devenv-signature", signature));
    let mut headers = vec![("content-type", "application/x-ndjson".to_owned()), ("devenv-batch", id.to_owned())];
    headers.extend(signature);
    send(url, &headers, body.as_bytes())
}

/// Posts a request of the OpenTelemetry protocol.
///
/// # Errors
/// As there.
pub fn post_traces(url: &str, body: &str) -> Result<(), String> {
    let url = format!("{}/v1/traces", url.trim_end_matches('/'));
    send(&url, &[("content-type", "application/json".to_owned())], body.as_bytes())
}

/// Pushes metrics to a gateway, in place of what this person pushed before.
///
/// # Errors
/// As there.
pub fn push_metrics(url: &str, person: &str, text: &str) -> Result<(), String> {
    let url = format!("{}/metrics/job/devenv/instance/{person}", url.trim_end_matches('/'));
    send(&url, &[("content-type", "text/plain; version=0.0.4".to_owned())], text.as_bytes())
}

fn send(url: &str, headers: &[(&str, String)], body: &[u8]) -> Result<(), String> {
    let mut waits = AGAIN.iter();
    loop {
        let problem = match attempt(url, headers, body) {
            Ok(200..=299) => return Ok(()),
            // Sent again it would be refused again.
            Ok(status) if (400..500).contains(&status) && ![408, 429].contains(&status) => {
                return Err(format!("it answered {status}"));
            }
            Ok(status) => format!("it answered {status}"),
            Err(problem) => problem,
        };
        match waits.next() {
            Some(wait) => std::thread::sleep(*wait),
            None => return Err(problem),
        }
    }
}

/// The status of the answer. Redirections are not followed: what is sent goes where it was agreed to.
fn attempt(url: &str, headers: &[(&str, String)], body: &[u8]) -> Result<u16, String> {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Config::builder().timeout_global(Some(LIMIT)).http_status_as_error(false).max_redirects(0);
    let agent = Agent::new_with_config(config.tls_config(tls).build());
    let request = headers.iter().fold(agent.post(url), |request, (name, value)| request.header(*name, value));
    request.send(body).map(|answer| answer.status().as_u16()).map_err(|error| error.to_string())
}
