//! The process: its arguments and surroundings in, its exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = devenv::run(std::env::args_os().collect(), devenv::host::World::of_this_process());
    ExitCode::from(exit.code())
}
