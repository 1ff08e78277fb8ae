//! Finds a host in a value, and puts references in its place.

use super::place::{Place, PlacePort};
use crate::detect::hosts::is_host_between;

/// Last words of variables that hold a host and nothing else.
const HOSTS: &[&str] = &["HOSTNAME", "HOST", "SERVER", "ADDRESS", "ADDR", "ENDPOINT", "HOSTS", "SERVERS"];

/// Names by which an app would reach itself, or a computer that knows nothing of the environment.
pub const HERE: &[&str] = &["localhost", "127.0.0.1", DOCKERS_OWN];

/// No browser asks for this one.
const DOCKERS_OWN: &str = "host.docker.internal";

/// `DB_HOST` → `DB_`; `None` = it is not called after a host.
pub fn before_host(key: &str) -> Option<String> {
    let upper = key.to_ascii_uppercase();
    HOSTS.iter().find_map(|word| upper.strip_suffix(word)).map(str::to_owned)
}

/// `DB_PORT` → `DB_`.
pub fn before_port(key: &str) -> Option<String> {
    key.to_ascii_uppercase().strip_suffix("PORT").map(str::to_owned)
}

/// A value with references in place of where a service is; `None` = it does not say that.
pub fn referring(value: &str, place: &Place) -> Option<String> {
    if let Some((_, reference)) = place.wholes.iter().find(|(whole, _)| whole == value) {
        return Some(reference.clone());
    }
    let name = place.name.as_str();
    let (mut out, mut rest, mut is_changed) = (String::with_capacity(value.len()), value, false);
    while let Some(at) = rest.find(name) {
        let (before, from) = rest.split_at(at);
        let after = &from[name.len()..];
        out.push_str(before);
        let is_host = is_host_between(&out, after) && !is_in_reference(&out);
        match is_host.then(|| replacement(&out, after, place)).flatten() {
            Some((text, left)) => {
                out.push_str(&text);
                rest = left;
                is_changed = true;
            }
            None => {
                out.push_str(name);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    is_changed.then(|| with_keyword_port(&out, place))
}

/// The same for an address of this computer, which leads nowhere inside, where its port or scheme means this service.
pub fn referring_here(value: &str, place: &Place) -> Option<String> {
    if !place.is_service {
        return None;
    }
    HERE.iter().find_map(|host| {
        let at = value.find(host)?;
        let (before, after) = (&value[..at], &value[at + host.len()..]);
        // A page of this computer is what a browser is told, and that is right as it stands.
        let is_for_browsers = matches!(scheme(before), Some("http" | "https" | "ws" | "wss"));
        if !is_host_between(before, after) || is_in_reference(before) || (is_for_browsers && *host != DOCKERS_OWN) {
            return None;
        }
        let reference = format!("${{{}.host}}", place.name);
        let digits = after.strip_prefix([':', ',']).map_or(0, |it| it.bytes().take_while(u8::is_ascii_digit).count());
        let (port, separator, rest) = match digits {
            0 => (scheme(before).and_then(|scheme| place.usual_port(scheme))?, ":", after),
            _ => (place.port_here(after[1..=digits].parse().ok()?)?, &after[..1], &after[1 + digits..]),
        };
        Some(format!("{before}{reference}{separator}{}{rest}", port.written))
    })
}

/// Whether a value is this computer and nothing else.
pub fn is_here(value: &str) -> bool {
    HERE.contains(&value)
}

fn is_in_reference(before: &str) -> bool {
    before.rfind("${").is_some_and(|open| !before[open..].contains('}'))
}

/// What stands for the host and its port, and what is left behind them.
fn replacement<'a>(before: &str, after: &'a str, place: &Place) -> Option<(String, &'a str)> {
    let host = format!("${{{}.host}}", place.name);
    let separator = after.chars().next().filter(|c| matches!(c, ':' | ','));
    let digits = separator.map_or(0, |_| after[1..].bytes().take_while(u8::is_ascii_digit).count());
    if let (Some(separator), 1..=5) = (separator, digits) {
        let port = place.port(after[1..=digits].parse().ok()?)?;
        return Some((format!("{host}{separator}{}", port.written), &after[1 + digits..]));
    }
    if let Some(port) = scheme(before).and_then(|scheme| place.usual_port(scheme)) {
        return Some((format!("{host}:{}", port.written), after));
    }
    // A string of keywords says its port elsewhere, or not at all.
    let is_keyword = before.ends_with('=') && !before.contains("://");
    let main = place.ports.first().filter(|_| is_keyword && after.starts_with([';', ' ']))?;
    Some((keywords(host, after, main, place), after))
}

/// The scheme of the address that a text ends in, with or without credentials.
fn scheme(before: &str) -> Option<&str> {
    let at = before.rfind("://")?;
    let between = &before[at + 3..];
    if between.contains(['/', ' ', ';']) || !(between.is_empty() || between.ends_with('@')) {
        return None;
    }
    let start = before[..at].rfind(|c: char| !(c.is_ascii_alphanumeric() || "+:.-".contains(c))).map_or(0, |at| at + 1);
    Some(&before[start..at])
}

/// `Host=db;…` without a port means the usual one.
fn keywords(host: String, after: &str, main: &PlacePort, place: &Place) -> String {
    if keyword_port(after).is_some() {
        return host;
    }
    let separator = &after[..1];
    match place.kind {
        "mssql" => format!("{host},{}", main.written),
        "postgres" if separator == " " => format!("{host} port={}", main.written),
        _ => format!("{host}{separator}Port={}", main.written),
    }
}

/// Where the number behind `port=` stands.
fn keyword_port(text: &str) -> Option<std::ops::Range<usize>> {
    let at = text.to_ascii_lowercase().find("port=")?;
    let is_word = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    let start = at + "port=".len();
    let end = start + text[start..].bytes().take_while(u8::is_ascii_digit).count();
    (is_word && end > start).then_some(start..end)
}

fn with_keyword_port(text: &str, place: &Place) -> String {
    let Some(range) = keyword_port(text).filter(|_| !text.contains("://")) else { return text.to_owned() };
    let port = text[range.clone()].parse().ok().and_then(|number| place.port(number));
    port.map_or_else(
        || text.to_owned(),
        |port| format!("{}{}{}", &text[..range.start], port.written, &text[range.end..]),
    )
}
