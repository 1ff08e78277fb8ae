//! What an example of variables says beside addresses and secrets: `GREETING=hello`, `CACHE_STORE=redis`.
//!
//! Nobody copies the example, so that code would go on with what it falls back to, or stop. Said are
//!
//! | the app | variables |
//! |---|---|
//! | does not start without it | each that it asks for so |
//! | is one of Laravel | those that choose a driver or a surrounding, beside which the services would be the wrong ones |
//! | is one in PHP that reads no file of variables by itself | each that its code asks for |
//! | is another that reads none by itself | plain settings that its code asks for: `LOG_LEVEL=info` |
//!
//! An app that reads such a file gets the rest from the one that a person has made.

use super::set;
use super::variables::Seen;
use crate::detect::App;
use crate::detect::services::address;
use crate::repo::{Repo, join};

/// More than that would hide what the app needs.
const MOST: usize = 24;
/// Longer ones are keys, or texts for people.
const LONGEST: usize = 120;

/// Frameworks that read `.env` by themselves.
const READERS: &[&str] = &["laravel", "lumen", "symfony"];

/// What a manifest calls that reads it.
const LIBRARIES: &[&str] =
    &["dotenv", "pydantic-settings", "pydantic_settings", "environs", "django-environ", "decouple"];

const MANIFESTS: &[&str] = &[
    "composer.json",
    "package.json",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "Gemfile",
    "go.mod",
    "Cargo.toml",
    "mix.exs",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
];

/// Last words of variables of Laravel that choose how it works.
const CHOICES: &[&str] = &["CONNECTION", "DRIVER", "STORE", "MAILER", "DISK", "ENV", "DEBUG", "CLIENT"];

/// Sets what the example says and nothing else has set.
pub fn plainly(repo: &Repo, app: &mut App, plain: &[&Seen]) {
    // PHP's own way is to ask and to go on with something else; what is asked for elsewhere is as often for other surroundings.
    let takes_settings = !reads_files(repo, app);
    let takes_all = app.language.value == "php" && takes_settings;
    let is_laravel = app.frameworks.iter().any(|it| it.value == "laravel");
    let is_chosen = |key: &str| is_laravel && key.rsplit('_').next().is_some_and(|last| CHOICES.contains(&last));
    let wanted = plain.iter().filter(|it| {
        it.is_own
            && !it.is_in_place
            && (it.is_required || is_chosen(&it.key) || (it.is_read && (takes_all || takes_settings && is_setting(it))))
    });
    let mut count = 0;
    for variable in wanted {
        let Some(value) = variable.value.as_deref().filter(|value| is_said(&variable.key, value, variable.is_required))
        else {
            continue;
        };
        let is_known = app.env.iter().any(|own| own.value.key == variable.key)
            || app.keys.iter().any(|own| own.name == variable.key);
        if !is_known && count < MOST {
            set(app, &variable.key, value.to_owned(), &variable.evidence);
            count += 1;
        }
    }
}

/// Whether it only says how the app behaves, by its last word: nothing that is another one in other surroundings.
fn is_setting(variable: &Seen) -> bool {
    const SETTINGS: &[&str] = &[
        "LEVEL", "LIMIT", "TIMEOUT", "INTERVAL", "SIZE", "LOCALE", "LANGUAGE", "TIMEZONE", "CURRENCY", "TITLE",
        "FORMAT",
    ];
    let last = variable.key.rsplit('_').next().unwrap_or_default();
    let is_word = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || "._-/ ".contains(c));
    SETTINGS.contains(&last) && variable.value.as_deref().is_some_and(is_word)
}

/// Whether the value is one to take as it is: no word to replace, no address of this computer, which is another one inside.
fn is_said(key: &str, value: &str, is_required: bool) -> bool {
    const SURROUNDINGS: &[&str] = &["PORT", "HOST", "NODE_ENV", "PATH", "HOME", "USER", "SHELL", "TZ", "LANG"];
    const WORDS: &[&str] = &["your", "xxx", "<", "...", "change", "placeholder", "replace", "todo", "{", "$", "***"];
    let lower = value.to_lowercase();
    let is_usable = !value.is_empty()
        && value.len() <= LONGEST
        && !value.contains(['\n', '\r', '`'])
        && !SURROUNDINGS.contains(&key)
        && !WORDS.iter().any(|word| lower.contains(word));
    if !is_usable || is_required {
        return is_usable;
    }
    let ends = |words: &[&str]| words.iter().any(|word| key == *word || key.ends_with(&format!("_{word}")));
    let is_place = ends(&["HOST", "PORT", "HOSTNAME", "SERVER", "SOCKET"]);
    let is_hidden = ends(&["KEY", "TOKEN", "SECRET", "PASSWORD", "PASS", "CREDENTIALS", "DSN"]);
    let is_here = ["localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal"].iter().any(|host| lower.contains(host));
    !is_place && !is_hidden && !is_here && address::of_value(value).is_none() && lower != "production"
}

