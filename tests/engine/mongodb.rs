//! `devenv db` with MongoDB. Its server and its dump tools are stand-ins here, its shell is the real one: `tests/bed/README.md`.

use std::io::Write;
use std::process::Stdio;

use crate::bed::{Checkout, docker};
use crate::databases::names;

/// What the real shell, beside the server, prints of an expression.
#[track_caller]
fn ask(shop: &Checkout, database: &str, expression: &str) -> String {
    let at = "\"mongodb://app:$MONGO_INITDB_ROOT_PASSWORD@127.0.0.1/$0?authSource=admin\"";
    let client = format!("exec mongosh --quiet --norc {at} --eval \"$1\"");
    let id = shop.unit("mongo").id;
    docker(&["exec", &id, "sh", "-c", &client, database, &format!("print({expression})")]).trim_end().to_owned()
}

#[track_caller]
fn run(shop: &Checkout, line: &str) {
    shop.run(&line.split(' ').collect::<Vec<_>>()).expect_success();
}

fn shop() -> Checkout {
    let shop = Checkout::new("services: { mongo: mongodb }\n");
    shop.up();
    shop
}

const MAKE: &str = "db.orders.insertMany([{_id: 1, note: 'a'}, {_id: 2, note: 'b'}]).acknowledged, \
    db.orders.createIndex({note: 1}, {unique: true}), db.createView('dear', 'orders', [{$match: {_id: {$gt: 1}}}]).ok";
/// How many orders there are, how many through the view, and whether notes have to differ.
const LOOK: &str = "db.orders.countDocuments() + ' ' + db.dear.countDocuments() + ' ' + db.orders.getIndexes().some(one => one.unique)";

#[test]
fn a_database_is_made_from_nothing_running_and_its_url_works_as_it_is_printed() {
    let shop = Checkout::new("services: { mongo: mongodb }\n");
    let made = shop.run(&["db", "create", "trial"]).expect_success();
    let url = made.stdout.trim_end();
    assert!(url.starts_with("mongodb://app:") && url.contains("/trial?authSource=admin"), "{url}");
    assert_eq!(names(&shop), ["mongo/app", "mongo/trial"], "it is there while it is empty");
    let image = docker(&["inspect", "--format", "{{.Config.Image}}", &shop.unit("mongo").id]);
    let client =
        ["run", "--rm", "--network", "host", "--entrypoint", "mongosh", image.trim(), url, "--quiet", "--eval"];
    let said =
        docker(&[&client[..], &["db.t.insertOne({_id: 7}); print(db.getName(), db.t.countDocuments())"]].concat());
    assert!(said.contains("trial 1"), "{said}");
    assert_eq!(shop.run(&["db", "url", "trial"]).expect_success().stdout, made.stdout);
    let shell = shop.run(&["db", "shell", "trial", "--", "--eval", "print('is', db.t.findOne()._id)"]).expect_success();
    assert!(shell.stdout.contains("is 7"), "{}", shell.stdout);
    for arguments in [&["db", "create", "trial"][..], &["db", "clone", "mongo", "trial"]] {
        let ran = shop.run(arguments).expect_code(1);
        assert!(ran.stderr.contains("error[database-exists]"), "{}", ran.stderr);
    }
    let case = shop.run(&["db", "create", "Trial"]).expect_code(1);
    assert!(case.stderr.contains("case of letters"), "{}", case.stderr);
    assert_eq!(ask(&shop, "trial", "db.t.countDocuments()"), "1", "what was there is as it was");
}

