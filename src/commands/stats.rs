//! `devenv stats`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::count::counted;
use super::sharing::{decide, effective};
use super::{Failure, remember};
use crate::figures::calendar::{begin_of, date, day_of, parse_date};
use crate::figures::timeline::Timeline;
use crate::figures::{Figures, Line, Read, WorkingHours, compared, csv, page, page_of, picture, read, shown};
use crate::host;
use crate::problem::{Exit, Problem, kinds};
use crate::share::{self, Due, NotSent, Sent, has_agreed};
use crate::state::journal::{self, Diary};
use crate::ui::ask::Answer;

/// How long `--send` waits for another process that is sending.
const PATIENCE: Duration = Duration::from_secs(60);
const NO_PLACE: &str = "neither the settings file nor dev.yaml names a place to share figures with";

/// Show how well devenv works, from what it recorded itself: times, failures, blocked hours.
///
/// Everything stays on this computer unless you agree to share it with your organisation. docs/figures.md says how each figure is
/// computed.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv stats\n  devenv stats --timeline\n  devenv stats --html > figures.html\n  \
                  devenv stats --merge /mnt/team/devenv --split 2026-10-01\n  devenv stats --what-is-sent"
)]
pub struct Arguments {
    /// Where the time of a past `up` or `ci` in this repo went; 2 is the one before the last.
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, default_missing_value = "1",
        value_parser = parse_number, conflicts_with = "csv")]
    timeline: Option<usize>,
    /// Read these folders instead, with the journals of any number of people: the report of a team.
    #[arg(long, value_name = "FOLDER", num_args = 1..)]
    merge: Vec<PathBuf>,
    /// Leave out what was before this day.
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    since: Option<i64>,
    /// Leave out this day and what came after it.
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    until: Option<i64>,
    /// Show what changed at this day: before and after it beside each other.
    #[arg(long, value_name = "DATE", value_parser = parse_day, conflicts_with = "timeline")]
    split: Option<i64>,
    /// Print a table for spreadsheets.
    #[arg(long, group = "form")]
    csv: bool,
    /// Print a page for the browser, which needs nothing from anywhere.
    #[arg(long, group = "form")]
    html: bool,
    /// Print a picture: the report, or the timeline.
    #[arg(long, group = "form")]
    svg: bool,
    /// Show what is sent to your organisation, and where, before or after you agree to it.
    #[arg(long, group = "sharing")]
    what_is_sent: bool,
    /// Agree to share figures with the places in the settings file, or end it.
    #[arg(long, value_name = "on|off", group = "sharing", value_parser = ["on", "off"])]
    share: Option<String>,
    /// Send now what is due, and say what came of it.
    #[arg(long, group = "sharing")]
    send: bool,
    /// When people work, for blocked time; the settings file has `working_hours` for it.
    #[arg(long, value_name = "HOURS", value_parser = parse_hours)]
    working_hours: Option<WorkingHours>,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.what_is_sent {
        return Ok(show_what_is_sent(context));
    }
    if let Some(word) = &arguments.share {
        return Ok(share_or_not(context, word == "on")?);
    }
    if arguments.send {
        return Ok(send(context));
    }
    if let Some(number) = arguments.timeline {
        return show_timeline(context, arguments, number);
    }
    let files = files(context, arguments)?;
    let hours = hours(context, arguments)?;
    let (from, to) = (begin_of(arguments.since.unwrap_or(-1_000_000)), begin_of(arguments.until.unwrap_or(1_000_000)));
    if let Some(day) = arguments.split {
        let (before, after) = (counted(&files, from, begin_of(day)), counted(&files, begin_of(day), to));
        show_split(context, &before.figures(hours), &after.figures(hours), day);
        return Ok(Exit::Done);
    }
    let figures = counted(&files, from, to).figures(hours);
    let title = if arguments.merge.is_empty() { "devenv: your figures" } else { "devenv: the team's figures" };
    match (context.ui.is_json(), arguments.csv, arguments.html, arguments.svg) {
        (true, ..) => context.ui.json(&figures),
        (_, true, ..) => context.ui.answer(&csv(&figures)),
        (_, _, true, _) => context.ui.answer(&page(&figures, title)),
        (.., true) => context.ui.answer(&picture(&figures, title)),
        _ => context.ui.answer(&shown(&figures)),
    }
    Ok(Exit::Done)
}

