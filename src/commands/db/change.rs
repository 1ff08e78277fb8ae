//! `devenv db drop`, `undo`, `extend` and `prune`.

use clap::Args;

use super::create::lifetime_of;
use super::reach::{Turn, Where, reach, telling};
use super::saved::{snapshot_named, unknown};
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::db::address::Meant;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{self, DatabaseMemory};
use crate::ui::ask::Answer;
use crate::words;

/// Drop a database; `devenv db undo` brings it back for a week.
#[derive(Debug, Args)]
pub struct Drop {
    /// Which.
    #[arg(value_name = "DB", required_unless_present = "snapshot")]
    database: Option<String>,
    /// Remove this snapshot, for good.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "database")]
    snapshot: Option<String>,
}

/// Bring back what was dropped or replaced last.
#[derive(Debug, Args)]
pub struct Undo {
    /// Another one than the last; `--list` shows them.
    #[arg(value_name = "ID")]
    id: Option<u64>,
    /// Only show what can be brought back.
    #[arg(long)]
    list: bool,
}

/// Give a database another time from now on.
#[derive(Debug, Args)]
pub struct Extend {
    /// Which.
    #[arg(value_name = "DB")]
    database: String,
    /// How long from now: 30m, 4h, 2d, 1w; left out, it stays until it is dropped.
    #[arg(long = "for", value_name = "TIME")]
    lifetime: Option<String>,
}

/// Remove what was dropped or replaced, for good.
#[derive(Debug, Args)]
pub struct Prune {}

pub(super) async fn drop(context: &Context, verb: &Drop, scratch: bool) -> Result<Exit, Failure> {
    if let Some(id) = &verb.snapshot {
        return drop_snapshot(context, id);
    }
    let reached = reach(context, (verb.database.as_deref(), None, scratch), Turn::Take("db drop")).await?;
    let tell = telling(context);
    reached.desk(context, &tell).drop(&reached.database).await?;
    if context.ui.is_json() {
        context
            .ui
            .json(&serde_json::json!({ "service": reached.server.service, "name": reached.database, "dropped": true }));
    } else {
        context.ui.status(&format!("`{}` is dropped", reached.address(&reached.database)));
        context.ui.hint(&format!("devenv db undo{}        # brings it back", reached.flag()));
    }
    Ok(Exit::Done)
}

fn drop_snapshot(context: &Context, id: &str) -> Result<Exit, Failure> {
    let snapshot = snapshot_named(context, id).ok_or_else(|| unknown(context, id))?;
    match context.ui.ask(&format!("Remove the snapshot `{id}` for good?"), Answer::No) {
        Answer::Yes => {}
        Answer::No => return Err(Failure::Shown(Exit::Environment)),
        Answer::Nobody => {
            return Err(Problem::new(
                &kinds::CONSENT,
                format!("the snapshot `{id}` would be gone, and there is nobody to ask"),
            )
            .why("nothing was changed")
            .fix(format!("devenv db drop --snapshot {id} --yes"))
            .into());
        }
    }
    state::forget_snapshot(&context.folders, &snapshot.id)
        .map_err(|error| Problem::unwritable("the snapshot can't be removed", error))?;
    context.ui.status(&format!("the snapshot `{id}` is gone, {} are free again", words::bytes(snapshot.packed_size)));
    Ok(Exit::Done)
}

