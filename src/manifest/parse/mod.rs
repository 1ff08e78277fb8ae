//! Text -> Manifest with places; all problems at once.

pub mod app;
pub mod budget;
pub mod engine;
pub mod fields;
pub mod ports;
pub mod service;
pub mod share;
pub mod smoke;
pub mod task;
mod template;
pub mod unit;
mod values;

use std::collections::HashSet;

use fields::{Decoder, Elsewhere, Field, Shape};

use super::findings::{Findings, Source};
use super::yaml::{self, Entry, Node};
use super::{Manifest, Own, Span, merge};
use crate::problem::Problem;

pub const MANIFEST: Shape = Shape {
    keys: &["name", "services", "apps", "tasks", "secrets", "checks", "budget", "share"],
    elsewhere: &[
        ("service", Elsewhere::Key("services")),
        ("app", Elsewhere::Key("apps")),
        ("processes", Elsewhere::Key("apps")),
        ("scripts", Elsewhere::Key("tasks")),
        ("version", Elsewhere::Advice("leave it out")),
        ("volumes", Elsewhere::Advice("leave it out: the data of services is kept by itself")),
        ("networks", Elsewhere::Advice("leave it out: everything in this file reaches everything else by its name")),
        ("env", Elsewhere::Advice("write `env` into each app or service that needs it")),
    ],
};

/// Reads a manifest. `file` is what problems call it, for example `dev.yaml`.
///
/// # Errors
/// Every problem of the text itself, in its order; whether names exist is asked by `check`.
pub fn parse(file: &str, text: &[u8]) -> Result<Manifest, Vec<Problem>> {
    let text = yaml::text::decode(file, text).map_err(|problem| vec![*problem])?;
    let source = Source::new(file, text);
    let mut findings = Findings::new(&source);
    let draft = read(&mut findings);
    if findings.total() > 0 {
        return Err(findings.into_sorted());
    }
    Ok(draft.map(|draft| draft.manifest).unwrap_or_default())
}

/// What could be read, and what is known to be missing from it.
#[derive(Debug, Default)]
pub struct Draft {
    pub manifest: Manifest,
    /// What is there but could not be read in full: nothing more is said about it.
    pub unclear: Unclear,
}

/// Names of services, apps, tasks and secrets that have problems already.
#[derive(Debug, Default)]
pub struct Unclear {
    pub names: HashSet<String>,
    /// Names of services and apps that a person's own file takes away.
    pub taken: Vec<super::At<String>>,
    /// A whole section could not be read, so any name may exist.
    pub everything: bool,
}

impl Unclear {
    pub fn may_have(&self, name: &str) -> bool {
        self.everything || self.names.contains(name)
    }
}

/// Reads as much as possible; `None` when the text is not even YAML.
pub fn read(findings: &mut Findings) -> Option<Draft> {
    let (team, own) = findings.sources();
    let root = yaml::read(findings, team)?;
    // A broken one of a person's own does not keep the team's problems from being told.
    let own = own.and_then(|source| yaml::read(findings, source));
    let (root, own, taken) = merged(findings, root, own);
    let mut draft = read_tree(findings, &root)?;
    draft.manifest.own = own;
    draft.unclear.taken = taken;
    Some(draft)
}

fn merged(findings: &mut Findings, team: Node, own: Option<Node>) -> (Node, Own, Vec<super::At<String>>) {
    match own {
        None => (team, Own::default(), Vec::new()),
        Some(own) => merge::merge(findings, team, own),
    }
}

fn read_tree(findings: &mut Findings, root: &Node) -> Option<Draft> {
    let mut decoder = Decoder { findings };
    let subject = "the manifest".to_owned();
    let field = Field { subject, key: Span { line: 1, column: 1, width: 1, ..Span::default() }, node: root };
    let fields = decoder.fields(&field, String::new(), &MANIFEST, "services: { db: postgres }")?;
    let mut draft = Draft::default();
    draft.manifest.name = fields.get("name").and_then(|field| {
        let text = decoder.text(&field, "a name", "name: shop")?;
        Some(decoder.name(&text, "name"))
    });
    let Draft { manifest, unclear } = &mut draft;
    decoder.section(fields.get("services"), unclear, &mut manifest.services, Decoder::service);
    decoder.section(fields.get("apps"), unclear, &mut manifest.apps, Decoder::app);
    decoder.section(fields.get("tasks"), unclear, &mut manifest.tasks, Decoder::task);
    decoder.section(fields.get("secrets"), unclear, &mut manifest.secrets, Decoder::secret);
    if let Some(field) = fields.get("checks") {
        const EXAMPLE: &str = "checks: [{ http: \"${api.url}/healthz\" }]";
        let items = match field.node.value {
            yaml::Value::Scalar(_) => {
                decoder.wrong_type(&field, "a list of checks", EXAMPLE);
                None
            }
            _ => decoder.items(&field, "a list of checks", EXAMPLE),
        };
        manifest.checks = items.unwrap_or_default().iter().filter_map(|item| decoder.check(item)).collect();
    }
    if let Some(field) = fields.get("budget") {
        manifest.budget = decoder.budget(&field);
    }
    if let Some(field) = fields.get("share") {
        manifest.share = decoder.share(&field);
    }
    Some(draft)
}

impl Decoder<'_, '_> {
    /// Reads a mapping of names; what has a problem is noted in `unclear`.
    fn section<T>(
        &mut self,
        field: Option<Field>,
        unclear: &mut Unclear,
        list: &mut Vec<T>,
        decode: fn(&mut Self, &Entry) -> Option<T>,
    ) {
        let Some(field) = field else { return };
        let Some(entries) = self.entries(&field, "a mapping of names", "services: { db: postgres }") else {
            unclear.everything = true;
            return;
        };
        for entry in entries {
            let before = self.findings.total();
            list.extend(decode(self, entry));
            if self.findings.total() > before {
                unclear.names.insert(entry.key.value.clone());
                unclear.names.insert(crate::names::Name::from_any(&entry.key.value).as_str().to_owned());
            }
        }
    }
}
