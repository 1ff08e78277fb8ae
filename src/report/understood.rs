//! What a repo without a manifest was understood to be: as lines for people, and as the document of `devenv init --json`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::detect::join::kind_of;
use crate::detect::{App, Evidence, Fact, Findings, Layout, Note, Service, ServiceSource, Toolchain};
use crate::ui::problem::ReadFrom;
use crate::ui::text::{one_line, pad, width};

/// One line a service and app: its name, what it is, and where the repo says so.
pub fn lines(findings: &Findings) -> Vec<String> {
    let rows: Vec<[String; 3]> =
        findings.services.iter().map(service_row).chain(findings.apps.iter().map(app_row)).collect();
    let columns = |index: usize| rows.iter().map(|row| width(&row[index])).max().unwrap_or_default();
    let (names, whats) = (columns(0), columns(1).min(60));
    rows.iter()
        .map(|[name, what, place]| {
            format!("  {}  {}  {place}", pad(name, names), pad(what, whats)).trim_end().to_owned()
        })
        .collect()
}

/// A note with its places; the file that it begins with is not named again.
pub fn note(note: &Note) -> String {
    let is_named = |path: &str| note.text.strip_prefix(path).is_some_and(|rest| rest.starts_with(' '));
    let place = |it: &Evidence| match it.line {
        Some(line) if is_named(&it.path) => Some(format!("line {line}")),
        None if is_named(&it.path) => None,
        _ => Some(it.to_string()),
    };
    let places: Vec<String> = note.evidence.iter().filter_map(place).collect();
    if places.is_empty() { note.text.clone() } else { format!("{} ({})", note.text, places.join(", ")) }
}

/// Where each service and app was read, by its name.
pub fn origins(findings: &Findings) -> BTreeMap<String, ReadFrom> {
    let of_service = |service: &Service| {
        let place = service.evidence.first();
        let is_published = matches!(service.source, ServiceSource::Image(_));
        read_from(place, service.version.as_ref(), is_published, None)
    };
    let of_app = |app: &App| {
        let run = app.run.as_ref().and_then(|run| run.evidence.first());
        let is_published = !matches!(app.toolchain, Toolchain::Catalog { .. });
        let port = app.port.as_ref().and_then(|port| port.evidence.first());
        read_from(run.or(app.language.evidence.first()), app.version.as_ref(), is_published, port)
    };
    let services = findings.services.iter().map(|it| (&it.name, of_service(it)));
    let all = services.chain(findings.apps.iter().map(|it| (&it.name, of_app(it))));
    all.filter_map(|(name, read)| Some((name.clone(), read?))).collect()
}

/// What is published under a whole name has its version there.
fn read_from(
    place: Option<&Evidence>,
    version: Option<&Fact<String>>,
    is_published: bool,
    port: Option<&Evidence>,
) -> Option<ReadFrom> {
    let place = one_line(&place?.to_string());
    let said = version.and_then(|version| version.evidence.first()).map(|evidence| one_line(&evidence.to_string()));
    let port = port.map(|evidence| one_line(&evidence.to_string()));
    Some(ReadFrom { version: said.or_else(|| is_published.then(|| place.clone())), place, port })
}

fn service_row(service: &Service) -> [String; 3] {
    let what = match &service.source {
        ServiceSource::Catalog(id) => id.clone(),
        ServiceSource::Image(image) => image.clone(),
    };
    let version = service.version.as_ref().map_or_else(String::new, |version| format!(" {}", version.value));
    let evidence = service.version.as_ref().map_or(&service.evidence, |version| &version.evidence);
    [service.name.clone(), one_line(&format!("{what}{version}")), place(evidence.first().or(service.evidence.first()))]
}

