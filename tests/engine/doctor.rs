//! `devenv doctor` on a real engine: what it says where all is well, how long it takes, and what it finds and repairs.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bed::{Checkout, docker};
use crate::support::Ran;

fn finding(ran: &Ran, id: &str) -> Option<Value> {
    ran.json()["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id).cloned()
}

/// Where all is well it says so within a second, and knows the engine, its disk and the mirror.
#[test]
fn on_a_healthy_computer_nothing_is_in_the_way_and_it_takes_less_than_a_second() {
    let shop = Checkout::new(
        "services: { cache: redis }\napps: { api: { runtime: python, run: python -m http.server $PORT, port: 8000 } }\n",
    );
    shop.up();
    let times = (0..3).map(|_| {
        let began = Instant::now();
        shop.run(&["doctor"]).expect_success();
        began.elapsed()
    });
    let best = times.min().unwrap();
    assert!(best < Duration::from_secs(1), "{best:?}");
    let doctor = shop.run(&["doctor", "--json"]).expect_success();
    let facts = &doctor.json()["facts"];
    let version = docker(&["version", "--format", "{{.Server.Version}}"]);
    assert_eq!(facts["engine"]["about"]["version"], version.trim());
    assert!(facts["disks"].as_array().unwrap().iter().any(|disk| disk["holds"] == "engine"), "{facts:#}");
    assert_eq!(facts["downloads"]["origins"][0]["answer"], "fine");
    assert_eq!(facts["clocks"].as_array().unwrap().len(), 2, "{facts:#}");
    assert!(facts["repo"]["made"].as_array().unwrap().iter().any(|made| made["unit"] == "cache"), "{facts:#}");
    // Its own ports are nobody else's.
    assert!(finding(&doctor, "port-taken").is_none(), "{}", doctor.stdout);
    assert!(finding(&doctor, "left-over").is_none(), "{}", doctor.stdout);
}

/// A script with Windows line endings keeps an app from starting; it is found, written anew, and the app starts.
#[test]
fn a_script_with_windows_line_endings_is_repaired_so_that_its_app_starts() {
    let shop = Checkout::new("apps: { api: { runtime: python, run: ./start, port: 8000 } }\n");
    shop.write("start", "#!/bin/sh\r\nexec python -m http.server $PORT\r\n");
    std::fs::set_permissions(shop.root().join("start"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let before = shop.run(&["doctor", "--json"]).expect_code(1);
    assert!(finding(&before, "script-line-ends").is_some(), "{}", before.stdout);
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
    assert_eq!(fixed.json()["repaired"], serde_json::json!(["script-line-ends"]));
    shop.up();
}

/// The environment that has a port is told by its checkout.
#[test]
fn a_port_of_another_environment_is_told_with_its_checkout() {
    let one = Checkout::new("apps: { api: { runtime: python, run: python -m http.server $PORT, port: 8000 } }\n");
    one.up();
    let other = Checkout::new(&one.read("dev.yaml"));
    let doctor = other.run(&["doctor", "--json"]);
    let why = finding(&doctor, "port-taken").unwrap()["why"].as_str().unwrap().to_owned();
    assert!(why.contains(&one.root().display().to_string()), "{why}");
    let fixed = other.run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
    assert!(finding(&fixed, "port-taken").is_none(), "{}", fixed.stdout);
}

/// While Docker can't be asked, what runs keeps its ports.
#[test]
fn a_service_keeps_its_port_when_docker_does_not_answer_the_doctor() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    let port = |ran: &Ran| ran.json()["facts"]["repo"]["ports"][0]["port"].clone();
    let before = port(&shop.run(&["doctor", "--json"]));
    let engine = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    shop.set("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]);
    assert!(finding(&fixed, "port-taken").is_none(), "{}", fixed.stdout);
    shop.set("DOCKER_HOST", &engine);
    assert_eq!(port(&shop.run(&["doctor", "--json"])), before);
}

/// What a killed `up` has left is found and removed, and nothing else is.
#[test]
fn what_a_killed_up_has_left_is_found_and_removed() {
    let shop = Checkout::new(
        "services: { cache: redis }\napps: { api: { runtime: python, setup: [{ run: sleep 60, inputs: [] }], run: python -m http.server $PORT, port: 8000, env: { URL: '${cache.url}' } } }\n",
    );
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"event\":\"setup\"");
    up.kill();
    let places = || {
        let filter = format!("label=devenv.checkout={}", shop.root().display());
        docker(&["ps", "-aq", "--filter", &filter, "--filter", "label=devenv.role=setup"]).lines().count()
    };
    assert_eq!(places(), 1);
    let doctor = shop.run(&["doctor", "--json"]);
    assert!(finding(&doctor, "left-over").is_some(), "{}", doctor.stdout);
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
    assert_eq!(fixed.json()["repaired"], serde_json::json!(["left-over"]));
    assert_eq!(places(), 0);
    assert!(shop.units().contains_key("cache"), "what was brought up stays");
}

/// A name is looked up where apps are, too: in what runs, and without that in a place that is gone at once.
#[test]
fn names_are_looked_up_where_apps_are_and_nothing_stays_of_it() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    // Whoever it is, it is found here and inside.
    shop.set("HTTPS_PROXY", "http://localhost:9");
    let found = |ran: &Ran| ran.json()["facts"]["inside"]["name_found"].clone();
    assert_eq!(found(&shop.run(&["doctor", "--json"])), true);
    shop.run(&["down"]).expect_success();
    // Where the computer is busy one look may not be told in time, and says so; it is never told the wrong thing.
    let is_told = (0..10).any(|_| {
        let doctor = shop.run(&["doctor", "--json"]);
        let late = doctor.json()["facts"]["not_known"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it == "the way to the world as apps have it");
        assert!(late || found(&doctor) == true, "{}", doctor.stdout);
        !late
    });
    assert!(is_told, "in ten looks it was never told");
    let filter = format!("label=devenv.checkout={}", shop.root().display());
    assert_eq!(docker(&["ps", "-aq", "--filter", &filter]).lines().count(), 1, "only what is stopped is there");
}

/// What belongs to a checkout that was moved is its own, and no leftover of a deleted one.
#[test]
fn what_belongs_to_a_moved_checkout_is_never_removed() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.run(&["exec", "db", "--", "psql", "-U", "app", "-c", "create table t as select 7 as n"]).expect_success();
    shop.run(&["down"]).expect_success();
    let there = shop.place.path().join("elsewhere");
    let root = shop.root();
    std::fs::rename(&root, &there).unwrap();
    std::fs::create_dir(&root).unwrap();
    let there = there.to_str().unwrap();
    let doctor = shop.run(&["-C", there, "doctor", "--fix", "--yes"]);
    assert!(!doctor.stdout.contains("left something behind"), "{}", doctor.all());
    shop.run(&["-C", there, "up", "--yes"]).expect_success();
    let ran =
        shop.run(&["-C", there, "exec", "db", "--", "psql", "-U", "app", "-tAc", "select n from t"]).expect_success();
    assert_eq!(ran.stdout, "7\n");
    shop.run(&["-C", there, "down"]).expect_success();
}

