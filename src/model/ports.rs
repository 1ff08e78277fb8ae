//! Which ports of this computer a manifest would like to have. Pure; `state` leases them.

use crate::manifest::Manifest;
use crate::names::{Name, Port};

/// One port to lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPort {
    pub owner: Name,
    /// Empty = the main one.
    pub name: String,
    /// The number it would like, which is the one it listens on inside.
    pub preferred: Port,
}

/// Every port wanted, in the order of the manifest: services, then apps.
pub fn wanted(manifest: &Manifest) -> Vec<WantedPort> {
    let _ = manifest;
    Vec::new()
}
