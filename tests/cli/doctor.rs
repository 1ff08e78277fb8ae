//! `devenv doctor` where there is no engine: what else is wrong is found all the same, and repaired where it can be.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Folder, Ran, Running};
use crate::terminal::Terminal;

const CRLF: &str = "#!/bin/sh\r\necho hello\r\n";

fn may_be_run(shop: &Folder, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(shop.root().join(script), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn ids(ran: &Ran) -> Vec<String> {
    let findings = ran.json()["findings"].as_array().unwrap().clone();
    findings.iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

fn finding(ran: &Ran, id: &str) -> Value {
    let document = ran.json();
    let found = document["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id).cloned();
    found.unwrap_or_else(|| panic!("no {id} in {document:#}"))
}

#[test]
fn without_an_engine_everything_else_is_told_at_once() {
    let shop = Folder::new("apps: { api: { runtime: python, run: sh bin/start.sh, port: 8000 } }\n");
    shop.write("bin/start.sh", CRLF);
    let began = Instant::now();
    let doctor = shop.run(&["doctor", "--json"]).expect_code(1);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(finding(&doctor, "engine-elsewhere")["severity"] == "in_the_way");
    let script = finding(&doctor, "script-line-ends");
    assert!(script["what"].as_str().unwrap().contains("bin/start.sh, which `api` runs"), "{script}");
    assert_eq!(shop.read("bin/start.sh"), CRLF, "nothing is changed without being asked to");
}

/// A folder of programs stands for a computer without git; its package manager is a script that notes what it was asked.
#[test]
fn a_program_that_is_missing_is_installed_after_a_yes() {
    let mut shop = Folder::new("apps: { api: { runtime: python, run: ./start } }\n");
    let programs = shop.root().join("programs");
    shop.write(
        "programs/apt-get",
        "#!/bin/sh\necho \"$DEBIAN_FRONTEND $*\" >>\"$0.log\"\nln -s /bin/true \"${0%/*}/git\"\n",
    );
    shop.write("programs/sudo", "#!/bin/sh\nexec \"$@\"\n");
    for program in ["programs/apt-get", "programs/sudo"] {
        may_be_run(&shop, program);
    }
    for program in ["env", "ln", "sh"] {
        std::os::unix::fs::symlink(format!("/bin/{program}"), programs.join(program)).unwrap();
    }
    shop.set("PATH", programs.to_str().unwrap());
    let found = finding(&shop.run(&["doctor", "--json"]).expect_code(1), "git-missing");
    assert!(found["fixes"][0].as_str().unwrap().ends_with("apt-get install -y --no-install-recommends git"), "{found}");
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]).expect_code(1);
    assert_eq!(fixed.json()["repaired"], serde_json::json!(["git-missing"]));
    assert!(!ids(&fixed).contains(&"git-missing".to_owned()), "{}", fixed.stdout);
    assert_eq!(shop.read("programs/apt-get.log"), "noninteractive install -y --no-install-recommends git\n");
}

#[test]
fn a_repair_needs_a_yes_and_is_looked_at_again() {
    let shop = Folder::new("apps: { api: { runtime: python, run: ./start } }\n");
    shop.write("start", CRLF);
    may_be_run(&shop, "start");
    let unasked = shop.run(&["doctor", "--fix"]).expect_code(1);
    assert!(
        unasked.stderr.contains("error[not-asked]") && unasked.stderr.contains("devenv doctor --fix --yes"),
        "{}",
        unasked.stderr
    );
    assert_eq!(shop.read("start"), CRLF);
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]).expect_code(1);
    assert_eq!(fixed.json()["repaired"], serde_json::json!(["script-line-ends"]));
    assert!(!ids(&fixed).contains(&"script-line-ends".to_owned()), "{}", fixed.stdout);
    assert_eq!(shop.read("start"), "#!/bin/sh\necho hello\n");
}

