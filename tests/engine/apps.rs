//! Apps: whose they are, what they see, what waits for what.

use std::os::unix::fs::MetadataExt;

use crate::bed::{Checkout, docker};
use crate::support::{DEVELOPER, is_root};

/// A web server of the repo that first does something.
fn server(before: &str) -> String {
    format!(
        "apps:\n  api:\n    path: services/api\n    runtime: python\n    port: 8000\n    run: |\n      set -e\n      {before}\n      \
         exec python -m http.server $PORT\n"
    )
}

#[test]
fn what_an_app_writes_belongs_to_the_developer_and_lies_where_it_says() {
    let shop = Checkout::new(&server("pwd > where; id -un > who; mkdir -p made/deep; touch made/deep/file"));
    shop.write("services/api/README", "");
    shop.up();
    let folder = shop.root().join("services/api");
    assert_eq!(shop.read("services/api/where").trim(), folder.to_str().unwrap());
    assert!(!shop.read("services/api/who").trim().is_empty());
    let developer = if is_root() { DEVELOPER } else { rustix::process::getuid().as_raw() };
    for path in ["where", "made", "made/deep", "made/deep/file"] {
        assert_eq!(folder.join(path).metadata().unwrap().uid(), developer, "{path}");
    }
    // And what devenv itself keeps can be removed by the developer, too.
    let state = std::fs::read_dir(shop.place.path().join("state")).unwrap();
    assert!(state.map(|entry| entry.unwrap().metadata().unwrap().uid()).all(|uid| uid == developer));
}

#[test]
fn an_edited_file_is_seen_at_once() {
    let shop = Checkout::new(&server("true"));
    shop.write("services/api/page.txt", "before");
    shop.up();
    assert_eq!(shop.get("api", "/page.txt"), "before");
    shop.write("services/api/page.txt", "after");
    assert_eq!(shop.get("api", "/page.txt"), "after");
}

#[test]
fn certificate_authorities_and_proxies_of_this_computer_reach_apps_and_steps() {
    let look = "env > seen; cat \\\"$SSL_CERT_FILE\\\" > bundle";
    let mut shop = Checkout::new(&format!(
        "apps:\n  api:\n    runtime: python\n    setup: [\"{look}; mv seen seen-by-step; mv bundle bundle-of-step\"]\n    run: \"{look}; sleep 600\"\n    ready: {{ run: test -s bundle }}\n"
    ));
    let bundle = "-----BEGIN CERTIFICATE-----\nZXhhbXBsZQ==\n-----END CERTIFICATE-----\n";
    shop.write("corporate.pem", bundle);
    let path = shop.root().join("corporate.pem");
    shop.set("SSL_CERT_FILE", path.to_str().unwrap());
    shop.set("https_proxy", "http://proxy.example:3128");
    shop.set("HTTP_PROXY", "http://127.0.0.1:3128");
    shop.set("NO_PROXY", "intranet.example");
    shop.up();
    for (seen, copy) in [("seen", "bundle"), ("seen-by-step", "bundle-of-step")] {
        let seen = shop.read(seen);
        let value = |key: &str| {
            let line = seen.lines().find_map(|line| line.strip_prefix(&format!("{key}=")));
            line.unwrap_or_else(|| panic!("{key} is not in {seen}")).to_owned()
        };
        for key in ["HTTPS_PROXY", "https_proxy"] {
            assert_eq!(value(key), "http://proxy.example:3128");
        }
        // This computer's own address means something else inside.
        assert_eq!(value("http_proxy"), "http://host.docker.internal:3128");
        let direct = value("no_proxy");
        assert!(
            ["intranet.example", "localhost", "api"].iter().all(|host| direct.split(',').any(|it| it == *host)),
            "{direct}"
        );
        for key in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE", "CARGO_HTTP_CAINFO"] {
            assert_eq!(value(key), value("SSL_CERT_FILE"));
        }
        assert_eq!(shop.read(copy), bundle);
    }
}

#[test]
fn a_home_and_the_package_caches_outlive_the_app() {
    let manifest = "apps:\n  api:\n    runtime: python\n    run: mkdir -p \"$PIP_CACHE_DIR\" && touch ~/mine \"$PIP_CACHE_DIR/shared\" && sleep 600\n  \
                    other:\n    runtime: python\n    run: ls ~ > home-of-other; ls \"$PIP_CACHE_DIR\" > caches; sleep 600\n    needs: [api]\n";
    let shop = Checkout::new(manifest);
    shop.up();
    shop.write("dev.yaml", manifest.replace("touch ~/mine", "ls ~ > home-before && touch ~/mine"));
    shop.up();
    assert!(shop.read("home-before").lines().any(|line| line == "mine"));
    assert!(!shop.read("home-of-other").lines().any(|line| line == "mine"));
    assert!(shop.read("caches").lines().any(|line| line == "shared"));
}

