//! The Secret Service of a desktop (GNOME, KDE, KeePassXC), as specified by freedesktop.org, over the session's bus.
//!
//! Values travel in the form "plain": the bus belongs to the user, and whoever can listen to it can ask as well.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::connection::Builder;
use zbus::{Connection, DynamicType, ObjectPath, OwnedObjectPath, OwnedVariant, Type, Variant, fdo};

use super::{SERVICE, Trouble};
use crate::host::World;
use crate::names::Sensitive;

const NAME: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const ITEM: &str = "org.freedesktop.Secret.Item";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const SERVICE_INTERFACE: &str = "org.freedesktop.Secret.Service";
/// The path of what does not exist.
const NOTHING: &str = "/";

/// A session, parameters, the value, and what kind of value it is.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// Where the bus of the session is, if there is one.
pub fn address(world: &World) -> Option<String> {
    if let Some(address) = world.variable("DBUS_SESSION_BUS_ADDRESS") {
        return Some(address.to_owned());
    }
    let bus = std::path::Path::new(world.variable("XDG_RUNTIME_DIR")?).join("bus");
    bus.exists().then(|| format!("unix:path={}", bus.display()))
}

pub fn get(at: &str, accounts: &[String]) -> Result<Vec<Option<Sensitive>>, Trouble> {
    wait(async {
        let service = Service::open(at).await?;
        let mut values = Vec::new();
        for account in accounts {
            values.push(service.get(account).await?);
        }
        Ok(values)
    })
}

pub fn set(at: &str, account: &str, value: &Sensitive) -> Result<(), Trouble> {
    wait(async { Service::open(at).await?.set(account, value).await })
}

pub fn remove(at: &str, account: &str) -> Result<bool, Trouble> {
    wait(async { Service::open(at).await?.remove(account).await })
}

fn wait<T>(work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Trouble::Other(error.to_string()))?.block_on(work)
}

struct Service {
    bus: Connection,
    session: OwnedObjectPath,
}

impl Service {
    async fn open(at: &str) -> Result<Self, Trouble> {
        let bus = Builder::address(at).build().await.map_err(|_| Trouble::Absent)?;
        let plain = ("plain", Variant::from(""));
        let (_, session): (OwnedVariant, OwnedObjectPath) =
            call(&bus, ROOT, SERVICE_INTERFACE, "OpenSession", &plain).await?;
        Ok(Self { bus, session })
    }

    async fn get(&self, account: &str) -> Result<Option<Sensitive>, Trouble> {
        let (unlocked, locked) = self.search(account).await?;
        let Some(item) = unlocked.first() else {
            return if locked.is_empty() { Ok(None) } else { Err(Trouble::Locked) };
        };
        let asked = (vec![item], &self.session);
        let mut secrets: HashMap<OwnedObjectPath, Secret> =
            call(&self.bus, ROOT, SERVICE_INTERFACE, "GetSecrets", &asked).await?;
        let Some((_, _, value, _)) = secrets.remove(item) else { return Ok(None) };
        let text = String::from_utf8(value).map_err(|_| Trouble::Other(format!("{account} is no text there")))?;
        Ok(Some(Sensitive::new(text)))
    }

    async fn set(&self, account: &str, value: &Sensitive) -> Result<(), Trouble> {
        let collection: OwnedObjectPath = call(&self.bus, ROOT, SERVICE_INTERFACE, "ReadAlias", &("default",)).await?;
        if collection.as_str() == NOTHING {
            // One could be made, but not without asking the person for a password.
            return Err(Trouble::Absent);
        }
        let property = (COLLECTION, "Locked");
        let locked: OwnedVariant =
            call(&self.bus, collection.as_str(), "org.freedesktop.DBus.Properties", "Get", &property).await?;
        if bool::try_from(locked).unwrap_or(true) {
            return Err(Trouble::Locked);
        }
        let properties = BTreeMap::from([
            ("org.freedesktop.Secret.Item.Label", Variant::from(format!("{SERVICE}: {account}"))),
            ("org.freedesktop.Secret.Item.Attributes", Variant::from(attributes(account))),
        ]);
        let secret: Secret = (self.session.clone(), Vec::new(), value.reveal().into(), "text/plain".to_owned());
        let (_, prompt): (OwnedObjectPath, OwnedObjectPath) =
            call(&self.bus, collection.as_str(), COLLECTION, "CreateItem", &(properties, secret, true)).await?;
        unasked(&prompt)
    }

    async fn remove(&self, account: &str) -> Result<bool, Trouble> {
        let (unlocked, locked) = self.search(account).await?;
        for item in &unlocked {
            let prompt: OwnedObjectPath = call(&self.bus, item.as_str(), ITEM, "Delete", &()).await?;
            unasked(&prompt)?;
        }
        if locked.is_empty() { Ok(!unlocked.is_empty()) } else { Err(Trouble::Locked) }
    }

    /// The entries of an account: those that can be read, and those that are locked.
    async fn search(&self, account: &str) -> Result<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>), Trouble> {
        call(&self.bus, ROOT, SERVICE_INTERFACE, "SearchItems", &(attributes(account),)).await
    }
}

fn attributes(account: &str) -> HashMap<String, String> {
    let attributes = [("service", SERVICE), ("account", account)];
    attributes.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// It wants to ask the person first; a question nobody answers counts as locked.
fn unasked(prompt: &ObjectPath) -> Result<(), Trouble> {
    if prompt.as_str() == NOTHING { Ok(()) } else { Err(Trouble::Locked) }
}

async fn call<T: DeserializeOwned + Type>(
    bus: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &(impl Serialize + DynamicType),
) -> Result<T, Trouble> {
    let answer = bus.call_method(Some(NAME), path, Some(interface), method, body).await.map_err(trouble)?;
    answer.body().deserialize().map_err(trouble)
}

fn trouble(error: zbus::Error) -> Trouble {
    match &error {
        zbus::Error::FDO(of_bus) => match **of_bus {
            fdo::Error::ServiceUnknown(_) | fdo::Error::NameHasNoOwner(_) => Trouble::Absent,
            fdo::Error::SpawnExecFailed(_) | fdo::Error::SpawnForkFailed(_) | fdo::Error::SpawnChildExited(_) => {
                Trouble::Absent
            }
            _ => Trouble::Other(error.to_string()),
        },
        zbus::Error::MethodError(name, ..) if name.as_str().ends_with(".IsLocked") => Trouble::Locked,
        zbus::Error::MethodError(name, ..) if name.as_str().contains(".Spawn.") => Trouble::Absent,
        _ => Trouble::Other(error.to_string()),
    }
}
