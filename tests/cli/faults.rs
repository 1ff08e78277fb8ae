//! Kinds of problems that need no engine, each provoked for real: what is told, and how the command ends.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Folder, Ran, Running};
use crate::terminal::Terminal;

const SHOP: &str = "services: { db: postgres }\nsecrets: { KEY: Ask the payments team }\n\
    apps:\n  api: { runtime: node, run: npm start, port: 3000, env: { K: '${secret.KEY}' } }\ntasks: { test: npm test }\n";

#[track_caller]
fn told(ran: Ran, id: &str, code: i32) -> Ran {
    let ran = ran.expect_code(code);
    assert!(ran.stderr.contains(&format!("error[{id}]: ")), "{}", ran.all());
    ran
}

/// Apps of this computer itself, stopped when the test ends, whatever comes of it.
pub struct OnHost(pub Folder);

impl OnHost {
    pub fn new(manifest: &str) -> Self {
        Self(Folder::new(manifest))
    }
}

impl Drop for OnHost {
    fn drop(&mut self) {
        let _ = self.0.command(&["down"]).output();
    }
}

#[test]
fn what_is_asked_for_by_a_wrong_name_is_wrong_usage() {
    let shop = Folder::new(SHOP);
    for (arguments, id) in [
        (&["run", "tset"][..], "unknown-task"),
        (&["env", "--get", "DB_ULR"], "unknown-variable"),
        (&["env", "--explain", "DB_ULR"], "unknown-variable"),
        (&["secret", "set", "KYE"], "unknown-secret"),
    ] {
        assert!(told(shop.run(arguments), id, 2).stdout.is_empty());
    }
    let alone = Folder::new("tasks: { test: npm test }\nservices: { db: postgres }\n");
    told(alone.run(&["run", "test"]), "task-without-app", 3);
    let setup = OnHost::new("apps:\n  web: { runtime: host, run: 'exec sleep 7721', port: 39283, setup: ['true'] }\n");
    told(setup.0.run(&["up", "--again", "npm ci", "--yes"]), "unknown-step", 2);
}

#[test]
fn secrets_that_are_not_there_are_told() {
    let shop = Folder::new(SHOP);
    told(shop.run_with_input(&["secret", "set", "KEY"], ""), "secret-empty", 2);
    told(shop.run(&["secret", "remove", "KEY"]), "secret-not-stored", 1);
    shop.write(".env", "KEY=\"never closed\n");
    told(shop.run(&["env"]), "env-file", 3);
    std::fs::remove_file(shop.root().join(".env")).unwrap();
    let store = shop.place.path().join("state/state/secrets.json");
    std::fs::create_dir_all(store.parent().unwrap()).unwrap();
    std::fs::write(store, "{").unwrap();
    told(shop.run(&["secret", "list"]), "secret-store", 1);
}

/// Told with what it said, and not started without a yes.
#[test]
fn a_command_that_gives_no_secret_is_told() {
    let shop = OnHost::new(
        "apps:\n  web: { runtime: host, run: 'exec sleep 7722', ready: { run: 'true' }, env: { T: '${secret.T}' } }\n\
         secrets: { T: { from: 'echo not logged in >&2; exit 4' } }\n",
    );
    let failed = told(shop.0.run(&["up", "--yes"]), "secret-command", 1);
    assert!(failed.stderr.contains("not logged in"), "{}", failed.stderr);
}

#[test]
fn a_no_starts_nothing() {
    let shop = OnHost::new("apps:\n  web: { runtime: host, run: 'exec sleep 7723', ready: { run: 'true' } }\n");
    let mut at = Terminal::start(&shop.0.command(&["up"]), (24, 100));
    at.wait_for("as you");
    at.wait_for("?");
    at.type_keys("n\r");
    at.wait_for("error[not-agreed]");
    assert_eq!(at.wait().0, 1);
}

