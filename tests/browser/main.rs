//! The page of `devenv ui` in a real browser, driven through what can be seen and pressed. What it looked like is kept as
//! pictures in `target/tmp/page`, to be looked at by a person.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "runs programs and looks at files; a failure fails the test"
)]

#[path = "../support/browser.rs"]
mod browser;
mod databases;
mod door;
mod double;
mod environment;
mod figures;
mod logs;
#[path = "../support/page.rs"]
#[expect(dead_code, reason = "what only tests without a browser use")]
mod page;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "what only other tests use")]
mod support;
#[path = "../support/terminal.rs"]
#[expect(dead_code, reason = "what only other tests use")]
mod terminal;
