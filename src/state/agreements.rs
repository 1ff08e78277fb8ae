//! What a person has agreed to in a checkout, so that it is asked once, and again only when it changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Folders, read_json};
use crate::host;
use crate::names::EnvironmentId;

/// How many older agreements about one subject still hold: going back to another branch asks nothing anew.
const KEPT: usize = 50;

/// One thing that is agreed to, such as a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// For the person; holds no secret.
    pub shown: String,
    /// What is agreed to beside the words that are shown; only its hash is kept.
    pub content: String,
}

/// How things stand between what is wished for and what was agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Agreed,
    /// Nothing was ever agreed to.
    New,
    /// Something else was agreed to.
    Changed {
        /// Indices of the items that were not part of the last agreement.
        fresh: Vec<usize>,
        /// What the last agreement held and is gone now, as it was shown.
        gone: Vec<String>,
    },
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Subject {
    /// Hashes of everything agreed to, the newest last.
    hashes: Vec<String>,
    /// The items of the newest, each with the hash of its content.
    last: Vec<(String, String)>,
}

type Stored = BTreeMap<String, Subject>;

/// Whether exactly these items have been agreed to. `subject` keeps agreements about different things apart: `host apps`.
pub fn agreed(folders: &Folders, id: &EnvironmentId, subject: &str, items: &[Item]) -> Standing {
    let stored: Stored = read_json(&path(folders, id));
    let Some(known) = stored.get(subject) else { return Standing::New };
    let items = hashed(items);
    if known.hashes.contains(&hash_of_all(&items)) {
        return Standing::Agreed;
    }
    let fresh = items.iter().enumerate().filter(|(_, item)| !known.last.contains(item)).map(|(index, _)| index);
    let still = |shown: &String| items.iter().any(|(now, _)| now == shown);
    let gone = known.last.iter().map(|(shown, _)| shown).filter(|shown| !still(shown)).cloned();
    Standing::Changed { fresh: fresh.collect(), gone: gone.collect() }
}

/// Remembers that these items have been agreed to.
///
/// # Errors
/// The state folder can't be written to.
pub fn agree(folders: &Folders, id: &EnvironmentId, subject: &str, items: &[Item]) -> anyhow::Result<()> {
    let path = path(folders, id);
    let mut stored: Stored = read_json(&path);
    let known = stored.entry(subject.to_owned()).or_default();
    known.last = hashed(items);
    let hash = hash_of_all(&known.last);
    known.hashes.retain(|before| *before != hash);
    known.hashes.push(hash);
    known.hashes.drain(..known.hashes.len().saturating_sub(KEPT));
    host::write_private(&path, &serde_json::to_vec_pretty(&stored)?)?;
    Ok(())
}

fn path(folders: &Folders, id: &EnvironmentId) -> std::path::PathBuf {
    folders.environment(id).join("agreements.json")
}

fn hashed(items: &[Item]) -> Vec<(String, String)> {
    let hash = |item: &Item| crate::words::hex(&Sha256::digest(item.content.as_bytes()));
    items.iter().map(|item| (item.shown.clone(), hash(item))).collect()
}

fn hash_of_all(items: &[(String, String)]) -> String {
    // JSON keeps the parts apart; texts always have one.
    crate::words::hex(&Sha256::digest(serde_json::to_vec(items).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(shown: &str, content: &str) -> Item {
        Item { shown: shown.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn what_was_agreed_to_holds_until_it_changes_and_again_when_it_is_back() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let [here, elsewhere] = ["/x", "/y"].map(|path| EnvironmentId::of_checkout(path.as_ref()));
        let first = [item("api: run npm start", "npm start"), item("api: sets MODE", "fast")];
        assert_eq!(agreed(&folders, &here, "host apps", &first), Standing::New);
        agree(&folders, &here, "host apps", &first).unwrap();
        assert_eq!(agreed(&folders, &here, "host apps", &first), Standing::Agreed);
        assert_eq!(agreed(&folders, &here, "secrets", &first), Standing::New);
        assert_eq!(agreed(&folders, &elsewhere, "host apps", &first), Standing::New);
        // The words are the same, what they stand for is not.
        let second = [item("api: run npm test", "npm test"), item("api: sets MODE", "slow")];
        let changed = Standing::Changed { fresh: vec![0, 1], gone: vec!["api: run npm start".to_owned()] };
        assert_eq!(agreed(&folders, &here, "host apps", &second), changed);
        agree(&folders, &here, "host apps", &second).unwrap();
        assert_eq!(agreed(&folders, &here, "host apps", &first), Standing::Agreed);
        let file = String::from_utf8(host::read_small(&path(&folders, &here)).unwrap()).unwrap();
        assert!(!file.contains("slow"), "{file}");
    }
}
