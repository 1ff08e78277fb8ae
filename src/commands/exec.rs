//! `devenv exec`.

use clap::Args;

use super::context::Context;
use super::inside::{self, Inside};
use super::{Failure, name};
use crate::problem::Exit;

/// Run a command inside a service or an app.
///
/// Brings up what it needs first. Input, output and exit code are the command's own; there is a terminal where there is one
/// on both sides.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv exec api -- npm outdated\n  devenv exec db -- psql -U app app")]
pub struct Arguments {
    /// The service or app to run it in.
    #[arg(value_name = "NAME")]
    name: String,
    /// The command and its arguments.
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let inside = Inside { command: arguments.command.clone(), env: Vec::new() };
    run_in(context, &arguments.name, &inside).await
}

/// Runs a command in a service or app by the name that was typed; as found while the manifest is broken.
pub async fn run_in(context: &Context, typed: &str, inside: &Inside) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let place = match context.manifest(&identity) {
        Ok(manifest) => {
            let name = name::one(typed, &manifest)?;
            inside::enter(context, (identity, manifest), &name, Vec::new()).await?
        }
        Err(broken) => {
            let place = inside::enter_as_found(context, &identity, typed).await.map_err(|_| broken)?;
            context.ui.note("dev.yaml cannot be read at the moment, so this runs in what was brought up before");
            place
        }
    };
    place.run(context, inside).await
}
