//! `devenv doctor`.

mod gather;
mod inside;
mod kernel;
mod of_engine;
mod of_lock;
mod of_repo;
mod origins;
mod repair;

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::context::Context;
use crate::doctor::facts::Facts;
use crate::doctor::summary::summary;
use crate::doctor::{Finding, Severity, examine};
use crate::events::ProblemReport;
use crate::problem::{Exit, Problem};
use crate::ui::problem::{Look, Weight, render_as};
use crate::words;

/// Find what is wrong with this computer, Docker or this repo, and repair it.
///
/// Works everywhere, also without a dev.yaml and without Docker. Changes nothing without --fix.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv doctor\n  devenv doctor --fix          # repairs what it can, asking before each\n  devenv doctor --fix --yes    # ... without asking\n  devenv doctor --json\n\nExit code 1 where something stands in the way of `devenv up`."
)]
pub struct Arguments {
    /// Repair what has one safe remedy: shows what it will do, asks, and looks again afterwards.
    #[arg(long)]
    fix: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    /// Nothing stands in the way.
    ok: bool,
    findings: Vec<Row>,
    /// Ids of findings that `--fix` has made go away.
    repaired: Vec<&'a str>,
    facts: serde_json::Value,
}

#[derive(Serialize)]
struct Row {
    severity: &'static str,
    #[serde(flatten)]
    problem: ProblemReport,
    /// `--fix` has a remedy.
    can_be_repaired: bool,
}

/// `settings` = why the user's settings can't be understood.
pub async fn run(context: &Context, settings: Option<Problem>, arguments: &Arguments) -> Result<Exit, Failure> {
    context.answers_once.set(true);
    let facts = gather::gather(context, settings.as_ref()).await;
    let findings = examine(&facts);
    if !arguments.fix {
        tell(context, (&findings, &facts), &[]);
        return Ok(exit(&findings));
    }
    let begun = repair::carry_out(context, settings.as_ref(), &findings).await;
    if begun.is_empty() {
        tell(context, (&findings, &facts), &[]);
        return match repair::unasked(context, &findings) {
            Some(problem) => Err(problem.into()),
            None => Ok(exit(&findings)),
        };
    }
    let facts = gather::gather(context, settings.as_ref()).await;
    let left = examine(&facts);
    let is_left = |finding: &Finding| left.iter().any(|one| one.is_same(finding));
    let (stayed, repaired): (Vec<&Finding>, Vec<&Finding>) = begun.iter().partition(|finding| is_left(finding));
    tell(context, (&left, &facts), &repaired);
    for finding in stayed {
        context.ui.warning(&format!("still so after the repair: {}", finding.problem.what));
    }
    Ok(exit(&left))
}

fn exit(findings: &[Finding]) -> Exit {
    let in_the_way = findings.iter().any(|finding| finding.severity == Severity::InTheWay);
    if in_the_way { Exit::Environment } else { Exit::Done }
}

fn tell(context: &Context, (findings, facts): (&[Finding], &Facts), repaired: &[&Finding]) {
    let ui = &context.ui;
    if ui.is_json() {
        let row = |finding: &Finding| Row {
            severity: finding.severity.id(),
            problem: ProblemReport::from(&ui.redacted_problem(&finding.problem)),
            can_be_repaired: finding.repair.is_some(),
        };
        ui.json(&Document {
            ok: exit(findings) == Exit::Done,
            findings: findings.iter().map(row).collect(),
            repaired: repaired.iter().map(|finding| finding.problem.kind.id).collect(),
            facts: redacted(context, serde_json::to_value(facts).unwrap_or_default()),
        });
        return;
    }
    let look = Look { paint: ui.answer_paint(), width: ui.surroundings().width, verbose: ui.options().verbose };
    let mut blocks: Vec<String> = findings
        .iter()
        .map(|finding| render_as(&ui.redacted_problem(&finding.problem), weight(finding.severity), look))
        .collect();
    let lines = summary(facts);
    let width = lines.iter().map(|(subject, _)| subject.len()).max().unwrap_or_default();
    let line = |(subject, line): &(&str, String)| {
        format!("{}  {}\n", look.paint.dim(&format!("{subject:width$}")), ui.redacted(line))
    };
    blocks.push(lines.iter().map(line).collect());
    blocks.push(format!("{}\n", verdict(findings)));
    ui.answer(&blocks.join("\n"));
    for finding in repaired {
        ui.status(&format!("repaired: {}", ui.redacted(&finding.problem.what)));
    }
    let repairable = findings.iter().filter(|finding| finding.repair.is_some()).count();
    if repairable > 0 && repaired.is_empty() {
        ui.hint(&format!("`devenv doctor --fix` can repair {repairable} of these"));
    }
}

fn redacted(context: &Context, value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(context.ui.redacted(&text)),
        Value::Array(all) => all.into_iter().map(|one| redacted(context, one)).collect(),
        Value::Object(all) => all.into_iter().map(|(name, one)| (name, redacted(context, one))).collect(),
        other => other,
    }
}

fn weight(severity: Severity) -> Weight {
    match severity {
        Severity::InTheWay => Weight::Error,
        Severity::WillHurt => Weight::Warning,
        Severity::GoodToKnow => Weight::Note,
    }
}

fn verdict(findings: &[Finding]) -> String {
    let number = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (way, hurt, know) = (number(Severity::InTheWay), number(Severity::WillHurt), number(Severity::GoodToKnow));
    let mut parts = Vec::new();
    if way > 0 {
        parts.push(format!(
            "{} the way",
            if way == 1 { "1 thing stands in".to_owned() } else { format!("{way} things stand in") }
        ));
    }
    if hurt > 0 {
        parts.push(format!("{hurt} will hurt"));
    }
    if know > 0 {
        parts.push(format!("{know} {} good to know", if know == 1 { "is" } else { "are" }));
    }
    if parts.is_empty() { "all is well".to_owned() } else { words::list(&parts) }
}
