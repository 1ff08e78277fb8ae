//! An engine that can't be used, in every way: exit code 4, the reason, and what to do.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use devenv::words::jargon;

use crate::support::{Folder, Ran, Running};
use crate::terminal::Terminal;

const NEEDS_ENGINE: &[&[&str]] =
    &[&["up"], &["up", "--dry-run"], &["down"], &["status"], &["logs"], &["restart", "db"], &["exec", "db", "ls"]];

fn shop() -> Folder {
    Folder::new("name: shop\nservices: { db: postgres }\n")
}

#[track_caller]
fn expect_unusable(ran: Ran, id: &str) -> Ran {
    let ran = ran.expect_code(4);
    assert!(ran.stderr.starts_with(&format!("error[{id}]: ")), "{}", ran.stderr);
    assert!(ran.stderr.contains("\n  why: ") && ran.stderr.contains("\n  fix: "), "{}", ran.stderr);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert_eq!(jargon(&ran.stderr), [""; 0], "{}", ran.stderr);
    ran
}

/// Something that listens where the engine should; each visitor is given to `answer`.
fn listener(folder: &mut Folder, answer: impl Fn(UnixStream) + Send + 'static) {
    let path = folder.place.path().join("engine.sock");
    let listener = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    folder.set("DOCKER_HOST", &format!("unix://{}", path.display()));
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
}

#[test]
fn nothing_at_the_address_of_docker_host() {
    let folder = shop();
    for arguments in NEEDS_ENGINE {
        let ran = expect_unusable(folder.run(arguments), "engine-elsewhere");
        assert!(ran.stderr.contains("DOCKER_HOST says `unix:///nonexistent/engine.sock`"), "{}", ran.stderr);
    }
}

#[test]
fn an_address_of_an_unknown_kind() {
    let mut folder = shop();
    folder.set("DOCKER_HOST", "carrier-pigeon://loft");
    let ran = expect_unusable(folder.run(&["up"]), "engine-address");
    assert!(ran.stderr.contains("carrier-pigeon://loft"), "{}", ran.stderr);
    folder.set("DOCKER_HOST", "ssh://sam@build.example");
    let ran = expect_unusable(folder.run(&["up"]), "engine-ssh");
    assert!(ran.stderr.contains("unset DOCKER_HOST"), "{}", ran.stderr);
    folder.set("DOCKER_HOST", "tcp://build.example:2376");
    folder.set("DOCKER_TLS_VERIFY", "1");
    expect_unusable(folder.run(&["up"]), "engine-tls");
}

#[test]
fn a_context_that_is_gone() {
    let mut folder = shop();
    folder.variables.remove("DOCKER_HOST");
    folder.set("DOCKER_CONTEXT", "gone");
    expect_unusable(folder.run(&["up"]), "engine-context");
}

#[test]
fn nobody_listens_any_more() {
    let mut folder = shop();
    let path = folder.place.path().join("engine.sock");
    drop(UnixListener::bind(&path).unwrap());
    folder.set("DOCKER_HOST", &format!("unix://{}", path.display()));
    expect_unusable(folder.run(&["up"]), "engine-elsewhere");
}

#[test]
fn a_port_where_nobody_listens() {
    let mut folder = shop();
    folder.set("DOCKER_HOST", "tcp://127.0.0.1:1");
    let ran = expect_unusable(folder.run(&["up"]), "engine-elsewhere");
    assert!(ran.stderr.contains("DOCKER_HOST says `tcp://127.0.0.1:1`"), "{}", ran.stderr);
}

#[test]
fn a_computer_that_nobody_knows() {
    let mut folder = shop();
    folder.set("DOCKER_HOST", "tcp://no.such.host.invalid:2375");
    let ran = expect_unusable(folder.run(&["up"]), "engine-elsewhere");
    assert!(ran.stderr.contains("DOCKER_HOST says `tcp://no.such.host.invalid:2375`"), "{}", ran.stderr);
}

