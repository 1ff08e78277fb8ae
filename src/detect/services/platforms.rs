//! What other tools are told to set up: hosting platforms, other kinds of development environments, version managers.

use serde_json::Value;

use super::ci;
use super::clue::{Clues, Of, Source};
use super::kinds::{self, Kind};
use super::places;
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{line_of, name_of};

pub fn look(clues: &mut Clues) {
    app_json(clues);
    ddev(clues);
    lando(clues);
    tool_versions(clues);
    devcontainer_features(clues);
    dockerfiles(clues);
    render(clues);
    testcontainers(clues);
}

/// Heroku's add-ons: `heroku-postgresql`, `rediscloud:30`.
fn app_json(clues: &mut Clues) {
    let repo = clues.repo;
    for path in repo.named("app.json").filter(|path| !places::is_aside(path)) {
        let (Some(json), Some(text)) = (repo.json(path), repo.text(path)) else { continue };
        for addon in json["addons"].as_array().into_iter().flatten() {
            let plan = addon.as_str().or_else(|| addon["plan"].as_str()).unwrap_or_default();
            let name = plan.split(':').next().unwrap_or_default();
            if let Some(kind) = by_word(name) {
                clues.add(Of::Kind(kind), Source::Addon, path, line_of(&text, name));
            }
        }
    }
}

/// A kind whose name is in a word: `heroku-postgresql`, `redistogo`, `jawsdb-maria`.
fn by_word(word: &str) -> Option<&'static Kind> {
    let others = [
        ("jawsdb", "mysql"),
        ("cleardb", "mysql"),
        ("mongolab", "mongodb"),
        ("bonsai", "elasticsearch"),
        ("cloudamqp", "rabbitmq"),
        ("memcachier", "memcached"),
    ];
    let other = others.iter().find(|(known, _)| word.contains(known)).and_then(|(_, id)| kinds::by_id(id));
    other.or_else(|| kinds::KINDS.iter().find(|kind| word.contains(kind.id)))
}

/// DDEV always has a database; which one, its settings say. Add-ons are files of their own.
fn ddev(clues: &mut Clues) {
    let repo = clues.repo;
    let path = ".ddev/config.yaml";
    let Some(root) = repo.yaml(path).filter(|_| repo.has(path)) else { return };
    let text = repo.text(path).unwrap_or_else(|| "".into());
    let omitted = root.get("omit_containers").and_then(serde_yaml::Value::as_sequence);
    let has_none = omitted.is_some_and(|all| all.iter().any(|it| it.as_str() == Some("db")));
    let database = root.get("database");
    let named = database.and_then(|it| it.get("type")).and_then(serde_yaml::Value::as_str).unwrap_or("mariadb");
    if let Some(kind) = by_word(named).filter(|_| !has_none) {
        let version = database.and_then(|it| it.get("version"));
        let version =
            version.and_then(|it| it.as_str().map(str::to_owned).or_else(|| it.as_f64().map(|it| it.to_string())));
        clues.add(Of::Kind(kind), Source::Decides, path, line_of(&text, "database:")).version = version;
    }
    for path in repo.in_folder(".ddev").filter(|path| name_of(path).starts_with("docker-compose.")) {
        let name = name_of(path).trim_start_matches("docker-compose.");
        let word = name.split('.').next().unwrap_or_default();
        if let Some(kind) = kinds::KINDS.iter().find(|kind| kind.id == word || kind.images.contains(&word)) {
            clues.add(Of::Kind(kind), Source::Decides, path, None);
        }
    }
}

/// Lando's services and the database of its recipes.
fn lando(clues: &mut Clues) {
    let repo = clues.repo;
    let path = ".lando.yml";
    let Some(root) = repo.yaml(path).filter(|_| repo.has(path)) else { return };
    let text = repo.text(path).unwrap_or_else(|| "".into());
    let services = root.get("services").and_then(serde_yaml::Value::as_mapping).into_iter().flatten();
    let types = services.filter_map(|(_, service)| service.get("type")?.as_str());
    let named = root.get("config").and_then(|it| it.get("database")).and_then(serde_yaml::Value::as_str);
    for word in types.chain(named) {
        let (name, version) = word.split_once(':').unwrap_or((word, ""));
        let known = kinds::KINDS
            .iter()
            .find(|kind| kind.id == name || kind.images.contains(&name) || kind.schemes.contains(&name));
        if let Some(kind) = known {
            let clue = clues.add(Of::Kind(kind), Source::Decides, path, line_of(&text, word));
            clue.version = (!version.is_empty()).then(|| version.to_owned());
        }
    }
}

/// `postgres 16.8` among the tools of asdf and mise.
fn tool_versions(clues: &mut Clues) {
    let repo = clues.repo;
    for path in repo.named(".tool-versions").filter(|path| !places::is_aside(path)) {
        let Some(text) = repo.text(path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split_whitespace();
            let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
            if let Some(kind) = kinds::KINDS.iter().find(|kind| kind.id == name || kind.images.contains(&name)) {
                clues.add(Of::Kind(kind), Source::Addon, path, index + 1).version = Some(version.to_owned());
            }
        }
    }
    for path in ["mise.toml", ".mise.toml"].into_iter().filter(|path| repo.has(path)) {
        let (Some(table), Some(text)) = (repo.toml(path), repo.text(path)) else { continue };
        for (name, version) in table.get("tools").and_then(toml::Value::as_table).into_iter().flatten() {
            if let Some(kind) = kinds::KINDS.iter().find(|kind| kind.id == name || kind.images.contains(&name.as_str()))
            {
                let clue = clues.add(Of::Kind(kind), Source::Addon, path, line_of(&text, name));
                clue.version = version.as_str().map(str::to_owned);
            }
        }
    }
}

