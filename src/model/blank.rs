//! What the first start of a database depends on: two services for which that is the same begin with the same empty data, but for
//! the password.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Engine, Kind, Probe, Sensitive, Unit};
use crate::catalog;
use crate::words;

/// Changes whenever empty data is made in another way than before.
const SCHEME: &str = "1";

/// A service whose empty data can be made ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// What makes it, such as `postgres@17`.
    pub of: String,
    /// What it is known by, on one engine.
    pub key: String,
}

/// `made_from` is the engine's id of what the service is made from, `engine` where that is; `seed` what its seed is known by, where
/// the data is to have it.
///
/// `None` = only the service itself can make its data: it is no database whose password can be changed later, or the manifest
/// asks for something that its first start may heed.
pub fn blank_of(unit: &Unit, (made_from, engine): (&str, &str), seed: Option<&str>) -> Option<Blank> {
    let entry = catalog::service(unit.catalog_id?)?;
    let data = unit.data.as_ref()?;
    let (id, version) = data.written_by.as_ref()?;
    let is_database =
        matches!(entry.probe, catalog::Probe::Postgres | catalog::Probe::Mysql) && unit.kind == Kind::Service;
    let is_usual = unit.binds.is_empty()
        && unit.files.is_empty()
        && unit.user.is_none()
        && unit.engine == Engine::default()
        && unit.command.is_none()
        && entry.data.is_some_and(|usual| usual.path_in(unit.version.as_deref().unwrap_or_default()) == data.path);
    let known = |key: &str| entry.env.iter().any(|(known, _)| *known == key);
    let has_only_known = unit.env.len() == entry.env.len() && unit.env.iter().all(|(key, _)| known(key));
    if !is_database || !is_usual || !has_only_known {
        return None;
    }
    let passwords = passwords(unit);
    let named = unit.env.iter().filter(|(key, _)| !passwords.contains(&key.as_str()));
    let of = format!("{id}@{version}");
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    [SCHEME, &of, made_from, engine, &data.path].into_iter().for_each(&mut add);
    seed.iter().for_each(|seed| ["seed", seed].into_iter().for_each(&mut add));
    named.for_each(|(key, value)| [key, value.reveal()].into_iter().for_each(&mut add));
    Some(Blank { of, key: words::hex(&hash.finalize()) })
}

/// The variables that hold a password.
fn passwords(unit: &Unit) -> Vec<&'static str> {
    let entry = unit.catalog_id.and_then(catalog::service);
    let env = entry.map_or(&[][..], |entry| entry.env);
    env.iter().filter(|(_, template)| template.contains("{password}")).map(|(key, _)| *key).collect()
}

/// The service that makes empty data in a folder: the same, with a password of its own, and nowhere to be reached.
pub fn maker(unit: &Unit, folder: &str, password: &Sensitive) -> Unit {
    let mut maker = unit.clone();
    let passwords = passwords(unit);
    for (_, value) in maker.env.iter_mut().filter(|(key, _)| passwords.contains(&key.as_str())) {
        *value = password.clone();
    }
    if let Probe::Protocol { login, .. } = &mut maker.ready.probe {
        login.password = login.password.as_ref().map(|_| password.clone());
    }
    (maker.port, maker.more_ports) = (None, Vec::new());
    if let Some(data) = &mut maker.data {
        folder.clone_into(&mut data.name);
    }
    maker
}

/// The variables of a maker, as its data will know them.
pub fn login(maker: &Unit) -> BTreeMap<String, String> {
    maker.env.iter().map(|(key, value)| (key.clone(), value.reveal().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resolve::{Facts, Identity, resolve};
    use crate::names::EnvironmentId;

    /// The service `db` of a manifest, in a checkout of its own with passwords of its own.
    fn db(service: &str, checkout: &str) -> Unit {
        let manifest =
            crate::manifest::load("dev.yaml", format!("services: {{ db: {service} }}\n").as_bytes()).unwrap();
        let identity = Identity { id: EnvironmentId::of_checkout(checkout.as_ref()), root: checkout.into() };
        let db = crate::names::Name::parse("db").unwrap();
        let facts = Facts { passwords: [(db.clone(), Sensitive::new(checkout))].into(), ..Facts::default() };
        resolve(&manifest, &identity, &facts).unwrap().unit(&db).unwrap().clone()
    }

    fn key(service: &str, checkout: &str) -> Option<String> {
        blank_of(&db(service, checkout), ("sha256:1", "unix:///e"), None).map(|blank| blank.key)
    }

    #[test]
    fn only_the_password_and_the_checkout_make_no_difference() {
        for id in ["postgres", "mysql", "mariadb"] {
            assert!(key(id, "/a").is_some(), "{id}");
            assert_eq!(key(id, "/a"), key(id, "/b"));
        }
        let other = [
            key("postgres", "/a"),
            key("postgres@16", "/a"),
            key("{ use: postgres, env: { POSTGRES_USER: sam } }", "/a"),
            key("{ use: postgres, env: { POSTGRES_DB: shop } }", "/a"),
            blank_of(&db("postgres", "/a"), ("sha256:2", "unix:///e"), None).map(|blank| blank.key),
            blank_of(&db("postgres", "/a"), ("sha256:1", "unix:///f"), None).map(|blank| blank.key),
            blank_of(&db("postgres", "/a"), ("sha256:1", "unix:///e"), Some("1")).map(|blank| blank.key),
            blank_of(&db("postgres", "/a"), ("sha256:1", "unix:///e"), Some("2")).map(|blank| blank.key),
        ];
        let different: std::collections::BTreeSet<_> = other.iter().collect();
        assert_eq!(different.len(), other.len());
        assert_eq!(key("{ use: postgres, env: { POSTGRES_PASSWORD: x } }", "/a"), key("postgres", "/b"));
    }

    #[test]
    fn where_a_first_start_may_do_anything_else_the_service_makes_its_own_data() {
        for service in [
            "redis",
            "{ use: postgres, env: { POSTGRES_INITDB_ARGS: --no-locale } }",
            "{ use: postgres, env: { TZ: Europe/Berlin } }",
            "{ use: postgres, files: { /docker-entrypoint-initdb.d: init } }",
            "{ use: postgres, run: postgres -c wal_level=logical }",
            "{ use: postgres, data: /elsewhere }",
            "{ use: postgres, engine: { shm_size: 1g } }",
            "{ image: postgres, port: 5432 }",
        ] {
            assert_eq!(key(service, "/a"), None, "{service}");
        }
    }

    #[test]
    fn a_maker_knows_no_password_of_anybody() {
        for id in ["postgres", "mysql", "mariadb"] {
            let unit = db(id, "/secret");
            let maker = maker(&unit, "blank", &Sensitive::new("own"));
            assert!(login(&maker).values().all(|value| !value.contains("/secret")));
            assert!(login(&maker).values().any(|value| value == "own"));
            assert_eq!((maker.port, maker.data.unwrap().name.as_str()), (None, "blank"));
        }
    }
}
