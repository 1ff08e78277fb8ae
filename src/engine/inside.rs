//! A look at the world from where services and apps are, for `devenv doctor`.

use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{CreateContainerOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::StreamExt;

use super::translate::{ROLE, THIS_COMPUTER, mount};
use super::{CommandSpec, DataLabels, Engine, Fault};
use crate::model::{Bind, ImageRef};

/// Where to look from.
#[derive(Debug, Clone)]
pub enum Vantage {
    /// Something of ours that runs, by the engine's id.
    Running(String),
    /// A place that is made for this from what is downloaded already, and that the engine removes as soon as it ends, also when the
    /// command is killed meanwhile. Its labels are those of a place of setup, of a unit called [`LOOK`].
    Made { image: ImageRef, labels: Box<DataLabels>, bind: Option<Bind> },
}

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Questions {
    /// Whether a name leads to an address.
    pub name: Option<String>,
    /// Whether a proxy accepts: host and port, as apps are told it.
    pub proxy: Option<(String, u16)>,
    /// Whether the certificate of a host is trusted; with its port, if that is not the usual one.
    pub secure: Option<String>,
    /// What apps are told of the way to the world.
    pub env: Vec<String>,
}

/// What was seen; `None` = it can't be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    pub name: Option<bool>,
    pub proxy: Option<bool>,
    pub secure: Option<bool>,
}

/// The unit that such places are made for; what of it is there belongs to a look that goes on.
pub const LOOK: &str = "doctor";

/// With less time than this nothing would come of it.
const LEAST: Duration = Duration::from_millis(200);

const SCRIPT: &str = include_str!("look.sh");

impl Engine {
    /// Looks from inside; `None` = nothing came of it within the limit.
    pub async fn look_from_inside(&self, from: &Vantage, asked: &Questions, limit: Duration) -> Option<Seen> {
        let command: Vec<String> = ["sh", "-c", SCRIPT].map(str::to_owned).into();
        let env = asked.variables(limit);
        let code = match from {
            Vantage::Running(id) => {
                let spec = CommandSpec { command, env, ..CommandSpec::default() };
                tokio::time::timeout(limit, self.run_command(id, &spec, |_| {})).await.ok()?.ok()?
            }
            Vantage::Made { image, labels, bind } => {
                if limit < LEAST {
                    return None;
                }
                let mut labels = labels.to_map();
                labels.insert(ROLE.to_owned(), "setup".to_owned());
                let body = ContainerCreateBody {
                    image: Some(image.name_here()),
                    entrypoint: Some(command),
                    cmd: Some(Vec::new()),
                    env: Some(env),
                    labels: Some(labels),
                    host_config: Some(HostConfig {
                        init: Some(true),
                        auto_remove: Some(true),
                        mounts: bind.as_ref().map(|bind| vec![mount(bind)]),
                        extra_hosts: Some(vec![THIS_COMPUTER.to_owned()]),
                        ..HostConfig::default()
                    }),
                    ..ContainerCreateBody::default()
                };
                self.run_once(body, limit).await?
            }
        };
        Seen::of(code)
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

impl Questions {
    /// Beginning and end of a look take some of the time as well.
    fn variables(&self, limit: Duration) -> Vec<String> {
        let mut env = self.env.clone();
        env.push(format!("DEVENV_SECONDS={:.2}", (limit * 2 / 3).as_secs_f32()));
        env.extend(self.name.iter().map(|name| format!("DEVENV_NAME={name}")));
        env.extend(self.secure.iter().map(|host| format!("DEVENV_SECURE={host}")));
        if let Some((host, port)) = &self.proxy {
            env.extend([format!("DEVENV_PROXY_HOST={host}"), format!("DEVENV_PROXY_PORT={port}")]);
        }
        env
    }
}

impl Seen {
    /// As `look.sh` says it.
    fn of(code: i64) -> Option<Self> {
        let told = |digit: i64| match digit % 3 {
            1 => Some(true),
            2 => Some(false),
            _ => None,
        };
        let number = code.checked_sub(10).filter(|number| (0..27).contains(number))?;
        Some(Self { name: told(number), proxy: told(number / 3), secure: told(number / 9) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_of_each_question() {
        let seen = |name, proxy, secure| Some(Seen { name, proxy, secure });
        assert_eq!(Seen::of(10), seen(None, None, None));
        assert_eq!(Seen::of(10 + 1 + 6 + 18), seen(Some(true), Some(false), Some(false)));
        assert_eq!(Seen::of(10 + 2 + 9), seen(Some(false), None, Some(true)));
        for code in [0, 9, 37, 126, 127, 137, i64::MIN] {
            assert_eq!(Seen::of(code), None);
        }
    }
}
