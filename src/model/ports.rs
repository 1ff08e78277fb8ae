//! Which ports of this computer a manifest would like to have. Pure; `state` leases them.

use crate::catalog::{self, ServiceEntry};
use crate::manifest::{Manifest, Service, ServiceSource};
use crate::names::{Name, Port};

/// One port to lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPort {
    pub owner: Name,
    /// Empty = the main one.
    pub name: String,
    /// The number it would like: the one it listens on inside, or for one below 1024, which not everybody may use, that plus
    /// 8000.
    pub preferred: Port,
}

/// Every port wanted, in the order of the manifest: services, then apps.
pub fn wanted(manifest: &Manifest) -> Vec<WantedPort> {
    let mut wanted = Vec::new();
    let mut want = |owner: &Name, name: &str, inside: Port| {
        wanted.push(WantedPort { owner: owner.clone(), name: name.to_owned(), preferred: preferred(inside) });
    };
    for service in &manifest.services {
        if let Some(port) = main_port(service) {
            want(&service.name.value, "", port);
        }
        for (name, port) in more_ports(service) {
            want(&service.name.value, name, port);
        }
    }
    for app in &manifest.apps {
        if let Some(port) = &app.port {
            want(&app.name.value, "", port.value);
        }
    }
    wanted
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

/// What a port inside would like to be on this computer.
pub(super) fn preferred(inside: Port) -> Port {
    if inside.number() < 1024 { Port::new(inside.number() + 8000).unwrap_or(inside) } else { inside }
}
