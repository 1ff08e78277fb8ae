//! Code near the places where programs are set up: addresses that it falls back to, clients that it makes, variables that it
//! asks for.

use std::sync::LazyLock;

use regex::Regex;

use super::address;
use super::clients::{BUILT_IN, CLIENTS, IN_FILE};
use super::clue::{Clues, Of, Source};
use super::places::{self, line_at};
use super::{connects, kinds};
use crate::repo::{Repo, name_of};

/// More files than this are not looked into, and of each not more than this.
const MOST_FILES: usize = 600;
pub(super) const MOST_BYTES: usize = 200_000;

/// A repo with no more programs than this is read as a whole.
const FEW_FILES: usize = 60;

const ENDINGS: &[&str] = &[
    "js", "ts", "mjs", "cjs", "mts", "jsx", "tsx", "py", "rb", "php", "go", "rs", "java", "kt", "scala", "clj", "cs",
    "fs", "ex", "exs", "cr", "hs", "swift",
];

/// Words of names of files in which programs are set up.
const WORDS: &[&str] = &[
    "main",
    "app",
    "index",
    "server",
    "config",
    "configuration",
    "settings",
    "setting",
    "database",
    "db",
    "dbs",
    "redis",
    "cache",
    "queue",
    "worker",
    "conn",
    "connection",
    "store",
    "storage",
    "setup",
    "env",
    "environment",
    "options",
    "option",
    "models",
    "startup",
    "program",
    "dependencies",
    "dependency",
    "bootstrap",
    "context",
    "postgres",
    "postgresql",
    "mysql",
    "mongo",
    "mongodb",
    "mongoose",
    "sql",
    "kafka",
    "rabbitmq",
    "amqp",
    "celery",
    "tasks",
    "broker",
    "pool",
    "client",
    "session",
    "init",
    "core",
    "web",
    "api",
    "wsgi",
    "asgi",
    "runtime",
    "dev",
    "boot",
    "module",
    "injection",
    "extensions",
    "data",
    "base",
    "custom",
    "sidekiq",
    "elasticsearch",
    "search",
    "mailer",
    "user",
    "lib",
    "state",
    "firestore",
    "nats",
    "meilisearch",
    "typesense",
];

static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b[A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*(?:URL|URI|HOST|ADDR|ADDRESS|DSN|SERVER|HOSTNAME|BROKERS|ENDPOINT)\b|\bPGHOST\b|\bMONGOHQ_URL\b").ok()
});

// A client that is made with the name of a service: `Redis(host="redis"`.
static BY_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(redis|postgres|npgsql|mysql|mongo|rabbitmq|amqp)[a-z]*(?:\.(?:redis|strictredis|client|connect|createclient|createpool|createconnection|newclient|mongoclient))?\(\s*(?:host(?:name)?\s*[=:]\s*)?["']([a-z][a-z0-9-]*)["']\s*[,)]"#).ok()
});

// A connection string of .NET: `Server=db;Username=postgres;`.
static KEYWORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#""(?:Server|Host)=([A-Za-z0-9.-]+);[^"]*(?:User ?(?:name|[Ii]d)|Password|Database)="#).ok()
});

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in files(repo) {
        let Some(text) = repo.text(path).filter(|text| text.len() <= MOST_BYTES) else { continue };
        let text = places::without_comments(&text);
        addresses(clues, path, &text);
        clients(clues, path, &text);
        connects::look(clues, path, &text);
        variables(clues, path, &text);
    }
}

/// The files in which programs are set up.
pub fn files(repo: &Repo) -> Vec<&str> {
    let all: Vec<&str> = places::near(repo).filter(|path| is_code(path) && !places::is_elsewhere(path)).collect();
    if all.len() <= FEW_FILES {
        return all;
    }
    all.into_iter().filter(|path| is_setup(path)).take(MOST_FILES).collect()
}

