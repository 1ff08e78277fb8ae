//! `seed` in the manifest: a new database is filled once and wholly, the next checkout has a copy, and what is wrong says where.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::bed::{Checkout, docker};
use crate::branches::{new_branch, repository};
use crate::databases::{all_at_postgres, ask, names};

const SCHEMA: &str = "create table orders (id int primary key, note varchar(20));\n";
const ROWS: &str = "insert into orders values (1, 'a');\ninsert into orders values (2, 'b');\n";

/// A checkout with a seed of two files.
fn seeded(service: &str, files: &[(&str, &str)]) -> Checkout {
    let shop = Checkout::empty();
    for (name, text) in files {
        shop.write(name, text);
        shop.write(&format!("two/{name}"), text);
    }
    for manifest in ["dev.yaml", "two/dev.yaml"] {
        shop.write(manifest, format!("name: shop\nservices: {{ db: {service} }}\n"));
    }
    shop
}

#[test]
fn a_seed_that_comes_to_data_which_is_there_is_told_once_and_changes_nothing() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.write("schema.sql", SCHEMA);
    shop.up();
    shop.write("dev.yaml", "services: { db: { use: postgres, seed: schema.sql } }\n");
    let up = shop.up();
    assert!(
        up.stderr.contains("its data is older than its seed") && up.stderr.contains("devenv reset db"),
        "{}",
        up.stderr
    );
    assert_eq!(ask(&shop, "db", "select to_regclass('orders') is null"), "t");
    let up = shop.up();
    assert!(!up.stderr.contains("older than its seed"), "it is told once: {}", up.stderr);
    shop.run(&["reset", "db", "--yes"]).expect_success();
    let up = shop.up();
    assert!(!up.stderr.contains("older than its seed"), "{}", up.stderr);
    assert_eq!(ask(&shop, "db", "select count(*) from orders"), "0");
}

/// A question to the database of the second checkout, by the client beside its server.
#[track_caller]
fn of_second(shop: &Checkout, client: &[&str], statement: &str) -> String {
    let label = format!("label=devenv.checkout={}", shop.root().join("two").display());
    let id = docker(&["ps", "-q", "--filter", &label]);
    docker(&[&["exec", id.trim()], client, &[statement]].concat()).trim_end().to_owned()
}

#[test]
fn a_new_database_has_its_seed_and_the_next_checkout_a_copy_of_it() {
    const PSQL: &[&str] = &["psql", "-U", "app", "-Atc"];
    let files = [("db/schema.sql", SCHEMA), ("db/rows.sql", ROWS)];
    let shop = seeded("{ use: postgres, seed: [db/schema.sql, db/rows.sql] }", &files);
    let up = shop.up();
    assert!(up.stderr.contains("db/rows.sql"), "it is told: {}", up.stderr);
    assert_eq!(ask(&shop, "db", "select count(*) from orders"), "2");
    assert_eq!(all_at_postgres(&shop), 2, "nothing else is left at the server: app, postgres");
    ask(&shop, "db", "delete from orders");
    shop.up();
    shop.run(&["down"]).expect_success();
    shop.up();
    assert_eq!(ask(&shop, "db", "select count(*) from orders"), "0", "it is filled once");
    shop.run(&["make-ahead", "db"]).expect_success();
    let up = shop.run(&["-C", "two", "up"]).expect_success();
    assert!(!up.stderr.contains("db/rows.sql"), "nothing has to be loaded: {}", up.stderr);
    assert_eq!(of_second(&shop, PSQL, "select count(*) from orders"), "2");
    // Another seed: the copy of the old one is none of it.
    shop.write("two/db/rows.sql", "insert into orders values (7, 'c');\n");
    shop.run(&["-C", "two", "reset", "--yes"]).expect_success();
    assert_eq!(of_second(&shop, PSQL, "select string_agg(id::text, ' ') from orders"), "7");
    shop.run(&["-C", "two", "undo"]).expect_success();
    assert_eq!(of_second(&shop, PSQL, "select count(*) from orders"), "2");
}

#[test]
fn a_command_fills_it_with_the_files_that_it_needs() {
    let fill = "set -e\nmariadb <db/schema.sql\nfor file in db/rows/*; do mariadb <\"$file\"; done\n";
    let files = [("fill.sh", fill), ("db/schema.sql", SCHEMA), ("db/rows/1.sql", ROWS)];
    let shop = seeded("{ use: mariadb, seed: { run: sh fill.sh, inputs: [fill.sh, db/**] } }", &files);
    shop.up();
    let client = ["sh", "-c", "MYSQL_PWD=$MARIADB_PASSWORD exec mariadb -uapp -N -B app -e \"$0\""];
    let id = shop.unit("db").id;
    let asked = |statement: &str| docker(&[&["exec", &id], &client[..], &[statement]].concat()).trim_end().to_owned();
    assert_eq!(asked("select count(*) from orders"), "2");
    let left = docker(&["exec", &id, "sh", "-c", "ls -d /devenv-seed* 2>/dev/null | wc -l"]);
    assert_eq!(left.trim(), "0", "its files are gone again");
    shop.run(&["make-ahead", "db"]).expect_success();
    let up = shop.run(&["-C", "two", "up"]).expect_success();
    assert!(!up.stderr.contains("fill.sh"), "{}", up.stderr);
    assert_eq!(of_second(&shop, &client, "select count(*) from orders"), "2");
}

