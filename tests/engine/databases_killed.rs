//! `devenv db` ended at any moment, at once with others, and with dumps that are none: the old state or the new one, and nothing
//! between or beside them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rustix::process::Signal;
use serde_json::Value;

use crate::bed::{Checkout, docker};
use crate::databases::{all_at_postgres, ask, names};

const MANY: &str = "create table t as select g, md5(g::text) from generate_series(1, 60000) g";

/// How many files of snapshots there are, half-written ones included.
fn snapshot_files(shop: &Checkout) -> usize {
    std::fs::read_dir(shop.place.path().join("state/state/snapshots")).map_or(0, Iterator::count)
}

/// Ends a command at moments spread over the time that it takes, and looks after each.
#[track_caller]
fn killed_at_moments(shop: &Checkout, arguments: &[&str], before: impl Fn(), after: impl Fn(u32)) {
    const MOMENTS: u32 = 6;
    before();
    let began = Instant::now();
    shop.run(arguments).expect_success();
    let whole = began.elapsed();
    for moment in 1..=MOMENTS {
        before();
        shop.start(arguments).signal_after(whole * moment / (MOMENTS + 1), Signal::KILL);
        // Whatever comes next tidies up.
        shop.run(&["db", "drop", "nothing"]).expect_code(1);
        after(moment);
    }
}

#[test]
fn an_import_killed_at_any_moment_leaves_the_old_or_the_new() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", MANY);
    shop.run(&["db", "export", "db", "many.sql"]).expect_success();
    let before = || {
        ask(&shop, "db", "drop table if exists t; create table t (g int); insert into t values (1)");
        shop.run(&["db", "clean", "--yes"]).expect_success();
    };
    killed_at_moments(&shop, &["db", "import", "many.sql"], before, |moment| {
        let rows = ask(&shop, "db", "select count(*) from t");
        assert!(["1", "60000"].contains(&rows.as_str()), "killed at {moment}: {rows}");
        let aside = usize::from(rows == "60000");
        assert_eq!(all_at_postgres(&shop), 2 + aside, "killed at {moment}: app, postgres, and what was replaced");
    });
    // What was left is ended so that the server does not take it for a crash of its own and cut every connection.
    let log = shop.run(&["logs", "db"]).expect_success().stdout;
    assert!(!log.contains("reinitializing"), "{log}");
}

/// Returns once somebody waits for a lock with such a statement.
fn wait_for_lock(shop: &Checkout, statement: &str) {
    let seen = format!(
        "exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '{statement} _devenv_side%')"
    );
    let wait =
        format!("do $$ begin while not {seen} loop perform pg_sleep(0.01), pg_stat_clear_snapshot(); end loop; end $$");
    ask(shop, "db", &wait);
}

/// Servers go on with what a client asked for that is gone.
#[test]
fn a_database_that_was_begun_on_the_side_does_not_come_after_it_was_removed() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.write("little.sql", "create table t (g int);\n");
    let id = shop.unit("db").id;
    let hall = ["exec", "-i", &id, "psql", "-U", "app", "-d", "postgres", "-At"];
    let mut holder = Command::new("docker").args(hall).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // Nothing is made or removed meanwhile.
    let held = b"begin; lock table pg_database in share mode; select 'held';\n";
    holder.stdin.as_mut().unwrap().write_all(held).unwrap();
    let mut said = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap() == "held"));
    let import = shop.start(&["db", "import", "little.sql"]);
    wait_for_lock(&shop, "CREATE DATABASE");
    import.kill();
    let next = shop.start(&["db", "drop", "nothing"]);
    wait_for_lock(&shop, "DROP DATABASE IF EXISTS");
    holder.stdin.as_mut().unwrap().write_all(b"commit;\n").unwrap();
    next.wait().expect_code(1);
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    assert_eq!(all_at_postgres(&shop), 2, "app and postgres");
}

/// A clone of what a service keeps, killed at moments spread over the time that it takes.
#[track_caller]
fn clone_killed(shop: &Checkout, service: &str) {
    let copy = format!("{service}/copy");
    let before = || {
        if names(shop).contains(&copy) {
            shop.run(&["db", "drop", &copy]).expect_success();
            shop.run(&["db", "clean", "--yes"]).expect_success();
        }
    };
    killed_at_moments(shop, &["db", "clone", service, "copy"], before, |moment| {
        if names(shop).contains(&copy) {
            assert_eq!(ask(shop, &copy, "select count(*) from t"), "60000", "killed at {moment}");
        }
        assert_eq!(ask(shop, service, "select count(*) from t"), "60000", "killed at {moment}");
    });
    shop.run(&["db", "list"]).expect_success();
}

#[test]
fn a_clone_killed_at_any_moment_is_there_or_not() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    ask(&shop, "db", MANY);
    clone_killed(&shop, "db");
    assert_eq!(ask(&shop, "db", "select count(*) from pg_database where datname like 'devenv_side%'"), "0");
}

