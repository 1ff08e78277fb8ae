//! What a repo remembers of the template it was made from: the part `template` of `dev.lock`, which belongs to the repo and is committed.
//!
//! Of every file only the id is kept by which git knows its content. So whoever committed what was made has the original in the
//! repo's own history, and an update can tell a person's changes from the template's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::answers::Answers;
use super::{File, paths};
pub use crate::lockfile::LOCK;
use crate::lockfile::Lockfile;
use crate::problem::{Problem, kinds};
use crate::words::hex;

/// Its part of the file.
const PART: &str = "template";

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
        let record = Lockfile::read(lock)?.part::<Self>(PART)?;
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
        let mut lock = Lockfile::read(lock)?;
        lock.set_part(PART, self)?;
        lock.text()
    }
}

fn damaged(why: String) -> Problem {
    Problem::new(&kinds::LOCK_DAMAGED, format!("{LOCK} cannot be understood"))
        .why(why)
        .fix(format!("git checkout {LOCK}        # as it was committed last"))
}

/// The id by which git knows a content: the SHA-1 of a head with its length, and the content.
pub fn blob_id(bytes: &[u8]) -> String {
    let head = format!("blob {}\0", bytes.len());
    hex(&Sha1::new().chain_update(head).chain_update(bytes).finalize())
}
