//! `devenv restart`.

use clap::Args;

use super::context::Context;
use super::facts::Purpose;
use super::{Failure, consent, name, walk};
use crate::events::Event;
use crate::execute::{Limit, Tools};
use crate::model::resolve::resolve;
use crate::plan::down::plan_restart;
use crate::problem::{Exit, Problem};

/// Stop the named services and apps and start them again, as they are.
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
    let names = name::known(&arguments.names, &manifest)?;
    let engine = context.engine_for(Some(&manifest))?;
    let lock = context.lock(&identity, "restart").await?;
    context.let_settle(&engine, &identity, &lock).await?;
    let found = context.observe(&engine, &identity, Some(&manifest)).await?;
    // What runs on this computer itself is given its variables anew.
    let on_host = manifest.apps.iter().any(|app| app.is_on_host() && names.contains(&app.name.value));
    let secrets = if on_host { context.secrets_of((&identity, &manifest), &names)? } else { Default::default() };
    let purpose = if on_host { Purpose::ShowValues { secrets: &secrets } } else { Purpose::Look };
    let (facts, _) = context.facts(&manifest, &identity, &purpose)?;
    let project = resolve(&manifest, &identity, &facts)?;
    let plan = plan_restart(&project, &found, &names).map_err(|missing| {
        Problem::new("not-running", format!("`{missing}` is not up yet, so there is nothing to restart"))
            .fix(format!("devenv up {missing}"))
    })?;
    if consent::is_needed(&project, &plan) {
        consent::ask(context, &identity, &manifest)?;
    }
    let teller = context.teller();
    let tell = |event| teller.tell(event);
    tell(Event::Plan { project: project.name.clone(), steps: plan.steps.len() });
    let (engine, folders, network) = (&engine, &context.folders, found.network.clone());
    let tools = Tools { engine, folders, network, limit: Limit::Usual, tell: &tell };
    let mut outcome = walk::carry_out(&tools, &project, &plan).await.inspect_err(|_| teller.finish())?;
    walk::ask_others(&project, &found, &mut outcome).await;
    Ok(walk::sum_up(&context.ui, &teller, &project, &found, &outcome))
}
