//! What is remembered of the seed that new data has to be filled with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Because, DataMemory};
use crate::names::Name;

/// How far a new database is with the seed that it has to be filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedState {
    Due,
    /// It was tried, and somebody may have written to the database since.
    Tried,
}

impl DataMemory {
    /// Whether data of a service was set aside because it never became whole.
    pub fn was_unfinished(&self, service: &Name) -> bool {
        self.all_aside().any(|(of, _, aside)| of == service && aside.because == Because::Unfinished)
    }

    /// Remembers that the current generation of a service is made now; with a login where it was made ahead, and with a seed where
    /// it has to be filled yet.
    pub fn begun(&mut self, service: &Name, login: BTreeMap<String, String>, seed: Option<SeedState>) {
        let generation = self.now(service);
        (generation.begun, generation.login, generation.seed) = (true, login, seed);
    }

    /// Remembers whether the current generation of a service is made without any seed.
    pub fn begun_without_seed(&mut self, service: &Name, is_without_seed: bool) {
        self.now(service).is_without_seed = is_without_seed;
    }

    /// Whether the current data of a service is older than its having a seed, and nobody has been told.
    pub fn is_older_than_seed(&self, service: &Name) -> bool {
        let current = self.services.get(service).and_then(|data| data.generations.get(&data.current));
        current.is_some_and(|known| known.is_without_seed)
    }

    pub fn is_seed_due(&self, service: &Name) -> bool {
        let current = self.services.get(service).and_then(|data| data.generations.get(&data.current));
        current.is_some_and(|known| known.begun && known.seed.is_some())
    }

    /// The seed that the current generation of a service has to be filled with yet; from now on it counts as tried.
    pub fn try_seed(&mut self, service: &Name) -> Option<SeedState> {
        let generation = self.now(service);
        generation.seed.filter(|_| generation.begun).inspect(|_| generation.seed = Some(SeedState::Tried))
    }
}
