//! `devenv check`.

use clap::Args;
use serde::Serialize;

use super::context::{Context, MANIFEST};
use super::facts::Purpose;
use super::{Failure, own_file};
use crate::events::ProblemReport;
use crate::manifest::{Manifest, OWN_FILE, schema};
use crate::model::resolve::Identity;
use crate::problem::{Exit, Problems};
use crate::words::count;

/// Check dev.yaml and dev.local.yaml: everything that is wrong, each with its place.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv check\n  devenv check --schema > dev.schema.json      # for your editor")]
pub struct Arguments {
    /// Print the JSON Schema of dev.yaml instead.
    #[arg(long)]
    schema: bool,
}

#[derive(Serialize)]
struct Document {
    ok: bool,
    problems: Vec<ProblemReport>,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.schema {
        context.ui.answer(&schema::json());
        return Ok(Exit::Done);
    }
    let identity = context.identity()?;
    own_file::warn_if_tracked(context, &identity);
    match check(context, &identity) {
        Ok(manifest) => {
            if context.ui.is_json() {
                context.ui.json(&Document { ok: true, problems: Vec::new() });
            } else {
                context.ui.answer(&fine(&manifest));
            }
            Ok(Exit::Done)
        }
        Err(Failure::Problems(problems)) if context.ui.is_json() => {
            let reports = problems.iter().map(ProblemReport::from).collect();
            context.ui.json(&Document { ok: false, problems: reports });
            Ok(problems.exit())
        }
        Err(failure) => Err(failure),
    }
}

/// The manifest and what it names in the repo; secrets and the engine are not asked for.
fn check(context: &Context, identity: &Identity) -> Result<Manifest, Failure> {
    let manifest = context.manifest(identity)?;
    match context.facts(&manifest, identity, &Purpose::Look) {
        Err(Failure::Problems(problems)) => Err(Failure::Problems(manifest_only(problems)?)),
        Err(failure) => Err(failure),
        Ok(_) => Ok(manifest),
    }
}

fn manifest_only(problems: Problems) -> Result<Problems, Failure> {
    if problems.exit() == Exit::Manifest { Ok(problems) } else { Err(Failure::Problems(problems)) }
}

fn fine(manifest: &Manifest) -> String {
    let (services, apps) = (count(manifest.services.len(), "service"), count(manifest.apps.len(), "app"));
    match own_file::changes(manifest) {
        Some(changes) => format!("{MANIFEST} and {OWN_FILE} are fine: {services}, {apps}; {changes}"),
        None => format!("{MANIFEST} is fine: {services}, {apps}"),
    }
}
