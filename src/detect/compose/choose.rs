//! Which compose files of a repo are those of development.

use std::collections::BTreeMap;

use super::named;
use crate::repo::{Repo, folder_of, join, name_of};

/// A project to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The main file and those that change it.
    pub files: Vec<String>,
    /// What its paths are relative to.
    pub folder: String,
    pub rank: i32,
}

/// Folders of foreign code, examples and tests.
const ASIDE: &[&str] = &[
    "node_modules",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "external",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "fixture",
    "fixtures",
    "__tests__",
    "e2e",
    "playwright",
    "cypress",
    "integration",
    "spec",
    "docs",
    "doc",
    "template",
    "templates",
    "bench",
    "benchmark",
    "benchmarks",
    "benches",
    "loadtest",
    "load-tests",
    "perf",
    "ci",
    ".ci",
    ".github",
    ".gitlab",
    ".circleci",
    ".ddev",
    ".lando",
    "tutorial",
    "tutorials",
    "contrib",
    "extras",
    "federation",
    "archive",
    "legacy",
];

/// Folders of what is run elsewhere.
const HOSTING: &[&str] = &[
    "deploy",
    "deployment",
    "deployments",
    "deploys",
    "prod",
    "production",
    "hosting",
    "self-host",
    "selfhost",
    "selfhosted",
    "self-hosted",
    "installation",
    "install",
    "installer",
    "infra",
    "infrastructure",
    "ops",
    "staging",
    "release",
    "dist",
    "k8s",
    "swarm",
    "ansible",
    "terraform",
];

/// Folders and parts of names for development.
pub(super) const DEVELOPMENT: &[&str] =
    &["dev", "devel", "develop", "development", "local", "localdev", "dev-env", "devenv", "workspace"];

/// Parts of names for only the services that an app needs.
pub(super) const NEEDED: &[&str] =
    &["services", "infra", "infrastructure", "deps", "dependencies", "db", "dbs", "database", "databases", "backing"];

/// Parts of names that say that it is for another occasion.
pub(super) const OTHERWISE: &[&str] = &[
    "prod",
    "production",
    "deploy",
    "deployment",
    "ci",
    "test",
    "tests",
    "testing",
    "e2e",
    "staging",
    "stage",
    "hosting",
    "release",
    "images",
    "build",
    "migrate",
    "migration",
    "bench",
    "benchmark",
    "swarm",
    "portainer",
    "traefik",
    "gpu",
    "cuda",
    "nvidia",
    "monitoring",
    "observability",
    "tools",
    "debug",
    "ssl",
    "https",
    "proxy",
    "arm",
    "arm64",
    "example",
    "sample",
    "template",
    "integration",
    "playwright",
    "cypress",
    "selenium",
    "load",
    "perf",
    "coverage",
    "lint",
    "docs",
    "cloud",
    "aws",
    "azure",
    "gcp",
    "heroku",
    "k8s",
    "publish",
    "ghcr",
    "hub",
    "prebuilt",
    "published",
    "demo",
    "full",
];

/// The best that a repo has; several only where their places are alike.
pub fn choose(repo: &Repo, from_devcontainer: &[Choice]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = candidates(repo).into_values().collect();
    for choice in from_devcontainer {
        match choices.iter_mut().find(|known| known.files.first() == choice.files.first()) {
            // What an editor's own file adds is only a place for it to work in.
            Some(known) => known.rank += 5,
            None => choices.push(choice.clone()),
        }
    }
    choices.retain(|choice| choice.rank >= LEAST);
    // What the repo itself puts together is what it means.
    if let Some(choice) = named::by_variable(repo) {
        return vec![choice];
    }
    if choices.is_empty() {
        choices.extend(named::by_scripts(repo));
    }
    choices.sort_by_key(|choice| (-choice.rank, choice.folder.matches('/').count(), choice.files.clone()));
    let Some(best) = choices.first().map(|best| best.rank) else { return Vec::new() };
    let is_apart = |choice: &Choice| !choice.folder.is_empty();
    let alone = !choices.first().is_some_and(is_apart);
    choices.retain(|choice| choice.rank == best);
    choices.truncate(if alone { 1 } else { MOST });
    choices
}

/// What is less than this is not for development.
const LEAST: i32 = 20;

/// How many projects side by side are read.
const MOST: usize = 8;

