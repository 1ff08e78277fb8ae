//! Python's frameworks: how each is started, and where it listens.

use super::super::ports::{self, Port};
use super::super::{Role, places, scan};
use super::packaging::Project;
use super::programs::{migrations, program};
use crate::detect::Evidence;
use crate::repo::{Repo, folder_of, join, name_of};

/// How a project is started.
#[derive(Default)]
pub(super) struct Start {
    /// Another folder than the project's, where it is started there.
    pub folder: Option<String>,
    pub role: Role,
    pub frameworks: Vec<(&'static str, Evidence)>,
    pub run: Option<(String, Evidence)>,
    pub port: Port,
    pub setup: Vec<(String, Evidence)>,
    pub env: Vec<(&'static str, String, Evidence)>,
}

/// Dependencies that are worth a name: dependency, name, its server's usual port (0 = the app says it).
const NAMES: &[(&str, &str, u16)] = &[
    ("wagtail", "wagtail", 0),
    ("django", "django", 8000),
    ("fastapi", "fastapi", 8000),
    ("flask", "flask", 5000),
    ("quart", "quart", 5000),
    ("litestar", "litestar", 8000),
    ("starlette", "starlette", 8000),
    ("sanic", "sanic", 8000),
    ("streamlit", "streamlit", 8501),
    ("gradio", "gradio", 7860),
    ("chainlit", "chainlit", 8000),
    ("dash", "dash", 8050),
    ("nicegui", "nicegui", 8080),
    ("reflex", "reflex", 3000),
    ("aiohttp", "aiohttp", 8080),
    ("tornado", "tornado", 8888),
    ("bottle", "bottle", 8080),
    ("falcon", "falcon", 8000),
    ("pyramid", "pyramid", 6543),
    ("cherrypy", "cherrypy", 8080),
    ("robyn", "robyn", 8080),
    ("blacksheep", "blacksheep", 8000),
    ("panel", "panel", 5006),
    ("mkdocs", "mkdocs", 8000),
    ("jupyterlab", "jupyter", 8888),
    ("celery", "celery", 0),
    ("django-q2", "django-q", 0),
    ("rq", "rq", 0),
    ("dramatiq", "dramatiq", 0),
    ("scrapy", "scrapy", 0),
    ("aiogram", "aiogram", 0),
    ("python-telegram-bot", "python-telegram-bot", 0),
    ("discord-py", "discord.py", 0),
];

/// Files in which applications are usually made.
const FILES: &[&str] = &[
    "main.py",
    "app.py",
    "server.py",
    "wsgi.py",
    "asgi.py",
    "autoapp.py",
    "run.py",
    "api.py",
    "application.py",
    "index.py",
    "manage.py",
    "app/main.py",
    "app/app.py",
    "app/__init__.py",
    "app/server.py",
    "app/api.py",
    "app/asgi.py",
    "app/wsgi.py",
    "src/main.py",
    "src/app.py",
    "src/server.py",
    "src/app/main.py",
    "api/main.py",
    "api/app.py",
    "api/index.py",
    "backend/main.py",
    "server/main.py",
    "server/app.py",
    "web/app.py",
    "streamlit_app.py",
    "Home.py",
    "dashboard.py",
    "bot.py",
    "__main__.py",
    "cli.py",
    "src/__main__.py",
];

pub(super) fn start(repo: &Repo, project: &Project) -> Start {
    let mut start = Start::default();
    for (dependency, name, _) in NAMES.iter().filter(|(dependency, _, _)| project.uses(dependency)) {
        start.frameworks.push((name, project.evidence_of(repo, dependency)));
    }
    let is_started = django(repo, project, &mut start)
        || shown(repo, project, &mut start)
        || asgi(repo, project, &mut start)
        || flask(repo, project, &mut start)
        || own_server(repo, project, &mut start)
        || program(repo, project, &mut start);
    if !is_started && start.frameworks.iter().any(|(name, _)| ["django", "fastapi", "flask"].contains(name)) {
        start.role = Role::Server;
        start.port = ports::around(repo, &project.folder);
    }
    migrations(repo, project, &mut start);
    start
}

/// The port that the surroundings say, else the framework's own.
fn port(repo: &Repo, project: &Project, usual: u16) -> Port {
    ports::around(repo, &project.folder).or_else(|| Some(ports::usual(usual)))
}

/// Files of the project, by their usual names, with their texts.
fn sources(repo: &Repo, project: &Project) -> Vec<String> {
    let mut all: Vec<String> =
        FILES.iter().filter_map(|name| join(&project.folder, name)).filter(|path| repo.has(path)).collect();
    let deeper = |path: &&str| {
        let below = path[project.folder.len()..].matches('/').count();
        below <= 3
            && path.ends_with(".py")
            && ["main.py", "app.py", "server.py", "asgi.py", "wsgi.py", "__init__.py", "api.py", "factory.py"]
                .contains(&name_of(path))
    };
    let more = repo
        .below(&project.folder)
        .take(20_000)
        .filter(|path| path.is_char_boundary(project.folder.len()))
        .filter(deeper)
        .take(60);
    let more: Vec<String> =
        more.filter(|path| !path.contains("test") && !path.contains("migrations")).map(str::to_owned).collect();
    all.extend(more.into_iter().filter(|path| !all.contains(path)).collect::<Vec<_>>());
    all
}

fn django(repo: &Repo, project: &Project, start: &mut Start) -> bool {
    let at = |folder: &str| join(folder, "manage.py").filter(|path| repo.has(path));
    let own = at(&project.folder);
    let below = || {
        let mut inside = repo.named("manage.py").filter(|path| places::is_within(path, &project.folder));
        inside
            .find(|path| {
                path[project.folder.len()..].matches('/').count() <= 2 && places::may_hold_an_app(folder_of(path))
            })
            .map(str::to_owned)
    };
    let Some(path) = own.or_else(below) else { return false };
    let text = repo.text(&path).unwrap_or_default();
    if !project.uses("django") && !text.to_lowercase().contains("django") && !text.is_empty() {
        return false;
    }
    let evidence = Evidence::file(&path);
    let folder = folder_of(&path);
    if folder != project.folder {
        start.folder = Some(folder.to_owned());
    }
    if !start.frameworks.iter().any(|(name, _)| *name == "django") {
        start.frameworks.insert(0, ("django", evidence.clone()));
    }
    start.role = Role::Server;
    start.run = Some((project.call("python manage.py runserver"), evidence.clone()));
    start.port = port(repo, project, 8000);
    start.setup.push(("python manage.py migrate".to_owned(), evidence));
    true
}

/// What draws its own pages: Streamlit and its kin, each with the file that it shows.
fn shown(repo: &Repo, project: &Project, start: &mut Start) -> bool {
    const SHOWN: &[(&str, &str, &str, u16)] = &[
        ("streamlit", "import streamlit", "streamlit run", 8501),
        ("chainlit", "import chainlit", "chainlit run", 8000),
        ("gradio", "import gradio", "python", 7860),
        ("dash", "Dash(", "python", 8050),
        ("nicegui", "from nicegui", "python", 8080),
        ("panel", "import panel", "panel serve", 5006),
    ];
    for (_, import, command, usual) in SHOWN.iter().filter(|(dependency, ..)| project.uses(dependency)) {
        let top = repo.in_folder(&project.folder).filter(|path| path.ends_with(".py")).take(40).map(str::to_owned);
        let files: Vec<String> = sources(repo, project).into_iter().chain(top).collect();
        let Some(path) = files.iter().find(|path| repo.text(path).is_some_and(|text| text.contains(import))) else {
            continue;
        };
        let file = below(project, path);
        let evidence = Evidence::file(path);
        start.role = Role::Server;
        start.run = Some((project.call(&format!("{command} {}", scan::word(file))), evidence.clone()));
        let settings = join(&project.folder, ".streamlit/config.toml");
        let said = settings.and_then(|path| ports::of_settings(repo, &[path]));
        start.port = said.or_else(|| ports::of_env_files(repo, &project.folder)).or_else(|| Some(ports::usual(*usual)));
        return true;
    }
    if project.uses("reflex") {
        let evidence = project.evidence_of(repo, "reflex");
        start.role = Role::Server;
        start.port = Some(ports::usual(3000));
        start.run = Some((project.call("reflex run"), evidence));
        return true;
    }
    false
}

/// A path as seen from the project's folder.
pub(super) fn below<'a>(project: &Project, path: &'a str) -> &'a str {
    path.strip_prefix(&project.folder).map_or(path, |rest| rest.trim_start_matches('/'))
}

