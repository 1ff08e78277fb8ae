//! Data of services, and what is saved of it.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    CONSENT = ProblemKind::new("consent", Exit::Environment);
    DATA_NOT_BROUGHT_OVER = ProblemKind::new("data-not-brought-over", Exit::Environment);
    DATA_OTHER_VERSION = ProblemKind::new("data-other-version", Exit::Environment);
    NO_DATA = ProblemKind::new("no-data", Exit::Usage);
    NOTHING_TO_UNDO = ProblemKind::new("nothing-to-undo", Exit::Environment);
    SAVED_DATA_DAMAGED = ProblemKind::new("saved-data-damaged", Exit::Environment);
    SAVED_ELSEWHERE = ProblemKind::new("saved-elsewhere", Exit::Environment);
}
