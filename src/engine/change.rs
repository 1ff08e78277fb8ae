//! The verbs that change the world: create, start, stop, remove.

use std::time::Duration;

use bollard::models::{ContainerCreateBody, VolumeCreateRequest};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions, StopContainerOptions,
    UploadToContainerOptionsBuilder,
};

use super::translate::{ENVIRONMENT, create_body, data_labels, unit_name};
use super::{Engine, Fault, FaultKind, Owner, archive, observe};
use crate::model::{DataFolder, FileCopy, Unit};
use crate::names::Name;
use crate::plan::observed::Role;

/// Creating and starting answer within a second; a busy machine may need many.
pub(super) const CHANGE_LIMIT: Duration = Duration::from_secs(60);
/// Longer than the longest grace in the catalog; a stop answers only when it is done.
const STOP_LIMIT: Duration = Duration::from_secs(115);

impl Engine {
    /// Makes the folder that keeps a service's data.
    ///
    /// # Errors
    /// The engine's. An existing one is success.
    pub async fn create_data(&self, owner: &Owner, unit: &Name, data: &DataFolder) -> Result<(), Fault> {
        let labels = data_labels(owner, unit, data);
        let request = VolumeCreateRequest { name: Some(data.name.clone()), labels: Some(labels), ..Default::default() };
        Self::within(CHANGE_LIMIT, self.client.create_volume(request)).await.map(|_| ())
    }

    /// Makes a unit without starting it, its files written into it; answers its id.
    ///
    /// # Errors
    /// The engine's; nothing half-made stays behind.
    pub async fn create(&self, owner: &Owner, unit: &Unit, role: Role) -> Result<String, Fault> {
        let name = unit_name(owner, unit, role);
        let mut body = create_body(owner, unit, role);
        if let Some(data) = unit.data.as_ref().filter(|_| role == Role::Main) {
            let kept = self.kept_for(&data.name).await?;
            body.host_config.get_or_insert_default().mounts.get_or_insert_default().extend(kept);
        }
        let id = self.create_named(&name, body).await?;
        match self.write_files(&id, unit).await {
            Ok(()) => Ok(id),
            Err(fault) => {
                let _ = self.remove(&id).await;
                Err(fault)
            }
        }
    }

