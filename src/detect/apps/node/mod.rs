//! JavaScript and TypeScript on Node or bun: npm, pnpm, Yarn, bun, their workspaces, and the frameworks of that world.

mod assets;
mod nx;
mod package;
mod package_manager;
mod ports;
mod processes;
mod servers;
mod start;
mod workspace;

use self::package::Package;
use self::package_manager::Manager;
use self::servers::FRAMEWORKS;
use self::start::Start;
use super::ports::{self as places_of_ports, Port};
use super::{Family, Found, Role, pins, places};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, join};

pub(super) fn look(repo: &Repo) -> Family {
    let manifests = places::manifests(repo.named("package.json"));
    let packages: Vec<Package> = manifests.into_iter().filter_map(|path| Package::read(repo, path)).collect();
    let workspaces = workspace::workspaces(repo, &packages);
    let mut found: Vec<Found> = packages
        .iter()
        .filter(|package| !is_somebody_elses(repo, package))
        .flat_map(|package| {
            let around = workspace::around(&workspaces, &package.folder).filter(|it| it.root != package.folder);
            let root = around.and_then(|it| packages.iter().find(|package| package.folder == it.root));
            let mut all = project(repo, package, root);
            if let Some(found) = all.first_mut().filter(|it| around.is_some() && it.role == Role::Client)
                && is_used(package, &packages)
            {
                found.role = Role::Library;
            }
            all
        })
        .collect();
    found.extend(nx::apps(repo, &packages));
    Family { found, workspaces }
}

/// A page of a member that others are made of is there to try it out.
fn is_used(package: &Package, all: &[Package]) -> bool {
    let name = package.text("name").unwrap_or_default();
    !name.is_empty() && all.iter().any(|other| other.path != package.path && other.uses(name))
}

/// A package that belongs to another family's tool: Deno's, or one for editing only.
fn is_somebody_elses(repo: &Repo, package: &Package) -> bool {
    let deno = ["deno.json", "deno.jsonc", "deno.lock"].iter().filter_map(|name| join(&package.folder, name));
    let is_deno = deno.into_iter().any(|path| repo.has(&path)) && package.scripts.is_empty();
    is_deno || package.json.get("engines").is_some_and(|it| it.get("vscode").is_some())
}

/// The app, and the workers that are listed beside it; `root` is that of the workspace which the package is a member of.
fn project(repo: &Repo, package: &Package, root: Option<&Package>) -> Vec<Found> {
    let script = start::choose(package);
    let mut manager = Manager::of(repo, package);
    manager.is_member_of(root.filter(|root| root.json.get("workspaces").is_some()), &package.folder);
    let web = processes::web(repo, package, &manager, script.as_ref());
    let start = web.as_ref().map(|web| web.start.clone()).or(script);
    let role = role(repo, package, start.as_ref());
    let runtime = runtime(repo, package, &manager);
    let mut found = Found::of_catalog(
        &package.folder,
        role,
        language(repo, package, start.as_ref()),
        runtime.id,
        runtime.version.clone(),
    );
    found.notes.extend(runtime.note(&found));
    found.notes.extend(package_manager::conflict(repo, &manager));
    found.notes.extend(package.not_taken(repo, manager.name));
    found = found.managed_by(manager.name, manager.version.clone(), manager.evidence.clone());
    for framework in FRAMEWORKS.iter().filter(|it| package.uses(it.dependency)) {
        found = found.framework(framework.name, package.evidence(&format!("\"{}\"", framework.dependency)));
    }
    let base = manager.install().into_iter().fold(found.clone(), |it, step| it.step(step, manager.evidence.clone()));
    found = install(repo, package, &manager, found);
    let main = match &start {
        Some(start) if !start.only_orchestrates() => {
            let found = started(repo, package, &manager, start, found);
            Some(assets::of_a_server(repo, package, (&manager, start), found))
        }
        Some(_) => Some(Found { role: Role::Library, ..found }),
        None => without_script(repo, package, &manager, found),
    };
    let Some(mut main) = main else { return Vec::new() };
    if let Some(web) = web {
        main.app.run = Some(web.run);
    }
    if package.scripts.get("test").is_some_and(|run| !run.contains("no test specified")) {
        main = main.tested_by(manager.run("test"), package.of_script("test"));
    }
    processes::beside(repo, (package, &manager), start.as_ref(), (&base, main))
}

