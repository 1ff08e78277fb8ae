//! `devenv ci`: everything up in an environment of its own, the checks, the reports, and nothing left behind.

mod artifacts;
mod leave;
mod one_run;
mod smoke;
mod until_cancelled;

use std::path::PathBuf;
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
use crate::problem::{Exit, Problems};
use crate::report::ci::Service;
use crate::words;
use artifacts::Artifacts;
use one_run::Ran;

/// Bring everything up from nothing, run the checks of dev.yaml, and leave nothing behind.
///
/// Nobody is asked anything. Each run has an environment of its own, so that several work on one computer at once; what a killed
/// run has left is removed by the next.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv ci\n  devenv ci --artifacts reports")]
pub struct Arguments {
    /// Write reports, logs and times into this folder: junit.xml, devenv.sarif, summary.md, events.jsonl, logs/ and more.
    #[arg(long, value_name = "FOLDER")]
    artifacts: Option<PathBuf>,
}

impl Arguments {
    /// Whether `--json` tells events.
    pub fn tells_events(&self) -> bool {
        true
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
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let service = Service::of(|name| context.world.variable(name));
    let folder = arguments.artifacts.as_ref().map(|folder| context.world.folder.join(folder));
    let artifacts = Artifacts::begin(folder)?;
    let root = context.root()?;
    let began = context.ui.elapsed();
    let (manifest, engine) = match prepare(context, &root).await {
        Ok(prepared) => prepared,
        Err(failure) => {
            let ran = unprepared(context, &failure, began);
            artifacts.write(context, service, &ran)?;
            return Err(failure);
        }
    };
    let ci = Ci { context, engine, manifest, root, service, artifacts };
    leave::remove_abandoned(context, &ci.engine).await;
    let ran = ci.run_once().await?;
    let written = ci.artifacts.write(context, service, &ran);
    ci.conclude(&ran);
    written?;
    Ok(ran.exit)
}

async fn prepare(context: &Context, root: &std::path::Path) -> Result<(Manifest, Engine), Failure> {
    let identity = Identity { id: EnvironmentId::of_checkout(root), root: root.to_owned() };
    let manifest = context.manifest(&identity)?;
    let engine = until_cancelled::until_cancelled(context.engine_to_start(Some(&manifest))).await?;
    Ok((manifest, engine))
}

/// A run that ended before there was anything to bring up.
fn unprepared(context: &Context, failure: &Failure, began: Duration) -> Ran {
    let (exit, problems) = match failure {
        Failure::Problems(problems) => (problems.exit(), reports(context, problems)),
        Failure::Shown(exit) => (*exit, Vec::new()),
        Failure::Bug(_) => (Exit::Bug, Vec::new()),
    };
    let elapsed = context.ui.elapsed();
    let t_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let events = problems.into_iter().map(|report| Timed { event: Event::Problem(report), t_ms }).collect();
    let name = super::name::of_folder(&context.root().unwrap_or_default());
    Ran { id: None, project: name, events, exit, took: elapsed.saturating_sub(began), checks: Vec::new(), parts: Vec::new() }
}

fn reports(context: &Context, problems: &Problems) -> Vec<ProblemReport> {
    problems.iter().map(|problem| ProblemReport::from(&context.ui.redacted_problem(problem))).collect()
}

impl Ci<'_> {
    /// An identity that nobody else has.
    fn fresh_identity(&self) -> anyhow::Result<Identity> {
        let chance: [u8; 6] = host::random()?;
        Ok(Identity { id: EnvironmentId::of_run(chance), root: self.root.clone() })
    }

    /// What came of it, as the last line; problems were told when they happened.
    fn conclude(&self, ran: &Ran) {
        let elapsed_ms = u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX);
        let teller = self.context.teller();
        if self.context.ui.is_json() {
            let identity = Identity { id: EnvironmentId::of_checkout(&self.root), root: self.root.clone() };
            let project = project_name(&self.manifest, &identity);
            teller.tell(Event::Done { ok: ran.exit == Exit::Done, elapsed_ms, project, services: Vec::new() });
            return;
        }
        let cases = ran.cases();
        let failed = cases.iter().filter(|case| case.has_failed()).count();
        let took = words::duration(ran.took);
        let checks = match self.manifest.checks.len() {
            0 => "dev.yaml has no checks".to_owned(),
            number => format!("{} passed", words::count(number, "check")),
        };
        match failed {
            0 => self.context.ui.answer(&format!("everything became ready, and {checks}, in {took}")),
            _ => self.context.ui.answer(&format!("{failed} of {} failed, in {took}", words::count(cases.len(), "case"))),
        }
    }
}
