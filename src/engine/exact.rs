//! What exactly stands behind a name: asked of who offers it, or found on this computer.

use std::time::Duration;

use bollard::query_parameters::InspectContainerOptions;

use super::download::{is_mirror, mirrored, nowhere};
use super::download_fault::{DownloadFault, Source};
use super::observe::LOOK_LIMIT;
use super::{Engine, Fault, FaultKind};
use crate::model::ImageRef;
use crate::words;

/// Who offers something answers a question about it within a second; one that hangs is not waited for.
const ASK_LIMIT: Duration = Duration::from_secs(20);

/// What a name stands for at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// `sha256:…`, of all platforms together where there are several.
    pub digest: String,
    /// `linux/amd64`; sorted, and empty where nobody says.
    pub platforms: Vec<String>,
}

impl Engine {
    /// Asks what a name stands for, mirrors first, then the origin; nothing is downloaded.
    ///
    /// # Errors
    /// As for a download.
    pub async fn offered(&self, image: &ImageRef) -> Result<Offered, DownloadFault> {
        let at_origin = |fault: Fault| DownloadFault { fault, source: Source::of(image), without: Vec::new() };
        let mut without = Vec::new();
        let mut at_mirror: Option<DownloadFault> = None;
        for mirror in &self.mirrors {
            if !is_mirror(mirror) {
                return Err(at_origin(Fault { kind: FaultKind::MirrorName, message: mirror.clone() }));
            }
            match self.ask(&mirrored(mirror, image)).await {
                Ok(offered) => return Ok(offered),
                Err(fault) => at_mirror = Some(DownloadFault::of_mirror(fault, mirror, &mut without)),
            }
        }
        match self.ask(image).await {
            Err(fault) if fault.kind == FaultKind::Unreachable => Err(nowhere(at_mirror, at_origin(fault))),
            other => other.map_err(|fault| DownloadFault { without, ..at_origin(fault) }),
        }
    }

    async fn ask(&self, image: &ImageRef) -> Result<Offered, Fault> {
        let (name, login) = (image.to_string(), super::login::for_repository(&image.repository));
        let asked = self.client.inspect_registry_image(&name, login);
        let Ok(answer) = tokio::time::timeout(ASK_LIMIT, asked).await else {
            let message = format!("no answer for {}", words::duration(ASK_LIMIT));
            return Err(Fault { kind: FaultKind::SourceSilent, message });
        };
        let found = answer.map_err(|error| Fault::from_client(&error))?;
        let digest = found.descriptor.digest.filter(|digest| image.exactly(digest).is_some());
        let unnamed = || Fault { kind: FaultKind::Other, message: "the answer names no content".to_owned() };
        let mut platforms: Vec<String> = found
            .platforms
            .into_iter()
            .filter_map(|one| {
                let variant = one.variant.filter(|it| !it.is_empty()).map(|it| format!("/{it}")).unwrap_or_default();
                Some(format!("{}/{}{variant}", one.os?, one.architecture?))
            })
            // What only tells how something was made runs nowhere.
            .filter(|platform| !platform.contains("unknown"))
            .collect();
        platforms.sort_unstable();
        platforms.dedup();
        Ok(Offered { digest: digest.ok_or_else(unnamed)?, platforms })
    }

    /// The digest of what is here under a published name, where the engine knows exactly one.
    pub async fn digest_here(&self, image: &ImageRef) -> Option<String> {
        let found = Self::within(LOOK_LIMIT, self.client.inspect_image(&image.name_here())).await.ok()?;
        let repositories: Vec<String> = self.everywhere(image).map(|one| one.repository).collect();
        let exact = found.repo_digests.unwrap_or_default().into_iter().filter_map(|name| ImageRef::parse(&name).ok());
        let mut digests: Vec<String> =
            exact.filter(|one| repositories.contains(&one.repository)).map(|one| one.tag).collect();
        digests.sort_unstable();
        digests.dedup();
        digests.pop().filter(|_| digests.is_empty())
    }

    /// The variables that something downloaded comes with: most say which version it is. `None` = it is not here.
    pub async fn variables_of(&self, image: &ImageRef) -> Option<Vec<(String, String)>> {
        if !self.has_image(image).await.ok()? {
            return None;
        }
        let found = Self::within(LOOK_LIMIT, self.client.inspect_image(&image.name_here())).await.ok()?;
        let env = found.config.and_then(|config| config.env).unwrap_or_default();
        Some(env.iter().filter_map(|one| one.split_once('=')).map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// Whether something was made from exactly this.
    pub async fn is_made_of(&self, id: &str, image: &ImageRef) -> bool {
        if !self.has_image(image).await.unwrap_or_default() {
            return false;
        }
        let made = self.client.inspect_container(id, None::<InspectContainerOptions>);
        let (name, made) = (image.name_here(), Self::within(LOOK_LIMIT, made).await);
        let exact = Self::within(LOOK_LIMIT, self.client.inspect_image(&name)).await;
        matches!((made, exact), (Ok(made), Ok(exact)) if made.image.is_some() && made.image == exact.id)
    }

    /// What has come here under another name, by hand or before it was wanted exactly, gets ours. Answers whether there is any.
    pub(super) async fn adopt(&self, image: &ImageRef) -> Result<bool, Fault> {
        for other in self.everywhere(image) {
            let name = other.to_string();
            if self.has_named(&name).await? {
                return self.name(&name, image).await.map(|()| true);
            }
        }
        Ok(false)
    }

    /// At its origin and at each mirror.
    fn everywhere<'a>(&'a self, image: &'a ImageRef) -> impl Iterator<Item = ImageRef> + 'a {
        let mirrors = self.mirrors.iter().filter(|mirror| is_mirror(mirror));
        std::iter::once(image.clone()).chain(mirrors.map(|mirror| mirrored(mirror, image)))
    }
}