fn install(repo: &Repo, package: &Package, manager: &Manager, mut found: Found) -> Found {
    for step in manager.install() {
        found = found.step(step, manager.evidence.clone());
    }
    if let Some((step, evidence)) = build_of_others(repo, package, manager) {
        found = found.step(step, evidence);
    }
    let own = package.scripts.keys().any(|name| name == "postinstall" || name == "prepare");
    if let Some(schema) = prisma(repo, package) {
        let is_generated = own && package.scripts.values().any(|run| run.contains("prisma generate"));
        if !is_generated && package.uses("@prisma/client") {
            found = found.step(manager.execute("prisma generate"), schema.clone());
        }
        let folder = crate::repo::folder_of(&schema.path);
        let has_migrations = repo.has_folder(&join(folder, "migrations").unwrap_or_default());
        let step = if has_migrations { "prisma migrate deploy" } else { "prisma db push" };
        found = found.step(manager.execute(step), schema);
    } else if let Some(script) = migration(package).filter(|_| found.role == Role::Server) {
        found = found.step(manager.run(script), package.of_script(script));
    }
    found
}

/// What has to be built of the workspace before this member starts, where its build tool says so.
fn build_of_others(repo: &Repo, package: &Package, manager: &Manager) -> Option<(String, Evidence)> {
    let path = "turbo.json";
    let json = (!package.folder.is_empty() && repo.has(path)).then(|| repo.json(path)).flatten()?;
    let tasks = json.get("tasks").or_else(|| json.get("pipeline"))?;
    let needs = tasks.get("dev")?.get("dependsOn")?.as_array()?;
    let name =
        package.text("name").filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "@/-_.".contains(c)))?;
    let builds = needs.iter().any(|it| it.as_str() == Some("^build"));
    builds.then(|| (manager.execute(&format!("turbo run build --filter={name}^...")), Evidence::file(path)))
}

/// The schema of a project with Prisma.
fn prisma(repo: &Repo, package: &Package) -> Option<Evidence> {
    if !package.uses("prisma") && !package.uses("@prisma/client") {
        return None;
    }
    ["prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma", "db/schema.prisma"]
        .iter()
        .filter_map(|name| join(&package.folder, name))
        .find(|path| repo.has(path))
        .map(Evidence::file)
}

/// The script that brings the database up to date.
fn migration(package: &Package) -> Option<&'static str> {
    const SCRIPTS: &[&str] = &[
        "db:migrate",
        "migrate",
        "migration:run",
        "migrations:run",
        "migrate:latest",
        "migrate:up",
        "db:migrate:deploy",
        "typeorm:migration:run",
        "knex:migrate",
    ];
    SCRIPTS.iter().copied().find(|name| {
        package.scripts.get(*name).is_some_and(|run| !run.contains("docker") && !run.contains("migrate dev"))
    })
}

fn started(repo: &Repo, package: &Package, manager: &Manager, start: &Start, mut found: Found) -> Found {
    let evidence = package.of_script(&start.script);
    if start.needs_build {
        found = found.step(manager.run("build"), package.of_script("build"));
    }
    found = found.run(manager.run(&start.script), evidence);
    found.app.once = start.ends;
    if matches!(found.role, Role::Server | Role::Client) || start.server.is_some_and(|it| it.role == Role::Client) {
        let port = port(repo, package, start);
        found = found.port(port);
    }
    found
}

/// A project whose scripts start nothing.
fn without_script(repo: &Repo, package: &Package, manager: &Manager, found: Found) -> Option<Found> {
    if let Some(file) = entry(repo, package) {
        let program = match (manager.name, file.rsplit('.').next()) {
            ("bun", _) => "bun",
            (_, Some("ts" | "mts" | "tsx")) => "npx tsx",
            _ => "node",
        };
        let path = join(&package.folder, &file)?;
        let found = found.run(format!("{program} {file}"), Evidence::file(&path));
        let is_server = found.role == Role::Server;
        let port = is_server
            .then(|| places_of_ports::of_code(repo, &[path]).or_else(|| places_of_ports::around(repo, &package.folder)))
            .flatten();
        return Some(found.port(port));
    }
    if package.scripts.contains_key("build") && package.scripts.get("build").is_some_and(|run| !run.starts_with("echo"))
    {
        let mut found = found.run(manager.run("build"), package.of_script("build"));
        found.app.once = true;
        found.role = if found.role == Role::Library { Role::Library } else { Role::Assets };
        return Some(found);
    }
    if !package.depends_on_anything() {
        return None;
    }
    // What others serve from `node_modules` only has to be there.
    let mut found = found;
    let install = found.app.setup.pop()?;
    found.app.once = true;
    found.role = Role::Assets;
    Some(found.run(install.value.run, install.evidence.into_iter().next()?))
}

