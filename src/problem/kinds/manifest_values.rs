//! Values in `dev.yaml` that cannot be meant.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    MANIFEST_BAD_PORT = ProblemKind::new("manifest-bad-port", Exit::Manifest)
        .title("A port is no port")
        .page("
            `port` is one number from 1 to 65535: the port that the program itself listens on. Which one leads to it on this computer is
            chosen for each checkout and needs no line.
        ")
        .fixes(&["write one number, for example  port: 3000"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, port: '8080:3000' }\n");

    MANIFEST_BAD_PATH = ProblemKind::new("manifest-bad-path", Exit::Manifest)
        .title("A path cannot be used here")
        .page("
            Paths of files and folders in the repo are written from its root, without a `/` first and without leaving the repo by `..`.
            Paths inside a service, in `data` and `files`, begin with a `/`.
        ")
        .fixes(&["write the path that is shown"])
        .found_in("apps:\n  api: { path: /home/ada/shop/api, runtime: node, run: npm start }\n");

    MANIFEST_BAD_DURATION = ProblemKind::new("manifest-bad-duration", Exit::Manifest)
        .title("A time cannot be read")
        .page("
            Times, such as how long to wait until something is ready, are a number and a unit: `30s`, `5m`, `1h`. The `within` of a check is
            no longer than its `timeout`, or half a minute where it has none.
        ")
        .fixes(&["write it as in  timeout: 90s"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, port: 3000, ready: { http: /, timeout: soon } }\n");

    MANIFEST_BAD_STATUS = ProblemKind::new("manifest-bad-status", Exit::Manifest)
        .title("A status of HTTP is none")
        .page("
            `status` says with which number an answer of HTTP counts as good: 100 to 599, usually 200 or 204.
        ")
        .fixes(&["write it as in  status: 200"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, port: 3000, ready: { http: /, status: fine } }\n");

    MANIFEST_BAD_ADDRESS = ProblemKind::new("manifest-bad-address", Exit::Manifest)
        .title("The address of a check leads nowhere")
        .page("
            A check with `http` asks an address that begins with a reference to an app or a service, so that it is right in every
            checkout: `${api.url}/healthz`. One with `tcp` has a host and a port: `${db.host}:${db.port}`.
        ")
        .fixes(&["write it as in  http: ${api.url}/healthz"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, port: 3000 }\nchecks: [{ http: /healthz }]\n");

    MANIFEST_BAD_JSON_PATH = ProblemKind::new("manifest-bad-json-path", Exit::Manifest)
        .title("A check looks for a place that no answer can have")
        .page("
            A check with `http` and `json` names places in the answer as JSONPath (RFC 9535) does: names with a dot between them and numbers
            in brackets, counted from 0. The `$.` in front may be left out.
        ")
        .fixes(&["write it as in  json: { items[0].name: first }"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, port: 3000 }\nchecks:\n  - http: ${api.url}/items\n    json: { 'items[': 1 }\n");

    MANIFEST_BAD_VARIABLE = ProblemKind::new("manifest-bad-variable", Exit::Manifest)
        .title("A variable has a name that cannot be used")
        .page("
            Names of variables begin with a letter or `_` and go on with letters, digits, `_`, `.` or `-`. With other characters a
            program would not find them.
        ")
        .fixes(&["give the variable another name"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, env: { 'DB URL': x } }\n");

    MANIFEST_BAD_GLOB = ProblemKind::new("manifest-bad-glob", Exit::Manifest)
        .title("A pattern for files cannot be read")
        .page("
            Patterns in `inputs` and `restart_on` are written as in .gitignore: `*` for a part of a name, `**` for folders in between, `[ab]`
            for one of several characters. A bracket is not closed, the pattern is empty, or it leads out of the repo: `../` goes
            up from the app's folder as far as the root.
        ")
        .fixes(&["correct the pattern that is shown, for example  migrations/**/*.sql"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, setup: [{ run: npm ci, inputs: ['a[b'] }] }\n");

    MANIFEST_NO_BRANCH_DATA = ProblemKind::new("manifest-no-branch-data", Exit::Manifest)
        .title("A service has no data that branches could have")
        .page("
            `databases: { per_branch: true }` gives every git branch data of its own. A service keeps data where the catalog or `data`
            in dev.yaml says so; this one keeps none.
        ")
        .fixes(&["write `data` with the folder inside it whose content is kept", "leave `databases` out"])
        .found_in("services:\n  cache: { use: memcached, databases: { per_branch: true } }\n");

    MANIFEST_SEED = ProblemKind::new("manifest-seed", Exit::Manifest)
        .title("A seed can't be used as it is written")
        .page("
            `seed` fills a new database of PostgreSQL, MySQL, MariaDB, Redis, Valkey or MongoDB: with files of the repo, with a command, or
            with a snapshot. One that comes from a URL needs the checksum of what is meant, so that everybody begins with the same data.
        ")
        .fixes(&["write `sha256` beside `snapshot`", "fill other services by a setup step of an app"])
        .found_in("services:\n  db: { use: postgres, seed: { snapshot: 'https://files.example.com/shop.dump' } }\n");

    MANIFEST_READY_OF_JOB = ProblemKind::new("manifest-ready-of-job", Exit::Manifest)
        .title("A job says when it is ready")
        .page("
            An app with `once: true` is a job: it has done its work when it has ended with success, and what needs it waits for that.
            `ready` has no meaning there.
        ")
        .fixes(&["remove `ready`, or `once: true`"])
        .found_in("apps:\n  seed: { runtime: node, run: npm run seed, once: true, ready: { log: done } }\n");
}
