//! Laravel: the drivers that its settings choose, `.env.example` before the defaults of `config/*.php`.

use std::sync::LazyLock;

use regex::Regex;

use super::adapter;
use crate::detect::services::clue::{Clues, Of, Source};
use crate::detect::services::dotenv;
use crate::detect::services::kinds;
use crate::detect::services::places::line_at;
use crate::repo::{folder_of, join, name_of};

// The second argument of `env('DB_CONNECTION', 'mysql')`, also through a function of the repo's own.
static DEFAULT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"'default'\s*=>[^;\n]*env\(\s*'([A-Z_]+)'\s*\)?\s*,\s*'([a-z0-9_-]+)'"#).ok());

/// What a setting is about: its file, and the variables that choose its driver.
const SETTINGS: &[(&str, &[&str])] = &[
    ("database.php", &["DB_CONNECTION"]),
    ("queue.php", &["QUEUE_CONNECTION", "QUEUE_DRIVER"]),
    ("cache.php", &["CACHE_STORE", "CACHE_DRIVER"]),
    ("session.php", &["SESSION_DRIVER"]),
    ("broadcasting.php", &["BROADCAST_CONNECTION", "BROADCAST_DRIVER"]),
    ("scout.php", &["SCOUT_DRIVER"]),
];

/// Whether the project in a folder is one of Laravel.
pub fn is_one(clues: &Clues, folder: &str) -> bool {
    let artisan = join(folder, "artisan").is_some_and(|path| clues.repo.has(&path));
    let composer = join(folder, "composer.json").and_then(|path| clues.repo.json(&path));
    let required = |name: &str| composer.as_ref().is_some_and(|json| json["require"].get(name).is_some());
    artisan || required("laravel/framework") || required("laravel/lumen-framework")
}

pub fn look(clues: &mut Clues) {
    let folders: Vec<&str> =
        clues.near().iter().copied().filter(|path| name_of(path) == "composer.json").map(folder_of).collect();
    for folder in folders {
        if is_one(clues, folder) {
            project(clues, folder);
        }
    }
}

fn project(clues: &mut Clues, folder: &str) {
    let files = dotenv::of_folder(clues.repo, folder);
    for (file, variables) in SETTINGS {
        // `.env.example` and a committed `.env` say the same; the first file that knows the variable decides.
        let written = files.iter().find_map(|file| {
            let entry = variables.iter().find_map(|key| file.get(key)).filter(|entry| !entry.value.is_empty())?;
            Some((file.path.clone(), entry.line, entry.value.clone()))
        });
        let by_default = || {
            let path = join(folder, &format!("config/{file}"))?;
            let text = clues.repo.text(&path)?;
            let captures = DEFAULT.as_ref()?.captures(&text)?;
            let word = captures.get(2)?;
            Some((path, line_at(&text, word.start()), word.as_str().to_owned()))
        };
        if let Some((path, line, word)) = written.or_else(by_default) {
            chosen(clues, &word, &path, line);
        }
    }
}

fn chosen(clues: &mut Clues, word: &str, path: &str, line: usize) {
    let id = match word {
        "redis" | "predis" | "phpredis" => "redis",
        "memcached" => "memcached",
        "rabbitmq" => "rabbitmq",
        "meilisearch" => "meilisearch",
        "typesense" => "typesense",
        "elastic" | "elasticsearch" => "elasticsearch",
        _ => return adapter(clues, word, path, line),
    };
    if let Some(kind) = kinds::by_id(id) {
        clues.add(Of::Kind(kind), Source::Decides, path, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let repo = Repo::of(files);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        clues.all.iter().map(|it| format!("{} {}", it.of.kind().map_or("none", |kind| kind.id), it.evidence)).collect()
    }

    const COMPOSER: (&str, &str) = ("composer.json", r#"{"require":{"laravel/framework":"^12"}}"#);
    const DATABASE: (&str, &str) = ("config/database.php", "<?php\n'default' => env('DB_CONNECTION', 'mysql'),");

    #[test]
    fn the_example_goes_before_the_default() {
        assert_eq!(said(&[COMPOSER, DATABASE]), ["mysql config/database.php:2"]);
        let example = "DB_CONNECTION=pgsql\nQUEUE_CONNECTION=redis\nCACHE_STORE=file\nREDIS_HOST=127.0.0.1\nSESSION_DRIVER=database";
        let both = said(&[COMPOSER, DATABASE, (".env.example", example)]);
        assert_eq!(both, ["postgres .env.example:1", "redis .env.example:2"]);
        assert_eq!(said(&[COMPOSER, (".env.example", "DB_CONNECTION=sqlite")]), ["none .env.example:1"]);
    }

    #[test]
    fn a_function_around_the_default_is_seen_through() {
        let text = "'default' => env_or(env('DB_CONNECTION'), 'mysql'),";
        assert_eq!(said(&[COMPOSER, ("config/database.php", text)]), ["mysql config/database.php:1"]);
    }
}
