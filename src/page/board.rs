//! What is pinned up for the page's visitors: the picture and the last lines. Readers are woken, and never hold up who pins.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::lines::{Line, Lines, Source};
use super::picture::Picture;

/// Shared by who looks at the environment and everybody who reads along.
pub struct Board {
    /// Tells readers of different runs of this program apart: numbers of lines begin anew with each.
    pub run: String,
    pinned: Mutex<Pinned>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Pinned {
    picture: Picture,
    /// Counts the pictures.
    edition: u64,
    lines: Lines,
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bookmark {
    pub edition: u64,
    pub line: u64,
}

/// What a reader has not seen yet.
#[derive(Debug, Default)]
pub struct News {
    pub picture: Option<Picture>,
    pub lines: Vec<Line>,
}

impl Board {
    pub fn new(run: String, picture: Picture) -> Self {
        let pinned = Pinned { picture, edition: 1, lines: Lines::default() };
        Self { run, pinned: Mutex::new(pinned), changed: watch::Sender::new(()) }
    }

    /// Changes the picture; nobody is told where nothing has changed by that.
    pub fn draw(&self, change: impl FnOnce(&mut Picture)) {
        let mut pinned = self.lock();
        let before = pinned.picture.clone();
        change(&mut pinned.picture);
        if pinned.picture != before {
            pinned.edition += 1;
            drop(pinned);
            self.changed.send_replace(());
        }
    }

    /// Adds a line.
    pub fn line(&self, name: &Arc<str>, about: (Source, i64), text: &str) {
        self.lock().lines.push(name, about, text);
        self.changed.send_replace(());
    }

    /// The picture as it is now.
    pub fn picture(&self) -> Picture {
        self.lock().picture.clone()
    }

    /// What is new since a bookmark, which is moved on; at most so many lines.
    pub fn news(&self, bookmark: &mut Bookmark, most: usize) -> News {
        let pinned = self.lock();
        let picture = (bookmark.edition != pinned.edition).then(|| pinned.picture.clone());
        if bookmark.line > pinned.lines.last() {
            // Of another run of this program.
            bookmark.line = 0;
        }
        let lines: Vec<Line> = pinned.lines.after(bookmark.line, most).cloned().collect();
        bookmark.edition = pinned.edition;
        bookmark.line = lines.last().map_or(bookmark.line, |line| line.number);
        News { picture, lines }
    }

    /// Tells a reader of every change from now on.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// A panic elsewhere leaves nothing half pinned.
    fn lock(&self) -> MutexGuard<'_, Pinned> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl News {
    pub fn is_nothing(&self) -> bool {
        self.picture.is_none() && self.lines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_the_picture_once_and_each_line_once() {
        let board = Board::new("r".into(), Picture::default());
        let mut bookmark = Bookmark::default();
        assert!(board.news(&mut bookmark, 10).picture.is_some());
        assert!(board.news(&mut bookmark, 10).is_nothing());
        let name: Arc<str> = "db".into();
        (0..3).for_each(|_| board.line(&name, (Source::Stdout, 0), "x"));
        assert_eq!(board.news(&mut bookmark, 2).lines.len(), 2);
        assert_eq!(board.news(&mut bookmark, 2).lines.len(), 1);
        board.draw(|picture| picture.is_known = true);
        assert!(board.news(&mut bookmark, 2).picture.is_some_and(|picture| picture.is_known));
        board.draw(|picture| picture.is_known = true);
        assert!(board.news(&mut bookmark, 2).is_nothing(), "nothing has changed");
    }

    #[test]
    fn a_bookmark_of_another_run_begins_anew() {
        let board = Board::new("r".into(), Picture::default());
        board.line(&"db".into(), (Source::Stdout, 0), "x");
        assert_eq!(board.news(&mut Bookmark { edition: 1, line: 900 }, 10).lines.len(), 1);
    }
}