#[test]
fn keys_are_a_seed_as_well() {
    let shop = seeded("{ use: redis, seed: keys.txt }", &[("keys.txt", "set greeting hello\nset count 3\n")]);
    shop.up();
    let id = shop.unit("db").id;
    let get = |key: &str| docker(&["exec", &id, "redis-cli", "get", key]).trim().to_owned();
    assert_eq!((get("greeting").as_str(), get("count").as_str()), ("hello", "3"));
    assert_eq!(docker(&["exec", &id, "redis-cli", "info", "keyspace"]).matches("keys=").count(), 1);
}

#[test]
fn a_snapshot_from_a_url_is_fetched_once_and_only_the_right_one_is_used() {
    let source = Checkout::new("services: { db: postgres }\n");
    source.up();
    ask(&source, "db", &format!("{SCHEMA}{ROWS}"));
    source.run(&["db", "snapshot", "db", "one"]).expect_success();
    let folder = source.place.path().join("state/state/snapshots");
    let dump = std::fs::read(folder.join("one.dump")).unwrap();
    let about: Value = serde_json::from_slice(&std::fs::read(folder.join("one.json")).unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/shop.dump", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut cut = true;
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            // The first answer is not what was asked for.
            let body = if std::mem::take(&mut cut) { &dump[..dump.len() / 2] } else { &dump[..] };
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(body);
        }
    });
    let seed = format!("{{ snapshot: '{url}', sha256: {} }}", about["sha256"].as_str().unwrap());
    let shop = seeded(&format!("{{ use: postgres, seed: {seed} }}"), &[]);
    let ran = shop.run(&["up"]).expect_code(1);
    assert!(ran.stderr.contains("error[seed-other]"), "{}", ran.stderr);
    shop.up();
    assert_eq!(ask(&shop, "db", "select count(*) from orders"), "2");
    // Nobody answers there any more.
    shop.run(&["-C", "two", "up"]).expect_success();
    assert_eq!(of_second(&shop, &["psql", "-U", "app", "-Atc"], "select count(*) from orders"), "2");
}

#[test]
fn a_seed_that_is_wrong_is_told_with_its_line_and_leaves_nothing() {
    let shop = seeded("{ use: postgres, seed: [db/schema.sql, db/rows.sql] }", &[("db/schema.sql", SCHEMA)]);
    let ran = shop.run(&["up"]).expect_code(1);
    assert!(ran.stderr.contains("error[seed-missing]") && ran.stderr.contains("db/rows.sql"), "{}", ran.stderr);
    shop.write("db/rows.sql", format!("{ROWS}insert into ordres values (3, 'c');\n"));
    let ran = shop.run(&["up"]).expect_code(1);
    assert!(ran.stderr.contains("error[seed-failed]") && ran.stderr.contains("db/rows.sql, line 3"), "{}", ran.stderr);
    assert!(ran.stderr.contains("ordres"), "{}", ran.stderr);
    assert_eq!(ask(&shop, "db", "select count(*) from pg_tables where schemaname = 'public'"), "0");
    assert_eq!(all_at_postgres(&shop), 2, "nothing half-filled is left");
    // What somebody did meanwhile can be brought back.
    ask(&shop, "db", "create table mine (id int)");
    shop.write("db/rows.sql", ROWS);
    shop.up();
    assert_eq!(ask(&shop, "db", "select count(*) from orders"), "2");
    shop.run(&["db", "undo"]).expect_success();
    assert_eq!(ask(&shop, "db", "select count(*) from mine"), "0");
    shop.write("dev.yaml", "services: { maria: { use: mariadb, seed: wrong.sql } }\n");
    shop.write("wrong.sql", "create table fine (id int);\ncreate tabel wrong (id int);\n");
    let ran = shop.run(&["up"]).expect_code(1);
    assert!(ran.stderr.contains("wrong.sql, line 2"), "{}", ran.stderr);
}

#[test]
fn a_seed_that_does_not_end_is_ended() {
    let shop = Checkout::empty();
    let filled_by = |run: &str| {
        shop.write("dev.yaml", format!("name: shop\nservices: {{ db: {{ use: redis, seed: {{ run: '{run}' }} }} }}\n"));
    };
    // What follows is about the seed alone: the server runs by then.
    filled_by("false");
    assert!(shop.run(&["up"]).expect_code(1).stderr.contains("error[seed-failed]"));
    filled_by("sleep 1000");
    let ran = shop.run(&["up", "--timeout", "8s"]).expect_code(5);
    assert!(ran.stderr.contains("error[seed-deadline]") && ran.stderr.contains("`sleep 1000`"), "{}", ran.stderr);
    let id = shop.unit("db").id;
    let left = docker(&["top", &id, "-eo", "pid,args"]);
    assert!(!left.contains("sleep 1000"), "it goes on: {left}");
    assert_eq!(docker(&["exec", &id, "sh", "-c", "ls -d /devenv-seed* 2>/dev/null | wc -l"]).trim(), "0");
    filled_by("redis-cli set greeting hello");
    shop.up();
    assert_eq!(docker(&["exec", &id, "redis-cli", "get", "greeting"]).trim(), "hello");
}

