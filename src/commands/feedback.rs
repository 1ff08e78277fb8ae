//! `devenv feedback`, and the question that is asked now and then after a success.

use std::path::Path;

use clap::Args;

use super::Failure;
use super::context::Context;
use super::remember::{self, Remembering};
use crate::figures::{Line, What};
use crate::host;
use crate::problem::{Exit, Problem, kinds};
use crate::state::journal::Diary;
use crate::state::{Folders, Settings, Switch};
use crate::ui::Ui;

/// Between two questions, in seconds: a fortnight.
const BETWEEN_S: u64 = 14 * 86_400;
const QUESTION: &str = "How well did devenv work for you lately, from 1 (badly) to 5 (very well)? Enter for no answer";

/// Say how well devenv works for you: one number, for `devenv stats`.
///
/// It is also asked at a terminal, once in a fortnight at most; `feedback: off` in the settings file ends that.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv feedback\n  devenv feedback 4")]
pub struct Arguments {
    /// From 1 (badly) to 5 (very well); asked for when left out.
    #[arg(value_name = "SCORE", value_parser = clap::value_parser!(u8).range(1..=5))]
    score: Option<u8>,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let score = match arguments.score {
        Some(score) => Some(score),
        None if context.ui.can_ask() => ask(&context.ui),
        None => {
            let problem =
                Problem::new(&kinds::NOT_ASKED, "there is nobody to ask for a score").fix("devenv feedback 4");
            return Err(problem.into());
        }
    };
    if let Some(score) = score {
        note(&context.folders, &context.world.folder, score)
            .map_err(|error| Problem::unwritable("it could not be written down", error))?;
        context.ui.status("thank you, noted");
    }
    Ok(Exit::Done)
}

/// Asks after a success, when it is time and somebody is there.
pub fn offer(
    ui: &Ui,
    settings: &Settings,
    (folders, folder): (&Folders, &Path),
    remembering: &Remembering,
    exit: Exit,
) {
    let options = ui.options();
    let is_wanted = settings.feedback == Switch::On && !options.quiet && !options.yes;
    if exit != Exit::Done || !is_wanted || !remembering.may_ask(ui) || !is_time(remembering.diary().asked, host::now())
    {
        return;
    }
    // First, so that it is not asked again however this ends.
    if Diary::change(folders, |diary| diary.asked = host::now()).is_err() {
        return;
    }
    ui.forget_typed_ahead();
    if let Some(score) = ask(ui)
        && note(folders, folder, score).is_ok()
    {
        ui.status("thank you, noted; `feedback: off` in the settings file ends this question");
    }
}

/// A clock that was set back asks once too often rather than never again.
fn is_time(asked: u64, now: u64) -> bool {
    now < asked.saturating_sub(BETWEEN_S) || now >= asked.saturating_add(BETWEEN_S)
}

fn ask(ui: &Ui) -> Option<u8> {
    let accepts = |typed: &str| match typed.trim() {
        "" | "1" | "2" | "3" | "4" | "5" => Ok(()),
        _ => Err("is a number from 1 to 5".to_owned()),
    };
    ui.ask_text(QUESTION, Some(""), accepts)?.trim().parse().ok()
}

fn note(folders: &Folders, folder: &Path, score: u8) -> std::io::Result<()> {
    let line = Line { what: What::Feedback, score: Some(score), ..Line::default() };
    remember::write_by_hand(folders, folder, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fortnight_lies_between_two_questions() {
        let asked = 1_800_000_000;
        for (now, is_due) in [
            (asked, false),
            (asked + BETWEEN_S - 1, false),
            (asked + BETWEEN_S, true),
            (asked - BETWEEN_S - 1, true),
            (asked - 60, false),
        ] {
            assert_eq!(is_time(asked, now), is_due, "{now}");
        }
    }
}
