//! Checkouts of one repo: moved, copied, deleted, side by side.

use serde_json::Value;

use crate::bed::Checkout;

const SHOP: &str = "name: shop\nservices: { cache: redis }\n";

fn set(shop: &Checkout, folder: &str, value: &str) {
    shop.run(&["-C", folder, "exec", "cache", "redis-cli", "set", "greeting", value]).expect_success();
}

fn get(shop: &Checkout, folder: &str) -> String {
    let got = shop.run(&["-C", folder, "exec", "cache", "redis-cli", "get", "greeting"]).expect_success();
    got.stdout.trim().to_owned()
}

fn port(shop: &Checkout, folder: &str) -> Value {
    let status = shop.run(&["-C", folder, "status", "--json"]).expect_success().json();
    status["services"][0]["port"].clone()
}

/// The rows of `devenv list` that belong to this test.
fn list(shop: &Checkout) -> Vec<Value> {
    let list = shop.run(&["list", "--json"]).expect_success().json();
    let rows = list["environments"].as_array().unwrap().iter();
    rows.filter(|row| row["place"] != "unknown").cloned().collect()
}

/// A checkout that is moved takes its data and addresses along when its owner says so, and what is cloned to its old place is
/// an environment of its own.
#[test]
fn a_moved_checkout_keeps_its_data_and_a_new_clone_in_its_place_has_its_own() {
    let shop = Checkout::new(SHOP);
    shop.up();
    set(&shop, ".", "moved with me");
    let (id, address) = (shop.unit("cache").id, port(&shop, "."));
    std::fs::rename(shop.root(), shop.place.path().join("moved")).unwrap();
    std::fs::create_dir(shop.place.path().join("shop")).unwrap();
    shop.give_to_developer(&shop.root());
    // Nobody can be asked here, and nothing is decided for them.
    let unsure = shop.run(&["-C", "../moved", "up"]).expect_code(1);
    assert!(unsure.stderr.contains("error[checkout-moved]: `shop` was in"), "{}", unsure.stderr);
    for way in ["devenv up --yes", "devenv up --as-new"] {
        assert!(unsure.stderr.contains(way), "{}", unsure.stderr);
    }
    shop.run(&["-C", "../moved", "up", "--yes"]).expect_success();
    assert_eq!((get(&shop, "../moved"), port(&shop, "../moved")), ("moved with me".to_owned(), address));
    assert_eq!(shop.unit("cache").id, id, "nothing had to be made again");
    shop.write("dev.yaml", SHOP);
    shop.up();
    set(&shop, ".", "cloned anew");
    assert_eq!(get(&shop, "../moved"), "moved with me");
    assert_ne!(port(&shop, "."), port(&shop, "../moved"));
    let places: Vec<Value> = list(&shop).iter().map(|row| row["checkout"].clone()).collect();
    let moved = shop.place.path().join("moved").canonicalize().unwrap();
    assert_eq!(places.len(), 2);
    for place in [shop.root(), moved] {
        assert!(places.contains(&place.to_str().unwrap().into()), "{places:?}");
    }
}

/// A copy beside the first one is another environment, without a question.
#[test]
fn a_copied_checkout_begins_with_data_of_its_own() {
    let shop = Checkout::new(SHOP);
    shop.up();
    set(&shop, ".", "first");
    shop.write("copy/dev.yaml", SHOP);
    shop.run(&["-C", "copy", "up"]).expect_success();
    assert_eq!(get(&shop, "copy"), "");
    shop.run(&["-C", "copy", "down"]).expect_success();
    assert_eq!(get(&shop, "."), "first");
}

/// What runs can be found and stopped when its manifest is gone, and when its whole folder is.
#[test]
fn a_deleted_checkout_is_listed_and_can_be_stopped() {
    let shop = Checkout::empty();
    shop.write("pr/dev.yaml", SHOP);
    let pr = shop.root().join("pr");
    let row = || list(&shop).into_iter().find(|row| row["checkout"] == pr.to_str().unwrap()).unwrap();
    shop.run(&["-C", "pr", "up"]).expect_success();
    assert_eq!((&row()["place"], &row()["running"]), (&"there".into(), &1.into()));
    std::fs::remove_file(pr.join("dev.yaml")).unwrap();
    shop.run(&["-C", "pr", "down"]).expect_success();
    assert_eq!((&row()["place"], &row()["running"]), (&"there".into(), &0.into()));
    shop.write("pr/dev.yaml", SHOP);
    shop.run(&["-C", "pr", "up"]).expect_success();
    std::fs::remove_dir_all(&pr).unwrap();
    assert_eq!((&row()["place"], &row()["running"]), (&"gone".into(), &1.into()));
    shop.run(&["-C", "pr", "down"]).expect_success();
    assert_eq!((&row()["running"], &row()["units"]), (&0.into(), &1.into()));
}

/// Ten environments come up at the same time, each with an address and data of its own, and all are stopped by one command.
#[test]
fn ten_at_once_on_one_computer_do_not_clash() {
    let shop = Checkout::empty();
    let folders: Vec<String> = (0..10).map(|number| format!("tree-{number}")).collect();
    for folder in &folders {
        shop.write(&format!("{folder}/dev.yaml"), SHOP);
    }
    let ups: Vec<_> = folders.iter().map(|folder| shop.start(&["-C", folder, "up"])).collect();
    ups.into_iter().for_each(|up| drop(up.wait().expect_success()));
    folders.iter().for_each(|folder| set(&shop, folder, folder));
    let ports: std::collections::BTreeSet<String> = folders.iter().map(|it| port(&shop, it).to_string()).collect();
    assert_eq!(ports.len(), 10);
    folders.iter().for_each(|folder| assert_eq!(get(&shop, folder), *folder));
    assert_eq!(list(&shop).iter().filter(|row| row["running"] == 1).count(), 10);
    shop.run(&["down", "--all"]).expect_success();
    assert_eq!(list(&shop).iter().filter(|row| row["running"] == 0).count(), 10);
}
