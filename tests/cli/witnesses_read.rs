//! What devenv writes for other programs, read by those programs.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::figures::hold_back;
use crate::support::{Folder, Running};
use crate::witnesses::{self, program, said, script};

fn settings(shop: &Folder, text: &str) {
    let folder = shop.place.path().join("state/config");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("settings.yaml"), text).unwrap();
}

#[test]
fn reports_of_a_wrong_manifest_are_read_by_others() {
    let folder = Folder::new("services:\n  db: postgress\n  'bad name': redis\nchecks: [{ http: /x }]\n");
    folder.run(&["ci", "--artifacts", "reports"]).expect_code(3);
    witnesses::sarif(&folder.root().join("reports/devenv.sarif"));
    let junit = witnesses::junit(&folder.root().join("reports/junit.xml"));
    assert_eq!((junit["cases"].as_array().unwrap().len(), &junit["error"]), (3, &Value::from(3)), "{junit}");
}

#[test]
fn every_workflow_is_one_that_its_service_understands() {
    let folder = Folder::new("secrets: { STRIPE_KEY: a key of the test account }\nservices: { db: postgres }\n");
    for service in ["github", "gitlab", "buildkite", "circleci"] {
        folder.write("workflow.yml", folder.run(&["ci", "--print", service]).expect_success().stdout);
        witnesses::workflow(service, &folder.root().join("workflow.yml"));
    }
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut number = 0;
    for template in std::fs::read_dir(templates).unwrap() {
        let file = template.unwrap().path().join(".github/workflows/ci.yml");
        assert!(std::fs::read_to_string(&file).unwrap().contains("devenv ci --artifacts "), "{}", file.display());
        witnesses::workflow("github", &file);
        number += 1;
    }
    assert!(number >= 6, "{number}");
}

/// A server, and where it listens by its own words: `… "Listening on" address=127.0.0.1:40123`.
fn listening(command: std::process::Command) -> (Running, String) {
    let server = Running::start(command);
    let line = server.wait_for_line("\"Listening on\"");
    let address = line.split("address=").nth(1).unwrap().trim().to_owned();
    (server, address)
}

