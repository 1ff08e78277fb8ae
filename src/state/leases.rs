//! Ports of this computer, leased to a checkout and remembered, so that two checkouts never collide and addresses stay.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Checkouts, Folders, read_json};
use crate::host;
use crate::model::ports::WantedPort;
use crate::names::{EnvironmentId, Name, Port};

/// How far above the wanted number a free one is looked for.
const REACH: u16 = 500;

/// What came of the wish for a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    pub wanted: WantedPort,
    pub port: Port,
    /// Another one than before had to be taken; says why.
    pub moved: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Registry {
    /// By port number.
    leases: BTreeMap<u16, Lease>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lease {
    environment: String,
    unit: String,
    port: String,
    /// What it would have liked.
    wanted: u16,
}

/// Who asks for ports, and what is known beside the registry.
#[derive(Debug)]
pub struct LeaseRequest<'a> {
    pub id: &'a EnvironmentId,
    pub wishes: &'a [WantedPort],
    /// Services that run already: what they have leased is taken, but by themselves.
    pub running: &'a BTreeSet<Name>,
    /// Ports that turned out to be taken although they look free from here.
    pub avoid: &'a BTreeSet<Port>,
}

/// Leases a port for each wish: the one it had before if that is still usable, else the wanted one, else the next free one above.
///
/// # Errors
/// The state folder can't be written to, or no port is free.
pub fn lease_ports(folders: &Folders, request: &LeaseRequest) -> anyhow::Result<Vec<Leased>> {
    let path = folders.state.join("ports.json");
    let _guard = super::guard(&path)?;
    let mut registry: Registry = read_json(&path);
    let before = serde_json::to_vec(&registry)?;
    let is_free = |port: Port| !request.avoid.contains(&port) && host::is_free(port);
    let mut leased = Vec::new();
    for wanted in request.wishes {
        let holds = request.running.contains(&wanted.owner);
        let place =
            |id: &str| Some(Checkouts::read(folders).get(&EnvironmentId::parse(id)?)?.path.display().to_string());
        leased.push(registry.lease(request.id, wanted, |port, kept| (kept && holds) || is_free(port), place)?);
    }
    registry.forget_dropped(request.id, request.wishes);
    let after = serde_json::to_vec(&registry)?;
    if before != after {
        host::write_file(&path, &after)?;
    }
    Ok(leased)
}

/// Gives back every port of an environment.
///
/// # Errors
/// The state folder can't be written to.
pub fn give_back(folders: &Folders, id: &EnvironmentId) -> anyhow::Result<()> {
    let path = folders.state.join("ports.json");
    let _guard = super::guard(&path)?;
    let mut registry: Registry = read_json(&path);
    registry.forget_dropped(id, &[]);
    host::write_file(&path, &serde_json::to_vec(&registry)?)?;
    Ok(())
}

/// The ports leased before, without asking for any: a wish without a lease is left out.
pub fn leased_before(folders: &Folders, id: &EnvironmentId, wishes: &[WantedPort]) -> Vec<Leased> {
    let registry: Registry = read_json(&folders.state.join("ports.json"));
    let kept = |wanted: &WantedPort| {
        let port = registry.kept(&lease_of(id, wanted))?;
        Some(Leased { wanted: wanted.clone(), port, moved: None })
    };
    wishes.iter().filter_map(kept).collect()
}

fn lease_of(id: &EnvironmentId, wanted: &WantedPort) -> Lease {
    Lease {
        environment: id.to_string(),
        unit: wanted.owner.to_string(),
        port: wanted.name.clone(),
        wanted: wanted.preferred.number(),
    }
}

impl Registry {
    fn kept(&self, lease: &Lease) -> Option<Port> {
        self.leases.iter().find(|(_, found)| *found == lease).and_then(|(number, _)| Port::new(*number))
    }

