//! The private network that the units of an environment find each other on.
//!
//! Engines up to 20.10 accept two networks of one name, and from then on refuse everything that names it. A request of a killed
//! run may still be under way, so every network has a name of its own and is found by its label.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use bollard::query_parameters::ListNetworksOptionsBuilder;

use super::change::{CHANGE_LIMIT, gone_is_fine};
use super::observe::{LOOK_LIMIT, by_label};
use super::translate::{ENVIRONMENT, owner_labels};
use super::{Engine, Fault, FaultKind, Owner};
use crate::host::AddressRange;
use crate::names::EnvironmentId;

/// A name that no network has yet.
pub fn new_network_name(id: &EnvironmentId) -> String {
    let random = crate::host::random::<3>().unwrap_or_default();
    format!("devenv-{id}-{}", crate::words::hex(&random))
}

/// Which of an environment's networks is the one, and which are left over from killed runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Networks {
    pub chosen: Option<String>,
    pub spare: Vec<String>,
}

impl Networks {
    /// Chooses the one that most units use; of equals the first by name.
    pub fn choose(mut names: Vec<String>, used: &[String]) -> Self {
        names.sort();
        let users = |name: &String| used.iter().filter(|other| *other == name).count();
        let chosen = names.iter().rev().max_by_key(|name| users(name)).cloned();
        names.retain(|name| Some(name) != chosen.as_ref());
        Self { chosen, spare: names }
    }
}

impl Engine {
    pub(super) async fn observe_networks(&self, id: &EnvironmentId) -> Result<Vec<String>, Fault> {
        let options = ListNetworksOptionsBuilder::new().filters(&by_label(id)).build();
        let networks = Self::within(LOOK_LIMIT, self.client.list_networks(Some(options))).await?;
        Ok(networks.into_iter().filter_map(|network| network.name).collect())
    }

