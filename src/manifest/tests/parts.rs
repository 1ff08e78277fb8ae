//! Each key with values it does not take.

use expect_test::expect;

use super::*;

#[test]
fn data_by_branch_is_for_what_keeps_data() {
    let problems = |service: &str| {
        let text = format!("services: {{ db: {service} }}");
        let loaded = load("dev.yaml", text.as_bytes());
        loaded.map_err(|problems| problems.into_iter().map(|problem| problem.what).collect::<Vec<_>>().join("\n"))
    };
    let per_branch = |service: &str| problems(service).unwrap().services[0].per_branch.as_ref().map(|it| it.value);
    assert_eq!(per_branch("{ use: postgres, databases: { per_branch: true } }"), Some(true));
    assert_eq!(per_branch("{ use: postgres, databases: { per_branch: false } }"), Some(false));
    assert_eq!(per_branch("postgres"), None);
    for (service, told) in [
        ("{ use: memcached, databases: { per_branch: true } }", "`db` keeps no data that branches could have"),
        ("{ image: a/b, databases: { per_branch: true } }", "`db` keeps no data that branches could have"),
        ("{ use: postgres, databases: { per_branch: often } }", "must be `true` or `false`, not `often`"),
        ("{ use: postgres, databases: true }", "must be a mapping"),
        ("{ use: postgres, databases: { branch: true } }", "`branch` is not a key of"),
    ] {
        let problems = problems(service).unwrap_err();
        assert!(problems.contains(told), "{service}: {problems}");
    }
}

#[test]
fn unknown_keys_name_the_nearest_right_one() {
    expect![[r#"
        error[manifest-unknown-key]: `nmae` is not a key of the manifest
          dev.yaml:1:1
          | nmae: shop
          | ^^^^
          why: the keys here are name, services, apps, tasks, secrets, checks, budget and share
          fix: did you mean `name`?
        error[manifest-unknown-key]: `version` is not a key of the manifest
          dev.yaml:2:1
          | version: 3
          | ^^^^^^^
          why: the keys here are name, services, apps, tasks, secrets, checks, budget and share
          fix: leave it out
        error[manifest-unknown-key]: `servises` is not a key of the manifest
          dev.yaml:3:1
          | servises:
          | ^^^^^^^^
          why: the keys here are name, services, apps, tasks, secrets, checks, budget and share
          fix: did you mean `services`?
        error[manifest-unknown-key]: `imgae` is not a key of the service `s`
          dev.yaml:6:8
          |   s: { imgae: x, image: x, volumes: [], interval: 3 }
          |        ^^^^^
          why: the keys here are use, image, port, env, data, ready, needs, run, files, optional, databases, seed and engine
          fix: did you mean `image`?
        error[manifest-unknown-key]: `volumes` is not a key of the service `s`
          dev.yaml:6:28
          |   s: { imgae: x, image: x, volumes: [], interval: 3 }
          |                            ^^^^^^^
          why: the keys here are use, image, port, env, data, ready, needs, run, files, optional, databases, seed and engine
          fix: write `data` for the folder whose content is kept, `files` for what it reads from the repo
        error[manifest-unknown-key]: `interval` is not a key of the service `s`
          dev.yaml:6:41
          |   s: { imgae: x, image: x, volumes: [], interval: 3 }
          |                                         ^^^^^^^^
          why: the keys here are use, image, port, env, data, ready, needs, run, files, optional, databases, seed and engine
        error[manifest-unknown-key]: `prot` is not a key of the app `a`
          dev.yaml:8:18
          |   a: { image: x, prot: 80, depends_on: [db], frobnicate: 1 }
          |                  ^^^^
          why: the keys here are path, runtime, build, image, setup, run, port, env, files, needs, ready, once, optional, restart_on and engine
          fix: did you mean `port`?
        error[manifest-unknown-key]: `depends_on` is not a key of the app `a`
          dev.yaml:8:28
          |   a: { image: x, prot: 80, depends_on: [db], frobnicate: 1 }
          |                            ^^^^^^^^^^
          why: the keys here are path, runtime, build, image, setup, run, port, env, files, needs, ready, once, optional, restart_on and engine
          fix: write `needs`, which means this here
        error[manifest-unknown-key]: `frobnicate` is not a key of the app `a`
          dev.yaml:8:46
          |   a: { image: x, prot: 80, depends_on: [db], frobnicate: 1 }
          |                                              ^^^^^^^^^^
          why: the keys here are path, runtime, build, image, setup, run, port, env, files, needs, ready, once, optional, restart_on and engine
    "#]].assert_eq(&parsed(
        "nmae: shop\nversion: 3\nservises:\n  db: postgres\nservices:\n  s: { imgae: x, image: x, volumes: [], interval: 3 }\n\
         apps:\n  a: { image: x, prot: 80, depends_on: [db], frobnicate: 1 }\n",
    ));
}

