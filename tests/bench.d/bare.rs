//! The bare calls, and what waits for what.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bollard::Docker;
use bollard::exec::StartExecResults;
use bollard::models::{
    ContainerCreateBody, EndpointSettings, ExecConfig, HostConfig, Mount, MountType, NetworkCreateRequest,
    NetworkingConfig, PortBinding, VolumeCreateRequest,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptions, StartContainerOptions, StopContainerOptions,
    UploadToContainerOptionsBuilder,
};
use devenv::execute::probe::{self, Answer, Question};
use devenv::model::{Access, Project, Unit};
use devenv::names::Name;
use futures_util::StreamExt;
use futures_util::future::{try_join, try_join_all};
use tokio::sync::watch;

use crate::PAUSE;

const LABEL: &str = "devenv.bench";
/// One question may hang in a connection that the engine has accepted and nobody serves.
const QUESTION_LIMIT: Duration = Duration::from_secs(2);

pub struct Bare {
    docker: Docker,
    project: Project,
    /// Told once: the network is there, or a unit is ready.
    network: watch::Sender<bool>,
    ready: BTreeMap<Name, watch::Sender<bool>>,
}

/// What the engine has.
struct Found {
    name: String,
    unit: String,
    id: String,
}

impl Bare {
    pub fn connect(mut project: Project) -> Result<Self> {
        // The engine starts one after the other: the slowest to boot goes first.
        project.units.sort_by_key(|unit| std::cmp::Reverse(unit.boot));
        let ready = project.units.iter().map(|unit| (unit.name.clone(), watch::Sender::new(false))).collect();
        Ok(Self { docker: Docker::connect_with_defaults()?, project, network: watch::Sender::new(false), ready })
    }

    /// From nothing but the images.
    pub async fn cold(&self) -> Result<()> {
        let units = self.project.units.iter().map(|unit| async move {
            let id = self.create(unit).await?;
            self.start(unit, &id).await
        });
        try_join(self.create_network(), try_join_all(units)).await.map(|_| ())
    }

    /// Starts what was stopped and kept.
    pub async fn warm(&self) -> Result<()> {
        self.network.send_replace(true);
        let ids = self.ids().await?;
        try_join_all(self.project.units.iter().map(|unit| self.start(unit, &ids[unit.name.as_str()]))).await?;
        Ok(())
    }

    /// Looks at what there is, and asks each whether it is still ready.
    pub async fn noop(&self) -> Result<()> {
        let networks = ListNetworksOptionsBuilder::new().filters(&by_label(&self.label())).build();
        let volumes = ListVolumesOptionsBuilder::new().filters(&by_label(&self.label())).build();
        let (units, _, _) = tokio::join!(
            self.ids(),
            self.docker.list_networks(Some(networks)),
            self.docker.list_volumes(Some(volumes))
        );
        units?;
        try_join_all(self.project.units.iter().map(|unit| self.until_ready(unit))).await?;
        Ok(())
    }

    /// Replaces the one that is not as the manifest says.
    pub async fn changed(&self) -> Result<()> {
        self.network.send_replace(true);
        self.ready.values().for_each(|ready| {
            ready.send_replace(true);
        });
        let found = self.list().await?;
        let is_found = |unit: &&Unit| found.iter().any(|one| one.name == self.name(unit));
        let unit = self.project.units.iter().find(|unit| !is_found(unit)).context("nothing has changed")?;
        let old = found.iter().find(|one| unit.name.as_str() == one.unit).context("nothing to replace")?;
        let (_, new) = try_join(self.stop(&old.id), self.create(unit)).await?;
        try_join(self.remove(&old.id), self.start(unit, &new)).await?;
        Ok(())
    }

    /// Stops all at once.
    pub async fn down(&self) -> Result<()> {
        let ids = self.ids().await?;
        try_join_all(ids.values().map(|id| self.stop(id))).await?;
        Ok(())
    }

