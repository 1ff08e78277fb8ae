//! Whose data services work on, where every git branch has data of its own: what is checked out may have changed since they were
//! brought up.

use super::Failure;
use super::bring_up::{BringUp, Round};
use super::context::Context;
use super::data::DataLook;
use crate::host;
use crate::manifest::Manifest;
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::plan::up::with_needs;
use crate::state::{AsideEvent, DataMemory};

/// A service that works on the data of another branch than the one that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    pub service: Name,
    /// The branch that its data belongs to.
    pub branch: String,
    pub checked_out: String,
}

impl Context {
    /// Services that were not brought up since another branch was checked out.
    pub(super) fn elsewhere(&self, identity: &Identity, manifest: &Manifest) -> Vec<Elsewhere> {
        self.elsewhere_among(identity, by_branch(manifest).cloned().collect())
    }

    fn elsewhere_among(&self, identity: &Identity, services: Vec<Name>) -> Vec<Elsewhere> {
        let Some(checked_out) = host::current_branch(&identity.root).filter(|_| !services.is_empty()) else {
            return Vec::new();
        };
        let memory = DataMemory::read(&self.folders, &identity.id);
        let other = |service: Name| {
            let branch = memory.branch_of(&service).filter(|branch| *branch != checked_out)?.to_owned();
            Some(Elsewhere { service, branch, checked_out: checked_out.clone() })
        };
        services.into_iter().filter_map(other).collect()
    }

    /// Says whose data is served, for a command that leaves it so.
    pub(super) fn tell_elsewhere(&self, identity: &Identity, manifest: &Manifest) {
        self.tell_all(&self.elsewhere(identity, manifest));
    }

    /// The same of one service while the manifest can't be read.
    pub(super) fn tell_elsewhere_as_found(&self, identity: &Identity, service: &Name) {
        self.tell_all(&self.elsewhere_among(identity, vec![service.clone()]));
    }

    fn tell_all(&self, all: &[Elsewhere]) {
        for Elsewhere { service, branch, checked_out } in all {
            self.ui.warning(&format!(
                "`{service}` has the data of the branch `{branch}` until `devenv up` goes on with that of `{checked_out}`"
            ));
        }
    }

    /// ` of the branch …` for a sentence about data of these services; empty where branches have none of their own.
    pub(super) fn of_branch(&self, identity: &Identity, manifest: &Manifest, services: &[Name]) -> String {
        let branch =
            host::current_branch(&identity.root).filter(|_| by_branch(manifest).any(|it| services.contains(it)));
        branch.map_or_else(String::new, |branch| format!(" of the branch `{branch}`"))
    }
}

impl BringUp<'_> {
    /// Whether what is asked for works on the data of the branch that is checked out.
    pub(super) fn is_on_branch(&self, round: &Round) -> bool {
        let elsewhere = self.context.elsewhere(&self.identity, &self.manifest);
        if elsewhere.is_empty() {
            return true;
        }
        let selected = with_needs(&round.project, &round.found, &self.wishes.names);
        !elsewhere.iter().any(|one| selected.contains(&one.service))
    }

    /// Stops what works on the data of these services, so that it can be exchanged, and goes on with that of the branch that is
    /// checked out. For a command that has the environment's lock.
    ///
    /// # Errors
    /// Something can't be stopped, or the data can't be had.
    pub(super) async fn stop_on_branch(&mut self, look: DataLook, services: &[Name]) -> Result<DataLook, Failure> {
        let running = look.running();
        look.stop(self, &look.touched(services).intersection(&running).cloned().collect()).await?;
        if self.context.elsewhere(&self.identity, &self.manifest).is_empty() {
            return Ok(look);
        }
        self.wishes.names = services.to_vec();
        self.context.clear_half_made(&self.engine, &self.identity.id).await?;
        let teller = self.context.teller();
        let followed = self.follow_branch(&teller).await;
        teller.finish();
        followed?;
        DataLook::new(self).await
    }

    /// The branch that what was set aside belongs to, where another one is checked out.
    pub(super) fn other_branch<'a>(&self, memory: &DataMemory, event: &'a AsideEvent) -> Option<&'a str> {
        let branch = event.branch.as_deref()?;
        let service = by_branch(&self.manifest).find(|it| event.services.iter().any(|(of, _)| of == *it))?;
        let here = host::current_branch(&self.identity.root);
        let here = here.or_else(|| memory.branch_of(service).map(str::to_owned))?;
        (here != branch).then_some(branch)
    }
}

/// Services whose data goes by branch.
fn by_branch(manifest: &Manifest) -> impl Iterator<Item = &Name> {
    let wanted = manifest.services.iter().filter(|it| it.per_branch.as_ref().is_some_and(|it| it.value));
    wanted.map(|service| &service.name.value)
}
