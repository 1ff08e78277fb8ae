//! `devenv ci`: the right exit code, the right reports, and nothing left of it at the engine or in the state folder.

use std::process::Command;

use quick_junit::{Report, TestCase, TestCaseStatus};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::bed::{Checkout, docker};
use crate::support::Ran;
use crate::witnesses;

/// A database, an app that is set up, and a check of every kind.
const GREEN: &str = r#"
name: shop
services:
  db: postgres
apps:
  api:
    runtime: python
    setup: [{ run: echo prepared, inputs: [app.py] }]
    run: python app.py
    port: 8000
    env: { DATABASE_URL: "${db.url}" }
tasks:
  greet: { in: api, run: 'echo hello from ${db.host}' }
checks:
  - http: ${api.url}/status
    status: 200
    body: '"items"'
    json: { status: ok, "items[0].ready": true }
    within: 10s
  - { sql: 'select 6 * 7', in: db, prints: 42 }
  - tcp: ${db.host}:${db.port}
  - task: greet
  - { run: 'test -n "$DATABASE_URL" && echo fine', in: api, prints: fine }
"#;

const APP: &str = r#"
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/status" else 404)
        self.end_headers()
        self.wfile.write(b'{"status": "ok", "items": [{"ready": true}]}')
print("listening", flush=True)
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"#;

fn repo(manifest: &str) -> Checkout {
    let checkout = Checkout::new(manifest);
    checkout.write("app.py", APP);
    checkout
}

fn ci(checkout: &Checkout) -> Ran {
    checkout.run(&["ci", "--artifacts", "reports"])
}

fn report(checkout: &Checkout) -> Report {
    Report::deserialize_from_str(&checkout.read("reports/junit.xml")).unwrap()
}

fn cases(checkout: &Checkout) -> Vec<TestCase> {
    report(checkout).test_suites.into_iter().flat_map(|suite| suite.test_cases).collect()
}

/// The ids of what failed, by the names of their cases.
fn failures(checkout: &Checkout) -> Vec<(String, String)> {
    let failed = cases(checkout).into_iter().filter_map(|case| match case.status {
        TestCaseStatus::NonSuccess { ty, .. } => {
            Some((case.name.to_string(), ty.map(|ty| ty.to_string()).unwrap_or_default()))
        }
        _ => None,
    });
    failed.collect()
}

/// Everything of this checkout that there still is.
fn left(checkout: &Checkout) -> Vec<String> {
    let filter = format!("label=devenv.checkout={}", checkout.root().display());
    let mut left = Vec::new();
    for what in [&["ps", "--all"][..], &["volume", "ls"], &["network", "ls"]] {
        let list = docker(&[what, &["--quiet", "--filter", &filter]].concat());
        left.extend(list.lines().map(|id| format!("{what:?} {id}")));
    }
    let environments = checkout.place.path().join("state/state/environments");
    left.extend(
        std::fs::read_dir(environments).into_iter().flatten().flatten().map(|it| it.path().display().to_string()),
    );
    let ports = std::fs::read_to_string(checkout.place.path().join("state/state/ports.json")).unwrap_or_default();
    let ports: Value = serde_json::from_str(&ports).unwrap_or_default();
    left.extend(ports["leases"].as_object().into_iter().flatten().map(|(key, _)| format!("port {key}")));
    left
}

#[track_caller]
fn leaves_nothing(checkout: &Checkout) {
    assert_eq!(left(checkout), [] as [String; 0]);
}

