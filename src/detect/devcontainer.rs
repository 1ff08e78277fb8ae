//! `devcontainer.json`: what an editor's place to work in says about toolchains, first steps, ports and variables.
//!
//! Its place to work in is not needed here; what it knows fills in where the repo says nothing else.

mod toolchains;

use serde_json::Value;

use super::compose::Choice;
use super::{App, Evidence, Fact, Findings, Note, Step, Toolchain, Variable};
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, folder_of, join, line_of, name_of};
use crate::words::shell_word;
use toolchains::Known;

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devcontainer {
    pub path: String,
    /// The folder of the repo that it is for.
    pub folder: String,
    pub compose: Option<Choice>,
    /// Ids of the catalog with their versions.
    pub toolchains: Vec<Fact<Known>>,
    /// In their order.
    pub setup: Vec<Fact<Step>>,
    pub ports: Vec<Fact<u16>>,
    pub env: Vec<Fact<Variable>>,
    pub notes: Vec<Note>,
}

/// All of a repo, the one at its root first.
pub fn read(repo: &Repo) -> Vec<Devcontainer> {
    let mut paths: Vec<&str> = repo.named("devcontainer.json").chain(repo.named(".devcontainer.json")).collect();
    paths.retain(|path| belongs(path));
    paths.sort_by_key(|path| (path.matches('/').count(), *path));
    paths.into_iter().filter_map(|path| one(repo, path)).collect()
}

/// What a repo without any program of its own starts, once its place to work in is there.
pub fn program(repo: &Repo) -> Option<Fact<String>> {
    let paths = repo.named("devcontainer.json").chain(repo.named(".devcontainer.json")).filter(|path| belongs(path));
    let mut paths: Vec<&str> = paths.filter(|path| folder_for(path).is_empty()).collect();
    paths.sort_unstable();
    paths.into_iter().find_map(|path| {
        let (file, text) = (repo.json(path)?, repo.text(path)?);
        Reader { repo, path, file: &file, text: &text }.program()
    })
}

/// Whether editors would look there.
fn belongs(path: &str) -> bool {
    let folder = folder_of(path);
    let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let aside = ["node_modules", "vendor", "examples", "example", "test", "tests", "fixtures", "templates", "testdata"];
    if parts.iter().any(|part| aside.contains(part)) {
        return false;
    }
    let at = parts.iter().position(|part| *part == ".devcontainer");
    match name_of(path) {
        ".devcontainer.json" => at.is_none(),
        _ => at.is_some_and(|at| parts.len() - at <= 2),
    }
}

/// Fills in what is known of no app otherwise.
pub fn fill_in(findings: &mut Findings, devcontainers: &[Devcontainer]) {
    for devcontainer in devcontainers {
        let near = findings.apps.iter_mut().filter(|app| app.path == devcontainer.folder && !app.once);
        // Workers beside the only app that listens run in what that runs in.
        let (mut near, mut workers): (Vec<&mut App>, Vec<&mut App>) = near.partition(|app| app.port.is_some());
        if near.is_empty() {
            std::mem::swap(&mut near, &mut workers);
        }
        if let [app] = &mut near[..] {
            complete(app, devcontainer);
            workers.iter_mut().for_each(|worker| pin(worker, devcontainer));
        }
        findings.notes.extend(devcontainer.notes.iter().cloned());
    }
}

/// The version that it is worked on with, where nothing else says one.
fn pin(app: &mut App, devcontainer: &Devcontainer) {
    if let Toolchain::Catalog { id, version: version @ None, .. } = &mut app.toolchain {
        let known = devcontainer.toolchains.iter().find(|known| known.value.id == *id);
        if let Some((known, written)) = known.and_then(|known| Some((known, known.value.version.clone()?))) {
            *version = Some(written.clone());
            app.version.get_or_insert(Fact { value: written, evidence: known.evidence.clone() });
        }
    }
}

fn complete(app: &mut App, devcontainer: &Devcontainer) {
    pin(app, devcontainer);
    if app.setup.is_empty() {
        app.setup.clone_from(&devcontainer.setup);
    }
    if let (None, [port]) = (&app.port, &devcontainer.ports[..]) {
        app.port = Some(port.clone());
    }
    for variable in &devcontainer.env {
        if app.env.iter().all(|known| known.value.key != variable.value.key) {
            app.env.push(variable.clone());
        }
    }
}

