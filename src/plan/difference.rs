//! What has changed about something that has to be replaced, in few words and without values. Pure.

use crate::model::Parts;
use crate::model::env::secret_variable;
use crate::model::fingerprint::{BUILD, FILE, IMAGE, VARIABLE};

/// How many changes are named; of more, how many they are.
const NAMED: usize = 2;

/// A clause: `version 15 → 16`, `run changed, env LOG_LEVEL is new`.
///
/// | part        | words                                        |
/// |-------------|----------------------------------------------|
/// | image       | version 15 → 16 · redis 7 → valkey 8         |
/// | build       | what it is built from changed                |
/// | data        | it goes on with other data                   |
/// | run         | run changed                                  |
/// | a variable  | env A changed · is new · is gone             |
/// | a port      | its port changed                             |
/// | a file      | nginx.conf changed · is new · is gone        |
/// | all others  | its settings changed                         |
pub(super) fn in_words(before: &Parts, now: &Parts) -> String {
    if before.is_empty() {
        return OTHER.to_owned();
    }
    let mut changed: Vec<&str> = now.changed_since(before).collect();
    changed.sort_by_key(|name| (rank(name), *name));
    let mut clauses: Vec<String> = changed.into_iter().map(|name| clause(name, before, now)).collect();
    clauses.dedup();
    match clauses.len() {
        0 => OTHER.to_owned(),
        number if number <= NAMED => clauses.join(", "),
        number => format!("{} and {} more", clauses[..NAMED].join(", "), number - NAMED),
    }
}

const OTHER: &str = "its settings changed";

/// The more it says, the earlier it is told.
fn rank(name: &str) -> usize {
    const ORDER: [&str; 7] = [IMAGE, BUILD, "data", "run", VARIABLE, "port ", FILE];
    ORDER.iter().position(|start| name.starts_with(start)).unwrap_or(ORDER.len())
}

fn clause(name: &str, before: &Parts, now: &Parts) -> String {
    let how = match (before.get(name), now.get(name)) {
        (None, _) => "is new",
        (_, None) => "is gone",
        _ => "changed",
    };
    if let Some(variable) = name.strip_prefix(VARIABLE) {
        let secret = variable.strip_prefix(&secret_variable("")).map(|secret| format!("secret {secret}"));
        return format!("{} {how}", secret.unwrap_or_else(|| format!("env {variable}")));
    }
    if let Some(path) = name.strip_prefix(FILE) {
        return format!("{} {how}", path.rsplit('/').next().unwrap_or(path));
    }
    match name {
        IMAGE => version(before.get(name).unwrap_or_default(), now.get(name).unwrap_or_default()),
        BUILD => "what it is built from changed".to_owned(),
        "data" => "it goes on with other data".to_owned(),
        "run" => format!("run {how}"),
        _ if name.starts_with("port ") => "its port changed".to_owned(),
        _ => OTHER.to_owned(),
    }
}

/// Of two names with their versions, what differs.
fn version(before: &str, now: &str) -> String {
    let (Some(before), Some(now)) = (named(before), named(now)) else { return "its version changed".to_owned() };
    if before.0 == now.0 {
        return format!("version {} → {}", before.2, now.2);
    }
    format!("{} {} → {} {}", before.1, before.2, now.1, now.2)
}

/// Where it comes from, its last word, and the version; `None` where it is pinned by its content or has no version.
fn named(image: &str) -> Option<(&str, &str, &str)> {
    let (whole, version) = image.rsplit_once(':').filter(|(whole, _)| !whole.contains('@'))?;
    let version_is_one = !version.is_empty() && !version.contains('/');
    version_is_one.then(|| (whole, whole.rsplit('/').next().unwrap_or(whole), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(json: &str) -> Parts {
        serde_json::from_str(json).unwrap()
    }

    fn words(before: &str, now: &str) -> String {
        in_words(&parts(before), &parts(now))
    }

    #[test]
    fn what_changed_is_named_and_never_its_value() {
        let image = |name: &str| format!(r#"{{"image":"{name}"}}"#);
        let changes = |before: &str, now: &str| words(&image(before), &image(now));
        assert_eq!(changes("docker.io/library/postgres:15", "docker.io/library/postgres:16"), "version 15 → 16");
        assert_eq!(changes("docker.io/library/redis:7", "docker.io/valkey/valkey:8"), "redis 7 → valkey 8");
        assert_eq!(changes("localhost:5000/a@sha256:12", "localhost:5000/a@sha256:34"), "its version changed");
        assert_eq!(words(r#"{"env LOG_LEVEL":"a1"}"#, r#"{"env LOG_LEVEL":"b2"}"#), "env LOG_LEVEL changed");
        assert_eq!(words(r#"{"env A":"a1"}"#, r#"{"env B":"a1"}"#), "env A is gone, env B is new");
        assert_eq!(words(r#"{"env DEVENV_SECRET_KEY":"a"}"#, r#"{"env DEVENV_SECRET_KEY":"b"}"#), "secret KEY changed");
        assert_eq!(
            words(r#"{"file /etc/nginx/nginx.conf":"a"}"#, r#"{"file /etc/nginx/nginx.conf":"b"}"#),
            "nginx.conf changed"
        );
        assert_eq!(words(r#"{"user":"1:1"}"#, r#"{"user":"2:2"}"#), OTHER);
    }

    #[test]
    fn of_many_changes_those_are_named_that_say_most() {
        let before = r#"{"stop":"1","run":"1","env A":"1","env B":"1","build":"x:1"}"#;
        let now = r#"{"stop":"2","run":"2","env A":"2","env B":"2","build":"x:2"}"#;
        assert_eq!(words(before, now), "what it is built from changed, run changed and 3 more");
        assert_eq!(words(r#"{"port ":"1","port a":"1"}"#, r#"{"port ":"2","port a":"2"}"#), "its port changed");
        // Made by a version of devenv that noted no parts.
        assert_eq!(words("{}", now), OTHER);
    }
}
