//! What only an engine of one's own may be put through: it is killed, or has no room left.
//!
//! Each test runs another one of this file beside such an engine, in a network of its own.

use std::process::Command;

use crate::bed::Checkout;
use crate::support::{Folder, Running};

/// Runs a test that is ignored otherwise.
#[track_caller]
fn in_an_engine_of_its_own(test: &str, space: &str) {
    let program = std::env::current_exe().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/engines.sh");
    let inside = ["--exact", &format!("own::{test}"), "--ignored", "--nocapture"];
    let mut command = Command::new(script);
    let ran = command.env("DEVENV_BED_SPACE", space).arg("own").arg(program).args(inside).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{}\n{}", text(&ran.stdout), text(&ran.stderr));
    assert!(text(&ran.stdout).contains("1 passed"), "{}", text(&ran.stdout));
}

/// An engine that is killed with everything it runs, and started again: the `up` that waits goes on when it is back.
#[test]
fn an_engine_that_is_restarted_is_waited_for_and_up_goes_on() {
    in_an_engine_of_its_own("engine_restarted", "");
}

#[test]
#[ignore = "wants an engine that may be killed; the test above brings one"]
fn engine_restarted() {
    const SHOP: &str = "services: { cache: redis, db: postgres }\n";
    // It is about what runs: what has to be downloaded is there.
    Checkout::new(SHOP).up();
    let shop = Checkout::new(SHOP);
    for moment in ["\"creating\"", "\"running\"", "\"ready\""] {
        let up = shop.start(&["up", "--json"]);
        up.wait_for_line(moment);
        signal("KILL");
        let up = up.wait().expect_success();
        assert!(up.problem_ids().is_empty(), "{moment}: {}", up.stdout);
        until_it_answers();
        // At the last moment everything may be ready before the engine is gone: then the next one brings it back.
        let has_noticed = up.stdout.contains("Docker has gone away");
        assert!(has_noticed || moment.contains("ready"), "{moment}: {}", up.stdout);
        if !has_noticed {
            shop.up();
        }
        assert!(shop.units().values().all(|unit| unit.running), "{moment}");
        shop.run(&["exec", "db", "--", "psql", "-U", "app", "-c", "create table if not exists t (n int)"])
            .expect_success();
        shop.run(&["down"]).expect_success();
    }
    // What ran when nobody looked comes back with the next one.
    shop.up();
    signal("KILL");
    until_it_answers();
    shop.up();
    shop.run(&["exec", "db", "--", "psql", "-U", "app", "-c", "select n from t"]).expect_success();
}

/// An engine that takes questions and answers none is restarted after a yes, and `up` goes on; without a yes nothing happens to it.
#[test]
fn an_engine_that_hangs_is_restarted_after_a_yes() {
    in_an_engine_of_its_own("engine_hung", "");
}

/// A signal to this engine.
fn signal(name: &str) {
    let send = format!("{} {name}", std::env::var("DEVENV_BED_RESTART").unwrap());
    assert!(Command::new("sh").args(["-c", &send]).status().unwrap().success());
}

/// Waits for the engine to be back.
fn until_it_answers() {
    while !Command::new("docker").args(["version"]).output().unwrap().status.success() {
        std::thread::yield_now();
    }
}

/// Whatever comes of a test: who cleans up after it asks the engine.
struct Wakes;

impl Drop for Wakes {
    fn drop(&mut self) {
        signal("CONT");
    }
}

#[test]
#[ignore = "wants an engine that may be stopped; the test above brings one"]
fn engine_hung() {
    let shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    let _wakes = Wakes;
    // Who repairs it is an administrator here.
    let run = |arguments: &[&str]| Running::start(Folder::command(&shop, arguments)).wait();
    signal("STOP");
    let told = run(&["up"]).expect_code(4);
    assert!(told.stderr.contains("error[engine-hung]"), "{}", told.all());
    let command =
        told.stderr.lines().find(|line| line.contains("kill -KILL")).unwrap_or_else(|| panic!("{}", told.all()));
    assert!(told.stderr.contains("devenv up --yes") && command.contains("dockerd -H unix://"), "{}", told.all());
    // One that comes to by itself in time is left alone.
    let started_at = |shop: &Checkout| shop.unit("cache").started_at;
    let waiting = Running::start(Folder::command(&shop, &["up", "--yes"]));
    waiting.wait_for_line("waiting a little longer");
    signal("CONT");
    waiting.wait().expect_success();
    let before = started_at(&shop);
    signal("STOP");
    let doctor = run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
    assert_eq!(doctor.json()["repaired"], serde_json::json!(["engine-hung"]));
    shop.up();
    assert!(shop.unit("cache").running && started_at(&shop) != before);
}

/// A download that finds no room on the disk is told as that, and what is there already goes on.
#[test]
fn a_disk_that_is_full_is_told_during_a_download_and_while_a_database_writes() {
    in_an_engine_of_its_own("disk_full", "330m");
}

#[test]
#[ignore = "wants an engine with little room; the test above brings one"]
fn disk_full() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.write("dev.yaml", "services: { db: postgres, other: mariadb }\n");
    let up = shop.run(&["up", "--json"]).expect_code(1);
    assert!(up.problem_ids().contains(&"disk-full".to_owned()), "{}", up.stdout);
    assert!(shop.unit("db").running);
    shop.write("dev.yaml", "services: { db: postgres }\n");
    shop.up();
    // What a database has no room for it refuses; one that begins can't, and one that has no room at all ends.
    let fill = "create table big as select md5(n::text) t from generate_series(1, 4000000) n";
    let filled = shop.run(&["exec", "db", "--", "psql", "-U", "app", "-c", fill]);
    assert!(filled.stderr.contains("No space left on device"), "{}", filled.all());
    let room = "dd if=/dev/zero of=/var/lib/postgresql/data/fill bs=1M 2>/dev/null; truncate -s -15M /var/lib/postgresql/data/fill";
    shop.run(&["exec", "db", "--", "sh", "-c", room]);
    shop.write("dev.yaml", "services: { db: postgres, more: postgres }\n");
    let up = shop.run(&["up", "--json"]).expect_code(1);
    assert!(up.problem_ids().contains(&"disk-full".to_owned()), "{}", up.stdout);
}