#[test]
fn a_green_repo_is_done_and_leaves_nothing() {
    let shop = repo(GREEN);
    let ran = ci(&shop).expect_success();
    assert!(ran.stdout.starts_with("everything became ready, and 5 checks passed, in "), "{}", ran.all());
    leaves_nothing(&shop);
    let read = witnesses::junit(&shop.root().join("reports/junit.xml"));
    assert_eq!((read["cases"].as_array().unwrap().len(), &read["failure"], &read["error"]), (8, &0.into(), &0.into()));
    witnesses::sarif(&shop.root().join("reports/devenv.sarif"));
    let report = report(&shop);
    assert_eq!(report.name.as_ref().map(|name| name.as_str()), Some("shop"));
    assert_eq!((report.failures, report.errors), (0, 0));
    let names: Vec<String> = cases(&shop).iter().map(|case| case.name.to_string()).collect();
    assert_eq!(
        names,
        [
            "api: echo prepared",
            "db",
            "api",
            "http ${api.url}/status status 200 body \"items\" json status=ok json items[0].ready=true within 10 s",
            "sql select 6 * 7 in db prints 42",
            "tcp ${db.host}:${db.port}",
            "task greet",
            "run test -n \"$DATABASE_URL\" && echo fine in api prints fine",
        ]
    );
    let printed = |name: &str| {
        let case = cases(&shop).into_iter().find(|case| case.name.as_str() == name).unwrap();
        case.system_out.map(|text| text.to_string()).unwrap_or_default()
    };
    assert_eq!(printed("api: echo prepared"), "prepared");
    assert_eq!(printed("task greet"), "hello from db");
    assert!(shop.read("reports/logs/api.log").contains("listening"));
    assert!(shop.read("reports/logs/db.log").contains("ready to accept connections"));
    let events = shop.read("reports/events.jsonl");
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().any(|event| event["event"] == "check" && event["state"] == "done"));
    let timings: Value = serde_json::from_str(&shop.read("reports/timings.json")).unwrap();
    assert_eq!((&timings["ok"], &timings["exit"]), (&Value::Bool(true), &Value::from(0)));
    let versions: Value = serde_json::from_str(&shop.read("reports/versions.json")).unwrap();
    assert!(versions["services"]["db"].as_str().unwrap().starts_with("PostgreSQL"), "{versions}");
    assert!(!versions["engine"]["url"].as_str().unwrap().is_empty(), "{versions}");
}

#[test]
fn a_red_repo_ends_with_6_and_leaves_nothing() {
    let shop = repo(
        r#"
apps:
  api: { runtime: python, run: python app.py, port: 8000 }
checks:
  - http: ${api.url}/missing
  - { http: "${api.url}/status", json: { status: bad }, body: welcome }
  - { run: 'echo it broke; exit 3', in: api }
  - { http: "${api.url}/status" }
  - { http: "${api.url}/status", status: 201 }
"#,
    );
    let ran = ci(&shop).expect_code(6);
    assert!(ran.stdout.starts_with("4 of 6 cases failed, in "), "{}", ran.all());
    assert!(ran.stderr.contains("answered with status 404") && ran.stderr.contains("it broke"), "{}", ran.stderr);
    leaves_nothing(&shop);
    let failed = failures(&shop);
    let names: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "http ${api.url}/missing",
            "http ${api.url}/status body welcome json status=bad",
            "run echo it broke; exit 3 in api",
            "http ${api.url}/status status 201",
        ]
    );
    for why in ["answered without `welcome`", "and 201 is expected"] {
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    assert!(failed.iter().all(|(_, id)| id == "check-failed"), "{failed:?}");
    assert_eq!(report(&shop).failures, 4);
    assert_eq!(witnesses::junit(&shop.root().join("reports/junit.xml"))["failure"], 4);
}

#[test]
fn what_never_becomes_ready_ends_with_5_and_leaves_nothing() {
    let shop = repo(
        r#"
services: { cache: redis }
apps:
  api: { runtime: python, run: sleep 1000, port: 8000, ready: { timeout: 2s }, env: { CACHE: "${cache.url}" } }
checks:
  - http: ${api.url}/status
"#,
    );
    ci(&shop).expect_code(5);
    leaves_nothing(&shop);
    let failed = failures(&shop);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].0, "api");
    let skipped = cases(&shop).iter().filter(|case| matches!(case.status, TestCaseStatus::Skipped { .. })).count();
    assert_eq!(skipped, 1, "the check was not reached");
}

#[test]
fn a_hanging_check_ends_with_5_and_leaves_nothing() {
    let shop = repo(
        r#"
apps:
  api: { runtime: python, run: python app.py, port: 8000 }
checks:
  - { run: 'echo begun; sleep 1000', in: api, timeout: 1s }
  - { run: 'for p in /proc/[0-9]*; do tr "\0" " " < $p/cmdline 2>/dev/null | grep -q "^sleep 100[0]" && exit 3; done; true', in: api }
  - http: ${api.url}/status
"#,
    );
    ci(&shop).expect_code(5);
    leaves_nothing(&shop);
    // The one after it looks whether it still runs.
    assert_eq!(failures(&shop), [("run echo begun; sleep 1000 in api".to_owned(), "check-hangs".to_owned())]);
    let hung = cases(&shop).into_iter().find(|case| case.name.as_str().starts_with("run")).unwrap();
    assert_eq!(hung.system_out.unwrap().as_str(), "begun");
}

