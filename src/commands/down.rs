//! `devenv down`.

use std::collections::BTreeSet;

use clap::Args;

use super::context::Context;
use super::facts::Purpose;
use super::{Failure, down_all, name, services, walk};
use crate::engine::Engine;
use crate::events::{Event, State};
use crate::execute::{Limit, Runner, Tools};
use crate::manifest::Manifest;
use crate::model::Project;
use crate::model::resolve::{Identity, resolve};
use crate::names::Name;
use crate::plan::down::plan_down;
use crate::problem::{Exit, Problem};
use crate::state::{self, Attempt, EnvironmentLock};

/// Stop everything, or just the named parts. Data is always kept.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv down\n  devenv down api\n  devenv down --all")]
pub struct Arguments {
    /// Services and apps to stop; everything when left out.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Stop every environment on this computer, wherever its folder is.
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.all {
        return down_all::run(context).await;
    }
    let identity = context.identity_of_what_was()?;
    let manifest = context.manifest(&identity);
    if let Ok(manifest) = &manifest {
        name::known(&arguments.names, manifest)?;
    }
    let engine = match &manifest {
        Err(_) if !context.supervisor(&identity).observe().is_empty() => {
            context.engine().await.or_else(|_| Ok::<_, Failure>(crate::engine::Engine::absent()?))?
        }
        manifest => context.engine_for(manifest.as_ref().ok()).await?,
    };
    let again = || {
        let now = context.identity_of_what_was()?;
        let manifest = context.manifest(&now);
        Ok((now, manifest))
    };
    let (lock, identity, manifest) = context.turn_reading((identity, manifest), ("down", None), again).await?;
    stop(context, (&engine, &lock), (&identity, manifest.as_ref()), &arguments.names).await
}

/// Stops what runs of an environment, or what of it is named, and tells of each.
///
/// # Errors
/// A name is unknown, or the engine's.
pub async fn stop(
    context: &Context,
    (engine, lock): (&Engine, &EnvironmentLock),
    (identity, manifest): (&Identity, Result<&Manifest, &Failure>),
    names: &[String],
) -> Result<Exit, Failure> {
    let project = project(context, identity, manifest.ok());
    context.let_settle(engine, identity, lock).await?;
    context.supervisor(identity).end_all_orphans().await;
    let found = context.observe(engine, identity, manifest.ok()).await?;
    let names = match manifest {
        Ok(manifest) => name::known(names, manifest)?,
        // Stopped by the names that they were started under.
        Err(_) => names.iter().map(|one| name::found(one, &found)).collect::<Result<Vec<Name>, Problem>>()?,
    };
    let names: BTreeSet<Name> = names.into_iter().collect();
    // What a person stops is no failure any more; it only matters to who asks how things are.
    let _ = state::forget_unready(&context.folders, &identity.id, |name| names.is_empty() || names.contains(name));
    let plan = plan_down(&found, &names);
    let teller = context.teller();
    let tell = |event| teller.tell(event);
    tell(Event::Plan { project: project.name.clone(), steps: plan.steps.len() });
    let (folders, network) = (&context.folders, found.network.clone());
    let tools = Tools { engine, folders, network, limit: Limit::Usual, tell: &tell, hide: &str::to_owned };
    let mut outcome = walk::carry_out(&tools, &project, &plan).await.inspect_err(|_| teller.finish())?;
    for unit in project.units.iter().filter(|unit| services::found_state(unit, &found) != State::Running) {
        outcome.states.entry(unit.name.clone()).or_insert(State::Stopped);
    }
    let supervisor = context.supervisor(identity);
    walk::ask_others(Runner { engine, supervisor: &supervisor }, &project, &found, &mut outcome).await;
    Ok(walk::sum_up(&context.ui, &teller, &project, &found, &outcome))
}

/// Stops everything of an environment without a word, unless another command is at work on it. Answers whether nothing of it runs.
///
/// # Errors
/// The engine's.
pub async fn quietly(
    context: &Context,
    engine: &Engine,
    (identity, manifest): (&Identity, &Manifest),
) -> Result<bool, Failure> {
    let Ok(Attempt::Taken(_lock)) = EnvironmentLock::attempt(&context.folders, &identity.id, "down") else {
        return Ok(false);
    };
    let found = context.observe(engine, identity, Some(manifest)).await?;
    let (project, plan) = (project(context, identity, Some(manifest)), plan_down(&found, &BTreeSet::new()));
    let (folders, network) = (&context.folders, found.network.clone());
    let tools = Tools { engine, folders, network, limit: Limit::Usual, tell: &|_| {}, hide: &str::to_owned };
    let outcome = walk::carry_out(&tools, &project, &plan).await?;
    Ok(outcome.problems.is_empty())
}

/// The project as far as it can be known: a manifest that is wrong right now must not keep anything running.
fn project(context: &Context, identity: &Identity, manifest: Option<&Manifest>) -> Project {
    let known = |manifest: &Manifest| -> Result<Project, Failure> {
        let (facts, _) = context.facts(manifest, identity, &Purpose::Look)?;
        Ok(resolve(manifest, identity, &facts)?)
    };
    manifest.and_then(|manifest| known(manifest).ok()).unwrap_or_else(|| Project {
        name: name::of_folder(&identity.root),
        id: identity.id.clone(),
        root: identity.root.clone(),
        units: Vec::new(),
    })
}
