//! Names of services as a manifest has them, and as values still call them.

use std::collections::BTreeMap;

use super::read::evidence;
use crate::compose::Place;
use crate::compose::project::Project;
use crate::detect::Note;
use crate::detect::hosts::is_host_between;
use crate::names::Name;

pub struct Names {
    /// From the project's name to the manifest's.
    by_own: BTreeMap<String, String>,
    /// Every word by which one is reached, where it is not the manifest's.
    hosts: Vec<(String, String)>,
    renamed: Vec<(String, String, Place)>,
}

impl Names {
    pub fn of(project: &Project) -> Self {
        let mut names = Self { by_own: BTreeMap::new(), hosts: Vec::new(), renamed: Vec::new() };
        for service in &project.services {
            let mut name = Name::from_any(&service.name).to_string();
            let mut number = 2;
            while names.by_own.values().any(|known| *known == name) {
                name = format!("{}-{number}", Name::from_any(&service.name));
                number += 1;
            }
            let aliases = service.networks.iter().flat_map(|network| &network.aliases);
            let others = aliases.chain(&service.container_name).chain(&service.hostname).chain([&service.name]);
            for host in others.filter(|host| !host.is_empty() && **host != name) {
                names.hosts.push((host.clone(), name.clone()));
            }
            if name != service.name {
                names.renamed.push((service.name.clone(), name.clone(), service.place.clone()));
            }
            names.by_own.insert(service.name.clone(), name);
        }
        for (service, alias) in project.services.iter().flat_map(|service| &service.links) {
            let name = names.by_own.get(service).filter(|name| *name != alias && !alias.is_empty());
            if let Some(host) =
                name.map(|name| (alias.clone(), name.clone())).filter(|host| !names.hosts.contains(host))
            {
                names.hosts.push(host);
            }
        }
        // The longer first, so that no beginning of one is taken for it.
        names.hosts.sort_by_key(|(host, _)| std::cmp::Reverse(host.len()));
        let own = names.by_own.clone();
        names.hosts.retain(|(host, _)| !own.contains_key(host) || own[host] != *host);
        names
    }

    pub fn get(&self, name: &str) -> &str {
        self.by_own.get(name).map_or("", String::as_str)
    }

    /// A value with the manifest's names where it means one of the services as a host.
    pub fn in_value(&self, value: &str) -> String {
        let mut value = value.to_owned();
        for (host, name) in &self.hosts {
            value = replaced(&value, host, name);
        }
        value
    }

    pub fn notes(&self) -> Vec<Note> {
        let note = |(own, name, place): &(String, String, Place)| Note {
            text: format!("`{own}` is called `{name}` here, also where values name it"),
            evidence: vec![evidence(place)],
        };
        self.renamed.iter().map(note).collect()
    }
}

/// Replaces a host wherever a value means one.
fn replaced(value: &str, host: &str, name: &str) -> String {
    if value == host {
        return name.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(host).filter(|_| !host.is_empty()) {
        let (before, from) = rest.split_at(at);
        let after = &from[host.len()..];
        out.push_str(before);
        let is_host = is_host_between(&out, after);
        out.push_str(if is_host { name } else { host });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_replaced_and_nothing_else() {
        for (value, wanted) in [
            ("my_db", "my-db"),
            ("postgres://u:p@my_db:5432/my_db", "postgres://u:p@my-db:5432/my_db"),
            ("http://my_db/x", "http://my-db/x"),
            ("my_db:5432", "my-db:5432"),
            ("a:1,my_db:2", "a:1,my-db:2"),
            ("my_db_test", "my_db_test"),
            ("the my_db: one", "the my_db: one"),
            ("Server=my_db;Database=my_db", "Server=my-db;Database=my_db"),
            ("Server=tcp:my_db,1433;User=x", "Server=tcp:my-db,1433;User=x"),
            ("host=my_db port=5432 dbname=my_db", "host=my-db port=5432 dbname=my_db"),
            ("psql -h my_db -d my_db", "psql -h my-db -d my_db"),
            ("wait my_db:5432 -- run --url=my_db:1", "wait my-db:5432 -- run --url=my-db:1"),
            ("jdbc:sqlserver://my_db;database=x", "jdbc:sqlserver://my-db;database=x"),
        ] {
            assert_eq!(replaced(value, "my_db", "my-db"), wanted);
        }
        assert_eq!(replaced("a", "", "b"), "a");
    }
}
