//! Data folders as copy-on-write forks: what they are built on is frozen, and only what is changed takes room and time.
//!
//! A fork is an overlay that the engine itself mounts where it keeps its data, when something starts with it; nothing is run for
//! that, and nothing is needed on this computer. The two folders that it changes lie in a folder of ours beside it, its layer.
//! The fork itself is made last: one that is there is whole.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{Mount, MountType, MountVolumeOptions, Volume, VolumeCreateRequest};
use bollard::query_parameters::{
    DownloadFromContainerOptionsBuilder, ListVolumesOptionsBuilder, UploadToContainerOptionsBuilder,
};
use bytes::Bytes;
use futures_util::StreamExt;

use super::archive::{self, Owned};
use super::blank;
use super::change::CHANGE_LIMIT;
use super::data::{INSIDE, Place, within_silence};
use super::observe::LOOK_LIMIT;
use super::translate::{CHECKOUT, PROJECT, data_labels};
use super::{Engine, Fault, FaultKind, Owner};
use crate::model::DataFolder;
use crate::names::{EnvironmentId, Name};

/// The folders that a fork is built on, the topmost first, separated by commas.
pub(super) const BELOW: &str = "devenv.below";
/// The fork that a layer belongs to.
pub(super) const LAYER_OF: &str = "devenv.layer-of";
/// Who owns the folder that a fork begins with, and its permission bits.
const ROOT: &str = "devenv.root";
/// What everything that only has to be kept for a fork is mounted under: so it is in use as long as the fork is, and no clean-up by
/// hand takes it away.
pub(super) const KEPT: &str = "/.devenv/";
/// What the name of a layer ends in; no service and no generation is called so.
const LAYER: &str = ".layer";
/// The folder of a layer with everything that differs from what is below.
const UPPER: &str = "upper";
/// A folder of the same file system that the overlay needs for itself.
const WORK: &str = "work";
/// Linux takes a page of mount options, less a few bytes.
const LONGEST_OPTIONS: usize = 4000;
/// The most folders that a fork is built on: every one is looked into for every file that is opened.
pub const MOST_BELOW: usize = 16;

/// A fork to be made: its name and labels.
type Wanted = (String, HashMap<String, String>);

/// What forks are made of, beside what they are built on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ground<'a> {
    /// Something that is here and that a place can be made from, though nothing of it is run; `None` = such a thing is made.
    pub image: Option<&'a str>,
    /// User, group and permission bits of the folder, where they are known.
    pub root: Option<(u64, u64, u32)>,
}

/// A fork as the engine has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    pub name: String,
    /// What it is built on, the topmost first.
    pub below: Vec<String>,
}

impl Fork {
    /// `None` = it is a folder of its own.
    pub(super) fn of(volume: &Volume) -> Option<Self> {
        let below = volume.labels.get(BELOW)?.split(',').map(str::to_owned).collect();
        Some(Self { name: volume.name.clone(), below })
    }
}

/// Whether a fork is built on this.
pub fn is_below(name: &str, forks: &[Fork]) -> bool {
    forks.iter().any(|fork| fork.below.iter().any(|below| below == name))
}

/// Whether a fork is built on this folder, or on what it has of its own where it is a fork itself: nobody may write to it any more.
pub(super) fn is_frozen(name: &str, forks: &[Fork]) -> bool {
    is_below(name, forks) || is_below(&layer_of(name), forks)
}

/// The folder with what a fork has of its own.
pub fn layer_of(fork: &str) -> String {
    format!("{fork}{LAYER}")
}

impl Engine {
    /// Every fork on this computer, of whichever environment.
    ///
    /// # Errors
    /// The engine's.
    pub async fn forks(&self) -> Result<Vec<Fork>, Fault> {
        Ok(self.labelled(BELOW).await?.iter().filter_map(Fork::of).collect())
    }

