//! Addresses that are no URLs, as references: `localhost:6379`, `app:pw@tcp(localhost:3306)/shop`, strings of keywords.

use super::target::Target;
use crate::detect::services::address;

/// `None` = it has another form.
pub fn referring(written: &str, target: &Target) -> Option<String> {
    match () {
        () if target.kind.id == "kafka" => target.get("brokers"),
        () if written.contains("@tcp(") => go_mysql(written, target),
        () if written.contains('=') => keywords(written, target),
        () => pair(written, target),
    }
}

/// A host and a port, and what stands behind; of several, one is enough.
fn pair(written: &str, target: &Target) -> Option<String> {
    let (host, rest) = written.trim().split_once(':')?;
    let is_place = address::is_local(host) || host == "host.docker.internal" || host == target.service.name;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let behind = &rest[digits..];
    let is_whole = behind.is_empty() || behind.starts_with(['/', ',']);
    if !is_place || digits == 0 || !is_whole {
        return None;
    }
    let behind = if behind.starts_with(',') { "" } else { behind };
    Some(format!("{}:{}{behind}", host_of(target)?, port_of(target)?))
}

/// Letters are sent to another port than the page's.
fn host_of(target: &Target) -> Option<String> {
    target.get(if target.kind.id == "mailpit" { "smtp_host" } else { "host" })
}

fn port_of(target: &Target) -> Option<String> {
    target.get(if target.kind.id == "mailpit" { "smtp_port" } else { "port" })
}

fn go_mysql(written: &str, target: &Target) -> Option<String> {
    let options = written.split_once('?').map_or(String::new(), |(_, options)| format!("?{options}"));
    let login = format!("{}:{}", target.get("user")?, target.get("password")?);
    let place = format!("{}:{}", target.get("host")?, target.get("port")?);
    Some(format!("{login}@tcp({place})/{}{options}", target.get("database")?))
}

/// `host=localhost user=app …` of libpq, `Server=localhost;Database=shop;…` of .NET: what is about place and login is replaced.
fn keywords(written: &str, target: &Target) -> Option<String> {
    let separator = if written.contains(';') { ";" } else { " " };
    let mut parts: Vec<String> = Vec::new();
    let (mut has_host, mut has_port) = (false, target.kind.id == "mssql");
    for part in written.split(separator) {
        let Some((key, value)) = part.split_once('=') else {
            parts.push(part.to_owned());
            continue;
        };
        let new = match key.trim().to_ascii_lowercase().as_str() {
            "host" | "server" | "data source" | "address" | "addr" => {
                has_host = true;
                has_port |= value.contains([',', ':']);
                place(value, target)
            }
            "port" => {
                has_port = true;
                target.get("port")
            }
            "user" | "username" | "user id" | "userid" | "uid" => target.get("user"),
            "password" | "pwd" => target.get("password"),
            "database" | "dbname" | "initial catalog" if target.kind.id != "mssql" => target.get("database"),
            _ => None,
        };
        parts.push(format!("{key}={}", new.unwrap_or_else(|| value.to_owned())));
    }
    if !has_host {
        return None;
    }
    if !has_port {
        let key = if separator == ";" { "Port" } else { "port" };
        parts.insert(1, format!("{key}={}", target.get("port")?));
    }
    Some(parts.join(separator))
}

/// The server of a string of keywords, with a port where one stood there or none can stand elsewhere.
fn place(value: &str, target: &Target) -> Option<String> {
    let separator = value.chars().find(|c| matches!(c, ',' | ':'));
    let separator = separator.or_else(|| (target.kind.id == "mssql").then_some(','));
    let host = target.get("host")?;
    match separator {
        Some(separator) => Some(format!("{host}{separator}{}", target.get("port")?)),
        None => Some(host),
    }
}
