//! What a Prometheus server was told so far, in the state folder: its counters must never fall, while the journal loses its oldest lines.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::progress::{Place, change_kept, read};
use super::{end_of_journal, is_meant};
use crate::figures::exposition::Exposition;
use crate::figures::{Read, read as read_line};
use crate::state::{Folders, Share, journal};

const NAME: &str = "counted.json";

/// Each file and gateway has counters of its own, since each was agreed to at a time of its own.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Counters {
    of: BTreeMap<String, Counter>,
}

/// What was counted, and how far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Counter {
    at: Place,
    counted: Exposition,
}

/// What an address is to be told.
pub struct Told {
    pub text: String,
    /// How many lines came to it since the last time.
    pub lines: usize,
}

/// Counts from here on for all of these addresses; what was counted for them before stays counted.
///
/// # Errors
/// The state folder can't be written to.
pub fn begin(folders: &Folders, share: &Share, at: Place) -> io::Result<()> {
    change_kept(folders, NAME, |counters: &mut Counters| {
        for address in addresses(share) {
            counters.of.entry(key(share, &address)).or_default().at = at;
        }
    })
}

/// Counts what has come to the journal, remembers it, and answers what to tell.
///
/// # Errors
/// The state folder can't be written to: what is not remembered is not told, or it could fall later.
pub fn count(folders: &Folders, share: &Share, address: &str) -> io::Result<Told> {
    change_kept(folders, NAME, |counters: &mut Counters| counters.count(folders, share, address))
}

/// What [`count`] would answer now; nothing is remembered.
pub fn preview(folders: &Folders, share: &Share, address: &str) -> Told {
    read::<Counters>(folders, NAME).count(folders, share, address)
}

/// Of these lines alone, as an example.
pub fn text_of(lines: &[String]) -> String {
    let mut counted = Exposition::default();
    for line in lines {
        if let Read::Line(line) = read_line(line.as_bytes()) {
            counted.take(&line);
        }
    }
    counted.text()
}

/// Every address that wants counters.
pub fn addresses(share: &Share) -> impl Iterator<Item = String> {
    let sink = &share.prometheus;
    sink.file.iter().map(|file| file.display().to_string()).chain(sink.push.clone())
}

/// A repo that names the same address has its own counters.
fn key(share: &Share, address: &str) -> String {
    format!("{} {address}", share.only_of.as_deref().unwrap_or("all"))
}

impl Counters {
    fn count(&mut self, folders: &Folders, share: &Share, address: &str) -> Told {
        let fresh = || Counter { at: end_of_journal(folders), ..Counter::default() };
        let counter = self.of.entry(key(share, address)).or_insert_with(fresh);
        let mut lines = 0;
        for file in journal::files(&journal::folder(folders)) {
            let number = journal::number(&file).unwrap_or(0);
            if number < counter.at.file {
                continue;
            }
            let from = if number == counter.at.file { counter.at.offset } else { 0 };
            // What can't be read to its end goes on where it ended.
            let _ = journal::read_lines_and_ends(&file, from, |text, offset| {
                counter.at = Place { file: number, offset };
                if let Read::Line(line) = read_line(text)
                    && is_meant(&line, share)
                {
                    counter.counted.take(&line);
                    lines += 1;
                }
                true
            });
        }
        Told { text: counter.counted.text(), lines }
    }
}
