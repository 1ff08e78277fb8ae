//! `create` and `clone`: a new database, empty or as another one is or was.

use std::path::PathBuf;

use super::{Desk, made};
use crate::db::Target;
use crate::db::dump::Dump;
use crate::db::name::DatabaseName;
use crate::db::provider::Copying;
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
        let service = self.service().to_owned();
        if self.memory().made(&service, name.as_str()).is_some() && self.one(name.as_str()).await.is_ok() {
            return Err(self.exists(name.as_str()));
        }
        let target = Target { name: name.as_str().to_owned(), number: self.free_number().await? };
        let before = self.memory().made(&service, name.as_str()).cloned();
        // Remembered first: what is made must not outlive its time because this command was killed.
        self.remember(|memory| {
            memory.add_made(
                &service,
                name.as_str(),
                Made { number: target.number, ..made(self.now, lifetime, from.said()) },
            )
        })?;
        let result = self.fill(&target, from).await;
        self.found.replace(None);
        if result.is_err() {
            self.remember(|memory| match before {
                Some(before) => memory.add_made(&service, name.as_str(), before),
                None => drop(memory.take_made(&service, name.as_str())),
            })?;
        }
        match result {
            Err(_) if self.one(name.as_str()).await.is_ok() => Err(self.exists(name.as_str())),
            result => result,
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
            From::Snapshot(_) | From::Seed(_) | From::File(_) => {
                let side = self.fill_side(from).await?;
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

    async fn fill_side(&self, from: &From) -> Result<Target, Problem> {
        match from {
            From::Snapshot(snapshot) => self.load_snapshot(snapshot, None).await,
            From::Seed(seed) => self.on_side(None, async |side| seed.pour(self.server, side, self.tell).await).await,
            From::File(path) => {
                let dump = Dump::open(path)?;
                let reads = self.server.reads(dump.content)?;
                self.load(dump.reader, None, |side| self.server.loading(reads, side)).await
            }
            From::Empty | From::Database(_) => self.on_side(None, async |_| Ok(())).await,
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
