//! Where the terminal's words go: a stream of this process, or a buffer of a test.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::lock;

/// A writer that remembers when nobody reads any more.
pub(super) struct Sink {
    writer: Box<dyn Write + Send>,
    pub(super) state: SinkState,
}

pub(super) enum SinkState {
    Open,
    /// The reader has gone away.
    Closed,
    Failed(String),
}

impl Sink {
    pub(super) fn new(writer: Box<dyn Write + Send>) -> Self {
        Self { writer, state: SinkState::Open }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        if !matches!(self.state, SinkState::Open) {
            return;
        }
        if let Err(error) = self.writer.write_all(bytes).and_then(|()| self.writer.flush()) {
            self.state = match error.kind() {
                io::ErrorKind::BrokenPipe => SinkState::Closed,
                _ => SinkState::Failed(error.to_string()),
            };
        }
    }
}

/// A writer that keeps what was written, for tests.
#[derive(Debug, Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Everything written so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0)).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
