use expect_test::{Expect, expect};

use super::*;
use crate::detect::{Fact, Ready, ServiceSource, Toolchain, Variable};

/// What is found, a line each.
fn shown(files: &[(&str, &str)]) -> String {
    let Understood { findings, .. } = findings(&Repo::of(files), &[]);
    let mut lines = Vec::new();
    let env = |env: &[Fact<Variable>]| -> String {
        env.iter().map(|it| format!(" {}={}", it.value.key, it.value.value)).collect()
    };
    for service in &findings.services {
        let source = match &service.source {
            ServiceSource::Catalog(id) => id.clone(),
            ServiceSource::Image(image) => format!("image {image}"),
        };
        let mut line = format!("{}: {source}", service.name);
        line.extend(service.version.iter().map(|version| format!("@{}", version.value)));
        line.extend(service.port.map(|port| format!(" port {port}")));
        line.extend(service.published.map(|port| format!(" at {port}")));
        line.extend(service.data.iter().map(|data| format!(" data {data}")));
        line.extend(service.run.iter().map(|run| format!(" run `{run}`")));
        line.extend(service.files.iter().map(|(to, from)| format!(" file {from}>{to}")));
        line.extend(service.ready.iter().map(|ready| match &ready.value {
            Ready::Http(path) => format!(" ready {path}"),
            Ready::Command(command) => format!(" ready `{command}`"),
        }));
        line.push_str(&env(&service.env));
        lines.push(finished(line, &service.needs, false, service.optional));
    }
    for app in &findings.apps {
        let source = match &app.toolchain {
            Toolchain::Tools { image, .. } => format!("tools {image}"),
            Toolchain::Catalog { id, version, .. } => {
                format!("runtime {id}@{}", version.as_deref().unwrap_or_default())
            }
            Toolchain::Build { file, target, args } => {
                format!("build {file} {} {args:?}", target.as_deref().unwrap_or_default())
            }
            Toolchain::Image(image) => format!("image {image}"),
        };
        let mut line = format!("app {} in `{}`: {source}", app.name, app.path);
        line.extend(app.run.iter().map(|run| format!(" run `{}`", run.value)));
        line.extend(app.port.iter().map(|port| format!(" port {}", port.value)));
        line.extend(
            app.expected_at()
                .filter(|at| app.port.as_ref().is_some_and(|port| port.value != *at))
                .map(|at| format!(" at {at}")),
        );
        line.extend(app.ready.iter().map(|ready| format!(" ready {}", ready.value)));
        if !app.restart_on.is_empty() {
            line.push_str(&format!(" on {}", app.restart_on.join(",")));
        }
        line.push_str(&env(&app.env));
        lines.push(finished(line, &app.needs, app.once, app.optional));
    }
    let engines = findings.services.iter().map(|service| (&service.name, &service.engine));
    for (name, engine) in engines.chain(findings.apps.iter().map(|app| (&app.name, &app.engine))) {
        lines.extend(engine.written().into_iter().map(|(key, value)| format!("engine of {name}: {key} {value:?}")));
    }
    lines.extend(findings.secrets.iter().map(|it| format!("secret {} {:?}", it.name, it.generate)));
    for note in &findings.notes {
        let places: Vec<String> = note.evidence.iter().map(ToString::to_string).collect();
        lines.push(format!("note {} [{}]", note.text, places.join(", ")));
    }
    lines.join("\n") + "\n"
}

fn finished(mut line: String, needs: &[String], once: bool, optional: bool) -> String {
    if !needs.is_empty() {
        line.push_str(&format!(" needs {}", needs.join(",")));
    }
    line.push_str(if once { " once" } else { "" });
    line.push_str(if optional { " optional" } else { "" });
    line
}

fn check(files: &[(&str, &str)], wanted: &Expect) {
    wanted.assert_eq(&shown(files));
}

#[test]
fn a_usual_project() {
    let text = "\
services:
  web:
    build: { context: ., target: dev, args: { NODE_ENV: development } }
    command: npm run dev
    ports: ['3000:3000']
    environment:
      DATABASE_URL: postgres://shop:secret@db:5432/shop
    healthcheck: { test: ['CMD', 'curl', '-f', 'http://localhost:3000/health'] }
    volumes: ['.:/app', '/app/node_modules']
    depends_on: { db: { condition: service_healthy }, migrate: { condition: service_completed_successfully } }
  migrate:
    build: .
    command: ['npm', 'run', 'migrate']
    depends_on: [db]
  db:
    image: postgres:16-alpine
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: secret }
    volumes: ['data:/var/lib/postgresql/data', './init.sql:/docker-entrypoint-initdb.d/init.sql:ro']
    healthcheck: { test: pg_isready }
  adminer: { image: adminer, ports: ['8080:8080'] }
  debug: { image: 'redis:7', profiles: [debug] }
