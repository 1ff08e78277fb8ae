use super::*;

fn only(files: &[(&str, &str)]) -> Devcontainer {
    let mut all = read(&Repo::of(files));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn everything_that_maps_is_taken_over() {
    let text = r#"// how we work
{
  "image": "mcr.microsoft.com/devcontainers/python:1-3.12-bookworm",
  "features": {
    "ghcr.io/devcontainers/features/node:1": { "version": "22" },
    "ghcr.io/devcontainers/features/github-cli:1": {},
    "ghcr.io/acme/features/flux:1": {}
  },
  "onCreateCommand": ["pip", "install", "-r", "the file.txt"],
  "postCreateCommand": { "js": "npm ci", "system": "sudo apt-get install -y x" },
  "postStartCommand": "make watch",
  "forwardPorts": [8000, "db:5432", 5432],
  "containerEnv": { "MODE": "dev", "KEY": "${localEnv:KEY}", "LEVEL": "${localEnv:LEVEL:info}!" },
  "remoteEnv": { "MODE": "local", "PATH": "${containerEnv:PATH}:/x" },
}"#;
    let found = only(&[(".devcontainer/devcontainer.json", text)]);
    let toolchains: Vec<_> = found.toolchains.iter().map(|it| (it.value.id, it.value.version.as_deref())).collect();
    assert_eq!(toolchains, [("python", Some("3.12")), ("node", Some("22"))]);
    let steps: Vec<_> = found.setup.iter().map(|step| step.value.run.as_str()).collect();
    assert_eq!(steps, ["pip install -r 'the file.txt'", "npm ci"]);
    assert_eq!(found.ports.iter().map(|port| port.value).collect::<Vec<_>>(), [8000]);
    let env: Vec<_> = found.env.iter().map(|it| format!("{}={}", it.value.key, it.value.value)).collect();
    assert_eq!(env, ["LEVEL=info!", "MODE=local"]);
    let notes: Vec<_> = found.notes.iter().map(|it| format!("{} {}", it.evidence[0].line.unwrap(), it.text)).collect();
    assert_eq!(
        notes,
        [
            "10 `sudo apt-get install -y x` changes the system around the toolchain, which is for a Dockerfile: left out",
            "7 the feature ghcr.io/acme/features/flux:1 has no equivalent and is left out",
            "11 `postStartCommand` runs at every start, for which there is no step: left out",
        ]
    );
}

#[test]
fn places_of_templates_break_nothing() {
    let text = r#"{"image": "mcr.microsoft.com/devcontainers/ruby:1-${templateOption:imageVariant}", "dockerComposeFile": "compose.yml",
        "postCreateCommand": "${templateOption:command}", "features": 5, "forwardPorts": "x", "containerEnv": []}"#;
    let compose = "services: {db: {image: 'postgres:${templateOption:version}'}}";
    let files = [(".devcontainer/devcontainer.json", text), (".devcontainer/compose.yml", compose)];
    let found = only(&files);
    assert_eq!(found.toolchains[0].value, Known { id: "ruby", version: None });
    assert_eq!(found.setup, []);
    let choice = found.compose.unwrap();
    assert_eq!(choice.files, [".devcontainer/compose.yml"]);
    let services = crate::detect::compose::findings(&Repo::of(&files), &[choice]).findings;
    assert!(services.notes.iter().any(|note| note.text.contains("templateOption")));
}

#[test]
fn only_those_that_editors_would_find_are_read() {
    let files = [
        (".devcontainer.json", "{}"),
        (".devcontainer/api/devcontainer.json", "{}"),
        (".devcontainer/a/b/devcontainer.json", "{}"),
        ("web/.devcontainer/devcontainer.json", "{ nope"),
        ("node_modules/x/.devcontainer/devcontainer.json", "{}"),
        ("devcontainer.json", "{}"),
    ];
    let paths: Vec<String> = read(&Repo::of(&files)).into_iter().map(|it| it.path).collect();
    assert_eq!(paths, [".devcontainer.json", ".devcontainer/api/devcontainer.json"]);
}

#[test]
fn a_version_of_a_dockerfile_counts() {
    let text = r#"{"build": {"dockerfile": "Dockerfile", "args": {"VARIANT": "1.24"}}}"#;
    let found = only(&[
        ("api/.devcontainer/devcontainer.json", text),
        ("api/.devcontainer/Dockerfile", "ARG VARIANT\nFROM golang:${VARIANT}\n"),
    ]);
    assert_eq!(found.folder, "api");
    assert_eq!(found.toolchains[0].value.id, "go");
    assert_eq!(found.toolchains[0].evidence[0].to_string(), "api/.devcontainer/Dockerfile:2");
}

#[test]
fn however_many_variables_a_value_refers_to_it_is_filled() {
    let many = "${localEnv:USER:x}-".repeat(100_000);
    assert_eq!(filled(&many), Some("x-".repeat(100_000)));
    assert_eq!(filled("a ${localEnv:A:b:c} d").as_deref(), Some("a b:c d"));
    assert_eq!(filled("${localEnv:HOME}"), None);
    assert_eq!(filled("${localEnv:A:${localEnv:B}}"), None);
    assert_eq!(filled("${containerWorkspaceFolder}/x"), None);
}

#[test]
fn a_place_that_starts_a_server_is_an_app_where_there_is_nothing_else() {
    let started = |text: &str| {
        let findings = crate::detect::detect(&Repo::of(&[(".devcontainer/devcontainer.json", text), ("page.php", "")]));
        let app = findings.apps.first().unwrap();
        let version = app.version.as_ref().map(|version| version.value.clone());
        let run = app.run.as_ref().map(|run| run.value.clone()).unwrap_or_default();
        (app.language.value.clone(), version, run, app.expected_at(), findings.notes.len())
    };
    let php = r#"{"image": "mcr.microsoft.com/devcontainers/php:8.3", "forwardPorts": [8080],
        "postStartCommand": "nohup php -S 0.0.0.0:8080 &"}"#;
    assert_eq!(started(php), ("php".into(), Some("8.3".into()), "php -S 0.0.0.0:8080".into(), Some(8080), 0));
    let python = r#"{"image": "mcr.microsoft.com/devcontainers/base:ubuntu", "forwardPorts": [5000],
        "features": {"ghcr.io/devcontainers/features/python:1": {"version": "3.12"}},
        "postAttachCommand": {"hooks": "git config x y", "server": "python -m http.server 5000"}}"#;
    assert_eq!(started(python).2, "python -m http.server 5000");
    assert_eq!(started(&php.replace("nohup php -S 0.0.0.0:8080 &", "echo start")).2, "");
}

#[test]
fn a_worker_beside_the_app_has_its_version() {
    let files = [
        (".devcontainer/devcontainer.json", r#"{"image": "python:3.13"}"#),
        ("requirements.txt", "flask\n"),
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("worker.py", ""),
        ("Procfile", "web: gunicorn app:app\nworker: python worker.py\n"),
    ];
    let findings = crate::detect::detect(&Repo::of(&files));
    let told: Vec<_> = findings.apps.iter().map(|app| (app.name.as_str(), &app.toolchain)).collect();
    let python = crate::detect::Toolchain::of_catalog("python", Some("3.13".to_owned()));
    assert_eq!(told, [("app", &python), ("worker", &python)]);
}
