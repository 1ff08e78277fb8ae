//! YAML text -> a small tree in which every value knows its place. Nothing here knows what a manifest is.
//!
//! All scalars stay the text they look like: `no`, `22:22`, `1.10` and `0755` are just that. Aliases and merge keys are
//! already resolved, within a budget.

mod build;
mod syntax;
pub mod text;

use std::ops::Range;

pub use build::read;

use super::{At, Span};

/// A value in the text.
#[derive(Debug, Clone)]
pub struct Node {
    pub value: Value,
    /// For a list or a mapping: its first character.
    pub span: Span,
    /// Where its text lies, in bytes, quotes included.
    pub raw: Range<usize>,
}

#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing at all, `~` or `null`.
    Null,
    Scalar(String),
    Sequence(Vec<Node>),
    /// In the order of the text; no key twice.
    Mapping(Vec<Entry>),
    /// Its problem is already told.
    Broken,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub key: At<String>,
    pub value: Node,
}

impl Node {
    /// What it is, in a person's words.
    pub fn noun(&self) -> &'static str {
        match self.value {
            Value::Null | Value::Broken => "nothing",
            Value::Scalar(_) => "a single value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }
}
