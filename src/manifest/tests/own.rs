//! A person's own file over the team's, as the person meets it.

use super::*;
use crate::manifest::{AppSource, Build, Part, Runtime, ServiceSource, Template, Tools, load_with_own};

const TEAM: &str = "\
services:
  db: { use: postgres@16, env: { POSTGRES_INITDB_ARGS: --data-checksums } }
  cache: redis
  mail: { use: mailpit, optional: true }
apps:
  api:
    runtime: node@22
    setup: [npm ci, npm run migrate]
    run: npm run dev
    port: 3000
    env: { LOG_LEVEL: info, DATABASE_URL: \"${db.url}\", KEY: \"${secret.API_KEY}\" }
    ready: { http: /healthz, status: 204, timeout: 30s }
tasks: { test: { in: api, run: npm test } }
secrets: { API_KEY: Ask the platform team }
";

fn both(own: &str) -> Result<Manifest, Vec<Problem>> {
    load_with_own("dev.yaml", TEAM.as_bytes(), Some(own.as_bytes()))
}

#[track_caller]
fn merged(own: &str) -> Manifest {
    both(own).unwrap_or_else(|problems| panic!("{}", show(&problems)))
}

#[test]
fn another_kind_of_service_brings_its_own_port_and_data() {
    let team = "services:\n  db: { image: own/db:1, port: 7000, data: /mine, ready: { log: up }, env: { A: b } }\n  \
                cache: { use: redis@7, port: 6380 }\n";
    let own = "services: { db: postgres, cache: redis@8 }";
    let manifest = load_with_own("dev.yaml", team.as_bytes(), Some(own.as_bytes())).unwrap();
    let [db, cache] = manifest.services.as_slice() else { panic!("two services") };
    assert_eq!((&db.port, &db.data, &db.ready, db.env.len()), (&None, &None, &None, 1));
    assert_eq!(cache.port.as_ref().map(|port| port.value.number()), Some(6380));
}

fn problems(own: &str) -> String {
    both(own).map_or_else(|problems| show(&problems), |_| "fine\n".to_owned())
}

fn catalog(manifest: &Manifest, name: &str) -> String {
    let service = manifest.services.iter().find(|service| service.name.value.as_str() == name).unwrap();
    match &service.source.value {
        ServiceSource::Catalog { id, version } => format!("{id}@{}", version.as_deref().unwrap_or("-")),
        ServiceSource::Image(image) => image.clone(),
    }
}

fn text(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Reference(_) => "${…}".to_owned(),
    };
    template.parts.iter().map(part).collect()
}

fn env(manifest: &Manifest) -> Vec<String> {
    let variables = &manifest.apps[0].env;
    variables.iter().map(|one| format!("{}={}", one.key.value, text(&one.value.value))).collect()
}

#[test]
fn a_short_form_changes_only_what_it_is_short_for() {
    let manifest = merged("services: { db: postgres@17, cache: { port: 6380 } }\ntasks: { test: npm run quick }");
    assert_eq!(catalog(&manifest, "db"), "postgres@17");
    assert_eq!(manifest.services[0].env.len(), 1);
    assert_eq!(catalog(&manifest, "cache"), "redis@-");
    assert_eq!(manifest.services[1].port.as_ref().unwrap().value.number(), 6380);
    assert_eq!(text(&manifest.tasks[0].run.value), "npm run quick");
    assert_eq!(manifest.tasks[0].app.as_ref().unwrap().value.as_str(), "api");
    assert_eq!(manifest.own.changes, ["services.db.use", "services.cache.port", "tasks.test.run"]);
}

#[test]
fn variables_merge_one_by_one_and_lists_replace() {
    let manifest = merged("apps: { api: { env: { LOG_LEVEL: debug, KEY: null, MORE: 1 }, setup: [npm ci] } }");
    assert_eq!(env(&manifest), ["LOG_LEVEL=debug", "DATABASE_URL=${…}", "MORE=1"]);
    assert_eq!(manifest.apps[0].setup.len(), 1);
    let manifest = merged("apps:\n  api:\n    env:\n      - LOG_LEVEL=a=b\n      - U=${db.url}\n");
    assert_eq!(env(&manifest), ["LOG_LEVEL=a=b", "DATABASE_URL=${…}", "KEY=${…}", "U=${…}"]);
    let places = manifest.apps[0].env[3].value.value.references().map(|at| (at.span.line, at.span.column));
    assert_eq!(places.collect::<Vec<_>>(), [(5, 11)]);
}

