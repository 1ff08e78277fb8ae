//! No command loses data: what is reset or moved to another version can be brought back, and a changed password locks nobody out.

use std::io::Read;

use devenv::engine::{DataLabels, Engine};
use devenv::state::{Folders, SavedData, Saving, open_saved};

use crate::bed::{Checkout, docker};

/// Everything in a data folder: owners, rights, times, links and content, seen from inside this image.
fn listing(folder: &str, image: &str) -> String {
    let list = "cd /look && find . -printf '%p %U:%G %m %l\\n' | sort && stat -c %Y PG_VERSION && find . -type f -exec sha256sum {} + | sort";
    docker(&["run", "--rm", "--entrypoint", "sh", "-v", &format!("{folder}:/look"), image, "-c", list])
}

#[test]
fn data_saved_as_a_file_comes_back_as_it_was_with_owners_rights_and_links() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.sql("create table orders (id int); insert into orders values (42)");
    let dress =
        "ln -s PG_VERSION /var/lib/postgresql/data/link && touch -d 2020-01-02 /var/lib/postgresql/data/PG_VERSION";
    shop.run(&["exec", "db", "--", "sh", "-c", dress]).expect_success();
    shop.run(&["down"]).expect_success();
    let folder = docker(&["inspect", "--format", "{{range .Mounts}}{{.Name}}{{end}}", &shop.unit("db").id]);
    let folder = folder.trim().to_owned();
    let image = docker(&["inspect", "--format", "{{.Image}}", &shop.unit("db").id]).trim().to_owned();
    let before = listing(&folder, &image);
    let place = shop.place.path().join("saved");
    let folders = Folders { state: place.join("s"), cache: place.join("c"), config: place.join("k") };
    let labels = DataLabels {
        checkout: shop.root().display().to_string(),
        unit: "db".to_owned(),
        generation: 2,
        ..DataLabels::default()
    };
    let other = format!("{folder}.2");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let saved = runtime.block_on(async {
        let surroundings =
            devenv::host::Surroundings { docker_host: std::env::var("DOCKER_HOST").ok(), ..Default::default() };
        let engine = Engine::find(&surroundings, None).await.unwrap();
        let mut saving = Saving::begin(&folders, SavedData { service: "db".into(), ..Default::default() }, 0).unwrap();
        engine.save_data(&folder, &labels, |bytes| saving.write(bytes)).await.unwrap();
        let saved = saving.finish().unwrap();
        let mut unpacked = open_saved(&folders, &saved).unwrap();
        let pieces = std::iter::from_fn(move || {
            let mut piece = vec![0; 1 << 16];
            match unpacked.read(&mut piece) {
                Ok(0) => None,
                Ok(read) => Some(Ok(bytes::Bytes::from(piece[..read].to_vec()))),
                Err(error) => Some(Err(error)),
            }
        });
        engine.load_data(&other, &labels, futures_util::stream::iter(pieces)).await.unwrap();
        assert!(engine.load_data(&other, &labels, futures_util::stream::empty()).await.is_err());
        saved
    });
    assert!(saved.packed_size * 3 < saved.size, "{saved:?}");
    let after = listing(&other, &image);
    let differing: Vec<_> = before.lines().zip(after.lines()).filter(|(before, after)| before != after).collect();
    assert!(before.lines().count() == after.lines().count() && differing.is_empty(), "{:?}", differing.first());
    assert_eq!(shop.units().len(), 1, "nothing that it was done with is left");
}

/// A database, and an app that makes the table and says how often it has done that.
const SHOP: &str = r#"
services: { db: postgres, cache: redis }
apps:
  api:
    runtime: python
    setup: [{ run: "echo once >> migrated", inputs: [app.py] }]
    run: sleep 600
    ready: { run: "true" }
    env: { URL: "${db.url}" }
"#;

#[test]
fn rows_come_back_after_a_reset_and_setup_knows_which_data_it_has_worked_on() {
    let shop = Checkout::new(SHOP);
    shop.write("app.py", "");
    shop.up();
    shop.sql("create table orders (id int); insert into orders values (42)");
    let before = shop.units();
    let refused = shop.run(&["reset"]).expect_code(1);
    assert!(refused.stderr.contains("devenv reset --yes"), "{}", refused.stderr);
    assert_eq!(shop.units(), before, "without consent nothing happens");
    let reset = shop.run(&["reset", "db", "--yes"]).expect_success();
    assert!(reset.stderr.contains("devenv undo"), "{}", reset.stderr);
    assert_eq!(shop.sql("select count(*) from pg_tables where tablename = 'orders'"), "0");
    assert_eq!(shop.read("migrated"), "once\nonce\n");
    assert_eq!(shop.unit("cache"), before["cache"], "what is not named goes on");
    shop.run(&["undo"]).expect_success();
    assert_eq!(shop.sql("select id from orders"), "42");
    shop.up();
    assert_eq!(shop.read("migrated"), "once\nonce\n", "it had been done to this data");
    shop.run(&["down"]).expect_success();
    shop.run(&["undo"]).expect_success();
    shop.up();
    assert_eq!(shop.sql("select count(*) from pg_tables where tablename = 'orders'"), "0", "undo is undone");
    let list = shop.run(&["undo", "--list", "--json"]).expect_success().json();
    assert_eq!(list["undo"].as_array().map(Vec::len), Some(1));
}

