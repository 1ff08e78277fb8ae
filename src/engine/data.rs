//! Data folders as they are: out of the engine and back into it, with owners, rights, times and links.
//!
//! A place made of nothing, which is never started, has the folder in it; the engine packs and unpacks. So nothing is downloaded
//! or run, and the service itself need not be there any more. Its label is that of a place of setup: what a killed
//! command leaves is removed by the next `up` or `down`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType, VolumeCreateRequest};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, DownloadFromContainerOptionsBuilder, RemoveVolumeOptions,
    UploadToContainerOptionsBuilder,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};

use super::blank::HOME;
use super::change::{CHANGE_LIMIT, gone_is_fine};
use super::fork::{is_below, layer_of};
use super::translate::{CHECKOUT, ENVIRONMENT, GENERATION, PROJECT, ROLE, UNIT, WRITTEN_BY};
use super::{Engine, Fault, FaultKind};

/// What places are made of. Each has one of its own: a shared one would be removed by whoever is done first.
pub(super) const NOTHING: &str = "localhost/devenv-nothing";
/// Where the folder is in it, and the name that everything in the archive begins with.
pub(super) const INSIDE: &str = "data";
/// An engine that says nothing for so long while it packs or unpacks is stuck.
const SILENCE_LIMIT: Duration = Duration::from_secs(120);

/// Where a data folder can be packed and unpacked.
pub(super) struct Place {
    pub id: String,
    /// The name of what was made for it alone.
    nothing: Option<String>,
}

/// What the labels of a data folder say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataLabels {
    pub environment: String,
    pub project: String,
    pub checkout: String,
    /// The service.
    pub unit: String,
    /// For example `postgres@17`; `None` = unknown.
    pub written_by: Option<String>,
    /// Counts from 1.
    pub generation: u32,
}

impl DataLabels {
    pub(super) fn of(labels: &HashMap<String, String>) -> Self {
        let text = |key: &str| labels.get(key).cloned().unwrap_or_default();
        Self {
            environment: text(ENVIRONMENT),
            project: text(PROJECT),
            checkout: text(CHECKOUT),
            unit: text(UNIT),
            written_by: labels.get(WRITTEN_BY).cloned(),
            generation: labels.get(GENERATION).and_then(|text| text.parse().ok()).unwrap_or(1),
        }
    }

    pub(super) fn to_map(&self) -> HashMap<String, String> {
        let mut labels = HashMap::from([
            (ENVIRONMENT.to_owned(), self.environment.clone()),
            (PROJECT.to_owned(), self.project.clone()),
            (CHECKOUT.to_owned(), self.checkout.clone()),
            (UNIT.to_owned(), self.unit.clone()),
            (GENERATION.to_owned(), self.generation.to_string()),
        ]);
        labels.extend(self.written_by.clone().map(|by| (WRITTEN_BY.to_owned(), by)));
        labels
    }
}

impl Engine {
    /// Packs a data folder, piece by piece, as a tar archive with numeric owners; `piece` takes each. Nobody should be
    /// writing to the folder meanwhile.
    ///
    /// # Errors
    /// The engine's, or what `piece` answers.
    pub async fn save_data(
        &self,
        name: &str,
        labels: &DataLabels,
        mut piece: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), Fault> {
        let place = self.create_place(name, &labels.to_map(), vec![whole(name)]).await?;
        let packed = async {
            let options = DownloadFromContainerOptionsBuilder::new().path(&format!("/{INSIDE}")).build();
            let stream = self.client.download_from_container(&place.id, Some(options));
            let mut stream = std::pin::pin!(stream);
            let mut end = 0;
            while let Some(bytes) = within_silence(stream.next()).await? {
                let bytes: Bytes = bytes.map_err(|error| Fault::from_client(&error))?;
                end = zeros_at_end(&bytes, end);
                piece(&bytes).map_err(|error| Fault { kind: FaultKind::Other, message: error.to_string() })?;
            }
            // Two empty blocks end an archive; without them it was cut off.
            let is_whole = end >= 1024;
            is_whole.then_some(()).ok_or_else(|| Fault {
                kind: FaultKind::Other,
                message: "Docker stopped before all of it was saved".to_owned(),
            })
        };
        let result = packed.await;
        self.remove_place(&place).await;
        result
    }

