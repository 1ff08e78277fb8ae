//! `devenv mark`.

use clap::{Args, ValueEnum};

use super::context::Context;
use super::{Failure, remember};
use crate::figures::{Line, What};
use crate::problem::{Exit, Problem};

/// Note that something was deployed or finished, for `devenv stats`.
///
/// A deploy pipeline or a git hook calls it, so that the team sees how long it takes from arriving in a repo to the first deploy.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv mark deploy\n  devenv mark deploy --by 4f1c09a2be77     # in a pipeline, for the person\n  devenv mark feature"
)]
pub struct Arguments {
    /// What has happened.
    #[arg(value_enum)]
    what: Happened,
    /// Whose it is: the person's number in `devenv stats --what-is-sent`; without it whoever runs the command.
    #[arg(long, value_name = "NUMBER", value_parser = parse_person)]
    by: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Happened {
    /// It was deployed.
    Deploy,
    /// A feature is finished.
    Feature,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let command = match arguments.what {
        Happened::Deploy => "deploy",
        Happened::Feature => "feature",
    };
    let by = arguments.by.as_deref().unwrap_or_default();
    let line = Line { what: What::Mark, command, by, ci: context.ui.surroundings().ci, ..Line::default() };
    remember::write_by_hand(&context.folders, &context.world.folder, line)
        .map_err(|error| Problem::unwritable("it could not be written down", error))?;
    context.ui.status(&format!("noted: {command}"));
    Ok(Exit::Done)
}

fn parse_person(text: &str) -> Result<String, String> {
    let is_person = text.len() == 12 && text.bytes().all(|letter| letter.is_ascii_hexdigit());
    if is_person {
        Ok(text.to_lowercase())
    } else {
        Err("a person's number has twelve digits, 0 to 9 and a to f".to_owned())
    }
}