#[test]
fn a_job_ends_with_success_before_what_needs_it_starts() {
    let shop = Checkout::new(
        "apps:\n  migrate: { runtime: python, run: sleep 0.3; echo done > migrated, once: true }\n  \
         api: { runtime: python, run: cp migrated seen; python -m http.server $PORT, port: 8000, needs: [migrate] }\n",
    );
    let up = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(shop.read("seen"), "done\n");
    let row = &shop.status()["migrate"];
    assert_eq!((&row["kind"], &row["state"], &row["ready"]), (&"job".into(), &"completed".into(), &true.into()));
    assert_eq!(up.events("done")[0]["services"][0]["state"], "completed");
    // It has done its work.
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
}

#[test]
fn a_job_that_comes_ready_made_reads_what_it_is_handed_of_the_repo() {
    let shop = Checkout::empty();
    shop.write("m/a.txt", "one\n");
    shop.write(
        "compose.yaml",
        "services:\n  cache: { image: 'redis:7', depends_on: { init: { condition: service_completed_successfully } } }\n  init:\n    \
         image: redis:7\n    command: sh -c 'grep -q one /m/a.txt && grep -q one /one.txt'\n    \
         volumes: ['./m:/m:ro', './m/a.txt:/one.txt:ro']\n",
    );
    shop.up();
    assert_eq!(shop.status()["init"]["state"], "completed");
    shop.run(&["init"]).expect_success();
    assert!(shop.read("dev.yaml").contains("/one.txt: m/a.txt"), "{}", shop.read("dev.yaml"));
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
    // With another content it is another job.
    shop.write("m/a.txt", "two\n");
    assert_eq!(shop.run(&["up", "--json"]).expect_code(1).problem_ids(), ["crashed"]);
}

#[test]
fn a_failed_job_stops_what_needs_it_and_nothing_else() {
    let shop = Checkout::new(
        "apps:\n  migrate: { runtime: python, run: echo no such table; exit 7, once: true }\n  \
         api: { runtime: python, run: touch started; sleep 600, needs: [migrate], ready: { run: test -e started } }\n  \
         site: { runtime: python, run: python -m http.server $PORT, port: 8000 }\n",
    );
    let up = shop.run(&["up", "--json"]).expect_code(1);
    assert_eq!(up.problem_ids(), ["crashed"]);
    let problem = &up.events("problem")[0];
    assert!(problem["output"].to_string().contains("no such table"), "{problem}");
    assert!(!shop.root().join("started").exists());
    let states = shop.status();
    assert_eq!((&states["migrate"]["state"], &states["site"]["state"]), (&"failed".into(), &"ready".into()));
    // Mended, the job is tried again and the rest follows.
    shop.write(
        "dev.yaml",
        "apps:\n  migrate: { runtime: python, run: 'true', once: true }\n  \
         api: { runtime: python, run: touch started; sleep 600, needs: [migrate], ready: { run: test -e started } }\n  \
         site: { runtime: python, run: python -m http.server $PORT, port: 8000 }\n",
    );
    shop.up();
    assert!(shop.root().join("started").exists());
}

#[test]
fn an_optional_need_may_fail() {
    let shop = Checkout::new(
        "apps:\n  extra: { runtime: python, run: exit 1 }\n  \
         api: { runtime: python, run: python -m http.server $PORT, port: 8000, needs: [extra?] }\n",
    );
    let up = shop.run(&["up", "--json"]).expect_success();
    assert_eq!(up.problem_ids(), ["crashed"]);
    let states = shop.status();
    assert_eq!((&states["extra"]["ready"], &states["api"]["ready"]), (&false.into(), &true.into()));
    // Asked for by its name it has to work.
    shop.run(&["up", "extra"]).expect_code(1);
}

#[test]
fn a_worker_is_ready_when_it_stays_up() {
    let shop = Checkout::new("apps:\n  worker: { runtime: python, run: python worker.py }\n");
    shop.write("worker.py", "import time\nprint('at work', flush=True)\ntime.sleep(600)\n");
    shop.up();
    let row = &shop.status()["worker"];
    assert_eq!(
        (&row["kind"], &row["state"], &row["url"]),
        (&"worker".into(), &"ready".into(), &serde_json::Value::Null)
    );
    shop.write("dev.yaml", "apps:\n  worker: { runtime: python, run: exit 1 }\n");
    let again = shop.run(&["up", "--json"]).expect_code(1);
    assert_eq!(again.problem_ids(), ["crashed"]);
}

