//! Ports in the settings of Spring, Quarkus, Micronaut, Ktor and Play.

use super::super::ports::{self, Port};
use super::super::scan;
use crate::repo::{Repo, join, line_of};

/// Keys of flat settings.
const KEYS: &[&str] =
    &["server.port", "quarkus.http.port", "quarkus.http.dev-port", "micronaut.server.port", "http.port"];

/// The port that a module's settings of development say, else those of all cases.
pub(super) fn port(repo: &Repo, folder: &str) -> Port {
    const NAMES: &[&str] = &[
        "application-dev",
        "application-local",
        "application-development",
        "application",
        "config/application-dev",
        "config/application",
        "bootstrap",
    ];
    const ENDS: &[&str] = &["properties", "yml", "yaml", "conf", "toml"];
    let places = ["src/main/resources", "conf", "config", "resources"];
    let paths = NAMES.iter().flat_map(|name| {
        places.iter().flat_map(move |place| ENDS.iter().map(move |end| format!("{place}/{name}.{end}")))
    });
    let mut paths = paths.filter_map(|name| join(folder, &name)).filter(|path| repo.has(path));
    paths.find_map(|path| match path.rsplit('.').next() {
        Some("yml" | "yaml") => of_yaml(repo, &path),
        Some("conf") => of_conf(repo, &path),
        _ => of_properties(repo, &path),
    })
}

fn value(text: &str) -> Option<u16> {
    let text = text.trim().trim_matches(['"', '\'']);
    text.parse().ok().and_then(scan::is_port).or_else(|| scan::default_of(text))
}

fn of_properties(repo: &Repo, path: &str) -> Port {
    let text = repo.text(path)?;
    scan::lines(&text).find_map(|(number, line)| {
        let (key, rest) = line.split_once(['=', ':'])?;
        let port = KEYS.contains(&key.trim().trim_start_matches("%dev.")).then(|| value(rest)).flatten()?;
        Some(ports::at(port, path, number))
    })
}

fn of_yaml(repo: &Repo, path: &str) -> Port {
    let yaml = repo.yaml(path)?;
    let at = |key: &str| {
        let mut here = &*yaml;
        for part in key.split('.') {
            here = here.get(part)?;
        }
        Some(here.clone())
    };
    let found = KEYS.iter().find_map(|key| at(key).or_else(|| yaml.get(*key).cloned()))?;
    let text =
        found.as_str().map_or_else(|| found.as_u64().map(|it| it.to_string()).unwrap_or_default(), str::to_owned);
    let line = repo.text(path).and_then(|all| line_of(&all, &format!("port: {text}")));
    Some(ports::at(value(&text)?, path, line))
}

/// HOCON: the first `port = 8080`; what follows with a variable only replaces it.
fn of_conf(repo: &Repo, path: &str) -> Port {
    let text = repo.text(path)?;
    scan::lines(&text).find_map(|(number, line)| {
        let (key, rest) = line.split_once(['=', ':'])?;
        let key = key.trim();
        let is_port = key == "port" || KEYS.contains(&key) || key.ends_with(".deployment.port");
        Some(ports::at(value(rest).filter(|_| is_port)?, path, number))
    })
}
