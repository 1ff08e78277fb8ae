//! Where commands run: inside a service or an app that is up, with everything it needs. Brings that up where it has to.

use std::io::IsTerminal;
use std::time::Duration;

use super::attend::{self, Ended, Refused};
use super::bring_up::{BringUp, WhatRuns, Wishes};
use super::context::Context;
use super::{Failure, consent, name, on_host};
use crate::db::Server;
use crate::engine::{CommandSpec, Doing, Engine, Input};
use crate::manifest::Manifest;
use crate::model::resolve::{Identity, path_prefix};
use crate::model::{self, Kind, Sensitive, Unit};
use crate::names::Name;
use crate::plan::observed::{FoundState, Observed, Role};
use crate::problem::{Exit, Problem, kinds};

/// A service or app that runs.
pub struct Place {
    engine: Engine,
    name: Name,
    /// The engine's id of it.
    id: String,
    /// As wanted; `None` where the manifest can't be read at the moment.
    unit: Option<Unit>,
}

/// What to run in a place.
pub struct Inside {
    pub command: Vec<String>,
    /// Beside the variables that the place has.
    pub env: Vec<(String, Sensitive)>,
}

/// Finds a place, and brings it and what else is wanted up unless all of it runs as wanted already.
///
/// # Errors
/// It can't be brought up; what happened on the way is told then.
pub async fn enter(
    context: &Context,
    (identity, manifest): (Identity, Manifest),
    name: &Name,
    also: Vec<Name>,
) -> Result<Place, Failure> {
    let engine = context.engine_to_start(Some(&manifest)).await?;
    let names = std::iter::once(name.clone()).chain(also).collect();
    let wishes = Wishes { names, what_runs: WhatRuns::KeepsItsSecrets, ..Wishes::default() };
    let mut up = BringUp { context, engine: engine.clone(), identity, manifest, wishes };
    // Nothing is asked of what runs as wanted, on the data of the branch that is checked out: the command itself finds out soonest
    // whether it works.
    let mut round = None;
    if context.has_been_up(&up.manifest, &up.identity) {
        // What is wrong comes to light in its turn.
        round = up.look_beside().await.ok().filter(|round| round.plan.is_empty() && up.is_on_branch(round));
    }
    let round = match round {
        Some(round) => round,
        None => match up.run().await? {
            Exit::Done => up.look_beside().await?,
            exit => return Err(Failure::Shown(exit)),
        },
    };
    let unit = round.project.unit(name).cloned();
    if unit.as_ref().is_some_and(|unit| unit.place() == model::Place::Host) {
        consent::ask(context, &up.identity, &up.manifest)?;
    }
    match running(&round.found, name) {
        Some(id) => Ok(Place { engine, name: name.clone(), id, unit }),
        None => Err(ended(name, unit.as_ref()).into()),
    }
}

/// Finds a place that runs, whatever the manifest says of it.
///
/// # Errors
/// Nothing of this name runs.
pub async fn enter_as_found(context: &Context, identity: &Identity, typed: &str) -> Result<Place, Failure> {
    let engine = context.engine().await?;
    let found = engine.observe(&identity.id).await?;
    let name = name::found(typed, &found)?;
    context.tell_elsewhere_as_found(identity, &name);
    match running(&found, &name) {
        Some(id) => Ok(Place { engine, name, id, unit: None }),
        None => Err(ended(&name, None).into()),
    }
}

/// The engine's id of a service or app, where it runs.
pub fn running(found: &Observed, name: &Name) -> Option<String> {
    let mut of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
    of_unit.find(|one| one.state == FoundState::Running).map(|one| one.id.clone())
}

fn ended(name: &Name, unit: Option<&Unit>) -> Problem {
    match unit {
        Some(unit) if unit.kind == Kind::Job => {
            Problem::new(&kinds::NOT_RUNNING, format!("`{name}` is a job, and it has ended: nothing can run inside it"))
                .fix("run the command in an app, for example a task with `in: APP`")
        }
        _ => Problem::new(&kinds::NOT_RUNNING, format!("`{name}` is not running")).fix(format!("devenv up {name}")),
    }
}

impl Place {
    /// The server that this is; `None` = databases can't be made in it.
    pub fn server(&self) -> Option<Server> {
        Server::of(&self.engine, &self.id, self.unit.as_ref()?)
    }

