//! Writes what a run came to into files, and where the CI service looks for it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{Stream, StreamExt};
use serde_json::json;
use tokio::time::Instant;

use super::folder::Folder;
use super::one_run::Ran;
use crate::commands::context::Context;
use crate::commands::name;
use crate::engine::{Engine, LogOptions};
use crate::events::{ProblemReport, Timed};
use crate::execute::Runner;
use crate::host;
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::plan::observed::Role;
use crate::problem::{Exit, Problem, kinds};
use crate::report::ci::junit::{self, Run};
use crate::report::ci::repeat::spread;
use crate::report::ci::{Service, github, sarif, summary, timeline};

/// Of each service's output so much is kept.
const MOST_LOG_BYTES: usize = 20 << 20;
/// An engine that gives no more of it is not waited for. This is for all of them together.
const LOG_LIMIT: Duration = Duration::from_secs(10);
/// The same where the job was cancelled: to leave nothing behind is worth more than what was printed.
const LOG_LIMIT_CANCELLED: Duration = Duration::from_secs(1);

/// Where reports go.
pub struct Artifacts {
    /// The folder of `--artifacts` as it was given; `None` = nothing is written but what the CI service asks for.
    folder: Option<(PathBuf, Folder)>,
    /// The first report that could not be written while the run was under way.
    lost: RefCell<Option<Problem>>,
}

impl Artifacts {
    /// Makes the folder, so that nothing is brought up for reports that can't be written. Links within `repo` are not followed.
    ///
    /// # Errors
    /// It can't be written to.
    pub fn begin(folder: Option<PathBuf>, repo: &Path) -> Result<Self, Problem> {
        let Some(path) = folder else { return Ok(Self { folder: None, lost: RefCell::default() }) };
        let begun = Folder::begin(&path, repo).and_then(|folder| {
            // For who is killed, by whatever.
            let project = name::of_folder(repo);
            folder.put("junit.xml", &junit::unfinished(project.as_str()).unwrap_or_default())?;
            Ok(folder)
        });
        let folder = begun.map_err(|error| unwritable(&path, &error))?;
        Ok(Self { folder: Some((path, folder)), lost: RefCell::default() })
    }

    /// Writes down what everything of the environment has printed, while it is there. What can't be read in time is left out.
    pub async fn keep_logs(&self, context: &Context, engine: &Engine, identity: &Identity, exit: Exit) {
        let Some((path, folder)) = &self.folder else { return };
        let limit = if exit == Exit::Interrupted { LOG_LIMIT_CANCELLED } else { LOG_LIMIT };
        let until = Instant::now() + limit;
        let supervisor = context.supervisor(identity);
        let runner = Runner { engine, supervisor: &supervisor };
        let found = tokio::time::timeout_at(until, engine.observe(&identity.id)).await;
        let found = found.ok().and_then(Result::ok).map(|found| found.units).unwrap_or_default();
        let units = found.into_iter().chain(supervisor.observe()).filter(|unit| unit.role == Role::Main);
        let reading = units.map(|unit| async move {
            let lines = runner.logs(&unit.id, LogOptions::default());
            let lines = lines.filter_map(|line| std::future::ready(line.ok())).map(|line| {
                let time = line.time.map(|time| format!("{time} ")).unwrap_or_default();
                format!("{time}{}\n", context.ui.redacted(&line.text))
            });
            (unit.name, gather(lines, MOST_LOG_BYTES, until).await)
        });
        for (name, text) in join_all(reading).await {
            self.note_lost(path, folder.put_log(name.as_str(), &text));
        }
    }

    fn note_lost(&self, path: &Path, written: io::Result<()>) {
        if let Err(error) = written {
            self.lost.borrow_mut().get_or_insert_with(|| unwritable(path, &error));
        }
    }

    /// Writes all reports of one or of several runs, and tells the CI service what it wants to know.
    ///
    /// # Errors
    /// A report can't be written, or could not be before; what can be is written all the same.
    pub fn write(
        &self,
        (context, engine): (&Context, Option<&Engine>),
        service: Service,
        runs: &[Ran],
    ) -> Result<(), Problem> {
        let pages = runs.iter().map(|ran| summary::render(ran.project.as_str(), &ran.cases, ran.took));
        let pages = summary::join(&overview(runs).into_iter().chain(pages).collect::<Vec<_>>());
        let below = below_the_repo(context);
        let written = self.write_reports(engine, runs, (&pages, &below));
        let written = self.lost.take().map_or(Ok(()), Err).and(written);
        if service == Service::Github {
            runs.iter().for_each(|ran| annotate(context, ran, &below));
            if let Some(path) = context.world.variable("GITHUB_STEP_SUMMARY") {
                let path = Path::new(path);
                let shown = host::append_to(path).and_then(|mut file| file.write_all(pages.as_bytes()));
                return written.and(shown.map_err(|error| unwritable(path, &error)));
            }
        }
        written
    }

    /// Writes down what was told of one run, so that it need not be kept.
    pub fn keep_events(&self, events: &[Timed]) {
        let Some((path, folder)) = &self.folder else { return };
        self.note_lost(path, folder.put_more("events.jsonl", &lines(events)));
    }

