//! By which command a JavaScript project is started for development.

use super::super::Role;
use super::package::{Package, is_source};
use super::servers::{self, Server};

/// Scripts that people start their server with, the usual first.
const SCRIPTS: &[&str] = &[
    "dev",
    "start:dev",
    "dev:start",
    "start-dev",
    "develop",
    "start:development",
    "development",
    "dev:server",
    "server:dev",
    "serve:dev",
    "dev-server",
    "start:local",
    "start:watch",
    "dev:watch",
    "watch-development",
    "watch:dev",
    "serve",
    "server",
    "start",
    "hot",
    "watch",
    "run",
    "local",
];

/// More scripts than that nobody reads either.
const MOST_SCRIPTS: usize = 200;

#[derive(Clone)]
pub(super) struct Start {
    pub script: String,
    pub programs: Vec<Vec<String>>,
    pub server: Option<&'static Server>,
    /// It runs what another script has to build before.
    pub needs_build: bool,
    /// It builds once.
    pub ends: bool,
    rank: u8,
}

/// How well a script would do; the smallest first.
const RUNS: u8 = 0;
const RUNS_OTHERS_TOO: u8 = 1;
const UNKNOWN: u8 = 2;
const BUILDS: u8 = 3;
const ONLY_OTHERS: u8 = 4;

/// The best script; `None` = there is none that goes on running.
pub(super) fn choose(package: &Package) -> Option<Start> {
    let usual = SCRIPTS.iter().map(|it| (*it).to_owned()).filter(|name| package.scripts.contains_key(name));
    let further = package
        .scripts
        .keys()
        .take(MOST_SCRIPTS)
        .filter(|name| !SCRIPTS.contains(&name.as_str()) && is_for_development(name));
    let all: Vec<Start> = usual.chain(further.cloned()).filter_map(|name| judge(package, &name)).collect();
    // Whoever has `dev` for everything has `start` for what was built of it.
    if all.first().is_some_and(|first| first.only_orchestrates() && first.script.contains("dev")) {
        return all.into_iter().next();
    }
    all.into_iter().min_by_key(|start| (start.rank, start.rank == BUILDS && start.ends, start.is_second_name()))
}

fn is_for_development(name: &str) -> bool {
    // What a shell would read more into is nothing to call.
    if !name.chars().all(|c| c.is_alphanumeric() || ":._-/".contains(c)) {
        return false;
    }
    let starts = ["dev:", "start:", "serve:", "watch:"].iter().any(|start| name.starts_with(start));
    (starts || name.ends_with(":dev") || name.ends_with(":watch") || name.ends_with("-dev"))
        && ![
            "test",
            "lint",
            "build",
            "docker",
            "prod",
            "storybook",
            "e2e",
            "email",
            "docs",
            "types",
            "debug",
            "migrate",
            "db:",
        ]
        .iter()
        .any(|word| name.contains(word))
}

fn judge(package: &Package, script: &str) -> Option<Start> {
    let programs = package.programs(script);
    if programs.is_empty() || programs.iter().all(|words| says_nothing(words)) {
        return None;
    }
    let is = |name: &str| programs.iter().any(|words| words.first().is_some_and(|it| it == name));
    if is("docker") || is("docker-compose") || is("podman") {
        return None;
    }
    let others = programs.iter().any(|words| servers::is_orchestrator(words)) || is("cd");
    let listed: Vec<&'static Server> = programs.iter().filter_map(|words| servers::of_program(words)).collect();
    let server = listed.iter().min_by_key(|server| server.role).copied();
    let rank = match server {
        Some(server) if server.role == Role::Assets => BUILDS,
        Some(_) if others => RUNS_OTHERS_TOO,
        Some(_) => RUNS,
        None if others => ONLY_OTHERS,
        None if programs.iter().any(|words| is_tool(words)) => return None,
        None => UNKNOWN,
    };
    let needs_build = package.scripts.contains_key("build") && script != "dev" && runs_built(&programs);
    let ends = rank == BUILDS && !watches(&programs);
    Some(Start { script: script.to_owned(), programs, server, needs_build, ends, rank })
}

