//! What runs may be exactly what `dev.lock` has written down since: then nothing about it has changed but how it is called.

use crate::engine::Engine;
use crate::model::fingerprint::IMAGE;
use crate::model::{ImageRef, Project, Unit};
use crate::plan::observed::{FoundUnit, Observed, Role};

/// Takes what is there for as it is wanted where it is made from the same content under another name.
pub(super) async fn overlook(engine: &Engine, project: &Project, found: &mut Observed) {
    for one in found.units.iter_mut().filter(|one| one.role == Role::Main) {
        let unit = project.unit(&one.name).filter(|unit| differs_in_name(unit, one));
        let Some((unit, image)) = unit.and_then(|unit| Some((unit, unit.image()?))) else { continue };
        if engine.is_made_of(&one.id, image).await {
            one.fingerprint = unit.fingerprint.clone();
        }
    }
}

fn differs_in_name(unit: &Unit, found: &FoundUnit) -> bool {
    unit.image().is_some_and(ImageRef::is_exact)
        && unit.fingerprint != found.fingerprint
        && !found.made_from.is_empty()
        && unit.made_from.changed_since(&found.made_from).all(|part| part == IMAGE)
}
