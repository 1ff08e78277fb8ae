//! The login keychain of macOS.

use security_framework::base::Error;
use security_framework::passwords::{delete_generic_password, get_generic_password, set_generic_password};

use super::{SERVICE, Trouble};
use crate::host::World;
use crate::names::Sensitive;

/// `errSecItemNotFound` in Security/SecBase.h.
const NOT_FOUND: i32 = -25300;
/// `errSecInteractionNotAllowed`, `errSecAuthFailed` and `errSecUserCanceled` there.
const LOCKED: [i32; 3] = [-25308, -25293, -128];

/// It is always there.
pub fn address(_world: &World) -> Option<String> {
    Some(String::new())
}

pub fn get(_at: &str, accounts: &[String]) -> Result<Vec<Option<Sensitive>>, Trouble> {
    accounts.iter().map(|account| one(account)).collect()
}

fn one(account: &str) -> Result<Option<Sensitive>, Trouble> {
    let Some(value) = found(get_generic_password(SERVICE, account))? else { return Ok(None) };
    let text = String::from_utf8(value).map_err(|_| Trouble::Other(format!("{account} is no text there")))?;
    Ok(Some(Sensitive::new(text)))
}

pub fn set(_at: &str, account: &str, value: &Sensitive) -> Result<(), Trouble> {
    set_generic_password(SERVICE, account, value.reveal().as_bytes()).map_err(|error| trouble(&error))
}

pub fn remove(_at: &str, account: &str) -> Result<bool, Trouble> {
    Ok(found(delete_generic_password(SERVICE, account))?.is_some())
}

fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Trouble> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        Err(error) => Err(trouble(&error)),
    }
}

fn trouble(error: &Error) -> Trouble {
    if LOCKED.contains(&error.code()) { Trouble::Locked } else { Trouble::Other(error.to_string()) }
}
