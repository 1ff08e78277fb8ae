//! The project as wanted on this computer: every name resolved, every port leased, every variable filled in.
//!
//! Plain data. `resolve` makes it from a manifest, the catalog and this computer's facts.

pub mod blank;
pub mod env;
pub mod fingerprint;
mod image;
pub mod order;
pub mod ports;
pub mod resolve;
pub mod secrets;
pub mod task;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog;
use crate::manifest;
pub use crate::manifest::Engine;
pub use crate::names::Sensitive;
use crate::names::{EnvironmentId, Name, Port};
pub use fingerprint::Parts;

/// Everything `dev.yaml` asks for, ready to be compared with what is found.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    pub name: Name,
    pub id: EnvironmentId,
    /// The checkout's real path.
    pub root: PathBuf,
    /// Services first, then apps, each in the order of the manifest.
    pub units: Vec<Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Service,
    App,
    /// An app without a port.
    Worker,
    /// An app that has to end with success.
    Job,
}

/// One service or app: the smallest thing that is started, stopped and replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    pub name: Name,
    pub kind: Kind,
    /// What a person calls it: `PostgreSQL 17`, `Node 24`.
    pub title: String,
    /// Shown in reports; `None` where there is none to speak of.
    pub version: Option<String>,
    pub source: Source,
    /// Replaces the command of the image; `None` = its own.
    pub command: Option<Vec<String>>,
    /// Sorted by key.
    pub env: Vec<(String, Sensitive)>,
    /// The main port.
    pub port: Option<Lease>,
    /// Further ports, by name.
    pub more_ports: Vec<(String, Lease)>,
    pub data: Option<DataFolder>,
    /// What its database is filled with when it is new. It changes nothing about what runs.
    pub seed: Option<Seed>,
    /// Folders of this computer that it sees.
    pub binds: Vec<Bind>,
    /// Small files that are written into it before it starts.
    pub files: Vec<FileCopy>,
    /// uid and gid; `None` = the image's own.
    pub user: Option<(u32, u32)>,
    pub workdir: Option<PathBuf>,
    /// What the manifest asks the engine for in its own words.
    pub engine: Engine,
    /// A small init process in front, so that signals arrive and nothing waits for a kill.
    pub init: bool,
    pub stop: Stop,
    pub needs: Vec<Need>,
    pub ready: Readiness,
    pub setup: Setup,
    /// Where a person on this computer reaches it, without a password in it.
    pub url: Option<String>,
    /// What it is made from.
    pub made_from: Parts,
    /// The same, hashed: equal = nothing to do.
    pub fingerprint: Fingerprint,
    /// The longer, the earlier it is started.
    pub boot: Duration,
    pub restarts_with_needs: bool,
    /// It starts only when it is named, or needed by something that starts.
    pub optional: bool,
    /// The id in the catalog, for example `postgres` or `node`.
    pub catalog_id: Option<&'static str>,
}

/// What a new database is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The repo, which its paths are relative to.
    pub root: PathBuf,
    pub what: manifest::Seed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Image(ImageRef),
    Build(Build),
    Equipped(Equipped),
    /// The tools of this computer itself.
    Host,
}

/// Where something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the engine, apart from this computer.
    Inside,
    /// As a process of this computer.
    Host,
}

/// An image reference in full, always with a tag or digest: `docker.io/library/postgres:17` is repository
/// `docker.io/library/postgres`, tag `17`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageRef {
    /// With its host: `docker.io/library/postgres`, `ghcr.io/owner/name`.
    pub repository: String,
    /// `17`, or `sha256:…` for a digest.
    pub tag: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The folder that the build sees; absolute.
    pub context: PathBuf,
    /// Relative to `context`.
    pub dockerfile: String,
    /// The stage that is wanted; `None` = the last.
    pub target: Option<String>,
    /// What its `ARG`s are given.
    pub args: Vec<(String, String)>,
    /// How its steps reach the world; no part of the result.
    pub proxy: Vec<(String, Sensitive)>,
    /// What the result is called; ends in a hash of all inputs.
    pub image: ImageRef,
}

/// What the names of toolchains that are made here begin with, whichever environment they were made for.
pub const EQUIPPED: &str = "localhost/devenv-with-";

/// A published toolchain with more in it, made on this computer once for all that want the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipped {
    /// The lines of a Dockerfile that needs no other file.
    pub recipe: String,
    /// What the result is called; ends in a hash of the recipe.
    pub image: ImageRef,
    /// This computer's proxy, whatever the app that wants it says of one; it stays out of what is made.
    pub proxy: Vec<(String, Sensitive)>,
}

/// A port of this computer, on the loopback address, that leads to a port inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub inside: Port,
    pub outside: Port,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    /// What the engine calls it; see [`DataFolder::name_of`].
    pub name: String,
    /// Absolute, inside.
    pub path: String,
    /// Catalog id and version of what writes it, for example `mysql` and `8.4`.
    pub written_by: Option<(String, String)>,
}

