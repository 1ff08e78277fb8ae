//! What `.env.example` and its kind say about services: addresses, drivers, hosts.

use super::address;
use super::clue::{Clues, Of, Source};
use super::configuration;
use super::dotenv::{self, Entry, VariableFile};
use super::kinds::{self, Adapter};
use crate::repo::folder_of;

/// Variables that choose an adapter, by their last words.
const ADAPTERS: &[&str] = &[
    "DB_CONNECTION",
    "DB_TYPE",
    "DB_ENGINE",
    "DB_DRIVER",
    "DB_CLIENT",
    "DB_ADAPTER",
    "DB_DIALECT",
    "DB_VENDOR",
    "DB_KIND",
    "DB_BACKEND",
    "DATABASE_TYPE",
    "DATABASE_ENGINE",
    "DATABASE_DRIVER",
    "DATABASE_CLIENT",
    "DATABASE_ADAPTER",
    "DATABASE_DIALECT",
    "DATABASE_PROVIDER",
    "DATABASE_BACKEND",
    "SQL_ENGINE",
    "TYPEORM_CONNECTION",
    "TYPEORM_TYPE",
    "DATABASE_VENDOR",
];

/// Variables that choose what something else is kept in.
const DRIVERS: &[&str] = &[
    "QUEUE_CONNECTION",
    "QUEUE_DRIVER",
    "CACHE_STORE",
    "CACHE_DRIVER",
    "CACHE_BACKEND",
    "CACHE_TYPE",
    "SESSION_DRIVER",
    "SESSION_STORE",
    "BROADCAST_CONNECTION",
    "BROADCAST_DRIVER",
    "SCOUT_DRIVER",
    "SEARCH_DRIVER",
    "SEARCH_ENGINE",
    "QUEUE_TYPE",
    "BROKER_TYPE",
];

/// Words that say where something is; names of users, keys and settings say nothing.
const PLACES: &[&str] = &[
    "URL",
    "URI",
    "HOST",
    "HOSTNAME",
    "ADDR",
    "ADDRESS",
    "DSN",
    "SERVER",
    "SERVERS",
    "ENDPOINT",
    "BROKER",
    "BROKERS",
    "HOSTS",
    "NODES",
    "NODE",
    "CONNECTION",
    "PORT",
];

pub fn look(clues: &mut Clues) {
    for file in dotenv::all(clues.repo) {
        let is_laravel = configuration::is_laravel(clues, folder_of(&file.path));
        for entry in file.entries.iter().filter(|entry| !entry.commented) {
            if entry.value.is_empty() {
                named(clues, &file, entry);
                continue;
            }
            if is_laravel && !entry.key.ends_with("_DSN") {
                continue;
            }
            variable(clues, &file, entry);
        }
        mail(clues, &file);
        objects(clues, &file);
    }
}

fn named(clues: &mut Clues, file: &VariableFile, entry: &Entry) {
    let says_where = entry.key.rsplit('_').next().is_some_and(|last| PLACES.contains(&last));
    if let Some(kind) = kinds::by_variable(&entry.key).filter(|_| says_where) {
        clues.add(Of::Kind(kind), Source::Named, &file.path, entry.line);
    }
}

fn variable(clues: &mut Clues, file: &VariableFile, entry: &Entry) {
    let ends = |words: &[&str]| words.iter().any(|word| entry.key == *word || entry.key.ends_with(&format!("_{word}")));
    if ends(ADAPTERS) {
        return adapter(clues, file, entry);
    }
    if ends(DRIVERS) {
        let kind =
            kinds::KINDS.iter().find(|kind| kind.id == entry.value || kind.schemes.contains(&entry.value.as_str()));
        if let Some(kind) = kind {
            clues.add(Of::Kind(kind), Source::Decides, &file.path, entry.line);
        }
        return;
    }
    if let Some(found) = address::of_value(&entry.value) {
        let clue = clues.add(Of::Kind(found.kind), Source::Example, &file.path, entry.line);
        clue.host = found.host;
        clue.version = found.version;
        clue.login = found.login;
        return;
    }
    if entry.value.starts_with("sqlite:") || entry.value.starts_with("file:") && entry.value.contains(".db") {
        clues.add(Of::NoSql, Source::Decides, &file.path, entry.line);
        return;
    }
    // A whole address that was not recognised is on another computer, or of something else.
    let is_elsewhere = entry.value.contains("://") && !entry.value.contains("http") || is_remote(&entry.value);
    if is_elsewhere {
        return;
    }
    let says_where =
        entry.key.rsplit('_').next().is_some_and(|last| PLACES.contains(&last)) || entry.key.starts_with("PG");
    let is_login =
        ["USER", "USERNAME", "PASSWORD", "DB", "DATABASE", "PASS"].iter().any(|word| entry.key.ends_with(word));
    let Some(kind) = kinds::by_variable(&entry.key) else { return };
    if says_where || (is_login && kind.is_sql) {
        let host = entry.key.ends_with("HOST").then(|| address::service_name(&entry.value)).flatten();
        clues.add(Of::Kind(kind), Source::Example, &file.path, entry.line).host = host.map(str::to_owned);
    }
}

