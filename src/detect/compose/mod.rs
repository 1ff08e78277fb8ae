//! Compose files → what a repo is made of: databases of the catalog under their names and with their credentials, apps from what
//! is built here, and a word about everything that has no equivalent.

mod app;
mod choose;
mod engine;
mod images;
mod losses;
mod named;
mod names;
mod read;
mod role;
mod service;
mod stand_in;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use choose::Choice;
pub use choose::variant;
pub use read::is_secret;

use super::{Evidence, Findings, Note};
use crate::compose::project::{Project, Service};
use crate::compose::{Location, Reason, Refusal};
use crate::repo::Repo;
use losses::Losses;
use names::Names;
use read::{Read, evidence};
use role::Role;

/// What the compose files of development say; nothing where there are none.
pub fn findings(repo: &Repo, from_devcontainer: &[Choice]) -> Understood {
    let mut all = Understood::default();
    for choice in choose::choose(repo, from_devcontainer) {
        let Understood { findings, sources, ready_made } = of_project(repo, &choice);
        add(&mut all.findings, findings);
        all.ready_made.extend(ready_made);
        for (app, folder) in sources {
            all.sources.entry(app).or_insert(folder);
        }
    }
    all
}

/// What compose files say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Understood {
    pub findings: Findings,
    /// By the names of apps, the folder of what is written of each, which another way of looking may know as well. An app's own
    /// path is what it is built from, often the whole repo.
    pub sources: BTreeMap<String, String>,
    /// The names of apps whose Dockerfile takes nothing of the repo: a program of others, with what it needs.
    pub ready_made: BTreeSet<String>,
}

/// What one project says.
pub fn of_project(repo: &Repo, choice: &Choice) -> Understood {
    let read = read::read(repo, choice);
    let project = &read.reading.project;
    let names = Names::of(project);
    let roles = role::of_all(repo, project);
    let mut context = Context {
        repo,
        project,
        read: &read,
        names: &names,
        roles: &roles,
        profiles: active_profiles(&read),
        losses: Losses::default(),
        read_bytes: 0,
        findings: Findings::default(),
    };
    for (service, place) in &read.unversioned {
        context.losses.add("its version is not said anywhere, so the newest is taken", service, place);
    }
    for service in &project.services {
        context.service(service);
    }
    let Context { losses, mut findings, .. } = context;
    findings.notes.extend(losses.notes());
    findings.notes.extend(refusals(&read, choice));
    findings.unfollowed.extend(unfollowed(&read, choice));
    findings.notes.extend(names.notes());
    findings.notes.extend(unset(&read, choice));
    findings.secrets.extend(read.secrets.iter().cloned());
    let apps = project.services.iter().filter_map(|service| match roles.get(service.name.as_str())? {
        Role::App { from, .. } => Some((names.get(&service.name).to_owned(), role::source_of(repo, service, from))),
        _ => None,
    });
    let sources = apps.collect();
    let takes_nothing = project.services.iter().filter(|service| match roles.get(service.name.as_str()) {
        Some(Role::App { from, .. }) => role::takes_nothing(repo, service, from),
        _ => false,
    });
    let ready_made = takes_nothing.map(|service| names.get(&service.name).to_owned()).collect();
    Understood { findings, sources, ready_made }
}

/// What is known while a project's services are looked at.
struct Context<'a> {
    repo: &'a Repo,
    project: &'a Project,
    read: &'a Read,
    names: &'a Names,
    roles: &'a BTreeMap<&'a str, Role>,
    /// Those that are on.
    profiles: BTreeSet<String>,
    losses: Losses,
    /// Of files of variables so far.
    read_bytes: usize,
    findings: Findings,
}

impl Context<'_> {
    fn service(&mut self, service: &Service) {
        let Some(role) = self.roles.get(service.name.as_str()) else { return };
        match role {
            Role::Known { .. } | Role::Image => {
                let found = self.service_of(service, role);
                self.findings.services.push(found);
            }
            Role::App { .. } => {
                let found = self.app_of(service, role);
                self.findings.apps.push(found);
            }
            Role::LeftOut { why } => self.losses.add(*why, &service.name, &service.place),
        }
    }

    /// It starts only when it is named: behind a profile that is off, or only for tests.
    fn is_optional(&self, service: &Service) -> bool {
        is_for_tests(&service.name) || self.is_behind_profile(service)
    }

    fn is_behind_profile(&self, service: &Service) -> bool {
        !service.profiles.is_empty() && !service.profiles.iter().any(|profile| self.profiles.contains(profile))
    }

    /// Names of what has to be ready first, of what is there.
    fn needs(&self, service: &Service) -> Vec<String> {
        let mut needs = Vec::new();
        for dependency in &service.depends_on {
            let Some(other) = self.project.services.iter().find(|other| other.name == dependency.service) else {
                continue;
            };
            if matches!(self.roles.get(other.name.as_str()), None | Some(Role::LeftOut { .. })) {
                continue;
            }
            let is_optional = self.is_optional(other) && (!dependency.required || !self.is_optional(service));
            let name = self.names.get(&other.name);
            needs.push(if is_optional { format!("{name}?") } else { name.to_owned() });
        }
        needs
    }
}

