//! Which secrets something needs.

use std::collections::BTreeSet;

use crate::manifest::{Manifest, Reference, Template};
use crate::names::Name;

/// The secrets that these services and apps are made with.
pub fn of_units(manifest: &Manifest, names: &BTreeSet<Name>) -> BTreeSet<String> {
    let services = manifest.services.iter().filter(|service| names.contains(&service.name.value));
    let apps = manifest.apps.iter().filter(|app| names.contains(&app.name.value));
    let templates = services.flat_map(|it| it.templates()).chain(apps.flat_map(|it| it.templates()));
    templates.flat_map(|template| of_template(manifest, template)).collect()
}

/// The secrets in a text, and those in the login of a service that it refers to.
pub fn of_template(manifest: &Manifest, template: &Template) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    for reference in template.references() {
        match &reference.value {
            Reference::Secret(name) => {
                secrets.insert(name.clone());
            }
            Reference::Value { name, .. } => secrets.extend(of_login(manifest, name)),
        }
    }
    secrets
}

/// The secrets in the variables of a service, which may be its user or password.
pub fn of_login(manifest: &Manifest, service: &str) -> BTreeSet<String> {
    let service = manifest.services.iter().find(|one| one.name.value.as_str() == service);
    let values = service.into_iter().flat_map(|service| service.env.iter().map(|variable| &variable.value.value));
    let references = values.flat_map(Template::references).filter_map(|reference| match &reference.value {
        Reference::Secret(name) => Some(name.clone()),
        Reference::Value { .. } => None,
    });
    references.collect()
}

/// The variables of a service or app whose values secrets are part of.
pub fn variables_of(manifest: &Manifest, name: &Name) -> BTreeSet<String> {
    let services = manifest.services.iter().filter(|it| it.name.value == *name).flat_map(|it| &it.env);
    let apps = manifest.apps.iter().filter(|it| it.name.value == *name).flat_map(|it| &it.env);
    let written = services.chain(apps).filter(|it| !of_template(manifest, &it.value.value).is_empty());
    let written = written.map(|variable| variable.key.value.clone());
    // In commands a secret is a variable of ours.
    let declared = manifest.secrets.iter().map(|secret| super::env::secret_variable(&secret.name.value));
    written.chain(declared).collect()
}
