//! `snapshot`, `restore`, `import` and `export`: out of the server and back.

use std::io::Read;
use std::time::{Duration, Instant};

use super::Desk;
use crate::db::Target;
use crate::db::provider::Call;
use crate::problem::{Problem, kinds};
use crate::state::{self, Made, Snapshot, SnapshotFile};
use crate::words;

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

    async fn load(
        &self,
        reader: Box<dyn Read + Send>,
        like: Option<&str>,
        call: impl FnOnce(&Target) -> Call,
    ) -> Result<Target, Problem> {
        let (server, account, side) = (self.server, &self.server.account, self.begin_side().await?);
        let own = Target::named(&account.database);
        let like = like.map_or(own, |name| self.target(name));
        let loaded = async {
            server.ask(&server.provider.create(account, &side, Some(&like))).await?;
            let progress = self.progress("loaded");
            server.write_to(&call(&side), reader, progress).await
        };
        if let Err(problem) = loaded.await {
            self.give_up_side(&side).await;
            return Err(problem);
        }
        Ok(side)
    }

    /// What was filled on the side becomes the database; what was there is set aside.
    async fn take_over(&self, side: &Target, into: &str, because: &str, is_there: bool) -> Result<(), Problem> {
        let (server, current) = (self.server, self.target(into));
        let made = self.memory().made(self.service(), into).cloned();
        let result = if is_there {
            let (id, aside) = self.note_aside(into, because, side.number)?;
            let swapped = server.ask(&server.provider.swap(&server.account, &current, side, &aside)).await;
            if swapped.is_err() {
                self.forget_aside(into, id)?;
            } else if let Some(made) = made {
                // It goes on to be what it was, with other content.
                self.remember(|memory| memory.add_made(self.service(), into, made))?;
            }
            swapped
        } else {
            let renamed = server.ask(&server.provider.rename(&server.account, side, &current)).await;
            if renamed.is_ok() {
                let made = Made { number: side.number, ..super::made(self.now, None, Some(because.to_owned())) };
                self.remember(|memory| memory.add_made(self.service(), into, made))?;
            }
            renamed
        };
        self.found.replace(None);
        match result {
            Ok(_) => self.end_side(side),
            Err(problem) => {
                self.give_up_side(side).await;
                Err(problem)
            }
        }
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
