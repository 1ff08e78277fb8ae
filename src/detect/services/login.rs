//! With which user, password and database the repo knows its database. They become those of the service, so that whatever else says
//! the same, as a script or a seed, goes on working.
//!
//! | | where they stand |
//! |---|---|
//! | 1 | an address in settings or code, which nothing can replace |
//! | 2 | an address in an example of variables: `postgres://shop:pw@localhost/shop` |
//! | 3 | its parts there: `DB_NAME=shop` |

use super::clue::{Clue, Login, Source};
use super::decide::Need;
use super::dotenv;
use super::kinds::Kind;
use crate::detect::Evidence;
use crate::repo::{Repo, name_of};

/// Words that mean the database with tables, whichever it is.
const SOME_DATABASE: &[&str] = &["DB", "DATABASE", "SQL"];

/// Parts of values that are there for a person to replace.
const WANTING: &[&str] = &["your", "xxx", "change", "todo", "placeholder", "replace", "null", "none"];

pub fn of(repo: &Repo, need: &Need) -> Option<(Login, Evidence)> {
    let of_source = |source: Source| {
        let clue = need.clues.iter().find(|clue| clue.source == source && !clue.login.is_empty())?;
        Some((clue.login.clone(), clue.evidence.clone()))
    };
    let keeps_data = need.kind.is_sql || need.kind.id == "mongodb";
    let of_example = || {
        let address = of_source(Source::Example).map(|(login, evidence)| (usable(login), evidence));
        let parts = || need.clues.iter().find_map(|clue| in_parts(repo, need.kind, clue));
        address.filter(|(login, _)| !login.is_empty()).or_else(parts)
    };
    of_source(Source::Address).or_else(|| if keeps_data { of_example() } else { None })
}

/// Those of the file of variables that a clue stands in.
fn in_parts(repo: &Repo, kind: &Kind, clue: &Clue) -> Option<(Login, Evidence)> {
    let path = &clue.evidence.path;
    let is_example = matches!(clue.source, Source::Example | Source::Decides) && dotenv::is_one(name_of(path));
    let entries = dotenv::parse(&repo.text(path).filter(|_| is_example && kind.is_sql)?);
    let find = |ends: &[&str]| {
        entries.iter().filter(|entry| !entry.commented).find(|entry| {
            let before = ends.iter().find_map(|end| entry.key.strip_suffix(end));
            let is_own = |word: &str| SOME_DATABASE.contains(&word) || kind.prefixes.contains(&word);
            let is_libpq = kind.prefixes.contains(&"PG") && entry.key.starts_with("PG");
            before.is_some_and(|before| {
                before.is_empty() && is_libpq || before.trim_end_matches('_').split('_').all(is_own)
            })
        })
    };
    let value = |ends: &[&str]| find(ends).map(|entry| entry.value.clone()).filter(|value| is_plain(value));
    let database = find(&["_NAME", "_DATABASE", "_DBNAME", "_DB", "PGDATABASE"]);
    let login = usable(Login {
        user: value(&["_USERNAME", "_USER", "PGUSER"]),
        password: value(&["_PASSWORD", "_PASS", "_PWD", "PGPASSWORD"]),
        database: database.map(|entry| entry.value.clone()).filter(|value| is_plain(value)),
    });
    let line = database.map_or(clue.evidence.line, |entry| Some(entry.line));
    (!login.is_empty()).then(|| (login, Evidence::at(path, line)))
}

fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!@#%+".contains(c))
}

/// Without what a person is to replace, and without a user who is there anyway.
fn usable(login: Login) -> Login {
    let keep = |value: &String| {
        let lower = value.to_lowercase();
        !WANTING.iter().any(|word| lower.contains(word))
    };
    Login {
        user: login.user.filter(keep),
        password: login.password.filter(keep),
        database: login.database.filter(keep),
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::services::services;
    use crate::repo::Repo;

    /// The variables of the only service.
    fn env(files: &[(&str, &str)]) -> Vec<String> {
        let found = services(&Repo::of(files), &[]).services;
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].env.iter().map(|it| format!("{}={}", it.value.key, it.value.value)).collect()
    }

    const PG: (&str, &str) = ("package.json", r#"{"dependencies":{"pg":"8"}}"#);
    const MYSQL: (&str, &str) = ("package.json", r#"{"dependencies":{"mysql2":"3"}}"#);

    #[test]
    fn an_example_names_them_in_one_address_or_in_parts() {
        let shop = ["POSTGRES_USER=shop", "POSTGRES_PASSWORD=s3", "POSTGRES_DB=orders"];
        for example in [
            "DATABASE_URL=postgres://shop:s3@localhost:5432/orders\n",
            "DB_CONNECTION=pgsql\nDB_DATABASE=orders\nDB_USERNAME=shop\nDB_PASSWORD=s3\n",
            "POSTGRES_HOST=localhost\nPOSTGRES_USER=shop\nPOSTGRES_PASSWORD=s3\nPOSTGRES_DB=orders\n",
            "PGHOST=localhost\nPGUSER=shop\nPGPASSWORD=s3\nPGDATABASE=orders\n",
        ] {
            assert_eq!(env(&[PG, (".env.example", example)]), shop, "{example}");
        }
        let mysql = "MYSQL_HOST=localhost\nMYSQL_DATABASE=orders\nMYSQL_USER=root\nMYSQL_PASSWORD=\n";
        assert_eq!(env(&[MYSQL, (".env.example", mysql)]), ["MYSQL_DATABASE=orders"]);
    }

    #[test]
    fn what_is_for_a_person_to_fill_in_is_not_taken() {
        let example = "DATABASE_URL=postgres://shop:your_password@localhost:5432/orders\n";
        assert_eq!(env(&[PG, (".env.example", example)]), ["POSTGRES_USER=shop", "POSTGRES_DB=orders"]);
        assert!(env(&[PG, (".env.example", "DB_HOST=localhost\nPOSTGRES_PORT=5432\nAPP_NAME=x\n")]).is_empty());
    }

    #[test]
    fn what_nothing_can_replace_goes_before_the_example() {
        let files = [
            PG,
            ("config/default.toml", "url = 'postgres://fixed:f@localhost/own'\n"),
            (".env.example", "DATABASE_URL=postgres://shop:s3@localhost:5432/orders\n"),
        ];
        assert_eq!(env(&files), ["POSTGRES_USER=fixed", "POSTGRES_PASSWORD=f", "POSTGRES_DB=own"]);
    }
}
