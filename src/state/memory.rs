//! What an environment keeps for itself: its salt and the passwords of its services.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host;
use crate::manifest::Generator;
use crate::names::{EnvironmentId, Name, Sensitive};

/// As long as the data it belongs to.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    pub salt: Vec<u8>,
    pub passwords: BTreeMap<Name, Sensitive>,
    /// What was there could not be read and is kept here.
    pub damaged: Option<PathBuf>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    /// For a person who looks at the folder.
    checkout: String,
    salt: String,
    passwords: BTreeMap<String, String>,
    /// Secrets that were made here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    generated: BTreeMap<String, String>,
}

fn path_of(folders: &Folders, id: &EnvironmentId) -> PathBuf {
    folders.environment(id).join("environment.json")
}

/// Two that find nothing at the same time must not each make something else.
fn lock(folders: &Folders, id: &EnvironmentId) -> anyhow::Result<File> {
    folders.keep_private()?;
    host::create_folder(&folders.environment(id))?;
    let file = host::open_lock(&folders.environment(id).join("environment.lock"))?;
    file.lock()?;
    Ok(file)
}

/// Whether what is remembered can't be read: then it must not be taken for nothing, since the data knows its passwords.
pub fn is_damaged(folders: &Folders, id: &EnvironmentId) -> bool {
    match host::read_small(&path_of(folders, id)) {
        Ok(bytes) => serde_json::from_slice::<Stored>(&bytes).is_err(),
        Err(error) => !matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory),
    }
}

/// Recalls an environment, making what is missing for these services; a password that could be recovered is taken over. A
/// damaged file is set aside.
///
/// # Errors
/// No random bytes, or the state folder can't be written to.
pub fn recall(
    folders: &Folders,
    (id, checkout): (&EnvironmentId, &Path),
    with_credentials: &[Name],
    recovered: &BTreeMap<Name, Sensitive>,
) -> anyhow::Result<Memory> {
    let path = path_of(folders, id);
    // What is complete is not waited for.
    let known: Stored = read_json(&path);
    let complete = |stored: &Stored| with_credentials.iter().all(|name| stored.passwords.contains_key(name.as_str()));
    if !known.salt.is_empty() && complete(&known) {
        return Ok(known.into_memory(with_credentials));
    }
    let _lock = lock(folders, id)?;
    let damaged = set_aside(folders, id)?;
    let mut stored: Stored = read_json(&path);
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
        }
    }
    host::write_private(&path, &serde_json::to_vec_pretty(&stored)?)?;
    Ok(Memory { damaged, ..stored.into_memory(with_credentials) })
}

fn set_aside(folders: &Folders, id: &EnvironmentId) -> anyhow::Result<Option<PathBuf>> {
    if !is_damaged(folders, id) {
        return Ok(None);
    }
    let path = path_of(folders, id);
    let aside = path.with_extension(format!("damaged-{}.json", host::now()));
    let bytes = host::read_limited(&path, 4 << 20)?;
    host::write_private(&aside, &bytes)?;
    host::remove_file(&path);
    Ok(Some(aside))
}

/// Secrets made for this environment, those that are missing made now.
///
/// # Errors
/// No random bytes, or the state folder can't be written to.
pub fn generate(
    folders: &Folders,
    id: &EnvironmentId,
    wanted: &[(String, Generator)],
) -> anyhow::Result<BTreeMap<String, Sensitive>> {
    let path = path_of(folders, id);
    let known: Stored = read_json(&path);
    if wanted.iter().all(|(name, _)| known.generated.contains_key(name)) {
        return Ok(known.generated(wanted));
    }
    let _lock = lock(folders, id)?;
    set_aside(folders, id)?;
    let mut stored: Stored = read_json(&path);
    for (name, generator) in wanted {
        if !stored.generated.contains_key(name) {
            stored.generated.insert(name.clone(), new_value(*generator)?);
        }
    }
    host::write_private(&path, &serde_json::to_vec_pretty(&stored)?)?;
    Ok(stored.generated(wanted))
}

/// Those that were made before.
pub fn generated_before(
    folders: &Folders,
    id: &EnvironmentId,
    wanted: &[(String, Generator)],
) -> BTreeMap<String, Sensitive> {
    let stored: Stored = read_json(&path_of(folders, id));
    stored.generated(wanted)
}

