//! Files of statements that make the tables, and that nothing runs: what the repo says is loaded is the database's `seed`, and what only
//! its name speaks for is suggested as one.

mod said;

use super::{Evidence, Findings, Seed, ServiceSource, Unresolved, tables};
use crate::repo::{self, Repo, join, name_of};
use crate::sieve::{self, Sieve};

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

/// What makes a file one that a new database can't begin with: it chooses a database by itself.
const CHOOSES: &[&str] = &["create database", "drop database", "\nuse ", "\n\\c ", "\n\\connect "];

/// What only an administrator may: whoever loads a seed has a database and no more.
const OF_ADMINISTRATORS: &[&str] = &["\ncreate user ", "\ncreate role "];
/// What the client of MySQL obeys itself when a person types it, and its server does not know.
const TYPED: &[&str] = &["\nsource ", "\nsystem ", "\n\\"];

/// Gives the only database of the repo the files that the repo says are loaded into it, or suggests the one whose name speaks for it.
pub fn tell(repo: &Repo, findings: &mut Findings) {
    let is_sql = |source: &ServiceSource| client_of(source).is_some();
    let mut databases = findings.services.iter_mut().filter(|service| is_sql(&service.source));
    let (Some(database), None) = (databases.next(), databases.next()) else { return };
    let Some((kind, clients)) = client_of(&database.source) else { return };
    // What a compose file hands in is run by the service itself.
    let is_prepared = findings.apps.iter().any(|app| app.setup.iter().any(|it| tables::prepares(&it.value.run)));
    if !database.files.is_empty() || is_prepared {
        return;
    }
    let is_fit = |path: &str| fits(repo, path, kind).is_ok() && !is_called(repo, path);
    if let Some(seed) = said::seed(repo, clients, &is_fit) {
        database.seed = Some(seed);
        return;
    }
    let folders = std::iter::once("").chain(findings.apps.iter().map(|app| app.path.as_str()));
    let mut found = folders.flat_map(|folder| FILES.iter().filter_map(move |name| join(folder, name)));
    let Some(path) = found.find(|path| repo.has(path) && !is_called(repo, path)) else { return };
    let (about, evidence) = (database.name.clone(), vec![Evidence::file(&path)]);
    let fit = fits(repo, &path, kind);
    let how = fit.clone().err().unwrap_or_else(|| "as its `seed` in dev.yaml it is loaded".to_owned());
    let question = format!("nothing loads {path} into a new database; {how}");
    database.seed = fit.is_ok().then(|| Seed { files: vec![path], said: None });
    findings.unresolved.push(Unresolved { about, field: "seed".to_owned(), question, choices: Vec::new(), evidence });
}

