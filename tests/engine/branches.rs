//! Every git branch with data of its own: begun as that of the branch it comes from, there again on return, and removed when its
//! branch is.

use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::bed::{Checkout, docker};
use crate::passage::{Act, Passage};
use crate::support::{DEVELOPER, is_root};

const MANIFEST: &str = "services: { db: { use: postgres, databases: { per_branch: true } } }\n";

/// Git as the developer runs it.
#[track_caller]
fn git(shop: &Checkout, words: &[&str]) {
    let mut command = match is_root() {
        true => {
            let (mut command, user) = (Command::new("setpriv"), DEVELOPER.to_string());
            command.args(["--reuid", &user, "--regid", &user, "--clear-groups", "git"]);
            command
        }
        false => Command::new("git"),
    };
    command.args(["-c", "user.name=Sam", "-c", "user.email=sam@example.org", "-c", "init.defaultBranch=main"]);
    let output = shop.surround(command, words).output().unwrap();
    assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

pub(super) fn repository(manifest: &str) -> Checkout {
    let shop = Checkout::new(manifest);
    git(&shop, &["init", "--quiet"]);
    commit(&shop);
    shop
}

fn commit(shop: &Checkout) {
    git(shop, &["add", "."]);
    git(shop, &["commit", "--quiet", "--allow-empty", "-m", "work"]);
}

pub(super) fn new_branch(shop: &Checkout, name: &str) {
    git(shop, &["checkout", "--quiet", "-b", name]);
}

fn checkout(shop: &Checkout, name: &str) {
    git(shop, &["checkout", "--quiet", name]);
}

fn rows(shop: &Checkout) -> String {
    shop.sql("select string_agg(at, ' ' order by at) from orders")
}

fn add(shop: &Checkout, row: &str) {
    shop.sql(&format!("insert into orders values ('{row}')"));
}

/// Data folders of this checkout that are forks.
fn forks(shop: &Checkout) -> usize {
    let filter = format!("label=devenv.checkout={}", shop.root().display());
    docker(&["volume", "ls", "-q", "--filter", &filter, "--filter", "label=devenv.below"]).lines().count()
}

#[track_caller]
fn walk(shop: &Checkout) {
    shop.up();
    shop.sql("create table orders as select 'a-main' as at");
    new_branch(shop, "feature");
    let up = shop.up();
    assert!(up.stderr.contains("`feature` has data of its own from now on, begun as that of `main`"), "{}", up.stderr);
    assert_eq!(rows(shop), "a-main");
    add(shop, "b-feature");
    checkout(shop, "main");
    shop.up();
    assert_eq!(rows(shop), "a-main");
    add(shop, "c-main");
    checkout(shop, "feature");
    shop.up();
    assert_eq!(rows(shop), "a-main b-feature");
    // Stopped in between, and with the second branch at rest.
    shop.run(&["down"]).expect_success();
    checkout(shop, "main");
    new_branch(shop, "other");
    shop.up();
    assert_eq!(rows(shop), "a-main c-main");
    add(shop, "d-other");
    for (branch, expected) in
        [("feature", "a-main b-feature"), ("other", "a-main c-main d-other"), ("main", "a-main c-main")]
    {
        checkout(shop, branch);
        shop.up();
        assert_eq!(rows(shop), expected, "on {branch}");
        assert_eq!(shop.run(&["up", "--json"]).expect_success().json_lines()[0]["steps"], 0);
    }
}

#[test]
fn each_branch_goes_on_with_its_own_rows() {
    let shop = repository(MANIFEST);
    walk(&shop);
    assert!(forks(&shop) >= 3);
}

/// The same with an engine that can't make forks: there the data is copied.
#[test]
fn without_forks_each_branch_has_a_copy() {
    let mut shop = repository(MANIFEST);
    let passage = Passage::in_front_of(&mut shop);
    passage.at_those_with(
        "POST /volumes/create",
        "overlay",
        Act::refuse("500 Internal Server Error", "no such option"),
    );
    walk(&shop);
    assert_eq!(forks(&shop), 0);
}

/// An engine that could, and can't any more: the switch succeeds all the same.
#[test]
fn a_fork_that_fails_becomes_a_copy() {
    let mut shop = repository(MANIFEST);
    let passage = Passage::in_front_of(&mut shop);
    shop.up();
    shop.sql("create table orders as select 'a-main' as at");
    new_branch(&shop, "feature");
    shop.up();
    add(&shop, "b-feature");
    let refusal = Act::refuse("500 Internal Server Error", "no such option");
    passage.at_those_with("POST /volumes/create", "overlay", refusal);
    new_branch(&shop, "next");
    shop.up();
    assert!(passage.met() > 0);
    assert_eq!(rows(&shop), "a-main b-feature");
}

/// What setup has done goes with the data, and nothing is done twice or left out.
#[test]
fn setup_that_has_run_on_a_branch_is_known_there() {
    let shop = repository(
        "services: { cache: { use: redis, databases: { per_branch: true } } }\napps:\n  api:\n    runtime: python\n    setup:\n      - { run: cat version >> ../ran, inputs: [version] }\n    \
         run: sleep 600\n    ready: { run: 'true' }\n    env: { URL: '${cache.url}' }\n    path: api\n",
    );
    shop.write(".gitignore", "ran\n");
    shop.write("api/version", "one\n");
    commit(&shop);
    let get = || shop.run(&["exec", "cache", "redis-cli", "get", "at"]).expect_success().stdout.trim().to_owned();
    let set = |value: &str| drop(shop.run(&["exec", "cache", "redis-cli", "set", "at", value]).expect_success());
    shop.up();
    set("main");
    new_branch(&shop, "feature");
    shop.write("api/version", "two\n");
    commit(&shop);
    shop.up();
    assert_eq!((shop.read("ran").as_str(), get().as_str()), ("one\ntwo\n", "main"));
    set("feature");
    for (branch, value) in [("main", "main"), ("feature", "feature"), ("main", "main")] {
        checkout(&shop, branch);
        shop.up();
        assert_eq!((shop.read("ran").as_str(), get().as_str()), ("one\ntwo\n", value), "on {branch}");
    }
}

/// The data of a branch that was merged or deleted goes with the next clean-up, saved first; what others are built on stays.
#[test]
fn the_data_of_a_merged_or_deleted_branch_is_saved_and_goes() {
    let shop = repository(MANIFEST);
    shop.up();
    shop.sql("create table orders as select 'a-main' as at");
    for branch in ["merged", "deleted", "open"] {
        checkout(&shop, "main");
        new_branch(&shop, branch);
        shop.up();
        add(&shop, branch);
        commit(&shop);
    }
    checkout(&shop, "main");
    shop.up();
    git(&shop, &["merge", "--quiet", "--no-ff", "-m", "merge", "merged"]);
    let listed = shop.run(&["gc", "--dry-run"]).expect_success();
    assert!(listed.stdout.contains("its branch was merged or deleted"), "{}", listed.stdout);
    git(&shop, &["branch", "--quiet", "-D", "deleted"]);
    let up = shop.up();
    for branch in ["merged", "deleted"] {
        assert!(up.stderr.contains(&format!("the branch `{branch}` was merged or deleted")), "{}", up.stderr);
    }
    assert!(!shop.up().stderr.contains("was merged"), "it is said once");
    let before = forks(&shop);
    shop.run(&["gc", "--yes"]).expect_success();
    assert_eq!(before - forks(&shop), 2);
    assert_eq!(shop.run(&["undo", "--gc", "--list"]).expect_success().stdout.lines().count(), 2);
    assert_eq!(rows(&shop), "a-main");
    checkout(&shop, "open");
    shop.up();
    assert_eq!(rows(&shop), "a-main open");
    // A branch of what has moved on since, so that one frozen folder is built on another.
    add(&shop, "more");
    new_branch(&shop, "later");
    shop.up();
    assert_eq!(rows(&shop), "a-main more open");
    // A deleted checkout leaves nothing, in whatever order its data was built.
    shop.run(&["down"]).expect_success();
    let filter = format!("label=devenv.checkout={}", shop.root().display());
    shop.run(&["gc", "--older-than", "0h", "--yes"]).expect_success();
    assert_eq!(docker(&["volume", "ls", "-q", "--filter", &filter]), "");
    shop.run(&["undo", "--gc"]).expect_success();
}

/// The trunk's data stays, although its first `up` came after that of a feature and the feature now has all of it.
#[test]
fn the_trunk_is_never_taken_for_a_branch_that_was_merged() {
    let shop = repository(MANIFEST);
    new_branch(&shop, "feature");
    shop.up();
    shop.sql("create table orders as select 'feature' as at");
    checkout(&shop, "main");
    shop.up();
    add(&shop, "main");
    commit(&shop);
    checkout(&shop, "feature");
    git(&shop, &["merge", "--quiet", "main"]);
    for _ in 0..2 {
        let up = shop.up();
        assert!(!up.stderr.contains("was merged or deleted"), "{}", up.stderr);
    }
    let listed = shop.run(&["gc", "--dry-run"]).expect_success();
    assert!(!listed.stdout.contains("its branch was merged"), "{}", listed.stdout);
    checkout(&shop, "main");
    shop.up();
    assert_eq!(rows(&shop), "feature main");
}

/// A branch that nothing was brought up on yet can begin empty, and what that sets aside comes back there alone.
#[test]
fn a_reset_on_a_new_branch_leaves_the_data_of_the_others_alone() {
    let shop = repository(MANIFEST);
    shop.up();
    shop.sql("create table orders as select 'a-main' as at");
    new_branch(&shop, "feature");
    let reset = shop.run(&["reset", "--yes"]).expect_success();
    assert!(reset.stderr.contains("the data of `db` of the branch `feature` was set aside"), "{}", reset.stderr);
    let tables = || shop.sql("select count(*) from pg_tables where tablename = 'orders'");
    assert_eq!(tables(), "0");
    let list = shop.run(&["undo", "--list"]).expect_success();
    assert!(list.stdout.contains("db of `feature`"), "{}", list.stdout);
    checkout(&shop, "main");
    // Nothing has been set aside here.
    shop.run(&["undo"]).expect_code(1);
    let refused = shop.run(&["undo", "1"]).expect_code(2);
    assert!(refused.stderr.contains("git checkout feature && devenv undo 1"), "{}", refused.stderr);
    shop.up();
    assert_eq!(rows(&shop), "a-main");
    add(&shop, "b-main");
    // Of a branch that data is gone back to, what is current belongs to another one just as well.
    shop.run(&["down"]).expect_success();
    checkout(&shop, "feature");
    shop.run(&["undo"]).expect_success();
    shop.up();
    assert_eq!(rows(&shop), "a-main");
    shop.run(&["reset", "--yes"]).expect_success();
    checkout(&shop, "main");
    shop.up();
    assert_eq!(rows(&shop), "a-main b-main");
}

/// Commands that work on data follow the branch, also in an environment that runs; those that only look say whose it is.
#[test]
fn what_works_on_data_goes_on_with_that_of_the_branch_that_is_checked_out() {
    const APP: &str = "  api: { runtime: python, run: sleep 600, ready: { run: 'true' }, env: { URL: '${db.url}' } }\n";
    const TASK: &str = "tasks: { hello: echo hello }\n";
    let shop = repository(&format!("{MANIFEST}apps:\n{APP}{TASK}"));
    let served = "`db` has the data of the branch `main` until `devenv up` goes on with that of";
    let looks: [&[&str]; 3] = [&["status"], &["db", "list"], &["env", "--get", "DB_URL"]];
    let asked = "select string_agg(at, ' ' order by at) from orders";
    shop.up();
    shop.sql("create table orders as select 'main' as at");
    let talk: [(&str, Vec<&str>); 5] = [
        ("shell", vec!["db", "shell", "db", "--", "-c", asked]),
        ("exec", vec!["exec", "db", "--", "true"]),
        ("snapshot", vec!["db", "snapshot", "db"]),
        ("url", vec!["db", "url", "db"]),
        ("task", vec!["run", "hello"]),
    ];
    for (branch, command) in talk {
        new_branch(&shop, branch);
        for look in looks {
            let told = shop.run(look).expect_success();
            assert!(told.stderr.contains(&format!("{served} `{branch}`")), "{look:?}: {}", told.stderr);
        }
        shop.run(&command).expect_success();
        for look in looks {
            let told = shop.run(look).expect_success();
            assert!(!told.stderr.contains("has the data of the branch"), "{look:?}: {}", told.stderr);
        }
        add(&shop, branch);
        let mut both = ["main", branch];
        both.sort_unstable();
        assert_eq!(rows(&shop), both.join(" "));
        checkout(&shop, "main");
        shop.up();
        assert_eq!(rows(&shop), "main", "after {command:?}");
    }
}

/// Killed at any moment of a switch, every branch has its rows, and no more than that.
#[test]
fn killed_at_any_moment_of_a_switch_each_branch_keeps_its_rows() {
    const MOMENTS: u32 = 12;
    let shop = repository(MANIFEST);
    shop.up();
    shop.sql("create table orders as select 'main' as at");
    new_branch(&shop, "b");
    let began = Instant::now();
    shop.up();
    let whole = began.elapsed().max(Duration::from_millis(500));
    add(&shop, "b");
    for moment in 0..MOMENTS {
        checkout(&shop, "main");
        new_branch(&shop, &format!("at-{moment}"));
        shop.start(&["up"]).signal_after(whole * moment / MOMENTS, Signal::KILL);
        // Back without having seen what came of it, or going on with it.
        if moment % 2 == 0 {
            checkout(&shop, "b");
            shop.up();
            assert_eq!(rows(&shop), "b main", "after moment {moment}");
        } else {
            shop.up();
            assert_eq!(rows(&shop), "main", "after moment {moment}");
        }
    }
    checkout(&shop, "main");
    shop.up();
    assert_eq!(rows(&shop), "main");
}
