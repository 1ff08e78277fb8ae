//! How a later file, or a service that extends another, changes what was there before.

use super::node::{Entry, Map, Mark, Node, Value};

/// Where a later value stands for all of the earlier one.
const REPLACED: &[&str] = &["services.*.command", "services.*.entrypoint", "services.*.healthcheck.test"];

/// Words with values, where one without a value says that as well.
const WORDS: &[&str] = &[
    "services.*.environment",
    "services.*.labels",
    "services.*.annotations",
    "services.*.sysctls",
    "services.*.build.args",
    "services.*.build.labels",
    "services.*.build.additional_contexts",
    "services.*.deploy.labels",
    "networks.*.labels",
    "volumes.*.labels",
];

/// Two values that can't be one: a list and a mapping. Holds where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

/// Both files' whole content.
///
/// # Errors
/// Where a list meets a mapping.
pub fn merge(base: &mut Node, over: Node) -> Result<(), Mismatch> {
    merge_at(base, over, &mut Vec::new())
}

/// A service that extends another.
///
/// # Errors
/// Where a list meets a mapping.
pub fn extend(base: &mut Node, over: Node) -> Result<(), Mismatch> {
    merge_at(base, over, &mut vec!["services".to_owned(), "*".to_owned()])
}

fn merge_at(base: &mut Node, over: Node, path: &mut Vec<String>) -> Result<(), Mismatch> {
    if over.mark != Mark::Merge || is_one_of(REPLACED, path) {
        *base = over;
        return Ok(());
    }
    if over.is_null() {
        return Ok(());
    }
    if is_at(path, "services.*.logging") && differ(base, &over, "driver") {
        *base = over;
        return Ok(());
    }
    let keeps_null = is_one_of(WORDS, path);
    let over_noun = over.noun();
    match (&mut base.value, over.value) {
        (Value::Map(own), Value::Map(more)) => merge_maps(own, more, path, keeps_null),
        (Value::List(own), Value::List(more)) => {
            own.extend(more);
            Ok(())
        }
        (Value::Map(_) | Value::List(_), _) => {
            Err(Mismatch(format!("`{}` is {} here and {over_noun} there", shown(path), base.noun())))
        }
        (_, value) => {
            *base = Node { value, ..over };
            Ok(())
        }
    }
}

fn merge_maps(own: &mut Map, more: Map, path: &mut Vec<String>, keeps_null: bool) -> Result<(), Mismatch> {
    for (key, entry) in more {
        let Some(known) = own.get_mut(&key) else {
            own.insert(key, entry);
            continue;
        };
        if keeps_null && entry.node.is_null() {
            *known = entry;
            continue;
        }
        let Entry { place, node } = entry;
        path.push(key);
        merge_at(&mut known.node, node, path)?;
        path.pop();
        known.place = place;
    }
    Ok(())
}

fn differ(base: &Node, over: &Node, key: &str) -> bool {
    matches!((base.get_text(key), over.get_text(key)), (Some(own), Some(other)) if own != other)
}

fn is_one_of(patterns: &[&str], path: &[String]) -> bool {
    patterns.iter().any(|pattern| is_at(path, pattern))
}

fn is_at(path: &[String], pattern: &str) -> bool {
    let mut parts = pattern.split('.');
    path.iter().all(|part| parts.next().is_some_and(|own| own == "*" || own == part)) && parts.next().is_none()
}

fn shown(path: &[String]) -> String {
    if path.is_empty() { "the file".to_owned() } else { path.join(".") }
}

/// Takes away what only said how to merge.
pub fn settle(node: &mut Node) {
    node.mark = Mark::Merge;
    match &mut node.value {
        Value::Map(map) => {
            map.retain(|_, entry| entry.node.mark != Mark::Reset);
            map.values_mut().for_each(|entry| settle(&mut entry.node));
        }
        Value::List(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}

/// Whether two trees say the same, wherever they stand.
pub fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, entry)| other.get(key).is_some_and(|own| same(&entry.node, &own.node)))
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (one, other) => one == other,
    }
}
