//! `devenv db` where something breaks off: an answer that is lost, a command that is killed beside a step of the server's, data that
//! is changed for other data meanwhile.

use std::io::{BufRead, Write};

use serde_json::Value;

use crate::bed::{Checkout, docker};
use crate::passage::{Act, Passage};

/// A kind of server, and how its own client beside it writes a word down and reads it again.
struct Kind {
    service: &'static str,
    client: &'static [&'static str],
    write: &'static str,
    read: &'static str,
}

const MARIADB: &str = "MYSQL_PWD=$MARIADB_ROOT_PASSWORD exec mariadb -uroot -N -B app -e \"$0\"";
const KINDS: [Kind; 3] = [
    Kind {
        service: "db",
        client: &["psql", "-U", "app", "-Atqc"],
        write: "drop table if exists t; create table t (word text); insert into t values ('WORD')",
        read: "select word from t",
    },
    Kind {
        service: "maria",
        client: &["sh", "-c", MARIADB],
        write: "drop table if exists t; create table t (word text); insert into t values ('WORD')",
        read: "select word from t",
    },
    Kind { service: "cache", client: &["sh", "-c", "redis-cli $0"], write: "set word WORD", read: "get word" },
];

impl Kind {
    fn ask(&self, shop: &Checkout, statement: &str) -> String {
        let id = shop.unit(self.service).id;
        docker(&[&["exec", &id], self.client, &[statement]].concat()).trim_end().to_owned()
    }

    fn write(&self, shop: &Checkout, word: &str) {
        self.ask(shop, &self.write.replace("WORD", word));
    }

    fn word(&self, shop: &Checkout) -> String {
        self.ask(shop, self.read)
    }

    /// A service that holds `now`, and a snapshot of the time when it held `then`.
    fn prepare(&self, shop: &Checkout) {
        self.write(shop, "then");
        shop.run(&["db", "snapshot", self.service, &format!("{}-then", self.service)]).expect_success();
        self.write(shop, "now");
    }

    fn restore(&self) -> Vec<String> {
        ["db", "restore", &format!("{}-then", self.service)].map(str::to_owned).to_vec()
    }
}

fn all_kinds() -> Checkout {
    let shop = Checkout::new("services: { db: postgres, maria: mariadb, cache: redis }\n");
    shop.up();
    shop
}

/// What names a place that something is set aside at is the step itself.
const STEP: &str = "devenv_aside_";

#[test]
fn a_step_that_was_done_and_whose_answer_is_lost_is_done() {
    let mut shop = all_kinds();
    let engine = shop.variables["DOCKER_HOST"].clone();
    for kind in KINDS {
        kind.prepare(&shop);
        let passage = Passage::in_front_of(&mut shop);
        passage.at_first_with("POST /containers/", STEP, Act::AtNext("GET /exec/".to_owned(), Box::new(Act::Cut)));
        let restore = kind.restore();
        shop.run(&restore.iter().map(String::as_str).collect::<Vec<_>>()).expect_success();
        assert_eq!(passage.met(), 2, "{}", kind.service);
        assert_eq!(kind.word(&shop), "then");
        shop.set("DOCKER_HOST", &engine);
        shop.run(&["db", "undo"]).expect_success();
        assert_eq!(kind.word(&shop), "now", "{}: what was replaced is back", kind.service);
    }
}

