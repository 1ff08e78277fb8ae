use super::*;
use crate::detect::Toolchain;
use crate::detect::services::{services, tests_app};

/// An app of a language in a folder, started by a command.
fn app(language: &str, path: &str, frameworks: &[&str]) -> App {
    let mut app = tests_app();
    app.path = path.to_owned();
    app.language = Fact::new(language, Evidence::file("x"));
    app.toolchain = Toolchain::of_catalog(language, None);
    app.frameworks = frameworks.iter().map(|name| Fact::new(*name, Evidence::file("x"))).collect();
    app.run = Some(Fact::new("start", Evidence::file("x")));
    app
}

/// `KEY=value` of each variable, in their order.
fn wired(files: &[(&str, &str)], mut app: App) -> (Vec<String>, App, Wired) {
    let repo = Repo::of(files);
    let needed = services(&repo, &[]);
    let mut apps = [app.clone()];
    let wired = wire(&repo, &mut apps, &needed.services, &needed.uses);
    app = apps[0].clone();
    let env = app.env.iter().map(|it| format!("{}={}", it.value.key, it.value.value)).collect();
    (env, app, wired)
}

#[test]
fn addresses_of_an_example_become_references() {
    let files = [
        ("package.json", r#"{"dependencies":{"pg":"8","ioredis":"5"}}"#),
        (
            ".env.example",
            "DATABASE_URL=postgresql://postgres:postgres@localhost:5432/shop?schema=public\nREDIS_URL=redis://localhost:6379/1\nTEST_DATABASE_URL=postgres://localhost/test\nPORT=3000\n",
        ),
    ];
    let (env, app, _) = wired(&files, app("typescript", "", &[]));
    assert_eq!(env, ["DATABASE_URL=${db.url}?schema=public", "REDIS_URL=${redis.url}/1"]);
    assert!(app.needs.is_empty());
}

#[test]
fn addresses_that_are_no_urls_become_references_too() {
    let go = "user=shop password=x host=localhost dbname=shop sslmode=disable";
    let expected = "user=${store.user} port=${store.port} password=${store.password} host=${store.host} dbname=${store.database} sslmode=disable";
    let cases = [
        ("redis", "REDIS_ADDR=localhost:6379", "REDIS_ADDR=${store.host}:${store.port}".to_owned()),
        ("memcached", "MEMCACHED_SERVERS=127.0.0.1:11211", "MEMCACHED_SERVERS=${store.host}:${store.port}".to_owned()),
        ("kafka", "KAFKA_BROKERS=localhost:9092,localhost:9093", "KAFKA_BROKERS=${store.brokers}".to_owned()),
        (
            "mysql",
            "DSN=app:pw@tcp(localhost:3306)/shop?parseTime=true",
            "DSN=${store.user}:${store.password}@tcp(${store.host}:${store.port})/${store.database}?parseTime=true"
                .to_owned(),
        ),
        ("postgres", &format!("DB_DSN=\"{go}\""), format!("DB_DSN={expected}")),
        ("mailpit", "SMTP_ADDR=localhost:1025", "SMTP_ADDR=${store.smtp_host}:${store.smtp_port}".to_owned()),
    ];
    for (id, written, expected) in cases {
        assert_eq!(told(id, None, &format!("{written}\n")), [expected], "{written}");
    }
}

#[test]
fn python_keeps_the_scheme_of_its_driver() {
    let files =
        [("requirements.txt", "asyncpg\n"), (".env.example", "DATABASE_URL=postgresql+asyncpg://a:b@db:5432/c\n")];
    let (env, ..) = wired(&files, app("python", "", &[]));
    assert_eq!(
        env,
        ["DATABASE_URL=postgresql+asyncpg://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}"]
    );
    let files = [("requirements.txt", "psycopg2\n"), ("app.py", "create_engine(os.environ['DATABASE_URL'])")];
    let (env, ..) = wired(&files, app("python", "", &[]));
    assert_eq!(env, ["DATABASE_URL=postgresql://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}"]);
}

#[test]
fn parts_are_told_apart() {
    let settings = "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': os.getenv('DB_NAME'), 'USER': os.getenv('DB_USER', 'x'),\n 'PASSWORD': os.environ['DB_PASSWORD'], 'HOST': os.environ.get('DB_HOST'), 'PORT': os.getenv('DB_PORT', '3306')}}";
    let (env, ..) = wired(&[("shop/settings.py", settings), ("manage.py", "")], app("python", "", &["django"]));
    assert_eq!(
        env,
        [
            "DB_NAME=${db.database}",
            "DB_USER=${db.user}",
            "DB_PASSWORD=${db.password}",
            "DB_HOST=${db.host}",
            "DB_PORT=${db.port}"
        ]
    );
}

#[test]
fn laravel_gets_its_key_and_its_database() {
    let files = [
        ("composer.json", r#"{"require":{"laravel/framework":"^12"}}"#),
        (
            ".env.example",
            "APP_KEY=\nDB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE=laravel\nDB_USERNAME=root\nDB_PASSWORD=\nREDIS_HOST=127.0.0.1\nMAIL_MAILER=smtp\nMAIL_HOST=mailpit\nMAIL_PORT=1025\nMAIL_USERNAME=null\n",
        ),
    ];
    let (env, _, wired) = wired(&files, app("php", "", &["laravel"]));
    assert_eq!(
        env,
        [
            "DB_HOST=${db.host}",
            "DB_PORT=${db.port}",
            "DB_DATABASE=${db.database}",
            "DB_USERNAME=${db.user}",
            "DB_PASSWORD=${db.password}",
            "MAIL_HOST=${mailpit.smtp_host}",
            "MAIL_PORT=${mailpit.smtp_port}",
            "DB_CONNECTION=mysql",
            "APP_KEY=base64:${secret.APP_KEY}",
            "MAIL_MAILER=smtp",
        ]
    );
    assert_eq!(wired.secrets[0].generate.as_deref(), Some("base64-32"));
}

#[test]
fn spring_is_told_by_its_own_variables() {
    let files = [
        (
            "src/main/resources/application.yml",
            "spring:\n  datasource:\n    url: jdbc:postgresql://localhost:5432/x\n    username: x\n  data:\n    redis:\n      host: localhost\n",
        ),
        (
            "pom.xml",
            "<project><dependencies><dependency><artifactId>spring-boot-starter-data-redis</artifactId></dependency></dependencies></project>",
        ),
    ];
    let (env, ..) = wired(&files, app("java", "", &["spring-boot"]));
    assert_eq!(
        env,
        [
            "SPRING_DATASOURCE_URL=jdbc:postgresql://${db.host}:${db.port}/${db.database}",
            "SPRING_DATASOURCE_USERNAME=${db.user}",
            "SPRING_DATASOURCE_PASSWORD=${db.password}",
            "SPRING_DATA_REDIS_HOST=${redis.host}",
            "SPRING_DATA_REDIS_PORT=${redis.port}",
        ]
    );
}

#[test]
fn connection_strings_of_dotnet_are_written_anew() {
    let files = [
        (
            "Web.csproj",
            r#"<Project><ItemGroup><PackageReference Include="Microsoft.EntityFrameworkCore.SqlServer"/></ItemGroup></Project>"#,
        ),
        (
            "appsettings.json",
            r#"{"ConnectionStrings": {"Shop": "Server=(localdb)\\mssqllocaldb;Initial Catalog=Shop.Db;"}}"#,
        ),
    ];
    let (env, ..) = wired(&files, app("dotnet", "", &["aspnetcore"]));
    assert_eq!(
        env,
        [
            "ConnectionStrings__Shop=Server=${db.host},${db.port};Database=Shop.Db;User Id=${db.user};Password=${db.password};TrustServerCertificate=True"
        ]
    );
}

#[test]
fn keys_that_only_have_to_be_random_are_made() {
    let example = "# openssl rand -hex 32\nENCRYPTION_KEY=\nNEXTAUTH_SECRET=changeme\nSTRIPE_SECRET_KEY=\nGOOGLE_CLIENT_SECRET=\nDEBUG=1\n";
    let (env, _, wired) = wired(&[("package.json", "{}"), (".env.example", example)], app("typescript", "", &[]));
    assert_eq!(env, ["ENCRYPTION_KEY=${secret.ENCRYPTION_KEY}", "NEXTAUTH_SECRET=${secret.NEXTAUTH_SECRET}"]);
    assert_eq!(wired.secrets[0].generate.as_deref(), Some("hex64"));
    assert!(wired.notes[0].text.contains("STRIPE_SECRET_KEY, GOOGLE_CLIENT_SECRET"), "{}", wired.notes[0].text);
}

#[test]
fn what_is_written_down_is_needed_and_told() {
    let dev = "config :shop, Shop.Repo,\n  username: \"postgres\",\n  password: \"postgres\",\n  hostname: \"localhost\",\n  database: \"shop_dev\"\n";
    let files = [("mix.exs", "[{:postgrex, \">= 0\"}]"), ("config/dev.exs", dev)];
    let (env, app, wired) = wired(&files, app("elixir", "", &["phoenix"]));
    assert!(env.is_empty());
    assert_eq!(app.needs, ["db"]);
    assert_eq!(
        wired.notes[0].text,
        "`app` looks for `db` at `localhost`, as it is written down: inside, that has to be `db`"
    );
    assert_eq!(wired.notes[0].evidence[0].to_string(), "config/dev.exs:1");
    let steps: Vec<&str> = app.setup.iter().map(|step| step.value.run.as_str()).collect();
    assert_eq!(steps, ["mix ecto.create", "mix ecto.migrate"]);
}

#[test]
fn rails_gets_an_address_where_its_settings_ask_for_none() {
    let files = [
        ("Gemfile", "gem 'rails'\ngem 'mysql2'"),
        ("config/database.yml", "development:\n  adapter: mysql2\n  host: localhost\n"),
        ("bin/rails", ""),
    ];
    let (env, app, _) = wired(&files, app("ruby", "", &["rails"]));
    assert_eq!(env, ["DATABASE_URL=mysql2://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}"]);
    assert_eq!(app.setup[0].value.run, "bin/rails db:prepare");
}

#[test]
fn an_app_gets_what_the_packages_that_it_uses_ask_for() {
    let files = [
        ("apps/web/package.json", r#"{"dependencies":{"@shop/db":"workspace:*"}}"#),
        ("apps/docs/package.json", r#"{"dependencies":{}}"#),
        ("packages/db/package.json", r#"{"name":"@shop/db"}"#),
        (
            "packages/db/prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}",
        ),
    ];
    let repo = Repo::of(&files);
    let needed = services(&repo, &[]);
    let mut apps = [app("typescript", "apps/web", &[]), app("typescript", "apps/docs", &[])];
    wire(&repo, &mut apps, &needed.services, &needed.uses);
    assert_eq!(apps[0].env[0].value.value, "${db.url}");
    assert_eq!(apps[0].env[0].evidence[0].to_string(), "packages/db/prisma/schema.prisma:3");
    assert!(apps[1].env.is_empty() && apps[1].needs.is_empty());
}

#[test]
fn words_that_are_not_about_the_service_itself_make_no_reference() {
    let example = "DB_HOST=localhost\nDB_ENCRYPTION_KEY=\nDB_TABLE_NAME=sessions\nDATABASE_PRIMARY_HOST=db\nAPP_DB_NAME=x\nDB_QUEUE_NAME=y\nDB_USER_NAME=z\n";
    let env = told("postgres", None, example);
    let expected = [
        "DB_HOST=${store.host}",
        "DATABASE_PRIMARY_HOST=${store.host}",
        "APP_DB_NAME=${store.database}",
        "DB_USER_NAME=${store.user}",
    ];
    assert_eq!(
        env.iter().filter(|it| !it.contains("secret.")).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    assert!(env.iter().all(|it| !it.starts_with("DB_ENCRYPTION_KEY=${store.")));
}

/// What an app with these variables is told of one service.
fn told(id: &str, run: Option<&str>, example: &str) -> Vec<String> {
    let files = [("package.json", "{}"), (".env.example", example)];
    let repo = Repo::of(&files);
    let service = Service {
        name: "store".to_owned(),
        source: crate::detect::ServiceSource::Catalog(id.to_owned()),
        version: None,
        evidence: Vec::new(),
        env: Vec::new(),
        data: None,
        port: None,
        published: None,
        run: run.map(str::to_owned),
        files: Vec::new(),
        seed: None,
        needs: Vec::new(),
        ready: None,
        optional: false,
        engine: crate::detect::Engine::default(),
    };
    let mut apps = [app("typescript", "", &[])];
    wire(&repo, &mut apps, &[service], &Uses::default());
    apps[0].env.iter().map(|it| format!("{}={}", it.value.key, it.value.value)).collect()
}

#[test]
fn redis_has_the_password_that_its_own_command_gives_it() {
    let example = "REDIS_PASSWORD=said\n";
    assert_eq!(told("redis", None, example), ["REDIS_PASSWORD="]);
    assert_eq!(told("redis", Some("redis-server --requirepass \"own\""), example), ["REDIS_PASSWORD=own"]);
    assert_eq!(told("redis", Some("redis-server --requirepass $PASSWORD"), example), ["REDIS_PASSWORD=said"]);
}

#[test]
fn what_does_for_the_clients_of_another_is_told_by_its_variables() {
    let example = "ELASTICSEARCH_HOST=localhost\nELASTICSEARCH_PORT=9200\n";
    assert_eq!(
        told("opensearch", None, example),
        ["ELASTICSEARCH_HOST=${store.host}", "ELASTICSEARCH_PORT=${store.port}"]
    );
    assert_eq!(told("meilisearch", None, "MEILI_MASTER_KEY=x\n"), ["MEILI_MASTER_KEY=${store.password}"]);
}

#[test]
fn many_files_and_many_apps_are_gone_through_once() {
    let mut files: Vec<(String, String)> = (0..40)
        .flat_map(|app| {
            (0..2_500).map(move |file| (format!("apps/a{app}/lib/f{file}.js"), "process.env.REDIS_URL".to_owned()))
        })
        .collect();
    files.extend((0..40).map(|app| (format!("apps/a{app}/package.json"), format!("{{\"name\": \"a{app}\"}}"))));
    let pairs: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let repo = Repo::of(&pairs);
    let mut apps: Vec<App> = (0..40).map(|number| app("typescript", &format!("apps/a{number}"), &[])).collect();
    let wired = wire(&repo, &mut apps, &[], &Uses::default());
    assert!(apps.iter().all(|app| app.env.is_empty()) && wired.secrets.is_empty());
}

#[test]
fn php_gets_the_drivers_of_the_services_it_uses() {
    let with = |files: &[(&str, &str)]| match wired(files, app("php", "", &[])).1.toolchain {
        Toolchain::Catalog { with, .. } => with,
        other => panic!("{other:?}"),
    };
    let example = (
        ".env.example",
        "DB_CONNECTION=mysql\nDATABASE_URL=mysql://a:b@localhost:3306/c\nCACHE_STORE=redis\nSESSION_DRIVER=redis\nREDIS_HOST=127.0.0.1\n",
    );
    assert_eq!(with(&[("composer.json", "{}"), example]), ["pdo_mysql", "redis"]);
    let code = ("index.php", "<?php\n$db = mysqli_connect('localhost', 'a', 'b');\n");
    assert_eq!(with(&[("composer.json", "{\"require\": {\"predis/predis\": \"^3\"}}"), example, code]), ["mysqli"]);
    let both = ("shop.php", "<?php\n$db = new PDO(getenv('DSN'));\n");
    assert_eq!(with(&[example, code, both]), ["pdo_mysql", "redis", "mysqli"]);
    // What a package of others calls nobody can tell.
    let package = ("composer.json", "{\"require\": {\"acme/store\": \"^1\"}}");
    assert_eq!(with(&[package, example, code]), ["pdo_mysql", "redis", "mysqli"]);
    let (_, python, _) = wired(&[example], app("python", "", &[]));
    assert_eq!(python.toolchain, Toolchain::of_catalog("python", None));
}

#[test]
fn keys_of_others_wait_for_a_person() {
    let files = [
        ("package.json", "{}"),
        ("server.js", "client(process.env.OPENAI_API_KEY, process.env.PORT)"),
        (
            ".env.example",
            "# Sandbox key of the payments team. More words\nSTRIPE_SECRET_KEY=sk_your_key\nSENTRY_DSN=\n",
        ),
    ];
    let (env, app, wired) = wired(&files, app("javascript", "", &[]));
    assert_eq!(env, [""; 0]);
    let keys: Vec<String> = app.keys.iter().map(|key| format!("{}: {}", key.name, key.description)).collect();
    assert_eq!(
        keys,
        [
            "STRIPE_SECRET_KEY: Sandbox key of the payments team",
            "OPENAI_API_KEY: Only a person can get it; see server.js:1"
        ]
    );
    assert!(wired.secrets.is_empty() && wired.notes.len() == 1);
}

#[test]
fn the_password_that_a_command_sets_is_part_of_the_address() {
    let compose =
        |command: &str| format!("services:\n  cache: {{image: 'redis:7', command: {command}}}\n  web: {{build: .}}\n");
    let url = |command: &str, example: &str| {
        let text = compose(command);
        let files = [
            ("compose.yaml", text.as_str()),
            ("Dockerfile", "FROM node:24\n"),
            ("package.json", r#"{"scripts":{"start":"node server.js"},"dependencies":{"express":"5","ioredis":"5"}}"#),
            ("server.js", "require('express')().listen(process.env.PORT || 3000); connect(process.env.REDIS_URL)"),
            (".env.example", example),
        ];
        let findings = crate::detect::detect(&Repo::of(&files));
        let found = findings.apps.iter().flat_map(|app| &app.env).find(|it| it.value.key == "REDIS_URL");
        found.map(|it| it.value.value.clone()).unwrap_or_default()
    };
    let odd = url("redis-server --requirepass 'S3c@ret/#1'", "A=b");
    assert_eq!(odd, "redis://:S3c%40ret%2F%231@${cache.host}:${cache.port}");
    let secured = "redis-server --requirepass 's3cret'";
    assert_eq!(url(secured, "REDIS_URL=redis://localhost:6379/1"), "redis://:s3cret@${cache.host}:${cache.port}/1");
    assert_eq!(url(secured, "A=b"), "redis://:s3cret@${cache.host}:${cache.port}");
    assert_eq!(url("redis-server --appendonly yes", "REDIS_URL=redis://localhost"), "${cache.url}");
}

#[test]
fn what_the_code_does_not_start_without_is_set_or_told() {
    let files = [
        ("requirements.txt", "django\n"),
        (
            "shop/settings.py",
            "SECRET_KEY = os.environ['DJANGO_SECRET_KEY']\nSITE = env('SITE_NAME')\nos.environ['SET_HERE'] = 'x'\nA = env('A', default='b')\nB = os.environ.get('B')\n",
        ),
        (
            "shop/config.py",
            "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"SHOP_\")\n    region: str\n    retries: int = 3\n    note: str | None\n\n    def x(self) -> str:\n        y: int\n\nclass Other:\n    z: str\n\nclass Mail(BaseSettings):\n    \"\"\"Where mail goes.\n\n    Note: only here.\n    \"\"\"\n    sender: str\n    class Config:\n        env_prefix = 'MAIL_'\n",
        ),
    ];
    let (env, _, wired) = wired(&files, app("python", "", &["django"]));
    assert_eq!(env, ["DJANGO_SECRET_KEY=${secret.DJANGO_SECRET_KEY}"]);
    assert_eq!(wired.secrets[0].generate.as_deref(), Some("hex64"));
    let notes: Vec<&str> = wired.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(
        notes,
        ["`app` asks for SHOP_REGION, MAIL_SENDER, SITE_NAME, which nothing sets: write them into its `env`"]
    );
}

#[test]
fn settings_of_the_jvm_keep_the_form_of_their_address() {
    let pom = "<project><dependencies><dependency><artifactId>mysql-connector-j</artifactId></dependency></dependencies></project>";
    let settings = "spring.datasource.url=${MYSQL_URL:jdbc:mysql://localhost/shop}\n";
    let files = [("pom.xml", pom), ("src/main/resources/application.properties", settings)];
    let (env, ..) = wired(&files, app("java", "", &["spring-boot"]));
    assert!(env.contains(&"MYSQL_URL=jdbc:mysql://${db.host}:${db.port}/${db.database}".to_owned()), "{env:?}");
}

#[test]
fn a_switch_is_no_address() {
    let files = [
        ("requirements.txt", "redis\n"),
        ("app.py", "if os.getenv('USE_REDIS_HOST'): redis.Redis(host=os.environ['REDIS_HOST'])"),
        (".env.example", "REDIS_HOST=localhost\n"),
    ];
    let (env, ..) = wired(&files, app("python", "", &[]));
    assert!(env.iter().any(|it| it == "REDIS_HOST=${redis.host}"), "{env:?}");
    assert!(!env.iter().any(|it| it.starts_with("USE_")), "{env:?}");
}

#[test]
fn a_client_without_an_address_gets_the_variables_of_libpq() {
    let package = ("package.json", r#"{"dependencies":{"pg":"8"}}"#);
    let code = ("server.js", "const { Pool } = require('pg');\nconst pool = new Pool();\n");
    let (env, app, _) = wired(&[package, code], app("javascript", "", &[]));
    assert_eq!(
        env,
        [
            "PGHOST=${db.host}",
            "PGPORT=${db.port}",
            "PGUSER=${db.user}",
            "PGPASSWORD=${db.password}",
            "PGDATABASE=${db.database}"
        ]
    );
    assert_eq!(app.env[0].evidence[0].to_string(), "server.js:2");
    assert!(app.needs.is_empty());
    // One that is told where the database is stays told.
    let example = (".env.example", "DATABASE_URL=postgres://localhost/x\n");
    let (env, ..) = wired(&[package, code, example], self::app("javascript", "", &[]));
    assert_eq!(env, ["DATABASE_URL=${db.url}"]);
}

#[test]
fn a_variable_that_a_client_is_given_is_told_whatever_it_is_called() {
    // The driver comes with something else.
    let files = [
        ("requirements.txt", "flask\n"),
        ("app.py", "import os, redis\nstore = redis.from_url(os.environ[\"KEPT_AT\"])\n"),
    ];
    let (env, app, _) = wired(&files, app("python", "", &["flask"]));
    assert_eq!(env, ["KEPT_AT=${redis.url}"]);
    assert_eq!(app.env[0].evidence[0].to_string(), "app.py:2");
}
