//! What an environment keeps for itself: its salt and the passwords of its services.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host;
use crate::model::Sensitive;
use crate::names::{EnvironmentId, Name};

/// As long as the data it belongs to.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    pub salt: Vec<u8>,
    pub passwords: BTreeMap<Name, Sensitive>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    /// For a person who looks at the folder.
    checkout: String,
    salt: String,
    passwords: BTreeMap<String, String>,
}

/// Recalls an environment, making what is missing for these services; a password that could be recovered is taken over.
///
/// # Errors
/// No random bytes, or the state folder can't be written to.
pub fn recall(
    folders: &Folders,
    (id, checkout): (&EnvironmentId, &Path),
    with_credentials: &[Name],
    recovered: &BTreeMap<Name, Sensitive>,
) -> anyhow::Result<Memory> {
    let path = folders.environment(id).join("environment.json");
    let mut stored: Stored = read_json(&path);
    let mut changed = stored.salt.is_empty();
    if stored.salt.is_empty() {
        stored.salt = crate::words::hex(&host::random::<16>()?);
        stored.checkout = checkout.display().to_string();
    }
    for name in with_credentials {
        if !stored.passwords.contains_key(name.as_str()) {
            let password = match recovered.get(name) {
                Some(password) => password.reveal().to_owned(),
                None => new_password()?,
            };
            stored.passwords.insert(name.to_string(), password);
            changed = true;
        }
    }
    if changed {
        host::write_private(&path, &serde_json::to_vec_pretty(&stored)?)?;
    }
    Ok(stored.into_memory(with_credentials))
}

/// What is remembered, without making anything: a password that is not known is empty.
pub fn remembered(folders: &Folders, id: &EnvironmentId, with_credentials: &[Name]) -> Memory {
    let stored: Stored = read_json(&folders.environment(id).join("environment.json"));
    stored.into_memory(with_credentials)
}

impl Stored {
    fn into_memory(self, with_credentials: &[Name]) -> Memory {
        let password = |name: &Name| self.passwords.get(name.as_str()).cloned().unwrap_or_default();
        let passwords = with_credentials.iter().map(|name| (name.clone(), Sensitive::new(password(name)))).collect();
        Memory { salt: self.salt.into_bytes(), passwords }
    }
}

/// Those of these services whose password is not remembered.
pub fn forgotten(folders: &Folders, id: &EnvironmentId, with_credentials: &[Name]) -> Vec<Name> {
    let stored: Stored = read_json(&folders.environment(id).join("environment.json"));
    with_credentials.iter().filter(|name| !stored.passwords.contains_key(name.as_str())).cloned().collect()
}

/// 120 random bits in letters and digits that need no escaping in a URL, a shell or a configuration file.
fn new_password() -> anyhow::Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    Ok(host::random::<24>()?.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_once_stays() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let db = Name::parse("db").unwrap();
        let first = recall(&folders, (&id, "/x".as_ref()), std::slice::from_ref(&db), &BTreeMap::new()).unwrap();
        let more = [db.clone(), Name::parse("mq").unwrap()];
        let second = recall(&folders, (&id, "/x".as_ref()), &more, &BTreeMap::new()).unwrap();
        assert_eq!(first.salt, second.salt);
        assert_eq!(first.passwords[&db], second.passwords[&db]);
        assert_ne!(second.passwords[&db], second.passwords[&more[1]]);
        assert_eq!(first.passwords[&db].reveal().len(), 24);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout("/x".as_ref());
        recall(&folders, (&id, "/x".as_ref()), &[], &BTreeMap::new()).unwrap();
        let path = folders.environment(&id).join("environment.json");
        #[expect(clippy::disallowed_methods, reason = "looks at the permission bits")]
        let meta = std::fs::metadata(path).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    }
}
