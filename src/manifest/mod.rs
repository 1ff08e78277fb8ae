//! The manifest as written: `dev.yaml` with the place of every value.
//!
//! `parse` reads text into these types, `check` holds them against each other and the catalog, `schema` describes them to
//! editors. Nothing here knows a computer: no ports are free, no addresses exist yet.

pub mod check;
mod engine;
mod findings;
mod merge;
pub mod parse;
pub mod schema;
#[cfg(test)]
mod tests;
mod yaml;

use std::time::Duration;

pub use engine::{Engine, EngineValue, RIGHTS, ULIMITS, Ulimit, bytes};

use crate::names::{Name, Port, Sensitive};
use crate::problem::Problem;

/// What a person's own file is called in problems.
pub const OWN_FILE: &str = "dev.local.yaml";

/// Which of the two files a value stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Origin {
    /// `dev.yaml`, the same for everybody.
    #[default]
    Team,
    /// `dev.local.yaml`, a person's own.
    Own,
}

/// Where a value stands in the manifest's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub origin: Origin,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// In characters, at least 1; never past the end of the line.
    pub width: u32,
}

impl Span {
    /// `line 3`; seen from the other file, `line 3 of dev.local.yaml`.
    pub fn seen_from(self, other: Self) -> String {
        match self.origin {
            origin if origin == other.origin => format!("line {}", self.line),
            Origin::Team => format!("line {} of dev.yaml", self.line),
            Origin::Own => format!("line {} of {OWN_FILE}", self.line),
        }
    }
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

impl<T> At<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A whole manifest, each list in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The project's name; without it the folder's name serves.
    pub name: Option<At<Name>>,
    pub services: Vec<Service>,
    pub apps: Vec<App>,
    pub tasks: Vec<Task>,
    pub secrets: Vec<Secret>,
    pub checks: Vec<At<Check>>,
    pub budget: Budget,
    pub share: Share,
    pub own: Own,
}

/// What a person's own file contributes, beside what is merged into the rest already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    /// What it changes, in its order: `services.db`, `apps.api.env.LOG_LEVEL`.
    pub changes: Vec<String>,
    /// Values of secrets.
    pub values: Vec<(At<String>, Sensitive)>,
}

/// What the code needs and nobody here writes: a database, a cache, a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub name: At<Name>,
    pub source: At<ServiceSource>,
    /// The port it listens on inside the environment; known for catalog services.
    pub port: Option<At<Port>>,
    /// Where people expect it on this computer; another one is leased where that is taken. `None` = at the number of inside.
    pub outside: Option<At<Port>>,
    pub env: Vec<Variable>,
    /// The folder inside it whose content is kept; absolute. Known for catalog services.
    pub data: Option<At<String>>,
    pub ready: Option<At<Ready>>,
    pub needs: Vec<Need>,
    /// Replaces the command it starts with.
    pub run: Option<At<Template>>,
    /// Configuration files or folders of the repo that it reads.
    pub files: Vec<File>,
    /// It starts only when it is named, or needed by something that starts.
    pub optional: bool,
    /// Every git branch has data of its own.
    pub per_branch: Option<At<bool>>,
    /// What its database is filled with when it is new.
    pub seed: Option<At<Seed>>,
    pub engine: Engine,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceSource {
    /// `postgres`, `postgres@16`: an entry of the catalog, by id or alias, and a version as written.
    Catalog { id: String, version: Option<String> },
    /// Anything else, as an image reference.
    Image(String),
}

/// What a new database is filled with, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seed {
    /// Statements or dumps, one after the other; paths relative to the repo root.
    Files(Vec<String>),
    /// A command beside the server, in a folder that holds what these paths and patterns name.
    Command { run: String, inputs: Vec<String> },
    /// One dump: a path relative to the repo root, or a URL; 64 small hexadecimal digits.
    Snapshot { from: String, sha256: Option<String> },
}

/// What is written in this repo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub name: At<Name>,
    /// Its folder, relative to the repo root, `/` between parts, no `..`; empty = the root.
    pub path: Option<At<String>>,
    pub source: At<AppSource>,
    pub setup: Vec<SetupStep>,
    /// The command that starts it, for a shell; an app from `build` or `image` may have its own.
    pub run: Option<At<Template>>,
    /// Without a port it is a worker.
    pub port: Option<At<Port>>,
    /// As for a service.
    pub outside: Option<At<Port>>,
    pub env: Vec<Variable>,
    /// What it reads of the repo, as for a service; an app with a runtime sees the whole repo anyway.
    pub files: Vec<File>,
    pub needs: Vec<Need>,
    pub ready: Option<At<Ready>>,
    /// A job: it has to end with success, and what needs it waits for that.
    pub once: bool,
    /// It starts only when it is named, or needed by something that starts.
    pub optional: bool,
    /// Globs relative to the app's path: a change of what they name restarts it while somebody watches.
    pub restart_on: Vec<At<String>>,
    pub engine: Engine,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppSource {
    /// A toolchain.
    Runtime(Runtime),
    Build(Build),
    Image(String),
    /// `runtime: host`: this computer itself, with the tools that are installed on it.
    Host,
}

