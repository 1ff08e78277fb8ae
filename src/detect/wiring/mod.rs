//! How apps are told where their services are: the variables that they ask for, with references as values; secrets that are
//! made; and what has to run before, where nobody said it yet.

pub mod built;
mod extensions;
mod followers;
mod frameworks;
mod libpq;
mod migrations;
mod neighbours;
mod plain;
mod reach;
mod said;
pub mod secrets;
mod target;
mod template;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeSet;

use super::services::{Uses, Written};
use super::{App, Evidence, Fact, Note, Secret, Service, Variable};
use crate::repo::Repo;
use crate::words;
use target::Target;
use variables::Seen;

/// What came of it beside the apps' own variables and steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wired {
    pub secrets: Vec<Secret>,
    pub notes: Vec<Note>,
}

/// What a compose file takes ready-made has been told there what it needs.
fn is_written_here(app: &App) -> bool {
    app.run.is_some() && app.language.value != "other"
}

/// Gives every app its variables, its steps of preparation, and what it needs without a variable.
pub fn wire(repo: &Repo, apps: &mut [App], services: &[Service], uses: &Uses) -> Wired {
    let mut wired = Wired::default();
    let paths: Vec<String> = apps.iter().map(|app| app.path.clone()).collect();
    let fronts: Vec<bool> = apps.iter().map(|app| reach::is_front(app, apps)).collect();
    let reach = reach::Reach::new(repo);
    let read = variables::Read::new(repo, reach.projects());
    let mut prepared: Vec<String> = Vec::new();
    let is_only = apps.iter().filter(|app| app.run.is_some()).count() == 1;
    let mut found = Vec::new();
    for (index, is_front) in fronts.into_iter().enumerate() {
        if !is_written_here(&apps[index]) {
            continue;
        }
        let folders = reach.of(repo, project_of(&apps[index]), &paths);
        let seen = variables::of(repo, &read, &folders, &apps[index], is_only);
        if is_front {
            found.extend(neighbours::of(apps, index, &seen.iter().collect::<Vec<_>>(), true));
            continue;
        }
        let targets = used(services, uses, &folders);
        let app = &mut apps[index];
        let mut plain: Vec<&Seen> = Vec::new();
        for variable in &seen {
            let value = template::value(variable, &targets, &seen, app);
            match value.or_else(|| given(variable, &targets, (uses, &folders), app)) {
                Some(value) => set(app, &variable.key, value, &variable.evidence),
                None => plain.push(variable),
            }
        }
        frameworks::conventions(repo, app, &targets, &folders);
        libpq::variables(app, &targets, uses, &folders);
        extensions::drivers(repo, app, &targets);
        secrets::make(repo, app, &plain, &mut wired);
        said::plainly(repo, app, &plain);
        needs(app, &targets, (uses, &folders), &mut wired.notes);
        // Workers of the same folder wait for the first app of it.
        if !prepared.contains(&app.path) {
            migrations::steps(repo, app, &targets);
            prepared.push(app.path.clone());
        }
        migrations::inputs(repo, app);
        found.extend(neighbours::of(apps, index, &plain, false));
    }
    neighbours::introduce(apps, found);
    followers::wait(apps, services);
    wired.notes = said_once(wired.notes);
    wired
}

