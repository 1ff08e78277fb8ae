//! Downloads: mirrors first, then the origin, with progress and a watchdog on silence.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::CreateImageInfo;
use bollard::query_parameters::{CreateImageOptionsBuilder, RemoveImageOptions, TagImageOptionsBuilder};
use futures_util::{Stream, StreamExt};

use super::download_fault::{DownloadFault, Source};
use super::{Engine, Fault, FaultKind};
use crate::model::ImageRef;
use crate::words;

/// Bytes of a download so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DownloadProgress {
    pub done: u64,
    /// Grows while more becomes known.
    pub total: u64,
}

/// What a person may want to know of a download while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadNews {
    Progress(DownloadProgress),
    /// It broke off and goes on.
    BrokeOff,
    /// It is fetched from elsewhere now.
    OtherSource,
}

/// What is done about a source that breaks off in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// There are others: this one gets a second chance.
    Little,
    /// It is the only one left.
    All,
}

impl Patience {
    fn attempts(self) -> u32 {
        match self {
            Self::Little => 2,
            Self::All => 4,
        }
    }

    /// A download that says nothing for so long is stuck: the engine itself would wait for ever.
    fn with_silence(self) -> Duration {
        match self {
            Self::Little => Duration::from_secs(20),
            Self::All => Duration::from_secs(60),
        }
    }

    /// Whether to wait for the engine itself, which tries again after 5, 10, 15 … s and then goes on where it stopped.
    fn allows(self, pause_s: u64) -> bool {
        self == Self::All || pause_s <= 5
    }
}

impl Engine {
    /// Brings an image here, under its own name, wherever it came from.
    ///
    /// # Errors
    /// That of the origin; where that can't be reached, that of the last mirror, or that nobody has it.
    pub async fn download(&self, image: &ImageRef, mut tell: impl FnMut(DownloadNews)) -> Result<(), DownloadFault> {
        let at_origin = |fault: Fault| DownloadFault { fault, source: Source::of(image), without: Vec::new() };
        let mut without = Vec::new();
        let mut at_mirror: Option<DownloadFault> = None;
        for mirror in &self.mirrors {
            if !is_mirror(mirror) {
                return Err(at_origin(Fault { kind: FaultKind::MirrorName, message: mirror.clone() }));
            }
            if at_mirror.as_ref().is_some_and(|at| at.fault.kind != FaultKind::NotFound) {
                tell(DownloadNews::OtherSource);
            }
            let mirrored = mirrored(mirror, image);
            match self.fetch_stubbornly(&mirrored, Patience::Little, &mut tell).await {
                Ok(()) => return self.rename(&mirrored, image).await.map_err(at_origin),
                Err(fault) if is_ours(&fault) => return Err(at_origin(fault)),
                Err(fault) => at_mirror = Some(DownloadFault::of_mirror(fault, mirror, &mut without)),
            }
        }
        match self.fetch_stubbornly(image, Patience::All, &mut tell).await {
            Err(fault) if fault.kind == FaultKind::Unreachable => Err(nowhere(at_mirror, at_origin(fault))),
            Ok(()) if image.is_exact() => self.name(&image.to_string(), image).await.map_err(at_origin),
            other => other.map_err(|fault| DownloadFault { without, ..at_origin(fault) }),
        }
    }

