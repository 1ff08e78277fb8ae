//! One snapshot of everything of ours that the engine has, of all environments, by label.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveImageOptions,
};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::change::{CHANGE_LIMIT, gone_is_fine};
use super::fork::{Fork, is_frozen, layer_of};
use super::observe::LOOK_LIMIT;
use super::translate::{CHECKOUT, ENVIRONMENT, PROJECT, ROLE, UNIT};
use super::{Doing, Engine, Fault, FaultKind};
use crate::names::EnvironmentId;
use crate::plan::gc::Made;
use crate::plan::inventory::{Belonging, Inventory, InventoryData, InventoryNetwork, InventoryUnit};
use crate::plan::observed::Role;
use crate::problem::Problem;

/// Whoever makes something from it does so at once; what is older, in seconds, is left by somebody who was killed.
const LEFT_AFTER: u64 = 3600;

impl Engine {
    /// Everything of ours on this computer.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn inventory(&self) -> Result<Inventory, Problem> {
        let (units, (data, frozen), networks) =
            futures_util::try_join!(self.inventory_units(), self.inventory_data(), self.inventory_networks())
                .map_err(|fault| self.address.explain(&fault, &Doing::Look))?;
        Ok(Inventory { units, data, frozen, networks })
    }

    async fn inventory_units(&self) -> Result<Vec<InventoryUnit>, Fault> {
        let options = ListContainersOptionsBuilder::new().all(true).filters(&of_any()).build();
        let list = Self::within(LOOK_LIMIT, self.client.list_containers(Some(options))).await?;
        let unit = |summary: bollard::models::ContainerSummary| {
            let labels = summary.labels.unwrap_or_default();
            Some(InventoryUnit {
                of: belonging(&labels)?,
                id: summary.id?,
                name: labels.get(UNIT).cloned().unwrap_or_default(),
                role: if labels.get(ROLE).is_some_and(|role| role == "setup") { Role::Setup } else { Role::Main },
                running: summary.state == Some(bollard::models::ContainerSummaryStateEnum::RUNNING),
                image: summary.image_id.unwrap_or_default(),
            })
        };
        Ok(list.into_iter().filter_map(unit).collect())
    }

    /// What is somebody's data, and what is only there because such data is built on it: that in the order in which it can go.
    async fn inventory_data(&self) -> Result<(Vec<InventoryData>, Vec<InventoryData>), Fault> {
        let options = ListVolumesOptionsBuilder::new().filters(&of_any()).build();
        let list = Self::within(LOOK_LIMIT, self.client.list_volumes(Some(options))).await?;
        let data = |volume: bollard::models::Volume| {
            let unit = volume.labels.get(UNIT).cloned().unwrap_or_default();
            Some(InventoryData { of: belonging(&volume.labels)?, name: volume.name, unit })
        };
        let volumes = list.volumes.unwrap_or_default();
        let forks: Vec<Fork> = volumes.iter().filter_map(Fork::of).collect();
        let all = volumes.into_iter().filter_map(data);
        let (data, mut frozen): (Vec<_>, Vec<_>) = all.partition(|data| !is_frozen(&data.name, &forks));
        // One that is built on another goes first, and has more below it.
        let depth = |name: &str| forks.iter().find(|fork| fork.name == name).map_or(0, |fork| fork.below.len());
        frozen.sort_by_key(|data| Reverse(depth(&data.name)));
        Ok((data, frozen))
    }

    async fn inventory_networks(&self) -> Result<Vec<InventoryNetwork>, Fault> {
        let options = ListNetworksOptionsBuilder::new().filters(&of_any()).build();
        let list = Self::within(LOOK_LIMIT, self.client.list_networks(Some(options))).await?;
        let network = |network: bollard::models::Network| {
            Some(InventoryNetwork { of: belonging(&network.labels.unwrap_or_default())?, name: network.name? })
        };
        Ok(list.into_iter().filter_map(network).collect())
    }

    /// What things that are not ours are made from, by the engine's id.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn used_by_others(&self) -> Result<BTreeSet<String>, Fault> {
        let options = ListContainersOptionsBuilder::new().all(true).build();
        let list = Self::within(LOOK_LIMIT, self.client.list_containers(Some(options))).await?;
        let others = list.into_iter().filter(|one| one.labels.as_ref().is_none_or(|it| !it.contains_key(ENVIRONMENT)));
        Ok(others.filter_map(|one| one.image_id).collect())
    }

    /// What was built for these environments, and what killed commands have left of what places of theirs are made of.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn built_for(&self, ids: &[EnvironmentId]) -> Result<Vec<Made>, Fault> {
        let filters = HashMap::from([("reference".to_owned(), vec!["localhost/devenv-*".to_owned()])]);
        let options = ListImagesOptionsBuilder::new().filters(&filters).build();
        let list = Self::within(LOOK_LIMIT, self.client.list_images(Some(options))).await?;
        let is_wanted = |name: &str, created: i64| {
            let is_left = || crate::host::now().abs_diff(u64::try_from(created).unwrap_or_default()) >= LEFT_AFTER;
            let begins = |start: String| name.starts_with(&start);
            let is_nothing = || ids.iter().any(|id| begins(format!("{}:{id}-", super::data::NOTHING)));
            ids.iter().any(|id| begins(format!("localhost/devenv-{id}-"))) || (is_nothing() && is_left())
        };
        let made = list.into_iter().flat_map(|found| {
            let (id, size) = (found.id, u64::try_from(found.size).unwrap_or_default());
            let names = found.repo_tags.into_iter().filter(|name| is_wanted(name, found.created));
            names.map(|name| Made { name, id: id.clone(), size }).collect::<Vec<_>>()
        });
        Ok(made.collect())
    }

    /// What is here under a name; `None` = nothing.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn made_named(&self, name: &str) -> Result<Option<Made>, Fault> {
        match Self::within(LOOK_LIMIT, self.client.inspect_image(name)).await {
            Ok(found) => Ok(Some(Made {
                name: name.to_owned(),
                id: found.id.unwrap_or_default(),
                size: found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            })),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Removes what nothing is made from any more. What is gone is success.
    ///
    /// # Errors
    /// Something is made from it after all, or the engine cannot be used.
    pub async fn remove_made(&self, name: &str) -> Result<(), Fault> {
        let removed = self.client.remove_image(name, None::<RemoveImageOptions>, None);
        gone_is_fine(Self::within(CHANGE_LIMIT, removed).await.map(|_| ()))
    }

    /// The bytes of each data folder on this computer, by its name. The engine counts them file by file, which takes its time:
    /// seconds, where there is much.
    ///
    /// # Errors
    /// It can't be asked, or is counting for somebody else.
    pub async fn data_sizes(&self) -> std::io::Result<BTreeMap<String, u64>> {
        let answer = self.get("/system/df?type=volume&verbose=1").await?;
        let usage: Usage = serde_json::from_slice(&answer).map_err(std::io::Error::other)?;
        let volumes = usage.volumes.or(usage.volume_usage.and_then(|usage| usage.items)).unwrap_or_default();
        let size = |volume: VolumeUsage| Some((volume.name, u64::try_from(volume.usage?.size).ok()?));
        let mut sizes: BTreeMap<String, u64> = volumes.into_iter().filter_map(size).collect();
        // Of a fork only what it has of its own takes room.
        let forks: Vec<String> = sizes.keys().filter(|name| sizes.contains_key(&layer_of(name))).cloned().collect();
        for fork in forks {
            let own = sizes.remove(&layer_of(&fork)).unwrap_or_default();
            sizes.insert(fork, own);
        }
        Ok(sizes)
    }

    /// The client crate reads this answer of the newest engines only, so it is asked for without it.
    async fn get(&self, path: &str) -> std::io::Result<Vec<u8>> {
        let url = self.address.url();
        #[cfg(unix)]
        if let Some(socket) = url.strip_prefix("unix://") {
            return ask(tokio::net::UnixStream::connect(socket).await?, path).await;
        }
        let host = url.split_once("://").map_or(url, |(_, host)| host).trim_end_matches('/');
        ask(tokio::net::TcpStream::connect(host).await?, path).await
    }
}