#[test]
fn a_clone_of_mariadb_killed_at_any_moment_is_there_or_not() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    ask(&shop, "maria", "create table t as select seq as g from seq_1_to_60000");
    clone_killed(&shop, "maria");
    let hidden = "select count(*) from information_schema.schemata where schema_name like 'devenv_side%'";
    assert_eq!(ask(&shop, "maria", hidden), "0");
}

#[test]
fn a_snapshot_killed_at_any_moment_is_whole_or_none() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", MANY);
    let before = || {
        let list = shop.run(&["db", "list", "--snapshots", "--json"]).expect_success().json();
        for one in list["snapshots"].as_array().unwrap() {
            shop.run(&["db", "drop", "--snapshot", one["id"].as_str().unwrap(), "--yes"]).expect_success();
        }
    };
    killed_at_moments(&shop, &["db", "snapshot", "db", "one"], before, |moment| {
        let list = shop.run(&["db", "list", "--snapshots", "--json"]).expect_success().json();
        if list["snapshots"].as_array().unwrap().is_empty() {
            shop.run(&["db", "snapshot", "db", "two"]).expect_success();
        } else {
            shop.run(&["db", "create", "again", "--from", "one"]).expect_success();
            assert_eq!(ask(&shop, "db/again", "select count(*) from t"), "60000", "killed at {moment}");
            shop.run(&["db", "drop", "again"]).expect_success();
        }
        assert_eq!(snapshot_files(&shop), 2, "killed at {moment}: a snapshot is a file and its description");
    });
}

#[test]
fn many_verbs_on_one_database_at_once_come_one_after_the_other() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", MANY);
    shop.run(&["db", "export", "db", "many.sql"]).expect_success();
    shop.run(&["db", "create", "trial"]).expect_success();
    let verbs: [&[&str]; 5] = [
        &["db", "import", "many.sql", "--into", "trial"],
        &["db", "snapshot", "trial", "one"],
        &["db", "import", "many.sql", "--into", "trial"],
        &["db", "clone", "db", "copy"],
        &["db", "extend", "trial", "--for", "2h"],
    ];
    let all: Vec<_> = verbs.iter().map(|verb| shop.start(verb)).collect();
    all.into_iter().for_each(|verb| drop(verb.wait().expect_success()));
    assert_eq!(ask(&shop, "db/trial", "select count(*) from t"), "60000");
    assert_eq!(ask(&shop, "db/copy", "select count(*) from t"), "60000");
    assert_eq!(names(&shop), ["db/app", "db/copy", "db/trial"]);
    // Two that make the same: one does, and the other says so.
    let twins = [shop.start(&["db", "create", "twin"]), shop.start(&["db", "create", "twin"])];
    let ended = twins.map(|twin| twin.wait());
    let refused: Vec<_> = ended.iter().filter(|ran| ran.stderr.contains("error[database-exists]")).collect();
    assert_eq!(refused.len(), 1, "{}\n{}", ended[0].stderr, ended[1].stderr);
}

#[test]
fn a_dump_cut_off_in_whatever_it_is_packed_changes_nothing() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    ask(&shop, "db", MANY);
    ask(&shop, "maria", "create table t (g int); insert into t select seq from seq_1_to_60000");
    let id = shop.unit("db").id;
    docker(&["exec", &id, "pg_dump", "-U", "app", "-Fc", "-f", "/tmp/whole.dump", "app"]);
    let custom = shop.root().join("whole.dump");
    docker(&["cp", &format!("{id}:/tmp/whole.dump"), custom.to_str().unwrap()]);
    shop.run(&["db", "export", "db", "whole.sql.gz"]).expect_success();
    shop.run(&["db", "export", "maria", "maria.sql.gz"]).expect_success();
    shop.run(&["db", "export", "maria", "maria.sql"]).expect_success();
    let before = all_at_postgres(&shop);
    for (whole, into) in
        [("whole.dump", "db"), ("whole.sql.gz", "db"), ("maria.sql.gz", "maria"), ("maria.sql", "maria")]
    {
        let content = std::fs::read(shop.root().join(whole)).unwrap();
        let cut = format!("cut-{whole}");
        shop.write(&cut, &content[..content.len() * 2 / 3]);
        let ran = shop.run(&["db", "import", &cut, "--into", into]).expect_code(1);
        let ids = ["error[dump-unreadable]", "error[database-refused]"];
        assert!(ids.iter().any(|id| ran.stderr.contains(id)), "{cut}: {}", ran.stderr);
        assert_eq!(ask(&shop, into, "select count(*) from t"), "60000", "{cut}");
    }
    for (dump, into) in [("whole.dump", "maria"), ("maria.sql.gz", "db")] {
        let ran = shop.run(&["db", "import", dump, "--into", into]).expect_code(1);
        assert!(ran.stderr.contains("error[dump-foreign]"), "{dump}: {}", ran.stderr);
    }
    assert_eq!(all_at_postgres(&shop), before);
    shop.run(&["db", "import", "whole.dump", "--into", "db/copy"]).expect_success();
    assert_eq!(ask(&shop, "db/copy", "select count(*) from t"), "60000", "whole, it is read");
}

