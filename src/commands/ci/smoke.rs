//! Asks the checks of the manifest, one after the other, of what runs.

use std::time::{Duration, Instant};

use super::Ci;
use crate::checks::printed::Printed;
use crate::checks::{self, judge};
use crate::commands::context::Teller;
use crate::commands::facts::Purpose;
use crate::commands::secrets::Effort;
use crate::commands::{Failure, walk};
use crate::db::{Server, Target, ending, provider};
use crate::engine::{CommandSpec, Doing, LogLine};
use crate::events::{Event, ProblemReport, StepState};
use crate::host;
use crate::manifest::{Asks, At, Check, HttpCheck, Task, Template};
use crate::model::env::{Values, View};
use crate::model::resolve::{Facts, Identity, path_prefix};
use crate::model::task::{app_of_task, resolve_task};
use crate::model::{Kind, Place, Project, Unit, secrets};
use crate::names::Name;
use crate::plan::observed::{FoundState, Observed, Role};
use crate::problem::{Exit, Problem, kinds};
use crate::supervisor::run_attached;
use crate::words;

/// What is ended because its time is over is not waited for longer.
const END_LIMIT: Duration = Duration::from_secs(10);
/// Of a line that an address answers, so many bytes are shown.
const MOST_BYTES: usize = 2000;

pub struct Smoke<'a> {
    ci: &'a Ci<'a>,
    project: &'a Project,
    teller: &'a Teller<'a>,
    found: Observed,
    facts: Facts,
}

/// What came of a check: what it printed, and why that is not as expected, as a clause that follows "it".
struct Verdict {
    output: Vec<String>,
    wrong: Option<String>,
}

impl Verdict {
    fn of(output: Vec<String>, judged: Result<(), String>) -> Self {
        Self { output, wrong: judged.err() }
    }
}

impl<'a> Smoke<'a> {
    /// # Errors
    /// A secret that a check names has no value, or the engine can't be asked.
    pub async fn new(
        ci: &'a Ci<'a>,
        identity: &Identity,
        project: &'a Project,
        teller: &'a Teller<'a>,
    ) -> Result<Self, Failure> {
        let (context, manifest) = (ci.context, &ci.manifest);
        let needed = manifest.checks.iter().flat_map(|check| templates(ci, &check.value));
        let needed = needed.flat_map(|template| secrets::of_template(manifest, template)).collect();
        let secrets = context.find_secrets((identity, manifest), &needed, Effort::Full)?.all()?;
        let (facts, _) = context.facts(manifest, identity, &Purpose::ShowValues { secrets: &secrets })?;
        let found = context.observe(&ci.engine, identity, Some(manifest)).await?;
        Ok(Self { ci, project, teller, found, facts })
    }

    /// Asks all of them, also where one fails.
    ///
    /// # Errors
    /// Cancelled.
    pub async fn run(&self) -> Result<Exit, Failure> {
        let mut exit = Exit::Done;
        let checks = &self.ci.manifest.checks;
        let titles = judge::titles(checks.iter().map(|check| &check.value));
        for (index, (check, title)) in checks.iter().zip(&titles).enumerate() {
            let one = self.run_one(index + 1, title, &check.value).await?;
            // A check that fails says more than one that hangs.
            exit = match (exit, one) {
                (Exit::Check, _) | (_, Exit::Done) => exit,
                (_, one) => one,
            };
        }
        Ok(exit)
    }

