//! `devenv run`.

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::facts::Purpose;
use super::inside::{self, Inside};
use super::secrets::Effort;
use crate::manifest::{Manifest, Task};
use crate::model::secrets;
use crate::model::task::{app_of_task, needs_of_task, resolve_task};
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::ui::Ui;
use crate::ui::text::pad;
use crate::words;

/// Run a task of dev.yaml, in the surroundings of its app.
///
/// Brings up what it needs first. Without a name it lists the tasks.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv run test\n  devenv run test -- --watch src\n  devenv run")]
pub struct Arguments {
    /// The task, and arguments that are added to its command.
    #[arg(value_name = "TASK", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

impl Arguments {
    /// Whether it only lists the tasks.
    pub fn is_list(&self) -> bool {
        self.words.is_empty()
    }
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let [name, rest @ ..] = arguments.words.as_slice() else {
        list(&context.ui, &manifest);
        return Ok(Exit::Done);
    };
    let rest = if rest.first().is_some_and(|word| word == "--") { &rest[1..] } else { rest };
    let task = manifest.tasks.iter().find(|task| task.name.value.as_str() == name);
    let task = task.ok_or_else(|| unknown(name, &manifest))?.clone();
    let app = app_of_task(&manifest, &task).ok_or_else(|| nowhere(&task))?.clone();
    // A name that a service has as well may be needed by the task alone.
    let also = needs_of_task(&manifest, &task);
    let place = inside::enter(context, (identity.clone(), manifest.clone()), &app, also).await?;
    let needed = secrets::of_template(&manifest, &task.run.value);
    let secrets = context.find_secrets((&identity, &manifest), &needed, Effort::Full)?.all()?;
    let (facts, _) = context.facts(&manifest, &identity, &Purpose::ShowValues { secrets: &secrets })?;
    let resolved = resolve_task(&manifest, &facts, (&task, &app), rest)?;
    place.run(context, &Inside { command: resolved.command, env: resolved.env }).await
}

/// What `devenv run --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    tasks: Vec<TaskDocument<'a>>,
}

#[derive(Serialize)]
struct TaskDocument<'a> {
    name: &'a Name,
    #[serde(rename = "in")]
    app: Option<&'a Name>,
    run: String,
}

fn list(ui: &Ui, manifest: &Manifest) {
    let tasks = manifest.tasks.iter().map(|task| TaskDocument {
        name: &task.name.value,
        app: app_of_task(manifest, task),
        run: task.run.value.as_written(),
    });
    let tasks: Vec<_> = tasks.collect();
    if ui.is_json() {
        return ui.json(&Document { tasks });
    }
    if tasks.is_empty() {
        return ui.answer("dev.yaml has no tasks yet; one is written as  tasks: { test: npm test }");
    }
    let columns = tasks.iter().map(|task| task.name.as_str().len()).max().unwrap_or(0);
    let line = |task: &TaskDocument| {
        let app = task.app.filter(|_| manifest.apps.len() > 1).map_or_else(String::new, |app| format!("  (in {app})"));
        let run = crate::ui::text::one_line(&task.run);
        format!("{}  {run}{app}", pad(task.name.as_str(), columns))
    };
    ui.answer(&tasks.iter().map(line).collect::<Vec<_>>().join("\n"));
}

fn unknown(typed: &str, manifest: &Manifest) -> Problem {
    let names: Vec<&str> = manifest.tasks.iter().map(|task| task.name.value.as_str()).collect();
    let problem = Problem::new(&kinds::UNKNOWN_TASK, format!("there is no task `{typed}` in dev.yaml"));
    if names.is_empty() {
        return problem.why("it has no tasks yet").fix(format!("add one:  tasks: {{ {typed}: npm {typed} }}"));
    }
    let shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let problem = problem.why(format!("the tasks are {}", words::list(&shown)));
    match words::nearest(typed, names) {
        Some(near) => problem.fix(format!("devenv run {near}")),
        None => problem.fix("devenv run        # lists them with their commands"),
    }
}

fn nowhere(task: &Task) -> Problem {
    Problem::new(&kinds::TASK_WITHOUT_APP, format!("the task `{}` has no app to run in", task.name.value))
        .why("a task runs in the surroundings of an app, and dev.yaml has none")
        .fix("add an app with the runtime that the task needs")
}
