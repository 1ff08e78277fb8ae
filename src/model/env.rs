//! What `${name.attribute}` stands for, as seen from inside the environment or from this computer.

use std::collections::BTreeMap;

use super::resolve::Facts;
use super::{Login, Sensitive, ports};
use crate::catalog::ServiceEntry;
use crate::manifest::{App, Manifest, Part, Reference, Service, Template};
use crate::names::{Name, Port};
use crate::problem::{Problem, kinds};
use crate::words;

/// From where an address is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// By an app or a service of the environment: its name, and the port it listens on.
    Inside,
    /// By a person or a program on this computer: the loopback address, and the leased port.
    Computer,
}

/// What everything in a manifest offers: addresses, credentials, secrets.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    manifest: &'a Manifest,
    facts: &'a Facts,
}

/// The variables a person needs on this computer, for `devenv env`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonEnvironment {
    /// Of each app, its own variables, in the order of the manifest.
    pub apps: Vec<(Name, Vec<(String, Sensitive)>)>,
    /// Of each service, `<NAME>_URL`, `<NAME>_HOST` and so on: one for each attribute.
    pub services: Vec<(Name, Vec<(String, Sensitive)>)>,
    /// Of each app, `<NAME>_URL`, `<NAME>_HOST` and `<NAME>_PORT`.
    pub addresses: Vec<(Name, Vec<(String, Sensitive)>)>,
    /// Variables of apps that have no value, and why: a secret is missing.
    pub missing: Vec<(Name, String, Problem)>,
}

/// What a person puts into the shell or into a file to reach the environment from this computer.
pub fn environment_for_person(manifest: &Manifest, facts: &Facts) -> PersonEnvironment {
    let values = Values::new(manifest, facts);
    let mut environment = PersonEnvironment::default();
    for app in &manifest.apps {
        let mut variables = Vec::new();
        for variable in &app.env {
            match values.fill(&variable.value.value, &app.name.value, View::Computer) {
                Ok(value) => variables.push((variable.key.value.clone(), Sensitive::new(value))),
                Err(problem) => {
                    environment.missing.push((app.name.value.clone(), variable.key.value.clone(), problem));
                }
            }
        }
        environment.apps.push((app.name.value.clone(), variables));
        let name = &app.name.value;
        let address = |attribute: &str| {
            let value = values.app_attribute(app, attribute, (name, View::Computer))?;
            let key = format!("{}_{}", variable_name(name.as_str()), variable_name(attribute));
            Some((key, Sensitive::new(value)))
        };
        let attributes: &[&str] = if app.port.is_some() { &["url", "host", "port"] } else { &[] };
        environment.addresses.push((name.clone(), attributes.iter().filter_map(|it| address(it)).collect()));
    }
    for service in &manifest.services {
        let variable = |(attribute, value): (&str, String)| {
            (
                format!("{}_{}", variable_name(service.name.value.as_str()), variable_name(attribute)),
                Sensitive::new(value),
            )
        };
        let variables = values.service_attributes(service, View::Computer).into_iter().map(variable).collect();
        environment.services.push((service.name.value.clone(), variables));
    }
    environment
}

/// Leaves out what has been said already.
pub(super) fn without_doubles(problems: Vec<Problem>) -> Vec<Problem> {
    let mut once: Vec<Problem> = Vec::new();
    for problem in problems {
        if !once.contains(&problem) {
            once.push(problem);
        }
    }
    once
}

/// The variable that a secret reaches a command by.
pub fn secret_variable(name: &str) -> String {
    format!("DEVENV_SECRET_{name}")
}

/// `search-2` as part of a variable's name: `SEARCH_2`.
pub fn variable_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

impl<'a> Values<'a> {
    pub fn new(manifest: &'a Manifest, facts: &'a Facts) -> Self {
        Self { manifest, facts }
    }

    /// From where a service or app sees the others.
    pub fn view_of(&self, reader: &Name) -> View {
        let on_host = self.manifest.apps.iter().any(|app| app.name.value == *reader && app.is_on_host());
        if on_host { View::Computer } else { View::Inside }
    }

