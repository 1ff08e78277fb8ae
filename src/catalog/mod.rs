//! What is known about services and toolchains, as data: one entry each, nothing that acts.
//!
//! Texts in braces are filled in when a project is resolved. In attributes: `{user}`, `{password}`, `{database}`, `{host}`,
//! `{port}`, and `{port.NAME}` for a further port. In a service's variables, command and files: the same as they are inside,
//! `{name}` for its name, and `{outside_port}` for the port of this computer that leads to it. In a toolchain's: `{home}`,
//! `{cache}`, `{port}`, `{version}`.

pub(crate) mod command_line;
pub mod dev_servers;
pub mod extras;
pub mod runtimes;
pub(crate) mod scripts;
pub mod services;
pub mod setup_inputs;

/// A service nobody in the repo writes.
#[derive(Debug, Clone, Copy)]
pub struct ServiceEntry {
    /// What the manifest says: `postgres`.
    pub id: &'static str,
    /// What a person reads: `PostgreSQL`.
    pub title: &'static str,
    /// Other words for it: `postgresql`, `pg`.
    pub aliases: &'static [&'static str],
    /// The official image's repository, without a tag.
    pub image: &'static str,
    pub versions: Versions,
    /// The main port, which `{port}` and `url` mean.
    pub port: u16,
    /// The port inside that this computer is led to, for a service that has to tell who comes from outside; else the main one.
    pub outside_listener: Option<u16>,
    /// Further ports that a person or an app may use: name and number.
    pub more_ports: &'static [(&'static str, u16)],
    pub data: Option<DataFolder>,
    pub credentials: Option<Credentials>,
    /// Environment variables the image wants.
    pub env: &'static [(&'static str, &'static str)],
    /// The command in place of the image's own; empty = the image's own.
    pub command: &'static [&'static str],
    /// Configuration that is written into it before it starts: path and content.
    pub files: &'static [(&'static str, &'static str)],
    /// What `${name.ATTRIBUTE}` offers beside `host` and `port`, which every service with a port has. `url` is always among it.
    pub attributes: &'static [(&'static str, &'static str)],
    pub probe: Probe,
    pub stop: Stop,
    pub upgrade: Upgrade,
    /// How many of the numbers of a version say what data it reads: 1 for `17`, 2 for `8.4`.
    pub data_numbers: usize,
    /// How long a first start usually takes until ready, in milliseconds; the slowest is started first.
    pub boot_ms: u32,
    /// It looks up what it needs only once, at its start, so it has to restart when one of them is replaced.
    pub restarts_with_needs: bool,
}

/// Versions of a service or toolchain. A version that begins with a known one and `.` or `-` is accepted as well.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    /// Newest first.
    pub known: &'static [&'static str],
    pub default: &'static str,
    /// How a version becomes an image tag, for example `{version}-management`. What follows `{version}` is left out for a version
    /// that names its own variant, such as `4-alpine`.
    pub tag: &'static str,
    /// Where only exact versions are published: which of them a shorter one stands for.
    pub exact: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone, Copy)]
pub struct DataFolder {
    pub path: &'static str,
    /// Exceptions: from this major version on, another path. Highest first.
    pub since: &'static [(u32, &'static str)],
}

/// Which credentials are generated for each environment.
#[derive(Debug, Clone, Copy)]
pub struct Credentials {
    /// Empty = only the password means anything.
    pub user: &'static str,
    /// Empty = it has none.
    pub database: &'static str,
}

/// How to ask on the service's own protocol whether it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Startup, authentication and `SELECT 1` as the app's user on the app's database.
    Postgres,
    /// Handshake, authentication and `SELECT 1`.
    Mysql,
    /// `PING` answered with `PONG`.
    Redis,
    Memcached,
    Mongodb,
    Amqp,
    Nats,
    Mqtt,
    Kafka,
    /// The exchange before a login, answered.
    Mssql,
    /// A GET of the path answers with a status below 400; an empty path: any answer to a GET of `/`.
    Http(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// The signal of a clean and fast stop, for example `SIGINT` for PostgreSQL.
    pub signal: &'static str,
    /// Seconds until it is killed.
    pub grace_s: u16,
}

