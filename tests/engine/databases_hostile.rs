//! `devenv db` and what is not meant well, or not foreseen: dumps that reach for other databases, tables of rare kinds, a server
//! that refuses a step in the middle.

use std::io::{BufRead, Write};
use std::process::{Child, Command, Stdio};

use crate::bed::{Checkout, docker};
use crate::databases::{ask, names};

/// The words of Redis' protocol for a command.
fn resp(words: &[&str]) -> String {
    let parts: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    format!("*{}\r\n{parts}", words.len())
}

#[test]
fn a_hostile_dump_reaches_nothing_but_its_own_database() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb, cache: redis }\n");
    shop.up();
    for service in ["db", "maria"] {
        ask(&shop, service, "create table users (id int); insert into users values (1)");
    }
    ask(&shop, "cache/0", "set greeting hello");
    let refused = [
        ("db", "\\c app\nDROP TABLE users;\n", "dump-refused"),
        ("db", "select 1;\n\\! touch /tmp/reached\n", "dump-refused"),
        ("db", "COPY nowhere FROM stdin;\n\\! touch /tmp/reached\n\\.\n", "dump-refused"),
        ("db", "COPY (select 1) TO PROGRAM 'touch /tmp/reached';\n", "dump-refused"),
        (
            "db",
            "DO $$ begin execute 'copy (select 1) to program ''touch /tmp/reached'''; end $$;\n",
            "database-refused",
        ),
        ("db", "ALTER ROLE app PASSWORD 'mine';\n", "database-refused"),
        ("db", "select pg_read_file('/etc/passwd');\n", "database-refused"),
        ("maria", "drop table app.users;\n", "database-refused"),
        ("maria", "USE `app`;\ndrop table app.users;\n", "database-refused"),
        ("maria", "create table t (id int);\n\\! touch /tmp/reached\n", "database-refused"),
        ("maria", "system touch /tmp/reached\n;\n", "database-refused"),
        ("maria", "select 'x' into outfile '/tmp/reached';\n", "database-refused"),
        ("maria", "set password for app@'%' = password('mine');\n", "database-refused"),
        ("cache", &resp(&["FLUSHALL"]), "dump-refused"),
        ("cache", &resp(&["SWAPDB", "0", "1"]), "dump-refused"),
        ("cache", &(resp(&["SELECT", "0"]) + &resp(&["SELECT", "1"])), "dump-refused"),
        ("cache", "eval \"return redis.call('flushall')\" 0\n", "dump-refused"),
    ];
    for (service, text, id) in refused {
        shop.write("hostile.sql", text);
        let ran = shop.run(&["db", "import", "hostile.sql", "--into", &format!("{service}/fresh")]).expect_code(1);
        assert!(ran.stderr.contains(&format!("error[{id}]")), "{text}: {}", ran.stderr);
    }
    for service in ["db", "maria", "cache"] {
        let id = shop.unit(service).id;
        assert_eq!(docker(&["exec", &id, "sh", "-c", "ls /tmp/reached 2>/dev/null; echo"]).trim(), "", "{service}");
    }
    for service in ["db", "maria"] {
        assert_eq!(ask(&shop, service, "select id from users"), "1");
    }
    assert_eq!(ask(&shop, "cache/0", "get greeting"), "hello");
    assert_eq!(ask(&shop, "db", "select count(*) from pg_roles where rolname like 'devenv%'"), "0");
    assert_eq!(ask(&shop, "maria", "select count(*) from mysql.user where user like 'devenv%'"), "0");
    // What is of one database, whatever its number was there, goes into its own.
    shop.write("append.aof", resp(&["SELECT", "0"]) + &resp(&["SET", "greeting", "bye"]));
    shop.run(&["db", "import", "append.aof", "--into", "cache/trial"]).expect_success();
    assert_eq!(ask(&shop, "cache/0", "get greeting"), "hello");
    let url = shop.run(&["db", "url", "cache/trial"]).expect_success().stdout;
    assert_eq!(ask(&shop, &format!("cache/{}", url.trim_end().rsplit('/').next().unwrap()), "get greeting"), "bye");
}

