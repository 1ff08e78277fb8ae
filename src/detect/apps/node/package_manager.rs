//! Which package manager a JavaScript project uses, and how it installs.
//!
//! | | where it stands |
//! |---|---|
//! | 1 | `packageManager`, `devEngines.packageManager` of `package.json`, here or further up |
//! | 2 | a lock file here, then further up: pnpm, Yarn, bun, npm |
//! | 3 | its settings (`pnpm-workspace.yaml`, `.yarnrc.yml`, `bunfig.toml`), `engines`, `only-allow`, `.tool-versions` |
//! | 4 | what a Dockerfile calls |
//! | 5 | npm |

use serde_json::Value;

use super::super::places::upwards;
use super::package::Package;
use crate::detect::{Evidence, Note};
use crate::repo::{Repo, join, line_of};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manager {
    pub name: &'static str,
    pub version: Option<String>,
    pub evidence: Evidence,
    /// It has a lock file.
    pub is_locked: bool,
    /// Where its lock file or its setting lies.
    pub folder: String,
    /// Of Yarn: from version 2 on.
    pub is_berry: bool,
    /// Of npm: the way to the workspace's root, where this package is a member.
    pub root: Option<String>,
}

const NAMES: &[&str] = &["pnpm", "yarn", "bun", "npm"];

const LOCKS: &[(&str, &str)] = &[
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
];

const SETTINGS: &[(&str, &str)] = &[
    ("pnpm-workspace.yaml", "pnpm"),
    (".pnpmfile.cjs", "pnpm"),
    (".yarnrc.yml", "yarn"),
    (".yarnrc", "yarn"),
    (".yarn/releases", "yarn"),
    ("bunfig.toml", "bun"),
];

fn known(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|known| **known == name).copied()
}

impl Manager {
    fn new(name: &'static str, version: Option<String>, folder: &str, evidence: Evidence) -> Self {
        Self { name, version, evidence, is_locked: false, folder: folder.to_owned(), is_berry: false, root: None }
    }

    /// That of a project.
    pub fn of(repo: &Repo, package: &Package) -> Self {
        let folder = package.folder.as_str();
        let found = declared(repo, folder)
            .or_else(|| locked(repo, folder))
            .or_else(|| set(repo, folder))
            .or_else(|| wanted(repo, package))
            .or_else(|| called(repo, folder))
            .unwrap_or_else(|| Self::new("npm", None, folder, Evidence::file(&package.path)));
        found.with_lock(repo, folder)
    }

    fn with_lock(mut self, repo: &Repo, folder: &str) -> Self {
        let lock = upwards(folder).find_map(|here| {
            let names = LOCKS.iter().filter(|(_, manager)| *manager == self.name);
            names.filter_map(|(name, _)| join(here, name)).find(|path| repo.has(path)).map(|path| (here, path))
        });
        if let Some((here, path)) = lock {
            self.is_locked = true;
            here.clone_into(&mut self.folder);
            if self.version.is_none() && self.name == "pnpm" {
                self.version = pnpm_of_lock(repo, &path);
            }
        }
        if self.name == "yarn" {
            self.is_berry = is_berry(repo, &self);
        }
        self
    }

    /// The call of a script.
    pub fn run(&self, script: &str) -> String {
        match (self.name, script) {
            ("npm", "start" | "test") => format!("npm {script}"),
            ("npm" | "bun", script) => format!("{} run {script}", self.name),
            (name, script) if is_own_word(name, script) => format!("{name} run {script}"),
            (name, script) => format!("{name} {script}"),
        }
    }

    /// The call of a program that a dependency brought.
    pub fn execute(&self, program: &str) -> String {
        match self.name {
            "pnpm" => format!("pnpm exec {program}"),
            "yarn" => format!("yarn {program}"),
            "bun" => format!("bunx {program}"),
            _ => format!("npx {program}"),
        }
    }

