use super::*;
use crate::detect::ServiceSource;

/// `name = id@version` of each service.
fn needed(files: &[(&str, &str)]) -> Vec<String> {
    let shown = |service: &Service| {
        let id = match &service.source {
            ServiceSource::Catalog(id) | ServiceSource::Image(id) => id,
        };
        let version = service.version.as_ref().map_or(String::new(), |version| format!("@{}", version.value));
        format!("{} = {id}{version}", service.name)
    };
    services(&Repo::of(files), &[]).services.iter().map(shown).collect()
}

#[test]
fn a_driver_alone_says_nothing() {
    assert!(needed(&[("requirements.txt", "psycopg2==2.9\nredis\n")]).is_empty());
    assert!(needed(&[("package.json", r#"{"dependencies":{"kafkajs":"2","ioredis":"5"}}"#)]).is_empty());
}

#[test]
fn an_example_and_a_driver_agree() {
    let package = ("package.json", r#"{"dependencies":{"pg":"8","ioredis":"5"}}"#);
    let example = (".env.example", "DATABASE_URL=postgres://a:b@localhost/c\nREDIS_URL=redis://cache:6379\n");
    assert_eq!(needed(&[package, example]), ["db = postgres", "cache = redis"]);
    // What stands in a comment is not set.
    assert!(needed(&[package, (".env.example", "#REDIS_URL=redis://x\n")]).is_empty());
}

#[test]
fn settings_with_a_file_take_the_place_of_a_server() {
    let settings = ("shop/settings.py", "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}");
    let wanted = ("requirements.txt", "django\npsycopg2\n");
    let code = ("shop/db.py", "psycopg2.connect(os.environ['DATABASE_URL'])");
    assert!(needed(&[settings, wanted, code]).is_empty());
    assert_eq!(needed(&[wanted, code]), ["db = postgres"]);
}

#[test]
fn of_two_drivers_the_configuration_picks_one() {
    let gems = ("Gemfile", "gem 'pg'\ngem 'mysql2'\ngem 'redis', group: :production\n");
    let database = ("config/database.yml", "development:\n  adapter: mysql2\n");
    assert_eq!(needed(&[gems, database]), ["db = mysql"]);
}

#[test]
fn the_pipeline_pins_the_version() {
    let workflow = "jobs: {t: {services: {db: {image: 'postgres:15'}}}}";
    let files = [
        ("go.mod", "require github.com/lib/pq v1\n"),
        (".github/workflows/ci.yml", workflow),
        (".tool-versions", "postgres 16.1\n"),
    ];
    assert_eq!(needed(&files), ["db = postgres@15"]);
    let notes = services(&Repo::of(&files), &[]).notes;
    assert_eq!(notes[0].text, "PostgreSQL is pinned to 15 and to 16.1: 15 is taken");
}

#[test]
fn credentials_that_are_written_down_are_the_services() {
    let files = [
        ("Cargo.toml", "[dependencies]\ntokio-postgres = '1'"),
        ("config/default.toml", "url = 'postgres://shop:s3@localhost/orders'"),
    ];
    let found = services(&Repo::of(&files), &[]).services;
    let env: Vec<String> = found[0].env.iter().map(|it| format!("{}={}", it.value.key, it.value.value)).collect();
    assert_eq!(env, ["POSTGRES_USER=shop", "POSTGRES_PASSWORD=s3", "POSTGRES_DB=orders"]);
}

#[test]
fn optional_features_do_not_count() {
    let manifest = "[features]\ndefault = []\n[dependencies]\nsqlx = { version = '0.8', features = ['postgres'], optional = true }\n";
    let code = ("src/main.rs", "let url = env::var(\"DATABASE_URL\")");
    assert!(needed(&[("Cargo.toml", manifest), code]).is_empty());
    let chosen = manifest.replace("[]", "['sqlx']");
    assert_eq!(needed(&[("Cargo.toml", &chosen), code]), ["db = postgres"]);
}

#[test]
fn names_of_apps_are_left_to_them() {
    let files = [(".env.example", "DB_CONNECTION=pgsql\n")];
    let mut app = crate::detect::services::tests_app();
    app.name = "db".to_owned();
    assert_eq!(services(&Repo::of(&files), &[app]).services[0].name, "postgres");
}
