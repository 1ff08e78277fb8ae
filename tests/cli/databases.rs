//! `devenv db` before anything starts: what is meant, and what is typed wrongly.

use crate::support::Folder;
use crate::terminal::Terminal;

const TWO: &str = "services: { db: postgres, legacy: mariadb }\n";

#[test]
fn what_is_typed_wrongly_is_told_before_anything_starts() {
    let shop = Folder::new("services: { db: postgres }\n");
    for (arguments, id) in [
        (&["db", "create", "my shop"][..], "database-name"),
        (&["db", "create", "a\"; drop table x"], "database-name"),
        (&["db", "create", "名前"], "database-name"),
        (&["db", "create", &"x".repeat(49)], "database-name"),
        (&["db", "create", "x", "--for", "4 hours"], "lifetime"),
        (&["db", "create", "x", "--engine", "postgers"], "database-engine"),
        (&["db", "create", "x", "--engine", "postgres@7"], "database-engine"),
        (&["db", "clone", "db", "a/b/c"], "database-name"),
        (&["db", "clone", "db", "other/x"], "database-name"),
        (&["db", "snapshot", "db", "../x"], "snapshot-name"),
        (&["db", "undo", "nope"], "nothing-to-undo"),
        (&["db", "undo", "99"], "nothing-to-undo"),
    ] {
        let ran = shop.run(arguments).expect_code(2);
        assert!(ran.stderr.contains(&format!("error[{id}]")), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn what_is_meant_has_to_be_clear_before_anything_starts() {
    let shop = Folder::new(TWO);
    let ran = shop.run(&["db", "url"]).expect_code(2);
    assert!(ran.stderr.contains("error[which-database]") && ran.stderr.contains("`db` and `legacy`"), "{}", ran.stderr);
    let ran = shop.run(&["db", "url", "lagecy"]).expect_code(1);
    assert!(ran.stderr.contains("did you mean `legacy`?"), "{}", ran.stderr);
    let ran = shop.run(&["db", "restore", "yesterday"]).expect_code(1);
    assert!(ran.stderr.contains("error[unknown-snapshot]"), "{}", ran.stderr);
    let none = Folder::new("services: { mail: mailpit }\n");
    let ran = none.run(&["db", "create", "x"]).expect_code(1);
    assert!(ran.stderr.contains("error[no-database-service]") && ran.stderr.contains("--scratch"), "{}", ran.stderr);
}

#[test]
fn an_import_is_typed_like_its_neighbours_and_a_wrong_order_is_told_with_the_right_one() {
    let shop = Folder::new(TWO);
    shop.write("d.sql", "select 1;\n");
    let ran = shop.run(&["db", "import", "d.sql", "trial"]).expect_code(1);
    assert!(ran.stderr.contains("fix: devenv db import trial d.sql"), "{}", ran.stderr);
    let ran = shop.run(&["db", "import", "trial", "nowhere.sql"]).expect_code(1);
    assert!(ran.stderr.contains("error[dump-unreadable]") && ran.stderr.contains("nowhere.sql"), "{}", ran.stderr);
    shop.run(&["db", "import", "trial", "d.sql", "--into", "other"]).expect_code(2);
    // Both would take plain statements.
    let ran = shop.run(&["db", "import", "d.sql"]).expect_code(2);
    assert!(ran.stderr.contains("error[which-database]"), "{}", ran.stderr);
    let ran = shop.run(&["db", "extend", "trial"]).expect_code(2);
    assert!(ran.stderr.contains("--for"), "{}", ran.stderr);
    let ran = shop.run(&["db", "create", "lagecy/x"]).expect_code(1);
    assert!(ran.stderr.contains("did you mean `legacy`?"), "{}", ran.stderr);
}

#[test]
fn databases_of_ones_own_are_mentioned_where_there_is_nothing_else() {
    let folder = Folder::empty();
    let ran = folder.run(&["status"]).expect_code(3);
    assert!(!ran.stderr.contains("devenv db"), "{}", ran.stderr);
    assert!(folder.run(&["db", "stop"]).expect_success().stderr.contains("there are no database services"));
    // There is no engine for them, but now they are wanted.
    folder.run(&["db", "list"]).expect_code(4);
    for command in ["status", "down", "logs"] {
        let ran = folder.run(&[command]).expect_code(3);
        assert!(ran.stderr.contains("fix: devenv db stop"), "{command}: {}", ran.stderr);
    }
}

#[test]
fn nothing_to_undo_and_nothing_saved_is_said_without_an_engine() {
    let shop = Folder::new("services: { db: postgres }\n");
    assert!(shop.run(&["db", "list", "--snapshots"]).expect_success().stdout.contains("no snapshots"));
    assert!(shop.run(&["db", "undo", "--list"]).expect_success().stdout.contains("nothing was dropped"));
    let ran = shop.run(&["db", "undo"]).expect_code(1);
    assert!(ran.stderr.contains("error[nothing-to-undo]"), "{}", ran.stderr);
}

#[test]
fn without_a_terminal_it_says_what_to_type_and_at_one_it_can_be_left() {
    let shop = Folder::new("services: { db: postgres }\n");
    let ran = shop.run(&["db"]).expect_success();
    assert!(
        ran.stdout.contains("devenv db create NAME --for 4h") && ran.stderr.is_empty(),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    let mut at = Terminal::start(&shop.command(&["db"]), (40, 120));
    at.wait_for("What do you want to do?");
    at.wait_for("Copy a database");
    at.type_keys("\u{1b}");
    at.wait_for("nothing was done");
    let (code, seen) = at.wait();
    assert_eq!(code, 0);
    assert!(!seen.contains("Drop a database"), "there is none that could be dropped: {seen}");
}
