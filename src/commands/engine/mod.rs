//! The engine that commands work with: found, remembered, and said once.

mod repair;

use super::Failure;
use super::context::Context;
use crate::engine::{Engine, SaidBy, Unfound};
use crate::manifest::Manifest;
use crate::state::{LastEngine, last_engine, remember_engine};

impl Context {
    /// The engine of this computer.
    ///
    /// # Errors
    /// None answers.
    pub async fn engine(&self) -> Result<Engine, Failure> {
        self.find_engine().await.map_err(|unfound| Self::unrepaired(&self.diagnose_engine(&unfound)).into())
    }

    /// The engine; where all that the manifest names runs on this computer itself, it may be missing.
    ///
    /// # Errors
    /// None answers.
    pub async fn engine_for(&self, manifest: Option<&Manifest>) -> Result<Engine, Failure> {
        match self.engine().await {
            Err(_) if manifest.is_some_and(super::found::is_all_on_host) => Ok(Engine::absent()?),
            engine => engine,
        }
    }

    /// The engine that answers, whose name is said if it is not the one of the last command.
    ///
    /// # Errors
    /// None answers, and why.
    pub async fn find_engine(&self) -> Result<Engine, Unfound> {
        let last = last_engine(&self.folders);
        let surroundings = self.world.engine_surroundings(&self.settings.mirror.to_list());
        let engine = Engine::find(&surroundings, Some(&last.url)).await?;
        self.note_engine(&engine, &last);
        Ok(engine)
    }

    /// Notes which engine is used, if it is not the one of the last command. What the person names in a variable they know.
    ///
    /// That another one has taken the place of the one before is said at once; the first one is said by who works with it.
    fn note_engine(&self, engine: &Engine, last: &LastEngine) {
        let address = engine.address();
        let now = LastEngine { url: address.url().to_owned(), name: address.flavour().to_string() };
        if *address.said_by() == SaidBy::Variable || now == *last || self.new_engine.borrow().as_ref() == Some(&now) {
            return;
        }
        let because = match address.said_by() {
            SaidBy::Variable | SaidBy::Usual => String::new(),
            SaidBy::Context(name) | SaidBy::ContextVariable(name) => format!(", by the Docker context `{name}`"),
        };
        let before = match last {
            LastEngine { url, .. } if url.is_empty() => String::new(),
            LastEngine { name, url } if *name == now.name => {
                format!(" at {}; until now it was the one at {url}", now.url)
            }
            LastEngine { name, .. } => format!("; until now it was {name}"),
        };
        if !self.ui.is_json() {
            self.ui.status(&format!("using {}{because}{before}", now.name));
        }
        self.new_engine.replace(Some(now));
    }

    /// Remembers the engine that was found, for who has the environment to itself: what only looks writes nothing.
    pub(super) fn remember_engine(&self) {
        if let Some(now) = self.new_engine.take() {
            // Should it fail, the same is said once more the next time.
            let _ = remember_engine(&self.folders, &now);
        }
    }
}
