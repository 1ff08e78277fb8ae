//! What host apps print: written with its time into files that are rotated, read back as the lines of any other service.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::Stream;

use crate::engine::{Follow, LogLine, LogOptions};
use crate::events::Stream as Source;
use crate::host;

/// Bytes of one file; the same as for what runs inside.
const FILE_SIZE: u64 = 10_000_000;
/// The present file and those before it.
const FILES: u32 = 3;
/// The longest piece of a line that is kept in memory, in bytes; a longer line arrives in pieces.
const LONGEST_PIECE: usize = 64 * 1024;
/// How often a file that is followed is looked at where nothing tells of changes.
const LOOK: Duration = Duration::from_millis(100);

/// The same where something does.
const LOOK_ANYWAY: Duration = Duration::from_secs(2);

/// The files of one app, for writing.
#[derive(Debug)]
pub struct LogFiles {
    folder: PathBuf,
    file: File,
    size: u64,
}

impl LogFiles {
    /// # Errors
    /// The folder can't be written to.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        let file = host::append_to(&path(folder, 0))?;
        let size = file.metadata()?.len();
        Ok(Self { folder: folder.to_owned(), file, size })
    }

    /// Writes lines with the present time. A disk that is full must not stop the app: what can't be written is lost.
    pub fn write(&mut self, stream: Source, lines: &[Piece]) {
        if lines.is_empty() {
            return;
        }
        let time = host::now_as_text();
        let mark = |piece: &Piece| match (stream, piece.goes_on) {
            (Source::Stderr, false) => 'e',
            (Source::Stderr, true) => 'E',
            (_, false) => 'o',
            (_, true) => 'O',
        };
        let text: String = lines.iter().map(|line| format!("{time} {} {}\n", mark(line), line.text)).collect();
        if self.size > 0 && self.size + text.len() as u64 > FILE_SIZE {
            self.rotate();
        }
        if self.file.write_all(text.as_bytes()).is_ok() {
            self.size += text.len() as u64;
        }
    }

    fn rotate(&mut self) {
        for number in (1..FILES).rev() {
            host::rename(&path(&self.folder, number - 1), &path(&self.folder, number));
        }
        if let Ok(file) = host::append_to(&path(&self.folder, 0)) {
            self.file = file;
            self.size = 0;
        }
    }
}

fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(if number == 0 { "output".to_owned() } else { format!("output.{number}") })
}

/// A line, or as much of one as is handed on at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// The next piece belongs to the same line.
    pub goes_on: bool,
}

impl Piece {
    /// A line that is one piece.
    pub fn line(text: impl Into<String>) -> Self {
        Self { text: text.into(), goes_on: false }
    }
}

/// Makes lines of what arrives.
#[derive(Debug, Default)]
pub struct Splitter {
    rest: Vec<u8>,
}

impl Splitter {
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.rest.extend_from_slice(bytes);
        let mut lines = Vec::new();
        let mut from = 0;
        while let Some(end) = self.rest[from..].iter().position(|byte| *byte == b'\n') {
            lines.push(Piece::line(text(&self.rest[from..from + end])));
            from += end + 1;
        }
        self.rest.drain(..from);
        while self.rest.len() > LONGEST_PIECE {
            let piece: Vec<u8> = self.rest.drain(..boundary(&self.rest, LONGEST_PIECE)).collect();
            lines.push(Piece { text: String::from_utf8_lossy(&piece).into_owned(), goes_on: true });
        }
        lines
    }

    pub fn finish(&mut self) -> Vec<Piece> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() { Vec::new() } else { vec![Piece::line(text(&rest))] }
    }
}

/// Where the character begins that a place is in; the place itself where there is no UTF-8.
fn boundary(bytes: &[u8], at: usize) -> usize {
    const LONGEST_CHARACTER: usize = 4;
    let begins = |index: &usize| bytes[*index] & 0b1100_0000 != 0b1000_0000;
    (at.saturating_sub(LONGEST_CHARACTER - 1)..=at).rev().find(begins).filter(|index| *index > 0).unwrap_or(at)
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.strip_suffix('\r').unwrap_or(&text).to_owned()
}

