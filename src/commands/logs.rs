//! `devenv logs`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use clap::Args;
use futures_util::StreamExt;
use serde::Serialize;

use super::context::Context;
use super::follow::{Followed, Follower, Start};
use super::{Failure, name, walk};
use crate::engine::{Follow, LogLine, LogOptions};
use crate::events;
use crate::execute::{Lines, Runner};
use crate::manifest::Manifest;
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::plan::observed::{FoundState, Observed, Role};
use crate::problem::{Exit, Problem, kinds};
use crate::report::logs::LogPainter;
use crate::state::{SetupOutput, setup_output};
use crate::ui::Ui;
use crate::words;

/// Show what services and apps print, one stream in the order of time.
///
/// What the setup steps of an app printed in their last run comes first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv logs -f\n  devenv logs api --tail 50")]
pub struct Arguments {
    /// Services and apps; everything when left out.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Go on with what is printed from now on, also by what is started again or replaced, until Ctrl-C.
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
    /// The setup step that printed it; none = the service or app itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    setup: Option<&'a str>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity);
    if let Ok(manifest) = &manifest {
        name::known(&arguments.names, manifest)?;
    }
    let engine = context.engine_for(manifest.as_ref().ok()).await?;
    // Before the look, so that nothing that begins meanwhile is missed.
    let since = crate::host::now();
    let found = context.observe(&engine, &identity, manifest.as_ref().ok()).await?;
    let on_host = manifest.as_ref().ok().cloned();
    let (everything, names) = names(manifest, &arguments.names, &found)?;
    let units: Vec<(Name, String)> =
        names.iter().filter_map(|name| Some((name.clone(), best_id(&found, name)?))).collect();
    let setup = setup_of(context, &identity, &names);
    if units.is_empty() && setup.is_empty() {
        return Err(Problem::new(&kinds::NOTHING_TO_SHOW, "nothing has run here yet").fix("devenv up").into());
    }
    let show = Show { ui: &context.ui, painter: LogPainter::new(&everything, context.ui.answer_paint()) };
    let options = LogOptions { follow: Follow::No, tail: arguments.tail, since: None };
    let all = async {
        let supervisor = context.supervisor(&identity);
        let runner = Runner { engine: &engine, supervisor: &supervisor };
        // Who wants only the last lines wants those of what runs.
        for (name, outputs) in setup
            .iter()
            .filter(|(name, _)| arguments.tail.is_none() || !units.iter().any(|(running, _)| running == name))
        {
            outputs.iter().for_each(|output| show.setup(name, output, arguments.tail));
        }
        let last = in_order(runner, &units, options, |name, line| {
            show.line(name, line);
            if show.ui.answer_is_unread() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await;
        if !arguments.follow {
            return Ok(Exit::Done);
        }
        let mut follower =
            Follower::new((&engine, &supervisor), &identity.id, (Some(names.into_iter().collect()), since));
        for ((name, id), seen) in units.iter().zip(&last) {
            follower.add((name, id), Start::After(seen));
        }
        // An engine that is gone matters only to those who need it.
        while follow(&mut follower, &show).await {
            context.observe(&engine, &identity, on_host.as_ref()).await?;
        }
        Ok(Exit::Done)
    };
    tokio::select! {
        exit = all => exit,
        () = walk::interrupted() => Ok(if arguments.follow { Exit::Done } else { Exit::Interrupted }),
    }
}

/// All names there are, and those to show; as found while the manifest is broken.
fn names(
    manifest: Result<Manifest, Failure>,
    typed: &[String],
    found: &Observed,
) -> Result<(Vec<Name>, Vec<Name>), Failure> {
    let (everything, named) = match manifest {
        Ok(manifest) => (name::all(&manifest), name::known(typed, &manifest)?),
        Err(_) if !found.units.is_empty() => {
            let named: Result<Vec<Name>, Problem> = typed.iter().map(|one| name::found(one, found)).collect();
            let everything: BTreeSet<Name> = found.units.iter().map(|one| one.name.clone()).collect();
            (everything.into_iter().collect(), named?)
        }
        Err(broken) => return Err(broken),
    };
    let names = if typed.is_empty() { everything.clone() } else { named };
    Ok((everything, names))
}

/// What setup steps of these printed, where any did. One that said nothing and did well has nothing to be read.
fn setup_of(context: &Context, identity: &Identity, names: &[Name]) -> Vec<(Name, Vec<SetupOutput>)> {
    let says_something = |output: &SetupOutput| !output.lines.is_empty() || output.code != Some(0);
    let of =
        |name: &Name| setup_output(&context.folders, &identity.id, name).into_iter().filter(says_something).collect();
    let all = names.iter().map(|name| (name.clone(), of(name)));
    all.filter(|(_, outputs): &(Name, Vec<SetupOutput>)| !outputs.is_empty()).collect()
}

fn best_id(found: &Observed, name: &Name) -> Option<String> {
    let of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
    of_unit.max_by_key(|one| one.state == FoundState::Running).map(|one| one.id.clone())
}

/// Everything printed so far, merged by time, until `show` wants no more; answers the time of the last line of each.
pub async fn in_order(
    runner: Runner<'_>,
    units: &[(Name, String)],
    options: LogOptions,
    mut show: impl FnMut(&Name, &LogLine) -> ControlFlow<()>,
) -> Vec<String> {
    let mut streams: Vec<Lines> = units.iter().map(|(_, id)| runner.logs(id, options)).collect();
    let mut heads: Vec<Option<LogLine>> = Vec::new();
    for stream in &mut streams {
        heads.push(next_line(stream).await);
    }
    let mut last = vec![String::new(); units.len()];
    loop {
        let earliest = heads.iter().enumerate().filter_map(|(index, head)| Some((index, head.as_ref()?)));
        let Some((index, _)) = earliest.min_by(|(_, one), (_, other)| one.time.cmp(&other.time)) else { break };
        let next = next_line(&mut streams[index]).await;
        if let Some(line) = std::mem::replace(&mut heads[index], next) {
            last[index] = line.time.clone().unwrap_or_default();
            if show(&units[index].0, &line).is_break() {
                break;
            }
        }
    }
    last
}

/// A stream that breaks off ends: what was printed before has been shown.
async fn next_line(stream: &mut Lines) -> Option<LogLine> {
    stream.next().await?.ok()
}

/// Answers whether the engine tells no more; else nobody reads any more.
async fn follow(follower: &mut Follower, show: &Show<'_>) -> bool {
    while !show.ui.answer_is_unread() {
        match follower.next().await {
            Followed::Line(name, line) => show.line(&name, &line),
            Followed::Began(_) | Followed::Ended { .. } => {}
            Followed::Lost => return true,
        }
    }
    false
}

struct Show<'a> {
    ui: &'a Ui,
    painter: LogPainter,
}

impl Show<'_> {
    /// What a setup step printed, below a line that tells which; of its lines only the last, where only those are wanted.
    fn setup(&self, name: &Name, output: &SetupOutput, tail: Option<u32>) {
        let wanted = tail.map_or(usize::MAX, |tail| usize::try_from(tail).unwrap_or(usize::MAX));
        let skipped = output.lines.len().saturating_sub(wanted);
        if !self.ui.is_json() {
            self.ui.answer(&self.painter.line(name, &heading(output)));
            if skipped + output.left_out > 0 {
                let text = format!("({} before)", words::count(skipped + output.left_out, "line"));
                self.ui.answer(&self.painter.line(name, &text));
            }
        }
        for line in output.lines.iter().skip(skipped) {
            let (stream, text, time) = (line.stream, line.text.clone(), Some(line.time.clone()));
            self.of_step(name, &LogLine { stream, text, time, goes_on: false }, Some(&output.step));
        }
    }

    fn line(&self, name: &Name, line: &LogLine) {
        self.of_step(name, line, None);
    }

    fn of_step(&self, name: &Name, line: &LogLine, setup: Option<&str>) {
        if self.ui.is_json() {
            let time = line.time.as_deref();
            self.ui.json(&Line { event: "log", name, stream: line.stream, time, line: &line.text, setup });
        } else {
            self.ui.answer(&self.painter.line(name, &line.text));
        }
    }
}

/// `setup: npm ci (ended with 1, 3 min 0 s ago)`
fn heading(output: &SetupOutput) -> String {
    let ended = match output.code {
        Some(0) => "done".to_owned(),
        Some(code) => format!("ended with {code}"),
        None => "did not come to an end".to_owned(),
    };
    let ago = crate::host::since(&output.ended).map(|time| format!(", {} ago", words::duration(time)));
    format!("setup: {} ({ended}{})", output.step, ago.unwrap_or_default())
}
