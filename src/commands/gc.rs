//! `devenv gc`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::reclaim::Reclaim;
use crate::plan::gc::{Item, Kind};
use crate::problem::{Exit, Problem, kinds};
use crate::report::gc::{GcRow, render_gc};
use crate::report::status::Look;
use crate::ui::ask::Answer;
use crate::words;

/// Clean up this computer: what belongs to deleted folders, and what nothing uses any more.
///
/// Shows what can go, what each takes and why, and asks. Data is saved first as a file, for 30 days.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv gc\n  devenv gc --older-than 30d --dry-run")]
pub struct Arguments {
    /// Print what could go, and remove nothing.
    #[arg(long)]
    dry_run: bool,
    /// Only environments not used for so long, for example 30d or 8w, those that are stopped included, and data of services that are
    /// no longer in dev.yaml.
    #[arg(long, value_name = "TIME", value_parser = parse_age)]
    older_than: Option<Duration>,
    /// The package caches of npm, pip and others as well; they are filled again when needed.
    #[arg(long)]
    caches: bool,
}

#[derive(Serialize)]
struct Document {
    items: Vec<Row>,
    /// Bytes.
    freed: u64,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    row: GcRow,
    /// `found`, `removed` or `kept`.
    state: &'static str,
    /// Why it was kept after all.
    kept_because: Option<String>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let engine = context.engine().await?;
    let reclaim = Reclaim { context, engine, older_than: arguments.older_than.map(|age| age.as_secs()) };
    let found = reclaim.find(arguments.caches).await?;
    let rows: Vec<GcRow> = found.items.iter().map(|item| row(item, &found.sizes)).collect();
    if rows.is_empty() {
        if context.ui.is_json() {
            context.ui.json(&Document { items: Vec::new(), freed: 0 });
        } else {
            context.ui.answer("nothing to clean up");
        }
        return Ok(Exit::Done);
    }
    if !context.ui.is_json() {
        let look = Look { paint: context.ui.answer_paint(), width: context.ui.surroundings().width };
        context.ui.answer(&render_gc(&rows, look));
    }
    if arguments.dry_run {
        return Ok(show_found(context, rows));
    }
    match context.ui.ask("Remove all of this? Data of services is saved first and kept for 30 days; what apps keep, such as caches, is not.", Answer::No) {
        Answer::Yes => remove(&reclaim, &found.items, rows).await,
        Answer::No => {
            context.ui.status("nothing was removed");
            Ok(Exit::Done)
        }
        Answer::Nobody => {
            show_found(context, rows);
            Err(unasked(arguments).into())
        }
    }
}

fn show_found(context: &Context, rows: Vec<GcRow>) -> Exit {
    if context.ui.is_json() {
        let items = rows.into_iter().map(|row| Row { row, state: "found", kept_because: None }).collect();
        context.ui.json(&Document { items, freed: 0 });
    }
    Exit::Done
}

fn unasked(arguments: &Arguments) -> Problem {
    let days = arguments.older_than.map(|age| format!(" --older-than {}d", age.as_secs() / 86_400)).unwrap_or_default();
    let caches = if arguments.caches { " --caches" } else { "" };
    Problem::new(&kinds::NOT_ASKED, "nothing was removed, since there was nobody to ask")
        .fix(format!("devenv gc{days}{caches} --yes        # removes what is listed"))
}

async fn remove(reclaim: &Reclaim<'_>, items: &[Item], rows: Vec<GcRow>) -> Result<Exit, Failure> {
    let ui = &reclaim.context.ui;
    crate::state::forget_half_saved(&reclaim.context.folders);
    let (mut shown, mut freed, mut exit, mut saved) = (Vec::new(), 0, Exit::Done, 0);
    for (item, row) in items.iter().zip(rows) {
        match reclaim.remove(item).await {
            Ok(()) => {
                freed += row.size.unwrap_or_default();
                saved += item.data.len();
                shown.push(Row { row, state: "removed", kept_because: None });
            }
            Err(why) => {
                ui.warning(&format!("{} stays: {why}", row.name));
                exit = Exit::Environment;
                shown.push(Row { row, state: "kept", kept_because: Some(why) });
            }
        }
    }
    if ui.is_json() {
        ui.json(&Document { items: shown, freed });
    } else {
        ui.status(&format!("{} freed", words::bytes(freed)));
        if saved > 0 {
            ui.hint("data was saved first: `devenv undo --gc` brings it back within 30 days");
        }
    }
    Ok(exit)
}

fn row(item: &Item, sizes: &std::collections::BTreeMap<String, u64>) -> GcRow {
    let data: Option<u64> = item.data.iter().map(|data| sizes.get(&data.name).copied()).sum();
    GcRow {
        kind: match item.kind {
            Kind::Environment { .. } => "environment",
            Kind::Data { .. } => "data",
            Kind::Generation { .. } => "aside",
            Kind::Leftover { .. } => "leftover",
            Kind::Download { .. } => "download",
            Kind::Built { .. } => "build",
            Kind::Saved { .. } => "saved",
            Kind::Caches => "caches",
        },
        name: item.name.clone(),
        checkout: item.checkout.as_ref().map(|path| path.display().to_string()),
        what: item.what.clone(),
        because: item.because.clone(),
        size: data.map(|data| data + item.size),
    }
}

/// Reads `30d`, `8w` or `12h`.
fn parse_age(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => 0,
    };
    match number.parse::<u64>() {
        Ok(number) if seconds > 0 => Ok(Duration::from_secs(number.saturating_mul(seconds))),
        _ => Err("write an age such as 12h, 30d or 8w".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_in_hours_days_and_weeks() {
        assert_eq!(parse_age("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(parse_age("8w"), parse_age("56d"));
        assert_eq!(parse_age("12h"), Ok(Duration::from_secs(43_200)));
        for wrong in ["", "30", "d", "5m", "-1d"] {
            assert!(parse_age(wrong).is_err(), "{wrong}");
        }
    }
}
