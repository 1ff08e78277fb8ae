//! Secrets that a person has stored, for each repo: all its clones and worktrees share them.
//!
//! They are kept in the keyring of this computer, where there is one, else in a file that only the user can read. What is in the file
//! is never older than what is in the keyring: a value goes there only when the keyring does not take it, and leaves it when it does.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::Folders;
use crate::host::{self, Keyring, Trouble};
use crate::names::Sensitive;

/// The secrets of one repo.
#[derive(Debug, Clone)]
pub struct SecretStore {
    path: PathBuf,
    repository: String,
    keyring: Option<Keyring>,
}

/// Where a stored value is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Keyring,
    File,
}

impl Place {
    pub fn words(self) -> &'static str {
        match self {
            Self::Keyring => "the keyring of this computer",
            Self::File => "a private file",
        }
    }
}

/// What the store has.
#[derive(Debug, Default)]
pub struct Looked {
    pub values: BTreeMap<String, (Sensitive, Place)>,
    /// Why the keyring could not be asked for the others.
    pub trouble: Option<Trouble>,
}

type Stored = BTreeMap<String, BTreeMap<String, String>>;

impl SecretStore {
    /// `repository` is what all clones of the repo have in common.
    pub fn open(folders: &Folders, repository: String, keyring: Option<Keyring>) -> Self {
        Self { path: folders.state.join("secrets.json"), repository, keyring }
    }

    /// Whether looking may take a while.
    pub fn has_keyring(&self) -> bool {
        self.keyring.is_some()
    }

    /// Of these secrets, those that are stored. The keyring is asked only for what the file does not have.
    ///
    /// # Errors
    /// The file is there and can't be read, or is damaged.
    pub fn get(&self, names: &[String]) -> anyhow::Result<Looked> {
        let mut own = self.read()?.remove(&self.repository).unwrap_or_default();
        let mut looked = Looked::default();
        let mut open = Vec::new();
        for name in names {
            match own.remove(name) {
                Some(value) => _ = looked.values.insert(name.clone(), (Sensitive::new(value), Place::File)),
                None => open.push(name.clone()),
            }
        }
        let Some(keyring) = self.keyring.as_ref().filter(|_| !open.is_empty()) else { return Ok(looked) };
        match keyring.get(open.iter().map(|name| self.account(name)).collect()) {
            Ok(values) => {
                let found = open.into_iter().zip(values);
                looked.values.extend(found.filter_map(|(name, value)| Some((name, (value?, Place::Keyring)))));
            }
            Err(trouble) => looked.trouble = worth_telling(trouble),
        }
        Ok(looked)
    }

    /// Answers where it is kept now, and why not in the keyring where there is one.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn set(&self, name: &str, value: &Sensitive) -> anyhow::Result<(Place, Option<Trouble>)> {
        let kept = self.keyring.as_ref().map(|keyring| keyring.set(self.account(name), value.clone()));
        if let Some(Ok(())) = kept {
            self.forget_in_file(name)?;
            return Ok((Place::Keyring, None));
        }
        self.change(|own| {
            own.insert(name.to_owned(), value.reveal().to_owned());
        })?;
        Ok((Place::File, kept.and_then(Result::err).and_then(worth_telling)))
    }

    /// Answers whether there was one, and why there may still be one in the keyring.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn remove(&self, name: &str) -> anyhow::Result<(bool, Option<Trouble>)> {
        let in_file = self.forget_in_file(name)?;
        match self.keyring.as_ref().map(|keyring| keyring.remove(self.account(name))) {
            None => Ok((in_file, None)),
            Some(Ok(in_keyring)) => Ok((in_file || in_keyring, None)),
            Some(Err(trouble)) => Ok((in_file, worth_telling(trouble))),
        }
    }

    /// What an entry is found by in the keyring.
    fn account(&self, name: &str) -> String {
        format!("{}/{name}", self.repository)
    }

    fn forget_in_file(&self, name: &str) -> anyhow::Result<bool> {
        if !self.read()?.get(&self.repository).is_some_and(|own| own.contains_key(name)) {
            return Ok(false);
        }
        let mut was_there = false;
        self.change(|own| was_there = own.remove(name).is_some())?;
        Ok(was_there)
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> anyhow::Result<()> {
        if let Some(folder) = self.path.parent() {
            host::create_private_folder(folder)?;
        }
        let lock = host::open_lock(&self.path.with_extension("lock"))?;
        lock.lock()?;
        let mut stored = self.read()?;
        change(stored.entry(self.repository.clone()).or_default());
        stored.retain(|_, own| !own.is_empty());
        Ok(host::write_private(&self.path, &serde_json::to_vec_pretty(&stored)?)?)
    }

    fn read(&self) -> anyhow::Result<Stored> {
        let bytes = match host::read_small(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Stored::new()),
            bytes => bytes?,
        };
        // The error itself would quote what it could not read.
        serde_json::from_slice(&bytes).map_err(|_| anyhow::anyhow!("{} is damaged", self.path.display()))
    }
}

/// That there is none is no news.
fn worth_telling(trouble: Trouble) -> Option<Trouble> {
    (trouble != Trouble::Absent).then_some(trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repo_has_its_own_and_nothing_damaged_is_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let shop = SecretStore::open(&folders, "shop".into(), None);
        let blog = SecretStore::open(&folders, "blog".into(), None);
        shop.set("KEY", &Sensitive::new("one")).unwrap();
        blog.set("KEY", &Sensitive::new("two")).unwrap();
        assert!(blog.remove("KEY").unwrap().0 && !blog.remove("KEY").unwrap().0);
        let looked = shop.get(&["KEY".to_owned(), "OTHER".to_owned()]).unwrap();
        assert_eq!(looked.values, [("KEY".to_owned(), (Sensitive::new("one"), Place::File))].into());
        host::write_private(&shop.path, b"{ \"shop\": { \"KEY\": sk_live").unwrap();
        let error = format!("{:#}", shop.set("OTHER", &Sensitive::new("x")).unwrap_err());
        assert!(error.contains("damaged") && !error.contains("sk_live"), "{error}");
    }
}
