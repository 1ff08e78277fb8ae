use super::*;
use crate::detect::detect;
use crate::repo::Repo;

const COMPOSE: &str = "services:\n  web: { build: ., ports: ['5000:5000'], environment: { A: b } }\n";

/// Name, path, run and port of each app.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let findings = detect(&Repo::of(files));
    let line = |app: &App| {
        let run = app.run.as_ref().map_or("-", |run| run.value.as_str());
        let port = app.port.as_ref().map_or(0, |port| port.value);
        format!("{} {run} {port} {}", app.name, app.env.len())
    };
    findings.apps.iter().map(line).collect()
}

#[test]
fn what_a_compose_file_builds_is_no_second_app() {
    let dockerfile = "FROM python:3.13\nEXPOSE 5000\nCMD [\"./serve\"]\n";
    assert_eq!(found(&[("compose.yaml", COMPOSE), ("Dockerfile", dockerfile)]), ["web - 5000 1"]);
}

/// Where each app listens, and where people look for it.
fn ports(files: &[(&str, &str)]) -> Vec<(u16, u16)> {
    let findings = detect(&Repo::of(files));
    let of = |app: &App| (app.port.as_ref().map_or(0, |it| it.value), app.expected_at().unwrap_or(0));
    findings.apps.iter().map(of).collect()
}

#[test]
fn people_find_an_app_where_the_compose_file_publishes_it() {
    let package =
        r#"{"name": "shop", "scripts": {"dev": "node server.js --port 4000"}, "dependencies": {"express": "5"}}"#;
    let of = |published: &str| {
        let compose = format!("services:\n  web: {{ build: ., ports: ['{published}'] }}\n");
        ports(&[("compose.yaml", &compose), ("Dockerfile", "FROM node:24\n"), ("package.json", package)])
    };
    assert_eq!(of("8080:4000"), [(4000, 8080)]);
    assert_eq!(of("127.0.0.1:8081:80"), [(4000, 8081)]);
    // What another way to start it listens on is no wish.
    assert_eq!(of("80:80"), [(4000, 4000)]);
    assert_eq!(of("5000:5000"), [(4000, 4000)]);
    let built = "services:\n  web: { build: ., ports: ['8080:5000'] }\n";
    assert_eq!(ports(&[("compose.yaml", built), ("Dockerfile", "FROM alpine\n")]), [(5000, 8080)]);
}

#[test]
fn two_apps_that_listen_on_one_fixed_port_are_found_at_two() {
    let code = "require('http').createServer().listen(3000)";
    let package = r#"{"scripts": {"start": "node server.js"}}"#;
    let files =
        [("a/package.json", package), ("a/server.js", code), ("b/package.json", package), ("b/server.js", code)];
    assert_eq!(ports(&files), [(3000, 3000), (3000, 3001)]);
}

#[test]
fn an_app_that_both_know_has_its_own_command_and_the_name_of_the_compose_file() {
    let package =
        r#"{"name": "shop", "scripts": {"dev": "node server.js --port 5000"}, "dependencies": {"express": "5"}}"#;
    let files = [("compose.yaml", COMPOSE), ("Dockerfile", "FROM node:24\n"), ("package.json", package)];
    assert_eq!(found(&files), ["web npm run dev 5000 1"]);
}

#[test]
fn programs_of_others_and_of_tests_are_not_the_app() {
    let package =
        r#"{"name": "shop", "scripts": {"dev": "node server.js --port 4000"}, "dependencies": {"express": "5"}}"#;
    let compose = "services:\n  mail: { build: { context: ., dockerfile: mail.Dockerfile }, ports: ['1080:1080'] }\n  \
                   playwright: { build: { context: ., dockerfile: e2e.Dockerfile }, ports: ['9323:9323'] }\n  api: { build: . }\n";
    let findings = detect(&Repo::of(&[
        ("compose.yaml", compose),
        ("package.json", package),
        ("Dockerfile", "FROM node:24\nCOPY . .\nRUN npm ci\n"),
        ("mail.Dockerfile", "FROM node:24\nRUN npm install -g mail\nCMD [\"mail\"]\n"),
        ("e2e.Dockerfile", "FROM node:24\nCOPY . .\n"),
    ]));
    let told: Vec<String> = findings
        .apps
        .iter()
        .map(|app| format!("{} {}", app.name, app.run.as_ref().map_or("built", |run| run.value.as_str())))
        .collect();
    assert_eq!(told, ["api npm run dev", "mail built", "playwright built"]);
}

#[test]
fn one_worker_in_two_files_is_one_and_other_tools_of_a_folder_stay() {
    let compose = "services:\n  web: { build: ., command: python manage.py runserver, ports: ['8000:8000'] }\n  \
                   celery: { build: ., command: celery -A shop worker -l debug }\n  \
                   pages: { image: 'node:24', working_dir: /app, volumes: ['.:/app'], command: npm run watch }\n";
    let findings = detect(&Repo::of(&[
        ("compose.yaml", compose),
        ("Dockerfile", "FROM python:3.13\nCOPY . .\n"),
        ("manage.py", "django"),
        ("requirements.txt", "django\ncelery\n"),
        ("Procfile", "web: gunicorn shop\nworker: REMAP=1 celery -A shop worker -l info\n"),
    ]));
    let told: Vec<String> = findings
        .apps
        .iter()
        .map(|app| match &app.toolchain {
            Toolchain::Catalog { id, .. } => format!("{} {id}", app.name),
            other => format!("{} {other:?}", app.name),
        })
        .collect();
    assert_eq!(told, ["web python", "celery python", "pages node"]);
}

#[test]
fn what_is_true_of_several_apps_is_told_once() {
    let code = "require('http').createServer().listen(3000)";
    let package = r#"{"scripts": {"start": "node server.js"}}"#;
    let compose = "services:\n  a: { build: a }\n  b: { build: b }\n  c: { build: c }\n";
    let mut files = vec![("compose.yaml", compose)];
    for (one, two, three) in [
        ("a/package.json", "a/server.js", "a/Dockerfile"),
        ("b/package.json", "b/server.js", "b/Dockerfile"),
        ("c/package.json", "c/server.js", "c/Dockerfile"),
    ] {
        files.extend([(one, package), (two, code), (three, "FROM node:24\nCOPY . .\n")]);
    }
    let notes: Vec<String> = detect(&Repo::of(&files)).notes.into_iter().map(|note| note.text).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("`a`, `b` and `c` run in their own toolchains"), "{notes:?}");
    assert_eq!(notes[1], "several apps would be at port 3000 as another one is: `b` at 3001 and `c` at 3002");
}
