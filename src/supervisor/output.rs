//! What host apps print: written with its time into files that are rotated, read back as the lines of any other service.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
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
/// How often a file that is followed is looked at.
const LOOK: Duration = Duration::from_millis(100);

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
    pub fn write(&mut self, stream: Source, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let time = host::now_as_text();
        let mark = if stream == Source::Stderr { 'e' } else { 'o' };
        let text: String = lines.iter().map(|line| format!("{time} {mark} {line}\n")).collect();
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

/// Makes lines of pieces.
#[derive(Debug, Default)]
pub struct Splitter {
    rest: Vec<u8>,
}

impl Splitter {
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let mut lines = Vec::new();
        let mut from = 0;
        while let Some(end) = self.rest[from..].iter().position(|byte| *byte == b'\n') {
            lines.push(text(&self.rest[from..from + end]));
            from += end + 1;
        }
        self.rest.drain(..from);
        if self.rest.len() > LONGEST_PIECE {
            lines.push(text(&std::mem::take(&mut self.rest)));
        }
        lines
    }

    pub fn finish(&mut self) -> Vec<String> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() { Vec::new() } else { vec![text(&rest)] }
    }
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.strip_suffix('\r').unwrap_or(&text).to_owned()
}

fn parse(line: &str) -> Option<LogLine> {
    let (time, rest) = line.split_once(' ')?;
    let (mark, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let stream = match mark {
        "o" => Source::Stdout,
        "e" => Source::Stderr,
        _ => return None,
    };
    Some(LogLine { stream, text: text.to_owned(), time: Some(time.to_owned()), goes_on: false })
}

/// Reads what an app has printed, oldest first, and goes on where that is asked for.
pub fn lines(folder: &Path, options: LogOptions) -> impl Stream<Item = LogLine> + use<> {
    let reader = Reader { folder: folder.to_owned(), ready: VecDeque::new(), present: None, options, begun: false };
    futures_util::stream::unfold(reader, |mut reader| async move { reader.next().await.map(|line| (line, reader)) })
}

struct Reader {
    folder: PathBuf,
    ready: VecDeque<LogLine>,
    /// The file that is written to, read up to here.
    present: Option<BufReader<File>>,
    options: LogOptions,
    begun: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<LogLine> {
        if !std::mem::replace(&mut self.begun, true) {
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
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    fn read_history(&mut self) {
        for number in (0..FILES).rev() {
            let Some(mut file) = open(&path(&self.folder, number)) else { continue };
            self.take_from(&mut file);
            self.present = (number == 0).then_some(file);
        }
        if let Some(tail) = self.options.tail {
            let surplus = self.ready.len().saturating_sub(tail as usize);
            self.ready.drain(..surplus);
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
        files.write(Source::Stdout, &[line.to_owned()]);
    }

    #[tokio::test]
    async fn what_is_written_is_read_in_order_across_files_and_the_oldest_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = LogFiles::open(folder.path()).unwrap();
        let long = "x".repeat(3_000_000);
        for number in 0..12 {
            write(&mut files, &format!("{number} {long}"));
        }
        files.write(Source::Stderr, &["last".to_owned()]);
        let all: Vec<LogLine> = lines(folder.path(), LogOptions::default()).collect().await;
        assert_eq!(all.iter().map(|line| line.text.split(' ').next().unwrap()).collect::<Vec<_>>()[0], "3");
        assert_eq!((all.len(), all[9].stream, all[9].text.as_str()), (10, Source::Stderr, "last"));
        let tail = LogOptions { tail: Some(1), ..LogOptions::default() };
        assert_eq!(lines(folder.path(), tail).collect::<Vec<_>>().await.len(), 1);
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
        assert_eq!(splitter.push(b"one\r\ntw"), ["one"]);
        assert_eq!(splitter.push(b"o\n\n"), ["two", ""]);
        assert_eq!(splitter.push(&vec![b'x'; LONGEST_PIECE + 1]).len(), 1);
        assert!(splitter.finish().is_empty());
        splitter.push(b"rest");
        assert_eq!(splitter.finish(), ["rest"]);
    }
}
