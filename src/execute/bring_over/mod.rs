//! Brings the data of a PostgreSQL service over to a newer version: the old version dumps it, the new one loads it into a
//! generation of its own. The data there is stays as it is.
//!
//! Both run beside the environment, without ports and without a network; what one prints goes straight to the other, through us and
//! never through a file. Nothing counts before everything has arrived and was compared.

mod client;
mod globals;
mod pass_on;

use std::time::Duration;

use super::step::told;
use crate::engine::{Doing, Engine, Fault, Owner};
use crate::events::{Event, StepState};
use crate::model::{DataFolder, ImageRef, Sensitive, Unit};
use crate::problem::{Problem, kinds};
use client::Client;

/// How long a server may take until it answers; one that was killed repairs its data first.
const START_LIMIT: Duration = Duration::from_secs(300);

/// One service whose data is to be brought over.
pub struct BringOver<'a> {
    pub engine: &'a Engine,
    pub owner: Owner,
    pub tell: &'a dyn Fn(Event),
    /// As it is wanted.
    pub unit: &'a Unit,
    /// What wrote the data: its version, what it was made from, where it keeps its data.
    pub had: String,
    pub image: ImageRef,
    pub path: String,
    pub wanted: String,
    /// The data folder there is, and the one to fill.
    pub from: String,
    pub to: String,
    /// Who may be an administrator of the old data, the likeliest first.
    pub users: Vec<String>,
    pub password: Sensitive,
}

impl BringOver<'_> {
    /// Fills the new generation. When it comes back, nothing of it runs any more; what is half-made is for the caller to remove.
    ///
    /// # Errors
    /// Everything that keeps the data from being complete; the old data is as it was.
    pub async fn run(&self) -> Result<(), Problem> {
        self.download(&self.image, &format!("PostgreSQL {}", self.had)).await?;
        if let Some(image) = self.unit.image() {
            self.download(image, &self.unit.title).await?;
        }
        let began = tokio::time::Instant::now();
        self.tell_step(StepState::Running, None);
        let mut helpers = Vec::new();
        let result = self.fill(&mut helpers).await;
        for helper in &helpers {
            let _ = self.engine.stop(helper).await;
            // One that stays behind after all is removed by the next `up` or `down`.
            let _ = self.engine.remove(helper).await;
        }
        let state = if result.is_ok() { StepState::Done } else { StepState::Failed };
        self.tell_step(state, Some(began.elapsed()));
        result
    }

    fn tell_step(&self, state: StepState, elapsed: Option<Duration>) {
        (self.tell)(Event::Setup {
            name: self.unit.name.clone(),
            step: format!("bring data over from PostgreSQL {} to {}", self.had, self.wanted),
            state,
            because: String::new(),
            elapsed_ms: elapsed.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        });
    }

    async fn fill(&self, helpers: &mut Vec<String>) -> Result<(), Problem> {
        let old = self.start(&self.old_unit(), "old", helpers).await?;
        let old = Client { of: self, id: old, user: String::new() }.find_user(&self.users, START_LIMIT).await?;
        let owner = old.owner().await?;
        let new = self.new_unit(&owner);
        if let Some(data) = &new.data {
            let made = self.engine.create_data(&self.owner, &new.name, data).await;
            made.map_err(|fault| self.faulty(&fault))?;
        }
        let new = self.start(&new, "new", helpers).await?;
        let new = Client { of: self, id: new, user: String::new() };
        let new = new.find_user(std::slice::from_ref(&owner), START_LIMIT).await?;
        self.pass_on(&old, &new, &owner).await?;
        let (had, has) = (old.contents().await?, new.contents().await?);
        if had != has {
            return Err(self.problem(client::difference(&had, &has)));
        }
        new.run("CHECKPOINT;", "postgres").await?;
        self.engine.stop(&new.id).await.map_err(|fault| self.faulty(&fault))?;
        let ended = self.engine.condition(&new.id).await.map_err(|fault| self.faulty(&fault))?;
        if ended.running || ended.exit_code != 0 {
            let lines = self.engine.last_lines(&new.id, 20).await;
            return Err(self.problem("the new version did not stop cleanly".to_owned()).output(lines));
        }
        Ok(())
    }

    async fn start(&self, unit: &Unit, purpose: &str, helpers: &mut Vec<String>) -> Result<String, Problem> {
        let made = self.engine.create_helper(&self.owner, unit, purpose).await;
        let id = made.map_err(|fault| self.faulty(&fault))?;
        helpers.push(id.clone());
        self.engine.start(&id).await.map_err(|fault| self.faulty(&fault))?;
        Ok(id)
    }

    /// The version that wrote the data, on that data.
    fn old_unit(&self) -> Unit {
        let mut unit = self.beside("postgres");
        unit.source = crate::model::Source::Image(self.image.clone());
        unit.data = Some(DataFolder { name: self.from.clone(), path: self.path.clone(), written_by: None });
        unit
    }

    /// The new version on an empty folder, with the same first role as the old data.
    fn new_unit(&self, owner: &str) -> Unit {
        let mut unit = self.beside(owner);
        if let Some(data) = &mut unit.data {
            data.name.clone_from(&self.to);
        }
        unit
    }

    fn beside(&self, owner: &str) -> Unit {
        /// What a first start runs; everything that it would make is in the dump.
        const FIRST_START: &str = "/docker-entrypoint-initdb.d";
        let mut unit = self.unit.clone();
        unit.binds.retain(|bind| !bind.target.starts_with(FIRST_START));
        unit.files.retain(|file| !file.target.starts_with(FIRST_START));
        let own = ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"];
        unit.env.retain(|(key, _)| !own.contains(&key.trim_end_matches("_FILE")));
        // The database that is there anyway, so that none is made which is in the dump.
        let set =
            [("POSTGRES_USER", owner), ("POSTGRES_PASSWORD", self.password.reveal()), ("POSTGRES_DB", "postgres")];
        unit.env.extend(set.map(|(key, value)| (key.to_owned(), Sensitive::new(value))));
        unit
    }

    async fn download(&self, image: &ImageRef, what: &str) -> Result<(), Problem> {
        if !self.engine.observe_images(&[image.clone()].into()).await?.is_empty() {
            return Ok(());
        }
        let name = &self.unit.name;
        let tell = |news| (self.tell)(told(news, name, what));
        let doing = Doing::Download { unit: name.to_string(), what: what.to_owned() };
        self.engine.download(image, tell).await.map_err(|fault| fault.problem(&doing))
    }

    fn faulty(&self, fault: &Fault) -> Problem {
        let said = fault.problem(&Doing::Start { unit: self.unit.name.to_string() });
        let why = if said.why.is_empty() { said.what } else { said.why };
        self.problem(why)
    }

    /// It did not come to the end, and this is why.
    pub fn problem(&self, why: String) -> Problem {
        let (name, had, wanted) = (&self.unit.name, &self.had, &self.wanted);
        let id = self.unit.catalog_id.unwrap_or("postgres");
        Problem::new(
            &kinds::DATA_NOT_BROUGHT_OVER,
            format!("the data of `{name}` could not be brought over to {wanted}"),
        )
        .why(format!("{why}; the data is as it was, and nothing else is left"))
        .fix(format!("{name}: {id}@{had}       # in dev.yaml, then devenv up: goes on with the data as it is"))
        .fix("devenv up --yes       # tries again")
    }
}
