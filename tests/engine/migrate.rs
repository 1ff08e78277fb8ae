//! Data of an older PostgreSQL goes on with a newer one, after a yes: everything arrives or nothing changes, and the old data is kept.

use crate::bed::{Checkout, docker};

fn manifest(version: u32) -> String {
    format!(
        "services:\n  db:\n    use: postgres@{version}\n    env: {{ POSTGRES_USER: \"Neil-Up\", POSTGRES_PASSWORD: \"p$ '\\\"\\\\w\", POSTGRES_DB: Shop }}\n"
    )
}

/// Data folders of this checkout.
fn folders(shop: &Checkout) -> Vec<String> {
    let filter = format!("label=devenv.checkout={}", shop.root().display());
    let list = docker(&["volume", "ls", "-q", "--filter", &filter]);
    list.lines().map(str::to_owned).collect()
}

/// A statement in any database of `db`, as its administrator.
fn sql(shop: &Checkout, database: &str, statement: &str) -> String {
    let psql = ["exec", "db", "--", "psql", "-XAt", "-v", "ON_ERROR_STOP=1", "-U", "Neil-Up", "-d", database, "-c"];
    let run = shop.run(&[psql.as_slice(), &[statement]].concat()).expect_success();
    run.stdout.trim_end().to_owned()
}

/// Rows, roles with their passwords, a second database and large objects arrive; without consent nothing happens; undo leads back.
#[test]
fn everything_arrives_in_the_newer_version_and_the_old_data_is_kept() {
    let shop = Checkout::new(&manifest(15));
    shop.up();
    sql(
        &shop,
        "Shop",
        "create role reader login password 'readme'; create table orders as select i, 'row ' || i as t from generate_series(1, 10000) i; \
         grant select on orders to reader; select lo_from_bytea(0, 'large')",
    );
    sql(&shop, "Shop", "create database \"other one\" owner reader");
    sql(&shop, "other one", "create table more (id serial primary key); insert into more default values");
    let before = (shop.units(), folders(&shop));
    shop.write("dev.yaml", manifest(17));
    let refused = shop.run(&["up"]).expect_code(1);
    assert!(refused.stderr.contains("devenv up --yes"), "{}", refused.stderr);
    let planned = shop.run(&["up", "--dry-run"]).expect_success();
    assert!(planned.stdout.contains("bring its data over from PostgreSQL 15 to 17"), "{}", planned.stdout);
    assert_eq!((shop.units(), folders(&shop)), before, "without consent nothing happens");

    let moved = shop.run(&["up", "--yes"]).expect_success();
    assert!(moved.stderr.contains("devenv undo"), "{}", moved.stderr);
    assert!(sql(&shop, "Shop", "select version()").contains("PostgreSQL 17"));
    assert_eq!(sql(&shop, "Shop", "select count(*), max(t) from orders"), "10000|row 9999");
    assert_eq!(sql(&shop, "Shop", "select count(*) from pg_largeobject_metadata"), "1");
    assert_eq!(sql(&shop, "other one", "insert into more default values returning id"), "2\nINSERT 0 1");
    assert_eq!(shop.sql("select 1"), "1", "the password is what it was");
    let url = format!("postgres://reader:readme@127.0.0.1:{}/Shop", shop.port("db"));
    let reader = ["run", "--rm", "--network", "host", "--entrypoint", "psql", "postgres:17", &url];
    assert_eq!(docker(&[reader.as_slice(), &["-Atc", "select count(*) from orders"]].concat()), "10000\n");
    assert_eq!((shop.units().len(), folders(&shop).len()), (1, 2), "only the old data is left beside it");
    assert_eq!(shop.run(&["up", "--json"]).expect_success().json_lines()[0]["steps"], 0);

    let undone = shop.run(&["undo"]).expect_success();
    assert!(undone.stderr.contains("db: postgres@15"), "{}", undone.stderr);
    shop.write("dev.yaml", manifest(15));
    shop.up();
    assert_eq!(sql(&shop, "other one", "select count(*) from more"), "1", "as it was before");
}

/// Killed or failed in the middle, the old version goes on with its data, and nothing of the attempt is left.
#[test]
fn what_does_not_come_to_its_end_changes_nothing() {
    let shop = Checkout::new("services: { db: postgres@15 }\n");
    shop.up();
    shop.sql("create table orders (id int); insert into orders values (42)");
    let before = folders(&shop);
    for moment in ["bring data over from PostgreSQL 15 to 17", "PostgreSQL 15 dumps, 17 loads"] {
        shop.write("dev.yaml", "services: { db: postgres@17 }\n");
        let up = shop.start(&["up", "--yes", "--json"]);
        up.wait_for_line(moment);
        up.kill();
        shop.write("dev.yaml", "services: { db: postgres@15 }\n");
        shop.up();
        assert_eq!(shop.sql("select id from orders"), "42");
        assert_eq!((shop.units().len(), folders(&shop)), (1, before.clone()), "killed at {moment}");
    } // The newer version does not have this extension any more.
    shop.sql("create extension adminpack");
    shop.write("dev.yaml", "services: { db: postgres@17 }\n");
    let failed = shop.run(&["up", "--yes"]).expect_code(1);
    assert!(failed.stderr.contains("error[data-not-brought-over]"), "{}", failed.stderr);
    assert!(failed.stderr.contains("has no extension `adminpack`"), "{}", failed.stderr);
    assert_eq!(folders(&shop), before);
    shop.write("dev.yaml", "services: { db: postgres@15 }\n");
    shop.up();
    assert_eq!(shop.sql("select id from orders"), "42");
}
