//! Spring Boot, Quarkus, Micronaut and Play: where the data source of development is.

use std::sync::LazyLock;

use regex::Regex;

use super::adapter;
use crate::detect::services::clue::{Clues, Of, Source};
use crate::detect::services::kinds;
use crate::detect::services::places;
use crate::repo::{folder_of, name_of};

static JDBC: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:jdbc|r2dbc):(?:pool:|tc:|p6spy:|otel:)*([a-z0-9]+):").ok());

// `quarkus.datasource.db-kind=postgresql`, in properties or YAML.
static DB_KIND: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"db-kind\s*[=:]\s*([a-z0-9]+)").ok());

/// Keys that say where something else is: the last two words of a path, and what that is.
const KEYS: &[(&str, &str)] = &[
    ("redis.host", "redis"),
    ("redis.url", "redis"),
    ("redis.hosts", "redis"),
    ("mongodb.uri", "mongodb"),
    ("mongodb.host", "mongodb"),
    ("mongodb.connection-string", "mongodb"),
    ("rabbitmq.host", "rabbitmq"),
    ("rabbitmq.addresses", "rabbitmq"),
    ("kafka.bootstrap-servers", "kafka"),
    ("bootstrap.servers", "kafka"),
    ("binder.brokers", "kafka"),
    ("elasticsearch.uris", "elasticsearch"),
    ("elasticsearch.hosts", "elasticsearch"),
    ("neo4j.uri", "neo4j"),
];

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    let files: Vec<&str> = clues.near().iter().copied().filter(|path| rank(path).is_some()).collect();
    let mut folders: Vec<&str> = files.iter().map(|path| folder_of(path)).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let active = active_profile(clues, folder);
        let rank = |path: &str| rank(path).or_else(|| is_of_profile(path, active.as_deref()?).then_some(0));
        let files: Vec<&str> = repo.in_folder(folder).filter(|path| rank(path).is_some()).collect();
        let mut own: Vec<(usize, &str)> = files
            .iter()
            .filter(|path| folder_of(path) == folder)
            .filter_map(|path| Some((rank(path)?, *path)))
            .collect();
        own.sort_unstable();
        // The file of development goes before the common one.
        for (_, path) in &own {
            if source(clues, path) {
                break;
            }
        }
        own.iter().for_each(|(_, path)| others(clues, path));
    }
}

/// The lower, the more it is about development; `None` = no such file, or one of a profile that has to be chosen.
fn rank(path: &str) -> Option<usize> {
    let name = name_of(path);
    let (stem, ending) = name.rsplit_once('.')?;
    if !matches!(ending, "yml" | "yaml" | "properties" | "conf") {
        return None;
    }
    match stem {
        "application-dev" | "application-development" | "application-local" => Some(0),
        "application" => Some(1),
        "application-default" => Some(2),
        _ => None,
    }
}

/// The profile that the common file turns on.
fn active_profile(clues: &Clues, folder: &str) -> Option<String> {
    let mut common = clues.repo.in_folder(folder).filter(|path| rank(path) == Some(1));
    common.find_map(|path| {
        let text = first_document(&clues.repo.text(path)?);
        let lines = text.lines().map(str::trim);
        let mut values = lines
            .filter_map(|line| line.strip_prefix("spring.profiles.active").or_else(|| line.strip_prefix("active")));
        let profile = values.next()?.trim_start().trim_start_matches(['=', ':']).trim();
        // `${PROFILE:dev}` falls back to what stands behind the colon.
        let profile = profile.trim_start_matches("${").trim_end_matches('}').rsplit(':').next()?;
        Some(profile.split(',').next()?.trim_matches(['"', '\'']).to_owned())
    })
}

fn is_of_profile(path: &str, profile: &str) -> bool {
    let endings = ["yml", "yaml", "properties"];
    !profile.is_empty() && endings.iter().any(|ending| name_of(path) == format!("application-{profile}.{ending}"))
}

/// Whether the file says what the data source is.
fn source(clues: &mut Clues, path: &str) -> bool {
    let Some(text) = clues.repo.text(path) else { return false };
    let text = places::without_comments(&first_document(&text));
    for (index, line) in text.lines().enumerate() {
        // Profiles of Quarkus.
        if line.trim_start().starts_with("%prod.") || line.trim_start().starts_with("%test.") {
            continue;
        }
        let found = [&*JDBC, &*DB_KIND].into_iter().flatten().find_map(|regex| regex.captures(line)?.get(1));
        if let Some(word) = found.map(|word| word.as_str())
            && kinds::by_adapter(word).is_some()
        {
            adapter(clues, word, path, index + 1);
            return true;
        }
    }
    false
}

/// What follows the first `---` is about profiles, unless there is nothing before it.
fn first_document(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines() {
        let ends = line.trim_end() == "---" || line.trim_end() == "#---";
        if ends && kept.iter().any(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            break;
        }
        kept.push(if ends { "" } else { line });
    }
    kept.join("\n")
}

fn others(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    let document = first_document(&text);
    for (line, key) in keys(&places::without_comments(&document)) {
        let found = KEYS.iter().find(|(known, _)| key == *known || key.ends_with(&format!(".{known}")));
        if let Some(kind) = found.and_then(|(_, id)| kinds::by_id(id)) {
            clues.add(Of::Kind(kind), Source::Address, path, line);
        }
    }
}

/// The whole names of all keys, of properties and of YAML alike, with their lines.
fn keys(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some(end) = line.find(['=', ':']) else { continue };
        let key = line[..end].trim().trim_matches(['"', '\'']);
        above.retain(|(own, _)| *own < indent);
        let parents = above.iter().map(|(_, key)| key.as_str());
        let whole = parents.chain([key]).collect::<Vec<_>>().join(".");
        let has_value = !line[end + 1..].trim().is_empty();
        if has_value {
            found.push((index + 1, whole));
        } else {
            above.push((indent, key.to_owned()));
        }
    }
    found
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

    const COMMON: &str = "src/main/resources/application.yml";

    #[test]
    fn the_profile_of_development_goes_before_the_common_one() {
        let postgres = "spring:\n  datasource:\n    url: ${DB_URL:jdbc:postgresql://localhost:5432/x}\n";
        assert_eq!(said(&[(COMMON, postgres)]), [format!("postgres {COMMON}:3")]);
        let dev = "src/main/resources/application-dev.yml";
        assert_eq!(said(&[(COMMON, postgres), (dev, "url: jdbc:h2:mem:x")]), [format!("none {dev}:1")]);
        let prod = "src/main/resources/application-prod.yml";
        assert!(said(&[(prod, postgres)]).is_empty());
        let common = ("a/application.properties", "spring.profiles.active=mysql");
        let chosen = [common, ("a/application-mysql.properties", "url=jdbc:mysql://localhost/x")];
        assert_eq!(said(&chosen), ["mysql a/application-mysql.properties:1"]);
        let profiles =
            "spring:\n  application: {name: x}\n---\nspring.config.activate.on-profile: mysql\nurl: jdbc:mysql://x/y";
        assert!(said(&[(COMMON, profiles)]).is_empty());
    }

    #[test]
    fn other_services_are_known_by_their_keys() {
        assert_eq!(
            said(&[(COMMON, "spring:\n  data:\n    redis:\n      host: ${H:localhost}\n")]),
            [format!("redis {COMMON}:4")]
        );
        let properties = "src/main/resources/application.properties";
        let text = "spring.kafka.bootstrap-servers=localhost:9092\nquarkus.datasource.db-kind=postgresql";
        assert_eq!(said(&[(properties, text)]), [format!("postgres {properties}:2"), format!("kafka {properties}:1")]);
    }
}