fn one(repo: &Repo, path: &str) -> Option<Devcontainer> {
    let file = repo.json(path)?;
    let text = repo.text(path)?;
    let reader = Reader { repo, path, file: &file, text: &text };
    let (setup, mut notes) = reader.setup();
    let (toolchains, more) = reader.toolchains();
    notes.extend(more);
    notes.extend(reader.losses());
    Some(Devcontainer {
        folder: folder_for(path).to_owned(),
        compose: reader.compose(),
        toolchains,
        setup,
        ports: reader.ports(),
        env: reader.env(),
        notes,
        path: path.to_owned(),
    })
}

/// What the folder `.devcontainer` lies in.
fn folder_for(path: &str) -> &str {
    match path.find(".devcontainer") {
        Some(at) => path[..at].trim_end_matches('/'),
        None => folder_of(path),
    }
}

struct Reader<'a> {
    repo: &'a Repo,
    path: &'a str,
    file: &'a Value,
    text: &'a str,
}

/// Commands that run once, in the order in which they do.
const COMMANDS: &[&str] = &["onCreateCommand", "updateContentCommand", "postCreateCommand"];

/// Commands of every start.
const STARTS: &[&str] = &["postStartCommand", "postAttachCommand"];

/// Words of commands that go on running.
const SERVERS: &[&str] = &[
    "serve",
    "server",
    "runserver",
    "start",
    "dev",
    "http.server",
    "uvicorn",
    "gunicorn",
    "flask",
    "streamlit",
    "rackup",
    "puma",
    "bootRun",
];

/// Whether a command is likely to go on running; what only sets something up ends.
fn goes_on(command: &str) -> bool {
    let mut words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    let is_server = |word: &str| word.split(':').any(|part| SERVERS.contains(&part)) || word == "-S";
    let ends = ["git ", "echo ", "sudo ", "service ", "docker ", "chmod ", "install"];
    !ends.iter().any(|sign| command.contains(sign)) && !command.contains("${") && words.any(is_server)
}

/// Keys that ask for what is never given or has no meaning here.
const LOSSES: &[(&str, &str)] = &[
    ("initializeCommand", "`initializeCommand` would run on this computer itself and is left out"),
    ("postStartCommand", "`postStartCommand` runs at every start, for which there is no step: left out"),
    ("postAttachCommand", "`postAttachCommand` is an editor's and is left out"),
    ("privileged", "`privileged` is left out: nothing runs here with more rights than it needs"),
    ("capAdd", "`capAdd` has no equivalent and is left out"),
    ("securityOpt", "`securityOpt` has no equivalent and is left out"),
    ("runArgs", "`runArgs` are options of the engine and are left out"),
    ("mounts", "`mounts` are left out: folders of packages are kept without a word"),
];

