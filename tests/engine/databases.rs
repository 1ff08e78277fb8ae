//! `devenv db` on real servers: what is made is there, what is replaced or dropped comes back, and what goes wrong changes nothing.

use std::io::Write;

use serde_json::Value;

use crate::bed::{Checkout, docker};

/// A statement put to a database by the client beside its server, as the administrator.
#[track_caller]
pub(super) fn ask(shop: &Checkout, database: &str, statement: &str) -> String {
    let (service, name) = database.split_once('/').unwrap_or((database, "app"));
    let id = shop.unit(service).id;
    let words: Vec<&str> = match service {
        "db" => vec!["exec", &id, "psql", "-U", "app", "-d", name, "-Atc", statement],
        "maria" => {
            let password = "MYSQL_PWD=$MARIADB_ROOT_PASSWORD exec mariadb -uroot -N -B \"$0\" -e \"$1\"";
            vec!["exec", &id, "sh", "-c", password, name, statement]
        }
        _ => vec!["exec", &id, "sh", "-c", "redis-cli -n \"$0\" $1", name, statement],
    };
    docker(&words).trim_end().to_owned()
}

/// The databases of `devenv db list`, as `service/name`.
#[track_caller]
pub(super) fn names(shop: &Checkout) -> Vec<String> {
    let document = shop.run(&["db", "list", "--json"]).expect_success().json();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    document["databases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{}/{}", text(row, "service"), text(row, "name")))
        .collect()
}

/// Every database that the server itself knows, hidden ones too.
#[track_caller]
pub(super) fn all_at_postgres(shop: &Checkout) -> usize {
    ask(shop, "db", "select count(*) from pg_database where not datistemplate").parse().unwrap()
}

#[test]
fn a_database_is_made_from_nothing_running_and_its_url_works_as_it_is_printed() {
    let shop = Checkout::new("services: { db: postgres }\n");
    let made = shop.run(&["db", "create", "trial", "--for", "4h"]).expect_success();
    let url = made.stdout.trim_end();
    assert!(url.starts_with("postgres://app:") && url.ends_with("/trial"), "{url}");
    let image = docker(&["inspect", "--format", "{{.Config.Image}}", &shop.unit("db").id]);
    let client = ["run", "--rm", "--network", "host", "--entrypoint", "psql", image.trim(), url, "-Atc"];
    let said = docker(&[&client[..], &["create table t (id int); select current_database()"]].concat());
    assert!(said.ends_with("trial\n"), "{said}");
    assert_eq!(names(&shop), ["db/app", "db/trial"]);
    assert_eq!(shop.run(&["db", "url", "trial"]).expect_success().stdout, made.stdout);
}

#[test]
fn a_copy_has_what_the_original_had_and_goes_its_own_way() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    let make =
        "create table orders (id int primary key, note varchar(20)); insert into orders values (1, 'a'), (2, 'b');
        create view dear as select id from orders where id > 1";
    for (service, view) in [("db", "dear"), ("maria", "dear")] {
        ask(&shop, service, make);
        shop.run(&["db", "clone", service, "trial_1"]).expect_success();
        let copy = format!("{service}/trial_1");
        assert_eq!(ask(&shop, &copy, "select count(*) from orders"), "2");
        assert_eq!(ask(&shop, &copy, &format!("select id from {view}")), "2");
        ask(&shop, &copy, "delete from orders");
        assert_eq!(ask(&shop, service, "select count(*) from orders"), "2", "the original is as it was");
    }
    // The app's own user may work in the copy.
    let id = shop.unit("maria").id;
    let as_app = "MYSQL_PWD=$MARIADB_PASSWORD exec mariadb -uapp -N -B trial_1 -e 'insert into orders values (9, 0); select id from orders'";
    assert_eq!(docker(&["exec", &id, "sh", "-c", as_app]).trim_end(), "9");
}

