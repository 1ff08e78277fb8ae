//! Calls that make a client of a service, by what they are given: code that hands a variable of its surroundings to a client can't
//! work without the service, and neither can one that leaves the address to libpq.
//!
//! | the call | says |
//! |---|---|
//! | `redis.from_url(os.environ["REDIS_URL"])`, or a name that got its value so in the same file | the service is needed, the variable is its address |
//! | `new Pool()`, `psycopg.connect()`, `PG.connect`, `pgx.Connect(ctx, "")` | PostgreSQL is needed, `PGHOST` and its like are its address |
//! | the same where the variable is set: `if (process.env.REDIS_URL)` | nothing: it goes on without |

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::clue::{Clues, Of, Source};
use super::kinds::{self, Kind};
use super::places::line_at;
use crate::detect::Evidence;

/// A call, the kind that it makes a client of, and words of which the file has to have one where the call alone means many things.
type Client = (&'static str, &'static str, &'static [&'static str]);

const PG: &[&str] = &["'pg'", "\"pg\""];
const POSTGRES_JS: &[&str] = &["'postgres'", "\"postgres\"", "npm:postgres", "deno.land/x/postgresjs"];
const REDIS: &[&str] = &["'redis'", "\"redis\"", "'ioredis'", "\"ioredis\"", "'@redis/client'", "\"@redis/client\""];

static CALLS: &[Client] = &[
    ("new Pool", "postgres", PG),
    ("new pg.Pool", "postgres", PG),
    ("new Client", "postgres", PG),
    ("new pg.Client", "postgres", PG),
    ("postgres", "postgres", POSTGRES_JS),
    ("psycopg.connect", "postgres", &[]),
    ("psycopg2.connect", "postgres", &[]),
    ("AsyncConnection.connect", "postgres", &["psycopg"]),
    ("AsyncConnectionPool", "postgres", &["psycopg_pool"]),
    ("ConnectionPool", "postgres", &["psycopg_pool"]),
    ("ThreadedConnectionPool", "postgres", &["psycopg2"]),
    ("asyncpg.connect", "postgres", &[]),
    ("asyncpg.create_pool", "postgres", &[]),
    ("PG.connect", "postgres", &[]),
    ("PG::Connection.new", "postgres", &[]),
    ("pgx.Connect", "postgres", &[]),
    ("pgxpool.New", "postgres", &[]),
    ("pgxpool.Connect", "postgres", &[]),
    ("pgxpool.ParseConfig", "postgres", &[]),
    ("PgPool::connect", "postgres", &[]),
    ("PgPoolOptions::new().connect", "postgres", &[]),
    ("mysql.createConnection", "mysql", &[]),
    ("mysql.createPool", "mysql", &[]),
    ("pymysql.connect", "mysql", &[]),
    ("MySQLdb.connect", "mysql", &[]),
    ("mysql.connector.connect", "mysql", &[]),
    ("Mysql2::Client.new", "mysql", &[]),
    ("MySqlPool::connect", "mysql", &[]),
    ("mongoose.connect", "mongodb", &[]),
    ("MongoClient", "mongodb", &[]),
    ("MongoClient.connect", "mongodb", &[]),
    ("AsyncIOMotorClient", "mongodb", &[]),
    ("Mongo::Client.new", "mongodb", &[]),
    ("redis.from_url", "redis", &[]),
    ("Redis.from_url", "redis", &[]),
    ("redis.Redis.from_url", "redis", &[]),
    ("redis.asyncio.from_url", "redis", &[]),
    ("aioredis.Redis.from_url", "redis", &[]),
    ("aioredis.from_url", "redis", &[]),
    ("redis.Redis", "redis", &[]),
    ("redis.StrictRedis", "redis", &[]),
    ("redis.createClient", "redis", &[]),
    ("createClient", "redis", REDIS),
    ("new Redis", "redis", REDIS),
    ("new IORedis", "redis", &[]),
    ("Redis.new", "redis", &[]),
    ("redis.ParseURL", "redis", &[]),
    ("redis::Client::open", "redis", &[]),
    ("amqp.connect", "rabbitmq", &[]),
    ("amqplib.connect", "rabbitmq", &[]),
    ("amqp.Dial", "rabbitmq", &[]),
    ("pika.URLParameters", "rabbitmq", &[]),
    ("pika.ConnectionParameters", "rabbitmq", &[]),
    ("aio_pika.connect", "rabbitmq", &[]),
    ("aio_pika.connect_robust", "rabbitmq", &[]),
    ("Bunny.new", "rabbitmq", &[]),
    ("nats.connect", "nats", &[]),
    ("nats.Connect", "nats", &[]),
    ("Dalli::Client.new", "memcached", &[]),
];

