//! Go: modules, their main packages, and what they listen on.

use std::collections::BTreeSet;

use super::ports::{self, Port};
use super::{Family, Found, Role, Workspace, pins, places, processes, settings};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join, line_of, name_of};

pub(super) fn look(repo: &Repo) -> Family {
    let modules = places::manifests(repo.named("go.mod"));
    let folders: Vec<&str> = modules.iter().map(|path| folder_of(path)).collect();
    let mut found: Vec<Found> = modules.iter().flat_map(|path| module(repo, path, &folders)).collect();
    if modules.is_empty() && repo.has("main.go") {
        let version = pins::choose(repo, "", &pins::GO, Vec::new());
        let evidence = Evidence::file("main.go");
        let base = Found::of_catalog("", Role::Server, Fact::new("go", evidence.clone()), "go", version);
        found.push(
            base.managed_by("go", None, evidence.clone())
                .run("go run main.go", evidence)
                .port(ports::of_code(repo, &["main.go".to_owned()])),
        );
    }
    Family { found, workspaces: workspaces(repo) }
}

fn workspaces(repo: &Repo) -> Vec<Workspace> {
    let of_file = |path: &str| {
        let text = repo.text(path)?;
        let uses =
            text.lines().map(|line| line.trim().trim_start_matches("use").trim()).filter(|line| line.starts_with('.'));
        let members: Vec<String> = uses.filter_map(|member| join(folder_of(path), member)).collect();
        Some(Workspace { toolchain: "go", root: folder_of(path).to_owned(), members })
    };
    places::manifests(repo.named("go.work")).into_iter().filter_map(of_file).collect()
}

/// Frameworks by their module: a part of its path, a name, the usual port (0 = the app says it).
const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("github.com/gin-gonic/gin", "gin", 8080),
    ("github.com/labstack/echo", "echo", 1323),
    ("github.com/gofiber/fiber", "fiber", 3000),
    ("github.com/go-chi/chi", "chi", 0),
    ("github.com/gorilla/mux", "gorilla", 0),
    ("github.com/beego/beego", "beego", 8080),
    ("github.com/astaxie/beego", "beego", 8080),
    ("github.com/kataras/iris", "iris", 8080),
    ("github.com/go-kratos/kratos", "kratos", 8000),
    ("github.com/zeromicro/go-zero", "go-zero", 8888),
    ("github.com/gobuffalo/buffalo", "buffalo", 3000),
    ("github.com/cloudwego/hertz", "hertz", 8888),
    ("github.com/gogf/gf", "goframe", 8000),
    ("github.com/pocketbase/pocketbase", "pocketbase", 8090),
    ("github.com/revel/revel", "revel", 9000),
    ("github.com/danielgtaylor/huma", "huma", 8888),
    ("github.com/julienschmidt/httprouter", "httprouter", 0),
    ("github.com/99designs/gqlgen", "gqlgen", 8080),
    ("google.golang.org/grpc", "grpc", 0),
    ("encore.dev", "encore", 4000),
    ("gorm.io/gorm", "gorm", 0),
    ("github.com/jinzhu/gorm", "gorm", 0),
    ("github.com/spf13/cobra", "cobra", 0),
    ("github.com/urfave/cli", "cli", 0),
];

/// Frameworks that answer requests.
const SERVES: &[&str] = &[
    "gin",
    "echo",
    "fiber",
    "chi",
    "gorilla",
    "beego",
    "iris",
    "kratos",
    "go-zero",
    "buffalo",
    "hertz",
    "goframe",
    "pocketbase",
    "revel",
    "huma",
    "httprouter",
    "gqlgen",
    "encore",
];

