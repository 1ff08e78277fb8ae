//! The kinds of services, and by which words a repo's files mean them.

/// A kind of service that apps need.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// An id of the catalog.
    pub id: &'static str,
    /// Tables by SQL: one of these takes the place of another, and a database in a file the place of all.
    pub is_sql: bool,
    /// What it is called where the repo has no name for it.
    pub name: &'static str,
    /// Of addresses, without what a language adds to them: `postgresql+asyncpg` begins with `postgresql`.
    pub schemes: &'static [&'static str],
    /// By which a local address without a scheme means it; empty where others use the same.
    pub ports: &'static [u16],
    /// Beginnings of the names of variables, up to the first `_`.
    pub prefixes: &'static [&'static str],
    /// Last parts of the names of published images.
    pub images: &'static [&'static str],
}

/// Kinds that do for each other's clients.
const FAMILIES: &[&[&str]] =
    &[&["mysql", "mariadb"], &["redis", "valkey"], &["elasticsearch", "opensearch"], &["minio", "localstack"]];

impl Kind {
    /// The ids of the kinds that do for its clients, its own among them.
    pub fn family(&'static self) -> &'static [&'static str] {
        let several = FAMILIES.iter().find(|family| family.contains(&self.id));
        several.map_or(std::slice::from_ref(&self.id), |family| *family)
    }
}

const PLAIN: Kind = Kind { id: "", is_sql: false, name: "", schemes: &[], ports: &[], prefixes: &[], images: &[] };

pub static KINDS: &[Kind] = &[
    Kind {
        id: "postgres",
        is_sql: true,
        name: "db",
        schemes: &["postgres", "postgresql", "postgis", "pgsql", "pgx", "pgx5"],
        ports: &[5432],
        prefixes: &["POSTGRES", "POSTGRESQL", "PG"],
        images: &["postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha", "pgautoupgrade"],
    },
    Kind {
        id: "mysql",
        is_sql: true,
        name: "db",
        schemes: &["mysql", "mysql2", "trilogy", "mysqli"],
        ports: &[3306],
        prefixes: &["MYSQL"],
        images: &["mysql", "mysql-server"],
    },
    Kind {
        id: "mariadb",
        is_sql: true,
        name: "db",
        schemes: &["mariadb"],
        prefixes: &["MARIADB"],
        images: &["mariadb"],
        ..PLAIN
    },
    Kind {
        id: "mssql",
        is_sql: true,
        name: "db",
        schemes: &["sqlserver", "mssql", "sqlsrv"],
        ports: &[1433],
        prefixes: &["MSSQL", "SQLSERVER"],
        images: &["server", "azure-sql-edge"],
    },
    Kind {
        id: "mongodb",
        name: "mongo",
        schemes: &["mongodb"],
        ports: &[27017],
        prefixes: &["MONGO", "MONGODB", "MONGOHQ", "MONGOLAB"],
        images: &["mongo", "mongodb", "mongodb-community-server"],
        ..PLAIN
    },
    Kind {
        id: "redis",
        name: "redis",
        schemes: &["redis", "rediss"],
        ports: &[6379],
        prefixes: &["REDIS"],
        images: &["redis", "redis-stack", "redis-stack-server"],
        ..PLAIN
    },
    Kind {
        id: "valkey",
        name: "redis",
        schemes: &["valkey", "valkeys"],
        prefixes: &["VALKEY"],
        images: &["valkey", "keydb", "dragonfly"],
        ..PLAIN
    },
    Kind {
        id: "memcached",
        name: "memcached",
        schemes: &["memcached", "memcache"],
        ports: &[11211],
        prefixes: &["MEMCACHED", "MEMCACHE", "MEMCACHIER"],
        images: &["memcached"],
        ..PLAIN
    },
    Kind {
        id: "rabbitmq",
        name: "rabbitmq",
        schemes: &["amqp", "amqps"],
        ports: &[5672],
        prefixes: &["RABBITMQ", "RABBIT", "AMQP", "CLOUDAMQP"],
        images: &["rabbitmq"],
        ..PLAIN
    },
    Kind {
        id: "kafka",
        name: "kafka",
        schemes: &["kafka"],
        ports: &[9092, 29092],
        prefixes: &["KAFKA"],
        images: &["kafka", "cp-kafka", "kafka-native", "redpanda"],
        ..PLAIN
    },
    Kind {
        id: "nats",
        name: "nats",
        schemes: &["nats"],
        ports: &[4222],
        prefixes: &["NATS"],
        images: &["nats"],
        ..PLAIN
    },
    Kind {
        id: "mosquitto",
        name: "mqtt",
        schemes: &["mqtt", "mqtts"],
        ports: &[1883],
        prefixes: &["MQTT", "MOSQUITTO"],
        images: &["eclipse-mosquitto", "emqx"],
        ..PLAIN
    },
    Kind {
        id: "elasticsearch",
        name: "elasticsearch",
        ports: &[9200],
        prefixes: &["ELASTICSEARCH", "ELASTIC"],
        images: &["elasticsearch"],
        ..PLAIN
    },
    Kind { id: "opensearch", name: "opensearch", prefixes: &["OPENSEARCH"], images: &["opensearch"], ..PLAIN },
    Kind {
        id: "meilisearch",
        name: "meilisearch",
        ports: &[7700],
        prefixes: &["MEILI", "MEILISEARCH"],
        images: &["meilisearch"],
        ..PLAIN
    },
    Kind {
        id: "typesense",
        name: "typesense",
        ports: &[8108],
        prefixes: &["TYPESENSE"],
        images: &["typesense"],
        ..PLAIN
    },
    Kind { id: "qdrant", name: "qdrant", ports: &[6333], prefixes: &["QDRANT"], images: &["qdrant"], ..PLAIN },
    Kind { id: "minio", name: "minio", prefixes: &["MINIO"], images: &["minio"], ..PLAIN },
    Kind {
        id: "mailpit",
        name: "mail",
        ports: &[1025],
        prefixes: &["MAILPIT", "MAILHOG"],
        images: &["mailpit", "mailhog", "maildev", "mailcatcher", "inbucket", "smtp4dev"],
        ..PLAIN
    },
    Kind {
        id: "clickhouse",
        name: "clickhouse",
        schemes: &["clickhouse"],
        ports: &[8123],
        prefixes: &["CLICKHOUSE"],
        images: &["clickhouse-server", "clickhouse"],
        ..PLAIN
    },
    Kind {
        id: "neo4j",
        name: "neo4j",
        schemes: &["neo4j", "bolt"],
        ports: &[7687],
        prefixes: &["NEO4J"],
        images: &["neo4j"],
        ..PLAIN
    },
    Kind { id: "firestore", name: "firestore", prefixes: &["FIRESTORE"], ..PLAIN },
    Kind {
        id: "localstack",
        name: "localstack",
        ports: &[4566],
        prefixes: &["LOCALSTACK"],
        images: &["localstack"],
        ..PLAIN
    },
];

pub fn by_id(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
}

/// By the scheme of an address, as drivers and languages write it: `postgresql+asyncpg`, `jdbc:mysql`, `mongodb+srv`.
pub fn by_scheme(scheme: &str) -> Option<&'static Kind> {
    let scheme = scheme.strip_prefix("jdbc:").or_else(|| scheme.strip_prefix("r2dbc:")).unwrap_or(scheme);
    let scheme = scheme.strip_prefix("pool:").unwrap_or(scheme);
    let plain = scheme.split(['+', ':']).next().unwrap_or(scheme);
    KINDS.iter().find(|kind| kind.schemes.contains(&plain))
}

