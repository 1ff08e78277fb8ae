//! Databases by clicks, on real servers and in a real browser: from opening the page to an address that works, and back again.
//! What it looked like and how long it took is kept in `target/tmp/page`.

use std::path::Path;

use serde_json::{Value, json};

use crate::bed::{Checkout, docker};
use crate::browser::Browser;
use crate::page_support::Page;

const SHOP: &str = "services: { db: postgres }\n";

/// A repo's page in a browser.
struct Opened {
    browser: Browser,
    _page: Page,
}

fn open(shop: &Checkout) -> Opened {
    let page = Page::start(shop.command(&["ui", "--json"]));
    let mut browser = Browser::start(shop.place.path());
    browser.prefer("light");
    browser.open(&page.url);
    Opened { browser, _page: page }
}

fn row(name: &str) -> String {
    format!("document.querySelector('[data-database=\"{name}\"]')")
}

/// Whether a message says this.
fn said(words: &str) -> String {
    format!("[...document.querySelectorAll('.toast')].some((toast) => toast.innerText.includes('{words}'))")
}

/// The address that the page shows, once it does.
fn url(browser: &mut Browser) -> String {
    browser.wait_until("document.querySelector('dialog[open] .address .url')");
    browser.value("document.querySelector('dialog[open] .address .url').textContent").as_str().unwrap().to_owned()
}

/// Notes when Create was pressed and when there was an address: `elapsed`.
const WATCH: &str = "document.addEventListener('submit', () => {
        const began = performance.now();
        new MutationObserver((_, observer) => {
            if (!document.querySelector('dialog[open] .address .url')) return;
            requestAnimationFrame(() => { window.elapsed = performance.now() - began; });
            observer.disconnect();
        }).observe(document.body, { childList: true, subtree: true });
    }, true)";

/// Keeps a figure for people: how fast this is depends on the computer.
fn note(name: &str, milliseconds: &Value) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.txt")), format!("{milliseconds} ms\n")).unwrap();
}

/// What a choice is called by a screen reader, by a piece of its name.
fn choice(browser: &mut Browser, piece: &str) -> String {
    let find = format!(
        "[...document.querySelectorAll('dialog .choice')].find((one) => one.innerText.includes('{piece}'))
            ?.innerText.trim().replace(/\\s+/g, ' ')"
    );
    browser.wait_until(&find);
    browser.value(&find).as_str().unwrap().to_owned()
}

#[test]
fn a_copy_of_todays_data_takes_five_clicks_and_its_address_works() {
    let shop = Checkout::new(SHOP);
    shop.up();
    shop.sql("create table orders (id int); insert into orders values (1), (2)");
    let Opened { browser, _page: page } = &mut open(&shop);
    browser.wait_until(&row("app"));
    browser.value(WATCH);
    assert_eq!(browser.clicks, 0);
    browser.click(("button", "New"));
    let engine = choice(browser, "of this repo");
    browser.click(("radio", &engine));
    let from = choice(browser, "a copy of it");
    browser.click(("radio", &from));
    browser.screenshot("real-new");
    browser.click(("radio", "A day"));
    browser.click(("button", "Create"));
    let url = url(browser);
    assert!(browser.clicks <= 5, "{} clicks", browser.clicks);
    browser.screenshot("real-created");
    assert_eq!(shop.client(&url, "select count(*) from orders"), "2");
    let name = shop.client(&url, "select current_database()");
    browser.click(("button", "Done"));
    browser.wait_until(&format!("{}?.innerText.includes('24 h left')", row(&name)));

    // An empty one, whose way is the shortest.
    browser.click(("button", "New"));
    browser.click(("button", "Create"));
    browser.wait_until("window.elapsed");
    note("click-to-address", &browser.value("Math.round(window.elapsed)"));
    browser.click(("button", "Done"));
    browser.prefer("dark");
    browser.screenshot("real-databases-dark");
    browser.prefer("light");
    browser.screenshot("real-databases-light");
    // What somebody does in a terminal is seen here, too.
    shop.run(&["db", "create", "by_hand"]).expect_success();
    browser.wait_until(&row("by_hand"));
    shop.run(&["db", "drop", "by_hand"]).expect_success();
    browser.wait_until(&format!("!{}", row("by_hand")));
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
    assert!(page.process() > 0);
}