pub(super) async fn undo(context: &Context, verb: &Undo, scratch: bool) -> Result<Exit, Failure> {
    let at = Where::find(context, scratch, None)?;
    let memory = DatabaseMemory::read(&context.folders, &at.identity.id);
    if verb.list {
        show(context, &memory);
        return Ok(Exit::Done);
    }
    let last = memory.aside.iter().rev().find(|one| verb.id.is_none_or(|id| one.id == id));
    let service = last.and_then(|one| at.services().find(|(name, _)| name.as_str() == one.service));
    let meant = match service {
        Some((name, _)) => Meant { service: name.clone(), database: String::new() },
        None => {
            return Err(Problem::new(&kinds::NOTHING_TO_UNDO, "there is nothing to bring back")
                .why("no database was dropped or replaced here, or it was so long ago that it is gone")
                .fix("devenv db undo --list")
                .into());
        }
    };
    let reached = at.enter(context, meant, Turn::Take("db undo")).await?;
    let tell = telling(context);
    let undone = reached.desk(context, &tell).undo(verb.id).await?;
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({
            "service": reached.server.service, "name": undone.database, "undone": undone.because, "replaced": undone.replaced,
        }));
    } else {
        context.ui.status(&format!(
            "`{}` is back as it was before {}",
            reached.address(&undone.database),
            of_verb(&undone.because)
        ));
        if undone.replaced {
            context.ui.hint(&format!("devenv db undo{}        # takes this back", reached.flag()));
        }
    }
    Ok(Exit::Done)
}

fn of_verb(verb: &str) -> String {
    match verb {
        "expired" => "its time was over".to_owned(),
        verb => format!("the {verb}"),
    }
}

fn show(context: &Context, memory: &DatabaseMemory) {
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({ "undo": memory.aside }));
        return;
    }
    if memory.aside.is_empty() {
        context.ui.answer("nothing was dropped or replaced here");
        return;
    }
    let line = |one: &state::AsideDatabase| {
        let ago = words::duration(std::time::Duration::from_secs(crate::host::now().saturating_sub(one.at).max(1)));
        format!("{:<4} {}/{}   {} {ago} ago", one.id, one.service, one.database, one.because)
    };
    context.ui.answer(&memory.aside.iter().rev().map(line).collect::<Vec<_>>().join("\n"));
}

pub(super) async fn extend(context: &Context, verb: &Extend, scratch: bool) -> Result<Exit, Failure> {
    let lifetime = lifetime_of(verb.lifetime.as_deref())?;
    let reached = reach(context, (Some(&verb.database), None, scratch), Turn::Take("db extend")).await?;
    let tell = telling(context);
    reached.desk(context, &tell).extend(&reached.database, lifetime).await?;
    let address = reached.address(&reached.database);
    match lifetime {
        Some(seconds) => {
            let time = words::duration(std::time::Duration::from_secs(seconds));
            context.ui.status(&format!("`{address}` goes on for {time}"));
        }
        None => context.ui.status(&format!("`{address}` stays until it is dropped")),
    }
    Ok(Exit::Done)
}

pub(super) async fn prune(context: &Context, _: &Prune, scratch: bool) -> Result<Exit, Failure> {
    let at = Where::find(context, scratch, None)?;
    let memory = DatabaseMemory::read(&context.folders, &at.identity.id);
    let services: std::collections::BTreeSet<&str> = memory.aside.iter().map(|one| one.service.as_str()).collect();
    if services.is_empty() {
        context.ui.status("nothing was dropped or replaced here, so there is nothing to remove");
        return Ok(Exit::Done);
    }
    let question =
        format!("Remove {} that can still be brought back, for good?", words::count(memory.aside.len(), "database"));
    match context.ui.ask(&question, Answer::No) {
        Answer::Yes => {}
        Answer::No => return Err(Failure::Shown(Exit::Environment)),
        Answer::Nobody => {
            return Err(Problem::new(
                &kinds::CONSENT,
                "what was dropped would be gone for good, and there is nobody to ask",
            )
            .why("nothing was changed")
            .fix("devenv db clean --yes")
            .into());
        }
    }
    let mut removed = 0;
    for service in services {
        let reached = reach(context, (Some(service), None, scratch), Turn::Take("db clean")).await?;
        let tell = telling(context);
        removed += reached.desk(context, &tell).prune().await?;
    }
    context.ui.status(&format!("{} removed for good", words::count(removed, "database")));
    Ok(Exit::Done)
}
