//! Services that continuous integration starts for the tests: what the repo is known to work with, and in which version.

use serde_yaml::Value;

use super::clue::{Clues, Of, Source};
use super::kinds::{self, Kind};
use crate::repo::line_of;

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    let workflows = repo.in_folder(".github/workflows").chain(repo.in_folder(".gitea/workflows"));
    let others = [
        ".gitlab-ci.yml",
        ".circleci/config.yml",
        ".travis.yml",
        "bitbucket-pipelines.yml",
        ".drone.yml",
        ".woodpecker.yml",
        "azure-pipelines.yml",
    ];
    let all = workflows.chain(others.into_iter().filter(|path| repo.has(path)));
    for path in all.filter(|path| path.ends_with(".yml") || path.ends_with(".yaml")) {
        let (Some(root), Some(text)) = (repo.yaml(path), repo.text(path)) else { continue };
        if path == ".travis.yml" {
            travis(clues, &root, path, &text);
            continue;
        }
        let mut images = Vec::new();
        gather(&root, false, 0, &mut images);
        images.sort_unstable();
        images.dedup();
        for image in images {
            service(clues, &image, path, line_of(&text, &image));
        }
    }
}

/// Images below a key that means services, at any depth; CircleCI names them in a list below `docker`.
fn gather(value: &Value, is_inside: bool, depth: usize, images: &mut Vec<String>) {
    if depth > 12 {
        return;
    }
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                let key = key.as_str().unwrap_or_default();
                let inside = is_inside || matches!(key, "services" | "docker" | "definitions");
                match value.as_str() {
                    Some(image) if inside && matches!(key, "image" | "name") => images.push(image.to_owned()),
                    _ => gather(value, inside, depth + 1, images),
                }
            }
        }
        Value::Sequence(items) => {
            for item in items {
                match item.as_str() {
                    Some(image) if is_inside => images.push(image.to_owned()),
                    _ => gather(item, is_inside, depth + 1, images),
                }
            }
        }
        _ => {}
    }
}

fn service(clues: &mut Clues, image: &str, path: &str, line: Option<usize>) {
    let Some(kind) = kinds::by_image(image) else { return };
    let clue = clues.add(Of::Kind(kind), Source::Ci, path, line);
    clue.version = version_of(kind, image);
    clue.image = flavour(image).map(str::to_owned);
}

fn travis(clues: &mut Clues, root: &Value, path: &str, text: &str) {
    let names = root.get("services").into_iter().flat_map(|value| match value {
        Value::Sequence(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect::<Vec<_>>(),
    });
    let version = root.get("addons").and_then(|it| it.get("postgresql"));
    let version =
        version.and_then(|it| it.as_str().map(str::to_owned).or_else(|| it.as_f64().map(|it| it.to_string())));
    for name in names {
        let name = name.trim_end_matches("-server");
        let known = kinds::KINDS.iter().find(|kind| kind.id == name || kind.schemes.contains(&name));
        if let Some(kind) = known {
            let clue = clues.add(Of::Kind(kind), Source::Ci, path, line_of(text, name));
            clue.version = version.clone().filter(|_| kind.id == "postgres");
        }
    }
}

/// The version that an image's tag pins: `16` of `postgres:16-alpine`; none of `latest` or a variable.
pub fn version_of(kind: &Kind, image: &str) -> Option<String> {
    let tag = image.split('@').next()?.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'))?;
    let tag = tag.strip_prefix('v').or_else(|| tag.strip_prefix("pg")).unwrap_or(tag);
    let version: String = tag.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let version = version.trim_end_matches('.');
    // Some publishers number their own builds.
    let is_own = kind.id != "minio" && kind.id != "mailpit";
    (is_own && !version.is_empty()).then(|| version.to_owned())
}

/// Images that offer what the catalog's does and more.
pub fn flavour(image: &str) -> Option<&str> {
    let name = image.split('@').next().unwrap_or(image);
    let repository =
        name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(repository, _)| repository);
    ["postgis", "pgvector", "timescaledb", "timescaledb-ha"]
        .iter()
        .any(|own| repository.ends_with(own))
        .then_some(image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    fn said(path: &str, text: &str) -> Vec<String> {
        let repo = Repo::of(&[(path, text)]);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        let shown = clues.all.iter().map(|it| {
            format!(
                "{}@{} {}",
                it.of.kind().map_or("none", |kind| kind.id),
                it.version.as_deref().unwrap_or("-"),
                it.evidence
            )
        });
        shown.collect()
    }

    #[test]
    fn every_kind_of_pipeline_names_its_services() {
        let github = "jobs:\n  test:\n    services:\n      db:\n        image: postgres:16-alpine\n      cache: {image: 'redis:latest'}\n    steps:\n      - uses: docker/login-action\n        with: {image: mysql}\n";
        let path = ".github/workflows/ci.yml";
        assert_eq!(said(path, github), [format!("postgres@16 {path}:5"), format!("redis@- {path}:6")]);
        let gitlab = "services:\n  - postgres:15\ntest:\n  services:\n    - name: mariadb:10.11\n      alias: db\n  image: mysql:5\n";
        assert_eq!(said(".gitlab-ci.yml", gitlab), ["mariadb@10.11 .gitlab-ci.yml:5", "postgres@15 .gitlab-ci.yml:2"]);
        let circle = "jobs:\n  build:\n    docker:\n      - image: cimg/ruby:3.3\n      - image: cimg/postgres:14.2\n";
        assert_eq!(said(".circleci/config.yml", circle), ["postgres@14.2 .circleci/config.yml:5"]);
        assert_eq!(
            said(".travis.yml", "services:\n  - redis-server\n  - postgresql\naddons:\n  postgresql: '13'\n").len(),
            2
        );
    }

    #[test]
    fn versions_and_flavours_come_from_the_image() {
        let version = |image: &str| kinds::by_image(image).and_then(|kind| version_of(kind, image));
        assert_eq!(version("pgvector/pgvector:pg17").as_deref(), Some("17"));
        assert_eq!(version("localhost:5000/postgres"), None);
        assert_eq!(version("postgres:${PG}"), None);
        assert_eq!(flavour("postgis/postgis:16-3.4"), Some("postgis/postgis:16-3.4"));
        assert_eq!(flavour("postgres:16"), None);
    }
}
