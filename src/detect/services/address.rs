//! Addresses of services in texts: where they point to, and with which credentials.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::clue::Login;
use super::kinds::{self, Kind};
use crate::repo::Lines;

/// An address of a service that a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub kind: &'static Kind,
    /// From 1.
    pub line: usize,
    /// A name by which the repo knows the service, where it is one that the service can have: `db`, never `localhost`.
    pub host: Option<String>,
    pub login: Login,
    /// A version that an address names: Doctrine's `serverVersion=16`.
    pub version: Option<String>,
    /// The address says only what a person has to put there: `user:password@host:port`.
    pub is_pattern: bool,
}

// Without look-around, so that no text makes it slow. What follows the scheme ends at a quote, a blank or a bracket.
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"((?:jdbc:|r2dbc:|pool:)*[A-Za-z][A-Za-z0-9]*(?:\+[a-z0-9]+)?)(?::thin:@)?://([^\s"'`<>\\)|]*)"#).ok()
});

// A name of this computer, a colon, and a port that says what listens there.
static LOCAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^A-Za-z0-9.-])(localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal)[:,](\d{4,5})\b").ok()
});

// The keywords of PostgreSQL's own connection strings.
static KEYWORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:user|host|dbname|sslmode)=[^\s]+ (?:[a-z_]+=[^\s]+ )*(?:dbname|sslmode|password)=").ok()
});

/// The addresses of services that could run here: those on other computers are left out.
pub fn all_in(text: &str) -> Vec<Address> {
    let lines = Lines::of(text);
    let mut found = Vec::new();
    if let Some(url) = &*URL {
        for captures in url.captures_iter(text) {
            let (Some(whole), Some(scheme), Some(rest)) = (captures.get(0), captures.get(1), captures.get(2)) else {
                continue;
            };
            found.extend(of_url(scheme.as_str(), rest.as_str(), || lines.at(whole.start())));
        }
    }
    let mut known: HashSet<(usize, &str)> = found.iter().map(|it: &Address| (it.line, it.kind.id)).collect();
    if let Some(local) = &*LOCAL {
        for captures in local.captures_iter(text) {
            let Some(port) = captures.get(2) else { continue };
            let Some(kind) = port.as_str().parse().ok().and_then(kinds::by_port) else { continue };
            let line = lines.at(port.start());
            if known.insert((line, kind.id)) {
                found.push(bare(kind, line));
            }
        }
    }
    if let (Some(keywords), Some(postgres)) = (&*KEYWORDS, kinds::by_id("postgres")) {
        for place in keywords.find_iter(text) {
            found.push(bare(postgres, lines.at(place.start())));
        }
    }
    found
}

/// One address, as the value of a variable.
pub fn of_value(value: &str) -> Option<Address> {
    all_in(value).into_iter().next()
}

fn bare(kind: &'static Kind, line: usize) -> Address {
    Address { kind, line, host: None, login: Login::default(), version: None, is_pattern: false }
}

fn of_url(scheme: &str, rest: &str, line: impl Fn() -> usize) -> Option<Address> {
    let kind = kinds::by_scheme(&scheme.to_ascii_lowercase())?;
    // Code that only compares schemes.
    if rest.is_empty() {
        return None;
    }
    let (authority, path) = rest.split_once(['/', '?', ';']).unwrap_or((rest, ""));
    let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    // Of several, the first. Go's driver for MySQL writes `tcp(host:port)`.
    let host = host.trim_start_matches("tcp(").split([',', ')']).next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let place = place_of(host)?;
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let database = path.split(['?', '&', ';', '/', '#']).next().unwrap_or_default();
    let is_mariadb = kind.id == "mysql" && path.to_ascii_lowercase().contains("mariadb");
    let kind = if is_mariadb { kinds::by_id("mariadb")? } else { kind };
    let words = [user, password, host, database];
    let is_pattern =
        host == "host" || host == "hostname" || words.iter().any(|word| word.contains(['{', '[', '$', '%', '*']));
    let written = |word: &str| (!is_pattern && is_plain(word)).then(|| word.to_owned());
    Some(Address {
        kind,
        line: line(),
        host: if is_pattern { None } else { place.map(str::to_owned) },
        login: Login {
            user: written(user),
            password: written(password),
            database: written(database).filter(|_| kind.is_sql || kind.id == "mongodb"),
        },
        version: version_in(path),
        is_pattern,
    })
}

/// `None` = another computer; `Some(None)` = this one, or it does not say; else a name of a service.
fn place_of(host: &str) -> Option<Option<&str>> {
    let is_here = host.is_empty() || host == "0.0.0.0" || host == "host.docker.internal" || is_local(host);
    if is_here || host.contains(['{', '[', '$', '<', '%', '*']) || ["host", "hostname", "HOST"].contains(&host) {
        return Some(None);
    }
    // A name without a dot is one of a service.
    if host.contains('.') { None } else { Some(Some(host)) }
}

/// Whether a name means this computer.
pub fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.starts_with("127.") || host == "0.0.0.0" || host == "::1"
}

/// A name that a service can have inside, out of a value that names a host.
pub fn service_name(host: &str) -> Option<&str> {
    let host = host.split(':').next().unwrap_or(host);
    (!is_local(host) && host != "host" && crate::names::Name::parse(host).is_ok()).then_some(host)
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!@#%+".contains(c))
}

fn version_in(path: &str) -> Option<String> {
    let rest = path.split("serverVersion=").nth(1)?;
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-');
    let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    (!version.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<(&'static str, usize)> {
        all_in(text).iter().map(|address| (address.kind.id, address.line)).collect()
    }

    #[test]
    fn addresses_that_can_be_here_are_found() {
        assert_eq!(ids("a\nurl: jdbc:postgresql://localhost:5432/x"), [("postgres", 2)]);
        assert_eq!(ids("redis://cache:6379/0 and amqp://guest:guest@localhost"), [("redis", 1), ("rabbitmq", 1)]);
        assert_eq!(ids("Host = 127.0.0.1:3306\nx=localhost:8080"), [("mysql", 1)]);
        assert_eq!(ids("user=app password=x dbname=app sslmode=disable"), [("postgres", 1)]);
        assert_eq!(ids("postgres://db.example.com/x mongodb+srv://x.mongodb.net"), []);
        assert_eq!(ids("postgres://user:password@host:port/database"), [("postgres", 1)]);
    }

    #[test]
    fn a_text_full_of_addresses_takes_no_longer_than_its_length() {
        let text = "https://x localhost:5432\n".repeat(50_000);
        let found = all_in(&text);
        assert_eq!((found.len(), found.last().map(|it| it.line)), (50_000, Some(50_000)));
    }

    #[test]
    fn credentials_are_kept_as_written() {
        let address = of_value("postgresql+asyncpg://shop:s3cret@db:5432/orders?serverVersion=16.2&x=y").unwrap();
        assert_eq!(address.host.as_deref(), Some("db"));
        let (login, version) = (address.login, address.version);
        assert_eq!((login.user.as_deref(), login.password.as_deref()), (Some("shop"), Some("s3cret")));
        assert_eq!((login.database.as_deref(), version.as_deref()), (Some("orders"), Some("16.2")));
        let pattern = of_value("postgresql://postgres:{password}@localhost/app").unwrap();
        assert!(pattern.is_pattern && pattern.login.is_empty());
    }
}
