//! Names, references and the catalog: the manifest held against itself.

use std::time::{Duration, Instant};

use expect_test::expect;

use super::*;
use crate::manifest::check::check;

#[test]
fn a_complete_manifest_has_no_problem() {
    assert_eq!(loaded(COMPLETE), "fine\n");
}

#[test]
fn the_catalog_knows_what_is_named() {
    expect![[r#"
        error[manifest-unknown-service]: there is no service `postgress` in the catalog
          dev.yaml:2:6
          |   a: postgress
          |      ^^^^^^^^^
          fix: did you mean `postgres`?
          fix: for anything else write  a: { image: owner/postgress:1.0, port: 1234 }
        error[manifest-unknown-service]: there is no service `postgres:16` in the catalog
          dev.yaml:3:6
          |   b: postgres:16
          |      ^^^^^^^^^^^
          fix: write `postgres@16`: the version follows an `@`
        error[manifest-unknown-version]: PostgreSQL is not known in version `3`
          dev.yaml:4:6
          |   c: postgres@3
          |      ^^^^^^^^^^
          why: known are 18, 17, 16, 15, 14 and 13
          fix: write `postgres@17`, or `postgres` without a version
        error[manifest-unknown-service]: there is no service `opensearchproject/opensearch:2.19.0` in the catalog
          dev.yaml:5:6
          |   d: opensearchproject/opensearch:2.19.0
          |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          why: it has postgres, mysql, mariadb, mongodb, clickhouse, mssql, neo4j, firestore, redis, valkey, memcached, minio, rabbitmq, nats, mosquitto, kafka, elasticsearch, opensearch, meilisearch, typesense, qdrant, nginx, mailpit, localstack, gotenberg and zipkin
          fix: for anything else write  d: { image: opensearchproject/opensearch:2.19.0, port: 1234 }
        error[manifest-unknown-service]: there is no service `node` in the catalog
          dev.yaml:6:6
          |   e: node
          |      ^^^^
          fix: what runs code of this repo belongs under `apps`: `runtime: node`
        error[manifest-unknown-runtime]: there is no runtime `nodejss` in the catalog
          dev.yaml:8:17
          |   f: { runtime: nodejss, run: x }
          |                 ^^^^^^^
          fix: did you mean `node`?
          fix: for any other tools write `runtime: { image: … }`, or `build: Dockerfile`
        error[manifest-unknown-runtime]: there is no runtime `node:22` in the catalog
          dev.yaml:9:17
          |   g: { runtime: 'node:22', run: x }
          |                 ^^^^^^^^^
          fix: write `node@22`: the version follows an `@`
        error[manifest-unknown-version]: Node is not known in version `v22`
          dev.yaml:10:17
          |   h: { runtime: node@v22, run: x }
          |                 ^^^^^^^^
          why: known are 26, 25, 24, 22, 20 and 18
          fix: did you mean `node@22`?
    "#]].assert_eq(&loaded(
        "services:\n  a: postgress\n  b: postgres:16\n  c: postgres@3\n  d: opensearchproject/opensearch:2.19.0\n  e: node\n\
         apps:\n  f: { runtime: nodejss, run: x }\n  g: { runtime: 'node:22', run: x }\n  h: { runtime: node@v22, run: x }\n",
    ));
}

