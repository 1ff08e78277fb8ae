//! Whether a repo is one project, a workspace, or several that only share it.
//!
//! | what there is | layout |
//! |---|---|
//! | a workspace of the main app's tool with at least two projects, and every app is in it | monorepo |
//! | apps in at least two places that are not each other's front page, styles or worker | several |
//! | anything else | single |

use super::places::is_within;
use super::{Found, Role, Workspace};
use crate::detect::{Layout, Toolchain};

pub(super) fn layout(chosen: &[Found], all: &[Found], workspaces: &[Workspace]) -> Layout {
    let Some(main) = chosen.first() else { return Layout::Single };
    let places = places(chosen);
    if let Some(workspace) = workspace_of(main, workspaces) {
        let is_inside =
            |place: &(String, String)| place.1 == workspace.toolchain && is_within(&place.0, &workspace.root);
        let own = usize::from(!workspace.members.contains(&workspace.root));
        let virtual_root = chosen.iter().all(|it| it.app.path != workspace.root) || workspace.toolchain == "rust";
        let enough = workspace.members.len() >= 2
            || (workspace.members.len() + own >= 2 && virtual_root && workspace.toolchain != "rust");
        if enough && places.iter().all(is_inside) {
            return Layout::Monorepo;
        }
    }
    if places.len() > 1 || stands_beside_another(main, all) { Layout::Several } else { Layout::Single }
}

/// Without a project at the root, and with one beside the main app's folder that is built by itself.
fn stands_beside_another(main: &Found, all: &[Found]) -> bool {
    let top = |found: &Found| found.app.path.split('/').next().unwrap_or_default().to_owned();
    let has_root = all.iter().any(|it| it.app.path.is_empty());
    let is_built = |it: &&Found| {
        it.role != Role::Library && top(it) != top(main) && !["assets", "static"].contains(&top(it).as_str())
    };
    !has_root && all.iter().any(|it| is_built(&it))
}

fn id(found: &Found) -> String {
    match &found.app.toolchain {
        Toolchain::Catalog { id, .. } if id == "bun" => "node".to_owned(),
        Toolchain::Catalog { id, .. } => id.clone(),
        _ => match found.app.language.value.as_str() {
            "typescript" | "javascript" => "node".to_owned(),
            language => language.to_owned(),
        },
    }
}

/// Where the apps are and what they run in, without those that only belong to another one.
fn places(chosen: &[Found]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let is_own = |found: &&Found| {
        !matches!(found.role, Role::Assets | Role::Worker) || found.app.name.is_empty() && found.role == Role::Worker
    };
    let mut own: Vec<&Found> = chosen.iter().filter(is_own).collect();
    if own.is_empty() {
        own.extend(chosen.first());
    }
    for found in own {
        // Projects of one solution are started from the same folder.
        let place = match &found.app.name {
            name if name.is_empty() || found.role != Role::Server => found.app.path.clone(),
            name => format!("{}/{name}", found.app.path).trim_start_matches('/').to_owned(),
        };
        let place = (place, id(found));
        if !all.contains(&place) {
            all.push(place);
        }
    }
    all
}

fn workspace_of<'a>(main: &Found, workspaces: &'a [Workspace]) -> Option<&'a Workspace> {
    let own = id(main);
    workspaces.iter().find(|it| it.toolchain == own && is_within(&main.app.path, &it.root))
}
