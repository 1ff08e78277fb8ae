//! What this repo wants, held against what is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::Failure;
use super::super::context::{Context, app_folder};
use super::super::facts::Purpose;
use super::super::found::is_all_on_host;
use super::super::secrets::Effort;
use super::super::status;
use super::gather::Late;
use super::of_engine::OfEngine;
use super::of_lock;
use crate::doctor::facts::{Ailment, Holder, MadeFor, PortFacts, Repo, Script, Unwell};
use crate::engine::Engine;
use crate::events::State;
use crate::execute::Runner;
use crate::host::{self, Listener, Named};
use crate::manifest::{App, AppSource, Manifest};
use crate::model::resolve::{Identity, project_name, resolve};
use crate::model::{self, Kind, Project, Source, ports};
use crate::names::{EnvironmentId, Name, Port};
use crate::plan::observed::{FoundState, FoundUnit, Role};
use crate::problem::{Exit, Problem};
use crate::state::{self, Checkouts};

/// For scripts that nothing names.
const WALK: Duration = Duration::from_millis(150);
const LIMIT: Duration = Duration::from_millis(400);

/// What dev.yaml says.
#[derive(Default)]
pub(super) struct Reading {
    manifest: Option<Manifest>,
    /// `None` = it can't be understood.
    pub project: Option<Project>,
    problems: Vec<Problem>,
}

pub(super) async fn look(
    late: &Late,
    context: &Context,
    (identity, reading): (&Identity, &Reading),
    (of_engine, engine): (&OfEngine, Option<&Engine>),
) -> Repo {
    let mut repo = Repo { root: identity.root.clone(), ..Repo::default() };
    let Reading { manifest, project, problems } = reading;
    repo.manifest_problems.clone_from(problems);
    let Some(manifest) = manifest else { return repo };
    repo.is_all_on_host = is_all_on_host(manifest);
    repo.project = project_name(manifest, identity).to_string();
    (repo.services, repo.apps) = (manifest.services.len(), manifest.apps.len());
    // Without the engine's word any of its ports would look like a stranger's, our own services' among them.
    if of_engine.about.is_some() || repo.is_all_on_host {
        repo.ports = look_at_ports(context, (identity, manifest), of_engine);
    }
    repo.unexecutable = unexecutable(&identity.root, manifest);
    repo.missing_secrets = missing_secrets(context, identity, manifest);
    let (root, named) = (identity.root.clone(), named_scripts(&identity.root, manifest));
    let scripts = tokio::task::spawn_blocking(move || scripts(&root, named));
    let made = async {
        match (engine.filter(|_| of_engine.about.is_some()), project) {
            (Some(engine), Some(project)) => made_for(engine, project).await,
            _ => Vec::new(),
        }
    };
    let unwell = unwell(context, (identity, manifest), engine.filter(|_| of_engine.about.is_some()));
    let answers = engine.filter(|_| of_engine.about.is_some());
    let (lock, scripts, made, unwell) = futures_util::join!(
        of_lock::look(context, (identity, manifest), answers),
        late.within(LIMIT, "line endings of scripts", scripts),
        late.within(LIMIT, "what is downloaded", made),
        late.within(LIMIT, "how services and apps are", unwell)
    );
    repo.unwell = unwell.flatten().unwrap_or_default();
    repo.crlf_scripts = scripts.and_then(Result::ok).unwrap_or_default();
    repo.made = made.unwrap_or_default();
    repo.lock = lock;
    repo
}

/// What was started and is not as it should be; nothing while somebody is at work on it.
async fn unwell(
    context: &Context,
    (identity, manifest): (&Identity, &Manifest),
    engine: Option<&Engine>,
) -> Option<Vec<Unwell>> {
    const ASK: Duration = Duration::from_millis(250);
    const SHOWN_LINES: u32 = 5;
    if host::is_held(&context.folders.environment(&identity.id).join("lock")) {
        return None;
    }
    let engine = match engine {
        Some(engine) => engine.clone(),
        None if is_all_on_host(manifest) => Engine::absent().ok()?,
        None => return None,
    };
    let (facts, _) = context.facts(manifest, identity, &Purpose::Glance).ok()?;
    let look = status::overview(context, &engine, (identity, manifest), (&facts, ASK)).await.ok()?;
    let supervisor = context.supervisor(identity);
    let runner = Runner { engine: &engine, supervisor: &supervisor };
    let unwell = look.rows.into_iter().filter_map(|row| {
        let report = row.report;
        let again = status::restarts(&supervisor, &report.name);
        let how = match report.state {
            State::Failed => Ailment::Ended,
            State::Running if report.kind != Kind::Job => Ailment::Silent,
            _ if again.is_some() => Ailment::CrashesAgain,
            _ => return None,
        };
        let why = again.or(row.why).unwrap_or_default();
        let found = look.found.units.iter().rfind(|one| one.name == report.name && one.role == Role::Main)?;
        Some(async move {
            let output = runner.last_lines(&found.id, SHOWN_LINES).await;
            Unwell { unit: report.name.to_string(), how, why, output }
        })
    });
    Some(futures_util::future::join_all(unwell).await)
}