pub fn by_port(port: u16) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.ports.contains(&port))
}

/// By an image's whole name: `cimg/postgres:16.2`, `docker.io/library/redis`.
pub fn by_image(image: &str) -> Option<&'static Kind> {
    let path = image.split('@').next().unwrap_or(image);
    let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
    let last = last.split(':').next().unwrap_or(last);
    // `server` says enough only behind its publisher.
    let fits = |kind: &&Kind| kind.images.contains(&last) && (last != "server" || folder.ends_with("mssql"));
    KINDS.iter().find(fits)
}

/// By the words that settings of database tools use: `pgsql`, `django.db.backends.mysql`, `Ecto.Adapters.Postgres`.
pub fn by_adapter(word: &str) -> Option<Adapter> {
    let word = word.to_ascii_lowercase();
    let word = word.rsplit(['.', ':']).next().unwrap_or(&word).trim_end_matches("dialect").replace('_', "-");
    let id = match word.as_str() {
        "pg"
        | "postgres"
        | "postgresql"
        | "pgsql"
        | "psycopg2"
        | "postgis"
        | "pgnative"
        | "pgx"
        | "pdo-pgsql"
        | "cockroachdb"
        | "postgresql-psycopg2"
        | "pgdriver"
        | "postgrex"
        | "timescale"
        | "postgres-js"
        | "node-postgres" => "postgres",
        "mysql" | "mysql2" | "mysqli" | "myxql" | "trilogy" | "pdo-mysql" | "aurora-mysql" => "mysql",
        "mariadb" => "mariadb",
        "mssql" | "sqlserver" | "sqlsrv" | "tds" | "pdo-sqlsrv" => "mssql",
        "mongodb" | "mongo" => "mongodb",
        "sqlite" | "sqlite3" | "better-sqlite3" | "h2" | "hsqldb" | "derby" | "libsql" | "turso" | "spatialite"
        | "pglite" | "d1-http" | "pdo-sqlite" | "sqljs" | "expo-sqlite" => return Some(Adapter::InFile),
        _ => return None,
    };
    by_id(id).map(Adapter::Server)
}

