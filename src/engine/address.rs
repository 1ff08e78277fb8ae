//! Which engine is meant: the address that somebody chose, or the usual places.
//!
//! In order: `DOCKER_HOST`, the context named by `DOCKER_CONTEXT` or the Docker configuration, the usual places.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::explain::{Doing, Fault, FaultKind};
use super::places::{self, Flavour};
use crate::host::Surroundings;
use crate::problem::{Problem, kinds};

/// Where an engine is, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `scheme://…`
    url: String,
    said_by: SaidBy,
    flavour: Flavour,
}

/// Who chose an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaidBy {
    /// Nobody: it is one of the usual places.
    Usual,
    /// `DOCKER_HOST`.
    Variable,
    /// The context of this name, by `DOCKER_CONTEXT`.
    ContextVariable(String),
    /// The context of this name, by Docker's own settings.
    Context(String),
}

/// What there is to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Somebody chose it, so no other one will do.
    This(Address),
    /// Whichever answers, the preferred ones first; empty = nothing is in any usual place.
    Any(Vec<Address>),
}

impl SaidBy {
    fn title(&self) -> String {
        match self {
            Self::Usual => "the usual place".to_owned(),
            Self::Variable => "DOCKER_HOST".to_owned(),
            Self::ContextVariable(name) => format!("the Docker context `{name}`, which DOCKER_CONTEXT names,"),
            Self::Context(name) => format!("the Docker context `{name}`"),
        }
    }

    /// The command after which the engine of this computer is used.
    pub fn undo(&self) -> &'static str {
        match self {
            Self::Usual | Self::Variable => "unset DOCKER_HOST          # to use the Docker of this computer",
            Self::ContextVariable(_) => "unset DOCKER_CONTEXT       # to use the Docker of this computer",
            Self::Context(_) => "docker context use default        # to use the Docker of this computer",
        }
    }
}

impl Address {
    pub fn new(url: String, said_by: SaidBy, flavour: Flavour) -> Self {
        Self { url, said_by, flavour }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn said_by(&self) -> &SaidBy {
        &self.said_by
    }

    pub fn flavour(&self) -> &Flavour {
        &self.flavour
    }

    /// A fault as a problem; where nothing answers at an address that somebody chose, it is the address to look at.
    pub fn explain(&self, fault: &Fault, doing: &Doing) -> Problem {
        let problem = fault.problem(doing);
        let is_nowhere = matches!(fault.kind, FaultKind::Missing | FaultKind::Stopped);
        if !is_nowhere || self.said_by == SaidBy::Usual {
            return problem;
        }
        let explained = Problem::new(&kinds::ENGINE_ELSEWHERE, "Docker does not answer where it should")
            .why(format!("{} says `{}`, and nothing listens there", self.said_by.title(), self.url))
            .fix("start the Docker that is meant")
            .fix(self.said_by.undo());
        problem.details.iter().fold(explained, |explained, detail| explained.detail(detail.clone()))
    }
}

/// What is wanted, by the person or by nobody.
///
/// # Errors
/// A context that does not exist, or an address of a kind that can't be connected to.
pub(super) fn wanted(surroundings: &Surroundings) -> Result<Wanted, Problem> {
    if let Some(host) = surroundings.docker_host.as_deref().filter(|host| !host.is_empty()) {
        let safety = if surroundings.docker_tls { Safety::Certificates } else { Safety::None };
        return known_scheme(surroundings, host, (SaidBy::Variable, safety)).map(Wanted::This);
    }
    if let Some(said_by) = context(surroundings) {
        return context_address(surroundings, said_by).map(Wanted::This);
    }
    Ok(Wanted::Any(places::present(surroundings)))
}

/// How the way to an engine is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Safety {
    None,
    Certificates,
}

