//! What becomes of a service's data when `up` finds it, or does not. Pure.

use super::observed::Observed;
use crate::catalog::{self, ServiceEntry, Upgrade};
use crate::model::Unit;
use crate::problem::Problem;

/// It keeps data, and there is none yet.
pub(super) fn is_missing(unit: &Unit, found: &Observed) -> bool {
    unit.data.as_ref().is_some_and(|data| !found.data.contains_key(&data.name))
}

/// Data that the wanted version of a service would refuse, or spoil.
///
/// | data was written by | wanted                                    | decision |
/// |---------------------|-------------------------------------------|----------|
/// | the same            | the same major version                    | go on    |
/// | the same            | another one, of what reads only its own   | refuse   |
/// | the same            | an older one                              | refuse   |
/// | the same            | a newer one, of what converts its data    | go on    |
/// | something else      | any                                       | refuse   |
pub(super) fn refused(unit: &Unit, found: &Observed) -> Option<Problem> {
    let data = unit.data.as_ref()?;
    let (id, wanted) = data.written_by.as_ref()?;
    let entry = catalog::service(id)?;
    let written = found.data.get(&data.name)?.as_ref()?;
    let (by, had) = written.split_once('@')?;
    if by == id && is_read_by(entry, had, wanted) {
        return None;
    }
    let old = catalog::service(by).map_or(by, |entry| entry.title);
    Some(
        Problem::new("data-other-version", format!("the data of `{}` was written by {old} {had}", unit.name))
            .why(format!("{} {wanted} does not read it; nothing was started or changed", entry.title))
            .fix(format!("{}: {by}@{had}       # in dev.yaml, goes on with the data as it is", unit.name))
            .fix(format!(
                "give the service another name in dev.yaml to begin with empty data; `{}` is kept",
                unit.name
            )),
    )
}

fn is_read_by(entry: &ServiceEntry, had: &str, wanted: &str) -> bool {
    if had == wanted {
        return true;
    }
    // A version that is no number, such as a date or a commit, can't be told from a newer one.
    let is_older = matches!((had.parse::<u64>(), wanted.parse::<u64>()), (Ok(had), Ok(wanted)) if wanted < had);
    match entry.upgrade {
        Upgrade::DumpAndLoad => false,
        Upgrade::InPlace | Upgrade::OneMajorAtATime => !is_older,
        Upgrade::Free => true,
    }
}