/// Whether the app reads a file of variables itself, which a person's own values are in.
fn reads_files(repo: &Repo, app: &App) -> bool {
    if app.frameworks.iter().any(|it| READERS.contains(&it.value.as_str())) {
        return true;
    }
    let mut texts = MANIFESTS.iter().filter_map(|name| join(&app.path, name)).filter(|path| repo.has(path));
    texts.any(|path| repo.text(&path).is_some_and(|text| LIBRARIES.iter().any(|library| text.contains(library))))
}

#[cfg(test)]
mod tests {
    use crate::detect::detect;
    use crate::repo::Repo;

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let findings = detect(&Repo::of(files));
        findings.apps[0].env.iter().map(|it| format!("{}={}", it.value.key, it.value.value)).collect()
    }

    #[test]
    fn no_fallback_of_code_goes_before_the_example() {
        let code = "<?php echo getenv('GREETING') ?: 'y'; $t = getenv('TIMES') ?: 1; $k = getenv('PAY_KEY');";
        let example = (".env.example", "GREETING=hello\nTIMES=3\nPAY_KEY=abc\nUNASKED=1\nPORT=8000\n");
        assert_eq!(told(&[("index.php", code), example]), ["GREETING=hello", "TIMES=3"]);
        // A person's own file would be overruled.
        let composer = ("composer.json", r#"{"require": {"vlucas/phpdotenv": "^5"}}"#);
        assert!(told(&[("index.php", code), composer, example]).is_empty());
    }

    #[test]
    fn laravel_uses_the_drivers_of_its_example() {
        let files = [
            ("composer.json", r#"{"require": {"laravel/framework": "^12"}}"#),
            ("artisan", ""),
            ("config/database.php", "<?php 'default' => env('DB_CONNECTION', 'sqlite'), env('DB_HOST', '127.0.0.1')"),
            (
                ".env.example",
                "APP_NAME=Shop\nAPP_ENV=local\nDB_CONNECTION=pgsql\nDB_HOST=127.0.0.1\nCACHE_STORE=redis\n",
            ),
        ];
        let told = told(&files);
        for wanted in ["DB_CONNECTION=pgsql", "DB_HOST=${db.host}", "CACHE_STORE=redis", "APP_ENV=local"] {
            assert!(told.iter().any(|it| it == wanted), "{wanted}: {told:?}");
        }
        assert!(!told.iter().any(|it| it.starts_with("APP_NAME")), "{told:?}");
    }

    #[test]
    fn what_an_app_does_not_start_without_is_there() {
        let code = "import os\nfrom flask import Flask\napp = Flask(__name__)\nG = os.environ[\"GREETING\"]\nL = os.getenv(\"LIMIT\", \"3\")\n";
        let files = [("app.py", code), ("requirements.txt", "flask\n"), (".env.example", "GREETING=hello\nLIMIT=5\n")];
        assert!(told(&files).contains(&"GREETING=hello".to_owned()));
    }

    #[test]
    fn plain_settings_that_code_asks_for_are_kept_and_secrets_never() {
        let code =
            "const l = process.env.LOG_LEVEL; const k = process.env.PAY_TOKEN; require('express')().listen(3000)";
        let example = (".env.example", "LOG_LEVEL=debug\nPAY_TOKEN=abc\nCACHE_LIMIT=5\nNODE_ENV=development\n");
        let package =
            |more: &str| format!(r#"{{"scripts":{{"start":"node app.js"}},"dependencies":{{"express":"5"{more}}}}}"#);
        assert_eq!(told(&[("package.json", &package("")), ("app.js", code), example]), ["LOG_LEVEL=debug"]);
        // Its own file goes before the example.
        assert!(told(&[("package.json", &package(r#","dotenv":"16""#)), ("app.js", code), example]).is_empty());
    }
}