// All of them at once, and Go's openers with the driver that they name.
static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names: Vec<String> = CALLS.iter().map(|(name, ..)| regex::escape(name)).collect();
    let go = r#"sqlx?\.(?:Open|Connect|MustConnect|ConnectContext)\((?:ctx,)?\s*"(postgres|pgx|mysql)"\s*,"#;
    Regex::new(&format!(r"({})(\(|[ \t]*(?:\r?\n|$))|{go}", names.join("|"))).ok()
});

// How languages ask their surroundings for a variable.
const ASKS: &str = r#"(?:\b(?:process|import\.meta|Bun)\.env\.|\b(?:process\.env|environ|ENV|_ENV)\[\s*["']|\b(?:environ\.get|getenv|Getenv|env::var|ENV\.fetch|Deno\.env\.get|env|config)\(\s*["'])([A-Z][A-Z0-9_]{2,})"#;

static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ASKS).ok());

// A name that gets the value of a variable: `const url = process.env.REDIS_URL!`, `url := os.Getenv("X")`.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?m)^[ \t]*(?:export )?(?:const |let |var )?([A-Za-z_]\w*)(?:[ \t]*:[^=\n]{{1,40}})?[ \t]*(?:, \w+ )?:?=[ \t]*[^\n]{{0,60}}?{ASKS}"
    ))
    .ok()
});

/// Arguments that say where a server is: with one of them nothing is left to libpq.
const PLACES: &[&str] = &[
    "connectionstring",
    "connection_string",
    "dsn",
    "conninfo",
    "host",
    "hostaddr",
    "user",
    "username",
    "database",
    "dbname",
    "password",
    "port",
    "service",
    "url",
    "socket",
];

/// So much of a call is looked at.
const MOST: usize = 800;

/// Names that other packages have as well.
const JAVASCRIPT: &[&str] = &["new Pool", "new Client", "createClient", "new Redis"];

/// More calls of one file are not looked at: a file with more of them wants to take time.
const MOST_CALLS: usize = 20;

/// A variable that a client of a service is given as its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The id of a kind.
    pub kind: &'static str,
    pub project: String,
    pub key: String,
}

/// A client that looks for PostgreSQL as libpq does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftToLibpq {
    pub project: String,
    pub evidence: Evidence,
}

pub fn look(clues: &mut Clues, path: &str, text: &str) {
    let Some(calls) = &*CALL else { return };
    let mut names: Option<BTreeMap<&str, &str>> = None;
    for captures in calls.captures_iter(text).take(MOST_CALLS) {
        let (Some(whole), name) = (captures.get(0), captures.get(1)) else { continue };
        if text[..whole.start()].ends_with(|c: char| c.is_alphanumeric() || "_.".contains(c)) {
            continue;
        }
        let Some(kind) = kind_of(&captures, text, path) else { continue };
        let is_ruby_call = captures.get(2).is_some_and(|end| end.as_str() != "(");
        if is_ruby_call && !(path.ends_with(".rb") && kind.id == "postgres") {
            continue;
        }
        let given = if is_ruby_call { "" } else { arguments(&text[whole.end()..]) };
        // Behind Go's context; its openers have named their driver already.
        let given = given.strip_prefix("ctx,").or_else(|| given.strip_prefix("context.Background(),")).unwrap_or(given);
        let line = line_at(text, name.map_or(whole.end(), |name| name.start()));
        let names = names.get_or_insert_with(|| names_of(text));
        if let Some((key, is_address)) = variable(given, names) {
            if !is_optional(text, key, names) && is_of(key, kind, is_address) {
                clues.add(Of::Kind(kind), Source::Connects, path, line);
                if is_address {
                    let project = clues.project_of(path).to_owned();
                    clues.given.push(Given { kind: kind.id, project, key: key.to_owned() });
                }
            }
        } else if kind.id == "postgres" && is_left_to_libpq(given) && speaks_libpq(name.map(|it| it.as_str())) {
            clues.add(Of::Kind(kind), Source::Connects, path, line);
            let project = clues.project_of(path).to_owned();
            clues.libpq.push(LeftToLibpq { project, evidence: Evidence::at(path, line) });
        }
    }
}

