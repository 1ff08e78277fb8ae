//! Database services of one's own stop when nobody has needed them for a while: at the next command that sees it.

use std::path::PathBuf;

use super::reach::Where;
use crate::commands::Failure;
use crate::commands::context::{Context, MANIFEST};
use crate::commands::down;
use crate::commands::facts::Purpose;
use crate::db::Server;
use crate::engine::Engine;
use crate::host;
use crate::model::resolve::resolve;
use crate::plan::observed::{FoundState, Role};

/// For how long they wait for the next command, in seconds.
const IDLE_S: u64 = 3600;

/// Remembers that one of them was needed just now.
pub(super) fn note_used(context: &Context) {
    // At worst they stop too early, and start again with the next command.
    let _ = host::write_private(&file(context), host::now().to_string().as_bytes());
}

/// Remembers that none of them runs, so that nobody looks after them.
pub(super) fn note_stopped(context: &Context) {
    host::remove_file(&file(context));
}

/// Stops them where their time is over and nobody is connected. What keeps that from being done is tried again by the next command.
pub(super) async fn stop_idle(context: &Context) {
    if !is_over(context) {
        return;
    }
    if let Ok(true) = stop(context).await {
        note_stopped(context);
        context.ui.status("the database services of your own were idle and have been stopped; their data is kept");
    }
}

fn is_over(context: &Context) -> bool {
    let read = host::read_small(&file(context)).ok();
    let used: Option<u64> = read.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
    used.is_some_and(|used| used.saturating_add(IDLE_S) <= host::now())
        && host::is_file(&context.folders.state.join("scratch").join(MANIFEST))
}

/// Answers whether none of them runs any more.
async fn stop(context: &Context) -> Result<bool, Failure> {
    let at = Where::find(context, true, None)?;
    let engine = context.engine_for(Some(&at.manifest)).await?;
    if is_in_use(context, &engine, &at).await? {
        return Ok(false);
    }
    down::quietly(context, &engine, (&at.identity, &at.manifest)).await
}

/// Whether anybody is connected to a database, or that can't be told.
async fn is_in_use(context: &Context, engine: &Engine, at: &Where) -> Result<bool, Failure> {
    let found = context.observe(engine, &at.identity, Some(&at.manifest)).await?;
    let (facts, _) = context.facts(&at.manifest, &at.identity, &Purpose::Look)?;
    let project = resolve(&at.manifest, &at.identity, &facts)?;
    let running = found.units.iter().filter(|one| one.role == Role::Main && one.state == FoundState::Running);
    for one in running {
        let Some(server) = project.unit(&one.name).and_then(|unit| Server::of(engine, &one.id, unit)) else {
            continue;
        };
        if server.list().await?.iter().any(|database| database.sessions > 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn file(context: &Context) -> PathBuf {
    context.folders.state.join("scratch-used")
}
