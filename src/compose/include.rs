//! Projects that a project includes.

use super::load::{Loader, Scope};
use super::long::locate;
use super::merge;
use super::node::{Entry, Location, Map, Node, Value};
use super::refusal::{Reason, Refusal};
use crate::repo;

/// How many files may be included, each time counted.
const MOST_INCLUDES: usize = 200;

/// How many projects may be included in each other.
const DEEPEST: usize = 64;

impl Loader<'_> {
    pub fn include_all(&mut self, all: &mut Node, scope: &Scope, included: &mut Vec<String>) {
        let Some(entry) = all.map_mut().and_then(|map| map.shift_remove("include")) else { return };
        for item in entry.node.items() {
            self.includes += 1;
            if self.includes > MOST_INCLUDES || included.len() > DEEPEST {
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
        let located = Node::new(Value::Path(locate(folder, &path)), node.place.clone());
        self.inside(&located, "include")
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
