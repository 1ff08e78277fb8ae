//! Files of statements that make the tables, and that nothing runs: what the repo says is loaded is the database's `seed`, and what only
//! its name speaks for is suggested as one.

use super::{Evidence, Findings, Seed, ServiceSource, Unresolved, tables};
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

/// Where a repo says how it is worked with.
const READMES: &[&str] =
    &["README.md", "readme.md", "README.rst", "README.txt", "README", "INSTALL.md", "docs/setup.md"];

/// What makes a file one that a new database can't begin with: it chooses a database by itself.
const CHOOSES: &[&str] = &["create database", "drop database", "\nuse ", "\n\\c ", "\n\\connect "];

/// Gives the only database of the repo the files that the repo says are loaded into it, or suggests the one whose name speaks for it.
pub fn tell(repo: &Repo, findings: &mut Findings) {
    let is_sql = |source: &ServiceSource| client_of(source).is_some();
    let mut databases = findings.services.iter_mut().filter(|service| is_sql(&service.source));
    let (Some(database), None) = (databases.next(), databases.next()) else { return };
    // What a compose file hands in is run by the service itself.
    let is_prepared = findings.apps.iter().any(|app| app.setup.iter().any(|it| tables::prepares(&it.value.run)));
    if !database.files.is_empty() || is_prepared {
        return;
    }
    if let Some(seed) = said(repo, client_of(&database.source).unwrap_or_default()) {
        database.seed = Some(seed);
        return;
    }
    let folders = std::iter::once("").chain(findings.apps.iter().map(|app| app.path.as_str()));
    let mut found = folders.flat_map(|folder| FILES.iter().filter_map(move |name| join(folder, name)));
    let Some(path) = found.find(|path| repo.has(path) && !is_called(repo, path)) else { return };
    let (about, evidence) = (database.name.clone(), vec![Evidence::file(&path)]);
    let question = match fits(repo, &path) {
        true => format!("nothing loads {path} into a new database; as its `seed` in dev.yaml it is loaded"),
        false => format!(
            "nothing loads {path} into a new database; without the lines that choose a database it can be its `seed` in dev.yaml"
        ),
    };
    database.seed = fits(repo, &path).then(|| Seed { files: vec![path], said: None });
    findings.unresolved.push(Unresolved { about, field: "seed".to_owned(), question, choices: Vec::new(), evidence });
}

/// The clients with which people load a file into a database of this kind.
fn client_of(source: &ServiceSource) -> Option<&'static [&'static str]> {
    let ServiceSource::Catalog(id) = source else { return None };
    match id.as_str() {
        "postgres" => Some(&["psql"]),
        "mysql" | "mariadb" => Some(&["mysql", "mariadb"]),
        _ => None,
    }
}

/// The files that the README, or else continuous integration, loads with one of these clients.
fn said(repo: &Repo, clients: &[&str]) -> Option<Seed> {
    let readmes = READMES.iter().copied().filter(|path| repo.has(path));
    let of_ci = repo.in_folder(".github/workflows").chain([".gitlab-ci.yml"].into_iter().filter(|path| repo.has(path)));
    readmes.chain(of_ci).find_map(|place| {
        let text = repo.text(place)?;
        let mut seed: Option<Seed> = None;
        for (index, line) in text.lines().enumerate().take(5000) {
            let Some(file) = loaded(line, clients).and_then(|file| join("", file.trim_start_matches("./"))) else {
                continue;
            };
            if !repo.has(&file) || !fits(repo, &file) || is_called(repo, &file) {
                continue;
            }
            let seed =
                seed.get_or_insert_with(|| Seed { files: Vec::new(), said: Some(Evidence::at(place, index + 1)) });
            if !seed.files.contains(&file) {
                seed.files.push(file);
            }
        }
        seed
    })
}

/// The file that a line loads: `mysql -u root shop < schema.sql`, `psql -f schema.sql`, `cat schema.sql | psql`.
fn loaded<'a>(line: &'a str, clients: &[&str]) -> Option<&'a str> {
    let quotes = ['`', '"', '\''];
    let is_sql = |file: &str| file.trim_matches(quotes).ends_with(".sql");
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(quotes)).collect();
    let client = words.iter().position(|word| clients.contains(&name_of(word)))?;
    let after = words[client + 1..].iter().enumerate().find_map(|(index, word)| {
        let next = words.get(client + index + 2).copied();
        let file = match *word {
            "<" | "-f" | "--file" => next,
            word => ["<", "-f", "--file="].iter().find_map(|start| word.strip_prefix(start)),
        };
        file.filter(|file| is_sql(file))
    });
    let piped = || {
        words[..client]
            .iter()
            .zip(words[..client].iter().skip(1))
            .find(|(word, _)| **word == "cat")
            .map(|(_, file)| *file)
    };
    after.or_else(piped).filter(|file| is_sql(file)).map(|file| file.trim_matches(quotes))
}

/// Whether a file leaves it to others which database it is for.
fn fits(repo: &Repo, path: &str) -> bool {
    let text = repo.text(path).map(|text| format!("\n{}", text.to_ascii_lowercase())).unwrap_or_default();
    !CHOOSES.iter().any(|word| text.contains(word))
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

    /// The `seed` of the only service as it is written, with its place where the repo says it.
    fn written(files: &[(&str, &str)]) -> String {
        let findings = detect(&Repo::of(files));
        let text = crate::draft::manifest(&findings);
        assert!(text.matches("seed: ").count() < 2, "{text}");
        text.lines()
            .rfind(|line| line.contains("seed: ") || line.contains("# nothing loads"))
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    #[test]
    fn what_the_readme_loads_is_the_seed_and_the_rest_a_comment_that_is_whole_without_its_sign() {
        let page = ("index.php", "<?php $db = new mysqli(getenv('DB_HOST') ?: 'localhost');");
        let schema = ("sql/schema.sql", "create table entries (id int);");
        assert_eq!(written(&[page, schema]), "# seed: sql/schema.sql");
        for line in ["    $ mysql -u root -p shop < sql/schema.sql", "`cat ./sql/schema.sql | mariadb shop`"] {
            let readme = format!("# Shop\n\n{line}\n");
            let files = [page, schema, ("README.md", readme.as_str())];
            assert_eq!(written(&files), "seed: sql/schema.sql  # README.md:3");
            assert!(told(&files).is_empty());
        }
        let two = "run: |\n  mysql shop < sql/schema.sql\n  mysql shop < 'sql/rows.sql'\n";
        let files = [page, schema, ("sql/rows.sql", ""), (".github/workflows/ci.yml", two)];
        assert_eq!(written(&files), "seed: [sql/schema.sql, sql/rows.sql]  # .github/workflows/ci.yml:2");
        // Another kind of server's client, and a file that goes the other way.
        let other = ("README.md", "psql shop -f sql/schema.sql\nmysqldump shop > sql/schema.sql\n");
        assert_eq!(written(&[page, schema, other]), "# seed: sql/schema.sql");
    }

    #[test]
    fn a_file_that_chooses_its_database_is_no_seed() {
        let page = ("index.php", "<?php $db = new mysqli(getenv('DB_HOST') ?: 'localhost');");
        let schema = ("schema.sql", "CREATE DATABASE shop;\nUSE shop;\n");
        let files = [page, schema, ("README.md", "mysql < schema.sql\n")];
        assert!(written(&files).starts_with("# nothing loads schema.sql"), "{}", written(&files));
        assert_eq!(told(&files), ["db: schema.sql"]);
    }
}
