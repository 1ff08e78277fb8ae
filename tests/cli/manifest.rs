//! `dev.yaml` as the commands meet it: missing, wrong in every way, or right.

use devenv::words::jargon;
use expect_test::expect;

use crate::support::Folder;

#[test]
fn without_a_manifest_every_command_says_what_to_do() {
    let folder = Folder::empty();
    for arguments in
        [&["up"][..], &["down"], &["status"], &["logs"], &["check"], &["env"], &["restart", "x"], &["exec", "x", "y"]]
    {
        let ran = folder.run(arguments).expect_code(3);
        assert!(ran.stderr.starts_with("error[no-manifest]: there is no dev.yaml in "), "{}", ran.stderr);
        assert!(ran.stderr.contains("fix: ") && ran.stdout.is_empty(), "{}", ran.all());
    }
}

#[test]
fn what_the_advice_says_to_write_is_a_manifest() {
    let folder = Folder::empty();
    let said = folder.run(&["up"]).expect_code(3).stderr;
    let command = said.lines().find_map(|line| line.trim().strip_prefix("echo ")).unwrap();
    let done =
        std::process::Command::new("sh").args(["-c", &format!("echo {command}")]).current_dir(folder.root()).status();
    assert!(done.unwrap().success());
    folder.run(&["check"]).expect_success();
}

#[test]
fn a_file_of_the_other_tool_is_named() {
    let folder = Folder::empty();
    folder.write("devenv.nix", "{ }");
    let ran = folder.run(&["up"]).expect_code(3);
    assert!(ran.stderr.contains("devenv.nix belongs to another tool of the same name"), "{}", ran.stderr);
    assert_eq!(folder.read("devenv.nix"), "{ }");
}

#[test]
fn a_manifest_with_the_other_ending_is_told_with_the_command_that_renames_it() {
    let folder = Folder::empty();
    folder.write("dev.yml", "services: { db: postgres }\n");
    let ran = folder.run(&["up"]).expect_code(3);
    assert!(
        ran.stderr.contains("dev.yml is there") && ran.stderr.contains("fix: mv dev.yml dev.yaml\n"),
        "{}",
        ran.stderr
    );
    std::fs::rename(folder.root().join("dev.yml"), folder.root().join("dev.yaml")).unwrap();
    folder.run(&["check"]).expect_success();
}

#[test]
fn an_address_of_this_computer_in_an_app_is_noted_with_what_is_meant() {
    let folder = Folder::new(
        "services:\n  db: postgres\napps:\n  api:\n    runtime: node\n    run: npm start\n    env:\n      DATABASE_URL: postgres://shop:s3cret@localhost:5432/shop\n",
    );
    let ran = folder.run(&["check"]).expect_success();
    let note = "note: dev.yaml:8: `DATABASE_URL` of `api` leads to `localhost:5432`: inside of `api` that is `api` itself, not `db`; write ${db.url} instead";
    assert!(ran.stderr.contains(note) && !ran.stderr.contains("s3cret"), "{}", ran.stderr);
    let notes = folder.run(&["check", "--json"]).expect_success().json()["notes"].clone();
    assert_eq!(notes.as_array().map(Vec::len), Some(1), "{notes}");
    folder
        .write("dev.yaml", folder.read("dev.yaml").replace("postgres://shop:s3cret@localhost:5432/shop", "${db.url}"));
    let ran = folder.run(&["check"]).expect_success();
    assert!(!ran.stderr.contains("localhost"), "{}", ran.stderr);
}

#[test]
fn the_manifest_is_found_from_every_folder_below_and_by_name() {
    let folder = Folder::new("services: { db: postgres }\n");
    folder.write("deep/er/x", "");
    let deep = folder.root().join("deep/er");
    let mut below = folder.command(&["check"]);
    below.current_dir(&deep);
    crate::support::Running::start(below).wait().expect_success();
    let mut beside = folder.command(&["check", "-C", folder.root().to_str().unwrap()]);
    beside.current_dir("/");
    crate::support::Running::start(beside).wait().expect_success();
    let ran = folder.run(&["-C", "no/such/folder", "check"]).expect_code(2);
    assert!(ran.stderr.starts_with("error[folder-missing]"), "{}", ran.stderr);
}

