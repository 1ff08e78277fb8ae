//! What goes wrong is told at once, with the reason.

use std::net::TcpListener;

use serde_json::Value;

use crate::bed::Checkout;
use crate::support::Ran;

/// The only problem, and when it was told after the app began to run.
#[track_caller]
fn only_problem(up: &Ran, app: &str) -> (Value, u64) {
    let problems = up.events("problem");
    assert_eq!(problems.len(), 1, "{}", up.stdout);
    let states = up.events("state");
    let running = states.iter().find(|state| state["name"] == app && state["state"] == "running");
    let failed = states.iter().find(|state| state["name"] == app && state["state"] == "failed").unwrap();
    let since = running.map_or(0, |running| running["t_ms"].as_u64().unwrap());
    (problems[0].clone(), failed["t_ms"].as_u64().unwrap() - since)
}

#[test]
fn a_crash_at_the_start_is_told_within_a_second_with_the_last_lines() {
    let shop =
        Checkout::new("apps:\n  api: { runtime: python, run: echo the cable is loose >&2; exit 3, port: 8000 }\n");
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let (problem, after) = only_problem(&up, "api");
    assert_eq!(problem["id"], "crashed");
    assert!(problem["what"].as_str().unwrap().contains('3'), "{problem}");
    assert_eq!(problem["output"], serde_json::json!(["the cable is loose"]));
    assert!(after < 1000, "told after {after} ms");
}

#[test]
fn a_command_that_does_not_exist_is_told_by_its_name() {
    let shop = Checkout::new("services: { cache: { use: redis, run: redis-servre } }\n");
    let up = shop.run(&["up"]).expect_code(1);
    assert!(up.stderr.contains("redis-servre"), "{}", up.stderr);
}

#[test]
fn what_never_answers_is_given_up_in_time_and_left_running() {
    let shop = Checkout::new("apps:\n  api: { runtime: python, run: sleep 600, port: 8000 }\n");
    let up = shop.run(&["up", "--json", "--timeout", "3"]).expect_code(5);
    let (problem, _) = only_problem(&up, "api");
    assert_eq!(problem["id"], "not-ready");
    assert!(problem["why"].as_str().unwrap().contains("no port at all"), "{problem}");
    let done = up.events("done");
    assert!(done[0]["elapsed_ms"].as_u64().unwrap() < 6000, "{}", done[0]);
    assert!(shop.unit("api").running);
}

#[test]
fn an_app_that_answers_with_an_error_is_told_with_its_last_lines() {
    let shop = Checkout::new("apps:\n  api: { runtime: node, run: node server.js, port: 8000, ready: /healthz }\n");
    shop.write(
        "server.js",
        "require('http').createServer((_, to) => {\n  console.error('no such table: orders');\n  to.writeHead(500).end();\n}).listen(process.env.PORT);\n",
    );
    let up = shop.run(&["up", "--json", "--timeout", "4"]).expect_code(1);
    let (problem, _) = only_problem(&up, "api");
    assert_eq!(problem["id"], "answers-with-error");
    assert!(problem["what"].as_str().unwrap().contains("500"), "{problem}");
    assert!(problem["output"].to_string().contains("no such table: orders"), "{problem}");
    assert!(!problem["fixes"].to_string().contains("--timeout"), "{problem}");
    assert!(shop.unit("api").running);
}

#[test]
fn a_server_that_listens_for_itself_only_is_recognised() {
    let shop = Checkout::new("apps:\n  api: { runtime: python, run: python server.py, port: 8000 }\n");
    shop.write(
        "server.py",
        "import http.server, os\nhttp.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler).serve_forever()\n",
    );
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let (problem, after) = only_problem(&up, "api");
    assert_eq!(problem["id"], "loopback-only");
    assert!(after < 8000, "told after {after} ms");
}

/// It is told at once, and nobody has to wait for the deadline; the first fix mends it, with a dev.yaml and without.
#[test]
fn a_wrong_port_ends_the_wait_with_the_line_to_write() {
    let server = "require('http').createServer((_, to) => to.end('shop')).listen(8123);\n";
    let shop = Checkout::new("apps:\n  api: { runtime: node, run: node --inspect=0.0.0.0 server.js, port: 8000 }\n");
    shop.write("server.js", server);
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let (problem, after) = only_problem(&up, "api");
    assert_eq!(problem["id"], "wrong-port");
    assert_eq!(problem["fixes"][0], "write `port: 8123` for `api` in dev.yaml");
    assert!((15_000..45_000).contains(&after), "told after {after} ms");
    let live = up.events("note").into_iter().find(|note| note["text"].to_string().contains("8123")).unwrap();
    let failed = up.events("problem")[0]["t_ms"].as_u64().unwrap();
    assert!(live["t_ms"].as_u64().unwrap() + 10_000 < failed, "seen while it is waited for: {live}");
    shop.write("dev.yaml", "apps:\n  api: { runtime: node, run: node server.js, port: 8123 }\n");
    shop.up();
    assert_eq!(shop.get("api", "/"), "shop");
}