#[test]
fn sections_may_be_empty() {
    let manifest = read("name:\n  shop\nservices:\napps:\ntasks:\nsecrets:\nchecks:\n");
    assert!(manifest.services.is_empty() && manifest.checks.is_empty());
    assert_eq!(manifest.name.unwrap().value.as_str(), "shop");
    read("apps:\n  a:\n    image: x\n    env:\n    needs:\n    setup:\n");
}

#[test]
fn wrong_types_say_what_is_expected() {
    expect![[r#"
        error[manifest-wrong-type]: `name` must be a name, not a list
          dev.yaml:1:7
          | name: [a]
          |       ^
          fix: write for example  name: shop
        error[manifest-wrong-type]: `services` must be a mapping of names, not a list
          dev.yaml:2:11
          | services: [postgres, redis]
          |           ^
          fix: write for example  services: { db: postgres }
        error[manifest-wrong-type]: the app `a` has no value; it must be a mapping
          dev.yaml:4:3
          |   a:
          |   ^
          fix: write for example  api: { runtime: node, run: npm run dev, port: 3000 }
        error[manifest-wrong-type]: the app `b` must be a mapping, not a single value
          dev.yaml:5:6
          |   b: node
          |      ^^^^
          fix: write for example  api: { runtime: node, run: npm run dev, port: 3000 }
        error[manifest-wrong-type]: `port` of the app `c` has no value; it must be a port number
          dev.yaml:8:5
          |     port:
          |     ^^^^
          fix: write for example  port: 3000
        error[manifest-wrong-type]: `env` of the app `c` must be a mapping of variables, not a single value
          dev.yaml:9:10
          |     env: 5
          |          ^
          fix: write for example  env: { LOG_LEVEL: debug }
        error[manifest-wrong-type]: `needs` of the app `c` must be a list of names, not a mapping
          dev.yaml:10:12
          |     needs: { db: x }
          |            ^
          fix: write for example  needs: [db, mail?]
        error[manifest-wrong-type]: `run` of the app `c` must be a command, not a list
          dev.yaml:12:10
          |     run: [npm, start]
          |          ^
          fix: write for example  run: npm run dev
        error[manifest-wrong-type]: `ready` of the app `c` must be a path such as `/healthz` or a mapping, not `true`
          dev.yaml:13:12
          |     ready: true
          |            ^^^^
          fix: write  ready: { run: … } for a command that must succeed
          fix: or  ready: { log: … } for words of its output
        error[manifest-wrong-type]: `once` of the app `c` must be `true` or `false`, not `yes`
          dev.yaml:14:11
          |     once: yes
          |           ^^^
          fix: did you mean `true`?
        error[manifest-wrong-type]: `path` of the app `c` must be a path, not a mapping
          dev.yaml:15:11
          |     path: {}
          |           ^
          fix: write for example  path: services/api
        error[manifest-wrong-type]: the task `t` must be a mapping, not a list
          dev.yaml:17:6
          |   t: []
          |      ^
          fix: write for example  test: { in: api, run: npm test }
        error[manifest-wrong-type]: the secret `S` has no value; it must be a line that says what it is and where to get it
          dev.yaml:19:3
          |   S:
          |   ^
          fix: write for example  STRIPE_KEY: Sandbox key, ask the payments team
        error[manifest-wrong-type]: item 1 of `checks` must be a mapping, not a single value
          dev.yaml:21:5
          |   - text
          |     ^^^^
          fix: write for example  - http: ${api.url}/healthz
    "#]].assert_eq(&parsed(
        "name: [a]\nservices: [postgres, redis]\napps:\n  a:\n  b: node\n  c:\n    image: x\n    port:\n    env: 5\n    \
         needs: { db: x }\n    setup: 3\n    run: [npm, start]\n    ready: true\n    once: yes\n    path: {}\ntasks:\n  t: []\n\
         secrets:\n  S:\nchecks:\n  - text\n",
    ));
}

