//! Manifests as people write them, and what becomes of them on a computer with known facts.

use std::fmt::Write;
use std::time::Duration;

use expect_test::{Expect, expect};

use super::*;
use crate::model::env::environment_for_person;
use crate::model::{Access, Probe, Source, order, ports};

fn identity() -> Identity {
    let root = PathBuf::from("/home/sam/shop");
    Identity { id: EnvironmentId::of_checkout(&root), root }
}

fn manifest(text: &str) -> Manifest {
    crate::manifest::load("dev.yaml", text.as_bytes()).unwrap()
}

/// A computer on which every port is leased 10,000 above what it would like to be.
fn facts(manifest: &Manifest) -> Facts {
    let password = |service: &crate::manifest::Service| (service.name.value.clone(), Sensitive::new("pw"));
    Facts {
        user: Some((1000, 1000)),
        homes: "/state/homes".into(),
        caches: "/cache".into(),
        passwords: manifest.services.iter().map(password).collect(),
        leases: ports::wanted(manifest)
            .into_iter()
            .map(|wanted| ((wanted.owner, wanted.name), Port::new(wanted.preferred.number() + 10_000).unwrap()))
            .collect(),
        salt: vec![1, 2, 3],
        ..Facts::default()
    }
}

fn resolved(text: &str) -> Project {
    let manifest = manifest(text);
    resolve(&manifest, &identity(), &facts(&manifest)).unwrap()
}

/// Everything about a unit, a line each; the fingerprint apart.
fn describe(unit: &Unit) -> String {
    let mut text = format!("{} ({:?}): {}\n", unit.name, unit.kind, unit.title);
    let mut line = |label: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "  {label}: {value}");
    };
    match &unit.source {
        Source::Image(image) => line("from", image),
        Source::Equipped(equipped) => {
            line("from", &equipped.image);
            equipped.recipe.lines().for_each(|it| line("made by", &it));
        }
        Source::Build(build) => {
            line("from", &build.image);
            line("built in", &format!("{} by {}", build.context.display(), build.dockerfile));
        }
        Source::Host => line("from", &"this computer"),
    }
    if let Some(command) = &unit.command {
        line("command", &command.join(" | "));
    }
    for (key, value) in &unit.env {
        line("env", &format!("{key}={}", value.reveal()));
    }
    for (name, lease) in
        unit.port.iter().map(|lease| ("", lease)).chain(unit.more_ports.iter().map(|(n, l)| (n.as_str(), l)))
    {
        line("port", &format!("{name} {} <- {}", lease.inside, lease.outside));
    }
    if let Some(data) = &unit.data {
        line("data", &format!("{} in {} by {:?}", data.name, data.path, data.written_by));
    }
    for bind in &unit.binds {
        let access = if bind.access == Access::ReadOnly { " (read only)" } else { "" };
        line("sees", &format!("{} as {}{access}", bind.source.display(), bind.target.display()));
    }
    for file in &unit.files {
        line("file", &format!("{} {:o} {:?}", file.target, file.mode, String::from_utf8_lossy(&file.content)));
    }
    if let Some(folder) = &unit.workdir {
        line("runs", &format!("in {} as {:?}", folder.display(), unit.user));
    }
    line("stop", &format!("{:?} {:?} init {}", unit.stop.signal, unit.stop.grace, unit.init));
    for need in &unit.needs {
        line("needs", &format!("{}{}", need.name, if need.optional { "?" } else { "" }));
    }
    line("ready", &format!("{:?} within {:?}", unit.ready.probe, unit.ready.deadline));
    if !unit.setup.prepare.is_empty() {
        line("prepare", &unit.setup.prepare);
    }
    for step in &unit.setup.steps {
        line("step", &format!("{} => {} {:?} needs_nothing {}", step.title, step.run, step.inputs, step.needs_nothing));
    }
    line("url", &unit.url.as_deref().unwrap_or("none"));
    text
}

fn check(text: &str, expected: &Expect) {
    let project = resolved(text);
    expected.assert_eq(&project.units.iter().map(describe).collect::<String>());
}

