//! The last lines of what a command printed, short enough to be read: what is kept of its output for a problem.

use std::collections::VecDeque;

use super::excerpt::{LOOKED_AT, excerpt};
use crate::engine::LogLine;

/// How long a line may be, in characters, before its middle is left out.
const LONGEST: usize = 2_000;

/// Lines as they come, of which the last are kept.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    /// The last line goes on in what comes next.
    is_open: bool,
}

impl Tail {
    pub fn push(&mut self, line: &LogLine) {
        match self.lines.back_mut().filter(|_| self.is_open) {
            Some(last) => *last = shortened(&format!("{last}{}", line.text)),
            None => self.lines.push_back(shortened(&line.text)),
        }
        self.is_open = line.goes_on;
        if self.lines.len() > LOOKED_AT as usize {
            self.lines.pop_front();
        }
    }

    /// What of it says why it failed.
    pub fn into_lines(self) -> Vec<String> {
        excerpt(&Vec::from(self.lines))
    }
}

/// The beginning and the end of a line that nobody would read whole.
fn shortened(line: &str) -> String {
    if line.len() <= LONGEST {
        return line.to_owned();
    }
    let letters: Vec<char> = line.chars().collect();
    if letters.len() <= LONGEST {
        return line.to_owned();
    }
    let half = LONGEST / 2;
    letters[..half].iter().chain(&[' ', '…', ' ']).chain(&letters[letters.len() - half + 3..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Stream;

    fn line(text: &str, goes_on: bool) -> LogLine {
        LogLine { stream: Stream::Stdout, text: text.to_owned(), time: None, goes_on }
    }

    #[test]
    fn the_last_lines_are_kept() {
        let mut tail = Tail::default();
        (0..50).for_each(|number| tail.push(&line(&number.to_string(), false)));
        let lines = tail.into_lines();
        assert_eq!((lines.len(), lines[0].as_str(), lines[19].as_str()), (20, "30", "49"));
    }

    #[test]
    fn an_endless_line_is_one_line_with_both_its_ends() {
        let mut tail = Tail::default();
        tail.push(&line("before", false));
        tail.push(&line(&format!("begin{}", "x".repeat(100_000)), true));
        (0..200).for_each(|_| tail.push(&line(&"ü".repeat(60_000), true)));
        tail.push(&line("end", false));
        let lines = tail.into_lines();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("begin") && lines[1].ends_with("end"), "{}", lines[1]);
        assert!(lines[1].chars().count() <= LONGEST);
    }
}