#[test]
fn null_takes_away_and_an_empty_section_says_nothing() {
    let manifest = merged("services:\n  cache:\n  mail: ~\napps:\n# nothing yet\n");
    assert_eq!(manifest.services.len(), 1);
    assert_eq!(manifest.apps.len(), 1);
    let manifest = merged("apps: { api: { setup: null, ready: null } }");
    assert!(manifest.apps[0].setup.is_empty() && manifest.apps[0].ready.is_none());
    for nothing in ["", "# later\n", "---\n", "~"] {
        assert_eq!(merged(nothing).own.changes.len(), 0, "{nothing:?}");
    }
}

#[test]
fn another_kind_of_source_or_readiness_replaces_the_teams() {
    let manifest = merged("apps: { api: { build: Dockerfile.dev, ready: { log: Listening } } }");
    assert_eq!(
        manifest.apps[0].source.value,
        AppSource::Build(Build { file: "Dockerfile.dev".to_owned(), ..Build::default() })
    );
    let ready = manifest.apps[0].ready.as_ref().unwrap();
    assert_eq!(ready.value.by, Some(crate::manifest::ReadyBy::Log("Listening".to_owned())));
    assert_eq!(ready.value.timeout, Some(std::time::Duration::from_secs(30)));
    assert_eq!(catalog(&merged("services: { cache: { image: acme/redis:9, port: 6379 } }"), "cache"), "acme/redis:9");
}

#[test]
fn a_persons_own_version_of_a_toolchain_keeps_what_it_has() {
    let runtime = |own: &str| {
        let team = "apps: { a: { runtime: { use: php@8.4, with: [intl] }, run: x } }";
        let own = format!("apps: {{ a: {{ runtime: {own} }} }}");
        let manifest = load_with_own("dev.yaml", team.as_bytes(), Some(own.as_bytes())).unwrap();
        manifest.apps[0].source.value.clone()
    };
    let AppSource::Runtime(changed) = runtime("php@8.3") else { panic!("it is a toolchain") };
    assert_eq!(changed.tools, Tools::Catalog { id: "php".to_owned(), version: Some("8.3".to_owned()) });
    assert_eq!(changed.with.len(), 1);
    assert_eq!(runtime("host"), AppSource::Host);
    let tools = Tools::Image("acme/php:1".to_owned());
    assert_eq!(runtime("{ image: acme/php:1 }"), AppSource::Runtime(Runtime::of(tools)));
}

#[test]
fn a_persons_own_services_and_apps_are_added() {
    let manifest = merged("services: { search: { image: acme/search:1, port: 9200 } }\nname: mine");
    assert_eq!(catalog(&manifest, "search"), "acme/search:1");
    assert_eq!(manifest.name.unwrap().value.as_str(), "mine");
}

#[test]
fn a_single_value_in_secrets_is_the_value_and_is_never_shown() {
    let manifest = merged("secrets: { API_KEY: sk_live_1234 }");
    assert_eq!(manifest.secrets[0].description.value, "Ask the platform team");
    let (name, value) = &manifest.own.values[0];
    assert_eq!((name.value.as_str(), value.reveal()), ("API_KEY", "sk_live_1234"));
    assert!(!format!("{manifest:?}").contains("sk_live"));
    for wrong in [
        "secrets:\n  API_KYE: sk_live_1234\n",
        "secrets:\n  API_KEY:sk_live_1234\n",
        "secrets: API_KEY:sk_live_1234\n",
        "secrets:\n  API_KEY: a\n  API_KEY: sk_live_1234\n",
        "secrets:\n  API_KEY: sk_live_1234: 5\n",
        "secrets:\n  API_KEY: \"sk_live_1234\n",
        "secrets:\n  API_KEY: [sk_live_1234]\n",
        "secrets:\n  - API_KEY=sk_live_1234\n",
        "{ secrets: { API_KEY: sk_live_1234 }, x: 1 }\n",
        "  secrets:\n    API_KEY: sk_live_1234\n   x\n",
        "secrets:\n\tAPI_KEY: sk_live_1234\n",
        "secrets:\n  API_KEY: sk_live_1234 {{\u{1}\n",
        "secrets:\n  API_KEY: &x sk_live_1234\nservices: { db: [*x] }\n",
    ] {
        let told = problems(wrong);
        assert!(told.starts_with("error") && !told.contains("sk_live"), "{wrong}{told}");
    }
    let bytes = b"secrets:\n  API_KEY: sk_live_1234 \xff\n";
    let told = show(&load_with_own("dev.yaml", TEAM.as_bytes(), Some(bytes)).unwrap_err());
    assert!(told.contains("dev.local.yaml:2") && !told.contains("sk_live"), "{told}");
}

