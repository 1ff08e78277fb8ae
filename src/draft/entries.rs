//! One entry of the manifest from what was found.

use std::collections::BTreeSet;

use super::flow;
use super::written::{Entry, Item, Node};
use crate::detect::{
    App, Engine, Evidence, Fact, Findings, Ready, Secret, Seed, Service, ServiceSource, Step, Task, Toolchain, Variable,
};
use crate::manifest::{EngineValue, Manifest};
use crate::names::Port;

/// The names that a reference may mean.
pub struct Known<'a> {
    units: BTreeSet<&'a str>,
    apps: BTreeSet<&'a str>,
    secrets: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    /// What was found, and what the manifest has already.
    pub fn of(findings: &'a Findings, manifest: &'a Manifest) -> Self {
        let found = findings.apps.iter().filter(|app| app.is_complete()).map(|app| app.name.as_str());
        let apps: BTreeSet<&str> = found.chain(manifest.apps.iter().map(|app| app.name.value.as_str())).collect();
        let services = findings.services.iter().map(|service| service.name.as_str());
        let services = services.chain(manifest.services.iter().map(|service| service.name.value.as_str()));
        let secrets = findings.secrets.iter().map(|secret| secret.name.as_str());
        let secrets = secrets.chain(manifest.secrets.iter().map(|secret| secret.name.value.as_str())).collect();
        Self { units: services.chain(apps.iter().copied()).collect(), apps, secrets }
    }

    /// Whether an app of this name is written, and not only as a comment.
    pub fn is_app(&self, name: &str) -> bool {
        self.apps.contains(name)
    }

    /// Those of some names that are written, and not only as a comment.
    fn those(&self, names: &[String]) -> Vec<String> {
        names.iter().filter(|name| self.units.contains(name.trim_end_matches('?'))).cloned().collect()
    }

    /// A value in which only what refers to something known is a reference.
    fn value(&self, text: &str) -> String {
        self.escaped(text, |_| true)
    }

    /// A command in which only what refers to something known is a reference; a shell's own variables stay as they are.
    fn command(&self, text: &str) -> String {
        self.escaped(text, |inside| inside.contains('.'))
    }

    /// Puts a `$` before what would be taken for a reference and is none.
    fn escaped(&self, text: &str, would_be: impl Fn(&str) -> bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let is_escaped = before.ends_with('$');
            let inside = from[2..].split_once('}').map_or(&from[2..], |(inside, _)| inside);
            if !is_escaped && would_be(inside) && !self.refers(from) {
                out.push('$');
            }
            out.push_str("${");
            rest = &from[2..];
        }
        out + rest
    }

    /// Whether a text that begins with `${` begins with a reference.
    fn refers(&self, text: &str) -> bool {
        let Some((inside, _)) = text[2..].split_once('}') else { return false };
        match inside.split_once('.') {
            Some(("secret", name)) => self.secrets.contains(name),
            Some((name, attribute)) => {
                self.units.contains(name) && attribute.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
            }
            None => false,
        }
    }
}

pub fn service(service: &Service, known: &Known) -> Entry {
    let version = service.version.as_ref();
    let evidence = version.and_then(|fact| fact.evidence.first()).or_else(|| service.evidence.first());
    let remark = evidence.map(ToString::to_string);
    let written = match &service.source {
        ServiceSource::Catalog(id) => version.map_or_else(|| id.clone(), |version| format!("{id}@{}", version.value)),
        ServiceSource::Image(image) => image.clone(),
    };
    let mut entries = Vec::new();
    entries.extend(ports(service.port, service.published));
    entries.extend(service.data.as_ref().map(|data| Entry::text("data", data)));
    entries.extend(service.run.as_ref().map(|run| Entry::text("run", known.command(run))));
    entries.extend(variables(&service.env, known));
    entries.extend(files(&service.files));
    entries.extend(service.seed.as_ref().map(seed));
    let needs: Vec<String> = known.those(&service.needs);
    if !needs.is_empty() {
        entries.push(Entry::new("needs", flow(needs)));
    }
    entries.extend(service.ready.as_ref().map(|it| ready(&it.value).remark(place(&it.evidence))));
    if service.optional {
        entries.push(Entry::is_so("optional"));
    }
    entries.extend(engine(&service.engine));
    match &service.source {
        ServiceSource::Catalog(_) if entries.is_empty() => Entry::text(&service.name, written).remark(remark),
        source => {
            let key = if matches!(source, ServiceSource::Catalog(_)) { "use" } else { "image" };
            entries.insert(0, Entry::text(key, written).remark(remark));
            Entry::new(&service.name, Node::Map(entries))
        }
    }
}

