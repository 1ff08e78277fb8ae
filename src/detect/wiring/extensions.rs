//! What a toolchain needs so that an app can speak to its services: the drivers that PHP is published without.

use super::target::Target;
use crate::detect::{App, Toolchain};
use crate::repo::{Repo, join};

/// A kind of service, and the extension that speaks to it.
const DRIVERS: &[(&str, &str)] = &[
    ("postgres", "pdo_pgsql"),
    ("mysql", "pdo_mysql"),
    ("mariadb", "pdo_mysql"),
    ("mssql", "pdo_sqlsrv"),
    ("mongodb", "mongodb"),
    ("redis", "redis"),
    ("valkey", "redis"),
    ("memcached", "memcached"),
];

/// A kind of service, a further extension for it, and what code calls that wants this one.
const CALLED: &[(&str, &str, &str)] = &[
    ("postgres", "pgsql", "pg_connect("),
    ("mysql", "mysqli", "mysqli"),
    ("mariadb", "mysqli", "mysqli"),
    ("mssql", "sqlsrv", "sqlsrv_connect("),
];

/// What code calls that speaks to databases through PHP's common interface.
const PDO: &str = "PDO";

/// A package that speaks to Redis without an extension.
const WITHOUT_EXTENSION: &str = "predis/predis";

/// How much of the code is looked through.
const MOST_FILES: usize = 400;

pub fn drivers(repo: &Repo, app: &mut App, targets: &[Target]) {
    if !matches!(&app.toolchain, Toolchain::Catalog { id, .. } if id == "php") {
        return;
    }
    let composer = |name: &str| join(&app.path, name).and_then(|path| repo.text(&path));
    let has_predis = ["composer.json", "composer.lock"]
        .iter()
        .filter_map(|name| composer(name))
        .any(|text| text.contains(WITHOUT_EXTENSION));
    let uses = |kind: &str| targets.iter().any(|target| target.kind.id == kind);
    let calls = |sign: &str| {
        let code = repo.below(&app.path).filter(|path| path.ends_with(".php")).take(MOST_FILES);
        code.filter_map(|path| repo.text(path)).any(|text| text.contains(sign))
    };
    let called: Vec<_> = CALLED.iter().filter(|(kind, _, sign)| uses(kind) && calls(sign)).collect();
    let may_use_pdo = called.is_empty() || calls(PDO) || has_packages(repo, app);
    for (_, extension) in DRIVERS.iter().filter(|(kind, extension)| {
        let is_other = extension.starts_with("pdo_") && called.iter().any(|(known, ..)| known == kind);
        uses(kind) && !(*extension == "redis" && has_predis) && (may_use_pdo || !is_other)
    }) {
        app.toolchain.add(extension);
    }
    for (_, extension, _) in called {
        app.toolchain.add(extension);
    }
}

/// Whether code of others is fetched, of which nobody can tell here how it speaks to a database.
fn has_packages(repo: &Repo, app: &App) -> bool {
    let json = join(&app.path, "composer.json").and_then(|path| repo.json(&path));
    let required = json.as_ref().and_then(|json| json.get("require")?.as_object());
    required.is_some_and(|all| all.keys().any(|name| name.contains('/') && name != WITHOUT_EXTENSION))
}