#[test]
fn a_dump_of_a_whole_database_goes_into_any_and_loses_no_text() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    let make = "create table t (id int, note text); insert into t values (1, E'a\\nDROP DATABASE x;\\n\\\\c app\\nend');
        create extension pg_trgm; comment on database app is 'mine'; create role web; grant select on t to web; alter table t owner to web";
    ask(&shop, "db", make);
    let (db, maria) = (shop.unit("db").id, shop.unit("maria").id);
    let make = "create table t (id int, note text); insert into t values (1, 'a\\nUSE `x`;\\nend');
        create definer=root@localhost view v as select id from t; create procedure p() select 3;
        create trigger add_one before insert on t for each row set new.id = new.id + 1";
    ask(&shop, "maria", make);
    let note = |database: &str| ask(&shop, database, "select note from t where id = 1");
    let (in_postgres, in_maria) = (note("db"), note("maria"));
    for options in ["--create", "--create --clean --if-exists --inserts", "-Fc"] {
        let dump = format!("pg_dump -U app {options} app > /tmp/dump; base64 -w0 /tmp/dump");
        import(&shop, &docker(&["exec", &db, "sh", "-c", &dump]), "db/copy");
        assert_eq!(note("db/copy"), in_postgres, "{options}");
        let owner = "select tableowner from pg_tables where tablename = 't'";
        assert_eq!(ask(&shop, "db/copy", owner), "app", "it belongs to the service's user");
        ask(&shop, "db/copy", "insert into t values (2, 'mine'); select similarity('a', 'b')");
    }
    let dump = "MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb-dump -uroot --routines --add-drop-database --databases app | base64 -w0";
    import(&shop, &docker(&["exec", &maria, "sh", "-c", dump]), "maria/copy");
    assert_eq!(note("maria/copy"), in_maria);
    let as_app = "MYSQL_PWD=$MARIADB_PASSWORD mariadb -uapp -N -B copy -e 'insert into t values (4, 0); select max(id) from v; call p()'";
    assert_eq!(docker(&["exec", &maria, "sh", "-c", as_app]).trim_end(), "5\n3");
    assert_eq!(ask(&shop, "maria", "select count(*) from v"), "1", "what the dump would have dropped is there");
}

/// Imports what is told in base64.
#[track_caller]
fn import(shop: &Checkout, encoded: &str, into: &str) {
    shop.write("dump.base64", encoded);
    let decode = Command::new("base64").arg("-d").arg(shop.root().join("dump.base64")).output().unwrap();
    shop.write("dump", decode.stdout);
    shop.run(&["db", "import", "dump", "--into", into]).expect_success();
}

#[test]
fn tables_that_remember_and_sequences_survive_whatever_is_done_with_their_database() {
    let shop = Checkout::new("services: { maria: mariadb }\n");
    shop.up();
    shop.run(&["db", "create", "trial"]).expect_success();
    let make = "create table t (id int primary key, note int) with system versioning; insert into t values (1, 1); update t set note = 2;
        create sequence numbers start with 10; do nextval(numbers); create table plain (id int); insert into plain values (7)";
    ask(&shop, "maria/trial", make);
    let look = |database: &str| {
        let said = ask(
            &shop,
            database,
            "select note from t; select count(*) from t for system_time all; select nextval(numbers) > 10; select id from plain",
        );
        assert_eq!(said, "2\n2\n1\n7", "{database}");
    };
    shop.run(&["db", "clone", "maria/trial", "copy"]).expect_success();
    look("maria/copy");
    shop.run(&["db", "snapshot", "trial", "one"]).expect_success();
    shop.run(&["db", "drop", "trial"]).expect_success();
    shop.run(&["db", "undo"]).expect_success();
    look("maria/trial");
    shop.run(&["db", "restore", "one"]).expect_success();
    look("maria/trial");
    shop.run(&["db", "undo"]).expect_success();
    look("maria/trial");
}

/// Holds a table of MariaDB with one connection that is in no database.
fn hold(id: &str, statement: &str) -> Child {
    let client = "MYSQL_PWD=$MARIADB_ROOT_PASSWORD exec mariadb -uroot -N -B -n";
    let mut holder = Command::new("docker");
    let holder = holder.args(["exec", "-i", id, "sh", "-c", client]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    writeln!(holder.stdin.as_mut().unwrap(), "{statement}; select 'held';").unwrap();
    let mut line = String::new();
    std::io::BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    holder
}

#[test]
fn what_cannot_be_moved_now_keeps_all_that_is_no_table() {
    let shop = Checkout::new("services: { maria: mariadb }\n");
    shop.up();
    shop.run(&["db", "create", "trial"]).expect_success();
    let make = "create table t (id int); create table other (id int); create table log (id int);
        create trigger note after insert on t for each row insert into log values (new.id);
        create view v as select id from log; create procedure twice() select 2; create event later on schedule at '2100-01-01' do delete from t";
    ask(&shop, "maria/trial", make);
    let mut holder = hold(&shop.unit("maria").id, "lock tables trial.other write");
    let ran = shop.run(&["db", "drop", "trial"]).expect_code(1);
    assert!(ran.stderr.contains("error[database-refused]") && ran.stderr.contains("imeout"), "{}", ran.stderr);
    drop(holder.stdin.take());
    holder.wait().unwrap();
    let said = ask(
        &shop,
        "maria/trial",
        "insert into t values (8); select id from v; call twice(); select count(*) from information_schema.events",
    );
    assert_eq!(said, "8\n2\n1");
    assert_eq!(
        ask(&shop, "maria", "select count(*) from information_schema.schemata where schema_name like 'devenv%'"),
        "0"
    );
    shop.run(&["db", "drop", "trial"]).expect_success();
    shop.run(&["db", "undo"]).expect_success();
    assert_eq!(ask(&shop, "maria/trial", "insert into t values (9); select max(id) from v; call twice()"), "9\n2");
}

#[test]
fn a_dump_packed_in_several_frames_is_loaded_to_its_end() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    let pack = |text: &str| {
        let fastest = ruzstd::encoding::CompressionLevel::Fastest;
        ruzstd::encoding::compress_to_vec(text.as_bytes(), fastest)
    };
    let packed = [pack("create table t (id int);\n"), pack("insert into t values (1), (2);\n")].concat();
    shop.write("two.sql.zst", &packed);
    shop.run(&["db", "import", "two.sql.zst"]).expect_success();
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "2");
    shop.write("cut.sql.zst", &packed[..packed.len() - 3]);
    shop.run(&["db", "import", "cut.sql.zst"]).expect_code(1);
    assert_eq!(ask(&shop, "db", "select count(*) from t"), "2");
}

