//! The name of a database that code goes on with where no variable gives one: `getenv('DB_NAME') ?: 'guestbook'`.

use std::sync::LazyLock;

use regex::Regex;

use super::code;
use super::places::{line_at, without_comments};
use crate::detect::Evidence;
use crate::repo::Repo;

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\b(?:DB_NAME|DB_DATABASE|DATABASE_NAME|MYSQL_DATABASE|MYSQL_DB|MARIADB_DATABASE|POSTGRES_DB|PGDATABASE)\b["']?[\])]?\s*(?:\?:|\?\?|\|\||,|\bor\b)\s*["']([A-Za-z][A-Za-z0-9_-]{0,62})["']"#).ok()
});

/// Names that a server has by itself.
const OF_SERVERS: &[&str] = &["postgres", "mysql", "information_schema", "template1", "test"];

/// `None` = code names none, or several.
pub fn database(repo: &Repo) -> Option<(String, Evidence)> {
    let name = NAME.as_ref()?;
    let mut found: Option<(String, Evidence)> = None;
    for path in code::files(repo) {
        let Some(text) = repo.text(path).filter(|text| text.len() <= code::MOST_BYTES) else { continue };
        let text = without_comments(&text);
        for captures in name.captures_iter(&text) {
            let Some(value) = captures.get(1).filter(|value| !OF_SERVERS.contains(&value.as_str())) else { continue };
            match &found {
                Some((known, _)) if known == value.as_str() => {}
                Some(_) => return None,
                None => found = Some((value.as_str().to_owned(), Evidence::at(path, line_at(&text, value.start())))),
            }
        }
    }
    found
}
