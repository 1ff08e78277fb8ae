//! Deno, plain toolchains, and what a repo without a program says.

use expect_test::expect;

use super::all;

#[test]
fn deno() {
    expect![[r#"
        app in .: typescript, deno, deno, fresh
          > deno task start :8000

        app in .: typescript, deno, deno, 
          > deno run -A main.ts :8123

        app in .: typescript, deno, deno, 
          > deno run -A src/index.ts :8124

    "#]]
    .assert_eq(&all(&[
        &[
            ("deno.json", r#"{"tasks":{"start":"deno run -A --watch=static/ dev.ts"},"imports":{"$fresh/":"x"}}"#),
            ("dev.ts", ""),
        ],
        &[("deno.json", "{}"), ("main.ts", "Deno.serve({ port: 8123 }, x)")],
        &[(
            "src/index.ts",
            "import { serve } from \"https://deno.land/std/http/server.ts\";\nserve(x, { port: 8124 })",
        )],
    ]));
}

#[test]
fn plain_toolchains() {
    expect![[r#"
        app in .: crystal, docker.io/crystallang/crystal:latest, shards, kemal
            shards install
          > crystal run src/shop.cr :3000

        app in .: haskell, docker.io/library/haskell:9, stack, scotty
            stack build
          > stack run :3000

        app in .: haskell, docker.io/library/haskell:9, cabal, 
            cabal update
            cabal build
          > cabal run

        app in .: swift, docker.io/library/swift:5.9, swiftpm, vapor
            swift build
          > swift run :8080

        app in .: dart, docker.io/library/dart:stable, pub, shelf
            dart pub get
          > dart run :8181

        app in .: zig, docker.io/euantorano/zig:latest, zig, 
            zig build
          > zig build run

        app in .: cpp, docker.io/library/gcc:latest + cmake, cmake, 
            cmake -B build
          > cmake --build build && ./build/tool

        app in .: shell, docker.io/library/debian:stable, -, 
          > bash start.sh

        app in .: perl, docker.io/library/perl:latest, cpan, mojolicious
            cpanm --local-lib local --installdeps .
          > perl -Ilocal/lib/perl5 app.pl :3000

        app in .: nim, docker.io/nimlang/nim:latest, nimble, jester
            nimble install -d -y
          > nimble run :5000

        app in .: c, docker.io/library/gcc:latest, make, 
            make
          > make run

    "#]].assert_eq(&all(&[
        &[("shard.yml", "name: shop\ntargets:\n  shop:\n    main: src/shop.cr\ndependencies:\n  kemal:\n    github: kemalcr/kemal\n"), ("src/shop.cr", "Kemal.run")],
        &[("stack.yaml", "# about\nresolver: lts-22.0\n"), ("package.yaml", "dependencies:\n- scotty\n"), ("app/Main.hs", "main = scotty 3100 $ do")],
        &[("x.cabal", "build-depends: base")],
        &[("Package.swift", "// swift-tools-version:5.9\nurl: \"https://github.com/vapor/vapor.git\"")],
        &[("pubspec.yaml", "name: x\nenvironment:\n  sdk: ^3.0.0\ndependencies:\n  shelf: ^1\n"), ("bin/server.dart", "int.parse(env['PORT'] ?? '8181')")],
        &[("build.zig", "")],
        &[("CMakeLists.txt", "project(tool)\nadd_executable(tool main.cc)\n"), ("main.cc", "")],
        &[("start.sh", "#!/bin/bash\necho")],
        &[("cpanfile", "requires 'Mojolicious';"), ("app.pl", "")],
        &[("x.nimble", "requires \"jester\"")],
        &[("Makefile", "all:\n\tcc main.c\nrun: all\n\t./a.out\n"), ("main.c", "")],
    ]));
}

#[test]
fn what_only_prepares_a_place_to_work() {
    expect![[r#"
        app in .: go, go, -, 
          > ? :8080

        app in .: ruby, ruby, -, 
          > ?

        app in .: python, Dockerfile, -, 
          > ? :8000

    "#]]
    .assert_eq(&all(&[
        &[(
            ".devcontainer/devcontainer.json",
            r#"{"image":"mcr.microsoft.com/devcontainers/go:1-1.22","forwardPorts":[8080,5432]}"#,
        )],
        &[
            (
                ".devcontainer/Dockerfile",
                "FROM mcr.microsoft.com/devcontainers/ruby:1-${templateOption:imageVariant}\n",
            ),
            (".devcontainer/devcontainer.json", "{ // said\n \"dockerComposeFile\": \"docker-compose.yml\" }"),
        ],
        &[("Dockerfile", "FROM python:3.12\nEXPOSE 8000\nCMD python x.py")],
    ]));
}

#[test]
fn names_for_commands_and_what_the_readme_says() {
    expect![[r#"
        x in .: python, python, pip, 
            pip install -e .
          > make dev

        x in .: python, python, pip, 
            pip install -e .
          > python -m x.web

        x in .: python, python, pip, 
            pip install -e .
          > python -m x.web

        x in .: python, python, pip, 
            pip install -e .
          > python -m x.web

        x in .: python, python, pip, 
            pip install -e .
          > python -m x.web

    "#]]
    .assert_eq(&all(&[
        &[("pyproject.toml", "[project]\nname = \"x\"\n"), ("Makefile", "dev:\n\tpython -m x.web\n")],
        &[
            ("pyproject.toml", "[project]\nname = \"x\"\n"),
            ("justfile", "port := \"1\"\n\ndev:\n    python -m x.web\n"),
        ],
        &[
            ("pyproject.toml", "[project]\nname = \"x\"\n"),
            ("Taskfile.yml", "tasks:\n  dev:\n    cmds:\n      - python -m x.web\n"),
        ],
        &[("pyproject.toml", "[project]\nname = \"x\"\n"), ("mise.toml", "[tasks.dev]\nrun = \"python -m x.web\"\n")],
        &[
            ("pyproject.toml", "[project]\nname = \"x\"\n"),
            ("README.md", "Use it:\n\n```sh\npip install -e .\n$ python -m x.web\n```\n"),
        ],
    ]));
}