fn app_row(app: &App) -> [String; 3] {
    let run = app.run.as_ref().map_or_else(|| toolchain(app), |run| run.value.clone());
    let port = app.expected_at().map_or_else(String::new, |port| format!(", port {port}"));
    let at = if app.path.is_empty() { String::new() } else { format!(" in {}", app.path) };
    let evidence = app.run.as_ref().map_or(&app.language.evidence, |run| &run.evidence);
    [app.name.clone(), one_line(&format!("{run}{at}{port}")), place(evidence.first())]
}

fn toolchain(app: &App) -> String {
    match &app.toolchain {
        Toolchain::Catalog { id, .. } => id.clone(),
        Toolchain::Build { file, .. } => format!("what {file} builds"),
        Toolchain::Image(image) | Toolchain::Tools { image, .. } => image.clone(),
    }
}

fn place(evidence: Option<&Evidence>) -> String {
    evidence.map(|evidence| one_line(&evidence.to_string())).unwrap_or_default()
}

/// What `devenv init --json` prints.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// `single`, `monorepo` (one tool knows all parts) or `multi`.
    layout: &'static str,
    apps: Vec<AppDocument<'a>>,
    services: Vec<ServiceDocument<'a>>,
    unresolved: Vec<UnresolvedDocument<'a>>,
    notes: Vec<NoteDocument<'a>>,
    /// The text of the manifest that follows from it.
    manifest: &'a str,
    /// Where it was written; nothing with `--dry-run`.
    written: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct AppDocument<'a> {
    name: &'a str,
    /// Relative to the root; `.` = the root.
    path: &'a str,
    language: &'a str,
    /// As pinned in the repo.
    version: Option<&'a str>,
    /// What the manifest runs it in.
    runtime: String,
    /// What that has to have beside what its publisher put there.
    runtime_with: Vec<&'a str>,
    package_manager: Option<&'a str>,
    package_manager_version: Option<&'a str>,
    framework: Option<&'a str>,
    frameworks: Vec<&'a str>,
    setup: Vec<&'a str>,
    run: Option<&'a str>,
    /// Where people find it on this computer, if nothing else is there.
    port: Option<u16>,
    /// Where it listens.
    port_inside: Option<u16>,
    env: BTreeMap<&'a str, &'a str>,
    /// By variable: where it is asked for, or written as an example.
    env_evidence: BTreeMap<&'a str, Vec<String>>,
    /// By field: `file:line`.
    evidence: BTreeMap<&'static str, Vec<String>>,
}

#[derive(Debug, Serialize)]
struct ServiceDocument<'a> {
    name: &'a str,
    /// The id of the catalog's entry that it is, or is another form of.
    catalog: Option<&'a str>,
    image: Option<&'a str>,
    version: Option<&'a str>,
    evidence: Vec<String>,
}

#[derive(Debug, Serialize)]
struct UnresolvedDocument<'a> {
    about: &'a str,
    field: &'a str,
    question: &'a str,
    choices: &'a [String],
    evidence: Vec<String>,
}

#[derive(Debug, Serialize)]
struct NoteDocument<'a> {
    text: &'a str,
    evidence: Vec<String>,
}

impl<'a> Document<'a> {
    pub fn new(findings: &'a Findings, manifest: &'a str, written: Option<&'a str>) -> Self {
        let layout = match findings.layout {
            Layout::Single => "single",
            Layout::Monorepo => "monorepo",
            Layout::Several => "multi",
        };
        let unresolved = findings.unresolved.iter().map(|it| UnresolvedDocument {
            about: &it.about,
            field: &it.field,
            question: &it.question,
            choices: &it.choices,
            evidence: places(&it.evidence),
        });
        let notes = findings.notes.iter().map(|it| NoteDocument { text: &it.text, evidence: places(&it.evidence) });
        Self {
            layout,
            apps: findings.apps.iter().map(AppDocument::new).collect(),
            services: findings.services.iter().map(ServiceDocument::new).collect(),
            unresolved: unresolved.collect(),
            notes: notes.collect(),
            manifest,
            written,
        }
    }
}