fn parse(line: &str) -> Option<LogLine> {
    let (time, rest) = line.split_once(' ')?;
    let (mark, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let (stream, goes_on) = match mark {
        "o" => (Source::Stdout, false),
        "O" => (Source::Stdout, true),
        "e" => (Source::Stderr, false),
        "E" => (Source::Stderr, true),
        _ => return None,
    };
    Some(LogLine { stream, text: text.to_owned(), time: Some(time.to_owned()), goes_on })
}

/// Reads what an app has printed, oldest first, and goes on where that is asked for.
pub fn lines(folder: &Path, options: LogOptions) -> impl Stream<Item = LogLine> + use<> {
    let (folder, ready) = (folder.to_owned(), VecDeque::new());
    let reader = Reader { folder, ready, present: None, options, begun: false, nudges: None };
    futures_util::stream::unfold(reader, |mut reader| async move { reader.next().await.map(|line| (line, reader)) })
}

struct Reader {
    folder: PathBuf,
    ready: VecDeque<LogLine>,
    /// The file that is written to, read up to here.
    present: Option<BufReader<File>>,
    options: LogOptions,
    begun: bool,
    /// Tells that there may be more; `None` = nothing does.
    nudges: Option<host::Nudges>,
}

impl Reader {
    async fn next(&mut self) -> Option<LogLine> {
        if !std::mem::replace(&mut self.begun, true) {
            // Before anything is read, so that nothing is missed.
            self.nudges = (self.options.follow == Follow::Yes).then(|| host::nudges(&self.folder)).flatten();
            self.read_history();
        }
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            if self.options.follow == Follow::No {
                return None;
            }
            self.read_fresh();
            if self.ready.is_empty() {
                match &mut self.nudges {
                    // The whole folder may be another one by now.
                    Some(nudges) => drop(tokio::time::timeout(LOOK_ANYWAY, nudges.next()).await),
                    None => tokio::time::sleep(LOOK).await,
                }
            }
        }
    }

    fn read_history(&mut self) {
        if let Some(tail) = self.options.tail {
            return self.read_tail(tail as usize);
        }
        for number in (0..FILES).rev() {
            let Some(mut file) = open(&path(&self.folder, number)) else { continue };
            self.take_from(&mut file);
            self.present = (number == 0).then_some(file);
        }
    }

    /// The last so many lines, and no more of the files than they take.
    fn read_tail(&mut self, tail: usize) {
        for number in 0..FILES {
            let Some(mut file) = open(&path(&self.folder, number)) else { continue };
            let lines = self.last_lines(&mut file, tail - self.ready.len()).unwrap_or_default();
            lines.into_iter().rev().for_each(|line| self.ready.push_front(line));
            if number == 0 {
                self.present = Some(file);
            }
            if self.ready.len() >= tail {
                return;
            }
        }
    }

    /// The last whole lines of a file, which is left where they end.
    fn last_lines(&self, file: &mut BufReader<File>, most: usize) -> std::io::Result<Vec<LogLine>> {
        const FIRST_LOOK: u64 = 64 * 1024;
        let size = file.get_ref().metadata()?.len();
        let mut part = FIRST_LOOK;
        loop {
            let from = size.saturating_sub(part);
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(from))?;
            file.by_ref().take(size - from).read_to_end(&mut bytes)?;
            let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let begin =
                if from == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(end, |at| at + 1) };
            let lines = bytes[begin.min(end)..end].split(|byte| *byte == b'\n');
            let mut lines: Vec<LogLine> = lines.filter_map(|line| parse(&text(line))).collect();
            let is_early = lines.first().is_some_and(|line| !self.is_wanted(line));
            lines.retain(|line| self.is_wanted(line));
            if lines.len() >= most || is_early || from == 0 {
                file.seek(SeekFrom::Start(from + end as u64))?;
                return Ok(lines.split_off(lines.len().saturating_sub(most)));
            }
            part *= 4;
        }
    }

    fn read_fresh(&mut self) {
        if let Some(mut file) = self.present.take() {
            self.take_from(&mut file);
            self.present = Some(file);
        }
        // Another file in its place: it was rotated, or the app was replaced.
        let Some(mut now) = open(&path(&self.folder, 0)) else { return };
        if self.present.as_ref().is_none_or(|file| !host::is_same_file(file.get_ref(), now.get_ref())) {
            self.take_from(&mut now);
            self.present = Some(now);
        }
    }

    /// Whole lines only: what is half written comes with the next look.
    fn take_from(&mut self, file: &mut BufReader<File>) {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = file.read_until(b'\n', &mut line).unwrap_or(0);
            if line.last() != Some(&b'\n') {
                let _ = file.seek(SeekFrom::Current(-i64::try_from(read).unwrap_or(0)));
                return;
            }
            let line = parse(&text(&line[..read - 1]));
            self.ready.extend(line.filter(|line| self.is_wanted(line)));
        }
    }

    fn is_wanted(&self, line: &LogLine) -> bool {
        let printed = line.time.as_deref().and_then(host::unix_seconds);
        self.options.since.is_none_or(|since| printed.is_none_or(|printed| printed >= since))
    }
}

