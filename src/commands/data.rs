//! What `up` knows and remembers of the data of services.

use super::Failure;
use super::bring_up::BringUp;
use super::facts::unwritable;
use crate::events::State;
use crate::execute::Outcome;
use crate::model::{Kind, Project, Unit};
use crate::names::Name;
use crate::plan::observed::Observed;
use crate::state::DataMemory;

impl BringUp<'_> {
    /// Takes over what was found of data that nothing is remembered of, and corrects what was found by what is remembered.
    pub(super) fn recall_data(&self, found: &mut Observed) -> Result<(), Failure> {
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let mut memory = DataMemory::read(folders, id);
        let services: Vec<Name> = self.manifest.services.iter().map(|service| service.name.value.clone()).collect();
        if memory.adopt(id, &services, found) {
            memory.write(folders, id).map_err(unwritable)?;
        }
        memory.correct(id, found);
        Ok(())
    }

    /// Remembers which version has served each data folder: one that has been converted on the way can't be read by an older one.
    pub(super) fn remember_data(&self, project: &Project, outcome: &Outcome) {
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let mut memory = DataMemory::read(folders, id);
        let is_ready = |unit: &&Unit| outcome.states.get(&unit.name) == Some(&State::Ready);
        let mut news = false;
        for unit in project.units.iter().filter(|unit| unit.kind == Kind::Service).filter(is_ready) {
            let by = unit.data.as_ref().and_then(|data| data.written_by.as_ref());
            news |= by.is_some_and(|(entry, version)| memory.served(&unit.name, &format!("{entry}@{version}")));
        }
        if let Some(Err(error)) = news.then(|| memory.write(folders, id)) {
            self.context.ui.warning(&format!("what wrote the data could not be written down: {error:#}"));
        }
    }
}
