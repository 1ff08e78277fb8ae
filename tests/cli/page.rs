//! `devenv ui`: one page for a repo, and who gets in.

use std::net::TcpStream;

use crate::page_support::Page;
use crate::support::Folder;

const SHOP: &str = "apps:\n  worker: { runtime: host, run: 'exec sleep 7665' }\n";
const JSON: &str = "Content-Type: application/json\r\n";

fn origin(page: &Page) -> String {
    format!("Origin: http://127.0.0.1:{}\r\n", page.port)
}

#[test]
fn the_printed_key_is_exchanged_for_a_cookie_and_an_address_without_it() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let entered =
        page.raw(&format!("GET {} HTTP/1.1\r\nHost: localhost:{{port}}\r\nConnection: close\r\n\r\n", page.entrance()));
    assert!(entered.status == 303 && entered.text.contains("location: /\r\n"), "{}", entered.text);
    let cookie = page.cookie();
    let shown = page.ask(&cookie, "GET /", "", "");
    assert_eq!(shown.status, 200);
    assert!(!shown.text.contains(&page.url[page.url.find("key=").unwrap() + 4..]), "the key is in the page");
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self';",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(shown.text.contains(header), "{header} is missing in:\n{}", shown.text);
    }
    let ended = page.end().expect_success();
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
}

#[test]
fn nobody_gets_in_without_the_key_under_another_name_or_through_another_site() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let cookie = page.cookie();
    let wish = r#"{"verb":"look"}"#;
    let own = origin(&page);
    assert_eq!(page.ask(&cookie, "POST /wishes", &format!("{own}{JSON}"), wish).status, 200);

    let wrong_key = page.entrance().replace("key=", "key=0");
    for path in [wrong_key.as_str(), "/open", "/open?key=", "/", "/events", "/assets/page.js"] {
        let refused =
            page.raw(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\nConnection: close\r\n\r\n"));
        assert_eq!(refused.status, 401, "{path}");
        assert!(!refused.text.contains("set-cookie"), "{path}");
    }
    let other_cookie = format!("{}0", cookie);
    assert_eq!(page.ask(&other_cookie, "GET /", "", "").status, 401);

    for host in [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}\r\nHost: localhost:{port}",
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
        let refused = page.raw(&request);
        assert!([400, 403].contains(&refused.status), "{host}: {}", refused.text);
    }
    for (what, headers) in [
        ("another origin", format!("Origin: http://evil.example\r\n{JSON}")),
        ("another port of this computer", format!("Origin: http://127.0.0.1:1\r\n{JSON}")),
        ("no origin", JSON.to_owned()),
        ("two origins", format!("{own}Origin: http://evil.example\r\n{JSON}")),
        ("another site", format!("{own}Sec-Fetch-Site: cross-site\r\n{JSON}")),
        ("another server of this computer", format!("{own}Sec-Fetch-Site: same-site\r\n{JSON}")),
    ] {
        assert_eq!(page.ask(&cookie, "POST /wishes", &headers, wish).status, 403, "{what}");
    }
    // What a form of another site could send.
    assert_eq!(page.ask(&cookie, "POST /wishes", &format!("{own}Content-Type: text/plain\r\n"), wish).status, 400);
    assert_eq!(page.ask(&cookie, "GET /events", "Origin: http://evil.example\r\n", "").status, 403);
}

#[test]
fn paths_lead_nowhere_but_to_the_page() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let cookie = page.cookie();
    assert_eq!(page.ask(&cookie, "GET /assets/page.js", "", "").status, 200);
    for path in [
        "/assets/../../etc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/page.html",
        "/../dev.yaml",
        "/dev.yaml",
        "/assets/",
        "//etc/passwd",
        "/assets/page.js%00.html",
        "/open/..",
    ] {
        let answered = page.ask(&cookie, &format!("GET {path}"), "", "");
        assert!([400, 404].contains(&answered.status), "{path}: {}", answered.text);
    }
    assert_eq!(page.ask(&cookie, "DELETE /assets/page.js", &origin(&page), "").status, 405);
}