    /// `usable` is asked of a port, and whether it is the one leased before.
    fn lease(
        &mut self,
        id: &EnvironmentId,
        wanted: &WantedPort,
        usable: impl Fn(Port, bool) -> bool,
        place: impl FnOnce(&str) -> Option<String>,
    ) -> anyhow::Result<Leased> {
        let lease = lease_of(id, wanted);
        let kept = self.kept(&lease);
        if let Some(port) = kept.filter(|port| usable(*port, true)) {
            return Ok(Leased { wanted: wanted.clone(), port, moved: None });
        }
        let first = kept.unwrap_or(wanted.preferred);
        let from = wanted.preferred.number();
        let port = (from..=from.saturating_add(REACH))
            .chain(20_000..30_000)
            .filter_map(Port::new)
            // A privileged number only when it is the very one that was asked for.
            .filter(|port| *port == wanted.preferred || port.number() >= 1024)
            .find(|port| !self.leases.contains_key(&port.number()) && usable(*port, false))
            .ok_or_else(|| anyhow::anyhow!("no port of this computer is free for `{}`", wanted.owner))?;
        let moved = (port != first).then(|| self.why_not(first, &lease, &wanted.owner, place));
        self.leases.retain(|_, found| *found != lease);
        self.leases.insert(port.number(), lease);
        Ok(Leased { wanted: wanted.clone(), port, moved })
    }

    /// Why a port could not be had; `place` answers where the checkout of an environment is.
    fn why_not(&self, port: Port, lease: &Lease, owner: &Name, place: impl FnOnce(&str) -> Option<String>) -> String {
        match self.leases.get(&port.number()) {
            Some(other) if other.environment == lease.environment && other.unit != owner.as_str() => {
                format!("`{}` has {port}", other.unit)
            }
            Some(other) if other.environment != lease.environment => {
                let place = place(&other.environment).map_or_else(String::new, |path| format!(" ({path})"));
                format!("another checkout's `{}`{place} has {port}", other.unit)
            }
            _ => match host::holder(port) {
                Some(holder) if holder.program == "docker-proxy" => format!("something else in Docker has {port}"),
                Some(holder) => format!("{} (pid {}) is listening on {port}", holder.program, holder.pid),
                None => format!("another program is listening on {port}"),
            },
        }
    }

    /// Gives back what the manifest no longer asks for.
    fn forget_dropped(&mut self, id: &EnvironmentId, wishes: &[WantedPort]) {
        self.leases.retain(|_, lease| {
            lease.environment != id.as_str()
                || wishes.iter().any(|wish| wish.owner.as_str() == lease.unit && wish.name == lease.port)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(owner: &str, port: u16) -> WantedPort {
        WantedPort { owner: Name::parse(owner).unwrap(), name: String::new(), preferred: Port::new(port).unwrap() }
    }

    fn id(path: &str) -> EnvironmentId {
        EnvironmentId::of_checkout(path.as_ref())
    }

    fn nowhere(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_lease_stays_and_two_checkouts_differ() {
        let mut registry = Registry::default();
        let any = |_: Port, _: bool| true;
        let first = registry.lease(&id("/a"), &wish("db", 5432), any, nowhere).unwrap();
        let second = registry.lease(&id("/b"), &wish("db", 5432), any, |_| Some("/a".into())).unwrap();
        assert_eq!((first.port.number(), first.moved), (5432, None));
        assert_eq!(second.port.number(), 5433);
        assert_eq!(second.moved.unwrap(), "another checkout's `db` (/a) has 5432");
        let again = registry.lease(&id("/b"), &wish("db", 5432), any, nowhere).unwrap();
        assert_eq!((again.port.number(), again.moved), (5433, None));
    }

    #[test]
    fn a_taken_port_moves_on_and_is_remembered() {
        let mut registry = Registry::default();
        let not_3000 = |port: Port, _: bool| port.number() != 3000;
        assert_eq!(registry.lease(&id("/a"), &wish("api", 3000), not_3000, nowhere).unwrap().port.number(), 3001);
        assert_eq!(registry.lease(&id("/a"), &wish("api", 3000), |_, _| true, nowhere).unwrap().port.number(), 3001);
    }

    #[test]
    fn what_is_no_longer_wanted_is_given_back() {
        let mut registry = Registry::default();
        registry.lease(&id("/a"), &wish("db", 5432), |_, _| true, nowhere).unwrap();
        registry.forget_dropped(&id("/a"), &[]);
        assert_eq!(registry.lease(&id("/b"), &wish("db", 5432), |_, _| true, nowhere).unwrap().port.number(), 5432);
    }
}