/// What only its name speaks for is a comment, which is whole without its sign.
fn seed(seed: &Seed) -> Entry {
    let entry = match seed.files.as_slice() {
        [file] => Entry::text("seed", file),
        files => Entry::new("seed", flow(files.iter().cloned())),
    };
    match &seed.said {
        Some(said) => entry.remark(said.to_string()),
        None => entry.commented_out(),
    }
}

/// What of the repo is handed in, by the path inside.
fn files(files: &[(String, String)]) -> Option<Entry> {
    let each = files.iter().map(|(target, source)| Entry::text(target, if source.is_empty() { "." } else { source }));
    (!files.is_empty()).then(|| Entry::new("files", Node::Map(each.collect())))
}

pub fn app(app: &App, known: &Known) -> Entry {
    let mut entries = Vec::new();
    if !app.path.is_empty() {
        entries.push(Entry::text("path", &app.path));
    }
    entries.push(toolchain(app));
    if !app.setup.is_empty() {
        let steps = app.setup.iter().map(|step| Item { node: step_node(&step.value, known), remark: None });
        entries.push(Entry::new("setup", Node::List(steps.collect())));
    }
    entries
        .extend(app.run.as_ref().map(|run| Entry::text("run", known.command(&run.value)).remark(place(&run.evidence))));
    let published = app.published.as_ref();
    let usual = |port: &Fact<u16>| place(&port.evidence).unwrap_or_else(|| "the usual one".to_owned());
    let at = published.or(app.port.as_ref()).map(usual);
    let port = app.port.as_ref().map(|port| port.value);
    entries.extend(ports(port, published.map(|port| port.value)).map(|entry| entry.remark(at)));
    entries.extend(variables(&app.env, known).into_iter().chain(keys_of_others(app)).reduce(together));
    entries.extend(files(&app.files));
    let needs = known.those(&app.needs);
    if !needs.is_empty() {
        entries.push(Entry::new("needs", flow(needs)));
    }
    entries.extend(app.ready.as_ref().map(|ready| Entry::text("ready", &ready.value).remark(place(&ready.evidence))));
    for (key, is_so) in [("once", app.once), ("optional", app.optional)] {
        if is_so {
            entries.push(Entry::is_so(key));
        }
    }
    if !app.restart_on.is_empty() {
        entries.push(Entry::new("restart_on", flow(app.restart_on.iter().cloned())));
    }
    entries.extend(engine(&app.engine));
    let entry = Entry::new(&app.name, Node::Map(entries));
    if app.is_complete() {
        return entry;
    }
    let why = "how this is started could not be told: add `run:` and remove the signs in front";
    entry.commented_out().above([why.to_owned()])
}

fn toolchain(app: &App) -> Entry {
    let pinned = app.version.as_ref().and_then(|version| place(&version.evidence));
    match &app.toolchain {
        Toolchain::Catalog { id, version, with } => {
            let text = version.as_ref().map_or_else(|| id.clone(), |version| format!("{id}@{version}"));
            if with.is_empty() {
                return Entry::text("runtime", text).remark(pinned);
            }
            let with = Entry::new("with", flow(with.iter().cloned()));
            Entry::new("runtime", Node::Map(vec![Entry::text("use", text).remark(pinned), with]))
        }
        Toolchain::Tools { image, with, packages } => {
            let mut entries = vec![Entry::text("image", image).remark(pinned)];
            if !with.is_empty() {
                entries.push(Entry::new("with", flow(with.iter().cloned())));
            }
            if !packages.is_empty() {
                entries.push(Entry::new("packages", flow(packages.iter().cloned())));
            }
            Entry::new("runtime", Node::Map(entries))
        }
        Toolchain::Build { file, target, args } => build(file, target.as_deref(), args),
        Toolchain::Image(image) => Entry::text("image", image).remark(pinned),
    }
}

/// Where something listens, and where people expect it on this computer where that is another number.
fn ports(inside: Option<u16>, outside: Option<u16>) -> Option<Entry> {
    let usual = inside.and_then(Port::new).map(|port| port.usable_by_all().number());
    let said = [
        ("inside", inside),
        ("outside", outside.filter(|outside| inside != Some(*outside) && usual != Some(*outside))),
    ];
    let entries = || said.iter().filter_map(|(key, port)| Some(Entry::text(*key, (*port)?.to_string())));
    match said {
        [_, (_, None)] => inside.map(|port| Entry::text("port", port.to_string())),
        _ => Some(Entry::new("port", Node::Pairs(entries().collect()))),
    }
}