/// `app/main.py` is `app.main`; a folder `src` that is no package stands before its modules.
fn module(repo: &Repo, project: &Project, path: &str) -> (String, Option<&'static str>) {
    let file = below(project, path).trim_end_matches(".py").trim_end_matches("/__init__");
    let is_package = join(&project.folder, "src/__init__.py").is_some_and(|it| repo.has(&it));
    match file.strip_prefix("src/").filter(|_| !is_package && file.matches('/').count() > 1) {
        Some(rest) => (rest.replace('/', "."), Some("src")),
        None => (file.replace('/', "."), None),
    }
}

/// The name that a file gives its application: `app` of `app = FastAPI()`.
fn variable(text: &str, makers: &[&str]) -> Option<String> {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let top = || text.lines().filter(|line| !line.starts_with([' ', '\t', '#']));
    let assigned = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let name = name.split(':').next()?.trim().to_owned();
        is_name(&name).then_some((name, value.trim().to_owned()))
    };
    let made = top()
        .filter_map(assigned)
        .find(|(_, value)| makers.iter().any(|maker| value.starts_with(maker) || value.contains(&format!(".{maker}"))));
    let called = || {
        top()
            .filter_map(assigned)
            .find(|(name, value)| ["app", "application", "api"].contains(&name.as_str()) && value.contains('('))
    };
    made.or_else(called).map(|(name, _)| name)
}

