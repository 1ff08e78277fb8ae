//! What `dev.yaml` names: services, apps, versions, references, secrets.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    MANIFEST_BAD_NAME = ProblemKind::new("manifest-bad-name", Exit::Manifest)
        .title("Something has a name that cannot be used")
        .page("
            Names of services, apps and tasks are used in addresses and in references such as `${db.url}`: small letters, digits and `-`,
            with a letter first. Secrets are named as variables are. A few words have a meaning of their own.
        ")
        .fixes(&["write the name that is shown, or choose another one"])
        .found_in("services:\n  My_DB: postgres\n");

    MANIFEST_NAME_TWICE = ProblemKind::new("manifest-name-twice", Exit::Manifest)
        .title("A service and an app have the same name")
        .page("
            Services and apps share their names: `${db.url}` and `devenv logs db` have to mean one of them.
        ")
        .fixes(&["give one of the two another name"])
        .found_in("services: { web: nginx }\napps:\n  web: { runtime: node, run: npm start }\n");

    MANIFEST_PORT_TWICE = ProblemKind::new("manifest-port-twice", Exit::Manifest)
        .title("Two apps want the same port")
        .page("
            Each app listens on a port of its own on this computer, so that two apps with the same number in dev.yaml contradict each
            other. Several checkouts do not: there each gets other ports by itself.
        ")
        .fixes(&["give one of the two another port"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, port: 3000 }\n  web: { runtime: node, run: npm start, port: 3000 }\n");

    MANIFEST_UNKNOWN_SERVICE = ProblemKind::new("manifest-unknown-service", Exit::Manifest)
        .title("The catalog has no such service")
        .repaired_by(Repair::Doctor)
        .page("
            A service that is named by one word comes from the catalog, which docs/catalog.md lists. Anything else can be used as well
            with `image`, a port and, where it keeps any, its data folder.
        ")
        .fixes(&["write the word that is shown", "or name it in full:  db: { image: owner/name:1.2, port: 1234 }"])
        .found_in("services:\n  db: postgress\n");

    MANIFEST_UNKNOWN_RUNTIME = ProblemKind::new("manifest-unknown-runtime", Exit::Manifest)
        .title("The catalog has no such runtime")
        .repaired_by(Repair::Doctor)
        .page("
            `runtime` names a toolchain of the catalog, which docs/catalog.md lists, or `host` for what is installed on this computer. Any
            other one is named in full, `runtime: { image: crystallang/crystal:1.14.0 }`, or comes with `build` and a Dockerfile.
        ")
        .fixes(&["write the word that is shown", "use `build: Dockerfile` for a toolchain of your own"])
        .found_in("apps:\n  api: { runtime: nodejs22, run: npm start }\n");

    MANIFEST_UNKNOWN_EXTRA = ProblemKind::new("manifest-unknown-extra", Exit::Manifest)
        .title("A toolchain can't be had with this")
        .page("
            `with` names what the publisher of a toolchain leaves out: build tools and extensions of the language that docs/catalog.md
            lists for it. Whatever else the system has a package for goes under `packages`.
        ")
        .fixes(&["write the word that is shown", "write it under `packages` if it is a package of the system"])
        .found_in("apps:\n  api: { runtime: { use: php, with: [composr] }, run: php -S 0.0.0.0:80 }\n");

    MANIFEST_UNKNOWN_VERSION = ProblemKind::new("manifest-unknown-version", Exit::Manifest)
        .title("The catalog does not know this version")
        .page("
            Behind the `@` stands a version that the catalog knows, or a more exact one of it: `postgres@16` or `postgres@16.4`. This one
            does not exist, is too old to be tested, or is newer than this devenv.
        ")
        .fixes(&["write one of the versions that are shown, or none for the newest that is known to work"])
        .found_in("services:\n  db: postgres@99\n");

    MANIFEST_HOST_VERSION = ProblemKind::new("manifest-host-version", Exit::Manifest)
        .title("`runtime: host` has no version to choose")
        .repaired_by(Repair::Doctor)
        .page("
            `runtime: host` runs an app with the tools that are installed on this computer, whatever their version is.
        ")
        .fixes(&["write  runtime: host", "or name a toolchain in the version you need, such as `runtime: node@22`"])
        .found_in("apps:\n  api: { runtime: host@22, run: npm start }\n");

    MANIFEST_BAD_SOURCE = ProblemKind::new("manifest-bad-source", Exit::Manifest)
        .title("What a service or an app is made from has no usable name")
        .page("
            What stands behind `image` is a name such as opensearchproject/opensearch:2.19.0: without spaces and without
            quotes.
        ")
        .fixes(&["write it as in  image: opensearchproject/opensearch:2.19.0"])
        .found_in("services:\n  search: { image: 'opensearch 2.19', port: 9200 }\n");

    MANIFEST_UNKNOWN_NAME = ProblemKind::new("manifest-unknown-name", Exit::Manifest)
        .title("Something is referred to that dev.yaml does not name")
        .repaired_by(Repair::Doctor)
        .page("
            A reference such as `${db.url}`, `needs` or `in` names a service or an app. There is none of this name in dev.yaml.
        ")
        .fixes(&["write the name as it stands below `services` or `apps`", "add what is missing"])
        .found_in("services: { db: postgres }\napps:\n  api: { runtime: node, run: npm start, needs: [bd] }\n");

    MANIFEST_UNKNOWN_ATTRIBUTE = ProblemKind::new("manifest-unknown-attribute", Exit::Manifest)
        .title("A service or an app does not offer what a reference asks for")
        .repaired_by(Repair::Doctor)
        .page("
            Everything with a port offers `.url`, `.host` and `.port`; what else a service offers, such as `.user` and `.database`, stands
            in docs/catalog.md.
        ")
        .fixes(&["write one of the words that are shown"])
        .found_in("services: { db: postgres }\napps:\n  api: { runtime: node, run: npm start, env: { DB: '${db.pasword}' } }\n");

    MANIFEST_BAD_REFERENCE = ProblemKind::new("manifest-bad-reference", Exit::Manifest)
        .title("A reference cannot be read")
        .repaired_by(Repair::Doctor)
        .page("
            References look like `${name.attribute}` or `${secret.NAME}`. Text that is to contain `${` itself, for example for a shell,
            is written with two dollar signs: `$${`.
        ")
        .fixes(&["write it as `${name.attribute}`", "write `$${` for the text `${` itself"])
        .found_in("services: { db: postgres }\napps:\n  api: { runtime: node, run: npm start, env: { DB: '${db/url}' } }\n");

    MANIFEST_NO_PORT = ProblemKind::new("manifest-no-port", Exit::Manifest)
        .title("A port is needed that is not there")
        .page("
            An address, a page or a request for readiness leads to something that has no port in dev.yaml. Services of the catalog know
            theirs; an app and everything else says it.
        ")
        .fixes(&["add its port, for example  port: 3000"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, ready: /healthz }\n");

    MANIFEST_HOST_UNREACHABLE = ProblemKind::new("manifest-host-unreachable", Exit::Manifest)
        .title("An app refers to one that it cannot reach")
        .page("
            An app with `runtime: host` runs on this computer itself. What runs apart from it, services and other apps, cannot call it
            by its address.
        ")
        .fixes(&["give both apps `runtime: host`, or both a toolchain of the catalog"])
        .found_in("apps:\n  web: { runtime: host, run: npm start, port: 3000 }\n  api: { runtime: node, run: npm start, env: { WEB: '${web.url}' } }\n");

    MANIFEST_NEEDS_ITSELF = ProblemKind::new("manifest-needs-itself", Exit::Manifest)
        .title("Something needs itself")
        .page("
            `needs` says what has to be ready before a service or an app starts. It would wait for itself for ever.
        ")
        .fixes(&["remove it from its own `needs`"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, needs: [api] }\n");

    MANIFEST_CYCLE = ProblemKind::new("manifest-cycle", Exit::Manifest)
        .title("Services or apps need each other in a circle")
        .page("
            What a service or an app needs is ready before it starts: by `needs`, and by every reference such as `${db.url}`. In a circle
            nothing could start first. A reference can also lead to an app only for an address, without waiting for it.
        ")
        .fixes(&["remove one of the needs that are shown"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, needs: [web] }\n  web: { runtime: node, run: npm start, needs: [api] }\n");

    MANIFEST_UNDECLARED_SECRET = ProblemKind::new("manifest-undeclared-secret", Exit::Manifest)
        .title("A secret is used that dev.yaml does not declare")
        .page("
            Every secret stands below `secrets` with a line that tells a person where to get it. This one is only used.
        ")
        .fixes(&["add it:  secrets: { NAME: where to get it }"])
        .found_in("apps:\n  api: { runtime: node, run: npm start, env: { KEY: '${secret.STRIPE_KEY}' } }\n");

    MANIFEST_UNKNOWN_GENERATOR = ProblemKind::new("manifest-unknown-generator", Exit::Manifest)
        .title("A secret is to be made in an unknown way")
        .repaired_by(Repair::Doctor)
        .page("
            `generate` makes a value that nobody has to know, in one of a few forms. The word that stands there is none of them.
        ")
        .fixes(&["write one of the words that are shown, for example  generate: hex32"])
        .found_in("secrets:\n  SESSION_KEY: { description: Signs the sessions, generate: hex23 }\nservices: { db: postgres }\n");

    MANIFEST_NOT_SQL = ProblemKind::new("manifest-not-sql", Exit::Manifest)
        .title("Something asks a database for what only databases with SQL have")
        .page("
            A part of dev.yaml applies to databases that speak SQL, such as PostgreSQL and MySQL, and names a service that does not.
        ")
        .fixes(&["name a service with SQL, or remove the key"])
        .found_in("services: { cache: redis }\nchecks: [{ sql: select 1, in: cache }]\n");
}
