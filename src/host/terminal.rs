//! The terminal of this process: its size, raw mode for a program that talks to it directly, and the signals sent to us.

use std::sync::{Mutex, Once, PoisonError};

use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Rows and columns; `None` when standard output is no terminal, or one that does not know.
pub fn terminal_size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// Forgets what was typed and not read yet; without a terminal there is no such thing.
pub fn forget_typed_ahead() {
    let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
}

/// How the terminal was before; kept where a panic finds it as well, since a process that ends by one drops nothing.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// Keys go through as they are pressed, until it is dropped.
pub struct RawTerminal(());

impl RawTerminal {
    /// Without a terminal nothing changes.
    pub fn enter() -> Self {
        HOOK.call_once(|| {
            let usual = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                usual(panic);
            }));
        });
        if let Ok(before) = tcgetattr(std::io::stdin()) {
            let mut raw = before.clone();
            raw.make_raw();
            *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &raw);
        }
        Self(())
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
    }
}

/// Tells of each change of the terminal's size.
pub struct Resizes {
    signal: Option<Signal>,
}

/// Listens for changes of the terminal's size; only within a runtime.
pub fn resizes() -> Resizes {
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

/// Tells of each signal that asks this process to end.
pub struct EndSignals {
    signals: Vec<(&'static str, Signal)>,
}

/// Listens for signals that ask this process to end; only within a runtime. From now on they do not end it.
pub fn end_signals() -> EndSignals {
    let kinds = [
        ("INT", SignalKind::interrupt()),
        ("TERM", SignalKind::terminate()),
        ("HUP", SignalKind::hangup()),
        ("QUIT", SignalKind::quit()),
    ];
    EndSignals { signals: kinds.into_iter().filter_map(|(name, kind)| Some((name, signal(kind).ok()?))).collect() }
}

impl EndSignals {
    /// Comes back at the next one, with its name without `SIG`.
    pub async fn next(&mut self) -> &'static str {
        std::future::poll_fn(|context| {
            for (name, signal) in &mut self.signals {
                if signal.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*name);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}
