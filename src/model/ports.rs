//! Which ports of this computer a manifest would like to have. Pure; `state` leases them.

use crate::catalog::{self, ServiceEntry};
use crate::manifest::{At, Manifest, Service, ServiceSource};
use crate::names::{Name, Port};

/// One port to lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPort {
    pub owner: Name,
    /// Empty = the main one.
    pub name: String,
    /// The number it would like: the one that the manifest expects outside, else the one it listens on inside; for one below
    /// 1024, which not everybody may use, that plus 8000.
    pub preferred: Port,
}

/// Every port wanted, in the order of the manifest: services, then apps.
pub fn wanted(manifest: &Manifest) -> Vec<WantedPort> {
    let mut wanted = Vec::new();
    let mut want = |owner: &Name, name: &str, port: Port| {
        wanted.push(WantedPort { owner: owner.clone(), name: name.to_owned(), preferred: port.usable_by_all() });
    };
    for service in &manifest.services {
        if let Some(port) = main_port(service) {
            want(&service.name.value, "", outside_of(service.outside.as_ref(), port));
        }
        for (name, port) in more_ports(service) {
            want(&service.name.value, name, port);
        }
    }
    for app in &manifest.apps {
        if let Some(port) = &app.port {
            want(&app.name.value, "", outside_of(app.outside.as_ref(), port.value));
        }
    }
    wanted
}

/// Where something is expected on this computer that listens on `inside`.
fn outside_of(expected: Option<&At<Port>>, inside: Port) -> Port {
    expected.map_or(inside, |port| port.value)
}

/// What a port of a service or an app would like to be on this computer; `part` is empty for the main one.
pub(super) fn expected(manifest: &Manifest, owner: &Name, part: &str, inside: Port) -> Port {
    let service = manifest.services.iter().find(|service| service.name.value == *owner);
    let app = || manifest.apps.iter().find(|app| app.name.value == *owner);
    let written = service.map_or_else(|| app()?.outside.as_ref(), |service| service.outside.as_ref());
    outside_of(written.filter(|_| part.is_empty()), inside).usable_by_all()
}

/// The catalog entry of a service, where it has one.
pub(super) fn entry(service: &Service) -> Option<&'static ServiceEntry> {
    match &service.source.value {
        ServiceSource::Catalog { id, .. } => catalog::service(id),
        ServiceSource::Image(_) => None,
    }
}

/// The port that others inside reach a service by.
pub(super) fn main_port(service: &Service) -> Option<Port> {
    let written = service.port.as_ref().map(|port| port.value);
    written.or_else(|| entry(service).and_then(|entry| Port::new(entry.port)))
}

pub(super) fn more_ports(service: &Service) -> impl Iterator<Item = (&'static str, Port)> {
    let all = entry(service).map_or(&[][..], |entry| entry.more_ports);
    all.iter().filter_map(|(name, number)| Port::new(*number).map(|port| (*name, port)))
}
