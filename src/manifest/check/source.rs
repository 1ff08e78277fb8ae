//! Whether the catalog knows what a manifest names, and in which version.

use super::Checker;
use crate::catalog::{self, Probe, Versions};
use crate::manifest::{App, AppSource, At, Runtime, Seed, Service, ServiceSource, Span, Tools};
use crate::problem::{Problem, kinds};
use crate::words;

/// What services and runtimes of the catalog have in common.
struct Known {
    id: &'static str,
    title: &'static str,
    versions: &'static Versions,
}

impl Checker<'_, '_, '_> {
    pub(super) fn service_source(&mut self, service: &Service) {
        let ServiceSource::Catalog { id, version } = &service.source.value else { return };
        let span = service.source.span;
        match catalog::service(id) {
            Some(entry) => {
                let known = Known { id: entry.id, title: entry.title, versions: &entry.versions };
                self.version(span, known, version.as_deref());
            }
            None => self.findings.add(span, || unknown_service(service.name.value.as_str(), (id, version.as_deref()))),
        }
    }

    /// What keeps nothing has nothing that could differ from branch to branch.
    pub(super) fn per_branch(&mut self, service: &Service) {
        let Some(wanted) = service.per_branch.as_ref().filter(|wanted| wanted.value) else { return };
        let keeps = match &service.source.value {
            _ if service.data.is_some() => true,
            ServiceSource::Catalog { id, .. } => catalog::service(id).is_none_or(|entry| entry.data.is_some()),
            ServiceSource::Image(_) => false,
        };
        if !keeps {
            self.findings.add(wanted.span, || {
                Problem::new(
                    &kinds::MANIFEST_NO_BRANCH_DATA,
                    format!("`{}` keeps no data that branches could have", service.name.value),
                )
                .why("services keep data where the catalog or `data` says so")
                .fix("write `data` with the folder inside it whose content is kept, or leave `databases` out")
            });
        }
    }

    /// A seed goes into a database whose client is known, and what comes from elsewhere has to be what was meant.
    pub(super) fn seed(&mut self, service: &Service) {
        let Some(seed) = &service.seed else { return };
        let ServiceSource::Catalog { id, .. } = &service.source.value else {
            return self.no_seed(service, seed.span);
        };
        let takes = |entry: &catalog::ServiceEntry| {
            entry.data.is_some()
                && matches!(entry.probe, Probe::Postgres | Probe::Mysql | Probe::Redis | Probe::Mongodb)
        };
        if !catalog::service(id).is_none_or(takes) {
            return self.no_seed(service, seed.span);
        }
        if let Seed::Snapshot { from, sha256: None } = &seed.value
            && Seed::is_url(from)
        {
            self.findings.add(seed.span, || {
                Problem::new(&kinds::MANIFEST_SEED, "a seed from elsewhere needs its checksum")
                    .why("what is behind a URL can change; by `sha256` everybody has the same, and it is fetched once")
                    .fix("write `sha256` beside `snapshot`; `sha256sum FILE` prints it")
            });
        }
    }

    fn no_seed(&mut self, service: &Service, span: Span) {
        self.findings.add(span, || {
            Problem::new(&kinds::MANIFEST_SEED, format!("`{}` can't be filled with a seed", service.name.value))
                .why("that works with postgres, mysql, mariadb, redis, valkey and mongodb of the catalog")
                .fix("fill it by a setup step of an app instead: `setup: [npm run seed]`")
        });
    }

    pub(super) fn app_source(&mut self, app: &App) {
        let AppSource::Runtime(runtime) = &app.source.value else { return };
        self.extras(runtime);
        let Tools::Catalog { id, version } = &runtime.tools else { return };
        let span = app.source.span;
        match catalog::runtime(id) {
            Some(entry) => {
                let known = Known { id: entry.id, title: entry.title, versions: &entry.versions };
                self.version(span, known, version.as_deref());
            }
            None => self.findings.add(span, || unknown_runtime((id, version.as_deref()))),
        }
    }

    /// What is to be added to a toolchain is known for those of the catalog.
    fn extras(&mut self, runtime: &Runtime) {
        let entry = match &runtime.tools {
            Tools::Catalog { id, .. } => catalog::runtime(id),
            Tools::Image(image) => catalog::extras::runtime_of_image(image.split([':', '@']).next().unwrap_or(image)),
        };
        let Some(entry) = entry.or(matches!(runtime.tools, Tools::Image(_)).then_some(&catalog::runtimes::OTHER))
        else {
            return;
        };
        for word in runtime.with.iter().filter(|word| !entry.has_extra(&word.value)) {
            self.findings.add(word.span, || unknown_extra(entry, word));
        }
        self.fitting(runtime, entry);
        let words: Vec<String> = runtime.with.iter().map(|word| word.value.clone()).collect();
        if let [first, second, ..] = entry.instead(&words).as_slice()
            && let Some(word) = runtime.with.iter().find(|word| word.value == *second)
        {
            self.findings.add(word.span, || {
                Problem::new(&kinds::MANIFEST_UNKNOWN_EXTRA, format!("`{first}` and `{second}` can't be had together"))
                    .why("each of them comes with a toolchain of its own")
                    .fix(format!(
                        "leave out `{first}` or `{second}`, or use the wrapper of one that is kept in the repo"
                    ))
            });
        }
    }

    /// What can be added to the toolchain, but not to this one of it.
    fn fitting(&mut self, runtime: &Runtime, entry: &catalog::RuntimeEntry) {
        let version = match &runtime.tools {
            Tools::Catalog { version, .. } => version.as_deref().unwrap_or(entry.versions.default),
            Tools::Image(image) => tag_of(image),
        };
        let has_number = version.starts_with(|c: char| c.is_ascii_digit());
        for word in &runtime.with {
            let is_instead = !entry.instead(std::slice::from_ref(&word.value)).is_empty();
            let why = match () {
                () if is_instead && !has_number => "which one fits depends on the version, and none is named",
                () if word.value == "node" && version.contains("alpine") => {
                    "Node is made for another system than Alpine"
                }
                () => continue,
            };
            self.findings.add(word.span, || {
                let fix = if is_instead {
                    "write the version: `21` in place of `latest`"
                } else {
                    "take the version without `-alpine`, or `packages: [nodejs, npm]`"
                };
                let what = format!("`{}` can't be had with `{version}`", word.value);
                Problem::new(&kinds::MANIFEST_UNKNOWN_EXTRA, what).why(why).fix(fix)
            });
        }
    }

    fn version(&mut self, span: Span, known: Known, version: Option<&str>) {
        let Known { id, title, versions } = known;
        let Some(version) = version.filter(|version| !versions.accepts(version)) else { return };
        self.findings.add(span, || {
            let meant = version.strip_prefix(['v', 'V']).filter(|version| versions.accepts(version));
            let problem =
                Problem::new(&kinds::MANIFEST_UNKNOWN_VERSION, format!("{title} is not known in version `{version}`"))
                    .why(format!("known are {}", words::list(versions.known)));
            match meant {
                Some(meant) => problem.meant(format!("{id}@{meant}")),
                None => problem.fix(format!("write `{id}@{}`, or `{id}` without a version", versions.default)),
            }
        });
    }
}