#[test]
fn what_is_dropped_or_replaced_by_a_click_comes_back_by_a_click() {
    let shop = Checkout::new(SHOP);
    shop.up();
    shop.sql("create table t (id int); insert into t values (1)");
    let Opened { browser, .. } = &mut open(&shop);
    browser.click(("button", "Take a snapshot of app"));
    browser.wait_until(&said("A snapshot of app was taken"));
    shop.sql("insert into t values (2)");
    browser.click(("button", "Connect to app"));
    browser.wait_until("document.querySelector('dialog[open] .address .url')");
    browser.screenshot("real-one");
    browser.click(("button", "Restore"));
    browser.wait_until(&said("app was restored"));
    assert_eq!(shop.sql("select count(*) from t"), "1");
    // By the message that says so; there is another in the list, for later.
    browser.value("document.querySelector('#undoable').hidden = true");
    browser.click(("button", "Undo"));
    browser.wait_until(&said("as it was before"));
    assert_eq!(shop.sql("select count(*) from t"), "2");
    assert_eq!(
        browser.value("[...document.querySelectorAll('button')].filter((one) => one.title === 'Drop app').length"),
        0
    );

    browser.click(("button", "Clone app"));
    let copy = url(browser);
    let name = shop.client(&copy, "select current_database()");
    browser.click(("button", "Done"));
    browser.value("document.querySelectorAll('.toast').forEach((one) => one.remove())");
    browser.click(("button", &format!("Drop {name}")));
    browser.wait_until(&format!("!{}", row(&name)));
    browser.screenshot("real-dropped");
    browser.click(("button", "Undo"));
    browser.wait_until(&row(&name));
    assert_eq!(shop.client(&copy, "select count(*) from t"), "2");
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
}

#[test]
fn outside_of_any_repo_it_takes_two_clicks_from_nothing_running() {
    let shop = Checkout::empty();
    let Opened { browser, .. } = &mut open(&shop);
    browser.wait_for(("button", "New database"));
    browser.screenshot("own-empty");
    browser.value(WATCH);
    browser.click(("button", "New"));
    browser.click(("button", "Create"));
    browser.wait_until(
        "document.querySelector('dialog form button[type=submit]')?.innerText.includes('Starting PostgreSQL')",
    );
    browser.screenshot("own-busy");
    let url = url(browser);
    assert_eq!(browser.clicks, 2);
    browser.wait_until("window.elapsed");
    note("click-to-address-from-nothing", &browser.value("Math.round(window.elapsed)"));
    browser.screenshot("own-created");
    let own = shop.run(&["db", "list", "--scratch", "--json"]).expect_success().json();
    let name = own["databases"].as_array().unwrap().iter().find(|one| one["own"] == false).unwrap()["name"].clone();
    assert!(url.ends_with(name.as_str().unwrap()), "{url}: {own:#}");
    let psql = ["db", "shell", name.as_str().unwrap(), "--", "-Atc", "select current_database()"];
    assert_eq!(shop.run(&psql).expect_success().stdout.trim_end(), name.as_str().unwrap());
    browser.click(("button", "Done"));
    browser.wait_until(&row(name.as_str().unwrap()));
    browser.prefer("dark");
    browser.screenshot("own-dark");
    assert_eq!(browser.complaints_and_requests().0, [""; 0]);
}

#[test]
fn what_can_be_no_name_is_told_in_the_dialog_and_what_is_taken_too() {
    let shop = Checkout::new(SHOP);
    shop.up();
    let Opened { browser, .. } = &mut open(&shop);
    browser.wait_until(&row("app"));
    for (name, word) in [("o'brien\"; drop table x", "can be called"), ("app", "has a database")] {
        browser.click(("button", "New"));
        browser.click(("textbox", "Name"));
        browser.type_text(name);
        browser.click(("button", "Create"));
        browser.wait_until("document.querySelector('dialog .problem')");
        let problem = browser.value("document.querySelector('dialog .problem').innerText").to_string();
        assert!(problem.contains(word), "{problem}");
        browser.screenshot(if name == "app" { "real-taken" } else { "real-wrong-name" });
        browser.press("Escape");
        browser.wait_until("!document.querySelector('dialog[open]')");
    }
    assert_eq!(shop.sql("select count(*) from pg_database where not datistemplate"), "2", "nothing was made");
}

/// Asks as the page does.
fn ask(page: &Page, cookie: &str, what: &Value) -> (u16, Value) {
    let answered = Page::answer(page.ask_databases(cookie, what));
    (answered.status, answered.json())
}

