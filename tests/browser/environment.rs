//! What runs, at a glance, and started and stopped by clicks.

use crate::browser::Browser;
use crate::page::Page;
use crate::support::Folder;

const SHOP: &str = "
name: shop
apps:
  web: { runtime: host, run: 'exec python3 -m http.server --bind 127.0.0.1 $PORT', port: 39301, ready: / }
  worker: { runtime: host, run: 'while true; do sleep 3600; done' }
";

/// Its apps are stopped with the test.
pub struct Shop(pub Folder);

impl Shop {
    /// Brought up once, and agreed to with that.
    pub fn up(manifest: &str) -> Self {
        let shop = Self(Folder::new(manifest));
        shop.0.run(&["up", "--yes"]).expect_success();
        shop
    }

    fn state(&self, name: &str) -> String {
        let document = self.0.run(&["status", "--json"]).expect_success().json();
        let row = document["services"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
        row["state"].as_str().unwrap().to_owned()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.0.command(&["down"]).output();
    }
}

/// Whether a row of the list is in a state.
pub fn is(name: &str, state: &str) -> String {
    format!("document.querySelector('#rows [data-name=\"{name}\"]')?.dataset.state === '{state}'")
}

#[test]
fn everything_is_seen_at_a_glance_and_stopped_and_started_by_clicks() {
    let shop = Shop::up(SHOP);
    let page = Page::open(&shop.0);
    let mut browser = Browser::start(shop.0.place.path());
    browser.prefer("light");
    browser.open(&page.url);
    browser.wait_until(&is("web", "ready"));
    browser.wait_until("document.querySelector('#summary').textContent === 'Everything is ready'");
    assert_eq!(
        browser.value("location.href"),
        format!("http://127.0.0.1:{}/", page.port),
        "the key is not in the address"
    );
    assert_eq!(browser.value("document.cookie"), "", "no script can read the cookie");
    let address = browser.value("document.querySelector('[data-name=web] .row-where a').href");
    assert!(address.as_str().unwrap().starts_with("http://localhost:"), "{address}");
    browser.screenshot("light");
    browser.prefer("dark");
    browser.screenshot("dark");
    browser.size(400, 860);
    browser.screenshot("narrow");
    let overflow = browser.value("document.documentElement.scrollWidth - innerWidth");
    assert!(overflow.as_i64().unwrap() <= 0, "a narrow window has to be moved sideways");
    browser.size(1360, 860);

    browser.click(("button", "Stop web"));
    browser.wait_until(&is("web", "stopped"));
    assert_eq!(shop.state("web"), "stopped");
    browser.wait_until("document.querySelector('#summary').textContent === '1 of 2 ready'");
    browser.screenshot("dark-one-stopped");
    browser.click(("button", "Start web"));
    browser.wait_until(&is("web", "ready"));
    assert_eq!(shop.state("web"), "ready");

    // What is done elsewhere is seen as well, without anybody asking for it.
    shop.0.run(&["down"]).expect_success();
    browser.wait_until("document.querySelector('#summary').textContent === 'Nothing runs'");
    browser.click(("button", "Start all"));
    browser.wait_until("document.querySelector('#summary').textContent === 'Everything is ready'");
    let first = browser.value("document.querySelector('[data-name=worker] h3').textContent");
    assert_eq!(first, "worker");

    shop.0.write("dev.yaml", SHOP.replace("worker:", "mailer:"));
    browser.wait_until(
        "document.querySelector('[data-name=mailer]') && !document.querySelector('#rows [data-name=worker]')",
    );

    let (complaints, requests) = browser.complaints_and_requests();
    assert_eq!(complaints, [""; 0]);
    let own = format!("http://127.0.0.1:{}/", page.port);
    assert!(requests.len() > 5 && requests.iter().all(|url| url.starts_with(&own)), "{requests:?}");
    page.end().expect_success();
    browser.wait_until("!document.querySelector('#connection').hidden");
    browser.prefer("light");
    browser.screenshot("ended");
}

#[test]
fn what_fails_says_what_why_and_how_to_mend_it() {
    let shop = Shop(Folder::new(
        "
name: shop
apps:
  web: { runtime: host, run: 'exec python3 -m http.server --bind 127.0.0.1 $PORT', port: 39302, ready: / }
  api: { runtime: host, run: 'echo no such table: users >&2; exit 3', port: 39303 }
",
    ));
    shop.0.run(&["up", "--yes"]).expect_code(1);
    shop.0.run(&["down"]);
    let page = Page::open(&shop.0);
    let mut browser = Browser::start(shop.0.place.path());
    browser.prefer("light");
    browser.open(&page.url);
    browser.click(("button", "Start all"));
    browser.wait_until("document.querySelector('#problems .problem')");
    browser.wait_until("document.querySelector('#summary').textContent.includes('failed')");
    browser.wait_until("!document.querySelector('.doing')");
    let problem = browser.value("document.querySelector('#problems .problem').innerText");
    let problem = problem.as_str().unwrap();
    assert!(problem.contains("api failed with exit code 3"), "{problem}");
    browser.screenshot("failed");
    browser.click(("button", "Put this aside"));
    browser.wait_until("!document.querySelector('#problems .problem')");

    shop.0.write("dev.yaml", "apps:\n  web: { runtime: hots, run: x }\n");
    browser.wait_until("document.querySelector('#problems .problem')?.innerText.includes('hots')");
    browser.prefer("dark");
    browser.screenshot("broken-manifest");
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
    page.end().expect_success();
}

#[test]
fn without_an_engine_the_page_says_so() {
    let shop = Shop(Folder::new("name: shop\nservices: { db: postgres }\n"));
    let page = Page::open(&shop.0);
    let mut browser = Browser::start(shop.0.place.path());
    browser.prefer("light");
    browser.open(&page.url);
    browser.wait_until("document.querySelector('#problems .problem')");
    browser.screenshot("no-engine");
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
    page.end().expect_success();
}
