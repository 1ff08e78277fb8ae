//! Elixir with mix and Phoenix, and Gleam.

use super::ports::{self, Port};
use super::{Family, Found, Role, Workspace, pins, places, procfile, scan};
use crate::detect::{Evidence, Fact, Toolchain};
use crate::repo::{Repo, folder_of, join, line_of};

pub(super) fn look(repo: &Repo) -> Family {
    let manifests = places::manifests(repo.named("mix.exs"));
    let umbrella = manifests
        .iter()
        .find(|path| repo.text(path).is_some_and(|text| text.contains("apps_path:")))
        .map(|path| folder_of(path).to_owned());
    let apps = umbrella.as_ref().and_then(|root| join(root, "apps"));
    let is_member = |path: &str| apps.as_ref().is_some_and(|apps| places::is_within(path, apps));
    let own = manifests.iter().filter(|path| !is_member(path));
    let projects = own.filter_map(|path| mix(repo, path));
    let mut found: Vec<Found> = projects.flat_map(|found| procfile::with_workers(repo, found, &["mix"])).collect();
    found.extend(places::manifests(repo.named("gleam.toml")).into_iter().filter_map(|path| gleam(repo, path)));
    let members = manifests.iter().filter(|path| is_member(path)).map(|path| folder_of(path).to_owned()).collect();
    let workspaces = umbrella.map(|root| Workspace { toolchain: "elixir", root, members }).into_iter().collect();
    Family { found, workspaces }
}

/// Dependencies that are worth a name.
const FRAMEWORKS: &[(&str, &str)] = &[
    ("phoenix", "phoenix"),
    ("ecto_sql", "ecto"),
    ("phoenix_ecto", "ecto"),
    ("oban", "oban"),
    ("absinthe", "absinthe"),
    ("nerves", "nerves"),
    ("plug_cowboy", "plug"),
    ("bandit", "plug"),
];

fn mix(repo: &Repo, manifest: &str) -> Option<Found> {
    let text = repo.text(manifest)?;
    let folder = folder_of(manifest);
    let evidence = |needle: &str| Evidence::at(manifest, line_of(&text, needle));
    let pin = |(value, line)| Fact { value, evidence: vec![Evidence::at(manifest, line)] };
    let pins: Vec<pins::Pin> = requirement(&text).map(pin).into_iter().collect();
    let version = pins::choose(repo, folder, &pins::ELIXIR, pins.clone());
    let language = Fact::new("elixir", Evidence::file(manifest));
    let mut found = Found::of_catalog(folder, Role::Library, language, "elixir", version);
    found.notes.extend(pins::conflict(&found.app, &pins::ELIXIR, &pins));
    found = found.managed_by("mix", None, Evidence::file(manifest));
    if join(folder, "test").is_some_and(|test| repo.has_folder(&test)) {
        found = found.tested_by("mix test", Evidence::file(manifest));
    }
    found = fetched(found, &text, manifest);
    let is_umbrella = text.contains("apps_path:");
    let inner = repo.named("mix.exs").take(40).filter(|path| is_umbrella && places::is_within(path, folder));
    let texts: Vec<_> = std::iter::once(text.clone()).chain(inner.filter_map(|path| repo.text(path))).collect();
    let uses = |name: &str| {
        [format!("{{:{name},"), format!("{{ :{name},")].iter().any(|sign| texts.iter().any(|text| text.contains(sign)))
    };
    for (dependency, name) in FRAMEWORKS.iter().filter(|(dependency, _)| uses(dependency)) {
        found = found.framework(name, evidence(dependency));
    }
    let has_settings = ["config/config.exs", "config/dev.exs"]
        .iter()
        .filter_map(|name| join(folder, name))
        .any(|path| repo.has(&path));
    if uses("phoenix") && (has_settings || is_umbrella) {
        found.role = Role::Server;
        let usual = evidence(":phoenix");
        let port = port(repo, folder).or_else(|| Some(ports::usual(4000)));
        return Some(found.run("mix phx.server", usual).port(port));
    }
    if !text.contains("mod: {") {
        return Some(found);
    }
    found.role = Role::Program;
    found = found.run("mix run --no-halt", evidence("mod: {"));
    if uses("plug_cowboy") || uses("bandit") {
        found.role = Role::Server;
        let port = port(repo, folder).or_else(|| ports::around(repo, folder));
        found = found.port(port.or_else(|| Some(ports::usual(4000))));
    }
    Some(found)
}

