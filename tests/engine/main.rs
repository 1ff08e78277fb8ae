//! The program on a real engine, with real databases: what a developer would notice, one intent a test.
//!
//! These tests need the test bed and fail without it: `tests/run` brings it up.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "looks at files and runs the program; a failure fails the test"
)]

#[path = "../support/engine.rs"]
mod bed;
#[path = "../support/browser.rs"]
mod browser;
#[path = "../support/page.rs"]
#[expect(dead_code, reason = "what only tests without an engine use")]
mod page_support;
#[path = "../support/passage.rs"]
mod passage;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "what only tests without an engine use")]
mod support;
#[path = "../support/terminal.rs"]
#[expect(dead_code, reason = "what only tests without an engine use")]
mod terminal;
#[path = "../support/witnesses.rs"]
#[expect(dead_code, reason = "what only tests without an engine use")]
mod witnesses;

mod apps;
mod branches;
mod checkouts;
mod ci;
mod contract;
mod data;
mod databases;
mod databases_hostile;
mod databases_killed;
mod databases_own;
mod databases_unfinished;
mod db_guide;
mod doctor;
mod failures;
mod fallen;
mod families;
mod faults;
mod forks;
mod gc;
mod host;
mod inside;
mod killed;
mod lock;
mod lost;
mod migrate;
mod mirror;
mod mongodb;
mod new;
mod overrides;
mod own;
mod page;
mod page_databases;
mod pools;
mod ports;
mod sacred;
mod secrets;
mod seeds;
mod services;
mod setup;
mod shells;
mod stale;
mod turn;
mod unprepared;
mod up;
mod watch;
mod way;
