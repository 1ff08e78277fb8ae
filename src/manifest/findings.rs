//! The manifest's text with its lines, and the problems found in it so far.
//!
//! Every problem of the manifest is made through [`Findings::add`], which gives it its place and its exit code.

use super::{Origin, Span};
use crate::problem::{Place, Problem, kinds};
use crate::words;

/// More problems than anybody reads at once; the rest is only counted.
const MOST: usize = 100;

/// Lines longer than this are not shown: a whole manifest may be on one line.
const LONGEST_SHOWN: usize = 1000;

/// The manifest's text, split into lines as YAML does: at LF, CR LF and CR.
#[derive(Debug)]
pub struct Source<'a> {
    file: &'a str,
    text: &'a str,
    origin: Origin,
    /// The byte offset of each line's first character.
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    /// `text` may begin with a byte order mark; places and offsets are counted without it.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            let ends_line = *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
            if ends_line {
                starts.push(index + 1);
            }
        }
        Self { file, text, origin: Origin::Team, starts }
    }

    /// The text of a person's own file, which lies over the team's.
    pub fn own(file: &'a str, text: &'a str) -> Self {
        Self { origin: Origin::Own, ..Self::new(file, text) }
    }

    pub fn origin(&self) -> Origin {
        self.origin
    }

    pub fn file(&self) -> &'a str {
        self.file
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// A line without its end; `number` from 1. Empty when there is no such line.
    pub fn line(&self, number: u32) -> &'a str {
        let index = (number as usize).saturating_sub(1);
        let Some(&start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// A line as it may be shown: empty where it may hold the value of a secret.
    pub fn shown_line(&self, number: u32) -> &'a str {
        if self.origin == Origin::Own && holds_values(self.text, number) { "" } else { self.line(number) }
    }

    fn place(&self, span: Span) -> Place {
        let line = self.shown_line(span.line);
        // A multi-megabyte line in each of a hundred problems helps nobody.
        let shown = if line.len() > LONGEST_SHOWN { String::new() } else { printable(line) };
        let left = shown.chars().count().saturating_sub(span.column.saturating_sub(1) as usize);
        let width = span.width.min(u32::try_from(left).unwrap_or(u32::MAX)).max(1);
        Place { file: self.file.to_owned(), line: span.line, column: span.column, source: shown, width }
    }
}

/// Whether a line is part of `secrets`, going by indentation alone, so that it is right for text that is no YAML as well.
pub fn holds_values(text: &str, number: u32) -> bool {
    let mut inside: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start();
        let indentation = line.len() - content.len();
        let is_blank = content.is_empty() || content.starts_with('#');
        if !is_blank && inside.is_some_and(|depth| indentation <= depth) {
            inside = None;
        }
        if inside.is_none() && content.contains("secrets") && content.contains(':') {
            inside = Some(indentation);
        }
        if index + 1 >= number as usize {
            return inside.is_some();
        }
    }
    inside.is_some()
}

/// The line with a mark for each character that would act on a terminal instead of being shown.
pub fn printable(line: &str) -> String {
    line.chars().map(|c| if c != '\t' && (c.is_control() || c == '\u{feff}') { '\u{fffd}' } else { c }).collect()
}

/// The problems found so far.
#[derive(Debug)]
pub struct Findings<'a> {
    source: &'a Source<'a>,
    own: Option<&'a Source<'a>>,
    list: Vec<Problem>,
    total: usize,
}

impl<'a> Findings<'a> {
    pub fn new(source: &'a Source<'a>) -> Self {
        Self { source, own: None, list: Vec::new(), total: 0 }
    }

    /// For the team's text and a person's own.
    pub fn of_both(source: &'a Source<'a>, own: Option<&'a Source<'a>>) -> Self {
        Self { own, ..Self::new(source) }
    }

    /// The team's text, and a person's own.
    pub fn sources(&self) -> (&'a Source<'a>, Option<&'a Source<'a>>) {
        (self.source, self.own)
    }

    /// The text that a place is in.
    pub fn source_of(&self, span: Span) -> &'a Source<'a> {
        match (span.origin, self.own) {
            (Origin::Own, Some(own)) => own,
            _ => self.source,
        }
    }

    /// How many there are, those that are only counted included.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether a problem of this place's line is told already.
    pub fn has_line(&self, span: Span) -> bool {
        let file = self.source_of(span).file;
        let mut places = self.list.iter().filter_map(|problem| problem.place.as_ref());
        places.any(|place| place.line == span.line && place.file == file)
    }

    /// Whether further problems are only counted.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MOST
    }

    /// Adds a problem at a place; `tell` is not asked any more when there are too many.
    pub fn add(&mut self, span: Span, tell: impl FnOnce() -> Problem) {
        if self.is_full() {
            self.total += 1;
            return;
        }
        let problem = tell().at(self.source_of(span).place(span));
        // A part that is used twice by an alias is wrong once, whoever it is part of.
        let is_told = self
            .list
            .iter()
            .any(|told| told.kind == problem.kind && told.place == problem.place && told.fixes == problem.fixes);
        if !is_told {
            self.list.push(problem);
        }
        self.total += 1;
    }

    /// All of them, in the order of the text; the team's before the person's own.
    pub fn into_sorted(mut self) -> Vec<Problem> {
        let team = self.source.file;
        self.list
            .sort_by_key(|problem| problem.place.as_ref().map(|place| (place.file != team, place.line, place.column)));
        let hidden = if self.is_full() { self.total - self.list.len() } else { 0 };
        if hidden > 0 {
            let what = format!("{} of `{}` are not shown", words::count(hidden, "more problem"), self.source.file);
            self.list.push(Problem::new(&kinds::MANIFEST_MORE, what).fix("correct those above first"));
        }
        self.list
    }
}
