//! The page that `devenv stats --html` makes, in a browser that can reach nothing.

use crate::browser::Browser;
use crate::support::Folder;

#[path = "../figures/company.rs"]
mod company;

/// 2026-06-29, a Monday.
const BEGIN: u64 = 1_782_691_200_000;

#[test]
fn the_page_of_figures_stands_on_its_own() {
    let shop = Folder::new("services: { db: postgres }\n");
    let team = shop.place.path().join("team");
    std::fs::create_dir(&team).unwrap();
    std::fs::write(team.join("0000000000001.jsonl"), company::journal(2026, 40, 18)).unwrap();
    let html = shop.run(&["stats", "--merge", team.to_str().unwrap(), "--html"]).expect_success().stdout;
    let page = shop.place.path().join("figures.html");
    std::fs::write(&page, html).unwrap();
    let mut browser = Browser::start(shop.place.path());
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        browser.open(&format!("file://{}", page.display()));
        assert_eq!(browser.value("document.querySelector('.number b').textContent"), "40");
        assert_eq!(browser.value("document.querySelectorAll('figure svg').length"), 9);
        // Every chart has drawn something, and nothing is wider than the page.
        let drawn = "[...document.querySelectorAll('figure svg')].every((chart) =>
            [...chart.querySelectorAll('path, rect')].some((shape) => shape.getBoundingClientRect().width > 0))";
        assert_eq!(browser.value(drawn), true);
        assert_eq!(browser.value("document.documentElement.scrollWidth <= innerWidth"), true);
        let (complaints, requests) = browser.complaints_and_requests();
        assert!(complaints.is_empty(), "{complaints:#?}");
        assert!(requests.iter().all(|address| address.starts_with("file://")), "{requests:#?}");
        browser.size(1360, 1900);
        browser.screenshot(&format!("figures-{scheme}"));
        browser.size(1360, 860);
    }
    browser.size(420, 900);
    assert_eq!(browser.value("document.documentElement.scrollWidth <= innerWidth"), true, "on a narrow screen");
    browser.screenshot("figures-narrow");
}
