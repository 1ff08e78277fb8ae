//! `devenv undo`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::bring_up::{BringUp, Wishes};
use super::context::Context;
use super::data::DataLook;
use super::facts::unwritable;
use super::reset::quoted;
use super::{Failure, saved, walk};
use crate::host;
use crate::model::DataFolder;
use crate::names::Name;
use crate::plan;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{self, AsideEvent, Because};
use crate::words;

/// Bring back the data that the last reset has set aside.
///
/// So it does after data was brought over to another version. What is there now is set aside in turn, so that a second undo takes back the first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv undo\n  devenv undo --list\n  devenv undo 2")]
pub struct Arguments {
    /// What to bring back, as `--list` names it; the latest when left out.
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Show what can be brought back.
    #[arg(long)]
    list: bool,
    /// Data that `devenv gc` has saved, of whichever checkout.
    #[arg(long)]
    gc: bool,
}

impl Arguments {
    /// Whether it brings something back as `up` does, rather than show what there is.
    pub fn tells_events(&self) -> bool {
        !self.list
    }
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.gc {
        let exit = saved::undo(context, arguments.id.as_deref(), arguments.list).await?;
        if arguments.tells_events() {
            walk::tell_end(&context.ui, &context.world.folder, exit);
        }
        return Ok(exit);
    }
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let engine = context.engine_to_start(Some(&manifest)).await?;
    let (_lock, identity, manifest) = context.turn((identity, manifest), "undo", None).await?;
    let mut up = BringUp { context, engine, identity, manifest, wishes: Wishes::default() };
    context.settle(&up.engine, &up.identity, &up.manifest).await?;
    let look = DataLook::new(&up).await?;
    let events = there(&look);
    if arguments.list {
        show(context, &look, &events);
        return Ok(Exit::Done);
    }
    let event = chosen(&up, &look, (&events, arguments.id.as_deref()))?;
    bring_back(&mut up, look, &event).await
}

/// The named one, or the latest; never what belongs to a branch that can be checked out for it.
fn chosen(
    up: &BringUp<'_>,
    look: &DataLook,
    (events, id): (&[AsideEvent], Option<&str>),
) -> Result<AsideEvent, Problem> {
    let elsewhere = |event: &AsideEvent| up.other_branch(&look.memory, event).map(str::to_owned);
    let Some(id) = id else {
        let latest = events.iter().find(|event| elsewhere(event).is_none());
        return latest.cloned().ok_or_else(|| nothing(events));
    };
    let event = events.iter().find(|event| event.event.to_string() == *id).ok_or_else(|| unknown(id))?;
    match elsewhere(event).filter(|_| event.because != Because::BranchGone) {
        Some(branch) => Err(of_another_branch(id, &branch)),
        None => Ok(event.clone()),
    }
}

async fn bring_back(up: &mut BringUp<'_>, look: DataLook, event: &AsideEvent) -> Result<Exit, Failure> {
    let (context, id) = (up.context, up.identity.id.clone());
    let services: Vec<Name> = event.services.iter().map(|(service, _)| service.clone()).collect();
    let ran = look.running();
    let mut look = up.stop_on_branch(look, &services).await?;
    look.memory.bring_back(event, host::now(), &look.done(&context.folders));
    look.memory.write(&context.folders, &id).map_err(unwritable)?;
    let shown = quoted(&services);
    let look = DataLook::new(up).await?;
    let unreadable: Vec<String> =
        look.with_data().filter_map(|unit| plan::data::as_it_was(unit, &look.found)).collect();
    if !unreadable.is_empty() {
        context
            .ui
            .status(&format!("{shown} has its earlier data again, written by another version than dev.yaml asks for"));
        for line in unreadable {
            context.ui.hint(&format!("{line}       # in dev.yaml, then devenv up"));
        }
        walk::tell_end(&context.ui, &up.identity.root, Exit::Done);
        return Ok(Exit::Done);
    }
    if ran.is_empty() {
        context.ui.status(&format!("{shown} goes on with its earlier data at the next `devenv up`"));
        walk::tell_end(&context.ui, &up.identity.root, Exit::Done);
        return Ok(Exit::Done);
    }
    up.wishes.names = ran.into_iter().collect();
    let exit = up.run_in_turn().await?;
    context.ui.status(&format!("{shown} has its earlier data again; `devenv undo` takes this back"));
    Ok(exit)
}

