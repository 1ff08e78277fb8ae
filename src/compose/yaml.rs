//! Text → trees, one a document, with anchors, aliases and merge keys written out under a budget.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::node::{Entry, Map, Mark, Node, Place, Value};
use super::scalar;

/// How many values a file may have when every alias is written out.
const MOST_NODES: usize = 100_000;

/// How deep values may be nested.
const DEEPEST: usize = 64;

/// Why a file can't be read as YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub why: String,
    pub line: usize,
}

/// All documents of a file.
///
/// # Errors
/// It is not YAML, has a key twice, or grows beyond what is bearable.
pub fn parse(file: &str, text: &str) -> Result<Vec<Node>, Wrong> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let (frames, anchors, documents) = Default::default();
    let mut builder = Builder { file: file.into(), frames, anchors, nodes: 0, documents };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, range) = event.map_err(|error| Wrong {
            // The line is told beside it.
            why: format!("it is not YAML: {}", error.info().lines().next().unwrap_or_default()),
            line: error.marker().line().max(1),
        })?;
        builder.event(event, &range)?;
    }
    Ok(builder.documents)
}

/// A list or mapping that is still open.
struct Frame {
    place: Place,
    anchor: usize,
    mark: Mark,
    open: Open,
}

enum Open {
    List(Vec<Node>),
    Map { map: Map, key: Option<(String, Place)>, merged: Vec<Node> },
}

struct Builder {
    file: Rc<str>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: Vec<Node>,
}

impl Builder {
    fn event(&mut self, event: Event, range: &Span) -> Result<(), Wrong> {
        let place = Place { file: Rc::clone(&self.file), line: range.start.line().max(1) };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mark = mark(tag.as_deref());
                let is_text = tag.as_deref().is_some_and(|tag| tag.core_suffix() == Some("str"));
                let is_word = style == ScalarStyle::Plain && !is_text;
                let value = if is_word { scalar::plain(&text) } else { Value::Text(text.into_owned()) };
                let is_merge_key = is_word && matches!(&value, Value::Text(text) if text == "<<");
                self.finish(Node { value, place, mark }, anchor, is_merge_key)
            }
            Event::SequenceStart(_, anchor, tag) => self.open(place, anchor, tag.as_deref(), Open::List(Vec::new())),
            Event::MappingStart(_, anchor, tag) => {
                let open = Open::Map { map: Map::new(), key: None, merged: Vec::new() };
                self.open(place, anchor, tag.as_deref(), open)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::UnresolvedAlias(name) => {
                Err(Wrong { why: format!("`*{name}` stands for nothing"), line: place.line })
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, place: Place, anchor: usize, tag: Option<&Tag>, open: Open) -> Result<(), Wrong> {
        if self.frames.len() >= DEEPEST {
            return Err(Wrong { why: "it is nested too deep".to_owned(), line: place.line });
        }
        self.frames.push(Frame { place, anchor, mark: mark(tag), open });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Wrong> {
        let Some(Frame { place, anchor, mark, open }) = self.frames.pop() else { return Ok(()) };
        let value = match open {
            Open::List(mut items) => {
                items.retain(|item| item.mark != Mark::Reset);
                Value::List(items)
            }
            Open::Map { map, merged, .. } => Value::Map(self.merge(map, merged)?),
        };
        self.finish(Node { value, place, mark }, anchor, false)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Wrong> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Wrong { why: "an alias is part of what it stands for".to_owned(), line: place.line });
        };
        let (nodes, depth) = measure(node);
        if self.frames.len() + depth > DEEPEST {
            return Err(Wrong { why: "it is nested too deep".to_owned(), line: place.line });
        }
        self.count(nodes, place.line)?;
        let node = self.anchors.get(&anchor).cloned().unwrap_or_else(|| Node::new(Value::Null, place));
        self.finish(node, 0, false)
    }

