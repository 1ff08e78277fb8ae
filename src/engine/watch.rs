//! The engine tells when something begins or ends, so that nothing has to ask again and again.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::{Stream, StreamExt, TryStreamExt};

use super::translate::{ENVIRONMENT, ROLE, UNIT};
use super::{Engine, Fault};
use crate::names::{EnvironmentId, Name};

/// Something of the environment has ended, on its own or not: a service, an app, or a command inside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// The engine's id of what has ended.
    pub id: String,
}

/// A service or app of the environment has begun or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub name: Name,
    /// The engine's id.
    pub id: String,
    pub kind: TurnKind,
    /// Milliseconds since 1970, by the engine's clock.
    pub at_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnKind {
    Began,
    Ended,
}

impl Engine {
    /// Waits until what a killed command has asked for is done: every service and app that was told to stop since `since`, in
    /// seconds since 1970, has ended, and for a moment no other one was told to.
    ///
    /// The engine carries on with a request whose sender is gone, and tells of it by its events only.
    pub async fn settle(&self, id: &EnvironmentId, since: u64) {
        /// Also for what lies unread in the engine's connection: a busy one needs its time to begin with it.
        const QUIET: Duration = Duration::from_millis(200);
        /// Longer than the longest grace in the catalog; one that ignores what it was told is left to the plan.
        const LIMIT: Duration = Duration::from_secs(115);
        let settled = async {
            let mut stopping = BTreeSet::new();
            let mut from = since.to_string();
            loop {
                let until = crate::host::now_millis() + u64::try_from(QUIET.as_millis()).unwrap_or_default();
                let until = format!("{}.{:03}", until / 1000, until % 1000);
                // The engine answers what was, waits for the end of the time, and closes: nothing is missed on the way.
                let Ok(events) = self.changes(id, &from, &until).await else { return };
                for (unit, action) in events {
                    if action == "kill" {
                        stopping.insert(unit)
                    } else {
                        stopping.remove(&unit)
                    };
                }
                if stopping.is_empty() {
                    return;
                }
                from = until;
            }
        };
        let _ = tokio::time::timeout(LIMIT, settled).await;
    }

    /// What was told to stop and what has ended between two times: the engine's id, and what happened.
    async fn changes(&self, id: &EnvironmentId, from: &str, until: &str) -> Result<Vec<(String, String)>, Fault> {
        const LIMIT: Duration = Duration::from_secs(10);
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("event".to_owned(), ["kill", "die", "died", "destroy", "remove"].map(str::to_owned).to_vec()),
            ("label".to_owned(), vec![format!("{ENVIRONMENT}={id}")]),
        ]);
        let options = EventsOptionsBuilder::new().filters(&filters).since(from).until(until).build();
        let events = self.client.events(Some(options)).try_collect::<Vec<EventMessage>>();
        let events = Self::within(LIMIT, events).await?;
        Ok(events.into_iter().filter_map(|event| Some((event.actor?.id?, event.action?))).collect())
    }

    /// Everything of the environment that ends from now on. The subscription is made when the stream is first polled.
    pub fn watch_ends(&self, id: &EnvironmentId) -> impl Stream<Item = Result<Crash, Fault>> + use<> {
        self.events_of(id, &["die", "died", "oom", "exec_die", "exec_died"], None)
            .filter_map(|message| std::future::ready(crash(message)))
    }

    /// Every service and app of the environment that begins or ends since a second, counted from 1970.
    pub fn watch_turns(&self, id: &EnvironmentId, since: i64) -> impl Stream<Item = Result<Turn, Fault>> + use<> {
        let events = self.events_of(id, &["start", "die", "died"], Some(since));
        events.filter_map(|message| std::future::ready(turn(message)))
    }

    fn events_of(
        &self,
        id: &EnvironmentId,
        kinds: &[&str],
        since: Option<i64>,
    ) -> impl Stream<Item = Result<EventMessage, bollard::errors::Error>> + use<> {
        // Filtered by the engine: one kind of event that the client crate does not know would end the stream.
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("event".to_owned(), kinds.iter().map(|kind| (*kind).to_owned()).collect()),
            ("label".to_owned(), vec![format!("{ENVIRONMENT}={id}")]),
        ]);
        let mut options = EventsOptionsBuilder::new().filters(&filters);
        if let Some(since) = since {
            options = options.since(&since.to_string());
        }
        self.client.clone().events(Some(options.build()))
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

fn turn(message: Result<EventMessage, bollard::errors::Error>) -> Option<Result<Turn, Fault>> {
    let event = match message {
        Ok(event) => event,
        Err(error) => return Some(Err(Fault::from_client(&error))),
    };
    let actor = event.actor?;
    let labels = actor.attributes?;
    if labels.get(ROLE).map(String::as_str) != Some("main") {
        return None;
    }
    let kind = if event.action.as_deref() == Some("start") { TurnKind::Began } else { TurnKind::Ended };
    let at_ms = event.time_nano.unwrap_or_default() / 1_000_000;
    Some(Ok(Turn { name: Name::parse(labels.get(UNIT)?).ok()?, id: actor.id?, kind, at_ms }))
}
