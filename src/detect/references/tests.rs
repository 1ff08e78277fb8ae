use crate::detect::detect;
use crate::draft::sound;
use crate::repo::Repo;

const SERVICES: &str = "
  db: { image: 'postgres:16', environment: { POSTGRES_USER: u, POSTGRES_PASSWORD: p, POSTGRES_DB: x } }
  cache: { image: 'redis:7' }
  queue: { image: 'rabbitmq:4' }
  sql: { image: 'mcr.microsoft.com/mssql/server:2022-latest', environment: { MSSQL_SA_PASSWORD: 'Aa1!aaaa' } }
  debug: { image: 'redis:7', profiles: [debug] }
";

/// The variables of an app beside these services, and what it needs.
fn told(environment: &str) -> Vec<String> {
    let text = format!(
        "services:\n  web:\n    build: .\n    depends_on: [db, cache]\n    environment:\n{environment}{SERVICES}"
    );
    let findings = detect(&Repo::of(&[("compose.yaml", &text), ("Dockerfile", "FROM alpine\nCMD [\"./serve\"]\n")]));
    let (manifest, left_out) = sound("dev.yaml", &findings).unwrap();
    assert_eq!(left_out, [], "{manifest}");
    let app = &findings.apps[0];
    let env = app.env.iter().map(|it| it.value.value.clone());
    env.chain([format!("needs {}", app.needs.join(","))]).collect()
}

#[test]
fn addresses_of_the_same_file_are_references() {
    for (written, wanted) in [
        ("postgres://u:p@db:5432/x", "${db.url}"),
        ("postgresql://u:p@db:5432/x?sslmode=disable", "postgresql://u:p@${db.host}:${db.port}/x?sslmode=disable"),
        ("postgresql+asyncpg://u:p@db/x", "postgresql+asyncpg://u:p@${db.host}:${db.port}/x"),
        ("jdbc:postgresql://db:5432/y", "jdbc:postgresql://${db.host}:${db.port}/y"),
        ("redis://cache/0", "redis://${cache.host}:${cache.port}/0"),
        ("redis://cache:6379", "${cache.url}"),
        ("http://queue:15672/api", "http://${queue.host}:${queue.management_port}/api"),
        ("Host=db;Port=5432;Database=x", "Host=${db.host};Port=${db.port};Database=x"),
        ("Host=db;Database=x", "Host=${db.host};Port=${db.port};Database=x"),
        ("host=db dbname=x", "host=${db.host} port=${db.port} dbname=x"),
        ("Server=sql;User=sa", "Server=${sql.host},${sql.port};User=sa"),
        ("Server=sql,1433;User=sa", "Server=${sql.host},${sql.port};User=sa"),
        ("cache:6379,db:5432", "${cache.host}:${cache.port},${db.host}:${db.port}"),
        // Another port, another word, and what starts only when it is named.
        ("http://db:8080", "http://db:8080"),
        ("db", "db"),
        ("/var/db:5432x", "/var/db:5432x"),
        ("redis://debug:6379", "redis://debug:6379"),
    ] {
        assert_eq!(told(&format!("      VALUE: '{written}'\n"))[0], wanted);
    }
}

#[test]
fn a_host_and_its_port_in_two_variables_belong_together_and_are_needs() {
    let env = "      DB_HOST: db\n      DB_PORT: '5432'\n      DB_NAME: db\n      OTHER_PORT: '5432'\n";
    assert_eq!(told(env), ["${db.host}", "${db.port}", "db", "5432", "needs cache"]);
}

#[test]
fn this_computer_is_a_service_where_a_port_or_a_scheme_says_so() {
    for (written, wanted) in [
        ("postgres://u:p@localhost:5432/y", "postgres://u:p@${db.host}:${db.port}/y"),
        ("redis://127.0.0.1/0", "redis://${cache.host}:${cache.port}/0"),
        ("host.docker.internal:6379", "${cache.host}:${cache.port}"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("mysql://localhost/x", "mysql://localhost/x"),
        ("notlocalhost:5432", "notlocalhost:5432"),
    ] {
        assert_eq!(told(&format!("      VALUE: '{written}'\n"))[0], wanted);
    }
    let env =
        "      STORE_HOST: localhost\n      STORE_PORT: '5432'\n      REDIS_HOST: 127.0.0.1\n      HOST: localhost\n";
    assert_eq!(told(env), ["${db.host}", "${db.port}", "${cache.host}", "localhost", "needs "]);
}

#[test]
fn a_port_of_this_computer_leads_to_what_is_published_there() {
    let text = "services:\n  web: { build: ., environment: { U: 'postgres://u:p@host.docker.internal:15432/x' } }\n  \
                db: { image: 'postgres:16', ports: ['15432:5432'] }\n";
    let findings = detect(&Repo::of(&[("compose.yaml", text), ("Dockerfile", "FROM alpine\nCMD [\"./serve\"]\n")]));
    assert_eq!(findings.apps[0].env[0].value.value, "postgres://u:p@${db.host}:${db.port}/x");
}

#[test]
fn apps_that_name_each_other_do_not_wait_for_each_other() {
    let package =
        r#"{"name": "shop", "scripts": {"dev": "node server.js --port 4000"}, "dependencies": {"express": "5"}}"#;
    let text = "services:\n  api: { build: api, ports: ['5000:5000'], environment: { WEB: 'http://web:80/x' } }\n  \
                web: { build: web, ports: ['80:80'], environment: { API: 'http://api:5000' } }\n";
    let findings = detect(&Repo::of(&[
        ("compose.yaml", text),
        ("api/package.json", package),
        ("api/Dockerfile", "FROM node:24\n"),
        ("web/Dockerfile", "FROM alpine\nCMD [\"./serve\"]\n"),
    ]));
    let mut told: Vec<&str> = findings.apps.iter().flat_map(|app| &app.env).map(|it| it.value.value.as_str()).collect();
    told.sort_unstable();
    // The first of them waits; the port of the compose file is the app's own one now.
    assert_eq!(told, ["http://${web.host}:${web.port}/x", "http://api:5000"]);
    let alone = text.replace("WEB: 'http://web:80/x'", "WEB: x");
    let findings = detect(&Repo::of(&[
        ("compose.yaml", &alone),
        ("api/package.json", package),
        ("api/Dockerfile", "FROM node:24\n"),
        ("web/Dockerfile", "FROM alpine\nCMD [\"./serve\"]\n"),
    ]));
    assert!(findings.apps.iter().flat_map(|app| &app.env).any(|it| it.value.value == "${api.url}"), "{findings:?}");
}
