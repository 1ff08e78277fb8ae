//! `devenv db snapshot` and `devenv db restore`.

use clap::Args;

use super::create::check_if_new;
use super::reach::{Reached, Turn, Where, reach, telling};
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::db::address::Meant;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{self, Snapshot};
use crate::ui::ask::Answer;
use crate::words;

/// Save a database as it is now.
#[derive(Debug, Args)]
pub struct Take {
    /// Which: `scratch`, `db` (the service's own) or `db/scratch`; may be left out where there is one service.
    #[arg(value_name = "DB")]
    database: Option<String>,
    /// What the snapshot is called; made up when left out.
    #[arg(value_name = "SNAPSHOT")]
    id: Option<String>,
}

/// Bring a snapshot back, in place of what is there; `devenv db undo` takes that back.
#[derive(Debug, Args)]
pub struct Restore {
    /// Which; the newest of this repo's when left out.
    #[arg(value_name = "SNAPSHOT")]
    id: Option<String>,
    /// Into this database; the one that it was taken of when left out, if that is here.
    #[arg(long, value_name = "DB")]
    into: Option<String>,
}

pub(super) async fn take(context: &Context, verb: &Take, scratch: bool) -> Result<Exit, Failure> {
    if let Some(wrong) = verb.id.as_deref().filter(|id| !state::is_snapshot_id(id)) {
        return Err(Problem::new(&kinds::SNAPSHOT_NAME, format!("no snapshot can be called `{wrong}`"))
            .why("its name may hold letters, digits, `-`, `_` and `.`, at most 60 of them")
            .fix("choose a name such as `before-migration`")
            .into());
    }
    let reached = reach(context, (verb.database.as_deref(), None, scratch), Turn::Take("db snapshot")).await?;
    let tell = telling(context);
    let taken = reached.desk(context, &tell).snapshot(&reached.database, verb.id.as_deref()).await?;
    if context.ui.is_json() {
        context.ui.json(&taken);
    } else {
        let (id, sizes) = (&taken.id, words::bytes(taken.packed_size));
        context.ui.status(&format!("`{}` is saved as `{id}`, {sizes}", reached.address(&reached.database)));
        context.ui.hint(&format!("devenv db restore {id}{}        # brings it back", reached.flag()));
        context.ui.answer(id);
    }
    Ok(Exit::Done)
}

pub(super) async fn restore(context: &Context, verb: &Restore, scratch: bool) -> Result<Exit, Failure> {
    let at = Where::find(context, scratch, None)?;
    let snapshot = match &verb.id {
        Some(id) => snapshot_named(context, id).ok_or_else(|| unknown(context, id))?,
        None => state::snapshots(&context.folders)
            .into_iter()
            .find(|one| one.environment == at.identity.id.as_str())
            .ok_or_else(|| unknown(context, ""))?,
    };
    let meant = match &verb.into {
        Some(into) => at.meant_new(context, Some(into), |id| id == snapshot.engine)?,
        None if snapshot.environment != at.identity.id.as_str() => return Err(at.is_of_another(&snapshot).into()),
        None => at.of_snapshot(context, &snapshot)?,
    };
    let shown = format!("{}/{}", meant.service, if meant.database.is_empty() { "its own" } else { &meant.database });
    let question = format!("Put `{}` in place of what is in {shown}? `devenv db undo` brings that back", snapshot.id);
    if context.ui.can_ask() && context.ui.ask(&question, Answer::Yes) == Answer::No {
        return Err(Failure::Shown(Exit::Environment));
    }
    let mut reached = at.enter(context, meant, Turn::Take("db restore")).await?;
    let ran = reached.ran(context).await;
    let replaced = put_back(context, &reached, &snapshot).await?;
    let address = reached.address(&reached.database);
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({
            "service": reached.server.service, "name": reached.database, "snapshot": snapshot.id, "replaced": replaced,
        }));
    } else {
        context.ui.status(&format!("`{address}` is as `{}` has it", snapshot.id));
        if replaced {
            context.ui.hint(&format!("devenv db undo{}        # brings back what was there", reached.flag()));
        }
    }
    // Told what was done first, whatever becomes of the apps.
    reached.bring_back(context, &ran).await
}

/// Answers whether something was there before.
async fn put_back(context: &Context, reached: &Reached, snapshot: &Snapshot) -> Result<bool, Failure> {
    let tell = telling(context);
    let desk = reached.desk(context, &tell);
    check_if_new(&desk, &reached.database).await?;
    Ok(desk.restore(snapshot, &reached.database).await?)
}

impl Where {
    /// Where a snapshot was taken.
    fn of_snapshot(&self, context: &Context, snapshot: &Snapshot) -> Result<Meant, Failure> {
        let same = self.services().find(|(name, _)| name.as_str() == snapshot.service);
        let mut kin = self.services().filter(|(_, id)| *id == snapshot.engine);
        let (first, second) = (kin.next(), kin.next());
        match same.or(first.filter(|_| second.is_none())) {
            Some((name, _)) => Ok(Meant { service: name.clone(), database: snapshot.database.clone() }),
            None => self.meant(context, None, None),
        }
    }

    /// A snapshot of another environment does not find its place here by itself.
    fn is_of_another(&self, snapshot: &Snapshot) -> Problem {
        let Snapshot { id, project, service, database, .. } = snapshot;
        let flag = if self.scratch { " --scratch" } else { "" };
        let home = self.services().find(|(_, engine)| *engine == snapshot.engine).map(|(name, _)| name.as_str());
        let what = format!("the snapshot `{id}` is not of this environment");
        let problem = Problem::new(&kinds::SNAPSHOT_ELSEWHERE, what)
            .why(format!("it was taken of {service}/{database} of `{project}`; nothing was changed"));
        let Some(home) = home else { return problem.fix("devenv db list --snapshots") };
        problem
            .fix(format!("devenv db restore {id} --into {home}{flag}        # in place of what is there"))
            .fix(format!("devenv db create {home}/NAME --from {id}{flag}        # beside it"))
    }
}

/// The snapshot of this name.
pub(in crate::commands) fn snapshot_named(context: &Context, id: &str) -> Option<Snapshot> {
    state::snapshots(&context.folders).into_iter().find(|one| one.id == id)
}

pub(in crate::commands) fn unknown(context: &Context, id: &str) -> Problem {
    let all = state::snapshots(&context.folders);
    let what = if id.is_empty() {
        "there is no snapshot of this repo".to_owned()
    } else {
        format!("there is no snapshot `{id}`")
    };
    let problem = Problem::new(&kinds::UNKNOWN_SNAPSHOT, what);
    match words::nearest(id, all.iter().map(|one| one.id.as_str())) {
        Some(near) => problem.fix(format!("did you mean `{near}`?")),
        None => problem.fix("devenv db list --snapshots").fix("devenv db snapshot        # takes one now"),
    }
}
