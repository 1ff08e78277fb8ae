//! The last lines of everything, in memory that does not grow, each with a number by which a reader goes on. Pure.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::SerializeTuple;

/// Enough to see what led to something; whoever reads along keeps more.
const MOST_LINES: usize = 5000;
/// Their text, in bytes.
const MOST_BYTES: usize = 2 << 20;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Stdout,
    Stderr,
    /// A step that sets an app up.
    Setup,
}

/// A line that something has printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    pub name: Arc<str>,
    pub source: Source,
    /// Milliseconds since 1970; 0 = unknown.
    pub at_ms: i64,
    pub text: Box<str>,
}

/// As `[number, name, source, time, text]`: there are thousands of them in a second.
impl Serialize for Line {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut all = to.serialize_tuple(5)?;
        all.serialize_element(&self.number)?;
        all.serialize_element(&*self.name)?;
        all.serialize_element(match self.source {
            Source::Stdout => "o",
            Source::Stderr => "e",
            Source::Setup => "s",
        })?;
        all.serialize_element(&self.at_ms)?;
        all.serialize_element(&*self.text)?;
        all.end()
    }
}

/// The last lines, oldest first.
#[derive(Debug, Default)]
pub struct Lines {
    lines: VecDeque<Line>,
    bytes: usize,
    next: u64,
}

impl Lines {
    pub fn push(&mut self, name: &Arc<str>, (source, at_ms): (Source, i64), text: &str) {
        self.next += 1;
        self.bytes += text.len();
        let line = Line { number: self.next, name: name.clone(), source, at_ms, text: text.into() };
        self.lines.push_back(line);
        while self.lines.len() > MOST_LINES || self.bytes > MOST_BYTES {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.text.len();
        }
    }

    /// The number of the last line; 0 = there was none.
    pub fn last(&self) -> u64 {
        self.next
    }

    /// At most so many of the lines after a number.
    pub fn after(&self, number: u64, most: usize) -> impl Iterator<Item = &Line> {
        let from = self.lines.partition_point(|line| line.number <= number);
        self.lines.range(from..).take(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(number: usize, text: &str) -> Lines {
        let mut lines = Lines::default();
        let name = "api".into();
        (0..number).for_each(|_| lines.push(&name, (Source::Stdout, 7), text));
        lines
    }

    #[test]
    fn a_reader_goes_on_where_it_was() {
        let lines = lines(5, "x");
        let numbers = |after, most| lines.after(after, most).map(|line| line.number).collect::<Vec<_>>();
        assert_eq!(numbers(0, 2), [1, 2]);
        assert_eq!(numbers(2, 10), [3, 4, 5]);
        assert_eq!(numbers(5, 10), [0; 0]);
        assert_eq!(lines.last(), 5);
    }

    #[test]
    fn memory_does_not_grow_and_who_is_too_slow_goes_on_with_what_is_left() {
        let many = lines(MOST_LINES + 10, "x");
        assert_eq!(many.after(0, usize::MAX).count(), MOST_LINES);
        assert_eq!(many.after(3, 1).next().unwrap().number, 11);
        let long = lines(3, &"x".repeat(MOST_BYTES / 2));
        assert_eq!(long.after(0, usize::MAX).count(), 2);
        assert_eq!(lines(1, &"x".repeat(MOST_BYTES + 1)).after(0, usize::MAX).count(), 0);
    }

    #[test]
    fn a_line_is_a_short_list() {
        let json = serde_json::to_string(lines(1, "a \"b\"").after(0, 1).next().unwrap()).unwrap();
        assert_eq!(json, r#"[1,"api","o",7,"a \"b\""]"#);
    }
}
