//! `checks` and `budget`, which `devenv ci` reads.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{NAME, Scalar, Status};

/// How long bringing everything up may take, each as `500ms`, `30s`, `2m`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Budget {
    /// From nothing, downloads included.
    cold: Option<String>,
    /// Where everything is there and stopped.
    warm: Option<String>,
    /// Where everything runs already.
    noop: Option<String>,
    /// Of single services and apps, from nothing until each is ready.
    #[schemars(extend("propertyNames" = { "pattern": NAME }))]
    apps: Option<BTreeMap<String, String>>,
}

/// One line of the smoke test; exactly one of `http`, `task`, `run`, `sql` and `tcp`.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [
        { "required": ["http"] },
        { "required": ["task"] },
        { "required": ["run"] },
        { "required": ["sql", "in"] },
        { "required": ["tcp"] }
    ])
)]
pub(super) struct Check {
    /// An address that has to answer with a status below 400: `${api.url}/healthz`.
    http: Option<String>,
    /// The exact status that `http` has to answer with.
    status: Option<Status>,
    /// Text that the body of the answer has to contain.
    body: Option<String>,
    /// Places in an answer of JSON, such as `items[0].name` (RFC 9535), each with the value that has to be there.
    json: Option<BTreeMap<String, Scalar>>,
    /// How long the whole answer may take: `500ms`.
    within: Option<String>,
    /// A task that has to succeed.
    task: Option<String>,
    /// A command that has to succeed.
    run: Option<String>,
    /// A query that has to succeed.
    sql: Option<String>,
    /// A line that `run` or `sql` has to print.
    prints: Option<Scalar>,
    /// An address that has to accept a connection: `${db.host}:${db.port}`.
    tcp: Option<String>,
    /// The app that `run` runs in, or the service that `sql` asks.
    #[schemars(rename = "in")]
    unit: Option<String>,
    /// What takes longer has failed; else half a minute, and half an hour for `task` and `run`.
    timeout: Option<String>,
}