    /// Runs a command here, everything passed through; its exit code becomes ours.
    ///
    /// # Errors
    /// It could not be run, or what it ran in ended.
    pub async fn run(&self, context: &Context, inside: &Inside) -> Result<Exit, Failure> {
        let unit = self.unit.as_ref();
        if let Some(unit) = unit.filter(|unit| unit.place() == model::Place::Host) {
            return on_host::run_beside(unit, inside);
        }
        let both = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let terminal = both.then(|| crate::host::terminal_size().unwrap_or((24, 80)));
        let given = inside.env.iter().map(|(key, value)| format!("{key}={}", value.reveal()));
        let spec = CommandSpec {
            command: inside.command.clone(),
            user: unit.and_then(|unit| unit.user).map(|(uid, gid)| format!("{uid}:{gid}")),
            workdir: unit.and_then(|unit| unit.workdir.as_ref()).map(|path| path.display().to_string()),
            env: given.chain(colours(context, both)).collect(),
            terminal,
            input: Input::Open,
        };
        // Its toolchain's programs are in reach.
        let prepare = unit.map(path_prefix).unwrap_or_default();
        match attend::attend(&self.engine, &self.id, &spec, &prepare).await {
            Ok(Ended::Code(code)) => self.passed_on(code, &inside.command).await,
            Ok(Ended::GoesOn(signal)) => Err(self.goes_on(&inside.command, signal).into()),
            Ok(Ended::OutputLost(error)) => Err(output_lost(&inside.command, &error).into()),
            Ok(Ended::NoSuchCommand) => Err(self.no_such_command(&inside.command).into()),
            Err(error) => match error.downcast::<Refused>() {
                Ok(Refused(fault)) => Err(fault.problem(&self.doing(&inside.command)).into()),
                Err(error) => Err(error.into()),
            },
        }
    }

    fn doing(&self, command: &[String]) -> Doing {
        Doing::Run { unit: self.name.to_string(), command: command.join(" ") }
    }

    /// Says so when the command did not end by itself, but with what it ran in.
    async fn passed_on(&self, code: i64, command: &[String]) -> Result<Exit, Failure> {
        const KILLED: i64 = 137;
        if code == KILLED && self.has_ended().await {
            let what = format!("`{}` ended while `{}` ran in it", self.name, command.join(" "));
            return Err(Problem::new(&kinds::ENDED_MEANWHILE, what)
                .exit(Exit::Passed(137))
                .why("it was stopped or replaced, or ended on its own")
                .fix(format!("devenv logs {}", self.name))
                .into());
        }
        Ok(Exit::Passed(u8::try_from(code).unwrap_or(1)))
    }

    /// Whether it does not run any more; the engine notes that a moment after it has happened.
    async fn has_ended(&self) -> bool {
        const LOOKS: u32 = 10;
        const PAUSE: Duration = Duration::from_millis(30);
        for _ in 0..LOOKS {
            if !self.engine.condition(&self.id).await.is_ok_and(|condition| condition.running) {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }

    /// As a shell would tell of the signal.
    fn goes_on(&self, command: &[String], signal: &str) -> Problem {
        let number = match signal {
            "HUP" => 1,
            "QUIT" => 3,
            "TERM" => 15,
            _ => 2,
        };
        Problem::new(&kinds::COMMAND_GOES_ON, format!("`{}` goes on in `{}`", command.join(" "), self.name))
            .exit(Exit::Passed(128 + number))
            .why(format!("`{}` has no shell that could pass a signal on to it", self.name))
            .fix(format!("devenv restart {}        # ends it", self.name))
    }

    fn no_such_command(&self, command: &[String]) -> Problem {
        const NOT_FOUND: u8 = 127;
        let program = command.first().map_or("", String::as_str);
        let title = self.unit.as_ref().map_or_else(String::new, |unit| format!(" ({})", unit.title));
        let problem = Problem::new(&kinds::NO_SUCH_COMMAND, format!("there is no `{program}` in `{}`", self.name))
            .exit(Exit::Passed(NOT_FOUND))
            .why(format!("`{}`{title} has no program of this name where programs are looked for", self.name));
        let problem = match program.contains(char::is_whitespace) {
            true => problem.fix(format!("write the command and its arguments without quotes around all: {program}")),
            false => problem,
        };
        problem.fix(format!("devenv shell {}        # to look around", self.name))
    }
}

fn output_lost(command: &[String], error: &std::io::Error) -> Problem {
    Problem::new(&kinds::OUTPUT_LOST, format!("what `{}` printed could not be written in full", command.join(" ")))
        .why(error.to_string())
        .fix("see to it that there is room where its output goes, and run it again")
}

/// What programs go by when they decide on colours.
fn colours(context: &Context, has_terminal: bool) -> Vec<String> {
    const ALWAYS: &[&str] = &["NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"];
    const ON_TERMINAL: &[&str] = &["TERM", "COLORTERM"];
    let names = ALWAYS.iter().chain(if has_terminal { ON_TERMINAL } else { &[] });
    names.filter_map(|name| Some(format!("{name}={}", context.world.variable(name)?))).collect()
}
