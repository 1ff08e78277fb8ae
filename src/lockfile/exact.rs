//! Which exact version stands behind each published name, and what of it fits a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ImageRef;
use crate::model::resolve::Published;

/// By the name in full: `docker.io/library/postgres:17`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exacts(BTreeMap<String, Exact>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exact {
    /// The hash of all of it: `sha256:` and 64 hexadecimal digits.
    pub is: String,
    /// What its publisher calls it, `17.5`; `None` = it does not say, or was never on the computer of who has asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it runs on: `linux/amd64`; empty = nobody says.
    #[serde(default, rename = "for", skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
}

/// What of a manifest and of the file does not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference<'a> {
    /// Wanted, and not in the file.
    pub missing: Vec<&'a Published>,
    /// In the file, and not wanted.
    pub gone: Vec<&'a str>,
}

impl Exacts {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, image: &ImageRef) -> Option<&Exact> {
        self.0.get(&image.to_string())
    }

    pub fn insert(&mut self, image: &ImageRef, exact: Exact) {
        self.0.insert(image.to_string(), exact);
    }

    /// The digest that is to be taken for each name.
    pub fn digests(&self) -> BTreeMap<ImageRef, String> {
        let each = self.0.iter().filter_map(|(name, exact)| Some((ImageRef::parse(name).ok()?, exact.is.clone())));
        each.collect()
    }

    pub fn difference<'a>(&'a self, wanted: &'a [Published]) -> Difference<'a> {
        let is_wanted = |name: &&str| wanted.iter().any(|one| one.image.to_string() == **name);
        Difference {
            missing: wanted.iter().filter(|one| self.get(&one.image).is_none()).collect(),
            gone: self.0.keys().map(String::as_str).filter(|name| !is_wanted(name)).collect(),
        }
    }

    /// # Errors
    /// What is wrong, and the name that it is wrong with.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        for (name, exact) in &self.0 {
            let image = ImageRef::parse(name).ok().filter(|image| image.to_string() == *name && !image.is_exact());
            match image {
                None => return Err((name.clone(), format!("`{name}` is no name in full of something published"))),
                Some(image) if image.exactly(&exact.is).is_none() => {
                    return Err((
                        name.clone(),
                        format!("`{name}` is not followed by `is: sha256:` and 64 hexadecimal digits"),
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// Which version something is, by the variables that it comes with: `PG_VERSION=17.5-1.pgdg12+1` of what is wanted as 17.
///
/// Publishers have no common name for it. So it is the one whose value is an exact form of what is wanted; of several, any one is as
/// good, since they are the same then or nobody can tell.
pub fn version_among(wanted: &str, variables: &[(String, String)]) -> Option<String> {
    let number = wanted.split('-').next().filter(|it| it.starts_with(|c: char| c.is_ascii_digit()))?;
    let versions = variables.iter().filter(|(key, _)| key.ends_with("VERSION"));
    let plain = versions.map(|(_, value)| {
        let value = value.split_once(':').map_or(value.as_str(), |(_, rest)| rest).trim_start_matches('v');
        value.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default().trim_end_matches('.')
    });
    let is_form = |value: &&str| {
        value.strip_prefix(number).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) && value.len() <= 32
    };
    plain.filter(is_form).max_by_key(|value| value.len()).map(str::to_owned)
}
