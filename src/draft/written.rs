//! A small tree of what is to be written, and its text.

use super::scalar::{in_flow, key, scalar};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Scalar(String),
    /// `true`, as a truth and no word.
    True,
    /// Short values in one line.
    Flow(Vec<String>),
    /// Keys and short values in one line.
    Pairs(Vec<Entry>),
    List(Vec<Item>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub node: Node,
    /// Behind it.
    pub remark: Option<String>,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub node: Node,
    /// Lines of comment above it.
    pub above: Vec<String>,
    /// A comment behind it.
    pub remark: Option<String>,
    /// All of it is a comment: something to complete.
    pub is_comment: bool,
    /// An empty line stands before it.
    pub has_gap: bool,
}

/// What would not fit on a line that people read without turning their heads.
const WIDTH: usize = 110;

impl Entry {
    pub fn new(key: impl Into<String>, node: Node) -> Self {
        Self { key: key.into(), node, above: Vec::new(), remark: None, is_comment: false, has_gap: false }
    }

    pub fn text(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(key, Node::Scalar(text.into()))
    }

    pub fn is_so(key: &str) -> Self {
        Self::new(key, Node::True)
    }

    pub fn section(key: &str, entries: Vec<Self>) -> Self {
        Self::new(key, Node::Map(entries))
    }

    pub fn remark(mut self, remark: impl Into<Option<String>>) -> Self {
        self.remark = remark.into();
        self
    }

    pub fn above(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.above.extend(lines);
        self
    }

    pub fn commented_out(mut self) -> Self {
        self.is_comment = true;
        self
    }
}

/// A node on the outermost level, ending with a line break.
pub fn write(node: &Node) -> String {
    let mut lines = Vec::new();
    block(node, 0, &mut lines);
    lines.into_iter().map(|line| line + "\n").collect()
}

fn block(node: &Node, depth: usize, lines: &mut Vec<String>) {
    match node {
        Node::Map(entries) => entries.iter().for_each(|it| entry(it, depth, lines)),
        Node::List(items) => items.iter().for_each(|it| item(it, depth, lines)),
        other => lines.extend(value(other).map(|value| format!("{}{value}", margin(depth)))),
    }
}

/// What stands on one line.
fn value(node: &Node) -> Option<String> {
    match node {
        Node::Scalar(text) => Some(scalar(text)),
        Node::True => Some("true".to_owned()),
        Node::Flow(items) => Some(flow(items)),
        Node::Pairs(entries) => {
            let pairs =
                entries.iter().filter_map(|entry| Some(format!("{}: {}", key(&entry.key), inline(&entry.node)?)));
            Some(format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", ")))
        }
        Node::List(_) | Node::Map(_) => None,
    }
}

/// What stands between others on one line.
fn inline(node: &Node) -> Option<String> {
    if let Node::Scalar(text) = node { Some(in_flow(text)) } else { value(node) }
}

/// Several lines that can stand below their key as they are.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body
            .chars()
            .any(|c| c.is_control() && c != '\n' || matches!(c, '\u{feff}' | '\u{85}' | '\u{2028}' | '\u{2029}'))
}

fn entry(entry: &Entry, depth: usize, lines: &mut Vec<String>) {
    if entry.has_gap {
        lines.push(String::new());
    }
    lines.extend(entry.above.iter().map(|line| format!("{}# {}", margin(depth), one_line(line))));
    let from = lines.len();
    let name = key(&entry.key);
    let head = |value: &str| remarked(format!("{}{name}:{value}", margin(depth)), entry.remark.as_deref());
    match (&entry.node, value(&entry.node)) {
        (Node::Scalar(text), _) if is_block(text) => {
            lines.push(head(if text.ends_with('\n') { " |" } else { " |-" }));
            lines.extend(
                text.lines().map(
                    |line| {
                        if line.is_empty() { String::new() } else { format!("{}{line}", margin(depth + 1)) }
                    },
                ),
            );
        }
        (_, Some(value)) => lines.push(head(&format!(" {value}"))),
        (inner, None) => {
            lines.push(head(""));
            block(inner, depth + 1, lines);
        }
    }
    if entry.is_comment {
        for line in &mut lines[from..] {
            let own = line.trim_start();
            let margin = &line[..line.len() - own.len()];
            // At one margin, so that removing the signs gives what is meant.
            let outer = margin.len().min(depth * 2);
            *line = format!("{}# {}{own}", &margin[..outer], &margin[outer..]);
        }
    }
}

fn item(item: &Item, depth: usize, lines: &mut Vec<String>) {
    let from = lines.len();
    block(&item.node, depth + 1, lines);
    if let Some(first) = lines.get_mut(from) {
        *first = remarked(format!("{}- {}", margin(depth), first.trim_start()), item.remark.as_deref());
    }
}

/// With the comment behind it, where there is room.
fn remarked(line: String, remark: Option<&str>) -> String {
    match remark {
        Some(remark) if line.chars().count() + remark.chars().count() + 4 <= WIDTH => {
            format!("{line}  # {}", one_line(remark))
        }
        _ => line,
    }
}

fn flow(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| in_flow(item)).collect();
    format!("[{}]", items.join(", "))
}

/// A comment ends with its line, whatever it was made of.
pub(super) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control()).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn margin(depth: usize) -> String {
    "  ".repeat(depth)
}
