//! A service of the manifest -> the unit as wanted.

use std::path::PathBuf;
use std::time::Duration;

use super::{NOT_YET, Resolver, Variables, probe_as_written};
use crate::catalog::{self, ServiceEntry};
use crate::manifest::{File, Part, Service, ServiceSource, Template};
use crate::model::{
    Access, Bind, DataFolder, FileCopy, ImageRef, Kind, Lease, Login, Parts, Probe, Readiness, Seed, Setup, Source,
    Stop, Unit, order, ports,
};
use crate::names::Port;

/// What a service is, by the catalog or by its image alone.
struct Identified {
    entry: Option<&'static ServiceEntry>,
    image: ImageRef,
    title: String,
    version: Option<String>,
}

impl Resolver<'_> {
    pub(super) fn service(&mut self, service: &Service) -> Option<Unit> {
        let name = service.name.value.clone();
        let Identified { entry, image, title, version } = self.identify(service)?;
        let command = self.service_command(service, entry);
        let (binds, files) = self.service_files(service, entry);
        let stop = entry.map_or(Stop { signal: None, grace: Duration::from_secs(10) }, |entry| Stop {
            signal: Some(entry.stop.signal.to_owned()),
            grace: Duration::from_secs(entry.stop.grace_s.into()),
        });
        let mut env = self.service_env(service, entry);
        let command = command.map(|text| match text {
            Command::Words(words) => words,
            Command::Shell(template) => {
                let text = self.fill_for_shell(template, &name, &mut env);
                vec!["sh".to_owned(), "-c".to_owned(), text]
            }
        });
        let ready = self.service_readiness(service, entry);
        Some(Unit {
            kind: Kind::Service,
            title,
            data: self.service_data(service, entry, version.as_deref()),
            seed: self.seed(service),
            version,
            source: Source::Image(self.exact(image)),
            command,
            env: env.into_sorted(),
            port: self.service_port(service, entry),
            more_ports: self.service_more_ports(service),
            binds,
            files,
            user: None,
            workdir: None,
            engine: service.engine.clone(),
            init: false,
            stop,
            needs: order::needs_of_service(self.manifest, service),
            // A browser opens what speaks HTTP; of what else an image speaks nothing is known.
            url: self.values.shown_url(service).filter(|_| entry.is_some() || is_http(&ready.probe)),
            ready,
            setup: Setup::default(),
            made_from: Parts::default(),
            fingerprint: NOT_YET,
            boot: Duration::from_millis(entry.map_or(1_000, |entry| entry.boot_ms).into()),
            restarts_with_needs: entry.is_some_and(|entry| entry.restarts_with_needs),
            optional: service.optional,
            catalog_id: entry.map(|entry| entry.id),
            name,
        })
    }

    /// What a service is made from, and what a person calls it.
    pub(super) fn published_service(&mut self, service: &Service) -> Option<(ImageRef, String)> {
        self.identify(service).map(|found| (found.image, found.title))
    }

    fn identify(&mut self, service: &Service) -> Option<Identified> {
        match &service.source.value {
            ServiceSource::Catalog { id, version } => {
                let Some(entry) = catalog::service(id) else {
                    self.unknown(&service.name.value, id);
                    return None;
                };
                let version = version.as_deref().unwrap_or(entry.versions.default);
                Some(Identified {
                    entry: Some(entry),
                    image: ImageRef { repository: entry.image.to_owned(), tag: entry.versions.tag(version) },
                    title: format!("{} {version}", entry.title),
                    version: Some(version.to_owned()),
                })
            }
            ServiceSource::Image(text) => {
                let image = self.image(&service.name.value, text)?;
                let (title, version) = title_of(&image);
                Some(Identified { entry: None, image, title, version })
            }
        }
    }

    fn service_env(&mut self, service: &Service, entry: Option<&ServiceEntry>) -> Variables {
        let mut env = Variables::default();
        for (entry, (key, template)) in entry.into_iter().flat_map(|entry| entry.env.iter().map(move |it| (entry, it)))
        {
            env.set(*key, self.values.fill_inside(service, entry, template));
        }
        for variable in &service.env {
            let value = self.fill(&variable.value.value, &service.name.value);
            env.set(&variable.key.value, value);
        }
        env
    }

    fn service_command<'a>(&self, service: &'a Service, entry: Option<&ServiceEntry>) -> Option<Command<'a>> {
        match (&service.run, entry) {
            (Some(run), _) => Some(match plain_words(&run.value) {
                Some(words) => Command::Words(words),
                None => Command::Shell(&run.value),
            }),
            (None, Some(entry)) if !entry.command.is_empty() && service.engine.command.is_none() => {
                let words = entry.command.iter().map(|word| self.values.fill_inside(service, entry, word));
                Some(Command::Words(words.collect()))
            }
            _ => None,
        }
    }

    /// What it comes with by the catalog, and what of the repo it is handed.
    fn service_files(&self, service: &Service, entry: Option<&ServiceEntry>) -> (Vec<Bind>, Vec<FileCopy>) {
        let mut files = Vec::new();
        let own = entry.into_iter().flat_map(|entry| entry.files.iter().map(move |file| (entry, file)));
        for (entry, (target, template)) in own {
            files.push(copied(target, self.values.fill_inside(service, entry, template).into_bytes()));
        }
        let (folders, copies) = self.handed_in(&service.files);
        (folders, files.into_iter().chain(copies).collect())
    }

    /// What of the repo is handed in, for reading only.
    pub(super) fn handed_in(&self, wanted: &[File]) -> (Vec<Bind>, Vec<FileCopy>) {
        let (mut binds, mut files) = (Vec::new(), Vec::new());
        for file in wanted {
            let (target, source) = (&file.target.value, &file.source.value);
            match self.facts.files.get(source) {
                Some(content) => files.push(copied(target, content.clone())),
                None => binds.push(Bind {
                    source: self.identity.root.join(source),
                    target: PathBuf::from(target),
                    access: Access::ReadOnly,
                }),
            }
        }
        (binds, files)
    }

    fn service_data(
        &self,
        service: &Service,
        entry: Option<&ServiceEntry>,
        version: Option<&str>,
    ) -> Option<DataFolder> {
        let version = version.unwrap_or_default();
        let known = || entry.and_then(|entry| entry.data).map(|data| data.path_in(version).to_owned());
        let path = service.data.as_ref().map(|path| path.value.clone()).or_else(known)?;
        Some(DataFolder {
            name: DataFolder::name_of(&self.identity.id, &service.name.value, self.generation(service)),
            path,
            written_by: entry.map(|entry| (entry.id.to_owned(), entry.versions.of_data(version).to_owned())),
        })
    }

    fn seed(&self, service: &Service) -> Option<Seed> {
        let root = self.identity.root.clone();
        service.seed.as_ref().map(|seed| Seed { root, what: seed.value.clone() })
    }

    fn generation(&self, service: &Service) -> u32 {
        self.facts.generations.get(&service.name.value).copied().unwrap_or(1)
    }

    fn service_port(&self, service: &Service, entry: Option<&ServiceEntry>) -> Option<Lease> {
        let port = ports::main_port(service)?;
        let listener = entry.and_then(|entry| entry.outside_listener).and_then(Port::new);
        Some(Lease { inside: listener.unwrap_or(port), outside: self.values.outside(&service.name.value, "", port) })
    }

    fn service_more_ports(&self, service: &Service) -> Vec<(String, Lease)> {
        let lease = |(name, inside): (&str, Port)| {
            let outside = self.values.outside(&service.name.value, name, inside);
            (name.to_owned(), Lease { inside, outside })
        };
        ports::more_ports(service).map(lease).collect()
    }

    fn service_readiness(&self, service: &Service, entry: Option<&ServiceEntry>) -> Readiness {
        let written = service.ready.as_ref().map(|ready| &ready.value);
        let probe = match (written.and_then(|ready| ready.by.as_ref()), entry) {
            (Some(by), _) => probe_as_written(by),
            (None, Some(entry)) => match entry.probe {
                catalog::Probe::Http("") => Probe::AnyAnswer,
                catalog::Probe::Http(path) => Probe::Http { path: path.to_owned(), status: None },
                protocol => Probe::Protocol { protocol, login: self.values.login(service) },
            },
            (None, None) if ports::main_port(service).is_none() => Probe::Running,
            (None, None) => probe_by_image(service),
        };
        let slow = entry.is_some_and(|entry| entry.boot_ms >= 5_000);
        let usual = Duration::from_secs(if slow { 180 } else { 120 });
        Readiness { probe, deadline: written.and_then(|ready| ready.timeout).unwrap_or(usual) }
    }
}