    async fn run_one(&self, number: usize, title: &str, check: &Check) -> Result<Exit, Failure> {
        let limit = judge::limit(check);
        let tell = |state, because: &str, elapsed_ms, output| {
            let (check, because) = (title.to_owned(), because.to_owned());
            self.teller.tell(Event::Check { number, check, state, because, elapsed_ms, output });
        };
        tell(StepState::Running, "", None, Vec::new());
        let began = Instant::now();
        let mut printed = Printed::new(prints(check));
        let word = words::hex(&host::random::<8>()?);
        let asked = tokio::select! {
            biased;
            () = walk::interrupted() => {
                self.ci.context.ui.status(&format!("interrupted while the check `{title}` was asked"));
                return Err(Failure::Shown(Exit::Interrupted));
            }
            asked = tokio::time::timeout(limit, self.ask(check, &word, &mut printed)) => asked,
        };
        let elapsed_ms = Some(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        let (problem, output) = match asked {
            Ok(Ok(Verdict { output, wrong: None })) => {
                tell(StepState::Done, "", elapsed_ms, output);
                return Ok(Exit::Done);
            }
            Ok(Ok(Verdict { output, wrong: Some(wrong) })) => (failed(title, &wrong), output),
            Ok(Err(problem)) => (failed(title, &because_of(&problem)), problem.output),
            Err(_) => {
                // Beside the next check it would be in its way.
                let _ = tokio::time::timeout(END_LIMIT, self.end(check, &word)).await;
                printed.end();
                (hangs(title, limit), printed.lines())
            }
        };
        let problem = problem.output(last(&output, 20));
        tell(StepState::Failed, &problem.why, elapsed_ms, output);
        self.teller.tell(Event::Problem(ProblemReport::from(&problem)));
        Ok(problem.exit)
    }

    /// Asks it; what is run for it inside is marked with a word.
    async fn ask(&self, check: &Check, word: &str, printed: &mut Printed<'_>) -> Result<Verdict, Problem> {
        match &check.asks {
            Asks::Http(http) => self.ask_http(http, judge::limit(check)).await,
            Asks::Tcp(address) => {
                let address = self.seen_from_here(address)?;
                Ok(Verdict::of(Vec::new(), checks::knock(&address).await))
            }
            Asks::Sql { service, query, .. } => {
                self.ask_sql(&service.value, query, word, printed).await?;
                printed.end();
                Ok(Verdict::of(printed.lines(), printed.judge()))
            }
            Asks::Run { .. } | Asks::Task(_) => self.run_task(&self.task(check)?, word, printed).await,
        }
    }

    /// What a check runs.
    fn task(&self, check: &Check) -> Result<Task, Problem> {
        match &check.asks {
            Asks::Run { app, run, .. } => {
                let name = At::new(self.project.name.clone(), Default::default());
                Ok(Task { name, app: app.clone(), run: At::new(run.clone(), Default::default()) })
            }
            Asks::Task(name) => {
                let task = self.ci.manifest.tasks.iter().find(|task| task.name.value == name.value);
                let unknown = || Problem::new(&kinds::UNKNOWN_TASK, format!("there is no task `{}`", name.value));
                task.cloned().ok_or_else(unknown)
            }
            Asks::Http(_) | Asks::Tcp(_) | Asks::Sql { .. } => {
                Err(Problem::new(&kinds::BUG, "this check runs nothing".to_owned()))
            }
        }
    }

    /// Ends what a check has begun inside. On this computer it ends by itself when nobody waits for it any more.
    async fn end(&self, check: &Check, word: &str) -> Result<(), Problem> {
        match &check.asks {
            Asks::Http(_) | Asks::Tcp(_) => Ok(()),
            Asks::Sql { service, .. } => self.server(&service.value)?.end_calls(word).await,
            Asks::Run { .. } | Asks::Task(_) => {
                let app = self.app_of(&self.task(check)?)?;
                let (id, unit) = self.running(&app)?;
                if unit.place() == Place::Host {
                    return Ok(());
                }
                let spec = CommandSpec { command: ending(word), user: user_of(unit), ..CommandSpec::default() };
                let doing = Doing::Run { unit: app.to_string(), command: "kill".to_owned() };
                let never_told = async |_| std::future::pending::<()>().await;
                let ended = self.ci.engine.run_unattended(id, &spec, never_told, |_| {}).await;
                ended.map(|_| ()).map_err(|fault| fault.problem(&doing))
            }
        }
    }

    fn app_of(&self, task: &Task) -> Result<Name, Problem> {
        let app = app_of_task(&self.ci.manifest, task).cloned();
        app.ok_or_else(|| Problem::new(&kinds::TASK_WITHOUT_APP, "there is no app to run it in".to_owned()))
    }

    fn seen_from_here(&self, template: &Template) -> Result<String, Problem> {
        Values::new(&self.ci.manifest, &self.facts).fill(template, &self.project.name, View::Computer)
    }

    async fn ask_http(&self, http: &HttpCheck, limit: Duration) -> Result<Verdict, Problem> {
        let url = self.seen_from_here(&http.url)?;
        // Who waits is told first that it hangs.
        let answer = match checks::get_within(&url, http.within, limit + END_LIMIT).await {
            Ok(answer) => answer,
            Err(why) => return Ok(Verdict { output: vec![format!("GET {url}")], wrong: Some(why) }),
        };
        let body = String::from_utf8_lossy(&answer.body);
        let mut output = vec![format!("GET {url}"), format!("status {}", answer.status)];
        output.extend(body.lines().take(20).map(|line| words::shortened(line, MOST_BYTES)));
        Ok(Verdict::of(output, judge::judge_http(http, &answer).map_err(|wrong| wrong.join("; "))))
    }

    async fn ask_sql(&self, service: &Name, query: &str, word: &str, printed: &mut Printed<'_>) -> Result<(), Problem> {
        let server = self.server(service)?;
        let target = Target { name: server.account.database.clone(), number: None };
        let call = server
            .provider
            .query(&server.account, &target, query)
            .ok_or_else(|| Problem::new(&kinds::MANIFEST_NOT_SQL, format!("`{service}` can't be asked in SQL")))?;
        let each = |piece: &[u8]| {
            printed.piece(piece);
            Ok(())
        };
        server.read_from(&call.marked(word), each).await
    }

    fn server(&self, service: &Name) -> Result<Server, Problem> {
        let (id, unit) = self.running(service)?;
        Server::of(&self.ci.engine, id, unit).ok_or_else(|| {
            Problem::new(&kinds::MANIFEST_NOT_SQL, format!("`{service}` can't be asked in SQL by devenv"))
        })
    }

    async fn run_task(&self, task: &Task, word: &str, printed: &mut Printed<'_>) -> Result<Verdict, Problem> {
        let app = self.app_of(task)?;
        let (id, unit) = self.running(&app)?;
        let resolved = resolve_task(&self.ci.manifest, &self.facts, (task, &app), &[])?;
        let script = resolved.command.get(2).cloned().unwrap_or_default();
        let each = |line: LogLine| printed.line(&line.text);
        let code = if unit.place() == Place::Host {
            let mut unit = unit.clone();
            unit.env.extend(resolved.env);
            run_attached(&unit, &script, each).await?
        } else {
            let variables = resolved.env.iter().map(|(key, value)| format!("{key}={}", value.reveal()));
            let spec = CommandSpec {
                command: ["sh".to_owned(), "-c".to_owned(), format!("{}{script}", path_prefix(unit))].into(),
                user: user_of(unit),
                workdir: unit.workdir.as_ref().map(|path| path.display().to_string()),
                env: variables.chain([format!("{}={word}", provider::MARK)]).collect(),
                ..CommandSpec::default()
            };
            let doing = Doing::Run { unit: app.to_string(), command: task.run.value.as_written() };
            let never_told = async |_| std::future::pending::<()>().await;
            let ran = self.ci.engine.run_unattended(id, &spec, never_told, each).await;
            ran.map_err(|fault| fault.problem(&doing))?
        };
        let judged = if code == 0 { printed.judge() } else { Err(format!("ended with code {code}")) };
        Ok(Verdict::of(printed.lines(), judged))
    }

    /// The engine's id of what runs, and what it is.
    fn running(&self, name: &Name) -> Result<(&str, &Unit), Problem> {
        let mut of_unit = self.found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
        let running = of_unit.find(|one| one.state == FoundState::Running);
        match (running, self.project.unit(name)) {
            (Some(running), Some(unit)) => Ok((&running.id, unit)),
            (_, unit) => {
                let is_job = unit.is_some_and(|unit| unit.kind == Kind::Job);
                let why = if is_job { "it is a job, and has ended" } else { "it is not running" };
                Err(Problem::new(&kinds::NOT_RUNNING, format!("nothing can run in `{name}`: {why}")))
            }
        }
    }
}

fn user_of(unit: &Unit) -> Option<String> {
    unit.user.map(|(uid, gid)| format!("{uid}:{gid}"))
}

/// The line that has to be printed.
fn prints(check: &Check) -> Option<&str> {
    match &check.asks {
        Asks::Sql { prints, .. } | Asks::Run { prints, .. } => prints.as_deref(),
        Asks::Http(_) | Asks::Tcp(_) | Asks::Task(_) => None,
    }
}

/// Every text of a check that may name a secret.
fn templates<'c>(ci: &'c Ci<'_>, check: &'c Check) -> Vec<&'c Template> {
    match &check.asks {
        Asks::Http(http) => vec![&http.url],
        Asks::Tcp(address) => vec![address],
        Asks::Run { run, .. } => vec![run],
        Asks::Sql { .. } => Vec::new(),
        Asks::Task(name) => {
            let tasks = ci.manifest.tasks.iter().filter(|task| task.name.value == name.value);
            tasks.map(|task| &task.run.value).collect()
        }
    }
}

fn failed(title: &str, wrong: &str) -> Problem {
    Problem::new(&kinds::CHECK_FAILED, format!("the check `{title}` failed"))
        .why(format!("it {wrong}"))
        .fix("devenv up        # then look by hand")
}

fn hangs(title: &str, limit: Duration) -> Problem {
    let what = format!("the check `{title}` did not end within {}", words::duration(limit));
    Problem::new(&kinds::CHECK_HANGS, what)
        .fix("devenv up        # then look by hand")
        .fix("give it more time in dev.yaml:  timeout: 5m")
}

/// Another problem as a clause that follows "it".
fn because_of(problem: &Problem) -> String {
    let why = if problem.why.is_empty() { &problem.what } else { &problem.why };
    format!("could not be asked: {why}")
}

fn last(lines: &[String], most: usize) -> Vec<String> {
    lines[lines.len().saturating_sub(most)..].to_vec()
}
