//! The toolchains of the catalog.

use super::RuntimeEntry;

pub static ALL: &[&RuntimeEntry] = &[];