/// What is true of several apps for the same reason is one note, with the first one's name.
fn said_once(notes: Vec<Note>) -> Vec<Note> {
    /// The name that a note begins with, and the rest.
    fn parts(note: &Note) -> Option<(String, String)> {
        let (name, rest) = note.text.strip_prefix('`')?.split_once('`')?;
        Some((name.to_owned(), rest.to_owned()))
    }
    let mut once: Vec<(Note, Vec<String>)> = Vec::new();
    for note in notes {
        let own = parts(&note);
        let is_same = |known: &&mut (Note, Vec<String>)| {
            own.is_some() && parts(&known.0).map(|it| it.1) == own.clone().map(|it| it.1)
        };
        match (once.iter_mut().find(is_same), &own) {
            (Some((known, others)), Some((name, _))) => {
                others.push(format!("`{name}`"));
                let new: Vec<Evidence> = note.evidence.into_iter().filter(|it| !known.evidence.contains(it)).collect();
                known.evidence.extend(new);
            }
            _ => once.push((note, Vec::new())),
        }
    }
    let told = once.into_iter().map(|(note, others)| match others.len() {
        0 => note,
        _ => Note { text: format!("{}; the same goes for {}", note.text, words::list(&others)), ..note },
    });
    told.collect()
}

/// The services that an app's folders use; all, where nobody is known to use one.
fn used<'a>(services: &'a [Service], uses: &Uses, folders: &[String]) -> Vec<Target<'a>> {
    // What starts only when it is named is nobody's address.
    let all = services.iter().filter(|service| !service.optional).filter_map(Target::of);
    let mut targets: Vec<Target> = all
        .filter(|target| {
            let known: Vec<&BTreeSet<String>> =
                target.kind.family().iter().filter_map(|id| uses.folders.get(*id)).collect();
            known.is_empty() || known.iter().any(|known| folders.iter().any(|folder| known.contains(folder)))
        })
        .collect();
    // What only tests use comes last, so that the other one is found first.
    targets.sort_by_key(|target| target.is_for_tests());
    targets
}

/// The address of the service whose client is given a variable, whatever that is called.
fn given(variable: &Seen, targets: &[Target], (uses, folders): (&Uses, &[String]), app: &App) -> Option<String> {
    let given = uses.given.iter().find(|it| it.key == variable.key && folders.contains(&it.project))?;
    let target = targets.iter().find(|target| target.kind.family().contains(&given.kind))?;
    template::whole(variable, target, app)
}

/// The folder of what is run: one of several projects that are worked on from one folder, as .NET has them.
fn project_of(app: &App) -> &str {
    let run = app.run.as_ref().map_or("", |run| run.value.as_str());
    let named = run.strip_prefix("dotnet run --project ").map(|rest| rest.split(' ').next().unwrap_or(rest));
    named.filter(|folder| app.path.is_empty() && !folder.starts_with(['"', '\''])).unwrap_or(&app.path)
}

/// What was said before stays.
fn set(app: &mut App, key: &str, value: String, evidence: &Evidence) {
    if app.env.iter().any(|own| own.value.key == key) {
        return;
    }
    app.env.push(Fact::new(Variable { key: key.to_owned(), value }, evidence.clone()));
}

/// A service that no variable refers to is needed all the same, and its address may be written down.
fn needs(app: &mut App, targets: &[Target], (uses, folders): (&Uses, &[String]), notes: &mut Vec<Note>) {
    for target in targets {
        let name = &target.service.name;
        let refers = |name: &str| app.env.iter().any(|variable| variable.value.value.contains(&format!("${{{name}.")));
        let another = targets.iter().any(|other| other.kind == target.kind && refers(&other.service.name));
        // What only a compose file has is needed by what that file says.
        let is_known = target.kind.family().iter().any(|id| uses.folders.contains_key(*id));
        if !is_known || refers(name) || another || target.is_for_tests() || app.needs.contains(name) {
            continue;
        }
        app.needs.push(name.clone());
        let is_own = |it: &&Written| target.kind.family().contains(&it.kind.as_str()) && folders.contains(&it.project);
        let Some(written) = uses.addresses.iter().find(|it| is_own(it) && it.host.as_ref() != Some(name)) else {
            continue;
        };
        let host = written.host.as_deref().unwrap_or("localhost");
        let text = format!(
            "`{}` looks for `{name}` at `{host}`, as it is written down: inside, that has to be `{name}`",
            app.name
        );
        notes.push(Note { text, evidence: vec![written.evidence.clone()] });
    }
}
