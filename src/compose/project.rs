//! A project as its files mean it: everything evaluated, each thing with its place.

use super::node::{Location, Place};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    /// As it names itself.
    pub name: Option<String>,
    /// What its paths are relative to; relative to the repo's root.
    pub folder: String,
    /// In the order of the files.
    pub services: Vec<Service>,
    pub volumes: Vec<Declared>,
    pub networks: Vec<Declared>,
    pub secrets: Vec<Declared>,
    pub configs: Vec<Declared>,
}

/// Something on the top level that services refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub key: String,
    pub place: Place,
    /// It is made elsewhere.
    pub external: bool,
    pub name: Option<String>,
    /// Of a volume or network.
    pub driver: Option<String>,
    pub content: Content,
}

/// What a secret or config holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Content {
    #[default]
    None,
    File(Location),
    /// A variable of this computer.
    Variable(String),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    pub place: Place,
    pub image: Option<String>,
    pub build: Option<Build>,
    /// `None` = the image's own.
    pub command: Option<Command>,
    pub entrypoint: Option<Command>,
    pub ports: Vec<Port>,
    pub expose: Vec<String>,
    pub mounts: Vec<Mount>,
    pub environment: Vec<Variable>,
    pub env_files: Vec<EnvFile>,
    pub depends_on: Vec<Dependency>,
    /// Services and the names by which it reaches them as well.
    pub links: Vec<(String, String)>,
    pub healthcheck: Option<Healthcheck>,
    pub profiles: Vec<String>,
    pub networks: Vec<Attachment>,
    pub restart: Option<String>,
    pub working_dir: Option<String>,
    pub user: Option<String>,
    pub secrets: Vec<Grant>,
    pub configs: Vec<Grant>,
    pub labels: Vec<(String, String)>,
    pub watch: Vec<Watch>,
    pub extra_hosts: Vec<(String, String)>,
    pub limits: Limits,
    pub container_name: Option<String>,
    pub hostname: Option<String>,
    pub network_mode: Option<String>,
    pub platform: Option<String>,
    pub privileged: bool,
    /// Folders inside that are kept in memory.
    pub tmpfs: Vec<String>,
    pub cap_add: Vec<String>,
    /// With its unit, as written.
    pub shm_size: Option<String>,
    /// Names, and limits as written: one number, or `soft:hard`.
    pub ulimits: Vec<(String, String)>,
    /// How many of it run at once.
    pub copies: u64,
    /// Every key it has that is not among these fields, as written in long forms.
    pub others: Vec<Other>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    pub key: String,
    pub place: Place,
}

/// Words, and the line they were written as, which a shell could run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub words: Vec<String>,
    pub line: Option<String>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    pub context: Location,
    /// Relative to the context.
    pub dockerfile: Option<String>,
    pub inline: Option<String>,
    pub target: Option<String>,
    /// `None` = taken over from this computer.
    pub args: Vec<(String, Option<String>)>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    pub host_ip: Option<String>,
    /// One or a range.
    pub published: Option<String>,
    pub target: String,
    pub protocol: String,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    pub source: Source,
    /// Inside of the service.
    pub target: String,
    pub read_only: bool,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Bind(Location),
    Volume(String),
    /// Data without a name.
    Anonymous,
    /// Kept in memory.
    Memory,
    /// Another kind: its name and its source.
    Other(String, String),
}

/// `value` is `None` where it is taken over from this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub key: String,
    pub value: Option<String>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFile {
    pub path: Location,
    pub required: bool,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    pub service: String,
    pub condition: Condition,
    pub required: bool,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Started,
    Healthy,
    Completed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Healthcheck {
    /// Begins with `CMD`, `CMD-SHELL` or `NONE`.
    pub test: Option<Vec<String>>,
    pub disable: bool,
    pub interval: Option<String>,
    pub timeout: Option<String>,
    pub retries: Option<u64>,
    pub start_period: Option<String>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub network: String,
    pub aliases: Vec<String>,
    pub place: Place,
}

/// A secret or config as a service gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub source: String,
    pub target: Option<String>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    pub action: String,
    pub path: Location,
    pub target: Option<String>,
    pub ignore: Vec<String>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    pub cpus: Option<String>,
    pub memory: Option<String>,
}

impl Service {
    /// The value of a variable that is set here.
    pub fn variable(&self, key: &str) -> Option<&str> {
        self.environment.iter().find(|variable| variable.key == key)?.value.as_deref()
    }
}
