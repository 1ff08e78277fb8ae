//! Words of commands → a line for a shell, and what a health check asks.

use crate::compose::project::{Command, Healthcheck};
use crate::words::shell_word;

/// As a person would type it.
pub fn line(entrypoint: Option<&Command>, command: Option<&Command>) -> Option<String> {
    let entry = entrypoint.map(of).unwrap_or_default();
    let line = match (entry.is_empty(), command.map(of).unwrap_or_default()) {
        (true, line) => line,
        // Of `sh -c "…"` the rest are the script's arguments.
        (false, line) if line.is_empty() || entrypoint.is_some_and(is_script) => entry,
        (false, line) => format!("{entry} {line}"),
    };
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

fn of(command: &Command) -> String {
    if is_script(command) {
        return command.words.get(2).map(|script| script.trim().to_owned()).unwrap_or_default();
    }
    match &command.line {
        Some(line) => line.split_whitespace().collect::<Vec<_>>().join(" "),
        None => command.words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" "),
    }
}

/// `sh -c SCRIPT`.
fn is_script(command: &Command) -> bool {
    let shell = command.words.first().map(|word| word.rsplit('/').next().unwrap_or(word));
    let option = command.words.get(1).map(String::as_str);
    matches!(shell, Some("sh" | "bash" | "ash"))
        && matches!(option, Some("-c" | "-ec" | "-lc" | "-euc" | "-exc"))
        && command.words.len() == 3
}

/// Whether a command only keeps a place open for a person.
pub fn is_idle(command: Option<&Command>) -> bool {
    let Some(command) = command else { return false };
    let text = command.words.join(" ");
    ["sleep infinity", "tail -f /dev/null", "sleep inf", "while sleep", "sleep 99999", "sleep 86400"]
        .iter()
        .any(|idle| text.contains(idle))
        || (text.contains("while ") && text.contains("sleep ") && !text.contains(".py"))
        || matches!(text.trim_start_matches("/bin/"), "bash" | "sh" | "zsh" | "cat")
}

/// The path that a health check gets from the service itself.
pub fn health_path(check: &Healthcheck) -> Option<String> {
    let text = check.test.as_ref()?.join(" ");
    let at = ["://localhost", "://127.0.0.1", "://0.0.0.0", "://[::1]"]
        .iter()
        .find_map(|host| Some(text.find(host)? + host.len()))?;
    let rest = text[at..].trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
    let end = rest.find([' ', '"', '\'', ')', '|', ';', '>', '\\', '\n']).unwrap_or(rest.len());
    let path = &rest[..end];
    if path.contains('$') {
        return None;
    }
    Some(if path.is_empty() { "/".to_owned() } else { path.to_owned() }).filter(|path| path.starts_with('/'))
}

/// What a health check runs inside, as a line for a shell.
pub fn health_command(check: &Healthcheck) -> Option<String> {
    let test = check.test.as_ref().filter(|_| !check.disable)?;
    match test.first().map(String::as_str) {
        Some("CMD-SHELL") => Some(test.get(1)?.trim().to_owned()),
        Some("CMD") => Some(test[1..].iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")),
        _ => None,
    }
}
