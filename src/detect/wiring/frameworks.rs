//! Variables that frameworks know by themselves, for apps whose settings name none.

use serde_json::Value;

use super::set;
use super::target::Target;
use crate::detect::services::address;
use crate::detect::{App, Evidence};
use crate::repo::{Repo, line_of, name_of};

pub fn conventions(repo: &Repo, app: &mut App, targets: &[Target], folders: &[String]) {
    let is = |name: &str| app.frameworks.iter().any(|framework| framework.value == name);
    let (spring, quarkus, rails, laravel) = (is("spring-boot"), is("quarkus"), is("rails"), is("laravel"));
    let is_dotnet = matches!(&app.toolchain, crate::detect::Toolchain::Catalog { id, .. } if id == "dotnet");
    // Of several kinds of databases, a profile or a build says which is used.
    let of_sql = || targets.iter().filter(|target| target.kind.is_sql && !target.is_for_tests());
    let is_open = of_sql().any(|one| of_sql().any(|other| !one.kind.family().contains(&other.kind.id)));
    for target in targets.iter().filter(|target| !(is_open && target.kind.is_sql)) {
        match () {
            () if spring => spring_boot(app, target),
            () if quarkus && target.kind.is_sql => {
                each(
                    app,
                    target,
                    &[("QUARKUS_DATASOURCE_USERNAME", "user"), ("QUARKUS_DATASOURCE_PASSWORD", "password")],
                );
                jdbc(app, target, "QUARKUS_DATASOURCE_JDBC_URL");
                reactive(app, target, "QUARKUS_DATASOURCE_REACTIVE_URL");
            }
            () if quarkus => quarkus_others(app, target),
            () if rails && target.kind.is_sql && !refers(app, target) => rails_database(app, target),
            () if laravel && target.kind.is_sql => {
                laravel_driver(app, target);
                each(
                    app,
                    target,
                    &[
                        ("DB_HOST", "host"),
                        ("DB_PORT", "port"),
                        ("DB_DATABASE", "database"),
                        ("DB_USERNAME", "user"),
                        ("DB_PASSWORD", "password"),
                    ],
                )
            }
            () if laravel && is_redis(target) => each(app, target, &[("REDIS_HOST", "host"), ("REDIS_PORT", "port")]),
            () => {}
        }
    }
    if is_dotnet {
        connection_strings(repo, app, targets, folders);
    }
}

fn is_redis(target: &Target) -> bool {
    matches!(target.kind.id, "redis" | "valkey")
}

fn refers(app: &App, target: &Target) -> bool {
    app.env.iter().any(|it| it.value.value.contains(&format!("${{{}.", target.service.name)))
}

fn each(app: &mut App, target: &Target, pairs: &[(&str, &str)]) {
    for (key, attribute) in pairs {
        if let Some(value) = target.get(attribute) {
            set(app, key, value, &place(target));
        }
    }
}

fn place(target: &Target) -> Evidence {
    target.service.evidence.first().cloned().unwrap_or_else(|| Evidence::file(""))
}

/// An address whose credentials are told by variables of their own.
fn jdbc(app: &mut App, target: &Target, key: &str) {
    let scheme = match target.kind.id {
        "postgres" => "jdbc:postgresql",
        "mysql" => "jdbc:mysql",
        "mariadb" => "jdbc:mariadb",
        _ => return,
    };
    if let (Some(host), Some(port), Some(database)) = (target.get("host"), target.get("port"), target.get("database")) {
        set(app, key, format!("{scheme}://{host}:{port}/{database}"), &place(target));
    }
}

/// The same for a client that does not wait.
fn reactive(app: &mut App, target: &Target, key: &str) {
    let scheme = match target.kind.id {
        "postgres" => "postgresql",
        "mysql" | "mariadb" => "mysql",
        _ => return,
    };
    if let (Some(host), Some(port), Some(database)) = (target.get("host"), target.get("port"), target.get("database")) {
        set(app, key, format!("{scheme}://{host}:{port}/{database}"), &place(target));
    }
}

/// The driver that speaks to the database whose address is told: without it Laravel may take a file.
fn laravel_driver(app: &mut App, target: &Target) {
    let driver = match target.kind.id {
        "postgres" => "pgsql",
        "mysql" | "mariadb" => "mysql",
        "mssql" => "sqlsrv",
        _ => return,
    };
    set(app, "DB_CONNECTION", driver.to_owned(), &place(target));
}

/// Where Quarkus finds what is no database with tables.
fn quarkus_others(app: &mut App, target: &Target) {
    match target.kind.id {
        "mongodb" => each(app, target, &[("QUARKUS_MONGODB_CONNECTION_STRING", "url")]),
        "redis" | "valkey" => each(app, target, &[("QUARKUS_REDIS_HOSTS", "url")]),
        "kafka" => each(app, target, &[("KAFKA_BOOTSTRAP_SERVERS", "brokers")]),
        "rabbitmq" => each(
            app,
            target,
            &[
                ("RABBITMQ_HOST", "host"),
                ("RABBITMQ_PORT", "port"),
                ("RABBITMQ_USERNAME", "user"),
                ("RABBITMQ_PASSWORD", "password"),
            ],
        ),
        _ => {}
    }
}

