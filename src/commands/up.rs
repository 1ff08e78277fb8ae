//! `devenv up`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::bring_up::{BringUp, Round, Wishes};
use super::checkout::Newcomer;
use super::context::Context;
use super::{Failure, dev, local_addresses, name, own_file};
use crate::names::Name;
use crate::problem::Exit;
use crate::ui::Ui;

/// Bring everything in dev.yaml to ready, or just the named parts with what they need.
///
/// A second run changes nothing and says so at once. Data is always kept.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv up\n  devenv up api\n  devenv up --again 'npm ci'\n  devenv up --dry-run")]
pub struct Arguments {
    /// Services and apps to bring up; everything when left out.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Run this setup step once more: its command as in dev.yaml or the beginning, APP:COMMAND, or an APP for all of its steps.
    #[arg(long, value_name = "STEP")]
    again: Vec<String>,
    /// In a folder that was moved, begin with empty data and keep what it had elsewhere.
    #[arg(long, conflicts_with = "dry_run")]
    as_new: bool,
    /// Take nothing but the exact versions in dev.lock: what it lacks, or has of what dev.yaml no longer wants, is an error.
    #[arg(long)]
    frozen: bool,
    /// Stay: show the logs, and restart and set up again what changes; as `devenv dev`.
    #[arg(long, conflicts_with_all = ["dry_run", "timeout", "again", "frozen"])]
    watch: bool,
    /// Give up after this time, for example 90, 90s or 5m; without it every wait has its own limit.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    timeout: Option<Duration>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let newcomer = match (arguments.as_new, arguments.dry_run) {
        (true, _) => Newcomer::AsNew,
        (false, true) => Newcomer::Foresee,
        (false, false) => Newcomer::Ask,
    };
    let identity = context.identity_of(newcomer)?;
    if arguments.watch {
        return dev::watch(context, identity, &arguments.names).await;
    }
    let manifest = context.manifest(&identity)?;
    let names = name::known(&arguments.names, &manifest)?;
    if arguments.frozen {
        context.demand_frozen(&identity, &manifest)?;
    }
    let engine = match arguments.dry_run {
        true => context.engine_for(Some(&manifest)).await?,
        false => context.engine_to_start(Some(&manifest)).await?,
    };
    let (timeout, again) = (arguments.timeout, arguments.again.clone());
    let wishes = Wishes { names, timeout, again, ..Wishes::default() };
    let mut up = BringUp { context, engine, identity, manifest, wishes };
    context.tell_understood(&up.identity);
    if arguments.dry_run {
        let round = up.foresee().await?;
        show_plan(&context.ui, &round);
        return Ok(Exit::Done);
    }
    own_file::tell(context, &up.identity, &up.manifest);
    local_addresses::tell(context, &up.identity, &up.manifest);
    context.tell_unlocked(&up.identity, &up.manifest);
    up.run().await
}

/// What `--dry-run --json` prints.
#[derive(Serialize)]
struct PlanDocument<'a> {
    project: &'a Name,
    /// What has to be agreed to and done before the first step.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    first: &'a [String],
    steps: Vec<StepDocument<'a>>,
}

#[derive(Serialize)]
struct StepDocument<'a> {
    name: Option<&'a Name>,
    what: String,
    because: &'a str,
    /// Numbers of the steps before, the first one being 1.
    after: Vec<usize>,
}

fn show_plan(ui: &Ui, Round { project, plan, brought_over, .. }: &Round) {
    if ui.is_json() {
        let steps = plan.steps.iter().filter(|_| !plan.is_empty()).map(|step| StepDocument {
            name: step.unit.as_ref(),
            what: step.what(project),
            because: &step.because,
            after: step.after.iter().chain(&step.after_any).map(|index| index + 1).collect(),
        });
        ui.json(&PlanDocument { project: &project.name, first: brought_over, steps: steps.collect() });
        return;
    }
    brought_over.iter().for_each(|first| ui.answer(&format!("first, for {first}")));
    if plan.is_empty() {
        ui.answer("nothing to do: everything is as it should be");
    } else {
        ui.answer(&plan.render(project));
    }
}

/// Reads `90`, `90s`, `5m` or `1h`.
fn parse_time(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| "write a time such as 90, 90s, 5m or 1h".to_owned())?;
    let seconds = match unit {
        "" | "s" => number,
        "m" | "min" => number.saturating_mul(60),
        "h" => number.saturating_mul(3600),
        _ => return Err(format!("`{unit}` is no unit of time; write s, m or h")),
    };
    if seconds == 0 { Err("a time of 0 is over before it begins".to_owned()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_a_unit() {
        assert_eq!(parse_time("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_time("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_time("1h"), Ok(Duration::from_secs(3600)));
        for wrong in ["", "x", "5d", "-1", "0"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }
}
