//! Django's settings: which engine the databases of development have, and what caches and task queues are made of.

use std::sync::LazyLock;

use regex::Regex;

use super::adapter;
use crate::detect::services::clue::{Clues, Of, Source};
use crate::detect::services::kinds;
use crate::detect::services::places;
use crate::repo::{folder_of, name_of};

static ENGINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"["'](?:django\.db\.backends|django\.contrib\.gis\.db\.backends|django_prometheus\.db\.backends|transaction_hooks\.backends)\.(\w+)["']|["'](django_tenants|psqlextra|mssql|django_cockroachdb|djongo)[.\w]*["']|\b(?:dj_database_url|env|config)\.?(?:config|parse|db|db_url|dj_db_url)?\([^#\n]*?["'](sqlite|postgres|postgresql|postgis|mysql|mssql|psql|pgsql)(?:\+\w+)?://"#).ok()
});

/// What an engine is set under; the lowest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Under {
    Nothing,
    Else,
    If,
}

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    let mut found: Vec<(Under, usize, &str, usize, String)> = Vec::new();
    for path in clues.near().iter().copied().filter(|path| is_settings(path)) {
        let Some(text) = repo.text(path) else { continue };
        let text = places::without_comments(&text);
        let in_development = usize::from(!places::is_development(path));
        let engines = engines(&text);
        found.extend(engines.into_iter().map(|(under, line, word)| (under, in_development, path, line, word)));
        caches(clues, path, &text);
    }
    // One decision a project: of its files the one of development, in it what is set without a condition.
    let mut projects: Vec<String> = found.iter().map(|it| clues.project_of(it.2).to_owned()).collect();
    projects.sort_unstable();
    projects.dedup();
    for project in projects {
        let mut own: Vec<_> = found.iter().filter(|it| clues.project_of(it.2) == project).cloned().collect();
        own.sort();
        if let Some((_, _, path, line, word)) = own.into_iter().next() {
            adapter(clues, &word, path, line);
            if word == "postgis"
                && let Some(last) = clues.all.last_mut()
            {
                last.image = Some("postgis/postgis".to_owned());
            }
        }
    }
}

fn is_settings(path: &str) -> bool {
    let in_folder = folder_of(path).split('/').any(|part| matches!(part, "settings" | "config" | "conf"));
    let name = name_of(path);
    let fits = name.ends_with(".py") && (in_folder || name.contains("settings"));
    fits && !places::is_elsewhere(path)
}

fn engines(text: &str) -> Vec<(Under, usize, String)> {
    let Some(engine) = &*ENGINE else { return Vec::new() };
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        for captures in engine.captures_iter(line) {
            let word = captures.iter().skip(1).flatten().next().map_or("", |word| word.as_str());
            let word = match word {
                "django_tenants" | "psqlextra" | "django_cockroachdb" | "psql" => "postgres",
                "djongo" => "mongodb",
                word => word,
            };
            found.push((under(&lines, index), index + 1, word.to_owned()));
        }
    }
    found
}

/// The condition around the statement that a line belongs to: the nearest line above that begins further left and branches.
fn under(lines: &[&str], index: usize) -> Under {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut left = indent(lines[index]);
    for line in lines[..index].iter().rev().filter(|line| !line.trim().is_empty()) {
        let own = indent(line);
        if own >= left {
            continue;
        }
        left = own;
        let line = line.trim_start();
        if line.starts_with("else") || line.starts_with("except") {
            return Under::Else;
        }
        // In development it is on.
        if line.starts_with("if DEBUG") {
            return Under::Nothing;
        }
        if line.starts_with("if ") || line.starts_with("elif ") {
            return Under::If;
        }
        if left == 0 {
            break;
        }
    }
    Under::Nothing
}

fn caches(clues: &mut Clues, path: &str, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let id = match () {
            () if line.contains("django_redis.cache.RedisCache") => "redis",
            () if line.contains("django.core.cache.backends.redis") => "redis",
            () if line.contains("channels_redis.core") => "redis",
            () if line.contains("django.core.cache.backends.memcached") => "memcached",
            () => continue,
        };
        if line.contains(" if ") || line.contains(" else ") || under(&lines, index) != Under::Nothing {
            continue;
        }
        if let Some(kind) = kinds::by_id(id) {
            clues.add(Of::Kind(kind), Source::Decides, path, index + 1);
        }
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

    #[test]
    fn what_is_set_without_a_condition_decides() {
        let text = "DATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.sqlite3',\n    }\n}\nif os.getenv('DB') == 'postgres':\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n";
        assert_eq!(said(&[("shop/settings.py", text)]), ["none shop/settings.py:3"]);
        let text = "if 'DATABASE_URL' in os.environ:\n    DATABASES = {'default': dj_database_url.config(default='postgres://x/y')}\nelse:\n    DATABASES = {\n        'default': {'ENGINE': 'django.db.backends.sqlite3'}\n    }\n";
        assert_eq!(said(&[("shop/settings.py", text)]), ["none shop/settings.py:5"]);
        let text = "DATABASES = {'default': env.db('DATABASE_URL', default='postgres:///shop')}";
        assert_eq!(said(&[("config/settings/base.py", text)]), ["postgres config/settings/base.py:1"]);
    }

    #[test]
    fn the_file_of_development_goes_before_and_that_of_production_is_not_read() {
        let sqlite = "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}";
        let postgres = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}";
        let files =
            [("settings/base.py", postgres), ("settings/local.py", sqlite), ("settings/production.py", postgres)];
        assert_eq!(said(&files), ["none settings/local.py:1"]);
    }

    #[test]
    fn caches_say_what_they_are_kept_in() {
        let text = "CACHES = {\n  'default': {'BACKEND': 'django_redis.cache.RedisCache'}\n}\n";
        assert_eq!(said(&[("a/settings.py", text)]), ["redis a/settings.py:2"]);
        assert!(
            said(&[("a/settings.py", "if REDIS_URL:\n  CACHES = {'BACKEND': 'django_redis.cache.RedisCache'}")])
                .is_empty()
        );
    }
}
