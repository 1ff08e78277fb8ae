//! A reader of the Compose specification: files of a repo → what they mean, or every reason why they mean nothing.
//!
//! Faithful to the reference implementation and pure: nothing is fetched, run or looked up outside of the repo's files. What a
//! project then becomes is decided elsewhere.

mod check;
mod decode;
mod dotenv;
mod extend;
mod include;
mod load;
mod long;
mod merge;
mod node;
pub mod project;
mod refusal;
mod scalar;
mod shape;
mod short;
#[cfg(test)]
mod tests;
mod variables;
mod words;
mod yaml;

use std::collections::BTreeMap;

use crate::repo::{self, Repo};

pub use node::{Location, Place};
pub use project::Project;
pub use refusal::{Reason, Refusal, Resource};

/// What to read.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The main file and those that change it, in their order; relative to the repo's root.
    pub files: Vec<String>,
    /// What paths are relative to and where `.env` lies; `None` = the main file's folder.
    pub folder: Option<String>,
    /// Variables that are set; they win over those of `.env`.
    pub variables: BTreeMap<String, String>,
    /// Files of variables that are read in place of others; `None` = nothing is read there.
    pub stand_ins: BTreeMap<String, Option<String>>,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// As far as it could be understood; whole when nothing is refused.
    pub project: Project,
    /// Everything for which the reference implementation would not take it.
    pub refusals: Vec<Refusal>,
    /// Variables that had neither a value nor a default.
    pub unset: Vec<String>,
}

/// Reads a project; all its profiles are on.
pub fn read(repo: &Repo, request: &Request) -> Reading {
    let mut loader = load::Loader::new(repo, &request.stand_ins);
    let main = request.files.first().map_or("", String::as_str);
    let folder = request.folder.clone().unwrap_or_else(|| repo::folder_of(main).to_owned());
    let variables = load::own_variables(&mut loader, &folder, request.variables.clone());
    let mut scope = load::Scope::new(folder.clone(), variables);
    let mut tree = loader.project(&request.files, &mut scope, &mut Vec::new());
    merge::settle(&mut tree);
    let project = decode::project(&tree, &folder, &mut loader.refusals);
    let wrong = check::check(&project, &|path| loader.text(path).is_some());
    loader.refusals.extend(wrong);
    loader.refusals.truncate(load::MOST_REFUSALS);
    Reading { project, refusals: loader.refusals, unset: loader.unset.into_iter().collect() }
}

/// The variables of a file that a service names, those of `known` filled in.
///
/// # Errors
/// The line that can't be read, and why.
pub fn variables_of(
    text: &str,
    known: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, (usize, &'static str)> {
    let known = variables::Variables { set: known.clone() };
    dotenv::parse(text, &known).map_err(|wrong| (wrong.line, wrong.why))
}
