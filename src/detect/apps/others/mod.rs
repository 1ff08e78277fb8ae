//! Languages that are taken as a plain toolchain: one row each of how they are built and started.

mod table;

use self::table::{LANGUAGES, Plain};
use super::ports;
use super::{Family, Found, Role, pins, places, scan};
use crate::detect::{Evidence, Fact, Toolchain};
use crate::repo::{Repo, folder_of, join};

/// Where a language's programs begin, for those that have to be told.
const MAINS: &[&str] = &[
    "src/main.cr",
    "src/app.cr",
    "app.pl",
    "script/app",
    "bin/app.pl",
    "app.R",
    "main.R",
    "run.R",
    "src/main.jl",
    "main.jl",
    "app.jl",
    "main.lua",
    "src/main.lua",
    "app.lua",
];

pub(super) fn look(repo: &Repo) -> Family {
    let mut found: Vec<Found> = Vec::new();
    for plain in LANGUAGES {
        let paths: Vec<&str> = match plain.manifest.strip_prefix('*') {
            Some(end) => places::manifests(repo.paths().filter(|path| path.ends_with(end))),
            None => places::manifests(repo.named(plain.manifest)),
        };
        for path in paths {
            let folder = folder_of(path);
            let is_inner = found
                .iter()
                .any(|it| it.app.language.value == plain.language && places::is_within(folder, &it.app.path));
            if !is_inner {
                found.push(project(repo, plain, path));
            }
        }
    }
    if found.is_empty() {
        found.extend(make(repo));
        found.extend(shell(repo));
    }
    Family { found, workspaces: Vec::new() }
}

fn project(repo: &Repo, plain: &Plain, path: &str) -> Found {
    let folder = folder_of(path);
    let evidence = Evidence::file(path);
    let text = repo.text(path).unwrap_or_default();
    let own = own_pins(repo, plain, path, &text);
    // A snapshot of packages names its compiler by a name of its own: `lts-22.0`.
    let snapshot = own.first().filter(|pin| pin.value.starts_with(|c: char| c.is_ascii_alphabetic())).cloned();
    let pin = plain.tool.and_then(|tool| pins::choose(repo, folder, tool, own)).or(snapshot);
    let language = Fact::new(language_of(repo, plain, folder), evidence.clone());
    let mut found = Found::new(folder, Role::Program, language, image(plain, pin.as_ref()));
    found.app.version = pin;
    found = found.managed_by(plain.manager, None, evidence.clone());
    for step in plain.install {
        found = found.step(*step, evidence.clone());
    }
    // Some only know tests where the build says so.
    let has_tests = match plain.manager {
        "zig" => text.contains("\"test\""),
        "cmake" => text.contains("enable_testing") || text.contains("add_test"),
        _ => !plain.test.is_empty(),
    };
    if has_tests {
        found = found.tested_by(plain.test, evidence.clone());
    }
    let main = main_of(repo, plain, folder, &text);
    let more = beside(repo, plain, path);
    let named = plain.frameworks.iter().find(|(sign, _, _)| text.contains(sign) || more.contains(sign));
    if let Some((_, name, usual)) = named {
        found = found.framework(name, evidence.clone());
        if *usual > 0 {
            let names = main.iter().map(String::as_str).chain(ENTRIES.iter().copied());
            let files: Vec<String> = names.filter_map(|name| join(folder, name)).collect();
            let said = ports::of_code(repo, &files).or_else(|| ports::around(repo, folder));
            found.role = Role::Server;
            found = found.port(said.or_else(|| Some(ports::usual(*usual))));
        }
    }
    // A page of Flutter needs more than a toolchain.
    let run = command(plain, &text, main.as_deref()).filter(|_| named.is_none_or(|(_, name, _)| *name != "flutter"));
    match run {
        Some(run) => found.run(run, evidence),
        None => found,
    }
}

/// Files in which servers of these languages usually begin.
const ENTRIES: &[&str] = &[
    "app/Main.hs",
    "src/Main.hs",
    "Main.hs",
    "Sources/App/main.swift",
    "Sources/App/configure.swift",
    "bin/server.dart",
];

/// The toolchain in the version that is pinned.
fn image(plain: &Plain, pin: Option<&pins::Pin>) -> Toolchain {
    let is_plain = |text: &&str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let exact = pin.map(|pin| pin.value.as_str()).filter(|version| super::versions::is_exact(version)).filter(is_plain);
    Toolchain::Tools {
        image: plain.image.replace("{version}", exact.unwrap_or(plain.version)),
        with: Vec::new(),
        packages: plain.packages.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// The texts of files that say more of the dependencies than the manifest.
fn beside(repo: &Repo, plain: &Plain, path: &str) -> String {
    let folder = folder_of(path);
    let named = ["package.yaml", "DESCRIPTION"].iter().filter_map(|name| join(folder, name));
    let is_cabal = |it: &&str| it.ends_with(".cabal") && plain.language == "haskell";
    let cabal = repo.in_folder(folder).find(is_cabal).map(str::to_owned);
    let texts = named.chain(cabal).filter(|it| repo.has(it)).filter_map(|it| repo.text(&it));
    texts.map(|text| text.to_string()).collect()
}

fn command(plain: &Plain, text: &str, main: Option<&str>) -> Option<String> {
    if plain.run.contains("{main}") {
        return Some(plain.run.replace("{main}", main?));
    }
    // CMake builds into a folder of its own, and the program lies there by its name.
    let program =
        scan::after(text, "add_executable(").and_then(|rest| rest.split([' ', ')']).find(|it| !it.is_empty()));
    let project = scan::after(text, "project(").and_then(|rest| rest.split([' ', ')']).find(|it| !it.is_empty()));
    let name = program.map(|name| if name.contains("PROJECT_NAME") { project.unwrap_or_default() } else { name });
    let name =
        name.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)));
    Some(plain.run.replace("{program}", &name.map(|name| format!(" && ./build/{name}")).unwrap_or_default()))
}