#[test]
fn problems_name_the_file_they_are_in() {
    let own = "services:\n  cache: ~\n  db: { image: acme/db:1, prot: 5 }\n  queue: null\n";
    expect_test::expect![[r#"
        error[manifest-unknown-key]: `prot` is not a key of the service `db`
          dev.local.yaml:3:27
          |   db: { image: acme/db:1, prot: 5 }
          |                           ^^^^
          why: the keys here are use, image, port, env, data, ready, needs, run, files, optional, databases, seed and engine
          fix: did you mean `port`?
        error[manifest-nothing-to-take]: `queue` can't be taken away: dev.yaml has none here
          dev.local.yaml:4:3
          |   queue: null
          |   ^^^^^
          why: `null`, `~` or nothing behind a key takes away what dev.yaml says
          fix: remove the line, or write a value behind it
    "#]]
    .assert_eq(&problems(own));
    let own = "services:\n  db: { image: acme/db:1, use: mysql }\napps:\n  api: { needs: [cache], port: 99999 }\n  web: { image: x, port: 3000 }\n";
    expect_test::expect![[r#"
        error[manifest-too-many-keys]: the service `db` has `use` and `image`
          dev.local.yaml:2:9
          |   db: { image: acme/db:1, use: mysql }
          |         ^^^^^
          why: only one of `use` and `image` is possible
          fix: keep the one that is meant
        error[manifest-bad-port]: `port` of the app `api` can't be 99999
          dev.local.yaml:4:32
          |   api: { needs: [cache], port: 99999 }
          |                                ^^^^^
          why: ports go from 1 to 65535
    "#]]
    .assert_eq(&problems(own));
}

#[test]
fn a_contradiction_between_the_two_names_both_places() {
    let own = "services:\n  db: { image: acme/db:1 }\n  cache: null\napps:\n  api: { env: { U: \"${cache.url}\" } }\n  db: { image: x, port: 3000 }\n  jobs: { image: y, env: { D: \"${db.user}\" } }\n";
    expect_test::expect![[r#"
        error[manifest-no-port]: the service `db` has no port, so there is no `url` of it
          dev.yaml:11:44
          |     env: { LOG_LEVEL: info, DATABASE_URL: "${db.url}", KEY: "${secret.API_KEY}" }
          |                                            ^^^^^^^^^
          why: line 2 of dev.local.yaml says what it is
          fix: add the port it listens on to `db`
        error[manifest-unknown-name]: `${cache.url}` refers to `cache`, which is neither a service nor an app here
          dev.local.yaml:5:21
          |   api: { env: { U: "${cache.url}" } }
          |                     ^^^^^^^^^^^^
          why: line 3 takes it away
        error[manifest-name-twice]: two things are called `db`
          dev.local.yaml:6:3
          |   db: { image: x, port: 3000 }
          |   ^^
          why: the service `db` in line 2 of dev.yaml has this name already
          fix: give one of them another name
        error[manifest-port-twice]: `api` and `db` both use port 3000
          dev.local.yaml:6:25
          |   db: { image: x, port: 3000 }
          |                         ^^^^
          why: `api` has it in line 10 of dev.yaml
          fix: give one of them another port, in its own settings too
          fix: or another one on this computer only:  port: { inside: 3000, outside: 3001 }
        error[manifest-unknown-attribute]: the service `db` does not offer `user`
          dev.local.yaml:7:32
          |   jobs: { image: y, env: { D: "${db.user}" } }
          |                                ^^^^^^^^^^
          why: it offers host, port, url and public_url
    "#]]
    .assert_eq(&problems(own));
}

#[test]
fn a_port_of_ones_own_is_only_where_one_looks_for_it() {
    let ports = |own: &str| {
        let manifest = merged(own);
        let api = &manifest.apps[0];
        [&api.port, &api.outside].map(|port| port.as_ref().map(|port| port.value.number()))
    };
    assert_eq!(ports("apps: { api: { port: { outside: 9000 } } }"), [Some(3000), Some(9000)]);
    assert_eq!(ports("apps: { api: { port: 4000 } }"), [Some(4000), None]);
}
