//! What becomes of a service's data when `up` finds it, or does not. Pure.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::decide::chosen;
use super::observed::Observed;
use crate::catalog::{self, Probe, ServiceEntry, Upgrade};
use crate::model::{Project, Unit};
use crate::names::Name;
use crate::problem::{Problem, kinds};

/// It keeps data, and there is none yet.
pub(super) fn is_missing(unit: &Unit, found: &Observed) -> bool {
    unit.data.as_ref().is_some_and(|data| !found.data.contains_key(&data.name))
}

/// What the wanted version of a service makes of the data that is there.
///
/// | data was written by | wanted                                              | decision   |
/// |---------------------|-----------------------------------------------------|------------|
/// | the same            | the same version, as far as data is concerned       | read       |
/// | the same            | another one, of what reads only its own             | bring over |
/// | the same            | an older one                                        | too new    |
/// | the same            | a newer one, of what converts its data              | read       |
/// | the same            | one that is more than a step newer, of what converts | steps     |
/// |                     | its data only step by step                          |            |
/// | something else      | any                                                 | foreign    |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Read,
    BringOver,
    TooNew,
    /// The version to go through first.
    Steps(&'static str),
    Foreign,
}

/// Data that another version of the same service wrote and that only a dump brings over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherVersion {
    /// As in the catalog.
    pub id: &'static str,
    /// The version that wrote the data.
    pub had: String,
    pub wanted: String,
}

/// The data of a unit where it can be dumped and loaded, so that the wanted version goes on with it.
pub fn other_version(unit: &Unit, found: &Observed) -> Option<OtherVersion> {
    let (entry, had, wanted) = both(unit, found)?;
    let is_same = had.0 == entry.id && is_brought_over(entry, had.1, wanted);
    is_same.then(|| OtherVersion { id: entry.id, had: had.1.to_owned(), wanted: wanted.to_owned() })
}

/// The selected units whose data has to be brought over first; none where that would not be enough.
pub fn to_bring_over<'a>(
    project: &'a Project,
    found: &Observed,
    selected: &'a BTreeSet<Name>,
) -> Vec<(&'a Unit, OtherVersion)> {
    let refused = chosen(project, selected).filter(|unit| refused(unit, found).is_some());
    let all: Option<Vec<_>> = refused.map(|unit| Some((unit, other_version(unit, found)?))).collect();
    all.unwrap_or_default()
}

/// Only to a newer version: what an older one makes of a newer dump is anybody's guess.
fn is_brought_over(entry: &ServiceEntry, had: &str, wanted: &str) -> bool {
    entry.probe == Probe::Postgres
        && reading(entry, had, wanted) == Reading::BringOver
        && compare(entry, had, wanted) == Some(Ordering::Less)
}

/// What dev.yaml has to say for a service to go on with data that the wanted version does not read; `None` = it reads it.
pub fn as_it_was(unit: &Unit, found: &Observed) -> Option<String> {
    refused(unit, found)?;
    let (_, (by, had), _) = both(unit, found)?;
    Some(format!("{}: {by}@{had}", unit.name))
}

/// Data that the wanted version of a service would refuse, or spoil.
pub(super) fn refused(unit: &Unit, found: &Observed) -> Option<Problem> {
    let (entry, (by, had), wanted) = both(unit, found)?;
    let reading = if by == entry.id { reading(entry, had, wanted) } else { Reading::Foreign };
    let why = match reading {
        Reading::Read => return None,
        Reading::Steps(first) => format!("{} {wanted} reads it only after {first} has been at work on it", entry.title),
        _ => format!("{} {wanted} does not read it", entry.title),
    };
    let name = &unit.name;
    let old = catalog::service(by).map_or(by, |entry| entry.title);
    let mut problem =
        Problem::new(&kinds::DATA_OTHER_VERSION, format!("the data of `{name}` was written by {old} {had}"))
            .why(format!("{why}; nothing was started or changed"));
    if reading == Reading::BringOver && is_brought_over(entry, had, wanted) {
        problem = problem.fix(format!("devenv up --yes       # brings it over to {wanted}; the old data is kept"));
    }
    if let Reading::Steps(first) = reading {
        problem = problem.fix(format!("{name}: {by}@{first}       # in dev.yaml, then devenv up, then {wanted}"));
    }
    Some(
        problem
            .fix(format!("{name}: {by}@{had}       # in dev.yaml, goes on with the data as it is"))
            .fix(format!("devenv reset {name}       # begins with empty data; devenv undo brings this back")),
    )
}

/// The entry of what is wanted, what has written the data, and the wanted version.
fn both<'a>(unit: &'a Unit, found: &'a Observed) -> Option<(&'static ServiceEntry, (&'a str, &'a str), &'a str)> {
    let data = unit.data.as_ref()?;
    let (id, wanted) = data.written_by.as_ref()?;
    let written = found.data.get(&data.name)?.as_ref()?;
    Some((catalog::service(id)?, written.split_once('@')?, wanted))
}

pub(super) fn reading(entry: &ServiceEntry, had: &str, wanted: &str) -> Reading {
    match (entry.upgrade, compare(entry, had, wanted)) {
        (Upgrade::Free, _) | (_, Some(Ordering::Equal)) => Reading::Read,
        (Upgrade::DumpAndLoad, _) => Reading::BringOver,
        (_, Some(Ordering::Greater)) => Reading::TooNew,
        (Upgrade::OneMajorAtATime, Some(Ordering::Less)) => match first_step(entry, had, wanted) {
            Some(first) => Reading::Steps(first),
            None => Reading::Read,
        },
        // A version that is no number, such as a date or a commit, can't be told from a newer one.
        (Upgrade::InPlace | Upgrade::OneMajorAtATime, _) => Reading::Read,
    }
}

/// Which of two versions is newer, by the numbers that both have and that matter; `None` = they are no numbers.
fn compare(entry: &ServiceEntry, one: &str, other: &str) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.split('.').take(entry.data_numbers).map(|number| number.parse().ok()).collect()
    };
    let (one, other) = (numbers(one)?, numbers(other)?);
    let differs = one.iter().zip(&other).map(|(one, other)| one.cmp(other)).find(|it| it.is_ne());
    Some(differs.unwrap_or(Ordering::Equal))
}

/// The oldest version of the catalog between the two; versions of the same major are one step only where the catalog has no other.
fn first_step(entry: &ServiceEntry, had: &str, wanted: &str) -> Option<&'static str> {
    let is_between = |known: &&&str| {
        compare(entry, had, known) == Some(Ordering::Less) && compare(entry, known, wanted) == Some(Ordering::Less)
    };
    let between = entry.versions.known.iter().rev().filter(is_between);
    between.copied().min_by(|one, other| compare(entry, one, other).unwrap_or(Ordering::Equal))
}
