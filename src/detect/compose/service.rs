//! A service that nobody here writes: under its own name, with its credentials, data and configuration.

use super::engine;
use super::images::{self, Image};
use super::read::evidence;
use super::role::Role;
use super::{Context, inside, words};
use crate::catalog::{self, ServiceEntry};
use crate::compose::project::{Content, Mount, Service, Source};
use crate::compose::{Location, Place};
use crate::detect::{Evidence, Fact, Ready, Secret, ServiceSource, Variable};
use crate::names::Port;

/// What an image takes where nothing is said, in place of what the catalog would make.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("postgres", "POSTGRES_USER", "postgres"),
    ("postgres", "POSTGRES_DB", "{POSTGRES_USER}"),
    ("mongodb", "MONGO_INITDB_ROOT_USERNAME", ""),
    ("mongodb", "MONGO_INITDB_ROOT_PASSWORD", ""),
    ("rabbitmq", "RABBITMQ_DEFAULT_USER", "guest"),
    ("rabbitmq", "RABBITMQ_DEFAULT_PASS", "guest"),
    ("minio", "MINIO_ROOT_USER", "minioadmin"),
    ("minio", "MINIO_ROOT_PASSWORD", "minioadmin"),
    ("clickhouse", "CLICKHOUSE_USER", "default"),
    ("clickhouse", "CLICKHOUSE_PASSWORD", ""),
    ("clickhouse", "CLICKHOUSE_DB", "default"),
];

/// What variables are called by another publisher, and by the catalog's image.
const TRANSLATIONS: &[(&str, &str, &str)] = &[
    ("postgres", "POSTGRESQL_USERNAME", "POSTGRES_USER"),
    ("postgres", "POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD"),
    ("postgres", "POSTGRESQL_DATABASE", "POSTGRES_DB"),
    ("mongodb", "MONGODB_ROOT_USER", "MONGO_INITDB_ROOT_USERNAME"),
    ("mongodb", "MONGODB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_PASSWORD"),
    ("mongodb", "MONGODB_DATABASE", "MONGO_INITDB_DATABASE"),
    ("rabbitmq", "RABBITMQ_USERNAME", "RABBITMQ_DEFAULT_USER"),
    ("rabbitmq", "RABBITMQ_PASSWORD", "RABBITMQ_DEFAULT_PASS"),
    ("mariadb", "MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD"),
    ("mariadb", "MYSQL_USER", "MARIADB_USER"),
    ("mariadb", "MYSQL_PASSWORD", "MARIADB_PASSWORD"),
    ("mariadb", "MYSQL_DATABASE", "MARIADB_DATABASE"),
    ("mariadb", "MYSQL_ALLOW_EMPTY_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD"),
    ("minio", "MINIO_ACCESS_KEY", "MINIO_ROOT_USER"),
    ("minio", "MINIO_SECRET_KEY", "MINIO_ROOT_PASSWORD"),
];

/// What a service is taken for.
struct Identity {
    entry: Option<&'static ServiceEntry>,
    source: ServiceSource,
    version: Option<String>,
}

