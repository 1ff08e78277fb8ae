//! Apps whose program ended because a connection to their database broke, while what watches their files goes on.

use std::time::{Duration, Instant};

use crate::bed::{Checkout, docker};

const MANIFEST: &str = "services: { db: postgres }
apps:
  api:
    runtime: node
    run: node --watch server.js
    port: 8000
    env: { DATABASE_URL: \"${db.url}\" }
";

/// Holds a connection to the database as a pool does, logged in as the protocol has it, and does not survive its end.
const SERVER: &str = r#"
const net = require("net"), crypto = require("crypto"), http = require("http");
const url = new URL(process.env.DATABASE_URL);
const number = (value) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value); return bytes; };
const message = (type, ...parts) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from(type), number(body.length + 4), body]);
};
const first = `n=,r=${crypto.randomBytes(18).toString("base64")}`;
const mac = (key, text) => crypto.createHmac("sha256", key).update(text).digest();
const socket = net.connect(Number(url.port || 5432), url.hostname, () => {
  socket.write(message("", number(196608), `user\0${url.username}\0database\0${url.pathname.slice(1)}\0\0`));
});
const login = {
  10: () => socket.write(message("p", "SCRAM-SHA-256\0", number(first.length + 3), `n,,${first}`)),
  11: (challenge) => {
    const { r, s, i } = Object.fromEntries(challenge.split(",").map((part) => [part[0], part.slice(2)]));
    const salted = crypto.pbkdf2Sync(decodeURIComponent(url.password), Buffer.from(s, "base64"), Number(i), 32, "sha256");
    const key = mac(salted, "Client Key"), last = `c=biws,r=${r}`;
    const signature = mac(crypto.createHash("sha256").update(key).digest(), `${first},${challenge},${last}`);
    socket.write(message("p", `${last},p=${Buffer.from(key.map((byte, at) => byte ^ signature[at])).toString("base64")}`));
  },
};
const listen = () => http.createServer((_, response) => response.end("connected")).listen(Number(process.env.PORT));
let rest = Buffer.alloc(0);
socket.on("data", (data) => {
  rest = Buffer.concat([rest, data]);
  while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
    const end = rest.readInt32BE(1) + 1, type = String.fromCharCode(rest[0]), body = rest.subarray(5, end);
    rest = rest.subarray(end);
    if (type === "R") (login[body.readInt32BE(0)] || (() => {}))(body.subarray(4).toString());
    if (type === "Z") listen();
  }
});
socket.on("close", () => { throw new Error("Connection terminated unexpectedly"); });
"#;

fn shop() -> Checkout {
    let shop = Checkout::new(MANIFEST);
    shop.write("server.js", SERVER);
    shop.up();
    assert_eq!(shop.get("api", "/"), "connected");
    shop
}

/// Ends every connection to the database, and comes back when the app has ended of it and its watcher says so.
fn cut_off(shop: &Checkout) {
    let api = shop.unit("api").id;
    let falls = || docker(&["logs", &api]).matches("Failed running").count();
    let before = falls();
    shop.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'app' and pid <> pg_backend_pid()",
    );
    let began = Instant::now();
    while falls() == before {
        assert!(began.elapsed() < Duration::from_secs(20), "the app goes on");
    }
    assert!(shop.unit("api").running, "its watcher goes on");
}

#[test]
fn up_and_restart_start_an_app_again_that_has_fallen_under_its_watcher() {
    let shop = shop();
    cut_off(&shop);
    let up = shop.run(&["up", "--json"]).expect_success();
    let because: Vec<String> = up.events("state").iter().map(|event| event["because"].to_string()).collect();
    assert!(because.iter().any(|because| because.contains("it does not answer")), "{because:?}");
    assert!(up.problem_ids().is_empty(), "{:?}", up.problem_ids());
    assert_eq!(shop.get("api", "/"), "connected");
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
    cut_off(&shop);
    shop.run(&["restart", "api"]).expect_success();
    assert_eq!(shop.get("api", "/"), "connected");
}

#[test]
fn what_falls_with_its_database_comes_back_with_it() {
    let shop = shop();
    let restart = shop.run(&["restart", "db"]).expect_success();
    assert!(restart.stderr.contains("`api` has fallen with `db`"), "{}", restart.stderr);
    assert_eq!(shop.get("api", "/"), "connected");
    shop.sql("create table orders (id int)");
    shop.run(&["db", "snapshot", "db", "one"]).expect_success();
    shop.sql("drop table orders");
    shop.run(&["db", "restore", "one", "--yes"]).expect_success();
    assert_eq!(shop.get("api", "/"), "connected");
    assert_eq!(shop.sql("select count(*) from orders"), "0");
}

/// Nothing is done to an app that somebody looks at in a debugger: it keeps connections, and answers nobody.
#[test]
fn an_app_that_only_pauses_is_left_alone() {
    let shop = Checkout::new(
        "services: { db: postgres }\napps:\n  api: { runtime: node, run: node server.js, port: 8000, env: { URL: \"${db.url}\" } }\n",
    );
    shop.write(
        "server.js",
        "const fs = require('fs');\nrequire('http').createServer((_, to) => { if (!fs.existsSync('pause')) to.end('here'); }).listen(Number(process.env.PORT));\n",
    );
    shop.up();
    let before = shop.unit("api").started_at;
    shop.write("pause", "");
    shop.run(&["restart", "db"]).expect_success();
    assert_eq!(shop.unit("api").started_at, before);
}

/// Nobody has told of it: there was no `up` since.
#[test]
fn status_says_that_an_app_has_fallen_under_its_watcher_and_what_it_said() {
    let shop = Checkout::new("apps:\n  api: { runtime: node, run: node --watch server.js, port: 8000 }\n");
    shop.write("server.js", "require('http').createServer((_, to) => to.end('up')).listen(process.env.PORT);\n");
    shop.up();
    shop.write("server.js", "throw new Error('no such table: orders');\n");
    let began = Instant::now();
    loop {
        let status = shop.run(&["status"]).expect_success().stdout;
        if status.contains("it has crashed (Error: no such table: orders); node --watch waits") {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{status}");
    }
}
