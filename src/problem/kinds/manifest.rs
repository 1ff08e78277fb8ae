//! What is wrong with `dev.yaml`, `dev.local.yaml` or what they name.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    ENV_FILE = ProblemKind::new("env-file", Exit::Manifest);
    FILE_MISSING = ProblemKind::new("file-missing", Exit::Manifest);
    FILE_OUTSIDE = ProblemKind::new("file-outside", Exit::Manifest);
    MANIFEST_BAD_ADDRESS = ProblemKind::new("manifest-bad-address", Exit::Manifest);
    MANIFEST_BAD_DURATION = ProblemKind::new("manifest-bad-duration", Exit::Manifest);
    MANIFEST_BAD_GLOB = ProblemKind::new("manifest-bad-glob", Exit::Manifest);
    MANIFEST_BAD_KEY = ProblemKind::new("manifest-bad-key", Exit::Manifest);
    MANIFEST_BAD_MERGE = ProblemKind::new("manifest-bad-merge", Exit::Manifest);
    MANIFEST_BAD_NAME = ProblemKind::new("manifest-bad-name", Exit::Manifest);
    MANIFEST_BAD_PATH = ProblemKind::new("manifest-bad-path", Exit::Manifest);
    MANIFEST_BAD_PORT = ProblemKind::new("manifest-bad-port", Exit::Manifest);
    MANIFEST_BAD_REFERENCE = ProblemKind::new("manifest-bad-reference", Exit::Manifest);
    MANIFEST_BAD_SOURCE = ProblemKind::new("manifest-bad-source", Exit::Manifest);
    MANIFEST_BAD_STATUS = ProblemKind::new("manifest-bad-status", Exit::Manifest);
    MANIFEST_BAD_VARIABLE = ProblemKind::new("manifest-bad-variable", Exit::Manifest);
    MANIFEST_COMMENT_AS_VALUE = ProblemKind::new("manifest-comment-as-value", Exit::Manifest);
    MANIFEST_CYCLE = ProblemKind::new("manifest-cycle", Exit::Manifest);
    MANIFEST_DUPLICATE_KEY = ProblemKind::new("manifest-duplicate-key", Exit::Manifest);
    MANIFEST_EMPTY = ProblemKind::new("manifest-empty", Exit::Manifest);
    MANIFEST_HOST_UNREACHABLE = ProblemKind::new("manifest-host-unreachable", Exit::Manifest);
    MANIFEST_HOST_VERSION = ProblemKind::new("manifest-host-version", Exit::Manifest);
    MANIFEST_MANY_DOCUMENTS = ProblemKind::new("manifest-many-documents", Exit::Manifest);
    MANIFEST_MISSING_KEY = ProblemKind::new("manifest-missing-key", Exit::Manifest);
    MANIFEST_MORE = ProblemKind::new("manifest-more", Exit::Manifest);
    MANIFEST_NAME_TWICE = ProblemKind::new("manifest-name-twice", Exit::Manifest);
    MANIFEST_NEEDS_ITSELF = ProblemKind::new("manifest-needs-itself", Exit::Manifest);
    MANIFEST_NO_PORT = ProblemKind::new("manifest-no-port", Exit::Manifest);
    MANIFEST_NOT_SQL = ProblemKind::new("manifest-not-sql", Exit::Manifest);
    MANIFEST_NOT_UTF8 = ProblemKind::new("manifest-not-utf8", Exit::Manifest);
    MANIFEST_NOTHING_TO_TAKE = ProblemKind::new("manifest-nothing-to-take", Exit::Manifest);
    MANIFEST_PORT_TWICE = ProblemKind::new("manifest-port-twice", Exit::Manifest);
    MANIFEST_READY_OF_JOB = ProblemKind::new("manifest-ready-of-job", Exit::Manifest);
    MANIFEST_SYNTAX = ProblemKind::new("manifest-syntax", Exit::Manifest);
    MANIFEST_TOO_DEEP = ProblemKind::new("manifest-too-deep", Exit::Manifest);
    MANIFEST_TOO_LARGE = ProblemKind::new("manifest-too-large", Exit::Manifest);
    MANIFEST_TOO_MANY_KEYS = ProblemKind::new("manifest-too-many-keys", Exit::Manifest);
    MANIFEST_UNDECLARED_SECRET = ProblemKind::new("manifest-undeclared-secret", Exit::Manifest);
    MANIFEST_UNKNOWN_ANCHOR = ProblemKind::new("manifest-unknown-anchor", Exit::Manifest);
    MANIFEST_UNKNOWN_ATTRIBUTE = ProblemKind::new("manifest-unknown-attribute", Exit::Manifest);
    MANIFEST_UNKNOWN_GENERATOR = ProblemKind::new("manifest-unknown-generator", Exit::Manifest);
    MANIFEST_UNKNOWN_KEY = ProblemKind::new("manifest-unknown-key", Exit::Manifest);
    MANIFEST_UNKNOWN_MARK = ProblemKind::new("manifest-unknown-mark", Exit::Manifest);
    MANIFEST_UNKNOWN_NAME = ProblemKind::new("manifest-unknown-name", Exit::Manifest);
    MANIFEST_UNKNOWN_RUNTIME = ProblemKind::new("manifest-unknown-runtime", Exit::Manifest);
    MANIFEST_UNKNOWN_SERVICE = ProblemKind::new("manifest-unknown-service", Exit::Manifest);
    MANIFEST_UNKNOWN_VERSION = ProblemKind::new("manifest-unknown-version", Exit::Manifest);
    MANIFEST_UNREADABLE = ProblemKind::new("manifest-unreadable", Exit::Manifest);
    MANIFEST_WRONG_TYPE = ProblemKind::new("manifest-wrong-type", Exit::Manifest);
    NO_MANIFEST = ProblemKind::new("no-manifest", Exit::Manifest);
    PATH_MISSING = ProblemKind::new("path-missing", Exit::Manifest);
    PATH_OUTSIDE = ProblemKind::new("path-outside", Exit::Manifest);
    TASK_WITHOUT_APP = ProblemKind::new("task-without-app", Exit::Manifest);
    UNKNOWN_REFERENCE = ProblemKind::new("unknown-reference", Exit::Manifest);
}