/// Docker's settings name one that is gone, or where nothing listens any more: they are set to the Docker of this computer.
#[test]
fn a_context_that_leads_nowhere_is_set_right() {
    let gone = r#"{"currentContext":"colima"}"#;
    for (settings, is_known, id) in [(gone, false, "engine-context"), (gone, true, "engine-elsewhere")] {
        let mut shop = Checkout::new("services: { cache: redis }\n");
        shop.choose_no_engine();
        let folder = shop.place.path().join("home/.docker");
        // Docker keeps what it knows of each below a hash of its name.
        let known = folder.join("contexts/meta").join(sha256("colima"));
        std::fs::create_dir_all(&known).unwrap();
        std::fs::write(folder.join("config.json"), settings).unwrap();
        if is_known {
            let host = r#"{"Name":"colima","Endpoints":{"docker":{"Host":"unix:///nonexistent/docker.sock"}}}"#;
            std::fs::write(known.join("meta.json"), host).unwrap();
        }
        for path in
            [&folder, &folder.join("config.json"), &folder.join("contexts"), &folder.join("contexts/meta"), &known]
        {
            shop.give_to_developer(path);
        }
        let found = shop.run(&["doctor", "--json"]).expect_code(1);
        assert_eq!(finding(&found, id).unwrap()["can_be_repaired"], true, "{}", found.stdout);
        let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
        assert_eq!(fixed.json()["repaired"], serde_json::json!([id]));
        assert!(fixed.json()["facts"]["engine"]["about"]["version"].is_string(), "{}", fixed.stdout);
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
