//! One way to ask and stop what runs, whether at the engine or on this computer itself: by its id.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};

use crate::engine::{Condition, Doing, Engine, Fault, FaultKind, LogLine, LogOptions};
use crate::names::Name;
use crate::problem::Problem;
use crate::supervisor::Supervisor;

/// Lines of output as they come.
pub type Lines = Pin<Box<dyn Stream<Item = Result<LogLine, Fault>>>>;

/// The engine and the supervisor of one environment, side by side.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    pub engine: &'a Engine,
    pub supervisor: &'a Supervisor,
}

impl Runner<'_> {
    /// How something is doing right now.
    ///
    /// # Errors
    /// It is gone, or the engine cannot be used.
    pub async fn condition(&self, id: &str) -> Result<Condition, Fault> {
        if !Supervisor::has(id) {
            return self.engine.condition(id).await;
        }
        let gone = || Fault { kind: FaultKind::NotFound, message: String::new() };
        self.supervisor.condition(id).ok_or_else(gone)
    }

    /// The lines that something has printed, each with its time, in order.
    pub fn logs(&self, id: &str, options: LogOptions) -> Lines {
        if Supervisor::has(id) {
            Box::pin(self.supervisor.logs(id, options).map(Ok))
        } else {
            Box::pin(self.engine.logs(id, options))
        }
    }

    /// The last lines of what was printed since the last start, oldest first.
    pub async fn last_lines(&self, id: &str, number: u32) -> Vec<String> {
        if Supervisor::has(id) {
            self.supervisor.last_lines(id, number).await
        } else {
            self.engine.last_lines(id, number).await
        }
    }

    /// Stops something cleanly. What is stopped or gone is success.
    ///
    /// # Errors
    /// It does not end, or the engine cannot be used.
    pub async fn stop(&self, name: &Name, id: &str) -> Result<(), Problem> {
        if Supervisor::has(id) {
            return self.supervisor.stop(id).await;
        }
        self.engine.stop(id).await.map_err(|fault| fault.problem(&Doing::Stop { unit: name.to_string() }))
    }

    /// Removes something, running or not; data stays. What is gone is success.
    ///
    /// # Errors
    /// It does not end, or the engine cannot be used.
    pub async fn remove(&self, name: &Name, id: &str) -> Result<(), Problem> {
        if Supervisor::has(id) {
            return self.supervisor.remove(id).await;
        }
        self.engine.remove(id).await.map_err(|fault| fault.problem(&Doing::Stop { unit: name.to_string() }))
    }
}
