//! Files from elsewhere, fetched by the program that nearly every system brings along for that: it knows the proxies and
//! certificates of this computer.

#![expect(clippy::disallowed_methods, reason = "fetches what a manifest names")]

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};

/// Gives up where nobody answers, and where nothing comes for so long, in seconds.
const LIMITS: &[&str] = &["--connect-timeout", "30", "--speed-limit", "1", "--speed-time", "120"];
/// How much is handed over at a time, in bytes.
const PIECE: usize = 256 << 10;

/// Fetches what is behind a URL, at most `limit` bytes of it, and hands it over piece by piece: whatever ends this process ends the
/// fetching as well.
///
/// # Errors
/// Why not, as a sentence.
pub fn fetch(url: &str, limit: u64, mut piece: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), String> {
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location", "--max-redirs", "10", "--proto", "=http,https"]);
    curl.args(LIMITS).args(["--max-filesize", &limit.to_string(), "--", url]);
    let curl = curl.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut curl = curl.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "`curl`, which fetches it, is not installed".to_owned(),
        _ => format!("`curl` can't be run: {error}"),
    })?;
    let passed = pass_on(&mut curl, limit, &mut piece);
    if passed.is_err() {
        // It may have ended by itself.
        let _ = curl.kill();
    }
    let output = curl.wait_with_output().map_err(|error| error.to_string())?;
    passed?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().last().unwrap_or("curl ended without a word");
    Err(line.trim_start_matches("curl: ").to_owned())
}

/// A server need not say beforehand how much there is, and then `curl` may know no limit.
fn pass_on(curl: &mut Child, limit: u64, piece: &mut impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), String> {
    let Some(mut content) = curl.stdout.take() else { return Ok(()) };
    let (mut buffer, mut passed) = (vec![0; PIECE], 0);
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.to_string()),
        };
        passed += read as u64;
        if passed > limit {
            return Err(format!("it is larger than {}", crate::words::bytes(limit)));
        }
        piece(&buffer[..read]).map_err(|error| format!("it can't be kept: {error}"))?;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// Answers one question after the other.
    fn server(answers: &'static [&str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/seed.sql", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]);
                write!(stream, "HTTP/1.1 {answer}").unwrap();
            }
        });
        url
    }

    fn fetched(url: &str, limit: u64) -> Result<Vec<u8>, String> {
        let mut content = Vec::new();
        fetch(url, limit, |piece| {
            content.extend_from_slice(piece);
            Ok(())
        })
        .map(|()| content)
    }

    #[test]
    fn what_a_url_has_is_fetched_and_a_refusal_is_told() {
        let url = server(&["200 OK\r\nContent-Length: 4\r\n\r\nrows", "404 Not Found\r\nContent-Length: 0\r\n\r\n"]);
        assert_eq!(fetched(&url, 4).unwrap(), b"rows");
        assert!(fetched(&url, 4).unwrap_err().contains("404"));
    }

    #[test]
    fn what_is_larger_than_it_may_be_is_given_up_also_where_its_size_is_not_told() {
        let url = server(&["200 OK\r\nContent-Length: 4\r\n\r\nrows", "200 OK\r\nConnection: close\r\n\r\nrows"]);
        for _ in 0..2 {
            assert!(fetched(&url, 3).is_err());
        }
    }

    #[test]
    fn what_can_not_be_kept_ends_it() {
        let url = server(&["200 OK\r\nContent-Length: 4\r\n\r\nrows"]);
        let full = fetch(&url, 4, |_| Err(io::ErrorKind::StorageFull.into()));
        assert!(full.unwrap_err().contains("can't be kept"));
    }
}