impl DataFolder {
    /// What the engine calls a service's data: unique to the environment, the service and the generation, which counts from 1.
    ///
    /// A service's name has no dot in it, so that none can be called like a later generation of another.
    pub fn name_of(id: &EnvironmentId, service: &Name, generation: u32) -> String {
        match generation {
            0 | 1 => format!("devenv-{id}-{service}"),
            later => format!("devenv-{id}-{service}.{later}"),
        }
    }

    /// The generation that a name made by [`DataFolder::name_of`] stands for; `None` = it is none of this service's.
    pub fn generation_of(id: &EnvironmentId, service: &Name, name: &str) -> Option<u32> {
        match name.strip_prefix(&format!("devenv-{id}-{service}"))? {
            "" => Some(1),
            rest => rest.strip_prefix('.')?.parse().ok().filter(|generation| *generation > 1),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    pub source: PathBuf,
    pub target: PathBuf,
    pub access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    ReadOnly,
    ReadWrite,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCopy {
    /// Absolute, inside.
    pub target: String,
    pub content: Vec<u8>,
    /// Unix permission bits.
    pub mode: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// `None` = the image's own.
    pub signal: Option<String>,
    pub grace: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub name: Name,
    /// Its failure is reported but does not stop what needs it.
    pub optional: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Readiness {
    pub probe: Probe,
    /// From its start to ready.
    pub deadline: Duration,
}

/// How readiness is asked for, complete with what the question needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    Protocol {
        protocol: catalog::Probe,
        login: Login,
    },
    /// Status below 400, or exactly the given one.
    Http {
        path: String,
        status: Option<u16>,
    },
    /// Any answer at all to an HTTP request: it is up, whatever it thinks of `/`.
    AnyAnswer,
    /// A greeting, or a connection that is kept open: for a service of which nothing is known.
    Held,
    /// The first byte on this port (inside number), which is one of the unit's ports.
    FirstByte(Port),
    Log(String),
    Command(String),
    /// It is running and stays so for a moment.
    Running,
    /// It has ended with success.
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Login {
    pub user: String,
    pub password: Option<Sensitive>,
    pub database: String,
}

/// The setup of an app: what has to have run before it starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setup {
    /// The app's folder, in which inputs are looked for; absolute.
    pub folder: PathBuf,
    /// Makes the toolchain's own place ready; empty = none.
    pub prepare: String,
    pub steps: Vec<SetupStep>,
    /// A salted hash of each variable that the manifest gives the app, as it is written there: addresses, ports and the values of
    /// secrets are not in it.
    pub variables: BTreeMap<String, String>,
    /// A salted hash of the name of the database that it uses in each service that it needs.
    pub databases: BTreeMap<Name, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupStep {
    /// As the manifest says it, for people.
    pub title: String,
    /// How many steps of its app before it have the same title.
    pub repeats: usize,
    /// For a shell, references already replaced by variables.
    pub run: String,
    /// Globs relative to the app's folder.
    pub inputs: Vec<String>,
    pub reads: Reads,
    /// Folders that it makes, relative to the app's: gone, it has to run again.
    pub makes: Vec<String>,
    /// It only fetches packages, so it need not wait for what the app needs.
    pub needs_nothing: bool,
    /// What takes longer hangs.
    pub timeout: Duration,
}

impl SetupStep {
    /// Whether it has to run again when this one before it did: it may read what that makes, or what it makes itself goes
    /// with it.
    pub fn follows(&self, before: &Self) -> bool {
        let is_inside = |made: &String, folder: &String| std::path::Path::new(made).starts_with(folder);
        let goes_along = |made: &String| before.makes.iter().any(|folder| is_inside(made, folder));
        self.reads == Reads::Unknown || self.makes.iter().any(goes_along)
    }
}

/// Where it is known from what a setup step reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The manifest names its inputs.
    Written,
    /// It is a well-known command.
    Known,
    /// Nothing tells.
    Unknown,
}

/// The SHA-256 of everything a unit is made from, salted per environment so that it gives no secret away.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl Unit {
    pub fn place(&self) -> Place {
        match self.source {
            Source::Image(_) | Source::Build(_) | Source::Equipped(_) => Place::Inside,
            Source::Host => Place::Host,
        }
    }

    /// The image that it is made from; `None` on this computer itself.
    pub fn image(&self) -> Option<&ImageRef> {
        match &self.source {
            Source::Image(image) => Some(image),
            Source::Build(build) => Some(&build.image),
            Source::Equipped(equipped) => Some(&equipped.image),
            Source::Host => None,
        }
    }
}

impl Project {
    /// Whether everything that needs it can do without it, and something does need it: then its failure is told, but fails nothing.
    pub fn is_optional(&self, name: &Name) -> bool {
        let mut needs = self.units.iter().flat_map(|unit| &unit.needs).filter(|need| need.name == *name).peekable();
        needs.peek().is_some() && needs.all(|need| need.optional)
    }

    pub fn unit(&self, name: &Name) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == *name)
    }
}
