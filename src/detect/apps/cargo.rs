//! Rust: Cargo's packages and workspaces.

use globset::{GlobBuilder, GlobMatcher};
use toml::{Table, Value};

use super::ports::{self, Port};
use super::{Family, Found, Role, Workspace, pins, places, settings};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join, line_of};

pub(super) fn look(repo: &Repo) -> Family {
    let manifests = places::manifests(repo.named("Cargo.toml"));
    let packages: Vec<Package> = manifests.into_iter().filter_map(|path| Package::read(repo, path)).collect();
    let workspaces = workspaces(&packages);
    let mut found = Vec::new();
    for package in &packages {
        let is_member =
            workspaces.iter().any(|it| it.root != package.folder && places::is_within(&package.folder, &it.root));
        let is_desktop = package.folder.ends_with("src-tauri");
        if is_member || is_desktop {
            continue;
        }
        let members: Vec<&Package> = packages
            .iter()
            .filter(|it| {
                workspaces
                    .iter()
                    .any(|workspace| workspace.root == package.folder && workspace.members.contains(&it.folder))
            })
            .collect();
        found.extend(project(repo, package, &members));
    }
    Family { found, workspaces }
}

struct Package {
    path: String,
    folder: String,
    table: std::rc::Rc<Table>,
    binaries: Vec<String>,
}

impl Package {
    fn read(repo: &Repo, path: &str) -> Option<Self> {
        let table = repo.toml(path)?;
        let folder = folder_of(path).to_owned();
        let mut package = Self { path: path.to_owned(), folder, table, binaries: Vec::new() };
        package.binaries = package.find_binaries(repo);
        Some(package)
    }

    fn own(&self) -> Option<&Table> {
        self.table.get("package")?.as_table()
    }

    fn name(&self) -> Option<&str> {
        self.own()?.get("name")?.as_str()
    }