/// The tools that an app of the repo is worked on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    pub tools: Tools,
    /// What its publisher leaves out, by the words of the catalog: build tools, extensions of the language.
    pub with: Vec<At<String>>,
    /// Packages of the system that it has to have.
    pub packages: Vec<At<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tools {
    /// Those of the catalog, by id or alias, and a version as written.
    Catalog { id: String, version: Option<String> },
    /// Any others, as an image reference.
    Image(String),
}

/// What an app is built from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Build {
    /// A Dockerfile (or the folder that holds one), relative to the app's path.
    pub file: String,
    /// The stage of it that is wanted; `None` = the last.
    pub target: Option<String>,
    /// What its `ARG`s are given, in the order of the text.
    pub args: Vec<(String, String)>,
}

/// One command of an app's `setup`; it runs again only when its inputs change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupStep {
    pub run: At<Template>,
    /// Globs relative to the app's path; `None` = those known for the command.
    pub inputs: Option<Vec<At<String>>>,
    /// What takes longer hangs; half an hour otherwise.
    pub timeout: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub key: At<String>,
    pub value: At<Template>,
}

/// `mail?`: what has to be ready first although no reference says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub name: At<Name>,
    pub optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Absolute, inside the service.
    pub target: At<String>,
    /// Relative to the repo root, inside it.
    pub source: At<String>,
}

/// How to tell that something is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// `None`: the default probe, with only the deadline changed.
    pub by: Option<ReadyBy>,
    pub timeout: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadyBy {
    /// A GET of this path answers with a status below 400, or with exactly the given one.
    Http { path: String, status: Option<u16> },
    /// A line of its output contains this text.
    Log(String),
    /// This command, run inside it, ends with success.
    Command(String),
    /// This port answers with a first byte.
    Port(Port),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub name: At<Name>,
    /// The app in whose surroundings it runs; `None` = the only app.
    pub app: Option<At<Name>>,
    pub run: At<Template>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// As an environment variable is named: `[A-Za-z_][A-Za-z0-9_]*`.
    pub name: At<String>,
    /// What it is and where to ask for it; empty where it comes from somewhere by itself.
    pub description: At<String>,
    /// A command for this computer's shell that prints it.
    pub from: Option<At<String>>,
    /// How a value is made, once for each environment.
    pub generate: Option<Generator>,
    /// What it is where nothing else is known; no secret.
    pub default: Option<String>,
    /// Without a value it is empty.
    pub optional: bool,
}

/// How a random value is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// So many hexadecimal digits.
    Hex32,
    Hex64,
    /// 32 bytes in base64.
    Base64,
    /// A random one, version 4.
    Uuid,
    /// Letters and digits that need no escaping anywhere.
    Password,
}

impl Generator {
    /// By their names in the manifest.
    pub const ALL: [(&str, Self); 5] = [
        ("hex32", Self::Hex32),
        ("hex64", Self::Hex64),
        ("base64-32", Self::Base64),
        ("uuid", Self::Uuid),
        ("password", Self::Password),
    ];
}

/// How long a check that asks something may take, unless it has a limit of its own.
pub const QUESTION: Duration = Duration::from_secs(30);

/// One line of the smoke test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub asks: Asks,
    /// What takes longer hangs.
    pub timeout: Option<Duration>,
}

/// What a line of the smoke test asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    Http(HttpCheck),
    Task(At<Name>),
    Run { app: Option<At<Name>>, run: Template, prints: Option<String> },
    Sql { service: At<Name>, query: String, prints: Option<String> },
    Tcp(Template),
}

/// A GET, and what its answer has to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpCheck {
    pub url: Template,
    /// `None` = any below 400.
    pub status: Option<u16>,
    /// Text that the body has to contain.
    pub body: Option<String>,
    /// Paths into a body of JSON (RFC 9535), each with the text that has to be there.
    pub json: Vec<(String, String)>,
    /// How long the whole answer may take.
    pub within: Option<Duration>,
}

