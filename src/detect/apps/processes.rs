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

/// A task of `mise.toml` by name: its command, variables and place.
pub(super) fn mise_task(repo: &Repo, folder: &str, name: &str) -> Option<(String, Vec<(String, String)>, Evidence)> {
    ["mise.toml", ".mise.toml"].iter().filter_map(|it| join(folder, it)).filter(|it| repo.has(it)).find_map(|path| {
        let table = repo.toml(&path)?;
        let task = table.get("tasks")?.get(name)?;
        let run = task.as_str().or_else(|| task.get("run")?.as_str())?.to_owned();
        let env = task.get("env").and_then(|it| it.as_table()).into_iter().flatten();
        let env = env.filter_map(|(key, value)| Some((key.clone(), scan::scalar(value)?))).collect();
        let line = repo.text(&path).and_then(|text| crate::repo::line_of(&text, &format!("tasks.{name}")));
        Some((run, env, Evidence::at(path, line)))
    })
}
