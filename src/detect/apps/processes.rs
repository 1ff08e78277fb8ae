//! Commands that a repo has names for: `Procfile`, `Makefile`, `justfile`, `Taskfile`, mise.

use super::scan;
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, join};

/// A named command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub name: String,
    pub run: String,
    pub evidence: Evidence,
}

/// The processes of a `Procfile`, in its order.
pub(super) fn procfile(repo: &Repo, folder: &str, name: &str) -> Vec<Process> {
    let Some(path) = join(folder, name).filter(|path| repo.has(path)) else { return Vec::new() };
    let Some(text) = repo.text(&path) else { return Vec::new() };
    let processes = scan::lines(&text).filter_map(|(number, line)| {
        let (name, run) = line.split_once(':')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let (name, run) = (name.to_owned(), run.trim().to_owned());
        (is_name && !run.is_empty()).then(|| Process { name, run, evidence: Evidence::at(&path, number) })
    });
    processes.take(20).collect()
}

/// The processes of development.
pub(super) fn of_development(repo: &Repo, folder: &str) -> Vec<Process> {
    ["Procfile.dev", "Procfile.development", "Procfile.local"]
        .iter()
        .map(|name| procfile(repo, folder, name))
        .find(|all| !all.is_empty())
        .unwrap_or_default()
}

/// What the repo starts in production, by its name there.
pub(super) fn of_production(repo: &Repo, folder: &str, name: &str) -> Option<Process> {
    procfile(repo, folder, "Procfile").into_iter().find(|process| process.name == name)
}

/// A target of a `Makefile` with the lines that it runs.
pub(super) fn make_target(repo: &Repo, folder: &str, name: &str) -> Option<Process> {
    let path =
        ["Makefile", "makefile", "GNUmakefile"].iter().filter_map(|it| join(folder, it)).find(|it| repo.has(it))?;
    let text = repo.text(&path)?;
    let (index, _) = text.lines().enumerate().find(|(_, line)| {
        line.split_once(':').is_some_and(|(targets, rest)| {
            !rest.starts_with('=')
                && !line.starts_with(['\t', ' ', '.'])
                && targets.split_whitespace().any(|it| it == name)
        })
    })?;
    let body: Vec<&str> =
        text.lines().skip(index + 1).take_while(|line| line.starts_with(['\t', ' '])).map(str::trim).collect();
    Some(Process { name: name.to_owned(), run: body.join("\n"), evidence: Evidence::at(&path, index + 1) })
}

/// The command that starts a development server in the words of a task runner: `make dev`, `just dev`, `task dev`,
/// `mise run dev`; only where the task really calls one of `programs`.
pub(super) fn task_that_calls(repo: &Repo, folder: &str, names: &[&str], programs: &[&str]) -> Option<Fact<String>> {
    let calls = |run: &str| programs.iter().any(|program| run.contains(program));
    let plain = |run: &str| !run.contains("docker");
    names.iter().find_map(|name| {
        make_target(repo, folder, name)
            .filter(|target| calls(&target.run) && plain(&target.run))
            .map(|target| Fact::new(format!("make {name}"), target.evidence))
    })
}

/// Names of tasks that start something for development.
const STARTS: &[&str] = &[
    "dev",
    "run",
    "start",
    "serve",
    "server",
    "develop",
    "run-dev",
    "start-dev",
    "runserver",
    "web",
    "local",
    "watch",
];

/// A command that the repo has a name for, where nothing else says how it is started: `make dev`, or what `just`, `task` and
/// `mise` would run by that name; those programs are not part of a toolchain.
pub(super) fn started_by_name(repo: &Repo, folder: &str) -> Option<Fact<String>> {
    let make = STARTS.iter().find_map(|name| {
        let target = make_target(repo, folder, name).filter(|target| is_plain(&target.run))?;
        Some(Fact::new(format!("make {name}"), target.evidence))
    });
    make.or_else(|| just(repo, folder)).or_else(|| taskfile(repo, folder)).or_else(|| mise(repo, folder))
}

/// What runs here, and nothing of it in the engine.
fn is_plain(run: &str) -> bool {
    !run.is_empty() && !["docker", "podman", "{{", "kubectl", "vagrant"].iter().any(|word| run.contains(word))
}

