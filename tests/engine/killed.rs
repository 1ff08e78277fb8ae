//! Killed at any moment, the next `up` finishes the job and leaves nothing behind.

use std::time::{Duration, Instant};

use rustix::process::Signal;

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

/// How many moments of a command are tried, spread evenly over the time that it takes.
const MOMENTS: u32 = 50;

/// A repo whose every state is another one: with `number` the service and the app are replaced.
fn counted(shop: &Checkout, number: u32) {
    let site =
        "{ image: \"library/busybox:1\", run: httpd -f -p $PORT -h /etc, port: 8000, env: { URL: \"${cache.url}\" } }";
    let cache = format!("{{ use: redis, env: {{ NUMBER: \"{number}\" }} }}");
    shop.write("dev.yaml", format!("services:\n  cache: {cache}\napps:\n  site: {site}\n"));
}

/// Adds one to what is kept; answers the sum, which holds everything that was ever added.
fn add_one(shop: &Checkout) -> u32 {
    let sum = shop.run(&["exec", "cache", "redis-cli", "incr", "sum"]).expect_success();
    sum.stdout.trim().parse().unwrap()
}

/// The time that a command takes when it is let.
fn time_of(shop: &Checkout, command: &str) -> Duration {
    let began = Instant::now();
    shop.run(&[command]).expect_success();
    began.elapsed()
}

/// Most are killed, and every fifth is interrupted as with Ctrl-C.
fn signal(moment: u32) -> Signal {
    if moment % 5 == 4 { Signal::INT } else { Signal::KILL }
}

/// Nothing doubled, nothing lost, and nothing left once the checkout is deleted and cleaned up after.
fn leaves_nothing_behind(shop: &Checkout) {
    // What was under way when it was killed may have arrived after the last look.
    shop.up();
    assert_eq!(shop.units().keys().collect::<Vec<_>>(), ["cache", "site"]);
    shop.run(&["down"]).expect_success();
    let environments = std::fs::read_dir(shop.place.path().join("state/state/environments")).unwrap();
    let ids: Vec<String> = environments.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    let [id] = ids.as_slice() else { panic!("{ids:?}") };
    let filter = format!("label=devenv.environment={id}");
    let left = || {
        let list = [["ps", "-aq"], ["network", "ls"], ["volume", "ls"]];
        list.map(|list| docker(&[list[0], list[1], "--filter", &filter, "--format", "{{.}}"]).lines().count())
    };
    assert_eq!(left()[1..], [1, 1]);
    let root = shop.root();
    std::fs::rename(&root, root.with_file_name("deleted")).unwrap();
    std::fs::remove_dir_all(root.with_file_name("deleted")).unwrap();
    std::fs::create_dir(&root).unwrap();
    shop.run(&["gc", "--older-than", "0h", "--yes"]).expect_success();
    assert_eq!(left(), [0, 0, 0]);
}

/// `up` killed at any moment of replacing what runs: the next one finishes the job, and every row is there.
#[test]
fn up_killed_at_fifty_moments() {
    let shop = Checkout::empty();
    counted(&shop, 0);
    shop.up();
    assert_eq!(add_one(&shop), 1);
    counted(&shop, 1);
    let whole = time_of(&shop, "up");
    for moment in 0..MOMENTS {
        counted(&shop, 100 + moment);
        shop.start(&["up"]).signal_after(whole * moment / MOMENTS, signal(moment));
        shop.up();
        assert_eq!(add_one(&shop), moment + 2, "after moment {moment}");
    }
    leaves_nothing_behind(&shop);
}
/// `down` killed at any moment: the next `up` brings everything back, and every row is there.
#[test]
fn down_killed_at_fifty_moments() {
    let shop = Checkout::empty();
    counted(&shop, 0);
    shop.up();
    assert_eq!(add_one(&shop), 1);
    let whole = time_of(&shop, "down");
    for moment in 0..MOMENTS {
        shop.up();
        assert_eq!(add_one(&shop), moment + 2, "before moment {moment}");
        shop.start(&["down"]).signal_after(whole * moment / MOMENTS, signal(moment));
    }
    leaves_nothing_behind(&shop);
}