/// `22-jdk` of `eclipse-temurin:22-jdk`; nothing where it has none.
fn tag_of(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split_once(':').map_or("", |(_, tag)| tag)
}

fn unknown_service(name: &str, (id, version): (&str, Option<&str>)) -> Problem {
    let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_SERVICE, format!("there is no service `{id}` in the catalog"));
    let (before, after) = id.split_once(':').unwrap_or((id, ""));
    if let Some(entry) = catalog::service(before) {
        let right = format!("{}@{after}", entry.id);
        return problem.fix(format!("write `{right}`: the version follows an `@`")).corrected(right);
    }
    let known = catalog::services::ALL.iter().flat_map(|entry| entry.aliases.iter().copied().chain([entry.id]));
    // An alias that is near stands for the entry's own word.
    let meant = words::nearest(id, known).and_then(catalog::service);
    let problem = match meant {
        Some(meant) => problem.meant(versioned(meant.id, version)),
        None if catalog::runtime(id).is_some() => {
            return problem.fix(format!("what runs code of this repo belongs under `apps`: `runtime: {id}`"));
        }
        None => {
            let ids: Vec<&str> = catalog::services::ALL.iter().map(|entry| entry.id).collect();
            if ids.is_empty() { problem } else { problem.why(format!("it has {}", words::list(&ids))) }
        }
    };
    let other = if id.contains(['/', ':']) { id.to_owned() } else { format!("owner/{id}:1.0") };
    problem.fix(format!("for anything else write  {name}: {{ image: {other}, port: 1234 }}"))
}

fn unknown_extra(entry: &catalog::RuntimeEntry, word: &At<String>) -> Problem {
    let problem = Problem::new(
        &kinds::MANIFEST_UNKNOWN_EXTRA,
        match entry.title {
            "" => format!("nothing is known of `{}` for a toolchain that is not in the catalog", word.value),
            title => format!("{title} can't be had with `{}`", word.value),
        },
    );
    let words: Vec<&str> = entry.extra_words().collect();
    let mut tools: Vec<&str> = entry.extras.iter().map(|extra| extra.id).collect();
    tools.extend(entry.extensions.map(|_| "the extensions that docs/catalog.md lists"));
    let problem = match words::nearest(&word.value, words.iter().copied()) {
        Some(meant) => problem.meant(meant),
        None if words.is_empty() => problem,
        None => problem.why(format!("it can be had with {}", words::list(&tools))),
    };
    problem.fix(format!("write `packages: [{}]` if the system has a package of this name", word.value))
}

fn unknown_runtime((id, version): (&str, Option<&str>)) -> Problem {
    let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_RUNTIME, format!("there is no runtime `{id}` in the catalog"));
    let (before, after) = id.split_once(':').unwrap_or((id, ""));
    if let Some(entry) = catalog::runtime(before) {
        let right = format!("{}@{after}", entry.id);
        return problem.fix(format!("write `{right}`: the version follows an `@`")).corrected(right);
    }
    let known = catalog::runtimes::ALL.iter().flat_map(|entry| entry.aliases.iter().copied().chain([entry.id]));
    let problem = match words::nearest(id, known).and_then(catalog::runtime) {
        Some(meant) => problem.meant(versioned(meant.id, version)),
        None => {
            let ids: Vec<&str> = catalog::runtimes::ALL.iter().map(|entry| entry.id).collect();
            if ids.is_empty() { problem } else { problem.why(format!("it has {}", words::list(&ids))) }
        }
    };
    problem.fix("for any other tools write `runtime: { image: … }`, or `build: Dockerfile`")
}

fn versioned(id: &str, version: Option<&str>) -> String {
    version.map_or_else(|| id.to_owned(), |version| format!("{id}@{version}"))
}
