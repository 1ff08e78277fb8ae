//! From a variable's name, and what an example says it looks like, to the reference that it becomes.

use super::plain;
use super::target::Target;
use super::variables::Seen;
use crate::detect::App;
use crate::detect::services::{address, kinds};

/// What of a service a variable's last words ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Url,
    Host,
    Port,
    User,
    Password,
    Key,
    Database,
    AccessKey,
    SecretKey,
    Region,
}

/// Last words of names; the first that fits counts.
const PARTS: &[(&[&str], Part)] = &[
    (&["SECRET_ACCESS_KEY", "SECRET_KEY"], Part::SecretKey),
    (&["ACCESS_KEY_ID", "ACCESS_KEY"], Part::AccessKey),
    (
        &[
            "URL",
            "URI",
            "DSN",
            "CONNECTION_STRING",
            "CONNECTIONSTRING",
            "ENDPOINT",
            "ENDPOINT_URL",
            "NODE",
            "NODES",
            "URIS",
            "BROKER",
        ],
        Part::Url,
    ),
    (
        &["HOST", "HOSTNAME", "HOST_NAME", "SERVER", "ADDR", "ADDRESS", "SERVERS", "HOSTS", "BROKERS", "ADDRS"],
        Part::Host,
    ),
    (&["PORT"], Part::Port),
    (&["USER", "USERNAME", "USER_NAME", "LOGIN"], Part::User),
    (&["PASSWORD", "PASS", "PWD"], Part::Password),
    (&["API_KEY", "MASTER_KEY", "KEY"], Part::Key),
    (&["NAME", "DATABASE", "DB", "DBNAME", "DATABASE_NAME"], Part::Database),
    (&["REGION"], Part::Region),
];

/// Words that mean the database with tables, whichever it is.
const SOME_DATABASE: &[&str] = &["DB", "DATABASE", "SQL", "DATASOURCE", "TYPEORM", "RDS", "JDBC"];

/// Words between those of a service and the part: which of its places or clients is meant, and still the same service.
const ROLES: &[&str] = &[
    "MAIN",
    "MASTER",
    "PRIMARY",
    "DEFAULT",
    "LOCAL",
    "DEV",
    "DEVELOPMENT",
    "APP",
    "SERVER",
    "SERVICE",
    "CLUSTER",
    "CONNECTION",
    "CACHE",
    "QUEUE",
    "SESSION",
    "PUBSUB",
    "BROKER",
    "BOOTSTRAP",
    "HTTP",
    "READ",
    "READER",
    "WRITE",
    "WRITER",
    "DIRECT",
    "PRISMA",
    "POOL",
    "POOLER",
    "MIGRATION",
    "MIGRATIONS",
    "ASYNC",
    "SYNC",
];

/// Words of variables that are about another surrounding, or another way to the service.
const ASIDE: &[&str] =
    &["TEST", "ROOT", "SHADOW", "PROD", "PRODUCTION", "REPLICA", "ADMIN", "PGADMIN", "PUBLIC", "FORWARD", "DOCKER"];

/// The value of a variable that a client of a service is given as its address; `None` = the example leads to another computer.
pub fn whole(variable: &Seen, target: &Target, app: &App) -> Option<String> {
    let is_aside = variable.key.split('_').any(|word| ASIDE.contains(&word));
    let is_elsewhere = variable.value.as_deref().is_some_and(|value| value.contains("://") && !is_near(value));
    (!is_aside && !is_elsewhere).then(|| plain_url(target, app)).flatten()
}

/// The value of a variable that tells where a service is; `None` = it tells something else.
pub fn value(variable: &Seen, targets: &[Target], all: &[Seen], app: &App) -> Option<String> {
    let key = variable.key.as_str();
    let words: Vec<&str> = key.split('_').collect();
    if words.iter().any(|word| ASIDE.contains(word)) {
        return None;
    }
    // Square brackets are for a person to fill in: `postgres://[USER]:[PASSWORD]@db.example.org/x`.
    let is_form = |value: &str| value.contains("://") && value.contains('[') && value.contains(']');
    let written = variable.value.as_deref().filter(|value| !value.is_empty() && !is_form(value));
    if written.is_some_and(|value| matches!(value, "true" | "false" | "yes" | "no")) {
        return None;
    }
    // The parts are told; an address beside them would have to be the same.
    let is_laravel = app.frameworks.iter().any(|it| it.value == "laravel");
    if is_laravel && matches!(key, "DATABASE_URL" | "DB_URL" | "REDIS_URL") {
        return None;
    }
    if let Some(found) = written.and_then(address::of_value) {
        let same = || targets.iter().filter(|target| is_same(target, found.kind));
        // Of several, the one that it names.
        let named = same().find(|target| found.host.as_deref() == Some(target.service.name.as_str()));
        let target = named.or_else(|| same().find(|target| target.kind == found.kind)).or_else(|| same().next())?;
        let written = written?;
        return if written.contains("://") {
            in_place_of(written, target, app)
        } else {
            plain::referring(written, target)
        };
    }
    // Another computer, a file: whoever wrote it wants that.
    if written.is_some_and(|value| value.contains("://") && !is_near(value)) {
        return None;
    }
    let is_switch =
        words.iter().any(|word| ["USE", "ENABLE", "ENABLED", "HAS", "IS", "WITH", "DISABLE"].contains(word));
    if is_switch {
        return None;
    }
    if key.ends_with("_REDIS") && written.is_none() {
        return targets.iter().find(|target| target.kind.family().contains(&"redis")).and_then(Target::url);
    }
    let target = target_of(key, &words, written, targets, all)?;
    let part = part_in(key, &words, target, app)?;
    part_of(target, part, written, key, app)
}