    /// Tries again what broke off, each time after a longer pause.
    async fn fetch_stubbornly(
        &self,
        image: &ImageRef,
        patience: Patience,
        tell: &mut impl FnMut(DownloadNews),
    ) -> Result<(), Fault> {
        let mut pause = Duration::from_millis(500);
        let mut left = patience.attempts();
        loop {
            let Err(fault) = self.fetch(image, patience, tell).await else { return Ok(()) };
            // With an engine that ends in the middle breaks off what it downloads: that says nothing about the source.
            self.still_there().await?;
            left -= 1;
            match fault.kind {
                _ if left == 0 => return Err(fault),
                FaultKind::BrokenDownload => tell(DownloadNews::BrokeOff),
                FaultKind::SourceFailing => {}
                _ => return Err(fault),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    async fn fetch(
        &self,
        image: &ImageRef,
        patience: Patience,
        tell: &mut impl FnMut(DownloadNews),
    ) -> Result<(), Fault> {
        // Without a tag the engine would download every one there is.
        let options = CreateImageOptionsBuilder::new().from_image(&image.repository).tag(&image.tag).build();
        let login = super::login::for_repository(&image.repository);
        let stream = self.client.create_image(Some(options), None, login);
        match follow(stream, patience, tell).await {
            // The client crate takes a last line that comes late for an error; what counts is whether it is here.
            Err(fault)
                if fault.message.contains("bytes remaining on stream")
                    && self.has_named(&image.to_string()).await? =>
            {
                Ok(())
            }
            other => other,
        }
    }

    async fn rename(&self, from: &ImageRef, to: &ImageRef) -> Result<(), Fault> {
        match self.name(&from.to_string(), to).await {
            // Another devenv that downloaded the same at the same time has done it.
            Err(fault) if fault.kind == FaultKind::NotFound && self.has_named(&to.name_here()).await? => return Ok(()),
            named => named?,
        }
        // The mirror's name is of no further use; the parts stay, they carry the other name now.
        let _ = self.client.remove_image(&from.to_string(), None::<RemoveImageOptions>, None).await;
        Ok(())
    }

    /// Gives what is here under some name the name that it is to have on this computer.
    pub(super) async fn name(&self, from: &str, image: &ImageRef) -> Result<(), Fault> {
        let options = TagImageOptionsBuilder::new().repo(&image.repository).tag(&image.tag_here()).build();
        self.client.tag_image(from, Some(options)).await.map_err(|error| Fault::from_client(&error))
    }
}

/// What to tell where the origin can't be reached: what the mirror said, unless it did not understand the name, which says nothing
/// about it.
pub(super) fn nowhere(at_mirror: Option<DownloadFault>, at_origin: DownloadFault) -> DownloadFault {
    match at_mirror {
        Some(DownloadFault { fault: Fault { kind: FaultKind::NotFound, message }, source, without }) => {
            DownloadFault { fault: Fault { kind: FaultKind::NotAtMirror, message }, source, without }
        }
        Some(at) if at.fault.kind != FaultKind::Other => at,
        _ => at_origin,
    }
}

/// Whether it is no matter of where a download comes from: elsewhere it would be the same.
fn is_ours(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::DiskFull | FaultKind::Lost | FaultKind::Hung)
}

/// Whether something can be downloaded from there: it is a host, maybe with a port and a folder.
pub(super) fn is_mirror(name: &str) -> bool {
    let whole = format!("{}/library/x", name.trim_end_matches('/'));
    let host = whole.split('/').next().unwrap_or_default();
    let has_good_port = host.split_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok());
    has_good_port && ImageRef::parse(&whole).is_ok_and(|parsed| parsed.repository == whole)
}

/// `docker.io/library/postgres` at `mirror.example` is `mirror.example/library/postgres`; images of other origins keep
/// their host as the first folder.
pub(super) fn mirrored(mirror: &str, image: &ImageRef) -> ImageRef {
    let path = image.repository.strip_prefix("docker.io/").unwrap_or(&image.repository);
    ImageRef { repository: format!("{}/{path}", mirror.trim_end_matches('/')), tag: image.tag.clone() }
}

async fn follow(
    stream: impl Stream<Item = Result<CreateImageInfo, bollard::errors::Error>>,
    patience: Patience,
    tell: &mut impl FnMut(DownloadNews),
) -> Result<(), Fault> {
    let mut stream = std::pin::pin!(stream);
    let mut parts = Parts::default();
    let mut broke_off = false;
    loop {
        let info = match tokio::time::timeout(patience.with_silence(), stream.next()).await {
            // Who is silent for so long is not asked again.
            Err(_) => {
                let message = format!("no data for {}", words::duration(patience.with_silence()));
                return Err(Fault { kind: FaultKind::SourceSilent, message });
            }
            Ok(None) => return Ok(()),
            Ok(Some(Err(error))) => return Err(Fault::from_client(&error)),
            Ok(Some(Ok(info))) => info,
        };
        if let Some(error) = info.error_detail.and_then(|detail| detail.message) {
            return Err(Fault::from_client(&bollard::errors::Error::DockerStreamError { error }));
        }
        let detail = info.progress_detail.unwrap_or_default();
        match (&info.id, info.status.as_deref()) {
            (Some(id), Some("Downloading")) => {
                tell(DownloadNews::Progress(parts.add(id, detail.current, detail.total)));
            }
            (_, Some(status)) => {
                if let Some(pause_s) = retry_pause(status) {
                    if !patience.allows(pause_s) {
                        return Err(Fault { kind: FaultKind::BrokenDownload, message: status.to_owned() });
                    }
                    if !std::mem::replace(&mut broke_off, true) {
                        tell(DownloadNews::BrokeOff);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The seconds until the engine itself tries again, from what it says then: `Retrying in 5 seconds`.
fn retry_pause(status: &str) -> Option<u64> {
    status.strip_prefix("Retrying in ")?.split(' ').next()?.parse().ok()
}

/// The parts of one download, summed so that the sum never falls.
#[derive(Debug, Default)]
struct Parts {
    by_id: HashMap<String, (u64, u64)>,
}

impl Parts {
    fn add(&mut self, id: &str, current: Option<i64>, total: Option<i64>) -> DownloadProgress {
        let positive = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        let part = self.by_id.entry(id.to_owned()).or_default();
        part.0 = part.0.max(positive(current));
        part.1 = part.1.max(positive(total)).max(part.0);
        let (done, total) = self.by_id.values().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        DownloadProgress { done, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_takes_the_place_of_the_default_origin_only() {
        let image = |repository: &str| ImageRef { repository: repository.into(), tag: "17".into() };
        assert_eq!(mirrored("m:5000", &image("docker.io/library/postgres")).to_string(), "m:5000/library/postgres:17");
        assert_eq!(mirrored("m/x/", &image("ghcr.io/a/b")).to_string(), "m/x/ghcr.io/a/b:17");
    }

    #[test]
    fn what_can_be_a_mirror_is_a_host_and_no_address_of_a_page() {
        for name in ["mirror.example", "127.0.0.1:5000", "localhost/team", "mirror.example:5000/a/b/"] {
            assert!(is_mirror(name), "{name}");
        }
        for name in ["http://mirror.example", "mirror", "Mirror.example/A", "mirror.example:port", "a b.example", "-"] {
            assert!(!is_mirror(name), "{name}");
        }
    }

    #[test]
    fn a_source_that_is_not_the_only_one_gets_a_second_chance() {
        let pause = |status| retry_pause(status);
        assert_eq!((pause("Retrying in 5 seconds"), pause("Retrying in 1 second")), (Some(5), Some(1)));
        assert_eq!(pause("Downloading"), None);
        assert!(Patience::Little.allows(5) && !Patience::Little.allows(10) && Patience::All.allows(25));
    }

    #[test]
    fn the_sum_never_falls() {
        let mut parts = Parts::default();
        parts.add("a", Some(5), Some(10));
        assert_eq!(parts.add("b", Some(1), Some(20)), DownloadProgress { done: 6, total: 30 });
        assert_eq!(parts.add("a", Some(2), None), DownloadProgress { done: 6, total: 30 });
    }
}
