//! Deno: `deno.json`, its tasks, Fresh.

use serde_json::Value;

use super::ports;
use super::{Family, Found, Role, Workspace, pins, places};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join, line_of};

pub(super) fn look(repo: &Repo) -> Family {
    let manifests = places::manifests(repo.named("deno.json").chain(repo.named("deno.jsonc")));
    let mut found: Vec<Found> = manifests.iter().filter_map(|path| project(repo, path)).collect();
    if found.is_empty() && !repo.has("package.json") {
        found.extend(plain(repo));
    }
    let of = |path: &&str| {
        let json = repo.json(path)?;
        let root = folder_of(path);
        let members: Vec<String> =
            json.get("workspace")?.as_array()?.iter().filter_map(|it| join(root, it.as_str()?)).collect();
        Some(Workspace { toolchain: "deno", root: root.to_owned(), members })
    };
    Family { workspaces: manifests.iter().filter_map(of).collect(), found }
}

/// A program that only Deno can run, without any settings.
fn plain(repo: &Repo) -> Option<Found> {
    const MAINS: &[&str] = &[
        "main.ts",
        "index.ts",
        "server.ts",
        "mod.ts",
        "app.ts",
        "src/main.ts",
        "src/index.ts",
        "src/server.ts",
        "main.js",
    ];
    const SIGNS: &[&str] = &["https://deno.land", "Deno.", "from \"jsr:", "from \"npm:"];
    let text = |path: &str| repo.has(path).then(|| repo.text(path)).flatten();
    let main = MAINS.iter().find(|path| text(path).is_some_and(|text| SIGNS.iter().any(|sign| text.contains(sign))))?;
    let evidence = Evidence::file(*main);
    let listens = text(main).is_some_and(|text| text.contains("serve(") || text.contains("listen("));
    let role = if listens { Role::Server } else { Role::Program };
    let found = Found::of_catalog(
        "",
        role,
        Fact::new("typescript", evidence.clone()),
        "deno",
        pins::choose(repo, "", &pins::DENO, Vec::new()),
    );
    let port =
        listens.then(|| ports::of_code(repo, &[(*main).to_owned()]).or_else(|| Some(ports::usual(8000)))).flatten();
    Some(found.managed_by("deno", None, evidence.clone()).run(format!("deno run -A {main}"), evidence).port(port))
}

/// A sign among the imports, a framework's name, its usual port.
const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("$fresh/", "fresh", 8000),
    ("@fresh/core", "fresh", 8000),
    ("oak", "oak", 8000),
    ("hono", "hono", 8000),
    ("lume/", "lume", 3000),
    ("astro", "astro", 4321),
    ("vite", "vite", 5173),
    ("aleph", "aleph", 3000),
];

/// Files in which programs usually begin.
const ENTRIES: &[&str] = &[
    "main.ts",
    "dev.ts",
    "server.ts",
    "mod.ts",
    "index.ts",
    "src/main.ts",
    "src/server.ts",
    "main.js",
    "app.ts",
    "main.tsx",
];

fn project(repo: &Repo, path: &str) -> Option<Found> {
    let json = repo.json(path)?;
    let (folder, text) = (folder_of(path), repo.text(path)?);
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let tasks = json.get("tasks").and_then(Value::as_object);
    let is_of_node = |other: &String| repo.json(other).is_some_and(|it| it.get("scripts").is_some());
    // A Node project may have these settings for its editor only.
    if tasks.is_none() && at("package.json").as_ref().is_some_and(is_of_node) {
        return None;
    }
    let evidence = Evidence::file(path);
    let version = pins::choose(repo, folder, &pins::DENO, Vec::new());
    let mut found = Found::of_catalog(folder, Role::Server, Fact::new("typescript", evidence.clone()), "deno", version);
    found = found.managed_by("deno", None, evidence.clone());
    let imports = at("import_map.json").and_then(|path| repo.text(&path)).unwrap_or_else(|| text.clone());
    let used: Vec<_> = FRAMEWORKS.iter().filter(|(sign, ..)| imports.contains(sign) || text.contains(sign)).collect();
    for (_, name, _) in &used {
        found = found.framework(name, evidence.clone());
    }
    let has_task = |name: &str| tasks.is_some_and(|all| all.contains_key(name));
    let is_test = |path: &str| path.ends_with("_test.ts") || path.ends_with(".test.ts");
    if has_task("test") || repo.below(folder).take(3000).any(is_test) {
        found = found.tested_by(if has_task("test") { "deno task test" } else { "deno test -A" }, evidence.clone());
    }
    let main = ENTRIES.iter().find_map(|name| at(name));
    let task = ["dev", "start", "serve", "watch"].into_iter().find(|name| has_task(name));
    found = match (task, &main) {
        (Some(task), _) => {
            let line = line_of(&text, &format!("\"{task}\""));
            found.run(format!("deno task {task}"), Evidence::at(path, line))
        }
        (None, Some(main)) => {
            let file = main.strip_prefix(folder).unwrap_or(main).trim_start_matches('/');
            found.run(format!("deno run -A {}", super::scan::word(file)), Evidence::file(main))
        }
        (None, None) => return Some(Found { role: Role::Library, ..found }),
    };
    let command = task.and_then(|name| task_command(tasks?.get(name)?)).unwrap_or_default();
    let code: Vec<String> = main.into_iter().collect();
    let serves =
        |path: &String| repo.text(path).is_some_and(|text| text.contains("serve(") || text.contains("listen("));
    if used.is_empty() && !command.contains("deno serve") && !code.iter().any(serves) {
        return Some(Found { role: Role::Program, ..found });
    }
    let usual = used.first().map_or(8000, |(_, _, port)| *port);
    let said = super::scan::command_port(&command).map(|port| Fact { value: port, evidence: vec![evidence.clone()] });
    let around = || ports::of_code(repo, &code).or_else(|| ports::around(repo, folder));
    Some(found.port(said.or_else(around).or_else(|| Some(ports::usual(usual)))))
}

/// A task is its command, or says it beside a description.
fn task_command(task: &Value) -> Option<String> {
    task.as_str().or_else(|| task.get("command")?.as_str()).map(str::to_owned)
}
