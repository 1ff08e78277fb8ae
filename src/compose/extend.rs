//! Services that take over what another one says.

use std::rc::Rc;

use super::load::{Loader, Scope};
use super::merge::{self, Mismatch};
use super::node::{Entry, Map, Node, Place};
use super::refusal::{Reason, Resource};
use crate::repo;

/// How long a chain of services that extend each other may be.
const LONGEST_CHAIN: usize = 64;

/// What follows from the services that are extended on the way to one.
struct Chain<'a> {
    scope: &'a mut Scope,
    /// File and service.
    links: Vec<(String, String)>,
}

/// A service that another one extends.
struct Wanted<'a> {
    by: &'a str,
    base: &'a str,
    /// Where it is looked for.
    file: &'a str,
    /// Where it is named.
    place: &'a Place,
}

impl Loader<'_> {
    /// Puts into each service what the one it extends says.
    pub fn extend_all(&mut self, file: &str, document: &mut Node, scope: &mut Scope) {
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
        if self.is_stopped {
            return Some(service);
        }
        if chain.links.len() >= LONGEST_CHAIN {
            self.is_stopped = true;
            self.refuse(Some(place), Reason::TooDeep("extends"));
            return Some(service);
        }
        chain.links.push(link);
        let base = match extends.node.get("file") {
            None => self.base(&Wanted { by: name, base: &base_name, file, place }, services, chain),
            Some(node) => self.base_elsewhere(name, &base_name, node, chain),
        };
        let Some(mut base) = base else { return Some(service) };
        merge::settle(&mut base);
        if !self.count(&base) {
            self.is_stopped = true;
            return Some(service);
        }
        let own_place = service.place.clone();
        if let Err(Mismatch(why)) = merge::extend(&mut base, service) {
            self.refuse(Some(place), Reason::Shape { path: format!("services.{name}"), why });
        }
        base.place = own_place;
        Some(base)
    }

    fn base(&mut self, wanted: &Wanted<'_>, services: &Map, chain: &mut Chain<'_>) -> Option<Node> {
        if services.contains_key(wanted.base) {
            return self.extended(wanted.base, services, wanted.file, chain);
        }
        let [service, name] = [wanted.by, wanted.base].map(str::to_owned);
        self.refuse(Some(wanted.place), Reason::Undefined { service, what: Resource::Base, name });
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
        self.base(&Wanted { by: name, base, file: &path, place: &node.place }, services, chain)
    }
}