impl Reader<'_> {
    fn at(&self, needle: &str) -> Evidence {
        Evidence::at(self.path, line_of(self.text, &format!("\"{needle}\"")).or_else(|| line_of(self.text, needle)))
    }

    fn compose(&self) -> Option<Choice> {
        let files = texts(self.file.get("dockerComposeFile")?);
        let files: Vec<String> = files.iter().filter_map(|file| join(folder_of(self.path), file)).collect();
        let folder = folder_of(files.first()?).to_owned();
        files.iter().all(|file| self.repo.has(file)).then_some(Choice { files, folder, rank: 45 })
    }

    /// A command of every start that goes on as a server does.
    fn program(&self) -> Option<Fact<String>> {
        STARTS.iter().find_map(|key| {
            let found = commands(self.file.get(*key)).into_iter().find(|command| goes_on(command))?;
            let command = found.trim().trim_end_matches('&').trim().trim_start_matches("nohup ").to_owned();
            Some(Fact::new(command, self.at(key)))
        })
    }

    fn toolchains(&self) -> (Vec<Fact<Known>>, Vec<Note>) {
        let mut known = Vec::new();
        let mut notes = Vec::new();
        if let Some(image) = self.file.get("image").and_then(Value::as_str) {
            known.extend(toolchains::of_image(image).map(|it| Fact::new(it, self.at("image"))));
        }
        known.extend(self.of_dockerfile());
        for (feature, options) in self.file.get("features").and_then(Value::as_object).into_iter().flatten() {
            let version = options.as_str().or_else(|| options.get("version")?.as_str());
            match toolchains::of_feature(feature, version) {
                Some(it) => known.push(Fact::new(it, self.at(feature))),
                None if toolchains::is_for_editors(feature) => {}
                None => notes.push(Note {
                    text: format!("the feature {feature} has no equivalent and is left out"),
                    evidence: vec![self.at(feature)],
                }),
            }
        }
        (known, notes)
    }

    fn of_dockerfile(&self) -> Option<Fact<Known>> {
        let build = self.file.get("build");
        let named = build.and_then(|build| build.get("dockerfile")).or_else(|| self.file.get("dockerFile"));
        let path = join(folder_of(self.path), named?.as_str()?)?;
        let text = self.repo.text(&path)?;
        let variant = build.and_then(|build| build.get("args")?.get("VARIANT")?.as_str());
        let file = Dockerfile::read(&text);
        let given = |key: &str| (key == "VARIANT").then(|| variant.unwrap_or("latest").to_owned());
        let (stage, image) = file.stages(given).next()?;
        Some(Fact::new(toolchains::of_image(&image?)?, Evidence::at(path, stage.line)))
    }

    fn setup(&self) -> (Vec<Fact<Step>>, Vec<Note>) {
        let (mut steps, mut notes) = (Vec::new(), Vec::new());
        for key in COMMANDS {
            for command in commands(self.file.get(*key)) {
                let evidence = self.at(key);
                if command.contains("${templateOption:") || command.trim().is_empty() {
                    continue;
                }
                if is_of_the_system(&command) {
                    let text = format!(
                        "`{command}` changes the system around the toolchain, which is for a Dockerfile: left out"
                    );
                    notes.push(Note { text, evidence: vec![evidence] });
                } else {
                    steps.push(Fact::new(Step { run: command, inputs: Vec::new() }, evidence));
                }
            }
        }
        (steps, notes)
    }

    fn ports(&self) -> Vec<Fact<u16>> {
        let forwarded = self.file.get("forwardPorts").and_then(Value::as_array).into_iter().flatten();
        let own = forwarded.filter_map(|port| match port {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
            // `db:5432` is another service's.
            Value::String(text) => text.parse().ok(),
            _ => None,
        });
        let mut ports: Vec<u16> = own.filter(|port| *port > 0).collect();
        if ports.is_empty() {
            let named = self.file.get("portsAttributes").and_then(Value::as_object).into_iter().flatten();
            ports = named.filter_map(|(port, _)| port.parse().ok()).filter(|port| *port > 0).collect();
        }
        // Those of databases are forwarded for a person to look into them.
        ports.retain(|port| ![5432, 3306, 6379, 27017, 1433, 5672, 9200, 11211].contains(port));
        ports.into_iter().map(|port| Fact::new(port, self.at(&port.to_string()))).collect()
    }

    fn env(&self) -> Vec<Fact<Variable>> {
        let mut all: Vec<Fact<Variable>> = Vec::new();
        for key in ["containerEnv", "remoteEnv"] {
            for (name, value) in self.file.get(key).and_then(Value::as_object).into_iter().flatten() {
                let Some(value) = value.as_str().and_then(filled) else { continue };
                let variable = Variable { key: name.clone(), value };
                all.retain(|known| known.value.key != *name);
                all.push(Fact::new(variable, self.at(name)));
            }
        }
        // Paths of the place to work in mean nothing here.
        all.retain(|variable| variable.value.key != "PATH");
        all
    }

    fn losses(&self) -> Vec<Note> {
        let is_said = |key: &str| {
            self.file.get(key).is_some_and(|value| {
                !value.is_null() && *value != Value::Bool(false) && *value != Value::Array(Vec::new())
            })
        };
        // What starts a server is what its app is started with.
        let is_start = |key: &str| STARTS.contains(&key) && commands(self.file.get(key)).iter().any(|it| goes_on(it));
        let said = LOSSES.iter().filter(|(key, _)| is_said(key) && !is_start(key));
        said.map(|(key, text)| Note { text: (*text).to_owned(), evidence: vec![self.at(key)] }).collect()
    }
}

/// One text or several.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// A line for a shell, words, or several of either by their names.
fn commands(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(line)) => vec![line.clone()],
        Some(Value::Array(_)) => {
            let words = texts(value.unwrap_or(&Value::Null));
            vec![words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")]
        }
        Some(Value::Object(several)) => several.values().flat_map(|command| commands(Some(command))).take(20).collect(),
        _ => Vec::new(),
    }
}

/// Packages of the system, and what needs its administrator.
fn is_of_the_system(command: &str) -> bool {
    ["sudo ", "apt-get ", "apt ", "apk add", "chown ", "/usr/local", ".devcontainer/"]
        .iter()
        .any(|sign| command.contains(sign))
}

/// A value without what only an editor knows; `None` = nothing is left of it.
fn filled(value: &str) -> Option<String> {
    let (mut filled, mut rest) = (String::new(), value);
    while let Some((before, behind)) = rest.split_once("${") {
        let (inside, after) = behind.split_once('}')?;
        let default = inside.strip_prefix("localEnv:")?.split_once(':')?.1;
        if default.contains("${") {
            return None;
        }
        filled.push_str(before);
        filled.push_str(default);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests;
