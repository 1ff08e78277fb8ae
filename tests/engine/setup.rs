//! Setup steps: once, again when their inputs change, again after a failure.

use crate::bed::Checkout;

/// Steps that each leave a line behind when they run.
const SHOP: &str = "
apps:
  api:
    runtime: python
    setup:
      - { run: echo packages >> ran, inputs: [packages.txt] }
      - { run: 'test -e fine && echo schema >> ran', inputs: ['migrations/**'] }
    run: sleep 600
    ready: { run: 'true' }
";

fn shop() -> Checkout {
    let shop = Checkout::new(SHOP);
    shop.write("packages.txt", "one\n");
    shop.write("migrations/1.sql", "");
    shop
}

#[test]
fn steps_run_once_and_again_when_their_inputs_change() {
    let shop = shop();
    shop.write("fine", "");
    shop.up();
    assert_eq!(shop.read("ran"), "packages\nschema\n");
    let again = shop.run(&["up", "--json"]).expect_success();
    assert!(again.events("setup").is_empty() && again.events("plan")[0]["steps"] == 0);
    shop.write("migrations/2.sql", "");
    let up = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(shop.read("ran"), "packages\nschema\nschema\n");
    let steps = up.events("setup");
    assert_eq!(steps[0]["because"], "migrations/2.sql is new");
    assert_eq!(steps.last().unwrap()["state"], "done");
    // Touched, but the same.
    shop.write("packages.txt", "one\n");
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
}

/// An app is made at once, and goes on when its database is ready: until then it waits, and is not said to be made.
#[test]
fn an_app_that_is_made_early_is_said_to_wait_for_its_database() {
    let shop = Checkout::new(
        "services: { db: postgres, cache: redis }\napps:\n  api:\n    runtime: python\n    setup: ['exit 7']\n    run: sleep 600\n    \
         ready: { run: 'true' }\n    env: { A: '${db.url}' }\n",
    );
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let told = up.events("state").into_iter().filter(|event| event["name"] == "api");
    let told: Vec<(String, String)> = told
        .map(|event| {
            (event["state"].as_str().unwrap().to_owned(), event["because"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    let place = |state: &str, because: &str| told.iter().position(|one| *one == (state.to_owned(), because.to_owned()));
    assert!(place("creating", "") < place("waiting", "for db") && place("waiting", "for db").is_some(), "{told:?}");
    assert_eq!(told.last().unwrap().0, "failed", "{told:?}");
}

/// Nobody else has that file, and the note about it says so: it may well be removed.
#[test]
fn a_lock_file_that_a_step_wrote_itself_makes_nothing_run_again_when_it_is_gone() {
    let shop = Checkout::empty();
    shop.write("package.json", r#"{"name": "shop", "scripts": {"start": "node server.js"}}"#);
    shop.write(
        "server.js",
        "require('http').createServer((_, to) => to.end('shop')).listen(process.env.PORT || 3000);\n",
    );
    let ran = |up: &[&str]| {
        let up = shop.run(&[up, &["--json"]].concat()).expect_success();
        up.events("setup").iter().filter(|step| step["state"] == "running").count()
    };
    assert_eq!(ran(&["up"]), 1);
    let lock = shop.root().join("package-lock.json");
    assert!(lock.is_file(), "npm writes one");
    shop.run(&["init"]).expect_success();
    assert_eq!(ran(&["up"]), 0);
    std::fs::remove_file(&lock).unwrap();
    assert_eq!(ran(&["up"]), 0, "what it wrote itself is not missed");
    shop.write("dev.yaml", "apps:\n  shop: { runtime: node, setup: [npm install], run: npm start, port: 3000 }\n");
    assert_eq!(ran(&["up"]), 0);
    shop.write("package-lock.json", r#"{"name": "shop", "lockfileVersion": 3, "requires": true, "packages": {}}"#);
    assert_eq!(ran(&["up"]), 1, "another one came with a pull");
}

#[test]
fn a_failed_step_keeps_the_app_from_starting_and_is_tried_again() {
    let shop = shop();
    let up = shop.run(&["up", "--json"]).expect_code(1);
    assert_eq!(up.problem_ids(), ["setup-failed"]);
    assert_eq!(shop.read("ran"), "packages\n");
    assert!(shop.units().values().all(|unit| !unit.running));
    let status = shop.run(&["status"]).expect_success().stdout;
    assert!(status.contains("[setup-failed]") && status.contains("fix: devenv up"), "{status}");
    let failed = &shop.run(&["status", "--json"]).expect_success().json()["failed"];
    assert!(failed[0]["name"] == "api" && failed[0]["why"].to_string().contains("setup-failed"), "{failed}");
    shop.write("fine", "");
    shop.up();
    assert_eq!(shop.read("ran"), "packages\nschema\n");
    let status = shop.run(&["status"]).expect_success().stdout;
    assert!(!status.contains("fix:") && !status.contains("failed"), "{status}");
}

#[test]
fn a_step_sees_what_the_app_sees() {
    let shop = Checkout::new(
        "services: { cache: redis }\napps:\n  api:\n    runtime: python\n    setup:\n      \
         - python ask.py \"${cache.host}\" && echo $GREETING > seen\n    \
         run: sleep 600\n    ready: { run: 'true' }\n    env: { GREETING: hello, URL: '${cache.url}' }\n",
    );
    shop.write("ask.py", "import socket, sys\nsocket.create_connection((sys.argv[1], 6379), 2)\n");
    shop.up();
    assert_eq!(shop.read("seen"), "hello\n");
}

#[test]
fn the_output_of_a_failed_step_is_told() {
    let shop =
        Checkout::new("apps:\n  api: { runtime: python, setup: \"echo disk is full >&2; exit 9\", run: sleep 600 }\n");
    let up = shop.run(&["up"]).expect_code(1);
    assert!(up.stderr.contains("disk is full") && up.stderr.contains("error[setup-failed]"), "{}", up.stderr);
    assert!(up.stderr.contains("fix: devenv logs api"), "{}", up.stderr);
    // The place where it ran is gone, and the app never was.
    let logs = shop.run(&["logs", "api"]).expect_success().stdout;
    assert!(logs.contains("disk is full") && logs.contains("ended with 9"), "{logs}");
    let line = &shop.run(&["logs", "--json"]).expect_success().json_lines()[0];
    assert!(line["line"] == "disk is full" && line["setup"].as_str().unwrap().contains("exit 9"), "{line}");
}