#[test]
fn another_database_begins_with_the_seed_or_with_a_dump() {
    let files = [("db/schema.sql", SCHEMA), ("db/rows.sql", ROWS)];
    let shop = seeded("{ use: postgres, seed: [db/schema.sql, db/rows.sql] }", &files);
    shop.up();
    ask(&shop, "db", "delete from orders");
    shop.run(&["db", "create", "fresh", "--from", "seed"]).expect_success();
    assert_eq!(ask(&shop, "db/fresh", "select count(*) from orders"), "2");
    shop.run(&["db", "export", "fresh", "fresh.sql.gz"]).expect_success();
    shop.run(&["db", "create", "copy", "--from", "fresh.sql.gz"]).expect_success();
    assert_eq!(ask(&shop, "db/copy", "select count(*) from orders"), "2");
    shop.run(&["db", "create", "bare", "--from", "empty"]).expect_success();
    assert_eq!(ask(&shop, "db/bare", "select count(*) from pg_tables where schemaname = 'public'"), "0");
    let before = names(&shop);
    shop.write("other.sql", "-- MySQL dump 10.13  Distrib 8.4.0\ncreate table x (id int);\n");
    for (from, id) in
        [("nowhere.sql", "dump-unreadable"), ("other.sql", "dump-foreign"), ("nobody", "unknown-database")]
    {
        let ran = shop.run(&["db", "create", "more", "--from", from]).expect_code(1);
        assert!(ran.stderr.contains(&format!("error[{id}]")), "{from}: {}", ran.stderr);
    }
    assert_eq!(names(&shop), before);
    shop.write("dev.yaml", "name: shop\nservices: { db: postgres }\n");
    let ran = shop.run(&["db", "create", "more", "--from", "seed"]).expect_code(1);
    assert!(ran.stderr.contains("error[seed-missing]"), "{}", ran.stderr);
}

#[test]
fn killed_while_it_is_filled_the_next_up_begins_with_the_seed_again() {
    // Of so many, those when its server is there already.
    const MOMENTS: std::ops::RangeInclusive<u32> = 4..=7;
    let rows = "insert into orders select g, md5(g::text) from generate_series(1, 100000) g;\n";
    let schema = "create table orders (id int primary key, note text);\n";
    let files = [("db/schema.sql", schema), ("db/rows.sql", rows)];
    let shop = seeded("{ use: postgres, seed: [db/schema.sql, db/rows.sql] }", &files);
    let began = Instant::now();
    shop.up();
    let whole = began.elapsed();
    for moment in MOMENTS {
        shop.run(&["down"]).expect_success();
        shop.run(&["reset", "--yes"]).expect_success();
        shop.start(&["up"]).signal_after(whole * moment / 8, Signal::KILL);
        shop.up();
        assert_eq!(ask(&shop, "db", "select count(*) from orders"), "100000", "killed at {moment}");
        let at_server = ask(&shop, "db", "select count(*) from pg_database where datname like 'devenv_side_%'");
        assert_eq!(at_server, "0", "killed at {moment}");
    }
}

#[test]
fn a_branch_goes_on_with_what_its_origin_had_and_is_not_filled_again() {
    let shop = repository("services: { db: { use: postgres, seed: seed.sql, databases: { per_branch: true } } }\n");
    shop.write("seed.sql", format!("{SCHEMA}{ROWS}"));
    shop.up();
    ask(&shop, "db", "insert into orders values (3, 'mine')");
    new_branch(&shop, "trial");
    shop.up();
    assert_eq!(ask(&shop, "db", "select count(*) from orders"), "3");
}

/// The seed is made ahead by itself, so that the second checkout is quick.
#[test]
fn the_first_checkout_has_its_seeded_data_made_for_the_next() {
    let files = [("db/schema.sql", SCHEMA), ("db/rows.sql", ROWS)];
    let shop = seeded("{ use: postgres, seed: [db/schema.sql, db/rows.sql] }", &files);
    shop.make_ahead("ahead");
    shop.up();
    let kept = shop.place.path().join("state/state/blanks.json");
    let is_kept = || {
        let kept: Value = serde_json::from_slice(&std::fs::read(&kept).unwrap_or_default()).unwrap_or_default();
        kept["blanks"].as_array().is_some_and(|all| !all.is_empty())
    };
    let began = Instant::now();
    while !is_kept() {
        // It gives way to everything else that this computer does.
        let so_far = || std::fs::read_to_string(&kept).unwrap_or_default();
        assert!(began.elapsed() < Duration::from_secs(150), "it never came: {}", so_far());
        std::thread::yield_now();
    }
    let up = shop.run(&["-C", "two", "up"]).expect_success();
    assert!(!up.stderr.contains("db/rows.sql"), "{}", up.stderr);
    assert_eq!(of_second(&shop, &["psql", "-U", "app", "-Atc"], "select count(*) from orders"), "2");
}
