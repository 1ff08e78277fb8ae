//! `devenv lock`, and what `dev.lock` means to other commands, where it takes no engine to tell.

use crate::support::{Folder, Ran};

const SHOP: &str = "services: { db: postgres@17, cache: redis@8 }\n";

fn entry(name: &str) -> String {
    format!("  docker.io/library/{name}:\n    is: sha256:{}\n", "ab".repeat(32))
}

fn locked(names: &[&str]) -> String {
    format!("exact:\n{}format: 1\n", names.iter().map(|name| entry(name)).collect::<String>())
}

fn problems(ran: &Ran) -> Vec<String> {
    let heads = ran.stderr.lines().filter_map(|line| line.strip_prefix("error["));
    heads.filter_map(|rest| rest.split(']').next()).map(str::to_owned).collect()
}

#[test]
fn frozen_is_refused_before_anything_is_begun() {
    let folder = Folder::new(SHOP);
    for command in ["up", "ci"] {
        let refused = |lock: Option<&str>| {
            lock.iter().for_each(|text| folder.write("dev.lock", text));
            let ran = folder.run(&[command, "--frozen"]).expect_code(3);
            assert!(devenv::words::jargon(&ran.stderr).is_empty(), "{}", ran.stderr);
            ran
        };
        let _ = std::fs::remove_file(folder.root().join("dev.lock"));
        let none = refused(None);
        assert_eq!(problems(&none), ["lock-missing"]);
        assert!(none.stderr.contains("fix: devenv lock "), "{}", none.stderr);
        let other = refused(Some(&locked(&["mysql:8", "redis:8"])));
        assert_eq!(problems(&other), ["lock-stale", "lock-stale"]);
        assert!(other.stderr.contains("no exact version of PostgreSQL 17\n"), "{}", other.stderr);
        let merged = refused(Some(&format!("<<<<<<< HEAD\n{}", locked(&["redis:8"]))));
        assert_eq!(problems(&merged), ["lock-damaged"]);
        assert!(merged.stderr.contains("dev.lock:1"), "{}", merged.stderr);
        assert_eq!(problems(&refused(Some("format: 9\n"))), ["lock-newer"]);
        // It fits: now there is no engine.
        folder.write("dev.lock", locked(&["postgres:17", "redis:8"]));
        folder.run(&[command, "--frozen"]).expect_code(4);
    }
    // What a person changes for themselves alone is held against the file too.
    folder.write("dev.local.yaml", "services: { db: postgres@16 }\n");
    assert_eq!(problems(&folder.run(&["up", "--frozen"]).expect_code(3)), ["lock-stale"]);
}

#[test]
fn frozen_wants_exact_versions_in_dockerfiles_too() {
    let folder = Folder::new("apps: { api: { build: { file: ., args: { OF: '3.13' } }, port: 8000 } }\n");
    let pinned = format!("python:3.13@sha256:{}", "ab".repeat(32));
    folder.write("Dockerfile", format!("ARG OF\nFROM {pinned} AS tools\nFROM scratch\nFROM tools\nFROM python:$OF\n"));
    let ran = folder.run(&["up", "--frozen"]).expect_code(3);
    assert_eq!(problems(&ran), ["lock-unpinned"]);
    assert!(ran.stderr.contains("Dockerfile:5:6") && ran.stderr.contains("python:3.13"), "{}", ran.stderr);
    folder.write("Dockerfile", format!("FROM {pinned}\n"));
    folder.run(&["up", "--frozen"]).expect_code(4);
}

#[test]
fn what_nobody_wants_any_more_is_dropped_without_asking_anybody() {
    let folder = Folder::new(SHOP);
    let template = "template:\n  from: x\n";
    folder.write("dev.lock", locked(&["mysql:8", "postgres:17", "redis:8"]) + template);
    let ran = folder.run(&["lock", "--json"]).expect_success().json();
    assert_eq!(ran["written"], true);
    let changes: Vec<&str> =
        ran["exact"].as_array().unwrap().iter().map(|row| row["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["same", "same", "gone"]);
    let kept = folder.read("dev.lock");
    assert!(kept.ends_with(&(locked(&["postgres:17", "redis:8"]) + template)), "{kept}");
    let again = folder.run(&["lock"]).expect_success();
    assert!(again.stdout.ends_with("dev.lock is as it should be: 2 exact versions\n"), "{}", again.stdout);
    assert_eq!(folder.read("dev.lock"), kept);
    // The rest would have to be asked for.
    folder.write("dev.lock", locked(&["redis:8"]));
    folder.run(&["lock"]).expect_code(4);
    assert_eq!(folder.read("dev.lock"), locked(&["redis:8"]));
}

#[test]
fn where_there_is_nothing_to_write_down_nothing_is_written() {
    let folder = Folder::new("apps: { api: { runtime: host, run: ./start, port: 8000 } }\n");
    let ran = folder.run(&["lock"]).expect_success();
    assert!(ran.stdout.contains("nothing that others publish"), "{}", ran.stdout);
    assert!(!folder.root().join("dev.lock").exists());
    let ran = folder.run(&["lock", "--update", "apo"]).expect_code(2);
    assert!(ran.stderr.contains("`api`"), "{}", ran.stderr);
    let without = Folder::empty();
    without.write("package.json", "{\"scripts\": {\"start\": \"node .\"}}");
    let ran = without.run(&["lock"]);
    assert_eq!(problems(&ran), ["no-manifest"]);
    assert!(ran.stderr.contains("devenv init"), "{}", ran.stderr);
    assert!(!without.root().join("dev.lock").exists());
}

#[test]
fn a_damaged_file_is_told_by_who_brings_up_and_by_doctor_and_keeps_nobody_from_stopping() {
    let folder = Folder::new("apps: { api: { runtime: host, run: sleep 60 } }\n");
    folder.write("dev.lock", "exact: [1]\n");
    assert_eq!(problems(&folder.run(&["up", "--yes"]).expect_code(3)), ["lock-damaged"]);
    // What is cut off at the end might read like a whole one.
    folder.write("dev.lock", format!("{}{}", locked(&["redis:8"]), "# more\n".repeat(300_000)));
    assert_eq!(problems(&folder.run(&["up", "--yes"]).expect_code(3)), ["lock-damaged"]);
    folder.run(&["status"]).expect_success();
    folder.run(&["down"]).expect_success();
    let doctor = folder.run(&["doctor", "--json"]).expect_code(1).json();
    let ids: Vec<&str> =
        doctor["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"lock-damaged"), "{ids:?}");
}
