//! What goes to one place in one go: made in the same way for sending as for showing what would be sent.

use sha2::{Digest, Sha256};

use super::progress::{Place, Progress, key};
use super::{Due, sendable};
use crate::figures::{Line, Read, otlp, read};
use crate::state::{Folders, Share, journal};

/// More lines than these go in another request.
const MOST_LINES: usize = 500;
const MOST_BYTES: usize = 512 << 10;

/// How lines go to a place, each as far as it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Folder,
    Http,
    Otlp,
}

/// Lines that go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub way: Way,
    place: String,
    /// The same for the same lines and no others, so that a receiver can leave out what it has got already.
    pub id: String,
    pub lines: Vec<String>,
    /// As it goes; empty = there is nothing in it for this place.
    pub body: String,
    pub from: Place,
    /// Where the next one begins.
    pub to: Place,
}

impl Way {
    pub const ALL: [Self; 3] = [Self::Folder, Self::Http, Self::Otlp];

    pub fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Http => "http",
            Self::Otlp => "otlp",
        }
    }

    /// Where it leads, if anywhere.
    pub fn place(self, share: &Share) -> Option<String> {
        match self {
            Self::Folder => share.folder.as_ref().map(|folder| folder.display().to_string()),
            Self::Http => share.http.as_ref().map(|http| http.url.clone()),
            Self::Otlp => share.otlp.clone(),
        }
    }
}

impl Parcel {
    /// Of these lines, wherever they stand.
    pub fn of(share: &Share, way: Way, lines: Vec<String>) -> Self {
        let body = match way {
            Way::Folder | Way::Http => lines.iter().map(|line| format!("{line}\n")).collect(),
            Way::Otlp => traces(&lines),
        };
        let id = crate::words::hex(&Sha256::digest(lines.join("\n"))[..16]);
        let place = way.place(share).unwrap_or_default();
        Self { way, place, id, lines, body, from: Place::default(), to: Place::default() }
    }

    pub fn into_due(self) -> Due {
        let id = (self.way == Way::Http).then_some(self.id);
        Due { place: self.place, id, lines: self.lines.len(), body: self.body }
    }
}

fn traces(lines: &[String]) -> String {
    let lines: Vec<Line<'_>> = lines
        .iter()
        .filter_map(|line| match read(line.as_bytes()) {
            Read::Line(line) => Some(line),
            Read::Newer | Read::Damaged | Read::Empty => None,
        })
        .collect();
    otlp::traces(&lines).map_or_else(String::new, |body| body.to_string())
}

/// What goes on a way next; `None` = there is nothing new. What may have arrived already goes again with the very same lines, and
/// what has come to the journal since goes after it: so whoever drops what it knows loses no line, and counts none twice.
pub fn next_parcel(folders: &Folders, share: &Share, way: Way) -> Option<Parcel> {
    let (progress, name) = (Progress::read(folders), key(&share.mark(), way.name()));
    let from = progress.at(&name)?;
    let (lines, to) = lines_from(folders, share, from, progress.under_way(&name));
    (to != from).then(|| Parcel { from, to, ..Parcel::of(share, way, lines) })
}

/// Lines of one file from a place on, up to another where that is known already; and where the next ones begin.
fn lines_from(folders: &Folders, share: &Share, from: Place, limit: Option<Place>) -> (Vec<String>, Place) {
    let (mut lines, mut bytes, mut at) = (Vec::new(), 0, from);
    for file in journal::files(&journal::folder(folders)) {
        let number = journal::number(&file).unwrap_or(0);
        if number < from.file {
            continue;
        }
        let ends = |at: Place| limit.is_some_and(|limit| at >= limit);
        if !lines.is_empty() || ends(at) && at != from {
            break;
        }
        at = Place { file: number, offset: if number == from.file { from.offset } else { 0 } };
        // What can't be read to its end goes on where it ended.
        let _ = journal::read_lines_and_ends(&file, at.offset, |text, offset| {
            at.offset = offset;
            if let Some(line) = sendable(text, share) {
                bytes += line.len();
                lines.push(line);
            }
            lines.len() < MOST_LINES && bytes < MOST_BYTES && !ends(at)
        });
    }
    (lines, at)
}