fn files(context: &Context, arguments: &Arguments) -> Result<Vec<PathBuf>, Failure> {
    if arguments.merge.is_empty() {
        return Ok(journal::files(&journal::folder(&context.folders)));
    }
    let folders: Vec<PathBuf> = arguments.merge.iter().map(|folder| context.world.folder.join(folder)).collect();
    if let Some(missing) = folders.iter().find(|folder| !host::is_folder(folder)) {
        let problem = Problem::new(&kinds::FOLDER_MISSING, format!("{} is no folder", missing.display()));
        return Err(problem.exit(Exit::Usage).fix("name a folder that journals were copied or shared to").into());
    }
    Ok(journal::files_below(&folders))
}

fn hours(context: &Context, arguments: &Arguments) -> Result<WorkingHours, Failure> {
    let Some(text) = &context.settings.working_hours else { return Ok(arguments.working_hours.unwrap_or_default()) };
    let settings = parse_hours(text).map_err(|why| {
        Problem::new(&kinds::SETTINGS, format!("`working_hours: {text}` in the settings file cannot be read"))
            .why(why)
            .fix("working_hours: 9-18")
    })?;
    Ok(arguments.working_hours.unwrap_or(settings))
}

#[derive(Serialize)]
struct Split<'a> {
    before: &'a Figures,
    after: &'a Figures,
}

fn show_split(context: &Context, before: &Figures, after: &Figures, day: i64) {
    match context.ui.is_json() {
        true => context.ui.json(&Split { before, after }),
        false => context.ui.answer(&compared(before, after, &date(day))),
    }
}

/// # Errors
/// So many runs have not been recorded.
fn show_timeline(context: &Context, arguments: &Arguments, number: usize) -> Result<Exit, Failure> {
    let repo = remember::repo_at(&context.folders, &context.world.folder);
    let mut runs: Vec<String> = Vec::new();
    for file in journal::files(&journal::folder(&context.folders)) {
        let _ = journal::read_lines(&file, 0, |text| {
            if let Read::Line(line) = read(text)
                && line.has_timeline()
                && line.repo == repo
            {
                runs.push(line.written());
            }
        });
    }
    let text = runs.iter().rev().nth(number - 1);
    let line = text.and_then(|text| match read(text.as_bytes()) {
        Read::Line(line) => Some(line),
        _ => None,
    });
    let line = line.ok_or_else(|| unrecorded(runs.len(), number))?;
    let (timeline, title) = (Timeline::of(&line), title_of(&line));
    if context.ui.is_json() {
        context.ui.json(&line);
    } else if arguments.html {
        context.ui.answer(&page_of(&timeline.picture(&title), &title));
    } else if arguments.svg {
        context.ui.answer(&timeline.picture(&title));
    } else {
        let columns = context.ui.surroundings().width.map_or(100, usize::from);
        context.ui.answer(&format!("{title}\n{}", timeline.text(columns)));
    }
    Ok(Exit::Done)
}

fn unrecorded(there_are: usize, number: usize) -> Problem {
    let what = format!("there is no timeline {number}: of `up` and `ci` in this repo {there_are} are recorded");
    let problem = Problem::new(&kinds::NO_TIMELINE, what);
    match there_are {
        0 => problem.fix("devenv up        # is recorded, and then it has one"),
        _ => problem.fix(format!("devenv stats --timeline {there_are}        # the oldest")),
    }
}

fn title_of(line: &Line<'_>) -> String {
    use crate::figures::chart::Unit;
    #[expect(clippy::cast_precision_loss, reason = "a time below 2^52 milliseconds is exact")]
    let took = |ms: u64| Unit::Seconds.text(ms as f64 / 1000.0);
    let day = date(day_of(line.local()));
    match line.ready_ms {
        Some(ready) => format!("devenv {} on {day}: ready in {}", line.command, took(ready)),
        None => format!("devenv {} on {day}: not everything was ready after {}", line.command, took(line.ms)),
    }
}

/// What `--what-is-sent --json` prints.
#[derive(Serialize)]
struct SentDocument {
    to: Vec<String>,
    agreed: bool,
    person: String,
    /// Whether `next` will be sent; else it is an example.
    is_due: bool,
    next: Vec<Due>,
    problems: Vec<(String, String)>,
}