/// The best project of every folder.
fn candidates(repo: &Repo) -> BTreeMap<String, Choice> {
    let mut best: BTreeMap<String, Choice> = BTreeMap::new();
    for path in repo.paths() {
        let Some(words) = variant(name_of(path)) else { continue };
        let folder = folder_of(path);
        let Some(place) = rank_of_folder(folder) else { continue };
        let Some(kind) = rank_of_words(&words) else { continue };
        let choice =
            Choice { files: with_override(repo, path, &words), folder: project_folder(repo, path), rank: place + kind };
        let choice = on_top_of_base(repo, choice, path, &words);
        let says_development = place >= 60 || kind > 0 || folder.split('/').any(|part| part == ".devcontainer");
        let hosting = if !says_development && is_for_hosting(repo, &choice) { 25 } else { 0 };
        let choice = Choice { rank: choice.rank - hosting, ..choice };
        match best.get(folder) {
            Some(known) if known.rank >= choice.rank => {}
            _ => {
                best.insert(folder.to_owned(), choice);
            }
        }
    }
    best
}

/// What a compose file's name says beside that it is one: `dev` of `docker-compose.dev.yml`.
pub fn variant(name: &str) -> Option<Vec<String>> {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    let words: Vec<&str> = stem.split(['.', '-', '_']).filter(|word| !word.is_empty()).collect();
    let is_compose = words.contains(&"compose") || words.contains(&"dockercompose");
    let rest = words.into_iter().filter(|word| !["docker", "compose", "dockercompose"].contains(word));
    is_compose.then(|| rest.map(str::to_owned).collect())
}

fn rank_of_folder(folder: &str) -> Option<i32> {
    let parts: Vec<String> = folder.split('/').filter(|part| !part.is_empty()).map(str::to_ascii_lowercase).collect();
    let is_in = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    if is_in(ASIDE) {
        return None;
    }
    let depth = i32::try_from(parts.len()).unwrap_or(i32::MAX).min(8);
    Some(match parts.last().map(String::as_str) {
        None => 50,
        _ if is_in(HOSTING) => 5,
        _ if is_in(DEVELOPMENT) => 70 - depth,
        Some(".devcontainer") => 45,
        _ if is_in(&[".devcontainer"]) => 42,
        Some("docker" | ".docker" | "compose" | "docker-compose" | ".compose" | "containers") => 42 - depth,
        Some(_) => 36 - 2 * depth,
    })
}

fn rank_of_words(words: &[String]) -> Option<i32> {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    match words {
        [] => Some(0),
        _ if words.iter().any(|word| word == "override") => None,
        _ if has(DEVELOPMENT) && !has(&["test", "tests", "ci", "prod"]) => Some(20),
        [only] if only == "devcontainer" => Some(0),
        _ if has(OTHERWISE) => None,
        _ if has(NEEDED) => Some(-5),
        _ => Some(-15),
    }
}

/// The file that changes the main one without being asked for.
fn with_override(repo: &Repo, path: &str, words: &[String]) -> Vec<String> {
    let mut files = vec![path.to_owned()];
    if words.is_empty() {
        let stem = path.trim_end_matches(".yaml").trim_end_matches(".yml");
        let ends = ["override.yml", "override.yaml"].map(|end| format!("{stem}.{end}"));
        files.extend(ends.into_iter().find(|path| repo.has(path)));
    }
    files
}

/// A file for development that has no image or build for a service only changes the main one beside it.
fn on_top_of_base(repo: &Repo, choice: Choice, path: &str, words: &[String]) -> Choice {
    let folder = folder_of(path);
    let base = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
        .into_iter()
        .filter_map(|name| join(folder, name))
        .find(|base| repo.has(base) && base != path);
    match base.filter(|_| !words.is_empty() && is_incomplete(repo, path)) {
        Some(base) => Choice { files: [base].into_iter().chain(choice.files).collect(), ..choice },
        None => choice,
    }
}

fn is_incomplete(repo: &Repo, path: &str) -> bool {
    let Some(file) = repo.yaml(path) else { return false };
    let services = file.get("services").and_then(serde_yaml::Value::as_mapping);
    services
        .into_iter()
        .flatten()
        .any(|(_, service)| ["image", "build", "extends"].iter().all(|key| service.get(key).is_none()))
}

/// Paths are mostly meant from the file's own folder; a build or mount that is only there from the root says otherwise.
pub(super) fn project_folder(repo: &Repo, path: &str) -> String {
    let folder = folder_of(path);
    if folder.is_empty() {
        return String::new();
    }
    let Some(file) = repo.yaml(path) else { return folder.to_owned() };
    let services = file.get("services").and_then(serde_yaml::Value::as_mapping);
    let (mut own, mut root) = (0, 0);
    for (_, service) in services.into_iter().flatten() {
        let build = service.get("build");
        let text = |value: Option<&serde_yaml::Value>| value.and_then(serde_yaml::Value::as_str).map(str::to_owned);
        let context = text(build).or_else(|| text(build?.get("context"))).filter(|context| !context.contains("://"));
        let file = text(build.and_then(|build| build.get("dockerfile"))).unwrap_or_else(|| "Dockerfile".to_owned());
        let Some(context) = context else { continue };
        let is_in = |folder: &str| {
            join(folder, &context).and_then(|context| join(&context, &file)).is_some_and(|path| repo.has(&path))
        };
        own += i32::from(is_in(folder));
        root += i32::from(is_in(""));
    }
    if root > 0 && own == 0 { String::new() } else { folder.to_owned() }
}

