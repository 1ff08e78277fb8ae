//! Holds a manifest against itself and the catalog; all problems at once.

mod here;
mod names;
mod order;
mod own;
mod reference;
mod source;

use std::collections::{HashMap, HashSet};

use ignore::overrides::OverrideBuilder;

pub use here::{Here, addresses_of_here};

use super::findings::{Findings, Source};
use super::parse::{Draft, Unclear};
use super::{App, At, Manifest, ReadyBy, Service, ServiceSource};
use crate::catalog::{self, ServiceEntry};
use crate::names::Port;
use crate::problem::{Problem, kinds};

/// Every problem of a manifest that could be read, in the order of the text; `text` is what it was read from.
pub fn check(file: &str, text: &str, manifest: &Manifest) -> Vec<Problem> {
    let source = Source::new(file, text);
    let mut findings = Findings::new(&source);
    Checker::new(&mut findings, manifest, &Unclear::default()).run();
    findings.into_sorted()
}

/// Checks what could be read, without follow-ups of problems that are already told.
pub fn check_draft(findings: &mut Findings, draft: &Draft) {
    Checker::new(findings, &draft.manifest, &draft.unclear).run();
}

/// A service or an app.
#[derive(Debug, Clone, Copy)]
enum Unit<'m> {
    Service(&'m Service),
    App(&'m App),
}

impl<'m> Unit<'m> {
    fn name(self) -> &'m str {
        self.at().value.as_str()
    }

    fn at(self) -> &'m At<crate::names::Name> {
        match self {
            Unit::Service(service) => &service.name,
            Unit::App(app) => &app.name,
        }
    }

    /// `the service `db``.
    fn title(self) -> String {
        match self {
            Unit::Service(service) => format!("the service `{}`", service.name.value),
            Unit::App(app) => format!("the app `{}`", app.name.value),
        }
    }

    fn has_port(self) -> bool {
        match self {
            Unit::Service(service) => service.port.is_some() || self.entry().is_some(),
            Unit::App(app) => app.port.is_some(),
        }
    }

    fn entry(self) -> Option<&'static ServiceEntry> {
        match self {
            Unit::Service(Service { source: At { value: ServiceSource::Catalog { id, .. }, .. }, .. }) => {
                catalog::service(id)
            }
            _ => None,
        }
    }
}

struct Checker<'c, 'a, 'm> {
    findings: &'c mut Findings<'a>,
    manifest: &'m Manifest,
    unclear: &'c Unclear,
    /// Services, then apps, in the order of the text.
    units: Vec<Unit<'m>>,
    /// Index in `units` of the first with a name.
    by_name: HashMap<&'m str, usize>,
    tasks: HashSet<&'m str>,
    secrets: HashSet<&'m str>,
}

impl<'c, 'a, 'm> Checker<'c, 'a, 'm> {
    fn new(findings: &'c mut Findings<'a>, manifest: &'m Manifest, unclear: &'c Unclear) -> Self {
        let services = manifest.services.iter().map(Unit::Service);
        let units: Vec<Unit> = services.chain(manifest.apps.iter().map(Unit::App)).collect();
        let mut by_name = HashMap::new();
        for (index, unit) in units.iter().enumerate() {
            by_name.entry(unit.name()).or_insert(index);
        }
        let tasks = manifest.tasks.iter().map(|task| task.name.value.as_str()).collect();
        let secrets = manifest.secrets.iter().map(|secret| secret.name.value.as_str()).collect();
        Self { findings, manifest, unclear, units, by_name, tasks, secrets }
    }

    fn run(&mut self) {
        for service in &self.manifest.services {
            self.service_source(service);
            self.per_branch(service);
            self.seed(service);
        }
        for app in &self.manifest.apps {
            self.app_source(app);
            self.inputs(app);
            self.job(app);
        }
        self.names_twice();
        self.ports_twice();
        self.ready_ports();
        self.needs();
        self.references();
        self.tasks();
        self.checks();
        self.budget();
        self.cycles();
        self.own_values();
    }

    fn names_twice(&mut self) {
        for (index, unit) in self.units.iter().enumerate() {
            let Some(first) = self.by_name.get(unit.name()).map(|first| self.units[*first]) else { continue };
            if self.by_name.get(unit.name()) == Some(&index) {
                continue;
            }
            self.findings.add(unit.at().span, || {
                Problem::new(&kinds::MANIFEST_NAME_TWICE, format!("two things are called `{}`", unit.name()))
                    .why(format!(
                        "{} in {} has this name already",
                        first.title(),
                        first.at().span.seen_from(unit.at().span)
                    ))
                    .fix("give one of them another name")
            });
        }
    }

