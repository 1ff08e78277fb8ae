//! Killed at any moment, the next `up` finishes the job and leaves nothing behind.

use crate::bed::{Checkout, docker};

const SHOP: &str = r#"
services:
  cache: redis
  own: { image: "library/busybox:1", run: httpd -f -h /etc, port: 80 }
apps:
  api:
    runtime: python
    setup: [{ run: "echo step >> ran; sleep 0.5", inputs: [app.py] }]
    run: python -m http.server $PORT
    port: 8000
    env: { URL: "${cache.url}" }
"#;

/// Kills an `up` when it tells this, and brings everything up afterwards.
fn killed_at(moment: &str) {
    let shop = Checkout::new(SHOP);
    shop.write("app.py", "");
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line(moment);
    up.kill();
    shop.up();
    let units = shop.units();
    assert_eq!(units.keys().collect::<Vec<_>>(), ["api", "cache", "own"], "killed at {moment}");
    assert!(units.values().all(|unit| unit.running), "killed at {moment}");
    assert!(shop.status().values().all(|row| row["ready"] == true), "killed at {moment}");
    // What was under way when it was killed may arrive at any time; the next `up` finds that, too.
    shop.up();
    let filter = format!("label=devenv.checkout={}", shop.root().display());
    assert_eq!(docker(&["network", "ls", "-q", "--filter", &filter]).lines().count(), 1, "killed at {moment}");
    assert_eq!(docker(&["volume", "ls", "-q", "--filter", &filter]).lines().count(), 1, "killed at {moment}");
}

#[test]
fn while_the_first_is_made() {
    killed_at("\"creating\"");
}

#[test]
fn while_the_first_is_started() {
    killed_at("\"starting\"");
}

#[test]
fn while_a_setup_step_runs() {
    killed_at("\"setup\"");
}

#[test]
fn when_the_first_is_ready() {
    killed_at("\"ready\"");
}

#[test]
fn while_one_is_replaced_its_successor_gets_its_data() {
    let shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    shop.run(&["exec", "cache", "redis-cli", "set", "greeting", "hello"]).expect_success();
    shop.write("dev.yaml", "services: { cache: { use: redis, env: { TZ: UTC } } }\n");
    // Each comes as far as it comes, and the next one finds what it left.
    for _ in 0..3 {
        let up = shop.start(&["up", "--json"]);
        up.wait_for_line("\"plan\"");
        up.kill();
    }
    shop.up();
    assert_eq!(shop.units().len(), 1);
    assert_eq!(shop.run(&["exec", "cache", "redis-cli", "get", "greeting"]).expect_success().stdout, "hello\n");
}

#[test]
fn an_interrupted_up_ends_with_130_and_goes_on_later() {
    let shop = Checkout::new("services: { db: postgres }\n");
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"starting\"");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(up.id().cast_signed()).unwrap(),
        rustix::process::Signal::INT,
    )
    .unwrap();
    let up = up.wait().expect_code(130);
    assert_eq!(up.json_lines().last().unwrap()["ok"], false);
    shop.up();
    assert_eq!(shop.units().len(), 1);
}
