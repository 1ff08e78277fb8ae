//! Data that another version wrote is brought over to the wanted one, after asking; what there is now is kept.

use std::collections::BTreeSet;
use std::time::Duration;

use super::bring_up::BringUp;
use super::context::{Context, Teller};
use super::data::DataLook;
use super::facts::unwritable;
use super::{Failure, walk};
use crate::catalog;
use crate::engine::{Engine, Owner};
use crate::events::Event;
use crate::execute::BringOver;
use crate::host;
use crate::model::{DataFolder, ImageRef, Project, Sensitive, Unit};
use crate::names::{EnvironmentId, Name};
use crate::plan::data::{OtherVersion, to_bring_over};
use crate::plan::observed::{FoundState, Observed, Role};
use crate::plan::up::with_needs;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{DataMemory, DatabaseMemory, Found};
use crate::ui::ask::Answer;
use crate::words;

/// The variables of the catalog that say who administers the data.
const USER: &str = "POSTGRES_USER";
const PASSWORD: &str = "POSTGRES_PASSWORD";

impl Context {
    /// Removes what a command has left that was killed while it filled a data folder; for a command that has the environment's lock.
    ///
    /// # Errors
    /// The engine's, or the state folder can't be written to.
    pub(super) async fn clear_half_made(&self, engine: &Engine, id: &EnvironmentId) -> Result<(), Failure> {
        let mut memory = DataMemory::read(&self.folders, id);
        let half_made = memory.half_made().to_vec();
        if half_made.is_empty() {
            return Ok(());
        }
        let found = engine.observe(id).await?;
        for (service, generation) in &half_made {
            let doing = crate::engine::Doing::Stop { unit: service.to_string() };
            for helper in found.units.iter().filter(|one| one.name == *service && one.role == Role::Setup) {
                // The old version works on the data that goes on to be used.
                engine.stop(&helper.id).await.map_err(|fault| fault.problem(&doing))?;
                engine.remove(&helper.id).await.map_err(|fault| fault.problem(&doing))?;
            }
            let folder = DataFolder::name_of(id, service, *generation);
            engine.remove_data(&folder).await.map_err(|fault| fault.problem(&doing))?;
            memory.forget_half_made(service, *generation);
        }
        memory.write(&self.folders, id).map_err(unwritable)
    }
}

