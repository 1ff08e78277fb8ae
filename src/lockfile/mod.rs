//! `dev.lock`: what devenv itself keeps in a repo, committed. Text -> its parts -> text, and everything that can be wrong with it.
//!
//! Each part belongs to one command; whoever writes one leaves the others as they are, those of newer versions included.

mod exact;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

pub use exact::{Difference, Exact, Exacts, version_among};

use crate::problem::{Place, Problem, kinds};

/// The file's name, beside the manifest.
pub const LOCK: &str = "dev.lock";

/// How it is written. A file with a higher number was written by a newer devenv.
const FORMAT: u64 = 1;

const HEAD: &str = "# Written by devenv and meant to be committed: `devenv lock` and `devenv new` keep it, and nothing here is edited by hand.\n";

/// What a merge that was left half done leaves behind.
const CONFLICT: [&str; 3] = ["<<<<<<< ", "=======", ">>>>>>> "];

/// The whole file. Its parts are in the order of their names, so that it is the same whoever wrote last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lockfile {
    parts: BTreeMap<String, Value>,
    exact: Exacts,
}

/// The parts that this version knows the form of; a mistake in one is told with its line.
#[derive(Deserialize)]
struct Known {
    format: Option<u64>,
    #[serde(default)]
    exact: Exacts,
}

/// A part of another room.
#[derive(Deserialize)]
struct Parts(BTreeMap<String, Value>);

impl Lockfile {
    /// # Errors
    /// It can't be understood, or was written by a newer devenv.
    pub fn read(text: &str) -> Result<Self, Problem> {
        if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
            return Ok(Self::default());
        }
        if let Some(line) = conflict(text) {
            let why = "two versions of it were merged, and nobody has decided between them";
            return Err(damaged(text, Some((line, 1)), why)
                .fix("devenv lock                  # afterwards: adds what is missing"));
        }
        let misread = |error: serde_yaml::Error| {
            let at = error.location().map(|at| (at.line(), at.column()));
            damaged(text, at, &error.to_string())
        };
        let Parts(mut parts) = serde_yaml::from_str(text).map_err(misread)?;
        if let Some(format) = parts.get("format").and_then(Value::as_u64).filter(|format| *format > FORMAT) {
            return Err(newer(format));
        }
        let Known { format, exact } = serde_yaml::from_str(text).map_err(misread)?;
        exact.check().map_err(|(name, why)| damaged(text, place_of(text, &name), &why))?;
        if format == Some(0) {
            return Err(damaged(text, place_of(text, "format"), "there is no format 0"));
        }
        parts.remove("format");
        parts.remove("exact");
        Ok(Self { parts, exact })
    }

    /// A part that another room knows the form of; `None` = there is none.
    ///
    /// # Errors
    /// It has another form.
    pub fn part<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(value) = self.parts.get(name) else { return Ok(None) };
        serde_yaml::from_value(value.clone()).map(Some).map_err(|error| damaged("", None, &error.to_string()))
    }

    /// # Errors
    /// It has no form that can be written down.
    pub fn set_part(&mut self, name: &str, part: &impl Serialize) -> Result<(), Problem> {
        let value = serde_yaml::to_value(part).map_err(|error| damaged("", None, &error.to_string()))?;
        self.parts.insert(name.to_owned(), value);
        Ok(())
    }

    /// Which exact version stands behind each published name.
    pub fn exact(&self) -> &Exacts {
        &self.exact
    }

    #[must_use]
    pub fn with_exact(self, exact: Exacts) -> Self {
        Self { exact, ..self }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.exact.is_empty()
    }

    /// As it is written: one block a name, in the order of names, so that two people's additions merge.
    ///
    /// # Errors
    /// A part has no form that can be written down.
    pub fn text(&self) -> Result<String, Problem> {
        let unwritable = |error: serde_yaml::Error| damaged("", None, &error.to_string());
        let mut parts = self.parts.clone();
        parts.insert("format".to_owned(), FORMAT.into());
        if !self.exact.is_empty() {
            parts.insert("exact".to_owned(), serde_yaml::to_value(&self.exact).map_err(unwritable)?);
        }
        Ok(format!("{HEAD}{}", serde_yaml::to_string(&parts).map_err(unwritable)?))
    }
}

/// The line, from 1, at which a merge was left half done.
fn conflict(text: &str) -> Option<usize> {
    let [ours, between, theirs] = CONFLICT;
    let is_left = |line: &str| line.starts_with(ours) || line == between || line.starts_with(theirs);
    text.lines().position(is_left).map(|index| index + 1)
}

/// Where a name is written.
fn place_of(text: &str, name: &str) -> Option<(usize, usize)> {
    let found = text.lines().enumerate().find_map(|(index, line)| Some((index + 1, line.find(name)?)));
    found.map(|(line, before)| (line, before + 1))
}

fn damaged(text: &str, at: Option<(usize, usize)>, why: &str) -> Problem {
    let problem = Problem::new(&kinds::LOCK_DAMAGED, format!("{LOCK} cannot be understood"))
        .why(why)
        .fix(format!("git checkout {LOCK}        # as it was committed last"));
    let Some((line, column)) = at else { return problem };
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
    let place = Place { file: LOCK.to_owned(), line: number(line), column: number(column), source, width: 1 };
    Problem { place: Some(place), ..problem }
}

fn newer(format: u64) -> Problem {
    Problem::new(&kinds::LOCK_NEWER, format!("{LOCK} was written by a newer devenv"))
        .why(format!("it has format {format}, and this devenv knows up to {FORMAT}"))
        .fix("install a newer devenv")
        .fix(format!("git checkout {LOCK}        # as it was committed last, if that is older"))
}

#[cfg(test)]
mod tests;