/// Offered to who sits at a terminal, and once: the second time it is known.
#[test]
fn at_a_terminal_the_page_of_a_problem_is_offered_once() {
    let shop = Folder::new("services: { db: postgres }\n");
    let offer = "devenv explain engine-elsewhere tells more";
    let mut at = Terminal::start(&shop.command(&["up"]), (24, 100));
    at.wait_for(offer);
    assert_eq!(at.wait().0, 4);
    let (code, screen) = Terminal::start(&shop.command(&["up"]), (24, 100)).wait();
    assert!(code == 4 && screen.contains("engine-elsewhere") && !screen.contains(offer), "{screen}");
    assert!(!shop.run(&["status"]).expect_code(4).stderr.contains(offer));
}

#[test]
fn settings_and_manifests_that_can_not_be_read_are_told() {
    let shop = Folder::new(SHOP);
    let settings = shop.place.path().join("state/config/settings.yaml");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, "miror: mirror.example\n").unwrap();
    told(shop.run(&["check"]), "settings", 2);
    std::fs::remove_file(settings).unwrap();
    shop.write("dev.local.yaml", "services: { cahce: ~ }\n");
    told(shop.run(&["check"]), "manifest-nothing-to-take", 3);
    std::fs::remove_file(shop.root().join("dev.local.yaml")).unwrap();
    let many: String = (0..300).map(|number| format!("  s{number}: nonsense{number}\n")).collect();
    shop.write("dev.yaml", format!("services:\n{many}"));
    let ids: Vec<String> = {
        let document = shop.run(&["check", "--json"]).expect_code(3).json();
        document["problems"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids.last().unwrap(), "manifest-more");
    // Nobody is kept from reading anything where the tests run as root: so as somebody else.
    let path = shop.root().join("dev.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    for name in ["", "home", "shop"] {
        shop.give_to_developer(&shop.place.path().join(name));
    }
    told(Running::start(shop.command_as_developer(99, &["check"])).wait(), "manifest-unreadable", 3);
}

#[test]
fn what_is_named_has_to_be_a_name_and_in_the_repo() {
    let shop = Folder::new("services: { s: { image: 'a:b:c', port: 80 } }\n");
    told(shop.run(&["check"]), "download-name", 3);
    shop.write("dev.yaml", "services: { web: { use: nginx, files: { /etc/nginx/x.conf: link } } }\n");
    std::os::unix::fs::symlink("/etc/passwd", shop.root().join("link")).unwrap();
    told(shop.run(&["check"]), "file-outside", 3);
}

#[test]
fn what_is_to_be_opened_has_to_be_clear() {
    let app = |name: &str, port: u32| {
        format!(
            "  {name}: {{ runtime: host, run: 'exec sleep 77{port}', port: 393{port}, ready: {{ run: 'true' }} }}\n"
        )
    };
    let shop = OnHost::new(&format!("apps:\n{}{}", app("web", 25), app("admin", 26)));
    told(shop.0.run(&["open"]), "open-what", 2);
    // Nothing is asked twice: a command that goes to a terminal inside needs to know where.
    told(shop.0.run(&["shell"]), "shell-where", 2);
}

/// An input that nobody may read cannot be told to be the same as before.
#[test]
fn an_input_that_can_not_be_read_is_told() {
    let shop = OnHost::new(
        "apps:\n  web: { runtime: host, run: 'exec sleep 7727', ready: { run: 'true' }, setup: [{ run: 'true', inputs: [secret.sql] }] }\n",
    );
    shop.0.write("secret.sql", "");
    std::fs::set_permissions(shop.0.root().join("secret.sql"), std::fs::Permissions::from_mode(0o000)).unwrap();
    for name in ["", "home", "shop", "shop/dev.yaml"] {
        shop.0.give_to_developer(&shop.0.place.path().join(name));
    }
    let up = Running::start(shop.0.command_as_developer(99, &["up", "--yes"])).wait();
    let _ = Running::start(shop.0.command_as_developer(99, &["down"])).wait();
    told(up, "inputs-unreadable", 1);
}

/// Its first step takes the folder away that the second is to run in.
#[test]
fn a_command_whose_folder_has_gone_is_told() {
    let shop = OnHost::new(
        "apps:\n  web: { runtime: host, path: sub, run: 'exec sleep 7728', ready: { run: 'true' }, setup: ['rmdir ../sub', 'true'] }\n",
    );
    std::fs::create_dir(shop.0.root().join("sub")).unwrap();
    told(shop.0.run(&["up", "--yes"]), "host-command-failed", 1);
}