/// What only the engine has words for.
fn engine(engine: &Engine) -> Option<Entry> {
    let written = engine.written();
    if written.is_empty() {
        return None;
    }
    let node = |value| match value {
        EngineValue::Word(word) => Node::Scalar(word),
        EngineValue::Words(words) => flow(words),
        EngineValue::Pairs(pairs) => Node::Map(pairs.iter().map(|(key, value)| Entry::text(key, value)).collect()),
    };
    let entries = written.into_iter().map(|(key, value)| Entry::new(key, node(value))).collect();
    Some(Entry::new("engine", Node::Map(entries)))
}

fn ready(ready: &Ready) -> Entry {
    match ready {
        Ready::Http(path) => Entry::text("ready", path),
        Ready::Command(command) => Entry::new("ready", Node::Map(vec![Entry::text("run", command)])),
    }
}

fn build(file: &str, target: Option<&str>, args: &[(String, String)]) -> Entry {
    if target.is_none() && args.is_empty() {
        return Entry::text("build", file);
    }
    let mut entries = vec![Entry::text("file", file)];
    entries.extend(target.map(|target| Entry::text("target", target)));
    if !args.is_empty() {
        let args = args.iter().map(|(key, value)| Entry::text(key, value)).collect();
        entries.push(Entry::new("args", Node::Map(args)));
    }
    Entry::new("build", Node::Map(entries))
}

fn step_node(step: &Step, known: &Known) -> Node {
    let run = known.command(&step.run);
    if step.inputs.is_empty() {
        return Node::Scalar(run);
    }
    Node::Map(vec![Entry::text("run", run), Entry::new("inputs", flow(step.inputs.iter().cloned()))])
}

fn variables(variables: &[Fact<Variable>], known: &Known) -> Option<Entry> {
    if variables.is_empty() {
        return None;
    }
    let entries = variables.iter().map(|it| variable(it, known));
    Some(Entry::new("env", Node::Map(entries.collect())))
}

pub fn variable(variable: &Fact<Variable>, known: &Known) -> Entry {
    Entry::text(&variable.value.key, known.value(&variable.value.value))
}

/// Variables that only a person can fill in, as comments.
fn keys_of_others(app: &App) -> Option<Entry> {
    let entries = app.keys.iter().map(|key| Entry::text(&key.name, format!("${{secret.{}}}", key.name)));
    let entries: Vec<Entry> = entries.collect();
    (!entries.is_empty()).then(|| Entry::new("env", Node::Map(entries)).commented_out())
}

/// Two mappings of one key; what was a comment as a whole is one line by line.
fn together(first: Entry, second: Entry) -> Entry {
    let (Node::Map(mut all), Node::Map(more)) = (first.node.clone(), second.node) else { return first };
    all.extend(more.into_iter().map(|entry| if second.is_comment { entry.commented_out() } else { entry }));
    Entry { node: Node::Map(all), ..first }
}

/// The secrets section: those that are wanted, then those that a person may add, as comments.
pub fn secrets(findings: &Findings) -> Vec<Entry> {
    let mut entries: Vec<Entry> = findings.secrets.iter().map(secret).collect();
    for key in findings.apps.iter().flat_map(|app| &app.keys) {
        if !entries.iter().any(|entry| entry.key == key.name) {
            entries.push(secret(key).commented_out());
        }
    }
    entries
}

pub fn task(task: &Task, known: &Known) -> Entry {
    let run = known.command(&task.run.value);
    // With one app there is nothing to choose.
    if known.apps.len() == 1 {
        return Entry::text(&task.name, run);
    }
    Entry::new(&task.name, Node::Map(vec![Entry::text("in", &task.app), Entry::text("run", run)]))
}

fn secret(secret: &Secret) -> Entry {
    let Some(generate) = &secret.generate else { return Entry::text(&secret.name, &secret.description) };
    let mut entries = vec![Entry::text("generate", generate)];
    if !secret.description.is_empty() {
        entries.insert(0, Entry::text("description", &secret.description));
    }
    Entry::new(&secret.name, Node::Map(entries))
}

fn place(evidence: &[Evidence]) -> Option<String> {
    evidence.first().map(ToString::to_string)
}