/// What kind of server it is, and the clients with which people load a file into it.
fn client_of(source: &ServiceSource) -> Option<(&'static str, &'static [&'static str])> {
    let ServiceSource::Catalog(id) = source else { return None };
    match id.as_str() {
        "postgres" => Some(("postgres", &["psql"])),
        "mysql" | "mariadb" => Some(("mysql", &["mysql", "mariadb"])),
        _ => None,
    }
}

/// Whether a file can begin a new database as it is; else what to tell of it, after what it is.
fn fits(repo: &Repo, path: &str, kind: &str) -> Result<(), String> {
    let never = |why: &str| format!("it can't be its `seed` in dev.yaml as it is: {why}");
    let text = repo.text(path).ok_or_else(|| never("it can't be read"))?;
    if text.len() >= repo::LIMIT {
        return Err(never("it is too long to be looked through"));
    }
    let small = format!("\n{}", text.to_ascii_lowercase());
    if CHOOSES.iter().any(|word| small.contains(word)) {
        return Err("without the lines that choose a database it can be its `seed` in dev.yaml".to_owned());
    }
    if OF_ADMINISTRATORS.iter().any(|word| small.contains(word)) {
        return Err(never("it makes users, which are the server's"));
    }
    if kind == "mysql" && TYPED.iter().any(|word| small.contains(word)) {
        return Err(never("it holds a command for the client"));
    }
    let mut sieve: Box<dyn Sieve> =
        if kind == "postgres" { Box::new(sieve::Postgres::default()) } else { Box::new(sieve::Mysql::default()) };
    let mut passed = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        passed.clear();
        sieve.line(line.as_bytes(), &mut passed).map_err(|why| never(&format!("line {} {why}", index + 1)))?;
    }
    if sieve.end(&mut passed) { Ok(()) } else { Err(never("it breaks off in the middle of something")) }
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
        for line in [
            "\n    $ mysql -u root -p shop < sql/schema.sql",
            "```sh\ncat ./sql/schema.sql | mariadb shop\n```",
            "~~~\ndocker compose exec -T db mysql shop < sql/schema.sql # makes the tables\n~~~",
        ] {
            let readme = format!("# Shop\n{line}\n");
            let files = [page, schema, ("README.md", readme.as_str())];
            assert_eq!(written(&files), "seed: sql/schema.sql  # README.md:3");
            assert!(told(&files).is_empty());
        }
        let two = "run: |\n  mysql shop < sql/schema.sql && echo done\n  mysql shop < 'sql/rows.sql'\n";
        let files = [page, schema, ("sql/rows.sql", ""), (".github/workflows/ci.yml", two)];
        assert_eq!(written(&files), "seed: [sql/schema.sql, sql/rows.sql]  # .github/workflows/ci.yml:2");
        // Another kind of server's client, and a file that goes the other way.
        let other = ("README.md", "```\npsql shop -f sql/schema.sql\nmysqldump shop > sql/schema.sql\n```\n");
        assert_eq!(written(&[page, schema, other]), "# seed: sql/schema.sql");
    }

    #[test]
    fn a_file_that_chooses_its_database_is_no_seed() {
        let page = ("index.php", "<?php $db = new mysqli(getenv('DB_HOST') ?: 'localhost');");
        let schema = ("schema.sql", "CREATE DATABASE shop;\nUSE shop;\n");
        let files = [page, schema, ("README.md", "```\nmysql < schema.sql\n```\n")];
        assert!(written(&files).starts_with("# nothing loads schema.sql"), "{}", written(&files));
        assert_eq!(told(&files), ["db: schema.sql"]);
    }

    /// An app with PostgreSQL, some files of statements, and a README.
    fn with_readme(readme: &str) -> String {
        let app =
            ("app.js", "const { Pool } = require('pg'); new Pool({ connectionString: process.env.DATABASE_URL })");
        let package = ("package.json", r#"{"dependencies":{"pg":"8"},"scripts":{"dev":"node app.js"}}"#);
        let rows = ["a.sql", "b.sql", "c.sql", "db/old.sql", "db/drop.sql", "prod_reset.sql", "upgrades/2023.sql"];
        let mut files =
            vec![app, package, ("README.md", readme), ("calls.sql", "\\! date\n"), ("part.sql", "select 'a")];
        files.push(("reads.sql", "\\copy t from program 'date'\n"));
        files.extend(rows.map(|path| (path, "create table t (id int);\n")));
        written(&files)
    }

    #[test]
    fn what_a_readme_shows_for_another_moment_is_no_seed() {
        for text in [
            "To begin: `psql shop -f a.sql`.",
            "psql shop -f a.sql",
            "```sh\n# psql shop -f db/old.sql\n```",
            "To start over:\n\n```\npsql shop < db/drop.sql\n```",
            "To start over:\n\n```\npsql shop < a.sql\n```",
            "## Upgrading\n\nLoad it:\n\n    psql -f a.sql",
            "Don't run this:\n\n    psql -f prod_reset.sql",
            "```\npsql -f upgrades/2023.sql\n```",
            "```\n# only when you come from 1.x\npsql -f a.sql\n```",
            "```\necho psql -f a.sql\npsql -l || psql -f a.sql\n```",
            "```\npsql -f calls.sql\n```",
            "```\npsql -f reads.sql\n```",
            "```\npsql -f part.sql\n```",
            // A half of it is worse than nothing.
            "```\npsql -f a.sql\npsql -f missing.sql\n```",
            "```\npsql -f ../outside.sql\n```",
        ] {
            assert_eq!(with_readme(text), "", "{text}");
        }
    }

    #[test]
    fn several_files_are_of_one_block() {
        for (text, seed) in [
            ("```\npsql -f a.sql && psql -f b.sql\n```\n", "seed: [a.sql, b.sql]  # README.md:2"),
            ("```\npsql -f a.sql -f b.sql\n```\n", "seed: [a.sql, b.sql]  # README.md:2"),
            ("```\npsql -f a.sql\n# rows\nPGUSER=me psql --file=b.sql\n```\n", "seed: [a.sql, b.sql]  # README.md:2"),
            ("```\ncat a.sql b.sql | psql\n\npsql -f c.sql\n```\n", "seed: [a.sql, b.sql]  # README.md:2"),
            ("```\npsql -f a.sql\n```\nMuch later:\n```\npsql -f b.sql\n```\n", "seed: a.sql  # README.md:2"),
            ("```\npsql -f db/drop.sql\n```\nThen:\n```\npsql -f b.sql\n```\n", "seed: b.sql  # README.md:6"),
        ] {
            assert_eq!(with_readme(text), seed, "{text}");
        }
    }

    #[test]
    fn continuous_integration_loads_in_steps_that_are_always_done() {
        let page = ("index.php", "<?php $db = new mysqli(getenv('DB_HOST') ?: 'localhost');");
        let step = |step: &str| {
            let ci = format!("jobs:\n  test:\n    steps:\n      - {step}\n");
            written(&[page, ("a.sql", ""), ("api/b.sql", ""), (".github/workflows/ci.yml", ci.as_str())])
        };
        assert_eq!(step("run: mysql shop < a.sql"), "seed: a.sql  # .github/workflows/ci.yml:4");
        assert_eq!(
            step("{ working-directory: api, run: mysql shop < b.sql }"),
            "seed: api/b.sql  # .github/workflows/ci.yml:4"
        );
        assert_eq!(step("{ if: failure(), run: mysql shop < a.sql }"), "");
        assert_eq!(step("{ name: Upgrade from 1.x, run: mysql shop < a.sql }"), "");
        assert_eq!(step("# run: mysql shop < a.sql"), "");
    }

    #[test]
    fn a_schema_that_no_server_would_be_given_is_told_and_not_written() {
        let page = ("index.php", "<?php $db = new mysqli(getenv('DB_HOST') ?: 'localhost');");
        for (text, why) in [
            ("source rows.sql\n", "a command for the client"),
            ("create user shop;\n", "it makes users"),
            ("insert into t values ('a", "it breaks off"),
        ] {
            let said = written(&[page, ("schema.sql", text)]);
            assert!(said.starts_with("# nothing loads schema.sql") && said.contains(why), "{said}");
        }
    }

    /// What a person gets who only takes the sign away.
    #[test]
    fn a_suggested_seed_is_a_sound_manifest_without_its_sign() {
        let page = ("index.php", "<?php $db = new mysqli(getenv('DB_HOST') ?: 'localhost');");
        let findings = detect(&Repo::of(&[page, ("sql/schema.sql", "create table entries (id int);")]));
        let text = crate::draft::manifest(&findings);
        assert_eq!(text.matches("# seed: sql/schema.sql").count(), 1, "{text}");
        let text = text.replace("# seed: sql/schema.sql", "seed: sql/schema.sql");
        let manifest = crate::manifest::load("dev.yaml", text.as_bytes()).unwrap();
        let seeds: Vec<_> = manifest.services.iter().filter_map(|service| service.seed.as_ref()).collect();
        assert_eq!(seeds.len(), 1);
    }
}