fn module(repo: &Repo, manifest: &str, all: &[&str]) -> Vec<Found> {
    let Some(text) = repo.text(manifest) else { return Vec::new() };
    let folder = folder_of(manifest);
    let version = pins::choose(repo, folder, &pins::GO, pins(repo, manifest, &text));
    let evidence = Evidence::file(manifest);
    let mut base = Found::of_catalog(folder, Role::Library, Fact::new("go", evidence.clone()), "go", version);
    base = base.managed_by("go", None, evidence.clone()).step("go mod download", evidence.clone());
    if repo.below(folder).take(20_000).any(|path| path.ends_with("_test.go")) {
        base = base.tested_by("go test ./...", evidence.clone());
    }
    let mut usual = None;
    let direct = |line: &str| !line.contains("// indirect");
    for (module, name, port) in FRAMEWORKS {
        let Some(line) = text.lines().position(|line| line.contains(module) && direct(line)) else { continue };
        let evidence = Evidence::at(manifest, line + 1);
        base = base.framework(name, evidence.clone());
        if *port > 0 && usual.is_none() {
            usual = Some(ports::usual(*port));
        }
    }
    let mains = mains(repo, folder, all);
    let chosen = chosen(&mains, folder, &text);
    let Some(main) = chosen.first() else {
        let root = join(folder, "main.go").filter(|path| repo.has(path));
        base.role = if root.is_some() { Role::Program } else { Role::Library };
        return vec![base];
    };
    let several = chosen.len() > 1;
    let found = chosen.iter().map(|main| {
        let mut found = started(repo, folder, main, base.clone(), usual.clone());
        if several {
            found.app.name = main.rsplit('/').next().unwrap_or(main).to_owned();
        }
        found
    });
    let mut found: Vec<Found> = found.collect();
    let others: Vec<String> = mains.iter().filter(|it| *it != main && !is_aside(it)).map(|it| command(it)).collect();
    if !others.is_empty() && !several && !is_plain_choice(main) {
        found[0].choices = std::iter::once(command(main)).chain(others).collect();
    }
    for extra in found.iter_mut().skip(1) {
        extra.test = None;
    }
    found
}

/// One that nobody would ask about.
fn is_plain_choice(main: &str) -> bool {
    main.is_empty() || SERVERS.contains(&main.rsplit('/').next().unwrap_or(main))
}

fn pins(repo: &Repo, manifest: &str, text: &str) -> Vec<pins::Pin> {
    let lines =
        |word: &str| text.lines().find_map(|line| line.trim().strip_prefix(word).map(|rest| rest.trim().to_owned()));
    let language = lines("go ").map(|version| pins::pin(repo, manifest, version, "go "));
    let toolchain = lines("toolchain go").map(|version| pins::pin(repo, manifest, version, "toolchain "));
    language
        .into_iter()
        .chain(toolchain)
        .map(|pin| Fact { evidence: vec![Evidence::at(manifest, line_of(text, &format!("go {}", pin.value)))], ..pin })
        .collect()
}

/// More files of Go than that are not opened to find where a program begins.
const MOST_READ: usize = 80;

/// The folders of main packages, relative to the module's; `` is the module's own.
fn mains(repo: &Repo, folder: &str, modules: &[&str]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let inner = |path: &str| {
        modules.iter().any(|other| {
            *other != folder && places::is_within(other, folder) && places::is_within(folder_of(path), other)
        })
    };
    let is_main = |path: &str| {
        repo.text(path).is_some_and(|text| {
            text.lines().any(|line| line.starts_with("package main")) && text.contains("func main(")
        })
    };
    let own = repo.in_folder(folder).filter(|path| path.ends_with(".go") && !path.ends_with("_test.go"));
    let commands = ["cmd", "app", "apps", "server", "services", "api", "src", "backend", "cmds", "service"];
    let below = commands.iter().filter_map(|name| join(folder, name)).flat_map(|inside| {
        let depth = inside.matches('/').count() + usize::from(!inside.is_empty());
        repo.below(&inside).take(4000).filter(move |path| path.matches('/').count() <= depth + 2).collect::<Vec<_>>()
    });
    let named = repo
        .named("main.go")
        .filter(|path| places::is_within(path, folder) && path.matches('/').count() <= folder.matches('/').count() + 4);
    let files = own.chain(below).chain(named).filter(|path| path.ends_with(".go") && !path.ends_with("_test.go"));
    let files = files.filter(|path| !inner(path) && places::may_hold_an_app(folder_of(path)));
    for path in files.take(MOST_READ).filter(|path| is_main(path)) {
        let below = folder_of(path).strip_prefix(folder).unwrap_or_default();
        found.insert(below.trim_start_matches('/').to_owned());
    }
    found.into_iter().collect()
}

/// Names that folders of servers have.
const SERVERS: &[&str] = &[
    "server",
    "api",
    "web",
    "app",
    "main",
    "http",
    "apiserver",
    "httpserver",
    "webserver",
    "service",
    "backend",
    "cmd",
    "serve",
    "rest",
    "gateway",
];

/// Names that folders of tools have.
const TOOLS: &[&str] = &[
    "migrate",
    "migration",
    "migrations",
    "migrator",
    "seed",
    "seeder",
    "gen",
    "generate",
    "tool",
    "tools",
    "cli",
    "client",
    "example",
    "healthcheck",
    "lambda",
    "debug",
    "bench",
];

/// Programs that only those who write this one start.
fn is_aside(main: &str) -> bool {
    main.split('/').any(|part| {
        matches!(
            part,
            "internal" | "testdata" | "tools" | "hack" | "scripts" | "script" | "examples" | "example" | "_examples"
        )
    })
}