/// A known service under its own name speaks its protocol; one that wants a login is asked for less, since nobody knows it.
fn probe_by_image(service: &Service) -> Probe {
    let ServiceSource::Image(text) = &service.source.value else { return Probe::Held };
    let Ok(image) = ImageRef::parse(text) else { return Probe::Held };
    let known = catalog::services::ALL.iter().find(|entry| entry.image == image.repository);
    match known.filter(|entry| entry.credentials.is_none()).map(|entry| entry.probe) {
        Some(catalog::Probe::Http("")) => Probe::AnyAnswer,
        Some(catalog::Probe::Http(path)) => Probe::Http { path: path.to_owned(), status: None },
        Some(protocol) => Probe::Protocol { protocol, login: Login::default() },
        None => Probe::Held,
    }
}

/// A single file is copied in, because a bound one goes stale when an editor replaces it; a folder is bound.
fn copied(target: &str, content: Vec<u8>) -> FileCopy {
    FileCopy { target: target.to_owned(), mode: mode_of(&content), content }
}

/// A script is there to be run.
fn mode_of(content: &[u8]) -> u32 {
    if content.starts_with(b"#!") { 0o755 } else { 0o644 }
}

fn is_http(probe: &Probe) -> bool {
    matches!(probe, Probe::Http { .. } | Probe::AnyAnswer)
}

enum Command<'a> {
    Words(Vec<String>),
    Shell(&'a Template),
}

/// The words of a command that needs no shell: then the start script that many services come with sees what is started, and
/// signals arrive where they should.
fn plain_words(template: &Template) -> Option<Vec<String>> {
    if template.references().next().is_some() {
        return None;
    }
    let text: String = template
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Reference(_) => "",
        })
        .collect();
    let plain = !text.trim().is_empty() && !text.contains(|c: char| "\"'\\`$&|;<>()*?[]{}~#\n".contains(c));
    plain.then(|| text.split_whitespace().map(str::to_owned).collect())
}

/// `docker.io/opensearchproject/opensearch:2.19.0` is called `opensearch 2.19.0`.
pub(super) fn title_of(image: &ImageRef) -> (String, Option<String>) {
    let name = image.repository.rsplit('/').next().unwrap_or_default();
    if image.tag.contains(':') || image.tag == "latest" {
        return (name.to_owned(), None);
    }
    (format!("{name} {}", image.tag), Some(image.tag.clone()))
}