fn just(repo: &Repo, folder: &str) -> Option<Fact<String>> {
    let path = ["justfile", "Justfile", ".justfile"]
        .iter()
        .filter_map(|name| join(folder, name))
        .find(|path| repo.has(path))?;
    let text = repo.text(&path)?;
    STARTS.iter().find_map(|name| {
        let index = text.lines().position(|line| {
            line.split([':', ' ']).next() == Some(name) && line.contains(':') && !line.contains(":=")
        })?;
        let body = text.lines().skip(index + 1).take_while(|line| line.starts_with([' ', '\t']));
        let body: Vec<&str> = body
            .map(|line| line.trim().trim_start_matches(['@', '-']))
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        let run = body.join(" && ");
        is_plain(&run).then(|| Fact::new(run, Evidence::at(&path, index + 1)))
    })
}

fn taskfile(repo: &Repo, folder: &str) -> Option<Fact<String>> {
    let path = ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml"]
        .iter()
        .filter_map(|name| join(folder, name))
        .find(|path| repo.has(path))?;
    let yaml = repo.yaml(&path)?;
    STARTS.iter().find_map(|name| {
        let task = yaml.get("tasks")?.get(*name)?;
        let commands = task.get("cmds").or_else(|| task.get("cmd")).unwrap_or(task);
        let listed: Vec<String> = match commands.as_sequence() {
            Some(all) => all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            None => commands.as_str().map(str::to_owned).into_iter().collect(),
        };
        let run = listed.join(" && ");
        let line = repo.text(&path).and_then(|text| crate::repo::line_of(&text, &format!("  {name}:")));
        is_plain(&run).then(|| Fact::new(run, Evidence::at(&path, line)))
    })
}

fn mise(repo: &Repo, folder: &str) -> Option<Fact<String>> {
    let path = ["mise.toml", ".mise.toml"].iter().filter_map(|name| join(folder, name)).find(|path| repo.has(path))?;
    let table = repo.toml(&path)?;
    STARTS.iter().find_map(|name| {
        let task = table.get("tasks")?.get(*name)?;
        let run = task.as_str().or_else(|| task.get("run")?.as_str())?.trim().to_owned();
        let line = repo.text(&path).and_then(|text| crate::repo::line_of(&text, &format!("tasks.{name}")));
        (is_plain(&run) && !run.contains('\n')).then(|| Fact::new(run, Evidence::at(&path, line)))
    })
}

/// How commands that start something begin.
const STARTERS: &[&str] = &[
    "python ",
    "python3 ",
    "uvicorn ",
    "flask run",
    "streamlit run",
    "npm start",
    "npm run ",
    "yarn ",
    "pnpm ",
    "bun run ",
    "go run ",
    "cargo run",
    "ruby ",
    "bundle exec ",
    "rackup",
    "php ",
    "mix ",
    "dotnet run",
    "./gradlew ",
    "./mvnw ",
    "mvn ",
    "gradle ",
    "deno ",
    "java -jar",
    "stack run",
    "make run",
    "make dev",
    "make serve",
    "make start",
    "uv run ",
    "poetry run ",
];
/// What makes a command one for something else.
const OTHERS: &[&str] = &[
    "install",
    "test",
    "build",
    "lint",
    "migrate",
    "add ",
    "setup",
    "create",
    "-m venv",
    "deploy",
    "deps.get",
    "compile",
    "--version",
    "docker",
];

/// The weakest of all hints: a command in a block of code of the README.
pub(super) fn of_readme(repo: &Repo, folder: &str) -> Option<Fact<String>> {
    let path = ["README.md", "readme.md", "Readme.md", "README", "README.rst"]
        .iter()
        .filter_map(|name| join(folder, name))
        .find(|path| repo.has(path))?;
    let text = repo.text(&path)?;
    let mut is_code = false;
    text.lines().enumerate().take(3000).find_map(|(index, line)| {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let command = line.trim().trim_start_matches("$ ").trim_start_matches("> ");
        let is_inside = is_code || line.starts_with("    ");
        let starts = STARTERS.iter().any(|start| command.starts_with(start))
            && !OTHERS.iter().any(|word| command.contains(word));
        let is_whole = command.len() < 120 && !command.contains(['<', '>', '`', '[', '|']);
        (is_inside && starts && is_whole).then(|| Fact::new(command, Evidence::at(&path, index + 1)))
    })
}
