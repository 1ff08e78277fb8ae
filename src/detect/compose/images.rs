//! What published images are: services of the catalog, flavours of them, tools to look into them, toolchains, and what has no
//! place in development.

use crate::catalog;

/// What runs in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    /// The catalog's own, in a version that it knows or in none.
    Catalog {
        id: &'static str,
        version: Option<String>,
    },
    /// Another image of one of the catalog's kinds: its port, data and variables are known.
    Flavour {
        id: &'static str,
    },
    /// One of another publisher whose variables are called otherwise; the catalog's own takes its place.
    Bitnami {
        id: &'static str,
        version: Option<String>,
    },
    /// A page to look into a service.
    Tool,
    /// It leads requests to apps, renews certificates or looks after other programs: nothing for development.
    Operations,
    /// A toolchain, in which the repo's own source is run.
    Toolchain {
        id: &'static str,
        version: Option<String>,
    },
    /// A place for an editor to work in.
    Workspace,
    Other,
}

/// Last parts of names, and what of the catalog they are; `None` behind it = only from its own publisher.
const KINDS: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("postgis", "postgres"),
    ("pgvector", "postgres"),
    ("timescaledb", "postgres"),
    ("timescaledb-ha", "postgres"),
    ("pgvecto-rs", "postgres"),
    ("vchord-postgres", "postgres"),
    ("paradedb", "postgres"),
    ("pgautoupgrade", "postgres"),
    ("postgres-pgvector", "postgres"),
    ("age", "postgres"),
    ("citus", "postgres"),
    ("mysql", "mysql"),
    ("mysql-server", "mysql"),
    ("percona", "mysql"),
    ("mariadb", "mariadb"),
    ("mongo", "mongodb"),
    ("mongodb", "mongodb"),
    ("mongodb-community-server", "mongodb"),
    ("redis", "redis"),
    ("redis-stack", "redis"),
    ("redis-stack-server", "redis"),
    ("keydb", "redis"),
    ("dragonfly", "redis"),
    ("valkey", "valkey"),
    ("memcached", "memcached"),
    ("rabbitmq", "rabbitmq"),
    ("nats", "nats"),
    ("eclipse-mosquitto", "mosquitto"),
    ("kafka", "kafka"),
    ("kafka-native", "kafka"),
    ("cp-kafka", "kafka"),
    ("redpanda", "kafka"),
    ("elasticsearch", "elasticsearch"),
    ("elasticsearch-oss", "elasticsearch"),
    ("opensearch", "opensearch"),
    ("meilisearch", "meilisearch"),
    ("minio", "minio"),
    ("clickhouse-server", "clickhouse"),
    ("clickhouse", "clickhouse"),
    ("mailpit", "mailpit"),
    ("mailhog", "mailpit"),
    ("maildev", "mailpit"),
    ("mailcatcher", "mailpit"),
    ("inbucket", "mailpit"),
    ("smtp4dev", "mailpit"),
    ("localstack", "localstack"),
    ("nginx", "nginx"),
    ("typesense", "typesense"),
    ("qdrant", "qdrant"),
    ("neo4j", "neo4j"),
    ("azure-sql-edge", "mssql"),
    ("mssql-server-linux", "mssql"),
];

const TOOLS: &[&str] = &[
    "adminer",
    "pgadmin4",
    "pgadmin",
    "phpmyadmin",
    "mongo-express",
    "redis-commander",
    "redisinsight",
    "redis-insight",
    "pgweb",
    "kafka-ui",
    "kafdrop",
    "akhq",
    "cmak",
    "kibana",
    "opensearch-dashboards",
    "elasticvue",
    "dejavu",
    "cerebro",
    "rabbitmq-management",
    "p3x-redis-ui",
    "sqlpad",
    "cloudbeaver",
    "metabase",
    "dbgate",
    "rediscommander",
    "phpredisadmin",
    "redis-browser",
    "swagger-ui",
    "swagger-editor",
    "jaeger",
    "all-in-one",
    "prometheus",
    "grafana",
    "zipkin",
    "loki",
    "tempo",
    "flower",
    "console",
];

