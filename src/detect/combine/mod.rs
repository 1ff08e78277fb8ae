//! What was found twice is one thing: an app by its own files and in a compose file. And what only shows when everything is
//! put together: names and ports that two have.

mod notes;

use std::collections::{BTreeMap, BTreeSet};

use super::compose::is_for_tests;
use super::{App, Engine, Fact, Findings, ServiceSource, Toolchain};
use crate::repo::name_of;
use notes::{Built, Moved, as_built, in_own_toolchain, moved_apart};

/// Joins the apps of compose files with those found by their own files, which are in `findings` already. `sources` says in which
/// folder the code of an imported app is; `ready_made` are those that are built without any of it.
///
/// An app that both know runs in its own toolchain, where a change of its code shows at once, and has the name, variables
/// and needs of the compose file, by which others know it. Other programs of the same folder, such as workers, run beside it.
pub fn apps(
    findings: &mut Findings,
    imported: Vec<App>,
    sources: &BTreeMap<String, String>,
    ready_made: &BTreeSet<String>,
) {
    let mut by_folder: Vec<(String, Vec<App>)> = Vec::new();
    for app in imported {
        let folder = sources.get(&app.name).unwrap_or(&app.path).clone();
        match by_folder.iter_mut().find(|(known, _)| *known == folder) {
            Some((_, apps)) => apps.push(app),
            None => by_folder.push((folder, vec![app])),
        }
    }
    let (mut built, mut own) = (Vec::new(), Vec::new());
    for (folder, mut here) in by_folder {
        let Some(main) = findings.apps.iter().position(|app| app.path == folder && app.run.is_some()) else {
            // What is only known to be built there is built there.
            findings.apps.retain(|app| app.path != folder || app.run.is_some());
            built.extend(here.iter().filter_map(Built::of));
            findings.apps.append(&mut here);
            continue;
        };
        let is_it = |app: &App| !app.once && !ready_made.contains(&app.name) && !is_for_tests(&app.name);
        let same = here.iter().position(|app| is_it(app) && app.port.is_some());
        let same = same.or_else(|| here.iter().position(is_it));
        if let Some(same) = same.map(|index| here.remove(index)) {
            own.extend(Built::of(&same));
            rename(findings, main, &same.name);
            merge(&mut findings.apps[main], same);
        }
        let (of_others, here): (Vec<App>, Vec<App>) = here.into_iter().partition(|it| ready_made.contains(&it.name));
        findings.apps.extend(of_others);
        let others: Vec<App> = here.into_iter().map(|app| beside(&findings.apps[main], app)).collect();
        // A `Procfile` knows the same worker.
        findings.apps.retain(|app| app.path != folder || !others.iter().any(|other| is_same_worker(app, other)));
        findings.apps.extend(others);
    }
    findings.notes.extend(as_built(&built));
    findings.notes.extend(in_own_toolchain(&own));
}

/// What a compose file takes ready-made, but is written in this repo, is the app and no service.
pub fn own_services(findings: &mut Findings) {
    let (mut services, mut index) = (std::mem::take(&mut findings.services), 0);
    while index < services.len() {
        let is_own = |app: &App| {
            let folder = name_of(&app.path);
            let ServiceSource::Image(image) = &services[index].source else { return false };
            let program = name_of(image).split([':', '@']).next().unwrap_or_default();
            !folder.is_empty() && app.run.is_some() && (program == folder || services[index].name == folder)
        };
        match findings.apps.iter().position(is_own) {
            Some(app) => {
                let service = services.remove(index);
                rename(findings, app, &service.name);
                let app = &mut findings.apps[app];
                app.env.extend(service.env);
                app.needs.extend(service.needs);
                let place = service.evidence.first().cloned();
                app.published = service.published.zip(place).map(|(port, place)| Fact::new(port, place));
            }
            None => index += 1,
        }
    }
    findings.services = services;
}

/// Whether two programs without a port do the same work: the same words, but for options and what is set before them.
fn is_same_worker(one: &App, other: &App) -> bool {
    let words = |app: &App| -> Vec<String> {
        let run = app.run.as_ref().map_or("", |run| run.value.as_str());
        let words = run.split_whitespace().skip_while(|word| word.contains('='));
        let words = words.filter(|word| !["bundle", "exec", "poetry", "uv", "run", "pipenv"].contains(word));
        words.filter(|word| !word.starts_with('-')).take(3).map(str::to_owned).collect()
    };
    let is_worker = |app: &App| app.port.is_none() && !app.once && app.run.is_some();
    is_worker(one) && is_worker(other) && words(one) == words(other) && !words(one).is_empty()
}