impl Start {
    /// What a command outside of the scripts starts.
    pub fn of_programs(programs: Vec<Vec<String>>) -> Self {
        let server = programs.iter().filter_map(|words| servers::of_program(words)).min_by_key(|server| server.role);
        let needs_build = runs_built(&programs);
        Self { script: String::new(), programs, server, needs_build, ends: false, rank: RUNS }
    }

    /// It starts what a `Procfile` lists.
    pub fn reads_procfile(&self) -> bool {
        const READERS: &[&str] = &["foreman", "overmind", "hivemind", "honcho", "nf"];
        self.programs.iter().any(|words| READERS.contains(&words[0].as_str()))
    }

    /// It only starts the scripts of other packages.
    pub fn only_orchestrates(&self) -> bool {
        self.rank == ONLY_OTHERS
    }

    pub fn builds(&self) -> bool {
        self.rank == BUILDS
    }

    /// `serve` beside a `start` that opens the same page.
    fn is_second_name(&self) -> bool {
        self.script == "serve" && self.server.is_some_and(|server| server.role == Role::Client)
    }

    /// Files that its programs are given.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.programs.iter().flatten().map(String::as_str).filter(|word| is_source(word))
    }
}

/// Whether a build goes on and builds again.
fn watches(programs: &[Vec<String>]) -> bool {
    const SIGNS: &[&str] =
        &["--watch", "-w", "watch", "--hot", "dev-server", "serve", "--watch=forever", "--watch=always", "--serve"];
    let keeps_on = |words: &Vec<String>| {
        words.iter().any(|word| SIGNS.contains(&word.as_str())) || ["gulp", "grunt"].contains(&words[0].as_str())
    };
    programs.iter().any(keeps_on)
}

/// `echo "use another command"`, `node -e "…"`.
fn says_nothing(words: &[String]) -> bool {
    let first = words.first().map_or("", String::as_str);
    let evaluates = first == "node" && words.iter().any(|word| ["-e", "--eval", "-p"].contains(&word.as_str()));
    evaluates
        || [
            "echo", "exit", "true", "cd", ":", "printf", "sleep", "open", "export", "set", "cp", "rm", "mkdir",
            "rimraf", "wait-on", "sh", "cat", "npm", "install",
        ]
        .contains(&first)
            && first != "sh"
}

/// Tools of which nobody takes a server for the app: viewers of parts, editors of data, mail previews.
fn is_tool(words: &[String]) -> bool {
    const TOOLS: &[&str] = &[
        "storybook",
        "start-storybook",
        "email",
        "prisma",
        "drizzle-kit",
        "vitest",
        "jest",
        "cypress",
        "playwright",
        "eslint",
        "biome",
        "prettier",
        "tauri",
        "electron",
        "electron-vite",
        "electron-forge",
        "electron-builder",
        "graphql-codegen",
        "ladle",
        "histoire",
        "wxt",
        "plasmo",
        "web-ext",
        "cargo",
        "supabase",
        "openapi-ts",
        "changeset",
        "typedoc",
        "husky",
        "react-native",
        "lefthook",
        "supervisor-cli",
    ];
    words.first().is_some_and(|first| TOOLS.contains(&first.as_str()))
}

/// `node dist/main.js`, `next start`.
fn runs_built(programs: &[Vec<String>]) -> bool {
    const BUILT: &[&str] = &["dist/", "build/", "lib/", "out/", ".output/", "./dist/", "./build/", ".medusa/"];
    programs.iter().any(|words| {
        let file = words
            .iter()
            .skip(1)
            .any(|word| BUILT.iter().any(|start| word.starts_with(start)) || word == "dist" || word == "build");
        let is_node = words.first().is_some_and(|it| it == "node");
        (is_node && file) || (words.len() > 1 && words[0] == "next" && words[1] == "start")
    }) && !programs.iter().any(|words| ["tsc", "nest", "webpack", "tsup"].contains(&words[0].as_str()))
}
