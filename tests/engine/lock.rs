//! `dev.lock`: what is written down is what runs, whatever is published under its name later.

use serde_json::Value;

use crate::bed::{Checkout, docker};
use crate::support::Ran;

/// Something published under one name, again and again with another content.
struct Publisher {
    /// At the mirror, with its host.
    there: String,
    name: String,
}

impl Publisher {
    fn new(shop: &Checkout) -> Self {
        let name = format!("devenv-test/lock-{}:1", std::process::id());
        Self { there: format!("{}/{name}", shop.variables["DEVENV_MIRROR"]), name }
    }

    /// Puts this into the place of what is published; nothing of it stays on this computer.
    fn publish(&self, shop: &Checkout, word: &str) {
        let mirror = &shop.variables["DEVENV_MIRROR"];
        let recipe = format!(
            "FROM {mirror}/library/busybox:1\nENV OWN_VERSION=1.{word}\nRUN mkdir /www && echo {word} > /www/index.html\n"
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Dockerfile"), recipe).unwrap();
        docker(&["build", "--quiet", "--tag", &self.there, folder.path().to_str().unwrap()]);
        docker(&["push", "--quiet", &self.there]);
        docker(&["rmi", "--force", &self.there]);
    }
}

#[track_caller]
fn rows(ran: &Ran) -> Vec<Value> {
    ran.json()["exact"].as_array().unwrap().clone()
}

fn findings(shop: &Checkout) -> Vec<String> {
    let doctor = shop.run(&["doctor", "--json"]).json();
    let found = doctor["findings"].as_array().unwrap().iter();
    found.map(|finding| finding["id"].as_str().unwrap().to_owned()).filter(|id| id.starts_with("lock-")).collect()
}

#[test]
fn what_is_written_down_is_taken_until_a_newer_one_is_asked_for() {
    let mut shop = Checkout::empty();
    let publisher = Publisher::new(&shop);
    publisher.publish(&shop, "1");
    shop.write(
        "dev.yaml",
        format!(
            "services: {{ own: {{ image: '{}', run: httpd -f -h /www -p 80, port: 80 }} }}\nchecks: [{{ http: '${{own.url}}/' }}]\n",
            publisher.name
        ),
    );
    let first = shop.run(&["lock", "--json"]).expect_success();
    let [row] = &rows(&first)[..] else { panic!("{}", first.stdout) };
    assert_eq!((row["change"].as_str(), row["units"][0].as_str()), (Some("new"), Some("own")));
    assert!(row["for"][0].as_str().unwrap().starts_with("linux/"), "{row}");
    let old = shop.read("dev.lock");
    publisher.publish(&shop, "2");

    shop.up();
    assert_eq!(shop.get("own", "/"), "1\n", "what was published when it was written down");
    let before = shop.units();
    let plan = shop.run(&["up", "--json", "--frozen"]).expect_success().events("plan");
    assert_eq!((plan[0]["steps"].as_u64(), shop.units()), (Some(0), before.clone()));
    assert_eq!(findings(&shop), ["lock-outdated"]);
    let same = shop.run(&["lock", "--json"]).expect_success();
    assert_eq!((rows(&same)[0]["change"].as_str(), shop.read("dev.lock")), (Some("same"), old.clone()));
    shop.run(&["ci", "--frozen", "--artifacts", "reports"]).expect_success();
    let versions: serde_json::Value = serde_json::from_str(&shop.read("reports/versions.json")).unwrap();
    let exact = versions["exact"]["own"].as_str().unwrap();
    assert!(exact.contains("@sha256:") && old.contains(exact.split_once('@').unwrap().1), "{versions}");
    std::fs::remove_dir_all(shop.root().join("reports")).unwrap();

    let update = shop.run(&["lock", "--update", "own"]).expect_success();
    assert!(devenv::words::jargon(&update.all()).is_empty(), "{}", update.all());
    assert!(update.stdout.contains("newer, it was "), "{}", update.stdout);
    assert!(findings(&shop).is_empty());
    let up = shop.up();
    assert!(devenv::words::jargon(&up.all()).is_empty(), "{}", up.all());
    assert_eq!(shop.get("own", "/"), "2\n");

    // Both are here now: nobody has to be asked to go back, and none of it depends on where it came from.
    shop.set("DEVENV_MIRROR", "127.0.0.1:1");
    shop.write("dev.lock", &old);
    shop.up();
    assert_eq!(shop.get("own", "/"), "1\n");
    let last = shop.units();
    shop.write("dev.yaml", shop.read("dev.yaml").replace(":1'", ":2'"));
    let refused = shop.run(&["up", "--frozen", "--json"]).expect_code(3);
    assert_eq!((refused.problem_ids(), shop.units()), (vec!["lock-stale".to_owned(); 2], last.clone()));
    for unit in last.into_values() {
        docker(&["rm", "--force", &unit.id]);
    }
    let here = docker(&["images", "--format", "{{.Repository}}:{{.Tag}}", publisher.name.trim_end_matches(":1")]);
    here.lines().for_each(|name| drop(docker(&["rmi", name])));
}

#[test]
fn what_runs_already_stays_where_it_is_what_is_written_down() {
    let shop = Checkout::empty();
    let source = format!("{}/library/busybox:1", shop.variables["DEVENV_MIRROR"]);
    shop.write(
        "dev.yaml",
        format!(
            "services: {{ own: {{ image: '{source}', run: httpd -f -h /etc -p 80, port: 80 }} }}\n\
             apps:\n  api:\n    runtime: {{ image: '{source}' }}\n    setup: [{{ run: 'echo once >> ran', inputs: [packages.txt] }}]\n    \
             run: sleep 600\n    ready: {{ run: 'true' }}\n"
        ),
    );
    shop.write("packages.txt", "one\n");
    shop.up();
    let before = shop.units();
    shop.write("Dockerfile", "FROM library/busybox:1\n");
    let manifest = shop.read("dev.yaml");
    shop.write("dev.yaml", format!("{manifest}  web: {{ build: ., run: 'sleep 60', optional: true }}\n"));
    let lock = shop.run(&["lock"]).expect_success();
    assert!(lock.stderr.contains("belongs into Dockerfile: library/busybox:1@sha256:"), "{}", lock.stderr);
    shop.write("dev.yaml", manifest);
    let plan = shop.run(&["up", "--json"]).expect_success().events("plan");
    assert_eq!((plan[0]["steps"].as_u64(), shop.units()), (Some(0), before));
    assert_eq!(shop.read("ran"), "once\n", "setup ran in the very same, whatever it is called by now");
}

#[test]
fn without_an_answer_what_is_there_is_kept() {
    let mut shop = Checkout::new("services: { own: { image: 'origin.invalid/own:1', port: 80 } }\n");
    shop.set("DEVENV_MIRROR", "127.0.0.1:1");
    let lock = format!("exact:\n  origin.invalid/own:1:\n    is: sha256:{}\nformat: 1\n", "ab".repeat(32));
    shop.write("dev.lock", &lock);
    let update = shop.run(&["lock", "--update"]).expect_code(1);
    assert!(update.stderr.contains("error[lock-unanswered]"), "{}", update.stderr);
    assert!(update.stderr.contains("devenv lock\n") && !update.stderr.contains("devenv up"), "{}", update.stderr);
    assert!(shop.read("dev.lock").ends_with(&lock));
    assert!(findings(&shop).is_empty(), "that nobody can be asked is nothing to be told of");
    // Something new that can't be asked for is left out, and the rest is written.
    shop.write("dev.yaml", "services: { own: { image: 'origin.invalid/own:1', port: 80 }, new: { image: 'origin.invalid/new:1', port: 81 } }\n");
    let more = shop.run(&["lock", "--json"]).expect_code(1);
    assert_eq!(more.problem_ids(), ["lock-unanswered"]);
    assert!(shop.read("dev.lock").ends_with(&lock));
    assert_eq!(findings(&shop), ["lock-stale"]);
}

#[test]
fn a_toolchain_with_more_in_it_begins_with_what_is_written_down() {
    let shop = Checkout::new(
        "apps: { job: { runtime: { use: ruby, with: [node] }, run: 'ruby --version && node --version', once: true } }\n",
    );
    shop.up();
    let of = |shop: &Checkout| docker(&["inspect", "--format", "{{.Config.Image}}", &shop.unit("job").id]);
    let before = of(&shop);
    let lock = shop.run(&["lock", "--json"]).expect_success();
    let names: Vec<Value> = rows(&lock).iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names.len(), 2, "the toolchain and what is taken for the other: {names:?}");
    shop.up();
    let after = of(&shop);
    assert_ne!(after, before, "it was made anew");
    let made_of = |image: &str| docker(&["inspect", "--format", "{{json .RootFS.Layers}}", image.trim()]);
    assert_eq!(made_of(&after).len(), made_of(&before).len());
}
