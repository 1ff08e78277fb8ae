//! How a program connects to a database: one short example for each language and kind of database. Pure.

use serde::Serialize;

/// A language that a repo may be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Node,
    Python,
    Go,
    Ruby,
    Php,
    Java,
    Rust,
}

impl Language {
    /// Each with files by which it is told.
    pub const SIGNS: &[(Self, &[&str])] = &[
        (Self::Node, &["package.json"]),
        (Self::Python, &["pyproject.toml", "requirements.txt", "setup.py", "Pipfile"]),
        (Self::Go, &["go.mod"]),
        (Self::Ruby, &["Gemfile"]),
        (Self::Php, &["composer.json"]),
        (Self::Java, &["pom.xml", "build.gradle", "build.gradle.kts"]),
        (Self::Rust, &["Cargo.toml"]),
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Node => "Node",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::Ruby => "Ruby",
            Self::Php => "PHP",
            Self::Java => "Java",
            Self::Rust => "Rust",
        }
    }
}

/// An example that can be pasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snippet {
    /// `Shell`, or the language's name.
    pub label: &'static str,
    pub code: String,
}

/// A kind of database by the beginning of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Postgres,
    Mysql,
    Redis,
    Mongo,
}

/// Examples for the shell and each of these languages; none for an address of another kind.
pub fn snippets(url: &str, languages: &[Language]) -> Vec<Snippet> {
    let Some(family) = family(url) else { return Vec::new() };
    let shell = Snippet { label: "Shell", code: shell(family, url) };
    let rest = languages.iter().map(|language| {
        let url = if *language == Language::Java { jdbc(family, url) } else { url.to_owned() };
        Snippet { label: language.label(), code: code(family, *language).replace("ADDRESS", &url) }
    });
    std::iter::once(shell).chain(rest).collect()
}

fn family(url: &str) -> Option<Family> {
    match url.split_once("://")?.0 {
        "postgres" | "postgresql" => Some(Family::Postgres),
        "mysql" | "mariadb" => Some(Family::Mysql),
        "redis" | "valkey" => Some(Family::Redis),
        "mongodb" => Some(Family::Mongo),
        _ => None,
    }
}

/// Java's own form wants the login apart: `jdbc:postgresql://host:port/name?user=…&password=…`.
fn jdbc(family: Family, url: &str) -> String {
    let scheme = match family {
        Family::Postgres => "jdbc:postgresql",
        Family::Mysql => "jdbc:mysql",
        Family::Redis | Family::Mongo => return url.to_owned(),
    };
    let Some((_, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((login, place)) = rest.rsplit_once('@') else { return format!("{scheme}://{rest}") };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let joint = if place.contains('?') { '&' } else { '?' };
    format!("{scheme}://{place}{joint}user={user}&password={password}")
}

fn shell(family: Family, url: &str) -> String {
    match family {
        Family::Postgres => format!("psql '{url}'"),
        Family::Mysql => mysql_client(url).unwrap_or_else(|| format!("mysqlsh --sql '{url}'")),
        Family::Redis => format!("redis-cli -u '{url}'"),
        Family::Mongo => format!("mongosh '{url}'"),
    }
}

/// The usual client takes no address.
fn mysql_client(url: &str) -> Option<String> {
    let (login, place) = url.split_once("://")?.1.rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let (host, name) = place.split_once('/')?;
    let (host, port) = host.rsplit_once(':')?;
    Some(format!("mysql --host={host} --port={port} --user={user} --password='{password}' {name}"))
}

fn code(family: Family, language: Language) -> &'static str {
    match family {
        Family::Postgres => postgres(language),
        Family::Mysql => mysql(language),
        Family::Redis => redis(language),
        Family::Mongo => mongo(language),
    }
}

fn postgres(language: Language) -> &'static str {
    match language {
        Language::Node => {
            "import pg from \"pg\";\n\nconst client = new pg.Client(\"ADDRESS\");\nawait client.connect();"
        }
        Language::Python => "import psycopg\n\nconnection = psycopg.connect(\"ADDRESS\")",
        Language::Go => "connection, err := pgx.Connect(ctx, \"ADDRESS\")",
        Language::Ruby => "require \"pg\"\n\nconnection = PG.connect(\"ADDRESS\")",
        Language::Php => "$connection = pg_connect(\"ADDRESS\");",
        Language::Java => "Connection connection = DriverManager.getConnection(\"ADDRESS\");",
        Language::Rust => "let pool = sqlx::PgPool::connect(\"ADDRESS\").await?;",
    }
}

