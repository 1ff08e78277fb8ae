//! Where a text means a host, and not only a word that is written like one.

/// Words before a `=` or a blank that say that a host follows.
const HOST_WORDS: &[&str] =
    &["h", "host", "hosts", "hostname", "server", "source", "address", "addr", "endpoint", "tcp"];

/// What stands behind `//` or `@`, what stands before `:` and a port, and what follows a word for a host.
pub fn is_host_between(before: &str, after: &str) -> bool {
    let ends = |letters: &[char]| after.is_empty() || after.starts_with(letters);
    let is_port = after.strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
    if before.ends_with("//") || before.ends_with('@') {
        return is_port || ends(&['/', '?', ',', ';', ' ']);
    }
    if !before.is_empty() && !before.ends_with(['=', ',', ' ', ':', '\n', '\t']) {
        return false;
    }
    if is_port {
        return !before.ends_with(':') || is_host_word(before);
    }
    before.ends_with(['=', ' ', ':']) && ends(&[',', ';', ' ', '\n']) && is_host_word(before)
}

/// Whether a text ends with a word for a host and what separates it from one: `Server=`, `-h `, `--host=`, `Server=tcp:`.
fn is_host_word(before: &str) -> bool {
    let before = before.trim_end_matches(['=', ' ', ':']);
    let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_lowercase();
    HOST_WORDS.contains(&word.as_str())
}
