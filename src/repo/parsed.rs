//! Files in the formats that tools write their settings in, each parsed once.

use std::collections::HashMap;
use std::rc::Rc;

use super::Repo;

/// A file that could not be read or understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub path: String,
    pub why: String,
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
                self.tell(path, "it is JSON within JSON more often than anybody writes".to_owned());
                return None;
            }
            let parsed = jsonc_parser::parse_to_serde_value(&text, &jsonc_parser::ParseOptions::default());
            self.understood(path, "JSON", parsed).flatten()
        });
        let value = value.map(Rc::new);
        self.parsed.borrow_mut().json.insert(path.to_owned(), value.clone());
        value
    }

    pub fn toml(&self, path: &str) -> Option<Rc<toml::Table>> {
        if let Some(known) = self.parsed.borrow().toml.get(path) {
            return known.clone();
        }
        let value = self.text(path).and_then(|text| self.understood(path, "TOML", text.parse::<toml::Table>()));
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
            let first = serde_yaml::Deserializer::from_str(&text).next()?;
            let parsed = serde_yaml::Value::deserialize(first).and_then(|mut value| {
                value.apply_merge()?;
                Ok(value)
            });
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
        let document = self.understood(path, "XML", roxmltree::Document::parse(&text))?;
        Some(element(document.root_element(), 0))
    }

    fn understood<T>(&self, path: &str, format: &str, parsed: Result<T, impl std::fmt::Display>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                let error = error.to_string();
                self.tell(path, format!("it is not {format}: {}", error.lines().next().unwrap_or_default()));
                None
            }
        }
    }
}

/// So deep are values read; readers call themselves for each further one, and have only so much room.
const DEEPEST: usize = 200;

/// Whether lists and objects lie deeper in each other than is read, texts aside.
fn is_deep(text: &str) -> bool {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            // A text ends with its line, in comments as well.
            b'\n' => is_text = false,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

fn element(node: roxmltree::Node<'_, '_>, depth: usize) -> Xml {
    Xml {
        name: node.tag_name().name().to_owned(),
        attributes: node.attributes().map(|it| (it.name().to_owned(), it.value().to_owned())).collect(),
        text: node.text().unwrap_or_default().trim().to_owned(),
        children: node
            .children()
            .filter(|child| child.is_element() && depth < DEEPEST)
            .map(|child| element(child, depth + 1))
            .collect(),
        line: node.document().text_pos_at(node.range().start).row as usize,
    }
}
