//! Carries a plan out for a command: shows events, heeds an interruption, sums up.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::Failure;
use super::context::{MANIFEST, Teller};
use super::services;
use crate::events::{Event, ProblemReport, State, Timed};
use crate::execute::{Executor, Outcome, Runner, Tools, may_pass, still_ready};
use crate::manifest;
use crate::model::Project;
use crate::names::Name;
use crate::plan::Plan;
use crate::plan::observed::Observed;
use crate::problem::{Exit, Problem};
use crate::state::{EnvironmentLock, WorkLog};
use crate::ui::Ui;

/// Carries the plan out until it is done or the person interrupts it, under the environment's lock; who looks meanwhile can see what
/// is done.
///
/// # Errors
/// Interrupted: what was begun stays as it is, the next command goes on from there.
pub async fn carry_out(tools: &Tools<'_>, project: &Project, plan: &Plan) -> Result<Outcome, Failure> {
    let work = WorkLog::new(tools.folders, &project.id);
    let tell = |event| (tools.tell)(work.heard(event, tools.hide));
    let &Tools { engine, folders, limit, hide, .. } = tools;
    let heard = Tools { engine, folders, network: tools.network.clone(), limit, tell: &tell, hide };
    let mut outcome = attempt(&heard, project, plan).await?;
    tell_passing(tools.tell, &mut outcome);
    Ok(outcome)
}

/// Tells what another round could have mended, and none will.
pub fn tell_passing(tell: &dyn Fn(Event), outcome: &mut Outcome) {
    outcome.withheld.iter().cloned().for_each(tell);
    outcome.give_up_fallen();
    for problem in outcome.problems.iter().chain(&outcome.tolerated).filter(|problem| may_pass(problem)) {
        tell(Event::Problem(ProblemReport::from(problem)));
    }
}

/// As [`carry_out`], for who may do another round: what that could mend is not told yet.
///
/// # Errors
/// As there.
pub async fn attempt(tools: &Tools<'_>, project: &Project, plan: &Plan) -> Result<Outcome, Failure> {
    let executor = Executor::new(tools, project, plan);
    tokio::select! {
        outcome = executor.run() => Ok(outcome),
        () = interrupted() => {
            executor.give_up().await;
            Err(Failure::Shown(Exit::Interrupted))
        }
    }
}

/// Comes back when the person presses Ctrl-C or the process is told to end.
pub async fn interrupted() {
    told_to_end().await;
    // What was asked of the engine goes on without us, and the next command has to know.
    EnvironmentLock::interrupt();
}

async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut ended) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = ended.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Asks once those that run already and that the plan was not about, so that the summary tells of them as well.
pub async fn ask_others(runner: Runner<'_>, project: &Project, found: &Observed, outcome: &mut Outcome) {
    const LIMIT: Duration = Duration::from_millis(500);
    let others = project.units.iter().filter(|unit| {
        !outcome.states.contains_key(&unit.name) && services::found_state(unit, found) == State::Running
    });
    let asked = others.map(|unit| async move { (unit.name.clone(), still_ready(runner, unit, LIMIT).await) });
    let answers = futures_util::future::join_all(asked).await;
    outcome.states.extend(answers.into_iter().filter(|(_, ready)| *ready).map(|(name, _)| (name, State::Ready)));
}

/// Shows the summary; answers the exit code. Problems were told when they happened.
pub fn sum_up(ui: &Ui, teller: &Teller, project: &Project, found: &Observed, outcome: &Outcome) -> Exit {
    let exit = verdict(outcome);
    teller.tell(done(ui, project, (found, &outcome.states), exit));
    teller.finish();
    exit
}

/// What an outcome comes to.
pub fn verdict(outcome: &Outcome) -> Exit {
    match worst(&outcome.problems) {
        Exit::Done if outcome.unmet => Exit::Environment,
        exit => exit,
    }
}

fn done(ui: &Ui, project: &Project, (found, states): (&Observed, &BTreeMap<Name, State>), exit: Exit) -> Event {
    Event::Done {
        ok: exit == Exit::Done,
        elapsed_ms: u64::try_from(ui.elapsed().as_millis()).unwrap_or(u64::MAX),
        project: project.name.clone(),
        services: services::rows(project, found, states),
    }
}

/// The last event of a command that ended before there was a plan, or in the middle of one.
pub fn tell_not_done(ui: &Ui, folder: &Path) {
    tell_end(ui, folder, Exit::Environment);
}

/// The last event of a command that had no plan to carry out.
pub fn tell_end(ui: &Ui, folder: &Path, exit: Exit) {
    if !ui.is_json() {
        return;
    }
    let root = crate::host::within_repository(folder)
        .find(|folder| crate::host::is_file(&folder.join(MANIFEST)))
        .unwrap_or(folder);
    let elapsed_ms = u64::try_from(ui.elapsed().as_millis()).unwrap_or(u64::MAX);
    let manifest = crate::host::read_small(&root.join(MANIFEST)).ok().and_then(|it| manifest::load(MANIFEST, &it).ok());
    let project = manifest
        .and_then(|manifest| manifest.name)
        .map_or_else(|| Name::from_any(&root.file_name().unwrap_or_default().to_string_lossy()), |name| name.value);
    let event = Event::Done { ok: exit == Exit::Done, elapsed_ms, project, services: Vec::new() };
    ui.json(&Timed { event, t_ms: elapsed_ms });
}

/// An unusable engine explains everything else; a deadline is told only when nothing else went wrong.
pub(super) fn worst(problems: &[Problem]) -> Exit {
    let exits = || problems.iter().map(|problem| problem.exit);
    if exits().any(|exit| exit == Exit::Engine) {
        return Exit::Engine;
    }
    exits().find(|exit| *exit != Exit::Deadline).or_else(|| exits().next()).unwrap_or(Exit::Done)
}
