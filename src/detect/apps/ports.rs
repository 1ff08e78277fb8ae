//! On which port an app listens, where neither its command nor its framework's configuration says so.

use super::places::upwards;
use super::{pins, scan};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, join, name_of};

pub(super) type Port = Option<Fact<u16>>;

/// A port with the place that says it.
pub(super) fn at(port: u16, path: &str, line: impl Into<Option<usize>>) -> Fact<u16> {
    Fact { value: port, evidence: vec![Evidence::at(path, line)] }
}

/// What the command itself says.
pub(super) fn of_command(run: &Fact<String>) -> Port {
    let port = scan::command_port(&run.value)?;
    Some(Fact { value: port, evidence: run.evidence.clone() })
}

/// Examples of settings, and the settings that are committed.
const ENV_FILES: &[&str] = &[
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    ".env.development",
    ".env.dev",
    ".env.local.example",
    ".env.development.example",
    ".env.defaults",
    "env.example",
    "example.env",
    "sample.env",
    ".env-example",
    ".env-sample",
    ".env.docker",
    ".env",
];

/// Variables by which servers are told where to listen, in the order of their weight.
const PORT_VARIABLES: &[&str] = &[
    "PORT",
    "HTTP_PORT",
    "SERVER_PORT",
    "APP_PORT",
    "API_PORT",
    "WEB_PORT",
    "BACKEND_PORT",
    "LISTEN_PORT",
    "NODE_PORT",
    "SERVICE_PORT",
    "UVICORN_PORT",
    "FLASK_RUN_PORT",
    "ROCKET_PORT",
    "NITRO_PORT",
    "NUXT_PORT",
    "VITE_PORT",
    "HTTP_ADDR",
    "LISTEN_ADDR",
    "LISTEN_ADDRESS",
    "SERVER_ADDRESS",
    "HTTP_SERVER_ADDRESS",
    "BIND_ADDR",
    "BIND_ADDRESS",
    "ADDR",
    "ADDRESS",
    "HTTP_LISTEN",
    "DOCKER_WEB_PORT_FORWARD",
];

/// From the variables of an app's own example of settings.
pub(super) fn of_env_files(repo: &Repo, folder: &str) -> Port {
    let files = ENV_FILES.iter().filter_map(|name| join(folder, name)).filter(|path| repo.has(path));
    let texts: Vec<_> = files.filter_map(|path| Some((repo.text(&path)?, path))).collect();
    PORT_VARIABLES.iter().find_map(|wanted| {
        texts.iter().find_map(|(text, path)| {
            scan::lines(text).find_map(|(number, line)| {
                let line = line.trim().trim_start_matches("export ");
                let (key, value) = line.split_once('=')?;
                let value = value.trim().trim_matches(['"', '\'']);
                let port = value.rsplit(':').next().filter(|_| key.trim() == *wanted)?;
                let port = port.split_whitespace().next()?.parse().ok().and_then(scan::is_port)?;
                Some(at(port, path, number))
            })
        })
    })
}

/// From the texts of programs: the first of these files that says one.
pub(super) fn of_code(repo: &Repo, files: &[String]) -> Port {
    files.iter().filter(|path| repo.has(path)).find_map(|path| {
        let (port, line) = scan::code_port(&repo.text(path)?)?;
        Some(at(port, path, line))
    })
}

/// From `EXPOSE` of the nearest Dockerfile; those of a web server in front say nothing of the app.
pub(super) fn of_dockerfile(repo: &Repo, folder: &str) -> Port {
    const NAMES: &[&str] = &["Dockerfile.dev", "Dockerfile", "Containerfile", "docker/Dockerfile"];
    let near = upwards(folder).take(if folder.is_empty() { 1 } else { 2 });
    let paths = near.flat_map(|folder| NAMES.iter().filter_map(move |name| join(folder, name)));
    paths.filter(|path| repo.has(path)).find_map(|path| {
        let text = repo.text(&path)?;
        let mut defaults: Vec<(String, String)> = Vec::new();
        scan::lines(&text).find_map(|(number, line)| {
            let (word, rest) = line.trim().split_once(char::is_whitespace)?;
            if word.eq_ignore_ascii_case("arg") || word.eq_ignore_ascii_case("env") {
                let pairs = rest.split_whitespace().filter_map(|word| word.split_once('='));
                defaults.extend(pairs.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned())));
                return None;
            }
            let exposed = rest.split_whitespace().next().filter(|_| word.eq_ignore_ascii_case("expose"))?;
            let exposed = exposed.split('/').next()?.trim_matches('"');
            let name = exposed.trim_start_matches('$').trim_matches(['{', '}']).split(':').next().unwrap_or_default();
            let known = defaults.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            let port: u32 = known.unwrap_or(exposed).parse().ok()?;
            scan::is_port(port).filter(|port| ![80, 443, 8443].contains(port)).map(|port| at(port, &path, number))
        })
    })
}