/// Spring's settings take variables of their own names, whatever the files say.
fn spring_boot(app: &mut App, target: &Target) {
    match target.kind.id {
        _ if target.kind.is_sql => {
            // Variables that its settings ask for already say it all.
            let is_told =
                app.env.iter().any(|it| it.value.value.starts_with("jdbc:") || it.value.value.contains(".jdbc_url}"));
            if is_told && refers(app, target) {
                return;
            }
            jdbc(app, target, "SPRING_DATASOURCE_URL");
            each(app, target, &[("SPRING_DATASOURCE_USERNAME", "user"), ("SPRING_DATASOURCE_PASSWORD", "password")]);
        }
        "redis" | "valkey" => {
            each(app, target, &[("SPRING_DATA_REDIS_HOST", "host"), ("SPRING_DATA_REDIS_PORT", "port")])
        }
        "mongodb" => each(app, target, &[("SPRING_DATA_MONGODB_URI", "url")]),
        "rabbitmq" => each(
            app,
            target,
            &[
                ("SPRING_RABBITMQ_HOST", "host"),
                ("SPRING_RABBITMQ_PORT", "port"),
                ("SPRING_RABBITMQ_USERNAME", "user"),
                ("SPRING_RABBITMQ_PASSWORD", "password"),
            ],
        ),
        "kafka" => each(app, target, &[("SPRING_KAFKA_BOOTSTRAP_SERVERS", "brokers")]),
        "elasticsearch" => each(app, target, &[("SPRING_ELASTICSEARCH_URIS", "url")]),
        "mailpit" => each(app, target, &[("SPRING_MAIL_HOST", "smtp_host"), ("SPRING_MAIL_PORT", "smtp_port")]),
        _ => {}
    }
}

/// Rails merges this address over `config/database.yml`.
fn rails_database(app: &mut App, target: &Target) {
    let url = match target.kind.id {
        "mysql" | "mariadb" => target.url_with("mysql2"),
        _ => target.url(),
    };
    if let Some(url) = url {
        set(app, "DATABASE_URL", url, &place(target));
    }
}

/// Every connection string of `appsettings*.json` that names a kind of service which is there.
fn connection_strings(repo: &Repo, app: &mut App, targets: &[Target], folders: &[String]) {
    for folder in folders {
        let files = repo.in_folder(folder).filter(|path| {
            let name = name_of(path);
            matches!(name, "appsettings.json" | "appsettings.Development.json")
        });
        for path in files.collect::<Vec<_>>() {
            let (Some(json), Some(text)) = (repo.json(path), repo.text(path)) else { continue };
            let strings = json.get("ConnectionStrings").and_then(Value::as_object);
            for (name, value) in strings.into_iter().flatten() {
                let Some(value) = value.as_str().and_then(|value| connection(value, name, targets)) else { continue };
                let line = line_of(&text, &format!("\"{name}\""));
                set(app, &format!("ConnectionStrings__{name}"), value, &Evidence::at(path, line));
            }
        }
    }
}

fn connection(written: &str, name: &str, targets: &[Target]) -> Option<String> {
    // `amqp://localhost`, as clients of queues take it.
    if let Some(found) = address::of_value(written).filter(|_| written.contains("://")) {
        return targets.iter().find(|target| target.kind.family().contains(&found.kind.id))?.url();
    }
    let lower = written.to_ascii_lowercase();
    if name.eq_ignore_ascii_case("redis") || lower.contains(":6379") {
        let redis = targets.iter().find(|target| is_redis(target))?;
        return Some(format!("{}:{}", redis.get("host")?, redis.get("port")?));
    }
    let keyed = ["server=", "host=", "data source="].iter().any(|word| lower.contains(word));
    let is_file = lower.split(';').any(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        key.trim() == "data source" && [".db", ".sqlite", ".sqlite3"].iter().any(|end| value.trim().ends_with(end))
    });
    if !keyed || is_file {
        return None;
    }
    let target = targets.iter().find(|target| target.kind.is_sql)?;
    let (host, port) = (target.get("host")?, target.get("port")?);
    let (user, password) = (target.get("user")?, target.get("password")?);
    let database = ["database=", "initial catalog="].iter().find_map(|word| {
        let at = lower.find(word)? + word.len();
        written.get(at..)?.split(';').next().map(str::trim)
    });
    Some(match target.kind.id {
        "mssql" => {
            let database = database.unwrap_or("app");
            format!(
                "Server={host},{port};Database={database};User Id={user};Password={password};TrustServerCertificate=True"
            )
        }
        "postgres" => {
            format!("Host={host};Port={port};Database={};Username={user};Password={password}", target.get("database")?)
        }
        _ => format!("Server={host};Port={port};Database={};Uid={user};Pwd={password}", target.get("database")?),
    })
}
