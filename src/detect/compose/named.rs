//! Compose files that are called otherwise, or put together, where the repo itself says so: `COMPOSE_FILE` in its settings, and
//! `docker compose -f FILE up` in its scripts.

use super::choose::{Choice, DEVELOPMENT, NEEDED, OTHERWISE, project_folder};
use crate::repo::{Repo, join, name_of};

/// Settings beside the main file that a repo may carry, the one that is read by itself first.
const SETTINGS: &[&str] = &[".env", ".env.example", ".env.sample", ".env.template", ".env.dist", ".env.development"];

/// Where people write down how things are started.
const SCRIPTS: &[&str] = &[
    "package.json",
    "composer.json",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "Taskfile.yml",
    "Taskfile.yaml",
    "mise.toml",
    "Procfile.dev",
];

/// What `COMPOSE_FILE` puts together, where all of it is there.
pub fn by_variable(repo: &Repo) -> Option<Choice> {
    let value = SETTINGS.iter().filter(|path| repo.has(path)).find_map(|path| {
        let text = repo.text(path)?;
        let said =
            text.lines().find_map(|line| line.trim().trim_start_matches("export ").strip_prefix("COMPOSE_FILE="));
        said.map(|value| value.trim().trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
    })?;
    let files: Option<Vec<String>> = value.split([':', ';']).map(|file| join("", file.trim())).collect();
    let files = files?.into_iter().filter(|file| !file.is_empty()).collect::<Vec<_>>();
    let is_there = !files.is_empty() && files.iter().all(|file| repo.has(file));
    is_there.then(|| Choice { folder: project_folder(repo, &files[0]), files, rank: 100 })
}

/// The files that scripts start, the one that is most likely for development first.
pub fn by_scripts(repo: &Repo) -> Option<Choice> {
    let texts = SCRIPTS.iter().filter(|path| repo.has(path)).filter_map(|path| repo.text(path));
    let started: Vec<Vec<String>> =
        texts.flat_map(|text| text.lines().filter_map(started).collect::<Vec<_>>()).collect();
    let is_good = |files: &&Vec<String>| files.iter().all(|file| repo.has(file) && has_services(repo, file));
    let mut ranked: Vec<(i32, &Vec<String>)> =
        started.iter().filter(is_good).filter_map(|files| Some((rank(files)?, files))).collect();
    ranked.sort_by_key(|(rank, _)| -rank);
    let (_, files) = ranked.first()?;
    Some(Choice { files: (*files).clone(), folder: project_folder(repo, &files[0]), rank: 30 })
}

/// The files behind `-f` of a line that starts what they say.
fn started(line: &str) -> Option<Vec<String>> {
    let (_, rest) = line.split_once("docker compose ").or_else(|| line.split_once("docker-compose "))?;
    let mut words = rest.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',']));
    let mut files = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "-f" | "--file" => files.push(join("", words.next()?)?),
            "up" => return Some(files).filter(|files| !files.is_empty()),
            word if word.starts_with("--file=") => files.push(join("", &word["--file=".len()..])?),
            word if word.starts_with('-') || word.contains('=') => {}
            // The value of another option, or another command.
            "down" | "run" | "exec" | "build" | "logs" | "ps" | "stop" | "pull" | "config" => return None,
            _ => {}
        }
    }
    None
}

/// By what their names say; `None` = they are for another occasion.
fn rank(files: &[String]) -> Option<i32> {
    let names = files.iter().map(|file| name_of(file).to_ascii_lowercase());
    let words: Vec<String> =
        names.flat_map(|name| name.split(['.', '-', '_']).map(str::to_owned).collect::<Vec<_>>()).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    match () {
        () if has(DEVELOPMENT) => Some(3),
        () if has(OTHERWISE) => None,
        () if has(NEEDED) => Some(2),
        () => Some(1),
    }
}

/// Whether a file says what to run as compose files do.
fn has_services(repo: &Repo, path: &str) -> bool {
    let Some(file) = repo.yaml(path) else { return false };
    let services = file.get("services").and_then(serde_yaml::Value::as_mapping);
    services.is_some_and(|services| {
        let is_one =
            |service: &serde_yaml::Value| ["image", "build", "extends"].iter().any(|key| service.get(key).is_some());
        services.iter().any(|(_, service)| is_one(service))
    })
}

#[cfg(test)]
mod tests {
    use crate::detect::compose::choose::choose;
    use crate::repo::Repo;

    fn chosen(files: &[(&str, &str)]) -> Vec<String> {
        let choices = choose(&Repo::of(files), &[]);
        choices.iter().map(|choice| format!("{}@{}", choice.files.join("+"), choice.folder)).collect()
    }

    const DB: &str = "services: {db: {image: 'postgres:16'}}";

    #[test]
    fn files_that_settings_put_together_are_one_project() {
        let files = [
            ("docker-compose.yml", DB),
            ("docker/local.yml", "services: {db: {ports: ['5433:5432']}}"),
            (".env.example", "# which\nCOMPOSE_FILE=docker-compose.yml:docker/local.yml\n"),
        ];
        assert_eq!(chosen(&files), ["docker-compose.yml+docker/local.yml@"]);
        assert_eq!(chosen(&[files[0], files[2]]), ["docker-compose.yml@"]);
    }

    #[test]
    fn files_with_other_names_are_found_by_the_scripts_that_start_them() {
        let scripts = r#"{"scripts": {
            "prod:up": "docker compose -f src/docker/app-prod.yml up",
            "stop": "docker compose -f src/docker/other.yml down",
            "services:up": "docker compose -f src/docker/services.yml up --wait"
        }}"#;
        let files = [
            ("package.json", scripts),
            ("src/docker/services.yml", DB),
            ("src/docker/other.yml", DB),
            ("src/docker/app-prod.yml", DB),
        ];
        assert_eq!(chosen(&files), ["src/docker/services.yml@src/docker"]);
        let make = ("Makefile", "up:\n\tdocker-compose --file=ops.yml up -d\n");
        assert_eq!(chosen(&[make, ("ops.yml", "- a: b\n")]), [""; 0]);
        assert_eq!(chosen(&[make, ("ops.yml", DB)]), ["ops.yml@"]);
        // A file with the usual name is known anyway.
        assert_eq!(chosen(&[make, ("ops.yml", DB), ("compose.yaml", DB)]), ["compose.yaml@"]);
    }
}
