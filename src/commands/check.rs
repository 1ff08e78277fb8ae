//! `devenv check`.

use clap::Args;
use serde::Serialize;

use super::context::{Context, MANIFEST, no_manifest};
use super::facts::Purpose;
use super::{Failure, own_file};
use crate::events::ProblemReport;
use crate::execute::missing_inputs;
use crate::host;
use crate::manifest::check::{Here, addresses_of_here};
use crate::manifest::{Manifest, OWN_FILE, schema};
use crate::model::Project;
use crate::model::resolve::{Identity, resolve};
use crate::problem::{Exit, Problem, Problems};
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
    /// What is worth knowing and stops nothing.
    notes: Vec<String>,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.schema {
        context.ui.answer(&schema::json());
        return Ok(Exit::Done);
    }
    let identity = context.identity()?;
    if !host::is_file(&identity.root.join(MANIFEST)) {
        return Err(no_manifest(&identity.root).into());
    }
    own_file::warn_if_tracked(context, &identity);
    match check(context, &identity) {
        Ok((manifest, notes)) => {
            if context.ui.is_json() {
                context.ui.json(&Document { ok: true, problems: Vec::new(), notes });
            } else {
                notes.iter().for_each(|note| context.ui.note(note));
                context.ui.answer(&fine(&manifest));
            }
            Ok(Exit::Done)
        }
        Err(Failure::Problems(problems)) if context.ui.is_json() => {
            let reports = problems.iter().map(ProblemReport::from).collect();
            context.ui.json(&Document { ok: false, problems: reports, notes: Vec::new() });
            Ok(problems.exit())
        }
        Err(failure) => Err(failure),
    }
}

/// The manifest and what it names in the repo; secrets and the engine are not asked for.
fn check(context: &Context, identity: &Identity) -> Result<(Manifest, Vec<String>), Failure> {
    let manifest = context.manifest(identity)?;
    match context.facts(&manifest, identity, &Purpose::Glance) {
        Err(Failure::Problems(problems)) => Err(Failure::Problems(manifest_only(problems)?)),
        Err(failure) => Err(failure),
        Ok((facts, _)) => {
            let mut notes = notes(context, resolve(&manifest, identity, &facts))?;
            notes.extend(addresses_of_here(&manifest).iter().map(Here::text));
            Ok((manifest, notes))
        }
    }
}

/// Inputs that find nothing. What can't be resolved without what only bringing up knows is told by that.
///
/// # Errors
/// What the manifest says cannot be made into anything.
fn notes(context: &Context, project: Result<Project, Vec<Problem>>) -> Result<Vec<String>, Failure> {
    let project = match project {
        Ok(project) => project,
        Err(problems) => {
            let of_the_manifest: Vec<Problem> =
                problems.into_iter().filter(|problem| problem.exit == Exit::Manifest).collect();
            return if of_the_manifest.is_empty() { Ok(Vec::new()) } else { Err(of_the_manifest.into()) };
        }
    };
    let missing = missing_inputs(&context.folders, &project)?;
    Ok(missing.into_iter().map(|(app, text)| format!("{app}: {text}")).collect())
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
