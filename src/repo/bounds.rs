//! What a text would become before anybody reads it as values, so that none can take all room or all time.

use std::cell::OnceCell;
use std::collections::HashMap;

use granit_parser::{Event, Parser};
use jsonc_parser::Scanner;
use jsonc_parser::tokens::Token;

/// So deep are values read; readers call themselves for each further one, and have only so much room.
pub(super) const DEEPEST: usize = 200;

/// How many values the aliases of a YAML file may add when each is written out; a long text counts as several.
const MOST_ADDED: usize = 100_000;

/// A text of this many bytes counts as one value more.
const BYTES_OF_A_VALUE: usize = 64;

/// Whether lists and objects of JSON lie deeper in each other than is read.
///
/// The tokens are those that the reader itself goes by, so that no comment and no quote can hide a bracket from one of the two.
pub(super) fn is_deep(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    let mut depth = 0_usize;
    // Where the tokens end in a mistake, the reader ends as well.
    while let Ok(Some(token)) = scanner.scan() {
        match token {
            Token::OpenBrace | Token::OpenBracket => depth += 1,
            Token::CloseBrace | Token::CloseBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

/// Whether the first document of a YAML file grows beyond what is bearable when its aliases are written out.
pub(super) fn grows(text: &str) -> bool {
    if !text.contains('&') || !text.contains('*') {
        return false;
    }
    let mut count = Count { open: Vec::new(), anchors: HashMap::new(), added: 0 };
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((Event::DocumentEnd, _)) => return false,
            Ok((event, _)) => count.event(&event),
            // What can't be counted is not written out either.
            Err(_) => return true,
        }
        if count.added > MOST_ADDED {
            return true;
        }
    }
    false
}

/// The sizes of values with their aliases written out.
struct Count {
    /// Anchor and size of each list or mapping that is not complete yet.
    open: Vec<(usize, usize)>,
    anchors: HashMap<usize, usize>,
    added: usize,
}

impl Count {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Scalar(text, _, anchor, _) => self.finish(*anchor, 1 + text.len() / BYTES_OF_A_VALUE),
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => self.open.push((*anchor, 1)),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((anchor, size)) = self.open.pop() {
                    self.finish(anchor, size);
                }
            }
            Event::Alias(anchor) => {
                // One that is part of what it stands for has no end.
                let size = self.anchors.get(anchor).copied().unwrap_or(MOST_ADDED + 1);
                self.added = self.added.saturating_add(size);
                self.finish(0, size);
            }
            _ => {}
        }
    }

    fn finish(&mut self, anchor: usize, size: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, size);
        }
        if let Some((_, outer)) = self.open.last_mut() {
            *outer = outer.saturating_add(size);
        }
    }
}

/// Numbers of lines in one text; where they begin is looked up once, when the first is asked for.
pub struct Lines<'a> {
    text: &'a str,
    ends: OnceCell<Vec<usize>>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { text, ends: OnceCell::new() }
    }

    /// The number of the line that a place is in, from 1.
    pub fn at(&self, offset: usize) -> usize {
        let ends =
            || self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index).collect();
        let ends: &Vec<usize> = self.ends.get_or_init(ends);
        ends.partition_point(|end| *end < offset) + 1
    }
}
