//! `snapshot`, `restore`, `import` and `export`: out of the server and back.

use std::io::Read;
use std::time::{Duration, Instant};

use super::Desk;
use super::handover::Instead;
use crate::db::Target;
use crate::db::provider::Call;
use crate::db::seed::Found;
use crate::problem::{Problem, kinds};
use crate::state::{self, Made, Snapshot, SnapshotFile};
use crate::words;

/// Whether something may be in a new database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emptiness {
    /// Nobody can have written to it.
    Sure,
    /// It has been there for a while.
    Unsure,
}

/// How often a person is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);

impl Desk<'_> {
    /// Saves a database as it is now, outside of the engine.
    ///
    /// # Errors
    /// There is a snapshot of that name, there is no such database, the server's, or the disk is full.
    pub async fn snapshot(&self, name: &str, id: Option<&str>) -> Result<Snapshot, Problem> {
        let made_up = state::snapshot_id(name).map_err(|error| Problem::unwritable("no name could be made", error))?;
        let about = Snapshot {
            id: id.map_or(made_up, str::to_owned),
            environment: self.environment.to_string(),
            project: self.project.to_owned(),
            service: self.service().to_owned(),
            database: name.to_owned(),
            engine: self.server.entry.id.to_owned(),
            version: self.server.account.version.clone(),
            gzip: !self.server.provider.dumps_packed(),
            ..Snapshot::default()
        };
        state::forget_half_taken(self.folders);
        let mut file = SnapshotFile::begin(self.folders, about, self.now).map_err(|error| not_begun(id, &error))?;
        let mut progress = self.progress("saved");
        let dump = self.server.provider.dump(&self.server.account, &self.target(name));
        let dumped = self.server.read_from(&dump, |bytes| {
            progress(bytes.len() as u64);
            file.write(bytes)
        });
        if let Err(problem) = dumped.await {
            // Whether there is such a database is asked only now: it nearly always is.
            self.one(name).await?;
            return Err(problem);
        }
        file.finish().map_err(|error| Problem::unwritable("the snapshot can't be written down", error))
    }

    /// Brings a snapshot back into a database, in place of what is there; that is set aside.
    ///
    /// # Errors
    /// The snapshot is damaged or of another kind of server, or the server's. Nothing has changed then.
    pub async fn restore(&self, snapshot: &Snapshot, into: &str) -> Result<bool, Problem> {
        let is_there = self.found().await?.iter().any(|one| one.name == into);
        let side = self.load_snapshot(snapshot, is_there.then_some(into)).await?;
        self.take_over(&side, into, "restore", is_there).await?;
        Ok(is_there)
    }

    /// Reads statements or a dump into a database, in place of what is there; that is set aside.
    ///
    /// # Errors
    /// What is read is not what `call` takes, or the server's. Nothing has changed then.
    pub async fn import(
        &self,
        reader: Box<dyn Read + Send>,
        into: &str,
        call: impl FnOnce(&Target) -> Call,
    ) -> Result<bool, Problem> {
        let is_there = self.found().await?.iter().any(|one| one.name == into);
        let side = self.load(reader, is_there.then_some(into), call).await?;
        self.take_over(&side, into, "import", is_there).await?;
        Ok(is_there)
    }

    /// Fills the service's own database, which is new; what was in it all the same is set aside.
    ///
    /// # Errors
    /// The seed's or the server's. Nothing has changed then.
    pub async fn begin_with(&self, seed: &Found, emptiness: Emptiness) -> Result<(), Problem> {
        let own = self.server.account.database.clone();
        let side = self.on_side(Some(&own), async |side| seed.pour(self.server, side, self.tell).await).await?;
        self.take_over(&side, &own, "seed", true).await?;
        if emptiness == Emptiness::Sure {
            self.remove_newest_aside(&own).await?;
        }
        Ok(())
    }

    /// Fills a database of the command's own with a snapshot.
    pub(super) async fn load_snapshot(&self, snapshot: &Snapshot, like: Option<&str>) -> Result<Target, Problem> {
        let server = self.server;
        if !are_kin(&snapshot.engine, server.entry.id) {
            let what = format!("the snapshot `{}` is not of {}", snapshot.id, server.entry.title);
            return Err(Problem::new(&kinds::SNAPSHOT_FOREIGN, what)
                .why(format!(
                    "it was taken of `{}`, which was {} {}",
                    snapshot.service, snapshot.engine, snapshot.version
                ))
                .fix("devenv db list --snapshots"));
        }
        if let Some(why) = server.provider.refuses_dump(&snapshot.version, &server.account.version) {
            let what = format!("the snapshot `{}` is of a newer version than `{}`", snapshot.id, server.service);
            return Err(Problem::new(&kinds::SNAPSHOT_FOREIGN, what)
                .why(why)
                .fix(format!("{}: {}@{}        # in dev.yaml", server.service, snapshot.engine, snapshot.version)));
        }
        let reader = self.opened(snapshot).await.map_err(|error| damaged(snapshot, &error))?;
        self.load(reader, like, |side| server.provider.load(&server.account, side)).await
    }

    /// All of it is read for its checksum, which takes a while; other things go on meanwhile.
    async fn opened(&self, snapshot: &Snapshot) -> std::io::Result<Box<dyn Read + Send>> {
        let (folders, snapshot) = (self.folders.clone(), snapshot.clone());
        tokio::task::spawn_blocking(move || state::open_snapshot(&folders, &snapshot)).await?
    }

    pub(super) async fn load(
        &self,
        reader: Box<dyn Read + Send>,
        like: Option<&str>,
        call: impl FnOnce(&Target) -> Call,
    ) -> Result<Target, Problem> {
        let fill = async |side: &Target| {
            self.server.write_to(&call(side).marked(&side.name), reader, self.progress("loaded")).await
        };
        self.on_side(like, fill).await
    }

    /// Makes a database of the command's own and has it filled; what comes to nothing is removed.
    pub(super) async fn on_side(
        &self,
        like: Option<&str>,
        fill: impl AsyncFnOnce(&Target) -> Result<(), Problem>,
    ) -> Result<Target, Problem> {
        let (server, account, side) = (self.server, &self.server.account, self.begin_side().await?);
        let own = Target::named(&account.database);
        let like = like.map_or(own, |name| self.target(name));
        let filled = async {
            // Marked, since a server goes on making it where its client was killed.
            server.ask(&server.provider.create(account, &side, Some(&like)).marked(&side.name)).await?;
            fill(&side).await
        };
        if let Err(problem) = filled.await {
            self.give_up_side(&side).await;
            return Err(problem);
        }
        Ok(side)
    }

    /// What was filled on the side becomes the database; what was there is set aside.
    async fn take_over(&self, side: &Target, into: &str, because: &str, is_there: bool) -> Result<(), Problem> {
        let result = if is_there {
            self.hand_over(into, because, Instead::Side(side)).await
        } else {
            let renamed = self.rename(side, &self.target(into)).await;
            renamed.and_then(|()| {
                let from = Some(because.to_owned());
                let made = Made { at: self.now, from, number: side.number, ..Made::default() };
                self.take_in(side, into, made)
            })
        };
        if result.is_err() {
            self.give_up_side(side).await;
        }
        result
    }

    /// What was filled on the side has its name, and belongs to no command any more.
    pub(super) fn take_in(&self, side: &Target, name: &str, made: Made) -> Result<(), Problem> {
        self.remember(|memory| {
            memory.unfinished.retain(|one| one.name != side.name);
            memory.add_made(self.service(), name, made);
        })
    }

    /// Says now and then how much has passed.
    pub fn progress(&self, verb: &'static str) -> impl FnMut(u64) {
        let (mut done, mut told) = (0, Instant::now());
        move |bytes| {
            done += bytes;
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                (self.tell)(format!("{} {verb} so far", words::bytes(done)));
            }
        }
    }
}

/// Whether one reads what the other wrote.
fn are_kin(one: &str, other: &str) -> bool {
    const SAME: &[&str] = &["redis", "valkey"];
    one == other || (SAME.contains(&one) && SAME.contains(&other))
}

fn not_begun(id: Option<&str>, error: &std::io::Error) -> Problem {
    match (error.kind(), id) {
        (std::io::ErrorKind::AlreadyExists, Some(id)) => {
            Problem::new(&kinds::SNAPSHOT_EXISTS, format!("there is a snapshot `{id}` already"))
                .why("nothing was changed")
                .fix("choose another name")
                .fix(format!("devenv db drop --snapshot {id}        # removes it for good"))
        }
        _ => Problem::unwritable("the snapshot can't be written down", error),
    }
}

fn damaged(snapshot: &Snapshot, error: &std::io::Error) -> Problem {
    Problem::new(&kinds::SNAPSHOT_DAMAGED, format!("the snapshot `{}` can't be brought back", snapshot.id))
        .why(error.to_string())
        .fix("devenv db list --snapshots        # what else there is")
}