/// Features that install a server beside the tools.
fn devcontainer_features(clues: &mut Clues) {
    let repo = clues.repo;
    for path in repo.named("devcontainer.json") {
        let (Some(json), Some(text)) = (repo.json(path), repo.text(path)) else { continue };
        for name in json["features"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let last = name.rsplit('/').next().unwrap_or(name).split(':').next().unwrap_or_default();
            let is_server = !last.contains("client") && !last.contains("cli");
            if let Some(kind) = by_feature(last).filter(|_| is_server) {
                let clue = clues.add(Of::Kind(kind), Source::Addon, path, line_of(&text, name));
                clue.version = json["features"][name]
                    .get("version")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
                    .filter(|it| it != "latest");
            }
        }
    }
}

fn by_feature(name: &str) -> Option<&'static Kind> {
    let name = name
        .trim_end_matches("-server")
        .trim_end_matches("-asdf")
        .trim_end_matches("-apt")
        .trim_end_matches("-homebrew");
    kinds::KINDS.iter().find(|kind| kind.id == name || kind.images.contains(&name) || kind.schemes.contains(&name))
}

/// Images that the repo builds upon a database's own.
fn dockerfiles(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues
        .near()
        .iter()
        .copied()
        .filter(|path| name_of(path).starts_with("Dockerfile") || name_of(path).ends_with(".Dockerfile"))
    {
        let Some(text) = repo.text(path) else { continue };
        for (stage, image) in Dockerfile::read(&text).stages(|_| None) {
            let Some(image) = image else { continue };
            if let Some(kind) = kinds::by_image(&image) {
                clues.add(Of::Kind(kind), Source::Addon, path, stage.line).version = ci::version_of(kind, &image);
            }
        }
        for (index, line) in text.lines().enumerate() {
            let lower = line.to_ascii_lowercase();
            if lower.contains("firestore")
                && lower.contains("emulator")
                && let Some(kind) = kinds::by_id("firestore")
            {
                clues.add(Of::Kind(kind), Source::Addon, path, index + 1);
            }
        }
    }
}

/// Databases of a `render.yaml`.
fn render(clues: &mut Clues) {
    let repo = clues.repo;
    let path = "render.yaml";
    let Some(root) = repo.yaml(path).filter(|_| repo.has(path)) else { return };
    if root.get("databases").and_then(serde_yaml::Value::as_sequence).is_some_and(|all| !all.is_empty())
        && let Some(kind) = kinds::by_id("postgres")
    {
        let line = repo.text(path).and_then(|text| line_of(&text, "databases:"));
        clues.add(Of::Kind(kind), Source::Addon, path, line);
    }
    let services = root.get("services").and_then(serde_yaml::Value::as_sequence).into_iter().flatten();
    for word in services.filter_map(|service| service.get("type")?.as_str()) {
        if let Some(kind) = kinds::by_id(if word == "keyvalue" { "redis" } else { word }) {
            clues.add(Of::Kind(kind), Source::Addon, path, None);
        }
    }
}

/// Tests that bring their own services say which ones the code is written for, and in which version.
fn testcontainers(clues: &mut Clues) {
    let repo = clues.repo;
    let is_one = |path: &&str| {
        path.contains("estcontainers") && path.ends_with(".java")
            || path.ends_with(".kt") && path.contains("estcontainers")
    };
    for path in repo.paths().filter(is_one) {
        let Some(text) = repo.text(path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let quoted = line.split('"').skip(1).step_by(2);
            for image in quoted.filter(|word| word.contains(':')) {
                if let Some(kind) = kinds::by_image(image) {
                    clues.add(Of::Kind(kind), Source::Ci, path, index + 1).version = ci::version_of(kind, image);
                }
            }
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
        let shown = clues.all.iter().map(|it| {
            format!(
                "{}@{} {:?}",
                it.of.kind().map_or("none", |kind| kind.id),
                it.version.as_deref().unwrap_or("-"),
                it.source
            )
        });
        shown.collect()
    }

    #[test]
    fn other_environments_name_their_databases() {
        assert_eq!(
            said(&[(".ddev/config.yaml", "type: laravel\n"), (".ddev/docker-compose.redis.yaml", "")]),
            ["mariadb@- Decides", "redis@- Decides"]
        );
        assert_eq!(
            said(&[(".ddev/config.yaml", "database:\n  type: postgres\n  version: 16\n")]),
            ["postgres@16 Decides"]
        );
        assert_eq!(said(&[(".lando.yml", "services:\n  db:\n    type: mysql:8.0\n")]), ["mysql@8.0 Decides"]);
        assert_eq!(
            said(&[("app.json", r#"{"addons": ["heroku-postgresql", {"plan": "heroku-redis:mini"}]}"#)]),
            ["postgres@- Addon", "redis@- Addon"]
        );
        assert_eq!(said(&[(".tool-versions", "nodejs 22\npostgres 16.8\n")]), ["postgres@16.8 Addon"]);
        assert_eq!(said(&[("db/Dockerfile", "FROM mcr.microsoft.com/mssql/server:2022-latest")]), ["mssql@2022 Addon"]);
    }
}