#[test]
fn whoever_has_a_port_is_named_with_its_process_and_another_is_taken() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let shop = Folder::new(&format!("apps: {{ api: {{ runtime: host, run: ./start, port: {port} }} }}\n"));
    let doctor = shop.run(&["doctor", "--json"]);
    let why = finding(&doctor, "port-taken")["why"].as_str().unwrap().to_owned();
    assert!(why.contains(&format!("(pid {}", std::process::id())), "{why}");
    let folder = std::env::current_dir().unwrap().display().to_string();
    assert!(why.contains(&folder), "{why}");
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]);
    assert!(!ids(&fixed).contains(&"port-taken".to_owned()), "{}", fixed.stdout);
    assert_ne!(fixed.json()["facts"]["repo"]["ports"][0]["port"], port);
}

#[test]
fn a_repo_that_needs_no_engine_is_not_held_up_by_its_absence() {
    let shop = Folder::new("apps: { api: { runtime: host, run: ./start } }\n");
    let doctor = shop.run(&["doctor", "--json"]).expect_success();
    assert_eq!(finding(&doctor, "engine-elsewhere")["severity"], "good_to_know");
}

#[test]
fn it_works_outside_of_a_repo_and_with_files_that_are_broken() {
    let nowhere = Folder::empty();
    let doctor = nowhere.run(&["doctor"]).expect_code(1);
    assert!(doctor.stdout.contains("there is no dev.yaml here or above"), "{}", doctor.stdout);
    let broken = Folder::new("servces: { db: postgres }\n");
    std::fs::create_dir_all(broken.place.path().join("state/config")).unwrap();
    std::fs::write(broken.place.path().join("state/config/settings.yaml"), "miror: x\n").unwrap();
    let found = ids(&broken.run(&["doctor", "--json"]).expect_code(1));
    for id in ["manifest-unknown-key", "settings", "engine-elsewhere"] {
        assert!(found.contains(&id.to_owned()), "{id} is not in {found:?}");
    }
    let text = broken.run(&["doctor"]).expect_code(1).stdout;
    assert!(text.contains("error[manifest-unknown-key]") && text.contains("dev.yaml is wrong"), "{text}");
}

#[test]
fn a_damaged_file_of_ours_is_kept_aside() {
    let shop = Folder::new("apps: { api: { runtime: host, run: ./start } }\n");
    let state = shop.place.path().join("state/state");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("ports.json"), "{\"leases\":{\"54").unwrap();
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
    assert_eq!(fixed.json()["repaired"], serde_json::json!(["state-damaged"]));
    let names = std::fs::read_dir(&state).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().any(|name| name.starts_with("ports.damaged-")), "it is kept");
}

#[test]
fn another_program_of_the_same_name_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let mut shop = Folder::empty();
    let folder = shop.place.path().join("bin");
    std::fs::create_dir(&folder).unwrap();
    let other = folder.join("devenv");
    std::fs::write(&other, "#!/bin/sh\n# reads devenv.nix\n").unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), shop.variables["PATH"]);
    shop.set("PATH", &path);
    let doctor = shop.run(&["doctor", "--json"]);
    let what = finding(&doctor, "another-devenv")["what"].as_str().unwrap().to_owned();
    assert!(what.contains(other.to_str().unwrap()) && what.contains("cachix"), "{what}");
}

/// A server that answers every question with these lines.
fn server(answer: &'static str) -> String {
    answering(move |_| answer)
}

fn answering(answer: impl Fn(&str) -> &'static str + Send + 'static) -> String {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut visitor in listener.incoming().flatten() {
            let mut asked = [0; 1024];
            let length = visitor.read(&mut asked).unwrap_or_default();
            let _ = visitor.write_all(answer(&String::from_utf8_lossy(&asked[..length])).as_bytes());
        }
    });
    address
}

#[test]
fn a_mirror_that_wants_a_login_is_told() {
    let mut shop = Folder::empty();
    let mirror = server("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n");
    shop.set("DEVENV_MIRROR", &mirror);
    let doctor = shop.run(&["doctor", "--json"]);
    let what = finding(&doctor, "mirror-login")["what"].as_str().unwrap().to_owned();
    assert_eq!(what, format!("{mirror} wants a login, and there is none on this computer"));
}

