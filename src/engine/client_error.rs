//! What the client crate's errors say, and from where.

use std::io;

use bollard::errors::Error;

use super::explain::FaultKind;

pub(super) fn text_of(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim_end().to_owned(),
        Error::DockerStreamError { error } => error.trim_end().to_owned(),
        other => other.to_string(),
    }
}

/// Whether an answer is no JSON, or of another shape from its first character on. One detail that is not understood does not
/// make another program of an engine.
pub(super) fn is_unreadable(error: &Error) -> bool {
    const FIRST: usize = 2;
    match error {
        Error::JsonDataError { message, column } => *column <= FIRST || message.starts_with("expected "),
        Error::JsonSerdeError { err } => err.column() <= FIRST,
        _ => false,
    }
}

/// Whether there was no connection yet.
fn is_connecting(error: &Error) -> bool {
    matches!(error, Error::HyperLegacyError { err } if err.is_connect())
}

/// Whether somebody was there to refuse, or nothing at all.
fn is_of_the_socket(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, NotFound, PermissionDenied};
    matches!(kind, PermissionDenied | NotFound | ConnectionRefused | ConnectionReset | ConnectionAborted)
}

/// The kind of an I/O error anywhere in the chain of causes.
pub(super) fn io_kind(error: &Error) -> Option<FaultKind> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<io::Error>() {
            return match io.kind() {
                // A computer that nobody knows, or no way to it.
                _ if is_connecting(error) && !is_of_the_socket(io.kind()) => Some(FaultKind::Missing),
                io::ErrorKind::PermissionDenied => Some(FaultKind::Permission),
                io::ErrorKind::NotFound => Some(FaultKind::Missing),
                io::ErrorKind::ConnectionRefused => Some(FaultKind::Stopped),
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionAborted => Some(FaultKind::Lost),
                _ => None,
            };
        }
        cause = current.source();
    }
    matches!(error, Error::HyperLegacyError { .. } | Error::HyperResponseError { .. }).then_some(FaultKind::Lost)
}
