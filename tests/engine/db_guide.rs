//! `devenv db` alone, at a terminal: it asks, and what is answered is done.

use crate::bed::Checkout;
use crate::terminal::Terminal;

const DOWN: &str = "\u{1b}[B";

#[test]
fn whoever_knows_no_command_is_led_to_a_database_and_back() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.sql("create table t (id int)");
    let mut at = Terminal::start(&shop.command(&["db"]), (40, 120));
    at.wait_for("What do you want to do?");
    at.wait_for("Make a new database");
    at.type_keys("\r");
    at.wait_for("What does it begin with?");
    at.wait_for("a copy of db");
    at.type_keys(&format!("{DOWN}\r"));
    at.wait_for("What is it called?");
    at.type_keys("my shop\r");
    at.wait_for("it may hold letters, digits");
    at.type_keys("\u{15}trial\r");
    at.wait_for("How long is it kept?");
    at.type_keys(&format!("{DOWN}\r"));
    at.wait_for("devenv db create trial --for 1d --from db");
    at.wait_for("postgres://app:");
    assert_eq!(at.wait().0, 0);
    let url = shop.run(&["db", "url", "trial"]).expect_success().stdout;
    assert_eq!(shop.client(url.trim_end(), "select count(*) from t"), "0", "it is a copy");

    // What there is now can be dropped; it is the only one, so that nobody is asked which.
    let mut at = Terminal::start(&shop.command(&["db"]), (40, 120));
    at.wait_for("Drop a database");
    at.type_keys(&format!("{}\r", DOWN.repeat(5)));
    at.wait_for("devenv db drop db/trial");
    at.wait_for("is dropped");
    assert_eq!(at.wait().0, 0);
    assert_eq!(shop.sql("select count(*) from pg_database where datname = 'trial'"), "0");
}
