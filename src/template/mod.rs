//! Templates of new services: what a template says of itself, the questions it asks, and the files that come of the answers.
//!
//! Pure: files come in as bytes and go out as bytes. A template is only text with gaps; nothing of it is ever run.

mod answers;
mod built_in;
mod declaration;
mod forms;
mod paths;
mod record;
mod render;
#[cfg(test)]
mod tests;
mod update;

use std::fmt;

pub use answers::{Answers, NAME, Typed, missing, taken};
pub use built_in::{BUILT_IN, built_in};
pub use declaration::{Declaration, Question};
pub use record::{LOCK, Record, blob_id};
pub use render::render;
pub use update::{Change, Fate, Side, changes, is_older};

use crate::problem::{Problem, kinds};

/// What a template says of itself, at its root; never part of what is made.
pub const DECLARATION: &str = "template.yaml";

/// A file of a template, or one that is made from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative, with `/` between parts.
    pub path: String,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// A template as read.
#[derive(Debug, Clone)]
pub struct Template {
    pub declaration: Declaration,
    /// Without the declaration.
    pub files: Vec<File>,
}

impl Template {
    /// Understands the files of a template.
    ///
    /// # Errors
    /// It has no declaration, or one that is wrong.
    pub fn of(files: Vec<File>) -> Result<Self, Problem> {
        let (declarations, files): (Vec<File>, Vec<File>) =
            files.into_iter().partition(|file| file.path == DECLARATION);
        let Some(file) = declarations.first() else {
            return Err(wrong(format!("there is no {DECLARATION} in it"))
                .fix(format!("add a {DECLARATION} with `name`, `description` and `version`")));
        };
        Ok(Self { declaration: Declaration::parse(&file.bytes)?, files })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.declaration.name, self.declaration.version)
    }
}

/// A mistake that whoever wrote the template has to correct.
fn wrong(why: impl Into<String>) -> Problem {
    Problem::new(&kinds::TEMPLATE_WRONG, "nothing can be made from this template").why(why)
}
