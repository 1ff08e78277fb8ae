//! What the data of a service is known by once the service was ready with it: the version that wrote it, and its login.

use std::cell::RefMut;
use std::collections::BTreeMap;

use super::Executor;
use crate::catalog;
use crate::events::Event;
use crate::model::{Kind, Unit};
use crate::state::DataMemory;

impl Executor<'_> {
    /// Written down at once, whatever becomes of the rest: data that has been ready once is whole, and is a person's from then on.
    pub(super) fn remember_served(&self, unit: &Unit) {
        let by = unit.data.as_ref().and_then(|data| data.written_by.as_ref());
        let Some((entry, version)) = by.filter(|_| unit.kind == Kind::Service) else { return };
        let by = format!("{entry}@{version}");
        let written = self.change_data_memory(|memory| memory.served(&unit.name, &by, login_variables(unit, entry)));
        if let Err(error) = written {
            let text = format!("what wrote the data could not be written down: {error:#}");
            (self.tell)(Event::Note { name: Some(unit.name.clone()), text });
        }
    }

    /// What is remembered of data, read once a plan: who carries it out has the environment's lock.
    pub(super) fn data_memory(&self) -> RefMut<'_, DataMemory> {
        RefMut::map(self.data.borrow_mut(), |data| {
            data.get_or_insert_with(|| DataMemory::read(self.folders, &self.project.id))
        })
    }

    /// Changes it, and writes it down where that is news.
    pub(super) fn change_data_memory(&self, change: impl FnOnce(&mut DataMemory) -> bool) -> anyhow::Result<()> {
        let mut memory = self.data_memory();
        if change(&mut memory) { memory.write(self.folders, &self.project.id) } else { Ok(()) }
    }
}

/// The variables by which a service is told its login.
fn login_variables(unit: &Unit, entry: &str) -> BTreeMap<String, String> {
    const LOGIN: [&str; 3] = ["{user}", "{password}", "{database}"];
    let known = catalog::service(entry).map_or(&[][..], |entry| entry.env);
    let is_login = |key: &str| known.iter().any(|(of, template)| *of == key && LOGIN.contains(template));
    let chosen = unit.env.iter().filter(|(key, _)| is_login(key));
    chosen.map(|(key, value)| (key.clone(), value.reveal().to_owned())).collect()
}