#[test]
fn hostile_words_change_nothing_and_two_at_once_come_one_after_the_other() {
    let shop = Checkout::new(SHOP);
    shop.up();
    let page = Page::start(shop.command(&["ui", "--json"]));
    let cookie = page.cookie();
    let create = |name: &str| json!({ "ask": "create", "place": "db", "from": { "kind": "empty" }, "name": name });
    for name in
        ["\"", "a'b", "a; drop database app", "a\u{0}b", "名前", "", "devenv_side_1", "postgres", &"x".repeat(64)]
    {
        let (status, answer) = ask(&page, &cookie, &create(name));
        assert_eq!((status, &answer["problem"]["id"]), (409, &json!("database-name")), "{name:?}: {answer:#}");
    }
    let key = |place: &str, name: &str| json!({ "place": place, "name": name });
    for (what, problem) in [
        (json!({ "ask": "drop", "database": key("db", "app") }), "own-database"),
        (json!({ "ask": "drop", "database": key("db", "x\"; drop database app; --") }), "unknown-database"),
        (json!({ "ask": "drop", "database": key("../db", "app") }), "unknown-database"),
        (json!({ "ask": "address", "database": key("postgres@16", "app") }), "unknown-database"),
        (json!({ "ask": "address", "database": key("postgres@../x", "app") }), "database-engine"),
        (json!({ "ask": "restore", "database": key("db", "app"), "snapshot": "../../x" }), "unknown-snapshot"),
        (json!({ "ask": "undo", "id": "repo-99" }), "nothing-to-undo"),
        (json!({ "ask": "undo", "id": "own-1" }), "nothing-to-undo"),
    ] {
        let (status, answer) = ask(&page, &cookie, &what);
        assert_eq!((status, &answer["problem"]["id"]), (409, &json!(problem)), "{what}: {answer:#}");
    }
    // Two of one name, at the same moment.
    let asked = [(); 2].map(|()| page.ask_databases(&cookie, &create("twice")));
    let both = asked.map(Page::answer).map(|answered| (answered.status, answered.json()));
    let mut statuses: Vec<u16> = both.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{both:#?}");
    assert!(both.iter().any(|(_, answer)| answer["problem"]["id"] == "database-exists"), "{both:#?}");
    assert_eq!(
        shop.sql("select string_agg(datname, ',' order by datname) from pg_database where not datistemplate"),
        "app,postgres,twice"
    );
    page.end().expect_success();
}

#[test]
fn what_has_expired_goes_while_the_page_is_open_though_nobody_looks() {
    let shop = Checkout::new(SHOP);
    shop.up();
    let page = Page::start(shop.command(&["ui", "--json"]));
    let cookie = page.cookie();
    let mut events = page.events(&cookie);
    let create = json!({ "ask": "create", "place": "db", "from": { "kind": "empty" }, "name": "brief", "seconds": 1 });
    assert_eq!(ask(&page, &cookie, &create).0, 200);
    // It is told of once when it was made and once when it went, or of both at once.
    let gone = || shop.sql("select count(*) from pg_database where datname = 'brief'") == "0";
    while !gone() {
        let known = events.picture(|_| true)["databases"].clone();
        if !gone() {
            events.picture(|picture| picture["databases"] != known);
        }
    }
    let (_, overview) = ask(&page, &cookie, &json!({ "ask": "list" }));
    assert_eq!(overview["undoable"][0]["what"], "brief has expired", "{overview:#}");
    let undo = json!({ "ask": "undo", "id": overview["undoable"][0]["id"] });
    assert_eq!(ask(&page, &cookie, &undo).0, 200);
    assert!(!gone(), "it is back");
    page.end().expect_success();
}

#[test]
fn a_service_that_was_stopped_is_started_for_whoever_wants_its_database() {
    let shop = Checkout::new(SHOP);
    shop.up();
    let id = shop.unit("db").id;
    shop.run(&["down"]).expect_success();
    let page = Page::start(shop.command(&["ui", "--json"]));
    let cookie = page.cookie();
    let (_, overview) = ask(&page, &cookie, &json!({ "ask": "list" }));
    let (place, database) = (&overview["places"][0], &overview["databases"][0]);
    assert_eq!((&place["id"], &place["is_running"]), (&json!("db"), &json!(false)), "{overview:#}");
    assert_eq!(
        (&database["name"], &database["size"], &database["is_main"]),
        (&json!("app"), &Value::Null, &json!(true))
    );
    let (status, answer) =
        ask(&page, &cookie, &json!({ "ask": "address", "database": { "place": "db", "name": "app" } }));
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(shop.client(answer["url"].as_str().unwrap(), "select 1"), "1");
    assert_eq!(docker(&["inspect", "--format", "{{.State.Running}}", &id]).trim_end(), "true");
    page.end().expect_success();
}
