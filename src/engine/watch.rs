//! The engine tells when something ends, so that nothing has to ask again and again.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::{Stream, StreamExt};

use super::translate::ENVIRONMENT;
use super::{Engine, Fault};
use crate::names::EnvironmentId;

/// Something of the environment has ended, on its own or not: a service, an app, or a command inside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// The engine's id of what has ended.
    pub id: String,
}

impl Engine {
    /// Waits until what a killed command has asked for is done: every service and app that was told to stop since `since`, in
    /// seconds since 1970, has ended, and nothing of the environment has changed for a moment.
    ///
    /// The engine carries on with a request whose sender is gone, and tells of it by its events only.
    pub async fn settle(&self, id: &EnvironmentId, since: u64) {
        const QUIET: Duration = Duration::from_millis(150);
        /// Longer than the longest grace in the catalog.
        const LIMIT: Duration = Duration::from_secs(115);
        let kinds = ["create", "start", "kill", "die", "died", "stop", "destroy", "remove"].map(str::to_owned);
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("event".to_owned(), kinds.to_vec()),
            ("label".to_owned(), vec![format!("{ENVIRONMENT}={id}")]),
        ]);
        let options = EventsOptionsBuilder::new().filters(&filters).since(&since.to_string()).build();
        let mut events = std::pin::pin!(self.client.events(Some(options)));
        let mut stopping = BTreeSet::new();
        let settled = async {
            loop {
                let event = match tokio::time::timeout(QUIET, events.next()).await {
                    Ok(Some(Ok(event))) => event,
                    Ok(Some(Err(_)) | None) => return,
                    Err(_) if stopping.is_empty() => return,
                    Err(_) => continue,
                };
                let Some(unit) = event.actor.and_then(|actor| actor.id) else { continue };
                match event.action.as_deref() {
                    Some("kill") => {
                        stopping.insert(unit);
                    }
                    Some("die" | "died" | "destroy" | "remove") => {
                        stopping.remove(&unit);
                    }
                    _ => {}
                }
            }
        };
        // One that ignores what it was told is left to the plan.
        let _ = tokio::time::timeout(LIMIT, settled).await;
    }

    /// Everything of the environment that ends from now on. The subscription is made when the stream is first polled.
    pub fn watch_ends(&self, id: &EnvironmentId) -> impl Stream<Item = Result<Crash, Fault>> + use<> {
        // Filtered by the engine: one kind of event that the client crate does not know would end the stream.
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("event".to_owned(), ["die", "died", "oom", "exec_die", "exec_died"].map(str::to_owned).to_vec()),
            ("label".to_owned(), vec![format!("{ENVIRONMENT}={id}")]),
        ]);
        let client = self.client.clone();
        let events = client.events(Some(EventsOptionsBuilder::new().filters(&filters).build()));
        events.filter_map(|message| std::future::ready(crash(message)))
    }
}

fn crash(message: Result<EventMessage, bollard::errors::Error>) -> Option<Result<Crash, Fault>> {
    match message {
        Ok(event) => {
            let actor = event.actor?;
            // One of a command is about the place it ran in, and names the command beside.
            let is_command = event.action.is_some_and(|action| action.starts_with("exec_"));
            let command = actor.attributes.and_then(|mut attributes| attributes.remove("execID"));
            Some(Ok(Crash { id: if is_command { command } else { actor.id }? }))
        }
        Err(error) => Some(Err(Fault::from_client(&error))),
    }
}