    fn find_binaries(&self, repo: &Repo) -> Vec<String> {
        let Some(name) = self.name() else { return Vec::new() };
        let at = |file: &str| join(&self.folder, file).filter(|path| repo.has(path));
        let mut all = Vec::new();
        let listed = self.table.get("bin").and_then(Value::as_array).into_iter().flatten();
        all.extend(listed.filter_map(|bin| bin.get("name").and_then(Value::as_str).map(str::to_owned)));
        if all.is_empty() && at("src/main.rs").is_some() {
            all.push(name.to_owned());
        }
        let inside = join(&self.folder, "src/bin").unwrap_or_default();
        let files = repo
            .below(&inside)
            .take(100)
            .filter_map(|path| path[inside.len()..].trim_start_matches('/').strip_suffix(".rs"));
        for file in files {
            let name = file.strip_suffix("/main").unwrap_or(file);
            if !name.contains('/') && !all.iter().any(|known| known == name) {
                all.push(name.to_owned());
            }
        }
        all.retain(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        all
    }

    fn uses(&self, name: &str) -> bool {
        self.table.get("dependencies").and_then(|it| it.get(name)).is_some()
    }

    fn at(&self, repo: &Repo, needle: &str) -> Evidence {
        Evidence::at(&self.path, repo.text(&self.path).and_then(|text| line_of(&text, needle)))
    }
}

fn workspaces(packages: &[Package]) -> Vec<Workspace> {
    let of = |package: &Package| {
        let workspace = package.table.get("workspace")?.as_table()?;
        let listed = |key: &str| -> Vec<String> {
            let all = workspace.get(key).and_then(Value::as_array).into_iter().flatten();
            all.filter_map(|it| join(&package.folder, it.as_str()?)).collect()
        };
        let (members, excluded) = (listed("members"), listed("exclude"));
        let globs = members.iter().filter_map(|glob| GlobBuilder::new(glob).literal_separator(true).build().ok());
        let globs: Vec<GlobMatcher> = globs.map(|glob| glob.compile_matcher()).collect();
        let fits = |folder: &str| globs.iter().any(|glob| glob.is_match(folder));
        let members = packages.iter().map(|it| it.folder.clone());
        let members =
            members.filter(|folder| *folder != package.folder && fits(folder) && !excluded.contains(folder)).collect();
        Some(Workspace { toolchain: "rust", root: package.folder.clone(), members })
    };
    packages.iter().filter_map(of).collect()
}

/// Frameworks: the dependency and its usual port (0 = the app says it, or it answers nothing).
const FRAMEWORKS: &[(&str, u16)] = &[
    ("loco-rs", 5150),
    ("leptos", 3000),
    ("dioxus", 8080),
    ("yew", 8080),
    ("rocket", 8000),
    ("actix-web", 8080),
    ("axum", 3000),
    ("warp", 3030),
    ("poem", 3000),
    ("salvo", 8080),
    ("tide", 8080),
    ("gotham", 7878),
    ("shuttle-runtime", 8000),
    ("tonic", 50051),
    ("hyper", 3000),
    ("tauri", 0),
    ("bevy", 0),
    ("diesel", 0),
    ("sqlx", 0),
    ("sea-orm", 0),
    ("clap", 0),
];

fn project(repo: &Repo, root: &Package, members: &[&Package]) -> Vec<Found> {
    let own = root.table.get("package").is_some();
    let all: Vec<&Package> = own.then_some(root).into_iter().chain(members.iter().copied()).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let pins = pins_of(repo, root);
    let version = pins::choose(repo, &root.folder, &pins::RUST, pins);
    let evidence = Evidence::file(&root.path);
    let mut base = Found::of_catalog(&root.folder, Role::Library, Fact::new("rust", evidence.clone()), "rust", version);
    base = base.managed_by("cargo", None, evidence.clone()).tested_by("cargo test", evidence.clone());
    let started: Vec<(&Package, String)> =
        all.iter().flat_map(|package| package.binaries.iter().map(|name| (*package, name.clone()))).collect();
    let Some((package, binary)) = main(root, own, &all, &started) else { return vec![base] };
    for (name, _) in FRAMEWORKS.iter().filter(|(name, _)| package.uses(name) || all.iter().any(|it| it.uses(name))) {
        let user = all.iter().find(|it| it.uses(name)).unwrap_or(&package);
        base = base.framework(name, user.at(repo, name));
    }
    let flags = features(package);
    base = base.step(format!("cargo build{flags}"), evidence);
    let is_plain = started.len() == 1 || (own && package.path == root.path && is_default(package, &binary, &started));
    let run = match (
        is_plain,
        package.uses("leptos")
            || root
                .table
                .get("workspace")
                .is_some_and(|it| it.get("metadata").is_some_and(|it| it.get("leptos").is_some())),
    ) {
        (_, true)
            if package
                .table
                .get("package")
                .is_some_and(|it| it.get("metadata").is_some_and(|it| it.get("leptos").is_some())) =>
        {
            "cargo leptos watch".to_owned()
        }
        (true, _) => format!("cargo run{flags}"),
        _ => format!("cargo run --bin {binary}{flags}"),
    };
    let (role, port) = role_and_port(repo, root, package, &binary);
    let source = Evidence::file(&package.path);
    let mut found = Found { role, ..base }.run(run, source).port(port);
    if found.role == Role::Program && started.len() > 1 && !is_plain {
        found.choices = std::iter::once(binary.clone())
            .chain(started.iter().map(|(_, name)| name.clone()).filter(|name| *name != binary))
            .map(|name| format!("cargo run --bin {name}"))
            .collect();
    }
    vec![found]
}

/// Whether plain `cargo run` starts it.
fn is_default(package: &Package, binary: &str, started: &[(&Package, String)]) -> bool {
    let declared = package.own().and_then(|it| it.get("default-run")).and_then(Value::as_str);
    let own = started.iter().filter(|(it, _)| it.path == package.path).count();
    declared == Some(binary) || own == 1
}

/// What the project starts: of the root package its default, else what is called like a server or like the project.
fn main<'a>(
    root: &Package,
    own: bool,
    all: &[&Package],
    started: &[(&'a Package, String)],
) -> Option<(&'a Package, String)> {
    let default = root.own().and_then(|it| it.get("default-run")).and_then(Value::as_str);
    let rank = |(package, name): &&(&Package, String)| {
        let is_root = own && package.path == root.path;
        let serves = FRAMEWORKS.iter().any(|(it, port)| *port > 0 && package.uses(it));
        let lower = name.to_lowercase();
        let is_server = ["server", "api", "web", "app", "backend"].iter().any(|it| lower.ends_with(it));
        let is_tool = ["cli", "migrat", "xtask", "util", "gen", "bench", "test", "tool", "build"]
            .iter()
            .any(|it| lower.contains(it));
        match () {
            () if is_root && default == Some(name.as_str()) => 0,
            () if is_root && package.name() == Some(name.as_str()) => 1,
            () if is_root || is_shared_name(name, all) => 2,
            () if serves && is_server => 3,
            () if is_server && !is_tool => 4,
            () if serves => 5,
            () if !is_tool => 6 + name.len(),
            () => 90,
        }
    };
    started.iter().min_by_key(rank).cloned()
}

/// Whether most members are called after a program: `tool` among `tool-client`, `tool-server`, `tool-common`.
fn is_shared_name(name: &str, all: &[&Package]) -> bool {
    let named = all
        .iter()
        .filter_map(|package| package.name())
        .filter(|own| own.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '_'])));
    all.len() > 3 && named.count() * 2 > all.len()
}

