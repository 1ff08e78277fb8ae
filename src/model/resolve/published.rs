//! What of a manifest others publish, under names whose content may change: what `dev.lock` is about.

use std::collections::BTreeMap;

use super::services::title_of;
use super::toolchain::begins_with;
use super::{Facts, Identity, Resolver, Values};
use crate::manifest::{AppSource, Manifest};
use crate::model::{ImageRef, Source};
use crate::names::Name;

/// Something published, and who is made from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub image: ImageRef,
    /// What a person calls it: `PostgreSQL 17`.
    pub title: String,
    /// In the order of the manifest; at least one.
    pub names: Vec<Name>,
}

/// Each once, by its name. What is pinned in the manifest itself, built here or used from this computer is none of it.
pub fn published(manifest: &Manifest, identity: &Identity) -> Vec<Published> {
    let facts = Facts::default();
    let mut resolver =
        Resolver { manifest, identity, facts: &facts, values: Values::new(manifest, &facts), problems: Vec::new() };
    let mut all: BTreeMap<ImageRef, Published> = BTreeMap::new();
    let mut add = |name: &Name, image: ImageRef, title: &str| {
        if image.is_exact() {
            return;
        }
        let new = || Published { image: image.clone(), title: title.to_owned(), names: Vec::new() };
        let one = all.entry(image.clone()).or_insert_with(new);
        if !one.names.contains(name) {
            one.names.push(name.clone());
        }
    };
    for service in &manifest.services {
        if let Some((image, title)) = resolver.published_service(service) {
            add(&service.name.value, image, &title);
        }
    }
    for app in &manifest.apps {
        let name = &app.name.value;
        let surroundings = match &app.source.value {
            AppSource::Runtime(runtime) => resolver.toolchain(name, runtime),
            AppSource::Image(_) => resolver.surroundings(app, &identity.root),
            AppSource::Build(_) | AppSource::Host => None,
        };
        let Some(surroundings) = surroundings else { continue };
        match surroundings.source {
            Source::Image(image) => add(name, image, &surroundings.title),
            Source::Equipped(equipped) => {
                let images = equipped.recipe.lines().filter_map(begins_with).filter_map(|it| ImageRef::parse(it).ok());
                images.for_each(|image| {
                    let (title, _) = title_of(&image);
                    add(name, image, &title);
                });
            }
            Source::Build(_) | Source::Host => {}
        }
    }
    all.into_values().collect()
}