    /// Stops one after the other; answers the time of the slowest.
    pub async fn slowest_stop(&self) -> Result<Duration> {
        let mut slowest = Duration::ZERO;
        for id in self.ids().await?.values() {
            let began = Instant::now();
            self.stop(id).await?;
            slowest = slowest.max(began.elapsed());
        }
        Ok(slowest)
    }

    /// Leaves nothing.
    pub async fn clean(&self) -> Result<()> {
        try_join_all(self.ids().await?.values().map(|id| self.remove(id))).await?;
        for unit in self.project.units.iter().filter(|unit| unit.data.is_some()) {
            let _ = self.docker.remove_volume(&self.volume(unit), None::<RemoveVolumeOptions>).await;
        }
        let _ = self.docker.remove_network(&self.label()).await;
        Ok(())
    }

    /// Runs a command that does nothing in what devenv runs of this checkout, and hears how it ended.
    pub async fn exec(&self) -> Result<()> {
        let checkout = format!("devenv.checkout={}", self.project.root.display());
        let filters = HashMap::from([("label".to_owned(), vec![checkout])]);
        let options = ListContainersOptionsBuilder::new().filters(&filters).build();
        let list = self.docker.list_containers(Some(options)).await?;
        let id = list.into_iter().find_map(|summary| summary.id).context("nothing runs there")?;
        let command = Some(vec!["true".to_owned()]);
        let config =
            ExecConfig { attach_stdout: Some(true), attach_stderr: Some(true), cmd: command, ..Default::default() };
        let exec = self.docker.create_exec(&id, config).await?.id;
        if let StartExecResults::Attached { mut output, .. } = self.docker.start_exec(&exec, None).await? {
            while output.next().await.is_some() {}
        }
        let code = self.docker.inspect_exec(&exec).await?.exit_code;
        anyhow::ensure!(code == Some(0), "it ended with {code:?}");
        Ok(())
    }

    async fn create_network(&self) -> Result<()> {
        let labels = HashMap::from([(LABEL.to_owned(), self.label())]);
        let request = NetworkCreateRequest { name: self.label(), labels: Some(labels), ..Default::default() };
        self.docker.create_network(request).await?;
        self.network.send_replace(true);
        Ok(())
    }

    async fn create(&self, unit: &Unit) -> Result<String> {
        if unit.data.is_some() {
            let labels = HashMap::from([(LABEL.to_owned(), self.label())]);
            let request =
                VolumeCreateRequest { name: Some(self.volume(unit)), labels: Some(labels), ..Default::default() };
            self.docker.create_volume(request).await?;
        }
        let options = CreateContainerOptionsBuilder::new().name(&self.name(unit)).build();
        let id = self.docker.create_container(Some(options), self.body(unit)).await?.id;
        if !unit.files.is_empty() {
            let options = UploadToContainerOptionsBuilder::new().path("/").build();
            let body = bollard::body_full(packed(unit)?.into());
            self.docker.upload_to_container(&id, Some(options), body).await?;
        }
        Ok(id)
    }

    /// Starts it as soon as what it needs is ready, and waits until it is ready itself.
    async fn start(&self, unit: &Unit, id: &str) -> Result<()> {
        self.network.subscribe().wait_for(|there| *there).await?;
        for need in &unit.needs {
            self.ready[&need.name].subscribe().wait_for(|ready| *ready).await?;
        }
        self.docker.start_container(id, None::<StartContainerOptions>).await?;
        self.until_ready(unit).await
    }

    async fn until_ready(&self, unit: &Unit) -> Result<()> {
        let question = Question::of(&unit.ready.probe).context("nothing to ask")?;
        let port = unit.port.context("nowhere to ask")?.outside.number();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        while probe::ask(question, address, QUESTION_LIMIT).await != Answer::Ready {
            tokio::time::sleep(PAUSE).await;
        }
        self.ready[&unit.name].send_replace(true);
        Ok(())
    }

    async fn stop(&self, id: &str) -> Result<()> {
        Ok(self.docker.stop_container(id, None::<StopContainerOptions>).await?)
    }

