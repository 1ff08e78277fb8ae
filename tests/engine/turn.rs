//! Only who has the environment's lock writes anything down, and who foresees writes nothing at all.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::bed::Checkout;

const SHOP: &str = "
services: { cache: redis }
apps:
  api:
    runtime: python
    setup: [{ run: 'true', inputs: [app.py] }]
    run: python -m http.server $PORT
    port: 8000
    env: { URL: '${cache.url}' }
";

/// Every file and folder below one, with its content and when it was changed; the lock's is who holds it. The journal is written by
/// every command.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, meta) = (entry.path(), entry.metadata().unwrap());
        if path.ends_with("state/state/journal") {
            continue;
        }
        if meta.is_dir() {
            all.extend(everything(&path));
        }
        let content = std::fs::read(&path).unwrap_or_default();
        all.insert(path, (meta.modified().unwrap(), content));
    }
    all
}

fn state(shop: &Checkout) -> PathBuf {
    shop.place.path().join("state/state")
}

fn environment(shop: &Checkout) -> PathBuf {
    let mut all = std::fs::read_dir(state(shop).join("environments")).unwrap();
    all.next().unwrap().unwrap().path()
}

/// A checkout in its second generation of data, which is forgotten, and with a changed input.
fn with_something_to_write_down() -> Checkout {
    let shop = Checkout::new(SHOP);
    shop.write("app.py", "");
    shop.up();
    shop.run(&["reset", "cache", "--yes"]).expect_success();
    std::fs::remove_file(environment(&shop).join("data.json")).unwrap();
    shop
}

#[test]
fn a_dry_run_writes_nothing_at_all() {
    let new = Checkout::new(SHOP);
    new.write("app.py", "");
    new.run(&["up", "--dry-run"]).expect_success();
    assert_eq!(everything(&state(&new)), BTreeMap::new());
    let shop = with_something_to_write_down();
    shop.write("app.py", "print()");
    let before = everything(&state(&shop));
    shop.run(&["up", "--dry-run"]).expect_success();
    assert_eq!(everything(&state(&shop)), before);
}

#[test]
fn a_command_inside_waits_for_nobody_and_writes_nothing_down() {
    let shop = with_something_to_write_down();
    shop.write("app.py", "");
    let lock = File::options().read(true).write(true).open(environment(&shop).join("lock")).unwrap();
    lock.lock().unwrap();
    let before = everything(&state(&shop));
    shop.run(&["exec", "cache", "--no-wait", "--", "true"]).expect_success();
    assert_eq!(everything(&state(&shop)), before);
}

#[test]
fn who_looks_during_the_first_up_sees_what_it_does() {
    let shop = Checkout::new(
        "apps:
  api: { runtime: python, setup: ['until [ -e go ]; do sleep 0.1; done'], run: python -m http.server $PORT, port: 8000 }
  web: { runtime: python, run: python -m http.server 8123, port: 8123, needs: [api] }
",
    );
    let up = shop.start(&["up", "--json"]);
    up.wait_for_line("until [ -e go ]");
    let status = shop.run(&["status"]).expect_success().stdout;
    let row = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(row("api").contains("setting up") && !row("web").contains("stopped"), "{status}");
    assert!(status.contains(&format!("`devenv up (pid {})` is at work", up.id())), "{status}");
    let document = shop.run(&["status", "--json"]).expect_success().json();
    assert_eq!(document["at_work"], format!("devenv up (pid {})", up.id()));
    shop.write("go", "");
    up.wait().expect_success();
    let status = shop.run(&["status"]).expect_success().stdout;
    assert!(status.matches("ready").count() == 2 && !status.contains("at work"), "{status}");
}
