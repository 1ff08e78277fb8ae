//! One snapshot of everything the engine has for an environment, by label.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use bollard::models::ContainerSummary;
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder, ListVolumesOptionsBuilder};

use super::fork::{Fork, is_frozen};
use super::network::Networks;
use super::translate::{ENVIRONMENT, WRITTEN_BY, data_of, found_unit, networks_of};
use super::{Condition, Doing, Engine, Fault, FaultKind};
use crate::model::{ImageRef, Sensitive};
use crate::names::{EnvironmentId, Name};
use crate::plan::observed::{FoundState, Observed, Role};
use crate::problem::Problem;

/// A question about what exists is answered in milliseconds; this is for an engine that hangs.
pub(super) const LOOK_LIMIT: Duration = Duration::from_secs(5);

impl Engine {
    /// What exists of an environment. Images and setup records are not part of it.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn observe(&self, id: &EnvironmentId) -> Result<Observed, Problem> {
        let (summaries, names, data) =
            futures_util::try_join!(self.observe_units(id), self.observe_networks(id), self.observe_data(id))
                .map_err(|fault| self.address.explain(&fault, &Doing::Look))?;
        let used: Vec<String> = summaries.iter().flat_map(networks_of).collect();
        let Networks { chosen, spare } = Networks::choose(names, &used);
        let units = summaries.iter().filter_map(|summary| {
            let mut unit = found_unit(summary)?;
            // Made for a network that is gone or left over, it would never find the others.
            let mut networks = networks_of(summary).peekable();
            if networks.peek().is_some() && chosen.is_some() && !networks.any(|network| Some(network) == chosen) {
                unit.state = FoundState::Unusable;
            }
            Some(unit)
        });
        let units = units.collect();
        let data_in_use = data_in_use(&summaries);
        Ok(Observed { units, network: chosen, spare_networks: spare, data, data_in_use, ..Default::default() })
    }

    async fn observe_units(&self, id: &EnvironmentId) -> Result<Vec<ContainerSummary>, Fault> {
        let options = ListContainersOptionsBuilder::new().all(true).filters(&by_label(id)).build();
        Self::within(LOOK_LIMIT, self.client.list_containers(Some(options))).await
    }

    async fn observe_data(&self, id: &EnvironmentId) -> Result<BTreeMap<String, Option<String>>, Fault> {
        let options = ListVolumesOptionsBuilder::new().filters(&by_label(id)).build();
        let list = Self::within(LOOK_LIMIT, self.client.list_volumes(Some(options))).await?;
        let volumes = list.volumes.unwrap_or_default();
        let forks: Vec<Fork> = volumes.iter().filter_map(Fork::of).collect();
        // What forks are built on is nobody's data any more.
        let volumes = volumes.into_iter().filter(|volume| !is_frozen(&volume.name, &forks));
        Ok(volumes.map(|volume| (volume.name, volume.labels.get(WRITTEN_BY).cloned())).collect())
    }

    /// Which of these images are on this computer.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn observe_images(&self, wanted: &BTreeSet<ImageRef>) -> Result<BTreeSet<ImageRef>, Problem> {
        let looks = wanted.iter().map(|image| async move { Ok((image, self.has_image(image).await?)) });
        let found: Vec<(&ImageRef, bool)> =
            futures_util::future::try_join_all(looks).await.map_err(|fault: Fault| fault.problem(&Doing::Look))?;
        Ok(found.into_iter().filter(|(_, here)| *here).map(|(image, _)| image.clone()).collect())
    }

    pub(super) async fn has_image(&self, image: &ImageRef) -> Result<bool, Fault> {
        let is_here = self.has_named(&image.name_here()).await?;
        if is_here || !image.is_exact() { Ok(is_here) } else { self.adopt(image).await }
    }

    pub(super) async fn has_named(&self, name: &str) -> Result<bool, Fault> {
        match Self::within(LOOK_LIMIT, self.client.inspect_image(name)).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// The variables that something was created with.
    ///
    /// # Errors
    /// It is gone, or the engine cannot be used.
    pub async fn variables(&self, id: &str) -> Result<Vec<(String, Sensitive)>, Fault> {
        let found =
            Self::within(LOOK_LIMIT, self.client.inspect_container(id, None::<InspectContainerOptions>)).await?;
        let env = found.config.and_then(|config| config.env).unwrap_or_default();
        Ok(env
            .iter()
            .filter_map(|one| one.split_once('='))
            .map(|(key, value)| (key.to_owned(), Sensitive::new(value)))
            .collect())
    }

    /// How something is doing right now.
    ///
    /// # Errors
    /// It is gone, or the engine cannot be used.
    pub async fn condition(&self, id: &str) -> Result<Condition, Fault> {
        let found =
            Self::within(LOOK_LIMIT, self.client.inspect_container(id, None::<InspectContainerOptions>)).await?;
        let state = found.state.unwrap_or_default();
        Ok(Condition {
            running: state.running.unwrap_or_default() && !state.restarting.unwrap_or_default(),
            exit_code: state.exit_code.unwrap_or_default(),
            out_of_memory: state.oom_killed.unwrap_or_default(),
            started_at: state.started_at.filter(|at| !at.starts_with("0001")).unwrap_or_default(),
            ended_before: state
                .finished_at
                .filter(|at| state.running.unwrap_or_default() && !at.starts_with("0001"))
                .unwrap_or_default(),
            error: state.error.unwrap_or_default(),
        })
    }
}

/// The data folder of each service, by what runs before what is stopped.
fn data_in_use(summaries: &[ContainerSummary]) -> BTreeMap<Name, String> {
    let mut units: Vec<_> = summaries.iter().filter_map(|one| Some((found_unit(one)?, data_of(one)?))).collect();
    units.retain(|(unit, _)| unit.role == Role::Main);
    units.sort_by_key(|(unit, _)| unit.state == FoundState::Running);
    units.into_iter().map(|(unit, data)| (unit.name, data)).collect()
}

pub(super) fn by_label(id: &EnvironmentId) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{ENVIRONMENT}={id}")])])
}
