//! Removes everything that a run has made: at the engine, on this computer, and what is remembered of it. No data is saved first:
//! it was never anybody's.

use std::time::Duration;

use futures_util::future::join_all;

use crate::commands::Failure;
use crate::commands::context::Context;
use crate::engine::{Doing, Engine, Fault};
use crate::host;
use crate::model::resolve::Identity;
use crate::names::EnvironmentId;
use crate::plan::inventory::Inventory;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{self, Attempt, EnvironmentLock};
use crate::supervisor::Supervisor;
use crate::words;

/// What was asked for just before may be made after we have looked, so that nothing has to be found so many times in a row.
const QUIET: u32 = 2;
const LOOKS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(250);

/// Removes what killed runs have left. What can't be removed is left to the next one.
///
/// # Errors
/// Interrupted.
pub async fn remove_abandoned(context: &Context, engine: &Engine) -> Result<(), Failure> {
    remove_late(context, engine).await;
    let runs: Vec<EnvironmentId> = state::ci_runs(&context.folders).collect();
    for id in runs {
        let Ok(Attempt::Taken(lock)) = EnvironmentLock::attempt(&context.folders, &id, "ci") else { continue };
        let identity = Identity { id: id.clone(), root: Default::default() };
        let settled = context.let_settle(engine, &identity, &lock).await;
        // That was about the run before, not about ours.
        context.abandoned.set(None);
        settled?;
        let run = state::ci_run(&context.folders, &id);
        if run.is_elsewhere(engine.address().url()) {
            let what = "what an earlier run that was killed has left stays until `devenv ci` runs with the Docker at";
            context.ui.warning(&format!("{what} {}", run.engine));
            continue;
        }
        match remove(context, engine, &id, Exit::Interrupted).await {
            Ok(()) => context.ui.note("removed what an earlier run that was killed had left"),
            Err(problem) => {
                context.ui.warning(&format!("an earlier run has left something that stays: {}", problem.why))
            }
        }
    }
    Ok(())
}

/// Removes what the engine has made for runs that were cancelled, after they were removed.
async fn remove_late(context: &Context, engine: &Engine) {
    let (folders, url) = (&context.folders, engine.address().url());
    let late = state::late(folders, url);
    if late.is_empty() {
        return;
    }
    let Ok(inventory) = engine.inventory().await else { return };
    for id in late.iter().filter(|id| has_something_of(&inventory, id)) {
        if let Err(problem) = clear_engine(context, engine, id).await {
            return context.ui.warning(&format!("an earlier run has left something that stays: {}", problem.why));
        }
    }
    // Where that can't be written down, they are looked for once more the next time.
    let _ = state::forget_late(folders, url, host::now());
}

/// Removes all of an environment, for who holds its lock. Where the run was broken off, what it had asked of the engine last may be
/// made later than anybody waits; the next run looks for that.
///
/// # Errors
/// Something stays.
pub async fn remove(context: &Context, engine: &Engine, id: &EnvironmentId, exit: Exit) -> Result<(), Problem> {
    let run = state::ci_run(&context.folders, id);
    if exit == Exit::Interrupted && !run.is_all_on_host {
        let expected = state::expect_late(&context.folders, id, engine.address().url(), host::now());
        expected.map_err(|error| leftover(&format!("{error:#}")))?;
    }
    let supervisor = Supervisor::of(&context.folders, id);
    supervisor.end_all_orphans().await;
    supervisor.remove_all().await.map_err(|problem| leftover(&problem.what))?;
    // Killed halfway through what follows, the mark in the folder brings the next run back to it.
    clear_engine(context, engine, id).await?;
    state::give_back(&context.folders, id).map_err(|error| leftover(&format!("{error:#}")))?;
    host::remove_folder(&context.folders.environment(id)).map_err(|error| leftover(&error.to_string()))
}

