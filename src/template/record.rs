//! What a repo remembers of the template it was made from: the part `template` of `dev.lock`, which belongs to the repo and is committed.
//!
//! Of every file only the id is kept by which git knows its content. So whoever committed what was made has the original in the
//! repo's own history, and an update can tell a person's changes from the template's.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::answers::Answers;
use super::{File, paths};
use crate::problem::{Problem, kinds};
use crate::words::hex;

/// The file's name, at the root of the repo.
pub const LOCK: &str = "dev.lock";

const HEAD: &str = "# Written by devenv and meant to be committed. `devenv new --update` compares with it; nothing here is edited by hand.\n";

/// Where a service comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The name of a template of devenv's own, the address of a repository, or a folder.
    pub from: String,
    pub version: String,
    pub answers: Answers,
    /// Each file that was made, and git's id of its content.
    pub files: BTreeMap<String, String>,
}

/// The whole file; other parts of it stay as they are.
#[derive(Default, Serialize, Deserialize)]
struct Lock {
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Record>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_yaml::Value>,
}

impl Record {
    pub fn new(from: &str, version: &str, answers: &Answers, made: &[File]) -> Self {
        let files = made.iter().map(|file| (file.path.clone(), blob_id(&file.bytes))).collect();
        Self { from: from.to_owned(), version: version.to_owned(), answers: answers.clone(), files }
    }

    /// The record in the text of a lock file; `None` = the file says nothing of a template.
    ///
    /// # Errors
    /// The file can't be understood.
    pub fn read(lock: &str) -> Result<Option<Self>, Problem> {
        let record = parse(lock)?.template;
        let mut paths = record.iter().flat_map(|record| record.files.keys());
        match paths.find_map(|path| paths::check_one(path).err().map(|why| format!("`{path}` {why}"))) {
            // An update removes what a template no longer has: never outside of the repo.
            Some(why) => Err(damaged(why)),
            None => Ok(record),
        }
    }

    /// The text of the lock file with this record in it.
    ///
    /// # Errors
    /// The file that is there can't be understood.
    pub fn written_into(&self, lock: &str) -> Result<String, Problem> {
        let lock = Lock { template: Some(self.clone()), ..parse(lock)? };
        let text = serde_yaml::to_string(&lock).map_err(damaged)?;
        Ok(format!("{HEAD}{text}"))
    }
}

fn parse(lock: &str) -> Result<Lock, Problem> {
    let is_empty = lock.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
    if is_empty { Ok(Lock::default()) } else { serde_yaml::from_str(lock).map_err(damaged) }
}

fn damaged(why: impl Display) -> Problem {
    Problem::new(&kinds::LOCK_DAMAGED, format!("{LOCK} cannot be understood"))
        .why(why.to_string())
        .fix(format!("git checkout {LOCK}        # as it was committed last"))
}

/// The id by which git knows a content: the SHA-1 of a head with its length, and the content.
pub fn blob_id(bytes: &[u8]) -> String {
    let head = format!("blob {}\0", bytes.len());
    hex(&Sha1::new().chain_update(head).chain_update(bytes).finalize())
}