/// As `devenv check` does.
pub(super) fn read(context: &Context, identity: &Identity) -> Reading {
    let of_manifest = |failure: Failure| match failure {
        Failure::Problems(problems) => problems.iter().filter(|one| one.exit == Exit::Manifest).cloned().collect(),
        Failure::Shown(_) | Failure::Bug(_) => Vec::new(),
    };
    let manifest = match context.manifest(identity) {
        Ok(manifest) => manifest,
        Err(failure) => return Reading { problems: of_manifest(failure), ..Reading::default() },
    };
    let lock = context.lockfile(&identity.root).err();
    match context.facts(&manifest, identity, &Purpose::Glance) {
        Ok((facts, _)) => {
            let project = resolve(&manifest, identity, &facts).ok();
            Reading { manifest: Some(manifest), project, problems: lock.into_iter().collect() }
        }
        Err(failure) => Reading { manifest: Some(manifest), project: None, problems: of_manifest(failure) },
    }
}

fn look_at_ports(
    context: &Context,
    (identity, manifest): (&Identity, &Manifest),
    of_engine: &OfEngine,
) -> Vec<PortFacts> {
    let wishes = ports::wanted(manifest);
    let before = state::leased_before(&context.folders, &identity.id, &wishes);
    let checkouts = Checkouts::read(&context.folders);
    let on_host: BTreeSet<Name> = running_on_host(context, identity);
    let facts = wishes.into_iter().map(|wanted| {
        let leased = before.iter().find(|one| one.wanted == wanted).map(|one| one.port);
        let port = leased.unwrap_or(wanted.preferred);
        let is_own = on_host.contains(&wanted.owner);
        let holder = if is_own { None } else { holder(context, (port, leased), &identity.id, (&checkouts, of_engine)) };
        PortFacts { unit: wanted.owner.to_string(), port: port.number(), was_leased: leased.is_some(), holder }
    });
    facts.collect()
}

/// Those that run on this computer itself and have their ports: where somebody else answers on one, it is not theirs.
pub(super) fn running_on_host(context: &Context, identity: &Identity) -> BTreeSet<Name> {
    let supervisor = context.supervisor(identity);
    let ports = state::ports_of(&context.folders, &identity.id);
    let has_its_port = |unit: &FoundUnit| {
        let port = ports.get(&unit.name);
        port.is_none_or(|port| !matches!(supervisor.listener(&unit.id, *port), Listener::Stranger(_)))
    };
    let found = supervisor.observe().into_iter();
    found.filter(|unit| unit.state == FoundState::Running && has_its_port(unit)).map(|unit| unit.name).collect()
}

/// Who has a port, when it is not this environment itself.
fn holder(
    context: &Context,
    (port, leased): (Port, Option<Port>),
    own: &EnvironmentId,
    (checkouts, of_engine): (&Checkouts, &OfEngine),
) -> Option<Holder> {
    let in_engine = of_engine.ports.iter().find(|one| one.port == port.number());
    match in_engine.map(|one| &one.of) {
        Some(Some((id, ..))) if *id == own.to_string() => return None,
        Some(Some((_, unit, checkout))) => {
            return Some(Holder::Environment { unit: unit.clone(), checkout: checkout.clone() });
        }
        Some(None) => return Some(Holder::Engine),
        None => {}
    }
    if leased.is_none()
        && let Some((id, unit)) = state::leased_to(&context.folders, port).filter(|(id, _)| id != own)
    {
        let checkout = checkouts.get(&id).map(|checkout| checkout.path.clone()).unwrap_or_default();
        return Some(Holder::Environment { unit, checkout });
    }
    if host::is_free(port) {
        return None;
    }
    Some(match host::holder(port) {
        Some(holder) => {
            Holder::Program { folder: host::folder_of(holder.pid), pid: holder.pid, program: holder.program }
        }
        None => Holder::Unknown,
    })
}

/// Those that nothing but a person can give.
fn missing_secrets(context: &Context, identity: &Identity, manifest: &Manifest) -> Vec<String> {
    let services = manifest.services.iter().map(|service| &service.name.value);
    let names = services.chain(manifest.apps.iter().map(|app| &app.name.value)).cloned().collect();
    let mut needed = model::secrets::of_units(manifest, &names);
    let comes_by_itself = |name: &String| {
        let secret = manifest.secrets.iter().find(|secret| secret.name.value == *name);
        secret.is_some_and(|secret| secret.from.is_some() || secret.generate.is_some() || secret.optional)
    };
    needed.retain(|name| !comes_by_itself(name));
    if needed.is_empty() {
        return Vec::new();
    }
    let found = context.find_secrets((identity, manifest), &needed, Effort::Look);
    found.map(|found| found.missing.into_keys().collect()).unwrap_or_default()
}

