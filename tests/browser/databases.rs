//! Databases by clicks: a new one in at most five, and nothing is lost by a wrong one.

use devenv::page::databases::{Ask, From};

use crate::browser::Browser;
use crate::double::{Double, DoubledPage};

/// The page with these databases in a browser; everything ends with it.
struct Opened {
    browser: Browser,
    _page: DoubledPage,
    _place: tempfile::TempDir,
}

fn open(databases: &Double) -> Opened {
    let place = tempfile::tempdir().unwrap();
    let page = DoubledPage::open(databases.clone());
    let mut browser = Browser::start(place.path());
    browser.prefer("light");
    browser.open(&page.url);
    Opened { browser, _page: page, _place: place }
}

fn row(name: &str) -> String {
    format!("document.querySelector('[data-database=\"{name}\"]')")
}

/// Whether a message says this.
fn said(words: &str) -> String {
    format!("[...document.querySelectorAll('.toast')].some((toast) => toast.innerText.includes('{words}'))")
}

#[test]
fn a_database_takes_at_most_five_clicks_and_ends_on_an_address_to_copy() {
    let databases = Double::with_a_shop();
    let Opened { browser, .. } = &mut open(&databases);
    browser.wait_until(&row("shop"));
    assert_eq!(browser.clicks, 0);
    browser.click(("button", "New"));
    browser.click(("radio", "PostgreSQL 17 db, of this repo"));
    browser.click(("radio", "shop a copy of it, 52 MB"));
    browser.screenshot("new-database-light");
    browser.prefer("dark");
    browser.screenshot("new-database-dark");
    browser.click(("radio", "A day"));
    browser.click(("button", "Create"));
    browser.wait_until("document.querySelector('.address .url')");
    assert_eq!(browser.clicks, 5);
    let url = browser.value("document.querySelector('.address .url').textContent");
    assert_eq!(url, "postgres://app:p4711@127.0.0.1:5432/scratch-1");
    let asked = databases.asked.lock().unwrap().clone();
    let (from, seconds) = (From::Database { name: "shop".into() }, Some(24 * 3600));
    assert_eq!(asked, [Ask::Create { place: "db".into(), from, name: None, seconds }]);
    browser.wait_for(("button", "Copy the address"));
    browser.screenshot("created-dark");
    browser.click(("tab", "Python"));
    browser.wait_until("document.querySelector('.snippet').innerText.includes('psycopg.connect')");
    browser.prefer("light");
    browser.screenshot("created-light");
    browser.click(("button", "Done"));
    browser.wait_until(&format!("{}?.innerText.includes('24 h left')", row("scratch-1")));
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
}

#[test]
fn what_is_dropped_comes_back_by_a_click() {
    let Opened { browser, .. } = &mut open(&Double::with_a_shop());
    browser.click(("button", "Clone shop"));
    browser.click(("button", "Done"));
    browser.wait_until(&row("shop-copy"));
    browser.click(("button", "Drop shop-copy"));
    browser.wait_until(&format!("!{}", row("shop-copy")));
    browser.screenshot("dropped");
    // By the message that says so; there is another in the list, for later.
    browser.value("document.querySelector('#undoable').hidden = true");
    browser.click(("button", "Undo"));
    browser.wait_until(&row("shop-copy"));
    browser.click(("button", "Take a snapshot of shop"));
    browser.wait_until(&said("A snapshot of shop was taken"));
    browser.click(("button", "Connect to shop"));
    browser.wait_until("document.querySelector('.address .url')");
    browser.wait_for(("button", "Restore"));
    browser.screenshot("one-database");
    browser.click(("button", "Restore"));
    browser.wait_until(&said("shop was restored"));
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
}

#[test]
fn a_name_that_is_taken_is_said_where_it_was_typed_and_no_database_is_an_invitation() {
    let databases = Double::empty();
    let Opened { browser, .. } = &mut open(&databases);
    browser.wait_for(("button", "New database"));
    browser.screenshot("empty");
    for _ in 0..2 {
        browser.click(("button", "New"));
        browser.click(("textbox", "Name"));
        browser.type_text("trial");
        browser.click(("button", "Create"));
        browser.wait_until("document.querySelector('.address .url, dialog .problem')");
        if browser.value("document.querySelector('.address .url') !== null") == true {
            browser.press("Escape");
            browser.wait_until("!document.querySelector('dialog[open]')");
        }
    }
    let problem = browser.value("document.querySelector('dialog .problem').innerText");
    assert!(problem.as_str().unwrap().contains("There is a database trial already"), "{problem}");
    browser.screenshot("name-taken");
}

/// Goes on with the tabulator until what has the focus is called so.
fn tab_to(browser: &mut Browser, name: &str) {
    const MOST: usize = 60;
    for _ in 0..MOST {
        browser.press("Tab");
        let focused = browser
            .value("(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()");
        if focused == name {
            return;
        }
    }
    browser.screenshot("not-reached");
    panic!("{name:?} is not reached by the tabulator");
}

#[test]
fn a_database_takes_no_mouse_at_all() {
    let databases = Double::with_a_shop();
    let Opened { browser, .. } = &mut open(&databases);
    browser.wait_until(&row("shop"));
    tab_to(browser, "New");
    browser.press("Enter");
    browser.wait_until("document.activeElement.name === 'engine'");
    browser.press("ArrowRight");
    browser.screenshot("keyboard");
    tab_to(browser, "Create");
    browser.press("Enter");
    browser.wait_until("document.querySelector('.address .url')");
    browser.wait_until("document.activeElement.getAttribute('aria-label') === 'Copy the address'");
    let asked = databases.asked.lock().unwrap().clone();
    assert!(matches!(&asked[..], [Ask::Create { place, from: From::Empty, .. }] if place == "mariadb@11"), "{asked:?}");
    assert_eq!(browser.clicks, 0);
    // The dialog keeps the focus until it is closed, and gives it back.
    browser.press("Escape");
    browser.wait_until("!document.querySelector('dialog[open]')");
    browser.wait_until("document.activeElement.id === 'new-database-button'");
}
