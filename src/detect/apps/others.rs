//! Languages that are taken as a plain toolchain: one row each of how they are built and started.

use super::ports;
use super::{Family, Found, Role, pins, places, scan};
use crate::detect::{Evidence, Fact, Toolchain};
use crate::repo::{Repo, folder_of, join, name_of};

/// A language with one usual tool.
struct Plain {
    language: &'static str,
    /// The file that a project is known by; a `*` at its beginning stands for any name.
    manifest: &'static str,
    manager: &'static str,
    /// `{version}` is the one that the repo pins, else `version`.
    image: &'static str,
    version: &'static str,
    install: &'static [&'static str],
    run: &'static str,
    test: &'static str,
    tool: Option<&'static pins::Tool>,
    /// A sign in the manifest, a framework's name, its usual port.
    frameworks: &'static [(&'static str, &'static str, u16)],
}

const NOTHING: Plain = Plain {
    language: "",
    manifest: "",
    manager: "",
    image: "",
    version: "latest",
    install: &[],
    run: "",
    test: "",
    tool: None,
    frameworks: &[],
};

static LANGUAGES: &[Plain] = &[
    Plain {
        language: "crystal",
        manifest: "shard.yml",
        manager: "shards",
        image: "docker.io/crystallang/crystal:{version}",
        install: &["shards install"],
        run: "crystal run {main}",
        test: "crystal spec",
        tool: Some(&pins::CRYSTAL),
        frameworks: &[("kemal", "kemal", 3000), ("lucky", "lucky", 3000), ("amber", "amber", 3000)],
        ..NOTHING
    },
    Plain {
        language: "haskell",
        manifest: "stack.yaml",
        manager: "stack",
        image: "docker.io/library/haskell:{version}",
        version: "9",
        install: &["stack build"],
        run: "stack run",
        test: "stack test",
        tool: Some(&pins::HASKELL),
        frameworks: HASKELL,
    },
    Plain {
        language: "haskell",
        manifest: "cabal.project",
        manager: "cabal",
        image: "docker.io/library/haskell:{version}",
        version: "9",
        install: &["cabal update", "cabal build"],
        run: "cabal run",
        test: "cabal test",
        tool: Some(&pins::HASKELL),
        frameworks: HASKELL,
    },
    Plain {
        language: "haskell",
        manifest: "*.cabal",
        manager: "cabal",
        image: "docker.io/library/haskell:{version}",
        version: "9",
        install: &["cabal update", "cabal build"],
        run: "cabal run",
        test: "cabal test",
        tool: Some(&pins::HASKELL),
        frameworks: HASKELL,
    },
    Plain {
        language: "swift",
        manifest: "Package.swift",
        manager: "swiftpm",
        image: "docker.io/library/swift:{version}",
        install: &["swift build"],
        run: "swift run",
        test: "swift test",
        tool: Some(&pins::SWIFT),
        frameworks: &[("vapor", "vapor", 8080), ("hummingbird", "hummingbird", 8080)],
        ..NOTHING
    },
    Plain {
        language: "dart",
        manifest: "pubspec.yaml",
        manager: "pub",
        image: "docker.io/library/dart:{version}",
        version: "stable",
        install: &["dart pub get"],
        run: "dart run",
        test: "dart test",
        tool: Some(&pins::DART),
        frameworks: &[
            ("shelf", "shelf", 8080),
            ("dart_frog", "dart-frog", 8080),
            ("serverpod", "serverpod", 8080),
            ("flutter", "flutter", 0),
        ],
    },
    Plain {
        language: "zig",
        manifest: "build.zig",
        manager: "zig",
        image: "docker.io/euantorano/zig:{version}",
        install: &["zig build"],
        run: "zig build run",
        test: "zig build test",
        tool: Some(&pins::ZIG),
        ..NOTHING
    },
    Plain {
        language: "cpp",
        manifest: "CMakeLists.txt",
        manager: "cmake",
        image: "docker.io/library/gcc:{version}",
        install: &["cmake -B build"],
        run: "cmake --build build{program}",
        test: "ctest --test-dir build",
        ..NOTHING
    },
    Plain {
        language: "cpp",
        manifest: "meson.build",
        manager: "meson",
        image: "docker.io/library/gcc:{version}",
        install: &["meson setup build"],
        run: "meson compile -C build",
        test: "meson test -C build",
        ..NOTHING
    },
    Plain {
        language: "nim",
        manifest: "*.nimble",
        manager: "nimble",
        image: "docker.io/nimlang/nim:{version}",
        install: &["nimble install -d -y"],
        run: "nimble run",
        test: "nimble test",
        frameworks: &[("jester", "jester", 5000), ("prologue", "prologue", 8080)],
        ..NOTHING
    },
    Plain {
        language: "ocaml",
        manifest: "dune-project",
        manager: "dune",
        image: "docker.io/ocaml/opam:{version}",
        install: &["opam install . --deps-only -y", "dune build"],
        run: "dune exec .",
        test: "dune test",
        frameworks: &[("dream", "dream", 8080)],
        ..NOTHING
    },
    Plain {
        language: "elm",
        manifest: "elm.json",
        manager: "elm",
        image: "docker.io/library/node:{version}",
        version: "24",
        install: &["npm install -g elm"],
        run: "elm reactor",
        test: "",
        frameworks: &[("elm/browser", "elm", 8000)],
        ..NOTHING
    },
    Plain {
        language: "erlang",
        manifest: "rebar.config",
        manager: "rebar3",
        image: "docker.io/library/erlang:{version}",
        install: &["rebar3 get-deps"],
        run: "rebar3 shell",
        test: "rebar3 eunit",
        frameworks: &[("cowboy", "cowboy", 8080)],
        ..NOTHING
    },
    Plain {
        language: "perl",
        manifest: "cpanfile",
        manager: "cpan",
        image: "docker.io/library/perl:{version}",
        install: &["cpanm --installdeps ."],
        run: "perl {main}",
        test: "prove -l",
        frameworks: &[("Mojolicious", "mojolicious", 3000), ("Dancer2", "dancer", 5000), ("Plack", "plack", 5000)],
        ..NOTHING
    },
    Plain {
        language: "r",
        manifest: "renv.lock",
        manager: "renv",
        image: "docker.io/rocker/r-ver:{version}",
        install: &["Rscript -e 'renv::restore()'"],
        run: "Rscript {main}",
        test: "",
        frameworks: &[("shiny", "shiny", 3838), ("plumber", "plumber", 8000)],
        ..NOTHING
    },
    Plain {
        language: "julia",
        manifest: "Project.toml",
        manager: "pkg",
        image: "docker.io/library/julia:{version}",
        install: &["julia --project -e 'using Pkg; Pkg.instantiate()'"],
        run: "julia --project {main}",
        test: "julia --project -e 'using Pkg; Pkg.test()'",
        frameworks: &[("Genie", "genie", 8000)],
        ..NOTHING
    },
    Plain {
        language: "lua",
        manifest: "*.rockspec",
        manager: "luarocks",
        image: "docker.io/nickblah/lua:{version}",
        install: &["luarocks install --deps-only *.rockspec"],
        run: "lua {main}",
        test: "",
        ..NOTHING
    },
];

