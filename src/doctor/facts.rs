//! What is known of this computer, its engine and this repo, as plain data. `null` = not known, or it does not apply.

use std::path::PathBuf;

use serde::Serialize;

use crate::problem::Problem;

/// Everything that the checks look at, gathered once.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Facts {
    pub computer: Computer,
    pub engine: EngineFacts,
    pub disks: Vec<Disk>,
    /// How many things on Docker's disk nothing uses; `None` = there is room, or it is not known.
    pub unused: Option<usize>,
    pub clocks: Vec<Clock>,
    pub downloads: Downloads,
    pub inside: Option<Inside>,
    pub addresses: Option<Addresses>,
    pub programs: Programs,
    pub state: StateFacts,
    pub leftovers: Vec<Leftover>,
    /// `None` = the folder is in no repo with a manifest.
    pub repo: Option<Repo>,
    pub remedies: Remedies,
    /// What did not answer in time.
    pub not_known: Vec<String>,
}

/// This computer itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Computer {
    /// `linux` or `macos`.
    pub system: String,
    /// Linux within Windows.
    pub is_wsl: bool,
    /// As Rust calls it: `x86_64`, `aarch64`.
    pub architecture: String,
    pub memory: Option<Memory>,
    /// Kinds of processors whose programs run here beside its own, as the kernel calls them: `aarch64`.
    pub emulates: Vec<String>,
    pub watches: Option<Watches>,
}

/// In bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    pub total: u64,
    pub available: u64,
}

/// How many files may be watched, and how many are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Watches {
    pub most: u64,
    /// By programs of this user.
    pub used: u64,
    pub most_watchers: u64,
    pub used_watchers: u64,
}

/// Whether the engine answers, and what it says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EngineFacts {
    pub about: Option<AboutEngine>,
    /// Why it can't be used.
    #[serde(serialize_with = "id_of")]
    pub failure: Option<Problem>,
    /// Commands of this platform would make it usable.
    pub can_be_repaired: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AboutEngine {
    pub version: String,
    /// As it says: `Debian GNU/Linux 12`.
    pub system: String,
    /// As it says: `x86_64`.
    pub architecture: String,
    pub processors: u64,
    /// Bytes.
    pub memory: u64,
    /// Where it keeps downloads and data, on its own computer.
    pub data_folder: PathBuf,
    /// It runs on this very system, not in a virtual machine or elsewhere.
    pub is_here: bool,
    /// Milliseconds until it answered.
    pub answered_ms: u64,
}

fn id_of<S: serde::Serializer>(problem: &Option<Problem>, to: S) -> Result<S::Ok, S::Error> {
    problem.as_ref().map(|problem| problem.kind.id).serialize(to)
}

/// What a disk is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// What the engine keeps.
    Engine,
    /// What we remember, and package caches.
    State,
    Repo,
}

/// The disk that a folder is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disk {
    pub holds: Holds,
    pub folder: PathBuf,
    /// Bytes.
    pub free: u64,
    pub total: u64,
    /// How many more files fit on it; `None` = it sets no limit.
    pub free_files: Option<u64>,
    /// As the kernel calls it: `ext4`, `9p`, `nfs4`.
    pub kind: Option<String>,
    /// The same number = the same disk.
    #[serde(skip)]
    pub device: u64,
}

/// A clock beside that of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clock {
    pub of: ClockOf,
    /// Seconds that it is before that of this computer; negative = behind.
    pub ahead_s: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockOf {
    Engine,
    Mirror(String),
}

/// Where downloads come from, and the way there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Downloads {
    pub origins: Vec<Origin>,
    pub proxies: Vec<Proxy>,
    /// Files with certificate authorities that a variable names and that are not there.
    pub missing_certificates: Vec<(String, PathBuf)>,
    /// How many certificate authorities this computer trusts.
    pub certificates: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// With the port where one is named.
    pub host: String,
    /// Of an organisation, and tried before the public one.
    pub is_mirror: bool,
    /// Whether its name leads to an address; `None` = not known, or it is an address itself.
    pub name_found: Option<bool>,
    pub answer: Option<Answer>,
    /// Whether there is a login for it on this computer.
    pub has_login: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Fine,
    LoginWanted,
    /// It is there, and has nothing to give.
    Failing(Trouble),
    /// Why not, in the system's words.
    Nothing(String),
}

/// How whoever offers downloads says that it has none at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Too much was asked of it.
    Pause,
    /// In its own words, or by the number of its answer.
    Fails(String),
    /// What comes is made for a browser.
    Page,
}

/// A proxy that a variable names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proxy {
    pub variable: String,
    /// Host and port, without user and password.
    pub address: String,
    /// `None` = not known.
    pub answers: Option<bool>,
}

