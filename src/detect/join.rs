//! What compose files say about services, and what the rest of the repo says, as one list.
//!
//! The same thing found twice is one service: name, credentials and data of the compose file stay, so that the apps' own
//! settings go on working; what the rest of the repo knows is added as evidence, and where the file pins no version, as that.

use super::services::Needed;
use super::services::kinds::{self, Kind};
use super::{App, Note, Service, ServiceSource, Toolchain};
use crate::catalog;
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, join};

/// All services of a repo.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joined {
    pub services: Vec<Service>,
    pub notes: Vec<Note>,
}

/// Images of a kind that the catalog has another entry for, by a word of their names.
const OTHERS: &[(&str, &str)] = &[
    ("garage", "minio"),
    ("rustfs", "minio"),
    ("seaweedfs", "minio"),
    ("firestore", "firestore"),
    ("firebase", "firestore"),
];

/// The services of compose files first, in their order, then those that only the rest of the repo knows.
pub fn services(repo: &Repo, from_compose: Vec<Service>, needed: Needed, apps: &[App]) -> Joined {
    let mut joined = Joined { services: from_compose, notes: needed.notes };
    let of_files = joined.services.iter().filter(|own| !own.optional).filter_map(kind_of).find(|kind| kind.is_sql);
    for service in needed.services {
        let kind = kind_of(&service);
        if let Some(taken) = of_files.filter(|taken| is_another_database(taken, kind)) {
            joined.notes.push(Note {
                text: format!(
                    "settings speak of {}, and a file starts {}: {1} is taken",
                    title(kind),
                    title(Some(taken))
                ),
                evidence: service.evidence.clone(),
            });
            continue;
        }
        let same = joined.services.iter_mut().filter(|own| kind.is_some() && is_same(kind_of(own), kind));
        // One that starts without being asked for is the one that apps use.
        match same.min_by_key(|own| own.optional) {
            Some(own) => merge(own, service, &mut joined.notes),
            None => joined.services.push(of_its_own(repo, service, kind, apps, &mut joined.notes)),
        }
    }
    joined
}

/// Whether somebody would have to choose between two databases with tables.
fn is_another_database(taken: &'static Kind, kind: Option<&Kind>) -> bool {
    kind.is_some_and(|kind| kind.is_sql && !taken.family().contains(&kind.id))
}

/// What a service is, as far as it is known.
pub fn kind_of(service: &Service) -> Option<&'static Kind> {
    match &service.source {
        ServiceSource::Catalog(id) => kinds::by_id(catalog::service(id).map_or(id.as_str(), |entry| entry.id)),
        ServiceSource::Image(image) => kinds::by_image(image).or_else(|| {
            let other = OTHERS.iter().find(|(word, _)| image.contains(word));
            other.and_then(|(_, id)| kinds::by_id(id))
        }),
    }
}

fn is_same(one: Option<&'static Kind>, other: Option<&Kind>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.family().contains(&other.id))
}

fn merge(own: &mut Service, other: Service, notes: &mut Vec<Note>) {
    for evidence in other.evidence {
        if !own.evidence.contains(&evidence) {
            own.evidence.push(evidence);
        }
    }
    let major = |text: &str| text.split(['.', '-']).next().unwrap_or_default().to_owned();
    match (&own.version, other.version) {
        (Some(pinned), Some(said)) if major(&pinned.value) != major(&said.value) => notes.push(Note {
            text: format!(
                "`{}` is version {} in {}, and {} elsewhere: {0} stays with {1}",
                own.name,
                pinned.value,
                pinned.evidence.first().map_or_else(|| "its file".to_owned(), |it| it.path.clone()),
                said.value
            ),
            evidence: pinned.evidence.iter().chain(&said.evidence).cloned().collect(),
        }),
        (None, Some(said)) if is_catalog(own) && is_same_entry(&own.source, &other.source) => own.version = Some(said),
        _ => {}
    }
}

fn is_catalog(service: &Service) -> bool {
    matches!(service.source, ServiceSource::Catalog(_))
}

fn is_same_entry(one: &ServiceSource, other: &ServiceSource) -> bool {
    one == other
}

/// A service that no compose file starts; where the repo builds its own, that one is used, and this one only on demand.
fn of_its_own(repo: &Repo, mut service: Service, kind: Option<&Kind>, apps: &[App], notes: &mut Vec<Note>) -> Service {
    let builder = apps.iter().find(|app| builds(repo, app, kind));
    if let Some(app) = builder {
        notes.push(Note {
            text: format!(
                "the repo builds its own {}, `{}`: `{}` starts only when it is named",
                title(kind),
                app.name,
                service.name
            ),
            evidence: service.evidence.clone(),
        });
        service.optional = true;
    }
    service
}

