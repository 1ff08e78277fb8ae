//! Apps whose clients are told no address: libpq, and the drivers that do as it does, take it from variables of their own.
//! (PostgreSQL's documentation, "Environment Variables" of libpq.)

use super::set;
use super::target::Target;
use crate::detect::App;
use crate::detect::services::Uses;

const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "database"),
];

/// Sets them where one of the app's folders has such a client, and no other variable leads to the database.
pub fn variables(app: &mut App, targets: &[Target], uses: &Uses, folders: &[String]) {
    let Some(client) = uses.libpq.iter().find(|it| folders.contains(&it.project)) else { return };
    let Some(target) = targets.iter().find(|it| it.kind.id == "postgres" && !it.is_for_tests()) else { return };
    let begins = format!("${{{}.", target.service.name);
    let refers = |key: &str, value: &str| value.contains(&begins) && !VARIABLES.iter().any(|(own, _)| *own == key);
    if app.env.iter().any(|it| refers(&it.value.key, &it.value.value)) {
        return;
    }
    for (key, attribute) in VARIABLES {
        if let Some(value) = target.get(attribute) {
            set(app, key, value, &client.evidence);
        }
    }
}