impl BringUp<'_> {
    /// Where a service was refused because of data that can be brought over: asks, and does it.
    ///
    /// # Errors
    /// The refusal, where nobody agrees or it can't be done; or what went wrong on the way.
    pub(super) async fn bring_over(&self, teller: &Teller<'_>, refusal: Failure) -> Result<(), Failure> {
        let is_about_data = matches!(&refusal, Failure::Problems(all) if all.iter().all(|problem| problem.kind == &kinds::DATA_OTHER_VERSION));
        if !is_about_data {
            return Err(refusal);
        }
        let mut look = DataLook::new(self).await?;
        let selected = with_needs(&look.project, &look.found, &self.wishes.names);
        let moves: Vec<(Unit, OtherVersion)> = to_bring_over(&look.project, &look.found, &selected)
            .into_iter()
            .map(|(unit, other)| (unit.clone(), other))
            .collect();
        let agrees = |(unit, other): &(Unit, OtherVersion)| {
            self.context.ui.ask(&question(unit, other), Answer::No) == Answer::Yes
        };
        if moves.is_empty() || !moves.iter().all(agrees) {
            return Err(refusal);
        }
        let services: Vec<Name> = moves.iter().map(|(unit, _)| unit.name.clone()).collect();
        let running = look.running();
        look.stop(self, &look.touched(&services).intersection(&running).cloned().collect::<BTreeSet<_>>()).await?;
        for (unit, other) in &moves {
            let done = self.bring_one_over(teller, &mut look, unit, other).await;
            done.inspect_err(|_| teller.finish())?;
        }
        Ok(())
    }

    async fn bring_one_over(
        &self,
        teller: &Teller<'_>,
        look: &mut DataLook,
        unit: &Unit,
        other: &OtherVersion,
    ) -> Result<(), Failure> {
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let there: Vec<String> = look.found.data.keys().cloned().collect();
        let generation = look.memory.begin_filling(&unit.name, &Found { id, folders: &there });
        look.memory.write(folders, id).map_err(unwritable)?;
        let tell = |event| teller.tell(event);
        let task = self.task(look, (unit, other), generation, &tell).await?;
        let limit = self.wishes.timeout;
        let result = tokio::select! {
            result = task.run() => result.map_err(Failure::from),
            () = walk::interrupted() => Err(Failure::Shown(Exit::Interrupted)),
            () = tokio::time::sleep(limit.unwrap_or(Duration::MAX)) => Err(out_of_time(unit, limit).into()),
        };
        if let Err(failure) = result {
            // What can't be removed now is removed by the next command.
            let _ = self.context.clear_half_made(&self.engine, &self.identity.id).await;
            return Err(failure);
        }
        let written_by = format!("{}@{}", other.id, other.wanted);
        look.memory.move_to((&unit.name, generation), written_by, host::now(), &look.done(folders));
        look.memory.write(folders, id).map_err(unwritable)?;
        DatabaseMemory::change(folders, id, |_| ()).map_err(unwritable)?;
        let text = format!("its data was brought over to {}; `devenv undo` brings back what was there", other.wanted);
        tell(Event::Note { name: Some(unit.name.clone()), text });
        Ok(())
    }

    async fn task<'a>(
        &'a self,
        look: &DataLook,
        (unit, other): (&'a Unit, &OtherVersion),
        generation: u32,
        tell: &'a dyn Fn(Event),
    ) -> Result<BringOver<'a>, Failure> {
        let id = &self.identity.id;
        let Some(data) = &unit.data else { return Err(Failure::Bug(anyhow::anyhow!("no data to bring over"))) };
        let (image, before) = self.as_it_ran(look, unit, other).await?;
        let current = DataFolder::generation_of(id, &unit.name, &data.name).unwrap_or(1);
        let login = look.memory.get(&unit.name, current).map(|known| known.login.clone()).unwrap_or_default();
        let remembered = |key: &str| login.get(key).map(|value| Sensitive::new(value.as_str()));
        let of = |all: &[(String, Sensitive)], key: &str| {
            all.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
        };
        let all = |key: &str| [remembered(key), of(&before, key), of(&unit.env, key)].into_iter().flatten();
        let mut users: Vec<String> = all(USER).map(|user| user.reveal().to_owned()).collect();
        users.extend(["app", "postgres"].map(str::to_owned));
        let mut once = BTreeSet::new();
        users.retain(|user| !user.is_empty() && once.insert(user.clone()));
        let password = all(PASSWORD).find(|password| !password.reveal().is_empty());
        let random = || -> anyhow::Result<Sensitive> { Ok(Sensitive::new(words::hex(&host::random::<16>()?))) };
        Ok(BringOver {
            engine: &self.engine,
            owner: Owner {
                id: id.clone(),
                project: look.project.name.to_string(),
                checkout: self.identity.root.clone(),
                network: String::new(),
            },
            tell,
            unit,
            had: other.had.clone(),
            image,
            path: old_path(other, &data.path),
            wanted: other.wanted.clone(),
            from: data.name.clone(),
            to: DataFolder::name_of(id, &unit.name, generation),
            users,
            password: password.map_or_else(random, Ok).map_err(Failure::Bug)?,
        })
    }

    /// What the data was last served by, and its variables; where nothing of it is left, the catalog's.
    async fn as_it_ran(
        &self,
        look: &DataLook,
        unit: &Unit,
        other: &OtherVersion,
    ) -> Result<(ImageRef, Vec<(String, Sensitive)>), Failure> {
        let usable = |state: FoundState| state != FoundState::Unusable;
        let of_unit = look.found.units.iter().filter(|one| one.name == unit.name && one.role == Role::Main);
        for one in of_unit.filter(|one| usable(one.state)) {
            let image = self.engine.image_of(&one.id).await.ok().flatten();
            let is_old = |image: &ImageRef| catalog::major(&image.tag) == catalog::major(&other.had);
            if let Some(image) = image.filter(is_old) {
                return Ok((image, self.engine.variables(&one.id).await.unwrap_or_default()));
            }
        }
        let entry = catalog::service(other.id).ok_or_else(|| Failure::Bug(anyhow::anyhow!("not in the catalog")))?;
        let image = format!("{}:{}", entry.image, entry.versions.tag(&other.had));
        let image = ImageRef::parse(&image).map_err(|wrong| Failure::Bug(anyhow::anyhow!("{image} {wrong}")))?;
        Ok((image, Vec::new()))
    }
}

/// Takes data that would be brought over for brought over; answers what would be done, a sentence each.
pub(super) fn foresee(project: &Project, found: &mut Observed, selected: &BTreeSet<Name>) -> Vec<String> {
    let mut told = Vec::new();
    for (unit, other) in to_bring_over(project, found, selected) {
        if let Some(written) = unit.data.as_ref().and_then(|data| found.data.get_mut(&data.name)) {
            *written = Some(format!("{}@{}", other.id, other.wanted));
            told.push(format!(
                "`{}`, bring its data over from {} {} to {}, after asking; what is there now is kept",
                unit.name,
                title(&other),
                other.had,
                other.wanted
            ));
        }
    }
    told
}

fn title(other: &OtherVersion) -> &'static str {
    catalog::service(other.id).map_or(other.id, |entry| entry.title)
}

/// Where the old version kept its data; a path of dev.yaml's own holds for every version.
fn old_path(other: &OtherVersion, path: &str) -> String {
    let usual = catalog::service(other.id).and_then(|entry| entry.data);
    let old = usual.filter(|usual| usual.path_in(&other.wanted) == path).map(|usual| usual.path_in(&other.had));
    old.unwrap_or(path).to_owned()
}

fn question(unit: &Unit, other: &OtherVersion) -> String {
    let (name, title, had, wanted) = (&unit.name, title(other), &other.had, &other.wanted);
    format!("The data of `{name}` was written by {title} {had}; bring it over to {wanted}? What is there now is kept")
}

fn out_of_time(unit: &Unit, limit: Option<Duration>) -> Problem {
    let limit = limit.unwrap_or_default();
    let what = format!("the data of `{}` was not brought over within {}", unit.name, words::duration(limit));
    Problem::new(&kinds::DEADLINE, what)
        .why("the data is as it was, and nothing else is left")
        .fix(format!("devenv up --yes --timeout {}        # if it only needs longer", limit.as_secs().max(1) * 10))
}
