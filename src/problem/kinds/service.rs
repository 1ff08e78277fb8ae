//! Services and apps that do not start, do not get ready or do not stay.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    ACCESS_REFUSED = ProblemKind::new("access-refused", Exit::Environment);
    COMMAND_MISSING = ProblemKind::new("command-missing", Exit::Environment);
    CRASHED = ProblemKind::new("crashed", Exit::Environment);
    DATABASE_MISSING = ProblemKind::new("database-missing", Exit::Environment);
    DEADLINE = ProblemKind::new("deadline", Exit::Deadline);
    ENDED_MEANWHILE = ProblemKind::new("ended-meanwhile", Exit::Environment);
    FILE_FOR_FOLDER = ProblemKind::new("file-for-folder", Exit::Environment);
    FOLDER_MISSING = ProblemKind::new("folder-missing", Exit::Environment);
    LOGIN_REFUSED = ProblemKind::new("login-refused", Exit::Environment);
    LOOPBACK_ONLY = ProblemKind::new("loopback-only", Exit::Environment);
    NAME_TAKEN = ProblemKind::new("name-taken", Exit::Environment);
    NOT_READY = ProblemKind::new("not-ready", Exit::Deadline);
    NOT_RUNNING = ProblemKind::new("not-running", Exit::Environment);
    OUT_OF_MEMORY = ProblemKind::new("out-of-memory", Exit::Environment);
    PORT_TAKEN = ProblemKind::new("port-taken", Exit::Environment);
    REMOVED_BY_HAND = ProblemKind::new("removed-by-hand", Exit::Environment);
    USER_UNKNOWN = ProblemKind::new("user-unknown", Exit::Environment);
    WRONG_PROTOCOL = ProblemKind::new("wrong-protocol", Exit::Environment);
}
