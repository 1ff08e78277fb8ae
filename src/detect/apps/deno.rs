//! Deno: `deno.json`, its tasks, Fresh.

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
    let port = listens
        .then(|| ports::of_code(repo, &[(*main).to_owned()]).or_else(|| Some(ports::usual(8000, &evidence))))
        .flatten();
    Some(found.managed_by("deno", None, evidence.clone()).run(format!("deno run -A {main}"), evidence).port(port))
}

fn project(repo: &Repo, path: &str) -> Option<Found> {
    let json = repo.json(path)?;
    let folder = folder_of(path);
    let text = repo.text(path)?;
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    // A Node project may have these settings for its editor only.
    if at("package.json").is_some_and(|other| repo.json(&other).is_some_and(|it| it.get("scripts").is_some()))
        && json.get("tasks").is_none()
    {
        return None;
    }
    let evidence = Evidence::file(path);
    let version = pins::choose(repo, folder, &pins::DENO, Vec::new());
    let main = [
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
    ]
    .iter()
    .find_map(|name| at(name));
    let mut found = Found::of_catalog(folder, Role::Server, Fact::new("typescript", evidence.clone()), "deno", version);
    found = found.managed_by("deno", None, evidence.clone());
    let imports = join(folder, "import_map.json")
        .and_then(|path| repo.has(&path).then(|| repo.text(&path)).flatten())
        .unwrap_or_else(|| text.clone());
    let mut usual = 8000;
    for (sign, name, port) in [
        ("$fresh/", "fresh", 8000),
        ("@fresh/core", "fresh", 8000),
        ("oak", "oak", 8000),
        ("hono", "hono", 8000),
        ("lume/", "lume", 3000),
        ("astro", "astro", 4321),
        ("vite", "vite", 5173),
        ("aleph", "aleph", 3000),
    ] {
        if imports.contains(sign) || text.contains(sign) {
            found = found.framework(name, evidence.clone());
            usual = if found.app.frameworks.len() == 1 { port } else { usual };
        }
    }
    let tasks = json.get("tasks").and_then(|it| it.as_object());
    let task = tasks.and_then(|all| ["dev", "start", "serve", "watch"].iter().find(|name| all.contains_key(**name)));
    if tasks.is_some_and(|all| all.contains_key("test"))
        || repo.below(folder).take(3000).any(|path| path.ends_with("_test.ts") || path.ends_with(".test.ts"))
    {
        let is_task = tasks.is_some_and(|all| all.contains_key("test"));
        found = found.tested_by(if is_task { "deno task test" } else { "deno test -A" }, evidence.clone());
    }
    let command = task
        .and_then(|name| tasks?.get(*name))
        .map(|it| {
            it.as_str().map_or_else(
                || it.get("command").and_then(|it| it.as_str()).unwrap_or_default().to_owned(),
                str::to_owned,
            )
        })
        .unwrap_or_default();
    found = match (task, &main) {
        (Some(task), _) => {
            found.run(format!("deno task {task}"), Evidence::at(path, line_of(&text, &format!("\"{task}\""))))
        }
        (None, Some(main)) => {
            found.run(format!("deno run -A {}", main[folder.len()..].trim_start_matches('/')), Evidence::file(main))
        }
        (None, None) => return Some(Found { role: Role::Library, ..found }),
    };
    let said = super::scan::command_port(&command).map(|port| Fact { value: port, evidence: vec![evidence.clone()] });
    let code: Vec<String> = main.into_iter().collect();
    let serves = !found.app.frameworks.is_empty()
        || code
            .iter()
            .filter_map(|path| repo.text(path))
            .any(|text| text.contains("serve(") || text.contains("listen("));
    found.role = if serves || command.contains("deno serve") { Role::Server } else { Role::Program };
    let port = said
        .or_else(|| ports::of_code(repo, &code))
        .or_else(|| ports::around(repo, folder))
        .or_else(|| Some(ports::usual(usual, &evidence)));
    let is_server = found.role == Role::Server;
    Some(found.port(port.filter(|_| is_server)))
}