#[test]
fn what_crashes_ends_with_1_and_leaves_nothing() {
    let shop = repo("apps:\n  api: { runtime: python, run: 'echo no luck; exit 7', port: 8000 }\n");
    ci(&shop).expect_code(1);
    leaves_nothing(&shop);
    assert_eq!(failures(&shop).len(), 1);
    assert!(shop.read("reports/logs/api.log").contains("no luck"));
}

/// Ends a run by a signal when it has told this, and sees that it tidies up.
fn cancelled_at(moment: &str, signal: Signal) {
    let shop = repo(
        r#"
services: { db: postgres }
apps:
  api:
    runtime: python
    setup: [{ run: 'echo step; sleep 2', inputs: [app.py] }]
    run: python app.py
    port: 8000
    env: { DATABASE_URL: "${db.url}" }
checks:
  - { run: sleep 1000, in: api }
"#,
    );
    let run = shop.start(&["ci", "--json", "--artifacts", "reports"]);
    run.wait_for_line(moment);
    kill_process(Pid::from_raw(run.id().cast_signed()).unwrap(), signal).unwrap();
    let ran = run.wait().expect_code(130);
    assert_eq!(ran.json_lines().last().unwrap()["ok"], false, "cancelled at {moment}");
    leaves_nothing(&shop);
    assert!(!failures(&shop).is_empty(), "cancelled at {moment}");
}

#[test]
fn cancelled_while_it_is_made() {
    cancelled_at("\"creating\"", Signal::TERM);
}

#[test]
fn cancelled_while_it_is_set_up() {
    cancelled_at("\"setup\"", Signal::INT);
}

#[test]
fn cancelled_while_a_check_runs() {
    cancelled_at("\"check\"", Signal::TERM);
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let shop = repo(GREEN);
    for moment in ["\"starting\"", "\"check\""] {
        let run = shop.start(&["ci", "--json"]);
        run.wait_for_line(moment);
        run.kill();
    }
    assert_ne!(left(&shop), [] as [String; 0]);
    ci(&shop).expect_success();
    leaves_nothing(&shop);
}

#[test]
fn the_environment_of_the_checkout_itself_is_left_alone() {
    let shop = repo(GREEN);
    shop.up();
    shop.sql("create table kept (n int); insert into kept values (7)");
    let before = shop.units();
    ci(&shop).expect_success();
    assert_eq!(shop.units(), before);
    assert_eq!(shop.sql("select n from kept"), "7");
}

#[test]
fn what_is_built_for_a_run_goes_with_it() {
    let shop = Checkout::new(
        "apps:\n  web: { build: ., run: 'httpd -f -p $PORT', port: 8000 }\nchecks: [{ http: '${web.url}/' , status: 404 }]\n",
    );
    shop.write("Dockerfile", "FROM library/busybox:1\nRUN touch /made\n");
    ci(&shop).expect_success();
    leaves_nothing(&shop);
    let timings: Value = serde_json::from_str(&shop.read("reports/timings.json")).unwrap();
    let made = format!("localhost/devenv-{}-*", timings["environment"].as_str().unwrap());
    assert_eq!(docker(&["images", "--quiet", &made]), "");
}

#[test]
fn host_apps_are_checked_and_end_with_the_run() {
    let mut shop = repo(
        r#"
apps:
  api: { runtime: host, run: exec python3 app.py, port: 8000 }
  safe: { runtime: host, run: exec python3 safe.py, port: 8443, ready: { run: test -e listening } }
checks:
  - http: ${api.url}/status
  - { http: 'https://localhost:${safe.port}/status', status: 200, body: items }
  - { run: 'echo port $PORT', in: api }
"#,
    );
    certificate(&mut shop);
    let tls = "import ssl\nserver = http.server.ThreadingHTTPServer((\"127.0.0.1\", int(os.environ[\"PORT\"])), Handler)\n\
               context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\ncontext.load_cert_chain(\"certificate\", \"key\")\n\
               server.socket = context.wrap_socket(server.socket, server_side=True)\nopen(\"listening\", \"w\").close()\nserver.serve_forever()\n";
    shop.write("safe.py", APP.split("print(").next().unwrap().to_owned() + tls);
    shop.set("GITLAB_CI", "true");
    let ran = ci(&shop).expect_success();
    // What GitLab folds is opened and closed by the same names.
    let names = |marker: &str| -> Vec<String> {
        let parts = ran.stderr.split(marker).skip(1);
        parts.map(|rest| rest.split(['\r', '\n']).next().unwrap().split(':').nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(names("\u{1b}[0Ksection_start:"), ["up", "checks", "clean-up"], "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing of this run is left"), "{}", ran.stderr);
    assert_eq!(names("\u{1b}[0Ksection_end:"), names("\u{1b}[0Ksection_start:"));
    leaves_nothing(&shop);
    assert!(std::net::TcpStream::connect(("127.0.0.1", shop.app_port())).is_err());
}

/// One that this run of devenv trusts, and its key.
fn certificate(shop: &mut Checkout) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "certificate", "-days", "2"])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .current_dir(shop.root())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    for file in ["key", "certificate"] {
        shop.give_to_developer(&shop.root().join(file));
    }
    let path = shop.root().join("certificate");
    shop.set("SSL_CERT_FILE", path.to_str().unwrap());
}