#[test]
fn a_copy_of_what_somebody_is_connected_to_disturbs_nobody() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t as select generate_series(1, 1000) id");
    // A connection that goes on, in the middle of a transaction.
    let id = shop.unit("db").id;
    let mut other = std::process::Command::new("docker")
        .args(["exec", "-i", &id, "psql", "-U", "app", "-qAt"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = other.stdin.take().unwrap();
    input.write_all(b"begin; insert into t values (0);\nselect 'there';\n").unwrap();
    let mut output = std::io::BufReader::new(other.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert_eq!(line, "there\n");
    shop.run(&["db", "clone", "db", "trial"]).expect_success();
    assert_eq!(ask(&shop, "db/trial", "select count(*) from t"), "1000");
    input.write_all(b"commit; select count(*) from t;\n").unwrap();
    drop(input);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut output, &mut rest).unwrap();
    assert_eq!(rest, "1001\n");
    assert!(other.wait().unwrap().success());
}

#[test]
fn a_snapshot_comes_back_and_so_does_what_it_replaced() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    for service in ["db", "maria"] {
        ask(&shop, service, "create table t (id int); insert into t values (1)");
        let before = format!("before-{service}");
        shop.run(&["db", "snapshot", service, &before]).expect_success();
        ask(&shop, service, "insert into t values (2), (3)");
        shop.run(&["db", "restore", &before]).expect_success();
        assert_eq!(ask(&shop, service, "select count(*) from t"), "1");
        shop.run(&["db", "undo"]).expect_success();
        assert_eq!(ask(&shop, service, "select count(*) from t"), "3", "what was replaced is back");
        shop.run(&["db", "undo"]).expect_success();
        assert_eq!(ask(&shop, service, "select count(*) from t"), "1", "and that can be taken back");
        let side = format!("{service}/side");
        shop.run(&["db", "create", &side, "--from", &before]).expect_success();
        assert_eq!(ask(&shop, &side, "select count(*) from t"), "1");
    }
}

#[test]
fn what_is_dropped_comes_back_with_all_it_had() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    for service in ["db", "maria"] {
        let name = format!("{service}/trial");
        shop.run(&["db", "create", &name]).expect_success();
        ask(&shop, &name, "create table t (id int); insert into t values (7)");
        shop.run(&["db", "drop", &name]).expect_success();
        assert!(!names(&shop).contains(&name));
        shop.run(&["db", "undo"]).expect_success();
        assert_eq!(ask(&shop, &name, "select id from t"), "7");
    }
    let mut maria = "create table log (id int); create trigger note after insert on t for each row insert into log values (new.id);".to_owned();
    maria.push_str("create procedure twice() select 2; create view v as select id from t");
    ask(&shop, "maria/trial", &maria);
    shop.run(&["db", "drop", "maria/trial"]).expect_success();
    shop.run(&["db", "undo"]).expect_success();
    ask(&shop, "maria/trial", "insert into t values (8)");
    assert_eq!(ask(&shop, "maria/trial", "select id from log"), "8", "the trigger is there");
    assert_eq!(ask(&shop, "maria/trial", "call twice()"), "2");
    assert_eq!(ask(&shop, "maria/trial", "select count(*) from v"), "2");
    shop.run(&["db", "drop", "maria/trial"]).expect_success();
    shop.run(&["db", "clean", "--yes"]).expect_success();
    shop.run(&["db", "undo"]).expect_code(1);
    assert_eq!(all_at_postgres(&shop), 3, "nothing hidden is left at the server: app, postgres, trial");
}