/// What a Prometheus server knows of something, as soon as it knows anything.
fn asked(server: &str, query: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let url = format!("http://{server}/api/v1/query?query={query}");
        let text = ureq::get(&url).call().map(|mut answer| answer.body_mut().read_to_string().unwrap());
        let answer: Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        if let Some(first) = answer["data"]["result"].get(0) {
            return first.clone();
        }
        assert!(Instant::now() < until, "{query}: {answer}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn prometheus_reads_the_file_and_gets_what_is_pushed() {
    let shop = Folder::new("name: shop\nservices: { db: postgres }\n");
    let place = shop.place.path();
    let mut gateway = program("prometheus-pushgateway");
    gateway.arg("--web.listen-address=127.0.0.1:0");
    let (_gateway, gateway) = listening(gateway);
    let file = place.join("devenv.prom");
    settings(&shop, &format!("share: {{ prometheus: {{ file: {}, push: 'http://{gateway}' }} }}\n", file.display()));
    shop.run(&["stats", "--share", "on"]).expect_success();
    hold_back(&shop);
    shop.run(&["check"]).expect_success();
    for _ in 0..3 {
        shop.run(&["mark", "deploy"]).expect_success();
    }
    shop.run(&["feedback", "4"]).expect_success();
    let sent = shop.run(&["stats", "--send"]).expect_success();
    assert!(sent.stdout.contains(&gateway), "{}", sent.stdout);
    let mut checked = program("promtool");
    checked.args(["check", "metrics"]);
    assert_eq!(said(checked, &std::fs::read_to_string(&file).unwrap()), "", "it finds something wrong");
    let jobs = format!(
        "scrape_configs: [{{ job_name: gateway, honor_labels: true, scrape_interval: 200ms, scrape_timeout: 200ms, \
         static_configs: [{{ targets: ['{gateway}'] }}] }}]\n"
    );
    std::fs::write(place.join("prometheus.yml"), jobs).unwrap();
    let mut server = program("prometheus");
    server.arg("--web.listen-address=127.0.0.1:0");
    server.arg(format!("--config.file={}", place.join("prometheus.yml").display()));
    server.arg(format!("--storage.tsdb.path={}", place.join("data").display()));
    let (_server, server) = listening(server);
    let deploys = asked(&server, "devenv_marks_total");
    assert_eq!(
        (&deploys["value"][1], &deploys["metric"]["what"], &deploys["metric"]["repo"], &deploys["metric"]["job"]),
        (&"3".into(), &"deploy".into(), &"shop".into(), &"devenv".into()),
        "{deploys}"
    );
    assert_eq!(asked(&server, "devenv_feedback_total")["metric"]["score"], "4");
    assert_eq!(asked(&server, "devenv_commands_total%7Bcommand%3D%22check%22%7D")["value"][1], "1");
}

#[test]
fn a_receiver_of_opentelemetry_gets_each_run_as_a_trace() {
    let receiver = Running::start(script("otlp.py"));
    let port: u16 = receiver.wait_for_line("").trim().parse().unwrap();
    let shop = Folder::new(
        "apps:\n  worker: { runtime: host, run: exec sleep 7734, ready: { run: 'true' }, setup: ['true'] }\n",
    );
    settings(&shop, &format!("share: {{ otlp: 'http://127.0.0.1:{port}' }}\n"));
    shop.run(&["stats", "--share", "on"]).expect_success();
    hold_back(&shop);
    let began = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let worked = shop.run(&["up", "--yes"]);
    shop.run(&["down"]);
    worked.expect_success();
    shop.run(&["stats", "--send"]).expect_success();
    let told: Value = serde_json::from_str(&receiver.wait_for_line("devenv up")).unwrap();
    let spans = told["spans"].as_array().unwrap();
    let named = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("{name}: {told}"));
    let (up, worker) = (named("devenv up"), named("worker"));
    assert_eq!((&up["service"], &up["failed"], &up["parent"]), (&"devenv".into(), &false.into(), &"".into()));
    assert_eq!((&worker["trace"], &worker["parent"]), (&up["trace"], &up["id"]), "{told}");
    let time = |span: &Value, end: &str| u128::from(span[end].as_u64().unwrap());
    assert!(time(up, "begin") + 60_000_000_000 > began && time(up, "end") >= time(worker, "end"), "{told}");
    assert!(time(worker, "end") >= time(worker, "begin") && time(worker, "begin") >= time(up, "begin"), "{told}");
}

/// A collector, and its port once it answers.
fn collector() -> (Running, u16) {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).unwrap().port();
    let (port, other) = (free(), free());
    let mut command = program("rotel-agent");
    command.args(["start", "--exporter", "blackhole", "--debug-log", "traces", "--debug-log-verbosity", "detailed"]);
    command
        .arg(format!("--otlp-http-endpoint=127.0.0.1:{port}"))
        .arg(format!("--otlp-grpc-endpoint=127.0.0.1:{other}"));
    let running = Running::start(command);
    let until = Instant::now() + Duration::from_secs(60);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "it does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    (running, port)
}

#[test]
fn a_collector_of_opentelemetry_takes_each_run_in() {
    let (collector, port) = collector();
    let shop = Folder::new("name: shop\nservices: { db: postgres }\n");
    settings(&shop, &format!("share: {{ otlp: 'http://127.0.0.1:{port}' }}\n"));
    shop.run(&["stats", "--share", "on"]).expect_success();
    hold_back(&shop);
    shop.run(&["check"]).expect_success();
    shop.run(&["stats", "--send"]).expect_success();
    for told in ["service.name: Str(devenv)", "devenv check", "STATUS_CODE_OK", "devenv.repo.name: Str(shop)"] {
        collector.wait_for_line(told);
    }
}
