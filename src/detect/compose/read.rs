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
    /// Services whose version only a person could say.
    pub unversioned: Vec<(String, Place)>,
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
    let mut reading = compose::read(repo, &request);
    let unversioned = drop_unknown_versions(&mut reading);
    if !unversioned.is_empty() {
        // Nobody is asked for what was wanted only there.
        let rest = format!("{:?}", reading.project);
        secrets.retain(|secret| rest.contains(&format!("${{secret.{}}}", secret.name)));
    }
    let own = join(&choice.folder, ".env").unwrap_or_default();
    let path = request.stand_ins.get(&own).cloned().unwrap_or(Some(own));
    let text = path.filter(|path| repo.has(path)).and_then(|path| repo.text(&path));
    let variables = text.and_then(|text| compose::variables_of(&text, &surroundings()).ok()).unwrap_or_default();
    Read { reading, secrets, variables, stand_ins: request.stand_ins, unversioned }
}

/// Leaves out versions that are filled in to nothing or to a secret, which no manifest takes; those of the latter kind are told.
fn drop_unknown_versions(reading: &mut Reading) -> Vec<(String, Place)> {
    let mut told = Vec::new();
    for service in &mut reading.project.services {
        let Some(image) = &mut service.image else { continue };
        let name = image.split("${secret.").next().unwrap_or_default();
        if name.len() < image.len() {
            // What stands before the colon is the name; without one, the secret is a part of the name itself.
            let colon = name.rfind(':').filter(|colon| !name[*colon..].contains('/'));
            let Some(colon) = colon else { continue };
            image.truncate(colon);
            told.push((service.name.clone(), service.place.clone()));
        }
        image.truncate(image.trim_end_matches([':', '@']).len());
    }
    told
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
