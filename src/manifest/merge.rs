//! A person's own file over the team's: one tree of two, in which every value still knows its place.
//!
//! | what                               | becomes                                                          |
//! |------------------------------------|------------------------------------------------------------------|
//! | a mapping over a mapping           | key by key                                                       |
//! | a single value or a list           | replaces what was there                                          |
//! | `null` or `~`                      | takes the entry or key away; as a whole section it says nothing  |
//! | a short form over a long one       | stands for the key that it is short for: `use`, `run`, `http`    |
//! | a list of `KEY=value` in `env`     | merges by variable, as a mapping does                            |
//! | another kind of source, of `ready` | replaces the team's kind, and what of a service went with it         |
//! | a single value in `secrets`        | is the secret's value                                            |

use super::findings::Findings;
use super::yaml::{Entry, Node, Value};
use super::{At, Origin, Own, Span};
use crate::names::Sensitive;
use crate::problem::{Problem, kinds};
use crate::words;

/// Merges `own` over `team`; answers the names of services and apps that are taken away as well.
pub fn merge(findings: &mut Findings, team: Node, mut own: Node) -> (Node, Own, Vec<At<String>>) {
    let mut merger = Merger { findings, own: Own::default(), taken: Vec::new(), path: Vec::new() };
    match (&team.value, &mut own.value) {
        (_, Value::Null | Value::Broken) => return (team, merger.own, merger.taken),
        (Value::Mapping(_), Value::Mapping(entries)) => merger.take_values(entries),
        (Value::Mapping(_), _) => {
            let noun = own.noun();
            merger.findings.add(own.span, || {
                Problem::new(&kinds::MANIFEST_WRONG_TYPE, format!("the manifest must be a mapping, not {noun}"))
                    .fix("write for example  services: { db: postgres@17 }")
            });
            return (team, merger.own, merger.taken);
        }
        _ => return (team, merger.own, merger.taken),
    }
    let root = merger.node(Spot::Root, team, own);
    (root, merger.own, merger.taken)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Service,
    App,
    Task,
    Secret,
}

/// Where in a manifest a value stands, as far as merging differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    Root,
    /// `services`, `apps` and so on.
    Section(Kind),
    /// One service, app and so on.
    Entry(Kind),
    Env,
    Runtime,
    Ready,
    Port,
    Other,
}

impl Spot {
    fn below(self, key: &str) -> Self {
        match (self, key) {
            (Self::Root, "services") => Self::Section(Kind::Service),
            (Self::Root, "apps") => Self::Section(Kind::App),
            (Self::Root, "tasks") => Self::Section(Kind::Task),
            (Self::Root, "secrets") => Self::Section(Kind::Secret),
            (Self::Section(kind), _) => Self::Entry(kind),
            (Self::Entry(Kind::Service | Kind::App), "env") => Self::Env,
            (Self::Entry(Kind::Service | Kind::App), "ready") => Self::Ready,
            (Self::Entry(Kind::App), "runtime") => Self::Runtime,
            (Self::Entry(Kind::Service | Kind::App), "port") => Self::Port,
            _ => Self::Other,
        }
    }

    /// The key that a single value is short for.
    fn short_for(self) -> Option<&'static str> {
        match self {
            Self::Entry(Kind::Service) | Self::Runtime => Some("use"),
            Self::Entry(Kind::Task) => Some("run"),
            Self::Entry(Kind::Secret) => Some("description"),
            Self::Ready => Some("http"),
            Self::Port => Some("inside"),
            _ => None,
        }
    }

    /// Keys of which only one is possible, and those that go with one of them.
    fn exclusive(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Entry(Kind::Service) => (&["use", "image"], &["port", "data", "ready", "files", "run"]),
            Self::Entry(Kind::App) => (&["runtime", "build", "image"], &[]),
            Self::Runtime => (&["use", "image"], &["with"]),
            Self::Ready => (&["http", "log", "run", "port"], &["status"]),
            _ => (&[], &[]),
        }
    }
}

struct Merger<'f, 'a> {
    findings: &'f mut Findings<'a>,
    own: Own,
    taken: Vec<At<String>>,
    /// The keys down to where it is.
    path: Vec<String>,
}

impl Merger<'_, '_> {
    /// Takes the values of secrets out, so that they can't get into anything that is shown.
    fn take_values(&mut self, root: &mut [Entry]) {
        let Some(section) = root.iter_mut().find(|entry| entry.key.value == "secrets") else { return };
        if !matches!(section.value.value, Value::Mapping(_) | Value::Null | Value::Broken) {
            let noun = section.value.noun();
            self.findings.add(section.key.span, || {
                Problem::new(&kinds::MANIFEST_WRONG_TYPE, format!("`secrets` must be a mapping of names, not {noun}"))
                    .fix("write  NAME: value  lines below it, with a space after the `:`")
            });
            section.value.value = Value::Null;
        }
        let Value::Mapping(entries) = &mut section.value.value else { return };
        for entry in std::mem::take(entries) {
            match entry.value.value {
                Value::Scalar(text) if !text.is_empty() => self.own.values.push((entry.key, Sensitive::new(text))),
                // To be filled in one day.
                Value::Scalar(_) | Value::Null => {}
                _ => entries.push(entry),
            }
        }
    }

