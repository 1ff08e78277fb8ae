//! From the kinds that are needed to services: names, versions, credentials.

use super::Needed;
use super::clue::{Clue, Login, Source};
use super::decide::Need;
use super::defaults;
use super::extensions;
use super::kinds::Kind;
use crate::catalog;
use crate::detect::{App, Evidence, Fact, Note, Service, ServiceSource, Variable};
use crate::repo::Repo;

/// So many places are enough to believe it.
const MOST_EVIDENCE: usize = 5;

pub fn all(repo: &Repo, needs: Vec<Need>, apps: &[App]) -> Needed {
    let mut needed = Needed::default();
    let databases = needs.iter().filter(|need| need.kind.is_sql).count();
    for need in &needs {
        let mut name = name_of(need);
        let is_taken =
            |name: &str| needed.services.iter().any(|it| it.name == name) || apps.iter().any(|app| app.name == name);
        if is_taken(&name) || (databases > 1 && need.kind.is_sql && name == "db") {
            name = need.kind.id.to_owned();
        }
        if is_taken(&name) {
            name = format!("{}-service", need.kind.id);
        }
        let mut service = service(repo, need, name, &mut needed.notes);
        if databases == 1 && need.kind.is_sql {
            named_by_code(repo, need.kind, &mut service);
        }
        needed.services.push(service);
    }
    needed
}

/// The name by which most of the repo calls it; files for containers go last, since apps often run outside of them.
fn name_of(need: &Need) -> String {
    let hosts: Vec<&str> = need.clues.iter().filter_map(|clue| clue.host.as_deref()).collect();
    let fits = |host: &&&str| super::address::service_name(host).is_some();
    let most = hosts.iter().filter(fits).max_by_key(|host| hosts.iter().filter(|other| *other == *host).count());
    most.map_or_else(|| need.kind.name.to_owned(), |host| (*host).to_owned())
}

fn service(repo: &Repo, need: &Need, name: String, notes: &mut Vec<Note>) -> Service {
    let mut evidence: Vec<Evidence> = Vec::new();
    for clue in &need.clues {
        if !evidence.contains(&clue.evidence) {
            evidence.push(clue.evidence.clone());
        }
    }
    evidence.truncate(MOST_EVIDENCE);
    let version = version(need, notes);
    let mut image = need.clues.iter().find_map(|clue| clue.image.clone());
    if image.is_none()
        && need.kind.id == "postgres"
        && let Some((extended, place)) = extensions::image(repo)
    {
        image = Some(extended.to_owned());
        evidence.push(place);
    }
    let login = super::login::of(repo, need);
    let mut service = Service {
        name,
        source: ServiceSource::Catalog(need.kind.id.to_owned()),
        version,
        evidence,
        env: login.map(|(login, evidence)| credentials(need.kind, &login, &evidence)).unwrap_or_default(),
        data: None,
        port: None,
        published: None,
        run: None,
        files: Vec::new(),
        seed: None,
        needs: Vec::new(),
        ready: None,
        optional: false,
        engine: super::super::Engine::default(),
    };
    if let Some(image) = image {
        with_image(&mut service, need, &image);
    }
    service
}

/// The database is called as code calls it where nobody says otherwise, so that scripts which name it find it.
fn named_by_code(repo: &Repo, kind: &Kind, service: &mut Service) {
    let has_name = service.env.iter().any(|it| it.value.key.ends_with("_DATABASE") || it.value.key == "POSTGRES_DB");
    if has_name || !matches!(service.source, ServiceSource::Catalog(_)) {
        return;
    }
    if let Some((database, evidence)) = defaults::database(repo) {
        let login = Login { database: Some(database), ..Login::default() };
        service.env.extend(credentials(kind, &login, &evidence));
    }
}

