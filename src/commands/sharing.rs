//! Sharing figures with the organisation: the question on first use, and the process that sends, beside commands.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use clap::Args;

use super::Failure;
use super::context::{Context, MANIFEST};
use super::remember::{self, Remembering};
use crate::host;
use crate::manifest;
use crate::problem::{Exit, Problem};
use crate::share::{self, has_agreed};
use crate::state::journal::Diary;
use crate::state::{Folders, HttpSink, PrometheusSink, Settings, Share};
use crate::ui::Ui;
use crate::ui::ask::Answer;

/// Its name.
const COMMAND: &str = "send-figures";
/// Between two times that something is sent, in seconds.
const BETWEEN_S: u64 = 60;
/// Nobody who did not answer is asked again earlier, in seconds.
const ASK_AGAIN_S: u64 = 86_400;

/// Sends figures to the organisation's own places; started by other commands.
#[derive(Debug, Args)]
pub struct Arguments {}

pub fn run(context: &Context) -> Result<Exit, Failure> {
    host::begin_session();
    let share = effective(context);
    if has_agreed(&Diary::open(&context.folders), &share) {
        // Where another one sends already, that one sends all there is; nobody is there to be told.
        let _ = share::deliver(&context.folders, &share, &context.world, Duration::ZERO);
    }
    Ok(Exit::Done)
}

/// With whom figures are shared here: as the settings file says, else as the repo's `dev.yaml` does, with what is done in that repo.
pub fn effective(context: &Context) -> Share {
    share_at(&context.settings, &context.folders, &context.world.folder)
}

fn share_at(settings: &Settings, folders: &Folders, folder: &Path) -> Share {
    if !settings.share.places().is_empty() {
        return settings.share.clone();
    }
    let written = host::within_repository(folder).find_map(|above| {
        let bytes = host::read_small(&above.join(MANIFEST)).ok()?;
        // Most have none, and are not read for it after every command.
        let has_one = bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"share:"));
        Some(if has_one { manifest::load(MANIFEST, &bytes).ok().map(|manifest| manifest.share) } else { None })
    });
    let Some(share) = written.flatten() else { return Share::default() };
    Share {
        folder: share.folder.map(Into::into),
        http: share.http.map(|(url, key_variable)| HttpSink { url, key: None, key_variable }),
        otlp: share.otlp,
        prometheus: PrometheusSink { file: share.prometheus_file.map(Into::into), push: share.prometheus_push },
        only_of: Some(remember::repo_at(folders, folder)),
    }
}

/// Remembers what the person wants.
///
/// # Errors
/// The state folder can't be written to.
pub fn decide(folders: &Folders, share: &Share, agrees: Answer) -> Result<(), Problem> {
    let unwritable = |error| Problem::unwritable("it could not be written down", error);
    if agrees == Answer::Yes {
        share::begin(folders, share).map_err(unwritable)?;
    }
    let mark = share.mark();
    let change = |diary: &mut Diary| {
        diary.agreed.retain(|one| *one != mark);
        diary.declined.retain(|one| *one != mark);
        let answers = if agrees == Answer::Yes { &mut diary.agreed } else { &mut diary.declined };
        answers.push(mark);
    };
    Diary::change(folders, change).map_err(unwritable)
}

/// After a command: asks on first use, and has sent what there is, by a process beside this one.
pub fn follow_up(ui: &Ui, settings: &Settings, (folders, folder): (&Folders, &Path), remembering: &Remembering) {
    let share = &share_at(settings, folders, folder);
    if share.places().is_empty() {
        return;
    }
    let diary = remembering.diary();
    if has_agreed(diary, share) {
        // A clock that was set back sends once too often.
        if host::now().abs_diff(diary.sent) >= BETWEEN_S {
            send_beside(folders, folder);
        }
    } else if !diary.declined.contains(&share.mark()) && remembering.may_ask(ui) {
        ask(ui, folders, share, diary);
    }
}

fn ask(ui: &Ui, folders: &Folders, share: &Share, diary: &Diary) {
    let options = ui.options();
    // `--yes` was said about something else.
    if options.quiet || options.yes || host::now() < diary.sharing_asked {
        return;
    }
    let later = host::now() + ASK_AGAIN_S;
    if Diary::change(folders, |diary| diary.sharing_asked = later).is_err() {
        return;
    }
    let places = crate::words::list(&share.places());
    let who = if share.only_of.is_some() { "this repo's dev.yaml" } else { "your organisation" };
    ui.status(&format!(
        "{who} would like figures of how well devenv works, sent to {places}: commands, times, ids of problems, names of \
         services, under a number instead of your name; never contents, paths or secrets. `devenv stats --what-is-sent` shows it all."
    ));
    ui.forget_typed_ahead();
    let answer = ui.ask("Share them from now on?", Answer::No);
    let _ = decide(folders, share, answer);
}

fn send_beside(folders: &Folders, folder: &Path) {
    if Diary::change(folders, |diary| diary.sent = host::now()).is_ok() {
        let arguments = [OsStr::new("-C"), folder.as_os_str(), OsStr::new("--quiet"), OsStr::new(COMMAND)];
        // What is not sent now is sent the next time.
        let _ = host::spawn_self(&arguments, Stdio::null());
    }
}
