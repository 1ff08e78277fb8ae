//! Whether the catalog knows what a manifest names, and in which version.

use super::Checker;
use crate::catalog::{self, Versions};
use crate::manifest::{App, AppSource, Service, ServiceSource, Span};
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

    pub(super) fn app_source(&mut self, app: &App) {
        let AppSource::Runtime { id, version } = &app.source.value else { return };
        let span = app.source.span;
        match catalog::runtime(id) {
            Some(entry) => {
                let known = Known { id: entry.id, title: entry.title, versions: &entry.versions };
                self.version(span, known, version.as_deref());
            }
            None => self.findings.add(span, || unknown_runtime((id, version.as_deref()))),
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
    problem.fix("for anything else write `build: Dockerfile` or `image: …` instead")
}

fn versioned(id: &str, version: Option<&str>) -> String {
    version.map_or_else(|| id.to_owned(), |version| format!("{id}@{version}"))
}