#[test]
fn a_database_goes_when_its_time_is_over_but_not_while_somebody_is_connected() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.run(&["db", "create", "brief", "--for", "1m"]).expect_success();
    shop.run(&["db", "create", "held", "--for", "1m"]).expect_success();
    let path = shop.place.path().join("state/state/environments");
    let id = std::fs::read_dir(&path).unwrap().next().unwrap().unwrap().path().join("databases.json");
    // As if it had been made long ago.
    let memory = std::fs::read_to_string(&id).unwrap();
    let mut memory: Value = serde_json::from_str(&memory).unwrap();
    for name in ["brief", "held"] {
        memory["made"]["db"][name]["until"] = 1.into();
    }
    std::fs::write(&id, memory.to_string()).unwrap();
    let server = shop.unit("db").id;
    let mut holder = std::process::Command::new("docker")
        .args(["exec", "-i", &server, "psql", "-U", "app", "-d", "held", "-At", "-c", "select 'there'", "-f", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::new(holder.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert_eq!(names(&shop), ["db/app", "db/held"]);
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    assert_eq!(names(&shop), ["db/app"]);
    shop.run(&["db", "undo", "1"]).expect_success();
    assert_eq!(names(&shop), ["db/app", "db/brief"], "what has expired can be brought back, and stays then");
    shop.run(&["db", "extend", "brief", "--for", "2h"]).expect_success();
    shop.run(&["db", "extend", "db", "--for", "2h"]).expect_code(2);
}

#[test]
fn what_is_there_is_never_overwritten_by_a_new_one() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.run(&["db", "create", "trial"]).expect_success();
    ask(&shop, "db/trial", "create table t (id int)");
    for arguments in [&["db", "create", "trial"][..], &["db", "clone", "db", "trial"]] {
        let ran = shop.run(arguments).expect_code(1);
        assert!(ran.stderr.contains("error[database-exists]"), "{}", ran.stderr);
    }
    assert_eq!(ask(&shop, "db/trial", "select count(*) from t"), "0");
    shop.run(&["db", "snapshot", "trial", "one"]).expect_success();
    let ran = shop.run(&["db", "snapshot", "trial", "one"]).expect_code(1);
    assert!(ran.stderr.contains("error[snapshot-exists]"), "{}", ran.stderr);
    shop.write("dump.sql", "mine");
    let ran = shop.run(&["db", "export", "trial", "dump.sql"]).expect_code(1);
    assert!(ran.stderr.contains("error[export-where]"), "{}", ran.stderr);
    assert_eq!(shop.read("dump.sql"), "mine");
}

#[test]
fn a_services_own_database_is_not_dropped() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    let ran = shop.run(&["db", "drop", "db"]).expect_code(2);
    assert!(ran.stderr.contains("error[own-database]"), "{}", ran.stderr);
    assert_eq!(names(&shop), ["db/app"]);
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.run(&["db", "create", "trial"]).expect_success();
    for verb in
        [&["db", "url", "trail"][..], &["db", "drop", "trail"], &["db", "snapshot", "trail"], &["db", "clone", "trail"]]
    {
        let ran = shop.run(verb).expect_code(1);
        assert!(ran.stderr.contains("error[unknown-database]"), "{verb:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("did you mean `trial`?"), "{verb:?}: {}", ran.stderr);
    }
    assert!(shop.run(&["db", "list", "--snapshots"]).expect_success().stdout.contains("no snapshots"));
}

#[test]
fn a_dump_goes_out_and_comes_in_packed_or_not_and_through_pipes() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb, cache: redis }\n");
    shop.up();
    for service in ["db", "maria"] {
        ask(&shop, service, "create table t (id int, note text); insert into t values (1, 'USE `x`'), (2, 'it''s')");
        let packed = format!("{service}.sql.gz");
        shop.run(&["db", "export", service, &packed]).expect_success();
        let plain = shop.run(&["db", "export", service]).expect_success().stdout;
        assert!(plain.contains("it"), "{plain}");
        shop.run(&["db", "import", &packed, "--into", &format!("{service}/packed")]).expect_success();
        let piped = format!("{service}/piped");
        shop.run_with_input(&["db", "import", "-", "--into", &piped], &plain).expect_success();
        for copy in ["packed", "piped"] {
            assert_eq!(ask(&shop, &format!("{service}/{copy}"), "select note from t where id = 2"), "it's");
        }
    }
    ask(&shop, "cache/0", "set greeting hello");
    shop.run(&["db", "snapshot", "cache", "greeting"]).expect_success();
    ask(&shop, "cache/0", "set greeting bye");
    shop.run(&["db", "create", "cache/trial", "--from", "greeting"]).expect_success();
    let url = shop.run(&["db", "url", "cache/trial"]).expect_success().stdout;
    let number = url.trim_end().rsplit('/').next().unwrap().to_owned();
    assert_eq!(ask(&shop, &format!("cache/{number}"), "get greeting"), "hello");
    shop.run(&["db", "restore", "greeting", "--into", "cache"]).expect_success();
    assert_eq!(ask(&shop, "cache/0", "get greeting"), "hello");
    shop.run(&["db", "undo"]).expect_success();
    assert_eq!(ask(&shop, "cache/0", "get greeting"), "bye");
    shop.run(&["db", "clone", "cache", "copy"]).expect_success();
    shop.run(&["db", "drop", "cache/copy"]).expect_success();
    shop.run(&["db", "undo"]).expect_success();
    let url = shop.run(&["db", "url", "cache/copy"]).expect_success().stdout;
    let number = url.trim_end().rsplit('/').next().unwrap().to_owned();
    assert_eq!(ask(&shop, &format!("cache/{number}"), "get greeting"), "bye");
}

