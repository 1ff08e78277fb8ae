//! Whatever stands in the files: it ends, it names apps rightly, and nothing of it becomes a command.

use std::fmt::Write;

use super::super::apps;
use crate::repo::Repo;

/// Everything that is read, with something in it that nobody expects.
const FILES: &[&str] = &[
    "package.json",
    "pnpm-workspace.yaml",
    "turbo.json",
    "nx.json",
    "project.json",
    "angular.json",
    "vite.config.ts",
    "pyproject.toml",
    "requirements.txt",
    "Pipfile",
    "manage.py",
    "main.py",
    "app.py",
    "environment.yml",
    "setup.py",
    "Gemfile",
    "Gemfile.lock",
    "config.ru",
    "config/puma.rb",
    "composer.json",
    "artisan",
    "public/index.php",
    "mix.exs",
    "config/dev.exs",
    "config/runtime.exs",
    "gleam.toml",
    "pom.xml",
    "build.gradle",
    "settings.gradle",
    "gradle.properties",
    "build.sbt",
    "project.clj",
    "deps.edn",
    "a.csproj",
    "a.sln",
    "global.json",
    "Properties/launchSettings.json",
    "go.mod",
    "go.work",
    "main.go",
    "Cargo.toml",
    "src/main.rs",
    "deno.json",
    "shard.yml",
    "stack.yaml",
    "Package.swift",
    "pubspec.yaml",
    "build.zig",
    "CMakeLists.txt",
    "hugo.toml",
    "index.html",
    "Dockerfile",
    ".devcontainer/devcontainer.json",
    "Procfile",
    "Procfile.dev",
    "Makefile",
    "justfile",
    "Taskfile.yml",
    "mise.toml",
    ".tool-versions",
    ".nvmrc",
    ".python-version",
    ".ruby-version",
    "rust-toolchain",
    "rust-toolchain.toml",
    ".env.example",
    "README.md",
    ".github/workflows/ci.yml",
    "application.properties",
    "src/main/resources/application.yml",
    "Rocket.toml",
];

fn survive(text: &str) {
    let files: Vec<(&str, &str)> = FILES.iter().map(|path| (*path, text)).collect();
    let found = apps(&Repo::of(&files));
    for app in &found.apps {
        assert!(crate::names::Name::parse(&app.name).is_ok(), "{}", app.name);
    }
}

#[test]
fn nothing_in_a_file_can_break_it() {
    let texts = [
        "",
        "{",
        "null",
        "[]",
        "\"\"",
        "{}",
        "\u{0}",
        "é",
        "port é: 🦀 3000",
        "= = =",
        ": : :",
        "<a>",
        "[workspace]",
        "web:",
        "FROM",
        "FROM :",
        "EXPOSE $",
        "elixir: @",
        "ruby",
        "gem",
        "go ",
        "module ",
        "'",
        "\"",
        "`",
        "-r",
        "-r ../../../../etc/passwd",
        "FLASK_APP=",
        "PORT=99999999999999999999",
        "{\"scripts\":{\"dev\":\"npm run dev\",\"start\":\"npm run a\",\"a\":\"npm run b && npm run b\",\"b\":\"npm run a && npm run a\"}}",
        "{\"scripts\":{\"dev\":3},\"engines\":7,\"workspaces\":\"x\",\"packageManager\":[],\"dependencies\":[]}",
        "{\"workspaces\":[\"../..\",\"[\",\"**\"],\"packageManager\":\"@@@\",\"main\":\"../../x.js\",\"name\":\"\"}",
        "[package]\nname = 3\n[workspace]\nmembers = [\"[\", 3]",
        "[project]\nname = []\ndependencies = 4\nrequires-python = \"\"",
        "tasks: [",
        "tasks: {dev: {cmds: {}}}",
        "a: &a [*a]",
    ];
    for text in texts {
        survive(text);
    }
}

#[test]
fn values_that_a_shell_would_run_are_never_part_of_a_command() {
    let evil = "$(touch /tmp/x)";
    let json = format!(
        r#"{{"name":"{evil}","packageManager":"pnpm@{evil}","main":"{evil}.js","scripts":{{"{evil}":"vite","dev:{evil}":"vite"}}}}"#
    );
    let cargo = format!("[package]\nname = \"{evil}\"\n[[bin]]\nname = \"{evil}\"\n");
    let cmake = format!("add_executable({evil} x)");
    let found = apps(&Repo::of(&[
        ("a/package.json", &json),
        ("a/index.js", ""),
        ("b/Cargo.toml", &cargo),
        ("b/src/main.rs", ""),
        ("c/CMakeLists.txt", &cmake),
        (".nvmrc", evil),
        ("d/go.mod", evil),
        ("d/main.go", "package main\nfunc main() {}"),
    ]));
    for app in &found.apps {
        let setup = app.setup.iter().map(|fact| fact.value.run.as_str());
        for command in setup.chain(app.run.iter().map(|fact| fact.value.as_str())) {
            assert!(!command.contains("touch"), "{command}");
        }
    }
}

#[test]
fn many_files_and_long_scripts_end() {
    let mut scripts = String::new();
    for number in 0..60 {
        let _ = write!(scripts, "\"dev:{number}\":\"npm-run-all -p dev:*\",");
    }
    let json = format!("{{\"scripts\":{{{scripts}\"dev\":\"run-p dev:*\"}}}}");
    let mut files: Vec<(String, String)> = vec![("package.json".to_owned(), json)];
    files.extend(
        (0..3000)
            .map(|number| (format!("packages/p{number}/package.json"), "{\"scripts\":{\"dev\":\"vite\"}}".to_owned())),
    );
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(!apps(&Repo::of(&files)).apps.is_empty());
}
