//! Queues, brokers and event logs.

use super::{APP, PLAIN};
use crate::catalog::{Credentials, DataFolder, Probe, ServiceEntry, Stop, Upgrade, Versions};

pub(super) static RABBITMQ: ServiceEntry = ServiceEntry {
    id: "rabbitmq",
    title: "RabbitMQ",
    aliases: &["rabbit"],
    image: "docker.io/library/rabbitmq",
    versions: Versions { known: &["4", "3"], default: "4", tag: "{version}-management", exact: &[] },
    port: 5672,
    more_ports: &[("management", 15672)],
    data: Some(DataFolder { path: "/var/lib/rabbitmq", since: &[] }),
    credentials: Some(Credentials { user: APP, database: "" }),
    env: &[
        ("RABBITMQ_DEFAULT_USER", "{user}"),
        ("RABBITMQ_DEFAULT_PASS", "{password}"),
        // Its data belongs to this name; the host's own changes with every replacement.
        ("RABBITMQ_NODENAME", "rabbit@localhost"),
    ],
    attributes: &[
        ("url", "amqp://{user}:{password}@{host}:{port}"),
        ("amqp", "amqp://{user}:{password}@{host}:{port}"),
        ("user", "{user}"),
        ("password", "{password}"),
        ("vhost", "/"),
        ("management_url", "http://{host}:{port.management}"),
        ("management_port", "{port.management}"),
    ],
    probe: Probe::Amqp,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::OneMajorAtATime,
    boot_ms: 6_000,
    ..PLAIN
};

pub(super) static NATS: ServiceEntry = ServiceEntry {
    id: "nats",
    title: "NATS",
    image: "docker.io/library/nats",
    versions: Versions { known: &["2"], default: "2", tag: "{version}", exact: &[] },
    port: 4222,
    more_ports: &[("monitoring", 8222)],
    data: Some(DataFolder { path: "/data", since: &[] }),
    command: &["--jetstream", "--store_dir", "/data", "--http_port", "8222"],
    attributes: &[
        ("url", "nats://{host}:{port}"),
        ("monitoring_url", "http://{host}:{port.monitoring}"),
        ("monitoring_port", "{port.monitoring}"),
    ],
    probe: Probe::Nats,
    upgrade: Upgrade::InPlace,
    boot_ms: 200,
    ..PLAIN
};

pub(super) static MOSQUITTO: ServiceEntry = ServiceEntry {
    id: "mosquitto",
    title: "Mosquitto",
    aliases: &["mqtt"],
    image: "docker.io/library/eclipse-mosquitto",
    versions: Versions { known: &["2"], default: "2", tag: "{version}", exact: &[] },
    port: 1883,
    // Without it, version 2 answers on its own loopback only. The file comes with it.
    command: &["mosquitto", "-c", "/mosquitto-no-auth.conf"],
    attributes: &[("url", "mqtt://{host}:{port}")],
    probe: Probe::Mqtt,
    boot_ms: 200,
    ..PLAIN
};

pub(super) static KAFKA: ServiceEntry = ServiceEntry {
    id: "kafka",
    title: "Kafka",
    image: "docker.io/apache/kafka",
    versions: Versions { known: &["4", "3"], default: "4", tag: "{version}", exact: &[("4", "4.1.1"), ("3", "3.9.1")] },
    port: 9092,
    // A client is told where to go on by the listener that it came through.
    outside_listener: Some(9094),
    data: Some(DataFolder { path: "/var/lib/kafka/data", since: &[] }),
    env: &[
        ("KAFKA_NODE_ID", "1"),
        ("KAFKA_PROCESS_ROLES", "broker,controller"),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
        ("KAFKA_LISTENERS", "INSIDE://:9092,CONTROLLER://localhost:9093,OUTSIDE://:9094"),
        ("KAFKA_ADVERTISED_LISTENERS", "INSIDE://{name}:9092,OUTSIDE://localhost:{outside_port}"),
        ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTSIDE:PLAINTEXT"),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "INSIDE"),
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        ("KAFKA_LOG_DIRS", "/var/lib/kafka/data"),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
        ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
        ("KAFKA_HEAP_OPTS", "-Xms256m -Xmx512m"),
    ],
    attributes: &[("url", "{host}:{port}"), ("brokers", "{host}:{port}")],
    probe: Probe::Kafka,
    stop: Stop { signal: "SIGTERM", grace_s: 30 },
    upgrade: Upgrade::OneMajorAtATime,
    boot_ms: 6_000,
    ..PLAIN
};
