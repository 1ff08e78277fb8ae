//! A service begins with empty data: with a fork of what was made ahead where that is there, else in a folder of its own.

use std::collections::BTreeMap;

use super::{Executor, setup};
use crate::engine::{Doing, Fault, Ground};
use crate::host;
use crate::model::blank::blank_of;
use crate::model::{DataFolder, ImageRef, Unit};
use crate::problem::Problem;
use crate::state::{self, BlankHold, DataMemory, KeptBlank, SeedState};

impl Executor<'_> {
    pub(super) async fn create_data(&self, unit: &Unit) -> Result<(), Problem> {
        let Some(data) = &unit.data else { return Ok(()) };
        self.forget_setup_on(unit)?;
        // Where it can't be had, nothing is begun that would have to be filled.
        let seed = self.seed_of(unit).await?;
        let hold = BlankHold::to_use(self.folders);
        let hashes = seed.iter().map(|seed| Some(seed.hash.as_str())).chain([None]);
        for hash in hashes.filter(|_| hold.is_some()) {
            let Some(blank) = self.blank_for(unit, hash).await else { continue };
            let due = seed.as_ref().filter(|_| hash.is_none()).map(|_| SeedState::Due);
            if self.begin_with(unit, data, (&blank, due)).await? {
                return Ok(());
            }
        }
        self.note_begun(unit, BTreeMap::new(), seed.map(|_| SeedState::Due))?;
        let made = self.engine.create_data(&self.owner, &unit.name, data).await;
        made.map_err(|fault| fault.problem(&Doing::Create { unit: unit.name.to_string() }))
    }

    /// A service of the catalog tells when its data is whole: by being ready.
    fn note_begun(&self, unit: &Unit, login: BTreeMap<String, String>, seed: Option<SeedState>) -> Result<(), Problem> {
        if unit.data.as_ref().is_none_or(|data| data.written_by.is_none()) {
            return Ok(());
        }
        let begun = |memory: &mut DataMemory| {
            memory.begun(&unit.name, login, seed);
            memory.begun_without_seed(&unit.name, unit.seed.is_none());
            true
        };
        self.change_data_memory(begun).map_err(setup::unwritable)
    }

    /// What was made ahead for such a service. Where empty data has never become whole before, it makes its own.
    /// With a seed, what was filled with it.
    async fn blank_for(&self, unit: &Unit, seed: Option<&str>) -> Option<KeptBlank> {
        let kept = state::blanks(self.folders);
        if kept.is_empty() || self.data_memory().was_unfinished(&unit.name) {
            return None;
        }
        let made = self.engine.made_named(&unit.image()?.name_here()).await.ok()??;
        let blank = blank_of(unit, (&made.id, self.engine.address().url()), seed)?;
        kept.into_iter().find(|one| one.key == blank.key)
    }

    /// Answers whether it does; `false` = as if there were none. The password that it was made with is known to nobody but us, and
    /// gives way to the service's own at the first contact.
    async fn begin_with(
        &self,
        unit: &Unit,
        data: &DataFolder,
        (blank, seed): (&KeptBlank, Option<SeedState>),
    ) -> Result<bool, Problem> {
        self.note_begun(unit, blank.login.clone(), seed)?;
        let below = std::slice::from_ref(&blank.folder);
        let image = unit.image().map(ImageRef::name_here);
        let ground = Ground { image: image.as_deref(), root: blank.root };
        match self.engine.create_forks(&self.owner, &unit.name, std::slice::from_ref(data), (below, ground)).await {
            Ok(()) => {
                // Only `devenv gc` asks.
                let _ = state::note_blank_used(self.folders, &blank.folder, host::now());
                Ok(true)
            }
            Err(fault) => {
                self.give_up_blank(blank, &fault);
                Ok(false)
            }
        }
    }

    /// One that is gone is forgotten.
    fn give_up_blank(&self, blank: &KeptBlank, fault: &Fault) {
        if fault.kind == crate::engine::FaultKind::NotFound {
            // At worst it is tried once more.
            let _ = state::forget_blank(self.folders, &blank.folder);
        }
    }
}
