//! `devenv shell`.

use clap::Args;

use super::context::{Context, app_folder};
use super::inside::Inside;
use super::{Failure, exec};
use crate::manifest::Manifest;
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::words;

/// Open a shell inside an app or a service.
///
/// Brings up what it needs first. Without a name: in the only app, or in the one whose folder this is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv shell\n  devenv shell db")]
pub struct Arguments {
    /// The app or service; may be left out where there is one app.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// The best shell there is; what a person types goes on where the shell's own history and keys work.
const BEST_SHELL: &str = "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi";

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => {
            let identity = context.identity()?;
            usual(context, &identity, &context.manifest(&identity)?)?
        }
    };
    let command = ["sh", "-c", BEST_SHELL].map(str::to_owned).to_vec();
    exec::run_in(context, &name, &Inside { command, env: Vec::new() }).await
}

/// The one that goes without saying: the only app, the one whose folder this is, or the only service.
fn usual(context: &Context, identity: &Identity, manifest: &Manifest) -> Result<String, Problem> {
    if let [app] = manifest.apps.as_slice() {
        return Ok(app.name.value.to_string());
    }
    let here = crate::host::real_path(&context.world.folder).unwrap_or_default();
    let mut around: Vec<_> = manifest.apps.iter().map(|app| (app_folder(&identity.root, app), app)).collect();
    around.retain(|(folder, _)| *folder != identity.root && here.starts_with(folder));
    let deepest = around.iter().max_by_key(|(folder, _)| folder.components().count());
    if let Some((folder, app)) = deepest
        && around.iter().filter(|(other, _)| other == folder).count() == 1
    {
        return Ok(app.name.value.to_string());
    }
    if let ([], [service]) = (manifest.apps.as_slice(), manifest.services.as_slice()) {
        return Ok(service.name.value.to_string());
    }
    let services = manifest.services.iter().map(|service| &service.name.value);
    let names = manifest.apps.iter().map(|app| &app.name.value).chain(services);
    let names: Vec<&str> = names.map(Name::as_str).collect();
    let problem = Problem::new(&kinds::SHELL_WHERE, "it is not clear where the shell is to be");
    Err(match names.first() {
        Some(first) => {
            problem.why(format!("dev.yaml names {}", words::list(&names))).fix(format!("devenv shell {first}"))
        }
        None => problem.why("dev.yaml names no apps and no services yet").fix("add one to dev.yaml"),
    })
}
