//! `devenv db stop`.

use clap::Args;

use super::{idle, scratch};
use crate::commands::context::Context;
use crate::commands::{Failure, down};
use crate::problem::Exit;

/// Stop the database services of your own; their data is kept.
///
/// They start again when they are needed. Services of a repo are stopped by `devenv down`.
#[derive(Debug, Args)]
pub struct Stop {}

pub(super) async fn run(context: &Context, _: &Stop) -> Result<Exit, Failure> {
    let Some((identity, manifest)) = scratch::existing(context) else {
        context.ui.status("there are no database services of your own; `devenv db create NAME --scratch` makes one");
        return Ok(Exit::Done);
    };
    let engine = context.engine_for(Some(&manifest)).await?;
    let again = || scratch::place(context, None);
    let (lock, identity, manifest) = context.turn_reading((identity, manifest), ("db stop", None), again).await?;
    let exit = down::stop(context, (&engine, &lock), (&identity, Ok(&manifest)), &[]).await?;
    if exit == Exit::Done {
        idle::note_stopped(context);
    }
    Ok(exit)
}
