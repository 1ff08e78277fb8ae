//! Files → one tree: each filled in, checked and written out in long forms, then extended, merged and included.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::long::Lengthener;
use super::merge::{self, Mismatch};
use super::node::{Entry, Location, Map, Mark, Node, Place, Value};
use super::refusal::{Reason, Refusal, Resource};
use super::variables::{Missing, Variables};
use super::{dotenv, shape, yaml};
use crate::repo::{self, Repo};

/// How many values all files of a project may have together.
const MOST_VALUES: usize = 1_000_000;

/// How many files may be included, each time counted.
const MOST_INCLUDES: usize = 200;

/// How long a chain of services that extend each other may be.
const LONGEST_CHAIN: usize = 64;

/// What is gathered while a project is read.
pub struct Loader<'r> {
    pub repo: &'r Repo,
    pub refusals: Vec<Refusal>,
    /// Variables that had neither a value nor a default.
    pub unset: BTreeSet<String>,
    values: usize,
    includes: usize,
}

/// What files that belong together are read with.
pub struct Scope {
    /// Paths are relative to it; relative to the repo's root.
    pub folder: String,
    pub variables: Variables,
    /// Files that services are extended from, by their path.
    bases: HashMap<String, Rc<Vec<Node>>>,
}

impl Scope {
    pub fn new(folder: String, variables: Variables) -> Self {
        Self { folder, variables, bases: HashMap::new() }
    }
}

/// What follows from the services that are extended on the way to one.
struct Chain<'a> {
    scope: &'a mut Scope,
    /// File and service.
    links: Vec<(String, String)>,
}

impl<'r> Loader<'r> {
    pub fn new(repo: &'r Repo) -> Self {
        Self { repo, refusals: Vec::new(), unset: BTreeSet::new(), values: 0, includes: 0 }
    }

    pub fn refuse(&mut self, place: Option<&Place>, reason: Reason) {
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
        let depth = included.len();
        included.extend(files.first().cloned());
        self.include_all(&mut all, scope, included);
        included.truncate(depth);
        all
    }

