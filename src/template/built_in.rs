//! The templates that come with devenv: their files, named one by one so that nothing that was built in their folders gets in.

use super::{File, Template};
use crate::problem::Problem;

/// Files of a template's folder, each with its content.
type Listed = &'static [(&'static str, &'static [u8])];

/// One row a template: its name and its files below `templates/`.
macro_rules! templates {
    ($($name:literal: [$($file:literal)*])*) => {
        /// Their names, as they are listed.
        pub const BUILT_IN: &[&str] = &[$($name),*];

        const FILES: &[(&str, Listed)] = &[$((
            $name,
            &[$((
                $file,
                include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $name, "/", $file)) as &[u8],
            )),*],
        )),*];
    };
}

templates! {
    "go-http": [
        ".dockerignore" ".editorconfig" ".github/workflows/ci.yml" ".gitignore" "Dockerfile" "README.md" "dev.yaml"
        "go.mod" "go.sum" "main.go" "migrate.go" "migrations/0001_notes.sql" "notes.go" "notes_test.go"
        "template.yaml"
    ]
    "java-spring": [
        ".dockerignore" ".editorconfig" ".github/workflows/ci.yml" ".gitignore" "Dockerfile" "README.md" "dev.yaml"
        "mvnw" "pom.xml" "src/main/java/@@package.path@@/Application.java"
        "src/main/java/@@package.path@@/Note.java" "src/main/java/@@package.path@@/NoteController.java"
        "src/main/java/@@package.path@@/Notes.java" "src/main/resources/application.yaml"
        "src/main/resources/db/migration/V1__notes.sql" "src/test/java/@@package.path@@/NotesTest.java"
        "template.yaml"
    ]
    "node-express": [
        ".dockerignore" ".editorconfig" ".github/workflows/ci.yml" ".gitignore" "Dockerfile" "README.md" "dev.yaml"
        "migrations/0001_notes.sql" "package-lock.json" "package.json" "src/app.ts" "src/database.ts"
        "src/notes.ts" "src/server.ts" "template.yaml" "tests/notes.test.ts" "tsconfig.json"
    ]
    "python-fastapi": [
        ".dockerignore" ".editorconfig" ".github/workflows/ci.yml" ".gitignore" "Dockerfile" "README.md"
        "alembic.ini" "app/__init__.py" "app/database.py" "app/main.py" "app/notes.py" "dev.yaml"
        "migrations/env.py" "migrations/script.py.mako" "migrations/versions/20260101_notes.py" "pyproject.toml"
        "requirements-dev.in" "requirements-dev.txt" "requirements.in" "requirements.txt" "template.yaml"
        "tests/conftest.py" "tests/test_notes.py"
    ]
    "rust-axum": [
        ".dockerignore" ".editorconfig" ".github/workflows/ci.yml" ".gitignore" "Cargo.lock" "Cargo.toml"
        "Dockerfile" "README.md" "dev.yaml" "migrations/0001_notes.sql" "rustfmt.toml" "src/lib.rs" "src/main.rs"
        "src/migrate.rs" "src/notes.rs" "template.yaml" "tests/notes.rs"
    ]
    "static-vite": [
        ".dockerignore" ".editorconfig" ".github/workflows/ci.yml" ".gitignore" "Dockerfile" "README.md" "dev.yaml"
        "index.html" "nginx.conf" "package-lock.json" "package.json" "public/healthz" "src/greeting.ts"
        "src/main.ts" "src/style.css" "template.yaml" "tests/greeting.test.ts" "tsconfig.json"
    ]
    "demo": [
        ".editorconfig" ".github/workflows/ci.yml" ".gitignore" "Dockerfile" "README.md" "app.py" "database.py"
        "dev.yaml" "migrate.py" "migrations/001_greetings.sql" "migrations/002_visits.sql" "page.html"
        "requirements.txt" "template.yaml" "test_app.py"
    ]
}

/// One of them; `None` = there is none of this name.
///
/// # Errors
/// It is wrong, which a test keeps from happening.
pub fn built_in(name: &str) -> Result<Option<Template>, Problem> {
    let listed = FILES.iter().find(|(own, _)| *own == name);
    listed.map(|(_, files)| Template::of(files.iter().map(file).collect())).transpose()
}

fn file((path, bytes): &(&str, &[u8])) -> File {
    // What is embedded has no rights; a script says itself that it is one.
    File { path: (*path).to_owned(), bytes: bytes.to_vec(), executable: bytes.starts_with(b"#!") }
}