const OPERATIONS: &[&str] = &[
    "traefik",
    "nginx-proxy",
    "docker-gen",
    "acme-companion",
    "letsencrypt-nginx-proxy-companion",
    "certbot",
    "watchtower",
    "portainer",
    "portainer-ce",
    "cadvisor",
    "node-exporter",
    "postgres-exporter",
    "redis_exporter",
    "dozzle",
    "autoheal",
    "haproxy",
    "caddy",
    "caddy-docker-proxy",
    "envoy",
    "cloudflared",
    "ngrok",
    "docker-socket-proxy",
    "ofelia",
    "promtail",
    "fluentd",
    "fluent-bit",
    "filebeat",
    "metricbeat",
    "logspout",
    "ddns",
    "postgres-backup-local",
    "postgres-backup-s3",
    "docker-volume-backup",
    "nginx-proxy-manager",
    "diun",
    "dockge",
    "docker",
];

pub fn identify(image: &str) -> Image {
    let (path, tag) = split(image);
    let last = path.rsplit('/').next().unwrap_or(path);
    let publisher = path.rsplit_once('/').map_or("", |(publisher, _)| publisher);
    if publisher.contains("devcontainers") || publisher.ends_with("vscode/devcontainers") {
        return Image::Workspace;
    }
    if publisher.ends_with("mssql") && last == "server" {
        return of_kind("mssql", path, tag);
    }
    if let Some((_, id)) = KINDS.iter().find(|(name, _)| *name == last) {
        return of_kind(id, path, tag);
    }
    if TOOLS.contains(&last) {
        return Image::Tool;
    }
    if OPERATIONS.contains(&last) {
        return Image::Operations;
    }
    match catalog::runtime(last).filter(|_| is_official(publisher) || path.starts_with("mcr.microsoft.com/dotnet")) {
        Some(entry) => {
            let version = tag.map(plain_version).filter(|version| entry.versions.accepts(version)).map(str::to_owned);
            Image::Toolchain { id: entry.id, version }
        }
        None => Image::Other,
    }
}

/// Whether it is something that many repos use, and no release of one.
pub fn is_known(image: &str) -> bool {
    !matches!(identify(image), Image::Other) || KNOWN_OTHERS.contains(&last_part(image))
}

/// Services without an entry in the catalog.
const KNOWN_OTHERS: &[&str] = &[
    "zookeeper",
    "cp-zookeeper",
    "cp-schema-registry",
    "cp-server",
    "consul",
    "vault",
    "etcd",
    "influxdb",
    "cassandra",
    "cockroach",
    "couchdb",
    "couchbase",
    "neo4j",
    "typesense",
    "qdrant",
    "weaviate",
    "chroma",
    "milvus",
    "keycloak",
    "mock-oauth2-server",
    "hydra",
    "kratos",
    "dex",
    "authentik",
    "temporal",
    "auto-setup",
    "admin-tools",
    "ui",
    "gotenberg",
    "tika",
    "imgproxy",
    "thumbor",
    "chrome",
    "selenium",
    "standalone-chrome",
    "standalone-chromium",
    "standalone-firefox",
    "browserless",
    "wiremock",
    "mockserver",
    "toxiproxy",
    "azurite",
    "dynamodb-local",
    "elasticmq",
    "elasticmq-native",
    "goaws",
    "fake-gcs-server",
    "cloud-sdk",
    "google-cloud-cli",
    "firebase-tools",
    "pulsar",
    "activemq",
    "activemq-artemis",
    "beanstalkd",
    "gearmand",
    "solr",
    "sphinx",
    "manticore",
    "logstash",
    "apm-server",
    "opentelemetry-collector",
    "opentelemetry-collector-contrib",
    "alertmanager",
    "statsd",
    "graphite-statsd",
    "surrealdb",
    "arangodb",
    "rethinkdb",
    "scylla",
    "questdb",
    "mc",
    "busybox",
    "alpine",
    "debian",
    "ubuntu",
    "wait",
    "dockerize",
    "wait-for-it",
    "flyway",
    "liquibase",
    "migrate",
    "migrator",
    "dbmate",
    "atlas",
    "garage",
    "rustfs",
    "seaweedfs",
    "ftp",
    "sftp",
    "vsftpd",
    "openldap",
    "osixia",
    "kong",
    "oracle",
    "free",
    "db2",
    "firebird",
    "eventstore",
    "pubsub-emulator",
    "stripe-cli",
    "stripe-mock",
    "sentry",
    "unleash-server",
    "flagd",
    "serverless-redis-http",
    "centrifugo",
    "soketi",
    "mercure",
    "libretranslate",
    "ollama",
    "vllm-openai",
    "spicedb",
    "openfga",
    "opa",
    "httpbin",
    "go-httpbin",
    "echo-server",
];

