//! Ports of this computer, leased to a checkout and remembered, so that two checkouts never collide and addresses stay.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Checkout, Checkouts, Folders, Presence, read_json};
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
    /// Since when the manifest asks for it no longer, for example on another branch, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unused_since: Option<u64>,
}

/// For how long an address that nobody asks for is kept, in seconds: whoever comes back from another branch finds it as it was.
const KEPT_UNUSED_S: u64 = 30 * 24 * 3600;

/// Who asks for ports, and what is known beside the registry.
#[derive(Debug)]
pub struct LeaseRequest<'a> {
    pub id: &'a EnvironmentId,
    pub wishes: &'a [WantedPort],
    /// What runs already, or is just being started by a command that was killed: what these have leased is taken, but by
    /// themselves.
    pub holders: &'a BTreeSet<Name>,
    /// Ports that turned out to be taken although they look free from here.
    pub avoid: &'a BTreeSet<Port>,
}

/// Leases a port for each wish: the one it had before if that is still usable, else the wanted one, else the next free one above. What
/// does not run gets the wanted one back as soon as that is free again.
///
/// # Errors
/// The state folder can't be written to, or no port is free.
pub fn lease_ports(folders: &Folders, request: &LeaseRequest) -> anyhow::Result<Vec<Leased>> {
    let path = folders.state.join("ports.json");
    let _guard = super::guard(&path)?;
    let mut registry: Registry = read_json(&path);
    let before = serde_json::to_vec(&registry)?;
    registry.retire_others(request.id, request.wishes, host::now());
    let is_usable = |port: Port, is_own: bool| !request.avoid.contains(&port) && (is_own || host::is_free(port));
    let mut leased = Vec::new();
    for wanted in request.wishes {
        let holds = request.holders.contains(&wanted.owner);
        let usable = |port, kept| is_usable(port, kept && holds);
        leased.push(registry.lease(request.id, wanted, (holds, usable), |id| neighbour(folders, id))?);
    }
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
    registry.leases.retain(|_, lease| lease.environment != id.as_str());
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

/// The main port that each service and app of an environment has leased.
pub fn ports_of(folders: &Folders, id: &EnvironmentId) -> BTreeMap<Name, Port> {
    let registry: Registry = read_json(&folders.state.join("ports.json"));
    let main = registry.leases.iter().filter(|(_, lease)| lease.environment == id.as_str() && lease.port.is_empty());
    // What is asked for now comes after what no branch asks for any more, and wins.
    let (unused, used): (Vec<_>, Vec<_>) = main.partition(|(_, lease)| lease.unused_since.is_some());
    let named = unused.into_iter().chain(used);
    named.filter_map(|(port, lease)| Some((Name::parse(&lease.unit).ok()?, Port::new(*port)?))).collect()
}

/// Which environment, and which service or app of it, has leased a port.
pub fn leased_to(folders: &Folders, port: Port) -> Option<(EnvironmentId, String)> {
    let registry: Registry = read_json(&folders.state.join("ports.json"));
    let lease = registry.leases.get(&port.number())?;
    Some((EnvironmentId::parse(&lease.environment)?, lease.unit.clone()))
}

/// What is known of another checkout that has leased a port.
#[derive(Debug, Default)]
struct Neighbour {
    /// Where it was last.
    path: Option<PathBuf>,
    /// Its folder is not there any more.
    is_missing: bool,
    /// And it was not used for so long that it was deleted, not just moved: nobody needs its addresses to stay the same.
    is_gone: bool,
}

/// For how long after its last use a checkout whose folder is not there keeps its ports, in seconds: who has moved it finds its
/// addresses as they were.
const KEPT_MISSING_S: u64 = 7 * 24 * 3600;

fn neighbour(folders: &Folders, id: &str) -> Neighbour {
    let Some(id) = EnvironmentId::parse(id) else { return Neighbour::default() };
    let checkouts = Checkouts::read(folders);
    neighbour_of(checkouts.get(&id), checkouts.presence(&id), host::now())
}

fn neighbour_of(checkout: Option<&Checkout>, presence: Presence, now: u64) -> Neighbour {
    let Some(checkout) = checkout else { return Neighbour::default() };
    let is_missing = presence == Presence::Gone;
    let is_gone = is_missing && now.saturating_sub(checkout.last_used) >= KEPT_MISSING_S;
    Neighbour { path: Some(checkout.path.clone()), is_missing, is_gone }
}

fn lease_of(id: &EnvironmentId, wanted: &WantedPort) -> Lease {
    Lease {
        environment: id.to_string(),
        unit: wanted.owner.to_string(),
        port: wanted.name.clone(),
        wanted: wanted.preferred.number(),
        unused_since: None,
    }
}

impl Lease {
    /// Whether it is for the same, whoever asks for it at present.
    fn is_for(&self, other: &Self) -> bool {
        let whose = |lease: &Self| (lease.environment.clone(), lease.unit.clone(), lease.port.clone(), lease.wanted);
        whose(self) == whose(other)
    }
}

impl Registry {
    fn kept(&self, lease: &Lease) -> Option<Port> {
        self.leases.iter().find(|(_, found)| found.is_for(lease)).and_then(|(number, _)| Port::new(*number))
    }

    /// `holds` = whoever wants it has its port already; `usable` is asked of a port, and whether it is the one leased before.
    fn lease(
        &mut self,
        id: &EnvironmentId,
        wanted: &WantedPort,
        (holds, usable): (bool, impl Fn(Port, bool) -> bool),
        neighbour: impl Fn(&str) -> Neighbour,
    ) -> anyhow::Result<Leased> {
        let lease = lease_of(id, wanted);
        let kept = self.kept(&lease);
        let is_of_gone = |lease: &Lease| lease.environment != id.as_str() && neighbour(&lease.environment).is_gone;
        let is_free_again = |port: Port| self.leases.get(&port.number()).is_none_or(is_of_gone) && usable(port, false);
        let goes_back = !holds && kept.is_some_and(|port| port != wanted.preferred) && is_free_again(wanted.preferred);
        if goes_back {
            self.leases.retain(|_, found| !found.is_for(&lease));
            self.leases.insert(wanted.preferred.number(), lease);
            return Ok(Leased { wanted: wanted.clone(), port: wanted.preferred, moved: None });
        }
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
            .find(|port| self.is_to_be_had(*port, wanted.preferred, is_of_gone) && usable(*port, false))
            .ok_or_else(|| anyhow::anyhow!("no port of this computer is free for `{}`", wanted.owner))?;
        let is_silent = || usable(first, false);
        let moved = (port != first).then(|| self.why_not(first, &lease, is_silent, neighbour));
        self.leases.retain(|_, found| !found.is_for(&lease));
        self.leases.insert(port.number(), lease);
        Ok(Leased { wanted: wanted.clone(), port, moved })
    }

    /// Why a port could not be had; `is_silent` = nobody listens there now.
    fn why_not(
        &self,
        port: Port,
        lease: &Lease,
        is_silent: impl FnOnce() -> bool,
        neighbour: impl Fn(&str) -> Neighbour,
    ) -> String {
        match self.leases.get(&port.number()) {
            Some(other) if other.environment == lease.environment && other.unit != lease.unit => {
                format!("`{}` has {port}", other.unit)
            }
            Some(other) if other.environment != lease.environment => {
                let Neighbour { path, is_missing, .. } = neighbour(&other.environment);
                let whose = path.map_or_else(|| "another checkout".to_owned(), |path| path.display().to_string());
                match is_silent() {
                    true if is_missing => format!(
                        "`{}` of {whose} keeps {port} for a week after its last use, for that folder may only have been moved",
                        other.unit
                    ),
                    true => format!(
                        "`{}` of {whose} keeps {port} as long as that folder is there, also while it is stopped",
                        other.unit
                    ),
                    false => format!("`{}` of {whose} has {port}", other.unit),
                }
            }
            _ => match host::holder(port) {
                Some(holder) if holder.program == "docker-proxy" => format!("something else in Docker has {port}"),
                Some(holder) => format!("{} (pid {}) is listening on {port}", holder.program, holder.pid),
                None => format!("another program is listening on {port}"),
            },
        }
    }

    /// Nobody has it; or nobody asks for it at present or ever again, and it is the very number that is wanted.
    fn is_to_be_had(&self, port: Port, preferred: Port, is_of_gone: impl Fn(&Lease) -> bool) -> bool {
        let is_given_up = |lease: &Lease| port == preferred && (lease.unused_since.is_some() || is_of_gone(lease));
        self.leases.get(&port.number()).is_none_or(is_given_up)
    }

    /// Notes what the manifest asks for no longer at `now`, and gives back what nobody has asked for for long.
    fn retire_others(&mut self, id: &EnvironmentId, wishes: &[WantedPort], now: u64) {
        for lease in self.leases.values_mut().filter(|lease| lease.environment == id.as_str()) {
            let is_wanted = wishes.iter().any(|wish| lease_of(id, wish).is_for(lease));
            lease.unused_since = (!is_wanted).then(|| lease.unused_since.unwrap_or(now));
        }
        self.leases.retain(|_, lease| lease.unused_since.is_none_or(|since| now.saturating_sub(since) < KEPT_UNUSED_S));
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

    fn nowhere(_: &str) -> Neighbour {
        Neighbour::default()
    }

    fn at(path: &str, is_gone: bool) -> impl Fn(&str) -> Neighbour {
        move |_| Neighbour { path: Some(path.into()), is_missing: is_gone, is_gone }
    }

    #[test]
    fn a_checkout_that_is_moved_keeps_its_ports_for_a_while() {
        let any = |_: Port, _: bool| true;
        let mut registry = Registry::default();
        registry.lease(&id("/a"), &wish("db", 5432), (false, any), nowhere).unwrap();
        let moved = Checkout { path: "/a".into(), last_used: 1000, ..Checkout::default() };
        let at = |now: u64| {
            let moved = moved.clone();
            move |_: &str| neighbour_of(Some(&moved), Presence::Gone, now)
        };
        let other = registry.lease(&id("/c"), &wish("db", 5432), (false, any), at(1000 + KEPT_MISSING_S - 1)).unwrap();
        let keeps = "`db` of /a keeps 5432 for a week after its last use, for that folder may only have been moved";
        assert_eq!((other.port.number(), other.moved.unwrap().as_str()), (5433, keeps));
        let back = registry.lease(&id("/a"), &wish("db", 5432), (false, any), nowhere).unwrap();
        assert_eq!(back.port.number(), 5432, "it is found again from its new place");
        let later = registry.lease(&id("/c"), &wish("db", 5432), (false, any), at(1000 + KEPT_MISSING_S)).unwrap();
        assert_eq!(later.port.number(), 5432, "nobody came back for it");
    }

    #[test]
    fn a_lease_stays_and_two_checkouts_differ() {
        let mut registry = Registry::default();
        let any = |_: Port, _: bool| true;
        let first = registry.lease(&id("/a"), &wish("db", 5432), (false, any), nowhere).unwrap();
        let second = registry.lease(&id("/b"), &wish("db", 5432), (false, any), at("/a", false)).unwrap();
        assert_eq!((first.port.number(), first.moved), (5432, None));
        assert_eq!(second.port.number(), 5433);
        let keeps = "`db` of /a keeps 5432 as long as that folder is there, also while it is stopped";
        assert_eq!(second.moved.unwrap(), keeps);
        let again = registry.lease(&id("/b"), &wish("db", 5432), (false, any), nowhere).unwrap();
        assert_eq!((again.port.number(), again.moved), (5433, None));
    }

    #[test]
    fn a_port_of_another_checkout_is_told_as_it_is_and_given_up_with_its_folder() {
        let any = |_: Port, _: bool| true;
        let taken = |port: Port, _: bool| port.number() != 5432;
        let mut registry = Registry::default();
        registry.lease(&id("/a"), &wish("db", 5432), (false, any), nowhere).unwrap();
        let runs = registry.lease(&id("/b"), &wish("db", 5432), (false, taken), at("/a", false)).unwrap();
        assert_eq!(runs.moved.unwrap(), "`db` of /a has 5432");
        let unknown = registry.lease(&id("/c"), &wish("db", 5432), (false, taken), nowhere).unwrap();
        assert_eq!(unknown.moved.unwrap(), "`db` of another checkout has 5432");
        // Deleted, but what it ran runs still: that is stopped by `devenv gc` first.
        let still = registry.lease(&id("/b"), &wish("db", 5432), (false, taken), at("/a", true)).unwrap();
        assert_eq!(still.port.number(), 5433);
        let given_up = registry.lease(&id("/b"), &wish("db", 5432), (false, any), at("/a", true)).unwrap();
        assert_eq!((given_up.port.number(), given_up.moved), (5432, None));
    }

    #[test]
    fn a_taken_port_moves_on_is_remembered_and_given_back_when_it_is_free() {
        let mut registry = Registry::default();
        let mut lease = |is_free: bool, holds: bool| {
            let usable = |port: Port, _: bool| is_free || port.number() != 3000;
            let leased = registry.lease(&id("/a"), &wish("api", 3000), (holds, usable), nowhere).unwrap();
            (leased.port.number(), leased.moved.is_some())
        };
        assert_eq!(lease(false, false), (3001, true));
        assert_eq!(lease(false, false), (3001, false));
        assert_eq!(lease(true, true), (3001, false), "what runs stays where it is");
        assert_eq!(lease(true, false), (3000, false), "what starts anew gets back what it wants");
        assert_eq!(registry.leases.len(), 1);
    }

    #[test]
    fn what_is_not_wanted_for_a_while_is_kept_unless_somebody_wants_that_very_number() {
        let any = |_: Port, _: bool| true;
        let mut registry = Registry::default();
        let mut lease = |path: &str, wish: &WantedPort, now: u64| {
            registry.retire_others(&id(path), std::slice::from_ref(wish), now);
            registry.lease(&id(path), wish, (false, any), nowhere).unwrap().port.number()
        };
        assert_eq!(lease("/a", &wish("db", 5432), 1000), 5432);
        assert_eq!(lease("/b", &wish("db", 5432), 1000), 5433);
        // On another branch, which has something else, and back.
        assert_eq!(lease("/b", &wish("cache", 6379), 1000), 6379);
        assert_eq!(lease("/c", &wish("db", 5432), 1000), 5434);
        assert_eq!(lease("/b", &wish("db", 5432), 1000 + KEPT_UNUSED_S - 1), 5433);
        // Renamed, it keeps its number.
        assert_eq!(lease("/a", &wish("cache", 6379), 2000), 6379);
        assert_eq!(lease("/a", &wish("store", 6379), 2000), 6379);
        // What nobody has asked for for a month is anybody's.
        assert_eq!(lease("/d", &wish("db", 5431), 2000 + KEPT_UNUSED_S), 5431);
        assert_eq!(lease("/d", &wish("db", 5432), 2000 + KEPT_UNUSED_S), 5432);
    }
}
