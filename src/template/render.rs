//! A template and answers -> the files of a service.
//!
//! `@@key@@` is replaced by an answer, `@@key.form@@` by a form of it, and `@@@@` stands for `@@` itself. Everything else is left
//! as it is, so that whatever a language makes of braces, dollars and brackets needs no escaping.

use super::answers::Answers;
use super::declaration::is_key;
use super::forms::FORMS;
use super::{File, Template, paths, wrong};
use crate::problem::Problem;
use crate::words;

const MARK: &str = "@@";

/// The files as they are to be written.
///
/// # Errors
/// The first file that can't be made: it names something unknown, or would not lie in the service's own folder.
pub fn render(template: &Template, answers: &Answers) -> Result<Vec<File>, Problem> {
    let verbatim = template.declaration.verbatim();
    let mut made = Vec::with_capacity(template.files.len());
    for file in &template.files {
        let path = fill(&file.path, answers).map_err(|gap| gap.problem(&format!("the name of {}", file.path)))?;
        let bytes = match std::str::from_utf8(&file.bytes) {
            Ok(text) if !verbatim.is_match(&file.path) => {
                fill(text, answers).map_err(|gap| gap.problem(&format!("{}:{}", file.path, gap.line)))?.into_bytes()
            }
            _ => file.bytes.clone(),
        };
        made.push(File { path, bytes, executable: file.executable });
    }
    made.sort_by(|one, other| one.path.cmp(&other.path));
    paths::check(&made).map_err(wrong)?;
    Ok(made)
}

/// A gap that no answer fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    /// From 1.
    pub line: usize,
    /// Between the marks.
    pub word: String,
    pub near: Option<String>,
}

impl Gap {
    fn problem(&self, place: &str) -> Problem {
        let problem = wrong(format!("{place} holds {MARK}{}{MARK}, which nothing is known of", self.word));
        match &self.near {
            Some(near) => problem.fix(format!("did you mean {MARK}{near}{MARK}?")),
            None => problem.fix(format!("write {MARK}{MARK}{}{MARK}{MARK} where it is meant as it stands", self.word)),
        }
    }
}

/// The text with answers in its gaps.
pub(super) fn fill(text: &str, answers: &Answers) -> Result<String, Gap> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK) {
        filled.push_str(before);
        if let Some(literal) = after.strip_prefix(MARK) {
            filled.push_str(MARK);
            rest = literal;
        } else if let Some((word, behind)) = gap(after) {
            filled.push_str(&value(word, answers).map_err(|near| {
                let line = text[..text.len() - after.len()].matches('\n').count() + 1;
                Gap { line, word: word.to_owned(), near }
            })?);
            rest = behind;
        } else {
            filled.push_str(MARK);
            rest = after;
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

/// What stands between the marks, and what follows them; `None` = these are no marks of ours.
fn gap(after: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let end = after.find(|c| !is_part(c))?;
    let (word, behind) = after.split_at(end);
    let behind = behind.strip_prefix(MARK)?;
    let (key, form) = word.split_once('.').unwrap_or((word, "form"));
    (is_key(key) && is_key(form)).then_some((word, behind))
}

/// # Errors
/// There is no such answer or form: the nearest there is.
fn value(word: &str, answers: &Answers) -> Result<String, Option<String>> {
    let (key, form) = word.split_once('.').map_or((word, None), |(key, form)| (key, Some(form)));
    let Some(answer) = answers.get(key) else {
        let near = words::nearest(key, answers.keys().map(String::as_str));
        return Err(near.map(|near| form.map_or_else(|| near.to_owned(), |form| format!("{near}.{form}"))));
    };
    let Some(form) = form else { return Ok(answer.clone()) };
    let known = FORMS.iter().find(|(name, _)| *name == form);
    let near = || words::nearest(form, FORMS.iter().map(|(name, _)| *name)).map(|near| format!("{key}.{near}"));
    known.map(|(_, make)| make(answer)).ok_or_else(near)
}
