//! Faults of what runs, each provoked for real: recognised by what they do, not only by an exit code.

use std::os::unix::fs::PermissionsExt;

use crate::bed::{Checkout, docker};
use crate::support::Ran;

/// Brings up and answers the only problem.
#[track_caller]
fn problem_of(shop: &Checkout, arguments: &[&str], code: i32) -> serde_json::Value {
    let up: Ran = shop.run(&[arguments, &["--json"]].concat()).expect_code(code);
    let problems = up.events("problem");
    assert_eq!(problems.len(), 1, "{}", up.stdout);
    problems[0].clone()
}

fn app(run: &str) -> Checkout {
    Checkout::new(&format!("apps:\n  api: {{ runtime: python, run: {run}, port: 8000 }}\n"))
}

#[test]
fn what_ends_with_success_but_should_stay_is_told() {
    let shop = app("echo working in the background");
    let problem = problem_of(&shop, &["up"], 1);
    assert_eq!(problem["id"], "ended-by-itself");
    assert_eq!(problem["output"], serde_json::json!(["working in the background"]));
}

#[test]
fn a_script_with_the_line_ends_of_windows_is_recognised() {
    let shop = app("./start.sh");
    shop.write("start.sh", "#!/bin/sh\r\nexec python -m http.server $PORT\r\n");
    let script = shop.root().join("start.sh");
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(problem_of(&shop, &["up"], 1)["id"], "line-ends");
    shop.write("start.sh", "#!/bin/sh\nexec python -m http.server $PORT\n");
    shop.up();
}

#[test]
fn a_program_for_another_processor_is_recognised() {
    let shop = app("./server");
    // The head of a program for s390x, which nobody develops on.
    let mut head = [0u8; 64];
    head[..20].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 22]);
    shop.write("server", head);
    let program = shop.root().join("server");
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(problem_of(&shop, &["up"], 1)["id"], "wrong-processor");
}

#[test]
fn a_program_that_writes_where_it_may_only_read_is_recognised() {
    let shop = Checkout::new(
        "services: { web: { use: nginx, files: { /etc/site: site }, run: 'echo x > /etc/site/index.html' } }\n",
    );
    shop.write("site/index.html", "mine");
    assert_eq!(problem_of(&shop, &["up"], 1)["id"], "read-only");
    assert_eq!(shop.read("site/index.html"), "mine");
}

/// A file that root made, with sudo or otherwise, and that the app wants to change.
#[test]
fn a_file_of_another_user_is_recognised() {
    let shop = app("\"python -c \\\"open('log.txt', 'w')\\\"\"");
    shop.write("log.txt", "");
    let log = shop.root().join("log.txt");
    std::os::unix::fs::chown(&log, Some(0), Some(0)).unwrap();
    std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(problem_of(&shop, &["up"], 1)["id"], "not-permitted");
}

/// Told by the engine, and not guessed from the exit code: another signal ends a program with the same one.
#[test]
fn running_out_of_memory_is_told() {
    let shop =
        app("\"while [ ! -e go ]; do sleep 0.05; done; exec python -c \\\"x = bytearray(600 * 1024 * 1024)\\\"\"");
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("\"running\"");
    docker(&["update", "--memory", "64m", "--memory-swap", "64m", &shop.unit("api").id]);
    shop.write("go", "");
    assert_eq!(up.wait().expect_code(1).problem_ids(), ["out-of-memory"]);
}

/// The program that is missing is named.
#[test]
fn a_missing_program_is_told() {
    let shop = Checkout::new(
        "services: { cache: { use: redis, run: redis-servre } }
",
    );
    let problem = problem_of(&shop, &["up"], 1);
    assert_eq!(problem["id"], "command-missing");
    assert!(problem.to_string().contains("redis-servre"), "{problem}");
}

/// What would be `database-missing` is made again with the login that dev.yaml says, and the rest of the data is as it was.
#[test]
fn a_database_that_was_dropped_by_hand_is_made_again() {
    let shop = Checkout::new(
        "services: { db: postgres }
",
    );
    shop.up();
    let (user, database) = (shop.env("DB_USER"), shop.env("DB_DATABASE"));
    let psql = |sql: &str| shop.run(&["exec", "db", "--", "psql", "-U", &user, "-d", "template1", "-Atc", sql]);
    psql("create database other").expect_success();
    psql(&format!("drop database \"{database}\" with (force)")).expect_success();
    let up = shop.up();
    assert!(!up.all().contains("database-missing"), "{}", up.all());
    assert_eq!(shop.sql("select 1"), "1");
    let other = psql("select count(*) from pg_database where datname = 'other'").expect_success();
    assert_eq!(other.stdout.trim(), "1");
}