    /// The steps that make the dependencies be there.
    pub fn install(&self) -> Vec<String> {
        let mut steps = Vec::new();
        let version = self.version.as_deref().unwrap_or("latest");
        match self.name {
            "pnpm" => steps.push(format!("npm install -g pnpm@{version}")),
            // The toolchain comes with the first Yarn, which only gives way to a newer one that lies in the repo.
            "yarn" if self.is_berry => {
                steps.push(format!("npm install -g @yarnpkg/cli-dist@{}", self.version.as_deref().unwrap_or("4")))
            }
            _ => {}
        }
        let install = match self.name {
            "npm" if self.is_locked => "npm ci".to_owned(),
            name => format!("{name} install"),
        };
        // In a member's folder npm installs what that member needs and removes what others have.
        steps.push(match &self.root {
            Some(root) if self.name == "npm" => format!("{install} --prefix {root}"),
            _ => install,
        });
        steps
    }

    /// Its package is in this folder, and a member of a workspace of npm's own kind.
    pub fn is_member_of(&mut self, root: Option<&Package>, folder: &str) {
        let depth = |folder: &str| folder.split('/').filter(|part| !part.is_empty()).count();
        let up = root.map(|root| depth(folder).saturating_sub(depth(&root.folder)));
        self.root = up.filter(|up| *up > 0).map(|up| vec![".."; up].join("/"));
    }
}

/// Words that the manager would take for its own.
fn is_own_word(manager: &str, script: &str) -> bool {
    const OWN: &[&str] = &[
        "install",
        "add",
        "remove",
        "link",
        "init",
        "publish",
        "pack",
        "config",
        "info",
        "up",
        "update",
        "exec",
        "dlx",
        "server",
        "setup",
        "deploy",
        "run",
        "audit",
        "import",
        "list",
        "rebuild",
        "root",
        "store",
        "test-all",
        "workspace",
        "node",
        "global",
        "cache",
        "create",
        "bin",
        "help",
        "version",
        "env",
    ];
    manager != "npm" && OWN.contains(&script)
}

/// `pnpm@10.28.0+sha512…`.
fn split(text: &str) -> (String, Option<String>) {
    let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
    let version = version.and_then(|it| it.split('+').next()).filter(|it| it.starts_with(|c: char| c.is_ascii_digit()));
    let is_plain = |it: &&str| it.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    (name.to_owned(), version.filter(is_plain).map(str::to_owned))
}

fn declared(repo: &Repo, folder: &str) -> Option<Manager> {
    upwards(folder).find_map(|here| {
        let path = join(here, "package.json").filter(|path| repo.has(path))?;
        let json = repo.json(&path)?;
        let at = |needle: &str| Evidence::at(&path, repo.text(&path).and_then(|text| line_of(&text, needle)));
        if let Some(text) = json.get("packageManager").and_then(Value::as_str) {
            let (name, version) = split(text);
            return Some(Manager::new(known(&name)?, version, here, at("\"packageManager\"")));
        }
        let own = json.get("devEngines")?.get("packageManager")?;
        let own = own.as_array().and_then(|all| all.first()).unwrap_or(own);
        let (_, version) = split(&format!("@{}", own.get("version").and_then(Value::as_str).unwrap_or_default()));
        Some(Manager::new(known(own.get("name")?.as_str()?)?, version, here, at("\"devEngines\"")))
    })
}

fn locked(repo: &Repo, folder: &str) -> Option<Manager> {
    upwards(folder).find_map(|here| {
        let lock =
            LOCKS.iter().find_map(|(name, manager)| Some((join(here, name).filter(|path| repo.has(path))?, *manager)));
        lock.map(|(path, manager)| Manager::new(manager, None, here, Evidence::file(path)))
    })
}

fn set(repo: &Repo, folder: &str) -> Option<Manager> {
    upwards(folder).find_map(|here| {
        SETTINGS.iter().find_map(|(name, manager)| {
            let path =
                join(here, name).filter(|path| repo.has(path) || (name.contains('/') && repo.has_folder(path)))?;
            Some(Manager::new(manager, None, here, Evidence::file(path)))
        })
    })
}

