//! Which of the projects that were found are apps.
//!
//! | project | is an app |
//! |---|---|
//! | server, client or worker with a command | yes; not inside of another app of the same kind unless a workspace lists it |
//! | assets | where another project of the same or an outer folder serves them |
//! | program | where nothing in the repo answers requests, the outermost one; or its folder has a Dockerfile of its own |
//! | library | only where there is nothing else, so that a person can say what to do with it |

use super::places::is_within;
use super::{Found, Role};
use crate::repo::{Repo, join};

pub(super) fn select(repo: &Repo, found: Vec<Found>) -> Vec<Found> {
    let serves = |it: &Found| matches!(it.role, Role::Server | Role::Client) && it.app.run.is_some();
    let mut ranked: Vec<(usize, Found)> = found.into_iter().enumerate().collect();
    // Documents of a program are no app beside it.
    let is_book =
        |it: &Found| it.app.package_manager.is_none() && it.app.frameworks.iter().all(|it| it.value == "mkdocs");
    let is_page = |it: &Found| {
        it.app.language.value == "html"
            || it.app.language.value == "markdown"
            || (!it.app.frameworks.is_empty() && is_book(it))
    };
    let others = ranked.iter().any(|(_, it)| !is_page(it) && it.role != Role::Library);
    ranked.retain(|(_, it)| !(is_page(it) && others));
    ranked.sort_by_key(|(index, it)| {
        (rank(it), it.app.path.matches('/').count() + usize::from(!it.app.path.is_empty()), *index)
    });
    let all: Vec<Found> = ranked.into_iter().map(|(_, it)| it).collect();
    let has_server = all.iter().any(serves);
    let mut chosen: Vec<Found> = Vec::new();
    for it in &all {
        let keep = match it.role {
            Role::Server | Role::Client | Role::Worker => it.app.run.is_some() && !is_part(it, &chosen, &all),
            Role::Assets => it.app.run.is_some() && is_served(it, &all),
            Role::Program => it.app.run.is_some() && is_wanted(repo, it, &chosen, has_server),
            Role::Library => false,
        };
        if keep {
            chosen.push(it.clone());
        }
    }
    if !chosen.iter().any(|it| it.role != Role::Assets) {
        let main = all.iter().filter(|it| it.role != Role::Assets).min_by_key(|it| {
            (
                it.app.run.is_none(),
                it.role == Role::Library,
                it.app.path.matches('/').count() + usize::from(!it.app.path.is_empty()),
            )
        });
        let only = main.or(all.first()).cloned();
        if let Some(only) = only {
            chosen.retain(|it| *it != only);
            chosen.insert(0, only);
        }
    }
    chosen
}

/// Servers first, then what is shown, what works in the background, what is built.
fn rank(found: &Found) -> usize {
    match found.role {
        Role::Server if found.app.run.is_none() => 1,
        Role::Server => 0,
        Role::Client => 2,
        Role::Program => 3,
        Role::Worker => 4,
        Role::Assets => 5,
        Role::Library => 6,
    }
}

/// A project inside of one that is taken already, in the same language: a part that the outer one builds.
fn is_part(it: &Found, chosen: &[Found], all: &[Found]) -> bool {
    let same =
        |other: &&Found| other.app.language.value == it.app.language.value || (is_script(other) && is_script(it));
    let outer = chosen.iter().filter(same).filter(|other| {
        other.app.path != it.app.path && is_within(&it.app.path, &other.app.path) && !other.app.path.is_empty()
    });
    let below_root = || {
        chosen.iter().filter(same).any(|other| {
            other.app.path.is_empty()
                && !it.app.path.is_empty()
                && other.role == it.role
                && it.role == Role::Server
                && !is_script(it)
                && it.app.run.is_some()
                && is_weak(it, all)
        })
    };
    outer.count() > 0 || below_root()
}

/// A server of the same framework deeper than one folder below another app.
fn is_weak(it: &Found, _all: &[Found]) -> bool {
    it.app.frameworks.is_empty() || it.app.language.value == "elixir"
}

fn is_script(found: &Found) -> bool {
    ["javascript", "typescript"].contains(&found.app.language.value.as_str())
}

/// Whether somebody serves what this makes: a project of another language in the same folder or further out.
fn is_served(it: &Found, all: &[Found]) -> bool {
    all.iter().any(|other| {
        let serves =
            matches!(other.role, Role::Server | Role::Program) && other.app.run.is_some() || other.role == Role::Server;
        serves && !is_script(other) && is_within(&it.app.path, &other.app.path)
    }) || all
        .iter()
        .any(|other| other.role == Role::Server && !is_script(other) && sibling(&it.app.path, &other.app.path))
}

/// `src` and `assets` of the same folder.
fn sibling(one: &str, other: &str) -> bool {
    !one.is_empty() && !other.is_empty() && crate::repo::folder_of(one) == crate::repo::folder_of(other)
}

fn is_wanted(repo: &Repo, it: &Found, chosen: &[Found], has_server: bool) -> bool {
    let own_file = || join(&it.app.path, "Dockerfile").is_some_and(|path| repo.has(&path));
    let inside = chosen.iter().any(|other| other.role == Role::Program && is_within(&it.app.path, &other.app.path));
    match has_server {
        true => !it.app.path.is_empty() && own_file() && !is_part(it, chosen, &[]),
        false => {
            !inside
                && chosen.iter().all(|other| other.role != Role::Program || !is_within(&other.app.path, &it.app.path))
                && (chosen.is_empty()
                    || it.app.path.contains('/') == chosen[0].app.path.contains('/') && !chosen[0].app.path.is_empty())
        }
    }
}

/// Builds that run once come before those that serve what they make.
pub(super) fn join_builds(chosen: &mut [Found]) {
    let builds: Vec<(String, String)> = chosen
        .iter()
        .filter(|it| it.role == Role::Assets && it.app.once)
        .map(|it| (it.app.path.clone(), it.app.name.clone()))
        .collect();
    for found in chosen.iter_mut().filter(|it| it.role == Role::Server && !it.app.once) {
        for (path, name) in
            builds.iter().filter(|(path, _)| is_within(path, &found.app.path) || sibling(path, &found.app.path))
        {
            let _ = path;
            if !found.app.needs.contains(name) {
                found.app.needs.push(name.clone());
            }
        }
    }
}
