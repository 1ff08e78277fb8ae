//! `devenv gc` and `devenv down --all`: what is left of deleted checkouts and killed commands can go, and nothing else.

use serde_json::Value;

use crate::bed::{Checkout, docker};

const CACHE: &str = "name: shop\nservices: { cache: redis }\n";

/// Everything that the engine has of an environment: how many services, networks and data folders.
fn left_of(id: &str) -> (usize, usize, usize) {
    let filter = format!("label=devenv.environment={id}");
    let count = |list: &[&str]| docker(&[list, &["--filter", &filter]].concat()).lines().count();
    (count(&["ps", "-aq"]), count(&["network", "ls", "-q"]), count(&["volume", "ls", "-q"]))
}

fn rows(shop: &Checkout) -> Vec<Value> {
    let list = shop.run(&["list", "--json"]).expect_success().json();
    let rows = list["environments"].as_array().unwrap().iter();
    rows.filter(|row| row["place"] != "unknown").cloned().collect()
}

/// What a deleted checkout leaves goes after a yes, saved first; what is in use, and what belongs to others, stays.
#[test]
fn what_a_deleted_checkout_left_is_cleaned_up_and_its_data_saved() {
    let shop = Checkout::new(CACHE);
    shop.up();
    shop.write("pr/dev.yaml", CACHE);
    shop.run(&["-C", "pr", "up"]).expect_success();
    shop.run(&["-C", "pr", "exec", "cache", "redis-cli", "set", "greeting", "hello"]).expect_success();
    std::fs::remove_dir_all(shop.root().join("pr")).unwrap();
    let gone = rows(&shop).into_iter().find(|row| row["place"] == "gone").unwrap();
    let id = gone["id"].as_str().unwrap();
    assert_eq!(left_of(id), (1, 1, 1));
    // Nobody can be asked: shown, and nothing is done.
    let shown = shop.run(&["gc"]).expect_code(1);
    assert!(shown.stdout.contains("pr): data of cache and 1 service or app"), "{}", shown.stdout);
    assert!(shown.stderr.contains("error[not-asked]"), "{}", shown.stderr);
    assert!(shown.stderr.contains("devenv gc --yes"), "{}", shown.stderr);
    shop.run(&["gc", "--dry-run"]).expect_success();
    assert_eq!(left_of(id), (1, 1, 1));
    let cleaned = shop.run(&["gc", "--yes", "--json"]).expect_success().json();
    assert_eq!(
        (&cleaned["items"][0]["kind"], &cleaned["items"][0]["state"]),
        (&"environment".into(), &"removed".into())
    );
    assert_eq!(left_of(id), (0, 0, 0));
    let saved = std::fs::read_dir(shop.place.path().join("state/state/saved")).unwrap();
    let saved: Vec<_> = saved.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(saved.iter().any(|file| file.starts_with("cache-") && file.ends_with(".tar.gz")), "{saved:?}");
    assert!(shop.unit("cache").running);
    assert_eq!(rows(&shop).len(), 1);
    assert!(shop.run(&["gc"]).expect_success().stdout.contains("nothing to clean up"));
}

/// Several environments go side by side, and each is told when it is gone.
#[test]
fn each_environment_that_is_cleaned_up_is_told() {
    let shop = Checkout::new(CACHE);
    for folder in ["one", "two", "three"] {
        shop.write(&format!("{folder}/dev.yaml"), CACHE);
        shop.run(&["-C", folder, "up"]).expect_success();
    }
    let ids: Vec<String> = rows(&shop).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 3);
    for folder in ["one", "two", "three"] {
        std::fs::remove_dir_all(shop.root().join(folder)).unwrap();
    }
    let cleaned = shop.run(&["gc", "--yes"]).expect_success();
    for folder in ["one", "two", "three"] {
        let told =
            cleaned.stderr.lines().filter(|line| line.contains(&format!("/{folder})")) && line.ends_with("removed"));
        assert_eq!(told.count(), 1, "{}", cleaned.stderr);
    }
    assert!(cleaned.stderr.contains("3 of 3: "), "{}", cleaned.stderr);
    assert!(ids.iter().all(|id| left_of(id) == (0, 0, 0)));
    assert_eq!(shop.run(&["undo", "--gc", "--list"]).expect_success().stdout.lines().count(), 3);
}

