//! What a service or an app of the repo is called in values, where it listens inside, and which references stand for that.

use crate::catalog::{self, ServiceEntry};
use crate::detect::services::kinds;
use crate::detect::{App, Service, ServiceSource};
use crate::words;

pub struct Place {
    pub name: String,
    pub is_optional: bool,
    /// Where people of this computer find it, of a service that is published at another port.
    pub outside: Option<u16>,
    pub is_service: bool,
    /// What an attribute says inside, and the reference to it; the first that fits counts.
    pub wholes: Vec<(String, String)>,
    /// The main one first.
    pub ports: Vec<PlacePort>,
    /// An id of the catalog, where one speaks like it.
    pub kind: &'static str,
}

#[derive(Clone)]
pub struct PlacePort {
    pub number: u16,
    /// `${db.port}`.
    pub written: String,
}

impl Place {
    /// `None` = nobody can reach it.
    pub fn of_service(service: &Service) -> Option<Self> {
        let name = &service.name;
        let written = |attribute: &str| format!("${{{name}.{attribute}}}");
        let (entry, kind) = match &service.source {
            ServiceSource::Catalog(id) => {
                let entry = catalog::service(id)?;
                (Some(entry), entry.id)
            }
            ServiceSource::Image(image) => (None, kinds::by_image(image).map_or("", |kind| kind.id)),
        };
        let main = service.port.or(entry.map(|entry| entry.port))?;
        let mut ports = vec![PlacePort { number: main, written: written("port") }];
        let mut wholes = Vec::new();
        for (attribute, template) in entry.into_iter().flat_map(|entry| entry.attributes) {
            let part = template.strip_prefix("{port.").and_then(|rest| rest.strip_suffix('}'));
            let number = entry.zip(part).and_then(|(entry, part)| port_called(entry, part));
            ports.extend(number.map(|number| PlacePort { number, written: written(attribute) }));
            let whole = entry.and_then(|entry| inside(service, entry, template));
            wholes.extend(whole.map(|whole| (whole, written(attribute))));
        }
        let outside = service.published;
        Some(Self { name: name.clone(), is_optional: service.optional, outside, is_service: true, wholes, ports, kind })
    }

    /// `port` is the one that a compose file knows it by, where that is another than its own.
    pub fn of_app(app: &App, port: Option<u16>) -> Option<Self> {
        let own = app.port.as_ref()?.value;
        if app.once || !app.is_complete() {
            return None;
        }
        let name = &app.name;
        let mut numbers = vec![own];
        numbers.extend(port.filter(|port| *port != own));
        let wholes = numbers.iter().map(|port| (format!("http://{name}:{port}"), format!("${{{name}.url}}"))).collect();
        let ports =
            numbers.iter().map(|number| PlacePort { number: *number, written: format!("${{{name}.port}}") }).collect();
        let (is_optional, outside, is_service, kind) = (app.optional, None, false, "");
        Some(Self { name: name.clone(), is_optional, outside, is_service, wholes, ports, kind })
    }

    pub fn port(&self, number: u16) -> Option<PlacePort> {
        self.ports.iter().find(|port| port.number == number).cloned()
    }

    /// The same, where people of this computer are led to its main port by another number as well.
    pub fn port_here(&self, number: u16) -> Option<PlacePort> {
        let outside = || self.ports.first().filter(|_| self.outside == Some(number)).cloned();
        self.port(number).or_else(outside)
    }

    /// The port that an address without one means, where it is one of these.
    pub fn usual_port(&self, scheme: &str) -> Option<PlacePort> {
        let number = match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => 80,
            "https" | "wss" => 443,
            other => catalog::service(kinds::by_scheme(other)?.id)?.port,
        };
        self.port(number)
    }
}

fn port_called(entry: &ServiceEntry, part: &str) -> Option<u16> {
    entry.more_ports.iter().find(|(name, _)| *name == part).map(|(_, number)| *number)
}

/// What a template of the catalog says as seen by the apps; `None` = it says no address, or what a start makes up.
fn inside(service: &Service, entry: &ServiceEntry, template: &str) -> Option<String> {
    if !template.contains("{host}") {
        return None;
    }
    let mut text = template.replace("{host}", &service.name).replace("{port}", &entry.port.to_string());
    for (part, number) in entry.more_ports {
        text = text.replace(&format!("{{port.{part}}}"), &number.to_string());
    }
    let is_url = template.contains("://");
    for part in ["{user}", "{password}", "{database}"] {
        if text.contains(part) {
            let value = credential(service, entry, part)?;
            let value = if is_url { words::percent_encoded(&value) } else { value };
            text = text.replace(part, &value);
        }
    }
    Some(text)
}

/// A credential that is written down; a reference in it is not known yet.
fn credential(service: &Service, entry: &ServiceEntry, part: &str) -> Option<String> {
    let keys = || entry.env.iter().filter(|(_, template)| *template == part).map(|(key, _)| *key);
    let written = |key: &str| service.env.iter().rev().find(|it| it.value.key == key).map(|it| it.value.value.clone());
    // Of several variables the last one is the app user's, not the administrator's.
    let value = keys().filter_map(written).next_back().or_else(|| match part {
        "{user}" => entry.credentials.map(|own| own.user.to_owned()),
        "{database}" => entry.credentials.map(|own| own.database.to_owned()),
        _ => None,
    })?;
    (!value.contains("${")).then_some(value)
}
