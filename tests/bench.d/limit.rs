//! The limit: the stack of a `dev.yaml`, brought up by nothing but the calls to the engine that it takes, as many of them at
//! once as depend on nothing of each other. `tests/bench` measures `devenv` beside it.
//!
//! Same services, variables, data folders, ports and readiness questions, since they come from the same manifest by the same
//! code; nothing is looked up, remembered, watched or reported, and readiness is asked for every 10 ms.
//!
//! ```text
//! limit STEP FOLDER       prints how many milliseconds the step took, from the first call to the last answer
//! ```
#![expect(clippy::print_stdout, reason = "a program of its own, whose answer is a number")]

mod bare;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use devenv::host;
use devenv::manifest::{self, Manifest, ServiceSource};
use devenv::model::resolve::{Facts, Identity, resolve};
use devenv::model::{Project, Sensitive, ports};
use devenv::names::{EnvironmentId, Name, Port};

use bare::Bare;

/// Far from what devenv leases for the same stack.
const PORT_OFFSET: u16 = 21_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [step, folder] = arguments.as_slice() else {
        anyhow::bail!("usage: limit cold|warm|noop|changed|down|stops|exec|clean FOLDER");
    };
    let project = project(Path::new(folder))?;
    let began = Instant::now();
    let bare = Bare::connect(project)?;
    let took = match step.as_str() {
        "cold" => bare.cold().await.map(|()| began.elapsed()),
        "warm" => bare.warm().await.map(|()| began.elapsed()),
        "noop" => bare.noop().await.map(|()| began.elapsed()),
        "changed" => bare.changed().await.map(|()| began.elapsed()),
        "down" => bare.down().await.map(|()| began.elapsed()),
        "exec" => bare.exec().await.map(|()| began.elapsed()),
        "stops" => bare.slowest_stop().await,
        "clean" => bare.clean().await.map(|()| began.elapsed()),
        other => anyhow::bail!("no such step: {other}"),
    }?;
    println!("{:.2}", took.as_secs_f64() * 1000.0);
    Ok(())
}

fn project(folder: &Path) -> Result<Project> {
    let root = host::real_path(folder)?;
    let manifest = manifest::load("dev.yaml", &host::read_small(&root.join("dev.yaml"))?).map_err(first)?;
    let identity = Identity { id: EnvironmentId::of_checkout(&root), root };
    let facts = facts(&manifest, &identity)?;
    resolve(&manifest, &identity, &facts).map_err(first)
}

fn first(problems: Vec<devenv::problem::Problem>) -> anyhow::Error {
    problems.into_iter().next().map_or_else(|| anyhow::anyhow!("no problem named"), |it| anyhow::anyhow!("{}", it.what))
}

/// What devenv would find out about this computer, by rule instead.
fn facts(manifest: &Manifest, identity: &Identity) -> Result<Facts> {
    let beside = identity.root.with_extension("home");
    let mut leases = BTreeMap::new();
    for wanted in ports::wanted(manifest) {
        let port = Port::new(wanted.preferred.number() + PORT_OFFSET).context("no such port")?;
        leases.insert((wanted.owner, wanted.name), port);
    }
    let mut files = BTreeMap::new();
    for file in manifest.services.iter().flat_map(|service| &service.files) {
        let path = &file.source.value;
        files.insert(path.clone(), host::read_small(&identity.root.join(path))?);
    }
    let password = |name: &Name| (name.clone(), Sensitive::new("bench-and-nothing-else"));
    let from_catalog = manifest.services.iter().filter(|it| matches!(it.source.value, ServiceSource::Catalog { .. }));
    for folder in ["homes", "caches"] {
        host::create_folder(&beside.join(folder))?;
    }
    for app in &manifest.apps {
        host::create_folder(&beside.join("homes").join(app.name.value.as_str()))?;
    }
    Ok(Facts {
        user: host::user(),
        homes: beside.join("homes"),
        caches: beside.join("caches"),
        trust: None,
        proxy: Vec::new(),
        scripts: BTreeMap::new(),
        files,
        passwords: from_catalog.map(|service| password(&service.name.value)).collect(),
        leases,
        secrets: BTreeMap::new(),
        exact: BTreeMap::new(),
        build_inputs: BTreeMap::new(),
        generations: BTreeMap::new(),
        salt: b"bench".to_vec(),
    })
}

/// The pause between two questions to something that is not ready.
const PAUSE: Duration = Duration::from_millis(10);
