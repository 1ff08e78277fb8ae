//! Addresses of this computer in the variables of apps, where a service of the manifest is meant: `localhost` is inside of an app the
//! app itself.
//!
//! | written | meant |
//! |---|---|
//! | `localhost:5432` anywhere in a value | the service with this port, inside or on this computer |
//! | `postgres://localhost/shop`, no port or an unknown one | the first service that is spoken to by this scheme |
//! | `localhost` as a whole, in `REDIS_HOST`, or beside a port of it | the service that the name or the port means |
//!
//! Nothing here is wrong for sure, so it is told and stops nothing.

use crate::catalog;
use crate::manifest::{App, At, Manifest, Origin, Part, Service, ServiceSource, Span, Variable};

/// Names of this computer as seen by a program on it.
const HERE: &[&str] = &["localhost", "127.0.0.1", "[::1]"];

/// Words of variables that mean a database, whichever it is.
const SOME_DATABASE: &[&str] = &["DB", "DATABASE", "SQL"];

/// Parts of names that tell of an address for browsers, which is this computer's.
const FOR_PEOPLE: &[&str] = &[
    "PUBLIC",
    "EXTERNAL",
    "BROWSER",
    "FRONTEND",
    "CLIENT",
    "ORIGIN",
    "CORS",
    "REDIRECT",
    "CALLBACK",
    "SITE",
    "REACT_APP",
];

/// Parameters of addresses that hold no secret.
const HARMLESS: &[&str] =
    &["sslmode", "ssl", "schema", "authSource", "charset", "pool", "pgbouncer", "connection_limit"];

/// Longer values are texts, and nobody writes more of them for one app by hand.
const LONGEST: usize = 2_000;

/// A variable whose address leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    pub app: String,
    pub key: String,
    /// As written: `localhost:5432`.
    pub address: String,
    pub service: String,
    /// What to write in its place: the whole value where it begins with a scheme or is a reference alone.
    pub meant: String,
    pub place: Span,
}

impl Here {
    /// What, why and the way out, in one line.
    pub fn text(&self) -> String {
        // What a person wrote is not repeated: it may hold a password.
        let Self { app, key, address, service, meant, place } = self;
        let file = if place.origin == Origin::Own { super::super::OWN_FILE } else { "dev.yaml" };
        format!(
            "{file}:{}: `{key}` of `{app}` leads to `{address}`: inside of `{app}` that is `{app}` itself, not `{service}`; write {meant} instead",
            place.line
        )
    }
}

/// In the order of the text.
pub fn addresses_of_here(manifest: &Manifest) -> Vec<Here> {
    let apps = manifest.apps.iter().filter(|app| !app.is_on_host());
    apps.flat_map(|app| app.env.iter().filter_map(|variable| found(manifest, app, variable))).collect()
}

fn found(manifest: &Manifest, app: &App, variable: &Variable) -> Option<Here> {
    let (key, value) = (&variable.key.value, variable.value.value.as_written());
    let is_for_people = FOR_PEOPLE.iter().any(|word| key.contains(word)) || key.starts_with("VITE_");
    if is_for_people || value.len() > LONGEST || !HERE.iter().any(|host| value.contains(host)) {
        return None;
    }
    let (address, service, meant) = in_text(manifest, app, &value).or_else(|| as_host(manifest, app, key, &value))?;
    Some(Here {
        app: app.name.value.to_string(),
        key: key.clone(),
        address,
        service: service.name.value.to_string(),
        meant,
        place: variable.value.span,
    })
}

