//! Where downloads come from is down, slow, cut off or refuses: a small server of the test stands in its place.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::bed::Checkout;
use crate::passage::Passage;

/// Serves on a port of its own until the test ends; each request is answered by its path.
fn source(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for mut visitor in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                while let Some(path) = request(&visitor) {
                    answer(&path, &mut visitor);
                }
            });
        }
    });
    port
}

/// The path of a request, read to the end of its head.
fn request(visitor: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(visitor.try_clone().unwrap()).lines();
    let first = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    Some(first.split(' ').nth(1)?.to_owned())
}

fn reply(to: &mut TcpStream, status: &str, kind: &str, body: &str) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let _ = to.write_all(format!("{head}{body}").as_bytes());
}

fn error(to: &mut TcpStream, status: &str, code: &str) {
    reply(to, status, "application/json", &format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"no\"}}]}}"));
}

/// An `up` of a service that comes from this port of this computer.
fn up_from(port: u16, arguments: &[&str]) -> (Checkout, crate::support::Ran) {
    let shop =
        Checkout::new(&format!("services: {{ own: {{ image: '127.0.0.1:{port}/never/there:1', port: 80 }} }}\n"));
    let up = shop.run(&[&["up", "--json"], arguments].concat());
    (shop, up)
}

#[test]
fn a_source_that_wants_a_login_is_told() {
    let port = source(|path, to| match path {
        "/v2/" => {
            let _ = to.write_all(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 0\r\n\r\n");
        }
        _ => error(to, "401 Unauthorized", "UNAUTHORIZED"),
    });
    let (_shop, up) = up_from(port, &[]);
    assert_eq!(up.expect_code(1).problem_ids(), ["download-unauthorised"]);
}

#[test]
fn a_source_that_asks_for_a_pause_is_told() {
    let port = source(|path, to| match path {
        "/v2/" => reply(to, "200 OK", "application/json", "{}"),
        _ => error(to, "429 Too Many Requests", "TOOMANYREQUESTS"),
    });
    let (_shop, up) = up_from(port, &[]);
    assert_eq!(up.expect_code(1).problem_ids(), ["download-rate-limited"]);
}

/// An `up` of what only this mirror may have: where it comes from cannot be reached.
fn up_at(mirror: &str) -> serde_json::Value {
    let mut shop = Checkout::new("services: { own: { image: 'origin.invalid/never/there:1', port: 80 } }\n");
    shop.set("DEVENV_MIRROR", mirror);
    let up = shop.run(&["up", "--json"]).expect_code(1);
    let mut problems = up.events("problem");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn a_mirror_that_refuses_is_named_with_the_way_to_log_in() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let port = source(move |path, to| match path {
            "/v2/" => reply(to, "200 OK", "application/json", "{}"),
            _ => error(to, status, "DENIED"),
        });
        let problem = up_at(&format!("127.0.0.1:{port}"));
        assert_eq!(problem["id"], "download-unauthorised", "{problem}");
        assert!(problem["why"].as_str().unwrap().contains(&format!("the mirror 127.0.0.1:{port}")), "{problem}");
        assert_eq!(problem["fixes"][0], format!("docker login 127.0.0.1:{port}"));
    }
}

#[test]
fn a_mirror_that_is_overloaded_is_told() {
    let port = source(|path, to| match path {
        "/v2/" => reply(to, "200 OK", "application/json", "{}"),
        _ => reply(to, "503 Service Unavailable", "text/html", "<html>come back later</html>"),
    });
    let problem = up_at(&format!("127.0.0.1:{port}"));
    assert_eq!(problem["id"], "download-failing", "{problem}");
    assert!(problem["why"].as_str().unwrap().contains(&format!("the mirror 127.0.0.1:{port}")), "{problem}");
}

#[test]
fn a_page_in_the_place_of_a_download_is_told() {
    for status in ["200 OK", "403 Forbidden"] {
        let port = source(move |_, to| reply(to, status, "text/html", "<html><h1>Welcome to the hotel</h1></html>"));
        let problem = up_at(&format!("127.0.0.1:{port}"));
        assert_eq!(problem["id"], "download-foreign", "{status}: {problem}");
    }
}