/// What can be brought back and is still there.
fn there(look: &DataLook) -> Vec<AsideEvent> {
    let mut events = look.memory.events();
    for event in &mut events {
        event.services.retain(|(service, generation)| {
            let folder = DataFolder::name_of(&look.project.id, service, *generation);
            look.found.data.contains_key(&folder) && look.project.unit(service).is_some()
        });
    }
    events.retain(|event| !event.services.is_empty());
    events
}

#[derive(Serialize)]
struct Row {
    id: String,
    services: Vec<Name>,
    /// The git branch whose data it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    because: &'static str,
    ago_s: u64,
    /// Bytes; absent where nobody has counted them yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
}

fn show(context: &Context, look: &DataLook, events: &[AsideEvent]) {
    let sizes = state::last_sizes(&context.folders);
    let row = |event: &AsideEvent| {
        let folders =
            event.services.iter().map(|(service, number)| DataFolder::name_of(&look.project.id, service, *number));
        Row {
            id: event.event.to_string(),
            services: event.services.iter().map(|(service, _)| service.clone()).collect(),
            branch: event.branch.clone(),
            because: because(event.because),
            ago_s: host::now().saturating_sub(event.at),
            size: folders.map(|folder| sizes.get(&folder).copied()).sum(),
        }
    };
    let rows: Vec<Row> = events.iter().map(row).collect();
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({ "undo": rows }));
    } else if rows.is_empty() {
        context.ui.answer("nothing was set aside in this checkout");
    } else {
        let lines: Vec<String> = rows.iter().map(line).collect();
        context.ui.answer(&lines.join("\n"));
    }
}

fn line(row: &Row) -> String {
    let names: Vec<&str> = row.services.iter().map(Name::as_str).collect();
    let size = row.size.map_or_else(String::new, |size| format!(", {}", words::bytes(size)));
    let ago = words::duration(Duration::from_secs(row.ago_s.max(1)));
    let branch = row.branch.as_ref().map_or_else(String::new, |branch| format!(" of `{branch}`"));
    format!("{:<4} {}{branch}   {} {ago} ago{size}", row.id, names.join(", "), row.because)
}

fn because(because: Because) -> &'static str {
    match because {
        Because::Reset => "reset",
        Because::Moved => "brought over to another version",
        Because::Undo => "replaced by an undo",
        Because::Loaded => "back from clean-up",
        Because::Unfinished => "never finished",
        Because::BranchGone => "of a branch that was merged or deleted",
    }
}

fn nothing(events: &[AsideEvent]) -> Problem {
    if !events.is_empty() {
        return Problem::new(&kinds::NOTHING_TO_UNDO, "there is nothing to bring back on this branch")
            .why("what was set aside belongs to other branches")
            .fix("devenv undo --list");
    }
    Problem::new(&kinds::NOTHING_TO_UNDO, "there is nothing to bring back in this checkout")
        .why("no data was reset or brought over to another version here, or it was so long ago that it is gone")
        .fix("devenv undo --gc --list        # what `devenv gc` has saved")
}

fn of_another_branch(id: &str, branch: &str) -> Problem {
    Problem::new(&kinds::NOTHING_TO_UNDO, format!("`{id}` is data of the branch `{branch}`, which is not checked out"))
        .exit(Exit::Usage)
        .why("nothing was changed; data of a branch comes back on that branch")
        .fix(format!("git checkout {branch} && devenv undo {id}"))
}

fn unknown(id: &str) -> Problem {
    Problem::new(&kinds::NOTHING_TO_UNDO, format!("there is no `{id}` to bring back in this checkout"))
        .exit(Exit::Usage)
        .fix("devenv undo --list")
}
