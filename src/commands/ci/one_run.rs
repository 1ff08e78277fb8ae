//! One run: an environment of its own, everything up, the checks, and all of it removed again, whatever came of it.

use std::time::Duration;

use futures_util::future::join_all;

use super::budget::Spending;
use super::smoke::Smoke;
use super::{Ci, leave};
use crate::checks::judge;
use crate::commands::bring_up::{BringUp, Wishes};
use crate::commands::context::Teller;
use crate::commands::found::is_all_on_host;
use crate::commands::rounds::Finished;
use crate::commands::{Failure, walk};
use crate::events::{Event, ProblemReport, Timed};
use crate::figures::chain::Work;
use crate::host;
use crate::manifest::{Asks, At, Budget, Check, Manifest, Reference, Template};
use crate::model::resolve::{Identity, project_name};
use crate::model::task::app_of_task;
use crate::model::{Project, Source, Unit};
use crate::names::{EnvironmentId, Name};
use crate::problem::{Exit, Problem};
use crate::report::ci::cases::{self, Case, Outcome};
use crate::report::ci::timeline;
use crate::state::{self, CiRun};
use crate::words;

/// What one run came to: what was told is folded at once, so that many runs take little room.
pub struct Ran {
    /// The environment's id; `None` = it did not come to one.
    pub id: Option<EnvironmentId>,
    pub project: Name,
    pub exit: Exit,
    pub took: Duration,
    pub cases: Vec<Case>,
    pub problems: Vec<ProblemReport>,
    /// Each service and app, and what it is.
    pub parts: Vec<(Name, String)>,
    /// Of each service and app that is taken as somebody has published it, exactly what it was.
    pub exact: Vec<(Name, String)>,
    pub rows: Vec<Work>,
}

impl Ran {
    /// A run that came to no environment.
    pub fn unbegun(project: Name, exit: Exit, events: &[Timed]) -> Self {
        let cases = cases::fold(events, &[], exit);
        let (problems, took) = (problems_of(events), Duration::ZERO);
        Self { id: None, project, exit, took, cases, problems, parts: Vec::new(), exact: Vec::new(), rows: Vec::new() }
    }

    /// Lets go of what passed cases have printed: of many runs nobody reads it.
    pub fn without_words_of_what_passed(mut self) -> Self {
        self.cases.iter_mut().filter(|case| case.outcome == Outcome::Passed).for_each(|case| case.output = Vec::new());
        self
    }
}

fn problems_of(events: &[Timed]) -> Vec<ProblemReport> {
    let reports = events.iter().filter_map(|timed| match &timed.event {
        Event::Problem(report) => Some(report.clone()),
        _ => None,
    });
    reports.collect()
}

impl Ci<'_> {
    /// # Errors
    /// Nothing could be begun; whatever fails later is part of the answer.
    pub async fn run_once(&self) -> Result<Ran, Failure> {
        let context = self.context;
        let identity = self.fresh_identity()?;
        let lock = context.lock(&identity, "ci").await?;
        let unmarked = |error| Problem::unwritable("devenv cannot write down what it needs to remember", error);
        let engine = self.engine.address().url().to_owned();
        let run = CiRun { is_all_on_host: is_all_on_host(&self.manifest), engine };
        state::mark_ci_run(&context.folders, &identity.id, &run).map_err(unmarked)?;
        let began = context.ui.elapsed();
        let teller = context.recording_teller();
        let mut project = None;
        let worked = self.cancellation.until(self.work(&identity, &teller, &mut project)).await;
        teller.finish();
        let mut exit = self.told(&teller, worked);
        self.artifacts.keep_logs(context, &self.engine, &identity, exit).await;
        let removed = self.part("clean-up", "clean up", self.clean_up(&identity, exit)).await;
        if let Err(problem) = removed {
            context.ui.problem(&problem);
            teller.hear(Event::Problem(ProblemReport::from(&problem)));
            exit = if exit == Exit::Done { problem.exit } else { exit };
        }
        drop(lock);
        let took = context.ui.elapsed().saturating_sub(began);
        let checks = judge::titles(self.manifest.checks.iter().map(|check| &check.value));
        let units = project.map(|project| project.units).unwrap_or_default();
        let exact = self.exact_of(&units, exit).await;
        let events = teller.into_heard();
        self.artifacts.keep_events(&events);
        Ok(Ran {
            cases: cases::fold(&events, &checks, exit),
            problems: problems_of(&events),
            parts: units.iter().map(|unit| (unit.name.clone(), unit.title.clone())).collect(),
            exact,
            rows: timeline::rows(&events, &needs_of(&units)),
            project: project_name(&self.manifest, &identity),
            id: Some(identity.id),
            exit,
            took,
        })
    }

    /// Exactly what units were made from, as far as the engine knows; of a run that was cancelled nobody waits for it.
    async fn exact_of(&self, units: &[Unit], exit: Exit) -> Vec<(Name, String)> {
        if exit == Exit::Interrupted {
            return Vec::new();
        }
        let each = units.iter().map(|unit| async move {
            let Source::Image(image) = &unit.source else { return None };
            let exact = match image.is_exact() {
                true => Some(image.clone()),
                false => self.engine.digest_here(image).await.and_then(|digest| image.exactly(&digest)),
            };
            Some((unit.name.clone(), exact?.to_string()))
        });
        join_all(each).await.into_iter().flatten().collect()
    }

    /// Says that nothing of the run is left; what is, is the problem's to tell.
    async fn clean_up(&self, identity: &Identity, exit: Exit) -> Result<(), Problem> {
        let ui = &self.context.ui;
        let began = ui.elapsed();
        leave::remove(self.context, &self.engine, &identity.id, exit).await?;
        let took = words::duration(ui.elapsed().saturating_sub(began));
        ui.status(&format!("cleaned up in {took}: nothing of this run is left; downloads and package caches stay"));
        Ok(())
    }

    async fn work(
        &self,
        identity: &Identity,
        teller: &Teller<'_>,
        project: &mut Option<Project>,
    ) -> Result<Exit, Failure> {
        let (context, engine, manifest) = (self.context, self.engine.clone(), self.manifest.clone());
        let wishes = Wishes { names: wanted(&manifest), ..Wishes::default() };
        let up = BringUp { context, engine, identity: identity.clone(), manifest, wishes };
        let began_ms = millis(context.ui.elapsed());
        let brought = self.part("up", "bring everything up", up.carry_out(teller)).await;
        let (ended_ms, is_up) =
            (millis(context.ui.elapsed()), |it: &Finished| walk::verdict(&it.outcome) == Exit::Done);
        context.record.note_up(brought.as_ref().is_ok_and(is_up).then_some(ended_ms));
        let Finished { round, outcome } = brought?;
        let cold_ms = ended_ms.saturating_sub(began_ms);
        let wanted = project.insert(round.project);
        teller.finish();
        match walk::verdict(&outcome) {
            Exit::Done => {}
            exit => return Ok(exit),
        }
        let mut exit = Exit::Done;
        if !self.manifest.checks.is_empty() {
            let smoke = Smoke::new(self, identity, wanted, teller).await?;
            exit = self.part("checks", "checks", smoke.run()).await?;
        }
        if self.manifest.budget == Budget::default() {
            return Ok(exit);
        }
        let spending = Spending { up: &up, teller, needs: needs_of(&wanted.units), began_ms, cold_ms };
        match self.part("budget", "budget", spending.judge()).await? {
            over if exit == Exit::Done => Ok(over),
            _ => Ok(exit),
        }
    }

    /// A part of the story that the CI service can fold.
    async fn part<T>(&self, key: &str, title: &str, work: impl Future<Output = T>) -> T {
        self.context.ui.markup(&self.service.opening(key, title, host::now()));
        let result = work.await;
        self.context.ui.markup(&self.service.closing(key, host::now()));
        result
    }

    /// Tells what kept it from coming to its end; answers how it ended.
    fn told(&self, teller: &Teller<'_>, worked: Result<Exit, Failure>) -> Exit {
        let ui = &self.context.ui;
        match worked {
            Ok(exit) => exit,
            Err(Failure::Shown(exit)) => exit,
            Err(Failure::Problems(problems)) => {
                ui.problems(&problems);
                for report in super::reports(self.context, &problems) {
                    teller.hear(Event::Problem(report));
                }
                problems.exit()
            }
            Err(Failure::Bug(error)) => {
                ui.bug(&error);
                Exit::Bug
            }
        }
    }
}

