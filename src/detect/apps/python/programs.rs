//! Python's programs without a framework, migrations, and workers beside a server.

use super::super::ports;
use super::super::{Role, places, processes, scan};
use super::frameworks::{Start, below};
use super::packaging::Project;
use crate::detect::{Evidence, Fact};
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, folder_of, join, name_of};

/// A program without a known framework.
pub(super) fn program(repo: &Repo, project: &Project, start: &mut Start) -> bool {
    const PROGRAMS: &[&str] = &[
        "main.py",
        "app.py",
        "run.py",
        "server.py",
        "bot.py",
        "src/main.py",
        "app/main.py",
        "src/app.py",
        "__main__.py",
        "start.py",
        "index.py",
    ];
    let path = PROGRAMS.iter().filter_map(|name| join(&project.folder, name)).find(|path| repo.has(path));
    start.role = Role::Program;
    if let Some(path) = path {
        let text = repo.text(&path).unwrap_or_default();
        let listens = ["http.server", "socketserver", "HTTPServer(", "make_server("].iter().any(|it| text.contains(it));
        if listens {
            start.role = Role::Server;
            start.port =
                ports::of_code(repo, std::slice::from_ref(&path)).or_else(|| ports::around(repo, &project.folder));
        } else if ["aiogram", "python-telegram-bot", "discord-py"].iter().any(|name| project.uses(name)) {
            start.role = Role::Worker;
        }
        start.run = Some((project.call(&format!("python {}", below(project, &path))), Evidence::file(&path)));
        return true;
    }
    if let Some(process) = processes::of_production(repo, &project.folder, "web") {
        start.role = Role::Server;
        start.port = ports::of_command(&Fact::new(process.run.clone(), process.evidence.clone()))
            .or_else(|| ports::around(repo, &project.folder));
        start.run = Some((process.run, process.evidence));
        return true;
    }
    if let Some((run, evidence)) = of_dockerfile(repo, project) {
        start.role = Role::Server;
        start.port = ports::around(repo, &project.folder);
        start.run = Some((project.call(&run), evidence));
        return true;
    }
    start.run = script(repo, project);
    if start.run.is_none() {
        start.role = Role::Library;
    }
    start.run.is_some()
}

/// The file that a Dockerfile beside the manifest starts, where the repo has it and it listens somewhere.
fn of_dockerfile(repo: &Repo, project: &Project) -> Option<(String, Evidence)> {
    let path = join(&project.folder, "Dockerfile").filter(|path| repo.has(path))?;
    let file = Dockerfile::read(&repo.text(&path)?);
    let (command, line) = file.command()?;
    let words: Vec<&str> = command.split_whitespace().collect();
    let name = words.iter().find(|word| word.ends_with(".py"))?.trim_start_matches("./");
    let name = name.strip_prefix("/app/").or_else(|| name.strip_prefix("/src/")).unwrap_or(name);
    let is_there = join(&project.folder, name).is_some_and(|path| repo.has(&path));
    let is_python = words[0].starts_with("python");
    (is_there && is_python).then(|| (format!("python {}", scan::word(name)), Evidence::at(&path, line)))
}

/// The first command that the package itself brings along.
fn script(repo: &Repo, project: &Project) -> Option<(String, Evidence)> {
    let path = join(&project.folder, "pyproject.toml").filter(|path| repo.has(path))?;
    let table = repo.toml(&path)?;
    let own = table.get("project").and_then(|it| it.get("scripts"));
    let scripts = own.or_else(|| table.get("tool")?.get("poetry")?.get("scripts"))?;
    let (name, _) = scripts.as_table()?.iter().next()?;
    let line = repo.text(&path).and_then(|text| crate::repo::line_of(&text, &format!("{name} =")));
    Some((project.call(&scan::word(name)), Evidence::at(&path, line)))
}

/// What brings the database up to date.
pub(super) fn migrations(repo: &Repo, project: &Project, start: &mut Start) {
    if start.role != Role::Server {
        return;
    }
    let at = |name: &str| join(&project.folder, name).filter(|path| repo.has(path));
    if let Some(path) = at("alembic.ini") {
        start.setup.push(("alembic upgrade head".to_owned(), Evidence::file(path)));
    } else if let Some(path) = at("migrations/alembic.ini").filter(|_| project.uses("flask-migrate")) {
        start.setup.push(("flask db upgrade".to_owned(), Evidence::file(path)));
    }
}

/// A worker beside the server: the one that a `Procfile` or the code names.
pub(super) fn worker(repo: &Repo, project: &Project) -> Option<(String, Evidence)> {
    const PROGRAMS: &[&str] = &["celery", "rq worker", "dramatiq", "arq ", "huey", "qcluster", "taskiq"];
    let process =
        ["worker", "celery", "queue"].iter().find_map(|name| processes::of_production(repo, &project.folder, name));
    if let Some(process) = process.filter(|it| PROGRAMS.iter().any(|program| it.run.contains(program))) {
        return Some((process.run, process.evidence));
    }
    if !project.uses("celery") {
        return None;
    }
    let files = repo
        .below(&project.folder)
        .take(20_000)
        .filter(|path| ["celery.py", "celery_app.py", "celeryapp.py", "worker.py"].contains(&name_of(path)));
    let path = files
        .into_iter()
        .find(|path| !path.contains("test") && repo.text(path).is_some_and(|text| text.contains("Celery(")))?;
    let django = repo.named("manage.py").map(folder_of).find(|folder| places::is_within(path, folder));
    let file = path.strip_prefix(django.unwrap_or(&project.folder)).unwrap_or(path).trim_start_matches('/');
    let module = match name_of(path) {
        "celery.py" => folder_of(file).replace('/', "."),
        _ => file.trim_end_matches(".py").replace('/', "."),
    };
    (!module.is_empty())
        .then(|| (format!("celery -A {} worker --loglevel=info", scan::word(&module)), Evidence::file(path)))
}
