//! Where a JavaScript server listens: its configuration, its text, its framework's usual place.

use super::super::ports::{self, Port, at};
use super::super::scan;
use super::package::{Package, is_source};
use super::servers::{FRAMEWORKS, Server};
use crate::repo::{Repo, join};

const ENDS: &[&str] = &["ts", "js", "mjs", "cjs", "mts", "cts"];

/// Configuration files by their name without the ending, and the key behind which the port stands.
const CONFIGS: &[(&str, &str)] = &[
    ("vite.config", "server"),
    ("nuxt.config", "devServer"),
    ("nuxt.config", "server"),
    ("astro.config", "server"),
    ("vue.config", "devServer"),
    ("webpack.config", "devServer"),
    ("webpack.dev", "devServer"),
    ("webpack.config.dev", "devServer"),
    ("config/webpack.dev", "devServer"),
    ("rsbuild.config", "server"),
    ("rspack.config", "devServer"),
    ("gatsby-config", "devServer"),
    ("quasar.config", "devServer"),
    ("app.config", "server"),
    ("config/server", "port"),
    (".eleventy", "setServerOptions"),
    ("farm.config", "server"),
];

/// From the configuration of the program that is called.
pub(super) fn configured(repo: &Repo, folder: &str) -> Port {
    let angular = join(folder, "angular.json").filter(|path| repo.has(path)).and_then(|path| angular(repo, &path));
    angular.or_else(|| {
        CONFIGS.iter().find_map(|(name, key)| {
            let path =
                ENDS.iter().filter_map(|end| join(folder, &format!("{name}.{end}"))).find(|path| repo.has(path))?;
            let text = repo.text(&path)?;
            // The key, and not the same word in the name of what is imported.
            let is_key = |start: &usize| text[start + key.len()..].trim_start().starts_with([':', '=', '(', '"', '\'']);
            text.match_indices(key).map(|(start, _)| start).filter(is_key).find_map(|start| {
                let before = text[..start].matches('\n').count();
                let (port, line) = match *key {
                    "port" => scan::code_port(&text[start..])?,
                    key => scan::block_port(&text[start + key.len()..])?,
                };
                Some(at(port, &path, before + line))
            })
        })
    })
}

fn angular(repo: &Repo, path: &str) -> Port {
    let json = repo.json(path)?;
    json.get("projects")?.as_object()?.values().find_map(|project| {
        let serve = project.get("architect").or_else(|| project.get("targets"))?.get("serve")?;
        let options = [serve.get("options"), serve.get("configurations").and_then(|it| it.get("development"))];
        let port = options.into_iter().flatten().find_map(|it| it.get("port")?.as_u64())?;
        let port = scan::is_port(u32::try_from(port).ok()?)?;
        let line = repo.text(path).and_then(|text| crate::repo::line_of(&text, &format!("\"port\": {port}")));
        Some(at(port, path, line))
    })
}

/// Files in which servers are usually started.
const ENTRIES: &[&str] = &[
    "server",
    "index",
    "app",
    "main",
    "src/server",
    "src/index",
    "src/main",
    "src/app",
    "bin/www",
    "bin/server",
    "server/index",
    "server/server",
    "server/app",
    "server/src/index",
    "src/bin/www",
    "src/config",
    "src/config/index",
    "config/index",
    "config/config",
    "config",
    "src/server/index",
    "src/env",
    "src/utils/env",
];

/// The files that a program is given, and those in which servers are usually started.
pub(super) fn entries(repo: &Repo, package: &Package, programs: &[Vec<String>]) -> Vec<String> {
    let given = programs.iter().flatten().filter(|word| !word.starts_with('-'));
    let given = given.filter(|word| is_source(word) || word.contains('/')).map(String::as_str);
    let main = package.text("main").into_iter().chain(package.text("module"));
    let sources = main.map(|main| main.replacen("dist/", "src/", 1).replacen(".js", "", 1));
    let named: Vec<String> =
        given.map(str::to_owned).chain(sources).chain(ENTRIES.iter().map(|it| (*it).to_owned())).collect();
    let ends = named.iter().flat_map(|name| {
        std::iter::once(name.clone())
            .chain(ENDS.iter().map(move |end| format!("{name}.{end}")))
            .chain(["js", "ts"].iter().map(move |end| format!("{name}/index.{end}")))
    });
    let paths = ends.filter_map(|name| join(&package.folder, &name)).filter(|path| repo.has(path));
    let mut unique: Vec<String> = Vec::new();
    for path in paths {
        if !unique.contains(&path) {
            unique.push(path);
        }
    }
    unique
}

/// The port of the first framework that has one of its own.
pub(super) fn usual(package: &Package, server: Option<&Server>) -> Port {
    let framework = FRAMEWORKS.iter().find(|framework| package.uses(framework.dependency) && framework.port > 0);
    let port = match (server.map(|it| it.port).filter(|port| *port > 0), framework) {
        (Some(5173), _) if package.major("vite").is_some_and(|major| major < 3) => 3000,
        (Some(4321), _) if package.major("astro").is_some_and(|major| major < 3) => 3000,
        (Some(3000), _) if package.major("rspack").is_some() => 8080,
        (Some(port), _) => port,
        (None, Some(framework)) => framework.port,
        (None, None) => return None,
    };
    Some(ports::usual(port))
}
