//! `Cargo.toml`: dependencies that are not optional, with the features that choose a database.

use toml::{Table, Value};

use super::{Ecosystem, found, in_file, speaks};
use crate::detect::services::clue::Clues;
use crate::repo::{line_of, name_of};

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| name_of(path) == "Cargo.toml") {
        let (Some(table), Some(text)) = (repo.toml(path), repo.text(path)) else { continue };
        let sections = [table.get("dependencies"), table.get("workspace").and_then(|it| it.get("dependencies"))];
        let by_default = default_features(&table);
        for (name, value) in sections.into_iter().flatten().filter_map(Value::as_table).flatten() {
            let optional = value.get("optional").and_then(Value::as_bool) == Some(true);
            if optional && !by_default.iter().any(|feature| feature == name || *feature == format!("dep:{name}")) {
                continue;
            }
            let line = line_of(&text, &format!("{name} = ")).or_else(|| line_of(&text, name));
            let package = value.get("package").and_then(Value::as_str).unwrap_or(name);
            found(clues, Ecosystem::Rust, package, path, line);
            let own = value.get("features").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let chosen = by_default.iter().filter_map(|feature| feature.strip_prefix(name.as_str())?.strip_prefix('/'));
            for feature in own.chain(chosen) {
                database(clues, package, feature, (path, line));
            }
        }
    }
}

/// A mapper's feature that stands for a database.
fn database(clues: &mut Clues, package: &str, feature: &str, (path, line): (&str, Option<usize>)) {
    let mappers =
        ["sqlx", "diesel", "diesel-async", "sea-orm", "sea-orm-migration", "ormx", "rocket_db_pools", "refinery"];
    if !mappers.contains(&package) {
        return;
    }
    let feature = feature.trim_start_matches("sqlx-").trim_start_matches("diesel_").trim_start_matches("tokio-");
    match feature.trim_start_matches("sqlx_") {
        "postgres" | "postgres_backend" => speaks(clues, "postgres", path, line),
        "mysql" | "mysql_backend" | "mysql_async" => speaks(clues, "mysql", path, line),
        "mssql" => speaks(clues, "mssql", path, line),
        "sqlite" | "sqlite-unbundled" | "rusqlite" => in_file(clues, path, line),
        _ => {}
    }
}

/// What `default` of `[features]` names, and what that names in turn.
fn default_features(table: &Table) -> Vec<String> {
    let Some(features) = table.get("features").and_then(Value::as_table) else { return Vec::new() };
    let mut found = vec!["default".to_owned()];
    let mut next = 0;
    while let Some(name) = found.get(next).cloned() {
        next += 1;
        let named = features.get(&name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for feature in named {
            if !found.iter().any(|known| known == feature) {
                found.push(feature.to_owned());
            }
        }
    }
    found
}