/// Removes what the engine has, until it says that there is nothing any more.
async fn clear_engine(context: &Context, engine: &Engine, id: &EnvironmentId) -> Result<(), Problem> {
    let (mut kept, mut quiet) = (None, 0);
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let inventory = match engine.inventory().await {
            Ok(inventory) => inventory,
            // There is none, and none was needed.
            Err(problem) if problem.exit == Exit::Engine && state::ci_run(&context.folders, id).is_all_on_host => {
                return Ok(());
            }
            // One that has much to do answers the next time.
            Err(problem) => {
                (kept, quiet) = (Some(problem.what), 0);
                continue;
            }
        };
        let removed = remove_found(engine, &inventory, id).await;
        quiet = if removed.is_ok() && !has_something_of(&inventory, id) { quiet + 1 } else { 0 };
        if quiet == QUIET {
            return Ok(());
        }
        kept = removed.err();
    }
    Err(leftover(&kept.unwrap_or_else(|| "it comes again and again".to_owned())))
}

fn has_something_of(inventory: &Inventory, id: &EnvironmentId) -> bool {
    inventory.environments().contains(id) || inventory.frozen.iter().any(|one| one.of.id == *id)
}

/// Everything is tried, also where one part stays.
///
/// # Errors
/// What stays, and why, for a person.
async fn remove_found(engine: &Engine, inventory: &Inventory, id: &EnvironmentId) -> Result<(), String> {
    let units = inventory.units.iter().filter(|unit| unit.of.id == *id && !Supervisor::has(&unit.id));
    let removals = units.map(|unit| async { (format!("`{}`", unit.name), engine.remove(&unit.id).await) });
    let mut results = join_all(removals).await;
    // What others are built on goes after them.
    for one in inventory.data.iter().chain(&inventory.frozen).filter(|one| one.of.id == *id) {
        results.push((format!("the data of `{}`", one.unit), engine.remove_data(&one.name).await));
    }
    for network in inventory.networks.iter().filter(|network| network.of.id == *id) {
        results.push(("its private addresses".to_owned(), engine.remove_network(&network.name).await));
    }
    let ours = format!("devenv-{id}-");
    let layers = engine.remove_spare_layers(|fork| fork.starts_with(&ours)).await;
    results.push(("parts of its data".to_owned(), layers));
    let built_for_it = || "what was built for it".to_owned();
    match engine.built_for(std::slice::from_ref(id)).await {
        Ok(built) => {
            for made in built.iter().filter(|made| made.name.starts_with(&format!("localhost/{ours}"))) {
                results.push((built_for_it(), engine.remove_made(&made.name).await));
            }
        }
        Err(fault) => results.push((built_for_it(), Err(fault))),
    }
    what_stays(results)
}

fn what_stays(results: Vec<(String, Result<(), Fault>)>) -> Result<(), String> {
    let failed = results.into_iter().filter_map(|(what, result)| Some((what, result.err()?)));
    let (mut names, faults): (Vec<String>, Vec<Fault>) = failed.unzip();
    names.dedup();
    match faults.first() {
        None => Ok(()),
        Some(first) => {
            let stay = if names.len() == 1 { "stays" } else { "stay" };
            Err(format!("{} {stay}: {}", words::list(&names), first.problem(&Doing::Look).what))
        }
    }
}

fn leftover(why: &str) -> Problem {
    Problem::new(&kinds::CI_LEFTOVER, "not everything of this run could be removed")
        .why(why)
        .fix("devenv ci        # removes what earlier runs left, before anything else")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FaultKind;

    #[test]
    fn what_stays_is_told_with_the_reason() {
        let problem = leftover("Docker does not answer");
        assert_eq!((problem.kind.id, problem.why.as_str()), ("ci-leftover", "Docker does not answer"));
    }

    #[test]
    fn each_part_that_stays_is_named() {
        let fault = || Err(Fault { kind: FaultKind::Other, message: "busy".to_owned() });
        let all = |results: [Result<(), Fault>; 3]| {
            let names = ["`api`", "the data of `db`", "the data of `db`"].map(str::to_owned);
            what_stays(names.into_iter().zip(results).collect())
        };
        assert_eq!(all([Ok(()), Ok(()), Ok(())]), Ok(()));
        assert!(all([Ok(()), fault(), fault()]).unwrap_err().starts_with("the data of `db` stays: "));
        assert!(all([fault(), Ok(()), fault()]).unwrap_err().starts_with("`api` and the data of `db` stay: "));
    }
}
