//! Failures of this computer itself, brought about for real in namespaces of a test's own: nothing else that runs notices.

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::faults::OnHost;
use crate::support::{Folder, Ran, Running, is_root};

/// The program where a script has changed its surroundings before; variables name the folders. It is told why where the system
/// lets nobody have namespaces.
fn inside(shop: &Folder, kinds: &[&str], prepare: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    let is_own_root = !is_root() || kinds.contains(&"--user");
    command.args(kinds.iter().filter(|kind| **kind != "--user"));
    command.args(["--mount", "--propagation", "private"]);
    if is_own_root {
        command.args(["--user", "--map-root-user"]);
    }
    let script = format!("set -e; {{ {prepare}; }} >&2; exec \"$@\"");
    command.args(["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_devenv")]);
    shop.surround(command, arguments)
}

fn run(shop: &Folder, kinds: &[&str], prepare: &str, arguments: &[&str]) -> Ran {
    Running::start(inside(shop, kinds, prepare, arguments)).wait()
}

/// Whether the system lets this user have namespaces; says so where not.
fn may_have_namespaces() -> bool {
    let probe = inside(&Folder::empty(), &["--user"], "true", &["--version"]).output();
    let may = probe.as_ref().is_ok_and(|probe| probe.status.success());
    if !may {
        let _ = writeln!(std::io::stderr(), "not tested: this system lets nobody have namespaces: {probe:?}");
    }
    may
}

/// A repo that needs no engine, and the folder of what devenv remembers.
fn shop() -> Folder {
    let shop = Folder::new("apps: { api: { runtime: host, run: ./start } }\n");
    std::fs::create_dir(shop.place.path().join("state")).unwrap();
    shop
}