fn show_what_is_sent(context: &Context) -> Exit {
    const EXAMPLES: usize = 5;
    let diary = Diary::open(&context.folders);
    let share = effective(context);
    let agreed = has_agreed(&diary, &share);
    let next =
        if agreed { share::due(&context.folders, &share) } else { share::example(&context.folders, &share, EXAMPLES) };
    let problems = share::problems(&context.folders, &share);
    let ui = &context.ui;
    if ui.is_json() {
        let (to, person) = (share.places(), diary.person);
        ui.json(&SentDocument { to, agreed, person, is_due: agreed, next, problems });
        return Exit::Done;
    }
    match (share.places().as_slice(), agreed) {
        ([], _) => ui.answer(&format!("nothing is sent to anybody: {NO_PLACE}")),
        (places, true) => ui.answer(&format!(
            "sent to {}, as you agreed; `devenv stats --share off` ends it",
            crate::words::list(places)
        )),
        (places, false) => ui.answer(&format!(
            "nothing is sent: you have not agreed to share with {}; `devenv stats --share on` does",
            crate::words::list(places)
        )),
    }
    ui.answer(&format!("you are number {}; your name is nowhere in it", diary.person));
    problems.iter().for_each(|(place, why)| ui.answer(&format!("{place} took nothing the last time: {why}")));
    if next.is_empty() && agreed {
        ui.answer("nothing is due");
    }
    let head = if agreed { "what goes next to" } else { "what it would look like to" };
    for due in &next {
        let id = due.id.as_ref().map(|id| format!(", as batch {id}")).unwrap_or_default();
        ui.answer(&format!("{head} {}, {}{id}:", due.place, crate::words::count(due.lines, "line")));
        ui.answer(due.body.trim_end_matches('\n'));
    }
    Exit::Done
}

fn share_or_not(context: &Context, on: bool) -> Result<Exit, Problem> {
    let share = effective(context);
    if on && share.places().is_empty() {
        let problem = Problem::new(&kinds::SETTINGS, NO_PLACE);
        return Err(problem.fix("share: { folder: /mnt/team/devenv }"));
    }
    decide(&context.folders, &share, if on { Answer::Yes } else { Answer::No })?;
    let places = crate::words::list(&share.places());
    context.ui.status(&if on {
        format!("from now on figures are shared with {places}")
    } else {
        "figures are not shared".to_owned()
    });
    Ok(Exit::Done)
}

/// What `--send --json` prints.
#[derive(Serialize)]
struct Delivered {
    sent: Vec<Sent>,
    /// Why nothing was sent to anybody.
    problem: Option<String>,
}

/// Sends, and says what came of it in every case.
fn send(context: &Context) -> Exit {
    let (exit, delivered) = delivered(context);
    if context.ui.is_json() {
        context.ui.json(&delivered);
        return exit;
    }
    delivered.problem.iter().for_each(|why| context.ui.answer(&format!("nothing is sent: {why}")));
    for one in &delivered.sent {
        let lines = match one.lines {
            0 => "nothing new".to_owned(),
            lines => crate::words::count(lines, "line"),
        };
        match &one.problem {
            None => context.ui.answer(&format!("{}: {lines}", one.place)),
            Some(why) => {
                context.ui.answer(&format!("{}: {lines}, the rest is kept for the next time: {why}", one.place))
            }
        }
    }
    exit
}

fn delivered(context: &Context) -> (Exit, Delivered) {
    let share = effective(context);
    let not_sent = |exit, why: String| (exit, Delivered { sent: Vec::new(), problem: Some(why) });
    if share.places().is_empty() {
        return not_sent(Exit::Done, NO_PLACE.to_owned());
    }
    if !has_agreed(&Diary::open(&context.folders), &share) {
        let places = crate::words::list(&share.places());
        let why = format!("you have not agreed to share with {places}; `devenv stats --share on` does");
        return not_sent(Exit::Done, why);
    }
    match share::deliver(&context.folders, &share, &context.world, PATIENCE) {
        Ok(sent) => {
            let all_well = sent.iter().all(|one| one.problem.is_none());
            (if all_well { Exit::Done } else { Exit::Environment }, Delivered { sent, problem: None })
        }
        Err(NotSent::Busy) => {
            let why =
                "another devenv is sending, and has not come to its end; what is due goes with it or the next time";
            not_sent(Exit::Environment, why.to_owned())
        }
        Err(NotSent::Unwritable(error)) => {
            not_sent(Exit::Environment, format!("how far it has come could not be written down: {error}"))
        }
    }
}

fn parse_day(text: &str) -> Result<i64, String> {
    parse_date(text).ok_or_else(|| "write a day such as 2026-10-31".to_owned())
}

fn parse_number(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "write 1 for the last run, 2 for the one before".to_owned())
}

fn parse_hours(text: &str) -> Result<WorkingHours, String> {
    WorkingHours::parse(text).ok_or_else(|| "write full hours such as 9-18".to_owned())
}
