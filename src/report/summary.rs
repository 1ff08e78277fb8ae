//! How a command ended, in a few lines: where everything answers, and what does not. Pure.

use std::time::Duration;

use super::progress::Progress;
use crate::events::{ServiceReport, State, failed_need};
use crate::model::Kind;
use crate::names::Name;
use crate::ui::paint::Paint;
use crate::ui::text::{one_line, pad, width};
use crate::words;

/// The fields of `Event::Done`.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    pub ok: bool,
    pub elapsed_ms: u64,
    pub services: &'a [ServiceReport],
}

/// What goes to stderr, and then what goes to stdout.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub story: Vec<String>,
    pub answer: Vec<String>,
}

/// Sums up; `answer` is painted as `answer_paint` says, the rest as `paint`.
pub fn summarise(ending: Ending<'_>, progress: &Progress, paint: Paint) -> Summary {
    let services = ending.services;
    let columns = services.iter().map(|service| width(service.name.as_str())).max().unwrap_or(0);
    let row = |service: &ServiceReport, text: &str| format!("{}  {text}", pad(service.name.as_str(), columns));
    let mut summary = Summary { story: vec![headline(ending, progress, paint)], answer: Vec::new() };
    if services.iter().all(is_down) && ending.ok {
        return summary;
    }
    // What is down although all went well was not asked for.
    let wrong = |service: &&ServiceReport| {
        let unasked = is_down(service) && (ending.ok || service.optional);
        !service.ready && service.state != State::Completed && !unasked
    };
    let not_started = not_started(services, progress);
    let is_told = |service: &&ServiceReport| !not_started.iter().any(|(name, _)| *name == service.name);
    for service in services.iter().filter(wrong).filter(is_told) {
        summary.story.push(paint.failure(&row(service, &reason(service, progress))));
    }
    summary.story.extend(not_started_lines(&not_started).iter().map(|line| paint.failure(line)));
    for service in services.iter().filter(|service| service.ready) {
        match (&service.url, service.kind) {
            (Some(url), Kind::App) => summary.answer.push(row(service, &one_line(url))),
            _ => summary.story.extend(address(service).map(|text| paint.dim(&row(service, &text)))),
        }
    }
    summary
}

fn headline(ending: Ending<'_>, progress: &Progress, paint: Paint) -> String {
    let time = words::duration(Duration::from_millis(ending.elapsed_ms));
    let down = !ending.services.is_empty() && ending.services.iter().all(is_down);
    match (ending.ok, down, progress.steps) {
        (false, _, _) => paint.failure(&format!("not everything went well ({time})")),
        (true, true, 0) => format!("nothing is running ({time})"),
        (true, true, _) => format!("stopped in {time}, all data is kept"),
        (true, false, _) if ending.services.is_empty() => format!("done in {time}"),
        (true, false, steps) if steps > 0 && only_stopped(progress) => format!("stopped in {time}, all data is kept"),
        (true, false, 0) => format!("everything is ready ({time})"),
        (true, false, _) => paint.success(&format!("ready in {time}")),
    }
}

/// Whether the plan was about nothing but stopping.
fn only_stopped(progress: &Progress) -> bool {
    !progress.units.is_empty()
        && progress.units.iter().all(|unit| matches!(unit.state, State::Stopped | State::Removed))
}

/// What was not even started, each with what failed first among what it needs.
fn not_started(services: &[ServiceReport], progress: &Progress) -> Vec<(Name, String)> {
    let failed = services.iter().filter(|service| service.state == State::Failed && !service.optional);
    failed.filter_map(|service| Some((service.name.clone(), root(service.name.as_str(), progress)?))).collect()
}

/// What has failed itself, at the end of the chain of those that only lacked something.
fn root(name: &str, progress: &Progress) -> Option<String> {
    let lacks = |name: &str| {
        let unit = progress.units.iter().find(|unit| unit.name.as_str() == name)?;
        failed_need(&unit.because).filter(|_| unit.state == State::Failed).map(str::to_owned)
    };
    let mut root = lacks(name)?;
    // Needs are no circle; there are no more of them than units.
    for _ in 0..progress.units.len() {
        let Some(next) = lacks(&root) else { break };
        root = next;
    }
    Some(root)
}

/// `not started: api, web (need db)`, a line for each that failed.
fn not_started_lines(not_started: &[(Name, String)]) -> Vec<String> {
    let mut roots: Vec<&str> = not_started.iter().map(|(_, root)| root.as_str()).collect();
    roots.sort_unstable();
    roots.dedup();
    let line = |root: &str| {
        let names: Vec<&str> =
            not_started.iter().filter(|(_, other)| other == root).map(|(name, _)| name.as_str()).collect();
        let need = if names.len() == 1 { "needs" } else { "need" };
        format!("not started: {} ({need} {root})", names.join(", "))
    };
    roots.into_iter().map(line).collect()
}

fn is_down(service: &ServiceReport) -> bool {
    matches!(service.state, State::Stopped | State::Removed)
}

fn reason(service: &ServiceReport, progress: &Progress) -> String {
    let unit = progress.units.iter().find(|unit| unit.name == service.name);
    match unit {
        Some(unit) if unit.state == service.state => unit.words(),
        _ => super::status::state_word(service.state, service.kind).to_owned(),
    }
}

/// What a browser opens is shown as such, everything else as host and port.
fn address(service: &ServiceReport) -> Option<String> {
    if let Some(url) = service.url.as_deref().filter(|url| url.starts_with("http")) {
        return Some(one_line(url));
    }
    let host = service.host.as_deref().unwrap_or("localhost");
    service.port.map(|port| format!("{}:{port}", one_line(host)))
}
