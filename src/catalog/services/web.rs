//! What stands in front of apps, or in place of the world: web server, mail catcher, cloud.

use super::PLAIN;
use crate::catalog::{DataFolder, Probe, ServiceEntry, Stop, Upgrade, Versions};

pub(super) static NGINX: ServiceEntry = ServiceEntry {
    id: "nginx",
    title: "nginx",
    image: "docker.io/library/nginx",
    versions: Versions { known: &["1"], default: "1", tag: "{version}", exact: &[] },
    port: 80,
    attributes: &[("url", "http://{host}:{port}")],
    // What it makes of `/` is up to its configuration.
    probe: Probe::Http(""),
    stop: Stop { signal: "SIGQUIT", grace_s: 10 },
    boot_ms: 200,
    restarts_with_needs: true,
    ..PLAIN
};

pub(super) static MAILPIT: ServiceEntry = ServiceEntry {
    id: "mailpit",
    title: "Mailpit",
    image: "docker.io/axllent/mailpit",
    versions: Versions { known: &["1"], default: "1", tag: "v{version}", exact: &[("1", "1.31")] },
    port: 8025,
    more_ports: &[("smtp", 1025)],
    data: Some(DataFolder { path: "/data", since: &[] }),
    env: &[
        ("MP_DATABASE", "/data/mailpit.db"),
        // Whatever user and password an app is set up with.
        ("MP_SMTP_AUTH_ACCEPT_ANY", "1"),
        ("MP_SMTP_AUTH_ALLOW_INSECURE", "1"),
    ],
    attributes: &[
        ("url", "http://{host}:{port}"),
        ("smtp_url", "smtp://{host}:{port.smtp}"),
        ("smtp_host", "{host}"),
        ("smtp_port", "{port.smtp}"),
    ],
    probe: Probe::Http("/readyz"),
    upgrade: Upgrade::InPlace,
    boot_ms: 300,
    ..PLAIN
};

pub(super) static LOCALSTACK: ServiceEntry = ServiceEntry {
    id: "localstack",
    title: "LocalStack",
    aliases: &["aws"],
    image: "docker.io/localstack/localstack",
    versions: Versions { known: &["4", "3"], default: "4", tag: "{version}", exact: &[] },
    port: 4566,
    data: Some(DataFolder { path: "/var/lib/localstack", since: &[] }),
    env: &[
        // Addresses in its answers are those that it was asked under.
        ("SQS_ENDPOINT_STRATEGY", "dynamic"),
        ("DISABLE_EVENTS", "1"),
        ("SKIP_SSL_CERT_DOWNLOAD", "1"),
    ],
    attributes: &[
        ("url", "http://{host}:{port}"),
        ("region", "us-east-1"),
        ("access_key", "test"),
        ("secret_key", "test"),
    ],
    probe: Probe::Http("/_localstack/health"),
    stop: Stop { signal: "SIGTERM", grace_s: 20 },
    boot_ms: 6_000,
    ..PLAIN
};

pub(super) static GOTENBERG: ServiceEntry = ServiceEntry {
    id: "gotenberg",
    title: "Gotenberg",
    image: "docker.io/gotenberg/gotenberg",
    versions: Versions { known: &["8", "7"], default: "8", tag: "{version}", exact: &[] },
    port: 3000,
    attributes: &[("url", "http://{host}:{port}")],
    probe: Probe::Http("/health"),
    boot_ms: 1_500,
    ..PLAIN
};

pub(super) static ZIPKIN: ServiceEntry = ServiceEntry {
    id: "zipkin",
    title: "Zipkin",
    image: "docker.io/openzipkin/zipkin",
    versions: Versions { known: &["3", "2"], default: "3", tag: "{version}", exact: &[] },
    port: 9411,
    attributes: &[("url", "http://{host}:{port}"), ("spans_url", "http://{host}:{port}/api/v2/spans")],
    probe: Probe::Http("/health"),
    boot_ms: 5_000,
    ..PLAIN
};
