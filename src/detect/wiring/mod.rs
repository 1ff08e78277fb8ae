//! How apps are told where their services are: the variables that they ask for, with references as values; secrets that are
//! made; and what has to run before, where nobody said it yet.

mod frameworks;
mod migrations;
mod reach;
mod secrets;
mod target;
mod template;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use super::{App, Evidence, Fact, Note, Secret, Service, Variable};
use crate::repo::Repo;
use target::Target;
use variables::Seen;

/// Which folders say that they use which kinds of services.
pub type Users = BTreeMap<String, BTreeSet<String>>;

/// What came of it beside the apps' own variables and steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wired {
    pub secrets: Vec<Secret>,
    pub notes: Vec<Note>,
}

/// Gives every app its variables, its steps of preparation, and what it needs without a variable.
pub fn wire(repo: &Repo, apps: &mut [App], services: &[Service], users: &Users) -> Wired {
    let mut wired = Wired::default();
    let paths: Vec<String> = apps.iter().map(|app| app.path.clone()).collect();
    for app in apps.iter_mut().filter(|app| app.run.is_some()) {
        let folders = reach::of(repo, &app.path, &paths);
        let targets = used(services, users, &folders);
        let seen = variables::of(repo, &folders, &app.path);
        let mut plain: Vec<&Seen> = Vec::new();
        for variable in &seen {
            match template::value(variable, &targets, &seen, app) {
                Some(value) => set(app, &variable.key, value, &variable.evidence),
                None => plain.push(variable),
            }
        }
        frameworks::conventions(repo, app, &targets, &folders);
        secrets::make(repo, app, &plain, &mut wired);
        needs(app, &targets, &seen, &mut wired.notes);
        migrations::steps(repo, app, &targets);
    }
    wired
}

/// The services that an app's folders use; all, where nobody is known to use one.
fn used<'a>(services: &'a [Service], users: &Users, folders: &[String]) -> Vec<Target<'a>> {
    // What starts only when it is named is nobody's address.
    let all = services.iter().filter(|service| !service.optional).filter_map(Target::of);
    all.filter(|target| {
        let known = users.get(target.kind.id).filter(|known| !known.is_empty());
        known.is_none_or(|known| folders.iter().any(|folder| known.contains(folder)))
    })
    .collect()
}

/// What was said before stays.
fn set(app: &mut App, key: &str, value: String, evidence: &Evidence) {
    if app.env.iter().any(|own| own.value.key == key) {
        return;
    }
    app.env.push(Fact::new(Variable { key: key.to_owned(), value }, evidence.clone()));
}

/// A service that no variable refers to is needed all the same, and its address may be written down.
fn needs(app: &mut App, targets: &[Target], seen: &[Seen], notes: &mut Vec<Note>) {
    for target in targets {
        let name = &target.service.name;
        let refers = app.env.iter().any(|variable| variable.value.value.contains(&format!("${{{name}.")));
        if refers || app.needs.contains(name) {
            continue;
        }
        app.needs.push(name.clone());
        let is_asked =
            seen.iter().any(|it| it.is_read && super::services::kinds::by_variable(&it.key) == Some(target.kind));
        if is_asked || target.kind.id == "mailpit" {
            continue;
        }
        let text = format!(
            "no variable tells `{}` where `{name}` is: an address that it has written down must not be localhost, but `{name}`",
            app.name
        );
        let note = Note { text, evidence: target.service.evidence.clone() };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}
