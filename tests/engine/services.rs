//! Services of the catalog, each for real: ready with the credentials made for it, a clean stop, ready again.

use crate::bed::{Checkout, docker};

fn comes_up(service: &str) -> Checkout {
    let shop = Checkout::new(&format!("services: {{ it: {service} }}\n"));
    shop.up();
    assert_eq!(shop.status()["it"]["ready"], true);
    shop.run(&["down"]).expect_success();
    let code = docker(&["inspect", "--format", "{{.State.ExitCode}}", &shop.unit("it").id]);
    assert_ne!(code.trim(), "137", "it had to be killed");
    shop.up();
    assert_eq!(shop.status()["it"]["ready"], true);
    shop
}

/// What a command inside prints.
fn inside(shop: &Checkout, command: &[&str]) -> String {
    let arguments: Vec<&str> = ["exec", "it", "--"].iter().chain(command).copied().collect();
    shop.run(&arguments).expect_success().stdout.trim().to_owned()
}

#[test]
fn postgres_15() {
    let shop = comes_up("postgres@15");
    assert!(inside(&shop, &["psql", "-U", "app", "-Atc", "show server_version", "app"]).starts_with("15"));
}

#[test]
fn mariadb() {
    let shop = comes_up("mariadb");
    let login = ["mariadb", "-uapp", &format!("-p{}", shop.env("IT_PASSWORD")), "app", "-Ne", "select 40 + 2"];
    assert_eq!(inside(&shop, &login), "42");
}

#[test]
fn mariadb_10_11() {
    comes_up("mariadb@10.11");
}

#[test]
fn mysql() {
    comes_up("mysql");
}

#[test]
fn redis_7() {
    let shop = comes_up("redis@7");
    assert!(inside(&shop, &["redis-server", "--version"]).contains("v=7"));
}

#[test]
fn valkey() {
    comes_up("valkey");
}

#[test]
fn memcached() {
    comes_up("memcached");
}

#[test]
fn nats() {
    comes_up("nats");
}

#[test]
fn mosquitto() {
    comes_up("mosquitto");
}

#[test]
fn rabbitmq() {
    comes_up("rabbitmq");
}