    /// Makes a data folder and unpacks into it what [`Engine::save_data`] packed. An existing one of that name is refused.
    ///
    /// # Errors
    /// [`FaultKind::NameTaken`] among others; nothing half-made stays behind.
    pub async fn load_data(
        &self,
        name: &str,
        labels: &DataLabels,
        packed: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), Fault> {
        if Self::within(CHANGE_LIMIT, self.client.inspect_volume(name)).await.is_ok() {
            return Err(Fault { kind: FaultKind::NameTaken, message: format!("{name} is there already") });
        }
        let request =
            VolumeCreateRequest { name: Some(name.to_owned()), labels: Some(labels.to_map()), ..Default::default() };
        Self::within(CHANGE_LIMIT, self.client.create_volume(request)).await?;
        let result = self.unpack_into(name, labels, packed).await;
        if result.is_err() {
            let _ = self.remove_data(name).await;
        }
        result
    }

    /// Makes a data folder with everything that another one has; nobody should be writing to that meanwhile.
    ///
    /// # Errors
    /// [`FaultKind::NameTaken`] among others; nothing half-made stays behind.
    pub async fn copy_data(&self, from: &str, name: &str, labels: &DataLabels) -> Result<(), Fault> {
        let place = self.create_place(from, &labels.to_map(), vec![whole(from)]).await?;
        let options = DownloadFromContainerOptionsBuilder::new().path(&format!("/{INSIDE}")).build();
        let packed = self.client.download_from_container(&place.id, Some(options));
        let packed = packed.map(|piece| piece.map_err(std::io::Error::other));
        let loaded = self.load_data(name, labels, packed).await;
        self.remove_place(&place).await;
        loaded
    }