#[test]
fn names_and_ports_are_used_once() {
    expect![[r#"
        error[manifest-name-twice]: two things are called `api`
          dev.yaml:4:3
          |   api: { image: x, port: 3000 }
          |   ^^^
          why: the service `api` in line 2 has this name already
          fix: give one of them another name
        error[manifest-port-twice]: `api` and `web` both use port 3000
          dev.yaml:5:26
          |   web: { image: x, port: 3000 }
          |                          ^^^^
          why: `api` has it in line 4
          fix: give one of them another port, in its own settings too
          fix: or another one on this computer only:  port: { inside: 3000, outside: 3001 }
    "#]]
    .assert_eq(&loaded(
        "services:\n  api: redis\napps:\n  api: { image: x, port: 3000 }\n  web: { image: x, port: 3000 }\n",
    ));
}

#[test]
fn references_lead_somewhere() {
    expect![[r#"
        error[manifest-unknown-name]: `${process.pid}` refers to `process`, which is neither a service nor an app here
          dev.yaml:10:32
          |     run: node -e 'console.log(`${process.pid}`)'
          |                                ^^^^^^^^^^^^^^
          why: the names here are db, cache, own, worker and api
          fix: write `$${process.pid}` if it is not meant for devenv
        error[manifest-unknown-name]: `${bd.url}` refers to `bd`, which is neither a service nor an app here
          dev.yaml:12:10
          |       A: ${bd.url}
          |          ^^^^^^^^^
          why: the names here are db, cache, own, worker and api
          fix: did you mean `${db.url}`?
        error[manifest-unknown-name]: `${postgres.url}` refers to `postgres`, which is neither a service nor an app here
          dev.yaml:13:10
          |       B: ${postgres.url}
          |          ^^^^^^^^^^^^^^^
          why: the names here are db, cache, own, worker and api
          fix: did you mean `${db.url}`?
        error[manifest-unknown-attribute]: the service `db` does not offer `username`
          dev.yaml:14:10
          |       C: ${db.username}
          |          ^^^^^^^^^^^^^^
          why: it offers host, port, url, jdbc_url, user, password and database
          fix: did you mean `${db.user}`?
        error[manifest-unknown-attribute]: the service `cache` does not offer `databse`
          dev.yaml:15:10
          |       D: ${cache.databse}
          |          ^^^^^^^^^^^^^^^^
          why: it offers host, port and url
        error[manifest-no-port]: the service `own` has no port, so there is no `url` of it
          dev.yaml:16:10
          |       E: ${own.url} ${own.host}
          |          ^^^^^^^^^^
          fix: add the port it listens on to `own`
        error[manifest-no-port]: the app `worker` has no port, so there is no `url` of it
          dev.yaml:17:10
          |       F: ${worker.url}
          |          ^^^^^^^^^^^^^
          fix: add the port it listens on to `worker`
        error[manifest-unknown-attribute]: the service `db` does not offer `public_url`
          dev.yaml:19:10
          |       H: ${db.public_url}
          |          ^^^^^^^^^^^^^^^^
          why: it offers host, port, url, jdbc_url, user, password and database
          fix: did you mean `${db.url}`?
        error[manifest-unknown-name]: `${mailpit.url}` refers to `mailpit`, which is neither a service nor an app here
          dev.yaml:20:10
          |       I: ${mailpit.url}
          |          ^^^^^^^^^^^^^^
          why: the names here are db, cache, own, worker and api
          fix: add it:
             | 
             | services:
             |   mailpit: mailpit
    "#]].assert_eq(&loaded(
        "services:\n  db: postgres\n  cache: redis\n  own: { image: x }\napps:\n  worker: { image: x }\n  api:\n    image: x\n    \
         port: 80\n    run: node -e 'console.log(`${process.pid}`)'\n    env:\n      A: ${bd.url}\n      B: ${postgres.url}\n      \
         C: ${db.username}\n      D: ${cache.databse}\n      E: ${own.url} ${own.host}\n      F: ${worker.url}\n      \
         G: ${api.public_url}\n      H: ${db.public_url}\n      I: ${mailpit.url}\n",
    ));
}

#[test]
fn secrets_are_declared() {
    expect![[r#"
        error[manifest-undeclared-secret]: the secret `STRIPE_KEY` is not declared
          dev.yaml:2:29
          |   a: { image: x, env: { A: '${secret.STRIPE_KEY}', B: '${secret.OTHER}' } }
          |                             ^^^^^^^^^^^^^^^^^^^^
          fix: did you mean `${secret.STRIP_KEY}`?
          fix: declare it, with a line for whoever needs it:
             | 
             | secrets:
             |   STRIPE_KEY: where to get it
        error[manifest-undeclared-secret]: the secret `OTHER` is not declared
          dev.yaml:2:56
          |   a: { image: x, env: { A: '${secret.STRIPE_KEY}', B: '${secret.OTHER}' } }
          |                                                        ^^^^^^^^^^^^^^^
          fix: declare it, with a line for whoever needs it:
             | 
             | secrets:
             |   OTHER: where to get it
    "#]].assert_eq(&loaded(
        "apps:\n  a: { image: x, env: { A: '${secret.STRIPE_KEY}', B: '${secret.OTHER}' } }\nsecrets:\n  STRIP_KEY: ask\n",
    ));
}

#[test]
fn what_is_needed_exists_unless_it_is_optional() {
    expect![[r#"
        error[manifest-needs-itself]: `own` can't need itself
          dev.yaml:3:28
          |   own: { image: x, needs: [own] }
          |                            ^^^
          fix: remove it
        error[manifest-unknown-name]: `bd` is neither a service nor an app here
          dev.yaml:5:26
          |   a: { image: x, needs: [bd, db, mail?, a] }
          |                          ^^
          fix: did you mean `db`?
          fix: write `bd?` if it need not be there
        error[manifest-needs-itself]: `a` can't need itself
          dev.yaml:5:41
          |   a: { image: x, needs: [bd, db, mail?, a] }
          |                                         ^
          fix: remove it
    "#]].assert_eq(&loaded(
        "services:\n  db: postgres\n  own: { image: x, needs: [own] }\napps:\n  a: { image: x, needs: [bd, db, mail?, a] }\n",
    ));
}

#[test]
fn nothing_waits_for_itself() {
    expect![[r#"
        error[manifest-cycle]: nothing can start first: a -> b -> c -> a
          dev.yaml:2:38
          |   a: { image: x, port: 1, env: { B: '${b.url}', A: '${a.url}' } }
          |                                      ^^^^^^^^
          why: `a` needs `b` (line 2)
          why: `b` needs `c` (line 6)
          why: `c` needs `a` (line 7)
          fix: remove one of these; what people open in a browser is `public_url`, which waits for nothing
        error[manifest-cycle]: nothing can start first: d -> e -> d
          dev.yaml:8:26
          |   d: { image: x, needs: [e] }
          |                          ^
          why: `d` needs `e` (line 8)
          why: `e` needs `d` (line 9)
          fix: remove one of these; what people open in a browser is `public_url`, which waits for nothing
    "#]].assert_eq(&loaded(
        "apps:\n  a: { image: x, port: 1, env: { B: '${b.url}', A: '${a.url}' } }\n  b:\n    image: x\n    port: 2\n    needs: [c]\n  \
         c: { image: x, run: 'go ${a.host}' }\n  d: { image: x, needs: [e] }\n  e: { image: x, needs: [d?] }\n",
    ));
}

#[test]
fn a_page_and_its_api_may_know_each_other() {
    let text = "apps:\n  api: { image: x, port: 1, env: { ORIGIN: '${web.public_url}' } }\n  \
                web: { image: x, port: 2, env: { API: '${api.url}' } }\n";
    assert_eq!(loaded(text), "fine\n");
    let text = "services:\n  proxy: { use: nginx, needs: [api] }\napps:\n  \
                api: { image: x, port: 1, env: { ORIGIN: '${proxy.public_url}' } }\n";
    assert_eq!(loaded(text), "fine\n");
}

#[test]
fn tasks_and_checks_run_somewhere() {
    expect![[r#"
        error[manifest-missing-key]: the task `a` does not say in which app it runs
          dev.yaml:8:3
          |   a: echo
          |   ^
          why: the apps are api and web
          fix: add  in: api
        error[manifest-unknown-name]: `wbe` is not an app here
          dev.yaml:9:12
          |   b: { in: wbe, run: x }
          |            ^^^
          fix: did you mean `web`?
        error[manifest-unknown-name]: `db` is a service; commands run in apps
          dev.yaml:10:12
          |   c: { in: db, run: x }
          |            ^^
          fix: the apps are api and web
        error[manifest-unknown-name]: `tset` is not a task here
          dev.yaml:12:11
          |   - task: tset
          |           ^^^^
        error[manifest-missing-key]: this check does not say in which app it runs
          dev.yaml:13:5
          |   - run: x
          |     ^^^
          why: the apps are api and web
          fix: add  in: api
        error[manifest-not-sql]: the service `cache` can't be asked in SQL
          dev.yaml:14:26
          |   - { sql: select 1, in: cache }
          |                          ^^^^^
          fix: name a service such as `postgres` or `mysql`, or check it with `run` or `http`
        error[manifest-unknown-name]: `dbb` is not a service here
          dev.yaml:15:26
          |   - { sql: select 1, in: dbb }
          |                          ^^^
          fix: did you mean `db`?
    "#]].assert_eq(&loaded(
        "services:\n  db: postgres\n  cache: redis\napps:\n  api: { image: x }\n  web: { image: x }\ntasks:\n  a: echo\n  \
         b: { in: wbe, run: x }\n  c: { in: db, run: x }\nchecks:\n  - task: tset\n  - run: x\n  - { sql: select 1, in: cache }\n  \
         - { sql: select 1, in: dbb }\n  - { sql: select 1, in: db }\n",
    ));
    assert_eq!(loaded("apps:\n  api: { image: x }\ntasks:\n  a: echo\n"), "fine\n");
}

#[test]
fn inputs_are_patterns_inside_the_folder() {
    expect![[r#"
        error[manifest-bad-glob]: an input of `a` is not a pattern for paths: `a[`
          dev.yaml:6:18
          |         inputs: ['a[', ../x, /etc/passwd, '', 'fine/**', '!not.this']
          |                  ^^^^
          fix: write a path from the app's folder, for example `migrations/**` or `../package-lock.json`
        error[manifest-bad-glob]: an input of `a` leaves the repo: `../x`
          dev.yaml:6:24
          |         inputs: ['a[', ../x, /etc/passwd, '', 'fine/**', '!not.this']
          |                        ^^^^
          fix: write a path from the app's folder, for example `migrations/**` or `../package-lock.json`
        error[manifest-bad-glob]: an input of `a` leaves the repo: `/etc/passwd`
          dev.yaml:6:30
          |         inputs: ['a[', ../x, /etc/passwd, '', 'fine/**', '!not.this']
          |                              ^^^^^^^^^^^
          fix: write a path from the app's folder, for example `migrations/**` or `../package-lock.json`
        error[manifest-bad-glob]: an input of `a` is empty
          dev.yaml:6:43
          |         inputs: ['a[', ../x, /etc/passwd, '', 'fine/**', '!not.this']
          |                                           ^^
          fix: write a path from the app's folder, for example `migrations/**` or `../package-lock.json`
    "#]].assert_eq(&loaded(
        "apps:\n  a:\n    image: x\n    setup:\n      - run: x\n        inputs: ['a[', ../x, /etc/passwd, '', 'fine/**', '!not.this']\n",
    ));
    let below = |inputs: &str| {
        loaded(&format!(
            "apps:\n  a: {{ image: x, path: services/a, restart_on: [../b], setup: [{{ run: x, inputs: [{inputs}] }}] }}\n"
        ))
    };
    assert_eq!(below("../../pnpm-lock.yaml, '../shared/**', '!../shared/x', 'b/../*'"), "fine\n");
    let out = below("../../../etc, 'a/../../../../etc', '*/../x'");
    assert_eq!(out.matches("leaves the repo: `").count(), 2, "{out}");
    assert!(out.contains("goes up from a wildcard: `*/../x`"), "{out}");
}

#[test]
fn a_job_is_ready_when_it_has_ended() {
    expect![[r#"
        error[manifest-ready-of-job]: `a` runs once, so it is ready when it has ended with success
          dev.yaml:2:37
          |   a: { image: x, once: true, ready: /healthz }
          |                                     ^^^^^^^^
          fix: remove `ready`; only `ready: { timeout: 2m }` is possible here
          fix: or remove `once` if it goes on running
    "#]]
    .assert_eq(&loaded("apps:\n  a: { image: x, once: true, ready: /healthz }\n"));
}

#[test]
fn readiness_is_asked_at_a_port_that_is_there() {
    expect![[r#"
        error[manifest-no-port]: the service `own` has no port 80 that could answer
          dev.yaml:3:27
          |   own: { image: x, ready: { port: 80 } }
          |                           ^
          fix: add the port it listens on to `own`
          fix: or tell by its output: `ready: { log: … }`
        error[manifest-no-port]: the app `a` has no port, so `/up` can't be asked for
          dev.yaml:5:25
          |   a: { image: x, ready: /up }
          |                         ^^^
          fix: add the port it listens on to `a`
          fix: or tell by its output: `ready: { log: … }`
        error[manifest-no-port]: the app `b` has no port 3001 that could answer
          dev.yaml:6:37
          |   b: { image: x, port: 3000, ready: { port: 3001 } }
          |                                     ^
          fix: add the port it listens on to `b`
          fix: or tell by its output: `ready: { log: … }`
    "#]].assert_eq(&loaded(
        "services:\n  mail: { use: mailpit, ready: { port: 1025 } }\n  own: { image: x, ready: { port: 80 } }\napps:\n  \
         a: { image: x, ready: /up }\n  b: { image: x, port: 3000, ready: { port: 3001 } }\n  \
         c: { image: x, port: 3002, ready: { port: 3002 } }\n  d: { image: x, ready: { log: Started } }\n",
    ));
}

#[test]
fn what_is_wrong_already_causes_no_further_problem() {
    assert_eq!(ids(b"services:\n  db: { use: postgres, prot: 1 }\napps:\n  a: { image: x, prot: 3, env: { A: '${db.url}' } }\n  b: { image: x, env: { B: '${a.url}' } }\n").len(), 2);
    assert_eq!(ids(b"services: []\napps:\n  a: { image: x, env: { A: '${db.url}' } }\n"), ["manifest-wrong-type"]);
    assert_eq!(
        ids(b"secrets:\n  KEY:\napps:\n  a: { image: x, env: { A: '${secret.KEY}' } }\n"),
        ["manifest-wrong-type"]
    );
}

#[test]
fn a_checked_manifest_can_be_checked_again() {
    let text = "apps:\n  a: { image: x, needs: [b] }\n";
    assert_eq!(check("dev.yaml", text, &read(text)).len(), 1);
}

#[test]
fn a_long_manifest_is_quick() {
    let mut text = "services:\n  db: postgres\napps:\n".to_owned();
    for number in 0..250 {
        let _ = write!(
            text,
            "  app-{number}:\n    image: x\n    port: {}\n    run: serve ${{db.host}}\n    env:\n      URL: ${{db.url}}\n      \
             N: {number}\n    needs: [db]\n",
            3000 + number
        );
    }
    assert!(text.lines().count() > 2_000);
    let start = Instant::now();
    assert_eq!(loaded(&text), "fine\n");
    println!("{:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_chain_as_long_as_a_manifest_can_be_is_walked() {
    let mut text = "apps:\n".to_owned();
    for number in 0..12_000 {
        let _ = writeln!(text, "  a{number}: {{ image: x, needs: [a{}] }}", (number + 1) % 12_000);
    }
    let problems = load("dev.yaml", text.as_bytes()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind.id, "manifest-cycle");
}

#[test]
fn what_is_added_to_a_toolchain_is_known() {
    expect![[r#"
        error[manifest-unknown-extra]: PHP can't be had with `composr`
          dev.yaml:2:36
          |   a: { runtime: { use: php, with: [composr, intl, ffmpeg] }, run: x }
          |                                    ^^^^^^^
          fix: did you mean `composer`?
          fix: write `packages: [composr]` if the system has a package of this name
        error[manifest-unknown-extra]: PHP can't be had with `ffmpeg`
          dev.yaml:2:51
          |   a: { runtime: { use: php, with: [composr, intl, ffmpeg] }, run: x }
          |                                                   ^^^^^^
          why: it can be had with composer, node and the extensions that docs/catalog.md lists
          fix: write `packages: [ffmpeg]` if the system has a package of this name
        error[manifest-unknown-extra]: `maven` and `gradle` can't be had together
          dev.yaml:3:44
          |   b: { runtime: { use: java, with: [maven, gradle] }, run: x }
          |                                            ^^^^^^
          why: each of them comes with a toolchain of its own
          fix: leave out `maven` or `gradle`, or use the wrapper of one that is kept in the repo
        error[manifest-unknown-extra]: nothing is known of `intl` for a toolchain that is not in the catalog
          dev.yaml:4:47
          |   c: { runtime: { image: acme/tools:1, with: [intl] }, run: x }
          |                                               ^^^^
          fix: write `packages: [intl]` if the system has a package of this name
        error[manifest-bad-name]: no package can be called `a b`
          dev.yaml:5:63
          |   d: { runtime: { image: php:8.1, with: intl, packages: [git, 'a b', --x] }, run: x }
          |                                                               ^^^^^
          why: its name holds small letters, digits, `+`, `.`, `_` and `-` only
          fix: write for example  packages: [ffmpeg, graphviz]
        error[manifest-bad-name]: no package can be called `--x`
          dev.yaml:5:70
          |   d: { runtime: { image: php:8.1, with: intl, packages: [git, 'a b', --x] }, run: x }
          |                                                                      ^^^
          why: its name holds small letters, digits, `+`, `.`, `_` and `-` only
          fix: write for example  packages: [ffmpeg, graphviz]
    "#]].assert_eq(&loaded(
        "apps:\n  a: { runtime: { use: php, with: [composr, intl, ffmpeg] }, run: x }\n  b: { runtime: { use: java, with: [maven, gradle] }, run: x }\n  c: { runtime: { image: acme/tools:1, with: [intl] }, run: x }\n  d: { runtime: { image: php:8.1, with: intl, packages: [git, 'a b', --x] }, run: x }\n  e: { runtime: { use: go, with: [] }, run: x }\n",
    ));
}