fn kind_of(captures: &regex::Captures<'_>, text: &str, path: &str) -> Option<&'static Kind> {
    if let Some(driver) = captures.get(3) {
        return kinds::by_adapter(driver.as_str()).and_then(|adapter| match adapter {
            kinds::Adapter::Server(kind) => Some(kind),
            kinds::Adapter::InFile => None,
        });
    }
    let name = captures.get(1)?.as_str();
    let own = CALLS.iter().find(|(own, _, words)| {
        let is_said = words.is_empty() || words.iter().any(|word| text.contains(word));
        // `new Client` is one of the drivers' own classes only where it was brought in from there.
        let is_brought = words.is_empty() || !JAVASCRIPT.contains(&name) || is_from(text, name, words);
        *own == name && is_said && is_brought
    });
    // A driver of one language is called like something else in another: `postgres(` in a file of CSS.
    own.filter(|(own, ..)| {
        *own != "postgres" || [".js", ".ts", ".mjs", ".cjs", ".mts", ".tsx"].iter().any(|end| path.ends_with(end))
    })
    .and_then(|(_, id, _)| kinds::by_id(id))
}

/// Whether a class or function was brought in from one of these packages, and not from somewhere else.
fn is_from(text: &str, call: &str, packages: &[&str]) -> bool {
    let class = call.trim_start_matches("new ");
    let by_name = ["= pg", "= redis"];
    let is_source = |line: &str| packages.iter().chain(&by_name).any(|word| line.contains(word));
    // `import {` on several lines ends with the source.
    let mut open = false;
    text.split([';', '\n']).any(|line| {
        let begins = line.contains('{') && !line.contains('}') && (line.contains("import") || line.contains("const"));
        let is_named = line.split(|c: char| !c.is_alphanumeric()).any(|word| word == class);
        if begins {
            open = is_named;
        }
        open |= is_named && !line.contains("new ") && !line.contains('}');
        is_source(line) && (is_named && !line.contains("new ") || open && line.contains('}'))
    })
}

/// What stands between the brackets of a call whose first one was read.
fn arguments(text: &str) -> &str {
    let (mut depth, mut quote) = (0_usize, None);
    for (offset, c) in text.char_indices().take(MOST) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '{' | '[') => depth += 1,
            (None, ')' | '}' | ']') if depth == 0 => return text[..offset].trim(),
            (None, ')' | '}' | ']') => depth -= 1,
            _ => {}
        }
    }
    // One without an end says nothing.
    "?"
}

/// Names of a file that got the value of a variable.
fn names_of(text: &str) -> BTreeMap<&str, &str> {
    let found = NAMED.iter().flat_map(|regex| regex.captures_iter(text));
    found.filter_map(|captures| Some((captures.get(1)?.as_str(), captures.get(2)?.as_str()))).collect()
}

/// The variable among what a call is given, and whether it stands where the whole address does.
fn variable<'t>(given: &'t str, names: &BTreeMap<&'t str, &'t str>) -> Option<(&'t str, bool)> {
    if let Some(found) = ASKED.as_ref()?.captures(given) {
        let before = &given[..found.get(0)?.start()];
        return Some((found.get(1)?.as_str(), is_address(before)));
    }
    let words =
        |text: &'t str| text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let mut offset = 0;
    for word in words(given) {
        offset += given[offset..].find(word)?;
        let before = &given[..offset];
        let is_name =
            !before.ends_with(['"', '\'', '`', '.']) && !given[offset + word.len()..].starts_with(['(', '=', ':']);
        if let Some(key) = names.get(word).filter(|_| is_name) {
            return Some((key, is_address(before)));
        }
        offset += word.len();
    }
    None
}

/// Whether what follows is the first thing of a call, or behind a word for an address.
fn is_address(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches("os.").trim_end_matches("std::").trim_end_matches("String(");
    let before = before.trim_end_matches('&').trim_end();
    if before.is_empty() {
        return true;
    }
    let Some(word) = before.strip_suffix([':', '=']) else { return false };
    let word = word.trim_end().rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    ["url", "uri", "connectionstring", "connection_string", "dsn", "conninfo", "node", "servers"]
        .contains(&word.as_str())
}