#[test]
fn a_mirror_that_has_nothing_to_give_is_told() {
    let cases = [
        ("HTTP/1.1 429 Too Many Requests\r\n\r\n", "asks for a pause"),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", "status 503"),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Welcome</html>", "a page for a browser"),
    ];
    for (answer, says) in cases {
        let mut shop = Folder::empty();
        shop.set("DEVENV_MIRROR", &server(answer));
        let told = finding(&shop.run(&["doctor", "--json"]), "mirror-failing");
        assert!(told["severity"] == "will_hurt" && told["why"].as_str().unwrap().contains(says), "{told}");
    }
}

/// One that greets everybody and refuses whoever wants something is in no better state.
#[test]
fn a_mirror_that_refuses_only_downloads_is_told() {
    let mut shop = Folder::empty();
    shop.set(
        "DEVENV_MIRROR",
        &answering(|asked| match asked.starts_with("GET /v2/ ") {
            true => "HTTP/1.1 200 OK\r\n\r\n",
            false => "HTTP/1.1 429 Too Many Requests\r\n\r\n",
        }),
    );
    finding(&shop.run(&["doctor", "--json"]), "mirror-failing");
}

#[test]
fn a_mirror_that_does_not_answer_is_told() {
    let mut shop = Folder::empty();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    shop.set("DEVENV_MIRROR", &nobody);
    let doctor = shop.run(&["doctor", "--json"]);
    assert_eq!(finding(&doctor, "mirror-unreachable")["severity"], "will_hurt");
}

#[test]
fn a_mirror_whose_clock_is_another_one_tells_that_ours_is_wrong() {
    let mut shop = Folder::empty();
    let mirror = server("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2004 00:00:00 GMT\r\n\r\n");
    shop.set("DEVENV_MIRROR", &mirror);
    let doctor = shop.run(&["doctor", "--json"]);
    assert!(finding(&doctor, "clock-wrong")["what"].as_str().unwrap().contains(&mirror));
}

#[test]
fn a_proxy_that_does_not_answer_is_told_without_its_password() {
    let mut shop = Folder::empty();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    shop.set("HTTPS_PROXY", &format!("http://sam:hunter2@{nobody}/"));
    let doctor = shop.run(&["doctor", "--json"]);
    assert!(finding(&doctor, "proxy-unreachable")["what"].as_str().unwrap().contains(&nobody));
    assert!(!doctor.all().contains("hunter2"), "{}", doctor.stdout);
}

/// What has a port may be a service of the repo itself, which only the engine could tell.
#[test]
fn without_an_engine_no_port_of_a_service_is_called_taken() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let shop = Folder::new(&format!("services: {{ cache: {{ use: redis, port: {port} }} }}\n"));
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]);
    assert!(!ids(&fixed).contains(&"port-taken".to_owned()), "{}", fixed.stdout);
    assert_eq!(fixed.json()["facts"]["repo"]["ports"], serde_json::json!([]));
}

/// Neither a password with a character that ends a host nor one of a mirror is shown, to a person or to a program.
#[test]
fn no_password_in_an_address_is_shown() {
    let mut shop = Folder::empty();
    shop.set("HTTPS_PROXY", "http://bob:s3/cretpw@127.0.0.1:9");
    shop.set("DEVENV_MIRROR", "tok:secretpw@127.0.0.1:9");
    let doctor = shop.run(&["doctor", "--json"]);
    assert_eq!(doctor.json()["facts"]["downloads"]["origins"][0]["host"], "127.0.0.1:9");
    assert_eq!(doctor.json()["facts"]["downloads"]["proxies"][0]["address"], "127.0.0.1:9");
    for ran in [doctor, shop.run(&["doctor", "--verbose"])] {
        assert!(!["secretpw", "cretpw", "bob", "s3"].iter().any(|part| ran.all().contains(part)), "{}", ran.all());
    }
}

