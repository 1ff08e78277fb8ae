//! Getting what a service or an app runs from.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    BUILD_FAILED = ProblemKind::new("build-failed", Exit::Environment);
    BUILD_UNREADABLE = ProblemKind::new("build-unreadable", Exit::Environment);
    DISK_FULL = ProblemKind::new("disk-full", Exit::Environment);
    DOWNLOAD_BROKEN = ProblemKind::new("download-broken", Exit::Environment);
    DOWNLOAD_FAILED = ProblemKind::new("download-failed", Exit::Environment);
    DOWNLOAD_NOT_FOUND = ProblemKind::new("download-not-found", Exit::Environment);
    DOWNLOAD_PLATFORM = ProblemKind::new("download-platform", Exit::Environment);
    DOWNLOAD_RATE_LIMITED = ProblemKind::new("download-rate-limited", Exit::Environment);
    DOWNLOAD_UNAUTHORISED = ProblemKind::new("download-unauthorised", Exit::Environment);
    DOWNLOAD_UNREACHABLE = ProblemKind::new("download-unreachable", Exit::Environment);
    IMAGE_NAME = ProblemKind::new("image-name", Exit::Manifest);
}