fn finding(ran: &Ran, id: &str) -> Option<Value> {
    ran.json()["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id).cloned()
}

/// What `devenv doctor` finds after the script and not before it.
#[track_caller]
fn found(shop: &Folder, kinds: &[&str], prepare: &str, id: &str) -> Value {
    let before = shop.run(&["doctor", "--json"]);
    assert!(finding(&before, id).is_none(), "{}", before.stdout);
    let after = run(shop, kinds, prepare, &["doctor", "--json"]);
    finding(&after, id).unwrap_or_else(|| panic!("no {id}: {}", after.all()))
}

/// A file of text in the place of one of the system's.
fn in_place(shop: &Folder, place: &str, text: &str) -> String {
    let name = place.replace('/', "-");
    std::fs::write(shop.place.path().join("home").join(&name), text).unwrap();
    format!("mount --bind \"$HOME/{name}\" {place}")
}

#[test]
fn a_disk_with_little_room_is_told_before_it_is_full() {
    if !may_have_namespaces() {
        return;
    }
    let shop = shop();
    for (size, severity) in [("40m", "in_the_way"), ("400m", "will_hurt")] {
        let low = found(&shop, &[], &format!("mount -t tmpfs -o size={size} tmpfs \"$DEVENV_HOME\""), "disk-low");
        assert_eq!(low["severity"], severity, "{low}");
        let what = low["what"].as_str().unwrap();
        assert!(what.ends_with(" are left where devenv keeps package caches and saved data"), "{what}");
    }
}

#[test]
fn a_disk_that_takes_few_more_files_is_told() {
    if !may_have_namespaces() {
        return;
    }
    let shop = shop();
    let disk = "mount -t tmpfs -o size=4g,nr_inodes=1500 tmpfs \"$DEVENV_HOME\"";
    let low = found(&shop, &[], disk, "disk-files-low");
    assert_eq!(low["severity"], "in_the_way", "{low}");
    assert!(low["what"].as_str().unwrap().contains(" more files fit on the disk"), "{low}");
}

#[test]
fn little_memory_is_told() {
    if !may_have_namespaces() {
        return;
    }
    let shop = shop();
    let table = "MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:     300000 kB\n";
    let low = found(&shop, &[], &in_place(&shop, "/proc/meminfo", table), "memory-low");
    assert_eq!(low["what"], "307 MB of this computer's 8.2 GB memory are free");
}

#[test]
fn a_low_limit_of_watched_files_is_told() {
    if !may_have_namespaces() {
        return;
    }
    let shop = shop();
    let limit = in_place(&shop, "/proc/sys/fs/inotify/max_user_watches", "100\n");
    let few = run(&shop, &[], &limit, &["doctor", "--json"]);
    let few = finding(&few, "watches-few").unwrap_or_else(|| panic!("{}", few.all()));
    assert_eq!(few["fixes"][0], "sudo sysctl -w fs.inotify.max_user_watches=524288");
}

/// No name server, and no way to one.
#[test]
fn a_computer_that_finds_no_name_is_told_what_that_means() {
    if !may_have_namespaces() {
        return;
    }
    let mut shop = shop();
    let nobody = [("/etc/resolv.conf", ""), ("/etc/nsswitch.conf", "hosts: files dns\n")];
    let nobody: Vec<String> = nobody.iter().map(|(place, text)| in_place(&shop, place, text)).collect();
    for (mirror, host) in [("", "docker.io"), ("mirror.example:5000", "mirror.example:5000")] {
        shop.set("DEVENV_MIRROR", mirror);
        let told = run(&shop, &["--net"], &nobody.join(" && "), &["doctor", "--json"]);
        let found = finding(&told, "names-not-found").unwrap_or_else(|| panic!("{host}: {}", told.all()));
        assert_eq!(found["what"], format!("the name {host} leads nowhere from here"));
    }
}

#[test]
fn certificates_that_a_variable_names_have_to_be_there() {
    let mut shop = shop();
    assert!(finding(&shop.run(&["doctor", "--json"]), "certificates-missing").is_none());
    shop.set("NODE_EXTRA_CA_CERTS", "/nonexistent/corporation.pem");
    let missing = finding(&shop.run(&["doctor", "--json"]), "certificates-missing").unwrap();
    assert_eq!(missing["what"], "NODE_EXTRA_CA_CERTS names /nonexistent/corporation.pem, which is not there");
}

/// More than the system passes to a program in one variable.
#[test]
fn an_app_that_the_system_does_not_start_is_told() {
    let OnHost(shop) = &OnHost::new(&format!(
        "apps: {{ web: {{ runtime: host, run: sleep 7671, env: {{ BIG: {} }}, ready: {{ run: 'true' }} }} }}\n",
        "x".repeat(200_000)
    ));
    let up = shop.run(&["up", "--yes", "--json"]).expect_code(1);
    assert_eq!(up.problem_ids(), ["host-app-not-started"], "{}", up.stdout);
}

/// Where the system has no watches left files are looked at, and two saves within one second are two.
#[test]
fn without_watches_dev_looks_at_files_itself_and_sees_every_save() {
    if !may_have_namespaces() {
        return;
    }
    for limit in ["max_inotify_watches", "max_inotify_instances"] {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let OnHost(shop) = &OnHost::new(&format!(
            "apps: {{ web: {{ runtime: host, run: 'cat version; exec sleep 7672', restart_on: [version], ready: {{ run: 'true' }}, port: {port} }} }}\n"
        ));
        shop.write("version", "saved 1\n");
        let none = format!("echo 0 >/proc/sys/user/{limit}");
        let dev = Running::start(inside(shop, &["--user"], &none, &["dev", "--yes", "--json"]));
        dev.wait_for_line("\"id\":\"watches-used-up\"");
        dev.wait_for_line("saved 1");
        // One time for both, as a disk that knows whole seconds only may have it, whenever the first one is noticed.
        let time = SystemTime::now() + Duration::from_secs(2);
        for save in ["saved 2", "saved 3"] {
            shop.write("version", format!("{save}\n"));
            let file = std::fs::File::options().write(true).open(shop.root().join("version")).unwrap();
            file.set_modified(time).unwrap();
            dev.wait_for_line(save);
        }
        dev.signal_after(Duration::ZERO, rustix::process::Signal::TERM);
        shop.run(&["down"]).expect_success();
    }
}
