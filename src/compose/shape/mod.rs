//! What may stand where in a compose file, as the specification says; a key that it does not know is a mistake, unless it begins
//! with `x-`.

mod tables;

pub use tables::FILE;

use super::node::{Node, Place, Value};

#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Any,
    Text,
    /// A number, or text that stands for one.
    Number,
    /// A whole number, or text that is one.
    Count,
    /// Such as `1m30s`.
    Duration,
    /// Bytes as a number or such as `512m`.
    Size,
    /// One of these words.
    Word(&'static [&'static str]),
    /// True or false, or text that stands for it.
    Flag,
    List(&'static Shape),
    /// Any keys.
    Map(&'static Shape),
    /// Words with values, or a list of `word=value`.
    Words,
    /// Text or a list of it.
    Texts,
    /// A single value of any kind.
    Scalar,
    /// These keys and no others, and which of them have to be there.
    Object(&'static [(&'static str, Shape)], &'static [&'static str]),
    /// As a short form or a long one.
    Either(&'static Shape, &'static Shape),
    Nullable(&'static Shape),
}

use Shape::{
    Any, Count, Duration, Either, Flag, List, Map, Nullable, Number, Object, Scalar, Size, Text, Texts, Word, Words,
};

/// Something that can't stand where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// `services.api.image`.
    pub path: String,
    /// What is wrong with it: `has to be text, not a number`.
    pub why: String,
    pub place: Place,
    /// It is nothing, which another file may make up for.
    pub is_nothing: bool,
}

/// Everything in a tree that does not fit.
pub fn misfits(node: &Node, shape: &Shape) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    check(node, shape, "", &mut misfits);
    misfits
}

fn check(node: &Node, shape: &Shape, path: &str, misfits: &mut Vec<Misfit>) {
    let mut misfit = |place: &Place, why: String| {
        misfits.push(Misfit { path: path.to_owned(), why, place: place.clone(), is_nothing: node.is_null() });
    };
    let flags = |text: &str| super::node::flag(text).is_some();
    match (shape, &node.value) {
        (Any, _)
        | (Nullable(_), Value::Null)
        | (Text | Number | Texts | Scalar, Value::Text(_))
        | (Number | Scalar, Value::Number(_))
        | (Flag | Scalar, Value::Flag(_)) => {}
        (Flag, Value::Text(text)) if flags(text) => {}
        (Count, Value::Text(text) | Value::Number(text)) if text.parse::<i64>().is_ok() => {}
        (Duration, Value::Text(text)) if is_duration(text) => {}
        (Size, Value::Text(text) | Value::Number(text)) if is_size(text) => {}
        (Word(words), Value::Text(text)) if words.contains(&text.as_str()) => {}
        (Word(words), _) => misfit(&node.place, format!("has to be one of {}", words.join(", "))),
        (Nullable(shape), _) => check(node, shape, path, misfits),
        (Either(short, long), _) => check(node, chosen(node, short, long), path, misfits),
        (List(shape), Value::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, shape, &format!("{path}.{index}"), misfits);
            }
        }
        (Texts | Words, Value::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, &Text, &format!("{path}.{index}"), misfits);
            }
        }
        (Words, Value::Map(map)) => {
            for (key, entry) in map {
                check(&entry.node, &Nullable(&Scalar), &below(path, key), misfits);
            }
        }
        (Map(shape), Value::Map(map)) => {
            for (key, entry) in map {
                check(&entry.node, shape, &below(path, key), misfits);
            }
        }
        (Object(keys, required), Value::Map(map)) => {
            for missing in required.iter().filter(|key| !map.contains_key(**key)) {
                misfit(&node.place, format!("lacks `{missing}`"));
            }
            for (key, entry) in map {
                match keys.iter().find(|(own, _)| own == key) {
                    Some((_, shape)) => check(&entry.node, shape, &below(path, key), misfits),
                    None if key.starts_with("x-") => {}
                    None => {
                        let path = below(path, key);
                        let why = "is nothing that such a file knows".to_owned();
                        misfits.push(Misfit { path, why, place: entry.place.clone(), is_nothing: false });
                    }
                }
            }
        }
        _ => misfit(&node.place, format!("has to be {}, not {}", wanted(shape), node.noun())),
    }
}

/// The one of two forms that a value is meant as.
fn chosen<'a>(node: &Node, short: &'a Shape, long: &'a Shape) -> &'a Shape {
    let is_for = |shape: &Shape| match shape {
        List(_) => node.list().is_some(),
        Map(_) | Object(..) => node.map().is_some(),
        _ => node.list().is_none() && node.map().is_none(),
    };
    if is_for(short) || !is_for(long) { short } else { long }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Numbers, each with its unit.
fn is_duration(text: &str) -> bool {
    const UNITS: &[&str] = &["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"];
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_zero = rest == "0";
    let mut parts = 0;
    while !rest.is_empty() {
        let unit_and_more = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let end = unit_and_more.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit_and_more.len());
        if unit_and_more.len() == rest.len() || !UNITS.contains(&&unit_and_more[..end]) {
            return is_zero;
        }
        rest = &unit_and_more[end..];
        parts += 1;
    }
    parts > 0
}

/// A number, with a unit or without.
fn is_size(text: &str) -> bool {
    let unit = text.trim_start_matches('-').trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start();
    let unit = unit.to_ascii_lowercase();
    let scale = unit.strip_suffix('b').unwrap_or(&unit);
    let scale = scale.strip_suffix('i').unwrap_or(scale);
    text.contains(|c: char| c.is_ascii_digit()) && ["", "k", "m", "g", "t", "p"].contains(&scale)
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Any | Scalar => "a single value",
        Text => "text",
        Number => "a number",
        Count => "a whole number",
        Duration => "a time such as 30s or 1m30s",
        Size => "a size such as 512m",
        Word(_) => "a word",
        Flag => "true or false",
        List(_) => "a list",
        Map(_) | Object(..) => "a mapping",
        Words => "a mapping or a list",
        Texts => "text or a list",
        Either(short, _) | Nullable(short) => wanted(short),
    }
}
