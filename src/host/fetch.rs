//! Files from elsewhere, fetched by the program that nearly every system brings along for that: it knows the proxies and
//! certificates of this computer.

#![expect(clippy::disallowed_methods, reason = "fetches what a manifest names, and tells files apart by their content")]

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

/// Gives up where nobody answers, and where nothing comes for so long, in seconds.
const LIMITS: &[&str] = &["--connect-timeout", "30", "--speed-limit", "1", "--speed-time", "120"];

/// Fetches what is behind a URL into a file.
///
/// # Errors
/// Why not, as a sentence.
pub fn fetch(url: &str, into: &Path) -> Result<(), String> {
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location", "--max-redirs", "10", "--proto", "=http,https"]);
    curl.args(LIMITS).arg("--output").arg(into).args(["--", url]);
    let output = curl.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "`curl`, which fetches it, is not installed".to_owned(),
        _ => format!("`curl` can't be run: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().last().unwrap_or("curl ended without a word");
    Err(line.trim_start_matches("curl: ").to_owned())
}

/// The SHA-256 of a file, in small hexadecimal digits.
///
/// # Errors
/// The system's.
pub fn sha256_of(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(crate::words::hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_a_url_has_is_fetched_and_a_refusal_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/seed.sql", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for answer in ["200 OK\r\nContent-Length: 4\r\n\r\nrows", "404 Not Found\r\nContent-Length: 0\r\n\r\n"] {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]);
                write!(stream, "HTTP/1.1 {answer}").unwrap();
            }
        });
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("seed");
        fetch(&url, &file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "rows");
        // Of `printf rows | sha256sum`.
        assert_eq!(sha256_of(&file).unwrap(), "bc51e9e65d79e1c90ba544ab2eae1044ccdf8c1af7a559ba375cba4276f7d99e");
        assert!(fetch(&url, &file).unwrap_err().contains("404"));
        assert!(sha256_of(&home.path().join("nothing")).is_err());
    }
}