    /// Makes the network of an environment, with addresses of the engine's choice. It has some thirty ranges to choose from, and
    /// other tools take of them, too; when all are taken a small one is chosen here, and when there is none of those either, the
    /// environments that are down give theirs back.
    ///
    /// # Errors
    /// [`FaultKind::AddressesUsedUp`] among others. An existing one is success.
    pub async fn create_network(&self, owner: &Owner) -> Result<(), Fault> {
        let request = NetworkCreateRequest {
            name: owner.network.clone(),
            labels: Some(owner_labels(owner)),
            ..Default::default()
        };
        match Self::within(CHANGE_LIMIT, self.client.create_network(request.clone())).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.message.contains("already exists") => Ok(()),
            Err(fault) if fault.kind == FaultKind::AddressesUsedUp => {
                if self.create_small_network(&request).await? {
                    return Ok(());
                }
                self.remove_idle_networks().await?;
                Self::within(CHANGE_LIMIT, self.client.create_network(request)).await.map(|_| ())
            }
            Err(fault) => Err(fault),
        }
    }

    /// Tries ranges that no route of this computer leads to until the engine has nothing against one; answers whether it is made.
    async fn create_small_network(&self, request: &NetworkCreateRequest) -> Result<bool, Fault> {
        const ATTEMPTS: usize = 30;
        let seed = u32::from_le_bytes(crate::host::random::<4>().unwrap_or_default());
        for range in small_ranges(seed, &crate::host::routed()).take(ATTEMPTS) {
            let subnet = IpamConfig { subnet: Some(range.to_string()), ..Default::default() };
            let ipam = Ipam { config: Some(vec![subnet]), ..Default::default() };
            let request = NetworkCreateRequest { ipam: Some(ipam), ..request.clone() };
            match Self::within(CHANGE_LIMIT, self.client.create_network(request)).await {
                Ok(_) => return Ok(true),
                Err(fault) if is_used(&fault.message) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(false)
    }

    /// Removes a network that is left over. One that is still in use, or gone, is success.
    ///
    /// # Errors
    /// The engine's.
    pub async fn remove_network(&self, name: &str) -> Result<(), Fault> {
        match gone_is_fine(Self::within(CHANGE_LIMIT, self.client.remove_network(name)).await) {
            Err(fault) if fault.message.contains("active endpoints") => Ok(()),
            Err(fault) if fault.message.contains("associated containers") => Ok(()),
            other => other,
        }
    }

    /// Gives back the address ranges of environments that are down; each makes its network again at its next `up`.
    async fn remove_idle_networks(&self) -> Result<(), Fault> {
        let filters = HashMap::from([("label".to_owned(), vec![ENVIRONMENT.to_owned()])]);
        let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
        let networks = Self::within(CHANGE_LIMIT, self.client.list_networks(Some(options))).await?;
        for network in networks.into_iter().filter_map(|network| network.id) {
            // One that is in use refuses to go, which is what is wanted.
            let _ = Self::within(CHANGE_LIMIT, self.client.remove_network(&network)).await;
        }
        Ok(())
    }
}

/// Ranges of 61 usable addresses in the quieter parts of the private ones, in an order that differs with `seed`, so that two
/// commands at once do not try the same; none overlaps with `taken`.
fn small_ranges(seed: u32, taken: &[AddressRange]) -> impl Iterator<Item = AddressRange> {
    const BITS: u32 = 26;
    /// The first address, and how many ranges from there; of the second and third as much as the engine's own ones leave.
    const PARTS: [(Ipv4Addr, u32); 3] = [
        (Ipv4Addr::new(10, 200, 0, 0), 48 * 1024),
        (Ipv4Addr::new(172, 16, 64, 0), 768),
        (Ipv4Addr::new(192, 168, 128, 0), 256),
    ];
    let in_part = move |(first, count): (Ipv4Addr, u32)| {
        // An odd step meets each of them once where their number has no other factor than 2 and 3, and the step is none of those.
        let numbers = (0..count).map(move |number| (seed % count + number * 5_003 % count) % count);
        numbers
            .map(move |number| AddressRange::new(Ipv4Addr::from_bits(first.to_bits() + (number << (32 - BITS))), BITS))
    };
    let parts = PARTS.into_iter().flat_map(in_part);
    parts.filter(move |range| !taken.iter().any(|taken| taken.overlaps(range)))
}

/// Whether the engine refuses a range because something has it, in the words of all its generations.
fn is_used(message: &str) -> bool {
    let message = message.to_lowercase();
    ["overlap", "already used on the host", "address already in use"].iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn of_several_the_one_in_use_is_kept() {
        let networks = Networks::choose(names(&["c", "a", "b"]), &names(&["b", "gone", "b", "c"]));
        assert_eq!(networks, Networks { chosen: Some("b".into()), spare: names(&["a", "c"]) });
        let unused = Networks::choose(names(&["c", "a"]), &[]);
        assert_eq!(unused, Networks { chosen: Some("a".into()), spare: names(&["c"]) });
        assert_eq!(Networks::choose(vec![], &names(&["gone"])), Networks::default());
    }

    #[test]
    fn small_ranges_keep_away_from_what_is_routed_and_differ_from_command_to_command() {
        let first = |seed: u32, taken: &[AddressRange]| small_ranges(seed, taken).next().map(|range| range.to_string());
        let range = |a: u8, b: u8, bits: u32| AddressRange::new(Ipv4Addr::new(a, b, 0, 0), bits);
        assert_eq!(first(1, &[]).as_deref(), Some("10.200.0.64/26"));
        assert_eq!(first(2, &[]).as_deref(), Some("10.200.0.128/26"));
        assert_eq!(first(1, &[range(10, 200, 16)]).unwrap().split('.').next(), Some("10"));
        assert_eq!(first(1, &[range(10, 0, 8)]).as_deref(), Some("172.16.64.64/26"));
        assert_eq!(first(1, &[range(10, 0, 8), range(172, 16, 12)]).as_deref(), Some("192.168.128.64/26"));
        assert_eq!(first(1, &[range(10, 0, 8), range(172, 16, 12), range(192, 168, 16)]), None);
        let all: std::collections::BTreeSet<String> = small_ranges(7, &[]).map(|range| range.to_string()).collect();
        assert_eq!(all.len(), 48 * 1024 + 768 + 256);
    }

    #[test]
    fn no_two_networks_have_one_name() {
        let id = EnvironmentId::of_checkout("/x".as_ref());
        assert_ne!(new_network_name(&id), new_network_name(&id));
    }
}
