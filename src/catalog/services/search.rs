//! Search engines: one node, no password, a small heap.

use super::PLAIN;
use crate::catalog::{Credentials, DataFolder, Probe, ServiceEntry, Stop, Upgrade, Versions};

/// Answers 408 as long as its data can't be read yet.
const CLUSTER_READS: Probe = Probe::Http("/_cluster/health?wait_for_status=yellow&timeout=1s");

pub(super) static ELASTICSEARCH: ServiceEntry = ServiceEntry {
    id: "elasticsearch",
    title: "Elasticsearch",
    aliases: &["elastic"],
    image: "docker.io/library/elasticsearch",
    versions: Versions {
        known: &["9", "8", "7"],
        default: "9",
        tag: "{version}",
        exact: &[("9", "9.1.5"), ("8", "8.19.5"), ("7", "7.17.29")],
    },
    port: 9200,
    data: Some(DataFolder { path: "/usr/share/elasticsearch/data", since: &[] }),
    env: &[
        ("discovery.type", "single-node"),
        ("xpack.security.enabled", "false"),
        ("ingest.geoip.downloader.enabled", "false"),
        // On a developer's full disk it would refuse to write.
        ("cluster.routing.allocation.disk.threshold_enabled", "false"),
        ("ES_JAVA_OPTS", "-Xms512m -Xmx512m"),
    ],
    attributes: &[("url", "http://{host}:{port}")],
    probe: CLUSTER_READS,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::OneMajorAtATime,
    boot_ms: 20_000,
    ..PLAIN
};

pub(super) static OPENSEARCH: ServiceEntry = ServiceEntry {
    id: "opensearch",
    title: "OpenSearch",
    image: "docker.io/opensearchproject/opensearch",
    versions: Versions { known: &["3", "2", "1"], default: "3", tag: "{version}", exact: &[] },
    port: 9200,
    data: Some(DataFolder { path: "/usr/share/opensearch/data", since: &[] }),
    env: &[
        ("discovery.type", "single-node"),
        ("DISABLE_SECURITY_PLUGIN", "true"),
        ("DISABLE_INSTALL_DEMO_CONFIG", "true"),
        ("cluster.routing.allocation.disk.threshold_enabled", "false"),
        ("OPENSEARCH_JAVA_OPTS", "-Xms512m -Xmx512m"),
    ],
    attributes: &[("url", "http://{host}:{port}")],
    probe: CLUSTER_READS,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::OneMajorAtATime,
    boot_ms: 15_000,
    ..PLAIN
};

pub(super) static MEILISEARCH: ServiceEntry = ServiceEntry {
    id: "meilisearch",
    title: "Meilisearch",
    aliases: &["meili"],
    image: "docker.io/getmeili/meilisearch",
    versions: Versions { known: &["1"], default: "1", tag: "v{version}", exact: &[("1", "1.37")] },
    port: 7700,
    data: Some(DataFolder { path: "/meili_data", since: &[] }),
    credentials: Some(Credentials { user: "", database: "" }),
    env: &[("MEILI_MASTER_KEY", "{password}"), ("MEILI_ENV", "development"), ("MEILI_NO_ANALYTICS", "true")],
    attributes: &[("url", "http://{host}:{port}"), ("key", "{password}"), ("password", "{password}")],
    probe: Probe::Http("/health"),
    upgrade: Upgrade::DumpAndLoad,
    boot_ms: 500,
    ..PLAIN
};

pub(super) static TYPESENSE: ServiceEntry = ServiceEntry {
    id: "typesense",
    title: "Typesense",
    image: "docker.io/typesense/typesense",
    versions: Versions {
        known: &["29", "28", "27"],
        default: "28",
        tag: "{version}",
        exact: &[("29", "29.0"), ("28", "28.0"), ("27", "27.1")],
    },
    port: 8108,
    data: Some(DataFolder { path: "/data", since: &[] }),
    credentials: Some(Credentials { user: "", database: "" }),
    env: &[("TYPESENSE_API_KEY", "{password}"), ("TYPESENSE_DATA_DIR", "/data"), ("TYPESENSE_ENABLE_CORS", "true")],
    attributes: &[("url", "http://{host}:{port}"), ("key", "{password}"), ("password", "{password}")],
    probe: Probe::Http("/health"),
    upgrade: Upgrade::InPlace,
    boot_ms: 1_000,
    ..PLAIN
};

pub(super) static QDRANT: ServiceEntry = ServiceEntry {
    id: "qdrant",
    title: "Qdrant",
    image: "docker.io/qdrant/qdrant",
    versions: Versions { known: &["1"], default: "1", tag: "v{version}", exact: &[("1", "1.15.4")] },
    port: 6333,
    more_ports: &[("grpc", 6334)],
    data: Some(DataFolder { path: "/qdrant/storage", since: &[] }),
    attributes: &[
        ("url", "http://{host}:{port}"),
        ("grpc_url", "http://{host}:{port.grpc}"),
        ("grpc_port", "{port.grpc}"),
    ],
    probe: Probe::Http("/readyz"),
    upgrade: Upgrade::InPlace,
    boot_ms: 600,
    ..PLAIN
};
