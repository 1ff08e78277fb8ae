//! Every folder in `tests/samples` is a repo as people have them: its manifest is fine, its plan from nothing is the one
//! written down beside it, and once that is carried out there is nothing left to do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use devenv::manifest::Manifest;
use devenv::model::resolve::{Facts, Identity, resolve};
use devenv::model::{Project, Sensitive};
use devenv::names::EnvironmentId;
use devenv::plan::Plan;
use devenv::plan::observed::{FoundState, FoundUnit, LastRun, Observed, Role, StepRecord};
use devenv::plan::up::{plan_up, with_needs};
use expect_test::expect_file;

use crate::support::Folder;

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut samples: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    samples.sort();
    assert!(samples.len() >= 12, "the samples have moved");
    samples
}

#[test]
fn every_manifest_is_fine() {
    let folder = Folder::empty();
    for sample in samples() {
        let ran = folder.run(&["-C", sample.to_str().unwrap(), "check"]).expect_success();
        assert!(ran.stdout.starts_with("dev.yaml is fine: ") && ran.stderr.is_empty(), "{}", ran.all());
    }
}

#[test]
fn every_plan_from_nothing_is_as_written_down() {
    for sample in samples() {
        let project = project(&sample);
        expect_file![sample.join("plan.txt")].assert_eq(&up(&project, &Observed::default()).render(&project));
    }
}

#[test]
fn after_every_plan_nothing_is_left_to_do() {
    for sample in samples() {
        let project = project(&sample);
        let plan = up(&project, &carried_out(&project));
        assert!(plan.is_empty(), "{}:\n{}", sample.display(), plan.render(&project));
    }
}

pub fn up(project: &Project, found: &Observed) -> Plan {
    plan_up(project, found, &with_needs(project, found, &[])).unwrap()
}

/// The repo on a computer where nothing runs and every port is free.
pub fn project(sample: &Path) -> Project {
    let manifest = devenv::manifest::load("dev.yaml", &std::fs::read(sample.join("dev.yaml")).unwrap()).unwrap();
    // Not where the sources happen to lie, so that the plan is the same everywhere.
    let root = Path::new("/repos").join(sample.file_name().unwrap());
    let identity = Identity { id: EnvironmentId::of_checkout(&root), root };
    resolve(&manifest, &identity, &facts(&manifest, sample)).unwrap()
}

fn facts(manifest: &Manifest, sample: &Path) -> Facts {
    let secret = |name: &str| (name.to_owned(), Sensitive::new("s3cret"));
    let files = manifest.services.iter().flat_map(|service| &service.files);
    let content = |path: &str| (path.to_owned(), std::fs::read(sample.join(path)).unwrap());
    Facts {
        user: Some((1000, 1000)),
        passwords: manifest.services.iter().map(|it| (it.name.value.clone(), Sensitive::new("pw"))).collect(),
        secrets: manifest.secrets.iter().map(|it| secret(&it.name.value)).collect(),
        files: files.map(|file| content(&file.source.value)).collect(),
        build_inputs: manifest.apps.iter().map(|app| (app.name.value.clone(), "0123abcd".to_owned())).collect(),
        salt: vec![1],
        ..Facts::default()
    }
}

/// What would be found after the plan from nothing.
fn carried_out(project: &Project) -> Observed {
    let done = StepRecord { last: Some(LastRun::Succeeded), stale: None };
    let unit = |unit: &devenv::model::Unit| FoundUnit {
        id: unit.name.to_string(),
        name: unit.name.clone(),
        role: Role::Main,
        fingerprint: unit.fingerprint.clone(),
        made_from: unit.made_from.clone(),
        state: match unit.kind {
            devenv::model::Kind::Job => FoundState::Ended(0),
            _ => FoundState::Running,
        },
    };
    let data = project.units.iter().filter_map(|unit| unit.data.as_ref());
    let written = |by: &Option<(String, String)>| by.as_ref().map(|(id, major)| format!("{id}@{major}"));
    Observed {
        network: Some("one".to_owned()),
        units: project.units.iter().map(unit).collect(),
        data: data.map(|data| (data.name.clone(), written(&data.written_by))).collect(),
        setup: project.units.iter().map(|it| (it.name.clone(), vec![done.clone(); it.setup.steps.len()])).collect(),
        ..Observed::default()
    }
}

#[test]
fn every_service_and_toolchain_of_the_catalog_is_in_a_sample() {
    let used: BTreeSet<&str> =
        samples().iter().flat_map(|sample| project(sample).units).filter_map(|unit| unit.catalog_id).collect();
    let services = devenv::catalog::services::ALL.iter().map(|entry| entry.id);
    let runtimes = devenv::catalog::runtimes::ALL.iter().map(|entry| entry.id);
    let missing: Vec<&str> = services.chain(runtimes).filter(|id| !used.contains(id)).collect();
    assert!(missing.is_empty(), "in no sample: {missing:?}");
}

#[test]
fn images_are_named_in_full() {
    for sample in samples() {
        for unit in project(&sample).units {
            let Some(image) = unit.image() else { continue };
            assert!(image.repository.contains('/') && !image.tag.is_empty(), "{}: {image}", unit.name);
        }
    }
}