    pub(super) async fn labelled(&self, label: &str) -> Result<Vec<Volume>, Fault> {
        let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
        let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
        let list = Self::within(LOOK_LIMIT, self.client.list_volumes(Some(options))).await?;
        Ok(list.volumes.unwrap_or_default())
    }

    /// What a data folder is built on, the topmost first; nothing where it is no fork.
    ///
    /// # Errors
    /// There is none of that name, or the engine's.
    pub async fn below(&self, name: &str) -> Result<Vec<String>, Fault> {
        let volume = Self::within(LOOK_LIMIT, self.client.inspect_volume(name)).await?;
        Ok(Fork::of(&volume).map(|fork| fork.below).unwrap_or_default())
    }

    /// Makes data folders of a service as forks of what is below, which nobody may write to from now on.
    ///
    /// # Errors
    /// Something of it is gone, or the engine can't; nothing half-made stays behind.
    pub async fn create_forks(
        &self,
        owner: &Owner,
        unit: &Name,
        folders: &[DataFolder],
        (below, ground): (&[String], Ground<'_>),
    ) -> Result<(), Fault> {
        let forks = folders.iter().map(|data| (data.name.clone(), data_labels(owner, unit, data)));
        self.fork(&forks.collect::<Vec<_>>(), below, ground).await
    }

    pub(super) async fn fork(&self, forks: &[Wanted], below: &[String], ground: Ground<'_>) -> Result<(), Fault> {
        let looks = below.iter().map(|one| Self::within(LOOK_LIMIT, self.client.inspect_volume(one)));
        let looks = futures_util::future::try_join_all(looks);
        let (found, all) = futures_util::try_join!(looks, self.forks())?;
        if let Some((name, _)) = forks.iter().find(|(name, _)| is_below(&layer_of(name), &all)) {
            return Err(Fault { kind: FaultKind::NameTaken, message: format!("{name} is there already") });
        }
        let lower: Vec<String> = found.iter().map(content_of).collect();
        let written = || found.first().and_then(|topmost| read_root(topmost.labels.get(ROOT)?));
        let known = ground.root.map(|(user, group, mode)| Owned { user, group, mode }).or_else(written);
        let result = self.fork_on(forks, (&lower, below), (ground.image, known)).await;
        if result.is_err() {
            for (name, _) in forks {
                let _ = self.remove_volume(name).await;
                let _ = self.remove_volume(&layer_of(name)).await;
            }
        }
        result
    }

    async fn fork_on(
        &self,
        forks: &[Wanted],
        (lower, below): (&[String], &[String]),
        (image, known): (Option<&str>, Option<Owned>),
    ) -> Result<(), Fault> {
        let topmost = below.first().map_or("", String::as_str);
        let root = match known {
            Some(root) => root,
            None => self.owner_of(topmost, forks.first().map_or(&HashMap::new(), |(_, labels)| labels)).await?,
        };
        let layers = forks.iter().map(|fork| self.create_layer(fork, root));
        let layers = futures_util::future::try_join_all(layers).await?;
        let place = self.fill_layers(forks, image, root).await?;
        let made = forks.iter().zip(&layers).map(|((name, labels), layer)| async move {
            let options = options(lower, &layer.mountpoint).ok_or_else(|| Fault {
                kind: FaultKind::Other,
                message: "its folders can't be laid upon each other".to_owned(),
            })?;
            let driver_opts = [("type", "overlay"), ("device", "overlay"), ("o", options.as_str())];
            let labels = labels.clone().into_iter().chain([(BELOW.to_owned(), below.join(","))]).collect();
            let request = VolumeCreateRequest {
                name: Some(name.clone()),
                driver: Some("local".to_owned()),
                driver_opts: Some(driver_opts.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
                labels: Some(labels),
                ..Default::default()
            };
            Self::within(CHANGE_LIMIT, self.client.create_volume(request)).await
        });
        let made = futures_util::future::try_join_all(made);
        futures_util::join!(made, self.leave_place(&place)).0.map(|_| ())
    }

    async fn create_layer(&self, (name, labels): &Wanted, root: Owned) -> Result<Volume, Fault> {
        let layer = layer_of(name);
        // Of one that was removed halfway; what it held would show through.
        self.remove_volume(&layer).await?;
        let own = [CHECKOUT, PROJECT].map(|key| (key.to_owned(), labels.get(key).cloned().unwrap_or_default()));
        let written = format!("{}:{}:{}", root.user, root.group, root.mode);
        let own = own.into_iter().chain([(LAYER_OF.to_owned(), name.clone()), (ROOT.to_owned(), written)]).collect();
        let request = VolumeCreateRequest { name: Some(layer), labels: Some(own), ..Default::default() };
        Self::within(CHANGE_LIMIT, self.client.create_volume(request)).await
    }

    /// Makes the two folders of each layer. Answers where it was done.
    async fn fill_layers(&self, forks: &[Wanted], image: Option<&str>, root: Owned) -> Result<Place, Fault> {
        let Some((first, labels)) = forks.first() else {
            return Err(Fault { kind: FaultKind::Other, message: "there is nothing to make".to_owned() });
        };
        let layers = forks.iter().enumerate();
        let layers =
            layers.map(|(index, (name, _))| mount(&layer_of(name), &format!("/{INSIDE}/{index}"), Some(false)));
        let mounts = layers.collect();
        let place = self.create_place_from(image, (&layer_of(first), labels), mounts).await?;
        let filled = async {
            let body = bollard::body_full(packed_layers(forks.len(), root).map_err(other)?.into());
            let options = UploadToContainerOptionsBuilder::new().path("/").build();
            Self::within(CHANGE_LIMIT, self.client.upload_to_container(&place.id, Some(options), body)).await
        };
        match filled.await {
            Ok(()) => Ok(place),
            Err(fault) => {
                self.leave_place(&place).await;
                Err(fault)
            }
        }
    }

    pub(super) async fn owner_of(&self, name: &str, labels: &HashMap<String, String>) -> Result<Owned, Fault> {
        let place = self.create_place(name, labels, vec![mount(name, "/below", Some(true))]).await?;
        let root = self.root_of(&place.id, &content_path("/below", name)).await;
        self.leave_place(&place).await;
        root
    }

    /// What can't be removed at once is removed by the next `up` or `down`: an engine that has not heard yet that nobody wants the
    /// rest of a folder holds on to the place.
    async fn leave_place(&self, place: &Place) {
        const LIMIT: Duration = Duration::from_secs(5);
        let _ = tokio::time::timeout(LIMIT, self.remove_place(place)).await;
    }

    /// Asks for a whole folder, of which the first thing that comes is the folder itself.
    async fn root_of(&self, place: &str, path: &str) -> Result<Owned, Fault> {
        /// One header, and what may stand before it of names too long for one.
        const ENOUGH: usize = 4096;
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let mut stream = std::pin::pin!(self.client.download_from_container(place, Some(options)));
        let mut first = Vec::new();
        while first.len() < ENOUGH {
            let Some(bytes) = within_silence(stream.next()).await? else { break };
            let bytes: Bytes = bytes.map_err(|error| Fault::from_client(&error))?;
            first.extend_from_slice(&bytes);
        }
        archive::first_in(&first).map_err(other)
    }

    /// What has to be kept as long as something uses this data folder.
    pub(super) async fn kept_for(&self, data: &str) -> Result<Vec<Mount>, Fault> {
        let below = match self.below(data).await {
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Vec::new()),
            below => below?,
        };
        let layer = (!below.is_empty()).then(|| layer_of(data));
        let all = layer.into_iter().chain(below).enumerate();
        Ok(all.map(|(index, name)| mount(&name, &format!("{KEPT}{index}"), Some(true))).collect())
    }

    /// Removes layers whose forks are gone and that nothing is built on; those of forks that `is_ours` names.
    ///
    /// # Errors
    /// The engine's.
    pub async fn remove_spare_layers(&self, is_ours: impl Fn(&str) -> bool) -> Result<(), Fault> {
        let (forks, layers) = futures_util::try_join!(self.forks(), self.labelled(LAYER_OF))?;
        let is_spare = |layer: &&Volume| {
            let of = layer.labels.get(LAYER_OF).map_or("", String::as_str);
            is_ours(of) && !forks.iter().any(|fork| fork.name == of) && !is_below(&layer.name, &forks)
        };
        for layer in layers.iter().filter(is_spare) {
            self.remove_volume(&layer.name).await?;
        }
        Ok(())
    }

    /// Whether this engine can make forks, by making one: written to, read from, and removed again.
    ///
    /// # Errors
    /// It did not answer in time, or has no room: then nobody knows.
    pub async fn can_fork(&self, home: &EnvironmentId) -> Result<bool, Fault> {
        let random = crate::host::random::<6>().map_err(|error| other(std::io::Error::other(error)))?;
        let base = format!("devenv-try-{}", crate::words::hex(&random));
        let fork = format!("{base}.1");
        let result = self.try_fork(&base, &fork, home).await;
        for name in [&fork, &layer_of(&fork), &base] {
            // One that stays behind after all is empty.
            let _ = self.remove_volume(name).await;
        }
        or_refused(result)
    }

    async fn try_fork(&self, base: &str, fork: &str, home: &EnvironmentId) -> Result<bool, Fault> {
        let labels = blank::labels(home, "");
        let request =
            VolumeCreateRequest { name: Some(base.to_owned()), labels: Some(labels.clone()), ..Default::default() };
        Self::within(CHANGE_LIMIT, self.client.create_volume(request)).await?;
        self.fork(&[(fork.to_owned(), labels.clone())], &[base.to_owned()], Ground::default()).await?;
        let mounts = vec![
            mount(fork, &format!("/{INSIDE}"), Some(false)),
            mount(base, "/below", Some(true)),
            mount(&layer_of(fork), "/layer", Some(true)),
        ];
        let place = self.create_place(fork, &labels, mounts).await?;
        let tried = async {
            let options = UploadToContainerOptionsBuilder::new().path("/").build();
            let written = (format!("{INSIDE}/written"), Owned { user: 0, group: 0, mode: 0o700 });
            let body = bollard::body_full(archive::of_folders(&[written]).map_err(other)?.into());
            Self::within(CHANGE_LIMIT, self.client.upload_to_container(&place.id, Some(options), body)).await?;
            let has = async |path: &str| or_refused(self.root_of(&place.id, path).await.map(|_| true));
            let found =
                futures_util::try_join!(has("/data/written"), has("/layer/upper/written"), has("/below/written"));
            found.map(|found| found == (true, true, false))
        };
        let tried = tried.await;
        self.leave_place(&place).await;
        tried
    }
}

/// What the engine refuses is a no. One with too much to do, or without room, may answer otherwise the next time.
fn or_refused(answer: Result<bool, Fault>) -> Result<bool, Fault> {
    match answer {
        Err(fault) if fault.is_passing() => Err(fault),
        Err(_) => Ok(false),
        answered => answered,
    }
}

fn other(error: std::io::Error) -> Fault {
    Fault { kind: FaultKind::Other, message: error.to_string() }
}

fn mount(name: &str, target: &str, read_only: Option<bool>) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(name.to_owned()),
        target: Some(target.to_owned()),
        read_only,
        // Nothing is put into it because of what lies there.
        volume_options: Some(MountVolumeOptions { no_copy: Some(true), ..Default::default() }),
        ..Default::default()
    }
}