    async fn unpack_into(
        &self,
        name: &str,
        labels: &DataLabels,
        packed: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), Fault> {
        let place = self.create_place(name, &labels.to_map(), vec![whole(name)]).await?;
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let (mut moved, counted) = (0, Arc::new(AtomicU64::new(0)));
        let counter = Arc::clone(&counted);
        let packed = packed.inspect(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        // The answer comes when all of it is unpacked, however long that takes; only silence is limited.
        let client = self.client.clone().with_timeout(Duration::from_secs(30 * 24 * 3600));
        let upload = client.upload_to_container(&place.id, Some(options), bollard::body_try_stream(packed));
        let mut upload = std::pin::pin!(upload);
        let result = loop {
            match within_silence(&mut upload).await {
                Ok(result) => break result.map_err(|error| Fault::from_client(&error)),
                Err(silent) => {
                    let now = counted.load(Ordering::Relaxed);
                    if std::mem::replace(&mut moved, now) == now {
                        break Err(silent);
                    }
                }
            }
        };
        self.remove_place(&place).await;
        result
    }

    /// Removes a data folder for good, with what a fork has of its own. What is gone is success.
    ///
    /// # Errors
    /// Something still uses it, a fork of it among others.
    pub async fn remove_data(&self, name: &str) -> Result<(), Fault> {
        let forks = self.forks().await?;
        if is_below(name, &forks) {
            return Err(Fault { kind: FaultKind::Other, message: format!("other data is built on {name}") });
        }
        self.remove_volume(name).await?;
        let layer = layer_of(name);
        if is_below(&layer, &forks) { Ok(()) } else { self.remove_volume(&layer).await }
    }

    pub(super) async fn remove_volume(&self, name: &str) -> Result<(), Fault> {
        gone_is_fine(Self::within(CHANGE_LIMIT, self.client.remove_volume(name, None::<RemoveVolumeOptions>)).await)
    }

    /// What the labels of a data folder say.
    ///
    /// # Errors
    /// There is none of that name, or the engine's.
    pub async fn data_labels(&self, name: &str) -> Result<DataLabels, Fault> {
        let volume = Self::within(CHANGE_LIMIT, self.client.inspect_volume(name)).await?;
        Ok(DataLabels::of(&volume.labels))
    }

    /// A place called after a data folder, with these mounts, made from something that is here; where that can't be, from nothing.
    pub(super) async fn create_place_from(
        &self,
        image: Option<&str>,
        (name, labels): (&str, &HashMap<String, String>),
        mounts: Vec<Mount>,
    ) -> Result<Place, Fault> {
        if let Some(image) = image
            && let Ok(id) = self.create_place_of(image, (name, labels), mounts.clone()).await
        {
            return Ok(Place { id, nothing: None });
        }
        self.create_place(name, labels, mounts).await
    }

    /// A place called after a data folder, with these mounts.
    pub(super) async fn create_place(
        &self,
        name: &str,
        labels: &HashMap<String, String>,
        mounts: Vec<Mount>,
    ) -> Result<Place, Fault> {
        /// A clean-up by hand may take what nothing is made from yet.
        const TRIES: u32 = 5;
        let mut tries = 1;
        loop {
            let (nothing, image) = self.create_nothing(labels).await?;
            match self.create_place_of(&image, (name, labels), mounts.clone()).await {
                Ok(id) => return Ok(Place { id, nothing: Some(nothing) }),
                Err(fault) => {
                    self.remove_nothing(&nothing).await;
                    if fault.kind != FaultKind::NotFound || tries == TRIES {
                        return Err(fault);
                    }
                    tries += 1;
                }
            }
        }
    }

    async fn create_place_of(
        &self,
        image: &str,
        (name, labels): (&str, &HashMap<String, String>),
        mounts: Vec<Mount>,
    ) -> Result<String, Fault> {
        let mut place_labels = labels.clone();
        place_labels.insert(ROLE.to_owned(), "setup".to_owned());
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            cmd: Some(vec!["-".to_owned()]),
            labels: Some(place_labels),
            host_config: Some(HostConfig {
                mounts: Some(mounts),
                network_mode: Some("none".to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let options = CreateContainerOptionsBuilder::new().name(&format!("{name}-copy-{}", std::process::id())).build();
        Self::within(CHANGE_LIMIT, self.client.create_container(Some(options), body)).await.map(|made| made.id)
    }

    pub(super) async fn remove_place(&self, place: &Place) {
        // One that stays behind after all is removed by the next `up` or `down`.
        let _ = self.remove(&place.id).await;
        if let Some(nothing) = &place.nothing {
            self.remove_nothing(nothing).await;
        }
    }

    async fn remove_nothing(&self, name: &str) {
        // One that stays is removed by a later `gc`.
        let _ = self.remove_made(name).await;
    }

    /// Something to make a place of, without anything in it; answers the name to remove it by, which tells whose it is, and the one
    /// to use it by.
    async fn create_nothing(&self, labels: &HashMap<String, String>) -> Result<(String, String), Fault> {
        let other = |message: String| Fault { kind: FaultKind::Other, message };
        let empty = tar::Builder::new(Vec::new()).into_inner().map_err(|error| other(error.to_string()))?;
        let tag = crate::host::random::<6>().map_err(|error| other(error.to_string()))?;
        let tag = tag_of(labels, &crate::words::hex(&tag));
        let options = CreateImageOptionsBuilder::new().from_src("-").repo(NOTHING).tag(&tag).build();
        let made = self.client.create_image(Some(options), Some(bollard::body_full(empty.into())), None);
        let said: Vec<_> = Self::within(CHANGE_LIMIT, made.try_collect()).await?;
        // Podman gives it no name, and every engine tells the id.
        let id = said.into_iter().filter_map(|info| info.status).find(|status| status.starts_with("sha256:"));
        let name = format!("{NOTHING}:{tag}");
        Ok((name.clone(), id.unwrap_or(name)))
    }
}

/// All of a data folder, to be packed or unpacked.
fn whole(name: &str) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(name.to_owned()),
        target: Some(format!("/{INSIDE}")),
        ..Default::default()
    }
}

/// A tag that begins with the environment or the home that a data folder is of.
fn tag_of(labels: &HashMap<String, String>, random: &str) -> String {
    let owner = labels.get(ENVIRONMENT).or_else(|| labels.get(HOME));
    let is_plain = |owner: &&String| {
        let fits = owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits && !owner.is_empty() && !owner.starts_with('-') && owner.len() <= 64
    };
    owner.filter(is_plain).map_or_else(|| random.to_owned(), |owner| format!("{owner}-{random}"))
}

/// How many zeros everything up to now ends with, `before` those that it ended with until this piece.
fn zeros_at_end(piece: &[u8], before: usize) -> usize {
    let here = piece.iter().rev().take_while(|byte| **byte == 0).count();
    if here == piece.len() { before + here } else { here }
}

pub(super) async fn within_silence<T>(next: impl Future<Output = T>) -> Result<T, Fault> {
    tokio::time::timeout(SILENCE_LIMIT, next).await.map_err(|_| Fault { kind: FaultKind::Hung, message: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_something_is_stands_in_its_name_unless_that_would_be_no_name() {
        let of = |key: &str, owner: &str| tag_of(&HashMap::from([(key.to_owned(), owner.to_owned())]), "ab12");
        assert_eq!((of(ENVIRONMENT, "c0ffee"), of(HOME, "beef")), ("c0ffee-ab12".to_owned(), "beef-ab12".to_owned()));
        for hostile in ["", "-x", "a/b", "é"] {
            assert_eq!(of(ENVIRONMENT, hostile), "ab12");
        }
    }

    #[test]
    fn the_end_of_an_archive_is_seen_across_pieces() {
        assert_eq!(zeros_at_end(&[0; 512], zeros_at_end(&[1, 0, 0], 7)), 514);
        assert_eq!(zeros_at_end(&[0, 1], 1024), 0);
    }
}
