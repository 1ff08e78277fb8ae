//! `devenv init`, and every other command in a repo that nobody has prepared.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{Folder, Running};

/// A small repo as people have them: an app, and what its example settings say that it needs.
fn blog() -> Folder {
    let folder = Folder::empty();
    folder.write(
        "package.json",
        r#"{"name": "blog", "engines": {"node": "22"}, "scripts": {"dev": "node server.js --port 4000", "test": "node --test"},
            "dependencies": {"express": "^5.0.0", "pg": "^8.0.0"}}"#,
    );
    folder.write("package-lock.json", r#"{"lockfileVersion": 3, "packages": {}}"#);
    folder.write(".env.example", "DATABASE_URL=postgres://blog:blog@localhost:5432/blog\nPORT=4000\n");
    folder.write("server.js", "require('express')().listen(process.env.PORT || 4000);\n");
    folder
}

#[test]
fn a_manifest_is_written_that_is_right_and_says_what_the_repo_says() {
    let blog = blog();
    let ran = blog.run(&["init"]).expect_success();
    assert!(ran.stdout.contains("wrote ") && ran.stdout.contains("1 service, 1 app"), "{}", ran.stdout);
    blog.run(&["check"]).expect_success();
    let text = blog.read("dev.yaml");
    for part in ["postgres", "runtime: node@22", "run: npm run dev", "port: 4000", "DATABASE_URL: ${", "package.json"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn it_is_only_printed_when_that_is_wanted() {
    let blog = blog();
    let printed = blog.run(&["init", "--dry-run"]).expect_success().stdout;
    assert!(!blog.root().join("dev.yaml").exists());
    let document = blog.run(&["init", "--dry-run", "--json"]).expect_success().json();
    assert_eq!(document["manifest"], printed.as_str());
    assert_eq!(document["written"], serde_json::Value::Null);
    let app = &document["apps"][0];
    assert_eq!((&app["path"], &app["port"], &app["package_manager"]), (&".".into(), &4000.into(), &"npm".into()));
    assert!(app["evidence"]["run"][0].as_str().unwrap().starts_with("package.json:"), "{app}");
    assert_eq!(app["env_evidence"]["DATABASE_URL"], serde_json::json!([".env.example:1"]), "{app}");
    assert_eq!(document["services"][0]["catalog"], "postgres");
    assert!(!document["services"][0]["evidence"].as_array().unwrap().is_empty());
    blog.run(&["init"]).expect_success();
    assert_eq!(blog.read("dev.yaml"), printed);
}

#[test]
fn a_lock_file_that_git_does_not_know_is_not_built_on() {
    let blog = blog();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(blog.root()).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let steps = || blog.run(&["init", "--dry-run"]).expect_success();
    assert!(steps().stdout.contains("- npm ci\n"), "without git all that is here is everybody's");
    git(&["init", "-q"]);
    git(&["add", "package.json"]);
    let ran = steps();
    assert!(ran.stdout.contains("npm install") && !ran.stdout.contains("npm ci"), "{}", ran.stdout);
    assert!(
        !ran.stdout.contains("package-lock.json, ") && !ran.stdout.contains("[package-lock.json"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("note: package-lock.json is not in git"), "{}", ran.stderr);
    git(&["add", "package-lock.json"]);
    assert!(steps().stdout.contains("- npm ci\n"));
}

#[test]
fn what_a_person_has_changed_stays_and_what_is_new_is_added() {
    let blog = blog();
    let own = "# ours\nservices:\n  store: postgres@15 # not 16 yet\n";
    blog.write("dev.yaml", own);
    let ran = blog.run(&["init"]).expect_success();
    assert!(ran.stdout.contains("added to dev.yaml: the app "), "{}", ran.stdout);
    let text = blog.read("dev.yaml");
    assert!(text.starts_with(own) && text.contains("${store.url}") && !text.contains("${db."), "{text}");
    blog.run(&["check"]).expect_success();
    let again = blog.run(&["init"]).expect_success();
    assert!(again.stdout.contains("has everything that was found"), "{}", again.stdout);
    assert_eq!(blog.read("dev.yaml"), text);
    blog.write("dev.yaml", "servises: {}\n");
    blog.run(&["init"]).expect_code(3);
    assert_eq!(blog.read("dev.yaml"), "servises: {}\n", "a manifest that is wrong is left as it is");
}

#[test]
fn without_a_manifest_every_command_knows_what_the_repo_says() {
    let blog = blog();
    let variables = blog.run(&["env"]).expect_success();
    assert!(variables.stdout.contains("DATABASE_URL=postgres"), "{}", variables.stdout);
    let explained = blog.run(&["env", "--explain", "DATABASE_URL"]).expect_success().stdout;
    assert!(explained.contains(".env.example:1") && !explained.contains("dev.yaml"), "{explained}");
    let checked = blog.run(&["check"]).expect_code(3);
    assert!(checked.stderr.contains("[no-manifest]") && checked.stderr.contains("devenv init"), "{}", checked.stderr);
    assert!(!blog.root().join("dev.yaml").exists());
}

#[test]
fn another_tools_files_of_nearly_the_same_name_are_left_alone() {
    let blog = blog();
    for (file, text) in [("devenv.yaml", "inputs: {}\n"), ("devenv.nix", "{ }\n"), ("devenv.lock", "{}\n")] {
        blog.write(file, text);
    }
    blog.run(&["init"]).expect_success();
    assert_eq!((blog.read("devenv.yaml").as_str(), blog.read("devenv.nix").as_str()), ("inputs: {}\n", "{ }\n"));
    assert!(blog.root().join("dev.yaml").exists());
}

#[test]
fn where_nothing_is_found_the_way_on_is_told() {
    let folder = Folder::empty();
    folder.write("notes.txt", "nothing to run\n");
    let ran = folder.run(&["init"]).expect_code(3);
    assert!(ran.stderr.contains("error[nothing-found]: ") && ran.stderr.contains("fix: "), "{}", ran.stderr);
    assert!(!folder.root().join("dev.yaml").exists());
}

#[test]
fn a_broken_file_is_one_finding_with_its_line() {
    for (text, place, why) in [
        (
            "{\n \"name\": \"shop\",\n \"scripts\": {\n  \"dev\" \"node .\"\n }\n}\n",
            "package.json:4",
            "it is not JSON: expected `:`",
        ),
        ("{\n \"name\": \"shop\"\n", "package.json:2", "it is not JSON: EOF while parsing an object"),
        ("", "package.json:1", "it is empty"),
    ] {
        let folder = Folder::empty();
        folder.write("package.json", text);
        for command in [&["init"][..], &["up"], &["up", "--dry-run"]] {
            let ran = folder.run(command).expect_code(3);
            assert!(
                ran.stderr.starts_with("error[repo-file-broken]: package.json cannot be understood"),
                "{}",
                ran.stderr
            );
            assert!(ran.stderr.contains(place) && ran.stderr.contains(why), "{command:?} {}", ran.stderr);
            assert_eq!(ran.stderr.matches("error[").count(), 1, "{}", ran.stderr);
            assert!(ran.stderr.contains(&format!("fix: correct {place}")), "{}", ran.stderr);
        }
        // Beside something that can be brought up it is only told.
        folder.write("compose.yaml", "services: {db: {image: 'postgres:17'}}\n");
        let ran = folder.run(&["init", "--dry-run"]).expect_success();
        assert!(ran.stderr.contains(&format!("note: package.json was left out: {why}")), "{}", ran.stderr);
        let line = place.rsplit(':').next().unwrap();
        assert!(ran.stderr.contains(&format!(" (line {line})")), "{}", ran.stderr);
    }
}

/// What can't be read, or leads elsewhere, is told by `up` in the words of `init`.
#[test]
fn up_says_why_there_is_nothing_to_bring_up() {
    for (file, text, why) in [
        ("compose.yaml", "include: [../other/compose.yaml]\nservices: {}\n", "include leads out of the repo"),
        (
            "compose.yaml",
            "include: ['https://example.com/x.yml']\nservices: {}\n",
            "`include` of https://example.com/x.yml is not followed",
        ),
    ] {
        let folder = Folder::empty();
        folder.write(file, text);
        for command in ["init", "up"] {
            let ran = folder.run(&[command]).expect_code(3);
            assert!(ran.stderr.starts_with("error[nothing-found]: "), "{command} {}", ran.stderr);
            assert!(ran.stderr.contains(why) && ran.stderr.contains("compose.yaml:1"), "{command} {}", ran.stderr);
        }
    }
    let folder = Folder::empty();
    std::os::unix::fs::symlink("package.json", folder.root().join("package.json")).unwrap();
    for command in ["init", "up"] {
        let ran = folder.run(&[command]).expect_code(3);
        assert!(ran.stderr.starts_with("error[repo-file-broken]: package.json cannot be"), "{command} {}", ran.stderr);
        assert!(ran.stderr.contains("too many levels of symbolic links"), "{command} {}", ran.stderr);
    }
}

#[test]
fn a_folder_of_the_repo_that_can_not_be_read_is_one_finding() {
    let blog = as_somebody_else(0o700);
    let closed = blog.root().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let ran = Running::start(blog.command_as_developer(99, &["init", "--dry-run"])).wait().expect_success();
    assert_eq!(ran.stderr.matches("was left out").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("closed was left out: the folder cannot be read: permission denied"), "{}", ran.stderr);
}

#[test]
fn a_folder_that_can_not_be_read_is_told() {
    let blog = as_somebody_else(0o300);
    let ran = Running::start(blog.command_as_developer(99, &["init"])).wait().expect_code(3);
    assert!(ran.stderr.contains("error[repo-unreadable]: "), "{}", ran.stderr);
}

#[test]
fn a_folder_that_can_not_be_written_to_is_told() {
    let blog = as_somebody_else(0o500);
    let ran = Running::start(blog.command_as_developer(99, &["init"])).wait().expect_code(1);
    assert!(ran.stderr.contains("error[manifest-unwritable]: ") && ran.stderr.contains("--dry-run"), "{}", ran.stderr);
    Running::start(blog.command_as_developer(99, &["init", "--dry-run"])).wait().expect_success();
}

/// Nobody is kept from anything where the tests run as root.
fn as_somebody_else(rights: u32) -> Folder {
    let blog = blog();
    for name in ["", "home", "shop"] {
        blog.give_to_developer(&blog.place.path().join(name));
    }
    std::fs::set_permissions(blog.root(), std::fs::Permissions::from_mode(rights)).unwrap();
    blog
}

/// What a hostile repo may bring: each is told in a note, or is nothing, and the rest is found all the same.
#[test]
fn nothing_in_a_repo_can_make_it_fail() {
    let blog = blog();
    blog.write("broken/package.json", "{ not json");
    blog.write("broken/docker-compose.yml", "services: [");
    blog.write("odd\u{1b}[31mname\n/package.json", "{}");
    blog.write("huge/package.json", format!("{{\"name\": \"{}\"}}", "x".repeat(8 << 20)));
    std::os::unix::fs::symlink("..", blog.root().join("loop")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", blog.root().join("requirements.txt")).unwrap();
    let ran = blog.run(&["init"]).expect_success();
    assert!(ran.stderr.contains("broken/package.json"), "{}", ran.stderr);
    assert!(!ran.all().contains("root:") && !ran.all().contains('\u{1b}'), "{}", ran.all());
    assert!(blog.read("dev.yaml").contains("npm run dev"));
    blog.run(&["check"]).expect_success();
}
