//! The languages with one usual tool, as a table.

use super::super::pins;

/// A language with one usual tool.
pub(super) struct Plain {
    pub language: &'static str,
    /// The file that a project is known by; a `*` at its beginning stands for any name.
    pub manifest: &'static str,
    pub manager: &'static str,
    /// `{version}` is the one that the repo pins, else `version`.
    pub image: &'static str,
    pub version: &'static str,
    /// Of the system, where the image lacks them.
    pub packages: &'static [&'static str],
    pub install: &'static [&'static str],
    pub run: &'static str,
    pub test: &'static str,
    pub tool: Option<&'static pins::Tool>,
    /// A sign in the manifest, a framework's name, its usual port.
    pub frameworks: &'static [(&'static str, &'static str, u16)],
}

const NOTHING: Plain = Plain {
    language: "",
    manifest: "",
    manager: "",
    image: "",
    version: "latest",
    packages: &[],
    install: &[],
    run: "",
    test: "",
    tool: None,
    frameworks: &[],
};

pub(super) static LANGUAGES: &[Plain] = &[
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
        ..NOTHING
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
        ..NOTHING
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
        ..NOTHING
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
        ..NOTHING
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
        packages: &["cmake"],
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
        packages: &["meson"],
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
        install: &["cpanm --local-lib local --installdeps ."],
        run: "perl -Ilocal/lib/perl5 {main}",
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
