//! `devenv new`: a service that was made answers after one command more, and passes its own tests.
//!
//! Where the test bed has the toolchain and its packages can be fetched, all of it happens inside. `java-spring` is made and checked
//! by `tests/cli/new.rs` alone, and `go-http` read beside: what they are built from (Maven's packages, Go's modules) cannot be
//! fetched where these tests run.

use crate::bed::{Checkout, docker};

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

#[test]
#[ignore = "its toolchain is in the second tier of the test bed: tests/bed/up.sh --all"]
fn a_service_in_rust_lives() {
    let checkout = lives("rust-axum", "api", "ok", "3 passed");
    assert_eq!(checkout.get("api", "/notes"), "[]", "its tests leave nothing behind");
}

/// Its packages cannot be fetched here, so that it is read and not built: what is no Go is told with an error, what is formatted
/// otherwise by its name.
#[test]
fn a_service_in_go_is_written_as_go_wants_it() {
    let checkout = Checkout::empty();
    checkout.run(&["new", "go-http", "shop", "--path", "."]).expect_success();
    let root = format!("{}:/shop:ro", checkout.root().display());
    let toolchain = format!("{}/library/golang:1.24", std::env::var("DEVENV_MIRROR").unwrap());
    assert_eq!(docker(&["run", "--rm", "--volume", &root, &toolchain, "gofmt", "-l", "/shop"]), "");
}
