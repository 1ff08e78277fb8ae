//! What a command or a query prints: judged line by line as it comes, and only its end kept. Pure.

use std::collections::VecDeque;

use super::judge;
use crate::words;

/// So many last lines are kept.
const MOST_LINES: usize = 200;
/// Of a line, so many bytes are kept and judged.
const MOST_BYTES: usize = 8 << 10;

#[derive(Debug)]
pub struct Printed<'a> {
    /// The line that has to be among them.
    wanted: Option<&'a str>,
    is_found: bool,
    lines: VecDeque<String>,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
}

impl<'a> Printed<'a> {
    pub fn new(wanted: Option<&'a str>) -> Self {
        Self { wanted, is_found: false, lines: VecDeque::new(), begun: Vec::new() }
    }

    /// One line without its end.
    pub fn line(&mut self, text: &str) {
        self.is_found |= judge::judge_printed(self.wanted, &[text]).is_ok();
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(words::shortened(text, MOST_BYTES));
    }

    /// A piece as it comes, which may end in the middle of a line.
    pub fn piece(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, is_whole) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            let room = (MOST_BYTES + 1).saturating_sub(self.begun.len());
            self.begun.extend_from_slice(&text[..text.len().min(room)]);
            if is_whole {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        self.line(String::from_utf8_lossy(&begun).trim_end_matches('\r'));
    }

    /// Nothing comes any more.
    pub fn end(&mut self) {
        if !self.begun.is_empty() {
            self.end_line();
        }
    }

    /// # Errors
    /// The line did not come.
    pub fn judge(&self) -> Result<(), String> {
        if self.is_found { Ok(()) } else { judge::judge_printed::<&str>(self.wanted, &[]) }
    }

    /// The last lines.
    pub fn lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_judged_as_they_come_and_only_the_last_are_kept() {
        let mut printed = Printed::new(Some("42"));
        printed.piece(b"1\n4");
        printed.piece(b"2\r\n");
        for _ in 0..1000 {
            printed.piece(b"x\n");
        }
        printed.piece("\u{e9}end".as_bytes());
        printed.end();
        assert_eq!(printed.judge(), Ok(()));
        let lines = printed.lines();
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (MOST_LINES, Some("\u{e9}end")));
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_room_than_any() {
        let mut printed = Printed::new(Some("42"));
        for _ in 0..1000 {
            printed.piece(&[b'x'; 10_000]);
        }
        assert!(printed.begun.len() <= MOST_BYTES + 1);
        printed.end();
        assert!(printed.lines()[0].len() <= MOST_BYTES + 4 && printed.lines()[0].ends_with('…'));
        assert_eq!(printed.judge(), Err("printed no line `42`".to_owned()));
        assert_eq!(Printed::new(None).judge(), Ok(()));
    }
}