/// HTTP 1.0: one question, and the answer ends with the connection.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> std::io::Result<Vec<u8>> {
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    match end {
        Some(end) if answer.get(8..12) == Some(b" 200") => Ok(answer.split_off(end + 4)),
        _ => Err(std::io::Error::other("the engine has no answer to that")),
    }
}

/// The engine up to 28 says `Volumes`, newer ones `VolumeUsage`.
#[derive(Deserialize)]
struct Usage {
    #[serde(rename = "Volumes")]
    volumes: Option<Vec<VolumeUsage>>,
    #[serde(rename = "VolumeUsage")]
    volume_usage: Option<Items>,
}

#[derive(Deserialize)]
struct Items {
    #[serde(rename = "Items")]
    items: Option<Vec<VolumeUsage>>,
}

#[derive(Deserialize)]
struct VolumeUsage {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "UsageData")]
    usage: Option<UsageData>,
}

#[derive(Deserialize)]
struct UsageData {
    /// -1 = not known.
    #[serde(rename = "Size")]
    size: i64,
}

fn of_any() -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![ENVIRONMENT.to_owned()])])
}

fn belonging(labels: &HashMap<String, String>) -> Option<Belonging> {
    let text = |label: &str| labels.get(label).cloned().unwrap_or_default();
    let id = EnvironmentId::parse(labels.get(ENVIRONMENT)?)?;
    Some(Belonging { id, project: text(PROJECT), checkout: PathBuf::from(text(CHECKOUT)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_old_and_new_engines() {
        let old = r#"{"Images":[],"Volumes":[{"Name":"a","UsageData":{"RefCount":1,"Size":42}},{"Name":"b","UsageData":{"Size":-1}}]}"#;
        let new = r#"{"VolumeUsage":{"TotalCount":1,"Items":[{"Name":"a","UsageData":{"Size":42}}]}}"#;
        let names = |text: &str| {
            let usage: Usage = serde_json::from_str(text).unwrap();
            usage.volumes.or(usage.volume_usage.and_then(|usage| usage.items)).unwrap().len()
        };
        assert_eq!((names(old), names(new)), (2, 1));
    }
}
