//! Commands of a person beside an app that runs on this computer itself: with its variables, in its folder.

use super::Failure;
use super::inside::Inside;
use crate::host::{self, Program};
use crate::model::Unit;
use crate::problem::{Exit, Problem, kinds};

/// Runs a command beside a host app, with the terminal and the streams of this process.
///
/// # Errors
/// It can't be started.
pub fn run_beside(unit: &Unit, inside: &Inside) -> Result<Exit, Failure> {
    const NOT_FOUND: u8 = 127;
    let variables = unit.env.iter().chain(&inside.env);
    let env: Vec<(String, String)> = variables.map(|(key, value)| (key.clone(), value.reveal().to_owned())).collect();
    let folder = unit.workdir.clone().unwrap_or_default();
    host::leave_interrupts_to_others();
    let program = Program { command: &inside.command, env: &env, folder: &folder };
    let code = host::run_here(&program).map_err(|error| {
        Problem::new(
            &kinds::NO_SUCH_COMMAND,
            format!("`{}` could not be run on this computer", inside.command.join(" ")),
        )
        .exit(Exit::Passed(NOT_FOUND))
        .why(error.to_string())
        .fix("install it, or look at how it is written")
    })?;
    Ok(Exit::Passed(u8::try_from(code).unwrap_or(1)))
}