#[test]
fn names() {
    expect![[r#"
        error[manifest-bad-name]: the name `My Shop` must begin with a lower-case letter (a-z)
          dev.yaml:1:7
          | name: My Shop
          |       ^^^^^^^
          fix: write `my-shop`
        error[manifest-bad-name]: the name of a service `My_DB` must begin with a lower-case letter (a-z)
          dev.yaml:3:3
          |   My_DB: postgres
          |   ^^^^^
          fix: write `my-db`
        error[manifest-bad-name]: nothing can be called `secret`
          dev.yaml:4:3
          |   secret: redis
          |   ^^^^^^
          why: `${secret.NAME}` stands for secrets
          fix: choose another name
        error[manifest-bad-name]: the name of an app `2fast` must begin with a lower-case letter (a-z)
          dev.yaml:6:3
          |   2fast: { image: x }
          |   ^^^^^
          fix: write `fast`
    "#]]
    .assert_eq(&parsed("name: My Shop\nservices:\n  My_DB: postgres\n  secret: redis\napps:\n  2fast: { image: x }\n"));
}

#[test]
fn one_way_to_get_a_service_or_an_app() {
    expect![[r#"
        error[manifest-missing-key]: the service `a` needs one of `use` and `image`
          dev.yaml:2:3
          |   a: {}
          |   ^
          fix: write for example  use: postgres@16
        error[manifest-too-many-keys]: the service `b` has `use` and `image`
          dev.yaml:3:23
          |   b: { use: postgres, image: x }
          |                       ^^^^^
          why: only one of `use` and `image` is possible
          fix: keep the one that is meant
        error[manifest-missing-key]: the service `c` needs one of `use` and `image`
          dev.yaml:4:3
          |   c: { port: 80 }
          |   ^
          fix: write for example  use: postgres@16
        error[manifest-missing-key]: the app `d` needs `run`: the command that starts it
          dev.yaml:6:3
          |   d: { runtime: node }
          |   ^
          fix: write for example  run: npm run dev
        error[manifest-too-many-keys]: the app `e` has `runtime` and `build`
          dev.yaml:7:23
          |   e: { runtime: node, build: ., run: x }
          |                       ^^^^^
          why: only one of `runtime`, `build` and `image` is possible
          fix: keep the one that is meant
        error[manifest-missing-key]: the app `f` needs one of `runtime`, `build` and `image`
          dev.yaml:8:3
          |   f: { port: 80 }
          |   ^
          fix: write for example  runtime: node@22
    "#]]
    .assert_eq(&parsed(
        "services:\n  a: {}\n  b: { use: postgres, image: x }\n  c: { port: 80 }\napps:\n  d: { runtime: node }\n  \
         e: { runtime: node, build: ., run: x }\n  f: { port: 80 }\n",
    ));
}

#[test]
fn versions_and_images() {
    expect![[r#"
        error[manifest-unknown-version]: the service `a` has no version after the `@`
          dev.yaml:2:6
          |   a: postgres@
          |      ^^^^^^^^^
          fix: write for example `postgres@16`, or `postgres` for the newest that is known to work
        error[manifest-unknown-version]: the service `b` has no name before the `@`
          dev.yaml:3:6
          |   b: '@16'
          |      ^^^^^
          fix: write for example `postgres@16`, or `postgres` for the newest that is known to work
        error[manifest-bad-source]: `image` of the service `c` can't be `some thing`
          dev.yaml:4:15
          |   c: { image: 'some thing' }
          |               ^^^^^^^^^^^^
          fix: write for example  image: opensearchproject/opensearch:2.19.0
        error[manifest-bad-source]: `image` of the service `d` can't be ``
          dev.yaml:5:15
          |   d: { image: '' }
          |               ^^
          fix: write for example  image: opensearchproject/opensearch:2.19.0
    "#]]
    .assert_eq(&parsed("services:\n  a: postgres@\n  b: '@16'\n  c: { image: 'some thing' }\n  d: { image: '' }\n"));
}

#[test]
fn paths() {
    expect![[r#"
        error[manifest-bad-path]: `data` of the service `s` must be an absolute path inside the service, not `data`
          dev.yaml:4:11
          |     data: data
          |           ^^^^
          fix: write a path such as `/var/lib/search`
        error[manifest-bad-path]: `etc/x` in `files` of the service `s` must be an absolute path inside the service, not `etc/x`
          dev.yaml:5:14
          |     files: { etc/x: a, /etc/y: ../b, /etc/z: }
          |              ^^^^^
          fix: write a path such as `/var/lib/search`
        error[manifest-bad-path]: `/etc/y` in `files` of the service `s` must not contain `..`: `../b`
          dev.yaml:5:32
          |     files: { etc/x: a, /etc/y: ../b, /etc/z: }
          |                                ^^^^
          fix: paths stay inside; move the file, or set `path` of the app higher up
        error[manifest-wrong-type]: `/etc/z` in `files` of the service `s` has no value; it must be a path
          dev.yaml:5:38
          |     files: { etc/x: a, /etc/y: ../b, /etc/z: }
          |                                      ^^^^^^
          fix: write for example  files: { /etc/nginx/nginx.conf: nginx.conf }
        error[manifest-bad-path]: `data` of the service `t` must be an absolute path inside the service, not `./pgdata:/var/lib/data`
          dev.yaml:6:24
          |   t: { image: x, data: './pgdata:/var/lib/data' }
          |                        ^^^^^^^^^^^^^^^^^^^^^^^^
          fix: write `/var/lib/data` only
        error[manifest-bad-path]: `path` of the app `a` is not inside the repo: `/srv/api`
          dev.yaml:8:24
          |   a: { image: x, path: /srv/api }
          |                        ^^^^^^^^
          fix: write it relative, so that it is right on every computer
        error[manifest-bad-path]: `path` of the app `b` must not contain `..`: `../other`
          dev.yaml:9:24
          |   b: { image: x, path: ../other }
          |                        ^^^^^^^^
          fix: paths stay inside; move the file, or set `path` of the app higher up
        error[manifest-bad-path]: `path` of the app `c` has `\` in it: `services\api`
          dev.yaml:10:24
          |   c: { image: x, path: 'services\api' }
          |                        ^^^^^^^^^^^^^^
          fix: write `/` between folders, which works on every system
        error[manifest-bad-path]: `build` of the app `d` is not inside the repo: `~/app`
          dev.yaml:11:15
          |   d: { build: ~/app }
          |               ^^^^^
          fix: write it relative, so that it is right on every computer
    "#]].assert_eq(&parsed(
        "services:\n  s:\n    image: x\n    data: data\n    files: { etc/x: a, /etc/y: ../b, /etc/z: }\n  \
         t: { image: x, data: './pgdata:/var/lib/data' }\napps:\n  a: { image: x, path: /srv/api }\n  \
         b: { image: x, path: ../other }\n  c: { image: x, path: 'services\\api' }\n  d: { build: ~/app }\n",
    ));
    let manifest =
        read("apps:\n  a: { image: x, path: ./services//api/ }\n  b: { build: ./docker/Dockerfile, path: . }\n");
    assert_eq!(manifest.apps[0].path.as_ref().unwrap().value, "services/api");
    assert_eq!(manifest.apps[1].path.as_ref().unwrap().value, "");
}

#[test]
fn setup_tasks_secrets_checks() {
    expect![[r#"
        error[manifest-wrong-type]: item 1 of `setup` of the app `a` must be a command, and is blank
          dev.yaml:2:27
          |   a: { image: x, setup: [ '', { inputs: [x] }, { run: y, inputs: { a: b } } ] }
          |                           ^^
          fix: write for example  - npm ci
        error[manifest-missing-key]: item 2 of `setup` of the app `a` needs `run`: the command
          dev.yaml:2:31
          |   a: { image: x, setup: [ '', { inputs: [x] }, { run: y, inputs: { a: b } } ] }
          |                               ^
          fix: write for example  - { run: npm run migrate, inputs: [migrations/**] }
        error[manifest-wrong-type]: `inputs` of item 3 of `setup` of the app `a` must be a list of paths, not a mapping
          dev.yaml:2:66
          |   a: { image: x, setup: [ '', { inputs: [x] }, { run: y, inputs: { a: b } } ] }
          |                                                                  ^
          fix: write for example  - { run: npm run migrate, inputs: [migrations/**] }
        error[manifest-bad-name]: the name of a task `T` must begin with a lower-case letter (a-z)
          dev.yaml:4:3
          |   T: x
          |   ^
          fix: write `t`
        error[manifest-missing-key]: the task `t` needs `run`: the command
          dev.yaml:5:3
          |   t: { in: api }
          |   ^
          fix: write for example  test: { in: api, run: npm test }
        error[manifest-wrong-type]: the task `u` must be a command, and is blank
          dev.yaml:6:6
          |   u: ''
          |      ^^
          fix: write for example  test: { in: api, run: npm test }
        error[manifest-bad-name]: no secret can be called `BAD-NAME`
          dev.yaml:8:3
          |   BAD-NAME: x
          |   ^^^^^^^^
          why: it is named as a variable is: letters, digits and `_`, not a digit first
        error[manifest-missing-key]: the secret `GOOD` needs `description`: what it is and where to get it
          dev.yaml:9:3
          |   GOOD: { }
          |   ^^^^
          fix: write for example  STRIPE_KEY: Sandbox key, ask the payments team
        error[manifest-unknown-key]: `descripton` is not a key of the secret `OTHER`
          dev.yaml:10:12
          |   OTHER: { descripton: x }
          |            ^^^^^^^^^^
          why: the keys here are description, from, generate, default and optional
          fix: did you mean `description`?
        error[manifest-bad-address]: `http` of item 1 of `checks` must be a whole address, not `/healthz`
          dev.yaml:12:11
          |   - http: /healthz
          |           ^^^^^^^^
          fix: write for example  http: ${api.url}/healthz
        error[manifest-missing-key]: item 2 of `checks` needs one of `http`, `task`, `run`, `sql` and `tcp`
          dev.yaml:13:5
          |   - {}
          |     ^
          fix: write for example  - http: ${api.url}/healthz
        error[manifest-missing-key]: item 3 of `checks` needs `in`: the service that is asked
          dev.yaml:14:5
          |   - { sql: select 1 }
          |     ^
          fix: write for example  - { sql: select 1, in: db }
        error[manifest-unknown-key]: `in` of item 4 of `checks` has no meaning beside `task`
          dev.yaml:15:16
          |   - { task: t, in: a }
          |                ^^
          why: it belongs to `run` and `sql`
          fix: remove it
        error[manifest-bad-address]: `tcp` of item 5 of `checks` must be a host and a port from 1 to 65535, not `x`
          dev.yaml:16:12
          |   - { tcp: x, status: 200 }
          |            ^
          fix: write for example  tcp: ${db.host}:${db.port}
        error[manifest-unknown-key]: `status` of item 5 of `checks` has no meaning beside `tcp`
          dev.yaml:16:15
          |   - { tcp: x, status: 200 }
          |               ^^^^^^
          why: it belongs to `http`
          fix: remove it
        error[manifest-too-many-keys]: item 6 of `checks` has `http` and `task`
          dev.yaml:17:25
          |   - { http: 'http://x', task: t }
          |                         ^^^^
          why: only one of `http`, `task`, `run`, `sql` and `tcp` is possible
          fix: keep the one that is meant
        error[manifest-bad-address]: `http` of item 7 of `checks` must be a whole address, not `ftp://x`
          dev.yaml:18:13
          |   - { http: 'ftp://x' }
          |             ^^^^^^^^^
          fix: write for example  http: ${api.url}/healthz
    "#]].assert_eq(&parsed(
        "apps:\n  a: { image: x, setup: [ '', { inputs: [x] }, { run: y, inputs: { a: b } } ] }\ntasks:\n  T: x\n  t: { in: api }\n  \
         u: ''\nsecrets:\n  BAD-NAME: x\n  GOOD: { }\n  OTHER: { descripton: x }\nchecks:\n  - http: /healthz\n  - {}\n  \
         - { sql: select 1 }\n  - { task: t, in: a }\n  - { tcp: x, status: 200 }\n  - { http: 'http://x', task: t }\n  \
         - { http: 'ftp://x' }\n",
    ));
}

#[test]
fn everything_is_told_at_once_in_the_order_of_the_text() {
    let problems = load(
        "dev.yaml",
        b"apps:\n  a: { image: x, port: 0, env: { A: \"${bd.url}\" } }\n  b: { imag: y }\nservices:\n  db: postgrse\n",
    );
    let places: Vec<_> =
        problems.unwrap_err().iter().map(|problem| (problem.place.clone().unwrap().line, problem.kind.id)).collect();
    assert_eq!(
        places,
        [
            (2, "manifest-bad-port"),
            (2, "manifest-unknown-name"),
            (3, "manifest-unknown-key"),
            (5, "manifest-unknown-service"),
        ]
    );
}