#[test]
fn services_of_the_catalog() {
    check(
        r"
        services:
          db: postgres
          queue: rabbitmq@4
          events: kafka
          front:
            use: nginx
            files:
              /etc/nginx/conf.d: conf
    ",
        &expect![[r#"
            db (Service): PostgreSQL 17
              from: docker.io/library/postgres:17
              env: POSTGRES_DB=app
              env: POSTGRES_PASSWORD=pw
              env: POSTGRES_USER=app
              port:  5432 <- 15432
              data: devenv-6807da554af5-db in /var/lib/postgresql/data by Some(("postgres", "17"))
              stop: Some("SIGINT") 30s init false
              ready: Protocol { protocol: Postgres, login: Login { user: "app", password: Some(…), database: "app" } } within 120s
              url: postgres://app@127.0.0.1:15432/app
            queue (Service): RabbitMQ 4
              from: docker.io/library/rabbitmq:4-management
              env: RABBITMQ_DEFAULT_PASS=pw
              env: RABBITMQ_DEFAULT_USER=app
              env: RABBITMQ_NODENAME=rabbit@localhost
              port:  5672 <- 15672
              port: management 15672 <- 25672
              data: devenv-6807da554af5-queue in /var/lib/rabbitmq by Some(("rabbitmq", "4"))
              stop: Some("SIGTERM") 30s init false
              ready: Protocol { protocol: Amqp, login: Login { user: "app", password: Some(…), database: "" } } within 180s
              url: amqp://app@127.0.0.1:15672
            events (Service): Kafka 4
              from: docker.io/apache/kafka:4.1.1
              env: KAFKA_ADVERTISED_LISTENERS=INSIDE://events:9092,OUTSIDE://localhost:19092
              env: KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER
              env: KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:9093
              env: KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS=0
              env: KAFKA_HEAP_OPTS=-Xms256m -Xmx512m
              env: KAFKA_INTER_BROKER_LISTENER_NAME=INSIDE
              env: KAFKA_LISTENERS=INSIDE://:9092,CONTROLLER://localhost:9093,OUTSIDE://:9094
              env: KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTSIDE:PLAINTEXT
              env: KAFKA_LOG_DIRS=/var/lib/kafka/data
              env: KAFKA_NODE_ID=1
              env: KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1
              env: KAFKA_PROCESS_ROLES=broker,controller
              env: KAFKA_TRANSACTION_STATE_LOG_MIN_ISR=1
              env: KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR=1
              port:  9094 <- 19092
              data: devenv-6807da554af5-events in /var/lib/kafka/data by Some(("kafka", "4.1.1"))
              stop: Some("SIGTERM") 30s init false
              ready: Protocol { protocol: Kafka, login: Login { user: "", password: None, database: "" } } within 180s
              url: 127.0.0.1:19092
            front (Service): nginx 1
              from: docker.io/library/nginx:1
              port:  80 <- 18080
              sees: /home/sam/shop/conf as /etc/nginx/conf.d (read only)
              stop: Some("SIGQUIT") 10s init false
              ready: AnyAnswer within 120s
              url: http://localhost:18080
        "#]],
    );
}

#[test]
fn a_service_that_is_not_in_the_catalog() {
    check(
        r"
        services:
          search:
            image: opensearchproject/opensearch:2.19.0
            port: 9200
            env: { discovery.type: single-node }
            data: /usr/share/opensearch/data
            ready: { http: /_cluster/health }
          quiet:
            image: ghcr.io/owner/name
            run: serve --quick
    ",
        &expect![[r#"
            search (Service): opensearch 2.19.0
              from: docker.io/opensearchproject/opensearch:2.19.0
              env: discovery.type=single-node
              port:  9200 <- 19200
              data: devenv-6807da554af5-search in /usr/share/opensearch/data by None
              stop: None 10s init false
              ready: Http { path: "/_cluster/health", status: None } within 120s
              url: http://localhost:19200
            quiet (Service): name
              from: ghcr.io/owner/name:latest
              command: serve | --quick
              stop: None 10s init false
              ready: Running within 120s
              url: none
        "#]],
    );
}

#[test]
fn apps_of_all_kinds() {
    check(
        r#"
        services:
          db: postgres
          mail: mailpit
        apps:
          api:
            path: services/api
            runtime: node@22
            setup:
              - npm ci
              - run: npm run migrate -- ${db.url}
                inputs: [migrations/**]
            run: npx vite
            port: 3000
            env:
              DATABASE_URL: ${db.url}
              PUBLIC_URL: ${api.url}
              WEB: ${web.public_url}
            needs: [mail?]
            ready: /healthz
          web:
            build: docker/Dockerfile.web
            port: 8080
            env: { API: "${api.url}", HOST: mine }
          worker:
            runtime: python
            setup: [pip install -r requirements.txt]
            run: python worker.py
          seed:
            runtime: python
            run: python seed.py
            once: true
    "#,
        &expect![[r#"
            db (Service): PostgreSQL 17
              from: docker.io/library/postgres:17
              env: POSTGRES_DB=app
              env: POSTGRES_PASSWORD=pw
              env: POSTGRES_USER=app
              port:  5432 <- 15432
              data: devenv-6807da554af5-db in /var/lib/postgresql/data by Some(("postgres", "17"))
              stop: Some("SIGINT") 30s init false
              ready: Protocol { protocol: Postgres, login: Login { user: "app", password: Some(…), database: "app" } } within 120s
              url: postgres://app@127.0.0.1:15432/app
            mail (Service): Mailpit 1
              from: docker.io/axllent/mailpit:v1.31
              env: MP_DATABASE=/data/mailpit.db
              env: MP_SMTP_AUTH_ACCEPT_ANY=1
              env: MP_SMTP_AUTH_ALLOW_INSECURE=1
              port:  8025 <- 18025
              port: smtp 1025 <- 11025
              data: devenv-6807da554af5-mail in /data by Some(("mailpit", "1.31"))
              stop: Some("SIGTERM") 10s init false
              ready: Http { path: "/readyz", status: None } within 120s
              url: http://localhost:18025
            api (App): Node 22
              from: docker.io/library/node:22
              command: sh | -c | export PATH="/devenv/home/npm/bin:$PATH"; npx vite --host 0.0.0.0 --port 3000 --strictPort
              env: COREPACK_ENABLE_DOWNLOAD_PROMPT=0
              env: COREPACK_HOME=/devenv/cache/corepack
              env: DATABASE_URL=postgres://app:pw@db:5432/app
              env: DEVENV_DB_URL=postgres://app:pw@db:5432/app
              env: HOME=/devenv/home
              env: HOST=0.0.0.0
              env: PORT=3000
              env: PUBLIC_URL=http://localhost:13000
              env: TINI_KILL_PROCESS_GROUP=1
              env: WEB=http://localhost:18080
              env: YARN_CACHE_FOLDER=/devenv/cache/yarn
              env: __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS=api
              env: npm_config_cache=/devenv/cache/npm
              env: npm_config_prefix=/devenv/home/npm
              env: npm_config_update_notifier=false
              port:  3000 <- 13000
              sees: /home/sam/shop as /home/sam/shop
              sees: /state/homes/api as /devenv/home
              sees: /cache as /devenv/cache
              runs: in /home/sam/shop/services/api as Some((1000, 1000))
              stop: Some("SIGTERM") 10s init true
              needs: mail?
              needs: db
              ready: Http { path: "/healthz", status: None } within 120s
              step: npm ci => export PATH="/devenv/home/npm/bin:$PATH"; npm ci ["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc", "../package-lock.json", "../../package-lock.json", "../npm-shrinkwrap.json", "../../npm-shrinkwrap.json", "../.npmrc", "../../.npmrc"] needs_nothing true
              step: npm run migrate -- ${db.url} => export PATH="/devenv/home/npm/bin:$PATH"; npm run migrate -- ${DEVENV_DB_URL} ["migrations/**"] needs_nothing false
              url: http://localhost:13000
            web (App): built here
              from: localhost/devenv-6807da554af5-web:new
              built in: /home/sam/shop by docker/Dockerfile.web
              env: API=http://api:3000
              env: HOST=mine
              env: PORT=8080
              env: TINI_KILL_PROCESS_GROUP=1
              port:  8080 <- 18080
              stop: Some("SIGTERM") 10s init true
              needs: api
              ready: AnyAnswer within 120s
              url: http://localhost:18080
            worker (Worker): Python 3.13
              from: docker.io/library/python:3.13
              command: sh | -c | export PATH="/devenv/home/venv-3.13/bin:/devenv/home/.local/bin:$PATH"; python worker.py
              env: HOME=/devenv/home
              env: PIPENV_CACHE_DIR=/devenv/cache/pipenv
              env: PIPENV_VERBOSITY=-1
              env: PIP_CACHE_DIR=/devenv/cache/pip
              env: PIP_DISABLE_PIP_VERSION_CHECK=1
              env: PIP_ROOT_USER_ACTION=ignore
              env: POETRY_CACHE_DIR=/devenv/cache/poetry
              env: PYTHONUNBUFFERED=1
              env: TINI_KILL_PROCESS_GROUP=1
              env: UV_CACHE_DIR=/devenv/cache/uv
              env: UV_LINK_MODE=copy
              env: UV_PROJECT_ENVIRONMENT=/devenv/home/venv-3.13
              env: VIRTUAL_ENV=/devenv/home/venv-3.13
              sees: /home/sam/shop as /home/sam/shop
              sees: /state/homes/worker as /devenv/home
              sees: /cache as /devenv/cache
              runs: in /home/sam/shop as Some((1000, 1000))
              stop: Some("SIGTERM") 10s init true
              ready: Running within 120s
              prepare: export PATH="/devenv/home/venv-3.13/bin:/devenv/home/.local/bin:$PATH"; [ -x "$VIRTUAL_ENV/bin/pip3" ] || { python3 -m venv --without-pip --system-site-packages "$VIRTUAL_ENV" && printf '#!/bin/sh\nexec "%s/bin/python" -m pip "$@"\n' "$VIRTUAL_ENV" > "$VIRTUAL_ENV/bin/pip" && chmod +x "$VIRTUAL_ENV/bin/pip" && ln -s pip "$VIRTUAL_ENV/bin/pip3"; }
              step: pip install -r requirements.txt => export PATH="/devenv/home/venv-3.13/bin:/devenv/home/.local/bin:$PATH"; pip install -r requirements.txt ["requirements.txt"] needs_nothing true
              url: none
            seed (Job): Python 3.13
              from: docker.io/library/python:3.13
              command: sh | -c | export PATH="/devenv/home/venv-3.13/bin:/devenv/home/.local/bin:$PATH"; python seed.py
              env: HOME=/devenv/home
              env: PIPENV_CACHE_DIR=/devenv/cache/pipenv
              env: PIPENV_VERBOSITY=-1
              env: PIP_CACHE_DIR=/devenv/cache/pip
              env: PIP_DISABLE_PIP_VERSION_CHECK=1
              env: PIP_ROOT_USER_ACTION=ignore
              env: POETRY_CACHE_DIR=/devenv/cache/poetry
              env: PYTHONUNBUFFERED=1
              env: TINI_KILL_PROCESS_GROUP=1
              env: UV_CACHE_DIR=/devenv/cache/uv
              env: UV_LINK_MODE=copy
              env: UV_PROJECT_ENVIRONMENT=/devenv/home/venv-3.13
              env: VIRTUAL_ENV=/devenv/home/venv-3.13
              sees: /home/sam/shop as /home/sam/shop
              sees: /state/homes/seed as /devenv/home
              sees: /cache as /devenv/cache
              runs: in /home/sam/shop as Some((1000, 1000))
              stop: Some("SIGTERM") 10s init true
              ready: Ended within 600s
              url: none
        "#]],
    );
}

#[test]
fn proxy_and_authorities_reach_apps_but_not_services() {
    let manifest = manifest(
        r"
        services:
          cache: redis
        apps:
          job:
            image: alpine:3
            run: echo hi
            once: true
            env: { CURL_CA_BUNDLE: mine }
    ",
    );
    let mut facts = facts(&manifest);
    facts.trust = Some("/state/trust".into());
    facts.proxy = [("HTTPS_PROXY", "http://proxy:3128"), ("no_proxy", "intranet, localhost")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let project = resolve(&manifest, &identity(), &facts).unwrap();
    expect![[r#"
        cache (Service): Redis 8
          from: docker.io/library/redis:8
          port:  6379 <- 16379
          data: devenv-6807da554af5-cache in /data by Some(("redis", "8"))
          stop: Some("SIGTERM") 10s init false
          ready: Protocol { protocol: Redis, login: Login { user: "", password: None, database: "" } } within 120s
          url: redis://127.0.0.1:16379
        job (Job): alpine 3
          from: docker.io/library/alpine:3
          command: sh | -c | echo hi
          env: AWS_CA_BUNDLE=/devenv/trust/ca.pem
          env: CARGO_HTTP_CAINFO=/devenv/trust/ca.pem
          env: CURL_CA_BUNDLE=mine
          env: DENO_CERT=/devenv/trust/ca.pem
          env: GIT_SSL_CAINFO=/devenv/trust/ca.pem
          env: HEX_CACERTS_PATH=/devenv/trust/ca.pem
          env: HTTPS_PROXY=http://proxy:3128
          env: NODE_EXTRA_CA_CERTS=/devenv/trust/ca.pem
          env: NO_PROXY=intranet,localhost,127.0.0.1,cache,job
          env: PIP_CERT=/devenv/trust/ca.pem
          env: REQUESTS_CA_BUNDLE=/devenv/trust/ca.pem
          env: SSL_CERT_FILE=/devenv/trust/ca.pem
          env: TINI_KILL_PROCESS_GROUP=1
          env: no_proxy=intranet,localhost,127.0.0.1,cache,job
          sees: /state/trust as /devenv/trust (read only)
          stop: Some("SIGTERM") 10s init true
          ready: Ended within 600s
          url: none
    "#]]
    .assert_eq(&project.units.iter().map(describe).collect::<String>());
}

#[test]
fn a_credential_of_the_manifest_takes_the_place_of_the_generated_one() {
    let manifest = manifest(
        r#"
        services:
          db:
            use: postgres@15
            env: { POSTGRES_DB: shop, POSTGRES_PASSWORD: 'a/b c' }
        apps:
          api: { runtime: node, run: node api.js, env: { URL: "${db.url}" } }
    "#,
    );
    let project = resolve(&manifest, &identity(), &facts(&manifest)).unwrap();
    let url = project.units[1].env.iter().find(|(key, _)| key == "URL").unwrap();
    assert_eq!(url.1.reveal(), "postgres://app:a%2Fb%20c@db:5432/shop");
    let Probe::Protocol { login, .. } = &project.units[0].ready.probe else { panic!("not asked on its protocol") };
    assert_eq!((login.user.as_str(), login.database.as_str()), ("app", "shop"));
    assert_eq!(login.password.as_ref().unwrap().reveal(), "a/b c");
}

#[test]
fn a_missing_secret_is_said_once_with_where_to_ask() {
    let manifest = manifest(
        r#"
        apps:
          api: { runtime: node, run: "pay ${secret.KEY}", env: { A: "${secret.KEY}", B: "${secret.KEY}" } }
        secrets:
          KEY: Ask the payments team
    "#,
    );
    let mut facts = facts(&manifest);
    let problems = resolve(&manifest, &identity(), &facts).unwrap_err();
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((problem.kind.id, problem.exit), ("secret-missing", crate::problem::Exit::Environment));
    assert!(problem.what.contains("KEY") && problem.why == "Ask the payments team");
    assert_eq!(problem.fixes, ["export KEY=…"]);

    facts.secrets.insert("KEY".to_owned(), Sensitive::new("s3cret"));
    let project = resolve(&manifest, &identity(), &facts).unwrap();
    let command = project.units[0].command.as_ref().unwrap().join(" ");
    assert!(command.contains("pay ${DEVENV_SECRET_KEY}") && !command.contains("s3cret"));
    assert!(project.units[0].env.iter().any(|(key, value)| key == "DEVENV_SECRET_KEY" && value.reveal() == "s3cret"));
}

#[test]
fn a_person_sees_addresses_of_this_computer() {
    let manifest = manifest(
        r#"
        services:
          db: postgres
          mail: mailpit
          events: kafka
        apps:
          api: { runtime: node, run: x, port: 3000, env: { DB: "${db.url}", SELF: "${api.url}", K: "${events.url}" } }
    "#,
    );
    let environment = environment_for_person(&manifest, &facts(&manifest));
    let groups = environment.apps.iter().chain(&environment.services);
    let text = groups.fold(String::new(), |mut text, (name, variables)| {
        let _ = writeln!(text, "{name}");
        for (key, value) in variables {
            let _ = writeln!(text, "  {key}={}", value.reveal());
        }
        text
    });
    expect![[r#"
        api
          DB=postgres://app:pw@127.0.0.1:15432/app
          SELF=http://localhost:13000
          K=127.0.0.1:19092
        db
          DB_URL=postgres://app:pw@127.0.0.1:15432/app
          DB_HOST=127.0.0.1
          DB_PORT=15432
          DB_JDBC_URL=jdbc:postgresql://127.0.0.1:15432/app?user=app&password=pw
          DB_USER=app
          DB_PASSWORD=pw
          DB_DATABASE=app
        mail
          MAIL_URL=http://localhost:18025
          MAIL_HOST=127.0.0.1
          MAIL_PORT=18025
          MAIL_SMTP_URL=smtp://127.0.0.1:11025
          MAIL_SMTP_HOST=127.0.0.1
          MAIL_SMTP_PORT=11025
        events
          EVENTS_URL=127.0.0.1:19092
          EVENTS_HOST=127.0.0.1
          EVENTS_PORT=19092
          EVENTS_BROKERS=127.0.0.1:19092
    "#]]
    .assert_eq(&text);
}

const SMALL: &str = r#"
        services:
          db: postgres
        apps:
          api: { runtime: node, run: node api.js, port: 3000, env: { A: "1" }, needs: [db] }
    "#;

#[test]
fn a_fingerprint_changes_with_what_a_unit_is_made_from() {
    let before = resolved(SMALL);
    assert_eq!(before, resolved(SMALL));
    let changed: [fn(&mut Unit); 17] = [
        |unit| unit.env[0].1 = Sensitive::new("other"),
        |unit| unit.env[0].0.push('X'),
        |unit| unit.command = Some(Vec::new()),
        |unit| unit.command.as_mut().unwrap()[2].push(' '),
        |unit| unit.source = Source::Image(ImageRef::parse("other").unwrap()),
        |unit| unit.port.as_mut().unwrap().outside = Port::new(1).unwrap(),
        |unit| unit.binds[0].access = Access::ReadOnly,
        |unit| unit.user = None,
        |unit| unit.workdir = None,
        |unit| unit.init = false,
        |unit| unit.stop.grace = Duration::from_secs(1),
        |unit| unit.files.push(crate::model::FileCopy { target: "/a".into(), content: Vec::new(), mode: 0o644 }),
        |unit| unit.engine.entrypoint = Some(Vec::new()),
        |unit| unit.engine.user = Some("1".into()),
        |unit| unit.engine.tmpfs.push("/a".into()),
        |unit| unit.engine.extra_hosts.push(("a".into(), "::1".into())),
        |unit| unit.engine.shm_size = Some(0),
    ];
    let api = before.unit(&Name::parse("api").unwrap()).unwrap();
    for (index, change) in changed.into_iter().enumerate() {
        let mut unit = api.clone();
        change(&mut unit);
        assert_ne!(fingerprint::parts(&unit, &[1, 2, 3]).fingerprint(), api.fingerprint, "change {index}");
    }
    assert_ne!(fingerprint::parts(api, &[9]).fingerprint(), api.fingerprint);
}

#[test]
fn a_fingerprint_stays_when_only_waiting_changes() {
    let before = resolved(SMALL);
    let after = resolved(&SMALL.replace("needs: [db]", "ready: /up, setup: [npm ci]"));
    assert_eq!(before.units[1].fingerprint, after.units[1].fingerprint);
}

#[test]
fn one_change_touches_one_unit() {
    let before = resolved(SMALL);
    let after = resolved(&SMALL.replace("\"1\"", "\"2\""));
    assert_eq!(before.units[0].fingerprint, after.units[0].fingerprint);
    assert_ne!(before.units[1].fingerprint, after.units[1].fingerprint);
}

#[test]
fn what_is_needed_comes_first_and_the_slowest_first_of_all() {
    let project = resolved(
        r#"
        services:
          cache: redis
          db: postgres
        apps:
          web: { runtime: node, run: x, env: { A: "${api.url}" } }
          api: { runtime: node, run: x, port: 3000, needs: [db] }
    "#,
    );
    let order = order::topological(&project.units).unwrap();
    let names: Vec<&str> = order.iter().map(|at| project.units[*at].name.as_str()).collect();
    assert_eq!(names, ["db", "api", "web", "cache"]);

    let mut units = project.units;
    units[1].needs = vec![crate::model::Need { name: Name::parse("web").unwrap(), optional: false }];
    let cycle = order::topological(&units).unwrap_err();
    assert_eq!(cycle.iter().map(Name::as_str).collect::<Vec<_>>(), ["db", "web", "api", "db"]);
}

#[test]
fn ports_below_1024_would_like_to_be_higher() {
    let manifest = manifest(
        r"
        services:
          front: nginx
          mail: mailpit
        apps:
          api: { runtime: node, run: x, port: 3000 }
          web: { runtime: node, run: x, port: { inside: 3000, outside: 9000 } }
          old: { runtime: node, run: x, port: { inside: 5000, outside: 443 } }
    ",
    );
    let wanted: Vec<(String, u16)> = ports::wanted(&manifest)
        .into_iter()
        .map(|wanted| (format!("{} {}", wanted.owner, wanted.name), wanted.preferred.number()))
        .collect();
    let expected =
        [("front ", 8080), ("mail ", 8025), ("mail smtp", 1025), ("api ", 3000), ("web ", 9000), ("old ", 8443)];
    assert_eq!(wanted, expected.map(|(name, number)| (name.to_owned(), number)));
}

#[test]
fn a_toolchain_with_more_in_it_is_made_once_for_all_that_want_the_same() {
    let source = |runtime: &str| {
        let project = resolved(&format!("apps: {{ a: {{ runtime: {runtime}, run: x, port: 80 }} }}"));
        let unit = &project.units[0];
        (unit.image().unwrap().to_string(), unit.title.clone(), unit.clone())
    };
    let (one, title, _) = source("{ use: php@8.4, with: [intl, composer] }");
    assert!(
        one.starts_with("localhost/devenv-with-php:") && one.len() == "localhost/devenv-with-php:".len() + 16,
        "{one}"
    );
    assert_eq!(title, "PHP 8.4 with intl and composer");
    assert_eq!(one, source("{ use: php@8.4, with: [composer, intl] }").0);
    assert_ne!(one, source("{ use: php@8.3, with: [composer, intl] }").0);
    assert_ne!(one, source("{ use: php@8.4, with: [composer, intl], packages: git-lfs }").0);
    assert_eq!(source("{ use: java@17, with: maven }").0, "docker.io/library/maven:3-eclipse-temurin-17");

    // What the catalog knows of the language goes for any image of it.
    let (image, _, unit) = source("{ image: node:16 }");
    assert_eq!((image.as_str(), unit.catalog_id), ("docker.io/library/node:16", Some("node")));
    assert!(unit.env.iter().any(|(key, _)| key == "npm_config_cache"));
    let (_, title, unit) = source("{ image: acme/tools:1.2 }");
    assert_eq!(
        (title.as_str(), unit.catalog_id, unit.engine.entrypoint),
        ("tools 1.2", None, Some(vec!["env".to_owned()]))
    );
    assert!(unit.workdir.is_some() && unit.user.is_some() && unit.binds.len() == 3);
}
