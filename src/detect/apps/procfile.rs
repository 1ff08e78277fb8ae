//! What a `Procfile` starts beside the web server, and what it runs before: each family says how a command is called here.

use super::processes::{self, Process};
use super::{Found, Role};
use crate::detect::{Fact, Note, Step, tables};
use crate::repo::{Repo, join};

/// Processes that are no program of their own: the app itself, and what is called by hand.
const NOT_BESIDE: &[&str] = &["web", "release", "console", "server", "shell", "postdeploy"];

/// More programs nobody starts beside one app.
const MOST: usize = 8;

/// What development starts, and what only production knows; those of the root that change into this folder as well.
fn listed(repo: &Repo, folder: &str) -> Vec<Process> {
    let mut all = processes::of_development(repo, folder);
    let mut add = |more: Vec<Process>| {
        for process in more {
            if !all.iter().any(|known| known.name == process.name) {
                all.push(process);
            }
        }
    };
    add(processes::procfile(repo, folder, "Procfile"));
    if !folder.is_empty() {
        let inside = |process: Process| {
            let (place, run) = process.run.strip_prefix("cd ")?.split_once("&&")?;
            let is_here = place.trim().trim_start_matches("./").trim_end_matches('/') == folder;
            is_here.then(|| Process { run: run.trim().to_owned(), ..process.clone() })
        };
        add(processes::procfile(repo, "", "Procfile").into_iter().filter_map(inside).collect());
    }
    all
}

/// The process with this name, that of development first.
pub(super) fn named(repo: &Repo, folder: &str, name: &str) -> Option<Process> {
    listed(repo, folder).into_iter().find(|process| process.name == name)
}

/// The programs beside an app: workers in its folder, with its toolchain and what `base` sets up. `call` says how a command is
/// called here; `None` = it is none of this family, or can't be.
pub(super) fn workers(
    repo: &Repo,
    base: &Found,
    main: &Found,
    call: impl Fn(&Process) -> Option<String>,
) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for process in listed(repo, &base.app.path) {
        let Some(run) = call(&process).filter(|_| !NOT_BESIDE.contains(&process.name.as_str())) else { continue };
        let is_known = |it: &Found| it.app.run.as_ref().is_some_and(|known| known.value == run);
        if is_known(main) || all.iter().any(is_known) || all.len() == MOST {
            continue;
        }
        let mut worker = Found { role: Role::Worker, test: None, notes: Vec::new(), ..base.clone() };
        worker.app.env = main.app.env.iter().filter(|variable| is_for(&variable.value.key, &run)).cloned().collect();
        worker.app.name = process.name;
        all.push(worker.run(run, process.evidence));
    }
    all
}

/// A server with the programs beside it that begin with one of these words, called as they are written. What makes the tables is done
/// by the server's own setup.
pub(super) fn with_workers(repo: &Repo, found: Found, begin: &[&str]) -> Vec<Found> {
    if found.role != Role::Server {
        return vec![found];
    }
    let mut base = found.clone();
    tables::leave_out(&mut base.app.setup);
    (base.app.run, base.app.port, base.app.published, base.app.ready) = Default::default();
    let folder = &found.app.path;
    let call = |process: &Process| {
        let (settings, run) = past_settings(&process.run);
        let mut words = run.split_whitespace();
        let is_own = words.next().is_some_and(|word| begin.contains(&word));
        let program = words.find(|word| !word.starts_with('-')).filter(|word| word.contains('.') || word.contains('/'));
        let is_here = program.is_none_or(|program| is_there(repo, folder, program));
        (is_own && is_here).then(|| format!("{settings}{run}"))
    };
    let workers = workers(repo, &base, &found, call);
    std::iter::once(found).chain(workers).collect()
}

/// Whether a variable of the app beside it is for a program, too: those of a framework are for the framework's own command, and how
/// pages are served for none.
fn is_for(key: &str, run: &str) -> bool {
    !key.starts_with("FLASK_") || (key == "FLASK_APP" && run.split_whitespace().any(|word| word == "flask"))
}

/// Adds what is run before a new version starts to the setup of an app, where the setup doesn't know it yet.
pub(super) fn release(repo: &Repo, mut main: Found, call: impl Fn(&Process) -> Option<String>) -> Found {
    let Some(process) = named(repo, &main.app.path, "release") else { return main };
    // What only a server of production needs, and what brings the database up to date, which the app's own step does.
    let is_known = |part: &str| {
        ["collectstatic", "compress", "check --deploy", " build"].iter().any(|word| part.contains(word))
            || ["migrat", "upgrade"]
                .iter()
                .any(|word| part.contains(word) && main.app.setup.iter().any(|step| step.value.run.contains(word)))
    };
    let parts: Vec<&str> = process.run.split("&&").map(str::trim).filter(|part| !is_known(part)).collect();
    let call = |part: &&str| call(&Process { run: (*part).to_owned(), ..process.clone() });
    let calls: Option<Vec<String>> =
        // Whatever else is done before a release may be for production alone.
        if parts.iter().all(|part| tables::prepares(part)) { parts.iter().map(call).collect() } else { None };
    match calls {
        Some(calls) if calls.is_empty() => {}
        Some(calls) => {
            let inputs = files(repo, &main.app.path, &process.run);
            let value = Step { run: calls.join(" && "), inputs };
            main.app.setup.push(Fact { value, evidence: vec![process.evidence] });
        }
        None => main.notes.push(Note {
            text: format!("`{}` runs before a release and was left out of the setup", process.run),
            evidence: vec![process.evidence],
        }),
    }
    main
}

/// The files that a command names, where the repo has them: with another text they have to run again.
fn files(repo: &Repo, folder: &str, run: &str) -> Vec<String> {
    let words = run.split_whitespace().map(|word| word.trim_start_matches("./"));
    let is_here = |word: &&str| join(folder, word).is_some_and(|path| repo.has(&path));
    let found: Vec<String> = words.filter(is_here).map(str::to_owned).collect();
    // A glob would be read into such a name.
    if found.iter().any(|name| name.contains(['*', '?', '[', '{'])) { Vec::new() } else { found }
}

/// A command without what is set before it and without `exec`: what is set, and the rest.
pub(super) fn past_settings(run: &str) -> (&str, &str) {
    let is_set = |word: &str| {
        word.split_once('=')
            .is_some_and(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
    };
    let mut at = 0;
    while let Some((word, _)) = run[at..].split_once(' ').filter(|(word, _)| is_set(word) || word.is_empty()) {
        at += word.len() + 1;
    }
    let (settings, rest) = run.split_at(at);
    let rest = rest.trim_start();
    (settings, rest.strip_prefix("exec ").unwrap_or(rest))
}

/// Whether the repo has the file that a word names, seen from a folder.
pub(super) fn is_there(repo: &Repo, folder: &str, word: &str) -> bool {
    join(folder, word.trim_start_matches("./")).is_some_and(|path| repo.has(&path))
}
