//! From nothing to ready, and what a later `up` does.

use crate::bed::{Checkout, docker};

/// A database, a cache, an app that asks both, and a web server in front of it.
const SHOP: &str = r#"
services:
  db: postgres
  cache: redis
  web:
    use: nginx
    files: { /etc/nginx/conf.d/default.conf: nginx.conf }
    needs: [api]
apps:
  api:
    runtime: python
    run: python app.py
    port: 8000
    env: { DATABASE_URL: "${db.url}", CACHE: "${cache.host} ${cache.port}" }
"#;

/// Asks the cache and the database once at its start, and ends if one of them is not there; tells the answers to everybody.
const APP: &str = r#"
import http.server, os, socket
from urllib.parse import urlparse

def ask(host, port, question):
    with socket.create_connection((host, int(port)), 2) as s:
        s.sendall(question)
        return s.recv(64)

db = urlparse(os.environ["DATABASE_URL"])
# A request for encryption: a server that is ready for anybody answers with one letter.
BODY = ask(*os.environ["CACHE"].split(), b"PING\r\n") + ask(db.hostname, db.port, b"\0\0\0\x08\x04\xd2\x16\x2f")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(BODY)

http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"#;

fn shop() -> Checkout {
    let checkout = Checkout::new(SHOP);
    let nginx = format!("server {{ listen 80; location / {{ proxy_pass http://api:{}; }} }}\n", checkout.app_port());
    checkout.write("nginx.conf", nginx);
    checkout.write("app.py", APP);
    checkout
}

#[test]
fn from_nothing_everything_becomes_ready_and_answers() {
    let shop = shop();
    let up = shop.up();
    for (name, row) in shop.status() {
        assert_eq!(row["ready"], true, "{name}");
    }
    assert!(up.stdout.contains(&format!("http://localhost:{}", shop.port("api"))), "{}", up.stdout);
    assert_eq!(shop.sql("select current_user || ' ' || current_database()"), "app app");
    assert_eq!(shop.get("web", "/"), "+PONG\r\nN");
}

#[test]
fn a_second_up_touches_nothing() {
    let shop = shop();
    shop.up();
    let before = shop.units();
    let again = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(again.events("plan")[0]["steps"], 0);
    assert_eq!(again.events("done")[0]["ok"], true);
    assert_eq!(shop.units(), before);
    let dry = shop.run(&["up", "--dry-run"]).expect_success();
    assert_eq!(dry.stdout, "nothing to do: everything is as it should be\n");
}

#[test]
fn a_changed_app_is_replaced_and_the_web_server_in_front_still_reaches_it() {
    let shop = shop();
    shop.up();
    let before = shop.units();
    shop.write("dev.yaml", SHOP.replace("env: {", "env: { LEVEL: debug,"));
    let planned = shop.run(&["up", "--dry-run"]).expect_success().stdout;
    assert!(planned.contains("(env LEVEL is new)"), "{planned}");
    assert_eq!(shop.units(), before, "a dry run changed something");
    shop.up();
    let after = shop.units();
    assert_ne!(after["api"].id, before["api"].id);
    assert_eq!((&after["db"], &after["cache"]), (&before["db"], &before["cache"]));
    assert_eq!(shop.get("web", "/"), "+PONG\r\nN");
}

#[test]
fn down_stops_everything_and_the_next_up_starts_it_again() {
    let shop = shop();
    shop.up();
    shop.run(&["down"]).expect_success();
    assert!(shop.units().values().all(|unit| !unit.running));
    for (name, row) in shop.status() {
        assert_eq!((&row["state"], &row["ready"]), (&"stopped".into(), &false.into()), "{name}");
    }
    shop.run(&["down"]).expect_success();
    shop.up();
    assert_eq!(shop.get("web", "/"), "+PONG\r\nN");
}