impl Context<'_> {
    pub fn service_of(&mut self, service: &Service, role: &Role) -> crate::detect::Service {
        let name = self.names.get(&service.name).to_owned();
        let place = &service.place;
        let (image, base) = match role {
            Role::Known { image, base } => (image.clone(), base.as_ref()),
            _ => (service.image.clone().unwrap_or_default(), None),
        };
        if let Some(file) = base {
            self.losses.add(format!("what {file} adds is not taken over"), &name, place);
        }
        let Identity { entry, source, version } = self.identity(&image, &name, place);
        let is_catalog = matches!(source, ServiceSource::Catalog(_));
        let (data, files) = self.service_mounts(service, entry, version.as_deref(), &source);
        self.losses.of_service(service, &name);
        let is_root = |variable: &Fact<Variable>| variable.value.key == "MYSQL_USER" && variable.value.value == "root";
        let mut env = self.service_env(service, entry);
        if is_catalog && env.iter().any(is_root) {
            // The image refuses to make a user that is there already.
            env.retain(|variable| !["MYSQL_USER", "MYSQL_PASSWORD"].contains(&variable.value.key.as_str()));
        }
        let line = words::line(service.entrypoint.as_ref(), service.command.as_ref());
        let port = if is_catalog { None } else { port_of(service).or(entry.map(|entry| entry.port)) };
        let inside = port.or(entry.map(|entry| entry.port));
        let published = published_of(service, inside);
        let usual = inside.and_then(Port::new).map(|port| port.usable_by_all().number());
        let published = published.filter(|published| inside != Some(*published) && usual != Some(*published));
        let is_tool = images::identify(&image) == Image::Tool;
        let engine = match base {
            Some(_) => engine::in_toolchain(service, &name, &mut self.losses),
            None => engine::in_image(service, &name, &mut self.losses),
        };
        crate::detect::Service {
            engine,
            version: version.map(|version| Fact::new(version, evidence(place))),
            evidence: vec![evidence(place)],
            env,
            data,
            port,
            published,
            run: line.filter(|_| base.is_none()),
            files,
            seed: None,
            needs: self.needs(service),
            ready: if is_catalog { None } else { ready(service) },
            optional: self.is_optional(service) || is_tool,
            source,
            name,
        }
    }

    fn identity(&mut self, image: &str, name: &str, place: &Place) -> Identity {
        match images::identify(image) {
            Image::Catalog { id, version } => {
                Identity { entry: catalog::service(id), source: ServiceSource::Catalog(id.to_owned()), version }
            }
            Image::Bitnami { id, version } => {
                let what = "the makers' own edition is taken in place of another publisher's";
                self.losses.add(what, name, place);
                Identity { entry: catalog::service(id), source: ServiceSource::Catalog(id.to_owned()), version }
            }
            Image::Flavour { id } => {
                Identity { entry: catalog::service(id), source: ServiceSource::Image(pinned(image)), version: None }
            }
            _ => Identity { entry: None, source: ServiceSource::Image(pinned(image)), version: None },
        }
    }

    fn service_env(&mut self, service: &Service, entry: Option<&ServiceEntry>) -> Vec<Fact<Variable>> {
        let id = entry.map_or("", |entry| entry.id);
        let mut variables: Vec<Fact<Variable>> = Vec::new();
        // Files of variables are often those of the apps as well.
        let known: Vec<&str> = entry.into_iter().flat_map(|entry| entry.env).map(|(key, _)| first_word(key)).collect();
        let is_own =
            |key: &str| entry.is_none() || known.contains(&first_word(key)) || TAKEN.contains(&first_word(key));
        for fact in self.environment(service, is_own) {
            let Fact { value: Variable { key, value }, evidence } = fact;
            let translated = TRANSLATIONS.iter().find(|(own, from, _)| *own == id && *from == key);
            let key = translated.map_or(key, |(_, _, to)| (*to).to_owned());
            let (key, value) = self.with_file_read(service, key, value);
            if !variables.iter().any(|known| known.value.key == key) {
                variables.push(Fact { value: Variable { key, value }, evidence });
            }
        }
        for (_, key, value) in DEFAULTS.iter().filter(|(own, _, _)| *own == id) {
            let find =
                |key: &str| variables.iter().find(|known| known.value.key == key).map(|it| it.value.value.clone());
            if find(key).is_none() {
                let other = value.strip_prefix('{').and_then(|value| value.strip_suffix('}')).and_then(find);
                let value = other.unwrap_or_else(|| (*value).to_owned());
                variables.push(Fact::new(Variable { key: (*key).to_owned(), value }, evidence(&service.place)));
            }
        }
        variables
    }

    /// `X_FILE` says where the value of `X` is; a file of the repo says it at once. In place of one that the repo does not carry,
    /// which is a person's own, and of a variable a secret is made.
    fn with_file_read(&mut self, service: &Service, key: String, value: String) -> (String, String) {
        let Some(plain) = key.strip_suffix("_FILE").map(str::to_owned) else { return (key, value) };
        let name = value.strip_prefix("/run/secrets/").unwrap_or(&value);
        let grant = service.secrets.iter().find(|it| it.target.as_deref().unwrap_or(&it.source) == name);
        let declared = grant.and_then(|grant| self.project.secrets.iter().find(|own| own.key == grant.source));
        let Some(declared) = declared else { return (key, value) };
        let carried = |location| inside(location).filter(|path| self.repo.has(path));
        let value = match &declared.content {
            Content::None => return (key, value),
            Content::Text(text) => text.clone(),
            Content::Variable(name) => self.secret(name, &declared.place),
            Content::File(location) => match carried(location).and_then(|path| self.repo.text(path)) {
                Some(text) => text.trim().to_owned(),
                None => self.secret(&plain, &declared.place),
            },
        };
        (plain, value)
    }

    /// A reference to a secret that is made up.
    pub fn secret(&mut self, name: &str, place: &Place) -> String {
        if !self.findings.secrets.iter().any(|known| known.name == name) {
            self.findings.secrets.push(Secret {
                name: name.to_owned(),
                description: String::new(),
                generate: Some("hex32".to_owned()),
                evidence: vec![evidence(place)],
            });
        }
        format!("${{secret.{name}}}")
    }

    /// Where data is kept, and the configuration it reads.
    fn service_mounts(
        &mut self,
        service: &Service,
        entry: Option<&ServiceEntry>,
        version: Option<&str>,
        taken_for: &ServiceSource,
    ) -> (Option<String>, Vec<(String, String)>) {
        let name = self.names.get(&service.name).to_owned();
        let known = entry.and_then(|entry| entry.data);
        let version = version.or(entry.map(|entry| entry.versions.default)).unwrap_or_default();
        let known = known.map(|data| data.path_in(version));
        let (mut data, mut files): (Vec<&Mount>, Vec<(String, String)>) = (Vec::new(), Vec::new());
        for mount in &service.mounts {
            match &mount.source {
                Source::Volume(_) | Source::Anonymous => data.push(mount),
                Source::Bind(Location::Inside(path)) if self.repo.has(path) || self.repo.has_folder(path) => {
                    files.push((mount.target.clone(), path.clone()));
                }
                Source::Bind(Location::Inside(_)) if names_a_file(&mount.target) => {
                    self.losses.add("a file that it reads is not in the repo", &name, &mount.place);
                }
                Source::Bind(Location::Inside(_)) => data.push(mount),
                Source::Bind(_) => {
                    self.losses.add("files from outside of the repo are not handed in", &name, &mount.place);
                }
                Source::Memory => {}
                Source::Other(..) => {
                    self.losses.add("a kind of `volumes` that has no equivalent is left out", &name, &mount.place);
                }
            }
        }
        let config = service.configs.iter().filter_map(|grant| {
            let declared = self.project.configs.iter().find(|own| own.key == grant.source)?;
            let Content::File(location) = &declared.content else { return None };
            Some((grant.target.clone().unwrap_or_else(|| format!("/{}", grant.source)), inside(location)?.to_owned()))
        });
        files.extend(config.filter(|(_, path)| self.repo.has(path)));
        let is_known = |mount: &&&Mount| known.is_some_and(|known| related(known, &mount.target));
        let of_catalog = data.iter().find(is_known).copied();
        let main = of_catalog.or(data.first().copied().filter(|_| known.is_none()));
        for mount in data.iter().filter(|mount| main.is_none_or(|main| main.target != mount.target)) {
            self.losses.add("a further folder of data is not kept: there is one", &name, &mount.place);
        }
        // The catalog's own image says by itself where its data is.
        let is_said = known.is_some() && matches!(taken_for, ServiceSource::Catalog(_));
        let path = main.map(|mount| mount.target.clone()).or_else(|| known.map(str::to_owned));
        (path.filter(|_| !is_said), files)
    }
}

