use expect_test::{Expect, expect};

use super::*;
use crate::detect::{
    App, Evidence, Fact, PackageManager, Secret, Service, ServiceSource, Step, Task, Toolchain, Variable,
};
use crate::manifest;

fn fact<T>(value: impl Into<T>, path: &str, line: usize) -> Fact<T> {
    Fact::new(value, Evidence::at(path, line))
}

fn variable(key: &str, value: &str) -> Fact<Variable> {
    fact(Variable { key: key.into(), value: value.into() }, ".env.example", 1)
}

fn service(name: &str, id: &str, version: Option<&str>) -> Service {
    Service {
        name: name.into(),
        source: ServiceSource::Catalog(id.into()),
        version: version.map(|version| fact(version, "compose.yaml", 4)),
        evidence: vec![Evidence::at("compose.yaml", 3)],
        env: Vec::new(),
        data: None,
        port: None,
        published: None,
        run: None,
        files: Vec::new(),
        seed: None,
        needs: Vec::new(),
        ready: None,
        optional: false,
        engine: crate::detect::Engine::default(),
    }
}

fn app(name: &str, path: &str) -> App {
    App {
        name: name.into(),
        path: path.into(),
        language: fact("typescript", "tsconfig.json", 1),
        toolchain: Toolchain::of_catalog("node", Some("22".into())),
        version: Some(fact(">=22", "package.json", 5)),
        package_manager: Some(fact(PackageManager { name: "npm".into(), version: None }, "package-lock.json", 1)),
        frameworks: Vec::new(),
        setup: vec![fact(Step { run: "npm ci".into(), inputs: Vec::new() }, "package-lock.json", 1)],
        run: Some(fact("npm run dev", "package.json", 8)),
        port: Some(fact(3000_u16, "package.json", 8)),
        published: None,
        env: Vec::new(),
        built: Vec::new(),
        keys: Vec::new(),
        lacking: Vec::new(),
        needs: Vec::new(),
        ready: None,
        once: false,
        optional: false,
        files: Vec::new(),
        restart_on: Vec::new(),
        engine: crate::detect::Engine::default(),
    }
}

fn shop() -> Findings {
    let mut api = app("api", "services/api");
    api.env = vec![variable("DATABASE_URL", "${db.url}"), variable("GREETING", "hello: ${you}"), variable("EMPTY", "")];
    api.setup.push(fact(
        Step { run: "npm run migrate".into(), inputs: vec!["migrations/**".into()] },
        "package.json",
        9,
    ));
    api.needs = vec!["cache".into(), "gone".into()];
    let mut broken = app("tool", "tool");
    broken.run = None;
    Findings {
        services: vec![service("db", "postgres", Some("16")), service("cache", "redis", None)],
        apps: vec![api, broken],
        tasks: vec![Task { name: "test".into(), app: "api".into(), run: fact("npm test", "package.json", 10) }],
        secrets: vec![Secret {
            name: "SESSION_KEY".into(),
            description: String::new(),
            generate: Some("hex64".into()),
            evidence: Vec::new(),
        }],
        unresolved: vec![Unresolved {
            about: "api".into(),
            field: "port".into(),
            question: "two files name one:".into(),
            choices: vec!["3000".into(), "8080".into()],
            evidence: vec![Evidence::at("Dockerfile", 7)],
        }],
        ..Findings::default()
    }
}

