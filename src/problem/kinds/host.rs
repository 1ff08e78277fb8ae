//! This computer: apps that run on it, tools, watching.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    HOST_APP_NOT_STARTED = ProblemKind::new("host-app-not-started", Exit::Environment);
    HOST_APP_RUNS = ProblemKind::new("host-app-runs", Exit::Environment);
    HOST_APP_STUCK = ProblemKind::new("host-app-stuck", Exit::Environment);
    HOST_COMMAND_FAILED = ProblemKind::new("host-command-failed", Exit::Environment);
    TOOL_MISSING = ProblemKind::new("tool-missing", Exit::Environment);
    WATCH_FAILED = ProblemKind::new("watch-failed", Exit::Environment);
    WATCHES_USED_UP = ProblemKind::new("watches-used-up", Exit::Environment);
}