/// One that needs a moment to find out that it can't go on is no running worker for ever.
#[test]
fn a_worker_that_ended_by_itself_is_told_and_watched_for_longer() {
    let shop = Checkout::new("apps:\n  worker: { runtime: python, run: python worker.py }\n");
    shop.write("worker.py", "import time\ntime.sleep(4)\nraise SystemExit('no broker')\n");
    shop.up();
    docker(&["wait", &shop.unit("worker").id]);
    let again = shop.run(&["up", "--json"]).expect_code(1);
    assert_eq!(again.problem_ids(), ["crashed"]);
    assert!(again.stdout.contains("it ended with 1") && again.stdout.contains("no broker"), "{}", again.stdout);
}

#[test]
fn an_app_is_built_from_a_dockerfile_and_again_when_its_files_change() {
    let shop = Checkout::new("apps:\n  site: { build: Dockerfile, port: 80, path: site }\n");
    shop.write("site/Dockerfile", "FROM busybox\nCOPY index.html /www/\nCMD [\"httpd\", \"-f\", \"-h\", \"/www\"]\n");
    shop.write("site/index.html", "one");
    shop.up();
    assert_eq!(shop.get("site", "/"), "one");
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
    shop.write("site/index.html", "two");
    shop.up();
    assert_eq!(shop.get("site", "/"), "two");
}

#[test]
fn a_build_ends_at_the_stage_that_is_wanted_and_has_its_arguments() {
    let manifest = |stage: &str, word: &str| {
        format!(
            "apps:\n  site:\n    build: {{ file: Dockerfile, target: {stage}, args: {{ WORD: {word} }} }}\n    port: 80\n"
        )
    };
    let shop = Checkout::new(&manifest("dev", "hello"));
    let stage = |name: &str| {
        format!(
            "FROM busybox AS {name}\nARG WORD=none\nRUN mkdir /www && echo -n \"{name} $WORD\" > /www/index.html\nCMD [\"httpd\", \"-f\", \"-h\", \"/www\"]\n"
        )
    };
    shop.write("Dockerfile", stage("dev") + &stage("live"));
    shop.up();
    assert_eq!(shop.get("site", "/"), "dev hello");
    for (stage, word) in [("dev", "bye"), ("live", "bye")] {
        shop.write("dev.yaml", manifest(stage, word));
        shop.up();
        assert_eq!(shop.get("site", "/"), format!("{stage} {word}"));
    }
}

/// The rules of `.dockerignore` are not those of git: exceptions reach into folders that are left out, and patterns start at the root.
#[test]
fn a_build_gets_what_its_dockerignore_leaves() {
    let shop = Checkout::new("apps:\n  site: { build: Dockerfile, port: 80 }\n");
    shop.write("Dockerfile", "FROM busybox\nCOPY . /src\nRUN mkdir /www && cd /src && find . -type f | sort > /www/index.html\nCMD [\"httpd\", \"-f\", \"-h\", \"/www\"]\n");
    shop.write(".dockerignore", "*\n!app/\n!docs/*.md\napp/data\n**/*.log\n");
    for path in ["app/main.py", "app/data/big", "app/deep/a.log", "docs/a.md", "docs/a.txt", "secret"] {
        shop.write(path, "x");
    }
    shop.up();
    assert_eq!(shop.get("site", "/").split_whitespace().collect::<Vec<_>>(), ["./app/main.py", "./docs/a.md"]);
    shop.write("app/data/more", "x");
    assert_eq!(shop.run(&["up", "--json"]).expect_success().events("plan")[0]["steps"], 0);
}

/// What several apps are built from alike is built once, and its steps know the proxy of this computer without keeping it.
#[test]
fn apps_that_are_built_alike_are_built_once() {
    let app = |name: &str, run: &str| {
        format!("  {name}:\n    build: {{ file: Dockerfile, args: {{ WORD: hi }} }}\n    run: {run}\n")
    };
    let mut shop = Checkout::new(&format!(
        "apps:\n{}    port: 80\n{}{}",
        app("site", "httpd -f -h /www"),
        app("worker", "sleep 600"),
        app("other", "sleep 600")
    ));
    shop.set("HTTP_PROXY", "http://proxy.invalid:3128");
    shop.write(
        "Dockerfile",
        "FROM busybox\nARG WORD\nRUN mkdir /www && echo \"$WORD $HTTP_PROXY\" > /www/index.html\nCMD [\"true\"]\n",
    );
    let built = shop.run(&["up", "--json"]).expect_success();
    let steps = built.stdout.matches("\"state\":\"building\"").count();
    assert_eq!(steps, 1, "{}", built.stdout);
    assert_eq!(shop.get("site", "/").trim(), "hi http://proxy.invalid:3128");
    let image = docker(&["inspect", "--format", "{{.Image}}", &shop.unit("site").id]);
    let said = docker(&["inspect", "--format", "{{.Config.Env}}", image.trim()]);
    assert!(!said.contains("proxy.invalid"), "{said}");
}
