//! What a file says before it is understood: a tree with the place of everything in it.

use std::fmt;
use std::rc::Rc;

use indexmap::IndexMap;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Relative to the repo's root.
    pub file: Rc<str>,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// Where a file or folder is that a project names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Relative to the repo's root, with `.` and `..` resolved; empty = the root.
    Inside(String),
    /// An absolute path, one in the person's home, or one that leads out of the repo: as written.
    Outside(String),
    /// A URL.
    Remote(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub place: Place,
    pub mark: Mark,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Flag(bool),
    /// As the reference implementation prints it: `8080`, `1.1`, `1e+06`.
    Number(String),
    Text(String),
    /// A path that was text.
    Path(Location),
    List(Vec<Node>),
    Map(Map),
}

pub type Map = IndexMap<String, Entry>;

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Of its key.
    pub place: Place,
    pub node: Node,
}

/// What a value does to the one that an earlier file gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    #[default]
    Merge,
    /// `!reset`: there is none any more.
    Reset,
    /// `!override`: it stands for all of it.
    Replace,
}

impl Node {
    pub fn new(value: Value, place: Place) -> Self {
        Self { value, place, mark: Mark::Merge }
    }

    pub fn text(text: impl Into<String>, place: &Place) -> Self {
        Self::new(Value::Text(text.into()), place.clone())
    }

    pub fn map(&self) -> Option<&Map> {
        if let Value::Map(map) = &self.value { Some(map) } else { None }
    }

    pub fn map_mut(&mut self) -> Option<&mut Map> {
        if let Value::Map(map) = &mut self.value { Some(map) } else { None }
    }

    pub fn list(&self) -> Option<&[Self]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// A single value as text.
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Flag(flag) => Some(flag.to_string()),
            Value::Number(text) | Value::Text(text) => Some(text.clone()),
            Value::Path(Location::Inside(path) | Location::Outside(path) | Location::Remote(path)) => {
                Some(path.clone())
            }
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Of a mapping; `None` also for one that is said to be nothing.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.get(key).map(|entry| &entry.node).filter(|node| !node.is_null())
    }

    pub fn get_text(&self, key: &str) -> Option<String> {
        self.get(key)?.scalar()
    }

    /// A single value, or each of several.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// What it is, in a person's words.
    pub fn noun(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Flag(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) | Value::Path(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Reads what people and other tools take for true and false.
pub fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}
