//! Rails: `config/database.yml` and its examples, `cable.yml`, and the settings of development.

use serde_yaml::Value;

use super::adapter;
use crate::detect::services::clue::{Clues, Of, Source};
use crate::detect::services::kinds;
use crate::repo::{folder_of, line_of, name_of};

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied() {
        let in_config = name_of(folder_of(path)) == "config";
        match name_of(path) {
            "database.yml" if in_config => database(clues, path),
            name if in_config
                && name.starts_with("database.")
                && is_example(name)
                && !repo.has(&format!("{}/database.yml", folder_of(path))) =>
            {
                database(clues, path);
            }
            "cable.yml" if in_config => cable(clues, path),
            "development.rb" => development(clues, path),
            "mongoid.yml" if in_config => adapter(clues, "mongodb", path, 1),
            _ => {}
        }
    }
}

/// `database.yml.example`, `database.sample.yml`; of several for one database each, `database.yml.postgresql` is none.
fn is_example(name: &str) -> bool {
    name.contains("yml") && ["example", "sample", "dist", "template", "default"].iter().any(|word| name.contains(word))
}

fn database(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    let plain = without_erb(&text);
    let adapters = section(&plain, "development").map_or_else(|| in_lines(&plain), |section| adapters(&section, 0));
    let mut said: Vec<&str> = Vec::new();
    for word in &adapters {
        if said.contains(&word.as_str()) {
            continue;
        }
        said.push(word);
        let line = line_of(&text, &format!("adapter: {word}")).or_else(|| line_of(&text, word)).unwrap_or(1);
        adapter(clues, word, path, line);
        if word == "postgis"
            && let Some(last) = clues.all.last_mut()
        {
            last.image = Some("postgis/postgis".to_owned());
        }
    }
}

/// The adapters of a section: its own, or those of the databases in it.
fn adapters(section: &Value, depth: usize) -> Vec<String> {
    let Some(mapping) = section.as_mapping().filter(|_| depth < 3) else { return Vec::new() };
    if let Some(word) = mapping.get("adapter").and_then(Value::as_str) {
        return vec![word.to_owned()];
    }
    if let Some(url) = mapping.get("url").and_then(Value::as_str)
        && let Some((scheme, _)) = url.split_once("://")
    {
        return vec![scheme.to_owned()];
    }
    mapping.values().flat_map(|value| adapters(value, depth + 1)).collect()
}

/// Where a file is no YAML even without its Ruby.
fn in_lines(text: &str) -> Vec<String> {
    let words = text.lines().filter_map(|line| line.trim().strip_prefix("adapter:"));
    words.map(|word| word.trim().trim_matches(['"', '\'']).to_owned()).take(1).collect()
}

fn cable(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    let Some(section) = section(&without_erb(&text), "development") else { return };
    if adapters(&section, 0).iter().any(|word| word == "redis")
        && let Some(kind) = kinds::by_id("redis")
    {
        clues.add(Of::Kind(kind), Source::Decides, path, line_of(&text, "development"));
    }
}

fn section(text: &str, name: &str) -> Option<Value> {
    let mut root: Value = serde_yaml::from_str(text).ok()?;
    root.apply_merge().ok()?;
    root.get(name).cloned()
}

/// Ruby that yields a value becomes its default where that can be read, a word otherwise; lines of control vanish.
fn without_erb(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<%") {
        plain.push_str(before);
        let (code, behind) = after.split_once("%>").unwrap_or((after, ""));
        if code.starts_with('=') {
            plain.push_str(&default_of(code));
        }
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

/// `ENV.fetch("DB_ADAPTER", "mysql2")`, `ENV["X"] || "y"`, `ENV.fetch("X") { "y" }`: the last text in quotes.
fn default_of(code: &str) -> String {
    let texts: Vec<&str> = code.split(['"', '\'']).skip(1).step_by(2).collect();
    let last = if texts.len() > 1 { texts.last().copied().unwrap_or("x") } else { "x" };
    let is_word = !last.is_empty() && last.chars().all(|c| c.is_ascii_alphanumeric() || "_-:/.@".contains(c));
    if is_word { last.to_owned() } else { "x".to_owned() }
}

/// Stores of caches and queues, where a line is about development without a question.
fn development(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    if !path.ends_with("environments/development.rb") {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let id = match () {
            () if line.starts_with('#') => continue,
            () if line.contains("cache_store = :redis_cache_store") || line.contains("session_store :redis") => "redis",
            () if line.contains("cache_store = :mem_cache_store") => "memcached",
            () if line.contains("queue_adapter = :sidekiq") || line.contains("queue_adapter = :resque") => "redis",
            () if line.contains("queue_adapter = :sneakers") => "rabbitmq",
            () => continue,
        };
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
    fn the_adapter_of_development_decides() {
        let text = "default: &default\n  adapter: postgresql\n  host: <%= ENV.fetch('H', 'localhost') %>\n\ndevelopment:\n  <<: *default\n<% if x %>\nproduction:\n  adapter: mysql2\n<% end %>\n";
        assert_eq!(said(&[("config/database.yml", text)]), ["postgres config/database.yml:2"]);
        let text = "development:\n  primary:\n    adapter: sqlite3\n  queue:\n    adapter: sqlite3\nproduction:\n  adapter: trilogy\n";
        assert_eq!(said(&[("config/database.yml", text)]), ["none config/database.yml:3"]);
        let text = "development:\n  adapter: <%= ENV.fetch(\"DB_ADAPTER\", \"mysql2\") %>\n";
        assert_eq!(said(&[("config/database.yml.sample", text)]), ["mysql config/database.yml.sample:2"]);
    }

    #[test]
    fn what_only_production_uses_does_not_count() {
        let cable = "development:\n  adapter: async\nproduction:\n  adapter: redis\n";
        assert!(said(&[("config/cable.yml", cable)]).is_empty());
        assert_eq!(said(&[("config/cable.yml", "development:\n  adapter: redis")]), ["redis config/cable.yml:1"]);
        assert!(
            said(&[("config/environments/development.rb", "# config.cache_store = :redis_cache_store")]).is_empty()
        );
    }
}