/// Whether a name says that only tests need it.
pub fn is_for_tests(name: &str) -> bool {
    const TESTS: &[&str] =
        &["test", "tests", "testing", "e2e", "playwright", "cypress", "selenium", "chromium", "tester"];
    name.to_ascii_lowercase().split(['-', '_']).any(|word| TESTS.contains(&word))
}

/// Profiles that `.env` turns on; where nothing is without one, those that mean development.
fn active_profiles(read: &Read) -> BTreeSet<String> {
    let said = read.variables.get("COMPOSE_PROFILES").map(String::as_str).unwrap_or_default();
    let said: BTreeSet<String> =
        said.split(',').map(|profile| profile.trim().to_owned()).filter(|profile| !profile.is_empty()).collect();
    let services = &read.reading.project.services;
    if !said.is_empty() || services.iter().any(|service| service.profiles.is_empty()) {
        return said;
    }
    // A database that everything else is behind is needed with any of them.
    let all: BTreeSet<&String> = services.iter().flat_map(|service| &service.profiles).collect();
    let usual = ["default", "dev", "development", "local", "all", "full"];
    let usual = usual.iter().find(|name| all.iter().any(|profile| profile == *name));
    usual.map_or_else(|| all.into_iter().cloned().collect(), |name| [(*name).to_owned()].into())
}

/// What the reference implementation would not take or we do not follow, as far as a person has to know it.
fn refusals(read: &Read, choice: &Choice) -> Vec<Note> {
    let note = |refusal: &Refusal| {
        let text = match &refusal.reason {
            Reason::NoEnvFile(path) => format!("`{path}` is not there, and no example of it"),
            Reason::Remote { what, url } => not_followed(what, url),
            reason => format!("this file is wrong as it stands: {reason}"),
        };
        Note { text, evidence: vec![place_of(refusal, choice)] }
    };
    read.reading.refusals.iter().map(note).collect()
}

/// What is left to a person, since it lies behind an address.
fn unfollowed(read: &Read, choice: &Choice) -> Vec<Note> {
    let refusals = read.reading.refusals.iter();
    let remote = refusals.filter_map(|refusal| match &refusal.reason {
        Reason::Remote { what, url } => {
            Some(Note { text: not_followed(what, url), evidence: vec![place_of(refusal, choice)] })
        }
        _ => None,
    });
    remote.collect()
}

fn not_followed(what: &str, url: &str) -> String {
    format!(
        "`{what}` of {url} is not followed: devenv reads what lies in the repo and fetches no settings from elsewhere; what it adds is \
         missing. Copy it into the repo and name that file, or write what is missing into dev.yaml"
    )
}

fn place_of(refusal: &Refusal, choice: &Choice) -> Evidence {
    let main = || Evidence::file(choice.files.first().cloned().unwrap_or_default());
    refusal.place.as_ref().map_or_else(main, evidence)
}

fn unset(read: &Read, choice: &Choice) -> Option<Note> {
    let names = &read.reading.unset;
    let file = Evidence::file(choice.files.first()?.clone());
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let text = format!("variables that nothing sets are empty: {}", quoted.join(", "));
    (!names.is_empty()).then(|| Note { text, evidence: vec![file] })
}

/// Puts one project's beside another's; of two with one name the first stays.
fn add(all: &mut Findings, more: Findings) {
    let mut taken: BTreeSet<String> = all.services.iter().map(|it| it.name.clone()).collect();
    taken.extend(all.apps.iter().map(|it| it.name.clone()));
    let (services, apps) = (more.services, more.apps);
    for service in services {
        if taken.contains(&service.name) {
            let is_same = all.services.iter().any(|known| known.name == service.name && known.source == service.source);
            if !is_same {
                all.notes.push(twice(&service.name, service.evidence));
            }
        } else {
            all.services.push(service);
        }
    }
    for app in apps {
        if taken.contains(&app.name) {
            all.notes.push(twice(&app.name, app.language.evidence));
        } else {
            all.apps.push(app);
        }
    }
    all.notes.extend(more.notes);
    all.unfollowed.extend(more.unfollowed);
    all.secrets.extend(
        more.secrets
            .into_iter()
            .filter(|secret| !all.secrets.iter().any(|it| it.name == secret.name))
            .collect::<Vec<_>>(),
    );
}

fn twice(name: &str, evidence: Vec<Evidence>) -> Note {
    Note { text: format!("`{name}` is there twice, in two files: the first is taken"), evidence }
}

/// The path of something in the repo.
fn inside(location: &Location) -> Option<&str> {
    if let Location::Inside(path) = location { Some(path) } else { None }
}