/// What a setting names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adapter {
    Server(&'static Kind),
    /// A database that needs no service: a file, or memory.
    InFile,
}

/// By the name of a variable: `POSTGRES_HOST`, `PGHOST`, `SHOP_REDIS_URL`.
pub fn by_variable(name: &str) -> Option<&'static Kind> {
    if let Some(rest) = name.strip_prefix("PG")
        && ["HOST", "PORT", "USER", "PASSWORD", "DATABASE"].contains(&rest)
    {
        return by_id("postgres");
    }
    let parts: Vec<&str> = name.split('_').collect();
    // The last part says what of it: a host, a port, a user.
    parts[..parts.len() - 1].iter().find_map(|part| KINDS.iter().find(|kind| kind.prefixes.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: Option<&'static Kind>) -> &'static str {
        kind.map_or("-", |kind| kind.id)
    }

    #[test]
    fn words_of_a_repo_mean_kinds() {
        assert_eq!(id(by_scheme("postgresql+asyncpg")), "postgres");
        assert_eq!(id(by_scheme("jdbc:mysql")), "mysql");
        assert_eq!(id(by_scheme("r2dbc:pool:postgresql")), "postgres");
        assert_eq!(id(by_scheme("mongodb+srv")), "mongodb");
        assert_eq!(id(by_scheme("http")), "-");
        assert_eq!(id(by_image("mcr.microsoft.com/mssql/server:2022-latest")), "mssql");
        assert_eq!(id(by_image("example/server")), "-");
        assert_eq!(id(by_image("ghcr.io/valkey-io/valkey@sha256:00")), "valkey");
        assert_eq!(id(by_variable("PGHOST")), "postgres");
        assert_eq!(id(by_variable("SHOP_REDIS_URL")), "redis");
        assert_eq!(id(by_variable("PGADMIN_PORT")), "-");
        assert_eq!(id(by_variable("REDIS")), "-");
        assert_eq!(by_adapter("django.db.backends.sqlite3"), Some(Adapter::InFile));
        assert_eq!(by_adapter("Ecto.Adapters.MyXQL"), by_id("mysql").map(Adapter::Server));
        assert_eq!(by_adapter("express"), None);
    }

    #[test]
    fn kinds_of_a_family_know_each_other() {
        assert_eq!(by_id("valkey").map(Kind::family), Some(&["redis", "valkey"][..]));
        assert_eq!(by_id("nats").map(Kind::family), Some(&["nats"][..]));
        for id in FAMILIES.iter().copied().flatten() {
            assert!(by_id(id).is_some(), "{id}");
        }
    }

    #[test]
    fn every_kind_is_one_of_the_catalog() {
        for kind in KINDS {
            assert!(crate::catalog::service(kind.id).is_some(), "{}", kind.id);
        }
    }
}
