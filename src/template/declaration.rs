//! `template.yaml`: the name, the version and the questions of a template.

use std::collections::BTreeSet;

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::Regex;
use serde::Deserialize;

use super::answers::NAME;
use super::{DECLARATION, wrong};
use crate::problem::Problem;

/// What a template says of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    pub name: String,
    /// One line, as the list of templates shows it.
    pub description: String,
    /// Numbers with dots between them: `1.2.0`. What a service was made from is compared with it.
    pub version: String,
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Globs of files that are copied as they are; their names are filled in all the same.
    #[serde(default)]
    pub verbatim: Vec<String>,
}

/// What a template wants to know. The name of the service needs none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What the answer is called in the files: small letters, digits and `_`.
    pub key: String,
    pub prompt: String,
    /// May hold earlier answers, the name first of all.
    pub default: Option<String>,
    /// The only answers there are; empty = any.
    #[serde(default)]
    pub choices: Vec<String>,
    /// A regular expression that the whole answer has to match.
    pub pattern: Option<String>,
}

impl Declaration {
    /// # Errors
    /// What is wrong with it; the first thing only.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let of_file = |why: String| wrong(format!("{DECLARATION}: {why}"));
        let text = std::str::from_utf8(bytes).map_err(|_| of_file("it is not text in UTF-8".into()))?;
        let declaration: Self = serde_yaml::from_str(text).map_err(|error| of_file(error.to_string()))?;
        declaration.check().map_err(of_file)?;
        Ok(declaration)
    }

    /// The files that are copied as they are.
    pub fn verbatim(&self) -> GlobSet {
        let globs = self.verbatim.iter().filter_map(|glob| Glob::new(glob).ok());
        let mut set = GlobSetBuilder::new();
        globs.for_each(|glob| {
            set.add(glob);
        });
        set.build().unwrap_or_default()
    }

    fn check(&self) -> Result<(), String> {
        for (what, text) in [("name", &self.name), ("description", &self.description), ("version", &self.version)] {
            if text.trim().is_empty() || text.contains(char::is_control) {
                return Err(format!("`{what}` has to be one line of text"));
            }
        }
        if let Some(glob) = self.verbatim.iter().find(|glob| Glob::new(glob).is_err()) {
            return Err(format!("`verbatim` holds `{glob}`, which is no pattern of file names"));
        }
        let mut keys = BTreeSet::from([NAME]);
        for question in &self.questions {
            question.check()?;
            if !keys.insert(&question.key) {
                return Err(format!("there are two questions with the key `{}`", question.key));
            }
        }
        Ok(())
    }
}

impl Question {
    /// What the whole of an answer has to match.
    pub fn pattern(&self) -> Option<Regex> {
        self.pattern.as_deref().and_then(whole)
    }

    fn check(&self) -> Result<(), String> {
        let key = &self.key;
        if !is_key(key) {
            return Err(format!(
                "the key `{key}` has to begin with a small letter and hold small letters, digits and `_`"
            ));
        }
        if self.prompt.trim().is_empty() || self.prompt.contains(char::is_control) {
            return Err(format!("the prompt of `{key}` has to be one line of text"));
        }
        if let Some(pattern) = self.pattern.as_deref().filter(|pattern| whole(pattern).is_none()) {
            return Err(format!("the pattern of `{key}` is no regular expression: {pattern}"));
        }
        match &self.default {
            Some(default) if !self.choices.is_empty() && !self.choices.contains(default) => {
                Err(format!("the default of `{key}` is none of its choices"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a text can stand for an answer in files.
pub(super) fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn whole(pattern: &str) -> Option<Regex> {
    /// Bytes of the compiled expression; a hostile one asks for gigabytes.
    const MOST: usize = 1 << 20;
    regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(MOST).build().ok()
}
