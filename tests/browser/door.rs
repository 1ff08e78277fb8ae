//! How a browser that `devenv ui` opens gets in: by a file, since what a program is started with can be seen by everybody.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::support::Folder;
use crate::terminal::Terminal;

const SHOP: &str = "name: shop\napps:\n  worker: { runtime: host, run: 'exec sleep 7665' }\n";

/// Notes what it was given, and goes on as a browser does that was not running before.
const OPENER: &str = "#!/bin/sh\necho \"$@\" >opened.new\nmv opened.new opened\nexec sleep 1\n";

fn wait_until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "it never came to it");
        std::thread::yield_now();
    }
}

#[test]
fn the_key_is_in_a_file_of_the_person_alone_and_in_no_argument() {
    let mut shop = Folder::new(SHOP);
    shop.write("bin/xdg-open", OPENER);
    let program = shop.root().join("bin/xdg-open");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", shop.root().join("bin").display(), shop.variables["PATH"]);
    shop.set("PATH", &path);
    shop.set("DISPLAY", ":7");
    let mut at = Terminal::start(&shop.command(&["ui"]), (24, 120));
    at.wait_for("/open?key=");
    let opened = shop.root().join("opened");
    wait_until(|| opened.exists());
    let given = shop.read("opened");
    assert!(!given.contains("key="), "{given}");
    let file = PathBuf::from(given.trim_end());
    assert!(file.starts_with(shop.place.path()), "{given}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // Which leads in, past a cookie that is for no other site.
    let mut browser = Browser::start(shop.place.path());
    browser.open(&format!("file://{}", file.display()));
    browser.wait_until("location.pathname === '/' && document.querySelector('#rows [data-name=worker]')");
    assert!(!browser.value("location.href").to_string().contains("key="));
    wait_until(|| !Path::new(&file).exists());
    at.type_keys("\u{3}");
    assert_eq!(at.wait().0, 0);
}