    fn count(&mut self, nodes: usize, line: usize) -> Result<(), Wrong> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        let why = "it has more than 100,000 values when every alias (`*name`) is written out";
        Err(Wrong { why: why.to_owned(), line })
    }

    /// Hands a complete value to what it is part of.
    fn finish(&mut self, node: Node, anchor: usize, is_merge_key: bool) -> Result<(), Wrong> {
        self.count(1, node.place.line)?;
        if anchor != 0 {
            self.count(measure(&node).0, node.place.line)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            None => self.documents.push(node),
            Some(Open::List(items)) => items.push(node),
            Some(Open::Map { map, key, merged }) => match key.take() {
                None => *key = Some(as_key(node, map, is_merge_key)?),
                Some((name, _)) if name == MERGE => merged.push(node),
                Some((name, place)) => {
                    map.insert(name, Entry { place, node });
                }
            },
        }
        Ok(())
    }

    /// Adds what `<<` brings in: the mapping's own keys win, then the earlier of several.
    fn merge(&mut self, mut map: Map, merged: Vec<Node>) -> Result<Map, Wrong> {
        for node in merged {
            let sources = match node.value {
                Value::List(items) => items,
                _ => vec![node],
            };
            for source in sources {
                let line = source.place.line;
                let Value::Map(more) = source.value else {
                    return Err(Wrong { why: "`<<` takes over a mapping and nothing else".to_owned(), line });
                };
                self.count(more.len(), line)?;
                for (key, entry) in more {
                    map.entry(key).or_insert(entry);
                }
            }
        }
        Ok(map)
    }
}

/// How an unquoted `<<` is kept until its mapping is complete; no key can be like it.
const MERGE: &str = "\u{0}<<";

fn as_key(node: Node, known: &Map, is_merge_key: bool) -> Result<(String, Place), Wrong> {
    let line = node.place.line;
    if is_merge_key {
        return Ok((MERGE.to_owned(), node.place));
    }
    let text = match node.value {
        Value::Null => "null".to_owned(),
        _ => node.scalar().ok_or_else(|| Wrong { why: "a key is a single word".to_owned(), line })?,
    };
    match known.get(&text) {
        Some(first) => Err(Wrong { why: format!("`{text}` is there twice, first in line {}", first.place.line), line }),
        None => Ok((text, node.place)),
    }
}

fn mark(tag: Option<&Tag>) -> Mark {
    match tag.map(Tag::original).as_deref() {
        Some("!reset") => Mark::Reset,
        Some("!override") => Mark::Replace,
        _ => Mark::Merge,
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
        Value::List(items) => items.iter().for_each(&mut add),
        Value::Map(map) => map.values().for_each(|entry| add(&entry.node)),
        _ => {}
    }
    (nodes, depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_and_merge_keys_are_written_out() {
        let text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 5\nw: *x\n";
        let documents = parse("f", text).unwrap();
        let z = documents[0].get("z").unwrap();
        assert_eq!(["a", "b", "c"].map(|key| z.get_text(key).unwrap()), ["5", "2", "4"]);
        assert_eq!(documents[0].get("w").unwrap().get_text("b").as_deref(), Some("2"));
        assert_eq!(z.get("c").unwrap().place.to_string(), "f:2");
    }

    #[test]
    fn what_grows_without_bounds_is_stopped() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(",");
            text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(parse("f", &text).unwrap_err().why.contains("100,000"));
        assert!(parse("f", &"[".repeat(100_000)).is_err());
        assert!(parse("f", &"- ".repeat(10_000)).is_err());
        assert!(parse("f", "a: &a [*a]").is_err());
    }

    #[test]
    fn a_key_that_is_there_twice_is_named() {
        assert_eq!(
            parse("f", "a: 1\nb: 2\na: 3\n").unwrap_err(),
            Wrong { why: "`a` is there twice, first in line 1".to_owned(), line: 3 }
        );
    }
}
