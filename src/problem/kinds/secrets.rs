//! Secrets, and what has to be agreed to.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    AGREEMENT_NEEDED = ProblemKind::new("agreement-needed", Exit::Environment);
    NOT_AGREED = ProblemKind::new("not-agreed", Exit::Environment);
    SECRET_COMMAND = ProblemKind::new("secret-command", Exit::Environment);
    SECRET_EMPTY = ProblemKind::new("secret-empty", Exit::Usage);
    SECRET_KEYRING = ProblemKind::new("secret-keyring", Exit::Environment);
    SECRET_MISSING = ProblemKind::new("secret-missing", Exit::Environment);
    SECRET_NOT_STORED = ProblemKind::new("secret-not-stored", Exit::Environment);
    SECRET_STORE = ProblemKind::new("secret-store", Exit::Environment);
    UNKNOWN_SECRET = ProblemKind::new("unknown-secret", Exit::Usage);
}
