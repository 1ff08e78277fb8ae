//! `devenv db` before anything starts: what is meant, and what is typed wrongly.

use crate::support::Folder;

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
        (&["db", "snapshot", "db", "../x"], "snapshot-name"),
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
fn nothing_to_undo_and_nothing_saved_is_said_without_an_engine() {
    let shop = Folder::new("services: { db: postgres }\n");
    assert!(shop.run(&["db", "list", "--snapshots"]).expect_success().stdout.contains("no snapshots"));
    assert!(shop.run(&["db", "undo", "--list"]).expect_success().stdout.contains("nothing was dropped"));
    let ran = shop.run(&["db", "undo"]).expect_code(1);
    assert!(ran.stderr.contains("error[nothing-to-undo]"), "{}", ran.stderr);
}