    async fn remove(&self, id: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        Ok(self.docker.remove_container(id, Some(options)).await?)
    }

    /// The engine's id of each unit, by its name.
    async fn ids(&self) -> Result<BTreeMap<String, String>> {
        Ok(self.list().await?.into_iter().map(|one| (one.unit, one.id)).collect())
    }

    async fn list(&self) -> Result<Vec<Found>> {
        let options = ListContainersOptionsBuilder::new().all(true).filters(&by_label(&self.label())).build();
        let list = self.docker.list_containers(Some(options)).await?;
        let found = list.into_iter().filter_map(|summary| {
            let name = summary.names?.into_iter().next()?.trim_start_matches('/').to_owned();
            Some(Found { name, unit: summary.labels?.remove("unit")?, id: summary.id? })
        });
        Ok(found.collect())
    }

    fn label(&self) -> String {
        format!("limit-{}", self.project.name)
    }

    fn name(&self, unit: &Unit) -> String {
        let short: String = unit.fingerprint.0.chars().take(8).collect();
        format!("{}-{}-{short}", self.label(), unit.name)
    }

    fn volume(&self, unit: &Unit) -> String {
        format!("{}-{}", self.label(), unit.name)
    }

    fn body(&self, unit: &Unit) -> ContainerCreateBody {
        let leases: Vec<_> = unit.port.iter().chain(unit.more_ports.iter().map(|(_, lease)| lease)).collect();
        let inside = |port: devenv::names::Port| format!("{port}/tcp");
        let endpoint = EndpointSettings { aliases: Some(vec![unit.name.to_string()]), ..Default::default() };
        ContainerCreateBody {
            hostname: Some(unit.name.to_string()),
            image: unit.image().map(ToString::to_string),
            user: unit.user.map(|(uid, gid)| format!("{uid}:{gid}")),
            working_dir: unit.workdir.as_ref().map(|path| path.display().to_string()),
            env: Some(unit.env.iter().map(|(key, value)| format!("{key}={}", value.reveal())).collect()),
            cmd: unit.command.clone(),
            exposed_ports: Some(leases.iter().map(|lease| inside(lease.inside)).collect()),
            stop_signal: unit.stop.signal.clone(),
            stop_timeout: i64::try_from(unit.stop.grace.as_secs()).ok(),
            labels: Some(HashMap::from([(LABEL.to_owned(), self.label()), ("unit".to_owned(), unit.name.to_string())])),
            host_config: Some(HostConfig {
                mounts: Some(self.mounts(unit)),
                port_bindings: Some(
                    leases.iter().map(|lease| (inside(lease.inside), Some(vec![binding(lease)]))).collect(),
                ),
                init: Some(unit.init),
                network_mode: Some(self.label()),
                ..Default::default()
            }),
            networking_config: Some(NetworkingConfig {
                endpoints_config: Some(HashMap::from([(self.label(), endpoint)])),
            }),
            ..Default::default()
        }
    }

    fn mounts(&self, unit: &Unit) -> Vec<Mount> {
        let binds = unit.binds.iter().map(|bind| Mount {
            typ: Some(MountType::BIND),
            source: Some(bind.source.display().to_string()),
            target: Some(bind.target.display().to_string()),
            read_only: Some(bind.access == Access::ReadOnly),
            ..Default::default()
        });
        let data = unit.data.iter().map(|data| Mount {
            typ: Some(MountType::VOLUME),
            source: Some(self.volume(unit)),
            target: Some(data.path.clone()),
            ..Default::default()
        });
        binds.chain(data).collect()
    }
}

fn binding(lease: &devenv::model::Lease) -> PortBinding {
    PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some(lease.outside.to_string()) }
}

fn by_label(value: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{LABEL}={value}")])])
}

fn packed(unit: &Unit) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in &unit.files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(file.mode);
        archive.append_data(&mut header, file.target.trim_start_matches('/'), file.content.as_slice())?;
    }
    Ok(archive.into_inner()?)
}