#[test]
fn a_copy_has_what_the_original_had_and_goes_its_own_way() {
    let shop = shop();
    ask(&shop, "app", MAKE);
    run(&shop, "db clone mongo trial");
    assert_eq!(ask(&shop, "trial", LOOK), "2 1 true");
    ask(&shop, "trial", "db.orders.deleteMany({}).deletedCount");
    assert_eq!(ask(&shop, "app", LOOK), "2 1 true", "the original is as it was");
    // What apps name is what it is, and never anything else.
    let odd = "a'b;c(1)&x";
    ask(&shop, "app", &format!("db.getSiblingDB(\"{odd}\").t.insertOne({{_id: 1}}).acknowledged"));
    shop.run(&["db", "clone", &format!("mongo/{odd}"), "odd"]).expect_success();
    assert_eq!(ask(&shop, "odd", "db.t.countDocuments()"), "1");
    shop.run(&["db", "drop", &format!("mongo/{odd}")]).expect_success();
    assert_eq!(names(&shop), ["mongo/app", "mongo/odd", "mongo/trial"]);
    for wrong in ["a b", "a\"b", "a$b", "a/b/c", "admin"] {
        assert_ne!(shop.run(&["db", "create", wrong]).code, 0, "{wrong}");
    }
    assert_eq!(names(&shop), ["mongo/app", "mongo/odd", "mongo/trial"]);
}

#[test]
fn a_snapshot_and_what_was_dropped_come_back_with_indexes_and_views() {
    let shop = shop();
    ask(&shop, "app", MAKE);
    run(&shop, "db snapshot mongo before");
    ask(&shop, "app", "db.orders.insertOne({_id: 3, note: 'c'}).acknowledged");
    run(&shop, "db restore before");
    assert_eq!(ask(&shop, "app", LOOK), "2 1 true");
    run(&shop, "db undo");
    assert_eq!(ask(&shop, "app", LOOK), "3 2 true", "what was replaced is back");
    run(&shop, "db create side --from before");
    assert_eq!(ask(&shop, "side", LOOK), "2 1 true");
    run(&shop, "db drop side");
    assert_eq!(names(&shop), ["mongo/app"]);
    run(&shop, "db undo");
    assert_eq!(ask(&shop, "side", LOOK), "2 1 true");
    run(&shop, "db drop side");
    run(&shop, "db clean --yes");
    shop.run(&["db", "undo"]).expect_code(1);
    let left = ask(
        &shop,
        "app",
        "db.adminCommand({listDatabases: 1}).databases.map(one => one.name).filter(one => /^devenv_|side/.test(one))",
    );
    assert_eq!(left, "[]", "nothing hidden is left at the server");
}

#[test]
fn what_was_exported_comes_in_elsewhere_and_what_is_no_whole_archive_changes_nothing() {
    let shop = shop();
    ask(&shop, "app", MAKE);
    run(&shop, "db export mongo shop.archive.gz");
    run(&shop, "db import fresh shop.archive.gz");
    assert_eq!(ask(&shop, "fresh", LOOK), "2 1 true");
    run(&shop, "db export fresh plain.archive");
    let whole = std::fs::read(shop.root().join("plain.archive")).unwrap();
    shop.write("cut.archive", &whole[..whole.len() - 9]);
    shop.write("dump.sql", "-- PostgreSQL database dump\nselect 1;\n-- PostgreSQL database dump complete\n");
    // The name of the database, which is told before each collection.
    let text = String::from_utf8_lossy(&whole).into_owned();
    assert!(text.contains("fresh"));
    let mut admin = whole.clone();
    while let Some(at) = admin.windows(5).position(|window| window == b"fresh") {
        admin[at..at + 5].copy_from_slice(b"admin");
    }
    shop.write("admin.archive", &admin);
    for (file, id) in
        [("cut.archive", "dump-unreadable"), ("dump.sql", "dump-foreign"), ("admin.archive", "dump-refused")]
    {
        let ran = shop.run(&["db", "import", file, "--into", "mongo/fresh"]);
        assert_ne!(ran.code, 0, "{file}");
        assert!(ran.stderr.contains(&format!("error[{id}]")), "{file}: {}", ran.stderr);
        assert_eq!(ask(&shop, "fresh", LOOK), "2 1 true", "{file}: the old state");
    }
    assert_eq!(names(&shop), ["mongo/app", "mongo/fresh"]);
}