    /// A template with every reference filled in, as `reader` sees it.
    ///
    /// # Errors
    /// The first secret without a value or reference to nothing.
    pub fn fill(&self, template: &Template, reader: &Name, view: View) -> Result<String, Problem> {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Reference(reference) => text.push_str(&self.value(&reference.value, reader, view)?),
            }
        }
        Ok(text)
    }

    /// What one reference stands for.
    ///
    /// # Errors
    /// It is a secret without a value or refers to nothing.
    pub fn value(&self, reference: &Reference, reader: &Name, view: View) -> Result<String, Problem> {
        match reference {
            Reference::Secret(name) => self.secret(name),
            Reference::Value { name, attribute } => {
                let service = self.manifest.services.iter().find(|service| service.name.value.as_str() == name);
                let app = self.manifest.apps.iter().find(|app| app.name.value.as_str() == name);
                let value = match (service, app) {
                    (Some(service), _) => self.service_attribute(service, attribute, view),
                    (None, Some(app)) => self.app_attribute(app, attribute, (reader, view)),
                    (None, None) => None,
                };
                value.ok_or_else(|| {
                    Problem::new(
                        &kinds::MANIFEST_UNKNOWN_ATTRIBUTE,
                        format!("`${{{name}.{attribute}}}` refers to nothing"),
                    )
                    .fix("devenv check")
                })
            }
        }
    }

    fn secret(&self, name: &str) -> Result<String, Problem> {
        if let Some(value) = self.facts.secrets.get(name) {
            return Ok(value.reveal().to_owned());
        }
        let declared = self.manifest.secrets.iter().find(|secret| secret.name.value == name);
        let description = declared.map_or_else(String::new, |secret| secret.description.value.clone());
        Err(Problem::new(&kinds::SECRET_MISSING, format!("the secret `{name}` has no value on this computer"))
            .why(description)
            .fix(format!("export {name}=…")))
    }

    /// The credentials of a service. A variable of the manifest that takes the place of a generated one counts.
    pub(super) fn login(&self, service: &Service) -> Login {
        let Some((entry, credentials)) = ports::entry(service).and_then(|entry| Some((entry, entry.credentials?)))
        else {
            return Login::default();
        };
        let written = |placeholder: &str| {
            let keys = entry.env.iter().filter(|(_, template)| *template == placeholder).map(|(key, _)| *key);
            let given = keys.filter_map(|key| service.env.iter().rev().find(|variable| variable.key.value == key));
            let mut plain = given.map(|variable| &variable.value.value).filter(|template| {
                !template.references().any(|reference| matches!(reference.value, Reference::Value { .. }))
            });
            // Of several variables the last one is the app user's, not the administrator's.
            plain.next_back().and_then(|template| self.fill(template, &service.name.value, View::Inside).ok())
        };
        let generated = || self.facts.passwords.get(&service.name.value).cloned();
        Login {
            user: written("{user}").unwrap_or_else(|| credentials.user.to_owned()),
            password: written("{password}").map(Sensitive::new).or_else(generated),
            database: written("{database}").unwrap_or_else(|| credentials.database.to_owned()),
        }
    }

    /// Every attribute of a service with its value.
    pub(super) fn service_attributes(&self, service: &Service, view: View) -> Vec<(&'static str, String)> {
        let own = ports::entry(service).map_or(&[][..], |entry| entry.attributes);
        let mut names: Vec<&'static str> = vec!["url", "host", "port"];
        names.extend(own.iter().map(|(name, _)| *name).filter(|name| *name != "url"));
        let value = |name: &'static str| self.service_attribute(service, name, view).map(|value| (name, value));
        names.into_iter().filter_map(value).collect()
    }

    fn service_attribute(&self, service: &Service, attribute: &str, view: View) -> Option<String> {
        let own = ports::entry(service).map_or(&[][..], |entry| entry.attributes);
        let template = own.iter().find(|(name, _)| *name == attribute).map(|(_, template)| *template);
        let template = match (template, attribute) {
            (Some(template), _) => template,
            (None, "public_url") if ports::entry(service).is_none_or(ServiceEntry::is_for_browsers) => {
                return self.service_attribute(service, "url", View::Computer);
            }
            (None, "host") => "{host}",
            (None, "port") => "{port}",
            (None, "url") => "http://{host}:{port}",
            _ => return None,
        };
        if template.contains("{port}") && ports::main_port(service).is_none() {
            return None;
        }
        Some(self.fill_attribute(service, template, view))
    }

    /// Where a person reaches a service, without its password.
    pub(super) fn shown_url(&self, service: &Service) -> Option<String> {
        ports::main_port(service)?;
        let own = ports::entry(service).and_then(|entry| entry.attributes.iter().find(|(name, _)| *name == "url"));
        let template = own.map_or("http://{host}:{port}", |(_, template)| template).replace(":{password}", "");
        (!template.contains("{password}")).then(|| self.fill_attribute(service, &template, View::Computer))
    }

    fn fill_attribute(&self, service: &Service, template: &str, view: View) -> String {
        let name = &service.name.value;
        let host = match view {
            View::Inside => name.as_str(),
            View::Computer if template.starts_with("http://") => "localhost",
            View::Computer => "127.0.0.1",
        };
        let port = |part: &str, inside: Port| match view {
            View::Inside => inside.to_string(),
            View::Computer => self.outside(name, part, inside).to_string(),
        };
        let login = self.login(service);
        let is_url = template.contains("://");
        let credential = |text: &str| if is_url { words::percent_encoded(text) } else { text.to_owned() };
        let mut text = template.replace("{host}", host);
        if let Some(inside) = ports::main_port(service) {
            text = text.replace("{port}", &port("", inside));
        }
        for (part, inside) in ports::more_ports(service) {
            text = text.replace(&format!("{{port.{part}}}"), &port(part, inside));
        }
        text = text.replace("{user}", &credential(&login.user)).replace("{database}", &credential(&login.database));
        text.replace("{password}", &credential(login.password.as_ref().map_or("", Sensitive::reveal)))
    }

    /// The texts of a catalog entry that go into the service itself.
    pub(super) fn fill_inside(&self, service: &Service, entry: &ServiceEntry, template: &str) -> String {
        let name = &service.name.value;
        let outside = Port::new(entry.port).map_or(entry.port, |inside| self.outside(name, "", inside).number());
        let template = template.replace("{name}", name.as_str()).replace("{outside_port}", &outside.to_string());
        self.fill_attribute(service, &template, View::Inside)
    }

    /// The port of this computer that leads to a port inside.
    pub(super) fn outside(&self, owner: &Name, part: &str, inside: Port) -> Port {
        let lease = self.facts.leases.get(&(owner.clone(), part.to_owned()));
        lease.copied().unwrap_or_else(|| ports::expected(self.manifest, owner, part, inside))
    }

    /// `url` of an app itself is its public one: nobody needs its own address inside.
    fn app_attribute(&self, app: &App, attribute: &str, (reader, view): (&Name, View)) -> Option<String> {
        let name = &app.name.value;
        let inside = app.port.as_ref().map(|port| port.value);
        let outside = |inside| self.outside(name, "", inside);
        let public = |inside| format!("http://localhost:{}", outside(inside));
        match (attribute, view) {
            ("url" | "host" | "port", View::Inside) if app.is_on_host() => None,
            ("host", View::Inside) => Some(name.to_string()),
            ("host", View::Computer) => Some("127.0.0.1".to_owned()),
            ("port", View::Inside) => inside.map(|port| port.to_string()),
            ("port", View::Computer) => inside.map(|port| outside(port).to_string()),
            ("url", View::Inside) if reader != name => inside.map(|port| format!("http://{name}:{port}")),
            ("url" | "public_url", _) => inside.map(public),
            _ => None,
        }
    }

    /// A template for a shell: each reference becomes a variable, added to `env`, so that no value stands in an argument.
    pub(super) fn fill_for_shell(
        &self,
        template: &Template,
        reader: &Name,
        env: &mut BTreeMap<String, Sensitive>,
    ) -> Result<String, Problem> {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Reference(reference) => {
                    let variable = match &reference.value {
                        Reference::Secret(name) => secret_variable(name),
                        Reference::Value { name, attribute } => {
                            format!("DEVENV_{}_{}", variable_name(name), variable_name(attribute))
                        }
                    };
                    text.push_str(&format!("${{{variable}}}"));
                    env.insert(variable, Sensitive::new(self.value(&reference.value, reader, self.view_of(reader))?));
                }
            }
        }
        Ok(text)
    }
}
