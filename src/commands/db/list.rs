//! `devenv db list`.

use std::time::Duration;

use clap::Args;

use super::reach::{Where, tell_expired};
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::commands::facts::Purpose;
use crate::commands::inside;
use crate::db::verbs::Desk;
use crate::db::{Row, Server};
use crate::host;
use crate::model::Project;
use crate::model::resolve::resolve;
use crate::names::Name;
use crate::problem::Exit;
use crate::state::{self, Attempt, EnvironmentLock, Snapshot};
use crate::words;

/// Show the databases of this repo, or the snapshots there are.
#[derive(Debug, Default, Args)]
pub struct List {
    /// Snapshots instead of databases.
    #[arg(long)]
    snapshots: bool,
}

/// What there is in the services of an environment.
pub(in crate::commands) struct Gathered {
    pub project: Project,
    pub rows: Vec<Row>,
    /// Services that do not run, so that nobody can be asked.
    pub stopped: Vec<Name>,
}

/// Looks into every service that runs; what is due there is done first.
///
/// # Errors
/// The engine's, or a server's.
pub(in crate::commands) async fn gather(context: &Context, at: &Where) -> Result<Gathered, Failure> {
    let engine = context.engine_for(Some(&at.manifest)).await?;
    let found = context.observe(&engine, &at.identity, Some(&at.manifest)).await?;
    let (facts, _) = context.facts(&at.manifest, &at.identity, &Purpose::Look)?;
    let project = resolve(&at.manifest, &at.identity, &facts)?;
    let (mut rows, mut stopped) = (Vec::new(), Vec::new());
    // Whoever works on them right now tidies up itself.
    let lock = EnvironmentLock::attempt_on_databases(&context.folders, &at.identity.id, "db list");
    let in_turn = matches!(lock, Ok(Attempt::Taken(_)));
    for (name, _) in at.services() {
        let runs = inside::running(&found, name);
        let server = runs.and_then(|id| Server::of(&engine, &id, project.unit(name)?));
        let Some(server) = server else {
            stopped.push(name.clone());
            continue;
        };
        let tell = |_| {};
        let of = (&context.folders, &at.identity.id, project.name.as_str());
        let desk = Desk::new(of, &server, (host::now(), context.settings.undo, &tell));
        if in_turn {
            tell_expired(context, &desk.tidy().await?);
        }
        rows.extend(desk.rows().await?);
    }
    Ok(Gathered { project, rows, stopped })
}

pub(super) async fn run(context: &Context, verb: &List, scratch: bool) -> Result<Exit, Failure> {
    if verb.snapshots {
        show_snapshots(context, &state::snapshots(&context.folders));
        return Ok(Exit::Done);
    }
    let at = Where::find(context, scratch, None)?;
    let Gathered { rows, stopped, .. } = gather(context, &at).await?;
    show(context, &at, (&rows, &stopped));
    if at.scratch && stopped.len() < at.services().count() {
        context.ui.hint(
            "devenv db stop        # stops the database services of your own, which belong to no repo; data is kept",
        );
    }
    context.tell_elsewhere(&at.identity, &at.manifest);
    Ok(Exit::Done)
}

fn show(context: &Context, at: &Where, (rows, stopped): (&[Row], &[Name])) {
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({ "databases": rows, "stopped": stopped, "scratch": at.scratch }));
        return;
    }
    if rows.is_empty() && stopped.is_empty() {
        context.ui.answer("no service keeps databases here; `devenv db create NAME --scratch` makes one of your own");
        return;
    }
    let address = |row: &Row| format!("{}/{}", row.service, row.name);
    let width = rows.iter().map(|row| address(row).chars().count()).max().unwrap_or(0);
    let line =
        |row: &Row| {
            let mut notes = vec![row.engine.clone()];
            notes.push(row.keys.map_or_else(
                || words::bytes(row.size),
                |keys| words::count(keys.try_into().unwrap_or(usize::MAX), "key"),
            ));
            if row.sessions > 0 {
                notes.push(words::count(row.sessions as usize, "connection"));
            }
            notes.extend(row.from.as_ref().map(|from| format!("from {from}")));
            notes.extend(row.expires_at.map(time_left));
            format!("{:<width$}   {}", address(row), notes.join(", "))
        };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    let asleep = |service: &Name| match at.scratch {
        true => format!("{service} is not running; it starts when it is needed"),
        false => format!("{service} is not running; `devenv up {service}` starts it"),
    };
    lines.extend(stopped.iter().map(asleep));
    context.ui.answer(&lines.join("\n"));
}

fn time_left(until: u64) -> String {
    match until.saturating_sub(host::now()) {
        0 => "its time is over; it goes when nobody is connected".to_owned(),
        left => format!("{} left", words::duration(Duration::from_secs(left))),
    }
}

fn show_snapshots(context: &Context, all: &[Snapshot]) {
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({ "snapshots": all }));
        return;
    }
    if all.is_empty() {
        context.ui.answer("there are no snapshots; `devenv db snapshot` takes one");
        return;
    }
    let width = all.iter().map(|one| one.id.len()).max().unwrap_or(0);
    let line = |one: &Snapshot| {
        let ago = words::duration(Duration::from_secs(host::now().saturating_sub(one.taken_at).max(1)));
        format!(
            "{:<width$}   {}/{} of {}, {} {}, {}, {ago} ago",
            one.id,
            one.service,
            one.database,
            one.project,
            one.engine,
            one.version,
            words::bytes(one.packed_size),
        )
    };
    context.ui.answer(&all.iter().map(line).collect::<Vec<_>>().join("\n"));
}