/// An address with a port or a scheme; what is the app's own is meant.
fn in_text<'m>(manifest: &'m Manifest, app: &App, value: &str) -> Option<(String, &'m Service, String)> {
    let (start, host) = HERE.iter().filter_map(|host| Some((value.find(host)?, *host))).min()?;
    let (before, after) = (&value[..start], &value[start + host.len()..]);
    let is_part = before.ends_with(|c: char| c.is_alphanumeric() || "-._".contains(c))
        || after.starts_with(|c: char| c.is_alphanumeric() || "-._".contains(c));
    if is_part {
        return None;
    }
    let digits = after.strip_prefix([':', ',']).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let port: Option<u16> = if digits == 0 { None } else { after[1..=digits].parse().ok() };
    if port.is_some() && port == app.expected_at().map(|port| port.value.number()) {
        return None;
    }
    let scheme = scheme(before);
    let of_port = || port.and_then(|port| manifest.services.iter().find(|it| listens(it, port)));
    let of_scheme = || scheme.and_then(|scheme| manifest.services.iter().find(|it| speaks(it, scheme)));
    let service = of_port().or_else(of_scheme)?;
    let name = &service.name.value;
    let end = start + host.len() + if digits == 0 { 0 } else { digits + 1 };
    let separator = if after.starts_with(',') && digits > 0 { "," } else { ":" };
    let address = value[start..end].to_owned();
    let options = value[end..].find('?').map_or("", |at| &value[end + at..]);
    let mut keys = options.trim_start_matches('?').split('&').map(|one| one.split('=').next().unwrap_or_default());
    let options = if keys.all(|key| HARMLESS.contains(&key)) { options } else { "" };
    let port = port.and_then(|port| further_port(service, port)).unwrap_or("port");
    let place = format!("${{{name}.host}}{separator}${{{name}.{port}}}");
    let has_login = entry(service).and_then(|entry| entry.credentials).is_some_and(|it| !it.database.is_empty());
    let meant = match scheme {
        // Credentials are made for each environment, so the whole address is better than a part of it.
        Some(scheme) if own_scheme(service) == Some(scheme) => format!("${{{name}.url}}{options}"),
        Some(scheme) if has_login => {
            format!("{scheme}://${{{name}.user}}:${{{name}.password}}@{place}/${{{name}.database}}{options}")
        }
        Some(scheme) => format!("{scheme}://{place}"),
        None => place,
    };
    Some((address, service, meant))
}

/// A host alone, in a variable that is called after a service, or beside its port.
fn as_host<'m>(manifest: &'m Manifest, app: &App, key: &str, value: &str) -> Option<(String, &'m Service, String)> {
    let beginning = ["HOSTNAME", "HOST", "SERVER", "ADDRESS", "ADDR"].iter().find_map(|end| key.strip_suffix(end))?;
    if !HERE.contains(&value) || beginning.is_empty() {
        return None;
    }
    let port = app.env.iter().find(|other| other.key.value.strip_suffix("PORT") == Some(beginning));
    let port = port.and_then(|port| number(&port.value));
    let of_port = || port.and_then(|port| manifest.services.iter().find(|it| listens(it, port)));
    let words: Vec<&str> = beginning.split('_').filter(|word| !word.is_empty()).collect();
    let of_words = || manifest.services.iter().find(|it| words.iter().any(|word| is_called(it, word)));
    let service = of_words().or_else(of_port)?;
    Some((value.to_owned(), service, format!("${{{}.host}}", service.name.value)))
}

fn number(value: &At<crate::manifest::Template>) -> Option<u16> {
    match &value.value.parts[..] {
        [Part::Text(text)] => text.trim().parse().ok(),
        _ => None,
    }
}

fn entry(service: &Service) -> Option<&'static catalog::ServiceEntry> {
    match &service.source.value {
        ServiceSource::Catalog { id, .. } => catalog::service(id),
        ServiceSource::Image(_) => None,
    }
}

/// Whether a port leads to a service, inside or on this computer.
fn listens(service: &Service, port: u16) -> bool {
    let own = service.port.iter().chain(&service.outside).map(|port| port.value.number());
    let known = entry(service).into_iter();
    let known = known.flat_map(|entry| entry.more_ports.iter().map(|(_, port)| *port).chain([entry.port]));
    own.chain(known).any(|own| own == port)
}

/// The attribute that says a port which is not the main one: `smtp_port`.
fn further_port(service: &Service, port: u16) -> Option<&'static str> {
    let entry = entry(service)?;
    let (name, _) = entry.more_ports.iter().find(|(_, number)| *number == port)?;
    let says = format!("{{port.{name}}}");
    entry.attributes.iter().find(|(_, template)| *template == says).map(|(attribute, _)| *attribute)
}

/// The scheme of the address that a text ends in, with or without credentials.
fn scheme(before: &str) -> Option<&str> {
    let at = before.rfind("://")?;
    let between = &before[at + 3..];
    if !between.is_empty() && !between.ends_with('@') {
        return None;
    }
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+:.-".contains(c);
    let start = before[..at].rfind(|c| !is_of_scheme(c)).map_or(0, |at| at + 1);
    Some(&before[start..at]).filter(|scheme| !scheme.is_empty())
}

/// As the catalog writes the service's address.
fn own_scheme(service: &Service) -> Option<&'static str> {
    let (_, url) = entry(service)?.attributes.iter().find(|(name, _)| *name == "url")?;
    url.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| *scheme != "http")
}

