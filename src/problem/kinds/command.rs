//! Commands: what was asked for, and what they remember.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    BUG = ProblemKind::new("bug", Exit::Bug);
    BUSY = ProblemKind::new("busy", Exit::Environment);
    CHECKOUT_MOVED = ProblemKind::new("checkout-moved", Exit::Environment);
    CHECKOUTS_UNREADABLE = ProblemKind::new("checkouts-unreadable", Exit::Environment);
    COMMAND_GOES_ON = ProblemKind::new("command-goes-on", Exit::Environment);
    NO_PAGE = ProblemKind::new("no-page", Exit::Usage);
    NO_SPACE = ProblemKind::new("no-space", Exit::Environment);
    NO_SUCH_COMMAND = ProblemKind::new("no-such-command", Exit::Environment);
    NOT_ASKED = ProblemKind::new("not-asked", Exit::Environment);
    NOTHING_TO_SHOW = ProblemKind::new("nothing-to-show", Exit::Environment);
    OPEN_WHAT = ProblemKind::new("open-what", Exit::Usage);
    OUTPUT_LOST = ProblemKind::new("output-lost", Exit::Environment);
    SETTINGS = ProblemKind::new("settings", Exit::Usage);
    SHELL_WHERE = ProblemKind::new("shell-where", Exit::Usage);
    STATE_DAMAGED = ProblemKind::new("state-damaged", Exit::Environment);
    STATE_UNWRITABLE = ProblemKind::new("state-unwritable", Exit::Environment);
    UNKNOWN_NAME = ProblemKind::new("unknown-name", Exit::Environment);
    UNKNOWN_STEP = ProblemKind::new("unknown-step", Exit::Usage);
    UNKNOWN_TASK = ProblemKind::new("unknown-task", Exit::Usage);
    UNKNOWN_VARIABLE = ProblemKind::new("unknown-variable", Exit::Environment);
}