impl<'a> AppDocument<'a> {
    fn new(app: &'a App) -> Self {
        let mut evidence = BTreeMap::from([("language", places(&app.language.evidence))]);
        let mut tell = |field, fact: Option<&[Evidence]>| {
            if let Some(found) = fact {
                evidence.insert(field, places(found));
            }
        };
        tell("version", evidence_of(app.version.as_ref()));
        tell("package_manager", evidence_of(app.package_manager.as_ref()));
        tell("framework", evidence_of(app.frameworks.first()));
        tell("setup", evidence_of(app.setup.first()));
        tell("run", evidence_of(app.run.as_ref()));
        tell("port", evidence_of(app.published.as_ref().or(app.port.as_ref())));
        Self {
            name: &app.name,
            path: if app.path.is_empty() { "." } else { &app.path },
            language: &app.language.value,
            version: app.version.as_ref().map(|it| it.value.as_str()),
            runtime: toolchain_as_written(&app.toolchain),
            runtime_with: match &app.toolchain {
                Toolchain::Catalog { with, .. } => with.iter().map(String::as_str).collect(),
                Toolchain::Tools { with, packages, .. } => with.iter().chain(packages).map(String::as_str).collect(),
                Toolchain::Build { .. } | Toolchain::Image(_) => Vec::new(),
            },
            package_manager: app.package_manager.as_ref().map(|it| it.value.name.as_str()),
            package_manager_version: app.package_manager.as_ref().and_then(|it| it.value.version.as_deref()),
            framework: app.frameworks.first().map(|it| it.value.as_str()),
            frameworks: app.frameworks.iter().map(|it| it.value.as_str()).collect(),
            setup: app.setup.iter().map(|it| it.value.run.as_str()).collect(),
            run: app.run.as_ref().map(|it| it.value.as_str()),
            port: app.expected_at(),
            port_inside: app.port.as_ref().map(|it| it.value),
            env: app.env.iter().map(|it| (it.value.key.as_str(), it.value.value.as_str())).collect(),
            env_evidence: app.env.iter().map(|it| (it.value.key.as_str(), places(&it.evidence))).collect(),
            evidence,
        }
    }
}

impl<'a> ServiceDocument<'a> {
    fn new(service: &'a Service) -> Self {
        let (catalog, image) = match &service.source {
            ServiceSource::Catalog(id) => (Some(id.as_str()), None),
            ServiceSource::Image(image) => (kind_of(service).map(|kind| kind.id), Some(image.as_str())),
        };
        let version = service.version.as_ref();
        let from = version.map(|version| version.evidence.as_slice()).unwrap_or_default();
        let all = from.iter().chain(service.evidence.iter().filter(|it| !from.contains(it)));
        let evidence = all.map(ToString::to_string).collect();
        Self { name: &service.name, catalog, image, version: version.map(|it| it.value.as_str()), evidence }
    }
}

fn toolchain_as_written(toolchain: &Toolchain) -> String {
    match toolchain {
        Toolchain::Catalog { id, version: Some(version), .. } => format!("{id}@{version}"),
        Toolchain::Catalog { id, version: None, .. } => id.clone(),
        Toolchain::Build { file, .. } => format!("build {file}"),
        Toolchain::Image(image) | Toolchain::Tools { image, .. } => image.clone(),
    }
}

fn evidence_of<T>(fact: Option<&Fact<T>>) -> Option<&[Evidence]> {
    fact.map(|fact| fact.evidence.as_slice())
}

fn places(evidence: &[Evidence]) -> Vec<String> {
    evidence.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_its_file_once() {
        let said = |text: &str, line: Option<usize>| {
            note(&Note { text: text.to_owned(), evidence: vec![Evidence::at("a.json", line)] })
        };
        assert_eq!(said("a.json was left out: it is empty", Some(1)), "a.json was left out: it is empty (line 1)");
        assert_eq!(said("a.json was left out: it is a folder", None), "a.json was left out: it is a folder");
        assert_eq!(said("`x` has no equivalent", Some(3)), "`x` has no equivalent (a.json:3)");
    }
}