/// The watcher goes on running, and waits for somebody to change a file.
#[test]
fn a_crash_under_a_watcher_is_told_within_seconds_with_the_last_lines() {
    let shop = Checkout::new("apps:\n  api: { runtime: node, run: node --watch server.js, port: 3000 }\n");
    shop.write("server.js", "throw new Error('no such table: orders');\n");
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let (problem, after) = only_problem(&up, "api");
    assert_eq!(problem["id"], "crashed-while-watched");
    assert!(problem["output"].to_string().contains("no such table: orders"), "{problem}");
    assert!(after < 10_000, "told after {after} ms");
    // A change starts it again, without anybody's help.
    shop.write("server.js", "require('http').createServer((_, to) => to.end('orders')).listen(3000);\n");
    shop.up();
    assert_eq!(shop.get("api", "/"), "orders");
}

/// Does what Vite does: it listens on the loopback address unless it is told otherwise.
const VITE: &str = r#"#!/usr/bin/env node
const after = (name) => { const at = process.argv.indexOf(name); return at < 0 ? undefined : process.argv[at + 1]; };
require("http").createServer((request, response) => response.end("page"))
    .listen(Number(after("--port") || 5173), after("--host") || "127.0.0.1");
"#;

#[test]
fn a_known_server_is_told_to_answer_from_outside() {
    let shop = Checkout::new("apps:\n  web: { runtime: node, run: npm run dev, port: 3000 }\n");
    shop.write("package.json", r#"{ "name": "web", "scripts": { "dev": "vite" } }"#);
    shop.write("node_modules/.bin/vite", VITE);
    let vite = shop.root().join("node_modules/.bin/vite");
    std::fs::set_permissions(vite, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    shop.up();
    assert_eq!(shop.get("web", "/"), "page");
}

/// Stands in for Flask and Uvicorn, which would need the package index: the same options and variables, the same default.
const PYTHON_SERVER: &str = "#!/usr/bin/env python3
import http.server, os, sys

def told(option):
    if option in sys.argv:
        return sys.argv[sys.argv.index(option) + 1]
    prefix = 'FLASK_RUN_' if sys.argv[0].endswith('flask') else 'UVICORN_'
    return os.environ.get(prefix + option[2:].upper())

address = (told('--host') or '127.0.0.1', int(told('--port') or 1))
http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
";

#[test]
fn python_servers_are_told_to_answer_from_outside() {
    let install = "runtime: python, setup: 'install server.py \"$VIRTUAL_ENV/bin/$NAME\"'";
    let port = crate::bed::free_port();
    let shop = Checkout::new(&format!(
        "apps:\n  web: {{ {install}, run: flask run, port: {port}, env: {{ NAME: flask }} }}\n  \
         api: {{ {install}, run: uvicorn main:app, port: 8000, env: {{ NAME: uvicorn }} }}\n"
    ));
    shop.write("server.py", PYTHON_SERVER);
    shop.run(&["up", "--timeout", "30"]).expect_success();
}

#[test]
fn a_version_that_does_not_exist_is_told() {
    let shop = Checkout::new("services: { own: { image: 'library/busybox:no-such-version', port: 80 } }\n");
    let up = shop.run(&["up", "--json"]).expect_code(1);
    assert_eq!(up.problem_ids(), ["download-not-found"]);
    assert!(shop.units().is_empty());
}

#[test]
fn a_mirror_that_can_not_be_reached_is_told() {
    let mut shop = Checkout::new("services: { own: { image: 'registry.invalid/never/there:1', port: 80 } }\n");
    shop.set("DEVENV_MIRROR", "127.0.0.1:1");
    let up = shop.run(&["up"]).expect_code(1);
    assert!(up.stderr.starts_with("error[download-") || up.stderr.contains("\nerror[download-"), "{}", up.stderr);
    // What is here already needs no mirror.
    shop.write("dev.yaml", "services: { cache: redis }\n");
    shop.up();
}

#[test]
fn one_failure_does_not_keep_the_rest_from_coming_up() {
    let shop = Checkout::new(
        "services: { cache: redis, own: { image: 'library/busybox:no-such-version', port: 80 } }\napps: { api: { runtime: python, run: exit 1 } }\n",
    );
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let mut problems = up.problem_ids();
    problems.sort();
    assert_eq!(problems, ["crashed", "download-not-found"]);
    assert_eq!(shop.status()["cache"]["ready"], true);
}

#[test]
fn what_ended_since_is_seen_by_status_and_mended_by_up() {
    let shop = Checkout::new(
        "services: { cache: redis }\napps: { api: { runtime: python, run: python -m http.server $PORT, port: 8000 } }\n",
    );
    shop.up();
    crate::bed::docker(&["kill", &shop.unit("api").id]);
    let status = shop.status();
    assert_eq!((&status["api"]["ready"], &status["cache"]["ready"]), (&false.into(), &true.into()));
    let cache = shop.unit("cache");
    shop.up();
    assert_eq!(shop.status()["api"]["ready"], true);
    assert_eq!(shop.unit("cache"), cache);
}

#[test]
fn a_port_on_this_computer_that_speaks_nothing_is_not_taken_for_a_service() {
    // Whoever else listens somewhere: readiness is what answers in the protocol.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let shop = Checkout::new(&format!("services: {{ own: {{ image: 'redis:8', port: {port} }} }}\n"));
    let up = shop.run(&["up", "--json", "--timeout", "2"]).expect_code(5);
    assert_eq!(up.events("done")[0]["services"][0]["ready"], false);
}
