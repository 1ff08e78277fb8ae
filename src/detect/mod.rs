//! What a repo is made of, read from what it says already: apps, the services that they need, how they are set up and started.
//!
//! One pass over a [`Repo`](crate::repo::Repo), each fact with its evidence. Nothing is run, and no rule knows a repo by its
//! name: rules are about files, frameworks and their usual ways.

pub mod apps;
mod combine;
pub mod compose;
mod cycles;
pub mod devcontainer;
mod hosts;
mod inputs;
pub mod join;
mod locks;
mod manifests;
mod other_start;
mod references;
mod seeds;
pub mod services;
mod tables;
pub mod wiring;

use std::collections::BTreeMap;
use std::fmt;

pub use crate::manifest::Engine;
use crate::repo::{Flaw, Repo};

/// Everything that was understood, and what could not be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    pub layout: Layout,
    pub apps: Vec<App>,
    pub services: Vec<Service>,
    pub secrets: Vec<Secret>,
    pub tasks: Vec<Task>,
    /// What only a person can decide.
    pub unresolved: Vec<Unresolved>,
    /// What a person should know: conflicts and how they were decided, what has no equivalent, files that can't be read.
    pub notes: Vec<Note>,
    /// What a file names and nobody followed, such as a file behind an address; each is a note as well.
    pub unfollowed: Vec<Note>,
    /// Files that could not be read or understood; each is a note as well.
    pub flaws: Vec<Flaw>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// One project.
    #[default]
    Single,
    /// Several, which one tool knows as a workspace.
    Monorepo,
    /// Several that only share the repo.
    Several,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Relative to the repo's root.
    pub path: String,
    /// From 1; `None` = the file itself is the evidence.
    pub line: Option<usize>,
}

impl Evidence {
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), line: None }
    }

    pub fn at(path: impl Into<String>, line: impl Into<Option<usize>>) -> Self {
        Self { path: path.into(), line: line.into() }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}", self.path),
            None => out.write_str(&self.path),
        }
    }
}

/// Something understood, and from what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    pub value: T,
    /// The most telling first; empty only where nothing in the repo says it, as with the usual port of a framework.
    pub evidence: Vec<Evidence>,
}

impl<T> Fact<T> {
    pub fn new(value: impl Into<T>, evidence: Evidence) -> Self {
        Self { value: value.into(), evidence: vec![evidence] }
    }
}

/// Something in the repo that is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// As in the manifest: small letters, digits and `-`.
    pub name: String,
    /// Its folder, relative to the root; empty = the root.
    pub path: String,
    /// `typescript`, `python`, `csharp`: what most of it is written in.
    pub language: Fact<String>,
    /// What it runs in.
    pub toolchain: Toolchain,
    /// As the repo pins it: `22.2.0`, `>=3.11`, `lts/iron`.
    pub version: Option<Fact<String>>,
    pub package_manager: Option<Fact<PackageManager>>,
    /// `nextjs`, `django`: the most telling first.
    pub frameworks: Vec<Fact<String>>,
    /// In their order.
    pub setup: Vec<Fact<Step>>,
    /// The command of development, as typed in its folder. `None` = nothing that goes on running, or it could not be told.
    pub run: Option<Fact<String>>,
    /// Where it listens when it is started by `run`.
    pub port: Option<Fact<u16>>,
    /// Where people expect it on this computer, where that is said.
    pub published: Option<Fact<u16>>,
    pub env: Vec<Fact<Variable>>,
    /// What the Dockerfile sets that a compose file builds it by, or that lies beside it.
    pub built: Vec<Fact<Variable>>,
    /// Paths inside, and what of the repo lies there for reading; empty where it sees the repo anyway.
    pub files: Vec<(String, String)>,
    /// Keys of others that it can use, which only a person can get; it starts without them.
    pub keys: Vec<Secret>,
    /// Variables that it doesn't start without and that nothing sets.
    pub lacking: Vec<Fact<String>>,
    /// Names of services and apps that no variable refers to.
    pub needs: Vec<String>,
    /// A path that answers when it is ready.
    pub ready: Option<Fact<String>>,
    /// It ends with success, and what needs it waits for that.
    pub once: bool,
    /// It starts only when it is named.
    pub optional: bool,
    /// Globs relative to its folder: a change of what they name makes it anew while somebody watches.
    pub restart_on: Vec<String>,
    /// What only the engine has words for.
    pub engine: Engine,
}

impl App {
    /// The port of this computer where people look for it.
    pub fn expected_at(&self) -> Option<u16> {
        let port = self.port.as_ref()?;
        Some(self.published.as_ref().unwrap_or(port).value)
    }

    /// Whether all is known that starts it: something that runs in a toolchain is started by a command.
    pub fn is_complete(&self) -> bool {
        self.run.is_some() || matches!(self.toolchain, Toolchain::Build { .. })
    }
}

/// What an app runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// One of our catalog, the version to write, and what it has to have beside: `php`, `8.4`, `intl`.
    Catalog { id: String, version: Option<String>, with: Vec<String> },
    /// A published image of tools, which the catalog does not have at all or not in this version; what it has to have beside, and
    /// packages of the system.
    Tools { image: String, with: Vec<String>, packages: Vec<String> },
    /// A Dockerfile, relative to the app's folder.
    Build { file: String, target: Option<String>, args: Vec<(String, String)> },
    /// A program as published.
    Image(String),
}

impl Toolchain {
    /// One of the catalog, as published.
    pub fn of_catalog(id: impl Into<String>, version: Option<String>) -> Self {
        Self::Catalog { id: id.into(), version, with: Vec::new() }
    }