fn open(path: &Path) -> Option<BufReader<File>> {
    host::open_file(path).ok().map(BufReader::new)
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    fn write(files: &mut LogFiles, line: &str) {
        files.write(Source::Stdout, &[Piece::line(line)]);
    }

    #[tokio::test]
    async fn what_is_written_is_read_in_order_across_files_and_the_oldest_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = LogFiles::open(folder.path()).unwrap();
        let long = "x".repeat(3_000_000);
        for number in 0..12 {
            write(&mut files, &format!("{number} {long}"));
        }
        files.write(Source::Stderr, &[Piece::line("last")]);
        let all: Vec<LogLine> = lines(folder.path(), LogOptions::default()).collect().await;
        assert_eq!(all.iter().map(|line| line.text.split(' ').next().unwrap()).collect::<Vec<_>>()[0], "3");
        assert_eq!((all.len(), all[9].stream, all[9].text.as_str()), (10, Source::Stderr, "last"));
        for tail in 0..12 {
            let options = LogOptions { tail: Some(tail), ..LogOptions::default() };
            let last: Vec<LogLine> = lines(folder.path(), options).collect().await;
            assert_eq!(last, all[all.len().saturating_sub(tail as usize)..], "the last {tail}");
        }
    }

    #[tokio::test]
    async fn what_comes_later_is_followed_through_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = LogFiles::open(folder.path()).unwrap();
        write(&mut files, "before");
        let follow = LogOptions { follow: Follow::Yes, ..LogOptions::default() };
        let mut lines = Box::pin(lines(folder.path(), follow));
        assert_eq!(lines.next().await.unwrap().text, "before");
        write(&mut files, "between");
        files.rotate();
        write(&mut files, "after");
        assert_eq!(lines.next().await.unwrap().text, "between");
        assert_eq!(lines.next().await.unwrap().text, "after");
    }

    #[test]
    fn pieces_become_lines_and_an_endless_one_comes_in_pieces() {
        let mut splitter = Splitter::default();
        assert_eq!(splitter.push(b"one\r\ntw"), [Piece::line("one")]);
        assert_eq!(splitter.push(b"o\n\n"), [Piece::line("two"), Piece::line("")]);
        // No character is torn apart, wherever the cut falls.
        let long = format!("x{}", "\u{20ac}".repeat(LONGEST_PIECE));
        let mut pieces = splitter.push(long.as_bytes());
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.goes_on));
        pieces.extend(splitter.push(b"\n"));
        assert!(!pieces[pieces.len() - 1].goes_on);
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), long);
        assert_eq!(splitter.push(&[0x80; LONGEST_PIECE + 1]).len(), 1, "no text at all");
        splitter.finish();
        splitter.push(b"rest");
        assert_eq!(splitter.finish(), [Piece::line("rest")]);
        assert!(splitter.finish().is_empty());
    }

    #[tokio::test]
    async fn the_pieces_of_a_line_are_known_as_such_when_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = LogFiles::open(folder.path()).unwrap();
        let first = Piece { text: "first".to_owned(), goes_on: true };
        files.write(Source::Stderr, &[first, Piece::line("second")]);
        let all: Vec<LogLine> = lines(folder.path(), LogOptions::default()).collect().await;
        let shown: Vec<(&str, bool)> = all.iter().map(|line| (line.text.as_str(), line.goes_on)).collect();
        assert_eq!(shown, [("first", true), ("second", false)]);
    }
}