/// A web server where a database is expected: the port is the right one, the program is not.
#[test]
fn what_speaks_something_else_is_told() {
    let shop = Checkout::new(
        "services: { cache: { use: redis, files: { /talk.pl: talk.pl }, run: perl /talk.pl } }
",
    );
    shop.write(
        "talk.pl",
        "use IO::Socket::INET; my $at = IO::Socket::INET->new(LocalPort => 6379, Listen => 5);
\
         while (my $one = $at->accept) { sysread $one, my $asked, 99; print $one \"HTTP/1.0 400 Bad Request\r\n\r\n\"; close $one }
",
    );
    let up = shop.run(&["up", "--json", "--timeout", "20"]);
    assert_eq!(up.problem_ids(), ["wrong-protocol"], "{}", up.all());
}

/// Redis without a password that was told to let only itself in.
#[test]
fn a_service_that_lets_nobody_in_is_told() {
    let shop = Checkout::new("services: { cache: { use: redis, run: 'redis-server --protected-mode yes' } }\n");
    let up = shop.run(&["up", "--json", "--timeout", "20"]);
    assert_eq!(up.problem_ids(), ["access-refused"], "{}", up.all());
}

/// What a build begins with is a script that the system does not run: why not stands in the repo.
#[test]
fn a_script_that_a_build_begins_with_and_nothing_runs_is_explained() {
    let begun = |script: &str, mode: u32| {
        let shop = Checkout::new("apps:\n  site: { build: Dockerfile, port: 80 }\n");
        shop.write("Dockerfile", "FROM busybox:1\nCOPY bin/ /srv/bin/\nENTRYPOINT [\"/srv/bin/start.sh\"]\n");
        shop.write("bin/start.sh", script);
        let path = shop.root().join("bin/start.sh");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        problem_of(&shop, &["up"], 1)
    };
    let problem = begun("#!/bin/sh\r\nexec httpd -f\r\n", 0o755);
    assert_eq!(problem["id"], "line-ends", "{problem}");
    let problem = begun("#!/bin/bash\nexec httpd -f\n", 0o755);
    assert_eq!(problem["id"], "command-missing", "{problem}");
    assert!(problem["why"].as_str().unwrap().contains("bin/start.sh asks for /bin/bash"), "{problem}");
    let problem = begun("#!/bin/sh\nexec httpd -f\n", 0o644);
    assert_eq!(problem["id"], "not-permitted", "{problem}");
    assert!(problem["fixes"].to_string().contains("chmod +x"), "{problem}");
}

/// The same for a script that an app runs from the repo.
#[test]
fn a_script_of_the_repo_without_its_program_or_its_right_is_explained() {
    let shop = app("./start.sh");
    shop.write("start.sh", "#!/opt/none/bin/fish\nexec python -m http.server $PORT\n");
    let path = shop.root().join("start.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let problem = problem_of(&shop, &["up"], 1);
    assert!(problem["why"].as_str().unwrap().contains("start.sh asks for /opt/none/bin/fish"), "{problem}");
    shop.write("start.sh", "#!/bin/sh\nexec python -m http.server $PORT\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let problem = problem_of(&shop, &["up"], 1);
    assert_eq!(problem["id"], "not-permitted", "{problem}");
    assert!(problem["fixes"][0].as_str().unwrap().starts_with("chmod +x start.sh"), "{problem}");
}

#[test]
fn a_build_that_fails_is_told_with_its_last_lines() {
    let shop = Checkout::new("apps:\n  site: { build: Dockerfile, port: 80 }\n");
    shop.write("Dockerfile", "FROM busybox\nRUN echo the glue is dry; exit 3\n");
    let problem = problem_of(&shop, &["up"], 1);
    assert_eq!(problem["id"], "build-failed");
    assert!(problem["output"].to_string().contains("the glue is dry"), "{problem}");
}

#[test]
fn a_build_whose_files_can_not_be_read_is_told() {
    let shop = Checkout::new("apps:\n  site: { build: Dockerfile, port: 80, path: site }\n");
    shop.write("site/Dockerfile", "FROM busybox\n");
    shop.write("site/private.key", "");
    let key = shop.root().join("site/private.key");
    std::os::unix::fs::chown(&key, Some(0), Some(0)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o000)).unwrap();
    let up = shop.run(&["up"]).expect_code(3);
    assert!(up.stderr.contains("error[build-unreadable]"), "{}", up.all());
}

/// What failed is told once, and what needs it is listed in one line.
#[test]
fn what_needs_something_that_failed_is_listed_once() {
    let run = "runtime: python, run: python -m http.server $PORT";
    let shop = Checkout::new(&format!(
        "apps:\n  api: {{ runtime: python, run: exit 7, port: 8000 }}\n  web: {{ {run}, port: 3301, needs: [api] }}\n  \
         admin: {{ {run}, port: 3302, needs: [web] }}\n"
    ));
    let up = shop.run(&["up"]).expect_code(1);
    assert_eq!(up.stderr.matches("error[").count(), 1, "{}", up.stderr);
    assert!(up.stderr.contains("error[crashed]"), "{}", up.stderr);
    assert!(up.stderr.contains("not started: web, admin (need api)"), "{}", up.stderr);
    assert_eq!((up.stderr.matches("web").count(), up.stderr.matches("admin").count()), (1, 1), "{}", up.stderr);
}

/// Something of exactly this name was made by other means: it is not touched, and no `name-taken` stops anybody: ours gets another.
#[test]
fn a_name_that_something_else_has_is_left_to_it() {
    let shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    let id = shop.unit("cache").id;
    let name = docker(&["inspect", "--format", "{{.Name}}", &id]).trim().trim_start_matches('/').to_owned();
    docker(&["rm", "-f", &id]);
    let foreign = docker(&["create", "--name", &name, "redis:8"]).trim().to_owned();
    let up = shop.run(&["up", "--json"]);
    let there = docker(&["inspect", "--format", "{{.Id}}", &name]).trim().to_owned();
    docker(&["rm", &name]);
    assert!(!up.expect_success().stdout.contains("name-taken"));
    assert_eq!(there, foreign);
    assert!(shop.unit("cache").running);
    // By its own means it is known again.
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
}

/// What cannot be answered where nothing has run yet, or where there is nothing of it.
#[test]
fn commands_that_find_nothing_say_so() {
    let shop =
        Checkout::new("services: { db: postgres }\napps:\n  api: { runtime: node, run: npm start, port: 8000 }\n");
    for (arguments, id, code) in [
        (&["logs"][..], "nothing-to-show", 1),
        (&["undo"], "nothing-to-undo", 1),
        (&["undo", "--gc"], "nothing-to-undo", 1),
        (&["reset", "api"], "no-data", 2),
    ] {
        let ran = shop.run(arguments).expect_code(code);
        assert!(ran.stderr.contains(&format!("error[{id}]")), "{arguments:?}: {}", ran.all());
    }
    let checkouts = shop.place.path().join("state/state/checkouts.json");
    std::fs::create_dir_all(checkouts.parent().unwrap()).unwrap();
    std::fs::write(checkouts, "{").unwrap();
    let ran = shop.run(&["gc"]).expect_code(1);
    assert!(ran.stderr.contains("error[checkouts-unreadable]"), "{}", ran.all());
}

/// Saved data whose file was cut is not loaded, and data of another checkout goes nowhere without a yes.
#[test]
fn saved_data_that_is_damaged_or_belongs_elsewhere_stays_where_it_is() {
    let shop = Checkout::new("name: shop\nservices: { cache: redis }\n");
    shop.up();
    shop.run(&["down"]).expect_success();
    shop.run(&["gc", "--older-than", "0h", "--yes"]).expect_success();
    shop.write("other/dev.yaml", "name: shop\nservices: { cache: redis }\n");
    let elsewhere = shop.run(&["-C", "other", "undo", "--gc"]).expect_code(1);
    assert!(elsewhere.stderr.contains("error[saved-elsewhere]"), "{}", elsewhere.all());
    let saved = std::fs::read_dir(shop.place.path().join("state/state/saved")).unwrap();
    let files = saved.map(|file| file.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(".tar.gz"));
    files.for_each(|path| std::fs::write(path, "cut").unwrap());
    let damaged = shop.run(&["undo", "--gc"]).expect_code(1);
    assert!(damaged.stderr.contains("error[saved-data-damaged]"), "{}", damaged.all());
}

/// A toolchain whose place for packages cannot be made: here something else stands in its way.
#[test]
fn a_toolchain_that_can_not_be_prepared_is_told() {
    let shop = Checkout::new(
        "apps:\n  api: { runtime: python, setup: 'true', run: sleep 600, port: 8000, env: { VIRTUAL_ENV: /proc/nowhere } }\n",
    );
    assert_eq!(problem_of(&shop, &["up"], 1)["id"], "toolchain-not-prepared");
}
