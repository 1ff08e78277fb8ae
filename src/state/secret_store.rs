//! Secrets that a person has stored, for each repo: all its clones and worktrees share them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Folders;
use crate::host;
use crate::names::Sensitive;

/// The secrets of one repo, in a file that only the user can read.
#[derive(Debug)]
pub struct SecretStore {
    path: PathBuf,
    repository: String,
}

type Stored = BTreeMap<String, BTreeMap<String, String>>;

impl SecretStore {
    /// `repository` is what all clones of the repo have in common.
    pub fn open(folders: &Folders, repository: String) -> Self {
        Self { path: folders.state.join("secrets.json"), repository }
    }

    /// All secrets of the repo, by name.
    ///
    /// # Errors
    /// The file is there and can't be read, or is damaged.
    pub fn all(&self) -> anyhow::Result<BTreeMap<String, Sensitive>> {
        let own = self.read()?.remove(&self.repository).unwrap_or_default();
        Ok(own.into_iter().map(|(name, value)| (name, Sensitive::new(value))).collect())
    }

    /// # Errors
    /// The file can't be read or written.
    pub fn set(&self, name: &str, value: &Sensitive) -> anyhow::Result<()> {
        self.change(|own| {
            own.insert(name.to_owned(), value.reveal().to_owned());
        })
    }

    /// Answers whether there was one.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub fn remove(&self, name: &str) -> anyhow::Result<bool> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repo_has_its_own_and_nothing_damaged_is_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let shop = SecretStore::open(&folders, "shop".into());
        let blog = SecretStore::open(&folders, "blog".into());
        shop.set("KEY", &Sensitive::new("one")).unwrap();
        blog.set("KEY", &Sensitive::new("two")).unwrap();
        assert_eq!(shop.all().unwrap()["KEY"].reveal(), "one");
        assert!(blog.remove("KEY").unwrap() && !blog.remove("KEY").unwrap());
        assert_eq!(shop.all().unwrap().len(), 1);
        host::write_private(&shop.path, b"{ \"shop\": { \"KEY\": sk_live").unwrap();
        let error = format!("{:#}", shop.set("OTHER", &Sensitive::new("x")).unwrap_err());
        assert!(error.contains("damaged") && !error.contains("sk_live"), "{error}");
    }
}