/// Whether a file holds a program, by its ending.
pub fn is_code(path: &str) -> bool {
    name_of(path).rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

fn is_setup(path: &str) -> bool {
    let name = name_of(path);
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    if !ENDINGS.contains(&ending) || places::is_elsewhere(path) || stem.ends_with(".d") || stem.ends_with("_test") {
        return false;
    }
    // A folder of that name is as good: `config/initializers/x.rb`, `internal/redis/x.go`.
    let parts: Vec<&str> = path.split('/').rev().skip(1).take(2).collect();
    let in_folder = parts.iter().any(|part| {
        matches!(
            *part,
            "config" | "settings" | "db" | "database" | "initializers" | "redis" | "cache" | "storage" | "conf"
        )
    });
    in_folder || words_of(stem).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// `appSettings` and `app_settings` alike.
fn words_of(stem: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in stem.chars() {
        let splits = !c.is_alphanumeric();
        if splits || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if !splits && let Some(last) = words.last_mut() {
            last.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words
}

fn addresses(clues: &mut Clues, path: &str, text: &str) {
    for found in address::all_in(text) {
        let clue = clues.add(Of::Kind(found.kind), Source::Address, path, found.line);
        clue.host = found.host;
        clue.login = found.login;
    }
    if let Some(by_name) = &*BY_NAME {
        for captures in by_name.captures_iter(text) {
            let (Some(word), Some(host)) = (captures.get(1), captures.get(2)) else { continue };
            let word = word.as_str().to_ascii_lowercase().replace("npgsql", "postgres");
            let kind =
                kinds::KINDS.iter().find(|kind| kind.id.starts_with(&word) || kind.schemes.contains(&word.as_str()));
            if let Some(kind) = kind {
                let name = address::service_name(host.as_str()).map(str::to_owned);
                clues.add(Of::Kind(kind), Source::Address, path, line_at(text, host.start())).host = name;
            }
        }
    }
    if let Some(keywords) = &*KEYWORDS {
        for captures in keywords.captures_iter(text) {
            let Some(host) = captures.get(1) else { continue };
            let clue = clues.add(Of::SomeSql, Source::Address, path, line_at(text, host.start()));
            clue.host = address::service_name(host.as_str()).map(str::to_owned);
        }
    }
    if let Some(offset) = IN_FILE.iter().find_map(|needle| text.find(needle)) {
        clues.add(Of::NoSql, Source::Address, path, line_at(text, offset));
    }
}

fn clients(clues: &mut Clues, path: &str, text: &str) {
    for (id, needles) in CLIENTS {
        let place = needles.iter().filter_map(|needle| text.find(needle)).min();
        if let (Some(offset), Some(kind)) = (place, kinds::by_id(id)) {
            clues.add(Of::Kind(kind), Source::Reads, path, line_at(text, offset));
        }
    }
    for (id, needles) in BUILT_IN.iter().filter(|_| path.ends_with(".php")) {
        let place = needles.iter().filter_map(|needle| text.find(needle)).min();
        if let (Some(offset), Some(kind)) = (place, kinds::by_id(id)) {
            let source = if is_fallback(&text[..offset]) { Source::Address } else { Source::Decides };
            clues.add(Of::Kind(kind), source, path, line_at(text, offset));
        }
    }
}

/// Whether what follows is only taken where a variable is not set: `getenv('DSN') ?: 'mysql:…'`.
fn is_fallback(before: &str) -> bool {
    let line = before.rsplit(['\n', ';']).next().unwrap_or_default();
    let line = line.trim_end().trim_end_matches(['"', '\'']).trim_end();
    let asks = ["env(", "_ENV[", "_SERVER["].iter().any(|call| line.contains(call));
    asks && ["?:", "??", "||", ","].iter().any(|sign| line.ends_with(sign))
}

fn variables(clues: &mut Clues, path: &str, text: &str) {
    let Some(variable) = &*VARIABLE else { return };
    let mut known: Vec<&str> = Vec::new();
    for place in variable.find_iter(text) {
        let name = place.as_str();
        if known.contains(&name) {
            continue;
        }
        known.push(name);
        let is_sql = [
            "DATABASE_URL",
            "DATABASE_HOST",
            "DB_HOST",
            "DB_URL",
            "DB_URI",
            "DATABASE_URI",
            "DATABASE_DSN",
            "DB_DSN",
            "DB_ADDR",
        ];
        let of = match kinds::by_variable(name) {
            Some(kind) => Of::Kind(kind),
            None if is_sql.iter().any(|known| name.ends_with(known)) => Of::SomeSql,
            None => continue,
        };
        clues.add(of, Source::Reads, path, line_at(text, place.start()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> Vec<String> {
        let repo = Repo::of(&[(path, text)]);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        let shown = clues.all.iter().map(|it| {
            let of = it.of.kind().map_or_else(|| format!("{:?}", it.of), |kind| kind.id.to_owned());
            format!("{of} {:?} {}", it.source, it.host.as_deref().unwrap_or("-"))
        });
        shown.collect()
    }

    #[test]
    fn code_says_what_it_falls_back_to() {
        assert_eq!(
            said("config/index.js", "url: process.env.REDIS_URL || 'redis://cache:6379/0'"),
            ["redis Address cache", "redis Reads -"]
        );
        assert_eq!(said("vote/app.py", "g.redis = Redis(host=\"redis\", db=0)"), ["redis Address redis"]);
        assert_eq!(
            said("worker/Program.cs", "OpenDb(\"Server=db;Username=postgres;Password=x;\")"),
            ["SomeSql Address db"]
        );
        assert_eq!(
            said("app.py", "url = os.environ.get('DATABASE_URL', 'sqlite:///x.db')"),
            ["NoSql Address -", "SomeSql Reads -"]
        );
        assert_eq!(said("index.php", "$db = new PDO('mysql:host=localhost');"), ["mysql Decides -"]);
        assert_eq!(said("index.php", "$dsn = getenv('DSN') ?: 'mysql:host=localhost';"), ["mysql Address -"]);
        assert!(said("app.py", "# redis://localhost").is_empty());
        assert!(!is_setup("src/button.ts") && is_setup("src/config/button.ts") && is_setup("src/appSettings.ts"));
        assert!(said("app.py", "if url.startswith('postgres://'):").is_empty());
    }
}
