//! Settings in files of no framework: `config.toml`, `app.ini`, `settings.yaml` and their examples.

use super::adapter;
use crate::detect::services::clue::{Clues, Of, Source};
use crate::detect::services::kinds::{self, Kind};
use crate::detect::services::places;
use crate::detect::services::{address, code};
use crate::repo::{folder_of, name_of};

/// Endings of files that hold settings; another one behind it says that it is an example.
const ENDINGS: &[&str] = &[
    "toml",
    "ini",
    "yaml",
    "yml",
    "json",
    "json5",
    "hjson",
    "conf",
    "cfg",
    "properties",
    "edn",
    "hocon",
    "neon",
    "kdl",
];

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| is_settings(path)) {
        let Some(text) = repo.text(path).filter(|text| text.len() <= code::MOST_BYTES) else { continue };
        let text = places::without_comments(&text);
        addresses(clues, path, &text);
        sections(clues, path, &text);
    }
}

fn is_settings(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    let mut parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
    if parts.last().is_some_and(|last| ["example", "sample", "dist", "template", "default", "tmpl"].contains(last)) {
        parts.pop();
    }
    let (Some(ending), Some(stem)) = (parts.last(), parts.first()) else { return false };
    if !ENDINGS.contains(ending)
        || parts.len() < 2
        || places::is_elsewhere(path)
        || name == "database.yml"
        || name.contains("lock")
    {
        return false;
    }
    let folder = name_of(folder_of(path));
    let in_settings = matches!(folder, "config" | "configs" | "conf" | "configuration" | "settings" | "etc" | "cfg");
    let words = [
        "config",
        "configuration",
        "settings",
        "conf",
        "app",
        "defaults",
        "default",
        "database",
        "db",
        "dbconf",
        "local",
        "base",
        "development",
        "dev",
        "sqlboiler",
        "alembic",
    ];
    // Files that are understood elsewhere, or are about tools.
    let is_tool = matches!(
        *stem,
        "cable"
            | "storage"
            | "mongoid"
            | "package"
            | "tsconfig"
            | "composer"
            | "pyproject"
            | "cargo"
            | "angular"
            | "nx"
            | "turbo"
            | "application"
            | "docker-compose"
            | "compose"
    );
    !is_tool && (in_settings || stem.split(['-', '_']).any(|word| words.contains(&word)))
}

fn addresses(clues: &mut Clues, path: &str, text: &str) {
    for found in address::all_in(text) {
        let clue = clues.add(Of::Kind(found.kind), Source::Address, path, found.line);
        clue.host = found.host;
        clue.version = found.version;
        clue.login = found.login;
    }
    for (index, line) in text.lines().enumerate() {
        if line.contains("sqlite:") || line.contains("jdbc:h2:") {
            clues.add(Of::NoSql, Source::Address, path, index + 1);
        }
    }
}

/// A section about a database or a cache, with a kind or a port in it: `[redis]`, `database:`.
fn sections(clues: &mut Clues, path: &str, text: &str) {
    let mut section = Section::default();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if let Some(name) = header(trimmed) {
            section = Section { name, ..Section::default() };
            continue;
        }
        let Some((key, value)) = trimmed.split_once(['=', ':']) else { continue };
        let key = key.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        let value = value.trim().trim_end_matches([',', ';']).trim_matches(['"', '\'']);
        section.read(clues, &key, value, (path, index + 1));
    }
}

#[derive(Default)]
struct Section {
    name: String,
    /// What was said already.
    known: Option<&'static Kind>,
}

impl Section {
    fn read(&mut self, clues: &mut Clues, key: &str, value: &str, (path, line): (&str, usize)) {
        let is_database =
            ["database", "db", "datasource", "sql", "storage", "store"].iter().any(|word| self.name.contains(word));
        if is_database && ["type", "driver", "dialect", "adapter", "engine", "client", "backend"].contains(&key) {
            adapter(clues, value, path, line);
            return;
        }
        let own =
            kinds::KINDS.iter().find(|kind| kind.prefixes.iter().any(|word| self.name == word.to_ascii_lowercase()));
        let says_where =
            ["host", "addr", "address", "url", "uri", "hostname", "port", "server", "hosts", "addrs", "brokers"];
        if !says_where.contains(&key) || value.is_empty() {
            return;
        }
        let by_port = || value.parse().ok().and_then(kinds::by_port).filter(|_| is_database && key == "port");
        let Some(kind) = own.or_else(by_port).filter(|kind| self.known != Some(*kind)) else { return };
        self.known = Some(kind);
        clues.add(Of::Kind(kind), Source::Address, path, line).host = address::service_name(value).map(str::to_owned);
    }
}

/// `[database]`, `[configuration.redis]`, `redis:`, `"database": {`.
fn header(line: &str) -> Option<String> {
    let name = match line.strip_prefix('[') {
        Some(rest) => rest.trim_end_matches(']'),
        None => line.trim_end_matches('{').trim_end().strip_suffix([':', '='])?,
    };
    let name = name.trim().trim_matches(['"', '\'', ':', '[', ']']);
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    (!last.is_empty() && last.chars().all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c))).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    fn said(path: &str, text: &str) -> Vec<String> {
        let repo = Repo::of(&[(path, text)]);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        clues
            .all
            .iter()
            .map(|it| format!("{} {:?} {}", it.of.kind().map_or("none", |kind| kind.id), it.source, it.evidence))
            .collect()
    }

    #[test]
    fn sections_say_what_and_where() {
        let text = "[database]\nType = mysql\nHost = db\n\n[redis]\nHost = 127.0.0.1:6379\n";
        assert_eq!(
            said("conf/app.ini", text),
            ["redis Address conf/app.ini:6", "mysql Decides conf/app.ini:2", "redis Address conf/app.ini:6"]
        );
        let text = "[db]\nhost = \"localhost\"\nport = 5432\n";
        assert_eq!(said("config.toml.sample", text), ["postgres Address config.toml.sample:3"]);
        let text = "database: {\n  connection: \"postgres://a:b@localhost:5432/c\"\n";
        assert_eq!(said("config/defaults.hjson", text), ["postgres Address config/defaults.hjson:2"]);
        assert_eq!(
            said("config/config.yaml", "storage:\n  dsn: sqlite:data.db"),
            ["none Address config/config.yaml:2"]
        );
        assert!(said("config/production.yaml", "redis:\n  host: x").is_empty());
        let long = format!("[redis]\nhost = \"x\"\n{}", "x = 1\n".repeat(100_000));
        assert!(said("config.toml", &long).is_empty());
        assert!(said("package.json", "\"redis\": {\n \"host\": \"x\"").is_empty());
    }
}