/// From `engines`, a guard before installing, or what scripts call.
fn wanted(repo: &Repo, package: &Package) -> Option<Manager> {
    let engines = package.json.get("engines").and_then(Value::as_object);
    let engine = engines.and_then(|all| ["pnpm", "yarn", "bun"].iter().find(|name| all.contains_key(**name)));
    let guard = package.scripts.get("preinstall").and_then(|run| {
        let (_, name) = run.split_once("only-allow ")?;
        known(name.split_whitespace().next()?)
    });
    let volta =
        package.json.get("volta").and_then(|volta| ["pnpm", "yarn"].iter().find(|name| volta.get(**name).is_some()));
    let listed = || {
        let text = repo.text(".tool-versions")?;
        ["pnpm", "yarn", "bun"]
            .into_iter()
            .find(|name| text.lines().any(|line| line.split_whitespace().next() == Some(name)))
    };
    let (name, needle) = guard
        .map(|name| (name, "only-allow"))
        .or(volta.map(|name| (*name, "\"volta\"")))
        .or(engine.map(|name| (*name, "\"engines\"")))
        .or_else(|| package.scripts.values().find_map(|run| called_in(run)).map(|name| (name, name)))
        .or_else(|| listed().map(|name| (name, "\"name\"")))?;
    Some(Manager::new(name, None, &package.folder, package.evidence(needle)))
}

/// The manager other than npm that a command calls by its name.
fn called_in(run: &str) -> Option<&'static str> {
    let mut words = run.split(|c: char| c.is_whitespace() || ";&|".contains(c));
    words.find_map(|word| known(word).filter(|name| *name != "npm"))
}

/// From what a Dockerfile runs.
fn called(repo: &Repo, folder: &str) -> Option<Manager> {
    upwards(folder).take(2).find_map(|here| {
        let path = join(here, "Dockerfile").filter(|path| repo.has(path))?;
        let text = repo.text(&path)?;
        let calls = [
            ("pnpm install", "pnpm"),
            ("pnpm i", "pnpm"),
            ("yarn install", "yarn"),
            ("yarn --", "yarn"),
            ("bun install", "bun"),
            ("npm ci", "npm"),
            ("npm install", "npm"),
        ];
        let (needle, name) = calls.iter().find(|(call, _)| text.contains(call))?;
        Some(Manager::new(name, None, folder, Evidence::at(&path, line_of(&text, needle))))
    })
}

fn pnpm_of_lock(repo: &Repo, path: &str) -> Option<String> {
    let text = repo.text(path)?;
    let line = text.lines().take(5).find(|line| line.starts_with("lockfileVersion"))?;
    let version = line.split(':').nth(1)?.trim().trim_matches(['\'', '"']);
    let manager = match version.split('.').next()?.parse::<u32>().ok()? {
        5 => "7",
        6 => "8",
        _ => "10",
    };
    Some(manager.to_owned())
}

/// Whether this Yarn is one from version 2 on.
fn is_berry(repo: &Repo, manager: &Manager) -> bool {
    if let Some(version) = &manager.version {
        return !version.starts_with("1.") && version != "1";
    }
    let at = |name: &str| join(&manager.folder, name);
    if at(".yarnrc.yml").is_some_and(|path| repo.has(&path)) {
        return true;
    }
    let lock = at("yarn.lock").and_then(|path| repo.text(&path));
    lock.is_some_and(|text| text.lines().take(20).any(|line| line.starts_with("__metadata:")))
}

/// Says when lock files of several managers lie side by side.
pub(super) fn conflict(repo: &Repo, manager: &Manager) -> Option<Note> {
    let other = LOCKS.iter().filter(|(_, name)| *name != manager.name);
    let other = other.filter_map(|(name, _)| join(&manager.folder, name)).find(|path| repo.has(path))?;
    manager.is_locked.then(|| Note {
        text: format!("{} is taken, though there is a {other} as well", manager.name),
        evidence: vec![manager.evidence.clone(), Evidence::file(other)],
    })
}