fn language_of(repo: &Repo, plain: &Plain, folder: &str) -> &'static str {
    let has = |end: &str| repo.below(folder).take(5000).any(|path| path.ends_with(end));
    match plain.language {
        "cpp" if has(".c") && !has(".cpp") && !has(".cc") && !has(".cxx") => "c",
        language => language,
    }
}

fn main_of(repo: &Repo, plain: &Plain, folder: &str, text: &str) -> Option<String> {
    let end = match plain.language {
        "crystal" => ".cr",
        "perl" => ".pl",
        "r" => ".R",
        "julia" => ".jl",
        "lua" => ".lua",
        _ => return None,
    };
    let target = text.lines().find_map(|line| line.trim().strip_prefix("main:")).map(|it| it.trim().to_owned());
    if let Some(target) = target
        .filter(|name| name.ends_with(end) && name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)))
    {
        return Some(target);
    }
    let name =
        text.lines().find_map(|line| line.strip_prefix("name:")).map(|it| it.trim().trim_matches('"').to_owned());
    let own = name
        .map(|name| format!("src/{name}{end}"))
        .filter(|name| join(folder, name).is_some_and(|path| repo.has(&path)));
    own.or_else(|| {
        MAINS
            .iter()
            .find(|name| name.ends_with(end) && join(folder, name).is_some_and(|path| repo.has(&path)))
            .map(|it| (*it).to_owned())
    })
}

/// What the manifest itself says of the version.
fn own_pins(repo: &Repo, plain: &Plain, path: &str, text: &str) -> Vec<pins::Pin> {
    let sign = match plain.language {
        "crystal" => "crystal:",
        "haskell" => "resolver:",
        "swift" => "swift-tools-version:",
        "dart" => "sdk:",
        "zig" => "minimum_zig_version",
        _ => return Vec::new(),
    };
    let zon = join(folder_of(path), "build.zig.zon").filter(|it| plain.language == "zig" && repo.has(it));
    let (path, text) = match &zon {
        Some(zon) => (zon.as_str(), repo.text(zon).unwrap_or_default()),
        None => (path, std::rc::Rc::from(text)),
    };
    let other = if plain.language == "haskell" { "snapshot:" } else { sign };
    let said = scan::lines(&text).find_map(|(_, line)| [sign, other].iter().find_map(|sign| scan::after(line, sign)));
    let said = said.or_else(|| if plain.language == "swift" { scan::after(&text, sign) } else { None });
    let value = said.map(|rest| rest.trim().trim_matches(|c: char| "=\"', ".contains(c)).to_owned());
    let value = match value {
        Some(value) if !value.is_empty() => Some(value),
        _ => snapshot(&text),
    };
    let value = value.filter(|it| !it.is_empty() && it.len() < 40);
    value.map(|value| pins::pin(repo, path, value, sign)).into_iter().collect()
}

/// `…/lts/19/6.yaml` is what others write `lts-19.6`.
fn snapshot(text: &str) -> Option<String> {
    let rest = scan::after(text, "/lts/")?;
    let (major, rest) = rest.split_once('/')?;
    Some(format!("lts-{major}.{}", rest.split('.').next()?))
}

/// C with nothing but a `Makefile`.
fn make(repo: &Repo) -> Option<Found> {
    let path = repo.has("Makefile").then_some("Makefile")?;
    let has = |end: &str| repo.paths().take(20_000).any(|path| path.ends_with(end));
    let language = match () {
        () if has(".cpp") || has(".cc") => "cpp",
        () if has(".c") => "c",
        () => return None,
    };
    let evidence = Evidence::file(path);
    let found = Found::new(
        "",
        Role::Program,
        Fact::new(language, evidence.clone()),
        Toolchain::tools("docker.io/library/gcc:latest"),
    );
    Some(found.managed_by("make", None, evidence.clone()).step("make", evidence))
}

/// A program for the shell by one of the usual names.
fn shell(repo: &Repo) -> Option<Found> {
    let names = ["start.sh", "run.sh", "dev.sh", "main.sh", "serve.sh", "entrypoint.sh", "app.sh"];
    let others = ["index.html", "index.php", "Dockerfile", "compose.yaml", "docker-compose.yml"];
    let path = names.iter().find(|name| repo.has(name)).filter(|_| !others.iter().any(|name| repo.has(name)))?;
    let text = repo.text(path)?;
    let first = text.lines().next().unwrap_or_default();
    let shell = if first.contains("bash") { "bash" } else { "sh" };
    let evidence = Evidence::file(*path);
    let found = Found::new(
        "",
        Role::Program,
        Fact::new("shell", evidence.clone()),
        Toolchain::tools("docker.io/library/debian:stable"),
    );
    Some(found.run(format!("{shell} {path}"), evidence))
}