    /// Left by a killed run, or still being made by one of its requests: what has our name and our label gives way. What somebody
    /// else has made under our name stays, and ours gets a longer one: it is found by its labels.
    pub(super) async fn create_named(&self, name: &str, body: ContainerCreateBody) -> Result<String, Fault> {
        /// The engine tells nobody when a name is free again; making and removing take it well below a second.
        const PAUSE: Duration = Duration::from_millis(50);
        const TRIES: u32 = 400;
        let mut tries = 0;
        let mut name = name.to_owned();
        loop {
            let options = Some(CreateContainerOptionsBuilder::new().name(&name).build());
            match Self::within(CHANGE_LIMIT, self.client.create_container(options, body.clone())).await {
                Err(fault) if fault.kind == FaultKind::NameTaken && tries < TRIES => {
                    tries += 1;
                    match self.is_ours(&name).await? {
                        Some(false) => {
                            let random = crate::host::random::<3>().map_err(|_| fault)?;
                            name = format!("{name}-{}", crate::words::hex(&random));
                        }
                        Some(true) => self.remove(&name).await?,
                        None => {}
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                made => return made.map(|made| made.id),
            }
        }
    }

    /// Whether what has this name was made by us; `None` = there is nothing, or only the name of what is being made or removed.
    async fn is_ours(&self, name: &str) -> Result<Option<bool>, Fault> {
        let look = self.client.inspect_container(name, None::<bollard::query_parameters::InspectContainerOptions>);
        match Self::within(CHANGE_LIMIT, look).await {
            Ok(found) => {
                let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
                Ok(Some(labels.contains_key(ENVIRONMENT)))
            }
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    pub(super) async fn write_files(&self, id: &str, unit: &Unit) -> Result<(), Fault> {
        let mut files = unit.files.clone();
        if let Some(passwd) = self.passwd_with_developer(id, unit).await? {
            files.push(passwd);
        }
        if files.is_empty() {
            return Ok(());
        }
        self.put_files(id, &files).await
    }

    /// Writes files into something that is there.
    ///
    /// # Errors
    /// The engine's.
    pub async fn put_files(&self, id: &str, files: &[FileCopy]) -> Result<(), Fault> {
        let body =
            archive::of_files(files).map_err(|error| Fault { kind: FaultKind::Other, message: error.to_string() })?;
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let upload = self.client.upload_to_container(id, Some(options), bollard::body_full(body.into()));
        Self::within(CHANGE_LIMIT, upload).await
    }

    /// The user list inside with the developer added, so that programs that ask who they are get an answer.
    ///
    /// `None` where nothing has to be added.
    async fn passwd_with_developer(&self, id: &str, unit: &Unit) -> Result<Option<FileCopy>, Fault> {
        let Some((uid, gid)) = unit.user.filter(|(uid, _)| *uid != 0) else { return Ok(None) };
        let text = match self.read_file(id, "/etc/passwd").await {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(fault) if fault.kind == FaultKind::NotFound => String::new(),
            Err(fault) => return Err(fault),
        };
        let home = unit.env.iter().find(|(key, _)| key == "HOME").map_or("/", |(_, value)| value.reveal());
        Ok(archive::passwd_with(&text, uid, gid, home).map(|content| FileCopy {
            target: "/etc/passwd".to_owned(),
            content: content.into_bytes(),
            mode: 0o644,
        }))
    }

    async fn read_file(&self, id: &str, path: &str) -> Result<Vec<u8>, Fault> {
        use futures_util::TryStreamExt;
        let options = bollard::query_parameters::DownloadFromContainerOptionsBuilder::new().path(path).build();
        let stream = self.client.download_from_container(id, Some(options));
        let packed: Vec<bytes::Bytes> = Self::within(CHANGE_LIMIT, stream.try_collect()).await?;
        archive::only_file(&packed.concat())
            .map_err(|error| Fault { kind: FaultKind::Other, message: error.to_string() })
    }

    /// Starts what was created or stopped. What runs already is success.
    ///
    /// # Errors
    /// [`FaultKind::PortTaken`] among others.
    pub async fn start(&self, id: &str) -> Result<(), Fault> {
        Self::within(CHANGE_LIMIT, self.client.start_container(id, None::<StartContainerOptions>)).await
    }

    /// Stops cleanly: its own signal, its own grace, as they were given when it was created, then a kill. What is stopped or
    /// gone is success.
    ///
    /// # Errors
    /// The engine's.
    pub async fn stop(&self, id: &str) -> Result<(), Fault> {
        let stopped = Self::within(STOP_LIMIT, self.client.stop_container(id, None::<StopContainerOptions>)).await;
        gone_is_fine(stopped)
    }

    /// Removes it, running or not; data folders stay. What is gone is success.
    ///
    /// # Errors
    /// The engine's.
    pub async fn remove(&self, id: &str) -> Result<(), Fault> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        gone_is_fine(Self::within(CHANGE_LIMIT, self.client.remove_container(id, Some(options))).await)
    }

    /// Ids of everything of an environment that runs or once ran, whatever its labels say beside that.
    ///
    /// # Errors
    /// The engine's.
    pub async fn everything_of(&self, id: &crate::names::EnvironmentId) -> Result<Vec<String>, Fault> {
        let options = bollard::query_parameters::ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&observe::by_label(id))
            .build();
        let list = Self::within(CHANGE_LIMIT, self.client.list_containers(Some(options))).await?;
        Ok(list.into_iter().filter_map(|summary| summary.id).collect())
    }
}

pub(super) fn gone_is_fine(result: Result<(), Fault>) -> Result<(), Fault> {
    match result {
        Err(fault) if matches!(fault.kind, FaultKind::NotFound | FaultKind::NotRunning) => Ok(()),
        Err(fault) if fault.message.contains("is already in progress") => Ok(()),
        other => other,
    }
}
