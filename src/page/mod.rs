//! The local page of `devenv ui`: what it shows, who may see it, and how its visitors' wishes get to whoever fulfils them.
//!
//! ```text
//! whoever looks ──pins──▶ Board ──events──▶ browser
//!   fulfils     ◀──asks── Desk  ◀──POST───
//! ```
//!
//! Nothing here looks at the environment or changes it. Nobody gets in without the key, from another computer, or through
//! another site that the same browser has open.

mod assets;
mod board;
pub mod databases;
mod errands;
mod guard;
mod key;
mod lines;
pub mod picture;
mod routes;
mod server;
mod snippets;
mod stream;
mod wishes;

use std::sync::Arc;

pub use board::Board;
pub use key::Key;
pub use lines::{Line, Source};
pub use server::serve;
pub use snippets::{Language, Snippet, snippets};
pub use wishes::{Asked, Reply, Wish};

/// What every answer is made from.
pub struct House {
    board: Arc<Board>,
    key: Key,
    /// Where wishes are left.
    desk: tokio::sync::mpsc::Sender<Asked>,
    errands: errands::Errands,
    entered: tokio::sync::Notify,
}

impl House {
    pub fn new(board: Arc<Board>, key: Key, desk: tokio::sync::mpsc::Sender<Asked>) -> Self {
        Self { board, key, desk, errands: errands::Errands::default(), entered: tokio::sync::Notify::new() }
    }

    /// Waits until somebody was let in by the key.
    pub async fn somebody_came_in(&self) {
        self.entered.notified().await;
    }
}