    fn node(&mut self, spot: Spot, team: Node, own: Node) -> Node {
        if matches!(own.value, Value::Broken) || matches!(team.value, Value::Broken) {
            return Node { value: Value::Broken, ..team };
        }
        let (team, own) =
            if spot == Spot::Env { (by_variable(team), by_variable(own)) } else { lengthened(spot, team, own) };
        let span = team.span;
        let raw = team.raw.clone();
        match (team.value, own.value) {
            (Value::Mapping(team), Value::Mapping(own)) => {
                Node { value: Value::Mapping(self.entries(spot, team, own)), span, raw }
            }
            (_, value) => {
                self.own.changes.push(self.path.join("."));
                Node { value, span: own.span, raw: own.raw }
            }
        }
    }

    fn entries(&mut self, spot: Spot, mut team: Vec<Entry>, own: Vec<Entry>) -> Vec<Entry> {
        let (kinds, along) = spot.exclusive();
        let has = |key: &str| own.iter().any(|entry| entry.key.value == key && !entry.value.is_null());
        if kinds.iter().any(|kind| has(kind)) {
            let kept = team.iter().any(|entry| kinds.contains(&entry.key.value.as_str()) && has(&entry.key.value));
            // `redis@8` over `redis@7` is of one kind, with the same port and data.
            let leaves = |key: &str| along.contains(&key) && (spot == Spot::Ready || !kept);
            team.retain(|entry| {
                let key = entry.key.value.as_str();
                !(kinds.contains(&key) || leaves(key)) || has(key)
            });
        }
        for entry in own {
            self.path.push(entry.key.value.clone());
            self.entry(spot, &mut team, entry);
            self.path.pop();
        }
        team
    }

    fn entry(&mut self, spot: Spot, team: &mut Vec<Entry>, own: Entry) {
        let same = |entry: &Entry| entry.key.value == own.key.value;
        let found = team.iter().position(same);
        let is_null = own.value.is_null();
        match found {
            // A section whose lines are all comments.
            _ if is_null && spot == Spot::Root => {}
            Some(_) if is_null => {
                self.own.changes.push(self.path.join("."));
                team.retain(|entry| !same(entry));
                if matches!(spot, Spot::Section(Kind::Service | Kind::App)) {
                    self.taken.push(own.key);
                }
            }
            None if is_null => self.nothing_to_take(spot, team, &own.key),
            None => {
                self.own.changes.push(self.path.join("."));
                team.push(own);
            }
            Some(index) => {
                let theirs = team.remove(index);
                // Of a variable that is there twice, the last one counts.
                team.retain(|entry| !same(entry));
                let value = self.node(spot.below(&own.key.value), theirs.value, own.value);
                let key = if value.span.origin == Origin::Own { own.key } else { theirs.key };
                team.insert(index.min(team.len()), Entry { key, value });
            }
        }
    }

    fn nothing_to_take(&mut self, spot: Spot, team: &[Entry], key: &At<String>) {
        // What a kind of source replaces is taken away already.
        if spot.exclusive().0.contains(&key.value.as_str()) {
            return;
        }
        self.findings.add(key.span, || {
            let what = format!("`{}` can't be taken away: dev.yaml has none here", key.value);
            let problem = Problem::new(&kinds::MANIFEST_NOTHING_TO_TAKE, what)
                .why("`null`, `~` or nothing behind a key takes away what dev.yaml says");
            match words::nearest(&key.value, team.iter().map(|entry| entry.key.value.as_str())) {
                Some(meant) => problem.meant(meant).fix("or remove the line"),
                None => problem.fix("remove the line, or write a value behind it"),
            }
        });
    }
}

/// Makes the long form of a single value where the other side is a mapping.
fn lengthened(spot: Spot, team: Node, own: Node) -> (Node, Node) {
    let Some(key) = spot.short_for() else { return (team, own) };
    match (&team.value, &own.value) {
        (Value::Scalar(_), Value::Mapping(_)) => (lengthen(key, team), own),
        (Value::Mapping(_), Value::Scalar(_)) => (team, lengthen(key, own)),
        _ => (team, own),
    }
}

fn lengthen(key: &str, node: Node) -> Node {
    let (span, raw) = (node.span, node.raw.clone());
    let entry = Entry { key: At::new(key.to_owned(), span), value: node };
    Node { value: Value::Mapping(vec![entry]), span, raw }
}

/// A list of `KEY=value` as a mapping; one with a wrong line stays what it is, so that the line is told.
fn by_variable(node: Node) -> Node {
    let Value::Sequence(items) = &node.value else { return node };
    let pair = |item: &Node| {
        let Value::Scalar(text) = &item.value else { return None };
        let (key, value) = text.split_once('=')?;
        let width = u32::try_from(key.chars().count()).unwrap_or(1).max(1);
        let key = At::new(key.to_owned(), Span { width, ..item.span });
        Some(Entry { key, value: Node { value: Value::Scalar(value.to_owned()), ..item.clone() } })
    };
    match items.iter().map(pair).collect::<Option<Vec<Entry>>>() {
        Some(entries) => Node { value: Value::Mapping(entries), ..node },
        None => node,
    }
}