/// What a later upgrade of its major version means for existing data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upgrade {
    /// The new version refuses the old data: dump with the old one, load into the new one.
    DumpAndLoad,
    /// The new version converts the data at its first start; there is no way back.
    InPlace,
    /// Only one major version at a time may be stepped.
    OneMajorAtATime,
    /// Nothing is kept, or any version reads it.
    Free,
}

/// A toolchain that an app runs in.
#[derive(Debug, Clone, Copy)]
pub struct RuntimeEntry {
    pub id: &'static str,
    pub title: &'static str,
    pub aliases: &'static [&'static str],
    pub image: &'static str,
    pub versions: Versions,
    /// Variables for every app and step; `{home}` is the app's own lasting home folder, `{cache}` the folder of package caches
    /// that all checkouts share, `{port}` the app's port.
    pub env: &'static [(&'static str, &'static str)],
    /// Variables only for an app whose commands name a tool: the tool, the variable, its value.
    pub tool_env: &'static [(&'static str, &'static str, &'static str)],
    /// Folders put in front of `PATH`, with the same placeholders.
    pub path: &'static [&'static str],
    /// A shell command that has to have succeeded once before the first setup step; idempotent and quick when done. Empty = none.
    pub prepare: &'static str,
    /// What `with:` may add to it.
    pub extras: &'static [extras::Extra],
    /// Extensions of the language, which `with:` names as well.
    pub extensions: Option<&'static extras::Extensions>,
}

impl ServiceEntry {
    /// Whether a browser can open it, so that it has a `public_url` beside its `url`.
    pub fn is_for_browsers(&self) -> bool {
        let url = self.attributes.iter().find(|(name, _)| *name == "url");
        url.is_none_or(|(_, template)| template.starts_with("http"))
    }
}

/// Finds a service by id or alias.
pub fn service(word: &str) -> Option<&'static ServiceEntry> {
    services::ALL.iter().copied().find(|entry| entry.id == word || entry.aliases.contains(&word))
}

/// Finds a toolchain by id or alias.
pub fn runtime(word: &str) -> Option<&'static RuntimeEntry> {
    runtimes::ALL.iter().copied().find(|entry| entry.id == word || entry.aliases.contains(&word))
}

impl Versions {
    /// Whether a version as written is one that is known to work, or a more exact form of one.
    pub fn accepts(&self, version: &str) -> bool {
        self.known.iter().any(|known| {
            version
                .strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('-'))
        })
    }

    /// A version as data is compared by: the exact one that it stands for, without a variant, where that is made of numbers.
    pub fn of_data<'a>(&'a self, version: &'a str) -> &'a str {
        let plain = |text: &'a str| text.split('-').next().unwrap_or(text);
        let exact = self.exact.iter().find(|(short, _)| *short == version).map(|(_, exact)| plain(exact));
        let numbers = |text: &&str| text.split('.').all(|part| part.parse::<u64>().is_ok());
        exact.filter(numbers).unwrap_or_else(|| plain(version))
    }

    /// The image tag of a version.
    pub fn tag(&self, version: &str) -> String {
        let version = self.exact.iter().find(|(short, _)| *short == version).map_or(version, |(_, exact)| exact);
        match self.tag.split_once("{version}") {
            Some((before, _)) if version.contains('-') => format!("{before}{version}"),
            _ => self.tag.replace("{version}", version),
        }
    }
}

impl DataFolder {
    /// Where a version keeps its data.
    pub fn path_in(&self, version: &str) -> &'static str {
        let major: u32 = major(version).parse().unwrap_or(u32::MAX);
        self.since.iter().find(|(since, _)| major >= *since).map_or(self.path, |(_, path)| path)
    }
}

/// The first part of a version: `17` of `17.2-alpine`.
pub fn major(version: &str) -> &str {
    version.split(['.', '-']).next().unwrap_or(version)
}
