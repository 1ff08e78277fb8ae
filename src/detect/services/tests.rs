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
fn code_that_can_not_do_without_is_a_proof() {
    let redis = ("app.py", "r = redis.from_url(os.environ['REDIS_URL'])\n");
    assert_eq!(needed(&[("requirements.txt", "flask\n"), redis]), ["redis = redis"]);
    let pool = ("server.js", "const { Pool } = require('pg');\nconst pool = new Pool();\n");
    assert_eq!(needed(&[("package.json", "{}"), pool]), ["db = postgres"]);
    let cached = ("app.py", "url = os.getenv('REDIS_URL')\nif url:\n    r = redis.from_url(url)\n");
    assert!(needed(&[("requirements.txt", "redis\n"), cached]).is_empty());
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

#[test]
fn products_that_work_with_many_databases_need_the_one_that_is_chosen() {
    let package = ("package.json", r#"{"dependencies":{"pg":"8","mysql2":"3","better-sqlite3":"11","typeorm":"0.3"}}"#);
    let code = ("src/config/database.ts", "if (process.env.POSTGRES_HOST) { connect('postgres://localhost/x') }");
    assert!(needed(&[package, code]).is_empty());
    assert_eq!(needed(&[package, code, (".env.example", "DB_TYPE=postgres\n")]), ["db = postgres"]);
    assert_eq!(needed(&[package, code, (".env.example", "MYSQL_HOST=localhost\n")]), ["db = mysql"]);
}

#[test]
fn a_matrix_of_databases_in_the_pipeline_chooses_none() {
    let gomod = (
        "go.mod",
        "require (\n\tgithub.com/lib/pq v1\n\tgithub.com/go-sql-driver/mysql v1\n\tgithub.com/mattn/go-sqlite3 v1\n)\n",
    );
    let workflow = "jobs: {t: {services: {a: {image: 'postgres:15'}, b: {image: 'mysql:8'}}}}";
    assert!(needed(&[gomod, (".github/workflows/ci.yml", workflow)]).is_empty());
}

#[test]
fn queues_that_live_in_redis_need_it() {
    assert_eq!(needed(&[("package.json", r#"{"dependencies":{"bullmq":"5"}}"#)]), ["redis = redis"]);
    assert_eq!(needed(&[("Gemfile", "gem 'rails'\ngem 'sidekiq'\n")]), ["redis = redis"]);
    let celery = ("requirements.txt", "celery\n");
    assert!(needed(&[celery]).is_empty());
    assert_eq!(
        needed(&[celery, ("shop/celery.py", "app = Celery(broker='amqp://guest@localhost//')")]),
        ["rabbitmq = rabbitmq"]
    );
}

#[test]
fn frameworks_of_the_jvm_say_it_in_their_settings() {
    let pom = (
        "pom.xml",
        "<project><dependencies><dependency><artifactId>h2</artifactId></dependency><dependency><artifactId>mysql-connector-j</artifactId></dependency></dependencies></project>",
    );
    assert!(needed(&[pom, ("src/main/resources/application.properties", "database=h2\n")]).is_empty());
    let quarkus = "quarkus.datasource.db-kind=postgresql\n%prod.quarkus.datasource.jdbc.url=jdbc:mysql://x/y\n";
    assert_eq!(needed(&[pom, ("src/main/resources/application.properties", quarkus)]), ["db = postgres"]);
    let sbt = ("build.sbt", "libraryDependencies += \"org.postgresql\" % \"postgresql\" % \"42.7\"\n");
    let play = ("conf/application.conf", "db.default.url = \"jdbc:postgresql://localhost/shop\"\n");
    assert_eq!(needed(&[sbt, play]), ["db = postgres"]);
}

/// It would start them through the engine, which is handed to nothing.
#[test]
fn quarkus_gets_what_it_would_start_by_itself() {
    let pom = "<project><dependencies><dependency><artifactId>quarkus-jdbc-postgresql</artifactId></dependency>\
               <dependency><artifactId>quarkus-messaging-kafka</artifactId></dependency></dependencies></project>";
    assert_eq!(needed(&[("pom.xml", pom)]), ["db = postgres", "kafka = kafka"]);
}

#[test]
fn a_key_in_a_cache_is_no_name_of_one() {
    let code = "const redis = new Redis(process.env.REDIS_URL);\nawait redis.del('lock');\n";
    let package = ("package.json", r#"{"dependencies":{"ioredis":"5"}}"#);
    let example = (".env.example", "REDIS_URL=redis://localhost:6379\n");
    assert_eq!(needed(&[package, example, ("src/redis.ts", code)]), ["redis = redis"]);
}

/// A fallback is for those who have not said anything.
#[test]
fn an_example_names_another_database_than_the_code_falls_back_to() {
    let code = "<?php\n$url = getenv('DATABASE_URL') ?: 'mysql://root@127.0.0.1:3306/x';\n";
    let composer = ("composer.json", r#"{"require":{"ext-pdo_pgsql":"*"}}"#);
    let example = (".env.example", "DATABASE_URL=postgres://u:p@localhost:5432/x\n");
    assert_eq!(needed(&[("index.php", code), composer, example]), ["db = postgres"]);
}

#[test]
fn settings_of_symfony_and_wordpress_are_understood() {
    let composer = ("composer.json", r#"{"require":{"doctrine/orm":"^3","symfony/framework-bundle":"7"}}"#);
    let env = "DATABASE_URL=\"mysql://app:pw@127.0.0.1:3306/app?serverVersion=10.11.2-MariaDB&charset=utf8mb4\"\nMESSENGER_TRANSPORT_DSN=doctrine://default\n";
    assert_eq!(needed(&[composer, (".env", env)]), ["db = mariadb@10.11.2"]);
    let bedrock = ("composer.json", r#"{"require":{"roots/wordpress":"6"}}"#);
    assert_eq!(needed(&[bedrock, (".env.example", "DB_NAME='x'\nDB_USER='y'\n")]), ["db = mysql"]);
}

#[test]
fn documents_and_search_are_found_where_they_are_used() {
    let package = ("package.json", r#"{"dependencies":{"mongoose":"8","@elastic/elasticsearch":"8"}}"#);
    let code = ("src/db.js", "mongoose.connect(process.env.MONGO_URI)");
    assert_eq!(needed(&[package, code]), ["mongo = mongodb"]);
    let example = (".env.example", "ELASTICSEARCH_NODE=http://elasticsearch:9200\n");
    assert_eq!(needed(&[package, code, example]), ["mongo = mongodb", "elasticsearch = elasticsearch"]);
}

#[test]
fn an_aspire_host_adds_services() {
    let host =
        "var db = builder.AddPostgres(\"pg\").AddDatabase(\"shop\");\nvar cache = builder.AddRedis(\"cache\");\n";
    let files = [("Shop.AppHost/Shop.AppHost.csproj", "<Project/>"), ("Shop.AppHost/Program.cs", host)];
    assert_eq!(needed(&files), ["db = postgres", "redis = redis"]);
}

#[test]
fn tests_and_examples_of_a_library_are_no_needs() {
    let files = [
        ("package.json", r#"{"devDependencies":{"pg":"8"}}"#),
        ("examples/shop/package.json", r#"{"dependencies":{"pg":"8"}}"#),
        ("examples/shop/.env.example", "DATABASE_URL=postgres://localhost/x"),
        ("test/db.js", "new pg.Client('postgres://localhost/x')"),
    ];
    assert!(needed(&files).is_empty());
}

#[test]
fn hostile_files_are_passed_over() {
    let deep = "[".repeat(5_000);
    let long = "é".repeat(100_000);
    let files = [
        ("package.json", "{ nope"),
        ("composer.json", deep.as_str()),
        (".env.example", long.as_str()),
        ("config/database.yml", "development: &a\n  <<: *a\n"),
        ("config/settings.py", long.as_str()),
        ("schema.prisma", "datasource db {\n provider"),
        ("app.ini", "[\n=\n]:=\n[database\ntype"),
        ("Dockerfile", "FROM\nFROM --platform=x\n"),
        (".github/workflows/a.yml", "services: [[[[{image: ':'}]]]]"),
    ];
    assert!(needed(&files).is_empty());
}

#[test]
fn mysql_or_mariadb_is_what_the_repo_says() {
    let page = ("index.php", "<?php $db = new mysqli('localhost', 'a', 'b', getenv('DB_NAME') ?: 'guestbook');");
    let told = |files: &[(&str, &str)]| {
        let needed = services(&Repo::of(files), &[]);
        let service = &needed.services[0];
        let ServiceSource::Catalog(id) = &service.source else { panic!("{service:?}") };
        let env = service.env.iter().map(|it| format!(" {}={}", it.value.key, it.value.value));
        let notes = needed.notes.iter().map(|note| format!(" | {}", note.text));
        format!("{id}{}", env.chain(notes).collect::<String>())
    };
    assert_eq!(
        told(&[page, ("README.md", "# Guestbook\nNeeds PHP and MariaDB 11.\n")]),
        "mariadb MARIADB_DATABASE=guestbook"
    );
    assert_eq!(
        told(&[page, ("Dockerfile", "FROM php:8\nRUN apt-get install -y mariadb-client\n")]),
        "mariadb MARIADB_DATABASE=guestbook"
    );
    assert_eq!(told(&[page, ("README.md", "Needs MySQL, or MariaDB.\n")]), "mysql MYSQL_DATABASE=guestbook");
    let undecided = "mysql MYSQL_DATABASE=guestbook | the database is mysql, or mariadb: nothing says which";
    assert_eq!(told(&[page, ("README.md", "# Guestbook\n")]), undecided);
}