#[test]
fn an_engine_that_answers_everything_with_a_fault_of_its_own() {
    let mut folder = shop();
    listener(&mut folder, |mut stream| {
        let mut question = [0; 4096];
        while matches!(stream.read(&mut question), Ok(1..)) {
            let body = r#"{"message":"layer store: internal error"}"#;
            let head = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json";
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    for arguments in NEEDS_ENGINE {
        expect_unusable(folder.run(arguments), "engine-error");
    }
}

#[test]
fn an_engine_that_accepts_and_never_answers_is_given_up_in_seconds() {
    let mut folder = shop();
    let (keep, kept) = std::sync::mpsc::channel();
    listener(&mut folder, move |stream| keep.send(stream).unwrap());
    let began = Instant::now();
    expect_unusable(folder.run(&["up"]), "engine-hung");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(kept);
}

#[test]
fn something_else_that_answers_nonsense() {
    let mut folder = shop();
    listener(&mut folder, |mut stream| {
        let _ = stream.write_all(b"220 mail.example ESMTP ready\r\n");
    });
    let ran = folder.run(&["status"]).expect_code(4);
    assert!(ran.stderr.starts_with("error[engine-"), "{}", ran.stderr);
}

#[test]
fn something_that_hangs_up() {
    let mut folder = shop();
    listener(&mut folder, drop);
    let ran = folder.run(&["status"]).expect_code(4);
    assert!(ran.stderr.starts_with("error[engine-lost]"), "{}", ran.stderr);
}

#[test]
fn a_web_server_in_its_place() {
    let mut folder = shop();
    // Each visitor by itself: one that asks nothing holds up nobody.
    let answer = |mut stream: UnixStream| {
        let page = "<html>Welcome to nginx</html>";
        // One that closes with a question unread resets the connection.
        let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
        let _ = stream.read(&mut [0; 4096]);
        let _ = write!(stream, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: {}\r\n\r\n{page}", page.len());
    };
    listener(&mut folder, move |stream| drop(std::thread::spawn(move || answer(stream))));
    let ran = folder.run(&["status"]).expect_code(4);
    assert!(ran.stderr.starts_with("error[engine-foreign]"), "{}", ran.stderr);
}

/// An engine that is there and has nothing more to say.
fn laconic(mut stream: UnixStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
}

#[test]
fn something_that_is_content_with_everything() {
    let mut folder = shop();
    listener(&mut folder, |stream| drop(std::thread::spawn(move || laconic(stream))));
    for arguments in [["status"].as_slice(), &["up"], &["up", "--dry-run"], &["list"]] {
        expect_unusable(folder.run(arguments), "engine-foreign");
    }
}

#[test]
fn which_engine_it_was_is_remembered_only_by_who_has_the_environment_to_itself() {
    let mut folder = shop();
    listener(&mut folder, |stream| drop(std::thread::spawn(move || laconic(stream))));
    let host = folder.variables.remove("DOCKER_HOST").unwrap();
    let meta = format!(r#"{{"Name":"work","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
    let context = folder.place.path().join("home/.docker/contexts/meta/ab");
    std::fs::create_dir_all(&context).unwrap();
    std::fs::write(context.join("meta.json"), meta).unwrap();
    folder.set("DOCKER_CONTEXT", "work");
    let remembered = folder.place.path().join("state/state/engine.json");
    for arguments in [["up", "--dry-run"].as_slice(), &["status"], &["list"], &["doctor"], &["env"], &["logs"]] {
        folder.run(arguments);
        assert!(!remembered.exists(), "{arguments:?}");
    }
    let ran = folder.run(&["up"]);
    assert!(ran.stderr.contains("using Docker, by the Docker context `work`"), "{}", ran.stderr);
    assert!(remembered.exists(), "{}", ran.stderr);
    let ran = folder.run(&["up"]);
    assert!(!ran.stderr.contains("using"), "{}", ran.stderr);
}

#[test]
fn a_user_who_may_not_use_it() {
    let mut folder = shop();
    listener(&mut folder, drop);
    let path = folder.place.path().join("engine.sock");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    for name in ["", "home", "shop", "shop/dev.yaml"] {
        folder.give_to_developer(&folder.place.path().join(name));
    }
    let ran = Running::start(folder.command_as_developer(99, &["up"])).wait();
    let ran = expect_unusable(ran, "engine-permission");
    assert!(ran.stderr.contains("usermod -aG docker"), "{}", ran.stderr);
}

#[test]
fn programs_are_told_as_well_and_the_last_word_is_done() {
    let folder = shop();
    for command in ["up", "down"] {
        let ran = folder.run(&[command, "--json"]).expect_code(4);
        assert!(ran.stderr.is_empty(), "{}", ran.stderr);
        let events = ran.json_lines();
        assert!(events.iter().all(|event| event["event"].is_string() && event["t_ms"].is_u64()), "{}", ran.stdout);
        assert_eq!(ran.problem_ids(), ["engine-elsewhere"]);
        let done = events.last().unwrap();
        assert_eq!((&done["event"], &done["ok"]), (&"done".into(), &false.into()));
        assert_eq!((&done["project"], &done["services"]), (&"shop".into(), &serde_json::json!([])));
        assert!(done["elapsed_ms"].is_u64());
    }
}

#[test]
fn what_needs_no_engine_does_not_ask_for_one() {
    let folder = shop();
    for arguments in [&["check"][..], &["env"], &["--help"], &["check", "--schema"]] {
        folder.run(arguments).expect_success();
    }
}

#[test]
fn details_are_for_those_who_ask() {
    let folder = shop();
    let short = folder.run(&["up"]).expect_code(4).stderr;
    let long = folder.run(&["up", "--verbose"]).expect_code(4).stderr;
    assert!(!short.contains("details") && long.len() > short.len(), "{long}");
}

/// A program that comes first on the PATH.
fn double(folder: &mut Folder, name: &str, script: &str) {
    let programs = folder.place.path().join("bin");
    std::fs::create_dir_all(&programs).unwrap();
    std::fs::write(programs.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(programs.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.variables["PATH"].clone();
    folder.set("PATH", &format!("{}:{path}", programs.display()));
}

/// A computer whose Colima is stopped; `script` is what starting it does.
fn with_colima(script: &str) -> Folder {
    let mut folder = shop();
    let profile = folder.place.path().join("home/.colima/dev");
    std::fs::create_dir_all(&profile).unwrap();
    double(&mut folder, "colima", &format!("echo \"$*\" >>$HOME/called\n{script}"));
    folder.set("DOCKER_HOST", &format!("unix://{}/docker.sock", profile.display()));
    folder
}

#[test]
fn nothing_is_repaired_unless_somebody_agrees() {
    let folder = with_colima("exit 0");
    for command in ["up", "status"] {
        let ran = expect_unusable(folder.run(&[command]), "engine-elsewhere");
        assert!(ran.stderr.contains("fix: devenv up --yes"), "{}", ran.stderr);
        assert!(ran.stderr.contains("fix: colima start dev"), "{}", ran.stderr);
    }
    assert!(!folder.place.path().join("home/called").exists());
}

/// The same, where starting brings something that answers like an engine in good health.
fn with_colima_that_starts() -> Folder {
    let mut folder = with_colima("ln -s \"$REAL\" $HOME/.colima/dev/docker.sock");
    let stopped = folder.variables["DOCKER_HOST"].clone();
    listener(&mut folder, |mut stream| {
        let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
    });
    let real = folder.variables["DOCKER_HOST"].trim_start_matches("unix://").to_owned();
    folder.set("REAL", &real);
    folder.set("DOCKER_HOST", &stopped);
    folder
}

#[test]
fn after_a_yes_what_is_stopped_is_started_and_the_command_goes_on() {
    let folder = with_colima_that_starts();
    let ran = folder.run(&["up", "--yes"]);
    assert!(ran.stderr.contains("\n  colima start dev\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Docker is ready; going on"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("error[engine-elsewhere]"), "{}", ran.stderr);
    let called = std::fs::read_to_string(folder.place.path().join("home/called")).unwrap();
    assert_eq!(called, "start dev\n");
}

/// What will be run is on the screen before anybody is asked; a no and Ctrl-C leave everything as it was.
#[test]
fn a_person_at_a_terminal_is_asked_before_anything_is_started() {
    let folder = with_colima("exit 0");
    let called = folder.place.path().join("home/called");
    let answer = |key: &str| {
        let mut at = Terminal::start(&folder.command(&["up"]), (40, 120));
        at.wait_for("  colima start dev\r\n");
        at.wait_for("Do that now? [Y/n]");
        at.wait_until_keys_are_hidden();
        at.type_keys(key);
        at.wait()
    };
    for key in ["n", "\x1b"] {
        let (code, screen) = answer(key);
        assert!(code == 4 && screen.contains("error[engine-elsewhere]"), "{screen}");
        assert!(screen.contains("devenv up --yes"), "{screen}");
    }
    let (code, screen) = answer("\x03");
    assert!(code == 130 && !screen.contains("error["), "{screen}");
    assert!(!called.exists());
}

#[test]
fn a_yes_at_a_terminal_starts_it_and_the_command_goes_on() {
    let folder = with_colima_that_starts();
    let mut at = Terminal::start(&folder.command(&["up"]), (40, 120));
    at.wait_for("Do that now? [Y/n]");
    at.wait_until_keys_are_hidden();
    // Enter alone is a yes: nothing that runs is ended by it.
    at.type_keys("\r");
    at.wait_for("Do that now? yes");
    at.wait_for("now: start Docker of Colima");
    at.wait_for("Docker is ready; going on");
    at.wait();
    assert_eq!(std::fs::read_to_string(folder.place.path().join("home/called")).unwrap(), "start dev\n");
}

#[test]
fn a_repair_that_fails_shows_its_last_lines() {
    let folder = with_colima("echo 'no room for a virtual machine' >&2; exit 3");
    let ran = folder.run(&["up", "--yes"]).expect_code(4);
    assert!(ran.stderr.contains("error[engine-repair]: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("`colima start dev` ended with 3"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no room for a virtual machine"), "{}", ran.stderr);
}

#[test]
fn what_needs_a_password_is_left_where_nobody_can_type_it() {
    let mut folder = shop();
    double(&mut folder, "sudo", "exit 1");
    double(&mut folder, "podman", "exit 1");
    folder.set("DOCKER_HOST", "unix:///run/podman/podman.sock");
    for name in ["", "home", "shop", "shop/dev.yaml"] {
        folder.give_to_developer(&folder.place.path().join(name));
    }
    let ran = Running::start(folder.command_as_developer(99, &["up", "--yes"])).wait().expect_code(4);
    assert!(ran.stderr.contains("error[engine-rights]: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("fix: sudo "), "{}", ran.stderr);
}