#[test]
fn all_problems_are_told_at_once_each_with_its_place() {
    let folder = Folder::new(
        "services:\n  db: postgress\n  cache: redis@99\napps:\n  api:\n    runtime: node\n    run: npm start\n    prot: 3000\n    env: { A: '${dd.url}' }\n",
    );
    let ran = folder.run(&["check"]).expect_code(3);
    assert!(ran.stdout.is_empty());
    expect![[r#"
        error[manifest-unknown-service]: there is no service `postgress` in the catalog
         --> dev.yaml:2:7
          |
        2 |   db: postgress
          |       ^^^^^^^^^
          fix: did you mean `postgres`?
          fix: for anything else write  db: { image: owner/postgress:1.0, port: 1234 }

        error[manifest-unknown-version]: Redis is not known in version `99`
         --> dev.yaml:3:10
          |
        3 |   cache: redis@99
          |          ^^^^^^^^
          why: known are 8, 7 and 6
          fix: write `redis@8`, or `redis` without a version

        error[manifest-unknown-key]: `prot` is not a key of the app `api`
         --> dev.yaml:8:5
          |
        8 |     prot: 3000
          |     ^^^^
          why: the keys here are path, runtime, build, image, setup, run, port, env, files, needs, ready, once, optional, restart_on and engine
          fix: did you mean `port`?

        error[manifest-unknown-name]: `${dd.url}` refers to `dd`, which is neither a service nor an app here
         --> dev.yaml:9:16
          |
        9 |     env: { A: '${dd.url}' }
          |                ^^^^^^^^^
          why: the names here are db, cache and api
          fix: did you mean `${db.url}`?

        4 problems in dev.yaml
    "#]]
    .assert_eq(&ran.stderr);
}

#[test]
fn what_the_manifest_names_in_the_repo_has_to_be_there() {
    let folder = Folder::new(
        "services:\n  web: { use: nginx, files: { /etc/nginx/conf.d/default.conf: nginx.conf } }\napps:\n  api: { path: services/api, runtime: node, run: npm start }\n",
    );
    let ran = folder.run(&["check"]).expect_code(3);
    expect![[r#"
        error[file-missing]: `nginx.conf`, which `web` is to be given, does not exist
          fix: correct `files` in dev.yaml, or bring it into the repo

        error[path-missing]: the folder `services/api` of `api` does not exist
          fix: correct `path` in dev.yaml, or bring it into the repo

        2 problems
    "#]]
    .assert_eq(&ran.stderr);
}

#[test]
fn nothing_leads_out_of_the_repo() {
    let folder = Folder::new("apps:\n  api: { path: outside, runtime: node, run: npm start }\n");
    std::os::unix::fs::symlink("/usr", folder.root().join("outside")).unwrap();
    let ran = folder.run(&["check"]).expect_code(3);
    assert!(ran.stderr.starts_with("error[path-outside]"), "{}", ran.stderr);
}

/// Each is wrong in another way; none may be taken for fine, crash, or take long.
#[test]
fn bad_manifests_of_all_sorts_end_with_3_and_a_problem() {
    let deep = format!("services: {}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nservices: *e\n";
    let huge = vec![b'a'; 10 << 20];
    let cases: &[(&str, &[u8])] = &[
        ("empty", b""),
        ("only a comment", b"# nothing yet\n"),
        ("a scalar", b"hello"),
        ("a list", b"- a\n- b\n"),
        ("not YAML", b"services: {db: postgres"),
        ("a tab", b"services:\n\tdb: postgres\n"),
        ("a key twice", b"services: { db: postgres }\nservices: { db: redis }\n"),
        ("an unknown key", b"servces: { db: postgres }\n"),
        ("not text", b"\xff\xfe\x00s\x00e"),
        ("a zero byte", b"services:\0 {}"),
        ("random bytes", &[0x80, 0x13, 0x00, 0xf5, 0x7b, 0x22]),
        ("too deep", deep.as_bytes()),
        ("an alias bomb", bomb.as_bytes()),
        ("10 MB", &huge),
        ("a cycle", b"apps:\n  a: { runtime: go, needs: [b] }\n  b: { runtime: go, needs: [a] }\n"),
        ("a port of words", b"apps: { a: { runtime: go, port: http } }\n"),
        ("two documents", b"services: { db: postgres }\n---\nservices: { db: postgres }\n"),
    ];
    for (what, bytes) in cases {
        let folder = Folder::empty();
        folder.write("dev.yaml", bytes);
        for command in ["check", "up"] {
            let ran = folder.run(&[command]).expect_code(3);
            assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error["), "{what}: {}", ran.all());
            assert!(
                !ran.stderr.contains("panicked") && !ran.stderr.contains("stack backtrace"),
                "{what}: {}",
                ran.stderr
            );
            assert!(ran.stderr.len() < 20_000, "{what} makes {} bytes of text", ran.stderr.len());
            assert_eq!(jargon(&ran.stderr), [""; 0], "{what}: {}", ran.stderr);
        }
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_fine() {
    let folder = Folder::empty();
    folder.write("dev.yaml", "\u{feff}services:\r\n  db: postgres\r\n");
    let ran = folder.run(&["check"]).expect_success();
    assert_eq!(ran.stdout, "dev.yaml is fine: 1 service, 0 apps\n");
}

#[test]
fn a_folder_in_the_manifests_place_is_told() {
    let folder = Folder::empty();
    std::fs::create_dir(folder.root().join("dev.yaml")).unwrap();
    folder.run(&["check"]).expect_code(3);
}

#[test]
fn check_speaks_json_too() {
    let folder = Folder::new("services: { db: postgres }\n");
    let fine = folder.run(&["check", "--json"]).expect_success().json();
    assert_eq!(fine, serde_json::json!({ "ok": true, "problems": [], "notes": [] }));
    folder.write("dev.yaml", "services: { db: postgress, q: { use: redis, prot: 1 } }\n");
    let wrong = folder.run(&["check", "--json"]).expect_code(3).json();
    assert_eq!(wrong["ok"], false);
    let problems = wrong["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2);
    for problem in problems {
        assert!(problem["id"].is_string() && problem["what"].is_string() && problem["fixes"].is_array(), "{problem}");
        assert_eq!((&problem["place"]["file"], &problem["place"]["line"]), (&"dev.yaml".into(), &1.into()));
        assert!(problem["place"]["column"].as_u64().unwrap() > 1);
    }
}

#[test]
fn the_schema_is_json_and_needs_no_manifest() {
    let schema = Folder::empty().run(&["check", "--schema"]).expect_success().json();
    assert!(schema["properties"]["services"].is_object());
    let right: serde_json::Value = serde_json::json!({ "services": { "db": "postgres@16" } });
    let wrong: serde_json::Value = serde_json::json!({ "servces": {} });
    assert!(jsonschema::is_valid(&schema, &right) && !jsonschema::is_valid(&schema, &wrong));
}

#[test]
fn an_input_that_finds_nothing_is_told_and_stops_nothing() {
    let shop = Folder::new(
        "apps:\n  api:\n    runtime: node\n    run: node .\n    setup:\n      \
         - { run: ./load.sh, inputs: [fixtures/*.sql, load.sh] }\n      - npm ci\n",
    );
    shop.write("load.sh", "");
    let check = shop.run(&["check"]).expect_success();
    assert!(check.stderr.contains("`fixtures/*.sql`") && !check.all().contains("package.json"), "{}", check.stderr);
    let check = shop.run(&["check", "--json"]).expect_success().json();
    assert_eq!(check["notes"].as_array().unwrap().len(), 1);
}
