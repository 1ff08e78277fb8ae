//! `create` and `clone`: a new database, empty or as another one is or was.

use std::path::PathBuf;

use super::{Desk, made};
use crate::db::Target;
use crate::db::dump::{self, Dump};
use crate::db::name::DatabaseName;
use crate::db::provider::{Copying, Then};
use crate::db::seed::Found;
use crate::problem::Problem;
use crate::state::{Made, Snapshot};

/// What a new database begins with.
#[derive(Debug, Clone)]
pub enum From {
    Empty,
    /// As another one of the same service is now.
    Database(String),
    Snapshot(Snapshot),
    /// As the manifest wants new databases of the service.
    Seed(Found),
    /// A dump.
    File(PathBuf),
}

impl From {
    fn said(&self) -> Option<String> {
        match self {
            Self::Empty => None,
            Self::Database(name) => Some(name.clone()),
            Self::Snapshot(snapshot) => Some(format!("snapshot {}", snapshot.id)),
            Self::Seed(_) => Some("seed".to_owned()),
            Self::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        }
    }
}

impl Desk<'_> {
    /// Makes a database; `lifetime` in seconds, `None` = it stays.
    ///
    /// # Errors
    /// There is one of that name, there is nothing to make it from, or the server's.
    pub async fn create(&self, name: &DatabaseName, from: &From, lifetime: Option<u64>) -> Result<(), Problem> {
        // Asked before anything is remembered: what is known of one that is there must stay true, whatever becomes of this command.
        // Where nothing is, and the server itself refuses to make one twice, its refusal is the answer.
        let is_told_by_refusal = matches!(from, From::Empty) && self.server.provider.numbers().is_none();
        let is_known = self.memory().made(self.service(), name.as_str()).is_some();
        if (is_known || !is_told_by_refusal) && self.one(name.as_str()).await.is_ok() {
            return Err(self.exists(name.as_str()));
        }
        let target = Target { name: name.as_str().to_owned(), number: self.free_number().await? };
        let begun = Made { begun: true, number: target.number, ..made(self.now, lifetime, from.said()) };
        self.remember(|memory| memory.add_made(self.service(), name.as_str(), begun))?;
        let result = self.fill(&target, from).await;
        self.found.replace(None);
        match result {
            Ok(()) => self.remember(|memory| {
                let made = memory.take_made(self.service(), name.as_str()).unwrap_or_default();
                memory.add_made(self.service(), name.as_str(), Made { begun: false, ..made });
            }),
            Err(problem) => {
                let _ = self.give_up_begun(&target).await;
                // Somebody else may have been faster.
                if self.one(name.as_str()).await.is_ok() { Err(self.exists(name.as_str())) } else { Err(problem) }
            }
        }
    }

    /// Forgets a database that was begun. Under a number, which was free, whatever there is of it goes first; under a name it is
    /// whole or somebody else's, and stays. What can't be removed now is removed by the next command.
    pub(super) async fn give_up_begun(&self, target: &Target) -> Result<(), Problem> {
        if target.number.is_some() {
            self.server.ask(&self.server.provider.remove(&self.server.account, target)).await?;
        }
        self.remember(|memory| drop(memory.take_made(self.service(), &target.name)))
    }

    async fn fill(&self, target: &Target, from: &From) -> Result<(), Problem> {
        let (server, account) = (self.server, &self.server.account);
        match from {
            From::Empty => server.ask(&server.provider.create(account, target, None)).await.map(|_| ()),
            From::Database(name) => {
                let found = self.one(name).await?;
                let (source, side) = (self.target(name), self.begin_side().await?);
                let copying = Copying { from: &source, found: &found, to: target, side: &side };
                let ways = server.provider.copy(account, &copying);
                let ways: Vec<_> = ways.into_iter().map(|way| way.marked(&side.name)).collect();
                let copied = server.ask_either(&ways).await;
                match &copied {
                    Ok(()) => self.end_side(&side)?,
                    Err(_) => self.give_up_side(&side).await,
                }
                copied
            }
            From::Snapshot(_) | From::Seed(_) | From::File(_) => {
                let side = self.fill_side(from).await?;
                let renamed = self.rename(&side, target).await;
                match &renamed {
                    Ok(()) => self.keep_as(&side, &target.name)?,
                    Err(_) => self.give_up_side(&side).await,
                }
                renamed
            }
        }
    }

    async fn fill_side(&self, from: &From) -> Result<Target, Problem> {
        match from {
            From::Snapshot(snapshot) => self.load_snapshot(snapshot, None).await,
            From::Seed(seed) => self.on_side(None, async |side| seed.pour(self.server, side, self.tell).await).await,
            From::File(path) => {
                let (reads, reader) = Dump::open(path)?.confined(self.server)?;
                let loaded = self.load(reader, None, |side| self.server.importing(side, (reads, Then::Done))).await;
                let shown = from.said().unwrap_or_default();
                loaded.map_err(|problem| dump::not_loaded(self.service(), &shown, problem))
            }
            From::Empty | From::Database(_) => self.on_side(None, async |_| Ok(())).await,
        }
    }

    /// What was filled on the side is the database that is made, under the number that it has already.
    fn keep_as(&self, side: &Target, name: &str) -> Result<(), Problem> {
        let made = self.memory().made(self.service(), name).cloned().unwrap_or_default();
        self.take_in(side, name, Made { number: side.number, ..made })
    }
}
