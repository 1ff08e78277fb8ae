//! `devenv gc`.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt;
use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::reclaim::{Found, Reclaim};
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
    /// The package caches of npm, pip and others as well, and seeds from elsewhere; they are fetched again when needed.
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
        Answer::Yes => remove(&reclaim, &found, rows).await,
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

async fn remove(reclaim: &Reclaim<'_>, found: &Found, rows: Vec<GcRow>) -> Result<Exit, Failure> {
    let ui = &reclaim.context.ui;
    crate::state::forget_half_saved(&reclaim.context.folders);
    let results = remove_all(reclaim, found, &rows).await;
    forget_sizes(reclaim, found, &results);
    let (mut shown, mut freed, mut exit, mut saved) = (Vec::new(), 0, Exit::Done, 0);
    for ((item, row), result) in found.items.iter().zip(rows).zip(results) {
        match result {
            Ok(()) => {
                freed += row.size.unwrap_or_default();
                saved += item.data.len();
                shown.push(Row { row, state: "removed", kept_because: None });
            }
            Err(why) => {
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

/// Data that begins anew gets the same name: what was counted before is not its size. Without it `list` counts again in any case.
fn forget_sizes(reclaim: &Reclaim<'_>, found: &Found, results: &[Result<(), String>]) {
    let removed = found.items.iter().zip(results).filter(|(_, result)| result.is_ok());
    let names: BTreeSet<&str> = removed.flat_map(|(item, _)| &item.data).map(|data| data.name.as_str()).collect();
    let mut sizes = crate::state::last_sizes(&reclaim.context.folders);
    sizes.retain(|name, _| !names.contains(name.as_str()));
    let _ = crate::state::remember_sizes(&reclaim.context.folders, &sizes);
}

/// How many things are removed at a time: saving one keeps a processor busy, stopping another only waits.
const AT_A_TIME: usize = 4;

/// Removes everything, what belongs to different environments side by side, and tells of each; answers what came of it, in the order
/// of the items.
async fn remove_all(reclaim: &Reclaim<'_>, found: &Found, rows: &[GcRow]) -> Vec<Result<(), String>> {
    let ui = &reclaim.context.ui;
    let ended = Cell::new(0);
    let one = async |index: usize| {
        let item = &found.items[index];
        let result = reclaim.remove(item, &found.sizes).await;
        ended.set(ended.get() + 1);
        let place = item.checkout.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default();
        let (done, all, what) = (ended.get(), rows.len(), &rows[index].what);
        match &result {
            Ok(()) => ui.status(&format!("{done} of {all}: {}{place}, {what}: removed", item.name)),
            Err(why) => ui.warning(&format!("{}{place}, {what}, stays: {why}", item.name)),
        }
        (index, result)
    };
    let in_turn = async |group: Vec<usize>| {
        let mut results = Vec::new();
        for index in group {
            results.push(one(index).await);
        }
        results
    };
    let mut results = Vec::new();
    for stage in stages(&found.items) {
        let groups = futures_util::stream::iter(stage.into_iter().map(&in_turn)).buffer_unordered(AT_A_TIME);
        results.extend(groups.collect::<Vec<_>>().await.into_iter().flatten());
    }
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// What can go side by side: stages that follow each other, each of groups that know nothing of each other. What environments were
/// made from goes after them, and the caches, which belong to all, go last.
fn stages(items: &[Item]) -> [Vec<Vec<usize>>; 3] {
    let mut of_environments: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let (mut single, mut blanks, mut caches) = (Vec::new(), Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        match &item.kind {
            Kind::Environment { id, .. } | Kind::Data { id } | Kind::Generation { id } | Kind::Leftover { id, .. } => {
                of_environments.entry(id.to_string()).or_default().push(index);
            }
            // Nobody may begin with any of it meanwhile, which one at a time sees to.
            Kind::Blank { .. } => blanks.push(index),
            Kind::Download { .. } | Kind::Built { .. } | Kind::Saved { .. } | Kind::Seeds(_) => {
                single.push(vec![index])
            }
            Kind::Caches => caches.push(vec![index]),
        }
    }
    if !blanks.is_empty() {
        single.push(blanks);
    }
    [of_environments.into_values().collect(), single, caches]
}

fn row(item: &Item, sizes: &BTreeMap<String, u64>) -> GcRow {
    let ahead = match &item.kind {
        Kind::Blank { folder } => Some(folder),
        _ => None,
    };
    let folders = item.data.iter().map(|data| &data.name).chain(ahead);
    let data: Option<u64> = folders.map(|folder| sizes.get(folder).copied()).sum();
    GcRow {
        kind: match item.kind {
            Kind::Environment { .. } => "environment",
            Kind::Data { .. } => "data",
            Kind::Generation { .. } => "aside",
            Kind::Leftover { .. } => "leftover",
            Kind::Blank { .. } => "ahead",
            Kind::Download { .. } => "download",
            Kind::Built { .. } => "build",
            Kind::Saved { .. } => "saved",
            Kind::Seeds(_) => "seeds",
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

    fn item(kind: Kind) -> Item {
        let (name, what, because) = Default::default();
        Item { kind, name, checkout: None, what, because, size: 0, data: Vec::new() }
    }

    #[test]
    fn what_belongs_to_one_environment_goes_in_turn_and_what_it_was_made_from_after_it() {
        let id = |path: &str| crate::names::EnvironmentId::of_checkout(path.as_ref());
        let built = Kind::Built { name: "x".to_owned() };
        let kinds = [
            Kind::Caches,
            built,
            Kind::Data { id: id("/a") },
            Kind::Data { id: id("/b") },
            Kind::Data { id: id("/a") },
            Kind::Blank { folder: "one".to_owned() },
            Kind::Blank { folder: "other".to_owned() },
        ];
        let items: Vec<Item> = kinds.into_iter().map(item).collect();
        let [mut environments, single, caches] = stages(&items);
        environments.sort();
        assert_eq!(
            (environments, single, caches),
            (vec![vec![2, 4], vec![3]], vec![vec![1], vec![5, 6]], vec![vec![0]])
        );
    }

    #[test]
    fn what_nobody_has_counted_is_not_nothing() {
        let item = item(Kind::Blank { folder: "blank".to_owned() });
        assert_eq!(row(&item, &BTreeMap::new()).size, None);
        assert_eq!(row(&item, &BTreeMap::from([("blank".to_owned(), 48)])).size, Some(48));
    }

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
