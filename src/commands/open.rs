//! `devenv open`.

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::facts::Purpose;
use super::{Failure, name, services};
use crate::events::State;
use crate::host::is_web_address;
use crate::model::resolve::resolve;
use crate::model::{Kind, Project, Unit};
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::words;

/// Open an app, or the page of a service, in the browser.
///
/// Without a name: the only app that has a page. Where there is no browser to open, its address is printed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv open\n  devenv open mail")]
pub struct Arguments {
    /// The app or service; may be left out where there is one app.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    name: &'a Name,
    url: &'a str,
    opened: bool,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let named = arguments.name.as_ref().map(|typed| name::one(typed, &manifest)).transpose()?;
    let engine = context.engine_for(Some(&manifest)).await?;
    let found = context.observe(&engine, &identity, Some(&manifest)).await?;
    let (facts, _) = context.facts(&manifest, &identity, &Purpose::Look)?;
    let project = resolve(&manifest, &identity, &facts)?;
    let (unit, url) = chosen(&project, named.as_ref())?;
    if services::found_state(unit, &found) != State::Running {
        return Err(Problem::new(
            &kinds::NOT_RUNNING,
            format!("`{}` is not running, so there is nothing to open", unit.name),
        )
        .fix(format!("devenv up {}", unit.name))
        .into());
    }
    let ui = &context.ui;
    // Who reads the answer with a program wants the address.
    let opened = !ui.is_json() && ui.surroundings().stdout_is_terminal && context.world.open(url);
    match (ui.is_json(), opened) {
        (true, _) => ui.json(&Document { name: &unit.name, url, opened }),
        (false, true) => ui.status(&format!("opened {url}")),
        (false, false) => ui.answer(url),
    }
    Ok(Exit::Done)
}

/// The page that is meant.
fn chosen<'a>(project: &'a Project, named: Option<&Name>) -> Result<(&'a Unit, &'a str), Problem> {
    let page = |unit: &'a Unit| Some((unit, unit.url.as_deref().filter(|url| is_web_address(url))?));
    if let Some(name) = named {
        return project.unit(name).and_then(page).ok_or_else(|| {
            Problem::new(&kinds::NO_PAGE, format!("`{name}` has no page that a browser could open"))
                .why("only what answers HTTP has one")
                .fix("devenv status        # shows where everything answers")
        });
    }
    let all: Vec<_> = project.units.iter().filter_map(page).collect();
    let apps: Vec<_> = all.iter().filter(|(unit, _)| unit.kind == Kind::App).copied().collect();
    match (apps.as_slice(), all.as_slice()) {
        ([one], _) | ([], [one]) => Ok(*one),
        ([], []) => Err(Problem::new(&kinds::NO_PAGE, "nothing in dev.yaml has a page that a browser could open")
            .why("only what answers HTTP has one")
            .fix("give the app its `port` in dev.yaml")),
        _ => {
            let names: Vec<String> = all.iter().map(|(unit, _)| format!("`{}`", unit.name)).collect();
            let first = all.first().map_or("NAME", |(unit, _)| unit.name.as_str());
            Err(Problem::new(&kinds::OPEN_WHAT, "it is not clear what is to be opened")
                .why(format!("there are {}", words::list(&names)))
                .fix(format!("devenv open {first}")))
        }
    }
}
