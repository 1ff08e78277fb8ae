//! Database services of one's own, outside of every repo: found, named and stopped from any folder.

use crate::bed::Checkout;

/// The lines that are offered to type, without what explains them.
fn fixes(stderr: &str) -> Vec<String> {
    let fix = |line: &str| Some(line.trim().strip_prefix("fix: ")?.split("        #").next()?.trim().to_owned());
    stderr.lines().filter_map(fix).collect()
}

/// Types a line that was offered.
#[track_caller]
fn type_line(shop: &Checkout, line: &str) {
    let words: Vec<&str> = line.strip_prefix("devenv ").unwrap().split(' ').collect();
    shop.run(&words).expect_success();
}

#[test]
fn databases_of_ones_own_are_found_and_stopped_from_anywhere() {
    let shop = Checkout::empty();
    shop.run(&["db", "create", "trial"]).expect_success();
    // A second kind of server changes nothing for who means the usual one.
    shop.run(&["db", "create", "m", "--engine", "valkey"]).expect_success();
    let plain = shop.run(&["db", "create", "plain1"]).expect_success();
    assert!(plain.stdout.starts_with("postgres://"), "{}", plain.stdout);
    shop.write(
        "fresh.sql",
        "-- PostgreSQL database dump\ncreate table t (id int);\n-- PostgreSQL database dump complete\n",
    );
    shop.run(&["db", "import", "fresh.sql", "--into", "fresh"]).expect_success();
    shop.run(&["db", "import", "fresher", "fresh.sql"]).expect_success();
    let shell = shop.run(&["db", "shell", "fresher", "--", "-Atc", "select count(*) from t"]).expect_success();
    assert_eq!(shell.stdout.trim(), "0");
    let near = shop.run(&["db", "url", "plan1"]).expect_code(1);
    assert!(near.stderr.contains("did you mean `plain1`?"), "{}", near.stderr);

    // What goes wrong offers lines that can be typed here.
    shop.write("bad.sql", "create table u (id int);\nselct 1;\n");
    let bad = shop.run(&["db", "import", "trial", "bad.sql"]).expect_code(1);
    assert!(bad.stderr.contains("could not load bad.sql, line 2"), "{}", bad.stderr);
    assert!(bad.stderr.contains("nothing was changed"), "{}", bad.stderr);
    let logs = fixes(&bad.stderr).into_iter().find(|line| line.contains("logs")).unwrap();
    type_line(&shop, &logs);
    let own = shop.run(&["db", "drop", "postgres"]).expect_code(2);
    assert!(fixes(&own.stderr)[0].starts_with("devenv -C "), "{}", own.stderr);
    let list = shop.run(&["db", "list"]).expect_success();
    assert!(list.stderr.contains("devenv db stop"), "{}", list.stderr);
    let status = shop.run(&["status"]).expect_code(3);
    assert!(fixes(&status.stderr).contains(&"devenv db stop".to_owned()), "{}", status.stderr);

    // A snapshot of theirs comes into a repo when that is said, and only then.
    shop.run(&["db", "snapshot", "trial", "before"]).expect_success();
    shop.write("dev.yaml", "services: { db: postgres }\n");
    let refused = shop.run(&["db", "restore", "before"]).expect_code(2);
    assert!(refused.stderr.contains("error[snapshot-elsewhere]"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("starting"), "nothing starts for it: {}", refused.stderr);
    let lines = fixes(&refused.stderr);
    let into = lines.iter().find(|line| line.contains("--into")).unwrap();
    let restored = shop.run(&into.split(' ').skip(1).collect::<Vec<_>>()).expect_success();
    assert!(restored.stderr.contains("devenv db undo"), "{}", restored.stderr);
    shop.run(&["db", "undo"]).expect_success();

    // From inside of a repo, too.
    shop.run(&["db", "stop"]).expect_success();
    let list = shop.run(&["db", "list", "--scratch", "--json"]).expect_success().json();
    assert_eq!(list["stopped"].as_array().unwrap().len(), 2, "{list}");
    let list = shop.run(&["db", "list", "--json"]).expect_success().json();
    assert_eq!(list["stopped"].as_array().unwrap().len(), 0, "the repo's go on: {list}");
    shop.run(&["db", "url", "trial", "--scratch"]).expect_success();
}
