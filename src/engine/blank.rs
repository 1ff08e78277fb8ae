//! Empty data folders made ahead: what the engine has of them, and the places where they are made.
//!
//! They belong to no environment: their labels say to which home of devenv's own files they do.

use std::collections::HashMap;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::ListContainersOptionsBuilder;

use super::change::CHANGE_LIMIT;
use super::observe::LOOK_LIMIT;
use super::translate::create_body;
use super::{Engine, Fault, Owner};
use crate::model::Unit;
use crate::names::EnvironmentId;
use crate::plan::observed::Role;

/// What an empty data folder was made by, such as `postgres@17`.
const BLANK: &str = "devenv.blank";
/// Whose it is.
pub(super) const HOME: &str = "devenv.home";
/// A quarter of what everything else gets while the processor is wanted by all.
const SHARES: i64 = 256;

impl Engine {
    /// Makes a folder in which a service is to make its empty data.
    ///
    /// # Errors
    /// The engine's.
    pub async fn create_blank(&self, name: &str, home: &EnvironmentId, of: &str) -> Result<(), Fault> {
        let labels = Some(labels(home, of));
        let request = VolumeCreateRequest { name: Some(name.to_owned()), labels, ..Default::default() };
        Self::within(CHANGE_LIMIT, self.client.create_volume(request)).await.map(|_| ())
    }

    /// Makes what makes the data: the service itself, that nobody can reach, and that gives way to others. Answers its id.
    ///
    /// # Errors
    /// The engine's.
    pub async fn create_blank_maker(&self, home: &EnvironmentId, unit: &Unit, of: &str) -> Result<String, Fault> {
        let network = "none".to_owned();
        let owner = Owner { id: home.clone(), project: String::new(), checkout: "/".into(), network };
        let mut body = create_body(&owner, unit, Role::Main);
        body.labels = Some(labels(home, of));
        body.networking_config = None;
        let host = body.host_config.get_or_insert_default();
        (host.cpu_shares, host.extra_hosts, host.port_bindings) = (Some(SHARES), None, None);
        let name = unit.data.as_ref().map_or("", |data| &data.name);
        let options = bollard::query_parameters::CreateContainerOptionsBuilder::new().name(name).build();
        Self::within(CHANGE_LIMIT, self.client.create_container(Some(options), body)).await.map(|made| made.id)
    }

    /// The empty data folders of a home, whole or not, and what was left of a trial; forks before what they are built on.
    ///
    /// # Errors
    /// The engine's.
    pub async fn blanks(&self, home: &EnvironmentId) -> Result<Vec<String>, Fault> {
        let all = self.labelled(&format!("{HOME}={home}")).await?;
        let mut names: Vec<String> = all.into_iter().map(|volume| volume.name).collect();
        names.sort_by(|one, other| other.cmp(one));
        Ok(names)
    }

    /// User, group and permission bits of an empty data folder.
    ///
    /// # Errors
    /// The engine's.
    pub async fn root_of_blank(&self, name: &str, home: &EnvironmentId) -> Result<(u64, u64, u32), Fault> {
        let root = self.owner_of(name, &labels(home, "")).await?;
        Ok((root.user, root.group, root.mode))
    }

    /// Removes what a killed command has left of the making.
    ///
    /// # Errors
    /// The engine's.
    pub async fn remove_blank_makers(&self, home: &EnvironmentId) -> Result<(), Fault> {
        let filters = HashMap::from([("label".to_owned(), vec![format!("{HOME}={home}")])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let makers = Self::within(LOOK_LIMIT, self.client.list_containers(Some(options))).await?;
        for maker in makers.into_iter().filter_map(|summary| summary.id) {
            self.remove(&maker).await?;
        }
        Ok(())
    }
}

pub(super) fn labels(home: &EnvironmentId, of: &str) -> HashMap<String, String> {
    HashMap::from([(BLANK.to_owned(), of.to_owned()), (HOME.to_owned(), home.to_string())])
}
