//! What was found twice is one thing: an app by its own files and in a compose file. And what only shows when everything is
//! put together: names and ports that two have.

use std::collections::BTreeSet;

use super::{App, Evidence, Findings, Note, Toolchain};

/// The apps of both kinds. `native` were found by their own files, `imported` in compose files.
///
/// An app that both know runs in its own toolchain, where a change of its code shows at once, and has the name, variables
/// and needs of the compose file, by which others know it. Other programs of the same folder, such as workers, run beside it.
pub fn apps(native: Vec<App>, imported: Vec<App>, notes: &mut Vec<Note>) -> Vec<App> {
    let mut all = native;
    let paths: BTreeSet<String> = imported.iter().map(|app| app.path.clone()).collect();
    let (mut left, mut imported) = (Vec::new(), imported);
    for path in paths {
        let (mut here, elsewhere): (Vec<App>, Vec<App>) = imported.into_iter().partition(|app| app.path == path);
        imported = elsewhere;
        let Some(main) = all.iter().position(|app| app.path == path && app.run.is_some()) else {
            left.append(&mut here);
            continue;
        };
        let is_main = |app: &App| app.port.is_some() && !app.once;
        let first = here.iter().position(is_main).or_else(|| here.iter().position(|app| !app.once));
        let Some(first) = first else {
            left.extend(here.into_iter().map(|app| beside(&all[main], app)));
            continue;
        };
        let same = here.remove(first);
        let others: Vec<App> = here.into_iter().map(|app| beside(&all[main], app)).collect();
        notes.extend(told(&same));
        merge(&mut all[main], same);
        left.extend(others);
    }
    all.extend(left);
    all
}

/// Takes over what only the compose file knows.
fn merge(app: &mut App, same: App) {
    app.name = same.name;
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
    app.ready = app.ready.take().or(same.ready);
    app.port = app.port.take().or(same.port);
}

/// Another program of the same folder: a worker, or a job such as a migration.
fn beside(main: &App, other: App) -> App {
    if other.run.is_none() {
        return other;
    }
    App {
        toolchain: main.toolchain.clone(),
        language: main.language.clone(),
        version: main.version.clone(),
        package_manager: main.package_manager.clone(),
        setup: main.setup.clone(),
        ..other
    }
}

fn told(same: &App) -> Option<Note> {
    let Toolchain::Build { file, .. } = &same.toolchain else { return None };
    let text = format!(
        "`{}` runs in its own toolchain, so that a change of its code shows at once; `build: {file}` would build it instead",
        same.name
    );
    Some(Note { text, evidence: same.language.evidence.iter().take(1).cloned().collect() })
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

/// Two apps on one port: the later one takes the next free one, which every app is told by `PORT`.
pub fn port_apart(findings: &mut Findings) {
    let all: BTreeSet<u16> = findings.apps.iter().filter_map(|app| app.port.as_ref().map(|port| port.value)).collect();
    let mut taken: BTreeSet<u16> = BTreeSet::new();
    let mut notes = Vec::new();
    for app in &mut findings.apps {
        let Some(port) = &mut app.port else { continue };
        if taken.insert(port.value) {
            continue;
        }
        let Some(free) = (port.value..u16::MAX).find(|port| !taken.contains(port) && !all.contains(port)) else {
            continue;
        };
        let text = format!("`{}` would listen on {} as another app does: it is given {free}", app.name, port.value);
        let evidence: Vec<Evidence> = port.evidence.clone();
        notes.push(Note { text, evidence });
        port.value = free;
        taken.insert(free);
    }
    findings.notes.extend(notes);
}
