//! Short forms of one file → long ones, with paths made relative to the repo's root, so that files can be merged key by key.

use super::node::{Entry, Location, Map, Node, Place, Value};
use super::refusal::{Reason, Refusal};
use super::short;
use crate::repo;

/// The folder that paths of a file are relative to: one of the repo.
pub struct Lengthener<'a> {
    pub folder: &'a str,
    pub refusals: &'a mut Vec<Refusal>,
}

impl Lengthener<'_> {
    /// A whole file.
    pub fn file(&mut self, node: &mut Node) {
        let Some(map) = node.map_mut() else { return };
        each(map.get_mut("services"), |service| self.service(service));
        for section in ["secrets", "configs"] {
            each(map.get_mut(section), |object| self.at(object, "file", Self::path));
        }
        for section in ["networks", "volumes"] {
            each(map.get_mut(section), |object| self.at(object, "labels", Self::words));
        }
    }

    fn service(&mut self, service: &mut Node) {
        self.at(service, "build", Self::build);
        self.at(service, "depends_on", |_, node| depends_on(node));
        self.at(service, "develop", |own, develop| {
            own.at(develop, "watch", |own, watch| {
                each_item(watch, |rule| own.at(rule, "path", Self::path));
            });
        });
        self.at(service, "deploy", |own, deploy| own.at(deploy, "labels", Self::words));
        self.at(service, "env_file", Self::env_files);
        self.at(service, "extends", Self::extends);
        self.at(service, "extra_hosts", |_, node| hosts(node));
        self.at(service, "healthcheck", |own, check| own.at(check, "test", |_, node| test(node)));
        self.at(service, "networks", |_, node| names(node, &[]));
        self.at(service, "ports", Self::ports);
        self.at(service, "volumes", Self::mounts);
        for key in ["secrets", "configs"] {
            self.at(service, key, |_, node| each_item(node, |item| mapped(item, "source")));
        }
        for key in ["environment", "labels", "annotations", "sysctls"] {
            self.at(service, key, Self::words);
        }
        for key in ["tmpfs", "dns", "dns_search"] {
            self.at(service, key, |_, node| listed(node));
        }
    }

    /// Changes what stands at a key, when there is something.
    fn at(&mut self, node: &mut Node, key: &str, change: impl FnOnce(&mut Self, &mut Node)) {
        let entry = node.map_mut().and_then(|map| map.get_mut(key));
        if let Some(entry) = entry.filter(|entry| !entry.node.is_null()) {
            change(self, &mut entry.node);
        }
    }

    fn path(&mut self, node: &mut Node) {
        if let Some(text) = node.scalar() {
            node.value = Value::Path(locate(self.folder, &text));
        }
    }

    fn build(&mut self, node: &mut Node) {
        mapped(node, "context");
        self.at(node, "context", Self::path);
        for key in ["args", "labels", "additional_contexts"] {
            self.at(node, key, Self::words);
        }
        self.at(node, "secrets", |_, node| each_item(node, |item| mapped(item, "source")));
    }

    /// A list of `word=value` as a mapping.
    #[expect(clippy::unused_self, reason = "one form for all that changes a node")]
    fn words(&mut self, node: &mut Node) {
        let Value::List(items) = &node.value else { return };
        let mut map = Map::new();
        for item in items {
            let text = item.scalar().unwrap_or_default();
            let (key, value) = match text.split_once('=') {
                Some((key, value)) => (key.to_owned(), Value::Text(value.to_owned())),
                None => (text, Value::Null),
            };
            map.insert(key, entry(value, &item.place));
        }
        node.value = Value::Map(map);
    }

    fn env_files(&mut self, node: &mut Node) {
        listed(node);
        each_item(node, |item| {
            mapped(item, "path");
            self.at(item, "path", Self::path);
        });
    }

    fn extends(&mut self, node: &mut Node) {
        mapped(node, "service");
        self.at(node, "file", Self::path);
    }

    fn ports(&mut self, node: &mut Node) {
        let Value::List(items) = &mut node.value else { return };
        let mut long = Vec::new();
        for item in std::mem::take(items) {
            if item.map().is_some() {
                long.push(item);
                continue;
            }
            let text = item.scalar().unwrap_or_default();
            match short::ports(&text) {
                Ok(ports) => long.extend(ports.into_iter().map(|port| port_node(port, &item.place))),
                Err(why) => self.refuse(&item.place, Reason::BadShort { text, why }),
            }
        }
        node.value = Value::List(long);
    }

    fn mounts(&mut self, node: &mut Node) {
        each_item(node, |item| {
            if let Value::Text(text) = &item.value {
                let mount = short::mount(text).unwrap_or_else(|(mount, why)| {
                    self.refuse(&item.place, Reason::BadShort { text: text.clone(), why });
                    mount
                });
                *item = self.mount_node(mount, &item.place);
            } else if item.get_text("type").as_deref() == Some("bind") {
                self.at(item, "source", Self::path);
            }
            self.at(item, "target", |_, target| {
                if let Value::Text(text) = &mut target.value {
                    *text = short::clean(text);
                }
            });
        });
    }

    fn mount_node(&mut self, mount: short::ShortMount, place: &Place) -> Node {
        let is_path = short::is_path(&mount.source);
        let source = if is_path { Value::Path(locate(self.folder, &mount.source)) } else { Value::Text(mount.source) };
        let kind = if is_path { "bind" } else { "volume" };
        let fields = [
            ("type", Value::Text(kind.to_owned())),
            ("source", source),
            ("target", Value::Text(mount.target)),
            ("read_only", Value::Flag(mount.read_only)),
        ];
        map_node(fields, place)
    }

    fn refuse(&mut self, place: &Place, reason: Reason) {
        self.refusals.push(Refusal { place: Some(place.clone()), reason });
    }
}

