//! `open`: an address of ours, in the person's browser where there is one.

use std::os::unix::fs::PermissionsExt;

use crate::support::Folder;
use crate::terminal::Terminal;

const SHOP: &str = "apps:\n  web: { runtime: host, run: 'exec sleep 7663', port: 39271, ready: { run: 'true' } }\n  \
    worker: { runtime: host, run: 'exec sleep 7664' }\n";

/// Stopped when the test ends, whatever comes of it.
struct Shop(Folder);

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.0.command(&["down"]).output();
    }
}

impl Shop {
    fn new() -> Self {
        Self(Folder::new(SHOP))
    }

    /// Puts an opener on the path that notes what it is given and ends with this code.
    fn give_opener(&mut self, code: u8) {
        let text = format!("#!/bin/sh\necho \"$@\" >>'{}/opened'\nexit {code}\n", self.0.root().display());
        self.0.write("bin/xdg-open", text);
        let program = self.0.root().join("bin/xdg-open");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", self.0.root().join("bin").display(), self.0.variables["PATH"]);
        self.0.set("PATH", &path);
        self.0.set("DISPLAY", ":7");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_only_page_is_opened_in_the_browser_of_whoever_sits_at_a_terminal() {
    let mut shop = Shop::new();
    shop.give_opener(0);
    let down = shop.0.run(&["open"]).expect_code(1);
    assert!(down.stderr.contains("error[not-running]"), "{}", down.stderr);
    shop.0.run(&["up", "--yes"]).expect_success();
    let mut at = Terminal::start(&shop.0.command(&["open"]), (24, 80));
    at.wait_for("opened http://localhost:");
    assert_eq!(at.wait().0, 0);
    assert!(shop.0.read("opened").starts_with("http://localhost:"));
    // Not for programs.
    let piped = shop.0.run(&["open", "web"]).expect_success();
    assert!(piped.stdout.starts_with("http://localhost:") && shop.0.read("opened").lines().count() == 1);
    let json = shop.0.run(&["open", "--json"]).expect_success().json();
    assert_eq!((&json["name"], &json["opened"]), (&"web".into(), &false.into()));
    assert!(shop.0.run(&["open", "worker"]).expect_code(2).stderr.contains("error[no-page]"));
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_browser_the_address_is_the_answer() {
    let mut shop = Shop::new();
    shop.0.run(&["up", "--yes"]).expect_success();
    for with_failing_opener in [false, true] {
        if with_failing_opener {
            shop.give_opener(3);
        }
        let at = Terminal::start(&shop.0.command(&["open"]), (24, 80));
        let (code, screen) = at.wait();
        assert_eq!(code, 0);
        assert!(screen.starts_with("http://localhost:"), "{screen}");
    }
}
