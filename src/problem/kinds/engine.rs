//! The engine as a whole.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    ADDRESSES_USED_UP = ProblemKind::new("addresses-used-up", Exit::Environment);
    ENGINE_ADDRESS = ProblemKind::new("engine-address", Exit::Engine);
    ENGINE_CONTEXT = ProblemKind::new("engine-context", Exit::Engine);
    ENGINE_ELSEWHERE = ProblemKind::new("engine-elsewhere", Exit::Engine);
    ENGINE_ERROR = ProblemKind::new("engine-error", Exit::Environment);
    ENGINE_FOREIGN = ProblemKind::new("engine-foreign", Exit::Engine);
    ENGINE_HUNG = ProblemKind::new("engine-hung", Exit::Engine);
    ENGINE_LOST = ProblemKind::new("engine-lost", Exit::Engine);
    ENGINE_MISSING = ProblemKind::new("engine-missing", Exit::Engine);
    ENGINE_PERMISSION = ProblemKind::new("engine-permission", Exit::Engine);
    ENGINE_SSH = ProblemKind::new("engine-ssh", Exit::Engine);
    ENGINE_STOPPED = ProblemKind::new("engine-stopped", Exit::Engine);
    ENGINE_TLS = ProblemKind::new("engine-tls", Exit::Engine);
    ENGINE_VERSION = ProblemKind::new("engine-version", Exit::Engine);
}