/// The file that a package without scripts begins with.
fn entry(repo: &Repo, package: &Package) -> Option<String> {
    const NAMES: &[&str] = &[
        "index.ts",
        "index.js",
        "server.js",
        "server.ts",
        "app.js",
        "main.js",
        "main.ts",
        "src/index.ts",
        "src/index.js",
        "src/main.ts",
        "src/server.ts",
    ];
    let named = package.text("main").into_iter().chain(package.text("module"));
    let is_library = package.json.get("exports").is_some()
        || package.json.get("types").is_some()
        || package.json.get("bin").is_some();
    if is_library || package.json.get("private").is_some_and(|it| it.as_bool() == Some(false)) {
        return None;
    }
    let all = named.map(|name| name.trim_start_matches("./")).chain(NAMES.iter().copied());
    let mut all = all.filter(|name| {
        package::is_source(name) && name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    });
    all.find(|name| join(&package.folder, name).is_some_and(|path| repo.has(&path))).map(str::to_owned)
}

fn port(repo: &Repo, package: &Package, start: &Start) -> Port {
    let evidence = package.of_script(&start.script);
    let said = start.programs.iter().find_map(|words| super::scan::command_port(&words.join(" ")));
    let said = said.or_else(|| package.scripts.get(&start.script).and_then(|run| super::scan::command_port(run)));
    if let Some(port) = said {
        return Some(Fact::new(port, evidence));
    }
    let is_fixed = start.server.is_some_and(|server| server.role == Role::Client);
    let usual = || ports::usual(package, start.server);
    let configured = ports::configured(repo, &package.folder);
    if is_fixed {
        let heeds =
            || package.uses("react-scripts").then(|| places_of_ports::of_env_files(repo, &package.folder)).flatten();
        return configured.or_else(heeds).or_else(usual);
    }
    let entries = ports::entries(repo, package, &start.programs);
    let by_name = || places_of_ports::of_env_files(repo, &package.folder);
    let around = || places_of_ports::around(repo, &package.folder);
    configured.or_else(|| places_of_ports::of_code(repo, &entries)).or_else(by_name).or_else(around).or_else(usual)
}

fn role(repo: &Repo, package: &Package, start: Option<&Start>) -> Role {
    let server = start.and_then(|start| start.server);
    if package.uses("electron")
        || package.uses("@tauri-apps/cli")
        || package.uses("react-native") && !package.uses("expo")
    {
        return Role::Program;
    }
    let belongs_to_another = [
        "laravel-vite-plugin",
        "laravel-mix",
        "@symfony/webpack-encore",
        "vite-plugin-ruby",
        "vite-plugin-symfony",
        "webpack-encore",
        "phoenix",
        "django-vite",
    ];
    let is_for_another = belongs_to_another.iter().any(|name| package.uses(name));
    if is_for_another || start.is_some_and(Start::builds) {
        let serves = FRAMEWORKS.iter().any(|it| it.role == Some(Role::Server) && package.uses(it.dependency));
        return if is_for_another || serves { Role::Assets } else { library_or_assets(package) };
    }
    match server.map(|server| server.role) {
        Some(Role::Client) if is_library(repo, package) => Role::Library,
        Some(role @ (Role::Client | Role::Server)) => role,
        _ => runs_own(repo, package, start),
    }
}

/// What only builds is a library to its workspace, and what another project serves to a folder of that.
fn library_or_assets(package: &Package) -> Role {
    let is_published =
        ["exports", "types", "module", "bin", "publishConfig"].iter().any(|key| package.json.get(key).is_some());
    if is_published { Role::Library } else { Role::Assets }
}

/// A library with a page to try it on.
fn is_library(repo: &Repo, package: &Package) -> bool {
    let is_published = ["exports", "types", "publishConfig"].iter().any(|key| package.json.get(key).is_some());
    let has_page = join(&package.folder, "index.html").is_some_and(|path| repo.has(&path));
    let is_app = FRAMEWORKS.iter().any(|it| it.role.is_some() && package.uses(it.dependency) && it.name != "express");
    is_published && !has_page && !is_app
}

