//! The engine goes away, or falls silent, in the middle of an `up`.
//!
//! Between the program and the engine stands a passage that can be closed.

use std::time::{Duration, Instant};

use crate::bed::{Checkout, docker};
use crate::passage::{Act, Passage};

#[test]
fn an_engine_that_goes_away_is_told_at_once_and_ends_up_with_4_when_it_stays_away() {
    let mut shop = Checkout::new("services: { cache: redis, db: postgres }\n");
    let engine = shop.variables["DOCKER_HOST"].clone();
    let passage = Passage::in_front_of(&mut shop);
    let up = shop.start(&["up", "--json", "--timeout", "5"]);
    up.wait_for_line("\"creating\"");
    let began = Instant::now();
    passage.close();
    up.wait_for_line("Docker has gone away");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let up = up.wait().expect_code(4);
    assert!(up.problem_ids().iter().any(|id| id.starts_with("engine-")), "{}", up.stdout);
    // Back again, the next one goes on.
    shop.set("DOCKER_HOST", &engine);
    shop.up();
    assert_eq!(shop.units().len(), 2);
}

#[test]
fn an_engine_that_falls_silent_is_given_up_within_the_limit() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    let engine = shop.variables["DOCKER_HOST"].clone();
    let passage = Passage::in_front_of(&mut shop);
    let up = shop.start(&["up", "--json", "--timeout", "8"]);
    up.wait_for_line("\"creating\"");
    passage.freeze();
    let began = Instant::now();
    up.wait_for_line("Docker has gone away");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    let up = up.wait().expect_code(4);
    assert!(up.problem_ids().contains(&"engine-hung".to_owned()), "{}", up.stdout);
    let done = up.json_lines().last().unwrap().clone();
    assert_eq!((&done["event"], &done["ok"]), (&"done".into(), &false.into()));
    passage.close();
    shop.set("DOCKER_HOST", &engine);
    shop.up();
}

#[test]
fn an_engine_that_goes_away_while_dev_is_idle_is_waited_for() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    let engine = shop.variables["DOCKER_HOST"].clone();
    shop.up();
    let passage = Passage::in_front_of(&mut shop);
    let dev = shop.start(&["dev", "--json"]);
    dev.wait_for_line("\"event\":\"done\"");
    passage.close();
    docker(&["kill", &shop.unit("cache").id]);
    dev.wait_for_line("Docker has gone away");
    passage.open();
    dev.wait_for_line("Docker is back");
    assert!(shop.unit("cache").running);
    // It is watched over as before, and given up where it stays away.
    docker(&["stop", &shop.unit("cache").id]);
    dev.wait_for_line("`cache` has stopped");
    passage.close();
    let dev = dev.wait().expect_code(4);
    assert!(dev.all().contains("\"id\":\"engine-"), "{}", dev.all());
    shop.set("DOCKER_HOST", &engine);
}

/// An engine that is restarted in the middle ends everything that ran; the `up` that waits goes on when it is back.
#[test]
fn an_engine_that_comes_back_is_waited_for_and_up_goes_on() {
    let mut shop = Checkout::new("services: { cache: redis, db: postgres }\n");
    let passage = Passage::in_front_of(&mut shop);
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"running\"");
    passage.close();
    // As an engine does with what it runs when the computer loses its power: `db` is in the middle of making its data.
    for unit in shop.units().values().filter(|unit| unit.running) {
        docker(&["kill", &unit.id]);
    }
    up.wait_for_line("Docker has gone away");
    passage.open();
    let up = up.wait().expect_success();
    assert!(up.problem_ids().is_empty(), "{}", up.stdout);
    assert!(shop.units().values().all(|unit| unit.running));
    shop.run(&["exec", "db", "--", "psql", "-U", "app", "-c", "create table t (n int)"]).expect_success();
    assert!(shop.run(&["status"]).expect_success().stdout.matches("ready").count() >= 2);
}

/// Whatever breaks off on the way to the engine or back, at whatever request: the same `up` goes on and gets everything ready.
#[test]
fn a_connection_that_breaks_at_any_request_is_no_failure() {
    let requests = [
        "POST /networks/create",
        "POST /volumes/create",
        "POST /containers/create",
        "POST /containers/",
        "GET /containers/",
        "GET /events",
    ];
    for act in [Act::Cut, Act::CutAnswer(0), Act::CutAnswer(20), Act::Answer("\u{1}\u{2} nonsense\n\n".to_owned())] {
        for request in requests {
            let mut shop = Checkout::new("services: { cache: redis }\n");
            let passage = Passage::in_front_of(&mut shop);
            passage.at(request, act.clone(), 1);
            shop.up();
            assert_eq!(passage.met(), 1, "{request}");
            assert_eq!(shop.units().len(), 1, "{act:?} at {request}");
        }
    }
}

/// What somebody removes by hand while `up` is at work is made again by the same `up`.
#[test]
fn what_is_removed_by_hand_meanwhile_is_made_again() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    let passage = Passage::in_front_of(&mut shop);
    let gone = "No such container: 0123456789ab";
    passage.at("POST /containers/", Act::refuse("404 Not Found", gone), 1);
    let up = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(passage.met(), 1);
    assert!(up.stdout.contains("removed by hand") && !up.stdout.contains("\"removed-by-hand\""), "{}", up.stdout);
    assert!(up.problem_ids().is_empty(), "{}", up.stdout);
    assert_eq!(shop.units().len(), 1);
}
