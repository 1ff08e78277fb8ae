//! A connection to something that is not trusted: bounded reads, and words for what goes wrong.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Reason, Refusal};

/// The most bytes that are read in one conversation.
pub const MOST: usize = 64 * 1024;
const CONNECT: Duration = Duration::from_secs(1);
/// What is said of who takes a question and says nothing.
pub const SILENT: &str = "accepts connections but does not answer yet";
/// How many characters of what a service said are passed on.
const LONGEST_SAID: usize = 200;
/// How many of the first bytes are kept to recognise a stranger by.
const GREETING: usize = 32;

/// Why a question was not answered with "ready".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    NotYet(String),
    Status(u16),
    Refused(Refusal),
}

impl Unready {
    pub fn not_yet(said: impl Into<String>) -> Self {
        Self::NotYet(said.into())
    }

    pub fn refused(reason: Reason, said: impl Into<String>) -> Self {
        Self::Refused(Refusal { reason, said: said.into() })
    }
}

/// One connection for one question.
pub struct Wire {
    address: SocketAddr,
    protocol: &'static str,
    stream: Option<TcpStream>,
    buffer: BytesMut,
    /// How many bytes have come, and the first of them.
    seen: usize,
    greeting: Vec<u8>,
}

impl Wire {
    pub fn new(address: SocketAddr, protocol: &'static str) -> Self {
        Self { address, protocol, stream: None, buffer: BytesMut::new(), seen: 0, greeting: Vec::new() }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects, or connects anew.
    pub async fn connect(&mut self) -> Result<(), Unready> {
        (self.stream, self.seen) = (None, 0);
        self.buffer.clear();
        self.greeting.clear();
        let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(self.address)).await else {
            return Err(Unready::NotYet(self.silence()));
        };
        // A port that nobody listens on can be given to the asking side itself, which then hears its own echo.
        if stream.local_addr().is_ok_and(|own| own == self.address) {
            return Err(Unready::NotYet(self.silence()));
        }
        let _ = stream.set_nodelay(true);
        self.stream = Some(stream);
        Ok(())
    }

    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Unready> {
        let sent = match &mut self.stream {
            Some(stream) => stream.write_all(bytes).await,
            None => Err(io::ErrorKind::NotConnected.into()),
        };
        // The reason for hanging up may have come before: it is better than "hung up".
        if sent.is_err() && !self.receive().await? {
            return Err(self.hung_up());
        }
        Ok(())
    }

    /// Says goodbye where the protocol has a word for it; nothing depends on it.
    pub async fn leave(&mut self, bytes: &[u8]) {
        if let Some(stream) = &mut self.stream {
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        }
    }

    /// Takes exactly so many bytes.
    pub async fn take(&mut self, count: usize) -> Result<Bytes, Unready> {
        if count > MOST {
            return Err(self.strange());
        }
        while self.buffer.len() < count {
            self.more().await?;
        }
        Ok(self.buffer.split_to(count).freeze())
    }

    /// Takes everything up to `end`, which is left out.
    pub async fn take_until(&mut self, end: &[u8]) -> Result<Bytes, Unready> {
        let mut searched: usize = 0;
        loop {
            let from = searched.saturating_sub(end.len());
            if let Some(at) =
                self.buffer.get(from..).and_then(|new| new.windows(end.len()).position(|part| part == end))
            {
                let taken = self.buffer.split_to(from + at).freeze();
                let _ = self.buffer.split_to(end.len());
                return Ok(taken);
            }
            searched = self.buffer.len();
            self.more().await?;
        }
    }

    /// Makes sure that the next byte is one of these.
    ///
    /// Without it a stranger is not told from a service that is slow to end its line.
    pub async fn expect_start(&mut self, one_of: &[u8]) -> Result<(), Unready> {
        while self.buffer.is_empty() {
            self.more().await?;
        }
        if self.buffer.first().is_some_and(|first| one_of.contains(first)) { Ok(()) } else { Err(self.strange()) }
    }

    async fn more(&mut self) -> Result<(), Unready> {
        if self.receive().await? { Ok(()) } else { Err(self.hung_up()) }
    }

    /// Whether anything more has come.
    async fn receive(&mut self) -> Result<bool, Unready> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        if self.seen >= MOST {
            return Err(self.strange());
        }
        let before = self.buffer.len();
        self.buffer.reserve(4096);
        let count = stream.read_buf(&mut self.buffer).await.unwrap_or(0);
        self.seen += count;
        let wanted = GREETING.saturating_sub(self.greeting.len());
        self.greeting.extend(self.buffer.iter().skip(before).take(wanted));
        Ok(count > 0)
    }

    fn hung_up(&self) -> Unready {
        Unready::not_yet(if self.seen == 0 {
            "accepts connections but does not answer yet"
        } else {
            "began to answer, then hung up"
        })
    }

    /// What to say when the time is up.
    pub fn silence(&self) -> String {
        match (&self.stream, self.seen) {
            (None, _) => format!("does not accept connections on port {} yet", self.address.port()),
            (Some(_), 0) => SILENT.to_owned(),
            (Some(_), _) => "began to answer, but did not get to the end".to_owned(),
        }
    }

    /// What came is not what the protocol has: tells what it looks like.
    pub fn strange(&self) -> Unready {
        let said = match self.greeting.as_slice() {
            [b'H', b'T', b'T', b'P', b'/', ..] | [b'<', b'!' | b'h' | b'H', ..] => {
                format!("something that speaks HTTP answers, not {}", self.protocol)
            }
            [0x15 | 0x16, 3, ..] => "it wants an encrypted connection".to_owned(),
            [b'S', b'S', b'H', b'-', ..] => format!("something that speaks SSH answers, not {}", self.protocol),
            other => format!("what answers does not speak {}: `{}`", self.protocol, said(other)),
        };
        Unready::refused(Reason::OtherProtocol, said)
    }
}

/// What a service said, fit to be shown: one line, no control characters, not too long.
pub fn said(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line: String =
        text.chars().map(|c| if c.is_control() || c == char::REPLACEMENT_CHARACTER { ' ' } else { c }).collect();
    let line = line.trim();
    let mut short: String = line.chars().take(LONGEST_SAID).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// Splits off everything before the next zero byte, which goes too; `None` without one.
pub fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let (text, rest) = bytes.split_at(end);
    *bytes = rest.get(1..)?;
    Some(text)
}

/// Splits off so many bytes; `None` if there are fewer.
pub fn take_bytes<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}
