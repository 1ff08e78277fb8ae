//! Two commands at once on one environment: the second waits for its turn, or says whom it would have waited for.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use devenv::names::EnvironmentId;

use crate::support::{Folder, Running};

/// Holds the environment of this folder as another command does.
fn hold(folder: &Folder) -> File {
    let id = EnvironmentId::of_checkout(&folder.root());
    let environment = folder.place.path().join("state/state/environments").join(id.as_str());
    std::fs::create_dir_all(&environment).unwrap();
    let mut file = File::create(environment.join("lock")).unwrap();
    write!(file, "devenv up (pid 4121)").unwrap();
    file.lock().unwrap();
    file
}

/// A repo, and an engine that is there and has nothing more to say.
fn shop() -> Folder {
    let mut shop = Folder::new("services: { db: postgres }\n");
    let address = shop.place.path().join("engine.sock");
    shop.set("DOCKER_HOST", &format!("unix://{}", address.display()));
    let engine = UnixListener::bind(address).unwrap();
    std::thread::spawn(move || {
        for mut visitor in engine.incoming().flatten() {
            let _ = visitor.read(&mut [0; 4096]);
            let _ = visitor.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
        }
    });
    shop
}

#[test]
fn told_not_to_wait_it_ends_at_once_and_names_the_other() {
    let shop = shop();
    let _held = hold(&shop);
    for command in [["up", "--no-wait"], ["--no-wait", "down"]] {
        let ran = shop.run(&command).expect_code(1);
        assert!(ran.stderr.contains("error[busy]: another command is changing this environment"), "{}", ran.stderr);
        assert!(ran.stderr.contains("`devenv up (pid 4121)` is at work"), "{}", ran.stderr);
    }
}

#[test]
fn waiting_ends_with_the_time_that_was_given() {
    let shop = shop();
    let _held = hold(&shop);
    let ran = shop.run(&["up", "--timeout", "1"]).expect_code(5);
    assert!(ran.stderr.contains("waiting for `devenv up (pid 4121)` to finish"), "{}", ran.stderr);
    assert!(ran.stderr.contains("error[busy]"), "{}", ran.stderr);
}

#[test]
fn waiting_can_be_interrupted() {
    let shop = shop();
    let _held = hold(&shop);
    let up = Running::start(shop.command(&["up"]));
    up.wait_for_line("waiting for");
    up.signal_after(std::time::Duration::ZERO, rustix::process::Signal::INT).expect_code(130);
}

/// Somebody may edit dev.yaml, or change the branch, while a command waits: what counts is how it is when the turn comes.
#[test]
fn what_changed_while_it_waited_counts() {
    for command in [&["up"][..], &["reset", "--yes"], &["restart", "db"], &["undo"]] {
        let shop = shop();
        let held = hold(&shop);
        let command = Running::start(shop.command(command));
        command.wait_for_line("waiting for");
        shop.write("dev.yaml", "services: { db: postgress }\n");
        drop(held);
        let ran = command.wait().expect_code(3);
        assert!(ran.stderr.contains("postgress"), "{}", ran.stderr);
    }
}

#[test]
fn a_lock_whose_holder_is_gone_holds_nobody_up() {
    let shop = shop();
    drop(hold(&shop));
    // Its turn has come, and what is missing is an engine with more to say.
    let ran = shop.run(&["up", "--no-wait"]).expect_code(4);
    assert!(ran.stderr.contains("error[engine-foreign]") && !ran.stderr.contains("busy"), "{}", ran.stderr);
}
