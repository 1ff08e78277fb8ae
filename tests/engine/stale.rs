//! Setup steps that know when they are stale, and steps that fail, hang, fork or shout.

use std::time::{Duration, Instant};

use crate::bed::{Checkout, docker};

/// An app that runs, with a step whose outcome the test decides.
const FRAGILE: &str = "
apps:
  api:
    runtime: python
    setup:
      - { run: sh ./step.sh, inputs: [step.sh] }
    run: sleep 600
    ready: { run: 'true' }
";

/// Two apps in folders of their own, each with packages.
const TWO: &str = "
apps:
  api: { path: api, runtime: node, setup: [npm ci --no-audit, echo built >> built], run: sleep 600, ready: { run: 'true' } }
  web: { path: web, runtime: node, setup: [npm ci --no-audit], run: sleep 600, ready: { run: 'true' } }
";

fn fragile(step: &str) -> Checkout {
    let shop = Checkout::new(FRAGILE);
    shop.write("step.sh", step);
    shop
}

fn with_package(shop: &Checkout, app: &str, version: &str) {
    let package = format!(r#""name": "{app}", "version": "{version}""#);
    shop.write(&format!("{app}/package.json"), format!("{{ {package} }}"));
    let lock = format!(r#"{{ {package}, "lockfileVersion": 3, "packages": {{ "": {{ {package} }} }} }}"#);
    shop.write(&format!("{app}/package-lock.json"), lock);
}

/// What ran and why: `api npm ci: package.json changed`.
fn steps(up: &crate::support::Ran) -> Vec<String> {
    let done = up.events("setup").into_iter().filter(|step| step["state"] != "running");
    let text = |step: serde_json::Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    done.map(|step| format!("{} {}: {}", text(step.clone(), "name"), text(step.clone(), "step"), text(step, "because")))
        .collect()
}

#[test]
fn a_change_runs_only_what_it_is_about_and_says_why() {
    let shop = Checkout::new(TWO);
    with_package(&shop, "api", "1.0.0");
    with_package(&shop, "web", "1.0.0");
    shop.up();
    let before = shop.units();
    with_package(&shop, "web", "1.0.1");
    let up = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(steps(&up), ["web npm ci --no-audit: package.json and 1 more changed"]);
    assert_eq!(shop.unit("api"), before["api"]);
    // What follows has nothing of its own to tell by.
    with_package(&shop, "api", "1.0.1");
    let up = shop.run(&["up", "--json"]).expect_success();
    let expected =
        ["api npm ci --no-audit: package.json and 1 more changed", "api echo built >> built: after npm ci --no-audit"];
    assert_eq!(steps(&up), expected);
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
    let up = shop.run(&["up", "--json", "--again", "api:echo"]).expect_success();
    assert_eq!(steps(&up), ["api echo built >> built: asked for"]);
    assert_eq!(shop.read("api/built"), "built\nbuilt\nbuilt\n");
}

#[test]
fn what_a_step_made_and_somebody_removed_is_made_again() {
    let shop = Checkout::new(
        "apps:\n  api: { runtime: node, setup: [npm ci --no-audit], run: sleep 600, ready: { run: 'true' } }\n",
    );
    let inner = r#""node_modules/ours": { "resolved": "ours", "link": true }, "ours": { "version": "1.0.0" }"#;
    shop.write("ours/package.json", r#"{ "name": "ours", "version": "1.0.0" }"#);
    shop.write("package.json", r#"{ "name": "shop", "dependencies": { "ours": "file:ours" } }"#);
    let root = r#""": { "name": "shop", "dependencies": { "ours": "file:ours" } }"#;
    let lock = format!(r#"{{ "name": "shop", "lockfileVersion": 3, "packages": {{ {root}, {inner} }} }}"#);
    shop.write("package-lock.json", lock);
    shop.up();
    std::fs::remove_dir_all(shop.root().join("node_modules")).unwrap();
    let up = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(steps(&up), ["api npm ci --no-audit: node_modules is gone"]);
    assert!(shop.root().join("node_modules/ours").exists());
}

#[test]
fn a_failing_step_costs_nothing_that_runs_and_is_tried_again() {
    let shop = fragile("exit 0");
    shop.up();
    let before = shop.unit("api");
    shop.write("step.sh", "echo the disk is full; exit 3");
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let problem = &up.events("problem")[0];
    assert_eq!((&problem["id"], &problem["output"][0]), (&"setup-failed".into(), &"the disk is full".into()));
    assert!(problem["why"].as_str().unwrap().contains("goes on running"), "{problem}");
    assert_eq!(shop.unit("api"), before);
    let up = shop.run(&["up", "--json"]).expect_code(1);
    assert_eq!(steps(&up), ["api sh ./step.sh: it failed the last time"]);
    assert_eq!(shop.unit("api"), before);
    shop.write("step.sh", "exit 0");
    shop.up();
    let after = shop.unit("api");
    assert!(after.running && after.started_at != before.started_at);
}

#[test]
fn a_step_that_hangs_is_ended_at_its_deadline_with_what_it_said() {
    let shop = fragile("echo name of the project?; sleep 424242");
    shop.write("dev.yaml", FRAGILE.replace("inputs:", "timeout: 2s, inputs:"));
    let up = shop.run(&["up", "--json"]).expect_code(5);
    let problem = &up.events("problem")[0];
    assert_eq!((&problem["id"], &problem["output"][0]), (&"setup-deadline".into(), &"name of the project?".into()));
    assert!(!is_running("424242"));
    assert!(shop.units().values().all(|unit| !unit.running));
    shop.write("step.sh", "exit 0");
    assert_eq!(
        steps(&shop.run(&["up", "--json"]).expect_success()),
        ["api sh ./step.sh: it did not finish the last time"]
    );
}

#[test]
fn a_step_ends_when_its_own_program_does_whatever_it_left_running() {
    let shop = fragile("sleep 434343 &\necho started");
    let began = Instant::now();
    let up = shop.run(&["up", "--json"]).expect_success();
    assert!(began.elapsed() < Duration::from_secs(60));
    let notes = up.events("note");
    assert!(notes.iter().any(|note| note["text"].as_str().unwrap().contains("left `sleep` running")), "{notes:?}");
    assert!(!is_running("434343"));
}

#[test]
fn bytes_and_endless_lines_break_nothing() {
    let shop = fragile("head -c 300000 /dev/urandom; echo; head -c 10000000 /dev/zero | tr '\\0' x; echo; exit 1");
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let output = up.events("problem")[0]["output"].clone();
    let lines = output.as_array().unwrap();
    assert!(lines.len() <= 20 && lines.iter().all(|line| line.as_str().unwrap().chars().count() <= 2_000));
    assert!(lines.last().unwrap().as_str().unwrap().ends_with("xxx"));
    let up = shop.run(&["up"]).expect_code(1);
    assert!(up.stderr.len() < 200_000 && up.stderr.contains("error[setup-failed]"), "{} bytes", up.stderr.len());
}

#[test]
fn an_interruption_ends_the_step_that_runs() {
    let shop = fragile("echo begun > begun; sleep 454545");
    let up = shop.start(&["up", "--verbose"]);
    let began = Instant::now();
    while !shop.root().join("begun").exists() && began.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    let killed = std::process::Command::new("kill").args(["-INT", &up.id().to_string()]).status().unwrap();
    assert!(killed.success());
    up.wait().expect_code(130);
    assert!(!is_running("454545"));
    assert!(shop.units().values().all(|unit| !unit.running));
}

#[test]
fn an_unknown_step_and_an_input_that_is_not_there_are_told() {
    let shop = fragile("exit 0");
    shop.write("dev.yaml", FRAGILE.replace("[step.sh]", "[step.sh, schema.sql]"));
    let up = shop.run(&["up", "--json"]).expect_success();
    let notes = up.events("note");
    assert!(notes.iter().any(|note| note["text"].as_str().unwrap().contains("`schema.sql`")), "{notes:?}");
    let up = shop.run(&["up", "--again", "sh ./stop.sh"]).expect_code(2);
    assert!(up.stderr.contains("devenv up --again 'sh ./step.sh'"), "{}", up.stderr);
}

/// Whether a program with this word in its command line runs anywhere on the engine's computer.
fn is_running(word: &str) -> bool {
    let ids = docker(&["ps", "--quiet", "--filter", "label=devenv.role=setup"]);
    ids.lines().any(|id| {
        let found = std::process::Command::new("docker").args(["top", id]).output().unwrap();
        String::from_utf8_lossy(&found.stdout).contains(word)
    })
}

/// Another branch without an app, and back: none of its steps runs again, and it answers where it did; but data that began empty
/// meanwhile has nothing of what the steps did.
#[test]
fn another_branch_and_back_runs_nothing_again_and_keeps_addresses() {
    const APP: &str = "apps:
  one:
    runtime: python
    setup: [{ run: echo seeded >> seeded, inputs: [] }]
    run: python -m http.server $PORT
    port: 8000
    env: { URL: '${cache.url}' }
";
    let shop = Checkout::empty();
    let branch = |apps: &str| {
        shop.write("dev.yaml", format!("services: {{ cache: redis }}\n{apps}"));
        shop.up();
    };
    // Another one than it would like, as long as that is somebody else's.
    let taken = std::net::TcpListener::bind(("127.0.0.1", shop.app_port())).unwrap();
    branch(APP);
    let port = shop.port("one");
    assert_ne!(port, shop.app_port());
    branch("");
    branch(APP);
    assert_eq!((shop.port("one"), shop.read("seeded").as_str()), (port, "seeded\n"));
    drop(taken);
    branch("");
    shop.run(&["reset", "--yes"]).expect_success();
    branch(APP);
    assert_eq!(shop.read("seeded"), "seeded\nseeded\n");
    shop.run(&["undo"]).expect_success();
    shop.up();
    assert_eq!(shop.read("seeded"), "seeded\nseeded\n");
}

/// Both would write the packages of the whole workspace.
#[test]
fn the_apps_of_a_workspace_fetch_their_packages_one_after_another() {
    let app = |name: &str| {
        format!(
            "  {name}: {{ path: {name}, runtime: node, setup: [npm install], run: sleep 600, ready: {{ run: 'true' }} }}\n"
        )
    };
    let shop = Checkout::new(&format!("apps:\n{}{}", app("api"), app("web")));
    shop.write("package-lock.json", "{ \"lockfileVersion\": 3, \"packages\": {} }\n");
    for name in ["api", "web"] {
        // Whoever comes while another is at work fails.
        let script = "mkdir ../busy && sleep 1 && rmdir ../busy";
        let manifest = format!("{{ \"name\": \"{name}\", \"scripts\": {{ \"preinstall\": \"{script}\" }} }}\n");
        shop.write(&format!("{name}/package.json"), manifest);
    }
    shop.up();
}

/// One installation at the root serves all apps of a workspace, also those that are brought up later.
#[test]
fn what_was_installed_for_one_app_of_a_workspace_is_not_installed_again_for_the_next() {
    let app = |name: &str| {
        format!("  {name}: {{ path: {name}, runtime: node, setup: [npm install --prefix ..], run: sleep 600 }}\n")
    };
    let shop = Checkout::new(&format!("apps:\n{}{}", app("api"), app("web")));
    let root = |version: u32| {
        let text = format!(
            r#"{{"name": "shop", "version": "{version}.0.0", "workspaces": ["api", "web"], "scripts": {{"preinstall": "echo ran >> ran"}}}}"#
        );
        shop.write("package.json", text);
    };
    root(1);
    shop.write("package-lock.json", "{ \"lockfileVersion\": 3, \"packages\": {} }\n");
    for name in ["api", "web"] {
        shop.write(&format!("{name}/package.json"), format!("{{ \"name\": \"{name}\", \"version\": \"1.0.0\" }}"));
    }
    shop.run(&["up", "api"]).expect_success();
    assert_eq!(shop.read("ran"), "ran\n");
    let up = shop.run(&["up", "web", "--json"]).expect_success();
    assert_eq!(up.events("setup").last().unwrap()["because"], "by `api`", "{}", up.stdout);
    assert_eq!(shop.read("ran"), "ran\n");
    // A change makes it run once more for both, as does what is gone, and what is asked for.
    root(2);
    shop.run(&["up", "web"]).expect_success();
    shop.run(&["up", "api"]).expect_success();
    assert_eq!(shop.read("ran"), "ran\nran\n");
    std::fs::remove_dir_all(shop.root().join("node_modules")).unwrap();
    shop.run(&["up", "web"]).expect_success();
    assert_eq!(shop.read("ran"), "ran\nran\nran\n");
    shop.run(&["up", "api", "--again", "api"]).expect_success();
    assert_eq!(shop.read("ran"), "ran\nran\nran\nran\n");
}
