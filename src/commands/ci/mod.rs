//! `devenv ci`: everything up in an environment of its own, the checks, the reports, and nothing left behind.

mod artifacts;
mod budget;
mod cancellation;
mod folder;
mod leave;
mod one_run;
mod smoke;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::Failure;
use super::context::Context;
use crate::engine::Engine;
use crate::events::{Event, ProblemReport, Timed};
use crate::host;
use crate::manifest::Manifest;
use crate::model::resolve::{Identity, project_name};
use crate::names::EnvironmentId;
use crate::problem::{Exit, Problem, Problems, kinds};
use crate::report::ci::workflow::{Needs, Workflow};
use crate::report::ci::{Service, repeat};
use crate::words;
use artifacts::Artifacts;
use cancellation::Cancellation;
use one_run::Ran;

/// Bring everything up from nothing, run the checks of dev.yaml, and leave nothing behind.
///
/// Nobody is asked anything. Each run has an environment of its own, so that several work on one computer at once; what a killed
/// run has left is removed by the next.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv ci\n  devenv ci --artifacts reports\n  devenv ci --frozen           # exactly what dev.lock says, or an error\n  devenv ci --repeat 20        # how often does each check pass?\n  devenv ci --print github > .github/workflows/ci.yml"
)]
pub struct Arguments {
    /// Write reports, logs and times into this folder: junit.xml, devenv.sarif, summary.md, events.jsonl, logs/ and more.
    #[arg(long, value_name = "FOLDER")]
    artifacts: Option<PathBuf>,
    /// Keep the package caches of npm, pip and others in this folder, so that a CI service can bring it back for the next job.
    #[arg(long, value_name = "FOLDER")]
    pub cache_dir: Option<PathBuf>,
    /// Take nothing but the exact versions in dev.lock: what it lacks, or has of what dev.yaml no longer wants, is an error.
    #[arg(long)]
    frozen: bool,
    /// Do all of it so many times, and tell how often each case passed and how its times spread.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// Print a workflow for this CI service instead: github, gitlab, buildkite or circleci.
    #[arg(long, value_name = "SERVICE", value_parser = parse_workflow, conflicts_with_all = ["artifacts", "cache_dir", "repeat", "frozen"])]
    print: Option<Workflow>,
}

fn parse_workflow(text: &str) -> Result<Workflow, String> {
    let known = Workflow::ALL.into_iter().find(|(name, _)| *name == text);
    known.map(|(_, workflow)| workflow).ok_or_else(|| "write github, gitlab, buildkite or circleci".to_owned())
}

impl Arguments {
    /// Whether `--json` tells events.
    pub fn tells_events(&self) -> bool {
        self.print.is_none()
    }
}

/// What every run of one command has in common.
struct Ci<'a> {
    context: &'a Context,
    engine: Engine,
    manifest: Manifest,
    root: PathBuf,
    service: Service,
    artifacts: Artifacts,
    cancellation: Cancellation,
}

/// Where apps keep packages below the folder of `--cache-dir`. Apps may write there, so that no link of the repo may lead there.
///
/// # Errors
/// It can't be made, or lies behind a link.
pub fn package_folder(context: &Context, folder: &Path) -> Result<PathBuf, Failure> {
    let (entered, repo) = context.repository()?;
    let path = entered.join(folder).join("packages");
    let held = host::HeldFolder::make(&path, &repo).map_err(|error| {
        Problem::new(&kinds::CACHE_UNUSABLE, format!("package caches cannot be kept in {}", path.display()))
            .why(error.to_string())
            .fix("name another folder with --cache-dir")
    })?;
    Ok(held.path().to_owned())
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if let Some(workflow) = arguments.print {
        context.ui.answer(&workflow.text(&needs_of_workflow(context)));
        return Ok(Exit::Done);
    }
    let service = Service::of(|name| context.world.variable(name));
    let (entered, repo) = context.repository()?;
    let folder = arguments.artifacts.as_ref().map(|folder| entered.join(folder));
    let artifacts = Artifacts::begin(folder, &repo)?;
    let cancellation = Cancellation::listen();
    let prepared = cancellation.until(prepare(context, arguments)).await;
    let (root, manifest, engine) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => {
            let written = artifacts.write((context, None), service, &[unbegun(context, &artifacts, &failure)]);
            tell_unwritten(context, written);
            return Err(failure);
        }
    };
    let ci = Ci { context, engine, manifest, root, service, artifacts, cancellation };
    let (runs, failure) = ci.run_all(arguments.repeat).await;
    let exit = if ci.cancellation.is_heard().await { Exit::Interrupted } else { worst(&runs) };
    let written = tell_unwritten(context, ci.artifacts.write((context, Some(&ci.engine)), service, &runs));
    if let Some(failure) = failure {
        return Err(failure);
    }
    // What came of the run says more than what came of its reports.
    let exit = if exit == Exit::Done { written } else { exit };
    ci.conclude(&runs, exit);
    Ok(exit)
}

/// What can be known of the repo: a workflow may be printed before there is any `dev.yaml`.
fn needs_of_workflow(context: &Context) -> Needs {
    let Ok(root) = context.root() else { return Needs::default() };
    let is_locked = context.lockfile(&root).is_ok_and(|file| !file.exact().is_empty());
    let identity = Identity { id: EnvironmentId::of_checkout(&root), root };
    let secrets = context.manifest(&identity).map(|manifest| manifest.secrets).unwrap_or_default();
    let provided = secrets.into_iter().filter(|secret| secret.generate.is_none() && secret.default.is_none());
    Needs { is_locked, secrets: provided.map(|secret| secret.name.value).collect() }
}

