//! What a toolchain needs so that an app can speak to its services: the drivers that PHP is published without.

use super::target::Target;
use crate::detect::{App, Toolchain};
use crate::repo::{Repo, join};

/// A kind of service, and the extensions that speak to it: the one that is taken anyway, and one that only some code calls,
/// by a sign of that.
const DRIVERS: &[(&str, &str, Option<(&str, &str)>)] = &[
    ("postgres", "pdo_pgsql", Some(("pgsql", "pg_connect("))),
    ("mysql", "pdo_mysql", Some(("mysqli", "mysqli"))),
    ("mariadb", "pdo_mysql", Some(("mysqli", "mysqli"))),
    ("mssql", "pdo_sqlsrv", Some(("sqlsrv", "sqlsrv_connect("))),
    ("mongodb", "mongodb", None),
    ("redis", "redis", None),
    ("valkey", "redis", None),
    ("memcached", "memcached", None),
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
    for (kind, usual, other) in DRIVERS {
        if !targets.iter().any(|target| target.kind.id == *kind) || (*usual == "redis" && has_predis) {
            continue;
        }
        app.toolchain.add(usual);
        let calls = |sign: &str| {
            let code = repo.below(&app.path).filter(|path| path.ends_with(".php")).take(MOST_FILES);
            code.filter_map(|path| repo.text(path)).any(|text| text.contains(sign))
        };
        if let Some((extension, sign)) = other
            && calls(sign)
        {
            app.toolchain.add(extension);
        }
    }
}
