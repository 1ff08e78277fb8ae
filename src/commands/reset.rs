//! `devenv reset`.

use clap::Args;

use super::bring_up::{BringUp, Wishes};
use super::context::Context;
use super::data::DataLook;
use super::facts::unwritable;
use super::{Failure, name, walk};
use crate::host;
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{Because, Found};
use crate::ui::ask::Answer;
use crate::words;

/// Begin again with empty data; `devenv undo` brings it back.
///
/// Stops what uses the data, sets the data aside, and starts again what ran; setup steps that work on it run again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv reset\n  devenv reset db --yes")]
pub struct Arguments {
    /// Services whose data is to begin empty; all that keep data when left out.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    name::known(&arguments.names, &manifest)?;
    let engine = context.engine_to_start(Some(&manifest)).await?;
    let (_lock, identity, manifest) = context.turn((identity, manifest), "reset", None).await?;
    let names = name::known(&arguments.names, &manifest)?;
    let mut up = BringUp { context, engine, identity, manifest, wishes: Wishes::default() };
    context.settle(&up.engine, &up.identity, &up.manifest).await?;
    let look = DataLook::new(&up).await?;
    let services = chosen(&look, &names)?;
    if services.is_empty() {
        context.ui.status("there is no data to reset");
        walk::tell_end(&context.ui, &up.identity.root, Exit::Done);
        return Ok(Exit::Done);
    }
    let shown = quoted(&services);
    let of_branch = context.of_branch(&up.identity, &up.manifest, &services);
    let question = format!("Begin with empty data for {shown}{of_branch}? `devenv undo` brings back what is there now");
    match context.ui.ask(&question, Answer::No) {
        Answer::Yes => {}
        Answer::No => return Err(Failure::Shown(Exit::Environment)),
        Answer::Nobody => return Err(not_agreed(&shown, &arguments.names).into()),
    }
    let ran = look.running();
    let mut look = up.stop_on_branch(look, &services).await?;
    let (id, folders) = (&up.identity.id, &context.folders);
    let there: Vec<String> = look.found.data.keys().cloned().collect();
    let done = look.done(folders);
    look.memory.begin_new(&services, Because::Reset, host::now(), (&done, &Found { id, folders: &there }));
    look.memory.write(folders, id).map_err(unwritable)?;
    if ran.is_empty() {
        context.ui.status(&format!("{shown}{of_branch} will begin empty with the next `devenv up`"));
        context.ui.hint("devenv undo        # brings the data back");
        walk::tell_end(&context.ui, &up.identity.root, Exit::Done);
        return Ok(Exit::Done);
    }
    up.wishes.names = ran.into_iter().collect();
    let exit = up.run_in_turn().await?;
    context.ui.status(&format!("the data of {shown}{of_branch} was set aside; `devenv undo` brings it back"));
    Ok(exit)
}

/// The named services, each of which has to keep data, or all that have some.
fn chosen(look: &DataLook, names: &[Name]) -> Result<Vec<Name>, Vec<Problem>> {
    let keeps_none = |name: &&Name| look.project.unit(name).is_none_or(|unit| unit.data.is_none());
    let wrong: Vec<Problem> = names
        .iter()
        .filter(keeps_none)
        .map(|name| {
            Problem::new(&kinds::NO_DATA, format!("`{name}` keeps no data, so there is nothing to reset"))
                .why("services keep data where the catalog or `data` in dev.yaml says so")
                .fix("devenv reset        # all services that keep data")
        })
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let is_chosen = |name: &Name| names.is_empty() || names.contains(name);
    Ok(look.with_data().map(|unit| unit.name.clone()).filter(is_chosen).collect())
}

fn not_agreed(shown: &str, names: &[String]) -> Problem {
    let words: Vec<&str> = ["devenv", "reset"].into_iter().chain(names.iter().map(String::as_str)).collect();
    Problem::new(&kinds::CONSENT, format!("the data of {shown} would begin empty, and there is nobody to ask"))
        .why("nothing was changed")
        .fix(format!("{} --yes", words.join(" ")))
}

/// Names in a sentence.
pub(super) fn quoted(names: &[Name]) -> String {
    words::list(&names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
}