#[test]
fn a_person_is_shown_what_will_be_done_and_may_say_no() {
    let shop = Folder::new("apps: { api: { runtime: host, run: ./start } }\n");
    shop.write("start", CRLF);
    may_be_run(&shop, "start");
    let answer = |key: &str| {
        let mut terminal = Terminal::start(&shop.command(&["doctor", "--fix"]), (40, 120));
        terminal.wait_for("will write start anew with LF line endings");
        terminal.wait_for("Change these scripts?");
        terminal.type_keys(key);
        terminal.wait().1
    };
    answer("n");
    assert_eq!(shop.read("start"), CRLF);
    // Enter alone is no, and so is Escape.
    answer("\r");
    answer("\x1b");
    assert_eq!(shop.read("start"), CRLF);
    assert!(answer("y").contains("repaired: "));
    assert_eq!(shop.read("start"), "#!/bin/sh\necho hello\n");
}

/// Whoever presses Ctrl-C at a question has ended the command: nothing is changed or asked any more, and the terminal is as before.
#[test]
fn an_interrupted_question_ends_the_command() {
    let shop = Folder::new("apps: { api: { runtime: host, run: ./start } }\n");
    shop.write("start", CRLF);
    may_be_run(&shop, "start");
    let mut at = Terminal::start(&shop.command(&["doctor", "--fix"]), (40, 120));
    at.wait_for("Change these scripts? [y/N]");
    at.wait_until_keys_are_hidden();
    at.type_keys("\x03");
    at.wait_until_usual();
    let (code, screen) = at.wait();
    assert_eq!(code, 130, "{screen}");
    let (hidden, shown) = (screen.rfind("\x1b[?25l"), screen.rfind("\x1b[?25h"));
    assert!(shown >= hidden, "the cursor stays hidden: {screen:?}");
    assert!(!screen.contains("repaired"), "{screen}");
    assert_eq!(shop.read("start"), CRLF);
}

/// A script that a command runs by its path, and that has lost the right to be run.
#[test]
fn a_script_that_is_run_is_given_the_right_to_be() {
    use std::os::unix::fs::PermissionsExt;
    let shop =
        Folder::new("apps: { api: { runtime: host, run: DEBUG=1 exec ./start.sh --all, setup: [sh ./other.sh] } }\n");
    for script in ["start.sh", "other.sh"] {
        shop.write(script, "#!/bin/sh\n");
        std::fs::set_permissions(shop.root().join(script), std::fs::Permissions::from_mode(0o640)).unwrap();
    }
    let mode = |script: &str| shop.root().join(script).metadata().unwrap().permissions().mode() & 0o777;
    let what = finding(&shop.run(&["doctor", "--json"]).expect_code(1), "not-permitted")["what"].clone();
    assert_eq!(what, "start.sh, which `api` runs, may not be run");
    assert_eq!(mode("start.sh"), 0o640);
    let fixed = shop.run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
    assert_eq!(fixed.json()["repaired"], serde_json::json!(["not-permitted"]));
    // Who may read it may run it; what a shell reads needs no right.
    assert_eq!((mode("start.sh"), mode("other.sh")), (0o750, 0o640));
}

/// The folder of what devenv remembers: its own rights are given back by its owner, another owner's take an administrator.
#[test]
fn a_state_folder_that_may_not_be_written_to_is_repaired() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let shop = Folder::new("apps: { api: { runtime: host, run: ./start } }\n");
    let state = shop.place.path().join("state/state");
    std::fs::create_dir_all(&state).unwrap();
    for path in ["", "state", "state/state", "shop", "home"] {
        shop.give_to_developer(&shop.place.path().join(path));
    }
    let run = |arguments: &[&str]| Running::start(shop.command_as_developer(0, arguments)).wait();
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o500)).unwrap();
    let found = finding(&run(&["doctor", "--json"]).expect_code(1), "state-unwritable");
    assert!(found["fixes"][0].as_str().unwrap().starts_with("chmod u+rwx "), "{found}");
    let fixed = run(&["doctor", "--fix", "--yes", "--json"]).expect_success();
    assert_eq!(fixed.json()["repaired"], serde_json::json!(["state-unwritable"]));
    assert_eq!(state.metadata().unwrap().mode() & 0o777, 0o700);
}