/// Where a path of a file in `folder` leads.
pub fn locate(folder: &str, path: &str) -> Location {
    const REMOTE: &[&str] =
        &["http://", "https://", "git://", "ssh://", "git@", "github.com/", "oci://", "docker-image://"];
    if REMOTE.iter().any(|prefix| path.starts_with(prefix)) {
        return Location::Remote(path.to_owned());
    }
    let outside = || Location::Outside(path.to_owned());
    if path.starts_with('~') || path.starts_with("\\\\") || (short::is_path(path) && !path.starts_with(['.', '/'])) {
        return outside();
    }
    repo::join(folder, path).map_or_else(outside, Location::Inside)
}

fn entry(value: Value, place: &Place) -> Entry {
    Entry { place: place.clone(), node: Node::new(value, place.clone()) }
}

fn map_node<const N: usize>(fields: [(&str, Value); N], place: &Place) -> Node {
    let map = fields.into_iter().map(|(key, value)| (key.to_owned(), entry(value, place))).collect();
    Node::new(Value::Map(map), place.clone())
}

fn port_node(port: short::ShortPort, place: &Place) -> Node {
    let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    let fields = [
        ("host_ip", text(port.host_ip)),
        ("published", text(port.published)),
        ("target", Value::Number(port.target.to_string())),
        ("protocol", Value::Text(port.protocol)),
    ];
    map_node(fields, place)
}

fn each(entry: Option<&mut Entry>, mut change: impl FnMut(&mut Node)) {
    let map = entry.and_then(|entry| entry.node.map_mut());
    map.into_iter().flat_map(|map| map.values_mut()).for_each(|entry| change(&mut entry.node));
}

fn each_item(node: &mut Node, change: impl FnMut(&mut Node)) {
    if let Value::List(items) = &mut node.value {
        items.iter_mut().for_each(change);
    }
}

/// A single value as a list of it.
fn listed(node: &mut Node) {
    if node.list().is_none() && !node.is_null() {
        let value = std::mem::replace(&mut node.value, Value::Null);
        node.value = Value::List(vec![Node::new(value, node.place.clone())]);
    }
}

/// A single value as a mapping with it under its main key.
fn mapped(node: &mut Node, key: &str) {
    if node.map().is_none() && node.list().is_none() && !node.is_null() {
        let value = std::mem::replace(&mut node.value, Value::Null);
        node.value = map_node([(key, value)], &node.place).value;
    }
}

/// A list of names as a mapping, each with the same fields.
fn names(node: &mut Node, fields: &[(&str, Value)]) {
    let Value::List(items) = &node.value else { return };
    let mut map = Map::new();
    for item in items {
        let value = if fields.is_empty() {
            Value::Null
        } else {
            let field = |(key, value): &(&str, Value)| ((*key).to_owned(), entry(value.clone(), &item.place));
            Value::Map(fields.iter().map(field).collect())
        };
        map.insert(item.scalar().unwrap_or_default(), entry(value, &item.place));
    }
    node.value = Value::Map(map);
}

fn depends_on(node: &mut Node) {
    let started = Value::Text("service_started".to_owned());
    names(node, &[("condition", started), ("required", Value::Flag(true))]);
}

/// A mapping of names to addresses as a list.
fn hosts(node: &mut Node) {
    let Value::Map(map) = &node.value else { return };
    let lines = |(name, entry): (&String, &Entry)| -> Vec<Node> {
        let line = |item: &Node| Node::text(format!("{name}={}", item.scalar().unwrap_or_default()), &item.place);
        entry.node.items().iter().map(line).collect()
    };
    node.value = Value::List(map.iter().flat_map(lines).collect());
}

/// A line is run by a shell.
fn test(node: &mut Node) {
    if let Some(line) = node.scalar() {
        let words = ["CMD-SHELL".to_owned(), line];
        node.value = Value::List(words.into_iter().map(|word| Node::text(word, &node.place)).collect());
    }
}