/// The main packages to start: the module's own, else the one that is called like a server or like the module.
fn chosen(mains: &[String], folder: &str, manifest: &str) -> Vec<String> {
    let outside: Vec<String> = mains.iter().filter(|main| !is_aside(main)).cloned().collect();
    let mains = if outside.is_empty() { mains } else { &outside };
    if mains.len() <= 1 || mains.first().is_some_and(String::is_empty) {
        return mains.iter().take(1).cloned().collect();
    }
    let last = |main: &String| main.rsplit('/').next().unwrap_or(main).to_lowercase();
    let module = manifest.lines().find_map(|line| line.strip_prefix("module ")).unwrap_or_default().trim();
    let mut parts =
        module.rsplit('/').filter(|part| !(part.starts_with('v') && part[1..].chars().all(|c| c.is_ascii_digit())));
    let module = parts.next().unwrap_or_default().to_lowercase();
    let own = folder.rsplit('/').next().unwrap_or_default().to_lowercase();
    let by_rank = |main: &&String| {
        let name = last(main);
        let place = SERVERS.iter().position(|it| *it == name);
        match place {
            Some(place) => place,
            None if name == module || name == own => 3,
            None if name.ends_with("server")
                || name.ends_with("-api")
                || name.ends_with("api")
                || name.ends_with("d") && name.trim_end_matches('d') == module =>
            {
                4
            }
            None if TOOLS.contains(&name.as_str()) => 90,
            None => 50,
        }
    };
    mains.iter().min_by_key(by_rank).into_iter().cloned().collect()
}

fn command(main: &str) -> String {
    match main {
        "" => "go run .".to_owned(),
        main => format!("go run {}", super::scan::word(&format!("./{main}"))),
    }
}

/// Files in which servers are usually started, beside those that read settings.
const SOURCES: &[&str] = &[
    "internal/server/server.go",
    "server/server.go",
    "pkg/server/server.go",
    "internal/app/app.go",
    "internal/http/server.go",
    "cmd/root.go",
    "cmd/serve.go",
    "cmd/server.go",
    "routes/routes.go",
    "router/router.go",
    "api/server.go",
];

fn started(repo: &Repo, folder: &str, main: &str, base: Found, usual: Port) -> Found {
    let inside = join(folder, main).unwrap_or_default();
    let own = repo.in_folder(&inside).filter(|path| path.ends_with(".go") && !path.ends_with("_test.go"));
    let mut files: Vec<String> = own.take(30).map(str::to_owned).collect();
    files.sort_by_key(|path| name_of(path) != "main.go");
    let evidence = Evidence::file(files.first().cloned().unwrap_or_else(|| inside.clone()));
    let run = made(repo, folder).unwrap_or_else(|| Fact::new(command(main), evidence.clone()));
    let serves = base.app.frameworks.iter().any(|it| SERVES.contains(&it.value.as_str()));
    let says = |needle: &str| files.iter().any(|path| repo.text(path).is_some_and(|text| text.contains(needle)));
    let port = port(repo, folder, &run, &files).or_else(|| usual.filter(|_| serves));
    let listens = serves || port.is_some() || says("ListenAndServe") || says("net.Listen");
    let role = if listens { Role::Server } else { Role::Program };
    let place = run.evidence.first().cloned().unwrap_or(evidence);
    Found { role, ..base }.run(run.value, place).port(port.filter(|_| listens))
}

/// A target of `make` that gives the build its version or its tags, without which it would not run.
fn made(repo: &Repo, folder: &str) -> Option<Fact<String>> {
    const TARGETS: &[&str] = &["run", "dev", "serve", "start", "server", "run-dev"];
    let task = processes::task_that_calls(repo, folder, TARGETS, &["go run -", "go run $"])?;
    let target = processes::make_target(repo, folder, task.value.trim_start_matches("make "))?;
    (target.run.contains("-ldflags") || target.run.contains("-tags")).then_some(task)
}

fn port(repo: &Repo, folder: &str, run: &Fact<String>, files: &[String]) -> Port {
    let mut sources = settings::sources(repo, folder, ".go");
    sources.extend(SOURCES.iter().filter_map(|name| join(folder, name)));
    ports::of_command(run)
        .or_else(|| ports::of_code(repo, files))
        .or_else(|| ports::of_env_files(repo, folder))
        .or_else(|| ports::of_settings(repo, &settings::files(repo, folder)))
        .or_else(|| ports::of_code(repo, &sources))
        .or_else(|| ports::around(repo, folder))
}