    fn ports_twice(&mut self) {
        let mut seen: HashMap<Port, &App> = HashMap::new();
        for app in &self.manifest.apps {
            // Each has a place of its own: only where people would look for both can there be but one.
            let Some(port) = app.expected_at() else { continue };
            let Some(first) = seen.get(&port.value) else {
                seen.insert(port.value, app);
                continue;
            };
            self.findings.add(port.span, || {
                let place = first.expected_at().map_or_else(String::new, |first| first.span.seen_from(port.span));
                let what = format!("`{}` and `{}` both use port {}", first.name.value, app.name.value, port.value);
                let problem = Problem::new(&kinds::MANIFEST_PORT_TWICE, what)
                    .why(format!("`{}` has it in {place}", first.name.value))
                    .fix("give one of them another port, in its own settings too");
                let next = port.value.number().checked_add(1);
                match app.port.as_ref().zip(next).filter(|_| !app.is_on_host()) {
                    Some((inside, next)) => problem.fix(format!(
                        "or another one on this computer only:  port: {{ inside: {}, outside: {next} }}",
                        inside.value
                    )),
                    None => problem,
                }
            });
        }
    }

    /// Whether the globs of `inputs` and `restart_on` can be read and stay inside the repo.
    fn inputs(&mut self, app: &App) {
        let inputs = app.setup.iter().filter_map(|step| step.inputs.as_ref()).flatten().map(|glob| ("an input", glob));
        let globs = inputs.chain(app.restart_on.iter().map(|glob| ("a file of `restart_on`", glob)));
        for (what, glob) in globs.collect::<Vec<_>>() {
            let pattern = glob.value.strip_prefix('!').unwrap_or(&glob.value);
            let wrong = if pattern.trim().is_empty() {
                Some("is empty".to_owned())
            } else if let Some(wrong) = leaves(app.path.as_ref().map_or("", |path| &path.value), pattern) {
                Some(format!("{wrong}: `{}`", glob.value))
            } else {
                let compiles = OverrideBuilder::new("/").add(&glob.value).is_ok();
                (!compiles).then(|| format!("is not a pattern for paths: `{}`", glob.value))
            };
            let Some(wrong) = wrong else { continue };
            self.findings.add(glob.span, || {
                Problem::new(&kinds::MANIFEST_BAD_GLOB, format!("{what} of `{}` {wrong}", app.name.value))
                    .fix("write a path from the app's folder, for example `migrations/**` or `../package-lock.json`")
            });
        }
    }

    /// Whether the port that readiness is asked at is one of the unit's.
    fn ready_ports(&mut self) {
        for unit in self.units.clone() {
            let (ready, own) = match unit {
                Unit::Service(service) => (&service.ready, &service.port),
                // A job's readiness is told elsewhere.
                Unit::App(app) if app.once => continue,
                Unit::App(app) => (&app.ready, &app.port),
            };
            let Some(ready) = ready.as_ref().filter(|_| !self.unclear.may_have(unit.name())) else { continue };
            let own = own.as_ref().map(|port| port.value.number());
            let catalog = unit.entry().into_iter();
            let catalog = catalog.flat_map(|entry| entry.more_ports.iter().map(|(_, port)| *port).chain([entry.port]));
            let ports: Vec<u16> = own.into_iter().chain(catalog).collect();
            let what = match &ready.value.by {
                Some(ReadyBy::Http { path, .. }) if !unit.has_port() => {
                    format!("{} has no port, so `{path}` can't be asked for", unit.title())
                }
                Some(ReadyBy::Port(port)) if !ports.contains(&port.number()) => {
                    format!("{} has no port {port} that could answer", unit.title())
                }
                _ => continue,
            };
            self.findings.add(ready.span, || {
                Problem::new(&kinds::MANIFEST_NO_PORT, what)
                    .fix(format!("add the port it listens on to `{}`", unit.name()))
                    .fix("or tell by its output: `ready: { log: … }`")
            });
        }
    }

    fn job(&mut self, app: &App) {
        let Some(ready) = app.ready.as_ref().filter(|ready| app.once && ready.value.by.is_some()) else { return };
        self.findings.add(ready.span, || {
            let what = format!("`{}` runs once, so it is ready when it has ended with success", app.name.value);
            Problem::new(&kinds::MANIFEST_READY_OF_JOB, what)
                .fix("remove `ready`; only `ready: { timeout: 2m }` is possible here")
                .fix("or remove `once` if it goes on running")
        });
    }
}

/// What is wrong with where a glob leads from the folder of its app.
fn leaves(folder: &str, pattern: &str) -> Option<&'static str> {
    const OUT: &str = "leaves the repo";
    if pattern.starts_with('/') {
        return Some(OUT);
    }
    let is_step = |part: &&str| !matches!(*part, "" | ".");
    let mut above: Vec<&str> = folder.split('/').filter(is_step).collect();
    let own = above.len();
    for part in pattern.split(['/', '\\']).filter(is_step) {
        if part != ".." {
            above.push(part);
        } else {
            let is_written = above.len() > own;
            match above.pop() {
                None => return Some(OUT),
                Some(left) if is_written && left.contains(['*', '?', '[', '{']) => {
                    return Some("goes up from a wildcard");
                }
                Some(_) => {}
            }
        }
    }
    None
}
