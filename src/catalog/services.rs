//! The services of the catalog.

use super::ServiceEntry;

pub static ALL: &[&ServiceEntry] = &[];