/// The part that the last words name, where what stands before them is about the service itself: `DB_TABLE_NAME` is not.
fn part_in(key: &str, words: &[&str], target: &Target, app: &App) -> Option<Part> {
    let fits = |end: &&&str| key == **end || key.ends_with(&format!("_{end}")) || key.strip_prefix("PG") == Some(**end);
    let longest = |ends: &[&'static str]| ends.iter().filter(fits).map(|end| end.split('_').count()).max();
    let (count, part) = PARTS.iter().find_map(|(ends, part)| Some((longest(ends)?, *part)))?;
    // Addresses of letters and of files in buckets have words of many kinds before them.
    if matches!(target.kind.id, "mailpit" | "minio" | "localstack") {
        return Some(part);
    }
    let before = &words[..words.len().saturating_sub(count)];
    let is_own = |word: &str| is_word_of(word, target);
    let start = before.iter().position(|word| is_own(word)).unwrap_or(before.len());
    let is_app = |word: &str| app.name.split('-').any(|own| own.eq_ignore_ascii_case(word));
    let is_role = |word: &str| part != Part::Database && ROLES.contains(&word);
    before[start..].iter().all(|word| is_own(word) || is_app(word) || is_role(word)).then_some(part)
}

/// Whether a word of a variable's name means this service.
fn is_word_of(word: &str, target: &Target) -> bool {
    let is_database = target.kind.is_sql || target.kind.id == "mongodb";
    let of_family = |id: &&str| kinds::by_id(id).is_some_and(|kind| kind.prefixes.contains(&word));
    target.kind.family().iter().any(of_family)
        || (is_database && SOME_DATABASE.contains(&word))
        || target.service.name.split('-').any(|own| own.eq_ignore_ascii_case(word))
}

fn is_same(target: &Target, kind: &kinds::Kind) -> bool {
    target.kind.family().contains(&kind.id)
}

fn is_near(value: &str) -> bool {
    let host =
        value.split_once("://").map_or(value, |(_, rest)| rest).split(['/', ':', '?']).next().unwrap_or_default();
    address::is_local(host) || !host.contains('.')
}

fn target_of<'t, 'a>(
    key: &str,
    words: &[&str],
    written: Option<&str>,
    targets: &'t [Target<'a>],
    all: &[Seen],
) -> Option<&'t Target<'a>> {
    if let Some(kind) = kinds::by_variable(key) {
        let exact = targets.iter().find(|target| target.kind == kind);
        return exact.or_else(|| targets.iter().find(|target| is_same(target, kind)));
    }
    let by_id = |id: &str| targets.iter().find(|target| target.kind.id == id);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    if has(&["SMTP", "MAIL", "EMAIL", "MAILER"]) {
        // One that stands beside an address on another computer belongs to it.
        let elsewhere = all.iter().any(|it| {
            it.key.starts_with(words[0])
                && it.key.ends_with("HOST")
                && it.value.as_deref().is_some_and(|host| host.contains('.') && !address::is_local(host))
        });
        let is_about_letters = has(&["FROM", "REPLY", "TO", "SENDER", "SUPPORT", "CONTACT", "DEFAULT", "BCC"]);
        return by_id("mailpit").filter(|_| !elsewhere && !is_about_letters);
    }
    if has(&["S3", "AWS"]) && (written.is_some() || key.contains("ENDPOINT")) {
        return by_id("minio").or_else(|| by_id("localstack"));
    }
    if has(SOME_DATABASE) {
        return targets.iter().find(|target| target.kind.is_sql).or_else(|| by_id("mongodb"));
    }
    (key == "BROKER_URL" || key == "CELERY_BROKER_URL" || key == "CELERY_RESULT_BACKEND")
        .then(|| by_id("redis").or_else(|| by_id("valkey")).or_else(|| by_id("rabbitmq")))
        .flatten()
}

