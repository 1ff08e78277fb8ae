//! The engine tells when something ends, so that nothing has to ask again and again.

use std::collections::HashMap;

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
