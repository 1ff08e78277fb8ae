//! Names that a person typed.

use std::path::Path;

use crate::manifest::Manifest;
use crate::names::Name;
use crate::plan::observed::Observed;
use crate::problem::{Problem, kinds};
use crate::words;

/// Everything that the manifest names: services, then apps.
pub fn all(manifest: &Manifest) -> Vec<Name> {
    let services = manifest.services.iter().map(|service| &service.name.value);
    services.chain(manifest.apps.iter().map(|app| &app.name.value)).cloned().collect()
}

/// Holds typed names against those there are.
///
/// # Errors
/// One problem for each unknown name, with the nearest right one.
pub fn known(typed: &[String], manifest: &Manifest) -> Result<Vec<Name>, Vec<Problem>> {
    let all = all(manifest);
    let all: Vec<&Name> = all.iter().collect();
    let mut names = Vec::new();
    let mut problems = Vec::new();
    for word in typed {
        match all.iter().find(|name| name.as_str() == word) {
            Some(name) => names.push((*name).clone()),
            None => problems.push(unknown(word, &all)),
        }
    }
    if problems.is_empty() { Ok(names) } else { Err(problems) }
}

/// Holds one typed name against those there are.
///
/// # Errors
/// It is unknown.
pub fn one(typed: &str, manifest: &Manifest) -> Result<Name, Vec<Problem>> {
    let mut names = known(&[typed.to_owned()], manifest)?;
    names.pop().ok_or_else(Vec::new)
}

/// Holds a typed name against what was found, where the manifest can't be read.
///
/// # Errors
/// Nothing was found under it.
pub fn found(typed: &str, found: &Observed) -> Result<Name, Problem> {
    let all: Vec<&Name> = found.units.iter().map(|one| &one.name).collect();
    all.iter().find(|name| name.as_str() == typed).map(|name| (*name).clone()).ok_or_else(|| unknown(typed, &all))
}

/// The project's name where no manifest says another.
pub fn of_folder(root: &Path) -> Name {
    Name::from_any(&root.file_name().unwrap_or_default().to_string_lossy())
}

fn unknown(word: &str, all: &[&Name]) -> Problem {
    let problem = Problem::new(&kinds::UNKNOWN_NAME, format!("there is no `{word}` in dev.yaml"));
    let names: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
    let problem = match names.is_empty() {
        true => problem.why("it names no services and no apps yet"),
        false => problem.why(format!("it names {}", words::list(&names))),
    };
    match words::nearest(word, all.iter().map(|name| name.as_str())) {
        Some(near) => problem.fix(format!("did you mean `{near}`?")),
        None => problem.fix("use one of these names"),
    }
}