/// Where the organisation that a repo belongs to wants figures of work in it, for those who agree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Share {
    /// A folder that the team shares; absolute.
    pub folder: Option<String>,
    /// An address that takes lines of JSON, and the variable that holds the key they are signed with.
    pub http: Option<(String, Option<String>)>,
    /// A receiver of the OpenTelemetry protocol.
    pub otlp: Option<String>,
    /// A file for the textfile collector of a Prometheus server; absolute.
    pub prometheus_file: Option<String>,
    /// A push gateway.
    pub prometheus_push: Option<String>,
}

/// How long `devenv ci` may take to bring everything up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budget {
    /// From nothing, downloads included.
    pub cold: Option<At<Duration>>,
    /// Everything is there and stopped.
    pub warm: Option<At<Duration>>,
    /// Everything runs already.
    pub noop: Option<At<Duration>>,
    /// Of single services and apps, from nothing until each is ready.
    pub apps: Vec<(At<Name>, Duration)>,
}

/// Text with references in it: `postgres://${db.host}/shop`. `$${` stands for a literal `${`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Reference(At<Reference>),
}

/// `${db.url}` or `${secret.STRIPE_KEY}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    Value { name: String, attribute: String },
    Secret(String),
}

impl Template {
    pub fn text(text: impl Into<String>) -> Self {
        Self { parts: vec![Part::Text(text.into())] }
    }

    /// As a person wrote it, for titles.
    pub fn as_written(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Reference(At { value: Reference::Secret(name), .. }) => format!("${{secret.{name}}}"),
            Part::Reference(At { value: Reference::Value { name, attribute }, .. }) => {
                format!("${{{name}.{attribute}}}")
            }
        };
        self.parts.iter().map(part).collect()
    }

    pub fn references(&self) -> impl Iterator<Item = &At<Reference>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Reference(reference) => Some(reference),
            Part::Text(_) => None,
        })
    }
}

impl Reference {
    /// Whether who refers to it waits until it is ready.
    ///
    /// Not for `public_url`, which is only an address for people: so a page and its API can know each other's.
    pub fn is_dependency(&self) -> bool {
        matches!(self, Self::Value { attribute, .. } if attribute != "public_url")
    }
}

impl Seed {
    /// Whether a snapshot is to be had from elsewhere.
    pub fn is_url(from: &str) -> bool {
        ["https://", "http://"].iter().any(|scheme| from.starts_with(scheme))
    }
}

impl Runtime {
    /// As published, with nothing added.
    pub fn of(tools: Tools) -> Self {
        Self { tools, with: Vec::new(), packages: Vec::new() }
    }
}

impl Service {
    /// Every text of it that may refer to others.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let values = self.env.iter().map(|variable| &variable.value.value);
        values.chain(self.run.iter().map(|run| &run.value))
    }
}

impl App {
    /// The port where people expect it on this computer.
    pub fn expected_at(&self) -> Option<&At<Port>> {
        self.port.as_ref().map(|inside| self.outside.as_ref().unwrap_or(inside))
    }

    /// Whether it runs on this computer itself.
    pub fn is_on_host(&self) -> bool {
        self.source.value == AppSource::Host
    }

    /// Every text of it that may refer to others.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let values = self.env.iter().map(|variable| &variable.value.value);
        let steps = self.setup.iter().map(|step| &step.run.value);
        values.chain(steps).chain(self.run.iter().map(|run| &run.value))
    }
}

/// Reads a manifest and holds it against itself and the catalog. `file` is what problems call it.
///
/// # Errors
/// Every problem of both, in the order of the text.
pub fn load(file: &str, bytes: &[u8]) -> Result<Manifest, Vec<Problem>> {
    load_with_own(file, bytes, None)
}

/// As [`load`], with a person's own file merged over it.
///
/// # Errors
/// Every problem of both files, those of the first before those of the second.
pub fn load_with_own(file: &str, bytes: &[u8], own: Option<&[u8]>) -> Result<Manifest, Vec<Problem>> {
    let text = yaml::text::decode(file, bytes).map_err(|problem| vec![*problem])?;
    let own = own.map(|bytes| yaml::text::decode_own(OWN_FILE, bytes)).transpose();
    let own = own.map_err(|problem| vec![*problem])?.flatten();
    let source = findings::Source::new(file, text);
    let own = own.map(|text| findings::Source::own(OWN_FILE, text));
    let mut findings = findings::Findings::of_both(&source, own.as_ref());
    let draft = parse::read(&mut findings);
    if let Some(draft) = &draft {
        check::check_draft(&mut findings, draft);
    }
    match draft {
        Some(draft) if findings.total() == 0 => Ok(draft.manifest),
        _ => Err(findings.into_sorted()),
    }
}