fn title(kind: Option<&Kind>) -> &'static str {
    kind.and_then(|kind| catalog::service(kind.id)).map_or("service", |entry| entry.title)
}

/// Whether an app is built on an image of this kind, or is called like it.
fn builds(repo: &Repo, app: &App, kind: Option<&Kind>) -> bool {
    let (Toolchain::Build { file, .. }, Some(kind)) = (&app.toolchain, kind) else { return false };
    if app.name == kind.id || app.name.starts_with(&format!("{}-", kind.id)) {
        return true;
    }
    let Some(text) = join(&app.path, file).and_then(|path| repo.text(&path)) else { return false };
    let images = Dockerfile::read(&text).images(|_| None);
    images.iter().any(|image| kinds::by_image(image) == Some(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::services::{services as needed_of, tests_app};
    use crate::detect::{Evidence, Fact, Variable};

    fn from_compose(name: &str, source: ServiceSource, version: Option<&str>) -> Service {
        let evidence = Evidence::at("compose.yaml", 3);
        let password = Variable { key: "POSTGRES_PASSWORD".to_owned(), value: "s3".to_owned() };
        Service {
            name: name.to_owned(),
            source,
            version: version.map(|version| Fact::new(version, evidence.clone())),
            evidence: vec![evidence.clone()],
            env: vec![Fact::new(password, evidence)],
            data: None,
            port: None,
            published: None,
            run: None,
            files: Vec::new(),
            seed: None,
            optional: false,
            engine: crate::detect::Engine::default(),
            needs: Vec::new(),
            ready: None,
        }
    }

    fn catalog(id: &str) -> ServiceSource {
        ServiceSource::Catalog(id.to_owned())
    }

    #[test]
    fn the_same_thing_is_one_service_under_the_name_of_the_compose_file() {
        let repo = Repo::of(&[
            (".env.example", "DB_CONNECTION=pgsql\nCACHE_STORE=redis\n"),
            (".github/workflows/ci.yml", "jobs: {t: {services: {db: {image: 'postgres:15'}}}}"),
        ]);
        let own = vec![from_compose("database", catalog("postgres"), Some("16"))];
        let joined = services(&repo, own, needed_of(&repo, &[]), &[]);
        let shown: Vec<(&str, usize)> =
            joined.services.iter().map(|it| (it.name.as_str(), it.evidence.len())).collect();
        assert_eq!(shown, [("database", 3), ("redis", 1)]);
        assert_eq!(joined.services[0].env[0].value.value, "s3");
        assert_eq!(joined.services[0].version.as_ref().map(|it| it.value.as_str()), Some("16"));
        assert_eq!(
            joined.notes[0].text,
            "`database` is version 16 in compose.yaml, and 15 elsewhere: database stays with 16"
        );
    }

    #[test]
    fn a_flavour_of_the_compose_file_stays() {
        let repo = Repo::of(&[(".env.example", "DB_TYPE=postgres\nS3_ENDPOINT=http://localhost:3900\n")]);
        let image = |image: &str| ServiceSource::Image(image.to_owned());
        let own = vec![
            from_compose("db", image("docker.io/pgvector/pgvector:pg17"), None),
            from_compose("store", image("docker.io/dxflrs/garage:v2.3.0"), None),
        ];
        let joined = services(&repo, own, needed_of(&repo, &[]), &[]);
        assert_eq!(joined.services.len(), 2);
        assert_eq!(joined.services[0].evidence.len(), 2);
    }

    #[test]
    fn what_the_repo_builds_itself_is_not_started_twice() {
        let repo = Repo::of(&[
            (".env.example", "DB_TYPE=mssql\n"),
            ("db/Dockerfile", "FROM mcr.microsoft.com/mssql/server:2022-latest\n"),
        ]);
        let mut app = tests_app();
        app.name = "store".to_owned();
        app.path = "db".to_owned();
        app.toolchain = Toolchain::Build { file: "Dockerfile".to_owned(), target: None, args: Vec::new() };
        let joined = services(&repo, Vec::new(), needed_of(&repo, &[]), &[app]);
        assert!(joined.services[0].optional);
        assert!(
            joined.notes[0].text.starts_with("the repo builds its own SQL Server, `store`"),
            "{}",
            joined.notes[0].text
        );
    }

    #[test]
    fn what_a_compose_file_starts_goes_before_another_database_in_the_code() {
        let repo = Repo::of(&[("shop/settings.py", "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql'}}")]);
        let own = vec![from_compose("db", catalog("postgres"), Some("16"))];
        let joined = services(&repo, own, needed_of(&repo, &[]), &[]);
        assert_eq!(joined.services.len(), 1);
        assert_eq!(joined.notes[0].text, "settings speak of MySQL, and a file starts PostgreSQL: PostgreSQL is taken");
    }
}
