//! What `dev.lock` says, held against what dev.yaml wants and what is published now.

use std::time::Duration;

use super::super::context::Context;
use crate::doctor::facts::LockFacts;
use crate::engine::Engine;
use crate::host;
use crate::lockfile::LOCK;
use crate::manifest::Manifest;
use crate::model::resolve::{Identity, published};

/// Who publishes something answers in less, or is not waited for: that it is not known today hurts nobody.
const ASK: Duration = Duration::from_millis(350);

pub(super) async fn look(
    context: &Context,
    (identity, manifest): (&Identity, &Manifest),
    engine: Option<&Engine>,
) -> LockFacts {
    if !host::is_file(&identity.root.join(LOCK)) {
        return LockFacts::default();
    }
    let Ok(file) = context.lockfile(&identity.root) else { return LockFacts::default() };
    let exact = file.exact();
    if exact.is_empty() {
        return LockFacts::default();
    }
    let wanted = published(manifest, identity);
    let difference = exact.difference(&wanted);
    let newer = wanted.iter().map(async |one| {
        let known = exact.get(&one.image)?;
        let offered = tokio::time::timeout(ASK, engine?.offered(&one.image)).await.ok()?.ok()?;
        (offered.digest != known.is).then(|| one.title.clone())
    });
    let mut outdated: Vec<String> = futures_util::future::join_all(newer).await.into_iter().flatten().collect();
    outdated.dedup();
    LockFacts {
        missing: difference.missing.into_iter().map(|one| one.title.clone()).collect(),
        gone: difference.gone.into_iter().map(str::to_owned).collect(),
        outdated,
    }
}