    /// Tools that the catalog does not have, as published.
    pub fn tools(image: impl Into<String>) -> Self {
        Self::Tools { image: image.into(), with: Vec::new(), packages: Vec::new() }
    }

    /// Adds what its publisher leaves out.
    pub fn add(&mut self, word: &str) {
        if let Self::Catalog { with, .. } | Self::Tools { with, .. } = self
            && !with.iter().any(|known| known == word)
        {
            with.push(word.to_owned());
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageManager {
    /// `npm`, `uv`, `bundler`, `maven`.
    pub name: String,
    /// As pinned.
    pub version: Option<String>,
}

/// A command that has to have succeeded before the app starts, and again when its inputs change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub run: String,
    /// Globs relative to the app's folder; empty = they are known for the command.
    pub inputs: Vec<String>,
}

/// A variable of an app or service; the value may refer to others: `${db.url}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub key: String,
    pub value: String,
}

/// Something that apps need and nobody here writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// As in the manifest; the one by which the repo's own configuration knows it, where it does.
    pub name: String,
    pub source: ServiceSource,
    /// As the repo pins it.
    pub version: Option<Fact<String>>,
    /// From what it is known that it is needed; the most telling first.
    pub evidence: Vec<Evidence>,
    pub env: Vec<Fact<Variable>>,
    /// The folder inside whose content is kept, where the catalog does not know it.
    pub data: Option<String>,
    /// Inside; where the catalog does not know it.
    pub port: Option<u16>,
    /// Where people expect it on this computer, where that is another one.
    pub published: Option<u16>,
    /// Replaces its own command.
    pub run: Option<String>,
    /// Inside, absolute; and in the repo.
    pub files: Vec<(String, String)>,
    /// What a new database begins with.
    pub seed: Option<Seed>,
    /// Names of what has to be ready first.
    pub needs: Vec<String>,
    /// Where the catalog does not know it.
    pub ready: Option<Fact<Ready>>,
    pub optional: bool,
    /// What only the engine has words for.
    pub engine: Engine,
}

/// Files of statements, relative to the root, in the order in which they are loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    pub files: Vec<String>,
    /// Where the repo says that they are loaded; `None` = only their names speak for it.
    pub said: Option<Evidence>,
}

/// How to tell that a service is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// This path answers on its port.
    Http(String),
    /// This command, run inside, ends with success.
    Command(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceSource {
    /// The id of an entry of the catalog.
    Catalog(String),
    Image(String),
}

/// A value that has to come from the person or be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// As a variable is named.
    pub name: String,
    /// What it is for, in words of the repo where it has some.
    pub description: String,
    /// How a random one is made: `hex32`. `None` = only a person has it.
    pub generate: Option<String>,
    pub evidence: Vec<Evidence>,
}

/// A command worth a name: the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub name: String,
    /// The app's name.
    pub app: String,
    pub run: Fact<String>,
}

/// What could not be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The app or service that it is about.
    pub about: String,
    /// `run`, `port`, `version`: as in the manifest.
    pub field: String,
    /// As a person would ask it.
    pub question: String,
    /// The best guess first.
    pub choices: Vec<String>,
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub text: String,
    pub evidence: Vec<Evidence>,
}

/// Understands a repo.
pub fn detect(repo: &Repo) -> Findings {
    let devcontainers = devcontainer::read(repo);
    let choices: Vec<compose::Choice> = devcontainers.iter().filter_map(|it| it.compose.clone()).collect();
    let compose::Understood { findings: imported, sources, ready_made } = compose::findings(repo, &choices);
    let native = apps::apps(repo);
    let mut findings = Findings { layout: native.layout, tasks: native.tasks, ..imported };
    findings.unresolved.extend(native.unresolved);
    findings.notes.extend(native.notes);
    let imported = std::mem::replace(&mut findings.apps, native.apps);
    let in_files = references::ports_of(&imported);
    combine::apps(&mut findings, imported, &sources, &ready_made);
    combine::own_services(&mut findings);
    devcontainer::fill_in(&mut findings, &devcontainers);
    with_services(repo, &mut findings, &in_files);
    locks::leave_out(repo, &mut findings.apps, &mut findings.notes);
    other_start::tell(repo, &mut findings);
    seeds::tell(repo, &mut findings);
    findings.flaws = repo.flaws();
    findings.notes.extend(findings.flaws.iter().map(|flaw| Note {
        text: format!("{} was left out: {}", flaw.path, flaw.why),
        evidence: vec![Evidence::at(flaw.path.clone(), flaw.line)],
    }));
    findings
}

/// Adds the services that only the rest of the repo knows, and tells the apps where all of them are.
fn with_services(repo: &Repo, findings: &mut Findings, in_files: &BTreeMap<String, u16>) {
    let needed = services::services(repo, &findings.apps);
    let uses = needed.uses.clone();
    let joined = join::services(repo, std::mem::take(&mut findings.services), needed, &findings.apps);
    findings.services = joined.services;
    findings.notes.extend(joined.notes);
    combine::name_apart(findings);
    combine::port_apart(findings);
    references::refer(findings, in_files);
    let wired = wiring::wire(repo, &mut findings.apps, &findings.services, &uses);
    for secret in wired.secrets {
        if !findings.secrets.iter().any(|own| own.name == secret.name) {
            findings.secrets.push(secret);
        }
    }
    findings.notes.extend(wired.notes);
    cycles::open(findings);
}
