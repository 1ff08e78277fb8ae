//! The shape of `share`.

use schemars::JsonSchema;

/// Where the organisation wants figures of work in this repo; each person is asked first.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Share {
    /// A folder that the team shares, by its absolute path.
    #[schemars(regex(pattern = "^/"))]
    folder: Option<String>,
    /// An address that takes lines of JSON.
    http: Option<HttpShare>,
    /// A receiver of the OpenTelemetry protocol over HTTP: `http://collector.example:4318`.
    #[schemars(regex(pattern = "^https?://"))]
    otlp: Option<String>,
    /// Where a Prometheus server finds figures.
    prometheus: Option<PrometheusShare>,
}

/// An address that takes lines of JSON.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct HttpShare {
    /// The whole address.
    #[schemars(regex(pattern = "^https?://"))]
    url: String,
    /// The variable that holds the key which requests are signed with; the key itself never stands in a repo.
    key_variable: Option<String>,
}

/// Where a Prometheus server finds figures.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PrometheusShare {
    /// A file that the textfile collector of a node exporter reads, by its absolute path.
    #[schemars(regex(pattern = "^/"))]
    file: Option<String>,
    /// A push gateway: `http://gateway.example:9091`.
    #[schemars(regex(pattern = "^https?://"))]
    push: Option<String>,
}
