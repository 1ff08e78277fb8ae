//! What services and apps print.

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::{Stream, StreamExt, TryStreamExt};

use super::terminal::piece;
use super::{Condition, Engine, Fault, Piped};
use crate::events::Stream as Source;
use crate::host;

/// The longest piece of a line that is kept in memory, in bytes; a longer line arrives in pieces.
const LONGEST_PIECE: usize = 64 * 1024;

/// A line as it was printed, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub stream: Source,
    pub text: String,
    /// RFC 3339 with nanoseconds, when asked for.
    pub time: Option<String>,
    /// It is a piece: the rest of the line comes next.
    pub goes_on: bool,
}

impl LogLine {
    /// Whether it was printed in the last run of what is in this condition; a line without a time counts.
    pub fn is_of_last_run(&self, condition: &Condition) -> bool {
        let Some(time) = &self.time else { return true };
        // Podman tells whole seconds: the line was printed somewhere within that one.
        let within_ms = if time.contains('.') { 0 } else { 999 };
        if condition.running && within_ms == 0 {
            // Both have the same form but for zeros that may be left out at the end.
            return time.trim_end_matches('Z') > condition.ended_before.trim_end_matches('Z');
        }
        // Only when it began is known where it has ended, and that a little late.
        const LATE_MS: i64 = 500;
        let (earliest, late) =
            if condition.running { (&condition.ended_before, 0) } else { (&condition.started_at, LATE_MS) };
        let (printed, earliest) = (host::unix_millis(time), host::unix_millis(earliest));
        printed.zip(earliest).is_none_or(|(printed, earliest)| printed + within_ms + late >= earliest)
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct LogOptions {
    /// Goes on with what is printed from now on.
    pub follow: Follow,
    /// Only so many of the last lines; `None` = all.
    pub tail: Option<u32>,
    /// Only lines from this second on, counted from 1970.
    pub since: Option<i64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Follow {
    #[default]
    No,
    Yes,
}

impl Engine {
    /// The lines that a unit has printed, each with its time, in order.
    pub fn logs(&self, id: &str, options: LogOptions) -> impl Stream<Item = Result<LogLine, Fault>> + use<> {
        let query = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .timestamps(true)
            .follow(options.follow == Follow::Yes)
            .since(options.since.and_then(|since| i32::try_from(since).ok()).unwrap_or(0))
            .tail(&options.tail.map_or("all".to_owned(), |lines| lines.to_string()))
            .build();
        let chunks = self.client.logs(id, Some(query));
        let mut splitter = Splitter::with_times();
        chunks
            .map(Some)
            .chain(futures_util::stream::once(std::future::ready(None)))
            .map(move |chunk| match chunk {
                Some(chunk) => piece(chunk).map(|piece| splitter.push(piece)),
                None => Ok(splitter.finish()),
            })
            .map_ok(|lines| futures_util::stream::iter(lines.into_iter().map(Ok)))
            .try_flatten()
    }

    /// The last lines of what a unit printed since its last start, oldest first; nothing when it can't be read.
    pub async fn last_lines(&self, id: &str, number: u32) -> Vec<String> {
        let Ok(condition) = self.condition(id).await else { return Vec::new() };
        let options = LogOptions { follow: Follow::No, tail: Some(number), since: None };
        let lines = self.logs(id, options).filter_map(|line| {
            std::future::ready(line.ok().filter(|line| line.is_of_last_run(&condition)).map(|line| line.text))
        });
        tokio::time::timeout(std::time::Duration::from_secs(2), lines.collect()).await.unwrap_or_default()
    }
}

/// Puts chunks together to lines, for standard output and standard error each.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    out: Vec<u8>,
    err: Vec<u8>,
    /// Each line begins with the time that the engine put there.
    times: bool,
}

impl Splitter {
    fn with_times() -> Self {
        Self { times: true, ..Self::default() }
    }

    pub(super) fn push(&mut self, Piped { stream, bytes }: Piped) -> Vec<LogLine> {
        let buffer = match stream {
            Source::Stderr => &mut self.err,
            Source::Stdout => &mut self.out,
        };
        buffer.extend_from_slice(&bytes);
        let mut lines = Vec::new();
        let mut from = 0;
        while let Some(end) = buffer[from..].iter().position(|byte| *byte == b'\n') {
            lines.push(line(stream, &buffer[from..from + end], self.times));
            from += end + 1;
        }
        buffer.drain(..from);
        if buffer.len() > LONGEST_PIECE {
            // A letter that is cut in two would be none.
            let whole = std::str::from_utf8(buffer).map_or_else(|error| error.valid_up_to(), str::len);
            let cut = if buffer.len() - whole < 4 { whole } else { buffer.len() };
            lines.push(LogLine { goes_on: true, ..line(stream, &buffer[..cut], self.times) });
            buffer.drain(..cut);
        }
        lines
    }

    pub(super) fn finish(&mut self) -> Vec<LogLine> {
        let rest = [(Source::Stdout, std::mem::take(&mut self.out)), (Source::Stderr, std::mem::take(&mut self.err))];
        rest.iter()
            .filter(|(_, bytes)| !bytes.is_empty())
            .map(|(stream, bytes)| line(*stream, bytes, self.times))
            .collect()
    }
}

fn line(stream: Source, bytes: &[u8], times: bool) -> LogLine {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_suffix('\r').unwrap_or(&text);
    match text.split_once(' ') {
        Some((time, rest)) if times && is_time(time) => {
            LogLine { stream, text: rest.to_owned(), time: Some(time.to_owned()), goes_on: false }
        }
        _ if times && is_time(text) => {
            LogLine { stream, text: String::new(), time: Some(text.to_owned()), goes_on: false }
        }
        _ => LogLine { stream, text: text.to_owned(), time: None, goes_on: false },
    }
}

fn is_time(word: &str) -> bool {
    word.len() >= 20 && word.as_bytes()[10] == b'T' && word.as_bytes()[..4].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_printed_does_not_count() {
        let line = |time: &str| LogLine {
            stream: Source::Stdout,
            text: "ready".into(),
            time: Some(time.into()),
            goes_on: false,
        };
        let running = Condition {
            running: true,
            exit_code: 0,
            out_of_memory: false,
            started_at: "2026-01-02T03:04:05.5Z".into(),
            ended_before: "2026-01-02T03:04:05.1Z".into(),
            error: String::new(),
        };
        assert!(!line("2026-01-02T03:04:05.05Z").is_of_last_run(&running));
        // Before the engine had seen it run.
        assert!(line("2026-01-02T03:04:05.4Z").is_of_last_run(&running));
        // An engine that tells whole seconds.
        assert!(line("2026-01-02T03:04:05Z").is_of_last_run(&running));
        assert!(!line("2026-01-02T03:04:04Z").is_of_last_run(&running));
        let ended = Condition { running: false, ended_before: String::new(), ..running };
        assert!(line("2026-01-02T03:04:05.4Z").is_of_last_run(&ended));
        assert!(!line("2026-01-02T03:04:04.9Z").is_of_last_run(&ended));
        assert!(line("2026-01-02T03:04:05Z").is_of_last_run(&ended));
        assert!(!line("2026-01-02T03:04:03Z").is_of_last_run(&ended));
    }

    fn out(text: impl Into<bytes::Bytes>) -> Piped {
        Piped { stream: Source::Stdout, bytes: text.into() }
    }

    #[test]
    fn chunks_become_lines() {
        let mut splitter = Splitter::with_times();
        assert!(splitter.push(out("2026-01-02T03:04:05.000000006Z he")).is_empty());
        let lines = splitter.push(out("llo\r\nplain\nrest"));
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].text, "hello");
        assert_eq!(lines[0].time.as_deref(), Some("2026-01-02T03:04:05.000000006Z"));
        assert_eq!(lines[1].text, "plain");
        assert_eq!(splitter.finish()[0].text, "rest");
    }

    #[test]
    fn an_endless_line_comes_in_pieces() {
        let mut splitter = Splitter::default();
        let long: &'static str = Box::leak("x".repeat(LONGEST_PIECE + 1).into_boxed_str());
        let pieces = splitter.push(out(long));
        assert!(pieces.len() == 1 && pieces[0].goes_on);
        assert!(splitter.finish().is_empty());
        // A letter of two bytes across the cut.
        let letters: &'static str = Box::leak("ü".repeat(LONGEST_PIECE / 2 + 1).into_boxed_str());
        let mut bytes = b"x".to_vec();
        bytes.extend_from_slice(&letters.as_bytes()[..letters.len() - 1]);
        let first = splitter.push(out(bytes)).remove(0);
        let rest = splitter.push(out(letters.as_bytes()[letters.len() - 1..].to_vec()));
        assert!(rest.is_empty() && !first.text.contains(char::REPLACEMENT_CHARACTER));
        assert_eq!(splitter.finish()[0].text, "ü");
    }
}