#[test]
fn what_is_no_dump_for_this_server_changes_nothing() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t (id int)");
    let before = all_at_postgres(&shop);
    shop.write("other.sql", "-- MySQL dump 10.13  Distrib 8.4.0\ncreate table x (id int);\n");
    shop.write("cache.rdb", "REDIS0011 and more");
    shop.write("empty.sql", "");
    for (file, id) in [
        ("other.sql", "dump-foreign"),
        ("cache.rdb", "dump-foreign"),
        ("empty.sql", "dump-unreadable"),
        ("nowhere.sql", "dump-unreadable"),
    ] {
        let ran = shop.run(&["db", "import", file]).expect_code(1);
        assert!(ran.stderr.contains(&format!("error[{id}]")), "{file}: {}", ran.stderr);
    }
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "0");
    assert_eq!(all_at_postgres(&shop), before);
}

#[test]
fn a_dump_that_breaks_off_changes_nothing() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t as select generate_series(1, 5000) id");
    let dump = shop.run(&["db", "export", "db"]).expect_success().stdout;
    let before = all_at_postgres(&shop);
    shop.write("cut.sql", &dump[..dump.len() / 2]);
    let ran = shop.run(&["db", "import", "cut.sql"]).expect_code(1);
    assert!(ran.stderr.contains("error[dump-unreadable]") && ran.stderr.contains("breaks off"), "{}", ran.stderr);
    shop.write("wrong.sql", "create table fine (id int);\ncreate tabel wrong (id int);\n");
    let ran = shop.run(&["db", "import", "wrong.sql"]).expect_code(1);
    assert!(ran.stderr.contains("error[database-refused]") && ran.stderr.contains("tabel"), "{}", ran.stderr);
    shop.write("owners.sql", "create table mine (id int);\nalter table mine owner to somebody_else;\n");
    shop.run(&["db", "import", "owners.sql", "--into", "db/owners"]).expect_success();
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "5000");
    assert_eq!(all_at_postgres(&shop), before + 1);
}

#[test]
fn a_damaged_snapshot_changes_nothing() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t (id int)");
    shop.run(&["db", "snapshot", "db", "one"]).expect_success();
    let file = shop.place.path().join("state/state/snapshots/one.dump");
    let mut content = std::fs::read(&file).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(&file, content).unwrap();
    let ran = shop.run(&["db", "restore", "one"]).expect_code(1);
    assert!(ran.stderr.contains("error[snapshot-damaged]"), "{}", ran.stderr);
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "0");
    assert_eq!(all_at_postgres(&shop), 2);
}

#[test]
fn a_snapshot_goes_into_a_newer_version_and_not_into_an_older_one() {
    let shop = Checkout::new("services: { db: postgres@15, new: postgres@17, maria: mariadb }\n");
    shop.up();
    ask(&shop, "db", "create table t (id int); insert into t values (5)");
    shop.run(&["db", "snapshot", "db", "old"]).expect_success();
    shop.run(&["db", "restore", "old", "--into", "new/copy"]).expect_success();
    let id = shop.unit("new").id;
    assert_eq!(docker(&["exec", &id, "psql", "-U", "app", "-d", "copy", "-Atc", "select id from t"]).trim_end(), "5");
    shop.run(&["db", "snapshot", "new", "young"]).expect_success();
    for into in ["db", "maria"] {
        let ran = shop.run(&["db", "restore", "young", "--into", into]).expect_code(1);
        assert!(ran.stderr.contains("error[snapshot-foreign]"), "{}", ran.stderr);
    }
    assert_eq!(ask(&shop, "db", "select id from t"), "5");
}

