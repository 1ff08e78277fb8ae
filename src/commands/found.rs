//! What is found of an environment: at the engine, and on this computer itself.

use super::Failure;
use super::context::Context;
use crate::engine::Engine;
use crate::manifest::Manifest;
use crate::model::resolve::Identity;
use crate::plan::observed::Observed;
use crate::problem::{Exit, Problem};
use crate::supervisor::Supervisor;

impl Context {
    /// The host apps of an environment.
    pub fn supervisor(&self, identity: &Identity) -> Supervisor {
        Supervisor::of(&self.folders, &identity.id)
    }

    /// One snapshot of everything that exists of an environment. Where all that the manifest names runs on this computer
    /// itself, no engine is needed.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn observe(
        &self,
        engine: &Engine,
        identity: &Identity,
        manifest: Option<&Manifest>,
    ) -> Result<Observed, Problem> {
        let on_host = self.supervisor(identity).observe();
        let is_needed = match manifest {
            Some(manifest) => !is_all_on_host(manifest),
            None => on_host.is_empty(),
        };
        let mut found = match engine.observe(&identity.id).await {
            Err(problem) if problem.exit == Exit::Engine && !is_needed => {
                if manifest.is_none() {
                    self.ui.note("Docker cannot be asked, so this is only about what runs on this computer itself");
                }
                Observed::default()
            }
            found => found?,
        };
        found.units.extend(on_host);
        Ok(found)
    }

    /// The engine and what is found, where the manifest can't be read at the moment; `None` = nothing is.
    ///
    /// # Errors
    /// The engine cannot be used.
    pub async fn find_without_manifest(&self, identity: &Identity) -> Result<Option<(Engine, Observed)>, Failure> {
        let engine = match self.engine().await {
            Err(_) if !self.supervisor(identity).observe().is_empty() => Engine::absent()?,
            engine => engine?,
        };
        let found = self.observe(&engine, identity, None).await?;
        if found.units.is_empty() {
            return Ok(None);
        }
        self.ui.note("dev.yaml cannot be read at the moment, so this is about what was brought up before");
        Ok(Some((engine, found)))
    }
}

pub fn is_all_on_host(manifest: &Manifest) -> bool {
    manifest.services.is_empty() && manifest.apps.iter().all(crate::manifest::App::is_on_host)
}