fn adapter(clues: &mut Clues, file: &VariableFile, entry: &Entry) {
    let of = match kinds::by_adapter(&entry.value) {
        Some(Adapter::Server(kind)) => Of::Kind(kind),
        Some(Adapter::InFile) => Of::NoSql,
        None => return,
    };
    let host = ["DB_HOST", "DATABASE_HOST"].iter().find_map(|key| file.get(key));
    let host = host.and_then(|entry| address::service_name(&entry.value)).map(str::to_owned);
    clues.add(of, Source::Decides, &file.path, entry.line).host = host;
}

/// Whether a value names another computer.
fn is_remote(value: &str) -> bool {
    let host =
        value.split_once("://").map_or(value, |(_, rest)| rest).split(['/', ':', '?']).next().unwrap_or_default();
    host.contains('.')
        && !address::is_local(host)
        && !host.ends_with(".internal")
        && !host.ends_with(".test")
        && !host.ends_with(".localhost")
}

/// A mail server on this computer, or one of those that only catch mail, by its name.
fn mail(clues: &mut Clues, file: &VariableFile) {
    let catchers = ["mailpit", "mailhog", "maildev", "mailcatcher", "inbucket", "smtp4dev", "greenmail"];
    let sends_nothing =
        ["MAIL_MAILER", "MAIL_DRIVER"].iter().filter_map(|key| file.get(key)).any(|it| it.value != "smtp");
    let ports = file
        .entries
        .iter()
        .filter(|entry| entry.key.ends_with("PORT") && ["1025", "2500"].contains(&entry.value.as_str()));
    let ports: Vec<&str> = ports.map(|entry| entry.key.trim_end_matches("_PORT")).collect();
    let host = file.entries.iter().find(|entry| {
        let is_host = !entry.commented && ["HOST", "SERVER", "HOSTNAME"].iter().any(|word| entry.key.ends_with(word));
        let is_caught = catchers.iter().any(|name| entry.value.contains(name));
        let is_here = address::is_local(&entry.value) && ports.iter().any(|about| entry.key.starts_with(about));
        is_host && (is_caught || is_here)
    });
    if let (Some(host), Some(kind), false) = (host, kinds::by_id("mailpit"), sends_nothing) {
        let name = address::service_name(&host.value).map(str::to_owned);
        clues.add(Of::Kind(kind), Source::Decides, &file.path, host.line).host = name;
    }
}

/// A store of objects on this computer.
fn objects(clues: &mut Clues, file: &VariableFile) {
    let is_one = |entry: &&Entry| {
        let about = ["S3", "AWS", "MINIO", "STORAGE"].iter().any(|word| entry.key.split('_').any(|part| part == *word));
        let host =
            entry.value.split_once("://").map_or("", |(_, rest)| rest).split([':', '/']).next().unwrap_or_default();
        let is_here = address::is_local(host)
            || ["minio", "garage", "rustfs", "seaweedfs"].contains(&host)
            || host.starts_with("minio");
        !entry.commented && about && entry.key.contains("ENDPOINT") && is_here && !entry.value.contains(":4566")
    };
    if let (Some(entry), Some(kind)) = (file.entries.iter().find(is_one), kinds::by_id("minio")) {
        clues.add(Of::Kind(kind), Source::Decides, &file.path, entry.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    fn said(text: &str) -> Vec<String> {
        let repo = Repo::of(&[(".env.example", text)]);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        let shown = clues.all.iter().map(|it| {
            let host = it.host.as_deref().unwrap_or("-");
            format!("{} {:?} {host}", it.of.kind().map_or("none", |kind| kind.id), it.source)
        });
        shown.collect()
    }

    #[test]
    fn addresses_and_hosts_are_recognised() {
        assert_eq!(said("DATABASE_URL=postgresql://a:b@localhost/c"), ["postgres Example -"]);
        assert_eq!(said("REDIS_HOST=cache\nREDIS_PASSWORD="), ["redis Example cache"]);
        assert_eq!(
            said("#REDIS_URL=redis://localhost\nELASTICSEARCH_URL=\nSMTP_HOST=smtp.example.com"),
            ["elasticsearch Named -"]
        );
        assert_eq!(said("MONGO_URI=mongodb+srv://cluster0.mongodb.net/x"), [""; 0]);
        assert_eq!(said("ELASTICSEARCH_URL=http://localhost:9200"), ["elasticsearch Example -"]);
    }

    #[test]
    fn a_choice_decides() {
        assert_eq!(said("DB_ENGINE=django.db.backends.postgresql\nDB_HOST=db"), ["postgres Decides db"]);
        assert_eq!(said("DB_TYPE=sqlite"), ["none Decides -"]);
        assert_eq!(said("QUEUE_CONNECTION=redis\nCACHE_DRIVER=file"), ["redis Decides -"]);
    }

    #[test]
    fn mail_is_caught_where_it_is_sent_to_this_computer() {
        assert_eq!(said("SMTP_HOST=0.0.0.0\nSMTP_PORT=1025"), ["mailpit Decides -"]);
        assert_eq!(said("MAIL_MAILER=smtp\nMAIL_HOST=mailhog\nMAIL_PORT=1025"), ["mailpit Decides mailhog"]);
        assert_eq!(said("MAIL_MAILER=log\nMAIL_HOST=127.0.0.1\nMAIL_PORT=2525"), [""; 0]);
        assert_eq!(said("S3_ENDPOINT=http://localhost:9000"), ["minio Decides -"]);
    }
}
