//! What a repo wants to run on this computer itself is shown and agreed to first, once, and again when it changes.

use super::Failure;
use super::context::Context;
use crate::manifest::{App, Manifest, ReadyBy, Template};
use crate::model::resolve::Identity;
use crate::model::task::app_of_task;
use crate::model::{Place, Project};
use crate::names::Name;
use crate::plan::{Action, Plan};
use crate::problem::{Problem, kinds};
use crate::state::{self, Item, Standing};
use crate::ui::ask::Answer;

/// What the agreements of this kind are remembered under.
const SUBJECT: &str = "host apps";

/// Whether a plan would run something of the repo on this computer itself.
pub fn is_needed(project: &Project, plan: &Plan) -> bool {
    plan.steps.iter().any(|step| {
        let unit = step.unit.as_ref().and_then(|name| project.unit(name));
        let runs = matches!(step.action, Action::Setup { .. } | Action::Start { .. } | Action::Ready);
        runs && unit.is_some_and(|unit| unit.place() == Place::Host)
    })
}

/// Makes sure that the person agrees to every command that host apps of the manifest run.
///
/// # Errors
/// The person said no, or there is nobody to ask.
pub fn ask(context: &Context, identity: &Identity, manifest: &Manifest) -> Result<(), Failure> {
    let items = everything(manifest);
    let standing = state::agreed(&context.folders, &identity.id, SUBJECT, &items);
    let (lead, lines) = match &standing {
        Standing::Agreed => return Ok(()),
        Standing::New => ("dev.yaml wants to run this on your computer itself, as you:", all(&items)),
        Standing::Changed { fresh, gone } => {
            ("what dev.yaml wants to run on your computer itself has changed:", changes(&items, fresh, gone))
        }
    };
    let list = format!("{lead}\n{}", lines.join("\n"));
    if context.ui.can_ask() || context.ui.options().yes {
        context.ui.status(&list);
    }
    match context.ui.ask("Run it?", Answer::No) {
        Answer::Yes => {
            state::agree(&context.folders, &identity.id, SUBJECT, &items).map_err(Failure::Bug)?;
            Ok(())
        }
        Answer::No => Err(Problem::new(&kinds::NOT_AGREED, "nothing was started, since you did not agree")
            .fix("look at the apps with `runtime: host` in dev.yaml")
            .fix("give them a runtime of the catalog, such as `runtime: node`, which runs apart from your computer")
            .into()),
        Answer::Nobody => Err(Problem::new(
            &kinds::AGREEMENT_NEEDED,
            "nobody has agreed yet to what would run on this computer itself",
        )
        .why(list)
        .fix("devenv up --yes        # agrees to exactly this")
        .into()),
    }
}

/// Everything that a manifest would run on this computer itself, a line each.
fn everything(manifest: &Manifest) -> Vec<Item> {
    let mut all: Vec<Item> = manifest.apps.iter().filter(|app| app.is_on_host()).flat_map(items).collect();
    let on_host = |name: &Name| manifest.apps.iter().any(|app| app.name.value == *name && app.is_on_host());
    let tasks = manifest.tasks.iter().filter_map(|task| Some((task, app_of_task(manifest, task)?)));
    all.extend(
        tasks.filter(|(_, app)| on_host(app)).map(|(task, app)| {
            item(format!("{app}: its task {} runs {}", task.name.value, task.run.value.as_written()))
        }),
    );
    all
}

/// Everything that an app runs here, a line each. Variables are shown as they are written, references as such: a value can decide
/// what runs as much as a command does.
fn items(app: &App) -> Vec<Item> {
    let name = &app.name.value;
    let folder = app.path.as_ref().map_or("", |path| path.value.as_str());
    let place = if folder.is_empty() { String::new() } else { format!(" (in {folder})") };
    let item = |what: &str, text: &str| item(format!("{name}{place}: {what} {text}"));
    let command = |what: &str, run: &Template| item(what, &run.as_written());
    let mut items: Vec<Item> = app.setup.iter().map(|step| command("sets up with", &step.run.value)).collect();
    items.extend(app.run.iter().map(|run| command("runs", &run.value)));
    if let Some(ReadyBy::Command(run)) = app.ready.as_ref().and_then(|ready| ready.value.by.as_ref()) {
        items.push(item("asks whether it is ready with", run));
    }
    let variable =
        |one: &crate::manifest::Variable| item("sets", &format!("{}={}", one.key.value, one.value.value.as_written()));
    items.extend(app.env.iter().map(variable));
    items
}

/// What is agreed to is the text itself: two texts may look the same in one line.
pub(super) fn item(text: String) -> Item {
    Item { shown: in_the_open(&text), content: text }
}

/// One line in which nothing can hide: a terminal must not be made to overwrite or leave out what is agreed to.
fn in_the_open(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' => shown.push_str(" ⏎ "),
            '\'' | '"' | '\\' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    shown
}

fn all(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| format!("  {}", item.shown)).collect()
}

fn changes(items: &[Item], fresh: &[usize], gone: &[String]) -> Vec<String> {
    let gone = gone.iter().map(|shown| format!("  - {shown}"));
    let fresh = fresh.iter().filter_map(|index| items.get(*index)).map(|item| format!("  + {}", item.shown));
    gone.chain(fresh).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_from_the_person() {
        assert_eq!(in_the_open("echo 'a\\b' \"é\"\n"), "echo 'a\\b' \"é\"");
        assert_eq!(in_the_open("evil #\rnpm ci"), "evil #\\rnpm ci");
        assert_eq!(
            in_the_open("echo \u{1b}]0;; evil; \u{7}x\n\u{202e}y"),
            "echo \\u{1b}]0;; evil; \\u{7}x ⏎ \\u{202e}y"
        );
    }

    #[test]
    fn what_looks_the_same_in_one_line_is_not_the_same() {
        let [one, two] = ["echo a # ⏎ rm b", "echo a #\nrm b"].map(|text| item(text.to_owned()));
        assert_eq!(one.shown, two.shown);
        assert_ne!(one, two);
    }

    #[test]
    fn everything_that_decides_what_runs_is_part_of_the_question() {
        let text = "apps:\n  api:\n    path: services/api\n    runtime: host\n    setup: [npm ci]\n    run: npm run dev\n    \
                    port: 3000\n    env: { NODE_OPTIONS: --inspect, URL: '${api.url}' }\n    ready: { run: test -f up }\n  \
                    inside: { runtime: node, run: node . }\ntasks:\n  lint: { in: api, run: npm run lint }\n  \
                    test: { in: inside, run: npm test }\n";
        let manifest = crate::manifest::load("dev.yaml", text.as_bytes()).unwrap();
        let items = everything(&manifest);
        let shown: Vec<&str> = items.iter().map(|item| item.shown.as_str()).collect();
        assert_eq!(
            shown,
            [
                "api (in services/api): sets up with npm ci",
                "api (in services/api): runs npm run dev",
                "api (in services/api): asks whether it is ready with test -f up",
                "api (in services/api): sets NODE_OPTIONS=--inspect",
                "api (in services/api): sets URL=${api.url}",
                "api: its task lint runs npm run lint"
            ]
        );
    }
}
