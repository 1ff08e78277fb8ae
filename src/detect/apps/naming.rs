//! What apps are called: as the repo calls them, each once.

use super::{Found, Role};
use crate::names::{LONGEST_NAME, Name};
use crate::repo::{Repo, join};

/// Two words as one name.
pub(super) fn joined(first: &str, second: &str) -> String {
    let room = LONGEST_NAME.saturating_sub(second.len() + 1);
    let first: String = first.chars().take(room).collect();
    Name::from_any(&format!("{}-{second}", first.trim_end_matches('-'))).to_string()
}

/// Gives each app its name.
pub(super) fn name(repo: &Repo, all: &mut [Found]) {
    let mut taken: Vec<String> = Vec::new();
    for found in all.iter_mut() {
        let wanted = wanted(repo, found);
        let name = Name::from_any(&wanted).to_string();
        let parent = found.app.path.rsplit('/').nth(1).unwrap_or_default().to_owned();
        let mut options = vec![name.clone()];
        if !parent.is_empty() {
            options.push(joined(&parent, &name));
        }
        options.push(joined(&name, &found.app.language.value));
        options.extend((2..1000).map(|number| joined(&name, &number.to_string())));
        let name = options.into_iter().find(|it| !taken.contains(it)).unwrap_or(name);
        taken.push(name.clone());
        found.app.name = name;
    }
}

/// The folder's name, else what its manifest calls it, else what it is.
fn wanted(repo: &Repo, found: &Found) -> String {
    let app = &found.app;
    if !app.name.is_empty() {
        return app.name.clone();
    }
    let folder = app.path.rsplit('/').next().unwrap_or_default();
    let is_telling = !["src", "app", "source", "code"].contains(&folder) && !folder.is_empty();
    if is_telling {
        return folder.to_owned();
    }
    if found.role == Role::Assets {
        return "assets".to_owned();
    }
    match manifest(repo, &app.path).filter(|name| !name.trim().is_empty() && found.role != Role::Client) {
        Some(name) => name,
        None if found.role == Role::Client => "web".to_owned(),
        None => "app".to_owned(),
    }
}

fn manifest(repo: &Repo, folder: &str) -> Option<String> {
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let last = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    let json = ["package.json", "composer.json", "deno.json"].iter().filter_map(|name| at(name)).find_map(|path| {
        let json = repo.json(&path)?;
        json.get("name")?.as_str().map(last)
    });
    let toml = || {
        ["pyproject.toml", "Cargo.toml"].iter().filter_map(|name| at(name)).find_map(|path| {
            let table = repo.toml(&path)?;
            let named = ["project", "package"].iter().find_map(|key| table.get(*key)?.get("name")?.as_str());
            named.map(str::to_owned)
        })
    };
    let module = || {
        let text = repo.text(&at("go.mod")?)?;
        let module = text.lines().find_map(|line| line.strip_prefix("module "))?.trim().to_owned();
        let mut parts = module.rsplit('/').filter(|part| !(part.starts_with('v') && part.len() < 4));
        parts.next().map(str::to_owned)
    };
    json.or_else(toml).or_else(module)
}