/// The project's own alias for everything, else the steps one by one.
fn fetched(found: Found, text: &str, manifest: &str) -> Found {
    let at = |needle: &str| Evidence::at(manifest, line_of(text, needle));
    if text.contains("setup: [") {
        return found.step("mix setup", at("setup: ["));
    }
    let found = found.step("mix deps.get", Evidence::file(manifest));
    if text.contains("\"ecto.setup\"") { found.step("mix ecto.setup", at("\"ecto.setup\"")) } else { found }
}

/// Of `elixir: "~> 1.18"`, also where that is an attribute of the module.
fn requirement(text: &str) -> Option<(String, usize)> {
    scan::lines(text).find_map(|(number, line)| {
        let rest = line.trim_start().strip_prefix("elixir:")?.trim_start();
        if let Some(version) = scan::quoted(rest) {
            return Some((version.to_owned(), number));
        }
        let name: String =
            rest.strip_prefix('@')?.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let (number, line) = scan::lines(text).find(|(_, line)| line.trim_start().starts_with(&format!("@{name} ")))?;
        Some((scan::quoted(line)?.to_owned(), number))
    })
}

/// What the settings of development say, then those that are read at the start.
fn port(repo: &Repo, folder: &str) -> Port {
    let names = ["config/dev.exs", "config/runtime.exs", "config/config.exs"];
    let paths: Vec<String> = names.iter().filter_map(|name| join(folder, name)).filter(|path| repo.has(path)).collect();
    let said = |path: &String| {
        let text = repo.text(path)?;
        let mut is_secure = false;
        scan::lines(&text).find_map(|(number, line)| {
            // What is said inside of `https: […]` is for another listener.
            is_secure = line.contains("https: [") || is_secure && !line.trim_start().starts_with(']');
            let line_says =
                line.contains("port:") || line.contains("\"PORT\"") || line.trim_start().starts_with("port =");
            let other = is_secure
                || line.contains("_PORT\"")
                || line.contains("hostname")
                || line.contains("url: [")
                || line.contains("static_url");
            let (port, _) = scan::code_port(line).filter(|_| line_says && !other)?;
            Some(ports::at(port, path, number))
        })
    };
    let found: Vec<Fact<u16>> = paths.iter().filter_map(said).collect();
    // What is read at the start outweighs the rest, where it stands for development as well.
    let runtime = found.iter().find(|fact| fact.evidence[0].path.ends_with("runtime.exs") && is_for_all(repo, fact));
    runtime.or(found.first()).cloned()
}

/// Whether a line of `runtime.exs` stands before the part for production.
fn is_for_all(repo: &Repo, fact: &Fact<u16>) -> bool {
    let evidence = &fact.evidence[0];
    let Some(text) = repo.text(&evidence.path) else { return false };
    let production = text.lines().position(|line| line.contains("== :prod")).map_or(usize::MAX, |index| index + 1);
    evidence.line.is_some_and(|line| line < production)
}

fn gleam(repo: &Repo, manifest: &str) -> Option<Found> {
    let table = repo.toml(manifest)?;
    let folder = folder_of(manifest);
    let own = table.get("gleam").and_then(|it| it.as_str()).map(|it| pins::pin(repo, manifest, it, "gleam ="));
    let version = pins::choose(repo, folder, &pins::GLEAM, own.into_iter().collect());
    let uses = |name: &str| table.get("dependencies").is_some_and(|it| it.get(name).is_some());
    let serves = ["mist", "wisp", "elli"].iter().any(|name| uses(name));
    let role = if serves { Role::Server } else { Role::Program };
    let evidence = Evidence::file(manifest);
    let number = version.as_ref().map(|pin| pin.value.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned());
    let number =
        number.filter(|it| it.split('.').count() == 3 && it.split('.').all(|part| part.parse::<u32>().is_ok()));
    let image =
        Toolchain::tools(format!("ghcr.io/gleam-lang/gleam:v{}-erlang-alpine", number.as_deref().unwrap_or("1.13.0")));
    let mut found = Found::new(folder, role, Fact::new("gleam", evidence.clone()), image);
    found.app.version = version;
    found = found.managed_by("gleam", None, evidence.clone()).step("gleam deps download", evidence.clone());
    found = found.tested_by("gleam test", evidence.clone()).run("gleam run", evidence.clone());
    let name = table.get("name").and_then(|it| it.as_str()).unwrap_or_default();
    let main: Vec<String> = join(folder, &format!("src/{name}.gleam")).into_iter().collect();
    let port = serves
        .then(|| {
            ports::of_code(repo, &main).or_else(|| ports::around(repo, folder)).or_else(|| Some(ports::usual(8000)))
        })
        .flatten();
    Some(found.port(port))
}