/// Where the engine has what a fork is built on: all of a folder, or the changed part of a layer.
fn content_of(volume: &Volume) -> String {
    content_path(&volume.mountpoint, &volume.name)
}

fn content_path(mountpoint: &str, name: &str) -> String {
    if name.ends_with(LAYER) { format!("{mountpoint}/{UPPER}") } else { mountpoint.to_owned() }
}

/// The options of the overlay; `None` = its folders can't be written down so.
fn options(lower: &[String], layer: &str) -> Option<String> {
    let speaks = |path: &str| path.starts_with('/') && !path.contains([',', ':', '\\', ' ', '\n']);
    let is_usable = speaks(layer) && !lower.is_empty() && lower.iter().all(|path| speaks(path));
    let options = format!("lowerdir={},upperdir={layer}/{UPPER},workdir={layer}/{WORK}", lower.join(":"));
    (is_usable && options.len() <= LONGEST_OPTIONS).then_some(options)
}

/// What a label says of a folder.
fn read_root(text: &str) -> Option<Owned> {
    let mut numbers = text.splitn(3, ':');
    let (user, group, mode) = (numbers.next()?, numbers.next()?, numbers.next()?);
    Some(Owned { user: user.parse().ok()?, group: group.parse().ok()?, mode: mode.parse().ok()? })
}

