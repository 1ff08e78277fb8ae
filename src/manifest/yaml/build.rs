//! Events of the YAML parser -> tree, with anchors, aliases and merge keys resolved under a budget.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use granit_parser::{Event, Parser, ScalarStyle, Span as Range, StructureStyle, Tag};

use super::syntax;
use super::{Entry, Node, Value};
use crate::manifest::findings::{Findings, Source};
use crate::manifest::{At, Span};
use crate::problem::{Problem, kinds};

/// How many values a manifest may have when every alias is written out.
const MOST_NODES: usize = 100_000;

/// How deep values may be nested.
const DEEPEST: usize = 64;

/// Reads the first document; `None` when the text can't be read to its end.
pub fn read<'a>(findings: &mut Findings<'a>, source: &'a Source<'a>) -> Option<Node> {
    if let Some(span) = syntax::unprintable(source) {
        findings.add(span, || syntax::unprintable_problem(source, span));
        return None;
    }
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut builder = Builder { findings, source, frames: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    for event in Parser::new_from_str_with_options(source.text(), options) {
        let outcome = match event {
            Ok((Event::DocumentStart(..), range)) if builder.root.is_some() => builder.second_document(range),
            Ok((event, range)) => builder.event(event, range),
            Err(error) => Err(syntax::stop(source, &error, builder.open_bracket())),
        };
        match outcome {
            Ok(Flow::On) => {}
            Ok(Flow::Enough) => break,
            Err(stop) => {
                let (span, problem) = *stop;
                // Such as `{{ x }}`, of which the beginning is wrong already.
                if !builder.findings.has_line(span) {
                    builder.findings.add(span, || problem);
                }
                return None;
            }
        }
    }
    builder.root
}

/// Why reading can't go on, and where.
pub type Stop = Box<(Span, Problem)>;

enum Flow {
    On,
    Enough,
}

/// A list or mapping that is still open.
struct Frame {
    span: Span,
    start: usize,
    anchor: usize,
    style: StructureStyle,
    open: Open,
}

enum Open {
    Sequence(Vec<Node>),
    Mapping(OpenMapping),
}

#[derive(Default)]
struct OpenMapping {
    entries: Vec<Entry>,
    /// Every key so far and its place.
    seen: HashMap<String, Span>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// A key of it is no word, so nothing can be said about the rest.
    is_broken: bool,
    /// Values of `<<`, in order.
    merged: Vec<Node>,
}

enum Key {
    Named(At<String>),
    Merge,
    /// Its value is read and dropped, the problem is already told.
    Wrong,
}

struct Builder<'f, 'a> {
    findings: &'f mut Findings<'a>,
    source: &'a Source<'a>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    /// Including those that aliases repeat.
    nodes: usize,
    root: Option<Node>,
}

impl Builder<'_, '_> {
    fn event(&mut self, event: Event, range: Range) -> Result<Flow, Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.span(&range);
                let as_text = self.check_mark(tag.as_deref(), &range, Kind::Scalar);
                let value = match &*text {
                    "" | "~" | "null" | "Null" | "NULL" if style == ScalarStyle::Plain && !as_text => Value::Null,
                    _ => Value::Scalar(text.into_owned()),
                };
                let is_merge_key = style == ScalarStyle::Plain && matches!(&value, Value::Scalar(text) if text == "<<");
                let raw = bytes(&range);
                self.finish(Node { value, span, raw }, anchor, if is_merge_key { Role::Merge } else { Role::Plain })?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_mark(tag.as_deref(), &range, Kind::Sequence);
                self.open(&range, anchor, style, Open::Sequence(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_mark(tag.as_deref(), &range, Kind::Mapping);
                self.open(&range, anchor, style, Open::Mapping(OpenMapping::default()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range)?,
            Event::Alias(anchor) => self.alias(anchor, &range)?,
            Event::UnresolvedAlias(name) => {
                let span = self.span(&range);
                self.findings.add(span, || syntax::unknown_alias(&name));
                self.finish(Node { value: Value::Broken, span, raw: bytes(&range) }, 0, Role::Plain)?;
            }
            _ => {}
        }
        Ok(Flow::On)
    }

    fn second_document(&mut self, range: Range) -> Result<Flow, Stop> {
        let span = self.span(&range);
        self.findings.add(span, || {
            Problem::new(&kinds::MANIFEST_MANY_DOCUMENTS, "a manifest is one document, and here a second one begins")
                .why("a line with `---` ends what came before it")
                .fix("remove the line with `---`, or move what follows to a file of its own")
        });
        Ok(Flow::Enough)
    }

    fn span(&self, range: &Range) -> Span {
        span(self.source, range)
    }

    /// The innermost `[` or `{` that is still open.
    fn open_bracket(&self) -> Option<Span> {
        let frame = self.frames.last()?;
        (frame.style == StructureStyle::Flow).then_some(frame.span)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        let problem = Problem::new(&kinds::MANIFEST_TOO_LARGE, "the manifest has too many values")
            .why("it has more than 100,000 of them when every alias (`*name`) is written out")
            .fix("remove what does not belong into a manifest");
        Err(Box::new((span, problem)))
    }

    fn open(&mut self, range: &Range, anchor: usize, style: StructureStyle, open: Open) -> Result<(), Stop> {
        let span = self.span(range);
        if self.frames.len() >= DEEPEST {
            return Err(Box::new((span, syntax::too_deep())));
        }
        self.frames.push(Frame { span, start: bytes(range).start, anchor, style, open });
        Ok(())
    }

    fn close(&mut self, range: &Range) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::Sequence(items) => Value::Sequence(items),
            Open::Mapping(mapping) if mapping.is_broken => Value::Broken,
            Open::Mapping(mapping) => Value::Mapping(self.merge(mapping)?),
        };
        let raw = frame.start..bytes(range).end.max(frame.start);
        self.finish(Node { value, span: frame.span, raw }, frame.anchor, Role::Plain)
    }

    fn alias(&mut self, anchor: usize, range: &Range) -> Result<(), Stop> {
        let span = self.span(range);
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_ANCHOR, "an alias can't be part of what it stands for")
                .fix("write the value out");
            return Err(Box::new((span, problem)));
        };
        let (nodes, depth) = measure(&node);
        self.count(nodes, span)?;
        if self.frames.len() + depth > DEEPEST {
            return Err(Box::new((span, syntax::too_deep())));
        }
        self.finish(node, 0, Role::Plain)
    }

    /// Hands a complete value to what it is part of.
    fn finish(&mut self, node: Node, anchor: usize, role: Role) -> Result<(), Stop> {
        self.count(1, node.span)?;
        if anchor != 0 {
            let (nodes, _) = measure(&node);
            self.count(nodes, node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            None => self.root = Some(node),
            Some(Open::Sequence(items)) => items.push(node),
            Some(Open::Mapping(mapping)) => match mapping.key.take() {
                None => {
                    mapping.is_broken |= !matches!(node.value, Value::Scalar(_) | Value::Null);
                    mapping.key = Some(mapping_key(self.findings, &mut mapping.seen, node, role));
                }
                Some(Key::Named(key)) => mapping.entries.push(Entry { key, value: node }),
                Some(Key::Merge) => mapping.merged.push(node),
                Some(Key::Wrong) => {}
            },
        }
        Ok(())
    }

    /// Adds what `<<` brings in: the mapping's own keys win, then the earlier of several.
    fn merge(&mut self, mapping: OpenMapping) -> Result<Vec<Entry>, Stop> {
        let OpenMapping { mut entries, mut seen, merged, .. } = mapping;
        let mut sources = Vec::new();
        for node in merged {
            match node.value {
                Value::Sequence(items) => sources.extend(items),
                _ => sources.push(node),
            }
        }
        for node in sources {
            if matches!(node.value, Value::Broken) {
                continue;
            }
            let Value::Mapping(more) = node.value else {
                self.findings.add(node.span, || {
                    Problem::new(&kinds::MANIFEST_BAD_MERGE, format!("`<<` takes over a mapping, not {}", node.noun()))
                        .fix("write `<<: *name`, where `&name` marks a mapping further up")
                });
                continue;
            };
            for entry in more {
                self.count(1, entry.key.span)?;
                if !seen.contains_key(&entry.key.value) {
                    seen.insert(entry.key.value.clone(), entry.key.span);
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }

    /// Tells of a `!mark` that has no meaning here; true when it says that the value is text.
    fn check_mark(&mut self, tag: Option<&Tag>, range: &Range, kind: Kind) -> bool {
        let Some(tag) = tag else { return false };
        let known = match (tag.core_suffix(), kind) {
            (Some("str" | "int" | "float" | "bool" | "null"), Kind::Scalar)
            | (Some("seq"), Kind::Sequence)
            | (Some("map"), Kind::Mapping) => true,
            _ => tag.original() == "!",
        };
        if !known {
            let range = range.tag_span().unwrap_or(*range);
            let span = self.span(&range);
            self.findings.add(span, || syntax::unknown_mark(&tag.original()));
        }
        tag.core_suffix() != Some("null")
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Scalar,
    Sequence,
    Mapping,
}

/// What a value means as a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    /// An unquoted `<<`.
    Merge,
}

fn mapping_key(findings: &mut Findings, seen: &mut HashMap<String, Span>, node: Node, role: Role) -> Key {
    let source = findings.source_of(node.span);
    let text = match node.value {
        Value::Scalar(text) => text,
        // `null:` and `~:` are names as any other.
        Value::Null => source.text().get(node.raw.clone()).unwrap_or("").to_owned(),
        Value::Broken => return Key::Wrong,
        Value::Sequence(_) | Value::Mapping(_) => {
            findings.add(node.span, || {
                let what = format!("a key must be a single word, not {}", node.noun());
                let problem = Problem::new(&kinds::MANIFEST_BAD_KEY, what);
                if source.line(node.span.line).contains("{{") {
                    problem.fix("put quotes around the whole value that contains `{{`")
                } else {
                    problem.fix("write `key: value`; put quotes around text that begins with `{` or `[`")
                }
            });
            return Key::Wrong;
        }
    };
    match seen.entry(text) {
        Slot::Occupied(first) => {
            findings.add(node.span, || {
                Problem::new(&kinds::MANIFEST_DUPLICATE_KEY, format!("`{}` is there twice", first.key()))
                    .why(format!(
                        "first in {}: {}",
                        first.get().seen_from(node.span),
                        source.shown_line(first.get().line).trim()
                    ))
                    .fix("remove one of the two, or give it another name")
            });
            Key::Wrong
        }
        Slot::Vacant(slot) => {
            let key = At::new(slot.key().clone(), node.span);
            slot.insert(node.span);
            if role == Role::Merge { Key::Merge } else { Key::Named(key) }
        }
    }
}

/// How many values a tree has, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let (mut nodes, mut depth) = (1, 0);
    let mut add = |child: &Node| {
        let (more, deep) = measure(child);
        nodes += more;
        depth = depth.max(deep + 1);
    };
    match &node.value {
        Value::Null | Value::Scalar(_) | Value::Broken => {}
        Value::Sequence(items) => items.iter().for_each(&mut add),
        Value::Mapping(entries) => entries.iter().for_each(|entry| add(&entry.value)),
    }
    (nodes, depth)
}

fn bytes(range: &Range) -> std::ops::Range<usize> {
    let start = range.start.byte_offset().unwrap_or(0);
    start..range.end.byte_offset().unwrap_or(start).max(start)
}

/// The place of a range of the parser, cut off at the end of its first line.
pub fn span(source: &Source, range: &Range) -> Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let width = if range.end.line() == range.start.line() {
        range.end.col().saturating_sub(range.start.col())
    } else {
        let text = source.text().get(bytes(range)).unwrap_or("");
        text.split(['\n', '\r']).next().unwrap_or("").trim_end().chars().count()
    };
    Span {
        origin: source.origin(),
        line: number(range.start.line()),
        column: number(range.start.col() + 1),
        width: number(width).max(1),
    }
}
