//! Whether what `${…}` refers to exists.

use super::{Checker, Unit};
use crate::catalog::ServiceEntry;
use crate::manifest::{Asks, At, Reference, ServiceSource, Template};
use crate::problem::{Problem, kinds};
use crate::words;

/// Who reads a text: a shell may mean `${…}` for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Value,
    Shell,
}

impl<'m> Checker<'_, '_, 'm> {
    pub(super) fn references(&mut self) {
        let manifest = self.manifest;
        let mut texts: Vec<(&'m Template, Reader)> = Vec::new();
        for service in &manifest.services {
            texts.extend(service.env.iter().map(|variable| (&variable.value.value, Reader::Value)));
            texts.extend(service.run.iter().map(|run| (&run.value, Reader::Shell)));
        }
        for app in &manifest.apps {
            texts.extend(app.env.iter().map(|variable| (&variable.value.value, Reader::Value)));
            texts.extend(app.setup.iter().map(|step| (&step.run.value, Reader::Shell)));
            texts.extend(app.run.iter().map(|run| (&run.value, Reader::Shell)));
        }
        texts.extend(manifest.tasks.iter().map(|task| (&task.run.value, Reader::Shell)));
        for check in &manifest.checks {
            match &check.value.asks {
                Asks::Http(http) => texts.push((&http.url, Reader::Value)),
                Asks::Tcp(address) => texts.push((address, Reader::Value)),
                Asks::Run { run, .. } => texts.push((run, Reader::Shell)),
                Asks::Task(_) | Asks::Sql { .. } => {}
            }
        }
        for (text, reader) in texts {
            for reference in text.references() {
                self.reference(reference, reader);
            }
        }
        self.reach();
    }

    /// What runs inside can't reach what listens on this computer's own address only, as host apps do.
    fn reach(&mut self) {
        let manifest = self.manifest;
        let services = manifest.services.iter().map(|service| (Unit::Service(service), service.templates().collect()));
        let apps = manifest.apps.iter().filter(|app| !app.is_on_host());
        let apps = apps.map(|app| (Unit::App(app), app.templates().collect()));
        let all: Vec<(Unit<'m>, Vec<&'m Template>)> = services.chain(apps).collect();
        for (reader, templates) in all {
            for reference in templates.into_iter().flat_map(Template::references) {
                let Reference::Value { name, attribute } = &reference.value else { continue };
                let host = manifest.apps.iter().find(|app| app.is_on_host() && app.name.value.as_str() == name);
                if host.is_some() && ["url", "host", "port"].contains(&attribute.as_str()) {
                    self.findings.add(reference.span, || out_of_reach(reader, name, attribute));
                }
            }
        }
    }

    fn reference(&mut self, reference: &At<Reference>, reader: Reader) {
        match &reference.value {
            Reference::Secret(name) => self.secret(reference, name),
            Reference::Value { name, attribute } => match self.by_name.get(name.as_str()) {
                _ if self.unclear.may_have(name) => {}
                Some(index) => self.attribute(reference, self.units[*index], attribute),
                None => self.unknown_name(reference, name, attribute, reader),
            },
        }
    }

    fn secret(&mut self, reference: &At<Reference>, name: &str) {
        let known = &self.manifest.secrets;
        if self.unclear.may_have(name) || self.secrets.contains(name) {
            return;
        }
        self.findings.add(reference.span, || {
            let meant = words::nearest(name, known.iter().map(|secret| secret.name.value.as_str()).take(500));
            let problem =
                Problem::new(&kinds::MANIFEST_UNDECLARED_SECRET, format!("the secret `{name}` is not declared"));
            let problem = match meant {
                Some(meant) => problem.meant(format!("${{secret.{meant}}}")),
                None => problem,
            };
            problem.fix(format!("declare it, with a line for whoever needs it:\n\nsecrets:\n  {name}: where to get it"))
        });
    }

    fn unknown_name(&mut self, reference: &At<Reference>, name: &str, attribute: &str, reader: Reader) {
        let units = &self.units;
        let taken = self.taken_away(name, reference.span);
        self.findings.add(reference.span, || {
            let what =
                format!("`${{{name}.{attribute}}}` refers to `{name}`, which is neither a service nor an app here");
            let names: Vec<&str> = units.iter().map(|unit| unit.name()).collect();
            let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_NAME, what);
            let problem = if let Some(why) = &taken {
                problem.why(why.clone())
            } else if names.is_empty() {
                problem
            } else {
                problem.why(format!("the names here are {}", words::list(&names[..names.len().min(20)])))
            };
            // `${postgres.url}` where `db: postgres` stands.
            let by_kind = units.iter().find(|unit| match unit {
                Unit::Service(service) => {
                    matches!(&service.source.value, ServiceSource::Catalog { id, .. } if id == name)
                }
                Unit::App(_) => false,
            });
            let meant =
                by_kind.map(|unit| unit.name()).or_else(|| words::nearest(name, names.iter().copied().take(500)));
            let problem = match meant {
                Some(meant) => problem.meant(format!("${{{meant}.{attribute}}}")),
                None if name == "secrets" => problem.meant(format!("${{secret.{attribute}}}")),
                None if crate::catalog::service(name).is_some() => {
                    problem.fix(format!("add it:\n\nservices:\n  {name}: {name}"))
                }
                None => problem,
            };
            if reader == Reader::Shell {
                problem.fix(format!("write `$${{{name}.{attribute}}}` if it is not meant for devenv"))
            } else {
                problem
            }
        });
    }

