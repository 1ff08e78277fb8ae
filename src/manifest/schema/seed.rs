//! What a new database is filled with, for editors.

use schemars::JsonSchema;

use super::Needs;

/// A file of statements or a dump, a list of them in their order, or a mapping.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Seed {
    File(String),
    Files(Vec<String>),
    Long(LongSeed),
}

/// Exactly one of `run` and `snapshot`.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend(
        "oneOf" = [{ "required": ["run"] }, { "required": ["snapshot"] }],
        "dependentRequired" = { "inputs": ["run"], "sha256": ["snapshot"] }
    )
)]
pub(super) struct LongSeed {
    /// A command that fills it, run beside the server with its client and login.
    run: Option<String>,
    /// The files that the command reads, as paths or patterns; they lie in the folder that it starts in.
    inputs: Option<Needs>,
    /// A dump: a path in the repo, or a URL.
    snapshot: Option<String>,
    /// The checksum of that dump; needed for a URL.
    #[schemars(regex(pattern = "^[0-9a-fA-F]{64}$"))]
    sha256: Option<String>,
}
