//! Names of services as a manifest has them, and as values still call them.

use std::collections::BTreeMap;

use super::read::evidence;
use crate::compose::Place;
use crate::compose::project::Project;
use crate::detect::Note;
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

/// Replaces a host: the whole value, what stands behind `//` or `@`, and what stands before `:` and a port.
fn replaced(value: &str, host: &str, name: &str) -> String {
    if value == host {
        return name.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(host) {
        let (before, from) = rest.split_at(at);
        let after = &from[host.len()..];
        let begins = before.ends_with("//")
            || before.ends_with('@')
            || ((out.is_empty() && before.is_empty()) || before.ends_with(','));
        let is_port = after.strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
        let is_behind_address = (before.ends_with("//") || before.ends_with('@'))
            && (after.is_empty() || after.starts_with(['/', '?', ',']));
        out.push_str(before);
        out.push_str(if begins && (is_port || is_behind_address) { name } else { host });
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
        ] {
            assert_eq!(replaced(value, "my_db", "my-db"), wanted);
        }
    }
}
