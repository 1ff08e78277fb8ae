//! The journal, and what is made of it: `devenv stats`, `feedback`, `mark`, and what goes to the organisation.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Folder, Running};
use crate::terminal::Terminal;

/// A repo whose host apps are stopped when the test ends.
struct Shop(Folder);

impl std::ops::Deref for Shop {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.command(&["down"]).output();
    }
}

impl Shop {
    fn journal(&self) -> PathBuf {
        self.place.path().join("state/state/journal")
    }

    /// Everything that was written, file after file.
    fn written(&self) -> String {
        let files = devenv::state::journal::files(&self.journal());
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    fn lines(&self) -> Vec<Value> {
        self.written().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn settings(&self, text: &str) {
        let folder = self.place.path().join("state/config");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("settings.yaml"), text).unwrap();
    }

    fn stats(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[&["stats", "--json"], arguments].concat()).expect_success();
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

fn empty() -> Shop {
    Shop(Folder::new("services: { db: postgres }\n"))
}

fn worker(more: &str) -> Shop {
    Shop(Folder::new(&format!(
        "apps:\n  worker: {{ runtime: host, run: 'echo Zanzibar; exec sleep 7731', ready: {{ run: 'true' }}{more} }}\n"
    )))
}

#[test]
fn the_journal_holds_nothing_of_what_a_run_was_made_of() {
    let shop = Shop(Folder::new(
        "apps:\n  worker:\n    runtime: host\n    run: 'echo Zanzibar; exec sleep 7732'\n    ready: { run: 'test -f Lissabon.txt' }\n    \
         setup: [{ run: './prepare-Kyoto --token Quito', inputs: [Lissabon.txt] }]\n    env: { GREETING: Montevideo, KEY: '${secret.API_SECRET}' }\n\
         secrets: { API_SECRET: 'ask the Reykjavik team' }\n",
    ));
    let mut shop = shop;
    for (key, value) in [
        ("API_SECRET", "Ouagadougou-7"),
        ("SSH_CONNECTION", "10.44.7.9 2201"),
        ("USER", "Wilhelmina"),
        ("HOSTNAME", "Antananarivo"),
    ] {
        shop.0.set(key, value);
    }
    shop.write("Lissabon.txt", "Nairobi");
    shop.write("prepare-Kyoto", "#!/bin/sh\necho Bratislava\n");
    shop.write(
        ".git/config",
        "[remote \"origin\"]\n\turl = https://Wilhelmina:Tallinn@git.Ljubljana.example/deep/path-of-Oslo/market.git\n",
    );
    shop.write(".git/HEAD", "ref: refs/heads/branch-Canberra\n");
    std::os::unix::fs::symlink("/bin/true", shop.root().join("true")).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(shop.root().join("prepare-Kyoto"), std::fs::Permissions::from_mode(0o755)).unwrap();
    shop.run(&["up", "--yes"]).expect_success();
    shop.run(&["logs"]);
    shop.run(&["env", "--explain", "KEY"]);
    shop.write("dev.yaml", shop.read("dev.yaml").replace("exec sleep 7732", "exit 3"));
    shop.run(&["up", "--yes"]).expect_code(1);
    shop.run(&["exec", "worker", "--", "echo", "Vilnius"]);
    shop.run(&["up", "no-such-Tbilisi"]).expect_code(2);
    shop.run(&["mark", "deploy"]).expect_success();
    shop.run(&["feedback", "4"]).expect_success();
    let written = shop.written();
    assert!(written.lines().count() >= 10, "{written}");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let mut hidden: Vec<String> =
        shop.variables.values().flat_map(|value| value.split([':', ' '])).map(str::to_owned).collect();
    hidden.extend(shop.variables.keys().filter(|key| key.len() > 4).cloned());
    hidden.extend(shop.root().ancestors().map(|path| path.display().to_string()).filter(|path| path.len() > 1));
    hidden.extend(
        ["shop", host.trim(), "GREETING", "sleep", "7732", "127.0.0.1", "prepare", "Lissabon", "Kyoto", "Quito"]
            .map(str::to_owned),
    );
    let words =
        "Zanzibar Montevideo Reykjavik Nairobi Bratislava Tallinn Ljubljana Oslo Canberra Vilnius Tbilisi example deep";
    hidden.extend(words.split(' ').map(str::to_owned));
    for text in hidden.iter().filter(|text| text.len() >= 4) {
        assert!(!written.to_lowercase().contains(&text.to_lowercase()), "{text:?} is in the journal:\n{written}");
    }
    assert!(written.contains("\"name\":\"market\""), "{written}");
}

#[test]
fn a_run_is_written_down_with_what_took_how_long() {
    let shop = worker(", setup: ['true']");
    shop.run(&["up", "--yes"]).expect_success();
    shop.run(&["up", "--yes"]).expect_success();
    shop.run(&["statsu"]).expect_code(2);
    let ups: Vec<Value> = shop.lines().into_iter().filter(|line| line["what"] == "command").collect();
    assert_eq!(ups.iter().map(|line| line["how"].as_str().unwrap()).collect::<Vec<_>>(), ["warm", "noop"]);
    assert_eq!((&ups[0]["units"][0]["name"], &ups[0]["units"][0]["needs"]), (&"worker".into(), &serde_json::json!([])));
    assert_eq!(ups[0]["steps"][0]["name"], "command");
    assert!(ups[0]["ready_ms"].as_u64() <= ups[0]["ms"].as_u64() && ups[0]["exit"] == 0, "{}", ups[0]);
    let stats = shop.stats(&[]);
    assert_eq!(
        (&stats["warm"]["count"], &stats["noop"]["count"], &stats["cut_off"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert_eq!(stats["services"][0]["what"], "worker");
    let timeline = shop.run(&["stats", "--timeline", "2"]).expect_success().stdout;
    assert!(timeline.contains("\nworker: then "), "{timeline}");
    let picture = shop.run(&["stats", "--timeline", "2", "--svg"]).expect_success().stdout;
    assert!(picture.starts_with("<svg") && picture.contains("worker"), "{picture}");
    let page = shop.run(&["stats", "--timeline", "2", "--html"]).expect_success().stdout;
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg") && page.contains("worker"), "{page}");
    for wrong in [&["99"][..], &["99", "--json"], &["0"], &["1", "--csv"]] {
        shop.run(&[&["stats", "--timeline"], wrong].concat()).expect_code(2);
    }
    let none = shop.run(&["stats", "--timeline", "99"]).expect_code(2);
    assert!(none.stderr.starts_with("error[no-timeline]: there is no timeline 99"), "{}", none.stderr);
}

#[test]
fn a_killed_up_shows_as_cut_off() {
    let shop = worker(", setup: ['sleep 7733']");
    let running = Running::start(shop.command(&["up", "--yes"]));
    running.wait_for_line("sleep 7733");
    running.kill();
    assert_eq!(shop.stats(&[])["cut_off"], 1);
}

#[test]
fn what_changes_environments_otherwise_is_written_down_when_it_begins_too() {
    let shop = empty();
    shop.run(&["ci", "--print", "github"]).expect_success();
    shop.run(&["db", "no-such-verb", "x"]);
    shop.run(&["db", "list"]);
    let lines = shop.lines();
    for command in ["ci", "db"] {
        let of = |what: &str| lines.iter().find(|line| line["what"] == what && line["command"] == command).cloned();
        let (began, ended) = (of("began").unwrap(), of("command").unwrap());
        assert_eq!(began["run"], ended["run"]);
    }
    assert_eq!(shop.stats(&[])["cut_off"], 0);
}

#[test]
fn a_journal_that_can_not_be_written_to_keeps_nobody_from_anything() {
    let (shop, healthy) = (empty(), empty());
    let usual = healthy.run(&["env", "--json"]);
    // A disk that is full.
    std::fs::create_dir_all(shop.journal()).unwrap();
    let file = shop.journal().join("0000000000001.jsonl");
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    let full = shop.run(&["env", "--json"]);
    assert_eq!((full.code, &full.stderr), (usual.code, &usual.stderr));
    // A place that is none.
    std::fs::remove_dir_all(shop.journal()).unwrap();
    std::fs::write(shop.journal(), "").unwrap();
    let nowhere = shop.run(&["check"]).expect_success();
    assert!(nowhere.stderr.is_empty() || nowhere.stderr == healthy.run(&["check"]).stderr, "{}", nowhere.stderr);
    shop.run(&["feedback", "3"]).expect_code(1);
    assert!(shop.run(&["stats"]).expect_success().stdout.contains("nothing has been recorded yet"));
}

#[test]
fn torn_newer_and_untimely_lines_are_left_out_and_told() {
    let shop = empty();
    std::fs::create_dir_all(shop.journal()).unwrap();
    let text = "{\"v\":1,\"at\":1795377600000,\"by\":\"a\",\"repo\":\"r\",\"command\":\"up\",\"exit\":0,\"ready_ms\":700,\"how\":\"noop\"}\n\
                {\"v\":9,\"at\":\"later\"}\n{\"v\":1,\"at\":5,\"command\":\"up\"}\n\u{0}\u{0}\n{\"v\":1,\"at\":17953";
    std::fs::write(shop.journal().join("0000000000001.jsonl"), text).unwrap();
    shop.run(&["check"]).expect_success();
    let shown = shop.run(&["stats"]).expect_success().stdout;
    for told in
        ["left out: 2 lines could not be read", "1 line of a later version", "1 line written while the clock was wrong"]
    {
        assert!(shown.contains(told), "{shown}");
    }
    assert_eq!(shop.stats(&[])["noop"]["p50"], 0.7);
}

#[test]
fn a_team_is_many_journals_and_every_form_tells_the_same() {
    let (one, two) = (empty(), empty());
    let team = tempfile::tempdir().unwrap();
    for (name, shop) in [("one", &one), ("two", &two)] {
        shop.run(&["check"]).expect_success();
        shop.run(&["feedback", if name == "one" { "2" } else { "5" }]).expect_success();
        shop.run(&["mark", "feature"]).expect_success();
        let place = team.path().join(name);
        std::fs::create_dir(&place).unwrap();
        for file in devenv::state::journal::files(&shop.journal()) {
            std::fs::copy(&file, place.join(file.file_name().unwrap())).unwrap();
        }
    }
    let folder = team.path().to_str().unwrap();
    let stats = one.stats(&["--merge", folder]);
    assert_eq!((&stats["people"], &stats["features"]), (&2.into(), &2.into()));
    assert_eq!(
        (&stats["feedback"]["mean"], &stats["feedback"]["scores"]),
        (&3.5.into(), &serde_json::json!([0, 1, 0, 0, 1]))
    );
    let form = |form: &str| one.run(&["stats", "--merge", folder, form]).expect_success().stdout;
    assert!(form("--csv").contains("feedback,") && form("--csv").contains(",mean,3.5"));
    assert!(form("--html").starts_with("<!doctype html>") && form("--svg").starts_with("<svg"));
    assert!(one.run(&["stats", "--merge", folder]).stdout.contains("feedback 3.5 of 5"));
    // Another copy of the same journal, and a folder within the other, add nothing.
    let copy = team.path().join("copy-of-one");
    std::fs::create_dir(&copy).unwrap();
    for file in devenv::state::journal::files(&one.journal()) {
        std::fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
    }
    let again = one.stats(&["--merge", folder, copy.to_str().unwrap()]);
    assert_eq!((&again["features"], &again["feedback"]), (&stats["features"], &stats["feedback"]), "{again}");
    assert!(again["lines"]["repeated"].as_u64().unwrap() > 0, "{again}");
    let split = one.stats(&["--merge", folder, "--split", "2020-01-01"]);
    assert_eq!((&split["before"]["people"], &split["after"]["people"]), (&0.into(), &2.into()));
    assert_eq!(one.stats(&["--merge", folder, "--until", "2020-01-01"])["people"], 0);
    one.run(&["stats", "--merge", "/no/such/place"]).expect_code(2);
    one.run(&["stats", "--since", "monday"]).expect_code(2);
}

/// As if the question had last been asked long ago.
fn long_ago(shop: &Shop) {
    shop.run(&["check"]).expect_success();
    let path = shop.journal().join("diary.json");
    let mut diary: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    diary["asked"] = 0.into();
    std::fs::write(path, diary.to_string()).unwrap();
}

#[test]
fn the_question_comes_once_to_somebody_at_a_terminal_after_a_success() {
    let mut shop = worker("");
    shop.run(&["up", "--yes"]).expect_success();
    long_ago(&shop);
    let mut terminal = Terminal::start(&shop.command(&["up"]), (40, 120));
    terminal.wait_for("How well did devenv work");
    terminal.type_keys("4\r");
    terminal.wait_for("thank you");
    assert_eq!(terminal.wait().0, 0);
    assert_eq!(shop.stats(&[])["feedback"]["mean"], 4.0);
    // Not again, and under no other circumstances.
    let never = |shop: &Shop, arguments: &[&str]| {
        let (_, screen) = Terminal::start(&shop.command(arguments), (40, 120)).wait();
        assert!(!screen.contains("How well"), "{arguments:?}");
    };
    never(&shop, &["up"]);
    long_ago(&shop);
    // What stands in scripts and in front of other programs is not followed by questions.
    never(&shop, &["check"]);
    assert!(!shop.run(&["up"]).stderr.contains("How well"));
    never(&shop, &["up", "--quiet"]);
    never(&shop, &["up", "nobody"]);
    shop.settings("feedback: off\n");
    never(&shop, &["up"]);
    shop.settings("{}\n");
    shop.0.set("CI", "true");
    never(&shop, &["up"]);
}

#[test]
fn nothing_is_shared_before_a_yes_and_only_what_came_after_it() {
    let shop = empty();
    let team = tempfile::tempdir().unwrap();
    shop.settings(&format!("share: {{ folder: {} }}\n", team.path().display()));
    shop.run(&["check"]).expect_success();
    assert!(empty().run(&["stats", "--send"]).stdout.starts_with("nothing is sent: neither the settings file"));
    let what = shop.run(&["stats", "--what-is-sent"]).expect_success().stdout;
    assert!(what.contains("you have not agreed") && what.contains("\"command\":\"check\""), "{what}");
    assert!(shop.run(&["stats", "--send"]).stdout.contains("nothing is sent"));
    assert_eq!(std::fs::read_dir(team.path()).unwrap().count(), 0);
    // `--yes` is said about something else.
    shop.run(&["check", "--yes"]).expect_success();
    let mut terminal = Terminal::start(&shop.command(&["feedback", "4"]), (40, 160));
    terminal.wait_for("Share them from now on?");
    terminal.type_keys("y");
    assert_eq!(terminal.wait().0, 0);
    shop.run(&["mark", "deploy"]).expect_success();
    shop.run(&["stats", "--send"]);
    let shared = shop.run(&["stats", "--merge", team.path().to_str().unwrap(), "--json"]).expect_success().stdout;
    let shared: Value = serde_json::from_str(&shared).unwrap();
    assert_eq!((&shared["deploys"], &shared["people"]), (&1.into(), &1.into()), "{shared}");
    let before = devenv::state::journal::files_below(&[team.path().to_owned()]);
    let text: String = before.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(!text.contains("\"check\""), "what came before the yes was sent:\n{text}");
    shop.run(&["stats", "--share", "off"]).expect_success();
    shop.run(&["mark", "deploy"]).expect_success();
    assert!(shop.run(&["stats", "--send"]).stdout.contains("nothing is sent"));
    let (_, screen) = Terminal::start(&shop.command(&["feedback", "4"]), (40, 160)).wait();
    assert!(!screen.contains("Share them"), "a no is asked again");
}

#[test]
fn a_repo_that_says_where_figures_go_gets_its_own_after_a_yes() {
    let (shop, team) = (empty(), tempfile::tempdir().unwrap());
    let manifest = |folder: &str| format!("services: {{ db: postgres }}\nshare: {{ folder: {folder} }}\n");
    shop.write("dev.yaml", manifest(&team.path().display().to_string()));
    shop.write("other/.git/HEAD", "ref: refs/heads/main\n");
    shop.write("other/dev.yaml", "services: { db: postgres }\n");
    shop.run(&["check"]).expect_success();
    assert!(shop.run(&["stats", "--send"]).stdout.contains("nothing is sent"));
    let mut terminal = Terminal::start(&shop.command(&["feedback", "4"]), (40, 160));
    terminal.wait_for("this repo's dev.yaml would like figures");
    terminal.wait_for("Share them from now on?");
    terminal.type_keys("y");
    assert_eq!(terminal.wait().0, 0);
    hold_back(&shop);
    shop.run(&["mark", "deploy"]).expect_success();
    shop.run(&["-C", "other", "mark", "feature"]).expect_success();
    assert!(shop.run(&["-C", "other", "stats", "--send"]).stdout.contains("nothing is sent"));
    let sent = shop.run(&["stats", "--send"]).expect_success().stdout;
    assert!(sent.contains(&team.path().display().to_string()), "{sent}");
    let shared = shop.stats(&["--merge", team.path().to_str().unwrap()]);
    assert_eq!((&shared["deploys"], &shared["features"]), (&1.into(), &0.into()), "{shared}");
    // Another place in the same file is another question.
    shop.write("dev.yaml", manifest("/nonexistent/elsewhere"));
    assert!(shop.run(&["stats", "--send"]).stdout.contains("nothing is sent"));
}

/// One request of HTTP: its first line, headers and body; answers with this status.
fn receive(listener: &TcpListener, status: &str) -> (String, Vec<(String, String)>, String) {
    let mut stream: TcpStream = listener.accept().unwrap().0;
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line();
    let mut headers = Vec::new();
    loop {
        let header = line();
        let Some((name, value)) = header.split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    (first, headers, String::from_utf8(body).unwrap())
}

#[test]
fn an_endpoint_gets_signed_lines_also_those_from_when_it_was_away() {
    let mut shop = empty();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    shop.settings(&format!(
        "share: {{ http: {{ url: 'http://127.0.0.1:{port}/in', key_variable: FIGURES_KEY }}, otlp: 'http://127.0.0.1:{port}' }}\n"
    ));
    shop.0.set("FIGURES_KEY", "sesame");
    // Here it is sent when the test says so.
    shop.run(&["stats", "--share", "on"]).expect_success();
    hold_back(&shop);
    shop.run(&["mark", "deploy"]).expect_success();
    shop.run(&["check"]).expect_success();
    let refusing = std::thread::scope(|scope| {
        let receiver = scope.spawn(|| [receive(&listener, "400 Bad Request"), receive(&listener, "403 Forbidden")]);
        let sent = shop.run(&["stats", "--send"]).expect_code(1);
        let [lines, traces] = receiver.join().unwrap();
        assert!(sent.stdout.contains("it answered 400") && traces.0.starts_with("POST /v1/traces "), "{}", sent.stdout);
        lines
    });
    let what = shop.run(&["stats", "--what-is-sent"]).expect_success().stdout;
    assert!(what.contains("took nothing the last time") && what.contains("\"deploy\""), "{what}");
    let ((first, headers, body), rest) = std::thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let lines = [receive(&listener, "204 No Content"), receive(&listener, "204 No Content")];
            (0..2).for_each(|_| drop(receive(&listener, "200 OK")));
            lines
        });
        let sent = shop.run(&["stats", "--send", "--json"]).expect_success();
        let sent: Value = serde_json::from_str(&sent.stdout).unwrap();
        assert!(sent["sent"][0]["place"].as_str().unwrap().ends_with("/in") && sent["sent"][0]["lines"] != 0, "{sent}");
        let [lines, rest] = receiver.join().unwrap();
        (lines, rest)
    });
    let header =
        |headers: &[(String, String)], wanted: &str| headers.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
    assert_eq!(first, "POST /in HTTP/1.1");
    assert_eq!(
        header(&headers, "devenv-batch"),
        header(&refusing.1, "devenv-batch"),
        "a receiver could not tell it apart"
    );
    assert_eq!(body, refusing.2, "what was refused is lost, or is another batch under the same id");
    assert_ne!(header(&rest.1, "devenv-batch"), header(&headers, "devenv-batch"), "what came since would be dropped");
    assert!(rest.2.contains("\"stats\"") && !rest.2.contains("\"deploy\""), "{}", rest.2);
    let signature = header(&headers, "devenv-signature");
    let time = signature.split_once("t=").unwrap().1.split_once(',').unwrap().0;
    let openssl = Command::new("sh")
        .args([
            "-c",
            "{ printf '%s.%s.' \"$1\" \"$2\"; printf '%s' \"$3\"; } | openssl dgst -sha256 -hmac sesame -r",
            "sh",
            time,
            &header(&headers, "devenv-batch"),
            &body,
        ])
        .output()
        .unwrap();
    let known = String::from_utf8(openssl.stdout).unwrap();
    assert_eq!(signature, format!("t={time},v1={}", known.split(' ').next().unwrap()));
}

/// Commands send nothing by themselves for the next minute.
pub fn hold_back(shop: &Folder) {
    let path = shop.place.path().join("state/state/journal/diary.json");
    let mut diary: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    diary["sent"] = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().into();
    std::fs::write(path, diary.to_string()).unwrap();
}

#[test]
fn an_endpoint_that_hangs_delays_nobody() {
    let (shop, usual) = (empty(), empty());
    // It takes what is said to it and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    shop.settings(&format!("share: {{ http: {{ url: 'http://127.0.0.1:{port}/' }} }}\n"));
    shop.run(&["stats", "--share", "on"]).expect_success();
    usual.run(&["check"]).expect_success();
    // The quickest of some: what else this computer does is no matter.
    let quickest = |shop: &Shop, prepare: &dyn Fn()| {
        let once = |_| {
            prepare();
            let began = Instant::now();
            shop.run(&["check"]).expect_success();
            began.elapsed()
        };
        (0..7).map(once).min().unwrap()
    };
    let without = quickest(&usual, &|| {});
    let with = quickest(&shop, &|| {
        let path = shop.journal().join("diary.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut diary: Value = serde_json::from_str(&text).unwrap();
        diary["sent"] = 0.into();
        std::fs::write(path, diary.to_string()).unwrap();
    });
    listener.accept().unwrap();
    assert!(with < without + Duration::from_millis(50), "{with:?} instead of {without:?}");
}

#[test]
fn a_prometheus_server_finds_what_it_can_read() {
    let shop = empty();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("devenv.prom");
    shop.settings(&format!("share: {{ prometheus: {{ file: {} }} }}\n", file.display()));
    shop.run(&["stats", "--share", "on"]).expect_success();
    hold_back(&shop);
    shop.run(&["mark", "deploy"]).expect_success();
    shop.run(&["stats", "--send"]).expect_success();
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("what=\"deploy\"} 1"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit_once(' ').unwrap().1;
        assert!(line.starts_with("devenv_") && value.parse::<f64>().is_ok(), "{line}");
    }
}
