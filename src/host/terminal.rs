//! The terminal of this process: its size, and raw mode for a program that talks to it directly.

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// Rows and columns; `None` when standard output is no terminal.
pub fn terminal_size() -> Option<(u16, u16)> {
    tcgetwinsize(std::io::stdout()).ok().map(|size| (size.ws_row, size.ws_col))
}

/// Keys go through as they are pressed, until it is dropped.
pub struct RawTerminal {
    before: Option<Termios>,
}

impl RawTerminal {
    /// Without a terminal nothing changes.
    pub fn enter() -> Self {
        let before = tcgetattr(std::io::stdin()).ok();
        if let Some(before) = &before {
            let mut raw = before.clone();
            raw.make_raw();
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &raw);
        }
        Self { before }
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Drain, before);
        }
    }
}

/// Tells of each change of the terminal's size.
pub struct Resizes {
    signal: Option<tokio::signal::unix::Signal>,
}

/// Listens for changes of the terminal's size; only within a runtime.
pub fn resizes() -> Resizes {
    use tokio::signal::unix::{SignalKind, signal};
    Resizes { signal: signal(SignalKind::window_change()).ok() }
}

impl Resizes {
    /// Comes back at the next change.
    pub async fn next(&mut self) {
        match &mut self.signal {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    }
}
