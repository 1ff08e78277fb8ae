//! Python's programs without a framework, migrations, and workers beside a server.

use super::super::ports;
use super::super::processes::Process;
use super::super::{Role, places, processes, procfile, scan};
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
    if let Some((run, process)) = web_program(repo, project) {
        start.role = Role::Server;
        start.port = ports::of_command(&Fact::new(run.clone(), process.evidence.clone()))
            .or_else(|| ports::of_code(repo, &path.into_iter().collect::<Vec<_>>()))
            .or_else(|| ports::around(repo, &project.folder));
        start.run = Some((run, process.evidence));
        return true;
    }
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

/// The program of Python that a `Procfile` starts for the web.
fn web_program(repo: &Repo, project: &Project) -> Option<(String, Process)> {
    let process = procfile::named(repo, &project.folder, "web")?;
    Some((called(repo, project, &project.folder, &process)?, process))
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

/// A process of a `Procfile` as it is called here; `None` = it is no program of Python, or a file that it names is not there.
pub(super) fn called(repo: &Repo, project: &Project, folder: &str, process: &Process) -> Option<String> {
    const OWN: &[&str] = &["flask", "celery", "rq", "rqworker", "arq", "taskiq", "alembic", "django-admin"];
    const SERVERS: &[&str] = &["gunicorn", "uvicorn", "hypercorn", "daphne", "waitress-serve", "uwsgi", "streamlit"];
    let (settings, run) = procfile::past_settings(&process.run);
    let wrapped = ["uv run ", "poetry run ", "pipenv run ", "pdm run "].iter().find_map(|it| run.strip_prefix(it));
    let words: Vec<&str> = wrapped.unwrap_or(run).split_whitespace().collect();
    let first = words.first()?;
    let is_python = ["python", "python3"].contains(first);
    let is_own = is_python || OWN.contains(first) || first.starts_with("huey") || project.uses(first);
    if !is_own || SERVERS.contains(first) {
        return None;
    }
    let file = words.iter().skip(1).find(|word| !word.starts_with('-')).filter(|word| word.ends_with(".py"));
    if is_python && file.is_some_and(|file| !procfile::is_there(repo, folder, file)) {
        return None;
    }
    let run = wrapped.map_or_else(|| project.call(run), |_| run.to_owned());
    Some(format!("{settings}{run}"))
}

/// A worker beside the server that only the code names.
pub(super) fn worker(repo: &Repo, project: &Project) -> Option<(String, Evidence)> {
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