/// What each waits for.
fn needs_of(units: &[Unit]) -> Vec<(Name, Vec<Name>)> {
    let needs = |unit: &Unit| unit.needs.iter().map(|need| need.name.clone()).collect();
    units.iter().map(|unit| (unit.name.clone(), needs(unit))).collect()
}

pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What has to run: everything, and what is optional where a check asks it. None = everything that is not optional.
fn wanted(manifest: &Manifest) -> Vec<Name> {
    let services = manifest.services.iter().map(|service| (&service.name.value, service.optional));
    let units: Vec<(&Name, bool)> =
        services.chain(manifest.apps.iter().map(|app| (&app.name.value, app.optional))).collect();
    let asked = asked_of(manifest);
    let is_asked = |name: &Name| asked.iter().any(|one| one == name.as_str());
    if !units.iter().any(|(name, optional)| *optional && is_asked(name)) {
        return Vec::new();
    }
    units.into_iter().filter(|(name, optional)| !optional || is_asked(name)).map(|(name, _)| name.clone()).collect()
}

/// Every service and app that a check is about.
fn asked_of(manifest: &Manifest) -> Vec<String> {
    let referred = |template: &Template| -> Vec<String> {
        let named = template.references().filter_map(|At { value, .. }| match value {
            Reference::Value { name, .. } => Some(name.clone()),
            Reference::Secret(_) => None,
        });
        named.collect()
    };
    let of = |check: &At<Check>| match &check.value.asks {
        Asks::Http(http) => referred(&http.url),
        Asks::Tcp(address) => referred(address),
        Asks::Sql { service, .. } => vec![service.value.to_string()],
        Asks::Run { app, run, .. } => app.iter().map(|app| app.value.to_string()).chain(referred(run)).collect(),
        Asks::Task(name) => {
            let task = manifest.tasks.iter().find(|task| task.name.value == name.value);
            let app = task.and_then(|task| app_of_task(manifest, task)).map(Name::to_string);
            app.into_iter().chain(task.map(|task| referred(&task.run.value)).unwrap_or_default()).collect()
        }
    };
    manifest.checks.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted_of(checks: &str) -> Vec<String> {
        let text = format!(
            "services: {{ db: postgres, mail: {{ use: mailpit, optional: true }}, bus: {{ use: nats, optional: true }} }}\n\
             apps: {{ api: {{ image: x, port: 80 }} }}\nchecks: {checks}\n"
        );
        let manifest = crate::manifest::load("dev.yaml", text.as_bytes()).unwrap();
        wanted(&manifest).iter().map(Name::to_string).collect()
    }

    #[test]
    fn what_is_optional_runs_where_a_check_asks_it() {
        assert!(wanted_of("[{ http: '${api.url}/' }, { sql: select 1, in: db }]").is_empty());
        assert_eq!(wanted_of("[{ http: '${mail.url}/' }]"), ["db", "mail", "api"]);
        assert_eq!(wanted_of("[{ run: 'test ${bus.url}', in: api }]"), ["db", "bus", "api"]);
    }
}
