//! The hidden command that looks after an app on this computer; started by `up`, never by a person.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::problem::Exit;
use crate::supervisor;

/// Looks after one app that runs on this computer; started by `devenv up`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the app's record is.
    #[arg(value_name = "FOLDER", required_unless_present = "attached")]
    folder: Option<PathBuf>,
    /// Ends with whoever started it.
    #[arg(long)]
    attached: bool,
}

pub async fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let code = match &arguments.folder {
        Some(folder) if !arguments.attached => supervisor::supervise(folder).await,
        _ => supervisor::attend().await,
    };
    Ok(Exit::Passed(u8::try_from(code.map_err(Failure::Bug)?).unwrap_or(1)))
}
