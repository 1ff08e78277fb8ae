//! Setup steps and what they look at.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    INPUTS_TOO_MANY = ProblemKind::new("inputs-too-many", Exit::Environment);
    INPUTS_UNREADABLE = ProblemKind::new("inputs-unreadable", Exit::Environment);
    SETUP_DEADLINE = ProblemKind::new("setup-deadline", Exit::Deadline);
    SETUP_FAILED = ProblemKind::new("setup-failed", Exit::Environment);
    SETUP_WITHOUT_APP = ProblemKind::new("setup-without-app", Exit::Environment);
    TOOLCHAIN_NOT_PREPARED = ProblemKind::new("toolchain-not-prepared", Exit::Environment);
}