#[test]
fn a_restore_brings_back_owners_and_rights_and_keeps_the_settings() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    let make = "create role web; create role gone; create table t (id int); alter table t owner to web; create table u (id int);
        grant select on u to web; grant select on t to gone;
        alter database app set search_path to web, public; alter database app set app.tenant to 'a b';
        alter role web in database app set work_mem to '8MB'; revoke connect on database app from public; grant connect on database app to web";
    ask(&shop, "db", make);
    let look = "select tableowner from pg_tables where tablename = 't';
        select has_table_privilege('web', 'u', 'select'), has_database_privilege('web', 'app', 'connect');
        select current_setting('search_path'), current_setting('app.tenant');
        select count(*) from pg_database d, aclexplode(datacl) a where datname = 'app' and grantee = 0 and privilege_type = 'CONNECT';
        select s.setconfig from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where datname = 'app' and setrole <> 0";
    let before = ask(&shop, "db", look);
    assert!(before.starts_with("web\nt|t\nweb, public|a b\n0\n"), "{before}");
    shop.run(&["db", "snapshot", "db", "one"]).expect_success();
    ask(&shop, "db", "revoke all on t from gone; drop role gone; alter table t owner to app");
    shop.run(&["db", "restore", "one"]).expect_success();
    assert_eq!(ask(&shop, "db", look), before);
    shop.run(&["db", "undo"]).expect_success();
    assert_eq!(ask(&shop, "db", "select tableowner from pg_tables where tablename = 't'"), "app");
    assert_eq!(ask(&shop, "db", "select current_setting('app.tenant')"), "a b");
}

/// Quotes of every kind, SQL, spaces, letters of elsewhere; not longer than servers take.
const ODD: &str = "it's \"x\" `y`; drop table t -- 名前";

#[test]
fn a_database_of_any_name_is_worked_with_and_a_new_one_gets_a_plain_one() {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb }\n");
    shop.up();
    for (service, quote) in [("db", "\""), ("maria", "`")] {
        let quoted = format!("{quote}{}{quote}", ODD.replace(quote, &quote.repeat(2)));
        ask(&shop, service, &format!("create database {quoted}"));
        let odd = format!("{service}/{ODD}");
        ask(&shop, &odd, "create table t (id int); insert into t values (1)");
        let count = |database: &str| ask(&shop, database, "select count(*) from t");
        let snapshot = format!("odd-{service}");
        assert!(shop.run(&["db", "url", &odd]).expect_success().stdout.contains("%22x%22"));
        shop.run(&["db", "snapshot", &odd, &snapshot]).expect_success();
        ask(&shop, &odd, "insert into t values (2)");
        shop.run(&["db", "restore", &snapshot]).expect_success();
        assert_eq!(count(&odd), "1", "{service}");
        shop.run(&["db", "undo"]).expect_success();
        assert_eq!(count(&odd), "2", "{service}");
        let copy = format!("{service}/copy");
        shop.run(&["db", "clone", &odd, &copy]).expect_success();
        assert_eq!(count(&copy), "2", "{service}");
        let dump = format!("{service}.sql");
        shop.run(&["db", "export", &odd, &dump]).expect_success();
        shop.run(&["db", "drop", &odd]).expect_success();
        shop.run(&["db", "undo"]).expect_success();
        ask(&shop, &odd, "delete from t");
        shop.run(&["db", "import", &odd, &dump]).expect_success();
        assert_eq!(count(&odd), "2", "{service}");
    }
    let before = names(&shop);
    for (new, verb) in [
        ("a\"b", &["db", "import", "--into"][..]),
        ("x'; drop table t --", &["db", "import", "--into"]),
        ("devenv_aside_1", &["db", "import", "--into"]),
        (&"n".repeat(64), &["db", "restore", "--into"]),
    ] {
        let (into, what) = (format!("db/{new}"), if verb[1] == "import" { "db.sql" } else { "odd-db" });
        let ran = shop.run(&[verb, &[&into, what]].concat()).expect_code(2);
        assert!(ran.stderr.contains("error[database-name]"), "{new}: {}", ran.stderr);
    }
    assert_eq!(names(&shop), before);
}