/// Others that answer on the same ports and take the same variables.
const ALIKE: &[&str] = &["mailhog", "maildev", "mailcatcher", "mysql-server"];

fn of_kind(id: &'static str, path: &str, tag: Option<&str>) -> Image {
    let Some(entry) = catalog::service(id) else { return Image::Other };
    if path.contains("bitnami") {
        let version = tag.and_then(|tag| tag.split('-').next()).filter(|version| *version != "latest");
        return Image::Bitnami { id: entry.id, version: version.and_then(|version| accepted(entry, version)) };
    }
    let own = entry.image.trim_start_matches("docker.io/").trim_start_matches("library/");
    let is_own = path.trim_start_matches("docker.io/").trim_start_matches("library/") == own;
    let is_own = is_own || ALIKE.contains(&last_part(path));
    if !is_own {
        return Image::Flavour { id: entry.id };
    }
    match tag.filter(|tag| is_own && *tag != "latest") {
        None => Image::Catalog { id: entry.id, version: None },
        Some(_) if entry.id == "mailpit" && last_part(path) != "mailpit" => {
            Image::Catalog { id: entry.id, version: None }
        }
        Some(tag) if entry.versions.accepts(tag) => Image::Catalog { id: entry.id, version: Some(tag.to_owned()) },
        Some(tag) if !tag.starts_with(|c: char| c.is_ascii_digit()) && !tag.contains(|c: char| c.is_ascii_digit()) => {
            Image::Catalog { id: entry.id, version: None }
        }
        Some(_) => Image::Flavour { id: entry.id },
    }
}

/// The longest beginning of a version that the catalog knows.
fn accepted(entry: &catalog::ServiceEntry, version: &str) -> Option<String> {
    let parts: Vec<&str> = version.split('.').collect();
    (1..=parts.len()).rev().map(|count| parts[..count].join(".")).find(|version| entry.versions.accepts(version))
}

fn is_official(publisher: &str) -> bool {
    ["", "library", "docker.io/library", "docker.io", "denoland", "oven", "public.ecr.aws/docker/library"]
        .contains(&publisher)
}

/// `22` of `22-alpine`, `3.12` of `3.12-slim-bookworm`.
fn plain_version(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// A name without and with what follows it.
pub fn split(image: &str) -> (&str, Option<&str>) {
    let image = image.split('@').next().unwrap_or(image);
    let from = image.rfind('/').map_or(0, |at| at + 1);
    match image[from..].find(':') {
        Some(at) => (&image[..from + at], Some(&image[from + at + 1..]).filter(|tag| !tag.is_empty())),
        None => (image, None),
    }
}

pub fn last_part(image: &str) -> &str {
    let path = split(image).0;
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_names() {
        let catalog = |id, version: Option<&str>| Image::Catalog { id, version: version.map(str::to_owned) };
        for (image, wanted) in [
            ("postgres", catalog("postgres", None)),
            ("docker.io/library/postgres:16.3-alpine", catalog("postgres", Some("16.3-alpine"))),
            ("postgres:alpine", catalog("postgres", None)),
            ("postgres:9.6", Image::Flavour { id: "postgres" }),
            ("postgis/postgis:16-3.4", Image::Flavour { id: "postgres" }),
            ("pgvector/pgvector:pg17", Image::Flavour { id: "postgres" }),
            (
                "bitnami/postgresql:15.4.0-debian-11-r10",
                Image::Bitnami { id: "postgres", version: Some("15.4.0".to_owned()) },
            ),
            ("redis:7-alpine@sha256:00", catalog("redis", Some("7-alpine"))),
            ("localhost:5000/redis", Image::Flavour { id: "redis" }),
            ("mailhog/mailhog:v1.0.1", catalog("mailpit", None)),
            ("dpage/pgadmin4", Image::Tool),
            ("traefik:v3.0", Image::Operations),
            ("node:20-alpine", Image::Toolchain { id: "node", version: Some("20".to_owned()) }),
            ("acme/node", Image::Other),
            ("mcr.microsoft.com/devcontainers/go:1", Image::Workspace),
            ("acme/shop:latest", Image::Other),
        ] {
            assert_eq!(identify(image), wanted, "{image}");
        }
        assert!(is_known("gotenberg/gotenberg:8") && !is_known("acme/shop"));
    }
}