#[test]
fn what_is_too_large_or_makes_no_sense_is_refused_and_the_page_goes_on() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let cookie = page.cookie();
    let headers = format!("{}{JSON}", origin(&page));
    let large = "x".repeat(10 << 20);
    let refused = page.ask(&cookie, "POST /wishes", &headers, &large);
    assert!([413, 0].contains(&refused.status), "{}", refused.status);
    // In pieces, so that nobody knows before how much it will be.
    let head = format!(
        "POST /wishes HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\nCookie: {cookie}\r\nConnection: close\r\n{headers}Transfer-Encoding: chunked\r\n\r\n"
    );
    let refused = page.raw(&format!("{head}{:x}\r\n{large}\r\n0\r\n\r\n", large.len()));
    assert!([413, 0].contains(&refused.status), "{}", refused.status);
    for body in ["", "[", r#"{"verb":"reset","names":[]}"#, r#"{"verb":"up","names":["--yes"]}"#, "\u{0}"] {
        assert_eq!(page.ask(&cookie, "POST /wishes", &headers, body).status, 400, "{body:?}");
    }
    let endless = page.raw(&format!("GET /{} HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\n\r\n", "x".repeat(1 << 20)));
    assert!([0, 400, 414, 431].contains(&endless.status), "{}", endless.text);
    assert_eq!(page.raw("\u{1}\u{2}nonsense\r\n\r\n").status, 400);
    assert_eq!(page.ask(&cookie, "GET /", "", "").status, 200);
}

#[test]
fn a_thousand_strangers_keep_nobody_out_who_has_the_key() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let cookie = page.cookie();
    let mut events = page.events(&cookie);
    events.picture(|_| true);
    let strangers: Vec<TcpStream> = (0..1000).map(|_| page.connect()).collect();
    assert_eq!(page.ask(&cookie, "GET /", "", "").status, 200);
    assert_eq!(strangers.len(), 1000);
    // Whoever read along before still does.
    assert_eq!(page.wish(&cookie, r#"{"verb":"up"}"#).status, 200);
    events.picture(|picture| picture["problems"][0].is_object());
}

#[test]
fn a_wish_that_was_broken_off_and_sent_again_is_fulfilled_once() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let cookie = page.cookie();
    let mut events = page.events(&cookie);
    let headers = format!("{}{JSON}Idempotency-Key: 4711\r\n", origin(&page));
    for _ in 0..3 {
        assert_eq!(page.ask(&cookie, "POST /wishes", &headers, r#"{"verb":"up"}"#).status, 200);
    }
    // What was asked for needs an agreement, which nobody at the page can give.
    let told = events.picture(|picture| picture["problems"][0].is_object() && picture["doings"][0].is_null());
    assert_eq!(told["problems"].as_array().unwrap().len(), 1, "{told:#}");
    // Its own number and that of its problem.
    assert_eq!(told["problems"][0]["number"], 2, "{told:#}");
    assert!(told["problems"][0]["fixes"].to_string().contains("devenv up"), "{told:#}");
}

#[test]
fn a_second_command_leads_to_the_page_that_is_open_and_the_next_one_is_at_the_same_place() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let second = shop.run(&["ui", "--json"]).expect_success().json();
    assert_eq!((second["url"].as_str(), &second["elsewhere"]), (Some(page.url.as_str()), &true.into()));
    let said = shop.run(&["ui", "--no-open"]).expect_success();
    assert_eq!(said.stdout.trim_end(), page.url);
    let (port, url) = (page.port, page.url.clone());
    page.end().expect_success();
    let next = Page::open(&shop);
    assert_eq!(next.port, port);
    assert_ne!(next.url, url, "an old key is good for nothing");
}

#[test]
fn the_page_that_is_just_being_opened_is_waited_for_by_nobody() {
    let shop = Folder::new(SHOP);
    let page = Page::open(&shop);
    let files = std::fs::read_dir(shop.place.path().join("state/state/environments")).unwrap();
    let record = files.map(|folder| folder.unwrap().path().join("page.json")).find(|file| file.exists()).unwrap();
    // As it is before it says where it is.
    std::fs::write(&record, "").unwrap();
    let ran = shop.run(&["ui"]).expect_code(1);
    assert!(ran.stderr.contains("error[page-not-opened]"), "{}", ran.stderr);
    page.end().expect_success();
}

#[test]
fn where_there_is_no_repo_there_is_no_page() {
    let folder = Folder::empty();
    let ran = folder.run(&["ui"]).expect_code(3);
    assert!(ran.stderr.contains("error[no-manifest]"), "{}", ran.stderr);
}