/// How the command ends where nothing else has gone wrong.
fn tell_unwritten(context: &Context, written: Result<(), Problem>) -> Exit {
    match written {
        Ok(()) => Exit::Done,
        Err(problem) => {
            context.ui.problem(&problem);
            problem.exit
        }
    }
}

/// What several runs come to: an interruption ends them, and else the first that did not end well counts.
fn worst(runs: &[Ran]) -> Exit {
    let exits = || runs.iter().map(|ran| ran.exit).filter(|exit| *exit != Exit::Done);
    exits().find(|exit| *exit == Exit::Interrupted).or_else(|| exits().next()).unwrap_or(Exit::Done)
}

/// What every run needs. Whatever a killed run has left is removed by then.
async fn prepare(context: &Context, arguments: &Arguments) -> Result<(PathBuf, Manifest, Engine), Failure> {
    let root = context.root()?;
    let identity = Identity { id: EnvironmentId::of_checkout(&root), root };
    let manifest = context.manifest(&identity)?;
    if arguments.frozen {
        context.demand_frozen(&identity, &manifest)?;
    }
    let engine = context.engine_to_start(Some(&manifest)).await?;
    leave::remove_abandoned(context, &engine).await?;
    Ok((identity.root, manifest, engine))
}

/// A run that ended before there was anything to bring up.
fn unbegun(context: &Context, artifacts: &Artifacts, failure: &Failure) -> Ran {
    let (exit, problems) = match failure {
        Failure::Problems(problems) => (problems.exit(), reports(context, problems)),
        Failure::Shown(exit) => (*exit, Vec::new()),
        Failure::Bug(_) => (Exit::Bug, Vec::new()),
    };
    let t_ms = one_run::millis(context.ui.elapsed());
    let events = problems.into_iter().map(|report| Timed { event: Event::Problem(report), t_ms });
    let events: Vec<_> = events.collect();
    artifacts.keep_events(&events);
    Ran::unbegun(super::name::of_folder(&context.root().unwrap_or_default()), exit, &events)
}

fn reports(context: &Context, problems: &Problems) -> Vec<ProblemReport> {
    problems.iter().map(|problem| ProblemReport::from(&context.ui.redacted_problem(problem))).collect()
}

impl Ci<'_> {
    /// One run after the other until one could not be begun, and why, or the job is cancelled.
    async fn run_all(&self, number: u32) -> (Vec<Ran>, Option<Failure>) {
        let mut runs = Vec::new();
        for nth in 1..=number {
            if self.cancellation.is_heard().await {
                break;
            }
            if number > 1 {
                self.context.ui.status(&format!("run {nth} of {number}"));
                self.context.ui.tell_problems_anew();
            }
            match self.run_once().await {
                Ok(ran) if number > 1 => runs.push(ran.without_words_of_what_passed()),
                Ok(ran) => runs.push(ran),
                Err(failure) => {
                    runs.push(unbegun(self.context, &self.artifacts, &failure));
                    return (runs, Some(failure));
                }
            }
        }
        (runs, None)
    }

    /// An identity that nobody else has.
    fn fresh_identity(&self) -> anyhow::Result<Identity> {
        let chance: [u8; 6] = host::random()?;
        Ok(Identity { id: EnvironmentId::of_run(chance), root: self.root.clone() })
    }

    /// What came of it, as the last lines; problems were told when they happened.
    fn conclude(&self, runs: &[Ran], exit: Exit) {
        let ui = &self.context.ui;
        let took = runs.iter().map(|ran| ran.took).sum();
        if ui.is_json() {
            let identity = Identity { id: EnvironmentId::of_checkout(&self.root), root: self.root.clone() };
            let project = project_name(&self.manifest, &identity);
            let elapsed_ms = u64::try_from(Duration::as_millis(&took)).unwrap_or(u64::MAX);
            let done = Event::Done { ok: exit == Exit::Done, elapsed_ms, project, services: Vec::new() };
            return self.context.teller().tell(done);
        }
        match runs {
            [] => {}
            [one] => ui.answer(&self.verdict(one)),
            several => {
                let spread = repeat::spread(several.iter().map(|ran| ran.cases.as_slice()));
                ui.answer_about(&repeat::render(&spread).join("\n"));
                let green = several.iter().filter(|ran| ran.exit == Exit::Done).count();
                ui.answer(&format!(
                    "{green} of {} passed, in {}",
                    words::count(several.len(), "run"),
                    words::duration(took)
                ));
            }
        }
    }

    fn verdict(&self, ran: &Ran) -> String {
        let cases = &ran.cases;
        let took = words::duration(ran.took);
        let failed = cases.iter().filter(|case| case.has_failed()).count();
        let checks = match self.manifest.checks.len() {
            0 => "dev.yaml has no checks".to_owned(),
            number => format!("{} passed", words::count(number, "check")),
        };
        match failed {
            0 => format!("everything became ready, and {checks}, in {took}"),
            _ => format!("{failed} of {} failed, in {took}", words::count(cases.len(), "case")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Name;

    #[test]
    fn an_interruption_counts_more_than_what_failed_before() {
        let ran = |exit| Ran::unbegun(Name::from_any("shop"), exit, &[]);
        assert_eq!(worst(&[ran(Exit::Done)]), Exit::Done);
        assert_eq!(worst(&[ran(Exit::Done), ran(Exit::Check), ran(Exit::Deadline)]), Exit::Check);
        assert_eq!(worst(&[ran(Exit::Check), ran(Exit::Interrupted)]), Exit::Interrupted);
    }
}
