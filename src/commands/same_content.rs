//! What runs may be exactly what `dev.lock` has written down since: then nothing about it has changed but how it is called.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::model::fingerprint::IMAGE;
use crate::model::{ImageRef, Project, Unit};
use crate::names::Name;
use crate::plan::observed::{FoundUnit, Observed, Role};

/// Takes what is there for as it is wanted where it is made from the same content under another name; answers that name, by which
/// setup steps remember what they ran in.
pub(super) async fn overlook(engine: &Engine, project: &Project, found: &mut Observed) -> BTreeMap<Name, String> {
    let looks = found.units.iter().map(async |one| {
        let unit = project.unit(&one.name).filter(|unit| one.role == Role::Main && differs_in_name(unit, one))?;
        engine.is_made_of(&one.id, unit.image()?).await.then(|| unit.fingerprint.clone())
    });
    let same = futures_util::future::join_all(looks).await;
    let mut other_names = BTreeMap::new();
    for (one, fingerprint) in found.units.iter_mut().zip(same) {
        if let Some(fingerprint) = fingerprint {
            one.fingerprint = fingerprint;
            other_names.extend(one.made_from.get(IMAGE).map(|name| (one.name.clone(), name.to_owned())));
        }
    }
    other_names
}

fn differs_in_name(unit: &Unit, found: &FoundUnit) -> bool {
    unit.image().is_some_and(ImageRef::is_exact)
        && unit.fingerprint != found.fingerprint
        && !found.made_from.is_empty()
        && unit.made_from.changed_since(&found.made_from).all(|part| part == IMAGE)
}