/// Whether a variable can be about the service: by its name, or since it stands where the address does.
fn is_of(key: &str, kind: &Kind, is_address: bool) -> bool {
    match kinds::by_variable(key) {
        Some(named) => named.family().contains(&kind.id),
        None => is_address || (kind.is_sql && key.contains("DB") || key.contains("DATABASE")),
    }
}

/// Whether the code goes on where the variable is not set.
fn is_optional(text: &str, key: &str, names: &BTreeMap<&str, &str>) -> bool {
    /// Code that calls one variable more names than these is made by a machine.
    const MOST_NAMES: usize = 20;
    let own = names.iter().filter(|(_, value)| **value == key).map(|(name, _)| *name).take(MOST_NAMES);
    let all: Vec<&str> = own.chain([key]).collect();
    let lines: Vec<&str> = text.lines().collect();
    let ends = |line: &&str| ENDS.iter().any(|word| line.contains(word));
    let goes_on = |at: usize| !lines[at..].iter().take(3).any(ends);
    lines.iter().enumerate().any(|(at, line)| all.iter().any(|name| is_asked_whether(line, name, || goes_on(at))))
}

/// How code gives up.
const ENDS: &[&str] = &["throw", "raise", "exit", "panic", "atal", "die(", "abort", "assert", "expect("];

/// `if (X)`, `X ? a : b`, `X && a`, and `if (!X) return` where the code goes on; `if (!X) throw` is no choice.
fn is_asked_whether(line: &str, name: &str, goes_on: impl Fn() -> bool) -> bool {
    let Some((at, after)) = word_in(line, name) else { return false };
    let before = &line[..at];
    let after = after.trim_start_matches(['"', '\'', ']', ')']).trim_start();
    let is_ternary =
        after.starts_with('?') && !after.starts_with("??") && !after.starts_with("?.") && !after.starts_with("?:");
    if is_ternary || after.starts_with("&&") {
        return true;
    }
    let tests = before.trim_start().trim_start_matches('}').trim_start();
    let is_test = ["if ", "if(", "elif ", "elsif ", "else if", "when "].iter().any(|word| tests.starts_with(word))
        || [" if ", " unless "].iter().any(|word| before.contains(word));
    let is_missing = ["!", "not ", "unless ", "== \"\"", "is None", "=== undefined", "== null", "nil?", "err ", "err:"];
    is_test && (!is_missing.iter().any(|sign| line.contains(sign)) || goes_on())
}

/// Where a word stands in a line, and what follows it.
fn word_in<'t>(line: &'t str, word: &str) -> Option<(usize, &'t str)> {
    let at = line.find(word)?;
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let after = &line[at + word.len()..];
    (!is_part(line[..at].chars().next_back()) && !is_part(after.chars().next())).then_some((at, after))
}

/// Whether what a call is given says nothing of where the server is.
fn is_left_to_libpq(given: &str) -> bool {
    if matches!(given.trim(), "" | "\"\"" | "''" | "{}") {
        return true;
    }
    // A name, a spread, a text: anything may be in it.
    let inside = given.trim().strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(given);
    inside.split(',').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let Some((key, _)) = part.split_once([':', '=']) else { return false };
        let key = key.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        let is_word = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        is_word && !PLACES.contains(&key.as_str())
    })
}

