//! Everything of ours on this computer, whichever environment it belongs to, as the engine knows it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::observed::Role;
use crate::names::EnvironmentId;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    pub units: Vec<InventoryUnit>,
    pub data: Vec<InventoryData>,
    /// Folders that nobody goes on with, and that data is built on.
    pub frozen: Vec<InventoryData>,
    pub networks: Vec<InventoryNetwork>,
}

/// What the labels say of the environment that something belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    pub id: EnvironmentId,
    pub project: String,
    /// Where the checkout was when this was made.
    pub checkout: PathBuf,
}

/// A service, an app or a place of setup, running or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryUnit {
    pub of: Belonging,
    /// The engine's id.
    pub id: String,
    pub name: String,
    pub role: Role,
    pub running: bool,
    /// The engine's id of what it was made from.
    pub image: String,
}

/// A folder that keeps a service's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryData {
    pub of: Belonging,
    pub name: String,
    /// The service that it was made for.
    pub unit: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryNetwork {
    pub of: Belonging,
    pub name: String,
}

impl Inventory {
    /// Every environment that has something.
    pub fn environments(&self) -> BTreeSet<EnvironmentId> {
        self.belongings().map(|of| of.id.clone()).collect()
    }

    /// What the labels say of an environment.
    pub fn belonging(&self, id: &EnvironmentId) -> Option<&Belonging> {
        self.belongings().find(|of| of.id == *id)
    }

    fn belongings(&self) -> impl Iterator<Item = &Belonging> {
        let units = self.units.iter().map(|one| &one.of);
        units.chain(self.data.iter().map(|one| &one.of)).chain(self.networks.iter().map(|one| &one.of))
    }

    /// How many services and apps of an environment run, and how many there are.
    pub fn running(&self, id: &EnvironmentId) -> (usize, usize) {
        let of_it = || self.units.iter().filter(|unit| unit.of.id == *id && unit.role == Role::Main);
        let names = |running: bool| {
            let units = of_it().filter(|unit| unit.running || !running);
            units.map(|unit| unit.name.as_str()).collect::<BTreeSet<_>>().len()
        };
        (names(true), names(false))
    }
}