    fn attribute(&mut self, reference: &At<Reference>, unit: Unit, attribute: &str) {
        let entry = unit.entry();
        let is_unknown_entry = entry.is_none()
            && matches!(unit, Unit::Service(service) if matches!(service.source.value, ServiceSource::Catalog { .. }));
        if is_unknown_entry {
            return;
        }
        let mut known = vec!["host", "port", "url"];
        match unit {
            Unit::App(_) => known.push("public_url"),
            Unit::Service(_) => {
                let more = entry.map_or(&[][..], |entry| entry.attributes);
                known.extend(more.iter().map(|(name, _)| *name).filter(|name| !["host", "port", "url"].contains(name)));
                if entry.is_none_or(ServiceEntry::is_for_browsers) {
                    known.push("public_url");
                }
            }
        }
        if !known.contains(&attribute) {
            self.findings.add(reference.span, || {
                let what = format!("{} does not offer `{attribute}`", unit.title());
                let mut why = format!("it offers {}", words::list(&known));
                if let Some(elsewhere) = unit.made_elsewhere(reference.span) {
                    why.push_str(&format!("; {elsewhere}"));
                }
                let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_ATTRIBUTE, what).why(why);
                match same_meaning(attribute, &known).or_else(|| words::nearest(attribute, known.iter().copied())) {
                    Some(meant) => problem.meant(format!("${{{}.{meant}}}", unit.name())),
                    None => problem,
                }
            });
        } else if attribute != "host" && !unit.has_port() {
            self.findings.add(reference.span, || {
                let what = format!("{} has no port, so there is no `{attribute}` of it", unit.title());
                let problem = Problem::new(&kinds::MANIFEST_NO_PORT, what);
                let elsewhere = unit.made_elsewhere(reference.span);
                let problem = elsewhere.iter().fold(problem, |problem, why| problem.why(why));
                problem.fix(format!("add the port it listens on to `{}`", unit.name()))
            });
        }
    }
}

fn out_of_reach(reader: Unit, name: &str, attribute: &str) -> Problem {
    let what = format!("{} can't reach `${{{name}.{attribute}}}`", reader.title());
    let problem = Problem::new(&kinds::MANIFEST_HOST_UNREACHABLE, what)
        .why(format!(
            "`{name}` runs on this computer and is open to this computer only; {} runs apart from it",
            reader.title()
        ))
        .fix(format!("give `{name}` a runtime of the catalog, so that both run side by side"));
    let problem = match reader {
        Unit::App(app) => problem.fix(format!("or write `runtime: host` for `{}` as well", app.name.value)),
        Unit::Service(_) => problem,
    };
    problem.fix(format!("for an address that only a browser opens, write `${{{name}.public_url}}`"))
}

/// What other tools call an attribute.
fn same_meaning<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let ours = match wrong.to_lowercase().as_str() {
        "username" | "login" => "user",
        "pass" | "pwd" | "secret" => "password",
        "db" | "dbname" | "name" => "database",
        "uri" | "dsn" | "address" | "connection_string" | "endpoint" | "public_url" => "url",
        "hostname" | "ip" => "host",
        "external_url" | "browser_url" => "public_url",
        _ => return None,
    };
    known.iter().copied().find(|word| *word == ours)
}
