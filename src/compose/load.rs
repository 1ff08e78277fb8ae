//! Files → one tree: each filled in, checked and written out in long forms, then extended, merged and included.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::long::Lengthener;
use super::merge::{self, Mismatch};
use super::node::{Location, Map, Mark, Node, Place, Value};
use super::refusal::{Reason, Refusal};
use super::shape::{self, Misfit};
use super::variables::{Missing, Variables};
use super::{dotenv, yaml};
use crate::repo::{self, Repo};

/// How many values all files of a project may have together.
const MOST_VALUES: usize = 1_000_000;

/// How much may be filled into all files of a project together, in bytes.
const MOST_FILLED: usize = 8 << 20;

/// More reasons than these nobody reads.
pub const MOST_REFUSALS: usize = 100;

/// What is gathered while a project is read.
pub struct Loader<'r> {
    repo: &'r Repo,
    stand_ins: &'r BTreeMap<String, Option<String>>,
    pub refusals: Vec<Refusal>,
    /// Variables that had neither a value nor a default.
    pub unset: BTreeSet<String>,
    /// Keys without a value, which a later file may give one.
    nothings: Vec<Misfit>,
    values: usize,
    /// Bytes of what is filled in so far.
    filled: usize,
    pub includes: usize,
    /// It grows without an end: nothing more is extended.
    pub is_stopped: bool,
}

/// What files that belong together are read with.
pub struct Scope {
    /// Paths are relative to it; relative to the repo's root.
    pub folder: String,
    pub variables: Variables,
    /// Files that services are extended from, by their path.
    pub bases: HashMap<String, Rc<Vec<Node>>>,
}

impl Scope {
    pub fn new(folder: String, variables: Variables) -> Self {
        Self { folder, variables, bases: HashMap::new() }
    }
}

impl<'r> Loader<'r> {
    pub fn new(repo: &'r Repo, stand_ins: &'r BTreeMap<String, Option<String>>) -> Self {
        Self {
            repo,
            stand_ins,
            refusals: Vec::new(),
            unset: BTreeSet::new(),
            nothings: Vec::new(),
            values: 0,
            filled: 0,
            includes: 0,
            is_stopped: false,
        }
    }

    /// A file of variables, or the one that stands in for it; of what the repo does not carry, nothing: it is a person's own.
    pub fn text(&self, path: &str) -> Option<Rc<str>> {
        let path = match self.stand_ins.get(path) {
            Some(other) => other.as_deref()?,
            None => path,
        };
        self.carried(path)
    }

    fn carried(&self, path: &str) -> Option<Rc<str>> {
        self.repo.has(path).then(|| self.repo.text(path)).flatten()
    }

    pub fn refuse(&mut self, place: Option<&Place>, reason: Reason) {
        if self.refusals.len() >= MOST_REFUSALS {
            return;
        }
        let refusal = Refusal { place: place.cloned(), reason };
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }

    /// All files merged in their order, with what they include.
    pub fn project(&mut self, files: &[String], scope: &mut Scope, included: &mut Vec<String>) -> Node {
        let place = Place { file: files.first().map_or("", String::as_str).into(), line: 1 };
        let mut all = Node::new(Value::Map(Map::new()), place);
        for file in files {
            for mut document in self.file(file, &scope.folder.clone(), &scope.variables.clone()) {
                self.extend_all(file, &mut document, scope);
                if let Err(Mismatch(why)) = merge::merge(&mut all, document) {
                    self.refuse(None, Reason::Shape { path: file.clone(), why });
                }
            }
        }
        for nothing in std::mem::take(&mut self.nothings) {
            if at(&all, &nothing.path).is_some_and(Node::is_null) {
                self.refuse(Some(&nothing.place), Reason::Shape { path: nothing.path, why: nothing.why });
            }
        }
        let depth = included.len();
        included.extend(files.first().cloned());
        self.include_all(&mut all, scope, included);
        included.truncate(depth);
        all
    }

    /// A file's documents in long forms.
    pub fn file(&mut self, path: &str, folder: &str, variables: &Variables) -> Vec<Node> {
        let Some(text) = self.carried(path) else {
            self.refuse(None, Reason::NoFile(path.to_owned()));
            return Vec::new();
        };
        let place = |line| Place { file: path.into(), line };
        if text.len() >= repo::LIMIT {
            self.refuse(Some(&place(1)), Reason::TooLarge);
            return Vec::new();
        }
        let mut documents = match yaml::parse(path, &text) {
            Ok(documents) => documents,
            Err(wrong) => {
                self.refuse(Some(&place(wrong.line)), Reason::Unreadable(wrong.why));
                return Vec::new();
            }
        };
        documents.retain(|document| !document.is_null());
        if documents.is_empty() {
            self.refuse(None, Reason::Unreadable("the file is empty".to_owned()));
        }
        for document in &mut documents {
            self.count(document);
            if document.mark == Mark::Reset || document.map().is_none() {
                let why = format!("has to be a mapping, not {}", document.noun());
                self.refuse(Some(&document.place), Reason::Shape { path: "the file".to_owned(), why });
                continue;
            }
            self.fill(document, variables);
            for misfit in shape::misfits(&without_resets(document), &shape::FILE) {
                if misfit.is_nothing && misfit.path.starts_with("services.") {
                    self.nothings.push(misfit);
                } else {
                    self.refuse(Some(&misfit.place), Reason::Shape { path: misfit.path, why: misfit.why });
                }
            }
            self.check_names(document);
            Lengthener { folder, refusals: &mut self.refusals }.file(document);
        }
        documents
    }

