//! A file of statements that makes the tables, and that nothing runs: it is suggested as the database's `seed`.

use super::{Evidence, Findings, ServiceSource, Unresolved, tables};
use crate::repo::{Repo, join, name_of};

/// Where people put it, seen from the root or an app's folder.
const FILES: &[&str] = &[
    "sql/schema.sql",
    "db/schema.sql",
    "database/schema.sql",
    "schema.sql",
    "sql/init.sql",
    "db/init.sql",
    "database/init.sql",
    "init.sql",
];

/// Adds the suggestion as a comment at the only database of the repo.
pub fn tell(repo: &Repo, findings: &mut Findings) {
    let is_sql = |source: &ServiceSource| matches!(source, ServiceSource::Catalog(id) if ["postgres", "mysql", "mariadb"].contains(&id.as_str()));
    let mut databases = findings.services.iter().filter(|service| is_sql(&service.source));
    let (Some(database), None) = (databases.next(), databases.next()) else { return };
    // What a compose file hands in is run by the service itself.
    if !database.files.is_empty()
        || findings.apps.iter().any(|app| app.setup.iter().any(|it| tables::prepares(&it.value.run)))
    {
        return;
    }
    let folders = std::iter::once("").chain(findings.apps.iter().map(|app| app.path.as_str()));
    let mut found = folders.flat_map(|folder| FILES.iter().filter_map(move |name| join(folder, name)));
    let Some(path) = found.find(|path| repo.has(path) && !is_called(repo, path)) else { return };
    let (about, evidence) = (database.name.clone(), vec![Evidence::file(&path)]);
    let id = if let ServiceSource::Catalog(id) = &database.source { id.as_str() } else { "postgres" };
    let written = database.version.as_ref().map_or_else(|| id.to_owned(), |version| format!("{id}@{}", version.value));
    let question = format!("nothing runs {path}; `{{ use: {written}, seed: {path} }}` fills a new database with it");
    findings.unresolved.push(Unresolved { about, field: "seed".to_owned(), question, choices: Vec::new(), evidence });
}

/// Whether a program reads the file when it starts.
fn is_called(repo: &Repo, path: &str) -> bool {
    let name = name_of(path);
    super::services::code::files(repo).iter().any(|file| repo.text(file).is_some_and(|text| text.contains(name)))
}

#[cfg(test)]
mod tests {
    use crate::detect::detect;
    use crate::repo::Repo;

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let findings = detect(&Repo::of(files));
        let seeds = findings.unresolved.iter().filter(|it| it.field == "seed");
        seeds.map(|it| format!("{}: {}", it.about, it.question.split([' ', ';']).nth(2).unwrap())).collect()
    }

    #[test]
    fn a_schema_that_nothing_runs_is_suggested() {
        let page = ("index.php", "<?php $db = new mysqli(getenv('DB_HOST') ?: 'localhost');");
        let schema = ("sql/schema.sql", "create table entries (id int);");
        assert_eq!(told(&[page, schema]), ["db: sql/schema.sql"]);
        let reader = ("install.php", "<?php $db->multi_query(file_get_contents('sql/schema.sql'));");
        assert!(told(&[page, schema, reader]).is_empty());
        assert!(told(&[schema]).is_empty());
        let compose = "services: { db: { image: 'mysql:8', volumes: ['./sql:/docker-entrypoint-initdb.d'] } }";
        assert!(told(&[page, schema, ("compose.yaml", compose)]).is_empty());
    }
}