/// Variables that images of databases take beside those of the catalog.
const TAKEN: &[&str] =
    &["POSTGRES", "POSTGRESQL", "PGDATA", "MYSQL", "MARIADB", "MONGO", "MONGODB", "REDIS", "RABBITMQ", "MINIO", "TZ"];

fn first_word(key: &str) -> &str {
    key.split('_').next().unwrap_or(key)
}

fn names_a_file(target: &str) -> bool {
    let last = target.rsplit('/').next().unwrap_or_default();
    last.trim_start_matches('.').contains('.') && !last.ends_with(".d")
}

/// Whether one folder holds the other, or both are the same.
fn related(one: &str, other: &str) -> bool {
    let holds = |outer: &str, inner: &str| {
        inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    holds(one, other) || holds(other, one) || other.starts_with("/bitnami/")
}

/// The first port over TCP that it offers.
pub fn port_of(service: &Service) -> Option<u16> {
    let offered = service.ports.iter().filter(|port| port.protocol == "tcp").map(|port| port.target.as_str());
    let exposed = service.expose.iter().map(|port| port.split('/').next().unwrap_or_default());
    offered.chain(exposed).find_map(|port| port.parse().ok())
}

/// The port of this computer that leads to one inside, where the file names one.
pub fn published_of(service: &Service, inside: Option<u16>) -> Option<u16> {
    let inside = inside?.to_string();
    let leads_there = service.ports.iter().filter(|port| port.protocol == "tcp" && port.target == inside);
    leads_there.filter_map(|port| port.published.as_ref()?.parse().ok()).find(|port| *port > 0)
}

fn ready(service: &Service) -> Option<Fact<Ready>> {
    let check = service.healthcheck.as_ref()?;
    let path = words::health_path(check).filter(|_| port_of(service).is_some()).map(Ready::Http);
    let ready = path.or_else(|| words::health_command(check).map(Ready::Command))?;
    Some(Fact { value: ready, evidence: vec![evidence(&check.place)] })
}

/// An image without a version is the newest.
fn pinned(image: &str) -> String {
    let has_version = images::split(image).1.is_some() || image.contains('@');
    if has_version { image.to_owned() } else { format!("{image}:latest") }
}

/// Evidence for what a service's variable says.
pub fn fact(key: &str, value: String, evidence: Evidence) -> Fact<Variable> {
    Fact::new(Variable { key: key.to_owned(), value }, evidence)
}
