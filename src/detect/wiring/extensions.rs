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
    for (_, extension) in
        DRIVERS.iter().filter(|(kind, extension)| uses(kind) && !(*extension == "redis" && has_predis))
    {
        app.toolchain.add(extension);
    }
    let calls = |sign: &str| {
        let code = repo.below(&app.path).filter(|path| path.ends_with(".php")).take(MOST_FILES);
        code.filter_map(|path| repo.text(path)).any(|text| text.contains(sign))
    };
    for (_, extension, _) in CALLED.iter().filter(|(kind, _, sign)| uses(kind) && calls(sign)) {
        app.toolchain.add(extension);
    }
}
