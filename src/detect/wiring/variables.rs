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
    /// Code does not start without it.
    pub is_required: bool,
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
    for Asked { key, evidence, is_required, fallback } in read.by(folders) {
        match seen.iter_mut().find(|known| known.key == key) {
            Some(known) => (known.is_read, known.is_required) = (true, is_required),
            None => {
                let (value, comment) = (fallback, String::new());
                let (is_read, is_in_place, is_own) = (true, false, true);
                seen.push(Seen { key, value, comment, is_read, is_required, is_in_place, is_own, evidence });
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
                is_required: false,
                is_in_place: file.is_read,
                is_own: folders.iter().any(|folder| folder_of(&file.path) == folder),
                evidence: Evidence::at(&file.path, entry.line),
            });
        }
    }
    seen
}

/// A variable, and where it is asked for first.
#[derive(Debug, Clone)]
struct Asked {
    key: String,
    evidence: Evidence,
    is_required: bool,
    /// The address that settings go on with where it is not set: `${DB_URL:jdbc:mysql://localhost/shop}`.
    fallback: Option<String>,
}

/// The variables that programs and settings ask for, found once for all apps.
pub struct Read {
    /// In the order of the files: the nearest project (`None` = there is none above), and what the file asks for.
    files: Vec<(Option<String>, Vec<Asked>)>,
}

impl Read {
    pub fn new(repo: &Repo, projects: &[String]) -> Self {
        let projects: HashSet<&str> = projects.iter().map(String::as_str).collect();
        let paths = code::files(repo).into_iter().chain(settings(repo));
        let files = paths.map(|path| (nearest(folder_of(path), &projects), asked(repo, path)));
        Self { files: files.filter(|(_, asked)| !asked.is_empty()).collect() }
    }