#[test]
fn github_is_told_what_is_wrong_and_where() {
    let mut shop = repo(
        "apps:\n  api: { runtime: python, run: python app.py, port: 8000 }\nchecks: [{ http: '${api.url}/no' }]\n",
    );
    let page = shop.place.path().join("summary.md");
    std::fs::write(&page, "").unwrap();
    shop.give_to_developer(&page);
    shop.set("GITHUB_ACTIONS", "true");
    shop.set("GITHUB_STEP_SUMMARY", page.to_str().unwrap());
    let ran = ci(&shop).expect_code(6);
    assert!(ran.stderr.contains("::group::bring everything up\n"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("::group::").count(), ran.stderr.matches("::endgroup::").count());
    assert!(
        ran.stderr.contains("::error title=check-failed::the check `http ${api.url}/no` failed%0A"),
        "{}",
        ran.stderr
    );
    assert!(std::fs::read_to_string(&page).unwrap().contains("❌"));
    leaves_nothing(&shop);
}

/// As many jobs of one machine do, some of them of the very same checkout.
#[test]
fn ten_runs_side_by_side_are_green() {
    let shops: Vec<Checkout> = (0..5).map(|_| repo(GREEN)).collect();
    let runs: Vec<_> = shops.iter().chain(&shops).map(|shop| shop.start(&["ci"])).collect();
    for run in runs {
        run.wait().expect_success();
    }
    shops.iter().for_each(leaves_nothing);
}

#[test]
fn a_budget_that_is_exceeded_ends_with_6_and_tells_the_longest_chain() {
    let shop = repo(
        r#"
services: { cache: redis }
apps:
  api:
    runtime: python
    setup: [{ run: sleep 1, inputs: [app.py] }]
    run: python app.py
    port: 8000
    env: { CACHE: "${cache.url}" }
budget: { cold: 1s, warm: 5m, noop: 5m, apps: { cache: 5m, api: 500ms } }
"#,
    );
    let ran = ci(&shop).expect_code(6);
    assert_eq!(ran.stderr.matches("error[budget-exceeded]").count(), 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("api: ") && ran.stderr.contains("sleep 1 "), "{}", ran.stderr);
    let suites = report(&shop).test_suites;
    let budget = suites.iter().find(|suite| suite.name.as_str() == "budget").unwrap();
    let names: Vec<&str> = budget.test_cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!((names, budget.failures), (vec!["cold", "apps.cache", "apps.api", "noop", "warm"], 2));
    let picture = shop.read("reports/timeline.svg");
    assert!(picture.contains(">api</text>") && picture.contains("sleep 1, "), "{picture}");
    let past = shop.run(&["stats", "--timeline"]).expect_success().stdout;
    assert!(past.contains("devenv ci on ") && past.contains("ready in ") && past.contains("\napi: "), "{past}");
    leaves_nothing(&shop);
}

#[test]
fn runs_that_are_repeated_tell_how_often_each_case_passed() {
    let shop = repo(
        r#"
apps:
  api: { runtime: python, run: python app.py, port: 8000 }
checks:
  - { run: 'test -e seen || { touch seen; exit 1; }', in: api }
  - http: ${api.url}/status
"#,
    );
    let ran = shop.run(&["ci", "--repeat", "3", "--artifacts", "reports"]).expect_code(6);
    assert!(ran.stdout.contains("2 of 3 runs passed, in "), "{}", ran.stdout);
    let line = |text: &str| ran.stdout.lines().find(|line| line.contains(text)).unwrap_or_default().to_owned();
    assert!(line("test -e seen").contains("  2 of 3  "), "{}", ran.stdout);
    assert!(line("/status").contains("  3 of 3  "), "{}", ran.stdout);
    let report = report(&shop);
    assert_eq!((report.tests, report.failures), (9, 1));
    leaves_nothing(&shop);
}