async fn made_for(engine: &Engine, project: &Project) -> Vec<MadeFor> {
    let images = project.units.iter().filter_map(|unit| match &unit.source {
        Source::Image(image) => Some((unit.name.to_string(), image)),
        Source::Build(_) | Source::Equipped(_) | Source::Host => None,
    });
    let asked = images.map(|(unit, image)| async move {
        let architecture = engine.architecture_of(image).await?;
        Some(MadeFor { unit, title: image.name_here(), architecture })
    });
    futures_util::future::join_all(asked).await.into_iter().flatten().collect()
}

/// Files that commands of the manifest name, and who runs each.
fn named_scripts(root: &Path, manifest: &Manifest) -> Vec<(PathBuf, String)> {
    let mut named = Vec::new();
    let mut note = |folder: &Path, text: &str, by: &Name| {
        let words =
            text.split(|c: char| c.is_whitespace() || "\"'`;&|()<>=".contains(c)).filter(|word| !word.is_empty());
        named.extend(words.map(|word| (folder.join(word.trim_start_matches("./")), by.to_string())));
    };
    for service in &manifest.services {
        let name = &service.name.value;
        service.run.iter().for_each(|run| note(root, &run.value.as_written(), name));
        service.files.iter().for_each(|file| note(root, &file.source.value, name));
    }
    for app in &manifest.apps {
        let (folder, name) = (app_folder(root, app), &app.name.value);
        let steps = app.setup.iter().map(|step| &step.run).chain(&app.run);
        steps.for_each(|run| note(&folder, &run.value.as_written(), name));
        dockerfile(&folder, app).iter().for_each(|text| note(&folder, text, name));
    }
    for task in &manifest.tasks {
        let app = manifest.apps.iter().find(|app| task.app.as_ref().is_none_or(|of| of.value == app.name.value));
        let folder = app.map_or_else(|| root.to_owned(), |app| app_folder(root, app));
        note(&folder, &task.run.value.as_written(), &task.name.value);
    }
    named
}

/// Scripts of the repo that commands of the manifest run by themselves.
fn unexecutable(root: &Path, manifest: &Manifest) -> Vec<Script> {
    let apps = manifest.apps.iter().flat_map(|app| {
        let steps = app.setup.iter().map(|step| &step.run).chain(&app.run);
        steps.map(move |run| (app_folder(root, app), run.value.as_written(), app.name.value.to_string()))
    });
    let mut found: Vec<Script> = Vec::new();
    for (folder, text, by) in apps {
        for path in run_by_path(&text).map(|path| folder.join(path)).filter(|path| host::lacks_right_to_run(path)) {
            let relative = host::real_path(&path).ok().and_then(|real| Some(real.strip_prefix(root).ok()?.to_owned()));
            found.extend(relative.map(|path| Script { path, run_by: Some(by.clone()) }));
        }
    }
    found.dedup_by(|one, other| one.path == other.path);
    found
}

/// The programs of a command line that are named by their path, as far as a look at its words tells.
fn run_by_path(text: &str) -> impl Iterator<Item = &str> {
    let commands = text.split(['&', ';', '|', '\n', '(']);
    commands.filter_map(|command| {
        let mut words = command.split_whitespace().skip_while(|word| *word == "exec" || word.contains('='));
        words.next().filter(|word| word.contains('/') && !word.starts_with('/'))
    })
}

/// What a build copies and runs is named in it.
fn dockerfile(folder: &Path, app: &App) -> Option<String> {
    let AppSource::Build(build) = &app.source.value else { return None };
    let path = folder.join(&build.file);
    let path = if host::is_folder(&path) { path.join("Dockerfile") } else { path };
    Some(String::from_utf8_lossy(&host::read_small(&path).ok()?).replace(['[', ']', ','], " "))
}

fn scripts(root: &Path, named: Vec<(PathBuf, String)>) -> Vec<Script> {
    let mut found: Vec<Script> = Vec::new();
    let mut add = |path: &Path, run_by: Option<String>| {
        let Some(relative) = host::real_path(path).ok().and_then(|real| Some(real.strip_prefix(root).ok()?.to_owned()))
        else {
            return;
        };
        if !found.iter().any(|script| script.path == relative) {
            found.push(Script { path: relative, run_by });
        }
    };
    for (path, by) in named {
        if host::has_windows_line_ends(&path, Named::ByManifest) {
            add(&path, Some(by));
        }
    }
    host::scripts_with_windows_line_ends(root, WALK).iter().for_each(|path| add(path, None));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_run_by_its_path_is_found_in_a_command() {
        let found = |text| run_by_path(text).collect::<Vec<_>>();
        assert_eq!(found("DEBUG=1 exec ./start.sh --all"), ["./start.sh"]);
        assert_eq!(found("npm ci && bin/seed a/b; (tools/x | cat)"), ["bin/seed", "tools/x"]);
        assert!(found("sh ./start.sh").is_empty() && found("/usr/bin/env x").is_empty() && found("").is_empty());
    }
}