#[test]
fn only_what_is_named_and_what_it_needs_comes_up() {
    let shop = shop();
    shop.run(&["up", "cache"]).expect_success();
    assert_eq!(shop.units().into_keys().collect::<Vec<_>>(), ["cache"]);
    shop.run(&["up", "api"]).expect_success();
    assert_eq!(shop.units().into_keys().collect::<Vec<_>>(), ["api", "cache", "db"]);
    shop.run(&["down", "api"]).expect_success();
    let running: Vec<String> =
        shop.units().into_iter().filter(|(_, unit)| unit.running).map(|(name, _)| name).collect();
    assert_eq!(running, ["cache", "db"]);
}

#[test]
fn a_changed_file_of_a_service_reaches_it() {
    let page = |text: &str| format!("server {{ listen 80; location / {{ return 200 '{text}'; }} }}\n");
    let shop = Checkout::new(
        "services: { web: { use: nginx, files: { /etc/nginx/conf.d/default.conf: deploy/nginx.conf } }, cache: redis }\n",
    );
    shop.write("deploy/nginx.conf", page("one"));
    shop.up();
    assert_eq!(shop.get("web", "/"), "one");
    let cache = shop.unit("cache");
    shop.write("deploy/nginx.conf", page("two"));
    shop.up();
    assert_eq!(shop.get("web", "/"), "two");
    assert_eq!(shop.unit("cache"), cache);
}

#[test]
fn readiness_is_asked_for_as_the_manifest_says() {
    let shop = Checkout::new(
        "apps:\n  by-log: { runtime: python, run: sleep 0.5; echo now listening; touch log; sleep 600, ready: { log: now listening } }\n  \
         by-command: { runtime: python, run: sleep 0.5; touch command; sleep 600, ready: { run: test -e command } }\n  \
         by-path: { runtime: python, run: python slow.py, port: 8000, ready: { http: /healthz, status: 204 } }\n  \
         last: { runtime: python, run: ls > seen, once: true, needs: [by-log, by-command, by-path] }\n",
    );
    // Says that it is unwell at first.
    shop.write(
        "slow.py",
        "import http.server, os, time\nbegan = time.time()\nclass Handler(http.server.BaseHTTPRequestHandler):\n    \
         def do_GET(self):\n        well = time.time() > began + 0.5\n        if well: open('path', 'w')\n        \
         self.send_response(204 if well else 200)\n        self.end_headers()\n\
         http.server.HTTPServer(('', int(os.environ['PORT'])), Handler).serve_forever()\n",
    );
    shop.up();
    let seen = shop.read("seen");
    for file in ["log", "command", "path"] {
        assert!(seen.lines().any(|line| line == file), "`last` started before {file}: {seen}");
    }
}

#[test]
fn what_is_not_here_yet_is_downloaded_from_the_mirror_once() {
    let shop = Checkout::empty();
    let mirror = shop.variables["DEVENV_MIRROR"].clone();
    // Its own name, so that no other test has it here already; the content is busybox's.
    let name = format!("devenv-test/download-{}", std::process::id());
    let (there, source) = (format!("{mirror}/{name}:1"), format!("{mirror}/library/busybox:1"));
    docker(&["pull", "--quiet", &source]);
    docker(&["tag", &source, &there]);
    docker(&["push", "--quiet", &there]);
    docker(&["rmi", &there]);
    let run = format!("{{ image: '{name}:1', run: httpd -f -h /etc -p 80, port: 80 }}");
    shop.write("dev.yaml", format!("services:\n  one: {run}\n  other: {run}\n"));
    let up = shop.run(&["up", "--json"]).expect_success();
    let downloading = up.events("state").into_iter().filter(|event| event["state"] == "downloading").count();
    assert_eq!(downloading, 1, "{}", up.stdout);
    for unit in shop.units().into_values() {
        docker(&["rm", "--force", &unit.id]);
    }
    docker(&["rmi", &format!("{name}:1")]);
}

#[test]
fn a_wrong_manifest_does_not_keep_anything_from_being_stopped() {
    let shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    shop.write("dev.yaml", "services: { cache: rediss }\n");
    shop.run(&["down"]).expect_success();
    assert!(!shop.unit("cache").running);
}
