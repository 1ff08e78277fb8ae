//! The page of `devenv ui` with services on a real engine: what happens to them is told as it happens.

use crate::bed::{Checkout, docker};
use crate::page_support::{Page, state};
use crate::passage::Passage;

#[test]
fn what_happens_to_a_service_is_told_as_it_happens_and_it_is_started_again_by_a_wish() {
    let shop = Checkout::new("services: { cache: redis }\n");
    let page = Page::start(shop.command(&["ui", "--json"]));
    let cookie = page.cookie();
    let mut events = page.events(&cookie);
    events.picture(|picture| state(picture, "cache") == "stopped");
    assert_eq!(page.wish(&cookie, r#"{"verb":"up","names":["cache"]}"#).status, 200);
    let doing = events.picture(|picture| picture["rows"][0]["doing"].is_object());
    assert_eq!(doing["doings"][0]["names"][0], "cache");
    // Since when it runs may come with the next look at it.
    let ready = events.picture(|picture| {
        let row = &picture["rows"][0];
        row["state"] == "ready" && row["since_ms"].is_u64() && picture["doings"][0].is_null()
    });
    assert_eq!((&ready["rows"][0]["state"], &ready["rows"][0]["port"]), (&"ready".into(), &shop.port("cache").into()));
    assert!(ready["problems"][0].is_null(), "{ready:#}");
    let line = page.events(&cookie).line("Ready to accept connections");
    assert_eq!(line[1], "cache");

    // By somebody else, and nobody asks.
    docker(&["kill", &shop.unit("cache").id]);
    events.picture(|picture| ["stopped", "failed"].contains(&state(picture, "cache")));
    shop.up();
    events.picture(|picture| state(picture, "cache") == "ready");
    assert_eq!(page.wish(&cookie, r#"{"verb":"down"}"#).status, 200);
    events.picture(|picture| state(picture, "cache") == "stopped" && picture["doings"][0].is_null());
    assert!(!shop.unit("cache").running);
    page.end().expect_success();
}

#[test]
fn an_engine_that_goes_away_is_a_trouble_until_it_is_back() {
    let mut shop = Checkout::new("services: { cache: redis }\n");
    shop.up();
    let passage = Passage::in_front_of(&mut shop);
    let page = Page::start(shop.command(&["ui", "--json"]));
    let cookie = page.cookie();
    let mut events = page.events(&cookie);
    events.picture(|picture| state(picture, "cache") == "ready");
    passage.close();
    let lost = events.picture(|picture| picture["troubles"][0].is_object());
    assert!(lost["troubles"][0]["what"].to_string().contains("Docker"), "{lost:#}");
    passage.open();
    events.picture(|picture| picture["troubles"][0].is_null());
    // What happens from now on is told again.
    docker(&["kill", &shop.unit("cache").id]);
    events.picture(|picture| ["stopped", "failed"].contains(&state(picture, "cache")));
    page.end().expect_success();
}

#[test]
fn what_is_secret_is_in_no_line_and_no_picture() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    let password = shop.env("DB_PASSWORD");
    let page = Page::start(shop.command(&["ui", "--json"]));
    let cookie = page.cookie();
    let mut events = page.events(&cookie);
    let picture = events.picture(|picture| state(picture, "db") == "ready");
    assert!(!picture.to_string().contains(&password), "{picture:#}");
    // A statement that fails is repeated by the server in its log.
    let wrong = format!("select 'marked {password}' from nowhere");
    let url = shop.env("DB_URL");
    let id = shop.unit("db").id;
    let _ = std::process::Command::new("docker")
        .args(["exec", &id, "psql", &url_inside(&url), "-c", &wrong])
        .output()
        .unwrap();
    let line = events.line("marked");
    assert!(!line.to_string().contains(&password), "{line}");
    page.end().expect_success();
}

/// The same address as seen from inside.
fn url_inside(url: &str) -> String {
    let (login, rest) = url.split_once('@').unwrap();
    format!("{login}@127.0.0.1:5432/{}", rest.split_once('/').unwrap().1)
}
