//! Brings back apps that fell because something they need was restarted, or its data replaced: their connections broke, and their
//! programs ended of it.

use std::collections::BTreeSet;

use super::Failure;
use super::context::Context;
use super::facts::Purpose;
use super::restart::Run;
use super::walk::worst;
use crate::engine::Engine;
use crate::events::Event;
use crate::execute::{Outcome, Runner, fallen, running_id};
use crate::manifest::Manifest;
use crate::model::resolve::{Identity, resolve};
use crate::model::{Kind, Project, Unit};
use crate::names::Name;
use crate::plan::observed::{FoundState, Observed, Role};
use crate::problem::Exit;
use crate::words;

/// The services and apps that ran before something was done.
#[derive(Debug, Clone, Default)]
pub struct Ran(BTreeSet<Name>);

impl Ran {
    pub fn of(found: &Observed) -> Self {
        let units = found.units.iter().filter(|one| one.role == Role::Main && one.state == FoundState::Running);
        Self(units.map(|one| one.name.clone()).collect())
    }
}

impl Run<'_> {
    /// Starts again what ran before, needs one of these and has fallen; `None` = nothing has.
    ///
    /// # Errors
    /// Those of a restart.
    pub async fn bring_back(&self, needed: &[Name], ran: &Ran) -> Result<Option<Outcome>, Failure> {
        let (facts, _) = self.context.facts(self.manifest, self.identity, &Purpose::Look)?;
        let project = resolve(self.manifest, self.identity, &facts)?;
        let apps: Vec<&Unit> = dependents(&project, needed).into_iter().filter(|it| ran.0.contains(&it.name)).collect();
        if apps.is_empty() {
            return Ok(None);
        }
        let found = self.context.observe(self.engine, self.identity, Some(self.manifest)).await?;
        let running = apps.iter().filter_map(|unit| Some((*unit, running_id(&found, &unit.name)?)));
        let supervisor = self.context.supervisor(self.identity);
        let runner = Runner { engine: self.engine, supervisor: &supervisor };
        let mut names = fallen(runner, &running.collect::<Vec<_>>()).await;
        names.extend(apps.iter().map(|unit| unit.name.clone()).filter(|name| running_id(&found, name).is_none()));
        if names.is_empty() {
            return Ok(None);
        }
        self.teller.tell(Event::Note { name: None, text: told(&names, needed) });
        let (_, _, outcome) = self.restart(&names).await?;
        Ok(Some(outcome))
    }
}

/// As [`Run::bring_back`], for a command that has done something to the data of a service and has no turn of its own.
///
/// Answers how the command is to end: an app that did not come back is its failure.
///
/// # Errors
/// As there.
pub async fn after_change(
    context: &Context,
    (engine, identity, manifest): (&Engine, &Identity, &Manifest),
    service: &Name,
    ran: &Ran,
) -> Result<Exit, Failure> {
    let read = (identity.clone(), manifest.clone());
    let (_lock, identity, manifest) = context.turn(read, "restart", None).await?;
    let teller = context.teller();
    let run = Run { context, engine, identity: &identity, manifest: &manifest, teller: &teller };
    let outcome = run.bring_back(std::slice::from_ref(service), ran).await?;
    teller.finish();
    Ok(outcome.map_or(Exit::Done, |outcome| worst(&outcome.problems)))
}

fn told(names: &[Name], needed: &[Name]) -> String {
    let quoted = |names: &[Name]| words::list(&names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>());
    let (has, it) = if names.len() == 1 { ("has", "it is") } else { ("have", "they are") };
    format!("{} {has} fallen with {}; {it} started again", quoted(names), quoted(needed))
}

/// The apps that need one of these, near or far.
fn dependents<'a>(project: &'a Project, needed: &[Name]) -> Vec<&'a Unit> {
    let mut reached: BTreeSet<&Name> = needed.iter().collect();
    loop {
        let before = reached.len();
        let more = project.units.iter().filter(|unit| unit.needs.iter().any(|need| reached.contains(&need.name)));
        let more: Vec<&Name> = more.map(|unit| &unit.name).collect();
        reached.extend(more);
        if reached.len() == before {
            break;
        }
    }
    let is_meant = |unit: &&Unit| unit.kind == Kind::App && !needed.contains(&unit.name);
    project.units.iter().filter(|unit| reached.contains(&unit.name)).filter(is_meant).collect()
}