fn known_scheme(
    surroundings: &Surroundings,
    host: &str,
    (said_by, safety): (SaidBy, Safety),
) -> Result<Address, Problem> {
    let is = |schemes: &[&str]| schemes.iter().any(|scheme| host.starts_with(scheme));
    let says = format!("{} says `{host}`", said_by.title());
    let problem = if is(&["unix://"]) || is(&["tcp://", "http://"]) && safety == Safety::None {
        let flavour = places::flavour_at(host, surroundings);
        return Ok(Address::new(host.to_owned(), said_by, flavour));
    } else if is(&["ssh://"]) {
        Problem::new(&kinds::ENGINE_SSH, "devenv cannot work with the Docker of another computer").why(format!(
            "{says}, which is reached over ssh; what runs there sees neither this computer's files nor its addresses"
        ))
    } else if is(&["tcp://", "https://"]) {
        Problem::new(&kinds::ENGINE_TLS, "devenv cannot log in to this Docker")
            .why(format!("{says}, which asks for certificates; devenv works with a Docker on this computer"))
    } else {
        Problem::new(&kinds::ENGINE_ADDRESS, "devenv cannot connect to the Docker that is chosen")
            .why(format!("{says}; addresses that begin with unix:// or tcp:// are understood"))
    };
    Err(problem.fix(said_by.undo()))
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
fn context(surroundings: &Surroundings) -> Option<SaidBy> {
    let is_chosen = |name: &String| !name.is_empty();
    let said_by = match surroundings.docker_context.clone().filter(is_chosen) {
        Some(name) => SaidBy::ContextVariable(name),
        None => {
            let text = crate::host::read_small(&surroundings.docker_config.as_ref()?.join("config.json")).ok()?;
            let config: ClientConfig = serde_json::from_slice(&text).ok()?;
            SaidBy::Context(Some(config.current_context).filter(is_chosen)?)
        }
    };
    (said_by.context_name() != "default").then_some(said_by)
}

impl SaidBy {
    fn context_name(&self) -> &str {
        match self {
            Self::ContextVariable(name) | Self::Context(name) => name,
            Self::Usual | Self::Variable => "",
        }
    }
}

fn context_address(surroundings: &Surroundings, said_by: SaidBy) -> Result<Address, Problem> {
    let name = said_by.context_name();
    match surroundings.docker_config.as_deref().and_then(|folder| context_host(folder, name)) {
        Some((host, safety)) => known_scheme(surroundings, &host, (said_by, safety)),
        None => Err(Problem::new(&kinds::ENGINE_CONTEXT, format!("the Docker context `{name}` does not exist"))
            .why("DOCKER_CONTEXT or Docker's own settings name it, but it was removed")
            .fix(said_by.undo())),
    }
}

/// What the context of a name says; certificates lie in a folder of the same name as what is known of it.
fn context_host(folder: &Path, name: &str) -> Option<(String, Safety)> {
    let contexts = crate::host::list_folder(&folder.join("contexts/meta"));
    contexts.iter().find_map(|path| {
        let text = crate::host::read_small(&path.join("meta.json")).ok()?;
        let meta: ContextMeta = serde_json::from_slice(&text).ok()?;
        let host = (meta.name == name).then(|| meta.endpoints.get("docker")?.host.clone())??;
        let certificates = folder.join("contexts/tls").join(path.file_name()?).join("docker");
        let has = !crate::host::list_folder(&certificates).is_empty();
        Some((host, if has { Safety::Certificates } else { Safety::None }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        crate::host::write_file(path, text.as_bytes()).unwrap();
    }

    #[track_caller]
    fn chosen(surroundings: &Surroundings) -> Address {
        match wanted(surroundings) {
            Ok(Wanted::This(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    /// Docker's settings with one context, which is the current one.
    fn with_context(folder: &Path, host: &str) -> Surroundings {
        write(&folder.join("config.json"), r#"{"currentContext":"work"}"#);
        let meta = format!(r#"{{"Name":"work","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
        write(&folder.join("contexts/meta/ab/meta.json"), &meta);
        Surroundings { docker_config: Some(folder.to_owned()), ..Surroundings::below(folder) }
    }

    #[test]
    fn the_environment_wins_over_the_context() {
        let surroundings = Surroundings {
            docker_host: Some("unix:///tmp/a".into()),
            docker_context: Some("x".into()),
            ..Default::default()
        };
        assert_eq!(
            (chosen(&surroundings).url(), chosen(&surroundings).said_by()),
            ("unix:///tmp/a", &SaidBy::Variable)
        );
    }

    #[test]
    fn a_context_leads_to_its_host_and_is_called_by_its_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home/.colima/dev/docker.sock");
        write(&path, "");
        let address = chosen(&with_context(folder.path(), &format!("unix://{}", path.display())));
        assert_eq!(address.said_by(), &SaidBy::Context("work".into()));
        assert_eq!(address.flavour(), &Flavour::Colima("dev".into()));
    }

    #[test]
    fn what_cannot_be_connected_to_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let id = |surroundings: &Surroundings| wanted(surroundings).unwrap_err().kind.id;
        let host = |host: &str| Surroundings { docker_host: Some(host.into()), ..Default::default() };
        assert_eq!(id(&host("foo://x")), "engine-address");
        assert_eq!(id(&host("ssh://sam@build")), "engine-ssh");
        assert_eq!(id(&Surroundings { docker_tls: true, ..host("tcp://build:2376") }), "engine-tls");
        assert!(wanted(&host("tcp://build:2375")).is_ok());
        assert_eq!(id(&with_context(folder.path(), "ssh://sam@build")), "engine-ssh");
        let secured = with_context(folder.path(), "tcp://build:2376");
        assert!(wanted(&secured).is_ok());
        write(&folder.path().join("contexts/tls/ab/docker/ca.pem"), "");
        assert_eq!(id(&secured), "engine-tls");
        let gone = Surroundings { docker_context: Some("gone".into()), ..Default::default() };
        assert_eq!(id(&gone), "engine-context");
    }

    #[test]
    fn the_built_in_context_is_no_choice() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = Surroundings { docker_context: Some("default".into()), ..Surroundings::below(folder.path()) };
        assert_eq!(wanted(&chosen), Ok(Wanted::Any(Vec::new())));
    }
}