/// Data that gc has saved comes back with every row, also when the first attempt was killed halfway, and its file stays.
#[test]
fn saved_data_comes_back_also_after_a_kill_halfway() {
    let shop = Checkout::new(CACHE);
    shop.up();
    shop.run(&["exec", "cache", "redis-cli", "set", "greeting", "hello"]).expect_success();
    shop.run(&["down"]).expect_success();
    let id = rows(&shop)[0]["id"].as_str().unwrap().to_owned();
    shop.run(&["gc", "--older-than", "0h", "--yes"]).expect_success();
    assert_eq!(left_of(&id), (0, 0, 0));
    assert!(rows(&shop).is_empty(), "what is cleaned up is not listed, though its folder is there");
    // Killed as soon as there is a folder to fill.
    let half = shop.start(&["undo", "--gc"]);
    let data = shop.place.path().join("state/state/environments").join(&id).join("data.json");
    let begun = std::time::Instant::now();
    let filling = |text: &str| !text.replace(char::is_whitespace, "").contains("\"half_made\":[]");
    while !std::fs::read_to_string(&data).is_ok_and(|text| filling(&text)) {
        assert!(begun.elapsed().as_secs() < 60, "it ended before it could be killed");
        std::thread::yield_now();
    }
    drop(half.kill());
    let up = shop.run(&["up"]).expect_success();
    assert!(up.stderr.contains("`devenv gc` has saved data of `cache` from here"), "{}", up.stderr);
    assert_eq!(left_of(&id).2, 1, "what was half loaded is gone");
    let undone = shop.run(&["undo", "--gc"]).expect_success();
    assert!(undone.stderr.contains("set beside"), "{}", undone.stderr);
    shop.run(&["undo"]).expect_success();
    let got = shop.run(&["exec", "cache", "redis-cli", "get", "greeting"]).expect_success();
    assert_eq!(got.stdout.trim(), "hello");
    assert!(shop.run(&["undo", "--gc", "--list"]).expect_success().stdout.contains("`cache`"));
}

/// Data of a service that was taken out of dev.yaml is found, and what only sleeps is not touched unless it is old enough.
#[test]
fn a_dropped_service_gives_its_data_back_and_a_sleeping_environment_stays() {
    let shop = Checkout::new("name: shop\nservices: { cache: redis, old: redis }\n");
    shop.up();
    shop.write("dev.yaml", CACHE);
    shop.up();
    assert!(shop.run(&["gc"]).expect_success().stdout.contains("nothing to clean up"));
    let found = shop.run(&["gc", "--older-than", "1d", "--dry-run", "--json"]).expect_success().json();
    assert_eq!((&found["items"][0]["kind"], &found["items"][0]["what"]), (&"data".into(), &"data of old".into()));
    shop.run(&["gc", "--older-than", "1d", "--yes"]).expect_success();
    shop.run(&["down"]).expect_success();
    shop.run(&["gc", "--older-than", "30d", "--yes"]).expect_success();
    let id = rows(&shop)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(left_of(&id), (1, 1, 1));
    shop.run(&["list", "--size"]).expect_success();
    shop.run(&["gc", "--older-than", "0h", "--yes"]).expect_success();
    assert_eq!(left_of(&id), (0, 0, 0));
    let sizes = std::fs::read_to_string(shop.place.path().join("state/state/sizes.json")).unwrap();
    assert!(!sizes.contains(&format!("devenv-{id}-")), "{sizes}");
    shop.up();
}

/// One command stops everything of this user on this computer, whatever folder it belongs to, except what is being changed.
#[test]
fn down_all_stops_every_environment_but_the_one_at_work() {
    let shop = Checkout::new(CACHE);
    shop.up();
    for name in ["one", "two"] {
        shop.write(&format!("{name}/dev.yaml"), CACHE);
        shop.run(&["-C", name, "up"]).expect_success();
    }
    let rows = || -> Vec<(String, Value, Value)> {
        rows(&shop)
            .iter()
            .map(|row| (row["id"].as_str().unwrap().to_owned(), row["checkout"].clone(), row["running"].clone()))
            .collect()
    };
    let busy = rows().into_iter().find(|(_, checkout, _)| checkout.as_str().unwrap().ends_with("/two")).unwrap();
    let lock = shop.place.path().join("state/state/environments").join(busy.0).join("lock");
    let held = std::fs::File::options().write(true).open(lock).unwrap();
    held.lock().unwrap();
    std::io::Write::write_all(&mut &held, b"devenv up (pid 4121)").unwrap();
    let down = shop.run(&["down", "--all"]).expect_code(1);
    assert!(down.stderr.contains("runs still: `devenv up"), "{}", down.stderr);
    let running = |rows: Vec<(String, Value, Value)>| rows.iter().filter(|(_, _, running)| *running != 0).count();
    assert_eq!(running(rows()), 1);
    drop(held);
    shop.run(&["down", "--all"]).expect_success();
    assert_eq!(running(rows()), 0);
}

/// Cleaned up at the same time from several homes, nothing is in the way of anything: what is needed for saving is each one's own.
#[test]
fn several_homes_are_cleaned_up_at_the_same_time() {
    let shops = [(); 3].map(|()| Checkout::new(CACHE));
    let ids = shops.each_ref().map(|shop| {
        shop.up();
        shop.run(&["down"]).expect_success();
        let id = rows(shop)[0]["id"].as_str().unwrap().to_owned();
        let label = |key: &str, value: &str| format!("devenv.{key}={value}");
        for number in 0..12 {
            let labels = [label("environment", &id), label("unit", &format!("more-{number}"))];
            docker(&[
                "volume",
                "create",
                "--label",
                &labels[0],
                "--label",
                &labels[1],
                &format!("devenv-{id}-{number}"),
            ]);
        }
        id
    });
    let cleaning = shops.each_ref().map(|shop| shop.start(&["gc", "--older-than", "0h", "--yes"]));
    let _ = cleaning.map(|one| one.wait().expect_success());
    assert_eq!(ids.map(|id| left_of(&id)), [(0, 0, 0); 3]);
}