/// The two folders of each layer, the changed one owned as what it lies upon.
fn packed_layers(number: usize, upper: Owned) -> std::io::Result<Vec<u8>> {
    let work = Owned { user: 0, group: 0, mode: 0o700 };
    let both = |index| [(UPPER, upper), (WORK, work)].map(|(name, owned)| (format!("{INSIDE}/{index}/{name}"), owned));
    archive::of_folders(&(0..number).flat_map(both).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topmost_folder_comes_first_and_of_a_layer_only_what_differs_counts() {
        let volume =
            |name: &str| Volume { name: name.into(), mountpoint: format!("/v/{name}/_data"), ..Default::default() };
        let lower = [content_of(&volume("devenv-x-db.2.layer")), content_of(&volume("devenv-x-db"))];
        let options = options(&lower, "/v/n/_data").unwrap();
        assert_eq!(
            options,
            "lowerdir=/v/devenv-x-db.2.layer/_data/upper:/v/devenv-x-db/_data,upperdir=/v/n/_data/upper,workdir=/v/n/_data/work"
        );
    }

    #[test]
    fn an_engine_that_is_slow_is_none_that_can_not() {
        let answered = |kind| or_refused(Err(Fault { kind, message: String::new() })).ok();
        assert_eq!((answered(FaultKind::Hung), answered(FaultKind::DiskFull)), (None, None));
        assert_eq!((answered(FaultKind::Other), answered(FaultKind::NotFound)), (Some(false), Some(false)));
        assert_eq!((or_refused(Ok(true)).ok(), or_refused(Ok(false)).ok()), (Some(true), Some(false)));
    }

    #[test]
    fn folders_that_mount_options_cannot_name_are_refused() {
        let lower = |path: &str| vec![path.to_owned()];
        for path in ["", "C:\\data", "/a,b", "/a:b", "relative", "/with space"] {
            assert_eq!(options(&lower(path), "/l"), None, "{path:?}");
            assert_eq!(options(&lower("/l"), path), None, "{path:?}");
        }
        assert_eq!(options(&[], "/l"), None);
        assert_eq!(options(&lower(&format!("/{}", "x".repeat(LONGEST_OPTIONS))), "/l"), None);
    }

    #[test]
    fn what_forks_are_built_on_is_known_by_their_labels() {
        let labels = HashMap::from([(BELOW.to_owned(), "a.layer,b".to_owned())]);
        let fork = Fork::of(&Volume { name: "c".into(), labels, ..Default::default() }).unwrap();
        assert!(is_below("a.layer", std::slice::from_ref(&fork)) && is_below("b", std::slice::from_ref(&fork)));
        assert!(!is_below("c", &[fork]));
        assert_eq!(Fork::of(&Volume::default()), None);
    }
}
