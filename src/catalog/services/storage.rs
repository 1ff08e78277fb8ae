//! Caches, key-value stores and object stores.

use super::{APP, PLAIN};
use crate::catalog::{Credentials, DataFolder, Probe, ServiceEntry, Stop, Upgrade, Versions};

pub(super) static REDIS: ServiceEntry = ServiceEntry {
    id: "redis",
    title: "Redis",
    image: "docker.io/library/redis",
    versions: Versions { known: &["8", "7", "6"], default: "8", tag: "{version}", exact: &[] },
    port: 6379,
    data: Some(DataFolder { path: "/data", since: &[] }),
    attributes: &[("url", "redis://{host}:{port}")],
    probe: Probe::Redis,
    upgrade: Upgrade::InPlace,
    boot_ms: 200,
    ..PLAIN
};

pub(super) static VALKEY: ServiceEntry = ServiceEntry {
    id: "valkey",
    title: "Valkey",
    image: "docker.io/valkey/valkey",
    versions: Versions { known: &["9", "8", "7"], default: "8", tag: "{version}", exact: &[] },
    port: 6379,
    data: Some(DataFolder { path: "/data", since: &[] }),
    // Client libraries know the protocol by its older name.
    attributes: &[("url", "redis://{host}:{port}")],
    probe: Probe::Redis,
    upgrade: Upgrade::InPlace,
    boot_ms: 200,
    ..PLAIN
};

pub(super) static MEMCACHED: ServiceEntry = ServiceEntry {
    id: "memcached",
    title: "Memcached",
    image: "docker.io/library/memcached",
    versions: Versions { known: &["1.6", "1"], default: "1.6", tag: "{version}", exact: &[] },
    port: 11211,
    attributes: &[("url", "memcached://{host}:{port}"), ("address", "{host}:{port}")],
    probe: Probe::Memcached,
    boot_ms: 200,
    ..PLAIN
};

pub(super) static MINIO: ServiceEntry = ServiceEntry {
    id: "minio",
    title: "MinIO",
    aliases: &["s3"],
    image: "docker.io/minio/minio",
    versions: Versions {
        known: &["2025", "RELEASE"],
        default: "2025",
        tag: "{version}",
        exact: &[
            ("2025", "RELEASE.2025-09-07T16-13-09Z"),
            // The last one whose console administers users and policies.
            ("2025-04", "RELEASE.2025-04-22T22-12-26Z"),
        ],
    },
    port: 9000,
    more_ports: &[("console", 9001)],
    data: Some(DataFolder { path: "/data", since: &[] }),
    credentials: Some(Credentials { user: APP, database: "" }),
    env: &[("MINIO_ROOT_USER", "{user}"), ("MINIO_ROOT_PASSWORD", "{password}")],
    command: &["server", "/data", "--console-address", ":9001"],
    attributes: &[
        ("url", "http://{host}:{port}"),
        ("access_key", "{user}"),
        ("secret_key", "{password}"),
        ("user", "{user}"),
        ("password", "{password}"),
        ("region", "us-east-1"),
        ("console_url", "http://{host}:{port.console}"),
        ("console_port", "{port.console}"),
    ],
    probe: Probe::Http("/minio/health/ready"),
    stop: Stop { signal: "SIGTERM", grace_s: 20 },
    upgrade: Upgrade::InPlace,
    boot_ms: 800,
    ..PLAIN
};