/// The same, seen by what runs in the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inside {
    /// The name that was looked up, here and inside; empty = none was.
    pub name: String,
    pub name_found: Option<bool>,
    /// What was looked up here.
    pub found_here: Option<bool>,
    /// The proxy that answers here and that apps are told.
    pub proxy: Option<ProxyInside>,
    pub secure: Option<SecureInside>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProxyInside {
    /// As the variable on this computer has it, without user and password.
    pub address: String,
    /// It is this computer's own.
    pub is_here: bool,
    /// `None` = not known.
    pub answers: Option<bool>,
}

/// A host that apps ask over a secure connection, with the certificate authorities that devenv gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SecureInside {
    pub host: String,
    /// `None` = not known.
    pub trusted: Option<bool>,
}

/// Ranges of private addresses that the engine chooses from for each environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Addresses {
    pub ranges: u64,
    pub used: u64,
    /// By environments of ours, beyond the engine's own choice too.
    pub ours: u64,
}

/// Commands of this computer for what is wrong with it, each with its words; looked for where they are needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Remedies {
    /// Installs git.
    pub git: Option<Vec<String>>,
    /// Lets the clock be set by others.
    pub clock: Option<Vec<String>>,
}

/// Programs on the `PATH`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Programs {
    pub has_git: bool,
    /// This program itself.
    pub own: PathBuf,
    /// What typing `devenv` would run; `None` = nothing.
    pub typed: Option<PathBuf>,
    /// Every other program of our name, in the order of the `PATH`.
    pub others: Vec<OtherDevenv>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherDevenv {
    pub path: PathBuf,
    pub is: Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Other {
    /// The tool of the same name, by cachix.
    Cachix,
    /// Another build of this one.
    Ours,
    Unknown,
}

/// What we remember between runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StateFacts {
    pub folder: PathBuf,
    /// Why it can't be written to.
    pub unwritable: Option<String>,
    /// It is there, and belongs to this user: `Some(false)` = to somebody else.
    pub is_own: Option<bool>,
    /// Files that can't be understood, whose loss is no harm.
    pub damaged: Vec<PathBuf>,
    /// What is remembered of this repo's environment can't be understood, its passwords among it.
    pub environment_damaged: bool,
    /// The settings file can't be understood.
    #[serde(serialize_with = "id_of")]
    pub settings: Option<Problem>,
}

/// What a killed command or a deleted folder has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leftover {
    pub project: String,
    pub checkout: PathBuf,
    pub because: LeftBecause,
    pub pieces: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftBecause {
    Interrupted,
    FolderDeleted,
}

/// The repo of the folder that we are in.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Repo {
    pub root: PathBuf,
    pub project: String,
    pub services: usize,
    pub apps: usize,
    /// Nothing of it needs the engine.
    pub is_all_on_host: bool,
    #[serde(skip)]
    pub manifest_problems: Vec<Problem>,
    pub ports: Vec<PortFacts>,
    /// Scripts that are looked at, relative to the root, with Windows line endings.
    pub crlf_scripts: Vec<Script>,
    /// Scripts that are run by themselves and may not be.
    pub unexecutable: Vec<Script>,
    /// Names of secrets that have no value on this computer.
    pub missing_secrets: Vec<String>,
    /// What services and apps are made from and is downloaded already.
    pub made: Vec<MadeFor>,
    /// What was started and is not as it should be.
    pub unwell: Vec<Unwell>,
    pub lock: LockFacts,
}

/// What of `dev.lock` is not as it could be, in the words of a person: `PostgreSQL 17`. Empty where there is no such file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LockFacts {
    /// Wanted, and not in it.
    pub missing: Vec<String>,
    /// In it, and not wanted; names in full.
    pub gone: Vec<String>,
    /// A newer one is published.
    pub outdated: Vec<String>,
}

/// A service or app that was started, and has ended or does not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unwell {
    pub unit: String,
    pub how: Ailment,
    /// More of it, for a person.
    pub why: String,
    /// The last lines that it printed.
    pub output: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ailment {
    /// With an error.
    Ended,
    /// It runs, and does not answer.
    Silent,
    /// It answers, and was started again by itself not long ago.
    CrashesAgain,
}

/// A port of this computer that a service or app is to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortFacts {
    pub unit: String,
    pub port: u16,
    /// It had this one before, and others may know it.
    pub was_leased: bool,
    /// Who else has it; `None` = nobody.
    pub holder: Option<Holder>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    Program { pid: u32, program: String, folder: Option<PathBuf> },
    Environment { unit: String, checkout: PathBuf },
    Engine,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Script {
    /// Relative to the repo's root.
    pub path: PathBuf,
    /// The service, app or task that runs it; `None` = it only looks like a script.
    pub run_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeFor {
    pub unit: String,
    /// What it is made from, as dev.yaml has it.
    pub title: String,
    /// As the engine calls it: `amd64`.
    pub architecture: String,
}
