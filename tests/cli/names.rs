//! Names that a person types.

use crate::support::Folder;

fn shop() -> Folder {
    Folder::new("services: { db: postgres }\napps:\n  api: { runtime: node, run: npm start, port: 3000 }\n")
}

#[test]
fn an_unknown_name_is_wrong_usage_with_the_nearest_right_one() {
    let folder = shop();
    for arguments in [
        &["up", "apo"][..],
        &["down", "apo"],
        &["logs", "apo"],
        &["restart", "apo"],
        &["exec", "apo", "ls"],
        &["env", "apo"],
    ] {
        let ran = folder.run(arguments).expect_code(2);
        assert!(ran.stderr.starts_with("error[unknown-name]: there is no `apo` in dev.yaml"), "{}", ran.stderr);
        assert!(ran.stderr.contains("did you mean `api`?") && ran.stdout.is_empty(), "{}", ran.all());
    }
}

#[test]
fn several_unknown_names_are_told_at_once() {
    let ran = shop().run(&["up", "dv", "api", "mail"]).expect_code(2);
    assert!(ran.stderr.contains("`dv`") && ran.stderr.contains("no `mail`"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("error[").count(), 2, "{}", ran.stderr);
}

#[test]
fn an_unknown_variable_is_wrong_usage() {
    let ran = shop().run(&["env", "--get", "DB_ULR"]).expect_code(2);
    assert!(ran.stderr.contains("did you mean DB_URL?"), "{}", ran.stderr);
}
