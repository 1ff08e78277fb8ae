//! Data is sacred.

use crate::bed::{Checkout, docker};

#[test]
fn rows_outlive_down_and_a_changed_setting() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.sql("create table orders (id int); insert into orders values (42)");
    shop.run(&["down"]).expect_success();
    shop.up();
    assert_eq!(shop.sql("select id from orders"), "42");
    let before = shop.unit("db").id;
    shop.write("dev.yaml", "services: { db: { use: postgres, env: { TZ: Europe/Berlin } } }\n");
    shop.up();
    assert_ne!(shop.unit("db").id, before);
    assert_eq!(shop.sql("select id from orders"), "42");
}

#[test]
fn a_service_that_leaves_the_manifest_stops_and_comes_back_with_its_data() {
    let both = "services: { cache: redis, queue: valkey }\n";
    let shop = Checkout::new(both);
    shop.up();
    shop.run(&["exec", "cache", "redis-cli", "set", "greeting", "hello"]).expect_success();
    let queue = shop.unit("queue");
    shop.write("dev.yaml", "services: { queue: valkey }\n");
    let up = shop.up();
    assert!(up.stderr.contains("its data is kept"), "{}", up.stderr);
    assert_eq!(shop.units().into_iter().collect::<Vec<_>>(), [("queue".to_owned(), queue)]);
    shop.write("dev.yaml", both);
    shop.up();
    assert_eq!(shop.run(&["exec", "cache", "redis-cli", "get", "greeting"]).expect_success().stdout, "hello\n");
}

#[test]
fn another_major_version_is_refused_before_anything_is_touched() {
    let shop = Checkout::new("services: { db: postgres@15, cache: redis }\n");
    shop.run(&["up", "db"]).expect_success();
    let before = shop.units();
    shop.write("dev.yaml", "services: { db: postgres@17, cache: redis }\n");
    let refused = shop.run(&["up", "--json"]).expect_code(1);
    assert_eq!(refused.problem_ids(), ["data-other-version"]);
    assert_eq!(shop.units(), before);
    shop.write("dev.yaml", "services: { db: postgres@15, cache: redis }\n");
    shop.up();
    assert_eq!(shop.unit("db"), before["db"]);
}

#[test]
fn what_setup_did_to_data_that_is_gone_is_done_again() {
    let shop = Checkout::new(
        "services: { db: redis }\napps:\n  api:\n    runtime: python\n    setup:\n      - { run: echo once >> migrated, inputs: [app.py] }\n    \
         run: sleep 600\n    ready: { run: 'true' }\n    env: { URL: '${db.url}' }\n  seed:\n    runtime: python\n    run: echo once >> seeded\n    once: true\n    \
         env: { URL: '${db.url}' }\n",
    );
    shop.write("app.py", "");
    shop.up();
    shop.up();
    assert_eq!((shop.read("migrated"), shop.read("seeded")), ("once\n".into(), "once\n".into()));
    shop.run(&["down"]).expect_success();
    // What a clean-up of the whole engine does.
    let volumes = docker(&["inspect", "--format", "{{range .Mounts}}{{.Name}}\n{{end}}", &shop.unit("db").id]);
    docker(&["rm", &shop.unit("db").id]);
    docker(&["volume", "rm", volumes.trim()]);
    shop.up();
    assert_eq!((shop.read("migrated"), shop.read("seeded")), ("once\nonce\n".into(), "once\nonce\n".into()));
}
