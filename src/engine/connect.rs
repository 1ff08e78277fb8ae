//! Finding the engine and opening a connection to it.
//!
//! In order: `DOCKER_HOST`, the context named by `DOCKER_CONTEXT` or the Docker configuration, the usual places.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bollard::{API_DEFAULT_VERSION, Docker};
use serde::Deserialize;

use super::explain::{Fault, FaultKind};
use super::{Doing, Engine};
use crate::host::Surroundings;
use crate::problem::{Exit, Problem, kinds};

/// Seconds that an answer's first byte may take. Stops and downloads have their own limits.
const ANSWER_LIMIT_S: u64 = 120;

impl Engine {
    /// Opens the engine that this computer is set up for.
    ///
    /// # Errors
    /// A problem with [`Exit::Engine`]: none found, or an address of an unknown kind.
    pub fn connect(surroundings: &Surroundings) -> Result<Self, Problem> {
        let address = address(surroundings)?;
        let client = open(&address.url).map_err(|fault| address.explain(&fault, &Doing::Connect))?;
        let client = client.with_request_modifier(mend_login_header);
        Ok(Self { client, mirrors: surroundings.mirrors.clone(), address })
    }
}

impl Engine {
    /// One that answers nothing, for where nothing is asked of it.
    ///
    /// # Errors
    /// None that a person could meet.
    pub fn absent() -> Result<Self, Problem> {
        // Nobody listens on the lowest port of this computer.
        let address = Address { url: "http://127.0.0.1:1".to_owned(), said_by: SaidBy::Usual };
        let client = open(&address.url).map_err(|fault| fault.problem(&Doing::Connect))?;
        Ok(Self { client, mirrors: Vec::new(), address })
    }
}

/// Where the engine is, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// `scheme://…`
    url: String,
    said_by: SaidBy,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SaidBy {
    /// Nobody: it is one of the usual places.
    Usual,
    /// `DOCKER_HOST`.
    Variable,
    Context(String),
}

impl SaidBy {
    fn title(&self) -> String {
        match self {
            Self::Usual => "the usual place".to_owned(),
            Self::Variable => "DOCKER_HOST".to_owned(),
            Self::Context(name) => format!("the Docker context `{name}`"),
        }
    }

    fn undo(&self) -> &'static str {
        match self {
            Self::Usual | Self::Variable => "unset DOCKER_HOST          # to use the Docker of this computer",
            Self::Context(_) => "docker context use default        # to use the Docker of this computer",
        }
    }
}

impl Address {
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// A fault as a problem; where nothing answers at an address that somebody chose, it is the address to look at.
    pub(super) fn explain(&self, fault: &Fault, doing: &Doing) -> Problem {
        let problem = fault.problem(doing);
        let is_nowhere = matches!(fault.kind, FaultKind::Missing | FaultKind::Stopped);
        if !is_nowhere || self.said_by == SaidBy::Usual {
            return problem;
        }
        let explained = Problem::new(problem.kind, "Docker does not answer where it should")
            .exit(Exit::Engine)
            .why(format!("{} says `{}`, and nothing listens there", self.said_by.title(), self.url))
            .fix("start the Docker that is meant")
            .fix(self.said_by.undo());
        problem.details.iter().fold(explained, |explained, detail| explained.detail(detail.clone()))
    }
}

fn open(address: &str) -> Result<Docker, Fault> {
    let opened = if address.starts_with("unix://") {
        Docker::connect_with_unix(address, ANSWER_LIMIT_S, API_DEFAULT_VERSION)
    } else {
        Docker::connect_with_host(address)
    };
    opened.map_err(|error| Fault::from_client(&error))
}

/// The address of the engine to use.
fn address(surroundings: &Surroundings) -> Result<Address, Problem> {
    if let Some(host) = surroundings.docker_host.as_deref().filter(|host| !host.is_empty()) {
        return known_scheme(host, SaidBy::Variable);
    }
    if let Some(name) = context_name(surroundings) {
        return context_address(surroundings, &name);
    }
    let usual = usual_places(surroundings);
    let found = usual.iter().find(|path| path.exists()).or(usual.first());
    let url = found.map(|path| format!("unix://{}", path.display())).unwrap_or_default();
    Ok(Address { url, said_by: SaidBy::Usual })
}

fn known_scheme(host: &str, said_by: SaidBy) -> Result<Address, Problem> {
    if ["unix://", "tcp://", "http://"].iter().any(|scheme| host.starts_with(scheme)) {
        return Ok(Address { url: host.to_owned(), said_by });
    }
    Err(Problem::new(
        &kinds::ENGINE_ADDRESS,
        format!("{} says `{host}`, which devenv cannot connect to", said_by.title()),
    )
    .why("addresses that begin with unix:// or tcp:// are understood")
    .fix(said_by.undo()))
}