#[test]
fn keys_of_others_and_published_ports_are_written_where_they_go() {
    let key = |name: &str| Secret {
        name: name.into(),
        description: "Ask the payments team".into(),
        generate: None,
        evidence: vec![Evidence::at(".env.example", 3)],
    };
    let mut api = app("api", "");
    api.published = Some(fact(8080_u16, "compose.yaml", 6));
    api.env = vec![variable("LOG", "debug")];
    api.keys = vec![key("STRIPE_KEY")];
    let mut worker = app("worker", "worker");
    worker.port = None;
    worker.keys = vec![key("STRIPE_KEY"), key("OPENAI_API_KEY")];
    let mut db = service("db", "postgres", None);
    db.published = Some(5433);
    let findings = Findings { apps: vec![api, worker], services: vec![db], ..Findings::default() };
    let text = manifest(&findings);
    check(
        &text,
        expect![[r#"
        # What this repo needs to run: `devenv up` brings it up, `devenv check` checks this file.

        services:
          db:
            use: postgres  # compose.yaml:3
            port: { outside: 5433 }

        apps:
          api:
            runtime: node@22  # package.json:5
            setup:
              - npm ci
            run: npm run dev  # package.json:8
            port: { inside: 3000, outside: 8080 }  # compose.yaml:6
            env:
              LOG: debug
              # STRIPE_KEY: ${secret.STRIPE_KEY}

          worker:
            path: worker
            runtime: node@22  # package.json:5
            setup:
              - npm ci
            run: npm run dev  # package.json:8
            # env:
            #   STRIPE_KEY: ${secret.STRIPE_KEY}
            #   OPENAI_API_KEY: ${secret.OPENAI_API_KEY}

        # secrets:
        #   STRIPE_KEY: Ask the payments team
        #   OPENAI_API_KEY: Ask the payments team
    "#]],
    );
    // Without the signs in front it asks for them.
    let signs = [
        ("# STRIPE_KEY", "STRIPE_KEY"),
        ("#   STRIPE_KEY", "  STRIPE_KEY"),
        ("# env", "env"),
        ("# secrets", "secrets"),
    ];
    let filled = signs.into_iter().fold(text, |text, (with, without)| text.replace(with, without));
    let manifest = manifest::load("dev.yaml", filled.as_bytes()).unwrap();
    assert_eq!(manifest.secrets.iter().map(|it| it.name.value.as_str()).collect::<Vec<_>>(), ["STRIPE_KEY"]);
}

#[track_caller]
fn check(text: &str, expected: Expect) {
    if let Err(problems) = manifest::load("dev.yaml", text.as_bytes()) {
        panic!("{}\n{text}", problems.iter().map(|it| it.what.clone()).collect::<Vec<_>>().join("\n"));
    }
    expected.assert_eq(text);
}

#[test]
fn a_manifest_is_short_and_says_from_where_it_is() {
    check(
        &manifest(&shop()),
        expect![[r#"
            # What this repo needs to run: `devenv up` brings it up, `devenv check` checks this file.

            services:
              db: postgres@16  # compose.yaml:4
              cache: redis  # compose.yaml:3

            apps:
              # port: two files name one: 3000 or 8080  (Dockerfile:7)
              api:
                path: services/api
                runtime: node@22  # package.json:5
                setup:
                  - npm ci
                  - run: npm run migrate
                    inputs: [migrations/**]
                run: npm run dev  # package.json:8
                port: 3000  # package.json:8
                env:
                  DATABASE_URL: ${db.url}
                  GREETING: 'hello: $${you}'
                  EMPTY: ''
                needs: [cache]

              # how this is started could not be told: add `run:` and remove the signs in front
              # tool:
              #   path: tool
              #   runtime: node@22  # package.json:5
              #   setup:
              #     - npm ci
              #   port: 3000  # package.json:8

            tasks:
              test: npm test

            secrets:
              SESSION_KEY:
                generate: hex64
        "#]],
    );
}

#[test]
fn what_a_person_wrote_stays_and_what_is_missing_comes_behind_it() {
    let text = "# ours\nservices:\n    # the one\n    store: postgres@15 # not 16!\n\n    # kept as well\n\n# apps, you see\napps:\n    api: { runtime: node, path: services/api, run: x, port: 1 }\n\n";
    let own = manifest::load("dev.yaml", text.as_bytes()).unwrap();
    let mut findings = shop();
    findings.apps[0].path = "other".into();
    findings.apps[0].name = "web".into();
    findings.tasks[0].app = "web".into();
    let updated = update(text, &own, &findings);
    check(
        &updated.text,
        expect![[r#"
            # ours
            services:
                # the one
                store: postgres@15 # not 16!

                # kept as well
                cache: redis  # compose.yaml:3

            # apps, you see
            apps:
                api: { runtime: node, path: services/api, run: x, port: 1 }
                web:
                  path: other
                  runtime: node@22  # package.json:5
                  setup:
                    - npm ci
                    - run: npm run migrate
                      inputs: [migrations/**]
                  run: npm run dev  # package.json:8
                  port: 3000  # package.json:8
                  env:
                    DATABASE_URL: ${store.url}
                    GREETING: 'hello: $${you}'
                    EMPTY: ''
                  needs: [cache]

            tasks:
              test:
                in: web
                run: npm test

            secrets:
              SESSION_KEY:
                generate: hex64
        "#]],
    );
    assert_eq!(updated.added, ["the service cache", "the app web", "the task test", "the secret SESSION_KEY"]);
    assert_eq!(updated.differs, ["dev.yaml says postgres@15, and compose.yaml:4 says 16"]);
    let again = manifest::load("dev.yaml", updated.text.as_bytes()).unwrap();
    findings.apps.pop();
    assert_eq!(update(&updated.text, &again, &findings).text, updated.text, "and nothing comes twice");
}

#[test]
fn a_section_in_one_line_is_left_alone_and_line_ends_stay() {
    let text = "services: { db: postgres }\r\napps: {}\r\n";
    let own = manifest::load("dev.yaml", text.as_bytes()).unwrap();
    let mut findings = shop();
    findings.apps.clear();
    let updated = update(text, &own, &findings);
    assert_eq!(
        updated.text,
        "services: { db: postgres }\r\napps: {}\r\n\r\nsecrets:\r\n  SESSION_KEY:\r\n    generate: hex64\r\n"
    );
    assert_eq!(updated.left, ["services:\n  cache: redis  # compose.yaml:3\n"]);
}

#[test]
fn every_line_keeps_its_own_end() {
    let text = "services:\n  db: postgres\r\napps:\n  web: { image: x }";
    let own = manifest::load("dev.yaml", text.as_bytes()).unwrap();
    let findings = Findings { services: vec![service("cache", "redis", None)], ..Findings::default() };
    let updated = update(text, &own, &findings);
    let wanted = "services:\n  db: postgres\r\n  cache: redis  # compose.yaml:3\napps:\n  web: { image: x }";
    assert_eq!(updated.text, wanted);
}

#[test]
fn an_app_of_the_manifest_is_told_of_a_service_that_is_new() {
    let text = "# ours\napps:\n  web:  # the shop\n    runtime: node\n    run: x\n    env:\n      # keep\n      LOG: debug\n\n  \
                job: { runtime: node, run: y }\n";
    let own = manifest::load("dev.yaml", text.as_bytes()).unwrap();
    let mut web = app("web", "");
    web.env = vec![variable("LOG", "info"), variable("CACHE_URL", "${store.url}"), variable("OTHER", "text")];
    let mut job = app("job", "job");
    job.env = vec![variable("CACHE_URL", "${store.url}")];
    let findings =
        Findings { apps: vec![web, job], services: vec![service("store", "redis", None)], ..Findings::default() };
    let updated = update(text, &own, &findings);
    check(
        &updated.text,
        expect![[r#"
            # ours
            apps:
              web:  # the shop
                runtime: node
                run: x
                env:
                  # keep
                  LOG: debug
                  CACHE_URL: ${store.url}

              job: { runtime: node, run: y }

            services:
              store: redis  # compose.yaml:3
        "#]],
    );
    assert_eq!(updated.added, ["CACHE_URL of the app web", "the service store"]);
    assert_eq!(updated.left, ["apps:\n  job:\n    env:\n      CACHE_URL: ${store.url}\n"]);
    let again = manifest::load("dev.yaml", updated.text.as_bytes()).unwrap();
    assert_eq!(update(&updated.text, &again, &findings).text, updated.text);
}

#[test]
fn what_somebody_decided_is_asked_no_more() {
    let own = manifest::load("dev.yaml", b"apps:\n  api: { runtime: node, run: x, path: services/api }\n").unwrap();
    let mut findings = shop();
    forget_decided(&mut findings, &own);
    assert_eq!(findings.unresolved, []);
    let mut findings = shop();
    forget_decided(&mut findings, &manifest::Manifest::default());
    assert_eq!(findings.unresolved.len(), 1);
}

#[test]
fn every_text_is_read_as_what_it_is() {
    let texts = [
        "",
        " ",
        "~",
        "yes",
        "a: b",
        "a #b",
        "- a",
        "-a",
        "?",
        "'",
        "\"",
        "it's \"so\"",
        "a\nb",
        "a\n\n  b: c # d\ne\n",
        "a\nb\n\n",
        " a\nb",
        "\t",
        "{a}",
        "[a]",
        "a, b",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "# a",
        "a:",
        "0755",
        "22:22",
        "1e3",
        "é\u{2028}",
        "\u{7f}",
        "---",
        "...",
        "<<",
        "=",
        "C:\\x",
        "${you}",
        "$${you}",
        "${db.url}",
        "$${db.url}",
        "${db.url",
        "a$",
        "\u{feff}x",
    ];
    for text in texts {
        let mut findings = shop();
        findings.unresolved.clear();
        findings.apps.truncate(1);
        findings.apps[0].env = vec![variable("X", text)];
        let written = manifest(&findings);
        let read = manifest::load("dev.yaml", written.as_bytes());
        let read = read.unwrap_or_else(|problems| panic!("{text:?}: {}\n{written}", problems[0].what));
        let value = read.apps[0].env[0].value.value.as_written();
        let meant = text.replace("$${", "${");
        assert_eq!(value, meant, "{written}");
    }
}

/// Whatever a repo says, what is right of it can be used.
#[test]
fn what_would_be_wrong_is_left_out_and_told() {
    let mut findings = shop();
    findings.services[1].source = ServiceSource::Catalog("nonsense".into());
    findings.apps[0].ready = Some(fact("no path", "x", 1));
    let (text, notes) = sound("dev.yaml", &findings).unwrap();
    assert!(manifest::load("dev.yaml", text.as_bytes()).is_ok());
    assert!(text.contains("db: postgres") && !text.contains("nonsense") && !text.contains("api:"), "{text}");
    let told: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("`cache` was left out of dev.yaml: ") && told[1].starts_with("`api` was left out"),
        "{told:?}"
    );
}
