//! `devenv restart`.

use clap::Args;

use super::bring_back::Ran;
use super::context::{Context, Teller};
use super::facts::Purpose;
use super::{Failure, consent, name, walk};
use crate::engine::Engine;
use crate::events::Event;
use crate::execute::{Limit, Outcome, Runner, Tools};
use crate::manifest::Manifest;
use crate::model::resolve::{Identity, resolve};
use crate::model::{self, Project};
use crate::names::Name;
use crate::plan::down::plan_restart;
use crate::plan::observed::{Observed, Role};
use crate::problem::{Exit, Problem, kinds};

/// Stop the named services and apps and start them again as they are.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  devenv restart api")]
pub struct Arguments {
    /// Services and apps to restart.
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    name::known(&arguments.names, &manifest)?;
    let engine = context.engine_to_start(Some(&manifest)).await?;
    let (lock, identity, manifest) = context.turn((identity, manifest), "restart", None).await?;
    let names = name::known(&arguments.names, &manifest)?;
    context.let_settle(&engine, &identity, &lock).await?;
    context.tell_elsewhere(&identity, &manifest);
    let teller = context.teller();
    let run = Run { context, engine: &engine, identity: &identity, manifest: &manifest, teller: &teller };
    let (project, found, mut outcome) = run.restart(&names).await?;
    if outcome.problems.is_empty()
        && let Some(back) = run.bring_back(&names, &Ran::of(&found)).await?
    {
        outcome.problems.extend(back.problems);
        outcome.states.extend(back.states);
    }
    let supervisor = context.supervisor(&identity);
    let runner = Runner { engine: &engine, supervisor: &supervisor };
    walk::ask_others(runner, &project, &found, &mut outcome).await;
    Ok(walk::sum_up(&context.ui, &teller, &project, &found, &outcome))
}

/// What a restart is carried out with, under the environment's lock.
pub struct Run<'a> {
    pub context: &'a Context,
    pub engine: &'a Engine,
    pub identity: &'a Identity,
    pub manifest: &'a Manifest,
    pub teller: &'a Teller<'a>,
}

impl Run<'_> {
    /// Stops and starts these as they are.
    ///
    /// # Errors
    /// One of them was never up, or an interruption.
    pub async fn restart(&self, names: &[Name]) -> Result<(Project, Observed, Outcome), Failure> {
        let manifest = self.manifest;
        let found = self.context.observe(self.engine, self.identity, Some(manifest)).await?;
        // What runs on this computer itself is given its variables anew.
        let on_host = manifest.apps.iter().any(|app| app.is_on_host() && names.contains(&app.name.value));
        let secrets = match on_host {
            true => self.context.secrets_of((self.identity, manifest), names)?,
            false => Default::default(),
        };
        hide_secrets(self.context, (self.engine, manifest), (&found, names)).await;
        let purpose = if on_host { Purpose::ShowValues { secrets: &secrets } } else { Purpose::Look };
        let (facts, _) = self.context.facts(manifest, self.identity, &purpose)?;
        let project = resolve(manifest, self.identity, &facts)?;
        let plan = plan_restart(&project, &found, names).map_err(|missing| {
            Problem::new(&kinds::NOT_RUNNING, format!("`{missing}` is not up yet, so there is nothing to restart"))
                .fix(format!("devenv up {missing}"))
        })?;
        if consent::is_needed(&project, &plan) {
            consent::ask(self.context, self.identity, manifest)?;
        }
        let tell = |event| self.teller.tell(event);
        self.context.record.note_needs(&project);
        tell(Event::Plan { project: project.name.clone(), steps: plan.steps.len() });
        let (engine, folders, network) = (self.engine, &self.context.folders, found.network.clone());
        let hide = |text: &str| self.context.ui.redacted(text);
        let tools = Tools { engine, folders, network, limit: Limit::Usual, tell: &tell, hide: &hide };
        let outcome = walk::carry_out(&tools, &project, &plan).await.inspect_err(|_| self.teller.finish())?;
        Ok((project, found, outcome))
    }
}

/// What was started with secrets may print them. Hides the values that it was started with, so that their sources need not be asked;
/// answers for whom that can't be told.
pub(super) async fn hide_secrets(
    context: &Context,
    (engine, manifest): (&Engine, &Manifest),
    (found, names): (&Observed, &[Name]),
) -> Vec<Name> {
    let mut untold = Vec::new();
    for one in found.units.iter().filter(|one| one.role == Role::Main && names.contains(&one.name)) {
        let holds = model::secrets::variables_of(manifest, &one.name);
        if holds.is_empty() {
            continue;
        }
        match engine.variables(&one.id).await {
            Ok(known) => {
                let values = known.into_iter().filter(|(key, _)| holds.contains(key)).map(|(_, value)| value);
                context.ui.hide(&values.collect::<Vec<_>>());
            }
            Err(_) => untold.push(one.name.clone()),
        }
    }
    untold
}
