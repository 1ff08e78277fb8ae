//! Databases that keep tables, documents or columns.

use super::{APP, PLAIN};
use crate::catalog::{Credentials, DataFolder, Probe, ServiceEntry, Stop, Upgrade, Versions};

const USER_AND_DATABASE: Option<Credentials> = Some(Credentials { user: APP, database: APP });

pub(super) static POSTGRES: ServiceEntry = ServiceEntry {
    id: "postgres",
    title: "PostgreSQL",
    aliases: &["postgresql", "pg"],
    image: "docker.io/library/postgres",
    versions: Versions { known: &["18", "17", "16", "15", "14", "13"], default: "17", tag: "{version}", exact: &[] },
    port: 5432,
    data: Some(DataFolder { path: "/var/lib/postgresql/data", since: &[(18, "/var/lib/postgresql")] }),
    credentials: USER_AND_DATABASE,
    env: &[("POSTGRES_USER", "{user}"), ("POSTGRES_PASSWORD", "{password}"), ("POSTGRES_DB", "{database}")],
    attributes: &[
        ("url", "postgres://{user}:{password}@{host}:{port}/{database}"),
        ("jdbc_url", "jdbc:postgresql://{host}:{port}/{database}?user={user}&password={password}"),
        ("user", "{user}"),
        ("password", "{password}"),
        ("database", "{database}"),
    ],
    probe: Probe::Postgres,
    // "Fast shutdown": ends connections instead of waiting for them, and leaves the data clean.
    stop: Stop { signal: "SIGINT", grace_s: 30 },
    upgrade: Upgrade::DumpAndLoad,
    data_numbers: 1,
    boot_ms: 2_000,
    ..PLAIN
};

pub(super) static MYSQL: ServiceEntry = ServiceEntry {
    id: "mysql",
    title: "MySQL",
    image: "docker.io/library/mysql",
    versions: Versions { known: &["9", "8.4", "8.0", "8"], default: "8.4", tag: "{version}", exact: &[] },
    port: 3306,
    data: Some(DataFolder { path: "/var/lib/mysql", since: &[] }),
    credentials: USER_AND_DATABASE,
    env: &[
        ("MYSQL_ROOT_PASSWORD", "{password}"),
        ("MYSQL_USER", "{user}"),
        ("MYSQL_PASSWORD", "{password}"),
        ("MYSQL_DATABASE", "{database}"),
    ],
    attributes: MYSQL_ATTRIBUTES,
    probe: Probe::Mysql,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::OneMajorAtATime,
    boot_ms: 6_000,
    ..PLAIN
};

pub(super) static MARIADB: ServiceEntry = ServiceEntry {
    id: "mariadb",
    title: "MariaDB",
    image: "docker.io/library/mariadb",
    versions: Versions {
        known: &["12", "11.8", "11.4", "11", "10.11", "10.6", "10"],
        default: "11.8",
        tag: "{version}",
        exact: &[],
    },
    port: 3306,
    data: Some(DataFolder { path: "/var/lib/mysql", since: &[] }),
    credentials: USER_AND_DATABASE,
    env: &[
        ("MARIADB_ROOT_PASSWORD", "{password}"),
        ("MARIADB_USER", "{user}"),
        ("MARIADB_PASSWORD", "{password}"),
        ("MARIADB_DATABASE", "{database}"),
        ("MARIADB_AUTO_UPGRADE", "1"),
    ],
    attributes: MYSQL_ATTRIBUTES,
    probe: Probe::Mysql,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::InPlace,
    boot_ms: 3_200,
    ..PLAIN
};

// Both have one scheme that every client library knows. Test suites that make their own databases want the root user.
const MYSQL_ATTRIBUTES: &[(&str, &str)] = &[
    ("url", "mysql://{user}:{password}@{host}:{port}/{database}"),
    ("root_url", "mysql://root:{password}@{host}:{port}/{database}"),
    ("jdbc_url", "jdbc:mysql://{host}:{port}/{database}?user={user}&password={password}"),
    ("user", "{user}"),
    ("password", "{password}"),
    ("database", "{database}"),
];

pub(super) static MONGODB: ServiceEntry = ServiceEntry {
    id: "mongodb",
    title: "MongoDB",
    aliases: &["mongo"],
    image: "docker.io/library/mongo",
    versions: Versions { known: &["8", "7", "6", "5"], default: "8", tag: "{version}", exact: &[] },
    port: 27017,
    data: Some(DataFolder { path: "/data/db", since: &[] }),
    credentials: USER_AND_DATABASE,
    env: &[
        ("MONGO_INITDB_ROOT_USERNAME", "{user}"),
        ("MONGO_INITDB_ROOT_PASSWORD", "{password}"),
        ("MONGO_INITDB_DATABASE", "{database}"),
    ],
    attributes: &[
        // The user is made in the database `admin`, wherever it works afterwards.
        ("url", "mongodb://{user}:{password}@{host}:{port}/{database}?authSource=admin"),
        ("user", "{user}"),
        ("password", "{password}"),
        ("database", "{database}"),
    ],
    probe: Probe::Mongodb,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::OneMajorAtATime,
    boot_ms: 3_000,
    ..PLAIN
};

pub(super) static CLICKHOUSE: ServiceEntry = ServiceEntry {
    id: "clickhouse",
    title: "ClickHouse",
    image: "docker.io/clickhouse/clickhouse-server",
    versions: Versions { known: &["25.8", "25", "24.8", "24"], default: "25.8", tag: "{version}", exact: &[] },
    port: 8123,
    more_ports: &[("native", 9000)],
    data: Some(DataFolder { path: "/var/lib/clickhouse", since: &[] }),
    credentials: USER_AND_DATABASE,
    env: &[
        ("CLICKHOUSE_USER", "{user}"),
        ("CLICKHOUSE_PASSWORD", "{password}"),
        ("CLICKHOUSE_DB", "{database}"),
        ("CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT", "1"),
    ],
    attributes: &[
        ("url", "http://{user}:{password}@{host}:{port}/{database}"),
        ("native_url", "clickhouse://{user}:{password}@{host}:{port.native}/{database}"),
        ("native_port", "{port.native}"),
        ("jdbc_url", "jdbc:clickhouse://{host}:{port}/{database}?user={user}&password={password}"),
        ("user", "{user}"),
        ("password", "{password}"),
        ("database", "{database}"),
    ],
    probe: Probe::Http("/ping"),
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::InPlace,
    boot_ms: 3_000,
    ..PLAIN
};