/// What a program of its own is: by its frameworks, else by whether its text listens.
fn runs_own(repo: &Repo, package: &Package, start: Option<&Start>) -> Role {
    let used = |role: Role| {
        FRAMEWORKS.iter().any(|it| {
            it.role == Some(role)
                && package.json.get("dependencies").is_some_and(|all| all.get(it.dependency).is_some())
        })
    };
    if used(Role::Server) {
        return Role::Server;
    }
    if used(Role::Client) {
        return Role::Client;
    }
    let programs = start.map(|it| it.programs.clone()).unwrap_or_default();
    let listens =
        ports::entries(repo, package, &programs).iter().take(6).filter_map(|path| repo.text(path)).any(|text| {
            [".listen(", "createServer(", "Bun.serve(", "Deno.serve("].iter().any(|call| text.contains(call))
        });
    match listens {
        true => Role::Server,
        false if used(Role::Worker) => Role::Worker,
        false => Role::Program,
    }
}

fn language(repo: &Repo, package: &Package, start: Option<&Start>) -> Fact<String> {
    let own = join(&package.folder, "tsconfig.json").filter(|path| repo.has(path));
    if let Some(path) = own {
        return Fact::new("typescript", Evidence::file(path));
    }
    let is_typed = |name: &str| name.ends_with(".ts") || name.ends_with(".tsx");
    if start.is_some_and(|start| start.files().any(is_typed)) || package.uses("typescript") {
        return Fact::new("typescript", package.evidence("\"typescript\""));
    }
    let entry = entry(repo, package).and_then(|name| join(&package.folder, &name));
    let plain = || Fact::new("javascript", Evidence::file(&package.path));
    match entry {
        Some(path) if is_typed(&path) => Fact::new("typescript", Evidence::file(path)),
        Some(_) => plain(),
        None if start.is_some_and(|start| start.files().next().is_some()) => plain(),
        None => most_files(repo, package).unwrap_or_else(plain),
    }
}

/// TypeScript, where most of the sources are in it.
fn most_files(repo: &Repo, package: &Package) -> Option<Fact<String>> {
    let own =
        repo.below(&package.folder).take(3000).filter(|path| package::is_source(path) && !path.ends_with(".d.ts"));
    let (typed, plain): (Vec<&str>, Vec<&str>) = own.partition(|path| path.ends_with("ts") || path.ends_with(".tsx"));
    let first = typed.first().filter(|_| typed.len() > plain.len())?;
    Some(Fact::new("typescript", Evidence::file(*first)))
}

struct Runtime {
    id: &'static str,
    version: Option<pins::Pin>,
    manifest: Vec<pins::Pin>,
}

impl Runtime {
    fn note(&self, found: &Found) -> Option<crate::detect::Note> {
        let tool = if self.id == "bun" { &pins::BUN } else { &pins::NODE };
        pins::conflict(&found.app, tool, &self.manifest)
    }
}

/// Node, or bun where that manages the packages.
fn runtime(repo: &Repo, package: &Package, manager: &Manager) -> Runtime {
    if manager.name == "bun" {
        let manifest: Vec<pins::Pin> =
            manager.version.iter().map(|version| Fact::new(version.clone(), manager.evidence.clone())).collect();
        return Runtime {
            id: "bun",
            version: pins::choose(repo, &package.folder, &pins::BUN, manifest.clone()),
            manifest,
        };
    }
    let manifest = node_pins(repo, package);
    Runtime { id: "node", version: pins::choose(repo, &package.folder, &pins::NODE, manifest.clone()), manifest }
}

/// What `package.json` says of Node, here and further up.
fn node_pins(repo: &Repo, package: &Package) -> Vec<pins::Pin> {
    let mut all = Vec::new();
    for folder in places::upwards(&package.folder) {
        let Some(path) = join(folder, "package.json").filter(|path| repo.has(path)) else { continue };
        let Some(json) = repo.json(&path) else { continue };
        let volta = json.get("volta").and_then(|it| it.get("node"));
        let runtime = json.get("devEngines").and_then(|it| it.get("runtime"));
        let runtime = runtime.map(|it| it.as_array().and_then(|all| all.first()).unwrap_or(it));
        let runtime =
            runtime.filter(|it| it.get("name").is_some_and(|name| name == "node")).and_then(|it| it.get("version"));
        let engine = json.get("engines").and_then(|it| it.get("node"));
        let pin = |value: Option<&serde_json::Value>, needle: &str| {
            value.and_then(|it| it.as_str()).map(|it| pins::pin(repo, &path, it, needle))
        };
        all.extend(
            pin(volta, "\"volta\"").or_else(|| pin(runtime, "\"devEngines\"")).or_else(|| pin(engine, "\"node\"")),
        );
    }
    all
}