#[test]
fn a_command_killed_beside_the_step_leaves_one_side_of_it_or_the_other() {
    let mut shop = all_kinds();
    let engine = shop.variables["DOCKER_HOST"].clone();
    for kind in KINDS {
        kind.prepare(&shop);
        let restore = kind.restore();
        let restore: Vec<&str> = restore.iter().map(String::as_str).collect();
        // Before: the server is never asked.
        let passage = Passage::in_front_of(&mut shop);
        passage.at_first_with("POST /containers/", STEP, Act::Freeze);
        let command = shop.start(&restore);
        while passage.met() == 0 {}
        drop(command.kill());
        passage.open();
        shop.set("DOCKER_HOST", &engine);
        shop.run(&["db", "undo"]).expect_code(1);
        assert_eq!(kind.word(&shop), "now", "{}", kind.service);
        // After: nobody hears that it was done.
        let passage = Passage::in_front_of(&mut shop);
        passage.at_first_with("POST /containers/", STEP, Act::AtNext("GET /exec/".to_owned(), Box::new(Act::Freeze)));
        let command = shop.start(&restore);
        while passage.met() < 2 {}
        drop(command.kill());
        passage.open();
        shop.set("DOCKER_HOST", &engine);
        shop.run(&["db", "list"]).expect_success();
        assert_eq!(kind.word(&shop), "then", "{}", kind.service);
        shop.run(&["db", "undo"]).expect_success();
        assert_eq!(kind.word(&shop), "now", "{}: the only copy was kept", kind.service);
        // So that there is nothing to bring back for the next.
        shop.run(&["db", "clean", "--yes"]).expect_success();
    }
}

#[test]
fn a_killed_create_gives_no_time_to_a_database_that_was_there() {
    let mut shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    let id = shop.unit("db").id;
    docker(&["exec", &id, "psql", "-U", "app", "-c", "create database trial"]);
    let engine = shop.variables["DOCKER_HOST"].clone();
    let passage = Passage::in_front_of(&mut shop);
    passage.at_first_with("POST /containers/", "/exec", Act::Freeze);
    let command = shop.start(&["db", "create", "db/trial", "--for", "1m"]);
    while passage.met() == 0 {}
    drop(command.kill());
    passage.open();
    shop.set("DOCKER_HOST", &engine);
    let list = shop.run(&["db", "list", "--json"]).expect_success().json();
    let trial = list["databases"].as_array().unwrap().iter().find(|row| row["name"] == "trial").unwrap().clone();
    assert_eq!(trial["expires_at"], Value::Null);
}

#[test]
fn what_was_dropped_comes_back_with_the_data_it_was_dropped_from() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.run(&["db", "create", "trial"]).expect_success();
    shop.run(&["db", "drop", "trial"]).expect_success();
    shop.run(&["reset", "db", "--yes"]).expect_success();
    shop.up();
    shop.run(&["db", "undo"]).expect_code(1);
    shop.run(&["undo", "--yes"]).expect_success();
    shop.up();
    shop.run(&["db", "undo"]).expect_success();
    assert!(shop.run(&["db", "list"]).expect_success().stdout.contains("db/trial"));
}

#[test]
fn a_transaction_of_somebodys_keeps_nothing_waiting_for_long() {
    let shop = Checkout::new("services: { maria: mariadb }\n");
    shop.run(&["db", "create", "trial"]).expect_success();
    let id = shop.unit("maria").id;
    let client = |more: &str| format!("MYSQL_PWD=$MARIADB_ROOT_PASSWORD exec mariadb -uroot -N -B -n {more}");
    let ask = |statement: &str| docker(&["exec", &id, "sh", "-c", &client(&format!("-e \"{statement}\""))]);
    ask("create table trial.t (id int); insert into trial.t values (1)");
    shop.run(&["db", "drop", "trial"]).expect_success();
    let aside = ask("select table_schema from information_schema.tables where table_name = 't'");
    let mut holder = std::process::Command::new("docker")
        .args(["exec", "-i", &id, "sh", "-c", &client("mysql")])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = holder.stdin.take().unwrap();
    input.write_all(format!("begin; select id from {}.t;\n", aside.trim_end()).as_bytes()).unwrap();
    let mut said = String::new();
    std::io::BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "1\n");
    let ran = shop.run(&["db", "clean", "--yes"]).expect_code(1);
    assert!(ran.stderr.contains("error[database-refused]"), "{}", ran.stderr);
    drop(input);
    assert!(holder.wait().unwrap().success());
    shop.run(&["db", "undo"]).expect_success();
}
