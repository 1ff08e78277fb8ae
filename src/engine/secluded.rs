//! A service beside itself: it works for a while on a data folder, and only commands inside reach it.
//!
//! Its label is that of a place of setup: what a killed command leaves is removed by the next `up` or `down`.

use bollard::query_parameters::InspectContainerOptions;

use super::observe::LOOK_LIMIT;
use super::translate::{ROLE, create_body, unit_name};
use super::{Engine, Fault, Owner};
use crate::model::{ImageRef, Unit};
use crate::plan::observed::Role;

/// How long it may take to stop cleanly, in seconds: what it has been given is written to its folder then.
const GRACE_S: i64 = 110;

impl Engine {
    /// Makes a unit without ports and without a network, not started; `purpose` is part of its name. Answers its id.
    ///
    /// # Errors
    /// The engine's; nothing half-made stays behind.
    pub async fn create_helper(&self, owner: &Owner, unit: &Unit, purpose: &str) -> Result<String, Fault> {
        let mut body = create_body(owner, unit, Role::Main);
        body.labels.get_or_insert_default().insert(ROLE.to_owned(), "setup".to_owned());
        body.exposed_ports = None;
        body.networking_config = None;
        body.stop_timeout = Some(GRACE_S);
        if let Some(host) = &mut body.host_config {
            host.port_bindings = None;
            host.extra_hosts = None;
            host.network_mode = Some("none".to_owned());
        }
        let name = format!("{}-{purpose}", unit_name(owner, unit, Role::Setup));
        let id = self.create_named(&name, body).await?;
        match self.write_files(&id, unit).await {
            Ok(()) => Ok(id),
            Err(fault) => {
                let _ = self.remove(&id).await;
                Err(fault)
            }
        }
    }

    /// What something was made from.
    ///
    /// # Errors
    /// It is gone, or the engine cannot be used.
    pub async fn image_of(&self, id: &str) -> Result<Option<ImageRef>, Fault> {
        let look = self.client.inspect_container(id, None::<InspectContainerOptions>);
        let image = Self::within(LOOK_LIMIT, look).await?.config.and_then(|config| config.image);
        Ok(image.and_then(|image| ImageRef::parse(&image).ok()).map(ImageRef::as_published))
    }
}
