//! The variables that an app asks for or that its repo has an example of.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::detect::services::{code, dotenv, line_at, without_comments};
use crate::detect::{App, Evidence};
use crate::repo::{Repo, folder_of, name_of};

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
pub fn of(repo: &Repo, folders: &[String], app: &App, is_only: bool) -> Vec<Seen> {
    let mut seen = examples(repo, folders, &app.path);
    for (key, evidence) in read(repo, folders) {
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

fn read(repo: &Repo, folders: &[String]) -> Vec<(String, Evidence)> {
    let Some(regex) = &*READ else { return Vec::new() };
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    let projects = crate::detect::services::projects(repo);
    for path in code::files(repo).into_iter().chain(settings(repo)) {
        // The nearest project has to be one of the app's.
        let nearest = projects.iter().filter(|it| super::reach::is_in(folder_of(path), it)).max_by_key(|it| it.len());
        if !nearest.map_or(folders.iter().any(String::is_empty), |nearest| folders.contains(nearest)) {
            continue;
        }
        let Some(text) = repo.text(path) else { continue };
        let text = without_comments(&text);
        for captures in regex.captures_iter(&text) {
            let Some(name) = captures.get(1).or_else(|| captures.get(2)) else { continue };
            if known.insert(name.as_str().to_owned()) {
                found.push((name.as_str().to_owned(), Evidence::at(path, line_at(&text, name.start()))));
            }
        }
    }
    found
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