fn mysql(language: Language) -> &'static str {
    match language {
        Language::Node => {
            "import mysql from \"mysql2/promise\";\n\nconst connection = await mysql.createConnection(\"ADDRESS\");"
        }
        Language::Python => {
            "from sqlalchemy import create_engine\n\nengine = create_engine(\"ADDRESS\".replace(\"mysql://\", \"mysql+pymysql://\"))"
        }
        Language::Go => "// github.com/xo/dburl reads addresses of this form\ndb, err := dburl.Open(\"ADDRESS\")",
        Language::Ruby => "require \"sequel\"\n\ndb = Sequel.connect(\"ADDRESS\".sub(\"mysql:\", \"mysql2:\"))",
        Language::Php => {
            "$at = parse_url(\"ADDRESS\");\n$connection = new mysqli($at['host'], $at['user'], $at['pass'], ltrim($at['path'], '/'), $at['port']);"
        }
        Language::Java => "Connection connection = DriverManager.getConnection(\"ADDRESS\");",
        Language::Rust => "let pool = sqlx::MySqlPool::connect(\"ADDRESS\").await?;",
    }
}

fn redis(language: Language) -> &'static str {
    match language {
        Language::Node => {
            "import { createClient } from \"redis\";\n\nconst client = await createClient({ url: \"ADDRESS\" }).connect();"
        }
        Language::Python => "import redis\n\nclient = redis.from_url(\"ADDRESS\")",
        Language::Go => "options, err := redis.ParseURL(\"ADDRESS\")\nclient := redis.NewClient(options)",
        Language::Ruby => "require \"redis\"\n\nclient = Redis.new(url: \"ADDRESS\")",
        Language::Php => "$client = new Predis\\Client(\"ADDRESS\");",
        Language::Java => "RedisClient client = RedisClient.create(\"ADDRESS\");",
        Language::Rust => "let client = redis::Client::open(\"ADDRESS\")?;",
    }
}

fn mongo(language: Language) -> &'static str {
    match language {
        Language::Node => {
            "import { MongoClient } from \"mongodb\";\n\nconst client = await new MongoClient(\"ADDRESS\").connect();"
        }
        Language::Python => "from pymongo import MongoClient\n\nclient = MongoClient(\"ADDRESS\")",
        Language::Go => "client, err := mongo.Connect(options.Client().ApplyURI(\"ADDRESS\"))",
        Language::Ruby => "require \"mongo\"\n\nclient = Mongo::Client.new(\"ADDRESS\")",
        Language::Php => "$client = new MongoDB\\Client(\"ADDRESS\");",
        Language::Java => "MongoClient client = MongoClients.create(\"ADDRESS\");",
        Language::Rust => "let client = mongodb::Client::with_uri_str(\"ADDRESS\").await?;",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_the_shell_and_for_each_language_and_each_holds_the_address() {
        let languages: Vec<Language> = Language::SIGNS.iter().map(|(language, _)| *language).collect();
        for scheme in ["postgres", "postgresql", "mysql", "redis", "mongodb"] {
            let url = format!("{scheme}://app:p-4711@127.0.0.1:5432/shop");
            let all = snippets(&url, &languages);
            assert_eq!(all.len(), 8);
            for Snippet { label, code } in all {
                assert!(
                    ["127.0.0.1", "5432", "shop", "p-4711"].iter().all(|part| code.contains(part)),
                    "{label}: {code}"
                );
                assert!(!code.contains("ADDRESS"), "{label}: {code}");
            }
        }
        assert!(snippets("http://localhost:3000", &languages).is_empty());
    }

    #[test]
    fn java_wants_the_login_apart() {
        let code = &snippets("postgres://app:secret@127.0.0.1:5432/shop", &[Language::Java])[1].code;
        assert!(code.contains("\"jdbc:postgresql://127.0.0.1:5432/shop?user=app&password=secret\""), "{code}");
    }
}