#[test]
fn a_server_that_ends_during_an_import_is_told_and_nothing_has_changed() {
    let shop = shop();
    ask(&shop, "app", MAKE);
    // Enough that the first half is more than what is read ahead.
    let row = "({_id: at, text: ('x'.repeat(99) + '\\n').repeat(1000)})";
    ask(&shop, "app", &format!("db.big.insertMany(Array.from({{length: 40}}, (_, at) => {row})).acknowledged"));
    run(&shop, "db export mongo shop.archive");
    let archive = std::fs::read(shop.root().join("shop.archive")).unwrap();
    let id = shop.unit("mongo").id;
    let mut import = shop.command(&["db", "import", "-", "--into", "mongo/app"]);
    let mut import = import.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = import.stdin.take().unwrap();
    input.write_all(&archive[..archive.len() / 2]).unwrap();
    input.flush().unwrap();
    let began = std::time::Instant::now();
    while !docker(&["top", &id]).contains("mongorestore") {
        assert!(began.elapsed().as_secs() < 60, "it never began to load");
    }
    docker(&["kill", &id]);
    drop(input);
    let ended = import.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(said.contains("error[ended-meanwhile]"), "{said}");
    shop.up();
    assert_eq!(ask(&shop, "app", LOOK), "2 1 true");
    run(&shop, "db create next");
    assert_eq!(names(&shop), ["mongo/app", "mongo/next"]);
}

#[test]
fn a_move_in_which_the_server_is_killed_is_whole_afterwards() {
    const MANY: u32 = 25;
    let shop = shop();
    run(&shop, "db create trial");
    let make = format!("(() => {{ for (let at = 0; at < {MANY}; at++) db['c' + at].insertOne({{_id: 1}}); }})()");
    ask(&shop, "trial", &make);
    let count = "db.getCollectionNames().length";
    assert_eq!(ask(&shop, "trial", count), MANY.to_string());
    let id = shop.unit("mongo").id;
    let dropping = shop.start(&["db", "drop", "trial"]);
    // As soon as something was moved.
    let began = std::time::Instant::now();
    let moved = "find /data/db -newer /tmp/before -name '*.wt' | grep -q . && echo moved || true";
    docker(&["exec", &id, "touch", "/tmp/before"]);
    while docker(&["exec", &id, "sh", "-c", moved]).is_empty() && began.elapsed().as_secs() < 30 {}
    docker(&["kill", &id]);
    let _ = dropping.wait();
    shop.up();
    // The next command finds out which of both it is, and brings it to an end.
    if !names(&shop).contains(&"mongo/trial".to_owned()) {
        run(&shop, "db undo");
    }
    run(&shop, "db clone mongo/trial copy");
    assert_eq!(ask(&shop, "copy", count), MANY.to_string());
    assert_eq!(ask(&shop, "trial", count), MANY.to_string());
}

#[test]
fn a_move_that_is_refused_or_killed_at_any_step_loses_nothing_of_either_database() {
    let shop = shop();
    let script = concat!("DEVENV_SCRIPT=", include_str!("../../src/db/provider/mongodb/asked.js"));
    let model = concat!("DEVENV_MODEL=", include_str!("mongodb_moves.js"));
    // As a function, because the shell makes something slow of what it is told.
    let run = "new Function(process.env.DEVENV_MODEL)(); void 0";
    let id = shop.unit("mongo").id;
    let said =
        docker(&["exec", "-e", script, "-e", model, &id, "mongosh", "--nodb", "--quiet", "--norc", "--eval", run]);
    assert_eq!(said.trim_end(), "whole true", "every step was tried");
}

#[test]
fn a_new_database_begins_with_its_seed() {
    let seed = "mongosh --quiet --eval 'db.t.insertOne({_id: 7})' && echo '{\"_id\": 8}' | mongoimport --collection t";
    let shop = Checkout::new(&format!("services:\n  mongo:\n    use: mongodb\n    seed: {{ run: {seed:?} }}\n"));
    shop.up();
    assert_eq!(ask(&shop, "app", "db.t.countDocuments()"), "2");
    run(&shop, "db create again --from seed");
    assert_eq!(ask(&shop, "again", "db.t.find().sort({_id: 1}).toArray().map(one => one._id)"), "[ 7, 8 ]");
}