#[test]
fn a_mirror_that_hangs_is_told() {
    // From the first question on, or from the first one for something.
    let all = source(|_, _| std::thread::sleep(Duration::from_secs(120)));
    let rest = source(|path, to| match path {
        "/v2/" => reply(to, "200 OK", "application/json", "{}"),
        _ => std::thread::sleep(Duration::from_secs(120)),
    });
    let told = [all, rest].map(|port| std::thread::spawn(move || up_at(&format!("127.0.0.1:{port}"))));
    for problem in told.map(|thread| thread.join().unwrap()) {
        assert_eq!(problem["id"], "download-silent", "{problem}");
    }
}

#[test]
fn what_is_no_mirror_is_told() {
    let problem = up_at("our mirror");
    assert_eq!(problem["id"], "mirror-name", "{problem}");
}

#[test]
fn a_source_that_is_down_is_told() {
    let (_shop, up) = up_from(1, &[]);
    assert_eq!(up.expect_code(1).problem_ids(), ["download-unreachable"]);
}

/// It accepts, and then says nothing: the time that the person gave decides, and the message names what was waited for.
#[test]
fn a_source_that_says_nothing_is_given_up_in_time() {
    let port = source(|_, _| std::thread::sleep(Duration::from_secs(120)));
    let (_shop, up) = up_from(port, &["--timeout", "3"]);
    assert_eq!(up.expect_code(5).problem_ids(), ["deadline"]);
}

/// Docker ends while it downloads: nothing is said about the source, and when it is back the download begins again.
#[test]
fn docker_that_ends_during_a_download_is_waited_for() {
    let (asked, is_asked) = std::sync::mpsc::channel();
    let port = source(move |path, to| match path {
        "/v2/" => reply(to, "200 OK", "application/json", "{}"),
        // The first question stays without an answer for as long as somebody wants one.
        _ if asked.send(()).is_ok() => drop(to.read(&mut [0])),
        _ => error(to, "404 Not Found", "MANIFEST_UNKNOWN"),
    });
    let mut shop = Checkout::new("services: { own: { image: 'library/never:1', port: 80 } }\n");
    shop.set("DEVENV_MIRROR", &format!("127.0.0.1:{port}"));
    let passage = Passage::in_front_of(&mut shop);
    let up = shop.start(&["up", "--json"]);
    is_asked.recv_timeout(Duration::from_secs(30)).unwrap();
    drop(is_asked);
    passage.close();
    up.wait_for_line("Docker has gone away");
    passage.open();
    up.wait_for_line("Docker is back");
    let ids = up.wait().expect_code(1).problem_ids();
    assert_eq!(ids, ["download-not-found"]);
}

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:1111111111111111111111111111111111111111111111111111111111111111"]}}"#;

