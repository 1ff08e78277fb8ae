//! What runs was started with values of secrets that may not be those of this shell: whoever only wants to go inside need not care.

use crate::manifest::Manifest;
use crate::model::env::variable_name;
use crate::model::fingerprint::{FILE, VARIABLE};
use crate::model::{Project, secrets};
use crate::names::Name;
use crate::plan::observed::{FoundState, Observed, Role};

/// Takes what runs for as it is wanted where only values of secrets may differ.
pub(super) fn overlook(manifest: &Manifest, project: &Project, found: &mut Observed) {
    let runs = found.units.iter_mut().filter(|one| one.role == Role::Main && one.state == FoundState::Running);
    for one in runs {
        let Some(unit) = project.unit(&one.name).filter(|_| !one.made_from.is_empty()) else { continue };
        let secret = SecretParts::of(manifest, &one.name);
        if unit.made_from.changed_since(&one.made_from).all(|part| secret.contain(part)) {
            one.fingerprint = unit.fingerprint.clone();
        }
    }
}

/// The parts of a service or app that values of secrets go into.
struct SecretParts {
    /// By their whole names.
    variables: Vec<String>,
    /// By how their names begin.
    beginnings: Vec<String>,
}

impl SecretParts {
    fn of(manifest: &Manifest, name: &Name) -> Self {
        let variables = secrets::variables_of(manifest, name).into_iter().map(|key| format!("{VARIABLE}{key}"));
        // In commands the address of a service is a variable of ours, and its login is part of that.
        let names = manifest.services.iter().map(|service| &service.name.value);
        let with_login = names.filter(|service| !secrets::of_login(manifest, service.as_str()).is_empty());
        let mut beginnings = Vec::new();
        for service in with_login {
            beginnings.push(format!("{VARIABLE}DEVENV_{}_", variable_name(service.as_str())));
            if service == name {
                beginnings.extend([VARIABLE, FILE, "run"].map(str::to_owned));
            }
        }
        Self { variables: variables.collect(), beginnings }
    }

    fn contain(&self, part: &str) -> bool {
        self.variables.iter().any(|name| name == part) || self.beginnings.iter().any(|begin| part.starts_with(begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_secrets_go_into_may_differ() {
        let text = "
secrets: { KEY: a key, WORD: a password }
services:
  db: { use: postgres, env: { POSTGRES_PASSWORD: '${secret.WORD}' } }
  cache: redis
apps:
  api: { runtime: node, run: 'x ${db.url} ${cache.url}', env: { KEY: '${secret.KEY}', DB: '${db.url}', LEVEL: debug } }
";
        let manifest = crate::manifest::load("dev.yaml", text.as_bytes()).unwrap();
        let parts = |name: &str| SecretParts::of(&manifest, &Name::parse(name).unwrap());
        let api = parts("api");
        for part in ["env KEY", "env DB", "env DEVENV_SECRET_KEY", "env DEVENV_DB_URL"] {
            assert!(api.contain(part), "{part}");
        }
        for part in ["env LEVEL", "env DEVENV_CACHE_URL", "run", "image", "port "] {
            assert!(!api.contain(part), "{part}");
        }
        assert!(parts("db").contain("env POSTGRES_PASSWORD") && !parts("db").contain("data"));
        assert!(!parts("cache").contain("run"));
    }
}
