//! `devenv down --all`: stops every environment of this user on this computer, side by side.

use serde::Serialize;

use super::context::Context;
use super::everything::place_of;
use super::{Failure, walk};
use crate::engine::Engine;
use crate::host;
use crate::names::EnvironmentId;
use crate::plan::inventory::Inventory;
use crate::plan::observed::Role;
use crate::problem::Exit;
use crate::state::{self, Attempt, Checkouts, EnvironmentLock};
use crate::supervisor::Supervisor;
use crate::words;

#[derive(Serialize)]
struct Document {
    ok: bool,
    environments: Vec<Row>,
}

/// What became of one environment.
#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    checkout: String,
    /// Services and apps that ran and were stopped.
    stopped: Vec<String>,
    /// Why it runs still.
    kept_because: Option<String>,
}

/// # Errors
/// The engine cannot be used, or it was interrupted.
pub async fn run(context: &Context) -> Result<Exit, Failure> {
    let engine = context.engine().await?;
    for id in state::environments(&context.folders) {
        end_orphans(context, &id).await;
    }
    let inventory = context.inventory(&engine).await?;
    let all: Vec<EnvironmentId> =
        inventory.environments().into_iter().filter(|id| is_ours(context, id) && runs(&inventory, id)).collect();
    let stopping = all.iter().map(|id| stop(context, &engine, &inventory, id));
    let rows = tokio::select! {
        rows = futures_util::future::join_all(stopping) => rows,
        () = walk::interrupted() => return Err(Failure::Shown(Exit::Interrupted)),
    };
    let ok = rows.iter().all(|row| row.kept_because.is_none());
    show(context, rows, ok);
    Ok(if ok { Exit::Done } else { Exit::Environment })
}

/// Ends what a killed supervisor has left: nothing else shows that it runs. What another command is changing is left to that.
async fn end_orphans(context: &Context, id: &EnvironmentId) {
    let supervisor = Supervisor::of(&context.folders, id);
    if supervisor.observe().is_empty() {
        return;
    }
    if let Ok(Attempt::Taken(_lock)) = EnvironmentLock::attempt(&context.folders, id, "down --all") {
        supervisor.end_all_orphans().await;
    }
}

/// Whether it was brought up by this user on this computer, and not by another one who shares the engine.
fn is_ours(context: &Context, id: &EnvironmentId) -> bool {
    host::is_folder(&context.folders.environment(id))
}

fn runs(inventory: &Inventory, id: &EnvironmentId) -> bool {
    inventory.units.iter().any(|unit| unit.of.id == *id && (unit.running || unit.role == Role::Setup))
}

async fn stop(context: &Context, engine: &Engine, inventory: &Inventory, id: &EnvironmentId) -> Row {
    let checkouts = Checkouts::read(&context.folders);
    let (name, checkout) = place_of(&checkouts, inventory, id).unwrap_or_default();
    let checkout = checkout.display().to_string();
    let row = |stopped, kept_because| Row { id: id.to_string(), name, checkout, stopped, kept_because };
    let _lock = match EnvironmentLock::attempt(&context.folders, id, "down --all") {
        Ok(Attempt::Taken(lock)) => lock,
        Ok(Attempt::Held(holder, _)) => return row(Vec::new(), Some(format!("`{}` is at work there", holder.command))),
        Err(error) => return row(Vec::new(), Some(error.to_string())),
    };
    match context.stop_all(engine, inventory, id).await {
        Ok(stopped) => row(stopped, None),
        Err(problem) => row(Vec::new(), Some(problem.what)),
    }
}

fn show(context: &Context, rows: Vec<Row>, ok: bool) {
    if context.ui.is_json() {
        context.ui.json(&Document { ok, environments: rows });
        return;
    }
    if rows.is_empty() {
        context.ui.status("nothing runs");
    }
    for row in rows {
        let place = format!("{} ({})", row.name, row.checkout);
        match row.kept_because {
            None => context.ui.status(&format!("{place}: stopped {}", words::list(&row.stopped))),
            Some(why) => context.ui.warning(&format!("{place} runs still: {why}")),
        }
    }
}
