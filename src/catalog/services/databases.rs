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

pub(super) static MSSQL: ServiceEntry = ServiceEntry {
    id: "mssql",
    title: "SQL Server",
    aliases: &["sqlserver"],
    image: "mcr.microsoft.com/mssql/server",
    versions: Versions { known: &["2025", "2022", "2019"], default: "2022", tag: "{version}-latest", exact: &[] },
    port: 1433,
    data: Some(DataFolder { path: "/var/opt/mssql", since: &[] }),
    credentials: Some(Credentials { user: "sa", database: "master" }),
    // The edition for developers is free of charge, and wants its licence to be accepted.
    env: &[("ACCEPT_EULA", "Y"), ("MSSQL_PID", "Developer"), ("MSSQL_SA_PASSWORD", "{password}")],
    attributes: &[
        ("url", "sqlserver://{user}:{password}@{host}:{port}?database={database}"),
        (
            "jdbc_url",
            "jdbc:sqlserver://{host}:{port};encrypt=false;databaseName={database};user={user};password={password}",
        ),
        ("user", "{user}"),
        ("password", "{password}"),
        ("database", "{database}"),
    ],
    probe: Probe::Mssql,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::InPlace,
    data_numbers: 1,
    boot_ms: 10_000,
    ..PLAIN
};

pub(super) static NEO4J: ServiceEntry = ServiceEntry {
    id: "neo4j",
    title: "Neo4j",
    image: "docker.io/library/neo4j",
    versions: Versions {
        known: &["2025", "5", "4.4"],
        default: "5",
        tag: "{version}",
        exact: &[("2025", "2025.09.0")],
    },
    port: 7687,
    more_ports: &[("http", 7474)],
    data: Some(DataFolder { path: "/data", since: &[] }),
    credentials: Some(Credentials { user: "neo4j", database: "neo4j" }),
    env: &[("NEO4J_AUTH", "neo4j/{password}")],
    attributes: &[
        ("url", "bolt://{host}:{port}"),
        ("http_url", "http://{host}:{port.http}"),
        ("http_port", "{port.http}"),
        ("user", "{user}"),
        ("password", "{password}"),
        ("database", "{database}"),
    ],
    // On the port of its own protocol it answers a question by HTTP as well, with what it offers.
    probe: Probe::Http("/"),
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::InPlace,
    boot_ms: 8_000,
    ..PLAIN
};

pub(super) static FIRESTORE: ServiceEntry = ServiceEntry {
    id: "firestore",
    title: "Firestore emulator",
    image: "gcr.io/google.com/cloudsdktool/google-cloud-cli",
    versions: Versions { known: &["emulators"], default: "emulators", tag: "{version}", exact: &[] },
    port: 8080,
    command: &["gcloud", "emulators", "firestore", "start", "--host-port=0.0.0.0:8080"],
    attributes: &[("url", "http://{host}:{port}"), ("address", "{host}:{port}")],
    probe: Probe::Http("/"),
    boot_ms: 6_000,
    ..PLAIN
};
