//! What a newer template changes in a repo that was made from it, held against what the person has changed since.
//!
//! | template | person | what becomes of it |
//! |---|---|---|
//! | as before | anything | stays |
//! | changed | as before | taken |
//! | changed | changed | both, line by line; where they meet, the person's stays and the template's is shown |
//! | changed | removed | stays removed, and is told |
//! | new | has none | taken |
//! | new | has one | the person's stays, and the template's is shown |
//! | removed | as before | removed |
//! | removed | changed | stays, and is told |

use std::cmp::Ordering;

use diffy::{ConflictStyle, DiffOptions, IncompleteHunkStyle, MergeOptions};

use super::File;
use super::record::{Record, blob_id};

/// Longer texts are taken or left as a whole.
const LONGEST: usize = 512 << 10;

/// What lies in the repo where the template has a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    Nothing,
    Content(Vec<u8>),
    /// A folder, a link, or something that can't be read: never touched.
    Other,
}

/// What would become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Added,
    Changed,
    /// Both sides have changed it, in different places.
    Merged,
    Removed,
    /// Both have changed the same: what the person has stays.
    Conflict,
}

/// One file for which the newer template makes a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub fate: Fate,
    /// What would be written, as a unified diff; empty = nothing.
    pub diff: String,
    /// What of the template is left out for the person's own, as a diff or a sentence; empty = nothing.
    pub left_out: String,
    /// The content to write; `None` = nothing is written, or the file is removed.
    pub write: Option<File>,
}

/// Everything that a newer template would change. `look` tells what the repo has now, `original` finds a content by its id.
pub fn changes(
    record: &Record,
    made: &[File],
    look: impl Fn(&str) -> Side,
    original: impl Fn(&str) -> Option<Vec<u8>>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for file in made {
        let before = record.files.get(&file.path);
        if before.is_some_and(|id| *id == blob_id(&file.bytes)) {
            continue;
        }
        changes.extend(match look(&file.path) {
            Side::Nothing if before.is_none() => Some(added(file)),
            Side::Nothing => Some(conflict(&file.path, "it is gone here, and the template has changed it")),
            Side::Other => Some(conflict(&file.path, "what is here is no plain file")),
            Side::Content(own) if own == file.bytes => None,
            Side::Content(own) if before.is_some_and(|id| *id == blob_id(&own)) => Some(replaced(file, &own)),
            Side::Content(own) => Some(met(file, &own, before.and_then(|id| original(id)).as_deref())),
        });
    }
    let is_made = |path: &str| made.iter().any(|file| file.path == path);
    for (path, id) in record.files.iter().filter(|(path, _)| !is_made(path)) {
        changes.extend(match look(path) {
            Side::Content(own) if *id == blob_id(&own) => Some(removed(path, &own)),
            Side::Content(_) => Some(conflict(path, "the template no longer has it, and it was changed here")),
            Side::Nothing | Side::Other => None,
        });
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

/// Whether a version is older than another one, number by number; what is no number makes no difference.
pub fn is_older(version: &str, than: &str) -> bool {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        let text = text.trim_start_matches('v');
        text.split('.').map(|part| part.parse().ok()).collect()
    };
    match (numbers(version), numbers(than)) {
        (Some(version), Some(than)) => version.cmp(&than) == Ordering::Less,
        _ => false,
    }
}

fn added(file: &File) -> Change {
    change(&file.path, Fate::Added, diff(&file.path, b"", &file.bytes), Some(file.clone()))
}

fn replaced(file: &File, own: &[u8]) -> Change {
    change(&file.path, Fate::Changed, diff(&file.path, own, &file.bytes), Some(file.clone()))
}

fn removed(path: &str, own: &[u8]) -> Change {
    change(path, Fate::Removed, diff(path, own, b""), None)
}

fn conflict(path: &str, why: &str) -> Change {
    Change { left_out: format!("{why}\n"), ..change(path, Fate::Conflict, String::new(), None) }
}

fn change(path: &str, fate: Fate, diff: String, write: Option<File>) -> Change {
    Change { path: path.to_owned(), fate, diff, left_out: String::new(), write }
}

/// Both have changed it.
fn met(file: &File, own: &[u8], original: Option<&[u8]>) -> Change {
    let path = &file.path;
    let texts = (original.and_then(text), text(own), text(&file.bytes));
    let (Some(original), Some(own_text), Some(theirs)) = texts else {
        return Change { left_out: diff(path, own, &file.bytes), ..conflict(path, "") };
    };
    let (fate, ours, theirs) = match merge(original, own_text, theirs) {
        Ok(merged) => (Fate::Merged, merged.clone(), merged),
        Err(conflicted) => (Fate::Conflict, one_side(&conflicted, Keep::Ours), one_side(&conflicted, Keep::Theirs)),
    };
    let write = (ours != own_text).then(|| File { bytes: ours.clone().into_bytes(), ..file.clone() });
    let left_out = diff(path, ours.as_bytes(), theirs.as_bytes());
    Change { left_out, ..change(path, fate, diff(path, own, ours.as_bytes()), write) }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST && !text.contains('\0'))
}

/// A unified diff, or a sentence where there is no text to compare; empty = no difference.
fn diff(path: &str, before: &[u8], after: &[u8]) -> String {
    if before == after {
        return String::new();
    }
    let (Some(before), Some(after)) = (text(before), text(after)) else {
        return format!("{path}: from {} to {} bytes\n", before.len(), after.len());
    };
    let mut options = DiffOptions::new();
    options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
    options.create_patch(before, after).to_string()
}

/// No line of a text looks like this by chance.
const MARKS: usize = 61;

fn merge(original: &str, own: &str, theirs: &str) -> Result<String, String> {
    let mut options = MergeOptions::new();
    options.set_conflict_marker_length(MARKS);
    options.set_conflict_style(ConflictStyle::Merge).set_incomplete_hunk_style(IncompleteHunkStyle::Git);
    options.merge(original, own, theirs)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Ours,
    Theirs,
}

/// A text with conflicts, each decided for one side.
fn one_side(conflicted: &str, keep: Keep) -> String {
    let marks = |c: char| String::from(c).repeat(MARKS);
    let (begin, between, end) = (marks('<'), marks('='), marks('>'));
    let (mut text, mut inside) = (String::with_capacity(conflicted.len()), None);
    for line in conflicted.split_inclusive('\n') {
        if line.starts_with(&begin) {
            inside = Some(Keep::Ours);
        } else if inside.is_some() && line.starts_with(&between) {
            inside = Some(Keep::Theirs);
        } else if inside.is_some() && line.starts_with(&end) {
            inside = None;
        } else if inside.is_none_or(|side| side == keep) {
            text.push_str(line);
        }
    }
    text
}