/// From what `devcontainer.json` leads outside: the first that is no database's.
pub(super) fn of_devcontainer(repo: &Repo) -> Port {
    pins::DEVCONTAINERS.iter().filter(|path| repo.has(path)).find_map(|path| {
        let json = repo.json(path)?;
        let listed = json.get("forwardPorts").and_then(|it| it.as_array()).into_iter().flatten();
        let listed: Vec<u32> = listed.filter_map(|it| it.as_u64().and_then(|it| u32::try_from(it).ok())).collect();
        let attributed = json.get("portsAttributes").and_then(|it| it.as_object()).into_iter().flatten();
        let attributed: Vec<u32> = attributed.filter_map(|(key, _)| key.parse().ok()).collect();
        let port = listed.iter().chain(&attributed).find_map(|port| scan::is_port(*port))?;
        let line = repo.text(path).and_then(|text| crate::repo::line_of(&text, &port.to_string()));
        Some(at(port, path, line))
    })
}

/// All that the surroundings of an app may say, the most telling first.
pub(super) fn around(repo: &Repo, folder: &str) -> Port {
    let outer = || folder.is_empty().then(|| of_devcontainer(repo)).flatten();
    of_env_files(repo, folder).or_else(|| of_dockerfile(repo, folder)).or_else(outer)
}

/// A framework's own port, which is written nowhere in the repo.
pub(super) fn usual(port: u16) -> Fact<u16> {
    Fact { value: port, evidence: Vec::new() }
}

/// A key with a port in a settings file such as `port = 8080`, `HttpPort = 8000`, `"port": 3000`, not deeper than one level.
pub(super) fn of_settings(repo: &Repo, paths: &[String]) -> Port {
    const NAMES: &[&str] =
        &["port", "httpport", "http_port", "server_port", "http-port", "address", "addr", "listen", "bind"];
    paths.iter().filter(|path| repo.has(path)).find_map(|path| {
        let text = repo.text(path)?;
        let mut section = String::new();
        scan::lines(&text).take(2000).find_map(|(number, line)| {
            let trimmed = line.trim().trim_end_matches(',');
            let depth = line.len() - line.trim_start().len();
            if let Some(name) = trimmed.strip_prefix('[') {
                section = name.trim_end_matches(']').to_lowercase();
                return None;
            }
            if trimmed.ends_with([':', '{']) {
                section = trimmed.trim_matches(|c: char| ":{=\"' ".contains(c)).to_lowercase();
                return None;
            }
            let (key, value) = trimmed.split_once(['=', ':'])?;
            let key = key.trim().trim_matches(['"', '\'']).to_lowercase();
            let is_own = depth <= if name_of(path).ends_with("json") { 4 } else { 2 };
            let is_server = depth == 0 && section.is_empty() || !is_other(&section);
            let port = scan::leading_port(value).or_else(|| scan::leading_port(value.rsplit(':').next()?))?;
            (is_own && is_server && NAMES.contains(&key.as_str())).then(|| at(port, path, number))
        })
    })
}

fn is_other(section: &str) -> bool {
    [
        "database",
        "db",
        "redis",
        "mail",
        "email",
        "smtp",
        "postgres",
        "mysql",
        "mongo",
        "cache",
        "prometheus",
        "metrics",
        "queue",
        "proxy",
    ]
    .iter()
    .any(|word| section.contains(word))
}