    /// Fills in variables in everything that is text.
    fn fill(&mut self, node: &mut Node, variables: &Variables) {
        if node.mark == Mark::Reset || self.filled > MOST_FILLED {
            return;
        }
        match &mut node.value {
            Value::Text(text) if text.contains('$') => {
                let filled = variables.fill(text);
                for missing in filled.missing {
                    let reason = match missing {
                        Missing::Required { variable, why } => Reason::Required { variable, why },
                        Missing::Malformed => Reason::BadVariable(text.chars().take(200).collect()),
                        Missing::TooLong => Reason::TooLarge,
                    };
                    self.refuse(Some(&node.place), reason);
                }
                self.unset.extend(filled.unset);
                if self.spend(filled.text.len(), Some(&node.place)) {
                    *text = filled.text;
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.fill(item, variables)),
            Value::Map(map) => map.values_mut().for_each(|entry| self.fill(&mut entry.node, variables)),
            _ => {}
        }
    }

    /// Whether so much more may be filled in.
    fn spend(&mut self, bytes: usize, place: Option<&Place>) -> bool {
        self.filled = self.filled.saturating_add(bytes);
        if self.filled > MOST_FILLED {
            self.refuse(place, Reason::TooLarge);
        }
        self.filled <= MOST_FILLED
    }

    fn check_names(&mut self, document: &Node) {
        for section in ["services", "networks", "volumes", "secrets", "configs"] {
            for (name, entry) in document.get(section).and_then(Node::map).into_iter().flatten() {
                let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
                if !is_name && !name.starts_with("x-") {
                    let why = "is no name: only letters, digits, `.`, `_` and `-` are in one".to_owned();
                    self.refuse(Some(&entry.place), Reason::Shape { path: format!("{section}.{name}"), why });
                }
            }
        }
    }

    pub fn count(&mut self, node: &Node) -> bool {
        fn values(node: &Node) -> usize {
            1 + match &node.value {
                Value::List(items) => items.iter().map(values).sum(),
                Value::Map(map) => map.values().map(|entry| values(&entry.node)).sum(),
                _ => 0,
            }
        }
        self.values = self.values.saturating_add(values(node));
        if self.values > MOST_VALUES {
            self.refuse(None, Reason::TooLarge);
        }
        self.values <= MOST_VALUES
    }

    /// The path of a file that has to be of this repo.
    pub fn inside(&mut self, node: &Node, what: &'static str) -> Option<String> {
        match &node.value {
            Value::Path(Location::Inside(path)) => Some(path.clone()),
            Value::Path(Location::Outside(path)) => {
                self.refuse(Some(&node.place), Reason::Outside { what, path: path.clone() });
                None
            }
            Value::Path(Location::Remote(url)) => {
                self.refuse(Some(&node.place), Reason::Remote { what, url: url.clone() });
                None
            }
            _ => None,
        }
    }

    /// Adds what a file of variables says; `required_at` says where it is named, and `None` that it may be missing.
    pub fn add_variables(&mut self, file: &str, variables: &mut Variables, required_at: Option<&Place>) {
        let Some(text) = self.text(file) else {
            if required_at.is_some() {
                self.refuse(required_at, Reason::NoEnvFile(file.to_owned()));
            }
            return;
        };
        match dotenv::parse(&text, variables) {
            Ok(found) => {
                if self.spend(found.values().map(String::len).sum(), required_at) {
                    variables.add(found);
                }
            }
            Err(wrong) => {
                let place = Place { file: file.into(), line: wrong.line };
                let reason = Reason::BadVariables { file: file.to_owned(), line: wrong.line, why: wrong.why };
                self.refuse(Some(&place), reason);
            }
        }
    }
}

/// Variables of the project's own `.env`, which those that are set already win over.
pub fn own_variables(loader: &mut Loader<'_>, folder: &str, set: BTreeMap<String, String>) -> Variables {
    let mut variables = Variables { set };
    if let Some(file) = repo::join(folder, ".env") {
        loader.add_variables(&file, &mut variables, None);
    }
    variables
}

/// What stands at a path of keys.
fn at<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    let mut node = node;
    let mut rest = path;
    while !rest.is_empty() {
        // A name may contain a dot itself.
        let map = node.map()?;
        let ends = rest.match_indices('.').map(|(end, _)| end).chain([rest.len()]);
        let end = ends.into_iter().find(|end| map.contains_key(&rest[..*end]))?;
        node = &map.get(&rest[..end])?.node;
        rest = rest[end..].trim_start_matches('.');
    }
    Some(node)
}

/// A copy to check, in which what is reset has no kind.
fn without_resets(node: &Node) -> Node {
    let mut copy = node.clone();
    merge::settle(&mut copy);
    copy
}