    fn write_reports(
        &self,
        engine: Option<&Engine>,
        runs: &[Ran],
        (pages, below): (&str, &str),
    ) -> Result<(), Problem> {
        let (Some((path, folder)), [.., last]) = (&self.folder, runs) else { return Ok(()) };
        let put = |name: &str, text: &str| folder.put(name, text).map_err(|error| unwritable(path, &error));
        let label = |number: usize| if runs.len() > 1 { format!(" (run {number})") } else { String::new() };
        let labelled = runs.iter().enumerate().map(|(index, ran)| Run { label: label(index + 1), cases: &ran.cases });
        let junit = junit::render(last.project.as_str(), &labelled.collect::<Vec<_>>());
        put("junit.xml", &junit.ok_or_else(|| Problem::new(&kinds::BUG, "the report for JUnit could not be made"))?)?;
        put("summary.md", pages)?;
        let placed: Vec<ProblemReport> = runs.iter().flat_map(|ran| placed(ran, below)).collect();
        put("devenv.sarif", &sarif::render(env!("CARGO_PKG_VERSION"), &placed).to_string())?;
        let timings: Vec<_> = runs.iter().map(timings).collect();
        match timings.as_slice() {
            [one] => put("timings.json", &one.to_string())?,
            several => put(
                "timings.json",
                &json!({ "runs": several, "spread": spread(runs.iter().map(|ran| ran.cases.as_slice())) }).to_string(),
            )?,
        }
        put("timeline.svg", &timeline::as_svg(&last.rows))?;
        put("versions.json", &versions(engine, last).to_string())
    }
}

/// What comes first where there are several runs.
fn overview(runs: &[Ran]) -> Option<String> {
    let [first, _, ..] = runs else { return None };
    let green = runs.iter().filter(|ran| ran.exit == Exit::Done).count();
    let spreads = spread(runs.iter().map(|ran| ran.cases.as_slice()));
    Some(summary::overview(first.project.as_str(), &spreads, (green, runs.len())))
}

/// What comes until then, and no more than so many bytes of it.
async fn gather(lines: impl Stream<Item = String>, most: usize, until: Instant) -> String {
    let mut text = String::new();
    let reading = async {
        let mut lines = std::pin::pin!(lines);
        while let Some(line) = lines.next().await {
            if text.len() + line.len() > most {
                text.push_str("… and more\n");
                return;
            }
            text.push_str(&line);
        }
    };
    let _ = tokio::time::timeout_at(until, reading).await;
    text
}

/// Where `dev.yaml` lies in its repo, with a `/` at the end; empty at the top. CI services know files by their way from there.
fn below_the_repo(context: &Context) -> String {
    let Some(root) = context.root().ok().and_then(|root| host::real_path(&root).ok()) else { return String::new() };
    let top = host::within_repository(&root).find(|above| host::is_top_of_repository(above));
    match top.and_then(|top| root.strip_prefix(top).ok()) {
        Some(below) if below != Path::new("") => format!("{}/", below.display()),
        _ => String::new(),
    }
}

/// What went wrong, with places as the repo has them.
fn placed(ran: &Ran, below: &str) -> Vec<ProblemReport> {
    let mut reports: Vec<ProblemReport> = problems(ran).cloned().collect();
    for place in reports.iter_mut().filter_map(|report| report.place.as_mut()) {
        place.file.insert_str(0, below);
    }
    reports
}

fn annotate(context: &Context, ran: &Ran, below: &str) {
    for line in github::annotations(&placed(ran, below)) {
        context.ui.markup(&line);
    }
}

/// What went wrong; what everything else does without is no problem of the run.
fn problems(ran: &Ran) -> impl Iterator<Item = &ProblemReport> {
    ran.problems.iter().filter(move |_| ran.exit != Exit::Done)
}

fn lines(events: &[Timed]) -> String {
    let line = |event| serde_json::to_string(event).map(|line| line + "\n").unwrap_or_default();
    events.iter().map(line).collect()
}

fn timings(ran: &Ran) -> serde_json::Value {
    let took = u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX);
    json!({ "project": ran.project, "environment": ran.id, "ok": ran.exit == Exit::Done, "exit": ran.exit.code(), "took_ms": took, "cases": ran.cases })
}

fn versions(engine: Option<&Engine>, ran: &Ran) -> serde_json::Value {
    let named = |pairs: &[(Name, String)]| -> serde_json::Map<_, _> {
        pairs.iter().map(|(name, what)| (name.to_string(), json!(what))).collect()
    };
    let engine = engine.map(|engine| {
        let address = engine.address();
        json!({ "name": address.flavour().to_string(), "url": address.url() })
    });
    json!({ "devenv": env!("CARGO_PKG_VERSION"), "system": std::env::consts::OS, "processor": std::env::consts::ARCH,
        "engine": engine, "services": named(&ran.parts), "exact": named(&ran.exact) })
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    let fix = match error.kind() {
        io::ErrorKind::ResourceBusy => "give each run a folder of its own with --artifacts",
        _ => "name another folder with --artifacts",
    };
    let what = format!("the reports cannot be written to {}", path.display());
    Problem::new(&kinds::REPORT_UNWRITABLE, what).why(error.to_string()).fix(fix)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn what_came_in_time_is_kept_whoever_says_no_more() {
        let until = Instant::now() + Duration::from_millis(20);
        let line = |text: &str| stream::iter([format!("{text}\n")]);
        let silent = || line("one").chain(stream::pending());
        let texts = join_all([gather(silent(), 99, until), gather(silent(), 99, until)]).await;
        assert_eq!(texts, ["one\n", "one\n"]);
        let long = stream::iter(["one\n", "two\n", "three\n"].map(str::to_owned));
        assert_eq!(gather(long, 9, Instant::now() + LOG_LIMIT).await, "one\ntwo\n… and more\n");
    }
}