/// A database that the program does not start without, where it is chosen by a feature and none is chosen by default.
fn features(package: &Package) -> String {
    let Some(features) = package.table.get("features").and_then(Value::as_table) else { return String::new() };
    let default = features.get("default").and_then(Value::as_array).map_or(0, Vec::len);
    let databases = ["sqlite", "postgres", "postgresql", "mysql"];
    let offered: Vec<&&str> = databases.iter().filter(|name| features.contains_key(**name)).collect();
    match offered.first() {
        Some(first) if default == 0 && offered.len() > 1 => format!(" --features {first}"),
        _ => String::new(),
    }
}

/// Files in which servers are usually started or configured.
const SOURCES: &[&str] = &[
    "src/main.rs",
    "src/lib.rs",
    "src/config.rs",
    "src/settings.rs",
    "src/server.rs",
    "src/http/mod.rs",
    "src/http.rs",
    "src/app.rs",
    "src/startup.rs",
    "src/config/mod.rs",
    "src/api/mod.rs",
    "src/web/mod.rs",
    "src/routes/mod.rs",
];

fn role_and_port(repo: &Repo, root: &Package, package: &Package, binary: &str) -> (Role, Port) {
    let usual = FRAMEWORKS.iter().find(|(name, port)| *port > 0 && package.uses(name));
    let own = [format!("src/bin/{binary}.rs"), format!("src/bin/{binary}/main.rs")];
    let names = own.iter().map(String::as_str).chain(SOURCES.iter().copied());
    let files: Vec<String> = names.filter_map(|name| join(&package.folder, name)).collect();
    let rocket = join(&root.folder, "Rocket.toml");
    let settings: Vec<String> = rocket.into_iter().chain(settings::files(repo, &root.folder)).collect();
    // A workspace keeps its server's libraries apart from the program.
    let serves = usual.is_some()
        || root.table.get("workspace").and_then(|it| it.get("dependencies")).is_some_and(|all| {
            FRAMEWORKS.iter().any(|(name, port)| *port > 0 && *name != "hyper" && all.get(name).is_some())
        });
    let is_tool = package.uses("clap") && usual.is_none();
    if is_tool && !serves {
        return (Role::Program, None);
    }
    let said = || {
        ports::of_settings(repo, &settings)
            .or_else(|| ports::of_env_files(repo, &root.folder))
            .or_else(|| ports::of_code(repo, &files))
    };
    let said = (serves || listens(repo, &files)).then(said).flatten();
    let usual = || usual.filter(|(name, _)| *name != "hyper").map(|(_, port)| ports::usual(*port));
    let around = || ports::around(repo, &root.folder);
    match said {
        Some(port) => (Role::Server, Some(port)),
        None if usual().is_some() => (Role::Server, around().or_else(usual)),
        None if listens(repo, &files) => (Role::Server, around()),
        None => (Role::Program, None),
    }
}

fn listens(repo: &Repo, files: &[String]) -> bool {
    files
        .iter()
        .filter(|path| repo.has(path))
        .filter_map(|path| repo.text(path))
        .any(|text| text.contains("TcpListener") || text.contains(".bind(") || text.contains("HttpServer"))
}

/// `rust-version` says the oldest that would do.
fn pins_of(repo: &Repo, root: &Package) -> Vec<pins::Pin> {
    let own = root.own().and_then(|it| it.get("rust-version")).and_then(Value::as_str);
    let shared = root
        .table
        .get("workspace")
        .and_then(|it| it.get("package"))
        .and_then(|it| it.get("rust-version"))
        .and_then(Value::as_str);
    own.or(shared)
        .map(|version| pins::pin(repo, &root.path, format!(">={version}"), "rust-version"))
        .into_iter()
        .collect()
}
