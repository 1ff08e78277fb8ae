//! A look at the world from where services and apps are, for `devenv doctor`.

use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{CreateContainerOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::StreamExt;

use super::translate::ROLE;
use super::{CommandSpec, DataLabels, Engine, Fault};
use crate::model::ImageRef;

/// Where to look from.
#[derive(Debug, Clone)]
pub enum Vantage {
    /// Something of ours that runs, by the engine's id.
    Running(String),
    /// A place that is made for this from what is downloaded already, and that the engine removes as soon as it ends, also when the
    /// command is killed meanwhile. Its labels are those of a place of setup, of a unit called [`LOOK`].
    Made(ImageRef, DataLabels),
}

/// The unit that such places are made for; what of it is there belongs to a look that goes on.
pub const LOOK: &str = "doctor";

/// With less time than this nothing would come of it.
const LEAST: Duration = Duration::from_millis(200);

/// Ends with 99 where nothing inside can look names up.
const LOOK_UP: &str = "if command -v getent >/dev/null; then getent hosts \"$DEVENV_NAME\"; \
    elif command -v nslookup >/dev/null; then nslookup \"$DEVENV_NAME\"; else exit 99; fi >/dev/null 2>&1";

impl Engine {
    /// Whether a name leads to an address inside; `None` = it can't be told, or not within the limit.
    pub async fn is_found_inside(&self, from: &Vantage, name: &str, limit: Duration) -> Option<bool> {
        let command: Vec<String> = ["sh", "-c", LOOK_UP].map(str::to_owned).into();
        let env = vec![format!("DEVENV_NAME={name}")];
        let code = match from {
            Vantage::Running(id) => {
                let spec = CommandSpec { command, env, ..CommandSpec::default() };
                tokio::time::timeout(limit, self.run_command(id, &spec, |_| {})).await.ok()?.ok()?
            }
            Vantage::Made(image, labels) => {
                if limit < LEAST {
                    return None;
                }
                let mut labels = labels.to_map();
                labels.insert(ROLE.to_owned(), "setup".to_owned());
                let body = ContainerCreateBody {
                    image: Some(image.to_string()),
                    entrypoint: Some(command),
                    cmd: Some(Vec::new()),
                    env: Some(env),
                    labels: Some(labels),
                    host_config: Some(HostConfig {
                        init: Some(true),
                        auto_remove: Some(true),
                        ..HostConfig::default()
                    }),
                    ..ContainerCreateBody::default()
                };
                self.run_once(body, limit).await?
            }
        };
        match code {
            0 => Some(true),
            99 | 126 | 127 => None,
            _ => Some(false),
        }
    }

    /// Runs something to its end, after which the engine removes it; it goes also when the limit is over before.
    async fn run_once(&self, body: ContainerCreateBody, limit: Duration) -> Option<i64> {
        let random = crate::words::hex(&crate::host::random::<4>().ok()?);
        let options = CreateContainerOptionsBuilder::new().name(&format!("devenv-doctor-{random}")).build();
        let end = tokio::time::Instant::now() + limit;
        let made = Self::within(limit, self.client.create_container(Some(options), body)).await.ok()?;
        let ended = tokio::time::timeout_at(end, self.start_and_wait(&made.id)).await;
        let _ = self.remove(&made.id).await;
        ended.ok()?.ok()
    }

    async fn start_and_wait(&self, id: &str) -> Result<i64, Fault> {
        self.start(id).await?;
        let options = WaitContainerOptionsBuilder::new().condition("removed").build();
        match self.client.wait_container(id, Some(options)).next().await {
            Some(Ok(ended)) => Ok(ended.status_code),
            // Any other code than 0 comes as an error.
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(Fault::from_client(&error)),
            None => Err(Fault { kind: super::FaultKind::Lost, message: String::new() }),
        }
    }
}
