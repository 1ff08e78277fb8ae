//! Whether names and addresses can be reached from this computer. Each answers as soon as it can; whoever asks sets the limit.

use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

/// What a server of downloads said to a plain question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greeting {
    pub status: u16,
    /// Its clock, in seconds since 1970.
    pub time: Option<i64>,
    /// It wants a user and a password, and nothing else will do.
    pub wants_password: bool,
    /// What it sends is made for a browser.
    pub is_page: bool,
}

/// Whether a name leads to an address.
pub async fn is_found(name: &str) -> bool {
    lookup_host((name, 443)).await.is_ok_and(|mut found| found.next().is_some())
}

/// Connects, and leaves at once.
///
/// # Errors
/// The system's words.
pub async fn connect(address: &str) -> Result<(), String> {
    TcpStream::connect(address).await.map(drop).map_err(|error| error.to_string())
}

/// Asks a server of downloads over plain HTTP for a path of its, with a login where there is one.
///
/// # Errors
/// Nobody answers, or something that is no web server.
pub async fn greet(host: &str, path: &str, login: Option<&(String, String)>) -> Result<Greeting, String> {
    let address = if has_port(host) { host.to_owned() } else { format!("{host}:80") };
    let mut stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let login = login.map(|(user, password)| {
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        format!("Authorization: Basic {encoded}\r\n")
    });
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n{}\r\n", login.unwrap_or_default());
    stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    let _ = stream.take(16 << 10).read_to_end(&mut answer).await;
    greeting(&String::from_utf8_lossy(&answer)).ok_or_else(|| "what listens there is no web server".to_owned())
}

/// Whether a host is named with its port.
pub fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

/// Host and port of an address as people write it, without what stands around them: scheme, user, password and path. A password may
/// have any character in it, so that what stands before the last `@` goes first of all.
pub fn host_of(address: &str) -> &str {
    let address = without_login(address);
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    address.split(['/', '?', '#']).next().unwrap_or_default()
}

/// An address without `http://` or `https://`.
pub fn without_scheme(address: &str) -> &str {
    let is_web = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    address.split_once("://").filter(|(scheme, _)| is_web(scheme)).map_or(address, |(_, rest)| rest)
}

/// An address without its scheme, user and password where it has these.
pub fn without_login(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, rest)| rest)
}

/// Like [`host_of`], with the port that the scheme means where none is named.
pub fn with_port(address: &str) -> String {
    let host = host_of(address);
    let usual = match address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        Some("https") => 443,
        Some(socks) if socks.starts_with("socks") => 1080,
        _ => 80,
    };
    if has_port(host) { host.to_owned() } else { format!("{host}:{usual}") }
}

/// The name or address of a host, without its port and the brackets of IPv6.
pub fn name_of(host: &str) -> &str {
    if let Some((inside, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inside;
    }
    if has_port(host) { host.rsplit_once(':').map_or(host, |(name, _)| name) } else { host }
}

/// Whether a host, with or without its port, is this computer's own.
pub fn is_this_computer(host: &str) -> bool {
    let name = name_of(host);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn greeting(answer: &str) -> Option<Greeting> {
    let mut lines = answer.lines();
    let status = lines.next()?.strip_prefix("HTTP/")?.split_whitespace().nth(1)?.parse().ok()?;
    let mut greeting = Greeting { status, ..Greeting::default() };
    // What a cache had kept for so long tells the time of then.
    let mut age: i64 = 0;
    for (name, value) in lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':')) {
        match name.to_ascii_lowercase().as_str() {
            "date" => greeting.time = http_seconds(value.trim()),
            "age" => age = value.trim().parse().unwrap_or_default(),
            "content-type" => greeting.is_page = value.trim().to_ascii_lowercase().starts_with("text/html"),
            "www-authenticate" => greeting.wants_password = value.trim().to_ascii_lowercase().starts_with("basic"),
            _ => {}
        }
    }
    greeting.time = greeting.time.map(|time| time.saturating_add(age));
    Some(greeting)
}

/// A time as HTTP writes it: `Mon, 23 Nov 2026 02:53:55 GMT` (RFC 9110, 5.6.7).
fn http_seconds(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    super::unix_seconds(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))
}

/// How long connecting and being answered may take on a wire that works.
pub const PATIENCE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_tells_the_time_and_what_is_wanted() {
        let answer = "HTTP/1.1 401 Unauthorized\r\nDate: Thu, 01 Jan 1970 00:01:05 GMT\r\n\
            WWW-Authenticate: Basic realm=\"x\"\r\n\r\nDate: Mon, 23 Nov 2026 02:53:55 GMT\r\n";
        assert_eq!(
            greeting(answer),
            Some(Greeting { status: 401, time: Some(65), wants_password: true, is_page: false })
        );
        let token = "HTTP/1.1 401 Unauthorized\r\nWww-Authenticate: Bearer realm=\"https://auth\"\r\n\r\n";
        assert_eq!(greeting(token), Some(Greeting { status: 401, ..Greeting::default() }));
        let kept = "HTTP/1.1 200 OK\r\nAge: 60\r\nDate: Thu, 01 Jan 1970 00:01:05 GMT\r\n\r\n";
        assert_eq!(greeting(kept), Some(Greeting { status: 200, time: Some(125), ..Greeting::default() }));
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/HTML; charset=utf-8\r\n\r\n<html>";
        assert_eq!(greeting(page), Some(Greeting { status: 200, is_page: true, ..Greeting::default() }));
        assert_eq!(greeting("SSH-2.0-OpenSSH_9.2\r\n"), None);
    }

    #[test]
    fn a_port_is_told_from_an_address() {
        assert!(has_port("127.0.0.1:5055") && has_port("mirror.example:443"));
        assert!(!has_port("mirror.example"));
    }

    #[test]
    fn what_stands_around_a_host_is_left_out_whatever_a_password_has_in_it() {
        for address in [
            "http://bob:s3/cretpw@proxy:3128",
            "bob:a://b@proxy:3128/x",
            "http://bob:p@ss#w?rd@proxy:3128",
            "proxy:3128/team",
            "proxy:3128",
        ] {
            assert_eq!(host_of(address), "proxy:3128", "{address}");
        }
        assert_eq!(with_port("https://sam:x@proxy.example/"), "proxy.example:443");
        assert_eq!(with_port("http://proxy.example"), "proxy.example:80");
        assert_eq!(with_port("socks5h://[::1]"), "[::1]:1080");
        assert_eq!((name_of("[::1]:5055"), name_of("[::1]"), name_of("a.example:80")), ("::1", "::1", "a.example"));
    }

    #[test]
    fn a_name_that_begins_like_this_computers_is_another_computer() {
        for own in ["localhost", "LOCALHOST:5055", "127.0.0.1:5055", "127.8.0.1", "[::1]:5055"] {
            assert!(is_this_computer(own), "{own}");
        }
        for other in ["localhost.example.com", "127.example.com:5055", "127.0.0.1.example.com", "10.0.0.1:5055"] {
            assert!(!is_this_computer(other), "{other}");
        }
    }
}