    /// A file's documents in long forms.
    fn file(&mut self, path: &str, folder: &str, variables: &Variables) -> Vec<Node> {
        let Some(text) = self.repo.text(path) else {
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
                self.refuse(Some(&misfit.place), Reason::Shape { path: misfit.path, why: misfit.why });
            }
            self.check_names(document);
            Lengthener { folder, refusals: &mut self.refusals }.file(document);
        }
        documents
    }

    /// Fills in variables in everything that is text.
    fn fill(&mut self, node: &mut Node, variables: &Variables) {
        if node.mark == Mark::Reset {
            return;
        }
        match &mut node.value {
            Value::Text(text) if text.contains('$') => {
                let filled = variables.fill(text);
                for missing in filled.missing {
                    let reason = match missing {
                        Missing::Required { variable, why } => Reason::Required { variable, why },
                        Missing::Malformed => Reason::BadVariable(text.clone()),
                    };
                    self.refuse(Some(&node.place), reason);
                }
                self.unset.extend(filled.unset);
                *text = filled.text;
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.fill(item, variables)),
            Value::Map(map) => map.values_mut().for_each(|entry| self.fill(&mut entry.node, variables)),
            _ => {}
        }
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

    fn count(&mut self, node: &Node) -> bool {
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

    /// Puts into each service what the one it extends says.
    fn extend_all(&mut self, file: &str, document: &mut Node, scope: &mut Scope) {
        let Some(services) = document.get("services").and_then(Node::map).cloned() else { return };
        for (name, entry) in &services {
            if entry.node.get("extends").is_none() {
                continue;
            }
            let mut chain = Chain { scope, links: Vec::new() };
            let service = self.extended(name, &services, file, &mut chain);
            let all = document.map_mut().and_then(|map| map.get_mut("services")).and_then(|it| it.node.map_mut());
            if let (Some(service), Some(all)) = (service, all) {
                all.insert(name.clone(), Entry { place: entry.place.clone(), node: service });
            }
        }
    }

    fn extended(&mut self, name: &str, services: &Map, file: &str, chain: &mut Chain<'_>) -> Option<Node> {
        let mut service = services.get(name)?.node.clone();
        let Some(extends) = service.map_mut().and_then(|map| map.shift_remove("extends")) else { return Some(service) };
        let place = &extends.place;
        let base_name = extends.node.get_text("service").unwrap_or_default();
        let link = (file.to_owned(), name.to_owned());
        if let Some(first) = chain.links.iter().position(|known| *known == link) {
            let mut names: Vec<String> = chain.links[first..].iter().map(|(_, name)| name.clone()).collect();
            names.push(name.to_owned());
            self.refuse(Some(place), Reason::Cycle { what: "extends", names });
            return Some(service);
        }
        if chain.links.len() >= LONGEST_CHAIN {
            self.refuse(Some(place), Reason::TooDeep("extends"));
            return Some(service);
        }
        chain.links.push(link);
        let base = match extends.node.get("file") {
            None => self.base(name, &base_name, services, (file, place), chain),
            Some(node) => self.base_elsewhere(name, &base_name, node, chain),
        };
        let Some(mut base) = base else { return Some(service) };
        merge::settle(&mut base);
        if !self.count(&base) {
            return Some(service);
        }
        let own_place = service.place.clone();
        if let Err(Mismatch(why)) = merge::extend(&mut base, service) {
            self.refuse(Some(place), Reason::Shape { path: format!("services.{name}"), why });
        }
        base.place = own_place;
        Some(base)
    }

    fn base(
        &mut self,
        name: &str,
        base: &str,
        services: &Map,
        (file, place): (&str, &Place),
        chain: &mut Chain<'_>,
    ) -> Option<Node> {
        if services.contains_key(base) {
            return self.extended(base, services, file, chain);
        }
        let [service, name] = [name, base].map(str::to_owned);
        self.refuse(Some(place), Reason::Undefined { service, what: Resource::Base, name });
        None
    }

    /// A service of another file, whose paths are relative to that file's folder.
    fn base_elsewhere(&mut self, name: &str, base: &str, node: &Node, chain: &mut Chain<'_>) -> Option<Node> {
        let path = self.inside(node, "extends")?;
        let documents = match chain.scope.bases.get(&path) {
            Some(documents) => Rc::clone(documents),
            None => {
                let documents = Rc::new(self.file(&path, repo::folder_of(&path), &chain.scope.variables.clone()));
                chain.scope.bases.insert(path.clone(), Rc::clone(&documents));
                documents
            }
        };
        if documents.is_empty() {
            return None;
        }
        let none = Map::new();
        let sections = documents.iter().filter_map(|document| document.get("services").and_then(Node::map));
        let services = sections.clone().find(|services| services.contains_key(base)).unwrap_or(&none);
        self.base(name, base, services, (&path, &node.place), chain)
    }

    /// The path of a file that has to be of this repo.
    fn inside(&mut self, node: &Node, what: &'static str) -> Option<String> {
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

    fn include_all(&mut self, all: &mut Node, scope: &Scope, included: &mut Vec<String>) {
        let Some(entry) = all.map_mut().and_then(|map| map.shift_remove("include")) else { return };
        for item in entry.node.items() {
            self.includes += 1;
            if self.includes > MOST_INCLUDES || included.len() > LONGEST_CHAIN {
                self.refuse(Some(&item.place), Reason::TooDeep("include"));
                return;
            }
            if let Some(more) = self.included(item, scope, included) {
                self.import(all, more);
            }
        }
    }

    fn included(&mut self, item: &Node, scope: &Scope, included: &mut Vec<String>) -> Option<Node> {
        let paths = item.get("path").unwrap_or(item);
        let mut files = Vec::new();
        for path in paths.items() {
            files.push(self.located(path, &scope.folder)?);
        }
        let first = files.first()?;
        if included.contains(first) {
            let from = included.iter().position(|file| file == first).unwrap_or_default();
            let mut names = included[from..].to_vec();
            names.push(first.clone());
            self.refuse(Some(&item.place), Reason::Cycle { what: "include", names });
            return None;
        }
        let folder = match item.get("project_directory") {
            Some(node) => self.located(node, &scope.folder)?,
            None => repo::folder_of(first).to_owned(),
        };
        let mut variables = scope.variables.clone();
        match item.get("env_file") {
            Some(node) => {
                let is_none = |file: &&Node| file.scalar().is_some_and(|path| path == "/dev/null");
                for file in node.items().iter().filter(|file| !is_none(file)) {
                    let file = self.located(file, &scope.folder)?;
                    self.add_variables(&file, &mut variables, Some(&item.place));
                }
            }
            None => self.add_variables(&repo::join(&folder, ".env")?, &mut variables, None),
        }
        let mut inner = Scope::new(folder, variables);
        let mut project = self.project(&files, &mut inner, included);
        build_here(&mut project, &inner.folder);
        Some(project)
    }

    fn located(&mut self, node: &Node, folder: &str) -> Option<String> {
        let path = node.scalar()?;
        let located = Node::new(Value::Path(super::long::locate(folder, &path)), node.place.clone());
        self.inside(&located, "include")
    }

    /// Adds what a file of variables says; `required_at` says where it is named, and `None` that it may be missing.
    pub fn add_variables(&mut self, file: &str, variables: &mut Variables, required_at: Option<&Place>) {
        let Some(text) = self.repo.text(file) else {
            if required_at.is_some() {
                self.refuse(required_at, Reason::NoEnvFile(file.to_owned()));
            }
            return;
        };
        match dotenv::parse(&text, variables) {
            Ok(found) => variables.add(found),
            Err(wrong) => {
                let place = Place { file: file.into(), line: wrong.line };
                let reason = Reason::BadVariables { file: file.to_owned(), line: wrong.line, why: wrong.why };
                self.refuse(Some(&place), reason);
            }
        }
    }

    /// Puts what an included project has beside what is there; the same name twice has to mean the same.
    fn import(&mut self, all: &mut Node, more: Node) {
        let Value::Map(more) = more.value else { return };
        let Some(own) = all.map_mut() else { return };
        for (section, entry) in more {
            if !["services", "networks", "volumes", "secrets", "configs"].contains(&section.as_str()) {
                continue;
            }
            let place = entry.place.clone();
            let empty = || Entry { place: place.clone(), node: Node::new(Value::Map(Map::new()), place.clone()) };
            let known = own.entry(section.clone()).or_insert_with(empty);
            let (Some(known), Value::Map(items)) = (known.node.map_mut(), entry.node.value) else { continue };
            for (name, item) in items {
                match known.get(&name) {
                    Some(other) if !merge::same(&other.node, &item.node) => {
                        self.refusals.push(Refusal {
                            place: Some(other.place.clone()),
                            reason: Reason::Conflict { what: section.clone(), name },
                        });
                    }
                    Some(_) => {}
                    None => {
                        known.insert(name, item);
                    }
                }
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

/// What is built without a word about where is built in the project's own folder.
fn build_here(project: &mut Node, folder: &str) {
    let services = project.map_mut().and_then(|map| map.get_mut("services")).and_then(|it| it.node.map_mut());
    for service in services.into_iter().flat_map(Map::values_mut) {
        let Some(build) = service.node.map_mut().and_then(|map| map.get_mut("build")) else { continue };
        let place = build.node.place.clone();
        if let Some(build) = build.node.map_mut().filter(|build| !build.contains_key("context")) {
            let context = Value::Path(Location::Inside(folder.to_owned()));
            build.insert("context".to_owned(), Entry { place: place.clone(), node: Node::new(context, place) });
        }
    }
}

/// A copy to check, in which what is reset has no kind.
fn without_resets(node: &Node) -> Node {
    let mut copy = node.clone();
    merge::settle(&mut copy);
    copy
}
