//! `devenv status`.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::facts::Purpose;
use super::turn::begun;
use super::{Failure, name, restart, services};
use crate::engine::Engine;
use crate::events::{ProblemReport, ServiceReport, State};
use crate::execute::{HAS_CRASHED, Runner, silence, still_ready, unfinished_setup};
use crate::manifest::Manifest;
use crate::model::Unit;
use crate::model::resolve::{Facts, Identity, resolve};
use crate::names::Name;
use crate::plan::observed::{FoundState, FoundUnit, Observed, Role};
use crate::problem::Exit;
use crate::report::status::{Look, Readiness, StatusRow, render_status};
use crate::state::{self, AtWork, Unready};
use crate::supervisor::Supervisor;

/// Show what runs, where it answers, and since when.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  devenv status --json")]
pub struct Arguments {}

#[derive(Serialize)]
struct Document<'a> {
    project: &'a Name,
    services: Vec<&'a ServiceReport>,
    /// The command that changes the environment at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_work: Option<&'a str>,
    /// What the last `up` did not bring to ready, and is not by now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed<'a>>,
    /// What keeps dev.yaml from being understood; the services are then as they were brought up before.
    #[serde(skip_serializing_if = "<[ProblemReport]>::is_empty")]
    problems: &'a [ProblemReport],
}

#[derive(Serialize)]
struct Failed<'a> {
    name: &'a Name,
    why: &'a str,
}

/// How long a person waits for one answer of a service.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// What is found of an environment, each service and app with how it is doing.
pub struct Overview {
    pub project: Name,
    pub rows: Vec<StatusRow>,
    pub found: Observed,
}

pub async fn run(context: &Context, _: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = match context.manifest(&identity) {
        Ok(manifest) => manifest,
        Err(broken) => return show_as_found(context, &identity, broken).await,
    };
    let engine = context.engine_for(Some(&manifest)).await?;
    let (facts, _) = context.facts(&manifest, &identity, &Purpose::Glance)?;
    let at_work = || state::at_work(&context.folders, &identity.id);
    let before = at_work();
    let overview = overview(context, &engine, (&identity, &manifest), (&facts, PATIENCE)).await?;
    let Overview { project, mut rows, .. } = overview;
    // What has come to its end in between was looked at too early, or too late.
    let at_work = at_work().filter(|_| before.is_some());
    if let Some(at_work) = &at_work {
        rows.iter_mut().for_each(|row| take_in(row, at_work));
    }
    show(context, (&project, at_work.as_ref()), &rows, &[]);
    context.tell_elsewhere(&identity, &manifest);
    Ok(Exit::Done)
}

/// Looks at everything that the manifest names, and asks each once within this time whether it is ready.
///
/// # Errors
/// The engine cannot be used, or the manifest does not fit the facts.
pub async fn overview(
    context: &Context,
    engine: &Engine,
    (identity, manifest): (&Identity, &Manifest),
    (facts, limit): (&Facts, Duration),
) -> Result<Overview, Failure> {
    let found = context.observe(engine, identity, Some(manifest)).await?;
    let project = resolve(manifest, identity, facts)?;
    let supervisor = context.supervisor(identity);
    let runner = Runner { engine, supervisor: &supervisor };
    let rows = project.units.iter().map(|unit| row(runner, (&found, limit), unit));
    let mut rows = futures_util::future::join_all(rows).await;
    hide_in_words(context, (engine, manifest, &found), &mut rows).await;
    let unfinished = unfinished_setup(&context.folders, &project);
    let failed = state::unready_before(&context.folders, &identity.id);
    for row in &mut rows {
        let restarts = || restarts(&supervisor, &row.report.name);
        let failed = failed.get(row.report.name.as_str()).filter(|_| !row.report.ready).and_then(failure);
        row.has_failed = failed.is_some();
        if row.has_failed && row.report.state == State::Stopped {
            row.report.state = State::Failed;
        }
        // What it says by now is nearer than what was told at the end of the last `up`.
        let crash = row.why.take_if(|why| why.starts_with(HAS_CRASHED));
        row.why = crash
            .or(failed)
            .or_else(|| row.why.take())
            .or_else(restarts)
            .or_else(|| Some(format!("{}; `devenv up` tries it again", unfinished.get(&row.report.name)?)))
            .map(|why| context.ui.redacted(&why));
    }
    Ok(Overview { project: project.name, rows, found })
}

