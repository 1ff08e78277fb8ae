//! `devenv env`: the way from this computer in, passwords included.

use std::process::Command;

use crate::support::Folder;

fn shop() -> Folder {
    Folder::new(
        "services: { db: postgres }\napps:\n  api:\n    runtime: node\n    run: npm start\n    port: 3000\n    \
         env: { DATABASE_URL: '${db.url}', GREETING: \"it's $5 \\\"now\\\"\\n\", SELF: '${api.url}' }\n",
    )
}

#[test]
fn a_password_is_made_once_and_for_this_checkout_only() {
    let (one, other) = (shop(), shop());
    let get = |folder: &Folder| folder.run(&["env", "--get", "DB_PASSWORD"]).expect_success().stdout;
    assert_eq!(get(&one), get(&one));
    assert_ne!(get(&one), get(&other));
    assert!(get(&one).trim().len() >= 20);
}

#[test]
fn every_format_holds_the_same_values() {
    let folder = shop();
    let json = folder.run(&["env", "--format", "json"]).expect_success().json();
    assert_eq!(json, folder.run(&["env", "--json"]).expect_success().json());
    assert_eq!(json["GREETING"], "it's $5 \"now\"\n");
    assert_eq!(json["SELF"], "http://localhost:3000");
    assert_eq!(json["DATABASE_URL"], json["DB_URL"]);
    let shell = folder.run(&["env", "--format", "shell"]).expect_success().stdout;
    for (key, value) in json.as_object().unwrap() {
        let script = format!("{shell}\nprintf '%s.' \"${key}\"");
        let read = Command::new("sh").args(["-c", &script]).env_clear().output().unwrap();
        assert_eq!(String::from_utf8_lossy(&read.stdout), format!("{}.", value.as_str().unwrap()), "{key}");
    }
    let dotenv = folder.run(&["env"]).expect_success().stdout;
    assert!(dotenv.contains("\nGREETING=\"it's \\$5 \\\"now\\\"\\n\"\n"), "{dotenv}");
    assert_eq!(dotenv.lines().count(), json.as_object().unwrap().len());
}

#[test]
fn one_name_narrows_it_down() {
    let folder = shop();
    let api = folder.run(&["env", "api", "--json"]).expect_success().json();
    let keys: Vec<&String> = api.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["API_HOST", "API_PORT", "API_URL", "DATABASE_URL", "GREETING", "SELF"]);
    let db = folder.run(&["env", "db"]).expect_success().stdout;
    assert!(db.lines().all(|line| line.starts_with("DB_")), "{db}");
}

#[test]
fn a_missing_secret_is_named_with_the_words_of_its_description() {
    let mut folder = Folder::new(
        "apps:\n  api: { runtime: node, run: npm start, env: { KEY: '${secret.STRIPE_KEY}' } }\nsecrets:\n  STRIPE_KEY: Ask the payments team\n",
    );
    folder.run(&["check"]).expect_success();
    let ran = folder.run(&["env", "--get", "KEY"]).expect_code(1);
    assert!(ran.stderr.starts_with("error[secret-missing]: the secret `STRIPE_KEY`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Ask the payments team"), "{}", ran.stderr);
    folder.set("STRIPE_KEY", "sk_test_4242");
    assert_eq!(folder.run(&["env", "--get", "KEY"]).expect_success().stdout, "sk_test_4242\n");
}

#[test]
fn what_is_remembered_is_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = shop();
    let password = folder.run(&["env", "--get", "DB_PASSWORD"]).expect_success().stdout;
    let mut open = vec![folder.place.path().join("state")];
    let mut holders = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains(password.trim())) {
            holders += 1;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
        }
    }
    assert_eq!(holders, 1);
    assert!(!std::fs::read_dir(folder.root()).unwrap().any(|entry| entry.unwrap().file_name() != "dev.yaml"));
}

#[test]
fn a_state_folder_that_can_not_be_written_is_told() {
    let mut folder = shop();
    folder.write("in-the-way", "");
    let place = folder.root().join("in-the-way");
    folder.set("DEVENV_HOME", place.to_str().unwrap());
    let ran = folder.run(&["env"]).expect_code(1);
    assert!(ran.stderr.starts_with("error[state-unwritable]"), "{}", ran.stderr);
    assert!(ran.stderr.contains("DEVENV_HOME"), "{}", ran.stderr);
}

#[test]
fn settings_that_can_not_be_read_are_told_with_the_file() {
    let folder = shop();
    let settings = folder.place.path().join("state/config/settings.yaml");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, "miror: x\n").unwrap();
    let ran = folder.run(&["env"]).expect_code(2);
    assert!(ran.stderr.starts_with("error[settings]") && ran.stderr.contains("settings.yaml"), "{}", ran.stderr);
}
