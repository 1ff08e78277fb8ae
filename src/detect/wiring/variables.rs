//! The variables that an app asks for or that its repo has an example of.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::detect::services::{code, dotenv, without_comments};
use crate::detect::{App, Evidence};
use crate::repo::{Lines, Repo, folder_of, name_of};

/// One variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub key: String,
    /// As the example has it; `None` = only code asks for it.
    pub value: Option<String>,
    /// The example's words about it.
    pub comment: String,
    /// Code asks for it.
    pub is_read: bool,
    /// The example is a file that the app reads itself.
    pub is_in_place: bool,
    /// It is this app's for sure.
    pub is_own: bool,
    pub evidence: Evidence,
}

// How languages and tools ask for one: `process.env.X`, `os.environ["X"]`, `env('X')`, `ENV.fetch("X")`, `System.get_env("X")`,
// `os.Getenv("X")`, `env::var("X")`, `(System/getenv "X")`, `${X:default}`.
static READ: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:\b(?:process|import\.meta|Bun)\.env\??\.|\b(?:process\.env|environ|ENV|_ENV)\[\s*["']|\b(?:environ\.get|getenv|Getenv|LookupEnv|get_env|fetch_env!?|env::var|env::var_os|GetEnvironmentVariable|env\.get|ENV\.fetch|ENV\.\[\]|config|env|env\.\w+|env!|option_env!|getEnv|required?Env|envsecret|envint|processEnvRequired|envOrDefault|getEnvOr|GetEnv)\(\s*["']|/getenv\s+"|\$\{)([A-Z][A-Z0-9_]{2,})|["'`]((?:[A-Z0-9]+_)?(?:DATABASE|DB|POSTGRES|MYSQL|REDIS|MONGO|MONGODB|RABBITMQ|AMQP|ELASTICSEARCH)_(?:URL|URI|HOST|DSN))["'`]"#).ok()
});

/// Those of an app; what an example above its folder has counts for secrets only where the app asks for it, or is the only one.
pub fn of(repo: &Repo, read: &Read, folders: &[String], app: &App, is_only: bool) -> Vec<Seen> {
    let mut seen = examples(repo, folders, &app.path);
    for (key, evidence) in read.by(folders) {
        match seen.iter_mut().find(|known| known.key == key) {
            Some(known) => known.is_read = true,
            None => {
                let (value, comment) = (None, String::new());
                seen.push(Seen { key, value, comment, is_read: true, is_in_place: false, is_own: true, evidence });
            }
        }
    }
    for variable in &mut seen {
        variable.is_own |= is_only || variable.is_read;
    }
    seen
}

/// Of the app's own folder, else of the nearest above it, and of the packages that it uses.
fn examples(repo: &Repo, folders: &[String], own: &str) -> Vec<Seen> {
    let mut files = dotenv::of_folder(repo, own);
    let mut folder = own;
    while files.is_empty() && !folder.is_empty() {
        folder = folder_of(folder);
        files = dotenv::of_folder(repo, folder);
    }
    files.extend(folders.iter().filter(|other| *other != own).flat_map(|other| dotenv::of_folder(repo, other)));
    let mut seen: Vec<Seen> = Vec::new();
    for file in files {
        for entry in file.entries {
            if entry.commented || seen.iter().any(|known| known.key == entry.key) {
                continue;
            }
            seen.push(Seen {
                key: entry.key,
                value: Some(entry.value),
                comment: entry.comment,
                is_read: false,
                is_in_place: file.is_read,
                is_own: folders.iter().any(|folder| folder_of(&file.path) == folder),
                evidence: Evidence::at(&file.path, entry.line),
            });
        }
    }
    seen
}

/// Names of variables, and where each is asked for first.
type Asked = Vec<(String, Evidence)>;

/// The variables that programs and settings ask for, found once for all apps.
pub struct Read {
    /// In the order of the files: the nearest project (`None` = there is none above), and what the file asks for.
    files: Vec<(Option<String>, Asked)>,
}

impl Read {
    pub fn new(repo: &Repo, projects: &[String]) -> Self {
        let projects: HashSet<&str> = projects.iter().map(String::as_str).collect();
        let paths = code::files(repo).into_iter().chain(settings(repo));
        let files = paths.map(|path| (nearest(folder_of(path), &projects), asked(repo, path)));
        Self { files: files.filter(|(_, asked)| !asked.is_empty()).collect() }
    }

    /// Those of the files whose nearest project is one of the app's.
    fn by(&self, folders: &[String]) -> Vec<(String, Evidence)> {
        let folders: HashSet<&str> = folders.iter().map(String::as_str).collect();
        let is_own = |project: &Option<String>| folders.contains(project.as_deref().unwrap_or_default());
        let own = self.files.iter().filter(|(project, _)| is_own(project)).flat_map(|(_, asked)| asked);
        let mut known: BTreeSet<&str> = BTreeSet::new();
        own.filter(|(name, _)| known.insert(name)).cloned().collect()
    }
}

fn nearest(folder: &str, projects: &HashSet<&str>) -> Option<String> {
    let mut here = folder;
    while !projects.contains(here) {
        if here.is_empty() {
            return None;
        }
        here = folder_of(here);
    }
    Some(here.to_owned())
}

fn asked(repo: &Repo, path: &str) -> Vec<(String, Evidence)> {
    let (Some(regex), Some(text)) = (&*READ, repo.text(path)) else { return Vec::new() };
    let text = without_comments(&text);
    let lines = Lines::of(&text);
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let names = regex.captures_iter(&text).filter_map(|captures| captures.get(1).or_else(|| captures.get(2)));
    let new = names.filter(|name| known.insert(name.as_str()));
    new.map(|name| (name.as_str().to_owned(), Evidence::at(path, lines.at(name.start())))).collect()
}

/// Settings that refer to variables and are no programs.
fn settings(repo: &Repo) -> Vec<&str> {
    let is_one = |path: &&str| {
        let name = name_of(path);
        let spring = name.starts_with("application")
            && [".yml", ".yaml", ".properties", ".conf"].iter().any(|end| name.ends_with(end));
        let rails = matches!(name, "database.yml" | "cable.yml" | "database.yml.example" | "database.yml.sample");
        let doctrine = path.ends_with("config/packages/doctrine.yaml");
        name.ends_with(".prisma") || spring || rails || doctrine
    };
    crate::detect::services::near(repo).filter(is_one).collect()
}