/// FastAPI, Starlette, Litestar, Quart and their kin.
fn asgi(repo: &Repo, project: &Project, start: &mut Start) -> bool {
    const MAKERS: &[(&str, &str)] = &[
        ("fastapi", "FastAPI("),
        ("litestar", "Litestar("),
        ("starlette", "Starlette("),
        ("quart", "Quart("),
        ("sanic", "Sanic("),
        ("blacksheep", "Application("),
        ("falcon", "falcon.asgi.App("),
        ("strawberry-graphql", "GraphQL("),
    ];
    let Some((dependency, maker)) = MAKERS
        .iter()
        .find(|(dependency, _)| project.uses(dependency) && !(*dependency == "starlette" && project.uses("flask")))
    else {
        return false;
    };
    let files = sources(repo, project);
    let makes = |path: &&String| {
        repo.text(path).is_some_and(|text| text.contains(maker) && variable(&text, &[maker]).is_some())
    };
    let Some(path) = files.iter().find(makes) else { return false };
    let text = repo.text(path).unwrap_or_default();
    let Some(name) = variable(&text, &[maker]) else { return false };
    let evidence = Evidence::at(path, crate::repo::line_of(&text, maker));
    let (module, folder) = module(repo, project, path);
    let file = below(project, path);
    let target = scan::word(&format!("{module}:{name}"));
    let has_command = project.has_extra(repo, "fastapi[standard]")
        || project.has_extra(repo, "fastapi[all]")
        || project.uses("fastapi-cli");
    let is_usual = ["main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py"].contains(&file);
    let command = match *dependency {
        "fastapi" if has_command && (is_usual || project.has_extra(repo, "[tool.fastapi]")) => "fastapi dev".to_owned(),
        "fastapi" if has_command => format!("fastapi dev {}", scan::word(file)),
        "litestar" if is_usual => "litestar run --reload".to_owned(),
        "sanic" => format!("sanic {target} --dev"),
        "quart" => format!("quart --app {target} run"),
        _ => format!("uvicorn {target} --reload{}", folder.map(|it| format!(" --app-dir {it}")).unwrap_or_default()),
    };
    let usual = NAMES.iter().find(|(known, _, _)| known == dependency).map_or(8000, |(_, _, port)| *port);
    start.role = Role::Server;
    start.run = Some((project.call(&command), evidence.clone()));
    let said = text.contains("uvicorn.run(").then(|| ports::of_code(repo, std::slice::from_ref(path))).flatten();
    start.port = said.or_else(|| port(repo, project, usual));
    true
}

