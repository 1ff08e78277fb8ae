//! Extensions that a repo's migrations create in PostgreSQL and that its own image does not have.

use super::places::line_at;
use crate::detect::Evidence;
use crate::repo::{Repo, name_of};

/// So many files of migrations are looked into, the newest names last.
const MOST_FILES: usize = 400;

/// Words that create an extension, and the image that has it.
const EXTENSIONS: &[(&[&str], &str)] = &[
    (
        &[
            "extension if not exists vector",
            "extension vector",
            "extension if not exists \"vector\"",
            "extension \"vector\"",
            "enable_extension \"vector\"",
            "enable_extension 'vector'",
            "vectorextension()",
        ],
        "pgvector/pgvector",
    ),
    (
        &[
            "extension if not exists postgis",
            "extension postgis",
            "extension if not exists \"postgis\"",
            "extension \"postgis\"",
            "enable_extension \"postgis\"",
            "enable_extension 'postgis'",
        ],
        "postgis/postgis",
    ),
    (
        &["extension if not exists timescaledb", "extension timescaledb", "enable_extension \"timescaledb\""],
        "timescale/timescaledb",
    ),
];

/// The image that is wanted, without a version, and the place that wants it.
pub fn image(repo: &Repo) -> Option<(&'static str, Evidence)> {
    let is_one = |path: &&str| {
        let in_migrations = path.contains("migrat") || path.contains("db/") || path.contains("sql/");
        let ends = [".sql", ".rb", ".exs", ".py", ".prisma", ".ts"].iter().any(|end| path.ends_with(end));
        ends && (in_migrations || name_of(path) == "schema.prisma") && !path.contains("node_modules")
    };
    repo.paths().filter(is_one).take(MOST_FILES).find_map(|path| {
        let text = repo.text(path)?.to_lowercase();
        let by_prisma = || {
            let list = text.lines().find(|line| line.trim_start().starts_with("extensions") && line.contains('['))?;
            let named = [("vector", "pgvector/pgvector"), ("postgis", "postgis/postgis")];
            let found = named.iter().find(|(word, _)| list.contains(word))?;
            Some((found.1, text.find(list)?))
        };
        let found =
            EXTENSIONS.iter().find_map(|(words, image)| Some((*image, words.iter().find_map(|word| text.find(word))?)));
        let (image, offset) = found.or_else(|| by_prisma().filter(|_| path.ends_with(".prisma")))?;
        Some((image, Evidence::at(path, line_at(&text, offset))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_migrations_create_chooses_the_image() {
        let said =
            |path: &str, text: &str| image(&Repo::of(&[(path, text)])).map(|(image, at)| format!("{image} {at}"));
        let vector = said("prisma/migrations/1/migration.sql", "-- x\nCREATE EXTENSION IF NOT EXISTS vector;");
        assert_eq!(vector.as_deref(), Some("pgvector/pgvector prisma/migrations/1/migration.sql:2"));
        assert_eq!(
            said("db/schema.rb", "enable_extension \"postgis\"").as_deref(),
            Some("postgis/postgis db/schema.rb:1")
        );
        assert_eq!(
            said("schema.prisma", "datasource db {\n extensions = [vector]\n}").as_deref(),
            Some("pgvector/pgvector schema.prisma:2")
        );
        assert_eq!(said("db/schema.rb", "enable_extension \"plpgsql\""), None);
    }
}