fn part_of(target: &Target, part: Part, written: Option<&str>, key: &str, app: &App) -> Option<String> {
    let is_mail = target.kind.id == "mailpit";
    match part {
        Part::Url | Part::Host if is_mail && written.is_some_and(|value| value.starts_with("http")) => {
            target.get("url")
        }
        Part::Url if is_mail => target.get("smtp_url"),
        Part::Url if key.starts_with("JDBC_") => target.get("jdbc_url"),
        Part::Url if matches!(target.kind.id, "kafka") => target.get("brokers"),
        Part::Url => plain_url(target, app),
        Part::Host if is_mail => target.get("smtp_host"),
        Part::Host if target.kind.id == "firestore" => target.get("address"),
        Part::Host if target.kind.id == "kafka" => target.get("brokers"),
        // Clients of search engines take whole addresses under this name.
        Part::Host if written.is_some_and(|value| value.contains("://")) => target.url(),
        Part::Host if target.kind.id == "meilisearch" => target.url(),
        Part::Host if is_pair(written, key) => Some(format!("{}:{}", target.get("host")?, target.get("port")?)),
        Part::Host => target.get("host"),
        Part::Port if is_mail => target.get("smtp_port"),
        Part::Port => target.get("port"),
        Part::User if is_mail => None,
        Part::User => target.get("user"),
        Part::Password if is_mail => None,
        Part::Password if matches!(target.kind.id, "redis" | "valkey") => password_of_redis(target, written),
        Part::Password => target.get("password"),
        Part::Key => target.get("key").and_then(|_| target.get("password")),
        Part::Database => target.get("database").filter(|_| target.kind.is_sql || target.kind.id == "mongodb"),
        Part::AccessKey => target.get("access_key"),
        Part::SecretKey => target.get("secret_key"),
        Part::Region => target.get("region").filter(|_| written.is_none()),
    }
}

/// Where it has none, a client that sends one is turned away; where its own command sets one, that one counts.
fn password_of_redis(target: &Target, written: Option<&str>) -> Option<String> {
    let written = written.filter(|value| *value != "null");
    if !target.asks_for_password() {
        return written.map(|_| String::new());
    }
    target.own_password().or(written).map(str::to_owned)
}

/// Whether a host is written together with its port.
fn is_pair(written: Option<&str>, key: &str) -> bool {
    written.map_or(key.ends_with("ADDR") || key.ends_with("ADDRESS"), |value| {
        value.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    })
}

/// An address for an app that has no example of one.
fn plain_url(target: &Target, app: &App) -> Option<String> {
    // SQLAlchemy knows PostgreSQL by its longer name only.
    let is_python = app.language.value == "python";
    if target.kind.id == "postgres" && is_python { target.url_with("postgresql") } else { target.url() }
}

/// The same address with references in it: scheme, path and options stay where they mean something.
fn in_place_of(written: &str, target: &Target, app: &App) -> Option<String> {
    let (scheme, rest) = written.split_once("://")?;
    let (_, behind) = rest.split_once(['/', '?']).map_or((rest, ""), |(host, behind)| (host, behind));
    let options = rest.split_once('?').map_or("", |(_, options)| options);
    let with_options = |url: String| match options {
        "" => url,
        options if url.contains('?') => format!("{url}&{options}"),
        options => format!("{url}?{options}"),
    };
    if scheme.starts_with("jdbc:") || scheme.starts_with("r2dbc:") {
        let place = format!("{scheme}://{}:{}/{}", target.get("host")?, target.get("port")?, target.get("database")?);
        return Some(with_options(place));
    }
    if target.kind.is_sql {
        let is_usual = matches!(scheme, "postgres" | "postgresql" | "mysql" | "ecto") && app.language.value != "python";
        let is_own = scheme == "postgres" || scheme == "mysql";
        let url = if is_usual || is_own { target.url() } else { target.url_with(scheme) };
        // Sockets and versions of the example's own server are no options of ours.
        let foreign = ["serverVersion", "host=", "unix_socket"].iter().any(|word| options.contains(word));
        return if foreign { url } else { url.map(with_options) };
    }
    match target.kind.id {
        "redis" | "valkey" => {
            let number = behind
                .split('?')
                .next()
                .filter(|path| !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_digit()));
            Some(number.map_or_else(
                || target.url().unwrap_or_default(),
                |number| format!("{}/{number}", target.url().unwrap_or_default()),
            ))
        }
        "rabbitmq" => {
            let vhost = behind.split('?').next().unwrap_or_default();
            target.url().map(|url| if vhost.is_empty() { url } else { format!("{url}/{vhost}") })
        }
        "mailpit" => target.get("smtp_url"),
        _ => target.url(),
    }
}
