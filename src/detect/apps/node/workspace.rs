//! Packages that npm, pnpm, Yarn, bun or lerna know as one workspace.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::Value;

use super::super::Workspace;
use super::super::places;
use super::package::Package;
use crate::repo::{Repo, folder_of, join};

/// The workspaces of a repo, each with the folders of its members.
pub(super) fn workspaces(repo: &Repo, packages: &[Package]) -> Vec<Workspace> {
    let mut all = Vec::new();
    for package in packages {
        let globs = globs(repo, package);
        if globs.is_empty() {
            continue;
        }
        let Some(set) = set(&globs) else { continue };
        let inside = |folder: &str| -> bool {
            let below = match package.folder.is_empty() {
                true => Some(folder),
                false => folder.strip_prefix(&package.folder).and_then(|rest| rest.strip_prefix('/')),
            };
            below.is_some_and(|below| !below.is_empty() && set.is_match(below))
        };
        let members = repo.named("package.json").map(folder_of).filter(|folder| inside(folder));
        let members: Vec<String> = members.map(str::to_owned).collect();
        if !members.is_empty() {
            all.push(Workspace { toolchain: "node", root: package.folder.clone(), members });
        }
    }
    all
}

fn globs(repo: &Repo, package: &Package) -> Vec<String> {
    let mut globs = listed(package.json.get("workspaces"));
    globs.extend(listed(package.json.get("workspaces").and_then(|it| it.get("packages"))));
    if let Some(path) = join(&package.folder, "pnpm-workspace.yaml").filter(|path| repo.has(path))
        && let Some(yaml) = repo.yaml(&path)
    {
        let packages = yaml.get("packages").and_then(|it| it.as_sequence()).into_iter().flatten();
        globs.extend(packages.filter_map(|it| it.as_str().map(str::to_owned)));
    }
    if let Some(path) = join(&package.folder, "lerna.json").filter(|path| repo.has(path))
        && let Some(json) = repo.json(&path)
    {
        globs.extend(listed(json.get("packages")));
    }
    globs
}

fn listed(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

/// Those that a `!` leaves out are libraries or tests anyway.
fn set(globs: &[String]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs.iter().filter(|glob| !glob.starts_with('!')).take(200) {
        let glob = glob.trim_start_matches("./").trim_end_matches('/');
        if let Ok(glob) = GlobBuilder::new(glob).literal_separator(true).build() {
            builder.add(glob);
        }
    }
    builder.build().ok()
}

/// Whether a folder is the root of a workspace, or one of its members.
pub(super) fn around<'a>(all: &'a [Workspace], folder: &str) -> Option<&'a Workspace> {
    all.iter().find(|workspace| {
        workspace.root == folder
            || (places::is_within(folder, &workspace.root) && workspace.members.iter().any(|member| member == folder))
    })
}