    /// Those of the files whose nearest project is one of the app's.
    fn by(&self, folders: &[String]) -> Vec<Asked> {
        let folders: HashSet<&str> = folders.iter().map(String::as_str).collect();
        let is_own = |project: &Option<String>| folders.contains(project.as_deref().unwrap_or_default());
        let own = self.files.iter().filter(|(project, _)| is_own(project)).flat_map(|(_, asked)| asked);
        let mut known: BTreeSet<&str> = BTreeSet::new();
        own.filter(|asked| known.insert(&asked.key)).cloned().collect()
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

fn asked(repo: &Repo, path: &str) -> Vec<Asked> {
    let (Some(regex), Some(text)) = (&*READ, repo.text(path)) else { return Vec::new() };
    let whole = text;
    let text = without_comments(&whole);
    let lines = Lines::of(&text);
    let is_python = path.ends_with(".py");
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let names = regex.captures_iter(&text).filter_map(|captures| captures.get(1).or_else(|| captures.get(2)));
    let new = names.filter(|name| known.insert(name.as_str()));
    let asked = new.map(|name| Asked {
        key: name.as_str().to_owned(),
        evidence: Evidence::at(path, lines.at(name.start())),
        is_required: is_python && is_required(&text[..name.start()], &text[name.end()..]),
        fallback: fallback(&text[name.end()..]).or_else(|| other_app(&text[name.end()..])),
    });
    let mut asked: Vec<Asked> = asked.collect();
    if is_python && text.contains("BaseSettings") {
        let fields = fields_of_settings(&whole);
        let new = fields.into_iter().filter(|(key, _)| !known.contains(key.as_str()));
        asked.extend(new.map(|(key, line)| {
            let evidence = Evidence::at(path, line);
            Asked { key, evidence, is_required: true, fallback: None }
        }));
    }
    asked
}

/// What stands between the name of a variable and the text that a program goes on with where it is not set, in the order in which it can
/// follow: the end of the question, and how languages go on.
const GOES_ON: &[&[&str]] = &[
    &["\"", "'", "`"],
    &["]", ")"],
    &["??", "||", "or ", "?:", ",", ".unwrap_or_else(|_|", ".unwrap_or(", "{", "do"],
    &["default:", "default="],
    &["String::from(", "std::string::String::from("],
];

/// What a program goes on with where a variable is not set, where that is an app of this computer:
/// `process.env.API_URL ?? 'http://localhost:3001'`, `os.getenv("API_URL", "http://localhost:3001")`.
fn other_app(after: &str) -> Option<String> {
    let is_address = |value: &str| ["http://localhost:", "http://127.0.0.1:"].iter().any(|it| value.starts_with(it));
    let of_settings = after.strip_prefix(':').and_then(|rest| rest.split(['}', '\n']).next());
    if let Some(value) = of_settings.map(|value| value.trim().trim_matches(['"', '\''])) {
        return is_address(value).then(|| value.to_owned());
    }
    let mut rest = after;
    let mut goes_on = false;
    for (index, step) in GOES_ON.iter().enumerate() {
        if let Some(next) = step.iter().find_map(|sign| rest.strip_prefix(sign)) {
            goes_on |= index == 2;
            rest = next;
        }
        rest = rest.trim_start();
    }
    let rest = if goes_on { rest } else { of_go(rest)? };
    let quote = rest.chars().next().filter(|c| ['"', '\'', '`'].contains(c))?;
    let value = rest[1..].split([quote, '\n']).next()?;
    is_address(value).then(|| value.to_owned())
}

/// What Go sets a variable to that was found empty: `if url == "" { url = "http://localhost:3001" }`.
fn of_go(after: &str) -> Option<&str> {
    let (name, rest) = after.strip_prefix("if ")?.split_once(" == \"\"")?;
    let rest = rest.trim_start().strip_prefix('{')?.trim_start().strip_prefix(name)?;
    rest.trim_start().strip_prefix('=').map(str::trim_start)
}

/// What stands behind the colon of `${KEY:VALUE}`, where it is the address of a service.
fn fallback(after: &str) -> Option<String> {
    let value = after.strip_prefix(':')?.split(['}', '\n']).next()?.trim();
    (value.contains("://") && crate::detect::services::address::of_value(value).is_some()).then(|| value.to_owned())
}

/// Whether Python stops where a variable is not set: `os.environ["X"]`, and `env("X")` or `config("X")` without a default.
fn is_required(before: &str, after: &str) -> bool {
    let before = before.trim_end_matches(['"', '\'']).trim_end();
    let after = after.trim_start_matches(['"', '\'']).trim_start();
    let is_set = |rest: &str| rest.trim_start().strip_prefix('=').is_some_and(|rest| !rest.starts_with('='));
    if before.ends_with("environ[") {
        return after.strip_prefix(']').is_some_and(|rest| !is_set(rest));
    }
    let asks = ["env(", "env.str(", "config("].iter().any(|call| {
        let name = before.strip_suffix(call);
        name.is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.'))
    });
    asks && after.starts_with(')')
}

/// The fields of settings classes that have no default, as variables, with their lines.
fn fields_of_settings(text: &str) -> Vec<(String, usize)> {
    let mut fields = Vec::new();
    // Of the class that is being read: what its variables begin with may stand behind its fields.
    let mut class: Option<SettingsClass> = None;
    let mut is_text = false;
    for (index, line) in text.lines().enumerate() {
        let quotes = line.matches("\"\"\"").count() + line.matches("'''").count();
        let was_text = is_text;
        is_text ^= quotes % 2 == 1;
        if was_text || quotes > 0 {
            continue;
        }
        if !line.starts_with([' ', '\t']) && !line.trim().is_empty() {
            fields.extend(class.take().into_iter().flat_map(SettingsClass::variables));
            class = line
                .strip_prefix("class ")
                .filter(|class| class.contains("BaseSettings"))
                .map(|_| SettingsClass::default());
        }
        if let Some(class) = &mut class {
            class.read(line, index + 1);
        }
    }
    fields.extend(class.into_iter().flat_map(SettingsClass::variables));
    fields
}

#[derive(Default)]
struct SettingsClass {
    prefix: String,
    fields: Vec<(String, usize)>,
}

impl SettingsClass {
    fn read(&mut self, line: &str, number: usize) {
        if let Some((_, said)) = line.split_once("env_prefix") {
            let said = said.trim_start_matches([' ', '=', ':', '"', '\'']);
            said.split(['"', '\'']).next().unwrap_or_default().clone_into(&mut self.prefix);
        }
        let field = line.strip_prefix("    ").filter(|field| !field.starts_with(' '));
        let Some((name, kind)) = field.and_then(|field| field.split_once(':')) else { return };
        let is_name =
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty() && name != "model_config";
        let may_miss = ["=", "Optional", "None", "ClassVar"].iter().any(|sign| kind.contains(sign));
        if is_name && !may_miss && !kind.trim().is_empty() {
            self.fields.push((name.to_owned(), number));
        }
    }

    fn variables(self) -> impl Iterator<Item = (String, usize)> {
        let prefix = self.prefix;
        self.fields.into_iter().map(move |(name, line)| (format!("{prefix}{name}").to_ascii_uppercase(), line))
    }
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