#[test]
fn a_full_disk_leaves_no_snapshot_behind() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t as select g, md5(g::text) from generate_series(1, 50000) g");
    // How much a process may write into a file is limited, which is told in the same way as a full disk.
    let plain = shop.command(&["db", "snapshot"]);
    let mut limited = std::process::Command::new("bash");
    limited
        .args(["-c", "ulimit -f 200; trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args());
    let ran = crate::support::Running::start(shop.surround(limited, &[])).wait().expect_code(1);
    assert!(ran.stderr.contains("error[snapshot-unwritable]"), "{}", ran.stderr);
    assert!(shop.run(&["db", "list", "--snapshots"]).expect_success().stdout.contains("no snapshots"));
    let left: Vec<_> = std::fs::read_dir(shop.place.path().join("state/state/snapshots")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_command_killed_in_the_middle_leaves_the_old_state_and_nothing_else() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t as select g, md5(g::text) from generate_series(1, 200000) g");
    shop.run(&["db", "snapshot", "db", "one"]).expect_success();
    ask(&shop, "db", "delete from t where g > 10");
    let before = all_at_postgres(&shop);
    let restore = shop.start(&["db", "restore", "one", "--json"]);
    // The side database is there: it is being filled.
    while all_at_postgres(&shop) == before {}
    drop(restore.kill());
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "10", "what was there is there");
    shop.run(&["db", "drop", "nothing"]).expect_code(1);
    assert_eq!(all_at_postgres(&shop), before, "the next command has removed what was half-made");
    shop.run(&["db", "restore", "one"]).expect_success();
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "200000");
}

#[test]
fn two_commands_on_one_database_come_one_after_the_other() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    ask(&shop, "db", "create table t as select g, md5(g::text) from generate_series(1, 100000) g");
    shop.run(&["db", "snapshot", "db", "one"]).expect_success();
    let commands = [
        shop.start(&["db", "restore", "one"]),
        shop.start(&["db", "restore", "one"]),
        shop.start(&["db", "clone", "db", "copy"]),
    ];
    for command in commands {
        command.wait().expect_success();
    }
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "100000");
    assert_eq!(ask(&shop, "db/copy", "select count(*) from t"), "100000");
}

#[test]
fn a_server_that_counts_its_databases_says_when_it_is_full() {
    let shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    for number in 1..=14 {
        ask(&shop, &format!("cache/{number}"), "set taken yes");
    }
    shop.run(&["db", "create", "last"]).expect_success();
    let ran = shop.run(&["db", "create", "more"]).expect_code(1);
    assert!(ran.stderr.contains("error[databases-full]"), "{}", ran.stderr);
}

#[test]
fn without_a_desktop_the_other_ways_are_told() {
    let shop = Checkout::new("services: { db: postgres }\n");
    let ran = shop.run(&["db", "open"]).expect_code(1);
    assert!(ran.stderr.contains("error[no-client]"), "{}", ran.stderr);
    assert!(ran.stderr.contains("devenv db shell") && ran.stderr.contains("devenv db url"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("app:"), "no password is shown");
}

#[test]
fn outside_of_any_repo_there_is_a_database_service_of_ones_own() {
    let shop = Checkout::empty();
    let made = shop.run(&["db", "create", "play"]).expect_success();
    assert!(made.stdout.trim_end().ends_with("/play"), "{}", made.stdout);
    let list = shop.run(&["db", "list"]).expect_success().stdout;
    assert!(list.contains("postgres/play"), "{list}");
    let shell = shop.run(&["db", "shell", "play", "--", "-Atc", "select current_database()"]).expect_success();
    assert_eq!(shell.stdout.trim_end(), "play");
    // In a repo as well, when it is asked for.
    shop.write("dev.yaml", "services: { cache: redis }\n");
    assert!(shop.run(&["db", "list", "--scratch"]).expect_success().stdout.contains("postgres/play"));
    shop.run(&["db", "drop", "play", "--scratch"]).expect_success();
}