fn usual_places(surroundings: &Surroundings) -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from("/var/run/docker.sock")];
    if let Some(folder) = &surroundings.runtime_dir {
        places.push(folder.join("docker.sock"));
    }
    if let Some(home) = &surroundings.home {
        for place in [".docker/run/docker.sock", ".docker/desktop/docker.sock", ".colima/default/docker.sock"] {
            places.push(home.join(place));
        }
        places.push(home.join(".orbstack/run/docker.sock"));
        places.push(home.join(".rd/docker.sock"));
    }
    places
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ClientConfig {
    current_context: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextMeta {
    name: String,
    endpoints: BTreeMap<String, ContextEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextEndpoint {
    host: Option<String>,
}

/// The context chosen by hand; `None` for the built-in default.
fn context_name(surroundings: &Surroundings) -> Option<String> {
    let named = surroundings.docker_context.clone().filter(|name| !name.is_empty()).or_else(|| {
        let text = crate::host::read_small(&surroundings.docker_config.as_ref()?.join("config.json")).ok()?;
        let config: ClientConfig = serde_json::from_slice(&text).ok()?;
        Some(config.current_context)
    })?;
    (!named.is_empty() && named != "default").then_some(named)
}

fn context_address(surroundings: &Surroundings, name: &str) -> Result<Address, Problem> {
    let host = surroundings.docker_config.as_deref().and_then(|folder| context_host(folder, name));
    match host {
        Some(host) => known_scheme(&host, SaidBy::Context(name.to_owned())),
        None => Err(Problem::new(&kinds::ENGINE_CONTEXT, format!("the Docker context `{name}` does not exist"))
            .why("DOCKER_CONTEXT or Docker's own settings name it, but it was removed")
            .fix("docker context use default")),
    }
}

fn context_host(folder: &Path, name: &str) -> Option<String> {
    let contexts = crate::host::list_folder(&folder.join("contexts/meta"));
    contexts.iter().find_map(|path| {
        let text = crate::host::read_small(&path.join("meta.json")).ok()?;
        let meta: ContextMeta = serde_json::from_slice(&text).ok()?;
        (meta.name == name).then(|| meta.endpoints.get("docker")?.host.clone())?
    })
}

/// The client crate encodes logins with the standard base64 alphabet where engines expect the one safe for URLs.
fn mend_login_header(mut request: bollard::BollardRequest) -> bollard::BollardRequest {
    if let Some(value) = request.headers_mut().get_mut("x-registry-auth") {
        let safe = value.to_str().map(|text| text.replace('+', "-").replace('/', "_"));
        if let Ok(Ok(header)) = safe.map(|text| http::HeaderValue::from_str(&text)) {
            *value = header;
        }
    }
    request
}

impl Engine {
    /// Runs a request with a limit, so that an engine that hangs is told from one that works.
    ///
    /// # Errors
    /// What the request answered, or [`FaultKind::Hung`].
    pub(super) async fn within<T>(
        limit: std::time::Duration,
        request: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, Fault> {
        match tokio::time::timeout(limit, request).await {
            Ok(answer) => answer.map_err(|error| Fault::from_client(&error)),
            Err(_) => Err(Fault { kind: FaultKind::Hung, message: String::new() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        crate::host::write_file(path, text.as_bytes()).unwrap();
    }

    #[test]
    fn the_environment_wins_over_the_context() {
        let surroundings = Surroundings {
            docker_host: Some("unix:///tmp/a".into()),
            docker_context: Some("x".into()),
            ..Default::default()
        };
        assert_eq!(address(&surroundings).unwrap().url, "unix:///tmp/a");
    }

    #[test]
    fn a_context_leads_to_its_host() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("config.json"), r#"{"currentContext":"colima"}"#);
        write(
            &folder.path().join("contexts/meta/ab/meta.json"),
            r#"{"Name":"colima","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///x/colima.sock","SkipTLSVerify":false}}}"#,
        );
        let surroundings = Surroundings { docker_config: Some(folder.path().to_owned()), ..Default::default() };
        assert_eq!(address(&surroundings).unwrap().url, "unix:///x/colima.sock");
    }

    #[test]
    fn an_unknown_scheme_and_a_missing_context_are_problems() {
        let ssh = Surroundings { docker_host: Some("foo://x".into()), ..Default::default() };
        assert_eq!(address(&ssh).unwrap_err().kind, &kinds::ENGINE_ADDRESS);
        let gone = Surroundings { docker_context: Some("gone".into()), ..Default::default() };
        assert_eq!(address(&gone).unwrap_err().kind, &kinds::ENGINE_CONTEXT);
    }
}