volumes: { data: }
";
    check(
        &[("compose.yaml", text), ("Dockerfile", "FROM node:22 AS dev\n"), ("package.json", "{}"), ("init.sql", "")],
        &expect![[r#"
            db: postgres@16-alpine file init.sql>/docker-entrypoint-initdb.d/init.sql POSTGRES_USER=shop POSTGRES_PASSWORD=secret POSTGRES_DB=shop
            adminer: image adminer:latest port 8080 optional
            debug: redis@7 optional
            app web in ``: build Dockerfile dev [("NODE_ENV", "development")] run `npm run dev` port 3000 ready /health on ** DATABASE_URL=postgres://shop:secret@db:5432/shop needs db,migrate
            app migrate in ``: build Dockerfile  [] run `npm run migrate` needs db once
        "#]],
    );
}

#[test]
fn flavours_keep_their_image_and_are_said_in_full() {
    let text = "\
services:
  geo_db: { image: 'postgis/postgis:16-3.4', environment: [POSTGRES_PASSWORD=x], volumes: ['geo:/var/lib/postgresql/data'] }
  old: { image: 'bitnami/postgresql:15.4.0-debian-11', environment: { POSTGRESQL_USERNAME: me, POSTGRESQL_PASSWORD: y } }
  app: { build: ., environment: { DB: 'postgres://postgres:x@geo_db/gis', HOST: geo_db } }
volumes: { geo: }
";
    check(
        &[("docker-compose.yml", text), ("Dockerfile", "FROM python:3.12"), ("pyproject.toml", "")],
        &expect![[r#"
            geo-db: image postgis/postgis:16-3.4 port 5432 data /var/lib/postgresql/data POSTGRES_PASSWORD=x POSTGRES_USER=postgres POSTGRES_DB=postgres
            old: postgres@15.4.0 POSTGRES_USER=me POSTGRES_PASSWORD=y POSTGRES_DB=me
            app app in ``: build Dockerfile  [] DB=postgres://postgres:x@geo-db/gis HOST=geo-db
            note the makers' own edition is taken in place of another publisher's: old [docker-compose.yml:3]
            note `geo_db` is called `geo-db` here, also where values name it [docker-compose.yml:2]
        "#]],
    );
}

#[test]
fn examples_stand_in_and_what_must_be_set_becomes_a_secret() {
    let text = "\
services:
  api:
    image: node:22-alpine
    working_dir: /srv
    command: sh -c 'npm ci && npm start'
    volumes: ['./api:/srv']
    env_file: [.env, api/.env]
    environment: [SESSION_SECRET, EDITOR, 'TOKEN=${TOKEN:?ask the team}']
    ports: ['${PORT}:${PORT}']
  cache: { image: redis, env_file: .env }
";
    check(
        &[
            ("compose.yml", text),
            ("api/package.json", "{}"),
            (".env.example", "export PORT=4000\nREDIS_ARGS=x\nEMPTY=\n"),
            ("api/.env.sample", "A=1\nB=\"two words\"\n"),
        ],
        &expect![[r#"
            cache: redis REDIS_ARGS=x
            app api in `api`: runtime node@22 run `npm ci && npm start` port 4000 PORT=4000 REDIS_ARGS=x A=1 B=two words SESSION_SECRET=${secret.SESSION_SECRET} TOKEN=${secret.TOKEN}
            secret SESSION_SECRET Some("hex32")
            secret TOKEN None
            note variables that only the person's own surroundings would set are left out: `EDITOR` [compose.yml:8]
        "#]],
    );
}

#[test]
fn a_persons_own_file_of_variables_is_not_read() {
    struct Own;
    impl crate::repo::Source for Own {
        fn read(&self, path: &str, _: usize) -> Result<Vec<u8>, String> {
            let text =
                if path == ".env" { "KEY=mine" } else { "services: {app: {build: ., environment: ['KEY=${KEY}']}}" };
            Ok(text.as_bytes().to_vec())
        }
    }
    let repo = Repo::new(vec!["compose.yaml".to_owned(), "Dockerfile".to_owned()], Box::new(Own));
    let found = findings(&repo, &[]).findings;
    assert_eq!(found.apps[0].env[0].value.value, "");
}

#[test]
fn what_has_no_equivalent_is_told_with_its_place() {
    let text = "\
services:
  app:
    build: .
    privileged: true
    cap_add: [SYS_ADMIN, IPC_LOCK]
    tmpfs: /scratch:size=64m
    shm_size: 1gb
    user: '1000'
    ports: ['80:80', '81:81']
    volumes: ['uploads:/srv/uploads', '~/.aws:/root/.aws', '/var/run/docker.sock:/var/run/docker.sock']
    extra_hosts: ['x:1.2.3.4']
    deploy: { resources: { limits: { memory: 1g } } }
  proxy: { image: 'traefik:3', ports: ['80:80'] }
  edit: { image: 'mcr.microsoft.com/devcontainers/base' }
  far: { build: 'https://example.com/x.git' }
  own: { image: 'ghcr.io/acme/shop:1' }
  gone: { build: ./nowhere }
volumes: { uploads: }
";
    check(
        &[("compose.yaml", text), ("Dockerfile", "FROM x"), ("package.json", "{\"name\": \"@acme/shop\"}")],
        &expect![[r#"
            app app in ``: build Dockerfile  [] port 80
            engine of app: user Word("1000")
            engine of app: tmpfs Words(["/scratch"])
            engine of app: cap_add Words(["IPC_LOCK"])
            engine of app: extra_hosts Pairs([("x", "1.2.3.4")])
            engine of app: shm_size Word("1g")
            note `privileged` is left out: nothing runs here with more rights than it needs: app [compose.yaml:2]
            note a further port is not offered: an app has one: app [compose.yaml:9]
            note a place for an editor to work in, which is not needed here: edit [compose.yaml:14]
            note a published release of what is written here: own [compose.yaml:16]
            note folders from outside of the repo are not handed in: ~/.aws of app [compose.yaml:10]
            note it leads requests or looks after programs, for which nothing is needed here: proxy [compose.yaml:13]
            note its Dockerfile is not in the repo: gone [compose.yaml:17]
            note its source is at an address, and addresses are not fetched: copy it into the repo: far [compose.yaml:15]
            note limits of memory and processors have no equivalent and are left out: app [compose.yaml:2]
            note the engine itself is handed to nothing: app [compose.yaml:10]
            note the right IPC_LOCK is granted, as the file asks for it: app [compose.yaml:2]
            note the right SYS_ADMIN would reach beyond and is not granted: app [compose.yaml:2]
            note what an app keeps in a folder of its own is not kept here: app [compose.yaml:10]
        "#]],
    );
}

#[test]
fn a_database_with_a_dockerfile_of_its_own_stays_a_database() {
    let text = "services: {db: {build: {context: ./db, args: {V: '17'}}}, app: {build: ., depends_on: [db]}}";
    check(
        &[
            ("compose.yaml", text),
            ("db/Dockerfile", "ARG V=16\nFROM postgres:${V}\nCOPY x /"),
            ("Dockerfile", "FROM x"),
        ],
        &expect![[r#"
            db: postgres@17 POSTGRES_USER=postgres POSTGRES_DB=postgres
            app app in ``: build Dockerfile  [] needs db
            note what db/Dockerfile adds is not taken over: db [compose.yaml:1]
        "#]],
    );
}

#[test]
fn profiles_that_are_off_make_things_optional() {
    let text = "services: {a: {image: 'redis', profiles: [x]}, b: {image: 'postgres', profiles: [y]}}";
    let optional = |files: &[(&str, &str)]| -> Vec<(String, bool)> {
        let found = findings(&Repo::of(files), &[]).findings;
        found.services.into_iter().map(|service| (service.name, service.optional)).collect()
    };
    let pair = |a, b| vec![("a".to_owned(), a), ("b".to_owned(), b)];
    assert_eq!(optional(&[("compose.yaml", text)]), pair(false, false));
    assert_eq!(optional(&[("compose.yaml", text), (".env.example", "COMPOSE_PROFILES=y")]), pair(true, false));
}

#[test]
fn a_file_that_would_be_refused_is_still_understood_as_far_as_it_goes() {
    let text = "services:\n  db: {image: postgres}\n  app: {build: ., depends_on: [nope], foo: 1}\n";
    check(
        &[("compose.yaml", text), ("Dockerfile", "FROM x")],
        &expect![[r#"
            db: postgres POSTGRES_USER=postgres POSTGRES_DB=postgres
            app app in ``: build Dockerfile  []
            note `foo` has no equivalent and is left out: app [compose.yaml:3]
            note this file is wrong as it stands: `services.app.foo` is nothing that such a file knows [compose.yaml:3]
            note this file is wrong as it stands: service "app" depends on undefined service "nope" [compose.yaml:3]
        "#]],
    );
}

#[test]
fn an_address_that_is_included_is_not_followed_and_no_mistake_of_the_file() {
    let text = "include: ['https://example.com/base.yml']\nservices:\n  db: {image: postgres}\n";
    check(
        &[("compose.yaml", text)],
        &expect![[r#"
            db: postgres POSTGRES_USER=postgres POSTGRES_DB=postgres
            note `include` of https://example.com/base.yml is not followed: devenv reads what lies in the repo and fetches no settings from elsewhere; what it adds is missing. Copy it into the repo and name that file, or write what is missing into dev.yaml [compose.yaml:1]
        "#]],
    );
}

/// Everything can be read, and what is in `secrets/` the repo does not carry.
struct Ignored(Vec<(&'static str, &'static str)>);

impl crate::repo::Source for Ignored {
    fn read(&self, path: &str, _: usize) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|(own, _)| *own == path);
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| "it is not there".to_owned())
    }
}

#[test]
fn a_secret_in_an_ignored_file_is_made_anew() {
    let text = "services:\n  db:\n    image: postgres:16\n    secrets: [pw]\n    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw}\n\
                secrets: {pw: {file: ./secrets/pw.txt}}\n";
    for (is_carried, wanted) in [(false, "${secret.POSTGRES_PASSWORD}"), (true, "mine")] {
        let files = vec![("compose.yaml", text), ("secrets/pw.txt", "mine\n")];
        let mut paths = vec!["compose.yaml".to_owned()];
        paths.extend(is_carried.then(|| "secrets/pw.txt".to_owned()));
        let found = findings(&Repo::new(paths, Box::new(Ignored(files))), &[]).findings;
        let env = &found.services[0].env;
        let password = env.iter().find(|it| it.value.key == "POSTGRES_PASSWORD").map(|it| it.value.value.as_str());
        assert_eq!(password, Some(wanted));
        assert_eq!(found.secrets.iter().any(|it| it.name == "POSTGRES_PASSWORD"), !is_carried);
    }
}

#[test]
fn a_name_that_is_filled_in_to_nothing_is_no_host() {
    let text = "services:\n  db: {image: 'postgres:16', container_name: '${NAME:-}'}\n  my_app: {build: ., hostname: '${NO}', environment: {A: b}}\n";
    assert!(shown(&[("compose.yaml", text), ("Dockerfile", "FROM node:22\n")]).contains("A=b"));
}

#[test]
fn arguments_that_double_each_other_end() {
    let args: String = (0..60).map(|number| format!("ARG A{number}=${{A{0}}}${{A{0}}}\n", number + 1)).collect();
    let files = [("compose.yaml", "services: {a: {build: .}}\n"), ("Dockerfile", &format!("{args}FROM x$A0\n"))];
    assert!(shown(&files).starts_with("app a in"));
}

#[test]
fn what_a_manifest_would_not_take_is_left_out() {
    let text = "\
services:
  search: { image: 'ghcr.io/acme/search:${NO}', working_dir: / }
  index: { image: 'acme/index:${TAG:?set it}', cap_add: [IPC_LOCK, SYS_NICE], dns: 1.1.1.1 }
  web:
    build: .
    user: root
    links: ['search:finder']
    volumes: ['.:/app']
    environment: { URL: 'http://finder:9200' }
";
    let found = shown(&[("compose.yaml", text), ("Dockerfile", "FROM node:22\n")]);
    for line in [
        "search: image ghcr.io/acme/search:latest",
        "index: image acme/index:latest",
        "note its version is not said anywhere, so the newest is taken: index [compose.yaml:3]",
        "note the right IPC_LOCK is granted, as the file asks for it: index [compose.yaml:3]",
        "note the right SYS_NICE would reach beyond and is not granted: index [compose.yaml:3]",
        "note `dns` has no equivalent and is left out: index [compose.yaml:3]",
        "URL=http://search:9200",
    ] {
        assert!(found.contains(line), "{line}\n{found}");
    }
    assert!(!found.contains("workdir") && !found.contains(": user"), "{found}");
}

#[test]
fn notes_hold_no_word_of_the_engine() {
    let rich = "\
include: [other.yaml]
services:
  db:
    image: bitnami/postgresql:16
    networks: [nowhere]
    network_mode: host
    volumes: ['data:/a', 'more:/b', '/etc/x:/c', {type: npipe, source: a, target: b}]
    healthcheck: {test: [WRONG]}
  web:
    build: {context: ., dockerfile_inline: FROM x}
    env_file: docker/compose/image.env
  app_one:
    build: .
    image: 5
    volumes: ['keep:/keep', '/var/run/docker.sock:/var/run/docker.sock', '.:/app']
    healthcheck: {test: test -f /x}
    ports: ['1:1', '2:2']
    user: root
    privileged: true
    cap_add: [SYS_ADMIN, NET_ADMIN]
    dns: 1.1.1.1
    external_links: [a]
    network_mode: 'container:x'
    container_name: x
    deploy: {replicas: 2}
    labels: {traefik.enable: 'true'}
    develop: {watch: [{path: ., action: sync}]}
    secrets: [none]
    environment: {A: '$IMAGE_TAG', NETWORK: }
volumes: {data: , more: {image: x}, keep: 5}
";
    let broken = "services: {b: {volumes: 5, depends_on: [b], healthcheck: }}\nnetworks: [x]\n";
    for text in [rich, broken] {
        let files =
            [("compose.yaml", text), ("Dockerfile", "FROM node:22\n"), ("other.yaml", "services: {db: {image: x}}\n")];
        let notes = findings(&Repo::of(&files), &[]).findings.notes;
        assert!(notes.len() > 2, "{notes:?}");
        for note in notes {
            assert_eq!(crate::words::jargon(&note.text), [""; 0], "{}", note.text);
        }
    }
}

#[test]
fn what_is_built_follows_the_folders_that_lie_over_it() {
    let text = "services:\n  web:\n    build: ./web\n    volumes: ['./web/src:/app/src', './web:/app', './conf:/conf', './web/gone:/x', 'data:/app/data']\n  \
                worker:\n    build: .\n    develop: { watch: [{ action: rebuild, path: web/package.txt }] }\n    ulimits: { nofile: { soft: 1024, hard: 2048 }, memlock: -1, odd: 3 }\n";
    let files = [
        ("compose.yaml", text),
        ("Dockerfile", "FROM alpine\n"),
        ("web/Dockerfile", "FROM alpine\n"),
        ("web/src/a.txt", ""),
        ("web/package.txt", ""),
        ("conf/x", ""),
    ];
    let found = shown(&files);
    assert!(found.contains("app web in `web`: build Dockerfile  [] on src/**,**"), "{found}");
    assert!(found.contains("app worker in ``: build Dockerfile  [] on web/package.txt"), "{found}");
    assert!(
        found.contains("engine of worker: ulimits Pairs([(\"nofile\", \"1024:2048\"), (\"memlock\", \"-1\")])"),
        "{found}"
    );
}

/// What it would write there is lost, and nothing is dropped in silence.
#[test]
fn files_of_the_repo_that_a_ready_made_job_reads_are_handed_to_it() {
    let compose = "services:
  web: { build: ., depends_on: { init: { condition: service_completed_successfully } } }
  init:
    image: redis:7
    command: cat /m/a.txt
    volumes:
      - ./m:/m:ro
      - .:/w
      - ./gone:/gone:ro
      - /etc/hosts:/etc/other
";
    let files = [("compose.yaml", compose), ("Dockerfile", "FROM node:24\n"), ("m/a.txt", "a"), ("package.json", "{}")];
    let Understood { findings, .. } = findings(&Repo::of(&files), &[]);
    let init = findings.apps.iter().find(|app| app.name == "init").unwrap();
    let handed = |target: &str, path: &str| (target.to_owned(), path.to_owned());
    assert_eq!(init.files, [handed("/m", "m"), handed("/w", "")]);
    let told = |begin: &str| findings.notes.iter().find(|note| note.text.starts_with(begin)).unwrap();
    let places = |note: &Note| note.evidence.iter().map(ToString::to_string).collect::<Vec<_>>();
    let reading = told("files of the repo are handed in for reading only");
    assert!(reading.text.ends_with(": . of init") && places(reading) == ["compose.yaml:8"], "{}", reading.text);
    let gone = told("files that are not in the repo are not handed in");
    assert!(gone.text.ends_with(": gone of init") && places(gone) == ["compose.yaml:9"], "{}", gone.text);
}
