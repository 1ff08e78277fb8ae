//! A chosen project read as a newcomer would have it: examples in place of files that are not there, and what must be set as
//! secrets.

use std::collections::{BTreeMap, BTreeSet};

use super::choose::Choice;
use super::stand_in;
use crate::compose::{self, Place, Reading, Reason, Request};
use crate::detect::{Evidence, Secret};
use crate::repo::{Repo, join};

pub struct Read {
    pub reading: Reading,
    /// Variables without which the project would not be taken.
    pub secrets: Vec<Secret>,
    /// Of the project's own file, or of the one that stands in for it.
    pub variables: BTreeMap<String, String>,
    pub stand_ins: BTreeMap<String, Option<String>>,
}

pub fn read(repo: &Repo, choice: &Choice) -> Read {
    let mut request = Request {
        files: choice.files.clone(),
        folder: Some(choice.folder.clone()),
        variables: surroundings(),
        stand_ins: stand_in::stand_ins(repo, &choice.folder, None),
    };
    let first = compose::read(repo, &request);
    request.stand_ins = stand_in::stand_ins(repo, &choice.folder, Some(&first));
    let mut secrets: Vec<Secret> = Vec::new();
    for (variable, why, place) in required(&first) {
        request.variables.insert(variable.clone(), format!("${{secret.{variable}}}"));
        secrets.push(secret(&variable, why, place));
    }
    let reading = compose::read(repo, &request);
    let own = join(&choice.folder, ".env").unwrap_or_default();
    let path = request.stand_ins.get(&own).cloned().unwrap_or(Some(own));
    let text = path.filter(|path| repo.has(path)).and_then(|path| repo.text(&path));
    let variables = text.and_then(|text| compose::variables_of(&text, &surroundings()).ok()).unwrap_or_default();
    Read { reading, secrets, variables, stand_ins: request.stand_ins }
}

/// What every computer sets, as it stands for all of them.
fn surroundings() -> BTreeMap<String, String> {
    let variables = [("PWD", "."), ("HOME", "~"), ("USER", "dev"), ("UID", "1000"), ("GID", "1000")];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn required(reading: &Reading) -> Vec<(String, &str, Option<&Place>)> {
    let mut seen = BTreeSet::new();
    let required = reading.refusals.iter().filter_map(|refusal| match &refusal.reason {
        Reason::Required { variable, why } => Some((variable.clone(), why.as_str(), refusal.place.as_ref())),
        _ => None,
    });
    required.filter(|(variable, _, _)| seen.insert(variable.clone())).collect()
}

fn secret(name: &str, why: &str, place: Option<&Place>) -> Secret {
    Secret {
        name: name.to_owned(),
        description: why.to_owned(),
        generate: is_secret(name).then(|| "hex32".to_owned()),
        evidence: place.map(evidence).into_iter().collect(),
    }
}

/// Whether a variable's name says that nobody needs to know its value.
pub fn is_secret(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    ["PASSWORD", "PASS", "PASSWD", "SECRET", "SALT", "PEPPER"].iter().any(|word| words.contains(word))
        || (words.contains(&"KEY")
            && words.iter().any(|word| ["ENCRYPTION", "SIGNING", "APP", "COOKIE", "SESSION"].contains(word)))
}

pub fn evidence(place: &Place) -> Evidence {
    Evidence::at(place.file.to_string(), place.line)
}
