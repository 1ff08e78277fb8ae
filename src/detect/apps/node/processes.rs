//! The processes that a `Procfile` lists beside a `package.json`.

use super::super::processes::Process;
use super::super::{Found, Role, procfile};
use super::package::{Package, is_source};
use super::package_manager::Manager;
use super::start::Start;
use crate::detect::Fact;
use crate::repo::Repo;

/// What starts a package whose scripts start nothing: its `web` process.
pub(super) struct Web {
    pub start: Start,
    pub run: Fact<String>,
}

pub(super) fn web(repo: &Repo, package: &Package, manager: &Manager, script: Option<&Start>) -> Option<Web> {
    if script.is_some_and(|script| !script.reads_procfile()) {
        return None;
    }
    let process = procfile::named(repo, &package.folder, "web")?;
    let run = called(repo, package, manager, &process)?;
    let mut start = Start::of_programs(package.programs_of(&process.run));
    start.needs_build &= package.scripts.contains_key("build");
    (!start.programs.is_empty()).then(|| Web { start, run: Fact { value: run, evidence: vec![process.evidence] } })
}

/// The workers, and what is run before a release. `base` has what all of them set up.
pub(super) fn beside(
    repo: &Repo,
    (package, manager): (&Package, &Manager),
    start: Option<&Start>,
    (base, main): (&Found, Found),
) -> Vec<Found> {
    // The app's own script starts it as well, or it makes what is shown.
    let is_started = |process: &Process| {
        let own = package.programs_of(&process.run);
        let server = Start::of_programs(own.clone()).server.map(|server| server.role);
        matches!(server, Some(Role::Client | Role::Assets))
            || start.is_some_and(|start| own.iter().any(|words| start.programs.contains(words)))
    };
    if matches!(main.role, Role::Assets | Role::Library) {
        return vec![main];
    }
    let call = |process: &Process| called(repo, package, manager, process);
    let workers = procfile::workers(repo, base, &main, |process| call(process).filter(|_| !is_started(process)));
    let main = if main.role == Role::Server { procfile::release(repo, main, call) } else { main };
    std::iter::once(main).chain(workers).collect()
}

/// How a process is called here; `None` = it is no program of this package, or what it runs is not there before a build.
fn called(repo: &Repo, package: &Package, manager: &Manager, process: &Process) -> Option<String> {
    const MANAGERS: &[&str] = &["npm", "yarn", "pnpm", "bun", "npx", "bunx"];
    let (settings, run) = procfile::past_settings(&process.run);
    let words: Vec<&str> = run.split_whitespace().collect();
    let first = *words.first()?;
    let has_file = |word: &&&str| procfile::is_there(repo, &package.folder, word);
    let file = words.iter().skip(1).find(|word| is_source(word) || word.contains('/'));
    let is_runnable = match first {
        // Elsewhere, or by a name that no script has.
        _ if MANAGERS.contains(&first) => {
            !package.programs_of(run).is_empty() && !words.iter().any(|word| ELSEWHERE.contains(word))
        }
        "node" => match file {
            Some(_) => file.filter(has_file).is_some(),
            None => words.get(1).is_some_and(|word| has_file(&&format!("{word}.js").as_str())),
        },
        _ => return of_dependency(package, manager, first, run).map(|run| format!("{settings}{run}")),
    };
    match is_runnable {
        true => Some(format!("{settings}{run}")),
        // The script of the same name runs what is written, and not what is built of it.
        false => [format!("{}:dev", process.name), format!("dev:{}", process.name), process.name.clone()]
            .iter()
            .find(|script| package.scripts.contains_key(*script) && first == "node")
            .map(|script| manager.run(script)),
    }
}

/// Options that start a script of another package.
const ELSEWHERE: &[&str] = &["--prefix", "--cwd", "-C", "-w", "--workspace", "--filter", "-F", "workspace"];

/// A program that a dependency brings: it is found by its manager.
fn of_dependency(package: &Package, manager: &Manager, first: &str, run: &str) -> Option<String> {
    let name = first.rsplit('/').next().unwrap_or(first);
    let is_plain = first == name || first.contains("node_modules/.bin/");
    let rest = run.strip_prefix(first)?;
    (is_plain && package.uses(name)).then(|| manager.execute(&format!("{name}{rest}")))
}