/// Takes over what only the compose file knows.
fn merge(app: &mut App, same: App) {
    let own = std::mem::replace(&mut app.env, same.env);
    for variable in own {
        if !app.env.iter().any(|known| known.value.key == variable.value.key) {
            app.env.push(variable);
        }
    }
    for need in same.needs {
        if !app.needs.contains(&need) {
            app.needs.push(need);
        }
    }
    app.built = same.built;
    app.engine = of_any_surroundings(same.engine);
    app.ready = app.ready.take().or(same.ready);
    app.published = same.published.filter(|published| is_meant(published.value, app.port.as_ref(), same.port.as_ref()));
    app.port = app.port.take().or(same.port);
}

/// Whether people look for an app at the port that a compose file publishes, although it listens on `own` in its own toolchain:
/// where the file gives it that number on purpose, and not only hands on that of another way to start it.
fn is_meant(published: u16, own: Option<&Fact<u16>>, in_file: Option<&Fact<u16>>) -> bool {
    let is = |port: Option<&Fact<u16>>| port.is_some_and(|port| port.value == published);
    published >= 1024 && !is(own) && (!is(in_file) || own.is_none())
}

/// Another program of the same folder: a worker, or a job such as a migration.
fn beside(main: &App, other: App) -> App {
    if other.run.is_none() || has_tools_of_its_own(main, &other) {
        return other;
    }
    App {
        toolchain: main.toolchain.clone(),
        language: main.language.clone(),
        version: main.version.clone(),
        package_manager: main.package_manager.clone(),
        setup: main.setup.clone(),
        restart_on: Vec::new(),
        engine: of_any_surroundings(other.engine),
        ..other
    }
}

/// Whether a compose file gives it a toolchain that is not the main app's: Node for the pages of a program in PHP.
fn has_tools_of_its_own(main: &App, other: &App) -> bool {
    match (&main.toolchain, &other.toolchain) {
        (Toolchain::Catalog { id: own, .. }, Toolchain::Catalog { id, .. }) => own != id,
        _ => false,
    }
}

/// What goes for a program wherever it comes from; its command and user are those of other surroundings.
fn of_any_surroundings(engine: Engine) -> Engine {
    Engine { entrypoint: None, command: None, user: None, workdir: None, ..engine }
}

/// Gives everything a name of its own, services first: their names are those by which others know them.
pub fn name_apart(findings: &mut Findings) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    findings.services.retain(|service| taken.insert(service.name.clone()));
    for index in 0..findings.apps.len() {
        let name = findings.apps[index].name.clone();
        let tries = std::iter::once(name.clone()).chain([format!("{name}-app")]);
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let Some(free) = tries.chain(numbered).find(|name| !taken.contains(name)) else { continue };
        taken.insert(free.clone());
        if free != name {
            rename(findings, index, &free);
        }
    }
}

/// Gives an app another name; tasks and questions follow where no other app has the old one.
fn rename(findings: &mut Findings, index: usize, name: &str) {
    let old = std::mem::replace(&mut findings.apps[index].name, name.to_owned());
    if findings.apps.iter().any(|app| app.name == old) {
        return;
    }
    findings.tasks.iter_mut().filter(|task| task.app == old).for_each(|task| name.clone_into(&mut task.app));
    findings.unresolved.iter_mut().filter(|it| it.about == old).for_each(|it| name.clone_into(&mut it.about));
}

/// Two apps that people would look for at one port: the later one is found at the next free one.
pub fn port_apart(findings: &mut Findings) {
    let all: BTreeSet<u16> = findings.apps.iter().filter_map(App::expected_at).collect();
    let mut taken: BTreeSet<u16> = BTreeSet::new();
    let mut moved: Vec<Moved> = Vec::new();
    // What is built or comes ready-made listens where it does, whatever it is told.
    let is_fixed = |app: &App| !matches!(app.toolchain, Toolchain::Catalog { .. } | Toolchain::Tools { .. });
    let (fixed, told): (Vec<&mut App>, Vec<&mut App>) = findings.apps.iter_mut().partition(|app| is_fixed(app));
    for app in fixed.into_iter().chain(told) {
        let Some((expected, port)) = app.expected_at().zip(app.port.as_ref()) else { continue };
        if taken.insert(expected) {
            continue;
        }
        let Some(free) = (expected..u16::MAX).find(|port| !taken.contains(port) && !all.contains(port)) else {
            continue;
        };
        let evidence = app.published.as_ref().map_or(&port.evidence, |it| &it.evidence).clone();
        moved.push((expected, app.name.clone(), free, evidence.clone()));
        app.published = Some(Fact { value: free, evidence });
        taken.insert(free);
    }
    findings.notes.extend(moved_apart(&moved));
}

#[cfg(test)]
mod tests;
