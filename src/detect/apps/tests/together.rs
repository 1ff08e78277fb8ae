//! Several projects in one repo: which are apps, in which order, under which names.

use expect_test::expect;

use super::super::apps;
use super::all;
use crate::repo::Repo;

const VITE: &str = r#"{"scripts":{"dev":"vite"},"devDependencies":{"vite":"5"}}"#;

#[test]
fn servers_come_before_pages_and_examples_are_left_out() {
    expect![[r#"
        several
        backend in backend: go, go@1.22, go, 
            go mod download
          > go run . :8080
        frontend in frontend: javascript, node, npm, vite
            npm install
          > npm run dev :5173

        lib in .: javascript, node, npm, 
            npm install
          > npm run dev

        several
        x in .: go, go@1.22, go, 
            go mod download
          > go run . :8080
        web in web: javascript, node, npm, vite
            npm install
          > npm run dev :5173

        app in .: python, python, pip, django
            pip install -r requirements.txt
            python manage.py migrate
          > python manage.py runserver :8000

        app in .: python, python, pip, django
            pip install -r requirements.txt
            python manage.py migrate
          > python manage.py runserver :8000 after assets
        assets in .: javascript, node, npm, 
            npm install
          > npm run build (once)

        several
        api in api: javascript, node@20, npm, express
            npm install
          > npm run dev :3456
        worker in worker: python, python@3.11, pip, 
            pip install -r requirements.txt
          > python main.py

    "#]]
    .assert_eq(&all(&[
        &[
            ("frontend/package.json", VITE),
            ("backend/go.mod", "module x\ngo 1.22\n"),
            ("backend/main.go", "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }"),
        ],
        &[
            ("package.json", r#"{"name":"lib","exports":{},"scripts":{"build":"tsc","dev":"tsc --watch"}}"#),
            ("examples/next/package.json", r#"{"scripts":{"dev":"next dev"},"dependencies":{"next":"15"}}"#),
        ],
        &[
            ("go.mod", "module x\ngo 1.22\n"),
            ("main.go", "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }"),
            ("web/package.json", VITE),
            ("e2e/package.json", r#"{"scripts":{"dev":"playwright test"}}"#),
            ("tools/gen/go.mod", "module gen\n"),
        ],
        &[
            ("manage.py", "django"),
            ("requirements.txt", "django\n"),
            ("package.json", r#"{"scripts":{"lint":"eslint"},"devDependencies":{"eslint":"9"}}"#),
        ],
        &[
            ("manage.py", "django"),
            ("requirements.txt", "django\n"),
            ("package.json", r#"{"scripts":{"build":"webpack"},"devDependencies":{"webpack":"5"}}"#),
        ],
        &[
            ("api/package.json", r#"{"scripts":{"dev":"node x.js"},"dependencies":{"express":"4"}}"#),
            ("api/Dockerfile", "FROM node:20\nEXPOSE 3456"),
            ("worker/main.py", "print(1)"),
            ("worker/requirements.txt", "redis\n"),
            ("worker/Dockerfile", "FROM python:3.11"),
        ],
    ]));
}

#[test]
fn assets_of_a_server_are_built_once_and_have_no_address() {
    let assets = ("package.json", r#"{"scripts":{"dev":"vite","build":"vite build"},"devDependencies":{"vite":"7"}}"#);
    let of = |files: &[(&str, &str)]| {
        let found = apps(&Repo::of(&[&[assets], files].concat()));
        let shown = found.apps.iter().map(|app| {
            let run = app.run.as_ref().map_or("", |run| run.value.as_str());
            format!("{run} {:?} {}", app.port.as_ref().map(|port| port.value), app.once)
        });
        shown.collect::<Vec<_>>()
    };
    let built = "npm run build None true";
    let laravel = [("composer.json", r#"{"require":{"laravel/framework":"^12"}}"#), ("artisan", "")];
    assert_eq!(of(&laravel), ["php artisan serve Some(8000) false", built]);
    let flask = [("requirements.txt", "flask\n"), ("app.py", "from flask import Flask\napp = Flask(__name__)\n")];
    assert_eq!(of(&flask)[1..], [built]);
    let rails = [("Gemfile", "gem 'rails'\n"), ("bin/rails", ""), ("config/application.rb", "")];
    assert_eq!(of(&rails)[1..], [built]);
    // A page of its own, and what answers requests itself.
    assert!(of(&[flask[0], flask[1], ("index.html", "")]).iter().all(|app| app != built));
    assert!(of(&[]).iter().all(|app| app != built));
}

#[test]
fn what_cannot_be_decided_is_asked() {
    let repo = Repo::of(&[
        ("go.mod", "module x.org/shop\ngo 1.22\n"),
        ("cmd/one/main.go", "package main\nfunc main() {}"),
        ("cmd/two/main.go", "package main\nfunc main() {}"),
        ("a_test.go", ""),
    ]);
    let found = apps(&repo);
    assert_eq!(found.unresolved[0].choices, ["go run ./cmd/one", "go run ./cmd/two"]);
    assert_eq!(found.unresolved[0].field, "run");
    assert_eq!(found.tasks[0].run.value, "go test ./...");
    let library = apps(&Repo::of(&[("Cargo.toml", "[package]\nname = \"lib\"\n"), ("src/lib.rs", "")]));
    assert_eq!((library.apps.len(), library.unresolved[0].field.as_str()), (1, "run"));
    assert!(apps(&Repo::of(&[("README.md", "")])).apps.is_empty());
}

#[test]
fn a_conflict_is_said() {
    let found = apps(&Repo::of(&[
        (".nvmrc", "18"),
        ("package.json", r#"{"engines":{"node":">=20"},"main":"index.js"}"#),
        ("index.js", ""),
        ("yarn.lock", ""),
        ("package-lock.json", "{}"),
    ]));
    let notes: Vec<&str> = found.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(
        notes,
        [
            "node is taken in version 18, though package.json:1 asks for >=20",
            "yarn is taken, though there is a package-lock.json as well"
        ]
    );
}

#[test]
fn names_are_made_once() {
    let found = apps(&Repo::of(&[
        ("a/web/package.json", VITE),
        ("b/web/package.json", VITE),
        ("Ünïcode app/package.json", VITE),
    ]));
    let names: Vec<&str> = found.apps.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(names, ["n-code-app", "web", "b-web"]);
}
