//! Whether names in `needs`, `in` and `task` exist and are of the right kind.

use super::{Checker, Unit};
use crate::catalog::Probe;
use crate::manifest::{Asks, At, Need};
use crate::names::Name;
use crate::problem::{Problem, kinds};
use crate::words;

impl<'m> Checker<'_, '_, 'm> {
    pub(super) fn needs(&mut self) {
        for unit in self.units.clone() {
            let needs = match unit {
                Unit::Service(service) => &service.needs,
                Unit::App(app) => &app.needs,
            };
            for need in needs {
                self.need(unit, need);
            }
        }
    }

    fn need(&mut self, unit: Unit, need: &Need) {
        let name = need.name.value.as_str();
        if name == unit.name() {
            self.findings.add(need.name.span, || {
                Problem::new(&kinds::MANIFEST_NEEDS_ITSELF, format!("`{name}` can't need itself")).fix("remove it")
            });
        } else if !need.optional && !self.by_name.contains_key(name) && !self.unclear.may_have(name) {
            let meant = self.meant(name);
            let taken = self.taken_away(name, need.name.span);
            self.findings.add(need.name.span, || {
                let problem = no_such(name, "neither a service nor an app here", meant);
                let problem = taken.iter().fold(problem, |problem, why| problem.why(why));
                problem.fix(format!("write `{name}?` if it need not be there"))
            });
        }
    }

    fn meant(&self, name: &str) -> Option<&'m str> {
        words::nearest(name, self.units.iter().map(|unit| unit.name()).take(500))
    }

    pub(super) fn tasks(&mut self) {
        let manifest = self.manifest;
        for task in &manifest.tasks {
            self.runs_in(task.app.as_ref(), task.name.span, &format!("the task `{}`", task.name.value));
        }
    }

    pub(super) fn checks(&mut self) {
        let manifest = self.manifest;
        for check in &manifest.checks {
            match &check.value.asks {
                Asks::Task(name) => self.task_exists(name),
                Asks::Run { app, .. } => self.runs_in(app.as_ref(), check.span, "this check"),
                Asks::Sql { service, .. } => self.speaks_sql(service),
                Asks::Http(_) | Asks::Tcp(_) => {}
            }
        }
    }

    pub(super) fn budget(&mut self) {
        for (name, _) in &self.manifest.budget.apps {
            let written = name.value.as_str();
            if !self.by_name.contains_key(written) && !self.unclear.may_have(written) {
                let meant = self.meant(written);
                self.findings.add(name.span, || no_such(written, "neither a service nor an app here", meant));
            }
        }
    }

    /// A command runs in an app; which one goes without saying where there is at most one.
    fn runs_in(&mut self, app: Option<&At<Name>>, span: crate::manifest::Span, who: &str) {
        let apps = self.manifest.apps.iter().map(|app| app.name.value.as_str()).take(500);
        let Some(app) = app else {
            if self.manifest.apps.len() > 1 {
                self.findings.add(span, || {
                    let apps: Vec<&str> = apps.take(20).collect();
                    Problem::new(&kinds::MANIFEST_MISSING_KEY, format!("{who} does not say in which app it runs"))
                        .why(format!("the apps are {}", words::list(&apps)))
                        .fix(format!("add  in: {}", apps[0]))
                });
            }
            return;
        };
        let name = app.value.as_str();
        let unit = self.by_name.get(name).map(|index| self.units[*index]);
        if self.unclear.may_have(name) || matches!(unit, Some(Unit::App(_))) {
            return;
        }
        self.findings.add(app.span, || {
            let kind = if unit.is_some() { "a service; commands run in apps" } else { "not an app here" };
            or_one_of(no_such(name, kind, words::nearest(name, apps.clone())), "apps", apps)
        });
    }

    fn task_exists(&mut self, name: &At<Name>) {
        let tasks = &self.manifest.tasks;
        if self.unclear.may_have(name.value.as_str()) || self.tasks.contains(name.value.as_str()) {
            return;
        }
        self.findings.add(name.span, || {
            let known = tasks.iter().map(|task| task.name.value.as_str()).take(500);
            no_such(name.value.as_str(), "not a task here", words::nearest(name.value.as_str(), known))
        });
    }

    fn speaks_sql(&mut self, service: &At<Name>) {
        let name = service.value.as_str();
        if self.unclear.may_have(name) {
            return;
        }
        let Some(unit) = self.by_name.get(name).map(|index| self.units[*index]) else {
            let services = self.manifest.services.iter().map(|service| service.name.value.as_str());
            let meant = words::nearest(name, services.take(500));
            let services = self.manifest.services.iter().map(|service| service.name.value.as_str());
            self.findings
                .add(service.span, || or_one_of(no_such(name, "not a service here", meant), "services", services));
            return;
        };
        let fine = match (unit, unit.entry()) {
            (_, Some(entry)) => matches!(entry.probe, Probe::Postgres | Probe::Mysql) || entry.id == "clickhouse",
            (Unit::Service(service), None) => {
                // An unknown catalog name is told elsewhere.
                matches!(service.source.value, crate::manifest::ServiceSource::Catalog { .. })
            }
            (Unit::App(_), None) => false,
        };
        if !fine {
            self.findings.add(service.span, || {
                Problem::new(&kinds::MANIFEST_NOT_SQL, format!("{} can't be asked in SQL", unit.title()))
                    .fix("name a service such as `postgres` or `mysql`, or check it with `run` or `http`")
            });
        }
    }
}

/// Names what there is, where nothing is near enough to be meant.
fn or_one_of<'n>(problem: Problem, what: &str, names: impl Iterator<Item = &'n str>) -> Problem {
    let names: Vec<&str> = names.take(20).collect();
    match names.as_slice() {
        names if !problem.fixes.is_empty() || names.is_empty() => problem,
        [only] => problem.fix(format!("the only one of the {what} is `{only}`")),
        names => problem.fix(format!("the {what} are {}", words::list(names))),
    }
}

fn no_such(name: &str, kind: &str, meant: Option<&str>) -> Problem {
    let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_NAME, format!("`{name}` is {kind}"));
    match meant {
        Some(meant) => problem.meant(meant),
        None => problem,
    }
}
