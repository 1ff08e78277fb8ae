//! What texts of engines mean. Engines answer almost every failure with status 500, so the text decides; the substrings were
//! measured on engines 20.10, 26.1, 28.5 and Podman's compatible API.

use super::FaultKind;

/// Substrings of lower-cased engine texts, their lines and spaces as one space each, and what they mean; the first that fits wins.
pub(super) const MEANINGS: &[(&str, FaultKind)] = &[
    ("port is already allocated", FaultKind::PortTaken),
    ("address already in use", FaultKind::PortTaken),
    ("ports are not available", FaultKind::PortTaken),
    ("failed to bind host port", FaultKind::PortTaken),
    ("already in use by", FaultKind::NameTaken),
    ("no space left on device", FaultKind::DiskFull),
    ("disk quota exceeded", FaultKind::DiskFull),
    ("non-overlapping ipv4", FaultKind::AddressesUsedUp),
    ("all predefined address pools have been fully subnetted", FaultKind::AddressesUsedUp),
    ("executable file not found", FaultKind::CommandMissing),
    ("exec format error", FaultKind::WrongProcessor),
    ("read-only file system", FaultKind::ReadOnly),
    ("certificate has expired or is not yet valid", FaultKind::ClockWrong),
    ("certificate signed by unknown authority", FaultKind::Untrusted),
    (": permission denied", FaultKind::NotPermitted),
    ("bind source path does not exist", FaultKind::FolderMissing),
    ("not a directory", FaultKind::FileForFolder),
    ("unable to find user", FaultKind::UserUnknown),
    ("no matching manifest for", FaultKind::WrongPlatform),
    // Podman, of a list and of an index.
    ("no image found in manifest list for", FaultKind::WrongPlatform),
    ("no image found in image index for", FaultKind::WrongPlatform),
    ("does not match the specified platform", FaultKind::WrongPlatform),
    ("toomanyrequests", FaultKind::RateLimited),
    ("rate limit", FaultKind::RateLimited),
    ("manifest unknown", FaultKind::NotFound),
    // Newer engines show the page that came with a refusal; a mirror that means it answers with words for programs.
    ("denied: <", FaultKind::SourceForeign),
    ("repository does not exist", FaultKind::Unauthorised),
    ("no basic auth credentials", FaultKind::Unauthorised),
    ("unauthorized", FaultKind::Unauthorised),
    ("denied", FaultKind::Unauthorised),
    ("verification failed for digest", FaultKind::BrokenDownload),
    ("digest did not match", FaultKind::BrokenDownload),
    ("expected http 206", FaultKind::BrokenDownload),
    ("unexpected eof", FaultKind::BrokenDownload),
    ("download failed after", FaultKind::BrokenDownload),
    ("bytes remaining on stream", FaultKind::BrokenDownload),
    ("no such host", FaultKind::Unreachable),
    ("network is unreachable", FaultKind::Unreachable),
    ("connection refused", FaultKind::Unreachable),
    ("client.timeout exceeded", FaultKind::SourceSilent),
    ("context deadline exceeded", FaultKind::SourceSilent),
    ("timeout awaiting response headers", FaultKind::SourceSilent),
    ("i/o timeout", FaultKind::Unreachable),
    ("tls handshake timeout", FaultKind::Unreachable),
    ("unexpected http status", FaultKind::SourceFailing),
    ("error parsing http 5", FaultKind::SourceFailing),
    ("error parsing http", FaultKind::SourceForeign),
    ("error unmarshalling content", FaultKind::SourceForeign),
    ("invalid character '<'", FaultKind::SourceForeign),
    ("is too old", FaultKind::TooOld),
    ("is too new", FaultKind::TooOld),
    ("is not running", FaultKind::NotRunning),
    ("container state improper", FaultKind::NotRunning),
    (": already exists", FaultKind::Leftover),
    ("id already in use", FaultKind::Leftover),
    // A file inside, or a program that the engine itself lacks; nothing that was removed.
    ("container process: exec:", FaultKind::CommandMissing),
    ("container process caused: exec:", FaultKind::CommandMissing),
    ("no such file or directory", FaultKind::Other),
    ("no such", FaultKind::NotFound),
    ("image not known", FaultKind::NotFound),
    ("not found", FaultKind::NotFound),
];

pub(super) fn meaning(message: &str) -> FaultKind {
    let text = message.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    MEANINGS.iter().find(|(part, _)| text.contains(part)).map_or(FaultKind::Other, |(_, kind)| *kind)
}
