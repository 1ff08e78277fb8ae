//! Logs: thousands of lines in a moment, searched and chosen from.

use crate::browser::Browser;
use crate::environment::{Shop, is};
use crate::page::Page;

const SHOP: &str = r#"
name: shop
apps:
  web: { runtime: host, run: "printf '\\033[32mlistening\\033[0m on %s\\n' here; printf 'GET /basket 500\\n' >&2; exec sleep 7667" }
  flood: { runtime: host, run: "seq -f 'request %.0f served' 1 40000; exec sleep 7668", optional: true }
"#;

/// What a process holds beside its own program, in kB.
fn own_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_flood_of_lines_is_shown_searched_and_chosen_from_without_a_hitch() {
    let shop = Shop::up(SHOP);
    let page = Page::open(&shop.0);
    let mut browser = Browser::start(shop.0.place.path());
    browser.prefer("dark");
    browser.open(&page.url);
    // What was printed before the page was opened.
    browser.wait_until(
        "[...document.querySelectorAll('.line')].some((line) => line.innerText.includes('listening on here'))",
    );
    assert_eq!(browser.value("document.querySelector('.line .ink-2').textContent"), "listening");
    assert_eq!(browser.value("document.querySelector('.line.error span').textContent"), "GET /basket 500");

    // The longest time in which the browser could not have painted.
    browser.value(
        "window.longest = 0; let before = performance.now(); const frame = (now) => {
            window.longest = Math.max(window.longest, now - before); before = now; requestAnimationFrame(frame); };
         requestAnimationFrame(frame); 0",
    );
    browser.click(("button", "Start flood"));
    browser.wait_until(
        "[...document.querySelectorAll('.line')].some((line) => line.innerText.includes('request 40000 served'))",
    );
    browser.wait_until(&is("flood", "ready"));
    let longest = browser.value("window.longest").as_f64().unwrap();
    println!("the longest pause between two frames: {longest:.0} ms");
    assert!(longest < 1000.0, "the page stood still for {longest} ms");
    assert!(own_memory(page.process()) < 20_000, "{} kB are held of 40,000 lines", own_memory(page.process()));
    let elements = browser.value("document.querySelectorAll('.line').length").as_u64().unwrap();
    assert!(elements < 150, "{elements} lines exist as elements");
    browser.screenshot("flood");

    browser.press("/");
    browser.type_text("request 39876 SERVED");
    browser.wait_until("[...document.querySelectorAll('.line:not([hidden])')].length === 1");
    assert_eq!(browser.value("document.querySelector('.line:not([hidden]) mark').textContent"), "request 39876 served");
    assert!(browser.value("document.querySelector('#lines-count').textContent").as_str().unwrap().starts_with("1 of "));
    browser.screenshot("searched");
    browser.press("Escape");
    browser.click(("button", "web"));
    browser.wait_until(
        "[...document.querySelectorAll('.line:not([hidden])')].every((line) => line.innerText.includes('web'))",
    );
    browser.click(("button", "web"));
    browser.wait_until("[...document.querySelectorAll('.line:not([hidden])')].at(-1).innerText.includes('flood')");
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
    page.end().expect_success();
}