fn new_value(generator: Generator) -> anyhow::Result<String> {
    use base64::Engine;
    Ok(match generator {
        Generator::Hex32 => crate::words::hex(&host::random::<16>()?),
        Generator::Hex64 => crate::words::hex(&host::random::<32>()?),
        Generator::Base64 => base64::engine::general_purpose::STANDARD.encode(host::random::<32>()?),
        Generator::Password => new_password()?,
        Generator::Uuid => {
            let mut bytes = host::random::<16>()?;
            // Version and variant, RFC 9562, section 5.4.
            bytes[6] = (bytes[6] & 0x0f) | 0x40;
            bytes[8] = (bytes[8] & 0x3f) | 0x80;
            let hex = crate::words::hex(&bytes);
            [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
        }
    })
}

/// What is remembered, without making anything: a password that is not known is empty.
pub fn remembered(folders: &Folders, id: &EnvironmentId, with_credentials: &[Name]) -> Memory {
    let stored: Stored = read_json(&path_of(folders, id));
    stored.into_memory(with_credentials)
}

impl Stored {
    fn into_memory(self, with_credentials: &[Name]) -> Memory {
        let password = |name: &Name| self.passwords.get(name.as_str()).cloned().unwrap_or_default();
        let passwords = with_credentials.iter().map(|name| (name.clone(), Sensitive::new(password(name)))).collect();
        Memory { salt: self.salt.into_bytes(), passwords, damaged: None }
    }

    fn generated(&self, wanted: &[(String, Generator)]) -> BTreeMap<String, Sensitive> {
        let one = |(name, _): &(String, Generator)| Some((name.clone(), Sensitive::new(self.generated.get(name)?)));
        wanted.iter().filter_map(one).collect()
    }
}

/// Those of these services whose password is not remembered.
pub fn forgotten(folders: &Folders, id: &EnvironmentId, with_credentials: &[Name]) -> Vec<Name> {
    let stored: Stored = read_json(&path_of(folders, id));
    with_credentials.iter().filter(|name| !stored.passwords.contains_key(name.as_str())).cloned().collect()
}

/// At least 115 random bits in letters and digits that need no escaping in a URL, a shell or a configuration file. One letter is
/// a capital and one character a digit, which some servers insist on.
fn new_password() -> anyhow::Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let character = |(index, byte): (usize, &u8)| match index {
        0 => char::from(ALPHABET[usize::from(byte % 24)]).to_ascii_uppercase(),
        1 => char::from(ALPHABET[usize::from(24 + byte % 8)]),
        _ => char::from(ALPHABET[usize::from(byte % 32)]),
    };
    Ok(host::random::<24>()?.iter().enumerate().map(character).collect())
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

    #[test]
    fn those_who_come_at_the_same_time_get_the_same() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let db = [Name::parse("db").unwrap()];
        let wanted = [("KEY".to_owned(), Generator::Hex32)];
        let both = || {
            let memory = recall(&folders, (&id, "/x".as_ref()), &db, &BTreeMap::new()).unwrap();
            let made = generate(&folders, &id, &wanted).unwrap();
            (memory.passwords[&db[0]].reveal().to_owned(), memory.salt, made["KEY"].reveal().to_owned())
        };
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(both)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|one| *one == all[0] && one.2.len() == 32));
    }

    #[test]
    fn a_damaged_file_is_kept_aside_and_what_was_recovered_counts() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout("/x".as_ref());
        let db = [Name::parse("db").unwrap()];
        host::write_private(&path_of(&folders, &id), b"{ \"passwords\": { \"db\": \"old").unwrap();
        assert!(is_damaged(&folders, &id));
        let recovered = BTreeMap::from([(db[0].clone(), Sensitive::new("recovered"))]);
        let memory = recall(&folders, (&id, "/x".as_ref()), &db, &recovered).unwrap();
        assert_eq!(memory.passwords[&db[0]].reveal(), "recovered");
        let aside = host::read_small(&memory.damaged.unwrap()).unwrap();
        assert!(aside.ends_with(b"old") && !is_damaged(&folders, &id));
    }

    #[test]
    fn random_values_have_the_form_they_are_named_after() {
        let lengths = Generator::ALL.map(|(name, generator)| (name, new_value(generator).unwrap().len()));
        assert_eq!(lengths, [("hex32", 32), ("hex64", 64), ("base64-32", 44), ("uuid", 36), ("password", 24)]);
        assert_eq!(&new_value(Generator::Uuid).unwrap()[14..15], "4");
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
