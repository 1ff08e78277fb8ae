//! What is new, told to a browser as it comes: server-sent events, as many lines in one as have come meanwhile.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use http::HeaderMap;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::sleep;

use super::House;
use super::board::{Board, Bookmark, News};
use super::picture::Picture;

/// Between two tellings: shorter than anybody sees, long enough that a flood of lines becomes a few events.
const PAUSE: Duration = Duration::from_millis(40);
/// How soon a browser comes back that was interrupted.
const AGAIN: Duration = Duration::from_millis(300);
/// In one event.
const MOST_LINES: usize = 1000;

struct Reader {
    board: Arc<Board>,
    changes: watch::Receiver<()>,
    bookmark: Bookmark,
    /// What was read and has to be told in another event.
    lines: Option<Vec<super::Line>>,
}

/// The picture, with what it takes to go on after an interruption.
#[derive(Serialize)]
struct Told<'a> {
    run: &'a str,
    #[serde(flatten)]
    picture: &'a Picture,
}

pub async fn events(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let board = house.board.clone();
    let line = last_seen(&headers, query.as_deref().unwrap_or_default(), &board.run).unwrap_or(0);
    let changes = board.changes();
    let reader = Reader { board, changes, bookmark: Bookmark { edition: 0, line }, lines: None };
    let events = stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

/// The last line of this run that a reader has seen: `RUN/LINE`, which the browser tells by itself after an interruption, and
/// the page in the address when it comes back.
fn last_seen(headers: &HeaderMap, query: &str, run: &str) -> Option<u64> {
    let told = headers.get("last-event-id").and_then(|id| id.to_str().ok()).or(query.strip_prefix("after="))?;
    told.strip_prefix(run)?.strip_prefix('/')?.parse().ok()
}

impl Reader {
    /// `None` = nothing will ever change again.
    async fn next(&mut self) -> Option<Event> {
        if let Some(lines) = self.lines.take() {
            return Some(self.told_lines(&lines));
        }
        loop {
            self.changes.mark_unchanged();
            let News { picture, lines } = self.board.news(&mut self.bookmark, MOST_LINES);
            if let Some(picture) = picture {
                self.lines = Some(lines).filter(|lines| !lines.is_empty());
                let told = Told { run: &self.board.run, picture: &picture };
                return Some(Event::default().event("picture").retry(AGAIN).data(json(&told)));
            }
            if !lines.is_empty() {
                return Some(self.told_lines(&lines));
            }
            self.changes.changed().await.ok()?;
            sleep(PAUSE).await;
        }
    }

    fn told_lines(&self, lines: &[super::Line]) -> Event {
        let id = format!("{}/{}", self.board.run, self.bookmark.line);
        Event::default().event("lines").id(id).data(json(&lines))
    }
}

fn json(document: &impl Serialize) -> String {
    serde_json::to_string(document).unwrap_or_default()
}
