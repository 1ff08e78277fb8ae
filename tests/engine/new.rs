//! `devenv new`: a service that was made answers after one command more, and passes its own tests.
//!
//! Where the test bed has the toolchain and its packages can be fetched, all of it happens inside. Rust runs with the toolchain
//! of this computer. `go-http` and `java-spring` are made and checked by `tests/cli/new.rs` alone: what they are built from
//! (Go's modules, Maven's packages) cannot be fetched where these tests run.

use std::process::{Command, Stdio};

use crate::bed::Checkout;
use crate::support::{Folder, Running};

/// Makes a service, brings it up, asks it, and runs its tests.
fn lives(template: &str, app: &str, says: &str, tests: &str) -> Checkout {
    let checkout = Checkout::empty();
    let made = checkout.run(&["new", template, "shop", "--path", "."]).expect_success();
    assert_eq!(made.stdout, "devenv up\n");
    checkout.up();
    assert_eq!(checkout.get(app, "/healthz").trim(), says);
    let ran = checkout.run(&["run", "test"]).expect_success();
    assert!(ran.all().contains(tests), "{}", ran.all());
    let again = checkout.run(&["up", "--json"]).expect_success();
    assert_eq!(again.events("plan")[0]["steps"], 0, "nothing is left to do: {}", again.stdout);
    checkout
}

#[test]
fn the_demo_lives() {
    let checkout = lives("demo", "web", "ok", "Ran 2 tests");
    assert!(checkout.get("web", "/").contains("<b>Hello</b>"));
}

#[test]
fn a_service_in_python_lives() {
    let checkout = lives("python-fastapi", "api", r#"{"status":"ok"}"#, "3 passed");
    assert_eq!(checkout.get("api", "/notes"), "[]", "its tests leave nothing behind");
    assert_eq!(checkout.sql("SELECT count(*) FROM notes"), "0");
}

#[test]
fn a_service_in_typescript_lives() {
    let checkout = lives("node-express", "api", r#"{"status":"ok"}"#, "pass 3");
    assert_eq!(checkout.get("api", "/notes"), "[]", "its tests leave nothing behind");
    checkout.run(&["exec", "api", "--", "npm", "run", "build"]).expect_success();
}

#[test]
fn a_static_page_lives() {
    let checkout = lives("static-vite", "web", "ok", "pass 1");
    assert!(checkout.get("web", "/").contains("<h1>Shop</h1>"));
    checkout.run(&["run", "build"]).expect_success();
    assert_eq!(checkout.read("dist/healthz"), "ok\n");
}

/// With the toolchain of this computer, by a person's own `dev.local.yaml`: the test bed has none.
#[test]
fn a_service_in_rust_lives() {
    let mut checkout = Checkout::empty();
    let home = std::env::var("HOME").unwrap();
    for (variable, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let value = std::env::var(variable).unwrap_or_else(|_| format!("{home}/{folder}"));
        checkout.set(variable, &value);
    }
    // Its packages are built once for all runs of this test.
    let built = concat!(env!("CARGO_TARGET_TMPDIR"), "/rust-axum");
    checkout.set("CARGO_TARGET_DIR", built);
    // Whoever runs these tests has the toolchain; the developer of the others may not look into their home.
    let run = |arguments: &[&str]| Running::start(Folder::command(&checkout, arguments)).wait();
    run(&["new", "rust-axum", "shop", "--path", "."]).expect_success();
    checkout.write("dev.local.yaml", "apps: { api: { runtime: host } }\n");
    // Building everything takes longer than a command of a test may.
    let mut build = checkout.surround(Command::new("cargo"), &["test", "--locked", "--no-run", "--quiet"]);
    assert!(build.stdout(Stdio::null()).status().unwrap().success());
    run(&["up", "--yes"]).expect_success();
    assert_eq!(checkout.get("api", "/healthz"), "ok\n");
    let ran = run(&["run", "test"]).expect_success();
    assert!(ran.all().contains("3 passed"), "{}", ran.all());
    assert_eq!(checkout.get("api", "/notes"), "[]", "its tests leave nothing behind");
    run(&["down"]).expect_success();
}