/// What something that does not answer said last may hold secrets: hides them, and leaves the words out where they can't be told.
async fn hide_in_words(
    context: &Context,
    (engine, manifest, found): (&Engine, &Manifest, &Observed),
    rows: &mut [StatusRow],
) {
    let speaks = |row: &&StatusRow| row.report.state == State::Running && row.why.is_some();
    let names: Vec<Name> = rows.iter().filter(speaks).map(|row| row.report.name.clone()).collect();
    let untold = restart::hide_secrets(context, (engine, manifest), (found, &names)).await;
    for row in rows.iter_mut().filter(|row| untold.contains(&row.report.name)) {
        row.why = row.why.take().map(|why| without_words(&why).to_owned());
    }
}

/// How it is doing, without what it said itself.
fn without_words(why: &str) -> &str {
    if why.starts_with(HAS_CRASHED) { HAS_CRASHED } else { SILENT }
}

/// Why the last `up` did not bring it to ready, with the id by which `devenv explain` knows it; `None` = not known.
fn failure(why: &Unready) -> Option<String> {
    match (why.what.as_str(), why.id.as_str()) {
        ("", _) => None,
        (what, "") => Some(what.to_owned()),
        (what, id) => Some(format!("[{id}] {what}")),
    }
}

/// The same while the manifest can't be read: what runs, by the names it was started under. `None` = nothing does.
///
/// # Errors
/// The engine cannot be used.
pub async fn overview_as_found(context: &Context, identity: &Identity) -> Result<Option<(Engine, Overview)>, Failure> {
    let Some((engine, found)) = context.find_without_manifest(identity).await? else { return Ok(None) };
    let supervisor = context.supervisor(identity);
    let runner = Runner { engine: &engine, supervisor: &supervisor };
    // Of what is about to be replaced there are two for a moment.
    let mut best: BTreeMap<&Name, &FoundUnit> = BTreeMap::new();
    for one in found.units.iter().filter(|one| one.role == Role::Main) {
        let known = best.entry(&one.name).or_insert(one);
        if one.state == FoundState::Running {
            *known = one;
        }
    }
    let ports = &state::ports_of(&context.folders, &identity.id);
    let rows = best.into_values().map(|one| async move {
        let condition = runner.condition(&one.id).await.ok().filter(|condition| condition.running);
        let since = condition.and_then(|condition| crate::host::since(&condition.started_at));
        let report = services::row_as_found(one, ports.get(&one.name).copied());
        StatusRow { report, since, why: None, has_failed: false, readiness: Readiness::Unknown }
    });
    let rows = futures_util::future::join_all(rows).await;
    let project = name::of_folder(&identity.root);
    Ok(Some((engine, Overview { project, rows, found })))
}

/// What runs all the same, and what is wrong with the manifest.
async fn show_as_found(context: &Context, identity: &Identity, broken: Failure) -> Result<Exit, Failure> {
    let Some((_, Overview { project, rows, .. })) = overview_as_found(context, identity).await? else {
        return Err(broken);
    };
    let project = (&project, None);
    match broken {
        Failure::Problems(problems) if context.ui.is_json() => {
            let reports: Vec<ProblemReport> = problems.iter().map(ProblemReport::from).collect();
            show(context, project, &rows, &reports);
            Ok(problems.exit())
        }
        broken => {
            show(context, project, &rows, &[]);
            Err(broken)
        }
    }
}

/// What a command is doing at the moment takes the place of what was found.
fn take_in(row: &mut StatusRow, at_work: &AtWork) {
    let Some(doing) = at_work.doings.get(&row.report.name).filter(|_| !row.report.ready) else { return };
    row.has_failed = false;
    row.report.state = doing.state;
    if let Some(step) = &doing.step {
        row.readiness = Readiness::SetUp;
        row.why = Some(step.clone());
    } else if doing.state != State::Running {
        row.why = None;
    }
}