/// A variable that names another database: what is new is said, and what setup did to the other one is done to it.
#[test]
fn another_database_is_told_and_set_up_like_the_first() {
    let shop = Checkout::new(SHOP);
    shop.write("app.py", "");
    shop.up();
    shop.sql("create table orders (id int)");
    let with = |database: &str| {
        SHOP.replace("db: postgres", &format!("db: {{ use: postgres, env: {{ POSTGRES_DB: {database} }} }}"))
    };
    shop.write("dev.yaml", with("second"));
    let up = shop.run(&["up"]).expect_success();
    assert!(up.stderr.contains("`second` is new"), "{}", up.stderr);
    assert!(up.stderr.contains("`db` has another database"), "{}", up.stderr);
    assert_eq!(shop.read("migrated"), "once\nonce\n");
    assert_eq!(shop.sql("select count(*) from pg_tables where tablename = 'orders'"), "0");
    shop.up();
    assert_eq!(shop.read("migrated"), "once\nonce\n", "nothing has changed since");
    // Dropped by hand, it is made again and set up again.
    shop.run(&["exec", "db", "--", "psql", "-U", "app", "-d", "app", "-c", "drop database second with (force)"])
        .expect_success();
    shop.up();
    assert_eq!(shop.read("migrated"), "once\nonce\nonce\n");
}

/// No `login-refused`: the password that dev.yaml says is set, whichever the data had.
#[test]
fn a_changed_password_or_user_and_a_lost_one_lock_nobody_out() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.sql("create table orders (id int); insert into orders values (42)");
    shop.write("dev.yaml", "services: { db: { use: postgres, env: { POSTGRES_PASSWORD: \"it's new\" } } }\n");
    shop.up();
    assert_eq!(shop.env("DB_PASSWORD"), "it's new");
    assert_eq!(shop.sql("select id from orders"), "42");
    shop.write("dev.yaml", "services: { db: { use: postgres, env: { POSTGRES_USER: sam, POSTGRES_DB: app } } }\n");
    shop.up();
    assert_eq!(shop.sql("select current_user || id from orders"), "sam42");
    // Everything that was remembered is lost, and so is what ran with it.
    shop.run(&["down"]).expect_success();
    docker(&["rm", &shop.unit("db").id]);
    std::fs::remove_dir_all(shop.place.path().join("state")).unwrap();
    shop.write("dev.yaml", "services: { db: postgres }\n");
    let up = shop.up();
    assert!(!up.all().contains("login-refused"), "{}", up.all());
    assert_eq!(shop.sql("select id from orders"), "42");
}

#[test]
fn a_changed_password_reaches_mariadb_too() {
    let with = |password: &str| {
        format!(
            "services: {{ db: {{ use: mariadb, env: {{ MARIADB_PASSWORD: {password}, MARIADB_ROOT_PASSWORD: {password} }} }} }}\n"
        )
    };
    let shop = Checkout::new(&with("first"));
    shop.up();
    let client = ["exec", "db", "--", "sh", "-c"];
    let sql = |statement: &str| {
        let run = format!("mariadb -uapp -p\"$MARIADB_PASSWORD\" -h 127.0.0.1 app -Ne '{statement}'");
        shop.run(&[client.as_slice(), &[run.as_str()]].concat()).expect_success().stdout
    };
    sql("create table orders (id int); insert into orders values (42)");
    shop.write("dev.yaml", with("second"));
    shop.up();
    assert_eq!(sql("select id from orders"), "42\n");
    assert!(shop.status().values().all(|row| row["ready"] == true), "{:?}", shop.status());
}

/// Data is a person's from the moment on that its database was ready, whatever becomes of the `up` that made it.
#[test]
fn what_was_ready_once_is_kept_when_the_first_up_never_ends() {
    let shop = Checkout::new(
        "services: { db: postgres }\napps: { api: { runtime: python, setup: [{ run: sleep 600, inputs: [dev.yaml] }], \
         run: sleep 600, env: { URL: '${db.url}' } } }\n",
    );
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"sleep 600\"");
    let db = id_of(&shop, "db");
    docker(&["exec", &db, "psql", "-U", "app", "-c", "create table t as select 7 as n"]);
    up.kill();
    // Ended as badly as can be.
    docker(&["kill", &db]);
    shop.run(&["up", "db"]).expect_success();
    assert_eq!(shop.run(&["undo", "--list"]).stdout.matches("never finished").count(), 0);
    let ran = shop.run(&["exec", "db", "--", "psql", "-U", "app", "-tAc", "select n from t"]).expect_success();
    assert_eq!(ran.stdout, "7\n");
}

/// A database that is ended while it makes its data for the first time begins again, and what there was can be had back.
#[test]
fn what_was_never_finished_begins_again() {
    let shop = Checkout::new("services: { db: postgres }\n");
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"running\"");
    docker(&["kill", &shop.unit("db").id]);
    up.wait().expect_code(1);
    let up = shop.up();
    assert!(up.stderr.contains("it begins again"), "{}", up.stderr);
    assert!(shop.run(&["undo", "--list"]).expect_success().stdout.contains("never finished"));
    shop.run(&["exec", "db", "--", "psql", "-U", "app", "-c", "select 1"]).expect_success();
}

/// Also while the places of setup are there.
fn id_of(shop: &Checkout, unit: &str) -> String {
    let root = shop.root();
    let of_it = format!("label=devenv.checkout={}", root.display());
    let unit = format!("label=devenv.unit={unit}");
    docker(&["ps", "-q", "--filter", &of_it, "--filter", &unit]).trim().to_owned()
}