/// Nothing is built from what is here, and something is run that nobody else publishes: the repo's own releases.
fn is_for_hosting(repo: &Repo, choice: &Choice) -> bool {
    let (mut builds, mut unknown) = (0, 0);
    for path in &choice.files {
        let Some(file) = repo.yaml(path) else { continue };
        let services = file.get("services").and_then(serde_yaml::Value::as_mapping);
        for (_, service) in services.into_iter().flatten() {
            let image = service.get("image").and_then(serde_yaml::Value::as_str);
            let has_source = service.get("build").is_some() || mounts_source(service);
            builds += i32::from(has_source);
            unknown += i32::from(!has_source && image.is_some_and(|image| !super::images::is_known(image)));
        }
    }
    builds == 0 && unknown > 0
}

/// Whether a service sees the folder of the sources as a whole.
fn mounts_source(service: &serde_yaml::Value) -> bool {
    let mounts = service.get("volumes").and_then(serde_yaml::Value::as_sequence);
    let source = |mount: &serde_yaml::Value| -> Option<String> {
        let short = mount.as_str().map(|text| text.split(':').next().unwrap_or_default());
        short.or_else(|| mount.get("source")?.as_str()).map(str::to_owned)
    };
    let whole = |source: String| {
        let source = source.trim_end_matches('/');
        [".", "..", "../..", "${PWD}", "$PWD", "./src", "./app"].contains(&source)
    };
    mounts.into_iter().flatten().filter_map(source).any(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(files: &[(&str, &str)]) -> Vec<String> {
        choose(&Repo::of(files), &[])
            .iter()
            .map(|choice| format!("{}@{}", choice.files.join("+"), choice.folder))
            .collect()
    }

    const BUILT: &str = "services: {web: {build: .}, db: {image: 'postgres:16'}}";
    const HOSTED: &str = "services: {web: {image: 'acme/shop'}, db: {image: 'postgres:16'}}";
    const NEEDS: &str = "services: {db: {image: 'postgres:16'}}";

    #[test]
    fn the_one_of_development_is_taken() {
        for (files, wanted) in [
            (vec![("compose.yaml", BUILT)], vec!["compose.yaml@"]),
            (vec![("docker-compose.yml", HOSTED), ("docker-compose.dev.yml", NEEDS)], vec!["docker-compose.dev.yml@"]),
            (
                vec![("docker-compose.yml", HOSTED), ("dev/docker-compose.yml", BUILT)],
                vec!["dev/docker-compose.yml@dev"],
            ),
            (vec![("docker-compose.yml", BUILT), ("docker-compose.prod.yml", HOSTED)], vec!["docker-compose.yml@"]),
            (
                vec![("compose.yml", BUILT), ("compose.override.yml", "services: {web: {ports: ['80']}}")],
                vec!["compose.yml+compose.override.yml@"],
            ),
            (
                vec![("compose.yml", HOSTED), ("compose.dev.yml", "services: {web: {ports: ['80']}}")],
                vec!["compose.yml+compose.dev.yml@"],
            ),
            (
                vec![
                    ("vendor/x/docker-compose.yml", NEEDS),
                    ("tests/compose.yml", NEEDS),
                    ("examples/a/compose.yaml", BUILT),
                ],
                vec![],
            ),
            (
                vec![("docker-compose.yml", HOSTED), (".devcontainer/docker-compose.yml", NEEDS)],
                vec![".devcontainer/docker-compose.yml@.devcontainer"],
            ),
            (
                vec![("docker-compose.yml", NEEDS), (".devcontainer/docker-compose.yml", NEEDS)],
                vec!["docker-compose.yml@"],
            ),
            (
                vec![("docker/development/docker-compose.yml", BUILT)],
                vec!["docker/development/docker-compose.yml@docker/development"],
            ),
            (vec![("deploy/docker-compose.yml", HOSTED)], vec![]),
            (vec![("a/compose.yaml", NEEDS), ("b/compose.yaml", NEEDS)], vec!["a/compose.yaml@a", "b/compose.yaml@b"]),
            (
                vec![
                    ("docker/compose/docker-compose.sqlite.yml", HOSTED),
                    ("docker/compose/docker-compose.mariadb.yml", HOSTED),
                ],
                vec![],
            ),
        ] {
            assert_eq!(chosen(&files), wanted, "{files:?}");
        }
    }

    #[test]
    fn paths_are_meant_from_where_they_lead_somewhere() {
        let files = [("docker/compose.yml", BUILT), ("Dockerfile", "FROM x")];
        assert_eq!(chosen(&files), ["docker/compose.yml@"]);
    }
}
