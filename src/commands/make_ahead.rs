//! The hidden command that makes empty data for the next environment; started by `up` when that is done, never by a person.

use std::ffi::OsStr;
use std::process::Stdio;

use clap::Args;

use super::Failure;
use super::bring_up::BringUp;
use super::context::Context;
use super::facts::Purpose;
use super::name::known;
use super::rounds::Finished;
use crate::events::State;
use crate::execute::{is_blank_wanted, make_blank};
use crate::host;
use crate::model::resolve::resolve;
use crate::names::Name;
use crate::plan::Action;
use crate::problem::Exit;
use crate::state::EmptyData;

/// Its name.
const COMMAND: &str = "make-ahead";

/// Makes empty data of these services for the next environment; started by `devenv up`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    host::begin_session();
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let names = known(&arguments.names, &manifest)?;
    let engine = context.engine().await?;
    let (facts, _) = context.facts(&manifest, &identity, &Purpose::Glance)?;
    let project = resolve(&manifest, &identity, &facts)?;
    for unit in names.iter().filter_map(|name| project.unit(name)) {
        let made = match make_blank(&engine, &context.folders, unit).await {
            Ok(made) => made,
            // A busy computer may have ended it too early; nobody else would try before another environment begins.
            Err(_) => make_blank(&engine, &context.folders, unit).await?,
        };
        context.ui.status(&format!("{}: {}", unit.title, if made { "made" } else { "not made" }));
    }
    Ok(Exit::Done)
}

impl BringUp<'_> {
    /// Has empty data made for the next environment, where this one has just had to make its own: by a process beside this one, which
    /// ends when that is done. Machines that are thrown away have no next one.
    pub(super) async fn begin_making_ahead(&self, finished: &Finished) {
        if self.context.ui.surroundings().ci || self.context.settings.empty_data == EmptyData::WhenNeeded {
            return;
        }
        let is_ready = |name: &Name| finished.outcome.states.get(name) == Some(&State::Ready);
        let begun = finished.round.plan.steps.iter().filter(|step| matches!(step.action, Action::CreateData { .. }));
        let mut wanted = Vec::new();
        for name in begun.filter_map(|step| step.unit.as_ref()).filter(|name| is_ready(name)) {
            let Some(unit) = finished.round.project.unit(name) else { continue };
            // Where the engine is too slow to tell, the other process finds out.
            if is_blank_wanted(&self.engine, &self.context.folders, unit).await.unwrap_or(true) {
                wanted.push(OsStr::new(name.as_str()));
            }
        }
        if wanted.is_empty() {
            return;
        }
        let root = self.identity.root.as_os_str();
        let arguments = [OsStr::new("-C"), root, OsStr::new("--quiet"), OsStr::new(COMMAND)];
        // Nobody misses it: the next environment then makes its own data.
        let _ = host::spawn_self(&[&arguments[..], &wanted].concat(), Stdio::null());
    }
}