/// Whether a scheme means a service, with what languages and drivers add to it: `postgresql+asyncpg`, `jdbc:mysql`.
fn speaks(service: &Service, scheme: &str) -> bool {
    let plain = scheme.rsplit(':').next().unwrap_or(scheme).split('+').next().unwrap_or(scheme);
    let Some(entry) = entry(service) else { return false };
    own_scheme(service) == Some(plain) || entry.id == plain || entry.aliases.contains(&plain)
}

/// Whether a word of a variable's name means a service.
fn is_called(service: &Service, word: &str) -> bool {
    let is = |name: &str| name.eq_ignore_ascii_case(word);
    let known = entry(service);
    is(service.name.value.as_str())
        || known.is_some_and(|entry| is(entry.id) || entry.aliases.iter().any(|alias| is(alias)))
        || known.is_some_and(|entry| entry.credentials.is_some_and(|it| !it.database.is_empty()))
            && SOME_DATABASE.iter().any(|some| is(some))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `KEY => what to write` for each variable of an app beside a few services.
    fn told(env: &str) -> Vec<String> {
        let env: String = env.lines().map(|line| format!("      {line}\n")).collect();
        let text = format!(
            "services:\n  db: postgres\n  cache: redis\n  mail: mailpit\n  search:\n    image: example/search:1\n    port: 9999\n\
             apps:\n  api:\n    runtime: node\n    run: npm start\n    port: 3000\n    env:\n{env}"
        );
        let manifest = crate::manifest::load("dev.yaml", text.as_bytes()).unwrap();
        addresses_of_here(&manifest).iter().map(|it| format!("{} => {}", it.key, it.meant)).collect()
    }

    #[test]
    fn addresses_of_this_computer_are_told_with_what_is_meant() {
        let cases = [
            ("DATABASE_URL: postgres://a:b@localhost:5432/shop", "DATABASE_URL => ${db.url}"),
            ("DATABASE_URL: postgres://localhost/shop?sslmode=disable", "DATABASE_URL => ${db.url}?sslmode=disable"),
            (
                "DSN: postgresql+asyncpg://a:b@127.0.0.1:5432/x",
                "DSN => postgresql+asyncpg://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}",
            ),
            ("REDIS: localhost:6379", "REDIS => ${cache.host}:${cache.port}"),
            ("REDIS_URL: redis://localhost:6380", "REDIS_URL => ${cache.url}"),
            ("REDIS_HOST: localhost", "REDIS_HOST => ${cache.host}"),
            ("PG_HOST: 127.0.0.1", "PG_HOST => ${db.host}"),
            ("SMTP: smtp://localhost:1025", "SMTP => smtp://${mail.host}:${mail.smtp_port}"),
            ("SEARCH: http://localhost:9999/x", "SEARCH => http://${search.host}:${search.port}"),
        ];
        for (written, expected) in cases {
            assert_eq!(told(written), [expected], "{written}");
        }
        let both = told("STORE_HOST: localhost\nSTORE_PORT: 5432");
        assert_eq!(both, ["STORE_HOST => ${db.host}"]);
    }

    #[test]
    fn what_means_something_else_is_left_alone() {
        for written in [
            "PUBLIC_URL: http://localhost:3000",
            "OTHER: http://localhost:4000",
            "S3_PUBLIC_URL: http://localhost:9999",
            "VITE_SEARCH: http://localhost:9999",
            "HOST: 127.0.0.1",
            "BIND: 0.0.0.0:5432",
            "DATABASE_URL: ${db.url}",
            "X: notlocalhost:5432",
            "Y: localhost.example.com:5432",
            "GREETING: this is localhost",
        ] {
            assert!(told(written).is_empty(), "{written}: {:?}", told(written));
        }
    }

    #[test]
    fn apps_on_this_computer_itself_mean_it() {
        let text = "services:\n  db: postgres\napps:\n  api:\n    runtime: host\n    run: npm start\n    env:\n      U: localhost:5432\n";
        assert!(addresses_of_here(&crate::manifest::load("dev.yaml", text.as_bytes()).unwrap()).is_empty());
    }

    #[test]
    fn the_note_has_place_reason_and_way_out() {
        let text = "services:\n  db: postgres\napps:\n  api:\n    runtime: node\n    run: npm start\n    env:\n      U: localhost:5432\n";
        let found = addresses_of_here(&crate::manifest::load("dev.yaml", text.as_bytes()).unwrap());
        assert_eq!(
            found[0].text(),
            "dev.yaml:8: `U` of `api` leads to `localhost:5432`: inside of `api` that is `api` itself, not `db`; write ${db.host}:${db.port} instead"
        );
    }
}