fn show(
    context: &Context,
    (project, at_work): (&Name, Option<&AtWork>),
    rows: &[StatusRow],
    problems: &[ProblemReport],
) {
    if context.ui.is_json() {
        let services = rows.iter().map(|row| &row.report).collect();
        let failed = rows.iter().filter(|row| row.has_failed);
        let failed = failed.map(|row| Failed { name: &row.report.name, why: row.why.as_deref().unwrap_or_default() });
        let at_work = at_work.map(|at_work| at_work.holder.command.as_str());
        context.ui.json(&Document { project, services, at_work, failed: failed.collect(), problems });
        return;
    }
    let look = Look { paint: context.ui.answer_paint(), width: context.ui.surroundings().width };
    context.ui.answer(&render_status(rows, look));
    if let Some(AtWork { holder, .. }) = at_work {
        context.ui.answer(&format!("`{}` is at work{}", holder.command, begun(holder)));
    } else if rows.iter().any(|row| row.has_failed) {
        context.ui.answer("fix: devenv up        # tries again what failed");
    }
}

async fn row(runner: Runner<'_>, (found, limit): (&Observed, Duration), unit: &Unit) -> StatusRow {
    let state = services::found_state(unit, found);
    let Some(one) = found_main(found, unit) else {
        let why = unit.optional.then(|| OPTIONAL.to_owned());
        return StatusRow {
            report: services::row(unit, state),
            since: None,
            why,
            has_failed: false,
            readiness: Readiness::Asked,
        };
    };
    let ready = async { one.state == FoundState::Running && still_ready(runner, unit, limit).await };
    let (condition, ready) = futures_util::join!(runner.condition(&one.id), ready);
    let state = if state == State::Running && ready { State::Ready } else { state };
    let (since, why) = match condition {
        Ok(condition) if condition.running => (crate::host::since(&condition.started_at), None),
        Ok(condition) if condition.out_of_memory => (None, Some("ran out of memory".to_owned())),
        Ok(condition) if state == State::Failed => (None, Some(format!("ended with {}", condition.exit_code))),
        _ => (None, None),
    };
    let why = why.or_else(|| (unit.optional && state == State::Stopped).then(|| OPTIONAL.to_owned()));
    let why = match why {
        None if state == State::Running => {
            let said = silence(runner, unit, &one.id).await;
            Some(said.unwrap_or_else(|| SILENT.to_owned()))
        }
        why => why,
    };
    StatusRow { report: services::row(unit, state), since, why, has_failed: false, readiness: Readiness::Asked }
}

/// That a host app crashes again and again; each time it may look as if all was well.
pub(super) fn restarts(supervisor: &Supervisor, name: &Name) -> Option<String> {
    const QUIET: Duration = Duration::from_secs(5 * 60);
    let crashes = supervisor.crashes(&Supervisor::id(name))?;
    let ago = crate::host::since(&crashes.last_at).filter(|ago| *ago < QUIET)?;
    let times = if crashes.times == 1 { "once".to_owned() } else { format!("{} times", crashes.times) };
    let ago = crate::words::duration(ago.max(Duration::from_secs(1)));
    Some(format!("it crashed with {} and was started again {times}, last {ago} ago", crashes.code))
}

fn found_main<'a>(found: &'a Observed, unit: &Unit) -> Option<&'a FoundUnit> {
    let of_unit = found.units.iter().filter(|one| one.name == unit.name && one.role == Role::Main);
    of_unit.max_by_key(|one| (one.state == FoundState::Running, one.fingerprint == unit.fingerprint))
}

/// Of what is not running and need not.
const OPTIONAL: &str = "optional, not started";
/// Of what runs.
const SILENT: &str = "does not answer yet";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_without_an_apps_own_words_holds_nothing_of_them() {
        let crashed = "it has crashed (Error: invalid key sk_live_1); nodemon waits for a change of its files";
        assert_eq!(without_words(crashed), "it has crashed");
        assert_eq!(without_words("does not answer yet; it said last: sk_live_1"), "does not answer yet");
    }
}
