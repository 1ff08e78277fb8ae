//! Files in the formats that tools write their settings in, each parsed once.

use std::collections::HashMap;
use std::rc::Rc;

use super::Repo;
use super::bounds::{DEEPEST, Lines, grows, is_deep};

/// A file that could not be read or understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub path: String,
    pub why: String,
    /// From 1, where one line is to blame.
    pub line: Option<usize>,
}

/// Why a text is not of its format.
struct Unlike {
    why: String,
    line: Option<usize>,
}

#[derive(Default)]
pub(super) struct Cache {
    json: HashMap<String, Option<Rc<serde_json::Value>>>,
    toml: HashMap<String, Option<Rc<toml::Table>>>,
    yaml: HashMap<String, Option<Rc<serde_yaml::Value>>>,
}

/// The elements of an XML file, without its namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Xml {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Self>,
    /// From 1.
    pub line: usize,
}

impl Xml {
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// By the names of elements one below the other.
    pub fn at(&self, names: &[&str]) -> Option<&Self> {
        names.iter().try_fold(self, |element, name| element.child(name))
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Itself and everything in it, in the order of the text.
    pub fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        for child in &self.children {
            all.extend(child.all());
        }
        all
    }
}

impl Repo {
    /// A JSON file, with comments and commas too many allowed as many tools do.
    pub fn json(&self, path: &str) -> Option<Rc<serde_json::Value>> {
        if let Some(known) = self.parsed.borrow().json.get(path) {
            return known.clone();
        }
        let value = self.text(path).and_then(|text| {
            if is_deep(&text) {
                self.tell(path, "it is JSON within JSON more often than anybody writes", None);
                return None;
            }
            if text.trim().is_empty() {
                self.tell(path, "it is empty", Some(1));
                return None;
            }
            let parsed = jsonc_parser::parse_to_serde_value(&text, &jsonc_parser::ParseOptions::default());
            self.understood(path, "JSON", parsed.map_err(|error| strict(&text, &error.to_string()))).flatten()
        });
        let value = value.map(Rc::new);
        self.parsed.borrow_mut().json.insert(path.to_owned(), value.clone());
        value
    }

    pub fn toml(&self, path: &str) -> Option<Rc<toml::Table>> {
        if let Some(known) = self.parsed.borrow().toml.get(path) {
            return known.clone();
        }
        let value = self.text(path).and_then(|text| {
            let parsed = text.parse::<toml::Table>().map_err(|error| Unlike {
                line: error.span().map(|span| Lines::of(&text).at(span.start)),
                why: error.message().to_owned(),
            });
            self.understood(path, "TOML", parsed)
        });
        let value = value.map(Rc::new);
        self.parsed.borrow_mut().toml.insert(path.to_owned(), value.clone());
        value
    }

    /// The first document of a YAML file.
    pub fn yaml(&self, path: &str) -> Option<Rc<serde_yaml::Value>> {
        if let Some(known) = self.parsed.borrow().yaml.get(path) {
            return known.clone();
        }
        let value = self.text(path).and_then(|text| {
            use serde::Deserialize;
            if grows(&text) {
                self.tell(path, "its aliases (`*name`) make far more of it than anybody writes", None);
                return None;
            }
            let first = serde_yaml::Deserializer::from_str(&text).next()?;
            let parsed = serde_yaml::Value::deserialize(first).and_then(|mut value| {
                value.apply_merge()?;
                Ok(value)
            });
            let parsed = parsed
                .map_err(|error| Unlike { why: error.to_string(), line: error.location().map(|place| place.line()) });
            self.understood(path, "YAML", parsed)
        });
        let value = value.map(Rc::new);
        self.parsed.borrow_mut().yaml.insert(path.to_owned(), value.clone());
        value
    }

    /// The outermost element of an XML file; not kept, since each is asked for once.
    pub fn xml(&self, path: &str) -> Option<Xml> {
        let text = self.text(path)?;
        // No definitions of entities: nothing in a project file needs them, and they can grow without bounds.
        let parsed = roxmltree::Document::parse(&text)
            .map_err(|error| Unlike { why: error.to_string(), line: Some(error.pos().row as usize) });
        let document = self.understood(path, "XML", parsed)?;
        Some(element(document.root_element(), &Lines::of(&text), 0))
    }

    fn understood<T>(&self, path: &str, format: &str, parsed: Result<T, Unlike>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(Unlike { why, line }) => {
                // The line is told beside it.
                let first = why.lines().next().unwrap_or_default();
                let said = first.split(" at line ").next().unwrap_or(first);
                let is_place = |end: &str| end.chars().all(|c| c.is_ascii_digit() || c == ':');
                let said = said.rsplit_once(" at ").filter(|(_, end)| is_place(end)).map_or(said, |(said, _)| said);
                self.tell(path, &format!("it is not {format}: {said}"), line);
                None
            }
        }
    }
}

/// What a strict reader stumbles over: the tolerant one blames the beginning of what is not closed.
fn strict(text: &str, tolerant: &str) -> Unlike {
    match serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}')) {
        Err(error) => Unlike { why: error.to_string(), line: Some(error.line().clamp(1, text.lines().count().max(1))) },
        Ok(_) => Unlike { why: tolerant.to_owned(), line: None },
    }
}

fn element(node: roxmltree::Node<'_, '_>, lines: &Lines<'_>, depth: usize) -> Xml {
    Xml {
        name: node.tag_name().name().to_owned(),
        attributes: node.attributes().map(|it| (it.name().to_owned(), it.value().to_owned())).collect(),
        text: node.text().unwrap_or_default().trim().to_owned(),
        children: node
            .children()
            .filter(|child| child.is_element() && depth < DEEPEST)
            .map(|child| element(child, lines, depth + 1))
            .collect(),
        line: lines.at(node.range().start),
    }
}
