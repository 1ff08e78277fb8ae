//! The services of the catalog, by what they are for. One entry each; the contracts are those that the publishers document.

mod databases;
mod queues;
mod search;
mod storage;
mod web;

use super::{Probe, ServiceEntry, Stop, Upgrade, Versions};

pub static ALL: &[&ServiceEntry] = &[
    &databases::POSTGRES,
    &databases::MYSQL,
    &databases::MARIADB,
    &databases::MONGODB,
    &databases::CLICKHOUSE,
    &databases::MSSQL,
    &databases::NEO4J,
    &databases::FIRESTORE,
    &storage::REDIS,
    &storage::VALKEY,
    &storage::MEMCACHED,
    &storage::MINIO,
    &queues::RABBITMQ,
    &queues::NATS,
    &queues::MOSQUITTO,
    &queues::KAFKA,
    &search::ELASTICSEARCH,
    &search::OPENSEARCH,
    &search::MEILISEARCH,
    &search::TYPESENSE,
    &search::QDRANT,
    &web::NGINX,
    &web::MAILPIT,
    &web::LOCALSTACK,
    &web::GOTENBERG,
    &web::ZIPKIN,
];

/// The user and the database of every service that has them: the same words everywhere, only the password differs.
const APP: &str = "app";

/// What an entry is unless it says otherwise.
const PLAIN: ServiceEntry = ServiceEntry {
    id: "",
    title: "",
    aliases: &[],
    image: "",
    versions: Versions { known: &[], default: "", tag: "{version}", exact: &[] },
    port: 0,
    outside_listener: None,
    more_ports: &[],
    data: None,
    credentials: None,
    env: &[],
    command: &[],
    files: &[],
    attributes: &[],
    probe: Probe::Http(""),
    stop: Stop { signal: "SIGTERM", grace_s: 10 },
    upgrade: Upgrade::Free,
    data_numbers: 2,
    boot_ms: 500,
    restarts_with_needs: false,
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::names::Name;

    /// The texts in braces of a template: lower-case letters, `_`, `.` only, so that JSON and shell text is not meant.
    fn placeholders(template: &str) -> Vec<&str> {
        template
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(inner, _)| inner)
            .filter(|inner| inner.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.'))
            .collect()
    }

    fn check_placeholders(entry: &ServiceEntry, template: &str, inside: bool) {
        for placeholder in placeholders(template) {
            let known = match placeholder {
                "port" | "host" => true,
                "user" => entry.credentials.is_some_and(|it| !it.user.is_empty()),
                "password" => entry.credentials.is_some(),
                "database" => entry.credentials.is_some_and(|it| !it.database.is_empty()),
                "name" | "outside_port" => inside,
                other => other
                    .strip_prefix("port.")
                    .is_some_and(|name| entry.more_ports.iter().any(|(known, _)| *known == name)),
            };
            assert!(known, "{}: {{{placeholder}}} in {template}", entry.id);
        }
    }

    #[test]
    fn every_word_means_one_entry() {
        let mut words = BTreeSet::new();
        for entry in ALL {
            for word in entry.aliases.iter().chain([&entry.id]) {
                assert!(words.insert(*word), "{word} is there twice");
                assert!(Name::parse(word).is_ok(), "{word}");
            }
        }
    }

    #[test]
    fn templates_use_only_what_the_entry_has() {
        for entry in ALL {
            let inside =
                entry.env.iter().chain(entry.files).map(|(_, text)| *text).chain(entry.command.iter().copied());
            inside.for_each(|text| check_placeholders(entry, text, true));
            entry.attributes.iter().for_each(|(_, text)| check_placeholders(entry, text, false));
        }
    }

    #[test]
    fn entries_are_whole() {
        for entry in ALL {
            let id = entry.id;
            assert!(entry.versions.accepts(entry.versions.default), "{id}");
            assert!(entry.image.contains('/') && !entry.image.contains(':'), "{id}");
            assert!(entry.versions.tag.contains("{version}"), "{id}");
            assert!(entry.attributes.iter().any(|(key, _)| *key == "url"), "{id} has no url");
            assert!(!entry.title.is_empty() && entry.boot_ms > 0, "{id}");
            assert!(entry.stop.signal.starts_with("SIG"), "{id}");
            let mut numbers = BTreeSet::from([entry.port]);
            let more = entry.more_ports.iter().map(|(_, number)| *number).chain(entry.outside_listener);
            more.for_each(|number| assert!(numbers.insert(number), "{id}: port {number} is there twice"));
            assert!(!numbers.contains(&0), "{id}");
            assert!(entry.versions.exact.iter().all(|(short, _)| entry.versions.accepts(short)), "{id}");
        }
    }

    #[test]
    fn no_secret_stands_in_an_argument() {
        for entry in ALL {
            assert!(entry.command.iter().all(|word| !word.contains("{password}")), "{}", entry.id);
        }
    }

    #[test]
    fn a_version_becomes_what_is_published() {
        let tag = |id: &str, version: &str| crate::catalog::service(id).map(|entry| entry.versions.tag(version));
        assert_eq!(tag("rabbitmq", "4").as_deref(), Some("4-management"));
        assert_eq!(tag("rabbitmq", "4-alpine").as_deref(), Some("4-alpine"));
        assert_eq!(tag("kafka", "3").as_deref(), Some("3.9.1"));
        assert_eq!(tag("mailpit", "1.20").as_deref(), Some("v1.20"));
        assert_eq!(tag("pg", "16.4").as_deref(), Some("16.4"));
    }

    #[test]
    fn postgres_keeps_its_data_elsewhere_from_18_on() {
        let data = databases::POSTGRES.data.unwrap();
        assert_eq!(data.path_in("17.2-alpine"), "/var/lib/postgresql/data");
        assert_eq!(data.path_in("18"), "/var/lib/postgresql");
    }
}
