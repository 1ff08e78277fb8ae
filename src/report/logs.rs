//! Output of services and apps as one stream of lines, each behind the name it comes from. Pure.

use crate::names::Name;
use crate::ui::paint::Paint;
use crate::ui::text::{output_line, pad, width};
use crate::words;

/// Bytes of one line that are shown; more helps nobody and would be kept in memory.
const LONGEST_LINE: usize = 64 * 1024;

/// Puts the name in front of a line: `api  | listening on :3000`.
#[derive(Debug, Clone)]
pub struct LogPainter {
    prefixes: Vec<(Name, String)>,
    paint: Paint,
}

impl LogPainter {
    /// Each name gets the colour of its place in `names`, and all prefixes the same width.
    pub fn new(names: &[Name], paint: Paint) -> Self {
        let columns = names.iter().map(|name| width(name.as_str())).max().unwrap_or(0);
        let prefix = |(index, name): (usize, &Name)| {
            let text = format!("{}  |", pad(name.as_str(), columns));
            (name.clone(), paint.name(index, &text))
        };
        Self { prefixes: names.iter().enumerate().map(prefix).collect(), paint }
    }

    /// One line of output, harmless for a terminal, without a line end.
    pub fn line(&self, name: &Name, line: &str) -> String {
        let line = output_line(line, self.paint);
        match self.prefixes.iter().find(|(known, _)| known == name) {
            Some((_, prefix)) => format!("{prefix} {line}").trim_end().to_owned(),
            None => format!("{name}  | {line}"),
        }
    }
}

/// Makes lines of the pieces in which output arrives; one for each name and stream.
#[derive(Debug, Clone, Default)]
pub struct LineAssembler {
    line: Vec<u8>,
    /// Bytes of this line that were not kept.
    left_out: u64,
}

impl LineAssembler {
    /// Takes a piece in and hands out each line that it ends; bytes that are no UTF-8 become `\u{fffd}`.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        let mut pieces = bytes.split(|byte| *byte == b'\n');
        let last = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            self.keep(piece);
            each(&self.take());
        }
        self.keep(last);
    }

    /// Hands out what came after the last line end.
    pub fn finish(&mut self, mut each: impl FnMut(&str)) {
        if !self.line.is_empty() || self.left_out > 0 {
            each(&self.take());
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(LONGEST_LINE - self.line.len());
        self.line.extend_from_slice(&bytes[..kept]);
        self.left_out += (bytes.len() - kept) as u64;
    }

    fn take(&mut self) -> String {
        if self.left_out > 0 {
            drop_half_character(&mut self.line);
        } else if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        let mut text = String::from_utf8_lossy(&self.line).into_owned();
        if self.left_out > 0 {
            text += &format!("… ({} more in this line)", words::bytes(self.left_out));
        }
        self.line.clear();
        self.left_out = 0;
        text
    }
}

/// A cut may have fallen into the middle of a character.
fn drop_half_character(line: &mut Vec<u8>) {
    if let Err(error) = std::str::from_utf8(line)
        && error.error_len().is_none()
    {
        line.truncate(error.valid_up_to());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut assembler = LineAssembler::default();
        let mut lines = Vec::new();
        for piece in pieces {
            assembler.push(piece, |line| lines.push(line.to_owned()));
        }
        assembler.finish(|line| lines.push(line.to_owned()));
        lines
    }

    #[test]
    fn a_line_has_its_name_in_front() {
        let [api, worker] = ["api", "worker"].map(|name| Name::parse(name).unwrap());
        let painter = LogPainter::new(&[api.clone(), worker.clone()], Paint::Plain);
        assert_eq!(painter.line(&api, "listening\u{1b}]0;x\u{7} on \u{1b}[32m:3000"), "api     | listening on :3000");
        assert_eq!(painter.line(&worker, ""), "worker  |");
        let painter = LogPainter::new(&[api.clone(), worker.clone()], Paint::Coloured);
        assert_eq!(painter.line(&worker, "\u{1b}[1mx"), "\u{1b}[35mworker  |\u{1b}[0m \u{1b}[1mx\u{1b}[0m");
    }

    #[test]
    fn pieces_become_lines() {
        assert_eq!(lines(&[b"one\r\ntw", b"o\n\nthr", b"ee"]), ["one", "two", "", "three"]);
        assert_eq!(lines(&[b"a\xff\n", b"\xe2\x9c", b"\x93\n"]), ["a\u{fffd}", "✓"]);
        assert_eq!(lines(&[b""]), [""; 0]);
    }

    #[test]
    fn a_line_of_ten_megabytes_is_cut_with_a_note() {
        let huge = "é".repeat(5_000_000);
        let lines = lines(&[b"x", huge.as_bytes(), b"\nnext\n"]);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with("éé… (9.9 MB more in this line)"), "{}", &lines[0][65_000..]);
        assert!(lines[0].len() < 66_000);
        assert_eq!(lines[1], "next");
    }
}
