//! Ports of this computer, other checkouts, other commands at the same time.

use std::net::TcpListener;

use crate::bed::{Checkout, docker, free_port};
use crate::passage::{Act, Passage};

fn site(port: u16) -> String {
    let run = format!("runtime: python, run: python -m http.server {port}, port: {port}");
    format!("apps:\n  site: {{ {run}, env: {{ SELF: '${{site.url}}' }} }}\n")
}

/// No `port-taken`: another one is leased, by itself.
#[test]
fn a_taken_port_is_replaced_said_remembered_and_given_back() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().port();
    let shop = Checkout::new(&site(taken));
    shop.write("index.html", "mine");
    let up = shop.run(&["up", "--json"]).expect_success();
    assert!(!up.problem_ids().contains(&"port-taken".to_owned()), "{}", up.stdout);
    let moved = &up.events("port")[0];
    let port = shop.port("site");
    assert_eq!((&moved["wanted"], &moved["leased"]), (&taken.into(), &port.into()));
    assert!(moved["because"].as_str().unwrap().contains(&taken.to_string()), "{moved}");
    assert_ne!(port, taken);
    assert_eq!(shop.get("site", "/"), "mine");
    assert_eq!(shop.env("SELF"), format!("http://localhost:{port}"));
    shop.run(&["down"]).expect_success();
    let again = shop.run(&["up", "--json"]).expect_success();
    assert!(again.events("port").is_empty(), "{}", again.stdout);
    assert_eq!(shop.port("site"), port);
    // Free again, it is given back when the app starts anew, and not before.
    drop(holder);
    shop.up();
    assert_eq!(shop.port("site"), port);
    shop.run(&["down"]).expect_success();
    shop.up();
    assert_eq!((shop.port("site"), shop.env("SELF")), (taken, format!("http://localhost:{taken}")));
    assert_eq!(shop.get("site", "/"), "mine");
}

/// Somebody else was quicker by a moment: another port is taken, and one sentence about it is enough.
#[test]
fn a_port_that_is_snatched_away_at_the_last_moment_costs_one_sentence() {
    let mut shop = Checkout::new(
        "services: { cache: redis }\napps:\n  site: { runtime: python, run: python -m http.server $PORT, port: 8000, needs: [cache] }\n  \
         front: { runtime: python, run: sleep 600, needs: [site] }\n",
    );
    let port = shop.app_port();
    let passage = Passage::in_front_of(&mut shop);
    shop.run(&["up", "cache"]).expect_success();
    let taken = format!(
        "driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:{port} failed: port is already allocated"
    );
    passage.at_first_without("POST /containers/", "/create", Act::refuse("500 Internal Server Error", &taken), 1);
    let up = shop.run(&["up"]).expect_success();
    assert_eq!(passage.met(), 1);
    assert!(!up.stderr.contains("failed"), "{}", up.stderr);
    let sentences = up.stderr.lines().filter(|line| line.contains(&port.to_string()));
    assert_eq!(sentences.count(), 1, "{}", up.stderr);
    assert_ne!(shop.port("site"), port);
}

#[test]
fn two_checkouts_of_one_repo_run_side_by_side() {
    let manifest = site(free_port());
    let one = Checkout::new(&manifest);
    let mut other = Checkout::new(&manifest);
    // The same developer on the same computer.
    other.set("DEVENV_HOME", &one.variables["DEVENV_HOME"]);
    one.write("index.html", "one");
    other.write("index.html", "other");
    one.up();
    other.up();
    assert_ne!(one.port("site"), other.port("site"));
    assert_eq!((one.get("site", "/"), other.get("site", "/")), ("one".into(), "other".into()));
    one.run(&["down"]).expect_success();
    assert_eq!(other.get("site", "/"), "other");
}

#[test]
fn the_second_of_two_ups_waits_and_then_finds_everything_done() {
    let shop = Checkout::new("services: { db: postgres }\n");
    let first = shop.start(&["up", "--json"]);
    first.wait_for_line("\"starting\"");
    let second = shop.run(&["up"]).expect_success();
    assert!(second.stderr.contains(&format!("waiting for `devenv up (pid {})`", first.id())), "{}", second.stderr);
    let first = first.wait().expect_success();
    assert_eq!(first.events("done")[0]["ok"], true);
    assert_eq!(shop.units().len(), 1);
}

#[test]
fn everything_is_for_this_computer_only_and_without_special_rights() {
    let shop = Checkout::new(
        "services: { db: postgres, web: nginx }\napps: { api: { runtime: python, run: python -m http.server $PORT, port: 8000 } }\n",
    );
    shop.up();
    for (name, unit) in shop.units() {
        let found: serde_json::Value = serde_json::from_str(&docker(&["inspect", &unit.id])).unwrap();
        let host = &found[0]["HostConfig"];
        let bindings = host["PortBindings"].as_object().unwrap().values();
        for binding in bindings.flat_map(|list| list.as_array().unwrap()) {
            assert_eq!(binding["HostIp"], "127.0.0.1", "{name}");
        }
        assert_eq!((&host["Privileged"], &host["PublishAllPorts"]), (&false.into(), &false.into()), "{name}");
        let mounts = found[0]["Mounts"].as_array().unwrap().iter();
        let sources: Vec<&str> =
            mounts.filter(|mount| mount["Type"] == "bind").map(|it| it["Source"].as_str().unwrap()).collect();
        let ours = [shop.root(), shop.place.path().join("state")];
        assert!(
            sources.iter().all(|source| ours.iter().any(|folder| source.starts_with(folder.to_str().unwrap()))),
            "{sources:?}"
        );
    }
}
