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

    /// The engine; where all that the manifest names runs on this computer itself, it may be missing.
    ///
    /// # Errors
    /// None can be found.
    pub fn engine_for(&self, manifest: Option<&Manifest>) -> Result<Engine, Failure> {
        match self.engine() {
            Err(_) if manifest.is_some_and(is_all_on_host) => Ok(Engine::absent()?),
            engine => engine,
        }
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
        let mut found = match engine.observe(&identity.id).await {
            Err(problem) if problem.exit == Exit::Engine && manifest.is_some_and(is_all_on_host) => Observed::default(),
            found => found?,
        };
        found.units.extend(self.supervisor(identity).observe());
        Ok(found)
    }
}

fn is_all_on_host(manifest: &Manifest) -> bool {
    manifest.services.is_empty() && manifest.apps.iter().all(crate::manifest::App::is_on_host)
}