#[test]
fn a_server_without_room_changes_nothing() {
    let shop = Checkout::new("services: { maria: mariadb }\n");
    shop.up();
    ask(&shop, "maria", "create table t (g int); insert into t values (1)");
    let id = shop.unit("maria").id;
    // A table that may not grow is told like a disk that is full.
    shop.write("much.sql", "create table much (id int) engine=memory;\nset max_heap_table_size = 16384;\ncreate table more (a char(255)) engine=memory;\ninsert into more select 'x' from seq_1_to_60000;\n");
    let ran = shop.run(&["db", "import", "much.sql"]).expect_code(1);
    assert!(ran.stderr.contains("error[database-refused]") && ran.stderr.contains("full"), "{}", ran.stderr);
    assert_eq!(ask(&shop, "maria", "select count(*) from t"), "1");
    let hidden = docker(&["exec", &id, "sh", "-c", "ls /var/lib/mysql | grep -c devenv_side || true"]);
    assert_eq!(hidden.trim(), "0");
}

/// What is remembered of databases, changed as if time had passed.
fn change_memory(shop: &Checkout, change: impl Fn(&mut Value)) {
    let environments = std::fs::read_dir(shop.place.path().join("state/state/environments")).unwrap();
    let mut files = environments.map(|one| one.unwrap().path().join("databases.json")).filter(|path| path.exists());
    let file = files.next().unwrap();
    let mut memory: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    change(&mut memory);
    std::fs::write(&file, memory.to_string()).unwrap();
}

#[test]
fn up_tells_what_goes_soon_and_what_should_be_gone() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.run(&["db", "create", "brief", "--for", "2h"]).expect_success();
    shop.run(&["db", "create", "long", "--for", "4d"]).expect_success();
    let up = shop.up();
    assert!(up.stderr.contains("`brief` goes in") && !up.stderr.contains("`long`"), "{}", up.stderr);
    change_memory(&shop, |memory| memory["made"]["db"]["brief"]["until"] = 1.into());
    let up = shop.up();
    assert!(up.stderr.contains("the time of `brief` is over"), "{}", up.stderr);
    assert!(shop.run(&["db", "list"]).expect_success().stderr.contains("`brief` has reached its time"));
    assert_eq!(names(&shop), ["db/app", "db/long"]);
}

#[test]
fn what_can_be_brought_back_is_limited_by_time_and_size_but_never_the_newest() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t (id int)");
    shop.run(&["db", "snapshot", "db", "one"]).expect_success();
    for _ in 0..3 {
        shop.run(&["db", "restore", "one"]).expect_success();
    }
    let aside = || {
        let list = shop.run(&["db", "undo", "--list", "--json"]).expect_success().json();
        list["undo"].as_array().unwrap().len()
    };
    assert_eq!(aside(), 3);
    // The oldest is long ago.
    change_memory(&shop, |memory| memory["aside"][0]["at"] = 1.into());
    shop.run(&["db", "list"]).expect_success();
    assert_eq!(aside(), 2);
    // An empty database takes some 8 MB at this server.
    let settings = shop.place.path().join("state/config/settings.yaml");
    std::fs::write(&settings, "empty_data: when-needed\nundo: { megabytes: 1 }\n").unwrap();
    shop.run(&["db", "list"]).expect_success();
    assert_eq!(aside(), 1);
    assert_eq!(all_at_postgres(&shop), 3, "app, postgres, and the newest that was replaced");
    shop.run(&["db", "undo"]).expect_success();
}

/// A client that is connected until its input ends.
fn hold(server: &str, database: &str) -> Child {
    let mut holder = Command::new("docker")
        .args(["exec", "-i", server, "psql", "-U", "app", "-d", database, "-At", "-c", "select 'there'", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "there\n");
    holder
}

#[test]
fn the_service_of_ones_own_stops_when_nobody_needs_it_and_keeps_its_data() {
    let shop = Checkout::empty();
    shop.run(&["db", "create", "play"]).expect_success();
    let used = shop.place.path().join("state/state/scratch-used");
    let runs = || {
        let status = shop.run(&["db", "list", "--scratch", "--json"]).expect_success().json();
        status["stopped"].as_array().unwrap().is_empty()
    };
    assert!(runs());
    let make_old = || std::fs::write(&used, "1").unwrap();
    let own = shop.place.path().join("state/state/scratch");
    let id = docker(&["ps", "-q", "--filter", &format!("label=devenv.checkout={}", own.display())]);
    let mut holder = hold(id.trim(), "play");
    make_old();
    assert!(runs() && runs(), "it does not stop under somebody");
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    make_old();
    let list = shop.run(&["db", "list", "--scratch"]).expect_success();
    assert!(list.stderr.contains("have been stopped"), "{}", list.stderr);
    assert!(!runs());
    let shell = shop.run(&["db", "shell", "play", "--", "-Atc", "select current_database()"]).expect_success();
    assert_eq!(shell.stdout.trim_end(), "play");
}