fn flask(repo: &Repo, project: &Project, start: &mut Start) -> bool {
    if !project.uses("flask") {
        return false;
    }
    let named = [".flaskenv", ".env", ".env.example", ".env.sample"].iter().find_map(|name| {
        let path = join(&project.folder, name).filter(|path| repo.has(path))?;
        let text = repo.text(&path)?;
        text.contains("FLASK_APP=").then(|| Evidence::at(&path, crate::repo::line_of(&text, "FLASK_APP=")))
    });
    let files = sources(repo, project);
    let makes = |path: &&String| {
        repo.text(path).is_some_and(|text| {
            (text.contains("Flask(") || text.contains("create_app(")) && !path.ends_with("manage.py")
        })
    };
    let found = files.iter().find(makes);
    let Some(evidence) = named.clone().or_else(|| found.map(Evidence::file)) else { return false };
    start.role = Role::Server;
    let is_usual = |path: &String| ["app.py", "wsgi.py", "app/__init__.py"].contains(&below(project, path));
    if let Some(path) = found.filter(|path| named.is_none() && !is_usual(path)) {
        let value = below(project, path).replace("/__init__.py", "");
        let value = if value.contains('/') { value.trim_end_matches(".py").replace('/', ".") } else { value };
        start.env.push(("FLASK_APP", value, evidence.clone()));
    }
    start.env.push(("FLASK_DEBUG", "1".to_owned(), evidence.clone()));
    start.run = Some((project.call("flask run"), evidence.clone()));
    let code = found
        .filter(|path| repo.text(path).is_some_and(|text| text.contains(".run(")))
        .and_then(|path| ports::of_code(repo, std::slice::from_ref(path)).filter(|port| port.value > 1023));
    let flaskenv = join(&project.folder, ".flaskenv").and_then(|path| {
        let text = repo.text(&path).filter(|_| repo.has(&path))?;
        let port = scan::after(&text, "FLASK_RUN_PORT")?;
        Some(ports::at(scan::leading_port(port)?, &path, crate::repo::line_of(&text, "FLASK_RUN_PORT")))
    });
    start.port = flaskenv.or(code).or_else(|| port(repo, project, 5000));
    true
}

/// Frameworks whose programs start their own server.
fn own_server(repo: &Repo, project: &Project, start: &mut Start) -> bool {
    const OWN: &[&str] = &[
        "aiohttp",
        "tornado",
        "bottle",
        "cherrypy",
        "robyn",
        "falcon",
        "pyramid",
        "starlette",
        "websockets",
        "grpcio",
        "uvicorn",
        "gunicorn",
    ];
    let Some(dependency) = OWN.iter().find(|dependency| project.uses(dependency)) else { return false };
    let evidence = project.evidence_of(repo, dependency);
    if *dependency == "pyramid" && join(&project.folder, "development.ini").is_some_and(|path| repo.has(&path)) {
        start.role = Role::Server;
        start.run = Some((project.call("pserve development.ini --reload"), evidence.clone()));
        start.port = port(repo, project, 6543);
        return true;
    }
    const SERVES: &[&str] = &["run_app(", ".listen(", "run(", "serve(", "quickstart(", ".start(", "start_server("];
    let makes = |path: &&String| {
        repo.text(path).is_some_and(|text| text.contains("__main__") && SERVES.iter().any(|call| text.contains(call)))
    };
    let Some(path) = sources(repo, project).into_iter().find(|path| makes(&path)) else { return false };
    let imports =
        repo.text(&path).is_some_and(|text| text.contains(&dependency.replace("grpcio", "grpc").replace('-', "_")));
    if !imports {
        return false;
    }
    let usual = NAMES.iter().find(|(name, _, _)| name == dependency).map_or(8000, |(_, _, port)| *port);
    start.role = Role::Server;
    start.run = Some((project.call(&format!("python {}", scan::word(below(project, &path)))), Evidence::file(&path)));
    start.port = ports::of_code(repo, std::slice::from_ref(&path)).or_else(|| port(repo, project, usual.max(80)));
    true
}
