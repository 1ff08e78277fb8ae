//! What is written in a repo and can be run: one file a family of languages, which answers with what it found in which folder;
//! here is decided which of that are apps, and how they are called.

mod beam;
mod cargo;
mod deno;
mod dotnet;
mod go;
mod jvm;
mod layout;
mod listeners;
mod naming;
mod node;
mod others;
mod php;
mod pins;
mod places;
mod ports;
mod processes;
mod procfile;
mod python;
mod ruby;
mod scan;
mod selection;
mod settings;
mod sites;
mod surroundings;
#[cfg(test)]
mod tests;
mod versions;

use crate::detect::{App, Evidence, Fact, Layout, Note, PackageManager, Step, Task, Toolchain, Unresolved, Variable};
use crate::repo::Repo;

/// The apps of a repo, the main one first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Apps {
    pub layout: Layout,
    pub apps: Vec<App>,
    pub tasks: Vec<Task>,
    pub unresolved: Vec<Unresolved>,
    pub notes: Vec<Note>,
}

/// What a project is to the repo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Role {
    /// Answers requests.
    Server,
    /// Is shown in a browser, by a development server of its own.
    Client,
    /// Works on what others give it.
    Worker,
    /// Runs and ends, or talks to a terminal.
    Program,
    /// Makes what another project of the same or an outer folder serves.
    Assets,
    /// Is used by others; nothing to run.
    #[default]
    Library,
}

/// One project that a family found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    app: App,
    role: Role,
    /// The command that runs its tests.
    test: Option<Fact<String>>,
    /// Other commands that could have been meant, where `app.run` is only a guess.
    choices: Vec<String>,
    notes: Vec<Note>,
}

/// A tool's own idea of projects that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Workspace {
    /// Of the app's toolchain.
    toolchain: &'static str,
    root: String,
    /// Folders of its members.
    members: Vec<String>,
}

impl Found {
    fn new(path: &str, role: Role, language: Fact<String>, toolchain: Toolchain) -> Self {
        let (name, version, package_manager, run, port, ready) = Default::default();
        let (published, frameworks, setup, env, built, keys, lacking, needs, once, optional) = Default::default();
        let path = path.to_owned();
        let app = App {
            name,
            path,
            language,
            toolchain,
            version,
            package_manager,
            frameworks,
            setup,
            run,
            port,
            published,
            env,
            built,
            keys,
            lacking,
            needs,
            ready,
            once,
            optional,
            files: Vec::new(),
            restart_on: Vec::new(),
            engine: super::Engine::default(),
        };
        Self { app, role, test: None, choices: Vec::new(), notes: Vec::new() }
    }

    /// With a toolchain of the catalog in the version that the repo asks for.
    fn of_catalog(path: &str, role: Role, language: Fact<String>, id: &str, version: Option<pins::Pin>) -> Self {
        let toolchain = versions::toolchain(id, version.as_ref().map(|pin| pin.value.as_str()));
        let mut found = Self::new(path, role, language, toolchain);
        found.app.version = version;
        found
    }

    fn managed_by(mut self, name: &str, version: Option<String>, evidence: Evidence) -> Self {
        let manager = PackageManager { name: name.to_owned(), version };
        self.app.package_manager = Some(Fact { value: manager, evidence: vec![evidence] });
        self
    }

    fn framework(mut self, name: &str, evidence: Evidence) -> Self {
        if !self.app.frameworks.iter().any(|fact| fact.value == name) {
            self.app.frameworks.push(Fact::new(name, evidence));
        }
        self
    }

    fn step(mut self, run: impl Into<String>, evidence: Evidence) -> Self {
        self.app.setup.push(Fact { value: Step { run: run.into(), inputs: Vec::new() }, evidence: vec![evidence] });
        self
    }

    fn run(mut self, run: impl Into<String>, evidence: Evidence) -> Self {
        self.app.run = Some(Fact::new(run, evidence));
        self
    }

    fn port(mut self, port: Option<Fact<u16>>) -> Self {
        self.app.port = port;
        self
    }

    fn env(mut self, key: &str, value: &str, evidence: Evidence) -> Self {
        let variable = Variable { key: key.to_owned(), value: value.to_owned() };
        self.app.env.push(Fact { value: variable, evidence: vec![evidence] });
        self
    }

    fn tested_by(mut self, run: impl Into<String>, evidence: Evidence) -> Self {
        self.test = Some(Fact::new(run, evidence));
        self
    }
}

/// What a family answers.
#[derive(Default)]
struct Family {
    found: Vec<Found>,
    workspaces: Vec<Workspace>,
}

/// Servers in front of what is only shown, so that the first app is the one that others belong to.
const FAMILIES: &[fn(&Repo) -> Family] = &[
    python::look,
    ruby::look,
    php::look,
    beam::look,
    jvm::look,
    dotnet::look,
    go::look,
    cargo::look,
    deno::look,
    node::look,
    others::look,
    sites::look,
];

/// Finds the apps of a repo.
pub fn apps(repo: &Repo) -> Apps {
    let mut whole = Family::default();
    for look in FAMILIES {
        let family = look(repo);
        whole.found.extend(family.found);
        whole.workspaces.extend(family.workspaces);
    }
    if whole.found.is_empty() {
        whole.found.extend(surroundings::look(repo));
    }
    whole.found.iter_mut().for_each(|found| listeners::look(repo, found));
    let others = whole.found.clone();
    let mut chosen = selection::select(repo, whole.found);
    for found in
        chosen.iter_mut().filter(|it| it.app.run.is_none() && !matches!(it.app.toolchain, Toolchain::Build { .. }))
    {
        let folder = &found.app.path;
        found.app.run = processes::started_by_name(repo, folder).or_else(|| processes::of_readme(repo, folder));
    }
    let layout = layout::layout(&chosen, &others, &whole.workspaces);
    naming::name(repo, &mut chosen);
    selection::join_builds(&mut chosen);
    answer(layout, chosen)
}

fn answer(layout: Layout, chosen: Vec<Found>) -> Apps {
    let mut all = Apps { layout, ..Apps::default() };
    let tested = chosen.iter().filter(|found| found.test.is_some()).count();
    for found in chosen {
        if let Some(run) = found.test {
            let name = if tested == 1 { "test".to_owned() } else { naming::joined(&found.app.name, "test") };
            all.tasks.push(Task { name, app: found.app.name.clone(), run });
        }
        all.unresolved.extend(open_questions(&found.app, found.role, found.choices));
        all.notes.extend(found.notes);
        all.apps.push(found.app);
    }
    all
}

/// What a person has to say of an app.
fn open_questions(app: &App, role: Role, choices: Vec<String>) -> Vec<Unresolved> {
    let ask = |field: &str, question: String, choices: Vec<String>| Unresolved {
        about: app.name.clone(),
        field: field.to_owned(),
        question,
        choices,
        evidence: app.language.evidence.clone(),
    };
    let mut open = Vec::new();
    let is_built = matches!(app.toolchain, Toolchain::Build { .. });
    if app.run.is_none() && !is_built || choices.len() > 1 {
        open.push(ask("run", format!("Which command starts `{}` for development?", app.name), choices));
    }
    if app.run.is_some() && app.port.is_none() && matches!(role, Role::Server | Role::Client) && !app.once {
        open.push(ask("port", format!("On which port does `{}` listen?", app.name), Vec::new()));
    }
    open
}