fn manifest(config: &str) -> String {
    use sha2::Digest;
    let digest =
        |text: &str| sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{{"mediaType":"application/vnd.docker.container.image.v1+json","size":{},"digest":"sha256:{}"}},"layers":[{{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":100000,"digest":"sha256:2222222222222222222222222222222222222222222222222222222222222222"}}]}}"#,
        config.len(),
        digest(config)
    )
}

/// What arrives is not what was announced: it is not used.
#[test]
fn a_download_that_arrives_damaged_is_told() {
    let port = source(|path, to| {
        if path == "/v2/" {
            reply(to, "200 OK", "application/json", "{}");
        } else if path.contains("/manifests/") {
            reply(to, "200 OK", "application/vnd.docker.distribution.manifest.v2+json", &manifest(CONFIG));
        } else if path.contains("2222") {
            reply(to, "200 OK", "application/octet-stream", &"x".repeat(100_000));
        } else {
            reply(to, "200 OK", "application/octet-stream", CONFIG);
        }
    });
    let (_shop, up) = up_from(port, &[]);
    assert_eq!(up.expect_code(1).problem_ids(), ["download-broken"]);
}

/// What it is made for is another kind of processor than this computer's.
#[test]
fn what_is_offered_for_other_processors_only_is_told() {
    let port = source(|path, to| {
        if path == "/v2/" {
            reply(to, "200 OK", "application/json", "{}");
        } else {
            let list = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","size":500,"digest":"sha256:3333333333333333333333333333333333333333333333333333333333333333","platform":{"architecture":"s390x","os":"linux"}}]}"#;
            reply(to, "200 OK", "application/vnd.docker.distribution.manifest.list.v2+json", list);
        }
    });
    let (_shop, up) = up_from(port, &[]);
    assert_eq!(up.expect_code(1).problem_ids(), ["download-platform"]);
}

/// A mirror that has everything that the test bed has under a name of the test's own.
fn good_mirror() -> u16 {
    let bed = std::env::var("DEVENV_MIRROR").unwrap();
    source(move |path, to| {
        // `/v2/origin.invalid/through/it/manifests/1` is busybox there.
        let rest = path.find("/manifests/").or(path.find("/blobs/")).map_or("", |at| &path[at..]);
        let path = if rest.is_empty() { "/v2/".to_owned() } else { format!("/v2/library/busybox{rest}") };
        let accept = "application/vnd.docker.distribution.manifest.v2+json";
        let mut there = TcpStream::connect(&bed).unwrap();
        write!(there, "GET {path} HTTP/1.0\r\nHost: {bed}\r\nAccept: {accept}\r\n\r\n").unwrap();
        let _ = std::io::copy(&mut there, to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    })
}

/// What would be each of these problems is none where another mirror has it; the doctor tells all the same of one that is down.
#[test]
fn a_mirror_that_fails_is_passed_over() {
    let status = |status: &'static str, kind: &'static str, body: &'static str| {
        source(move |path, to| match path {
            "/v2/" => reply(to, "200 OK", "application/json", "{}"),
            _ => reply(to, status, kind, body),
        })
    };
    let json = "application/json";
    let bad = [
        ("download-unreachable", crate::bed::free_port()),
        (
            "download-unauthorised",
            status("401 Unauthorized", json, r#"{"errors":[{"code":"UNAUTHORIZED","message":"no"}]}"#),
        ),
        (
            "download-rate-limited",
            status("429 Too Many Requests", json, r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"no"}]}"#),
        ),
        ("download-foreign", status("200 OK", "text/html", "<html><h1>Welcome</h1></html>")),
        ("download-failing", status("503 Service Unavailable", "text/html", "<html>later</html>")),
        ("download-silent", source(|_, _| std::thread::sleep(Duration::from_secs(120)))),
    ];
    let good = good_mirror();
    let came_up = bad.map(|(name, bad)| {
        std::thread::spawn(move || {
            let image = format!("origin.invalid/through/{name}:1");
            let mut shop = Checkout::new(&format!(
                "services: {{ own: {{ image: '{image}', run: httpd -f -h /etc, port: 80 }} }}\n"
            ));
            shop.set("DEVENV_MIRROR", &format!("127.0.0.1:{bad},127.0.0.1:{good}"));
            let doctor = (name == "download-unreachable").then(|| shop.run(&["doctor", "--json"]).stdout);
            let up = shop.run(&["up", "--json"]);
            let runs = up.code == 0 && shop.unit("own").running;
            shop.run(&["down"]);
            let _ = std::process::Command::new("docker").args(["rmi", "--force", &image]).output();
            (name, runs, up.all(), doctor)
        })
    });
    for (name, runs, said, doctor) in came_up.map(|thread| thread.join().unwrap()) {
        assert!(runs && !said.contains("\"event\":\"problem\""), "{name}: {said}");
        assert!(doctor.is_none_or(|doctor| doctor.contains("\"mirror-unreachable\"")), "{name}");
    }
}
