//! An app on this computer itself beside services at the engine: it reaches them, and changes places like any other.

use crate::bed::Checkout;

const SERVER: &str = r#"
import http.server, os, socket

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with socket.create_connection((os.environ["CACHE_HOST"], int(os.environ["CACHE_PORT"]))) as cache:
            cache.sendall(b"PING\r\n")
            answer = cache.makefile().readline()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())

http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"#;

const SHOP: &str = r#"
services: { cache: redis }
apps:
  web:
    runtime: host
    setup: [echo step >> ran]
    run: exec python3 server.py
    port: 8000
    env: { CACHE_HOST: "${cache.host}", CACHE_PORT: "${cache.port}" }
"#;

fn processes(shop: &Checkout) -> usize {
    let mark = format!("DEVENV_HOME={}", shop.variables["DEVENV_HOME"]).into_bytes();
    let has_mark = |path: std::path::PathBuf| {
        std::fs::read(path.join("environ")).is_ok_and(|text| text.split(|byte| *byte == 0).any(|one| one == mark))
    };
    std::fs::read_dir("/proc").unwrap().filter(|entry| has_mark(entry.as_ref().unwrap().path())).count()
}

#[test]
fn an_app_on_this_computer_reaches_the_services_and_is_one_of_them_in_every_command() {
    let shop = Checkout::new(SHOP);
    shop.write("server.py", SERVER);
    let up = shop.run(&["up", "--yes", "--json"]).expect_success();
    let ready: Vec<String> = up
        .events("state")
        .iter()
        .filter(|event| event["state"] == "ready")
        .map(|event| event["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ready, ["cache", "web"], "what it refers to is ready first");
    assert_eq!(shop.get("web", "/"), "+PONG\n");
    assert_eq!(shop.units().keys().collect::<Vec<_>>(), ["cache"]);
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
    assert_eq!(shop.read("ran"), "step\n");
    shop.run(&["down"]).expect_success();
    assert_eq!(processes(&shop), 0);
    assert!(!shop.unit("cache").running);
    shop.up();
    // The same app, now apart from this computer: one of the two is there, never both.
    shop.write("dev.yaml", SHOP.replace("runtime: host", "runtime: python").replace("python3", "python"));
    shop.up();
    assert_eq!((shop.get("web", "/").as_str(), processes(&shop)), ("+PONG\n", 0));
    shop.write("dev.yaml", SHOP);
    shop.up();
    assert_eq!((shop.get("web", "/").as_str(), processes(&shop)), ("+PONG\n", 2));
    assert_eq!(shop.units().keys().collect::<Vec<_>>(), ["cache"]);
    // What is no longer in dev.yaml goes, wherever it ran.
    shop.write("dev.yaml", "services: { cache: redis }\n");
    shop.up();
    assert_eq!(processes(&shop), 0);
}