const HASKELL: &[(&str, &str, u16)] = &[
    ("yesod", "yesod", 3000),
    ("servant", "servant", 8080),
    ("scotty", "scotty", 3000),
    ("warp", "warp", 3000),
    ("ihp", "ihp", 8000),
];

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
    let stem = name_of(path).split('.').next().unwrap_or_default();
    let beside = ["package.yaml".to_owned(), format!("{stem}.cabal"), "DESCRIPTION".to_owned()];
    let cabal = repo.in_folder(folder).find(|it| it.ends_with(".cabal")).map(str::to_owned);
    let more: String = beside
        .iter()
        .filter_map(|name| join(folder, name))
        .chain(cabal.filter(|_| plain.language == "haskell"))
        .filter(|it| repo.has(it))
        .filter_map(|it| repo.text(&it))
        .map(|it| it.to_string())
        .collect();
    let own = own_pins(repo, plain, path, &text);
    // A snapshot of packages names its compiler by a name of its own: `lts-22.0`.
    let snapshot = own.first().filter(|pin| pin.value.starts_with(|c: char| c.is_ascii_alphabetic())).cloned();
    let pin = plain.tool.and_then(|tool| pins::choose(repo, folder, tool, own)).or(snapshot);
    let exact = pin.as_ref().map(|pin| pin.value.clone()).filter(|version| super::versions::is_exact(version));
    let image = plain.image.replace("{version}", exact.as_deref().unwrap_or(plain.version));
    let is_plain = image.chars().all(|c| c.is_ascii_alphanumeric() || "./:_-".contains(c));
    let image = if is_plain { image } else { plain.image.replace("{version}", plain.version) };
    let mut found = Found::new(
        folder,
        Role::Program,
        Fact::new(language_of(repo, plain, folder), evidence.clone()),
        Toolchain::Image(image),
    );
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
    let named = plain.frameworks.iter().find(|(sign, _, _)| text.contains(sign) || more.contains(sign));
    let main = main_of(repo, plain, folder, &text);
    if let Some((_, name, usual)) = named {
        found = found.framework(name, evidence.clone());
        let files = main.iter().filter_map(|name| join(folder, name)).chain(
            [
                "app/Main.hs",
                "src/Main.hs",
                "Main.hs",
                "Sources/App/main.swift",
                "Sources/App/configure.swift",
                "bin/server.dart",
            ]
            .iter()
            .filter_map(|name| join(folder, name)),
        );
        let files: Vec<String> = files.collect();
        if *usual > 0 {
            found.role = Role::Server;
            found = found.port(
                ports::of_code(repo, &files)
                    .or_else(|| ports::around(repo, folder))
                    .or_else(|| Some(ports::usual(*usual, &evidence))),
            );
        }
    }
    let run = command(plain, &text, main.as_deref());
    match run {
        Some(run) if named.is_none_or(|(_, name, _)| *name != "flutter") => found.run(run, evidence),
        _ => found,
    }
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
    let value = value.filter(|it| !it.is_empty() && it.len() < 40);
    value.map(|value| pins::pin(repo, path, value, sign)).into_iter().collect()
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
        Toolchain::Image("docker.io/library/gcc:latest".to_owned()),
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
        Toolchain::Image("docker.io/library/debian:stable".to_owned()),
    );
    Some(found.run(format!("{shell} {path}"), evidence))
}
