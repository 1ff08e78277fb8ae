//! `create` and `clone`: a new database, empty or as another one is or was.

use super::{Desk, made};
use crate::db::Target;
use crate::db::name::DatabaseName;
use crate::db::provider::Copying;
use crate::problem::Problem;
use crate::state::{Made, Snapshot};

/// What a new database begins with.
#[derive(Debug, Clone)]
pub enum From {
    Empty,
    /// As another one of the same service is now.
    Database(String),
    Snapshot(Snapshot),
}

impl From {
    fn said(&self) -> Option<String> {
        match self {
            Self::Empty => None,
            Self::Database(name) => Some(name.clone()),
            Self::Snapshot(snapshot) => Some(format!("snapshot {}", snapshot.id)),
        }
    }
}

impl Desk<'_> {
    /// Makes a database; `lifetime` in seconds, `None` = it stays.
    ///
    /// # Errors
    /// There is one of that name, there is nothing to make it from, or the server's.
    pub async fn create(&self, name: &DatabaseName, from: &From, lifetime: Option<u64>) -> Result<(), Problem> {
        // Asked before anything is remembered: what is there already must not get a time after which it goes.
        if self.one(name.as_str()).await.is_ok() {
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
                self.remember(|memory| drop(memory.take_made(self.service(), name.as_str())))?;
                // Somebody else may have been faster.
                if self.one(name.as_str()).await.is_ok() { Err(self.exists(name.as_str())) } else { Err(problem) }
            }
        }
    }

    async fn fill(&self, target: &Target, from: &From) -> Result<(), Problem> {
        let (server, account) = (self.server, &self.server.account);
        match from {
            From::Empty => server.ask(&server.provider.create(account, target, None)).await.map(|_| ()),
            From::Database(name) => {
                let found = self.one(name).await?;
                let (source, side) = (self.target(name), self.begin_side().await?);
                let copying = Copying { from: &source, found: &found, to: target, side: &side };
                let copied = server.ask_either(&server.provider.copy(account, &copying)).await;
                match &copied {
                    Ok(()) => self.end_side(&side)?,
                    Err(_) => self.give_up_side(&side).await,
                }
                copied
            }
            From::Snapshot(snapshot) => {
                let side = self.load_snapshot(snapshot, None).await?;
                let renamed = server.ask(&server.provider.rename(account, &side, target)).await;
                match &renamed {
                    Ok(_) => {
                        self.renumber(&target.name, side.number)?;
                        self.end_side(&side)?;
                    }
                    Err(_) => self.give_up_side(&side).await,
                }
                renamed.map(|_| ())
            }
        }
    }

    /// Remembers under which number something is kept now.
    pub(super) fn renumber(&self, name: &str, number: Option<u32>) -> Result<(), Problem> {
        let service = self.service().to_owned();
        self.remember(|memory| {
            if let Some(made) = memory.take_made(&service, name) {
                memory.add_made(&service, name, Made { number, ..made });
            }
        })
    }
}
