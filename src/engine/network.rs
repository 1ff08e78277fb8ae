//! The private network that the units of an environment find each other on.
//!
//! Engines up to 20.10 accept two networks of one name, and from then on refuse everything that names it. A request of a killed
//! run may still be under way, so every network has a name of its own and is found by its label.

use std::collections::HashMap;

use bollard::models::NetworkCreateRequest;
use bollard::query_parameters::ListNetworksOptionsBuilder;

use super::change::{CHANGE_LIMIT, gone_is_fine};
use super::observe::{LOOK_LIMIT, by_label};
use super::translate::{ENVIRONMENT, owner_labels};
use super::{Engine, Fault, FaultKind, Owner};
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

    /// Makes the network of an environment.
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
                self.remove_idle_networks().await?;
                Self::within(CHANGE_LIMIT, self.client.create_network(request)).await.map(|_| ())
            }
            Err(fault) => Err(fault),
        }
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
    fn no_two_networks_have_one_name() {
        let id = EnvironmentId::of_checkout("/x".as_ref());
        assert_ne!(new_network_name(&id), new_network_name(&id));
    }
}
