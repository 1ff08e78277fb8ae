//! Settings of Knex, TypeORM, Sequelize, Drizzle, MikroORM, Strapi, Payload and Adonis.

use std::sync::LazyLock;

use regex::Regex;

use super::adapter;
use crate::detect::services::clue::Clues;
use crate::detect::services::places::{self, line_at};
use crate::repo::{folder_of, name_of};

// `client: 'pg'`, `"dialect": "postgres"`, `type: process.env.X || 'mysql'`, `env('DATABASE_CLIENT', 'sqlite')`.
static CHOICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"["']?\b(client|dialect|type|driver|provider|connection)["']?\s*[:=]\s*(?:[\w.()'",\s]*?(?:\|\||\?\?|,)\s*)?["'`]([A-Za-z0-9:_-]+)["'`]"#).ok()
});

// What MikroORM, Payload and others say by a function or class.
const WORDS: &[(&str, &str)] = &[
    ("PostgreSqlDriver", "postgres"),
    ("postgresAdapter(", "postgres"),
    ("vercelPostgresAdapter(", "postgres"),
    ("MySqlDriver", "mysql"),
    ("MariaDbDriver", "mariadb"),
    ("MongoDriver", "mongodb"),
    ("mongooseAdapter(", "mongodb"),
    ("SqliteDriver", "sqlite"),
    ("BetterSqliteDriver", "sqlite"),
    ("sqliteAdapter(", "sqlite"),
];

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| is_settings(path)) {
        let Some(text) = repo.text(path) else { continue };
        let text = places::without_comments(&text);
        let from = development(&text);
        if let Some((offset, word)) = choice(&text[from..]) {
            adapter(clues, word, path, line_at(&text, from + offset));
            continue;
        }
        for (needle, word) in WORDS {
            if let Some(offset) = text.find(needle) {
                adapter(clues, word, path, line_at(&text, offset));
                break;
            }
        }
    }
}

/// Where the settings of development begin; 0 where all surroundings share them.
fn development(text: &str) -> usize {
    ["development:", "\"development\":", "'development':"].iter().find_map(|key| text.find(key)).unwrap_or(0)
}

/// The first word that names a database.
fn choice(text: &str) -> Option<(usize, &str)> {
    let found = CHOICE.as_ref()?.captures_iter(text).filter_map(|captures| captures.get(2));
    found
        .map(|word| (word.start(), word.as_str()))
        .find(|(_, word)| crate::detect::services::kinds::by_adapter(word).is_some())
}

fn is_settings(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    if !matches!(ending, "js" | "ts" | "mjs" | "cjs" | "mts" | "cts" | "json") || places::is_elsewhere(path) {
        return false;
    }
    let known = [
        "knexfile",
        "ormconfig",
        "data-source",
        "datasource",
        "typeorm.config",
        "typeorm-config",
        "typeorm",
        "drizzle.config",
        "drizzle",
        "mikro-orm.config",
        "mikroorm.config",
        "payload.config",
        "database.config",
        "database",
        "app.module",
        "database.module",
        "database.providers",
        "sequelize",
        "db.config",
        "dbconfig",
        "orm.config",
        "app-data-source",
        "config.database",
        "keystone",
        "database.service",
        "typeorm-config.service",
    ];
    let in_config = matches!(name_of(folder_of(path)), "config" | "db" | "database");
    known.contains(&stem) || (in_config && matches!(stem, "config" | "index" | "db" | "default" | "development"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::services::clue::{Of, Source};
    use crate::repo::Repo;

    fn said(path: &str, text: &str) -> Vec<String> {
        let repo = Repo::of(&[(path, text)]);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        clues
            .all
            .iter()
            .map(|clue| {
                assert_eq!(clue.source, Source::Decides);
                match clue.of {
                    Of::Kind(kind) => format!("{} {}", kind.id, clue.evidence),
                    other => format!("{other:?} {}", clue.evidence),
                }
            })
            .collect()
    }

    #[test]
    fn the_settings_of_development_decide() {
        let knex = "module.exports = {\n  production: { client: 'pg' },\n  development: {\n    client: 'sqlite3' } }";
        assert_eq!(said("knexfile.js", knex), ["NoSql knexfile.js:4"]);
        assert_eq!(
            said("drizzle.config.ts", "export default { dialect: \"postgresql\" }"),
            ["postgres drizzle.config.ts:1"]
        );
        assert_eq!(said("src/data-source.ts", "new DataSource({\n  type: 'mysql',\n"), ["mysql src/data-source.ts:2"]);
        let strapi = "const client = env('DATABASE_CLIENT', 'postgres');";
        assert_eq!(said("config/database.ts", strapi), ["postgres config/database.ts:1"]);
        assert_eq!(said("mikro-orm.config.ts", "driver: PostgreSqlDriver"), ["postgres mikro-orm.config.ts:1"]);
        assert!(said("src/form.ts", "type: 'mysql'").is_empty());
        assert!(said("src/app.module.ts", "// type: 'mysql'").is_empty());
    }
}