/// Whether a driver takes libpq's variables where it is told nothing.
fn speaks_libpq(call: Option<&str>) -> bool {
    call.is_none_or(|call| !call.starts_with("Pg"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    /// `kind key` of each variable that is an address, `kind libpq`, or `kind` where only that is known.
    fn said(path: &str, text: &str) -> Vec<String> {
        let repo = Repo::of(&[(path, text)]);
        let mut clues = Clues::new(&repo);
        look(&mut clues, path, text);
        let needed = clues.all.iter().filter_map(|clue| Some(clue.of.kind()?.id.to_owned()));
        let given = clues.given.iter().map(|it| format!("{} {}", it.kind, it.key));
        let libpq = clues.libpq.iter().map(|it| format!("libpq {}", it.evidence));
        needed.chain(given).chain(libpq).collect()
    }

    #[test]
    fn a_variable_that_a_client_is_given_is_its_address() {
        for (path, text, expected) in [
            ("a.py", "r = redis.from_url(os.environ[\"CACHE_PLACE\"])", "redis CACHE_PLACE"),
            ("a.py", "r = redis.Redis.from_url(os.getenv('REDIS_URL'))", "redis REDIS_URL"),
            ("a.py", "URL = os.environ['STORE']\nconn = psycopg.connect(URL)", "postgres STORE"),
            (
                "a.js",
                "import { createClient } from 'redis'\nconst c = createClient({ url: process.env.REDIS_URL })",
                "redis REDIS_URL",
            ),
            (
                "a.ts",
                "import { Pool } from 'pg';\nconst p = new Pool({\n  connectionString: process.env.STORE,\n});",
                "postgres STORE",
            ),
            (
                "a.ts",
                "import pg from 'pg';\nconst { Pool } = pg;\nconst p = new Pool({ connectionString: process.env.STORE })",
                "postgres STORE",
            ),
            ("a.go", "db, err := sql.Open(\"postgres\", os.Getenv(\"STORE\"))", "postgres STORE"),
            ("a.go", "pool, err := pgxpool.New(ctx, os.Getenv(\"STORE\"))", "postgres STORE"),
            ("a.rb", "R = Redis.new(url: ENV.fetch('KEPT_AT'))", "redis KEPT_AT"),
            ("a.js", "const u = process.env.AMQP_URL\nawait amqp.connect(u)", "rabbitmq AMQP_URL"),
        ] {
            let kind = expected.split(' ').next().unwrap_or_default();
            assert_eq!(said(path, text), [kind, expected], "{text}");
        }
        let parts = "r = redis.Redis(host=os.environ['REDIS_HOST'], port=6379)";
        assert_eq!(said("a.py", parts), ["redis"]);
    }

    #[test]
    fn a_client_that_is_told_nothing_looks_as_libpq_does() {
        for (path, text) in [
            ("a.js", "const { Pool } = require('pg')\nconst pool = new Pool()"),
            ("a.ts", "import pg from 'pg'\nconst c = new pg.Client()"),
            ("a.ts", "import {\n  Pool,\n} from 'pg'\nconst pool = new Pool({ max: 10, ssl: false })"),
            ("a.js", "import postgres from 'postgres'\nconst sql = postgres()"),
            ("a.py", "with psycopg.connect() as c:"),
            ("a.py", "c = psycopg2.connect('')"),
            ("a.py", "c = psycopg.connect(autocommit=True)"),
            ("a.rb", "db = PG.connect\n"),
            ("a.rb", "db = PG.connect()"),
            ("a.go", "conn, err := pgx.Connect(ctx, \"\")"),
            ("a.go", "db, err := sql.Open(\"pgx\", \"\")"),
        ] {
            let found = said(path, text);
            assert!(found.len() == 2 && found[0] == "postgres" && found[1].starts_with("libpq "), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_may_be_anything_says_nothing() {
        for (path, text) in [
            ("a.js", "const { Pool } = require('generic-pool')\nconst pool = new Pool()"),
            (
                "a.js",
                "const { Pool } = require('pg'); const { Client } = require('discord.js')\nnew Client({ intents: [] })",
            ),
            ("a.js", "const { Pool } = require('pg')\nconst pool = new Pool(config)"),
            ("a.js", "const { Pool } = require('pg')\nconst pool = new Pool({ ...config, max: 1 })"),
            ("a.js", "const { Pool } = require('pg')\nconst pool = new Pool({ host, user })"),
            ("a.py", "c = psycopg.connect(dsn)"),
            ("a.py", "c = psycopg.connect(**settings)"),
            ("a.js", "if (process.env.REDIS_URL) {\n  c = redis.createClient({ url: process.env.REDIS_URL })\n}"),
            ("a.py", "url = os.getenv('REDIS_URL')\nif url:\n    r = redis.from_url(url)"),
            ("a.js", "const c = process.env.REDIS_URL ? new IORedis(process.env.REDIS_URL) : null"),
            ("a.py", "psycopg.connect("),
            (
                "a.js",
                "import { createClient } from '@supabase/supabase-js'\nimport x from 'redis'\ncreateClient(process.env.SUPABASE_URL)",
            ),
            ("a.css", "postgres()"),
        ] {
            assert!(said(path, text).is_empty(), "{text}: {:?}", said(path, text));
        }
        let guarded =
            "if (!process.env.REDIS_URL) throw new Error('x')\nc = redis.createClient({ url: process.env.REDIS_URL })";
        assert_eq!(said("a.js", guarded), ["redis", "redis REDIS_URL"]);
    }
}
