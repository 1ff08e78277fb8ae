//! What programs rely on, and what nobody may read anywhere.

use std::collections::BTreeSet;

use devenv::words::jargon;
use serde_json::Value;

use crate::bed::{Checkout, docker};

const SHOP: &str = r#"
services: { db: postgres }
apps:
  api:
    runtime: python
    setup: [{ run: 'test -n "${db.password}" -a -n "${secret.API_KEY}"', inputs: [] }]
    run: python -m http.server $PORT # ${db.url}
    port: 8000
    env: { DATABASE_URL: "${db.url}", API_KEY: "${secret.API_KEY}" }
  seed: { runtime: python, run: 'true', once: true }
secrets: { API_KEY: from the vault }
"#;

const SECRET: &str = "sk-never-to-be-seen-4242";

fn shop() -> Checkout {
    let mut shop = Checkout::new(SHOP);
    shop.set("API_KEY", SECRET);
    shop
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_events_of_up_and_the_document_of_status_hold_to_their_contract() {
    let shop = shop();
    let up = shop.run(&["up", "--json"]).expect_success();
    assert!(up.stderr.is_empty(), "{}", up.stderr);
    let events = up.json_lines();
    assert!(events.iter().all(|event| event["event"].is_string() && event["t_ms"].is_u64()));
    let times: Vec<u64> = events.iter().map(|event| event["t_ms"].as_u64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(events[0]["event"], "plan");
    let dones: Vec<usize> = (0..events.len()).filter(|at| events[*at]["event"] == "done").collect();
    assert_eq!(dones, [events.len() - 1]);
    let known = ["plan", "state", "download", "port", "setup", "log", "note", "problem", "done"];
    assert!(events.iter().all(|event| known.contains(&event["event"].as_str().unwrap())), "{}", up.stdout);
    let done = &events[dones[0]];
    assert_eq!(keys(done), ["elapsed_ms", "event", "ok", "project", "services", "t_ms"].into());
    assert_eq!(done["project"], "shop");
    let services = done["services"].as_array().unwrap();
    for service in services {
        assert_eq!(keys(service), ["host", "kind", "name", "port", "ready", "state", "url", "version"].into());
        assert_eq!(service["ready"], true);
    }
    let rows = |field: &str| services.iter().map(|row| row[field].clone()).collect::<Vec<_>>();
    assert_eq!(rows("name"), ["db", "api", "seed"]);
    assert_eq!(rows("kind"), ["service", "app", "job"]);
    assert_eq!(rows("host"), [Value::from("127.0.0.1"), Value::from("127.0.0.1"), Value::Null]);
    let status = shop.run(&["status", "--json"]).expect_success().json();
    assert_eq!(status["services"], done["services"]);
    assert_eq!(status["project"], "shop");
    let down = shop.run(&["down", "--json"]).expect_success();
    let rows = down.json_lines().last().unwrap()["services"].clone();
    assert!(rows.as_array().unwrap().iter().all(|row| row["kind"] == "job" || row["state"] == "stopped"), "{rows}");
}

#[test]
fn passwords_and_secrets_are_told_to_nobody_who_did_not_ask() {
    let shop = shop();
    let mut told = String::new();
    for arguments in [
        &["up", "--verbose"][..],
        &["up", "--json"],
        &["status"],
        &["status", "--json"],
        &["logs"],
        &["up", "--dry-run"],
        &["down", "--json"],
        &["up", "--json", "--verbose"],
    ] {
        told.push_str(&shop.run(arguments).expect_success().all());
    }
    for (name, unit) in shop.units() {
        let found: Value = serde_json::from_str(&docker(&["inspect", &unit.id])).unwrap();
        for part in ["Labels", "Cmd", "Entrypoint"] {
            told.push_str(&format!("{name}: {}\n", found[0]["Config"][part]));
        }
        told.push_str(&format!("{} {}", found[0]["Args"], found[0]["Name"]));
    }
    let password = shop.env("DB_PASSWORD");
    for secret in [password.as_str(), SECRET] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}

#[test]
fn nothing_that_a_person_reads_has_a_word_of_the_engine() {
    let shop = shop();
    shop.write("dev.yaml", SHOP.replace("'true'", "'false'"));
    let mut read = shop.run(&["up"]).expect_code(1).all();
    for arguments in
        [&["up"][..], &["status"], &["up", "--dry-run"], &["restart", "api"], &["down"], &["status"], &["logs", "api"]]
    {
        read.push_str(&shop.run(arguments).all());
    }
    assert_eq!(jargon(&read), [""; 0], "{read}");
}

#[test]
fn a_dry_run_is_a_document_for_programs() {
    let shop = Checkout::new("name: shop\nservices: { db: redis }\n");
    let plan = shop.run(&["up", "--dry-run", "--json"]).expect_success().json();
    let steps = plan["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| keys(step) == ["after", "because", "name", "what"].into()), "{plan}");
    assert!(steps.iter().any(|step| step["name"] == "db" && step["what"] == "make its data folder"), "{plan}");
    assert!(shop.units().is_empty());
    shop.up();
    let plan = shop.run(&["up", "--dry-run", "--json"]).expect_success().json();
    assert_eq!(plan, serde_json::json!({ "project": "shop", "steps": [] }));
}
