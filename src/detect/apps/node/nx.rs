//! Apps of an nx workspace that have no `package.json` of their own: `project.json` says how each is served.

use super::super::{Found, Role, pins, places, scan};
use super::package::Package;
use super::package_manager::Manager;
use super::servers::FRAMEWORKS;
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join, line_of};

/// The usual ports of what serves, by a part of its name.
const EXECUTORS: &[(&str, Role, u16)] = &[
    ("@nx/next", Role::Client, 4200),
    ("@nx/vite", Role::Client, 4200),
    ("@nx/webpack:dev-server", Role::Client, 4200),
    ("@nx/angular", Role::Client, 4200),
    ("@angular", Role::Client, 4200),
    ("@nx/react", Role::Client, 4200),
    ("@nx/web", Role::Client, 4200),
    ("dev-server", Role::Client, 4200),
    ("@nx/js:node", Role::Server, 3000),
    ("@nx/node", Role::Server, 3000),
    ("@nrwl/", Role::Server, 3000),
];

pub(super) fn apps(repo: &Repo, packages: &[Package]) -> Vec<Found> {
    let Some(root) = packages.iter().find(|package| package.folder.is_empty()).filter(|_| repo.has("nx.json")) else {
        return Vec::new();
    };
    let own =
        |path: &&str| !packages.iter().any(|package| package.folder == folder_of(path) && !package.scripts.is_empty());
    places::manifests(repo.named("project.json"))
        .into_iter()
        .filter(own)
        .filter_map(|path| app(repo, root, path))
        .collect()
}

fn app(repo: &Repo, root: &Package, path: &str) -> Option<Found> {
    let json = repo.json(path)?;
    let folder = folder_of(path);
    if json.get("projectType").and_then(|it| it.as_str()) == Some("library") {
        return None;
    }
    let serve = json.get("targets")?.get("serve")?;
    let name = json.get("name").and_then(|it| it.as_str()).or_else(|| folder.rsplit('/').next())?;
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_@/".contains(c));
    let executor = serve.get("executor").and_then(|it| it.as_str()).unwrap_or_default();
    let (_, role, usual) = EXECUTORS.iter().find(|(part, _, _)| executor.contains(part))?;
    let manager = Manager::of(repo, root);
    let at = |needle: &str| Evidence::at(path, repo.text(path).and_then(|text| line_of(&text, needle)));
    let version = pins::choose(repo, "", &pins::NODE, super::node_pins(repo, root));
    let language = Fact::new("typescript", Evidence::file(path));
    let mut found = Found::of_catalog("", *role, language, "node", version);
    found.app.name = name.rsplit('/').next().unwrap_or(name).to_owned();
    found = found.managed_by(manager.name, manager.version.clone(), manager.evidence.clone());
    for framework in FRAMEWORKS.iter().filter(|it| it.role == Some(*role) && root.uses(it.dependency)).take(1) {
        found = found.framework(framework.name, root.evidence(&format!("\"{}\"", framework.dependency)));
    }
    for step in manager.install() {
        found = found.step(step, manager.evidence.clone());
    }
    let said = serve.get("options").and_then(|it| it.get("port")).and_then(|it| it.as_u64());
    let said =
        said.and_then(|port| scan::is_port(u32::try_from(port).ok()?)).map(|port| Fact::new(port, at("\"port\"")));
    let source = json.get("sourceRoot").and_then(|it| it.as_str()).unwrap_or(folder);
    let entry = join(source, "main.ts");
    let code = || super::places_of_ports::of_code(repo, entry.as_slice());
    let port = said.or_else(code).or_else(|| Some(Fact::new(*usual, at("\"executor\""))));
    is_plain.then(|| found.run(manager.execute(&format!("nx serve {name}")), at("\"serve\"")).port(port))
}
