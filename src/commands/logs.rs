//! `devenv logs`.

use clap::Args;
use futures_util::StreamExt;
use futures_util::stream::SelectAll;
use serde::Serialize;

use super::context::Context;
use super::{Failure, name, walk};
use crate::engine::{Follow, LogLine, LogOptions};
use crate::events;
use crate::execute::{Lines, Runner};
use crate::names::Name;
use crate::plan::observed::{FoundState, Observed, Role};
use crate::problem::{Exit, Problem};
use crate::report::logs::LogPainter;
use crate::ui::Ui;

/// Show what services and apps print, one stream in the order of time.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv logs -f\n  devenv logs api --tail 50")]
pub struct Arguments {
    /// Services and apps; everything when left out.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Go on with what is printed from now on, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
    /// Only so many of the last lines of each.
    #[arg(long, value_name = "LINES")]
    tail: Option<u32>,
}

#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    name: &'a Name,
    stream: events::Stream,
    time: Option<&'a str>,
    line: &'a str,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let all: Vec<String> = manifest.services.iter().map(|service| service.name.value.to_string()).collect();
    let all: Vec<String> = all.into_iter().chain(manifest.apps.iter().map(|app| app.name.value.to_string())).collect();
    let everything = name::known(&all, &manifest)?;
    let names = if arguments.names.is_empty() { everything.clone() } else { name::known(&arguments.names, &manifest)? };
    let engine = context.engine_for(Some(&manifest))?;
    let found = context.observe(&engine, &identity, Some(&manifest)).await?;
    let units: Vec<(Name, String)> =
        names.into_iter().filter_map(|name| Some((name.clone(), best_id(&found, &name)?))).collect();
    if units.is_empty() {
        return Err(Problem::new("nothing-to-show", "nothing has run here yet").fix("devenv up").into());
    }
    let show = Show { ui: &context.ui, painter: LogPainter::new(&everything, context.ui.answer_paint()) };
    let supervisor = context.supervisor(&identity);
    let runner = Runner { engine: &engine, supervisor: &supervisor };
    tokio::select! {
        () = show_all(runner, &units, arguments, &show) => Ok(Exit::Done),
        () = walk::interrupted() => Ok(if arguments.follow { Exit::Done } else { Exit::Interrupted }),
    }
}

fn best_id(found: &Observed, name: &Name) -> Option<String> {
    let of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
    of_unit.max_by_key(|one| one.state == FoundState::Running).map(|one| one.id.clone())
}

async fn show_all(runner: Runner<'_>, units: &[(Name, String)], arguments: &Arguments, show: &Show<'_>) {
    let options = LogOptions { follow: Follow::No, tail: arguments.tail, since: None };
    let last = show_in_order(runner, units, options, show).await;
    if arguments.follow {
        follow(runner, units, &last, show).await;
    }
}

/// Everything printed so far, merged by time; answers the time of the last line of each.
async fn show_in_order(
    runner: Runner<'_>,
    units: &[(Name, String)],
    options: LogOptions,
    show: &Show<'_>,
) -> Vec<String> {
    let mut streams: Vec<Lines> = units.iter().map(|(_, id)| runner.logs(id, options)).collect();
    let mut heads: Vec<Option<LogLine>> = Vec::new();
    for stream in &mut streams {
        heads.push(next_line(stream).await);
    }
    let mut last = vec![String::new(); units.len()];
    while !show.ui.answer_is_unread() {
        let earliest = heads.iter().enumerate().filter_map(|(index, head)| Some((index, head.as_ref()?)));
        let Some((index, _)) = earliest.min_by(|(_, one), (_, other)| one.time.cmp(&other.time)) else { break };
        let next = next_line(&mut streams[index]).await;
        if let Some(line) = std::mem::replace(&mut heads[index], next) {
            last[index] = line.time.clone().unwrap_or_default();
            show.line(&units[index].0, &line);
        }
    }
    last
}

/// A stream that breaks off ends: what was printed before has been shown.
async fn next_line(stream: &mut Lines) -> Option<LogLine> {
    stream.next().await?.ok()
}

/// From where the history ended; the engine's clock has whole seconds here, so lines seen already are left out.
async fn follow(runner: Runner<'_>, units: &[(Name, String)], last: &[String], show: &Show<'_>) {
    let mut all = SelectAll::new();
    for ((name, id), seen) in units.iter().zip(last) {
        let since = crate::host::unix_seconds(seen);
        let lines = runner.logs(id, LogOptions { follow: Follow::Yes, tail: None, since });
        let (name, seen) = (name.clone(), seen.clone());
        all.push(Box::pin(lines.filter_map(move |line| {
            let fresh = line.ok().filter(|line| line.time.as_ref().is_none_or(|time| *time > seen));
            std::future::ready(fresh.map(|line| (name.clone(), line)))
        })));
    }
    while let Some((name, line)) = all.next().await {
        show.line(&name, &line);
        if show.ui.answer_is_unread() {
            return;
        }
    }
}

struct Show<'a> {
    ui: &'a Ui,
    painter: LogPainter,
}

impl Show<'_> {
    fn line(&self, name: &Name, line: &LogLine) {
        if self.ui.is_json() {
            let time = line.time.as_deref();
            self.ui.json(&Line { event: "log", name, stream: line.stream, time, line: &line.text });
        } else {
            self.ui.answer(&self.painter.line(name, &line.text));
        }
    }
}