/// Another image of the same kind: what the catalog would say has to be said.
fn with_image(service: &mut Service, need: &Need, image: &str) {
    let version = service.version.take().map_or_else(|| "17".to_owned(), |version| version.value);
    let version = version.split(['.', '-']).next().unwrap_or_default().to_owned();
    let has_tag = image.rsplit('/').next().is_some_and(|last| last.contains(':'));
    let image = match image {
        image if has_tag => image.to_owned(),
        "postgis/postgis" => format!("{image}:{version}-3.5"),
        "pgvector/pgvector" => format!("{image}:pg{version}"),
        "timescale/timescaledb" => format!("{image}:latest-pg{version}"),
        image => format!("{image}:{version}"),
    };
    service.source = ServiceSource::Image(image);
    if let Some(entry) = catalog::service(need.kind.id) {
        service.port = Some(entry.port);
        service.data = entry.data.map(|data| data.path_in(&version).to_owned());
    }
    let evidence = service.evidence.first().cloned();
    for (key, value) in [("POSTGRES_USER", "postgres"), ("POSTGRES_PASSWORD", "postgres"), ("POSTGRES_DB", "app")] {
        if let Some(evidence) = evidence.clone()
            && !service.env.iter().any(|variable| variable.value.key == key)
        {
            service.env.push(Fact::new(Variable { key: key.to_owned(), value: value.to_owned() }, evidence));
        }
    }
}

/// As the most telling clue pins it; another pin is told.
fn version(need: &Need, notes: &mut Vec<Note>) -> Option<Fact<String>> {
    let mut pins: Vec<&Clue> = need.clues.iter().filter(|clue| clue.version.is_some()).collect();
    pins.sort_by_key(|clue| if clue.source == Source::Ci { 0 } else { 1 });
    let first = pins.first()?;
    let version = first.version.clone()?;
    let entry = catalog::service(need.kind.id)?;
    let major = |text: &str| text.split('.').next().unwrap_or_default().to_owned();
    let others: Vec<&&Clue> = pins
        .iter()
        .skip(1)
        .filter(|it| it.version.as_deref().is_some_and(|other| major(other) != major(&version)))
        .collect();
    if let Some(other) = others.first() {
        let said = other.version.as_deref().unwrap_or_default();
        notes.push(Note {
            text: format!("{} is pinned to {version} and to {said}: {version} is taken", entry.title),
            evidence: vec![first.evidence.clone(), other.evidence.clone()],
        });
    }
    if !entry.versions.accepts(&version) {
        notes.push(Note {
            text: format!(
                "{} is pinned to {version}, which is not known here: {} is taken",
                entry.title, entry.versions.default
            ),
            evidence: vec![first.evidence.clone()],
        });
        return None;
    }
    Some(Fact::new(version, first.evidence.clone()))
}

/// Credentials that the repo's own settings hold become those of the service, so that the settings go on working.
fn credentials(kind: &Kind, login: &Login, evidence: &Evidence) -> Vec<Fact<Variable>> {
    let (user, password, database) = (login.user.as_deref(), login.password.as_deref(), login.database.as_deref());
    let is_root = user == Some("root");
    let pairs: Vec<(&str, Option<&str>)> = match kind.id {
        "postgres" => vec![("POSTGRES_USER", user), ("POSTGRES_PASSWORD", password), ("POSTGRES_DB", database)],
        "mysql" if is_root => vec![("MYSQL_ROOT_PASSWORD", password), ("MYSQL_DATABASE", database)],
        "mysql" => vec![("MYSQL_USER", user), ("MYSQL_PASSWORD", password), ("MYSQL_DATABASE", database)],
        "mariadb" if is_root => vec![("MARIADB_ROOT_PASSWORD", password), ("MARIADB_DATABASE", database)],
        "mariadb" => vec![("MARIADB_USER", user), ("MARIADB_PASSWORD", password), ("MARIADB_DATABASE", database)],
        "mongodb" => vec![
            ("MONGO_INITDB_ROOT_USERNAME", user),
            ("MONGO_INITDB_ROOT_PASSWORD", password),
            ("MONGO_INITDB_DATABASE", database),
        ],
        "rabbitmq" => vec![("RABBITMQ_DEFAULT_USER", user), ("RABBITMQ_DEFAULT_PASS", password)],
        _ => Vec::new(),
    };
    let written = pairs.into_iter().filter_map(|(key, value)| Some((key, value?)));
    written
        .map(|(key, value)| Fact::new(Variable { key: key.to_owned(), value: value.to_owned() }, evidence.clone()))
        .collect()
}
