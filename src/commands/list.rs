//! `devenv list`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::everything::place_of;
use crate::engine::Engine;
use crate::host;
use crate::names::EnvironmentId;
use crate::plan::inventory::Inventory;
use crate::problem::Exit;
use crate::report::list::{ListRow, Place, render_list};
use crate::report::status::Look;
use crate::state::{self, Checkouts, Presence};

/// Show every environment on this computer: where it is, what runs, how much data.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv list\n  devenv list --size --json")]
pub struct Arguments {
    /// Count the data now, however long that takes, instead of showing the last known figures.
    #[arg(long)]
    size: bool,
}

#[derive(Serialize)]
struct Document {
    environments: Vec<ListRow>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let engine = context.engine().await?;
    let limit = if arguments.size { Duration::MAX } else { SHORT };
    let (inventory, sizes) = futures_util::join!(context.inventory(&engine), sizes(context, &engine, limit));
    let rows = rows(context, &inventory?, &sizes);
    if context.ui.is_json() {
        context.ui.json(&Document { environments: rows });
    } else if rows.is_empty() {
        context.ui.answer("no environment on this computer yet; `devenv up` in a repo makes one");
    } else {
        let look = Look { paint: context.ui.answer_paint(), width: context.ui.surroundings().width };
        context.ui.answer(&render_list(&rows, look));
    }
    Ok(Exit::Done)
}

/// What a person does not notice; where there is little data the engine has counted it by then.
const SHORT: Duration = Duration::from_millis(60);

/// The bytes of each data folder, as far as the engine tells within the limit, else those of last time.
async fn sizes(context: &Context, engine: &Engine, limit: Duration) -> BTreeMap<String, u64> {
    match tokio::time::timeout(limit, engine.data_sizes()).await {
        Ok(Ok(sizes)) => {
            if let Err(error) = state::remember_sizes(&context.folders, &sizes) {
                context.ui.warning(&format!("the sizes could not be written down: {error:#}"));
            }
            sizes
        }
        _ => state::last_sizes(&context.folders),
    }
}

fn rows(context: &Context, inventory: &Inventory, sizes: &BTreeMap<String, u64>) -> Vec<ListRow> {
    let checkouts = Checkouts::read(&context.folders);
    // A checkout of which nothing is there has no environment: it was never up, or `gc` has removed it. Of what is removed there may be
    // a saved file, which is another list.
    let all: BTreeSet<EnvironmentId> = inventory.environments().into_iter().collect();
    let mut rows: Vec<ListRow> = all.iter().map(|id| row(context, inventory, &checkouts, (id, sizes))).collect();
    rows.sort_by(|a, b| {
        (a.last_used_s.unwrap_or(u64::MAX), &a.name, &a.checkout).cmp(&(
            b.last_used_s.unwrap_or(u64::MAX),
            &b.name,
            &b.checkout,
        ))
    });
    rows
}

fn row(
    context: &Context,
    inventory: &Inventory,
    checkouts: &Checkouts,
    (id, sizes): (&EnvironmentId, &BTreeMap<String, u64>),
) -> ListRow {
    let checkout = checkouts.get(id);
    let (name, path) = place_of(checkouts, inventory, id).unwrap_or_default();
    let (running, units) = inventory.running(id);
    let data: Vec<&str> = inventory.data.iter().filter(|it| it.of.id == *id).map(|it| it.name.as_str()).collect();
    let size = data.iter().map(|name| sizes.get(*name).copied()).sum();
    let place = match checkouts.presence(id) {
        _ if checkout.is_none() && !host::is_folder(&context.folders.environment(id)) => Place::Unknown,
        Presence::Gone => Place::Gone,
        Presence::Unknown if checkout.is_some() => Place::Away,
        _ => Place::There,
    };
    let last_used_s = checkout.map(|checkout| host::now().saturating_sub(checkout.last_used));
    ListRow { id: id.to_string(), name, checkout: path.display().to_string(), place, running, units, size, last_used_s }
}
