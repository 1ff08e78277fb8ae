//! Statements of somebody else's, looked through on their way to a server: what would reach beyond the database that they are
//! loaded into is left out where every dump has it, and ends the import everywhere else. Pure but for the reader.
//!
//! A server's own client obeys more than its server does (it runs programs, reads files, connects elsewhere), so that the rights
//! of whoever is logged in are not enough: what a client would obey itself never gets there.

mod mongodb;
mod mysql;
mod postgres;
mod redis;

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

pub use mongodb::Archive;
pub use mysql::Mysql;
pub use postgres::Postgres;
pub use redis::{Inline, Protocol};

/// The longest line that is looked at, in bytes: no server keeps a longer value.
const LONGEST_LINE: u64 = 1 << 30;

/// Why a file is not loaded: a clause that follows "line 7".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Looks through what is read, a line at a time.
pub trait Sieve: Send {
    /// Takes a line with its end, and adds what the server may see of it to `out`.
    ///
    /// # Errors
    /// It reaches beyond its database.
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused>;

    /// There is nothing more; `false` = it breaks off.
    fn end(&mut self, out: &mut Vec<u8>) -> bool;
}

/// A reader whose content went through a sieve.
pub struct Sifted {
    inner: BufReader<Box<dyn Read + Send>>,
    sieve: Box<dyn Sieve>,
    line: Vec<u8>,
    out: Vec<u8>,
    /// How much of `out` was read.
    at: usize,
    lines: u64,
    has_ended: bool,
}

impl Sifted {
    pub fn new(inner: Box<dyn Read + Send>, sieve: Box<dyn Sieve>) -> Self {
        let inner = BufReader::with_capacity(256 << 10, inner);
        Self { inner, sieve, line: Vec::new(), out: Vec::new(), at: 0, lines: 0, has_ended: false }
    }

    fn next(&mut self) -> io::Result<()> {
        self.line.clear();
        (&mut self.inner).take(LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            self.has_ended = true;
            let breaks_off =
                || io::Error::new(io::ErrorKind::UnexpectedEof, "it breaks off in the middle of something");
            return if self.sieve.end(&mut self.out) { Ok(()) } else { Err(breaks_off()) };
        }
        self.lines += 1;
        let refused = |why: Refused| io::Error::other(Refused(format!("line {} {why}", self.lines)));
        self.sieve.line(&self.line, &mut self.out).map_err(refused)
    }
}

impl Read for Sifted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.out.len() {
            self.out.clear();
            self.at = 0;
            // Short lines are handed on together.
            while self.out.len() < buffer.len() && !self.has_ended {
                self.next()?;
            }
        }
        let count = buffer.len().min(self.out.len() - self.at);
        buffer[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
fn sift(sieve: impl Sieve + 'static, text: &str) -> Result<String, String> {
    let mut read = Vec::new();
    let source: Box<dyn Read + Send> = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
    let sifted = Sifted::new(source, Box::new(sieve)).read_to_end(&mut read);
    sifted.map(|_| String::from_utf8_lossy(&read).into_owned()).map_err(|error| error.to_string())
}
